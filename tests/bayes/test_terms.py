"""Evidence: definitions by hand; a formula gives the same for numbers and symbols."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest

from oligotrial.bayes import Formula, Priors
from oligotrial.bayes.terms import Bed, Linear, Monotone, Pooled
from oligotrial.bayes.uncertain_bed import UncertainBed
from oligotrial.cohort import LEVELS
from oligotrial.radiobiology import (
    AlphaBeta,
    BedModel,
    IncompleteRepair,
    LinearQuadraticLinear,
    Repopulation,
    bed_column,
)

from .simulated import BED_GY, FORMULA, patients

CORRECTED = BedModel(LinearQuadraticLinear(8.0), repopulation=Repopulation(2.0, 0.5))
TERMS = (
    Linear("age"),
    Bed("schedule"),
    UncertainBed("schedule", AlphaBeta(4.0, 0.4)),
    Monotone("line"),
    Pooled("subtype"),
)
FRAME = patients(40, seed=3).assign(age=np.linspace(35.0, 80.0, 40))


def drawn(term, rng, samples=5):
    """Parameters' values in the shapes that posterior draws have."""
    parameters = {}
    for each in term.parameters(Priors()):
        values = rng.dirichlet(np.ones(each.size), samples) if each.name.endswith("steps") else None
        if values is None:
            values = rng.normal(size=(samples, max(each.size, 1)))
        columns = [values[:, [k]] for k in range(values.shape[1])]
        parameters[each.name] = columns if each.size else columns[0]
    return parameters


def test_bed_is_the_linear_quadratic_models():
    schedules = list(BED_GY)
    term = Bed("schedule", alpha_beta=4.0)
    tens = term.log_ratio({"bed": 1.0}, term.data(pd.DataFrame({"schedule": schedules})))
    np.testing.assert_allclose(10 * tens + 75.0, list(BED_GY.values()), rtol=1e-12)


def test_of_a_boosted_course_the_level_that_counts_is_used():
    rows = pd.DataFrame({"schedule": ["50/30 Gy in 10 fr"] * 2, "dose_level": ["boost", "base"]})
    expected = [(50 * (1 + 5 / 4) - 75) / 10, (30 * (1 + 3 / 4) - 75) / 10]
    term = Bed("schedule")
    np.testing.assert_allclose(term.log_ratio({"bed": 1.0}, term.data(rows)), expected, rtol=1e-12)


def test_a_log_ratio_is_0_at_the_reference_dose():
    reference = 30 * (1 + 6 / 4)
    data = Bed("schedule", reference_gy=reference).data(
        pd.DataFrame({"schedule": ["30 Gy in 5 fr"]})
    )
    assert Bed("schedule").log_ratio({"bed": np.array([[0.7]])}, data) == 0.0


def test_a_monotone_effect_is_buerkner_and_charpentiers(rng):
    """Equation 3 there: b times the sum of the first (level) shares; between 0 and b."""
    term = Monotone("line")
    levels = LEVELS["line"]
    parameters = drawn(term, rng)
    effect = term.log_ratio(parameters, term.data(pd.DataFrame({"line": levels})))
    total = parameters["line_total"]
    shares = np.concatenate(parameters["line_steps"], axis=1)
    expected = total * np.cumsum(np.insert(shares, 0, 0.0, axis=1), axis=1)
    np.testing.assert_allclose(effect, expected, rtol=1e-12)
    np.testing.assert_allclose(effect[:, [-1]], total, rtol=1e-12)
    assert np.all(np.diff(effect / total, axis=1) >= 0.0)


def test_pooled_effects_are_a_standard_deviation_times_standard_normals(rng):
    term = Pooled("subtype")
    parameters = drawn(term, rng)
    effect = term.log_ratio(parameters, term.data(pd.DataFrame({"subtype": LEVELS["subtype"]})))
    expected = parameters["subtype_sd"] * np.concatenate(parameters["subtype_z"], axis=1)
    np.testing.assert_allclose(effect, expected, rtol=1e-12)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: type(term).__name__)
