"""Closed form, and ArviZ's own functions as independent implementations.

The exponential model with a gamma prior has a gamma posterior, and its leave-one-out density is
known exactly; draws are taken from that posterior by scipy, so that nothing is sampled.
"""

import arviz_stats as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats
from scipy.special import gammaln

from oligotrial.bayes import Fit, SurvivalModel, Weibull, diagnose, predict
from oligotrial.bayes import pointwise as pointwise_module
from oligotrial.bayes.compare import compare
from oligotrial.bayes.loo import loo
from oligotrial.bayes.measures import MEDIAN, Survival
from oligotrial.bayes.pointwise import log_likelihoods, pointwise, total_log_likelihood
from oligotrial.bayes.populations import Population
from oligotrial.bayes.stack import stacking_weights
from oligotrial.checks import InputError
from oligotrial.cohort import Cohort

A, B = 2.0, 20.0
"""Shape and rate of the gamma prior."""
CONSTANT = SurvivalModel("Surv(time, event) ~ 1", Weibull())


def rows(size: int, *, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    latent, censored = rng.exponential(12.0, size), rng.uniform(4.0, 40.0, size)
    time = np.minimum(latent, censored)
    return pd.DataFrame({"time": time, "event": (latent <= censored).astype(int)})


def cohort_of(*frames: pd.DataFrame) -> Cohort:
    joined = pd.concat([frame.assign(draw=k) for k, frame in enumerate(frames)])
    return Cohort(joined, label="simulated", source="test", draws=len(frames))


def gamma_fit(*frames: pd.DataFrame, draws: int = 2000, seed: int = 1, a=A, b=B) -> Fit:
    """Draws of the exact posterior: Weibull of shape 1, median log(2) / rate."""
    rng = np.random.default_rng(seed)
    rates = [
        stats.gamma(a + frame["event"].sum(), scale=1.0 / (b + frame["time"].sum())).rvs(
            (4, draws), rng
        )
        for frame in frames
    ]
    rate = np.concatenate(rates)
    owner = np.repeat(np.arange(len(frames)), 4)
    posterior = xr.Dataset(
        {
            "median": (("chain", "draw"), np.log(2.0) / rate),
            "shape": (("chain", "draw"), np.ones_like(rate)),
        },
        coords={"cohort_draw": ("chain", owner)},
    )
    return Fit(CONSTANT, posterior, xr.Dataset(), "exact")


def exact(frame: pd.DataFrame) -> np.ndarray:
    """Log of the predictive density of each patient given all others: a ratio of gammas."""
    time, event = frame["time"].to_numpy(), frame["event"].to_numpy()
    a, b = A + event.sum() - event, B + time.sum() - time
    return gammaln(a + event) - gammaln(a) + a * np.log(b) - (a + event) * np.log(b + time)


def test_it_is_the_closed_form():
    """59 patients, 8,000 independent draws: the error of the sum is far below 0.05."""
    frame = rows(59, seed=3)
    found = loo(gamma_fit(frame), cohort_of(frame))
    np.testing.assert_allclose(found.pointwise["elpd"], exact(frame), atol=0.02)
    assert found.elpd == pytest.approx(exact(frame).sum(), abs=0.05)
    assert found.se == pytest.approx(np.sqrt(59) * exact(frame).std(ddof=1), rel=0.01)
    assert found.p_loo == pytest.approx(1.0, abs=0.6)
    assert len(found.unreliable) == 0
    assert found.spread == 0.0


def test_it_is_arvizs():
    frame = rows(40, seed=4)
    fit = gamma_fit(frame)
    values = next(iter(pointwise(fit, cohort_of(frame)))).values
    tree = xr.DataTree.from_dict(
        {
            "posterior": fit.posterior.drop_vars("cohort_draw").assign_coords(
                chain=range(4), draw=range(2000)
            ),
            "log_likelihood": xr.Dataset({"time": (("patient", "chain", "draw"), values)}),
        }
    )
    theirs = az.loo(tree, pointwise=True, reff=1.0)
    ours = loo(fit, cohort_of(frame))
    assert ours.elpd == pytest.approx(theirs.elpd, abs=1e-3)
    assert ours.se == pytest.approx(theirs.se, rel=0.02)  # they divide by n, not n - 1
    np.testing.assert_allclose(ours.pointwise["pareto_k"], theirs.pareto_k, atol=0.02)
    assert ours.good_k == pytest.approx(theirs.good_k)


def test_delayed_entry_counts_from_entry():
    """Under an exponential hazard entry shortens each patient's time and nothing else."""
    frame = rows(30, seed=5)
    late = frame.assign(entry=5.0, time=frame["time"] + 5.0)
    fit = gamma_fit(frame)
    first, second = loo(fit, cohort_of(frame)), loo(fit, cohort_of(late))
    np.testing.assert_allclose(first.pointwise["elpd"], second.pointwise["elpd"], rtol=1e-9)


def test_each_draw_of_a_reconstruction_is_left_out_of_its_own_posterior():
    frames = rows(30, seed=6), rows(30, seed=7)
    found = loo(gamma_fit(*frames), cohort_of(*frames))
    sums = [exact(frame).sum() for frame in frames]
    np.testing.assert_allclose(found.by_cohort_draw["elpd"], sums, atol=0.1)
    assert found.elpd == pytest.approx(np.mean(sums), abs=0.1)
    assert found.spread == pytest.approx(np.std(sums, ddof=1), abs=0.1)
    assert "isn't a new patient" in found.words


def test_a_patient_whom_the_posterior_hangs_on_is_told():
    """One event after 4,000 months among patients of a month: the tail of ratios is heavy."""
    frame = pd.DataFrame({"time": [0.1] * 10 + [4000.0], "event": [1] * 11})
    found = loo(gamma_fit(frame, draws=500), cohort_of(frame))
    assert found.unreliable["patient"].tolist()[0] == 10
    assert found.unreliable["pareto_k"].iloc[0] > found.good_k


def test_blocks_of_patients_change_nothing(monkeypatch):
    frame = rows(20, seed=8)
    fit, cohort = gamma_fit(frame, draws=100), cohort_of(frame)
    whole, total = loo(fit, cohort).pointwise, total_log_likelihood(fit, cohort)
    monkeypatch.setattr(predict, "CELLS", 7)
    pd.testing.assert_frame_equal(loo(fit, cohort).pointwise, whole)
    monkeypatch.setattr(pointwise_module, "LARGEST", 1)
    pd.testing.assert_frame_equal(loo(fit, cohort).pointwise, whole)
    np.testing.assert_allclose(total_log_likelihood(fit, cohort), total)


def test_another_cohort_is_refused():
    frame = rows(20, seed=8)
    with pytest.raises(InputError, match="2 draws and the fit was made of 1"):
        loo(gamma_fit(frame), cohort_of(frame, frame))


def two_models(frame: pd.DataFrame) -> dict[str, Fit]:
    """The exact posterior, and one whose prior holds the rate far too high."""
    return {"good": gamma_fit(frame), "bad": gamma_fit(frame, seed=2, a=200.0, b=400.0)}


def test_stacking_weights_are_arvizs(rng):
    """Three models of 200 observations, with overlapping strengths."""
    logs = rng.normal(-2.0, 1.0, size=(3, 200)) + np.array([[0.0], [0.1], [-0.5]])
    trees = {}
    for name, log in zip("abc", logs, strict=True):
        # Draws that all agree: leaving one out changes nothing, elpd is the log-likelihood.
        noise = rng.normal(0.0, 1e-6, size=(4, 50, 200))
        trees[name] = xr.DataTree.from_dict(
            {
                "posterior": xr.Dataset({"x": (("chain", "draw"), rng.normal(size=(4, 50)))}),
                "log_likelihood": xr.Dataset(
                    {"y": (("chain", "draw", "i"), log[None, None] + noise)}
                ),
            }
        )
    theirs = az.compare(trees, round_to="none")["weight"]
    ours = stacking_weights(list(logs))
    np.testing.assert_allclose(ours, [theirs[name] for name in "abc"], atol=2e-3)
    assert ours.sum() == pytest.approx(1.0)


def test_the_better_model_is_found_and_has_the_weight():
    frame = rows(100, seed=9)
    found = compare(two_models(frame), cohort_of(frame))
    assert found.table["model"].tolist() == ["good", "bad"]
    assert found.table["difference"][0] == 0.0
    assert found.table["difference"][1] < -4.0
    assert found.stack.weights["good"] > 0.95
    assert "clearly behind" in found.words


def test_the_same_model_twice_is_not_told_apart():
    frame = rows(60, seed=9)
    pair = {"one": gamma_fit(frame), "two": gamma_fit(frame, seed=5)}
    assert "too little to tell it" in compare(pair, cohort_of(frame)).words


def test_a_stack_is_the_mixture_of_its_models():
    """Mean survival is the weighted mean; with all weight on one model it is that model's."""
    frame = rows(100, seed=9)
    stack = compare(two_models(frame), cohort_of(frame)).stack
    even = type(stack)(stack.fits, {"good": 0.5, "bad": 0.5})
    one = pd.DataFrame({"any": [1]})
    shown = even.survival(one, [6.0, 12.0])
    each = [fit.survival(one, [6.0, 12.0])["survival"] for fit in even.fits.values()]
    np.testing.assert_allclose(shown["survival"], (each[0] + each[1]) / 2, rtol=1e-12)
    alone = type(stack)(stack.fits, {"good": 1.0, "bad": 0.0})
    measures = [MEDIAN, Survival(12.0)]
    table = alone.estimates(one, measures)
    own = stack.fits["good"].estimates(one, measures)
    columns = ["estimate", "lower", "upper"]
    np.testing.assert_allclose(table[columns], own[columns], rtol=2e-3)
    np.testing.assert_allclose(
        alone.marginal(Population(one), measures)[columns], own[columns], rtol=2e-3
    )


def test_new_patients_of_a_stack_have_the_mixed_survival():
    frame = rows(100, seed=9)
    stack = compare(two_models(frame), cohort_of(frame)).stack
    even = type(stack)(stack.fits, {"good": 0.5, "bad": 0.5})
    one = pd.DataFrame({"any": [1]})
    times = even.event_times(Population(one), seed=3, size=20_000)
    expected = even.survival(one, [6.0])["survival"][0]
    assert np.mean(times > 6.0) == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 20_000))


