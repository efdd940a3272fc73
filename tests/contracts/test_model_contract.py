"""Identities that every baseline keeps with every effect and modifier, in numbers and symbols.

Parts are found by listing their registries. Parameters are draws of their priors, and the far
ends of these, where nothing may be lost either.
"""

from dataclasses import fields
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest

from oligotrial.bayes import SurvivalModel
from oligotrial.bayes.baselines import BASELINES
from oligotrial.bayes.effects import EFFECTS, AcceleratedFailureTime, ProportionalHazards
from oligotrial.bayes.modifiers import MODIFIERS, Background, Cure
from oligotrial.bayes.prior_predictive import prior_fit
from oligotrial.checks import InputError
from oligotrial.hazard import log_likelihood, quantile, survival

RNG = np.random.default_rng(12)
ROWS = pd.DataFrame(
    {
        "time": RNG.exponential(9.0, 24) + 0.2,
        "event": np.tile([1.0, 1.0, 0.0], 8),
        "entry": np.repeat([0.0, 0.1], 12),
        "age": RNG.normal(size=24),
        "background_rate": np.tile([0.0, 0.001, 0.004], 8),
    }
)
FAR_ROWS = pd.DataFrame(
    {"time": [1e-3, 0.4, 1e6, 1e6], "event": [1.0, 0.0, 1.0, 0.0], "entry": 0.0, "age": 0.5}
).assign(background_rate=[0.0, 0.004, 0.0, 0.004])
"""Patients who enter at 0, leave within the first hour, or are followed for 10^6 months."""

TIMES = np.array([[0.03], [0.6], [3.1], [7.3], [19.0], [40.0]])
PROFILES = ROWS.iloc[[1, 2]]

SEVERAL: list[tuple[Any, ...]] = [(), (Cure(),), (Background(),), (Cure(), Background())]


MODELS = [
    SurvivalModel("Surv(time, event) ~ age", baseline(), effect=effect(), modifiers=modifiers)
    for baseline, effect, modifiers in product(BASELINES.values(), EFFECTS.values(), SEVERAL)
    if baseline.accelerable or effect is ProportionalHazards
]


def name(model: SurvivalModel) -> str:
    parts = (model.baseline, model.effect, *model.modifiers)
    return "-".join(type(part).__name__ for part in parts)


every_model = pytest.mark.parametrize("model", MODELS, ids=name)


def suited(model: SurvivalModel) -> SurvivalModel:
    return model.suited(ROWS)


def test_every_modifier_is_in_a_model():
    assert {type(each) for model in MODELS for each in model.modifiers} == set(MODIFIERS.values())


@pytest.mark.parametrize("baseline", BASELINES.values(), ids=lambda each: each.__name__)
def test_only_what_has_knots_or_cuts_can_not_be_stretched(baseline):
    assert baseline.accelerable == (
        not {"knots", "cuts"} & {each.name for each in fields(baseline)}
    )
    if not baseline.accelerable:
        with pytest.raises(InputError, match=r"key effect: .* not a.*, whose knots would move"):
            SurvivalModel("Surv(time, event) ~ age", baseline(), effect=AcceleratedFailureTime())


@every_model
def test_hazard_is_the_slope_of_the_cumulative_hazard(model):
    hazard, step = drawn(model, 6), 1e-5
    for time in TIMES.ravel():
        ends = hazard.cumulative_hazard(time - step), hazard.cumulative_hazard(time + step)
        rise = (ends[1] - ends[0]) / (2 * step)
        np.testing.assert_allclose(rise, np.exp(hazard.log_hazard(time)), rtol=2e-6, atol=1e-10)


@every_model
def test_splitting_a_record_leaves_the_likelihood_unchanged(model):
    hazard = drawn(model, 6)
    for time, share, event in product([0.6, 19.0], [0.0, 0.3], [0.0, 1.0]):
        parts = -hazard.cumulative_hazard(share * time) + log_likelihood(
            hazard, time, event, share * time
        )
        np.testing.assert_allclose(parts, log_likelihood(hazard, time, event), rtol=1e-11)