def test_contrasts_are_differences_of_predictions(term, rng):
    """Rows that differ in the contrast alone differ by it in their log hazard ratios."""
    parameters = drawn(term, rng)
    pairs = {
        "Linear": [({"age": 41.0}, {"age": 40.0})],
        "Bed": [({"schedule": "24 Gy in 2 fr"}, {"schedule": "24 Gy in 2 fr"})],
        "UncertainBed": [({"schedule": "24 Gy in 2 fr"}, {"schedule": "24 Gy in 2 fr"})],
        "Monotone": [({"line": each}, {"line": "first"}) for each in LEVELS["line"][1:]],
        "Pooled": [({"subtype": each}, None) for each in LEVELS["subtype"]],
    }[type(term).__name__]
    contrasts = list(term.contrasts(parameters).values())
    assert len(contrasts) == len(pairs)
    for contrast, (row, other) in zip(contrasts, pairs, strict=True):
        there = term.log_ratio(parameters, term.data(pd.DataFrame([row])))
        here = term.log_ratio(parameters, term.data(pd.DataFrame([other]))) if other else 0.0
        if isinstance(
            term, Bed | UncertainBed
        ):  # the same course when its reference is 10 Gy lower
            lower = replace(term, reference_gy=term.reference_gy - 10.0)
            there = lower.log_ratio(parameters, lower.data(pd.DataFrame([row])))
        np.testing.assert_allclose(contrast, there - here, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: type(term).__name__)
def test_symbols_and_draws_give_the_same_linear_predictor(term, rng):
    parameters, data = drawn(term, rng), term.data(FRAME)
    numbers = term.log_ratio(parameters, data)
    assert numbers.shape == (5, 40)

    def symbols(value):
        return (
            [pt.constant(each) for each in value] if isinstance(value, list) else pt.constant(value)
        )

    graph = term.log_ratio(
        {name: symbols(value) for name, value in parameters.items()},
        {name: symbols(list(each) if each.ndim == 2 else each) for name, each in data.items()},
    )
    compute = pytensor.function([], graph, mode=pytensor.compile.mode.Mode("py", None))
    np.testing.assert_allclose(compute(), numbers, rtol=1e-12)


def test_each_term_has_its_own_names():
    names = [
        each.name for term in Formula.parse(FORMULA).terms for each in term.parameters(Priors())
    ]
    assert sorted(names) == ["bed", "line_steps", "line_total", "subtype_sd", "subtype_z"]


DELIVERED = pd.DataFrame(
    {
        "schedule": ["24 Gy in 2 fr over 2 days", "50/30 Gy in 10 fr over 11 days",
                     "8/1 over 0 days", "16 Gy in 14 fr BID over 8 days"],
        "dose_level": ["boost", "base", "boost", "boost"],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    "model",
    [BedModel(), CORRECTED, BedModel(repair=IncompleteRepair(1.5))],
    ids=["plain", "corrected", "repair"],
)
def test_at_a_given_ratio_an_uncertain_bed_is_the_fixed_one(model):
    """BED is A + B / ratio: the two terms agree at every ratio, under every model of BED."""
    uncertain = UncertainBed("schedule", AlphaBeta(4.0, 0.4), model=model)
    data = uncertain.data(DELIVERED)
    for ratio in (1.5, 4.0, 10.0):
        fixed = Bed("schedule", ratio, model=model)
        expected = fixed.log_ratio({"bed": -0.3}, fixed.data(DELIVERED))
        found = uncertain.log_ratio({"bed": -0.3, "alpha_beta": ratio}, data)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
        bed_gy = bed_column(
            DELIVERED["schedule"], ratio, levels=DELIVERED["dose_level"], model=model
        )
        np.testing.assert_allclose(expected, -0.3 * (bed_gy - 75.0) / 10.0, rtol=1e-12)