def test_one_model_is_nothing_to_compare():
    frame = rows(20, seed=1)
    with pytest.raises(InputError, match="two or more"):
        compare({"only": gamma_fit(frame)}, cohort_of(frame))


def test_smoothed_weights_are_normalised(rng):
    weights, k = diagnose.psis(rng.normal(size=(3, 1000)))
    np.testing.assert_allclose(np.exp(weights).sum(axis=1), 1.0)
    assert np.all(k < 0.7)


def test_log_likelihoods_of_every_kind_of_censoring_are_scipys():
    """Exact, right-censored, between two times and late entrants, at each draw."""
    frame = pd.DataFrame(
        {
            "time": [3.0, 8.0, 4.0, 9.0, 6.0],
            "event": [1, 0, 1, 1, 0],
            "time_upper": [np.nan, np.inf, 6.0, 9.0, np.nan],
            "entry": [0.0, 0.0, 0.0, 2.0, 1.5],
        }
    )
    fit = gamma_fit(frame, draws=50)
    one = stats.expon(scale=fit.draws["median"].ravel() / np.log(2.0))
    by_hand = [
        one.logpdf(3.0),
        one.logsf(8.0),
        np.log(one.cdf(6.0) - one.cdf(4.0)),
        one.logpdf(9.0) - one.logsf(2.0),
        one.logsf(6.0) - one.logsf(1.5),
    ]
    np.testing.assert_allclose(log_likelihoods(fit, frame), np.transpose(by_hand), rtol=1e-9)


def test_a_patient_of_weight_0_is_foretold_by_the_posterior_itself():
    """Leaving out what was never in changes nothing; weight 1 is no weight."""
    frame = rows(30, seed=12)
    fit = gamma_fit(frame)
    plain = loo(fit, cohort_of(frame)).pointwise
    heaviest = int(plain["p_loo"].argmax())
    weights = np.where(np.arange(30) == heaviest, 0.0, 1.0)
    weighted = loo(fit, cohort_of(frame.assign(weight=weights))).pointwise
    assert weighted["p_loo"][heaviest] == pytest.approx(0.0, abs=1e-9)
    assert plain["p_loo"][heaviest] > 0.05
    pd.testing.assert_frame_equal(plain.drop(heaviest), weighted.drop(heaviest))
