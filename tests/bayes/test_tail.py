"""Evidence: PyTensor's own gradient of the written-out sum; scipy's incomplete gamma function."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from oligotrial.bayes.tail import mills_ratio, ratio_and_slopes
from oligotrial.hazard import GeneralisedGamma
from oligotrial.hazard import tail as written_out

UNCOMPILED = pytensor.compile.mode.Mode("py", None)

GRID = np.array(
    [
        (distance, q)
        for distance in (0.0, 1e-9, 0.03, 0.7, 2.5, 12.0)
        for q in (-4.0, -0.9, -0.05, -1e-8, 0.0, 1e-8, 0.01, 0.3, 1.0, 4.0)
    ]
).T


def test_the_slopes_are_the_gradient_that_pytensor_makes_of_the_sum():
    distance, q = pt.dvectors("distance", "q")
    exponent = pt.minimum(q * distance, 300.0)
    found = {}
    for ratio in (mills_ratio, written_out.mills_ratio):
        value = ratio(distance, q, exponent)
        outputs = [value, *pytensor.grad(value.sum(), [distance, q])]
        found[ratio] = pytensor.function([distance, q], outputs, mode=UNCOMPILED)(*GRID)
    own, expected = found[mills_ratio], found[written_out.mills_ratio]
    np.testing.assert_allclose(own[0], expected[0], rtol=1e-12)
    np.testing.assert_allclose(own[1], expected[1], rtol=1e-8, atol=1e-13)
    np.testing.assert_allclose(own[2], expected[2], rtol=1e-8, atol=1e-13)


@given(
    distance=st.floats(0.0, 8.0),
    q=st.one_of(st.floats(-3.0, -0.05), st.floats(0.05, 3.0)),
)
def test_the_ratio_is_scipys_tail_over_its_density(distance, q):
    shape, rate = q**-2, np.exp(min(q * distance, 300.0))
    tail = (
        special.gammaincc(shape, shape * rate) if q > 0 else special.gammainc(shape, shape * rate)
    )
    if tail < 1e-280:
        return
    density = abs(q) * np.exp(stats.gamma(shape).logpdf(shape * rate)) * shape * rate
    ratio, _, _ = ratio_and_slopes(distance, q)
    assert ratio == pytest.approx(tail / density, rel=1e-9)


def test_far_away_the_ratio_and_its_slopes_are_numbers():
    for distance in (0.0, 1e3, 1e6):
        for q in (-40.0, -1.0, 0.0, 1.0, 40.0):
            found = ratio_and_slopes(distance, q)
            assert np.all(np.isfinite(found))
            assert found[0] > 0.0


def test_a_hazard_is_the_same_with_either():
    numbers = GeneralisedGamma(2.1, 0.8, 0.4)
    symbols = GeneralisedGamma(pt.constant(2.1), pt.constant(0.8), pt.constant(0.4), mills_ratio)
    times = np.array([0.0, 0.01, 2.0, 9.0, 300.0])
    outputs = [symbols.cumulative_hazard(times), symbols.log_hazard(times)]
    cumulative, log_hazard = pytensor.function([], outputs, mode=UNCOMPILED)()
    np.testing.assert_allclose(cumulative, numbers.cumulative_hazard(times), rtol=1e-12)
    np.testing.assert_allclose(log_hazard, numbers.log_hazard(times), rtol=1e-12)
