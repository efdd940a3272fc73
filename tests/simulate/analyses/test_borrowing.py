"""Identity, limit; independent: scipy's two-dimensional quadrature of every hazard and ratio."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import gammaln, logsumexp

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import MixtureLogRatio, NormalLogRatio, PointLogRatio
from oligotrial.estimators.piecewise_posterior import piecewise_posterior
from oligotrial.estimators.piecewise_table import GammaBaseline, external_controls, piecewise_table
from oligotrial.simulate.analyses import analyse_trial, compile_analyses
from oligotrial.trial.decide import (
    Commensurate,
    ExternalPatients,
    PosteriorProbability,
    PowerPrior,
    RobustMixture,
)

PRIOR = NormalLogRatio(-0.1, 0.6)
CUTS = (4.0, 9.0)


def trial(patients=80, *, seed=1, strata=1):
    rng = np.random.default_rng(seed)
    arm = rng.permutation(np.arange(patients) % 2)
    stratum = rng.integers(strata, size=patients)
    latent = rng.exponential(13.0 * np.where(arm == 1, 1.4, 1.0))
    censored = rng.uniform(3.0, 30.0, patients)
    time = np.minimum(latent, censored)
    return time, {"event": (latent <= censored) * 1, "arm": arm, "stratum": stratum}


def elsewhere(patients=50, *, seed=2, mean=13.0, strata=1):
    rng = np.random.default_rng(seed)
    latent, censored = rng.exponential(mean, patients), rng.uniform(5.0, 40.0, patients)
    return ExternalPatients(
        np.minimum(latent, censored).tolist(),
        (latent <= censored).astype(int).tolist(),
        rng.integers(strata, size=patients).tolist(),
    )


def analysed(borrowing, *, strata=1, **rest):
    analysis = PosteriorProbability(0.95, PRIOR, borrowing=borrowing, **rest)
    time, data = trial(strata=strata)
    return analyse_trial(analysis, time, **data)


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(0, 1)), min_size=1, max_size=40),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_borrowing_off_is_bit_identical_whatever_the_external_data(rows, quantiles):
    """Elsewhere, results without borrowing changed with the external data."""
    patients = ExternalPatients(*zip(*rows, strict=True))
    level = 0.95 if quantiles else None
    assert analysed(PowerPrior(patients, 0.0), level=level) == analysed(None, level=level)


def test_power_prior_is_that_of_the_estimators():
    time, data = trial(strata=2)
    patients = elsewhere(strata=2)
    found = analyse_trial(
        PosteriorProbability(
            0.95, PRIOR, intervals=CUTS, borrowing=PowerPrior(patients, 0.4), level=0.95
        ),
        time,
        **data,
    )
    controls = external_controls(
        patients.time, patients.event, cuts=CUTS, discount=0.4, strata=patients.stratum
    )
    fit = piecewise_posterior(
        time,
        data["event"],
        data["arm"],
        strata=data["stratum"],
        prior=PRIOR,
        cuts=CUTS,
        external=controls,
    )
    expected = [fit.below[0], fit.mean, fit.sd, fit.log_bayes_factor, fit.lower, fit.upper]
    assert list(found.values()) == expected


def test_full_power_is_pooling_the_patients():
    time, data = trial()
    patients = elsewhere()
    pooled = analyse_trial(
        PosteriorProbability(0.95, PRIOR, intervals=CUTS),
        [*time, *patients.time],
        event=[*data["event"], *patients.event],
        arm=[*data["arm"], *[0] * 50],
    )
    found = analysed(PowerPrior(patients, 1.0), intervals=CUTS)
    assert list(found.values())[:3] == pytest.approx(list(pooled.values())[:3], abs=1e-9)


def each_piece(patients, cuts, arm=None):
    time, event = np.array(patients[0], float), np.array(patients[1])
    arm = np.zeros(time.size, int) if arm is None else arm
    return piecewise_table(
        time, event, arm, stratum=np.zeros(time.size, int), cuts=np.array(cuts, float)
    )


def grid_posterior(log_joint):
    """Probability below 0, mean, sd and 90% interval on a fine even grid of log hazard ratios."""
    theta = np.linspace(-3.5, 3.0, 6501)
    height = np.array([log_joint(x) for x in theta]) + stats.norm.logpdf(
        theta, PRIOR.mean, PRIOR.sd
    )
    mass = np.exp(height - logsumexp(height))
    mean = mass @ theta
    at_zero = np.argmin(np.abs(theta))
    below = mass[:at_zero].sum() + mass[at_zero] / 2
    # At the middle between two nodes the cumulated mass is that of the trapezium to O(step^2).
    ends = np.interp([0.05, 0.95], np.cumsum(mass), theta + (theta[1] - theta[0]) / 2)
    return below, mean, np.sqrt(mass @ (theta - mean) ** 2), ends


def log_marginal(theta, table, shape, inverse):
    events = table[0] + table[1]
    exposure = table[2] + table[3] * np.exp(theta)
    terms = gammaln(shape + events) - gammaln(shape) + shape * np.log(inverse)
    return table[1].sum() * theta + np.sum(terms - (shape + events) * np.log(inverse + exposure))


@pytest.mark.parametrize("mean", [13.0, 4.0])
def test_robust_mixture_against_a_grid(mean):
    time, data = trial()
    patients = elsewhere(mean=mean)
    baseline = GammaBaseline(0.5, 0.08)
    borrowing = RobustMixture(patients, 0.7, 0.9, 0.8)
    found = analysed(borrowing, intervals=CUTS, baseline=baseline, level=0.9)
    table = each_piece((time, data["event"]), CUTS, data["arm"])
    lent = 0.9 * each_piece((patients.time, patients.event), CUTS)

    def log_joint(theta, part=None):
        alike = log_marginal(theta, table, 0.5 + lent[0], 0.5 / 0.08 + lent[2])
        other = log_marginal(theta, table, 0.8, 0.8 / 0.08)
        parts = np.log(0.7) + alike, np.log(0.3) + other
        return logsumexp(parts) if part is None else parts[part]

    below, centre, spread, ends = grid_posterior(log_joint)
    assert found["statistic"] == pytest.approx(below, abs=2e-7)
    assert found["estimate"] == pytest.approx(centre, abs=1e-7)
    assert found["std_error"] == pytest.approx(spread, abs=1e-7)
    assert [found["lower"], found["upper"]] == pytest.approx(ends, abs=1e-6)
    theta = np.linspace(-3.5, 3.0, 6501)
    prior = stats.norm.logpdf(theta, PRIOR.mean, PRIOR.sd)
    sums = [logsumexp([log_joint(x, k) for x in theta] + prior) for k in (0, 1)]
    assert found["borrowed"] == pytest.approx(1 / (1 + np.exp(sums[1] - sums[0])), abs=1e-8)
    assert found["log_bayes_factor"] == pytest.approx(
        logsumexp(sums) + np.log(theta[1] - theta[0]) - log_joint(0.0), abs=1e-7
    )


@pytest.mark.parametrize(("sd", "mean"), [(0.1, 13.0), (0.4, 6.0), (2.0, 6.0)])
def test_commensurate_against_a_grid(sd, mean):
    time, data = trial()
    patients = elsewhere(mean=mean)
    baseline = GammaBaseline(0.5, 0.08)
    found = analysed(Commensurate(patients, sd), intervals=CUTS, baseline=baseline, level=0.9)
    table = each_piece((time, data["event"]), CUTS, data["arm"])
    lent = each_piece((patients.time, patients.event), CUTS)
    shifts = np.linspace(-8 * sd, 8 * sd, 1001)
    weight = stats.norm.logpdf(shifts, 0.0, sd)

    def log_joint(theta):
        events = table[0] + table[1] + lent[0]
        exposure = table[2] + table[3] * np.exp(theta)
        exposure = 0.5 / 0.08 + exposure + lent[2] * np.exp(shifts[:, None])
        terms = -(0.5 + events) * np.log(exposure)
        over = weight + shifts * lent[0].sum() + terms.sum(axis=1)
        return table[1].sum() * theta + logsumexp(over)

    below, centre, spread, ends = grid_posterior(log_joint)
    assert found["statistic"] == pytest.approx(below, abs=1e-6)
    assert found["estimate"] == pytest.approx(centre, abs=1e-6)
    assert found["std_error"] == pytest.approx(spread, abs=1e-6)
    assert [found["lower"], found["upper"]] == pytest.approx(ends, abs=2e-6)


def test_interval_of_a_mixture_with_a_point():
    """Whatever is borrowed: a point near the data keeps most of the mass, and so the median."""
    prior = MixtureLogRatio([(0.6, PointLogRatio(-0.3)), (0.4, NormalLogRatio(-0.3, 0.5))])
    time, data = trial()
    for borrowing in (RobustMixture(elsewhere(), 0.5), Commensurate(elsewhere(), 0.3)):
        analysis = PosteriorProbability(0.95, prior, borrowing=borrowing, level=0.02)
        found = analyse_trial(analysis, time, **data)
        assert found["lower"] == found["upper"] == -0.3


def test_interval_says_no_less_for_being_asked():
    """The other columns are bit-identical with an interval and without."""
    for borrowing in (None, RobustMixture(elsewhere(), 0.5), Commensurate(elsewhere(), 0.3)):
        without = analysed(borrowing)
        beside = analysed(borrowing, level=0.95)
        assert {name: beside[name] for name in without} == without
        assert beside["lower"] < beside["estimate"] < beside["upper"]


def test_limits_of_trust():
    patients, baseline = elsewhere(mean=8.0), GammaBaseline(0.01, 0.08)
    rest = {"intervals": CUTS, "baseline": baseline}
    full = analysed(PowerPrior(patients, 1.0), **rest)
    tight = analysed(Commensurate(patients, 1e-4), **rest)
    assert tight["statistic"] == pytest.approx(full["statistic"], abs=1e-6)
    sure = analysed(RobustMixture(patients, 1.0 - 1e-12), **rest)
    assert sure["statistic"] == pytest.approx(full["statistic"], abs=1e-9)
    alone = analysed(None, **rest)
    loose = analysed(Commensurate(patients, 5.0), **rest)
    assert abs(loose["estimate"] - alone["estimate"]) < 0.02
    assert abs(full["estimate"] - alone["estimate"]) > 0.1


def test_controls_unlike_the_trial_are_left():
    alike, unlike = (analysed(RobustMixture(elsewhere(mean=m), 0.5)) for m in (13.0, 3.0))
    assert alike["borrowed"] > 0.5 > 0.01 > unlike["borrowed"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ExternalPatients([1.0], [2]), "event, row 1: 2 is neither 0 nor 1"),
        (lambda: ExternalPatients([1.0], [0.5]), "event, row 1: 0.5 is neither 0 nor 1"),
        (lambda: ExternalPatients([-1.0], [1]), "time, row 1: -1.0 is negative"),
        (lambda: ExternalPatients([1.0, 2.0], [1]), "2 times, 1 events and 2 strata"),
        (lambda: ExternalPatients([], []), "0 times, 0 events"),
        (lambda: ExternalPatients([1.0], [1], [-1]), "stratum, row 1: -1 is not a whole number"),
        (lambda: PowerPrior(elsewhere(), 1.1), "discount: 1.1 is not between 0 and 1"),
        (lambda: RobustMixture(elsewhere(), 1.0), "weight: 1.0 is not between 0 and 1"),
        (lambda: Commensurate(elsewhere(), 6.0), "sd: 6.0 is above 5: borrow nothing"),
    ],
)
def test_mistakes(make, words):
    with pytest.raises(InputError, match=words):
        make()


def test_external_stratum_that_the_trial_lacks():
    analysis = PosteriorProbability(
        0.95, PRIOR, borrowing=PowerPrior(ExternalPatients([3.0], [1], [4]), 0.5)
    )
    with pytest.raises(InputError, match="stratum number 4, the trial has 2 strata"):
        compile_analyses([analysis]).room(10, 2)
