"""Evidence: scipy's distributions; limits (no steps, no cure, no background); identities of
parameterisations; what suits baselines to data, by hand."""

import numpy as np
import pandas as pd
import pytensor
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn
from scipy import stats

from oligotrial.bayes import MSpline, SurvivalModel
from oligotrial.bayes.baselines import (
    BASELINES,
    Exponential,
    GeneralisedGamma,
    Gompertz,
    LogLogistic,
    LogNormal,
    PiecewiseExponential,
    Weibull,
)
from oligotrial.bayes.baselines.walk import relative_levels
from oligotrial.bayes.effects import EFFECTS, AcceleratedFailureTime, ProportionalHazards
from oligotrial.bayes.families import StudentT
from oligotrial.bayes.modifiers import Background, Cure, check_combination
from oligotrial.bayes.priors import Priors
from oligotrial.bayes.stored import from_json, to_json
from oligotrial.checks import InputError
from oligotrial.hazard import Proportional, quantile, survival

TIMES = np.array([0.2, 1.0, 4.0, 9.0, 20.0, 60.0])
MEDIAN = 9.0


def gompertz(rise: float) -> object:
    """Scipy's has a rising hazard in units of its scale: c exp(x)."""
    shape = rise / MEDIAN
    return stats.gompertz(np.log(2.0) / np.expm1(rise), scale=1.0 / shape)


def gamma(sigma: float, q: float) -> object:
    """Prentice's for positive q, in scipy's parameters; its scale is set by the median."""
    unscaled = stats.gengamma(q**-2, q / sigma)
    return stats.gengamma(q**-2, q / sigma, scale=MEDIAN / unscaled.median())


SCIPY = {
    "exponential": (Exponential(), {}, stats.expon(scale=MEDIAN / np.log(2.0))),
    "weibull": (
        Weibull(),
        {"shape": 1.4},
        stats.weibull_min(1.4, scale=MEDIAN / np.log(2.0) ** (1 / 1.4)),
    ),
    "gompertz": (Gompertz(), {"rise": 0.7}, gompertz(0.7)),
    "log-normal": (LogNormal(), {"sd_log": 0.8}, stats.lognorm(0.8, scale=MEDIAN)),
    "log-logistic": (LogLogistic(), {"shape": 1.7}, stats.fisk(1.7, scale=MEDIAN)),
    "generalised gamma": (GeneralisedGamma(), {"sigma": 0.9, "q": 0.6}, gamma(0.9, 0.6)),
    "inverse": (GeneralisedGamma(), {"sigma": 0.9, "q": 2.5}, gamma(0.9, 2.5)),
}


@pytest.mark.parametrize("case", SCIPY)
def test_a_baseline_is_scipys_distribution_of_the_same_median(case):
    """The generalised gamma's median is worked out to 10^-6."""
    baseline, parameters, scipys = SCIPY[case]
    hazard = baseline.hazard({"median": MEDIAN, **parameters})
    tolerance = 3e-6 if isinstance(baseline, GeneralisedGamma) else 1e-9
    np.testing.assert_allclose(survival(hazard, TIMES), scipys.sf(TIMES), rtol=tolerance)
    log_density = hazard.log_hazard(TIMES) - hazard.cumulative_hazard(TIMES)
    np.testing.assert_allclose(log_density, scipys.logpdf(TIMES), rtol=tolerance, atol=tolerance)


@given(
    median=st.floats(0.1, 1000.0),
    sigma=st.floats(0.05, 3.0),
    q=st.floats(-5.0, 5.0),
    rise=st.floats(-20.0, 20.0),
)
def test_the_median_is_the_median(median, sigma, q, rise):
    shapes = {"shape": 1.0 / sigma, "sd_log": sigma, "sigma": sigma, "q": q, "rise": rise}
    for baseline in (each() for each in BASELINES.values() if each.accelerable):
        hazard = baseline.hazard({"median": median, **shapes})
        at_median = float(np.exp(-hazard.cumulative_hazard(median)))
        tolerance = 1e-6 if isinstance(baseline, GeneralisedGamma) else 1e-12
        assert at_median == pytest.approx(0.5, rel=tolerance)


def test_special_cases_of_gompertz_and_generalised_gamma():
    flat = Gompertz().hazard({"median": MEDIAN, "rise": 0.0})
    np.testing.assert_allclose(survival(flat, TIMES), 0.5 ** (TIMES / MEDIAN), rtol=1e-12)
    falling = Gompertz().hazard({"median": MEDIAN, "rise": -1.0})
    plateau = np.exp(-np.log(2.0) / -np.expm1(-1.0))
    assert float(survival(falling, 1e5)) == pytest.approx(plateau, rel=1e-12)
    assert plateau < 0.5
    for q, other in ((0.0, LogNormal()), (1.0, Weibull())):
        parameters = {"median": MEDIAN, "sigma": 0.8, "q": q, "sd_log": 0.8, "shape": 1.25}
        found = GeneralisedGamma().hazard(parameters)
        np.testing.assert_allclose(
            survival(found, TIMES), survival(other.hazard(parameters), TIMES), rtol=2e-6
        )


