"""Developer check: the examples of docs/cohorts.md run in order and print what they should."""

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "cohorts.md"


def test_the_examples_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, GUIDE.name, "exec"), names)  # noqa: S102 - the guide is ours
    printed = capsys.readouterr().out
    assert "4 ('os',)" in printed
    assert "1 of 4 rows without it left out" in printed
    assert "['high', 'low']" in printed
    assert "[12.71, 3.27]" in printed
    assert "Control" in printed
    assert len(examples) == 5