@every_model
@pytest.mark.parametrize("probability", [0.02, 0.5])
def test_quantile_inverts_survival_where_it_falls_so_low(model, probability):
    hazard = drawn(model, 6)
    times = quantile(hazard, probability)
    reached = np.isfinite(times)
    assert reached.any()
    assert np.all(survival(hazard, 1e6)[~reached] > 1.0 - probability)
    at = np.where(reached, times, 1.0)
    np.testing.assert_allclose(survival(hazard, at)[reached], 1.0 - probability, rtol=1e-9)


def drawn(model: SurvivalModel, draws: int) -> Any:
    return prior_fit(suited(model), draws=draws, seed=3).hazard(PROFILES)


def rows(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return arrays as symbols, those of two dimensions as sequences, as a model gets them."""
    symbols = {name: pt.constant(values) for name, values in arrays.items()}
    return {
        name: [symbols[name][k] for k in range(len(values))] if values.ndim == 2 else symbols[name]
        for name, values in arrays.items()
    }


def compiled(model: SurvivalModel, patients: pd.DataFrame) -> Any:
    """Return a function of parameters: pointwise log-likelihood, and the gradient of its sum."""
    time, event, entry = (patients[each].to_numpy() for each in ("time", "event", "entry"))
    symbols = {
        each.name: pt.dvector(each.name) if each.size else pt.dscalar(each.name)
        for each in model.parameters
    }
    split = {
        each.name: [symbols[each.name][k] for k in range(each.size)]
        if each.size
        else symbols[each.name]
        for each in model.parameters
    }
    parts = rows(model.covariates(patients) | model.baseline.constants())
    last, first = (
        model.hazard(split, parts, at=parts | rows(model.baseline.data(each)))
        for each in (time, entry)
    )
    begun = first.cumulative_hazard(pt.constant(entry))
    total = log_likelihood(last, pt.constant(time), pt.constant(event)) + begun
    inputs = list(symbols.values())
    outputs = [total, *pytensor.grad(total.sum(), inputs)]
    mode = pytensor.compile.mode.Mode("py", None)
    return pytensor.function(inputs, outputs, mode=mode, on_unused_input="ignore")


COMPILED = [
    model
    for model in MODELS
    if model.modifiers
    in {ProportionalHazards: [(), (Cure(), Background())], AcceleratedFailureTime: [(Cure(),)]}[
        type(model.effect)
    ]
]
"""A graph of each baseline with each effect and modifier, though not with all of them."""


@pytest.fixture(scope="module", params=COMPILED, ids=name)
def graph(request):
    """A suited model, patients, and the function of its parameters."""
    model, patients = suited(request.param), pd.concat([ROWS, FAR_ROWS], ignore_index=True)
    return model, patients, compiled(model, patients)


def test_symbols_and_draws_give_the_same_likelihood(graph):
    model, patients, function = graph
    draws = {
        name: [each[:1] for each in values] if isinstance(values, list) else values[:1]
        for name, values in prior_fit(model, draws=4, seed=9).draws.items()
    }
    found = function(*[point(draws[each]) for each in draws])[0]
    hazard = model.hazard(draws, model.covariates(patients))
    time, event, entry = (patients[each].to_numpy() for each in ("time", "event", "entry"))
    expected = log_likelihood(hazard, time, event, entry)
    np.testing.assert_allclose(found, expected.ravel(), rtol=1e-10, atol=1e-12)


def point(values: Any) -> Any:
    return np.ravel(values) if isinstance(values, list) else float(values[0, 0])


FAR = (1e-4, 1.0 - 1e-4)


def test_values_and_gradients_are_finite_at_the_far_ends_of_all_priors(graph):
    model, _, function = graph
    rng = np.random.default_rng(5)
    sides = [lambda size: np.zeros(size, int), lambda size: np.ones(size, int)]
    sides += [lambda size: rng.integers(0, 2, size)] * 10
    for side in sides:
        given = []
        for each in model.parameters:
            ends = each.prior.distribution.ppf(FAR)[side(each.size or 1)]
            given.append(ends if each.size else float(ends[0]))
        for found in function(*given):
            assert np.all(np.isfinite(found))
