"""Developer: `oligotrial audit` as it is typed, its exit codes, and what it writes."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from oligotrial.cli import main

from .simulated import paper, write

type Said = pytest.CaptureFixture[str]
TEMPLATE = Path(__file__).parents[2] / "docs" / "evidence_template.toml"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: Said):
    def run(*line: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["oligotrial", "audit", *line])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_findings_are_a_table_with_reasons_and_exit_code_1(typed, tmp_path: Path) -> None:
    code, out, err = typed("marazzi2024", "--out", str(tmp_path / "checks.csv"))
    assert (code, err) == (1, "")
    assert "…" not in out
    assert "contradiction: her2_population within subtype=HER2+ (Table 1, HER2+ population; " in out
    assert "19 + 6 = 25, but 24 have subtype=HER2+" in out
    assert "7 contradictions, 3 strains, 14 notes; the others agree." in out
    written = pd.read_csv(tmp_path / "checks.csv")
    assert list(written["severity"].value_counts()[["contradiction", "strain"]]) == [7, 3]
    assert (written["severity"] == "consistent").sum() > 200


def test_a_file_that_agrees_with_itself_has_exit_code_0(typed) -> None:
    code, out, _ = typed(str(TEMPLATE))
    assert code == 0
    assert out.strip().endswith("checks: all numbers agree.")


def test_a_mistake_is_one_sentence_with_file_and_key(typed, tmp_path: Path) -> None:
    record = paper(1)
    record["statistics"][0]["unti"] = record["statistics"][0].pop("unit")
    path = write(record, tmp_path / "mine.toml")
    code, out, err = typed(str(path))
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {path}, key statistics[1].unti: unknown key")
    assert err.count("\n") == 1
    assert typed("marazi2024")[0] == 2
    assert typed(str(tmp_path / "none.toml"))[0] == 2


def test_nothing_is_written_where_it_cannot_be(typed, tmp_path: Path) -> None:
    code, _, err = typed("david2023", "--out", str(tmp_path))
    assert code == 2
    assert "can't be written" in err
