"""Developer check: the example of docs/bayesian_analysis.md prints what the page says."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "bayesian_analysis.md"
EXAMPLE = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def test_the_example_prints_what_the_page_says(capsys):
    ((source, expected),) = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    exec(compile(source, PAGE.name, "exec"), {})  # noqa: S102 - the page is ours
    assert capsys.readouterr().out.splitlines() == expected.splitlines()