sizes = st.integers(2, 9)


@given(data=st.data(), count=sizes)
def test_levels_step_by_the_walk_and_average_1(data, count):
    floats = st.floats(-3.0, 3.0)
    walk = data.draw(stn.arrays(float, (count - 1, 4), elements=floats))
    smoothing = data.draw(stn.arrays(float, 4, elements=st.floats(0.0, 12.0)))
    shares = data.draw(stn.arrays(float, count, elements=st.floats(0.05, 1.0)))
    shares /= shares.sum()
    parameters = {"smoothing": smoothing[:, None], "walk": [each[:, None] for each in walk]}
    levels = np.array(relative_levels(parameters, shares, steps=count - 1))
    assert levels.shape == (count, 4, 1)
    np.testing.assert_allclose(np.tensordot(shares, levels, axes=1), 1.0, rtol=1e-12)
    steps = np.diff(np.log(np.maximum(levels[..., 0], 1e-290)), axis=0)
    inside = (levels[1:, :, 0] > 1e-280) & (levels[:-1, :, 0] > 1e-280)
    np.testing.assert_allclose(steps[inside], (smoothing * walk)[inside], rtol=1e-9, atol=1e-9)


WALKING = {"m-spline": MSpline(3), "piecewise": PiecewiseExponential(4)}
EVENTS = np.arange(1.0, 21.0)


@pytest.mark.parametrize("name", WALKING)
def test_without_steps_the_hazard_is_constant_with_the_median_of_the_prior(name):
    baseline = WALKING[name].suited(EVENTS, np.ones(20))
    count = baseline.parameters(Priors())[2].size
    hazard = baseline.hazard({"median": MEDIAN, "smoothing": 0.3, "walk": [0.0] * count})
    times = np.array([0.5, 7.0, 19.9, 20.1, 300.0])
    np.testing.assert_allclose(np.exp(hazard.log_hazard(times)), np.log(2.0) / MEDIAN, rtol=1e-12)


@pytest.mark.parametrize("name", WALKING)
def test_whatever_the_steps_the_average_hazard_up_to_the_last_event_is_the_level(name):
    baseline = WALKING[name].suited(EVENTS, np.ones(20))
    count = baseline.parameters(Priors())[2].size
    walk = list(np.random.default_rng(3).normal(size=count))
    hazard = baseline.hazard({"median": MEDIAN, "smoothing": 1.5, "walk": walk})
    average = hazard.cumulative_hazard(20.0) / 20.0
    assert float(average) == pytest.approx(np.log(2.0) / MEDIAN, rel=1e-12)


@pytest.mark.parametrize("name", WALKING)
def test_beyond_the_last_knot_or_cut_the_hazard_stays(name):
    baseline = WALKING[name].suited(EVENTS, np.ones(20))
    count = baseline.parameters(Priors())[2].size
    hazard = baseline.hazard({"median": MEDIAN, "smoothing": 1.0, "walk": [0.4] * count})
    late = np.exp(hazard.log_hazard(np.array([20.0, 50.0, 1e4])))
    np.testing.assert_allclose(late, late[0], rtol=1e-12)
    slope = hazard.cumulative_hazard(50.0) - hazard.cumulative_hazard(49.0)
    assert float(slope) == pytest.approx(late[0], rel=1e-9)


def test_the_centre_of_draws_is_at_geometric_means_of_what_is_positive():
    draws = {"median": np.array([[4.0], [9.0]]), "rise": np.array([[-1.0], [2.0]])}
    centre = Gompertz().centre(draws)
    expected = Gompertz().hazard({"median": 6.0, "rise": 0.5})
    assert centre.cumulative_hazard(3.0).shape == (1, 1)
    found = centre.cumulative_hazard(3.0).item()
    assert found == pytest.approx(float(expected.cumulative_hazard(3.0)), rel=1e-12)


@pytest.mark.parametrize("name", WALKING)
def test_the_centre_of_one_draw_is_its_hazard(name):
    baseline = WALKING[name].suited(EVENTS, np.ones(20))
    count = baseline.parameters(Priors())[2].size
    walk = [np.array([[value]]) for value in np.random.default_rng(3).normal(size=count)]
    draw = {"median": np.array([[5.0]]), "smoothing": np.array([[0.7]]), "walk": walk}
    for time in (0.5, 6.0, 30.0):
        found = baseline.centre(draw).cumulative_hazard(time)
        np.testing.assert_allclose(found, baseline.hazard(draw).cumulative_hazard(time), rtol=1e-12)


