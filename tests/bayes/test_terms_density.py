"""Evidence: PyMC's density of follow-up is the likelihood of the hazard that predicts."""

import numpy as np
import pytest
from pytensor.compile.mode import Mode

from oligotrial.bayes import SurvivalModel, Weibull
from oligotrial.hazard import log_likelihood

from .test_terms import FRAME, UNCERTAIN

INTERPRETED = Mode("py", None)
"""For a density that is needed once: nothing is compiled."""

MODELS = (
    "factor(line, reference='second') * arm",
    "arm * pooled(subtype) + frailty(centre)",
    "linear(marker, missing='normal') * arm",
    "factor(grade, missing='categorical') + monotone(stage, missing='ordered') + age",
    "spline(age) + threshold(weight_kg)",
    f"{UNCERTAIN}, form='spline') * arm",
    f"{UNCERTAIN}, form='monotone')",
    f"{UNCERTAIN}, form='threshold')",
    "horseshoe(age, weight_kg, arm)",
    "tv(factor(line), cuts=(3, 6)) + strata(sex)",
)


@pytest.mark.parametrize("text", MODELS)
def test_the_density_of_follow_up_is_the_predicted_hazard_s_likelihood(text):
    model = SurvivalModel(f"Surv(time, event) ~ linear(age, centre=60):arm + {text}", Weibull())
    model = model.suited(FRAME)
    built = model.build(FRAME)
    rng = np.random.default_rng(4)
    point = {
        name: value + rng.normal(0.0, 0.2, np.shape(value))
        for name, value in built.initial_point().items()
    }
    density = built.compile_logp(vars=[built["follow_up"]], mode=INTERPRETED)(point)
    draws = {}
    for each in model.parameters:
        (free,) = (value for name, value in point.items() if name.rstrip("_") in names(each.name))
        values = each.prior.support.constrained(np.atleast_1d(free))
        columns = [np.array([[value]]) for value in values]
        draws[each.name] = columns if each.size else columns[0]
    hazard = model.hazard(draws, model.covariates(FRAME))
    expected = log_likelihood(hazard, FRAME["time"].to_numpy(), FRAME["event"].to_numpy())
    assert expected.shape == (1, len(FRAME))
    assert density == pytest.approx(expected.sum(), rel=1e-9)


def names(parameter):
    """Return what PyMC may call the free number of a parameter."""
    return {parameter, *(f"{parameter}_{kind}" for kind in ("log", "logodds", "simplex"))}
