"""Evidence: Ramsay's own recursion, written out here; identities of M-splines."""

import numpy as np
import pytest
import xarray as xr
from scipy.integrate import quad

from oligotrial.checks import InputError
from oligotrial.hazard import Evaluated, MSpline, MSplineBasis

BASIS = MSplineBasis(inner=(4.0, 7.0, 15.0), last=30.0)
TIMES = np.array([0.0, 0.5, 4.0, 6.9, 7.0, 20.0, 29.9])


def ramsay(time: float, i: int, order: int, knots: np.ndarray) -> float:
    """Equation 2 of Ramsay (1988), Statistical Science 3, 425-441."""
    width = knots[i + order] - knots[i]
    if not knots[i] <= time < knots[i + order]:
        return 0.0
    if order == 1:
        return 1.0 / width
    rising = (time - knots[i]) * ramsay(time, i, order - 1, knots)
    falling = (knots[i + order] - time) * ramsay(time, i + 1, order - 1, knots)
    return order * (rising + falling) / ((order - 1) * width)


def test_density_is_ramsays_recursion():
    knots = np.array([0.0] * 4 + [4.0, 7.0, 15.0] + [30.0] * 4)
    expected = [[ramsay(time, i, 4, knots) for time in TIMES] for i in range(BASIS.size)]
    np.testing.assert_allclose(BASIS.density(TIMES), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("k", range(BASIS.size))
def test_each_function_integrates_to_1_and_its_integral_is_stored(k):
    def density(time: float) -> float:
        return float(BASIS.density(time)[k])

    for end in (3.0, 12.0, 30.0, 45.0):
        area, _ = quad(density, 0.0, end, points=[4.0, 7.0, 15.0, 30.0])
        assert float(BASIS.cumulative(end)[k]) == pytest.approx(area, rel=1e-9, abs=1e-12)
    assert float(BASIS.cumulative(30.0)[k]) == pytest.approx(1.0, rel=1e-12)


def test_even_weights_make_a_constant_hazard():
    even = MSpline(1.5, BASIS.even_weights(), BASIS)
    np.testing.assert_allclose(np.exp(even.log_hazard(TIMES)), 1.5 / 30.0, rtol=1e-12)
    np.testing.assert_allclose(even.cumulative_hazard(TIMES), 1.5 * TIMES / 30.0, rtol=1e-12)
    assert BASIS.even_weights().sum() == pytest.approx(1.0, rel=1e-14)


def test_the_hazard_is_constant_beyond_the_last_knot():
    hazard = MSpline(2.0, np.linspace(0.05, 0.25, BASIS.size), BASIS)
    late = np.array([30.0, 31.0, 100.0])
    rate = np.exp(hazard.log_hazard(late))
    np.testing.assert_allclose(rate, rate[0], rtol=1e-14)
    at_last = hazard.cumulative_hazard(30.0)
    np.testing.assert_allclose(
        hazard.cumulative_hazard(late), at_last + rate[0] * (late - 30.0), rtol=1e-12
    )


def test_evaluated_gives_what_the_basis_gives_at_its_times():
    weights = np.linspace(0.05, 0.25, BASIS.size)
    stored = MSpline(2.0, weights, Evaluated(BASIS.density(TIMES), BASIS.cumulative(TIMES)))
    direct = MSpline(2.0, weights, BASIS)
    np.testing.assert_array_equal(stored.log_hazard(None), direct.log_hazard(TIMES))
    np.testing.assert_array_equal(stored.cumulative_hazard(None), direct.cumulative_hazard(TIMES))


def test_labelled_times_give_labelled_values():
    labelled = BASIS.density(xr.DataArray(TIMES, dims="time"))
    assert all(each.dims == ("time",) for each in labelled)
    np.testing.assert_array_equal(labelled, BASIS.density(TIMES))


@pytest.mark.parametrize(
    ("inner", "last"),
    [
        ((4.0, 4.0), 9.0),
        ((4.0, 9.0), 9.0),
        ((0.0,), 9.0),
        ((-1.0,), 9.0),
        ((), 0.0),
        ((1.0,), np.nan),
    ],
)
def test_knots_have_to_increase_between_0_and_the_last(inner, last):
    with pytest.raises(InputError, match="do not increase strictly between 0 and"):
        MSplineBasis(inner, last)


def test_there_is_one_weight_a_function():
    with pytest.raises(ValueError, match="zip"):
        MSpline(1.0, [0.5, 0.5], BASIS).log_hazard(3.0)