def test_cut_points_part_the_events_evenly_and_censored_times_do_not_count():
    time, event = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 90.0]), np.array([1.0] * 8 + [0.0])
    suited = PiecewiseExponential(4).suited(time, event)
    assert suited.cuts == pytest.approx((2.75, 4.5, 6.25))
    assert suited.last == 8.0
    assert suited.suited(time * 2, event) == suited
    constants = suited.constants()
    np.testing.assert_allclose(constants["piece_shares"], [2.75 / 8, 1.75 / 8, 1.75 / 8, 1.75 / 8])
    assert suited.label.startswith("piecewise exponential, cut at 2.8, 4.5, 6.2 months")
    assert PiecewiseExponential(4).label == "piecewise exponential in 4 pieces"


def test_cut_points_and_knots_that_are_given_stay():
    cuts = PiecewiseExponential(cuts=(3.0, 30.0)).suited(EVENTS, np.ones(20))
    assert (cuts.cuts, cuts.last) == ((3.0, 30.0), 20.0)
    np.testing.assert_allclose(cuts.constants()["piece_shares"], [0.15, 0.85, 0.0])
    knots = MSpline(inner=(3.0, 9.0)).suited(EVENTS, np.ones(20))
    assert (knots.inner, knots.last) == ((3.0, 9.0), 20.0)
    last = MSpline(2, last=60.0).suited(EVENTS, np.ones(20))
    assert last.last == 60.0
    assert last.inner == MSpline(2).suited(EVENTS, np.ones(20)).inner
    assert last.label.endswith("hazard constant from 60.0 on")
    assert MSpline(inner=(3.0, 9.0)).label == "M-spline with 2 inner knots"


BAD = [
    (lambda: PiecewiseExponential(1), "at least 2 pieces"),
    (lambda: PiecewiseExponential(cuts=(3.0, 3.0)), "do not increase"),
    (lambda: PiecewiseExponential(cuts=(0.0, 3.0)), "do not increase"),
    (lambda: PiecewiseExponential(last=-1.0), "-1.0 is not a time"),
    (lambda: PiecewiseExponential(3).suited(EVENTS[:2], np.ones(2)), "too few for 3 pieces"),
    (
        lambda: PiecewiseExponential(3).suited(np.array([1.0, 2, *[9.0] * 30]), np.ones(32)),
        "give them",
    ),
    (lambda: MSpline(0), "at least 1 inner knot"),
    (lambda: MSpline(last=np.inf), "inf is not a time"),
    (lambda: MSpline(inner=(9.0, 3.0)), "do not increase"),
    (lambda: MSpline(inner=(9.0, 30.0)).suited(EVENTS, np.ones(20)), "between 0 and 20.0"),
    (lambda: MSpline(3).suited(EVENTS[:4], np.ones(4)), "too few for 3 inner knots"),
]


@pytest.mark.parametrize(("make", "words"), BAD, ids=[words for _, words in BAD])
def test_mistakes_in_knots_and_cut_points_are_told(make, words):
    with pytest.raises(InputError, match=words):
        make()


ROWS = pd.DataFrame({"time": EVENTS, "event": 1.0, "age": EVENTS / 10, "background_rate": 0.001})


@pytest.mark.parametrize("kind", BASELINES.values(), ids=lambda each: each.__name__)
def test_a_suited_model_of_all_parts_is_stored_as_text_and_read_back(kind):
    effects = EFFECTS.values() if kind.accelerable else [ProportionalHazards]
    for effect in effects:
        parts = {"effect": effect(), "modifiers": (Cure(), Background("background_rate"))}
        model = SurvivalModel("Surv(time, event) ~ age", kind(), **parts).suited(ROWS)
        again = from_json(to_json(model))
        assert again == model
        assert [each.name for each in again.parameters][-1] == "cured"


def test_the_time_ratio_multiplies_quantiles_and_is_a_hazard_ratio_for_weibull():
    baseline = Weibull().hazard({"median": MEDIAN, "shape": 1.6})
    slowed = AcceleratedFailureTime().apply(baseline, 0.4)
    for share in (0.1, 0.5, 0.9):
        expected = np.exp(0.4) * quantile(baseline, share)
        assert float(quantile(slowed, share)) == pytest.approx(float(expected), rel=1e-10)
    np.testing.assert_allclose(
        slowed.cumulative_hazard(TIMES),
        Proportional(baseline, -1.6 * 0.4).cumulative_hazard(TIMES),
        rtol=1e-12,
    )


