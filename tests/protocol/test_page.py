"""Developer: docs/trial_toml.md lists the keys that there are, and its examples make designs."""

import re
from pathlib import Path

import pytest

from oligotrial.protocol.reference import as_markdown, keys
from oligotrial.spec import TrialSpec, read_study

from .test_round_trip import CONTROLS
from .written import TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "trial_toml.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_reference_is_that_of_the_models() -> None:
    """If not, run scripts/trial_toml.py."""
    reference = "### " + PAGE.partition("## Every key\n")[2].split("\n### ", 1)[1]
    assert reference.rstrip() == as_markdown(TrialSpec).rstrip()


def test_every_key_says_what_it_means() -> None:
    silent = [(key.model.__name__, key.name) for key in keys(TrialSpec) if not key.meaning]
    assert not silent


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_examples_make_designs(tmp_path: Path, example: str) -> None:
    replaced = set(re.findall(r"^\[(\w+)", example, re.MULTILINE))
    rest = [f"[{name}]\n{text}" for name, text in TABLES.items() if name not in replaced]
    text = "\n\n".join(['title = "t"\nmodel = "model.toml"', *rest, example])
    (tmp_path / "controls.csv").write_text(CONTROLS, encoding="utf-8")
    (tmp_path / "model.toml").touch()
    (tmp_path / "trial.toml").write_text(text, encoding="utf-8")
    assert read_study(tmp_path).designs


def test_the_page_has_examples() -> None:
    tables = {name for text in EXAMPLES for name in re.findall(r"^\[(\w+)", text, re.MULTILINE)}
    assert tables >= {"accrual", "analysis", "design", "effect", "imaging", "population"}
