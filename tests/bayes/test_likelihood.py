"""Evidence: PyMC's graph against hazards of numbers; scipy's Weibull; bad data in words."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pymc as pm
import pytensor
import pytest
import xarray as xr
from scipy import stats

from oligotrial.bayes import Fit, MSpline, SurvivalModel, Weibull
from oligotrial.checks import InputError
from oligotrial.hazard import log_likelihood

from .simulated import FORMULA, patients

ROWS = patients(40, seed=9)

BASELINES: Mapping[str, Callable[[], Weibull | MSpline]] = {
    "weibull": Weibull,
    "m-spline": lambda: MSpline(2),
}
each_baseline = pytest.mark.parametrize("baseline", list(BASELINES))


def one_point(model: SurvivalModel) -> dict[str, np.ndarray]:
    """Draw a value of every parameter, far from where anything cancels."""
    rng = np.random.default_rng(4)
    point = {each.name: rng.normal(0.3, 0.7, size=each.size or None) for each in model.parameters}
    point["line_steps"] = rng.dirichlet(np.ones(3))
    for positive in ("median", "shape", "smoothing", "subtype_sd"):
        if positive in point:
            point[positive] = np.exp(point[positive])
    return point


def at(model: SurvivalModel, point: Mapping[str, np.ndarray]) -> Fit:
    """A posterior of that one draw."""
    posterior = xr.Dataset(
        {
            name: (("chain", "draw", f"{name}_dim")[: 2 + np.ndim(value)], np.array([[value]]))
            for name, value in point.items()
        },
        coords={"cohort_draw": ("chain", [0])},
    )
    return Fit(model, posterior, xr.Dataset(), "one draw")


def pointwise(model: SurvivalModel, rows: pd.DataFrame, point: Mapping[str, np.ndarray]):
    """PyMC's own log-likelihood of each patient, with numbers in place of its variables."""
    built = model.build(rows)
    observed = built["follow_up"]
    values = pm.logp(observed, built.rvs_to_values[observed])
    known = {built[name]: pytensor.tensor.constant(value) for name, value in point.items()}
    mode = pytensor.compile.mode.Mode("py", None)
    return pytensor.function([], pytensor.graph.clone_replace(values, known), mode=mode)()


@each_baseline
def test_pymc_and_the_fitted_hazard_have_the_same_pointwise_likelihood(baseline):
    model = SurvivalModel(FORMULA, BASELINES[baseline]()).suited(ROWS)
    point = one_point(model)
    found = pointwise(model, ROWS, point)
    time, event = ROWS["time"].to_numpy(), ROWS["event"].to_numpy()
    assert 0 < event.sum() < len(event)
    for patient in range(len(ROWS)):
        hazard = at(model, point).hazard(ROWS.iloc[[patient]])
        expected = log_likelihood(hazard, time[patient], event[patient])
        assert found[patient] == pytest.approx(expected.item(), rel=1e-10)


def test_without_terms_it_is_scipys_weibull():
    model = SurvivalModel("Surv(time, event) ~ 1", Weibull())
    found = pointwise(model, ROWS, {"median": np.array(9.0), "shape": np.array(1.4)})
    scipys = stats.weibull_min(1.4, scale=9.0 / np.log(2.0) ** (1 / 1.4))
    assert scipys.median() == pytest.approx(9.0, rel=1e-12)
    time = ROWS["time"].to_numpy()
    expected = np.where(ROWS["event"] == 1, scipys.logpdf(time), scipys.logsf(time))
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@each_baseline
def test_the_median_is_the_reference_patients(baseline):
    """Of a constant hazard for the spline: no step away from even weights."""
    model = SurvivalModel("Surv(time, event) ~ 1", BASELINES[baseline]()).suited(ROWS)
    point = {each.name: np.zeros(each.size) if each.size else 1.0 for each in model.parameters}
    point["median"] = np.array(7.5)
    medians = at(model, point).medians(pd.DataFrame(index=[0]))
    assert medians["median"].item() == pytest.approx(7.5, rel=1e-10)


