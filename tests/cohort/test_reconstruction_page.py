"""Developer check: docs/reconstruction.md shows the study's figures, and its examples run."""

import importlib.util
import re
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reconstruction.md"


def test_the_table_is_that_of_the_study():
    spec = importlib.util.spec_from_file_location("held_out_page", ROOT / "scripts" / "held_out.py")
    assert spec is not None
    assert spec.loader is not None
    held_out = importlib.util.module_from_spec(spec)
    sys.modules["held_out_page"] = held_out
    spec.loader.exec_module(held_out)
    table = pd.read_csv(ROOT / "docs" / "reconstruction_held_out.csv")
    shown = held_out.markdown(table)
    assert shown.count("| 60 |") == 22
    assert shown in PAGE.read_text(encoding="utf-8")


def test_the_examples_run(capsys: pytest.CaptureFixture[str]):
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, PAGE.name, "exec"), names)  # noqa: S102 - the page is ours
    assert len(examples) >= 2
    printed = capsys.readouterr().out
    assert "not patient data" in printed
    assert printed.splitlines()[-1] == "1.0"
