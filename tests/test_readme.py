"""The README's script runs, on fewer draws and trials, and is as short as it says."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
(SCRIPT,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_script_is_at_most_25_lines():
    assert len(SCRIPT.splitlines()) <= 25


def test_the_script_runs(capsys):
    fewer = SCRIPT.replace("draws=10,", "draws=2,").replace("10_000", "500")
    assert fewer != SCRIPT
    exec(compile(fewer, "README.md", "exec"), {})  # noqa: S102 - the README is ours
    printed = capsys.readouterr().out
    assert "duration_median" in printed
    assert "fourth+ against first" in printed
