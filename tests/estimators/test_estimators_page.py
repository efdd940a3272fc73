"""Developer check: the examples of docs/estimators.md run and print what the page says."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)


def test_the_examples_print_what_the_page_says(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "estimators.md").read_text(encoding="utf-8")
    examples = EXAMPLE.findall(page)
    assert len(examples) == page.count("```python") == 13
    assert page.count("```text") == 9
    names = {}
    for source, expected in examples:
        exec(compile(source, "docs/estimators.md", "exec"), names)  # noqa: S102 - the page is ours
        printed = capsys.readouterr().out
        assert [line.rstrip() for line in printed.splitlines()] == expected.splitlines()
