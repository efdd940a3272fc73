"""Evidence: R's distributions (base and VGAM); scipy's; limits."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammainc, gammaincc

from oligotrial import hazard as package
from oligotrial.hazard import Exponential, GeneralisedGamma, Gompertz, LogNormal, Weibull

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "r_parametric.json").read_text())
TIMES = np.array(ORACLE["times"])
CASES = [
    pytest.param(getattr(package, name), case, id=f"{name} {case['parameters']}")
    for name in ("GeneralisedGamma", "LogNormal", "LogLogistic", "Gompertz")
    for case in ORACLE[name]
]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_hazards_are_rs(kind, case):
    """Where R's logs are finite: beyond, survival is 0 to any number."""
    hazard = kind(*case["parameters"])
    log_survival = np.array(case["log_survival"], dtype=float)
    log_density = np.array(case["log_density"], dtype=float)
    known = np.isfinite(log_survival) & np.isfinite(log_density)
    assert known.sum() >= 7
    cumulative = hazard.cumulative_hazard(TIMES)[known]
    np.testing.assert_allclose(-cumulative, log_survival[known], rtol=1e-10, atol=1e-300)
    density = hazard.log_hazard(TIMES)[known] - cumulative
    np.testing.assert_allclose(density, log_density[known], rtol=1e-10, atol=1e-10)


def test_generalised_gamma_is_weibull_at_1_and_log_normal_at_0():
    times = np.geomspace(1e-3, 500.0, 40)
    for mine, theirs in (
        (GeneralisedGamma(2.0, 0.5, 1.0), Weibull(2.0, np.exp(2.0))),
        (GeneralisedGamma(2.0, 0.9, 0.0), LogNormal(2.0, 0.9)),
    ):
        for value in ("log_hazard", "cumulative_hazard"):
            expected = getattr(theirs, value)(times)
            np.testing.assert_allclose(getattr(mine, value)(times), expected, rtol=1e-11)


def test_generalised_gamma_has_no_jump_where_q_passes_0():
    """Second differences in q at 0 are as small as those of a smooth function."""
    times, step = np.geomspace(0.1, 200.0, 20), 1e-6
    low, middle, high = (
        GeneralisedGamma(2.0, 0.9, q).cumulative_hazard(times) for q in (-step, 0.0, step)
    )
    np.testing.assert_allclose(low + high, 2.0 * middle, rtol=1e-9)


@pytest.mark.parametrize("q", [0.4, 1.8])
def test_generalised_gamma_is_scipys(q):
    times = np.array([0.5, 3.0, 9.0, 30.0])
    scipys = stats.gengamma(q**-2, q / 0.9, scale=np.exp(2.2) * q ** (2 * 0.9 / q))
    hazard = GeneralisedGamma(2.2, 0.9, q)
    np.testing.assert_allclose(-hazard.cumulative_hazard(times), scipys.logsf(times), rtol=1e-10)


@pytest.mark.parametrize("q", [-5.0, -3.0, -0.3, 0.3, 2.0, 5.0])
def test_generalised_gamma_is_the_incomplete_gamma_function(q):
    """From whichever tail is the smaller one, where it is a number."""
    score = np.linspace(-8.0, 8.0, 81)
    with np.errstate(over="ignore", divide="ignore"):
        upper = gammaincc(q**-2, np.exp(q * score) / q**2)
        lower = gammainc(q**-2, np.exp(q * score) / q**2)
        alive, dead = (upper, lower) if q > 0 else (lower, upper)
        expected = np.where(alive < 0.5, -np.log(alive), -np.log1p(-dead))
    known = np.isfinite(expected) & (expected > 1e-290)
    cumulative = GeneralisedGamma(0.0, 1.0, q).cumulative_hazard(np.exp(score))
    assert known.sum() > 30
    np.testing.assert_allclose(cumulative[known], expected[known], rtol=1e-12)


def test_many_times_at_once_are_as_few():
    """The sum over nodes goes another way for many numbers."""
    times = np.geomspace(0.1, 100.0, 3000)
    hazard = GeneralisedGamma(2.2, 0.9, 0.6)
    some = hazard.cumulative_hazard(times[::500])
    np.testing.assert_allclose(hazard.cumulative_hazard(times)[::500], some, rtol=1e-13)


def test_gompertz_without_a_rise_is_exponential():
    times = np.array([0.5, 9.0, 60.0])
    for shape in (0.0, 1e-18):
        np.testing.assert_allclose(
            Gompertz(shape, 0.1).cumulative_hazard(times),
            Exponential(0.1).cumulative_hazard(times),
            rtol=1e-14,
        )


def test_a_falling_gompertz_hazard_leaves_a_plateau():
    assert Gompertz(-0.1, 0.2).cumulative_hazard(1e6) == pytest.approx(2.0, rel=1e-12)
