"""Evidence: identity of the likelihood of sums with that of the patients one by one."""

import numpy as np
import pandas as pd
import pytensor
import pytest

from oligotrial.bayes import SurvivalModel, build
from oligotrial.bayes.baselines import Exponential, PiecewiseExponential, Weibull
from oligotrial.bayes.modifiers import Cure
from oligotrial.bayes.sums import summed

from .simulated import patients

ROWS = patients(300, seed=5).reset_index(drop=True)
ROWS["old"] = (np.arange(300) % 2).astype(float)
LATE = ROWS.assign(
    entry=(0.5 * ROWS["time"]).where(ROWS.index % 3 == 0), weight=np.linspace(0.1, 2.0, 300)
)
FORMULAS = {
    "none": "1",
    "factors": "monotone(line) + pooled(subtype) + old",
    "strata": "old + strata(subtype)",
    "varying": "tv(old, cuts=[4, 9]) + monotone(line)",
}


def log_density(model: SurvivalModel, rows: pd.DataFrame) -> float:
    built = model.build(rows)
    point = built.initial_point()
    rng = np.random.default_rng(6)
    moved = {name: value + rng.normal(0.1, 0.2, np.shape(value)) for name, value in point.items()}
    mode = pytensor.compile.mode.Mode("py", None)
    return float(built.compile_logp(mode=mode)(moved))


@pytest.mark.parametrize("baseline", [Exponential(), PiecewiseExponential(4)], ids=str)
@pytest.mark.parametrize("rows", [ROWS, LATE], ids=["plain", "entry and weights"])
@pytest.mark.parametrize("terms", list(FORMULAS.values()), ids=list(FORMULAS))
def test_sums_have_the_likelihood_of_the_patients(baseline, rows, terms, monkeypatch):
    model = SurvivalModel(f"Surv(time, event) ~ {terms}", baseline).suited(rows)
    arrays = model.arrays(rows)
    sums = summed(model, arrays)
    assert len(sums["time"]) < len(arrays["time"]) / 2
    weight = arrays.get("weight", 1.0)
    assert sums["event"].sum() == pytest.approx((weight * arrays["event"]).sum(), rel=1e-12)
    of_sums = log_density(model, rows)
    monkeypatch.setattr(build, "summed", lambda _, each: each)
    assert of_sums == pytest.approx(log_density(model, rows), rel=1e-11)


@pytest.mark.parametrize(
    ("model", "rows"),
    [
        (
            SurvivalModel("Surv(time, event) ~ factor(line, missing='categorical')", Exponential()),
            ROWS.assign(line=ROWS["line"].where(ROWS.index % 5 > 0)),
        ),
        (SurvivalModel("Surv(time, event) ~ old", Weibull()), ROWS),
        (SurvivalModel("Surv(time, event) ~ old", Exponential(), modifiers=(Cure(),)), ROWS),
        (
            SurvivalModel("Surv(time, event) ~ old", Exponential()),
            ROWS.assign(time_upper=(ROWS["time"] + 1).where(ROWS["event"] == 1)),
        ),
        (
            SurvivalModel("Surv(time, event) ~ age", Exponential()),
            ROWS.assign(age=np.linspace(-1, 1, 300)),
        ),
    ],
    ids=["missing levels", "another hazard", "mixture cure", "intervals", "all differ"],
)
def test_patients_stay_apart_where_sums_don_t_do(model, rows):
    suited = model.suited(rows)
    arrays = suited.arrays(rows)
    found = summed(suited, arrays)
    assert list(found) == list(arrays)
    assert all(found[name] is arrays[name] for name in arrays)
