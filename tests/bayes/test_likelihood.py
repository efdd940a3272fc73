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
from oligotrial.bayes import density as densities
from oligotrial.bayes.build import inputs
from oligotrial.bayes.density import density
from oligotrial.bayes.effects import AcceleratedFailureTime
from oligotrial.bayes.modifiers import Cure
from oligotrial.checks import InputError
from oligotrial.hazard import log_likelihood, quantile, survival

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
    if "line_steps" in point:
        point["line_steps"] = rng.dirichlet(np.ones(3))
    for each in model.parameters:
        if each.prior.support.name == "positive":
            point[each.name] = np.exp(point[each.name])
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
    hazard = at(model, point).hazard(pd.DataFrame(index=[0]))
    assert quantile(hazard, 0.5).item() == pytest.approx(7.5, rel=1e-10)


def with_other_follow_up() -> pd.DataFrame:
    """Some enter late, some events are between two examinations, the first one's before any."""
    rows = ROWS.reset_index(drop=True)
    seen = rows["event"] == 1
    between = seen & (rows.index % 3 == 0)
    return rows.assign(
        time=rows["time"].where(~(between & (rows.index % 2 == 0)), 0.0),
        time_upper=(rows["time"] + 2.5).where(between),
        entry=(0.6 * rows["time"]).where(~between & (rows.index % 4 == 1)),
        weight=np.linspace(0.0, 2.0, len(rows)),
    )


@each_baseline
def test_every_kind_of_follow_up_is_the_formula_by_hand(baseline):
    """log(S(l) - S(u)), or log h(t) and log S(t); less log S(entry); times the weight."""
    rows = with_other_follow_up()
    kinds = rows[["time_upper", "entry"]].notna().to_numpy()
    assert kinds.any(axis=0).all()
    assert (rows["time"] == 0).any()
    model = SurvivalModel(FORMULA, BASELINES[baseline]()).suited(rows)
    point = one_point(model) | {"median": np.array(14.0), "bed": np.array(-0.1)}
    if "shape" in point:
        point["shape"] = np.array(1.2)
    found = pointwise(model, rows, point)
    for patient, row in rows.iterrows():
        hazard = at(model, point).hazard(rows.loc[[patient]])

        def alive(month: float, hazard=hazard) -> float:
            return survival(hazard, month).item()

        if np.isfinite(row["time_upper"]):
            expected = np.log(alive(row["time"]) - alive(row["time_upper"]))
        else:
            expected = np.log(alive(row["time"]))
            expected += row["event"] * hazard.log_hazard(row["time"]).item()
        if row["entry"] > 0:
            expected -= np.log(alive(row["entry"]))
        assert found[patient] == pytest.approx(row["weight"] * expected, rel=1e-9, abs=1e-12)


@each_baseline
@pytest.mark.parametrize(
    "terms",
    [
        "strata(site)",
        "tv(age, intervals=3)",
        "tv(age, cuts=[4, 9]) + tv(bed(schedule)) + strata(site)",
    ],
)
def test_strata_and_varying_effects_are_those_that_predict(baseline, terms):
    """The rows that follow-up is cut into add up to the patient's own likelihood."""
    rows = ROWS.reset_index(drop=True).assign(age=np.linspace(-1.0, 1.5, len(ROWS)))
    rows["entry"] = (0.6 * rows["time"]).where(rows.index % 4 == 1)
    rows.loc[2, ["time", "event", "entry"]] = [9.0, 1, np.nan]  # an event at a cut
    model = SurvivalModel(f"Surv(time, event) ~ {terms}", BASELINES[baseline]()).suited(rows)
    point = one_point(model)
    found = pointwise(model, rows, point)
    cut = len(found) > len(rows)
    assert cut == bool(model.formula.varying)
    fit = at(model, point)
    expected = [
        log_likelihood(fit.hazard(rows.loc[[k]]), row["time"], row["event"], row["entry"])
        for k, row in rows.fillna({"entry": 0.0}).iterrows()
    ]
    assert np.sum(found) == pytest.approx(np.sum(expected), rel=1e-10)
    middle = fit.point_hazard(rows).cumulative_hazard(7.0)
    if baseline == "weibull":
        np.testing.assert_allclose(middle, fit.hazard(rows).cumulative_hazard(7.0), rtol=1e-10)


