"""Developer check: digitised curves from files, and the examples of docs/curves.md."""

import re
from pathlib import Path

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.cohort.curves import (
    DigitisedIncidence,
    read_curve,
    read_curves,
    read_incidence_curves,
    read_risk_table,
)

GUIDE = Path(__file__).parents[2] / "docs" / "curves.md"
RISK = "time,at_risk\n0,40\n182.625,22\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("risk.csv").write_text(RISK)


def test_a_curve_in_days_with_other_names() -> None:
    Path("curve.csv").write_text("x,y\n60.875,0.9\n182.625,0.6\n365.25,0.5\n")
    curve = read_curve(
        "curve.csv",
        risk_table="risk.csv",
        events=12,
        columns={"x": "time", "y": "survival"},
        unit="days",
    )
    assert curve.time.tolist() == pytest.approx([2, 6, 12])
    assert curve.record.risk_table.time.tolist() == pytest.approx([0, 6])
    assert (curve.record.patients, curve.events, curve.source) == (40, 12, "curve.csv")


def test_arms_of_one_figure() -> None:
    Path("arms.csv").write_text("arm,time,survival\nRT,2,0.9\nRT,9,0.6\nno RT,3,0.8\nno RT,9,0.4\n")
    Path("arms_risk.csv").write_text("arm,time,at_risk\nRT,0,20\nno RT,0,21\nRT,6,12\n")
    curves = read_curves("arms.csv", risk_table="arms_risk.csv", events={"RT": 5})
    assert list(curves) == ["RT", "no RT"]
    assert curves["RT"].record.risk_table.at_risk.tolist() == [20, 12]
    assert (curves["RT"].events, curves["no RT"].record.patients) == (5, 21)
    with pytest.raises(InputError, match="'R T' is not one of 'RT', 'no RT'"):
        read_curves("arms.csv", patients={"R T": 5})


def test_incidences_by_cause() -> None:
    Path("causes.csv").write_text("cause,time,incidence\nlocal,2,0.1\nlocal,9,0.2\ndeath,9,0.3\n")
    curves = read_incidence_curves("causes.csv")
    figure = DigitisedIncidence(curves, read_risk_table("risk.csv", unit="days"))
    assert figure.record.causes == ("local", "death")
    assert np.asarray(curves["local"][0]).tolist() == [2, 9]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,surv\n2,0.9\n", "curve.csv: there is no column 'survival'; columns are time, surv"),
        ("time,survival\n2,0.9\n3,\n", "curve.csv: 1 problem: row 2, column survival: is empty"),
        ("time,survival\n2,0.9\n3,ca. 0.8\n", "column survival: 'ca. 0.8' is not a number"),
        (
            "time,survival\n2,90\n3,80\n",
            "curve.csv: 1 problem: row 1, column survival: 90 is not a proportion from 0 to 1; the",
        ),
        ("", "curve.csv"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(text: str, message: str) -> None:
    Path("curve.csv").write_text(text)
    with pytest.raises(InputError, match=re.escape(message)):
        read_curve("curve.csv", patients=10)


def test_the_guide_s_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    examples = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, GUIDE.name, "exec"), names)  # noqa: S102 - the guide is ours
    printed = capsys.readouterr().out
    assert len(examples) == 4
    assert "reconstructed from a digitised curve, 20 draws; not patient data" in printed
    assert "at risk at 12" in printed
    assert "hazard ratio" in printed
    assert "local recurrence" in printed