@each_baseline
@pytest.mark.parametrize(
    "removed", ["bed(schedule, alpha_beta=4)", "monotone(line)", "pooled(subtype)"]
)
def test_removing_any_term_changes_every_prediction(baseline, removed, profiles):
    model = SurvivalModel(FORMULA, BASELINES[baseline]()).suited(ROWS)
    point = one_point(model)
    kept = [term for term in FORMULA.partition("~")[2].split(" + ") if term.strip() != removed]
    assert len(kept) == 2
    fewer = SurvivalModel(f"Surv(time, event) ~ {' + '.join(kept)}", model.baseline)
    left = {each.name: point[each.name] for each in fewer.parameters}
    whole = at(model, point).hazard(profiles).cumulative_hazard(6.0)
    part = at(fewer, left).hazard(profiles).cumulative_hazard(6.0)
    assert whole.shape == part.shape == (1, len(profiles))
    assert np.all(np.abs(whole / part - 1.0) > 1e-3)


def test_nothing_depends_on_the_frames_index_or_on_the_order_of_columns(profiles):
    model = SurvivalModel(FORMULA, Weibull())
    fit = at(model, one_point(model))
    shuffled = profiles.set_index(pd.Index([7, 7, 3]))[list(profiles.columns[::-1])]
    np.testing.assert_array_equal(fit.log_hazard_ratios(shuffled), fit.log_hazard_ratios(profiles))


def test_knots_are_quantiles_of_the_event_times():
    time = np.arange(1.0, 102.0)
    event = (time <= 81.0).astype(float)
    suited = MSpline(3).suited(time, event)
    assert suited.inner == (21.0, 41.0, 61.0)
    assert suited.last == 81.0
    assert suited.suited(time / 2.0, event) == suited


def test_ties_at_the_last_event_leave_knots_before_it():
    time = np.array([1.0, 2.0, 3.0, 4.0, *[9.0] * 20])
    suited = MSpline(3).suited(time, np.ones(24))
    assert suited.last == 9.0
    assert suited.basis.size == len(suited.inner) + 4
    assert all(0.0 < knot < 9.0 for knot in suited.inner)


BAD = {
    "all censored": (lambda rows: rows.assign(event=0), "column event: nobody has the event"),
    "a time of 0": (
        lambda rows: rows.assign(time=rows["time"].where(rows.index > 1, 0.0)),
        "column time: 2 patients have a time of 0",
    ),
    "no time": (
        lambda rows: rows.assign(time=rows["time"].where(rows.index > 0)),
        "column time: row 1 has no value",
    ),
    "no such column": (
        lambda rows: rows.rename(columns={"schedule": "schedul"}),
        "there is no column 'schedule' in the cohort (did you mean 'schedul'?)",
    ),
    "an unknown level": (
        lambda rows: rows.assign(line="secnd"),
        "column line: 'secnd' is not a level of line (did you mean 'second'?)",
    ),
    "a level left out": (
        lambda rows: rows.assign(line=rows["line"].where(rows.index > 0)),
        "column line: row 1 has no value",
    ),
}


@pytest.mark.parametrize("name", list(BAD))
def test_bad_data_are_told_in_words(name):
    spoil, words = BAD[name]
    with pytest.raises(InputError) as caught:
        SurvivalModel(FORMULA, Weibull()).arrays(spoil(ROWS))
    assert words in str(caught.value)


def test_an_unknown_schedule_is_told():
    with pytest.raises(InputError, match="a lot"):
        SurvivalModel(FORMULA, Weibull()).arrays(ROWS.assign(schedule="a lot"))


def test_too_few_events_for_the_knots_are_told():
    few = ROWS.assign(event=(np.arange(len(ROWS)) < 4).astype(int))
    with pytest.raises(InputError, match=r"knots.*use fewer knots or the Weibull"):
        SurvivalModel(FORMULA, MSpline(3)).suited(few)


def test_groups_in_a_plain_column_are_told():
    model = SurvivalModel("Surv(time, event) ~ line", Weibull())
    with pytest.raises(InputError, match=r"column 'line' has values that are not numbers"):
        model.arrays(ROWS)


def test_a_factor_that_cohorts_don_t_have_is_told():
    model = SurvivalModel("Surv(time, event) ~ pooled(subtyp)", Weibull())
    with pytest.raises(InputError, match=r"did you mean 'subtype'"):
        model.arrays(ROWS)
