"""Developer: the examples of docs/posterior.md and docs/checks.md print what they say."""

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["posterior.md", "checks.md"])
def test_examples(page: str) -> None:
    found = doctest.testfile(str(DOCS / page), module_relative=False)
    assert found.attempted > 15
    assert found.failed == 0
