"""Developer check: the examples of docs/analyses.md print what the page says."""

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "analyses.md"
EXAMPLE = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def test_the_example_prints_what_the_page_says(capsys):
    ((source, expected),) = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    exec(compile(source, PAGE.name, "exec"), {})  # noqa: S102 - the page is ours
    assert capsys.readouterr().out.splitlines() == expected.splitlines()


def test_the_console_examples():
    text = PAGE.read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"```pycon\n(.*?)```", text, re.DOTALL))
    names = {}
    exec("from oligotrial.estimators import NormalLogRatio", names)  # noqa: S102
    test = doctest.DocTestParser().get_doctest(blocks, names, PAGE.name, None, 0)
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
    assert test.examples