def test_what_varying_effects_can_t_be_combined_with_is_told():
    text = "Surv(time, event) ~ tv(age)"
    with pytest.raises(InputError, match="which is about hazard ratios"):
        SurvivalModel(text, Weibull(), effect=AcceleratedFailureTime())
    with pytest.raises(InputError, match="mixture cure can't have"):
        SurvivalModel(text, Weibull(), modifiers=(Cure(),))
    rows = with_other_follow_up().assign(age=np.arange(len(ROWS)))
    with pytest.raises(InputError, match="between two times"):
        SurvivalModel(text, Weibull()).suited(rows).arrays(rows)
    with pytest.raises(InputError, match="make one column"):
        SurvivalModel("Surv(time, event) ~ strata(line) + strata(site)")


@each_baseline
def test_an_interval_that_closes_tends_to_the_exact_time(baseline):
    """The likelihood of an interval over its width tends to the density."""
    width = 1e-6  # the error is of that order, relative to the slope of the log density
    closing = ROWS.assign(time_upper=(ROWS["time"] + width).where(ROWS["event"] == 1))
    model = SurvivalModel(FORMULA, BASELINES[baseline]()).suited(ROWS)
    point = one_point(model)
    exact, between = pointwise(model, ROWS, point), pointwise(model, closing, point)
    np.testing.assert_allclose(
        between - np.log(width) * ROWS["event"].to_numpy(), exact, rtol=1e-6, atol=1e-4
    )


@each_baseline
def test_the_compiled_density_is_pymcs_whatever_the_follow_up(baseline):
    """And its gradient is the slope of its values."""
    rows = with_other_follow_up()
    model = SurvivalModel(FORMULA, BASELINES[baseline]()).suited(rows)
    built = model.build(rows)
    compiled, arrays = density(built), inputs(model, rows)
    free = np.random.default_rng(2).normal(0.2, 0.3, compiled.size)
    value, slope = compiled.value(arrays, free)
    names, start, known = [each.name for each in built.value_vars], 0, {}
    for name, each in built.initial_point().items():
        known[name] = free[start : start + each.size].reshape(each.shape)
        start += each.size
    assert list(known) == names
    assert value == pytest.approx(built.compile_logp(mode="FAST_COMPILE")(known), rel=1e-10)
    for k in range(compiled.size):
        step = 1e-6 * np.eye(compiled.size)[k]
        rise = compiled.value(arrays, free + step)[0] - compiled.value(arrays, free - step)[0]
        assert slope[k] == pytest.approx(rise / 2e-6, rel=2e-4, abs=2e-4)


def test_a_second_data_set_of_the_same_structure_compiles_nothing(monkeypatch):
    model = SurvivalModel(FORMULA, Weibull())
    first = density(model.build(ROWS))
    monkeypatch.setattr(densities, "_compiled", None)
    other = density(model.build(patients(70, seed=3)))
    assert other.callback is first.callback
    with pytest.raises(TypeError):
        density(SurvivalModel(FORMULA + " + age", Weibull()).build(ROWS.assign(age=ROWS.index)))


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
    time = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, *[9.0] * 6])
    suited = MSpline(3).suited(time, np.ones(12))
    assert suited.last == 9.0
    assert len(suited.inner) < 3
    assert suited.basis.size == len(suited.inner) + 4
    assert all(0.0 < knot < 9.0 for knot in suited.inner)
    without = MSpline(3).suited(np.array([1.0, 2.0, 3.0, 4.0, *[9.0] * 20]), np.ones(24))
    assert (without.inner, without.last, without.basis.size) == ((), 9.0, 4)


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
