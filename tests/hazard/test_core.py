"""Evidence: scipy's distributions; closed forms; limits."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats
from scipy.integrate import quad
from scipy.special import gamma, gammainc

from oligotrial.checks import InputError
from oligotrial.hazard import (
    Exponential,
    Mixture,
    PiecewiseExponential,
    Proportional,
    Weibull,
    log_likelihood,
    quantile,
    rmst,
    survival,
)

TIMES = np.array([0.3, 2.0, 11.0, 60.0])


@pytest.mark.parametrize(("shape", "scale"), [(0.6, 8.0), (1.0, 14.0), (2.3, 20.0)])
def test_weibull_is_scipys(shape, scale):
    hazard, scipys = Weibull(shape, scale), stats.weibull_min(shape, scale=scale)
    np.testing.assert_allclose(survival(hazard, TIMES), scipys.sf(TIMES), rtol=1e-12)
    density = log_likelihood(hazard, TIMES, 1.0)
    np.testing.assert_allclose(density, scipys.logpdf(TIMES), rtol=1e-12)
    censored = log_likelihood(hazard, TIMES, 0.0)
    np.testing.assert_allclose(censored, scipys.logsf(TIMES), rtol=1e-12)
    np.testing.assert_allclose(quantile(hazard, 0.3), scipys.ppf(0.3), rtol=1e-11)


def test_delayed_entry_is_the_truncated_density():
    hazard, scipys = Weibull(1.4, 9.0), stats.weibull_min(1.4, scale=9.0)
    expected = scipys.logpdf(12.0) - scipys.logsf(5.0)
    assert log_likelihood(hazard, 12.0, 1.0, 5.0) == pytest.approx(expected, rel=1e-12)


def test_weibull_of_shape_1_and_equal_pieces_are_exponential():
    for same in (Weibull(1.0, 10.0), PiecewiseExponential((0.1, 0.1), (7.0,))):
        np.testing.assert_allclose(
            same.cumulative_hazard(TIMES), Exponential(0.1).cumulative_hazard(TIMES), rtol=1e-14
        )
        np.testing.assert_allclose(same.log_hazard(TIMES), np.log(0.1), rtol=1e-14)


def test_a_rate_holds_from_its_cut_point_on():
    hazard = PiecewiseExponential((0.1, 0.4, 0.2), (5.0, 12.0))
    at = np.array([4.9, 5.0, 11.9, 12.0])
    np.testing.assert_allclose(np.exp(hazard.log_hazard(at)), [0.1, 0.4, 0.4, 0.2])
    assert hazard.cumulative_hazard(15.0) == pytest.approx(5 * 0.1 + 7 * 0.4 + 3 * 0.2)


def test_pieces_need_one_rate_more_than_cut_points():
    with pytest.raises(InputError, match="2 rates for 2 cut-points; give one rate more"):
        PiecewiseExponential((0.1, 0.2), (5.0, 6.0))


def test_a_hazard_ratio_of_1_changes_nothing_and_ratios_multiply():
    base = Weibull(1.4, 9.0)
    null = Proportional(base, 0.0)
    np.testing.assert_array_equal(null.log_hazard(TIMES), base.log_hazard(TIMES))
    np.testing.assert_array_equal(null.cumulative_hazard(TIMES), base.cumulative_hazard(TIMES))
    twice = Proportional(Proportional(base, np.log(2.0)), np.log(3.0))
    np.testing.assert_allclose(
        twice.cumulative_hazard(TIMES), 6.0 * base.cumulative_hazard(TIMES), rtol=1e-14
    )


def test_a_mixtures_survival_is_the_average_of_its_groups():
    groups = Weibull(np.array([[0.8, 1.5]]), np.array([[6.0, 20.0]]))
    mixed, shares = Mixture(groups, np.array([0.3, 0.7])), np.array([0.3, 0.7])
    scipys = stats.weibull_min(np.array([0.8, 1.5]), scale=np.array([6.0, 20.0]))
    for time in TIMES:
        assert survival(mixed, time)[0, 0] == pytest.approx(shares @ scipys.sf(time), rel=1e-12)
        density = np.exp(log_likelihood(mixed, time, 1.0))[0, 0]
        assert density == pytest.approx(shares @ scipys.pdf(time), rel=1e-12)


def test_late_in_a_mixture_only_the_best_group_is_left():
    mixed = Mixture(Exponential(np.array([[0.1, 0.3]])), np.array([0.25, 0.75]))
    assert mixed.log_hazard(1e5)[0, 0] == pytest.approx(np.log(0.1), rel=1e-12)
    expected = 0.1 * 1e5 - np.log(0.25)
    assert mixed.cumulative_hazard(1e5)[0, 0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("wrap", [np.array, lambda values: xr.DataArray(values, dims="draw")])
def test_a_quantile_that_is_never_reached_is_infinite(wrap):
    """With a rate of 0 after 5 months, survival stays at exp(-5 * rate)."""
    plateau = PiecewiseExponential((wrap([0.1, 0.2]), wrap([0.0, 0.0])), (5.0,))
    times = quantile(plateau, 0.5)
    np.testing.assert_allclose(times, [np.inf, np.log(2.0) / 0.2], rtol=1e-12)
    assert type(times) is type(wrap([0.0]))


def test_the_search_for_a_quantile_ends_where_it_is_told_to():
    slow = Exponential(np.array([np.log(2.0) / 100.0]))
    assert quantile(slow, 0.5, longest_months=99.0) == [np.inf]
    assert quantile(slow, 0.5, longest_months=101.0) == pytest.approx(100.0, rel=1e-12)


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.2, np.nan])
def test_a_quantile_is_of_a_proportion(wrong):
    with pytest.raises(InputError, match="is not between 0 and 1"):
        quantile(Exponential(0.1), wrong)


def test_restricted_mean_is_the_incomplete_gamma_function():
    """Integral of exp(-(t / b) ** a): b * Gamma(1 + 1/a) * P(1/a, (until / b) ** a)."""
    shape, scale, until = 1.4, 9.0, 24.0
    expected = scale * gamma(1 + 1 / shape) * gammainc(1 / shape, (until / scale) ** shape)
    assert rmst(Weibull(shape, scale), until) == pytest.approx(expected, rel=1e-8)


def test_restricted_mean_across_a_jump_of_the_hazard():
    hazard = PiecewiseExponential((0.02, 0.3), (10.0,))
    exact, _ = quad(lambda time: float(survival(hazard, time)), 0.0, 24.0, points=[10.0])
    assert rmst(hazard, 24.0) == pytest.approx(exact, abs=24.0 / 64**2)
    assert rmst(hazard, 24.0, nodes=640) == pytest.approx(exact, abs=24.0 / 640**2)
