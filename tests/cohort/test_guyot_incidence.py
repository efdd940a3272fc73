"""Evidence: independent (incidences of R's cmprsk on mgus2) and identities.

mgus2 (Kyle et al. 2002, as shipped with R's survival) is digitised: the Aalen-Johansen curves of
progression and death, and numbers free of both.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oligotrial.checks import InputError
from oligotrial.cohort.curves import DigitisedIncidence, Precision, RiskTable, reconstruct
from oligotrial.estimators import cumulative_incidence, number_at_risk

ORACLES = Path(__file__).parents[1] / "oracles"
R = json.loads((ORACLES / "r_competing.json").read_text(encoding="utf-8"))["mgus2"]
NAMES = {0: None, 1: "progression", 2: "death"}
FINE = Precision(height=0.001)
RISK = np.arange(0, 400, 60.0)


def patients(number: int | None = None) -> pd.DataFrame:
    rows = pd.read_csv(ORACLES / "competing_mgus2.csv").sample(frac=1.0, random_state=3)
    return rows.iloc[:number].assign(cause=lambda each: each["cause"].map(NAMES))


def curves_of(rows: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    fit = cumulative_incidence(rows["time"], rows["cause"].fillna("-"), censored="-")
    end = rows["time"].max()
    return {
        cause: (np.append(fit.time, end), np.round(np.append(steps, steps[-1]), 4))
        for cause, steps in zip(fit.causes, fit.incidence.T, strict=True)
    }


def digitised(rows: pd.DataFrame, causes: list[str], **rest: object) -> DigitisedIncidence:
    curves = curves_of(rows)
    risk = RISK[rows["time"].max() > RISK]
    return DigitisedIncidence(
        {
            cause: (
                np.unique(curves[cause][0]),
                curves[cause][1][: np.unique(curves[cause][0]).size],
            )
            for cause in causes
        },
        RiskTable(risk, number_at_risk(rows["time"], at=risk)),
        precision=FINE,
        **rest,  # type: ignore[arg-type]
    )


def test_all_causes_give_the_patients_back() -> None:
    rows = patients(120)
    made = reconstruct(digitised(rows, ["progression", "death"]), draws=3)
    assert made.problems == ()
    true = rows["cause"].value_counts()
    for each in made.cohort.frames():
        found = each["cause"].value_counts()
        assert abs(found["progression"] - true["progression"]) <= 1
        assert abs(found["death"] - true["death"]) <= 2
        assert each["event"].sum() == found["progression"]


def test_incidences_are_those_of_cmprsk() -> None:
    rows = patients()
    given = digitised(rows, ["progression", "death"])
    made = reconstruct(given, draws=1, steps=5, misfit=50)
    each = made.cohort.frames()[0]
    fit = cumulative_incidence(each["time"], each["cause"].fillna("-"), censored="-")
    found = fit.at(R["at"])[:, [fit.causes.index("progression"), fit.causes.index("death")]]
    np.testing.assert_allclose(found, R["cuminc"], atol=0.005)


def test_one_cause_leaves_the_others_open() -> None:
    rows = patients(120)
    given = digitised(rows, ["progression"], others="death", events={})
    made = reconstruct(given, draws=12)
    assert made.problems == ()
    counts = [each["cause"].value_counts() for each in made.cohort.frames()]
    deaths = np.array([each.get("death", 0) for each in counts])
    assert np.ptp(deaths) > 5
    assert deaths.min() <= (rows["cause"] == "death").sum() <= deaths.max()
    true = (rows["cause"] == "progression").sum()
    assert all(abs(each["progression"] - true) <= 2 for each in counts)


def test_totals_by_cause_are_met() -> None:
    rows = patients(120)
    totals = rows["cause"].value_counts().astype(int).to_dict()
    made = reconstruct(
        digitised(rows, ["progression"], others="death", events=totals),
        draws=3,
        steps=10,
        misfit=50,
    )
    for each in made.cohort.frames():
        assert each["cause"].value_counts().to_dict() == totals
        risk = RISK[rows["time"].max() > RISK]
        assert (
            number_at_risk(each["time"], at=risk) == number_at_risk(rows["time"], at=risk)
        ).all()


def test_without_competing_events_it_is_the_survival_curve_s_problem() -> None:
    """Competing events 0: the incidence is 1 minus Kaplan-Meier, and events agree."""
    made = reconstruct(
        DigitisedIncidence(
            {"local": ([2, 5, 9], [0.1, 0.4, 0.4])},
            RiskTable([0, 6], [10, 6]),
            events={"death": 0},
            others="death",
        ),
        draws=3,
    )
    for each in made.cohort.frames():
        assert (each["cause"] == "local").sum() == each["event"].sum() == 4


CURVE = ([2, 5], [0.1, 0.3])


@pytest.mark.parametrize(
    ("curves", "rest", "message"),
    [
        ({}, {}, "there are no curves"),
        ({"local": CURVE}, {}, "name them"),
        ({"local": CURVE}, {"others": "local"}, "'local' has a curve"),
        ({"local": CURVE}, {"others": "death", "events": {"relapse": 2}}, "'relapse' has no curve"),
        ({"local": ([2, 5], [0.3, 0.1])}, {"others": "death"}, "local, reading 2: the curve turns"),
        ({"local": ([2, 5], [10, 30])}, {"others": "death"}, "look like percent"),
        ({"a": ([5], [0.6]), "b": ([5], [0.6])}, {}, r"add up to 1\.2, above 1"),
        ({"a": ([5], [0.2]), "b": ([9], [0.2])}, {}, "it ends at 5 months, another at 9"),
        ({"local": CURVE}, {"others": "death", "events": {"local": 6, "death": 6}}, "12 events of"),
    ],
)
def test_mistakes_are_told(
    curves: dict[str, tuple[list[float], list[float]]], rest: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        DigitisedIncidence(curves, patients=10, **rest)  # type: ignore[arg-type]


def test_more_competing_events_than_room_are_told() -> None:
    given = DigitisedIncidence(
        {"local": CURVE}, patients=10, others="death", events={"local": 3, "death": 7}
    )
    with pytest.raises(InputError, match="leaves room for 9"):
        reconstruct(given, draws=1)
