"""Developer check: the examples of docs/figures.md run in order and write their figures."""

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "figures.md"


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, GUIDE.name, "exec"), names)  # noqa: S102 - the guide is ours
    written = {path.name for path in tmp_path.iterdir()} - {"patients.csv"}
    assert written == {
        "pfs.svg", "incidence.svg", "forest.png", "reconstruction.svg", "distances.svg", "rule.svg",
    }  # fmt: skip
