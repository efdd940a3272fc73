"""Developer: the examples of docs/terms.md print what they say, and no term is left out."""

import doctest
from pathlib import Path

from oligotrial.bayes.vocabulary import TERMS

PAGE = Path(__file__).parents[2] / "docs" / "terms.md"


def test_examples() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert found.attempted > 20
    assert found.failed == 0


def test_every_term_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in TERMS if f"`{name}(" not in text] == []
