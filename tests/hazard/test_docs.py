"""Developer: the examples of docs/hazards.md run, one after another."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "hazards.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_examples_run():
    known: dict[str, object] = {}
    for example in EXAMPLES:
        exec(compile(example, PAGE.name, "exec"), known)  # noqa: S102 - the page is ours
    assert known["late"].world().draws == 1
