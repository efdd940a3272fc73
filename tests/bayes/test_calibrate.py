"""Identities of simulated data sets, limits of the uniformity tests, and the job's set-up.

That ranks come out uniform, and not when something is wrong, is tested in tests/calibration.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oligotrial.bayes import LogNormal, Normal, Priors, SurvivalModel, Weibull
from oligotrial.bayes.calibrate import LEVELS, Calibration, Ranked, prior_fit, ranks_table
from oligotrial.bayes.uniformity import bands, uniformity
from oligotrial.checks import InputError
from oligotrial.cohort import Cohort
from oligotrial.study.calibration import calibrate_model

from .simulated import FORMULA, patients


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return Cohort(patients(40, seed=3), label="simulated", source="test")


@pytest.fixture(scope="module")
def plan(cohort) -> Calibration:
    return Calibration(SurvivalModel(FORMULA, Weibull()), cohort, patients=25)


def test_uniform_ranks_pass_as_often_as_stated(rng):
    """2,000 sets of 100 ranks: p-values below 5% in 5% of them, but for discreteness."""
    found = [uniformity(rng.integers(0, 100, 100), 99).distribution for _ in range(2000)]
    assert abs(np.mean(np.array(found) < 0.05) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 2000)
    assert abs(np.mean(np.array(found) < 0.5) - 0.5) < 4 * np.sqrt(0.25 / 2000)


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda u: u**2, id="too high"),
        pytest.param(lambda u: stats.beta(0.4, 0.4).ppf(u), id="too narrow"),
        pytest.param(lambda u: stats.beta(2.5, 2.5).ppf(u), id="too wide"),
    ],
)
def test_ranks_that_are_not_uniform_fail(shape, rng):
    ranks = np.minimum((shape(rng.uniform(size=200)) * 100).astype(int), 99)
    assert uniformity(ranks, 99).distribution < 1e-3


def test_bands_hold_95_percent_of_whole_curves(rng):
    low, high = bands(150, 99)
    ranks = rng.integers(0, 100, size=(2000, 150))
    shares = (ranks[:, :, None] <= np.arange(99)).mean(axis=1)
    inside = np.all((shares >= low - 1e-12) & (shares <= high + 1e-12), axis=1).mean()
    assert abs(inside - 0.95) < 4 * np.sqrt(0.05 * 0.95 / 2000) + 0.005  # it is discrete


def test_one_bad_quantity_among_many_is_named(rng):
    results = [
        Ranked({**{f"q{k}": int(rng.integers(0, 100)) for k in range(20)}, "bad": 0}, {}, 0, 1e3, 9)
        for _ in range(60)
    ]
    table = ranks_table(results)
    assert table.loc[~table["passed"], "quantity"].tolist() == ["bad"]


def test_truths_have_the_priors(plan, rng):
    """Kolmogorov-Smirnov of 4,000 draws against scipy, and shares that sum to 1."""
    model = SurvivalModel(FORMULA, Weibull(), Priors((("bed", Normal(0.3, 0.2)),)))
    fit = prior_fit(model.suited(plan.cohort.patients), rng, draws=4000)
    assert stats.kstest(fit.draws["bed"].ravel(), stats.norm(0.3, 0.2).cdf).pvalue > 1e-3
    median = stats.lognorm(0.8, scale=12.0)
    assert stats.kstest(fit.draws["median"].ravel(), median.cdf).pvalue > 1e-3
    np.testing.assert_allclose(sum(fit.draws["line_steps"]), 1.0)


def test_data_come_from_the_truth(cohort):
    """A known Weibull: survival of 4,000 patients at its median is a half."""
    priors = Priors((("median", LogNormal(8.0, 1e-6)), ("shape", LogNormal(1.5, 1e-6))))
    plan = Calibration(SurvivalModel("Surv(time, event) ~ 1", Weibull(), priors), cohort, 4000)
    _, made = plan.data_set(0)
    early = made.patients["time"] < 8.0
    at_risk_long = ~(early & (made.patients["event"] == 0))
    share = (early & (made.patients["event"] == 1))[at_risk_long].mean()
    assert share == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / 4000) + 0.02)


def test_a_data_set_does_not_depend_on_the_others(plan):
    first, again, other = plan.data_set(3)[1], plan.data_set(3)[1], plan.data_set(4)[1]
    pd.testing.assert_frame_equal(first.patients, again.patients)
    assert not first.patients["time"].equals(other.patients["time"])
    assert first.size == 25


def test_priors_far_from_the_follow_up_are_told(cohort):
    priors = Priors((("median", LogNormal(1e7, 0.1)),))
    plan = Calibration(SurvivalModel("Surv(time, event) ~ 1", Weibull(), priors), cohort, 5)
    with pytest.raises(InputError, match="have no event"):
        plan.data_set(0)


def test_a_stopped_calibration_goes_on(plan, tmp_path):
    """Finished data sets are read, not made again; the table is the same as in one go."""
    made = []

    class Counting(Calibration):
        def ranked(self, number):
            made.append(number)
            rng = np.random.default_rng(number)
            ranks = {"a": int(rng.integers(0, LEVELS + 1))}
            return Ranked(ranks, {"a": rng.normal()}, 0, 500.0, 9)

    counting = Counting(plan.model, plan.cohort, plan.patients)
    told = []

    class StoppedError(Exception):
        pass

    def steps(title):
        from contextlib import nullcontext

        def progress(done, total):
            told.append((done, total))
            if len(told) == 12:
                raise StoppedError

        return nullcontext(progress)

    with pytest.raises(StoppedError):
        calibrate_model(counting, "weibull", data_sets=20, out=tmp_path, steps=steps)
    assert made == list(range(11))
    found = calibrate_model(counting, "weibull", data_sets=20, out=tmp_path)
    assert made == list(range(20))
    assert all(later == earlier + 1 for earlier, later in pairwise(made))
    assert len(found.results) == 20
    assert found.picture.is_file()
    assert (tmp_path / "sbc-weibull.csv").is_file()
    more = calibrate_model(counting, "weibull", data_sets=22, out=tmp_path)
    assert len(more.results) == 22
    assert len(made) == 22


def test_a_damaged_data_set_is_told(plan, tmp_path):
    class Quick(Calibration):
        def ranked(self, number):
            return Ranked({"a": number % 100}, {"a": 0.0}, 0, 500.0, 9)

    quick = Quick(plan.model, plan.cohort, plan.patients)
    calibrate_model(quick, "w", data_sets=20, out=tmp_path)
    file = sorted((tmp_path / "sbc").rglob("*.npz"))[3]
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(InputError, match="damaged"):
        calibrate_model(quick, "w", data_sets=20, out=tmp_path)


def test_results_come_back_from_arrays():
    one = Ranked({"a": 3, "b": 99}, {"a": 0.5, "b": -1.0}, 2, 321.5, 17)
    back = Ranked.of(one.arrays())
    assert (back.ranks, back.truths) == (one.ranks, one.truths)
    assert (back.diverging, back.ess, back.events) == (2, 321.5, 17)


def test_mistakes_are_told(cohort):
    with pytest.raises(InputError, match="at least 2"):
        Calibration(SurvivalModel(FORMULA, Weibull()), cohort, patients=1)
    with pytest.raises(InputError, match="from 0 to 99"):
        uniformity(np.array([100]), 99)


def test_the_settings_of_other_models_do_not_mix(plan, tmp_path):
    """Another prior is another folder."""

    class Quick(Calibration):
        def ranked(self, number):
            return Ranked({"a": number % 100}, {"a": 0.0}, 0, 500.0, 9)

    for sd in (0.1, 0.2):
        model = replace(plan.model, priors=Priors((("bed", Normal(0.0, sd)),)))
        calibrate_model(Quick(model, plan.cohort, 25), "w", data_sets=20, out=tmp_path)
    assert len(list((tmp_path / "sbc" / "w").iterdir())) == 2