def test_sentences_speak_of_the_ratio_that_the_effect_has():
    text = "Surv(time, event) ~ age"
    (slope,) = SurvivalModel(text, Weibull()).effects
    assert slope.sentence.startswith("hazard ratio per unit between")
    (slope,) = SurvivalModel(text, Weibull(), effect=AcceleratedFailureTime()).effects
    assert slope.sentence.startswith("time ratio per unit between")


def test_no_cure_and_no_background_change_nothing():
    baseline = Weibull().hazard({"median": MEDIAN, "shape": 1.6})
    same = Cure().apply(baseline, {"cured": 0.0}, {})
    np.testing.assert_allclose(
        same.cumulative_hazard(TIMES), baseline.cumulative_hazard(TIMES), rtol=1e-12
    )
    rates = Background().data(pd.DataFrame({"background_rate": [0, 0.0]}))
    none = Background().apply(baseline, {}, {name: each[0] for name, each in rates.items()})
    np.testing.assert_allclose(none.log_hazard(TIMES), baseline.log_hazard(TIMES), rtol=1e-12)
    assert np.isfinite(none.log_hazard(0.0))


def test_the_cured_have_the_background_hazard():
    """Long after the last of the others: all that is left of the hazard is the background."""
    baseline = Exponential().hazard({"median": 1.0})
    both = Background().apply(
        Cure().apply(baseline, {"cured": 0.3}, {}), {}, {"background_rate": 0.002}
    )
    assert np.exp(both.log_hazard(600.0)) == pytest.approx(0.002, rel=1e-9)
    assert float(survival(both, 600.0)) == pytest.approx(0.3 * np.exp(-1.2), rel=1e-9)


def test_combinations_without_sense_are_refused():
    plain = ProportionalHazards()
    with pytest.raises(InputError, match="mixture cure is there twice"):
        check_combination(Weibull(), plain, (Cure(), Cure()))
    with pytest.raises(InputError, match="has to be the last modifier"):
        SurvivalModel("Surv(time, event) ~ age", modifiers=(Background(), Cure()))
    with pytest.raises(InputError, match="not a piecewise exponential in 6 pieces"):
        check_combination(PiecewiseExponential(), AcceleratedFailureTime(), ())


@pytest.mark.parametrize("rate", [-0.1, 1.0, np.inf, "high"])
def test_a_background_hazard_is_a_rate_per_month(rate):
    frame = pd.DataFrame({"background_rate": [0.0, rate]})
    with pytest.raises(InputError, match=r"column background_rate: row 2 has .* per person-month"):
        Background().data(frame)


def test_a_background_needs_its_column():
    with pytest.raises(InputError, match=r"key background\.column"):
        Background("rate").data(pd.DataFrame({"background_rate": [0.0]}))


def test_the_density_of_a_whole_model_is_that_of_scipys_distributions():
    """Log-normal times, a time ratio, a cured share, Student's t: PyMC's free numbers included."""
    rows = pd.DataFrame(
        {"time": [2.0, 5.0, 11.0], "event": [1.0, 0.0, 1.0], "age": [0.3, -1.0, 2.0]}
    )
    priors = Priors((("linear", StudentT(4.0, 0.1, 0.5)),))
    model = SurvivalModel(
        "Surv(time, event) ~ age",
        LogNormal(),
        priors,
        effect=AcceleratedFailureTime(),
        modifiers=(Cure(),),
    )
    median, sd, slope, cured = 8.0, 0.9, 0.4, 0.15
    built = model.build(rows)
    free = [np.log(median), np.log(sd), slope, np.log(cured / (1.0 - cured))]
    values = [built.rvs_to_values[built[name]] for name in ("median", "sd_log", "age", "cured")]
    mode = pytensor.compile.mode.Mode("py", None)
    found = pytensor.function(values, built.logp(), mode=mode)(*free)
    uncured = stats.lognorm(sd, scale=median * np.exp(slope * rows["age"]))
    log_density = np.log((1.0 - cured) * uncured.pdf(rows["time"]))
    log_survival = np.log(cured + (1.0 - cured) * uncured.sf(rows["time"]))
    expected = np.where(rows["event"] == 1, log_density, log_survival).sum()
    expected += stats.norm(np.log(12.0), 0.8).logpdf(np.log(median))
    expected += stats.norm(np.log(1.3), 0.35).logpdf(np.log(sd))
    expected += stats.t(4.0, 0.1, 0.5).logpdf(slope)
    expected += stats.beta(1.0, 3.0).logpdf(cured) + np.log(cured * (1.0 - cured))
    assert float(found) == pytest.approx(expected, abs=1e-6)
