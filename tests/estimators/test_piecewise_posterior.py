"""Closed form, limits, identities; independent: scipy's quadrature and quad of each patient's own
likelihood, statsmodels' Poisson regression. Developer: what bad input is told."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from oligotrial.checks import InputError
from oligotrial.estimators import cox
from oligotrial.estimators.log_ratio_prior import (
    MixtureLogRatio,
    NormalLogRatio,
    PointLogRatio,
    StudentTLogRatio,
    components,
)
from oligotrial.estimators.piecewise_grids import GRID_COLUMNS, NODES
from oligotrial.estimators.piecewise_kernels import fill_pieces, log_likelihood
from oligotrial.estimators.piecewise_posterior import piecewise_posterior
from oligotrial.estimators.piecewise_quadrature import (
    fill_summary,
    posterior_below,
    posterior_quantile,
)
from oligotrial.estimators.piecewise_table import (
    EventQuantiles,
    ExternalControls,
    GammaBaseline,
    cut_points,
    external_controls,
    piecewise_table,
)
from oligotrial.simulate import EffectPrior

PRIORS = {
    "normal": NormalLogRatio(0.0, 0.7),
    "narrow": NormalLogRatio(-0.3, 0.05),
    "wide": NormalLogRatio(0.5, 15.0),
    "mixture": MixtureLogRatio(
        [(0.4, NormalLogRatio(0.0, 0.1)), (0.6, NormalLogRatio(np.log(0.65), 0.3))]
    ),
    "far apart": MixtureLogRatio(
        [(0.5, NormalLogRatio(-2.0, 0.05)), (0.5, NormalLogRatio(2.0, 0.05))]
    ),
    "t": StudentTLogRatio(3.0, mean=-0.2, scale=0.2),
    "t of many degrees": StudentTLogRatio(400.0, mean=0.1, scale=0.4),
    "effect prior": EffectPrior(
        ("a", "b"), np.array([0.5, 0.5]), np.array([0.0, -0.4]), np.array([0.2, 0.4])
    ),
}
each_prior = pytest.mark.parametrize("prior", PRIORS.values(), ids=PRIORS)


def trial(patients=120, *, seed=1, log_ratio=-0.43, median=9.0, strata=1):
    """Follow-up, event, arm, stratum of a trial with exponential times."""
    rng = np.random.default_rng(seed)
    arm = rng.permutation(np.arange(patients) % 2)
    stratum = rng.integers(strata, size=patients)
    rate = np.log(2) / median * np.exp(log_ratio * arm + 0.5 * stratum)
    latent, censored = rng.exponential(1 / rate), rng.uniform(3.0, 30.0, patients)
    return np.minimum(latent, censored), (latent <= censored) * 1, arm, stratum


def each_piece(time, event, arm, stratum, cuts):
    """Events and exposure patient by patient, interval by interval: the slow way."""
    edges = [0.0, *cuts, np.inf]
    table = np.zeros((4, (max(stratum) + 1) * (len(cuts) + 1)))
    for t, e, a, s in zip(time, event, arm, stratum, strict=True):
        for k in range(len(cuts) + 1):
            piece = s * (len(cuts) + 1) + k
            if edges[k] < t <= edges[k + 1] or (t == 0 and k == 0):
                table[a, piece] += e
            table[2 + a, piece] += max(min(t, edges[k + 1]) - edges[k], 0.0)
    return table


def prior_density(prior, theta):
    if isinstance(prior, StudentTLogRatio):
        return stats.t.pdf(theta, prior.degrees, prior.mean, prior.scale)
    return sum(
        w * stats.norm.pdf(theta, m, s)
        for w, m, s in zip(prior.weights, prior.means, prior.sds, strict=True)
    )


def integrals(fit, prior, functions):
    """Integrals over the posterior by scipy, on many panels so that no peak is missed."""
    edges = np.unique(
        [
            *np.linspace(-12.0, 12.0, 97),
            *np.linspace(fit.mean - 1.5, fit.mean + 1.5, 61),
            *(
                m + s * k
                for _, m, s in fit.prior.T
                for k in (-4, -2, 0, 2, 4)
                if abs(m + s * k) < 12
            ),
            *[-400.0, -100.0, -30.0, 30.0, 100.0],
        ]
    )
    at, weight = np.polynomial.legendre.leggauss(40)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    theta = (middle[:, None] + half[:, None] * at).ravel()
    mass = (half[:, None] * weight).ravel() * prior_density(prior, theta)
    with np.errstate(over="ignore", under="ignore"):
        mass *= np.exp(fit.log_likelihood(theta))
    return [float(np.sum(mass * function(theta))) for function in functions]


# The table


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 1), st.integers(0, 1), st.integers(0, 2)),
        min_size=1,
        max_size=30,
    ),
    st.lists(st.integers(1, 12), max_size=4, unique=True),
)
@settings(max_examples=100, deadline=None)
def test_table_is_what_each_patient_adds_up_to(rows, cuts):
    time, event, arm, stratum = (np.array(column) for column in zip(*rows, strict=True))
    ends = np.array(sorted(cuts), dtype=float)
    found = piecewise_table(time.astype(float), event, arm, stratum=stratum, cuts=ends)
    np.testing.assert_allclose(found, each_piece(time, event, arm, stratum, ends), atol=1e-12)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 1)), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_intervals_at_quantiles_hold_their_share_of_events(rows):
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    ends = cut_points(EventQuantiles(4), time.astype(float), event)
    events = np.sort(time[event == 1])
    expected = [events[int(np.ceil(k * events.size / 4)) - 1] for k in (1, 2, 3) if events.size]
    np.testing.assert_array_equal(ends, np.unique(expected))


# The posterior against quadrature by others


def test_one_interval_against_two_dimensional_quadrature_of_each_patients_likelihood():
    time, event, arm, _ = trial(20, seed=3)
    a, b, prior = 0.8, 9.0, NormalLogRatio(-0.1, 0.6)
    fit = piecewise_posterior(
        time, event, arm, prior=prior, cuts=(), baseline_prior=GammaBaseline(a, a / b)
    )

    def joint(rate, theta):
        hazard = rate * np.exp(theta * arm)
        patients = np.prod(np.where(event == 1, hazard, 1.0) * np.exp(-hazard * time) * 10.0)
        before = stats.gamma.pdf(rate, a, scale=1 / b) * stats.norm.pdf(theta, -0.1, 0.6)
        return patients * before * 1e3

    whole, _ = integrate.dblquad(joint, -4, 4, 1e-6, 1.0, epsabs=0, epsrel=1e-7)
    below, _ = integrate.dblquad(joint, -4, 0, 1e-6, 1.0, epsabs=0, epsrel=1e-7)
    scale = np.log(1e3) + time.size * np.log(10.0)
    assert fit.log_marginal_likelihood == pytest.approx(np.log(whole) - scale, abs=1e-8)
    assert fit.below[0] == pytest.approx(below / whole, abs=1e-8)


@each_prior
@pytest.mark.parametrize(
    ("patients", "seed", "strata"), [(120, 1, 1), (12, 2, 1), (300, 3, 6), (1000, 4, 2)]
)
def test_moments_and_probabilities_against_gauss_legendre(prior, patients, seed, strata):
    data = trial(patients, seed=seed, strata=strata)
    bounds = (0.5, 0.8, 1.0, 1.3)
    fit = piecewise_posterior(*data[:3], strata=data[3], prior=prior, bounds=bounds)
    whole, first, second = integrals(fit, prior, [np.ones_like, lambda x: x, np.square])
    mean = first / whole
    # A t distribution's normals leave out 1e-8 at either end, which their squares feel.
    close = 2e-5 if isinstance(prior, StudentTLogRatio) else 1e-8
    assert fit.log_bayes_factor == pytest.approx(np.log(whole), abs=close)
    assert fit.mean == pytest.approx(mean, abs=close)
    assert fit.sd == pytest.approx(np.sqrt(second / whole - mean**2), abs=close)
    for bound, found in zip(bounds, fit.below, strict=True):
        share = (
            integrate.quad(
                fit.density,
                fit.mean - 12 * fit.sd,
                np.log(bound),
                points=_inside(fit, np.log(bound)),
                limit=400,
                epsabs=1e-12,
                epsrel=1e-12,
            )[0]
            if np.log(bound) > fit.mean - 12 * fit.sd
            else 0.0
        )
        assert found == pytest.approx(share, abs=max(fit.error, close))


def _inside(fit, top):
    bottom = fit.mean - 12 * fit.sd
    marks = set(fit.prior[1]) | {fit.mean - 3 * fit.sd, fit.mean, fit.mean + 3 * fit.sd}
    return sorted(mark for mark in marks if bottom < mark < top) or None


@each_prior
def test_density_integrates_to_one_and_quantiles_invert_the_probabilities(prior):
    time, event, arm, _ = trial(60, seed=7)
    fit = piecewise_posterior(time, event, arm, prior=prior)
    ends = np.exp([fit.lower, fit.median, fit.upper])
    again = piecewise_posterior(time, event, arm, prior=prior, bounds=tuple(ends))
    np.testing.assert_allclose(again.below, [0.025, 0.5, 0.975], atol=1e-8)
    grid = np.linspace(fit.mean - 14 * fit.sd, fit.mean + 14 * fit.sd, 400_001)
    assert integrate.simpson(fit.density(grid), x=grid) == pytest.approx(1.0, abs=1e-6)


def test_stated_error_holds_and_tells_of_a_coarse_grid():
    data = trial(120)
    fit = piecewise_posterior(
        *data[:3], prior=NormalLogRatio(0.0, 0.7), bounds=(0.6, 0.7, 0.8, 1.0)
    )
    assert 1e-10 < fit.error < 3e-8
    # Nothing on one side but a prior far wider than the grid has room for.
    flat = piecewise_posterior(
        [9.0] * 300 + [5.0] * 300,
        [0] * 300 + [1] * 300,
        [1] * 300 + [0] * 300,
        prior=NormalLogRatio(0.0, 20.0),
        cuts=(),
    )
    assert np.isfinite([flat.mean, flat.sd, flat.lower, flat.upper, flat.below[0]]).all()
    assert flat.below[0] == pytest.approx(1.0, abs=1e-6)


# Limits


def test_flat_baseline_prior_leaves_the_profile_likelihood_of_poisson_regression():
    time, event, arm, stratum = trial(150, seed=5, strata=2)
    cuts = np.array([3.0, 7.0, 12.0])
    table = piecewise_table(time, event, arm, stratum=stratum, cuts=cuts)
    pieces = np.empty((3, 8))
    posterior = fill_pieces(pieces, table, np.zeros((2, 8)), 0.0, 1.0)

    def value(theta):
        return log_likelihood(theta, posterior[0], pieces, posterior[1])

    counts, exposure = table[:2].ravel(), table[2:].ravel()
    design = np.column_stack([np.tile(np.eye(8), (2, 1)), np.repeat([0, 1], 8)])
    with np.errstate(all="ignore"):
        model = sm.GLM(counts, design, family=sm.families.Poisson(), exposure=exposure)
        glm = model.fit(tol=1e-14, maxiter=200)
    best = optimize.minimize_scalar(
        lambda x: -value(x), bounds=(-2, 2), method="bounded", options={"xatol": 1e-12}
    ).x
    assert best == pytest.approx(glm.params[-1], abs=1e-7)
    h = 1e-3
    curvature = (value(best + h) - 2 * value(best) + value(best - h)) / h**2
    assert (-curvature) ** -0.5 == pytest.approx(glm.bse[-1], rel=1e-5)
    # With the prior's events going to 0 the public function tends to it.
    fits = [
        piecewise_posterior(
            time,
            event,
            arm,
            strata=stratum,
            cuts=cuts,
            prior=NormalLogRatio(0.0, 1.0),
            baseline_prior=GammaBaseline(events, 0.1),
        )
        for events in (1e-6, 1e-9)
    ]
    at = np.linspace(-1.5, 1.0, 11)
    expected = [value(x) for x in at]
    assert np.abs(fits[1].log_likelihood(at) - expected).max() < 1e-7
    assert np.abs(fits[0].log_likelihood(at) - expected).max() < 1e-4


def test_many_patients_and_fine_intervals_tend_to_cox():
    time, event, arm, _ = trial(6000, seed=11)
    fit = piecewise_posterior(
        time,
        event,
        arm,
        prior=NormalLogRatio(0.0, 10.0),
        cuts=EventQuantiles(100),
        baseline_prior=GammaBaseline(events=1e-3),
    )
    regression = cox(time, event, {"arm": arm}).coefficients.iloc[0]
    se = regression["std_error"]
    assert fit.mean == pytest.approx(regression["log_hazard_ratio"], abs=0.02 * se)
    assert fit.sd == pytest.approx(se, rel=0.01)
    z = -regression["log_hazard_ratio"] / se
    assert fit.below[0] == pytest.approx(stats.norm.cdf(z), abs=1e-3)


def test_prior_without_spread_is_its_point():
    time, event, arm, _ = trial(40)
    fit = piecewise_posterior(time, event, arm, prior=NormalLogRatio(-0.2, 0.0), bounds=(0.8, 1.0))
    assert (fit.mean, fit.sd, fit.lower, fit.median, fit.upper) == (-0.2, 0.0, -0.2, -0.2, -0.2)
    assert fit.below.tolist() == [0.0, 1.0]
    assert fit.log_bayes_factor == pytest.approx(float(fit.log_likelihood(-0.2)), abs=1e-12)
    near = piecewise_posterior(time, event, arm, prior=NormalLogRatio(-0.2, 1e-7))
    assert near.mean == pytest.approx(-0.2, abs=1e-9)
    assert near.log_bayes_factor == pytest.approx(fit.log_bayes_factor, abs=1e-9)


def test_point_in_a_mixture_takes_part_by_its_likelihood():
    time, event, arm, _ = trial(60, seed=2)
    slab = piecewise_posterior(time, event, arm, prior=NormalLogRatio(-0.3, 0.4))
    prior = MixtureLogRatio([(0.3, PointLogRatio(0.0)), (0.7, NormalLogRatio(-0.3, 0.4))])
    both = piecewise_posterior(time, event, arm, prior=prior, bounds=(1.0, 1.0 + 1e-12))
    null = 0.3 / (0.3 + 0.7 * np.exp(slab.log_bayes_factor))
    assert both.points[1].tolist() == pytest.approx([null], abs=1e-12)
    assert both.below[0] == pytest.approx((1 - null) * slab.below[0], abs=1e-10)
    assert both.below[1] == pytest.approx((1 - null) * slab.below[0] + null, abs=1e-10)
    wide = piecewise_posterior(time, event, arm, prior=prior, level=0.2)
    assert wide.upper == 0.0 or not wide.lower < 0.0 < wide.upper


@pytest.mark.parametrize(
    ("events", "arm"),
    [([0, 0, 0, 0], [0, 0, 1, 1]), ([1, 0, 1, 1], [0, 0, 0, 0]), ([1, 0, 1, 1], [1, 1, 1, 1])],
    ids=["no events", "no experimental arm", "no control arm"],
)
@pytest.mark.parametrize("name", ["normal", "mixture", "wide"])
def test_without_information_the_prior_comes_back(events, arm, name):
    prior = PRIORS[name]
    fit = piecewise_posterior([2, 4, 5, 7], events, arm, prior=prior, bounds=(0.7, 1.0))
    expected = prior.weights @ prior.means
    spread = np.sqrt(prior.weights @ (prior.sds**2 + prior.means**2) - expected**2)
    assert fit.mean == pytest.approx(expected, abs=1e-9)
    assert fit.sd == pytest.approx(spread, rel=1e-9)
    below = [prior.weights @ stats.norm.cdf(np.log(x), prior.means, prior.sds) for x in (0.7, 1.0)]
    np.testing.assert_allclose(fit.below, below, atol=1e-9)
    assert fit.log_bayes_factor == pytest.approx(0.0, abs=1e-9)
    assert np.isfinite(fit.log_marginal_likelihood)


def test_t_components_make_a_t_distribution():
    for degrees in (3.0, 4.5, 10.0, 200.0):
        weight, mean, sd = components(StudentTLogRatio(degrees, mean=0.2, scale=0.5))
        at = np.linspace(-6, 6, 41)
        found = (weight * stats.norm.pdf(at[:, None], mean, sd)).sum(axis=1)
        np.testing.assert_allclose(found, stats.t.pdf(at, degrees, 0.2, 0.5), atol=3e-8)


# Identities


def test_unit_of_time_changes_nothing_but_the_marginal_likelihood():
    time, event, arm, _ = trial(80)
    months = piecewise_posterior(time, event, arm, prior=NormalLogRatio(0.0, 0.5))
    days = piecewise_posterior(time * 30.4375, event, arm, prior=NormalLogRatio(0.0, 0.5))
    assert days.mean == pytest.approx(months.mean, abs=1e-12)
    assert days.below[0] == pytest.approx(months.below[0], abs=1e-12)
    shift = event.sum() * np.log(30.4375)
    assert days.log_marginal_likelihood == pytest.approx(
        months.log_marginal_likelihood - shift, abs=1e-9
    )


def test_order_of_patients_and_names_of_strata_change_nothing():
    time, event, arm, stratum = trial(90, strata=3)
    order = np.random.default_rng(1).permutation(90)
    words = np.array(["first", "second", "third"])[stratum]
    one = piecewise_posterior(time, event, arm, strata=stratum, prior=NormalLogRatio(0.0, 0.5))
    two = piecewise_posterior(
        time[order], event[order], arm[order], strata=words[order], prior=NormalLogRatio(0.0, 0.5)
    )
    assert two.below[0] == pytest.approx(one.below[0], abs=1e-12)
    assert two.log_marginal_likelihood == pytest.approx(one.log_marginal_likelihood, abs=1e-9)


def test_borrowing_off_is_bit_identical_whatever_the_external_data():
    time, event, arm, _ = trial(80)
    settings_ = {"prior": NormalLogRatio(0.0, 0.5), "cuts": (3.0, 8.0)}
    alone = piecewise_posterior(time, event, arm, **settings_)
    for scale in (1.0, 1e6):
        external = ExternalControls([[scale, 3, 5]], [[1e-3, 40 * scale, 9]], discount=0.0)
        off = piecewise_posterior(time, event, arm, external=external, **settings_)
        for name in (
            "mean",
            "sd",
            "lower",
            "median",
            "upper",
            "log_bayes_factor",
            "log_marginal_likelihood",
            "error",
        ):
            assert getattr(off, name) == getattr(alone, name)
        assert off.below.tobytes() == alone.below.tobytes()


def test_borrowing_in_full_is_as_if_controls_were_the_trials_own():
    time, event, arm, _ = trial(80)
    late = external_controls(time[arm == 0], event[arm == 0], cuts=(3.0, 8.0), discount=1.0)
    twice = np.concatenate([np.arange(80), np.flatnonzero(arm == 0)])
    settings_ = {"prior": NormalLogRatio(0.0, 0.5), "cuts": (3.0, 8.0)}
    borrowed = piecewise_posterior(time, event, arm, external=late, **settings_)
    pooled = piecewise_posterior(time[twice], event[twice], arm[twice], **settings_)
    assert borrowed.mean == pytest.approx(pooled.mean, abs=1e-12)
    assert borrowed.below[0] == pytest.approx(pooled.below[0], abs=1e-12)
    half = piecewise_posterior(time, event, arm, external=late.discounted(0.5), **settings_)
    alone = piecewise_posterior(time, event, arm, **settings_)
    assert pooled.sd < half.sd < alone.sd


numbers = st.floats(0.0, 40.0)


@given(
    st.lists(
        st.tuples(numbers, numbers, st.floats(0, 500), st.floats(0, 500)), min_size=1, max_size=8
    ),
    st.floats(-4, 4),
    st.floats(0.01, 20.0),
    st.floats(1e-6, 3.0),
    st.floats(0, 1),
)
@settings(max_examples=300, deadline=None)
def test_kernel_gives_ordered_finite_numbers_whatever_the_table(rows, mean, sd, events, share):
    table = np.array([(d0 if e0 else 0, d1 if e1 else 0, e0, e1) for d0, d1, e0, e1 in rows]).T
    table = np.ascontiguousarray(np.floor(table[:2]).tolist() + table[2:].tolist())
    external = share * table[[0, 2]]
    pieces = np.empty((3, len(rows)))
    prior = np.array([[0.5, 0.5], [mean, 0.0], [sd, 0.3]])
    posterior = (
        np.empty((2, NODES)),
        np.empty((2, GRID_COLUMNS)),
        prior,
        *fill_pieces(pieces, table, external, events, 0.0),
    )
    posterior = (*posterior[:4], pieces, posterior[4])
    row = np.empty(6)
    fill_summary(row, np.array([-0.3, 0.0, 0.3]), *posterior)
    assert np.isfinite(row).all()
    assert row[1] > 0
    assert 0 <= row[3] <= row[4] + 1e-7 <= row[5] + 2e-7 <= 1 + 3e-7
    for p in (0.025, 0.5, 0.975):
        end = posterior_quantile(p, *posterior)
        assert posterior_below(end, *posterior) == pytest.approx(p, abs=1e-7)


# Bad input

GOOD = {"time": [1, 2, 3, 4], "event": [1, 0, 1, 1], "arm": [0, 1, 0, 1]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"time": [1, -2, 3, 4]}, "row 2"),
        ({"time": [0, 0, 0, 0]}, "beyond time 0"),
        ({"event": [1, 2, 1, 1]}, "event, row 2"),
        ({"arm": [0, 1, 2, 1]}, "arm, row 3: 2 is not 1"),
        ({"arm": [0, 1]}, "2 values for 4 times"),
        ({"strata": [0, 1]}, "strata: 2 values for 4 times"),
        ({"cuts": (3, 2)}, "cuts, number 2: 2 doesn't come after 3"),
        ({"cuts": (0,)}, "cuts, number 1"),
        ({"cuts": (np.nan,)}, "cuts, number 1"),
        ({"cuts": ("a",)}, "cuts: not a list of times"),
        ({"bounds": (0.0,)}, "bounds: 0.0 is not a positive"),
        ({"level": 1.0}, "level"),
        ({"prior": "normal"}, "prior: this is no prior"),
        ({"prior": EffectPrior(("a",), np.array([0.5]), np.zeros(1), np.ones(1))}, "no mixture"),
        ({"external": ExternalControls([[1.0]], [[5.0]], 0.5)}, "give the times"),
        ({"external": ExternalControls([[1.0]], [[5.0]], 0.5), "cuts": (2,)}, "cut both alike"),
    ],
)
def test_bad_input_is_told_by_place(change, words):
    with pytest.raises(InputError, match=words):
        piecewise_posterior(**{**GOOD, "prior": NormalLogRatio(0.0, 0.5), **change})


@pytest.mark.parametrize(
    "make",
    [
        lambda: EventQuantiles(0),
        lambda: GammaBaseline(events=0.0),
        lambda: GammaBaseline(rate=-1.0),
        lambda: ExternalControls([[1.0]], [[5.0, 2.0]], 0.5),
        lambda: ExternalControls([[1.0]], [[0.0]], 0.5),
        lambda: ExternalControls([1.0], [5.0], 0.5),
        lambda: ExternalControls([["a"]], [[5.0]], 0.5),
        lambda: ExternalControls([[np.nan]], [[5.0]], 0.5),
        lambda: ExternalControls([[1.0]], [[5.0]], 1.5),
        lambda: NormalLogRatio(np.nan, 1.0),
        lambda: NormalLogRatio(0.0, -1.0),
        lambda: NormalLogRatio(0.0, 21.0),
        lambda: PointLogRatio(np.inf),
        lambda: StudentTLogRatio(2.0, mean=0.0, scale=1.0),
        lambda: StudentTLogRatio(4.0, mean=0.0, scale=0.0),
        lambda: MixtureLogRatio([]),
        lambda: MixtureLogRatio([(0.5, NormalLogRatio(0.0, 1.0))]),
        lambda: MixtureLogRatio(
            [(-0.5, NormalLogRatio(0.0, 1.0)), (1.5, NormalLogRatio(0.0, 1.0))]
        ),
    ],
)
def test_impossible_objects_are_refused(make):
    with pytest.raises(InputError):
        make()
