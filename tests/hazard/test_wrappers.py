"""Evidence: limits and identities of the wrappers; quadrature; a simulated world's tables."""

import numpy as np
import pytest
from scipy.integrate import quad

from oligotrial.checks import InputError
from oligotrial.hazard import (
    Accelerated,
    Crossing,
    Cure,
    Delayed,
    Evaluated,
    Exponential,
    LogLogistic,
    LogNormal,
    MSpline,
    MSplineBasis,
    Proportional,
    Waning,
    Weibull,
    WithBackground,
    quantile,
    survival,
)
from oligotrial.simulate.scenario import Scenario
from oligotrial.simulate.world import ACCURACY

TIMES = np.array([0.3, 2.0, 5.0, 11.0, 60.0])
BASE = Weibull(1.4, 9.0)
HALF = np.log(0.5)


def same(one, other, rtol=1e-12):
    for value in ("log_hazard", "cumulative_hazard"):
        expected = getattr(other, value)(TIMES)
        np.testing.assert_allclose(getattr(one, value)(TIMES), expected, rtol=rtol)


@pytest.mark.parametrize(
    "null",
    [
        Accelerated(BASE, 0.0),
        Crossing(BASE, 0.0, 0.0),
        Cure(BASE, 0.0),
        Delayed(BASE, 0.0, 3.0),
        Waning(BASE, 0.0, 3.0, 20.0),
        Delayed(BASE, HALF, 1e9),
    ],
)
def test_no_effect_changes_nothing(null):
    same(null, BASE)


def test_limits_are_proportional_hazards():
    proportional = Proportional(BASE, HALF)
    same(Crossing(BASE, HALF, HALF), proportional)
    same(Delayed(BASE, HALF, 0.0), proportional)
    same(Waning(BASE, HALF, 1e8, 1e9), proportional)
    same(Accelerated(BASE, -HALF / 1.4), proportional)  # a Weibull hazard is both


def test_time_ratios_multiply_quantiles_and_add_up_in_logs():
    slowed = Accelerated(LogNormal(2.0, 0.7), np.log(1.5))
    same(slowed, LogNormal(2.0 + np.log(1.5), 0.7))
    base = LogLogistic(1.3, 8.0)
    assert quantile(Accelerated(base, 0.4), 0.2) / quantile(base, 0.2) == pytest.approx(np.exp(0.4))


@pytest.mark.parametrize(
    "hazard", [Delayed(BASE, HALF, 3.0), Waning(BASE, HALF, 2.0, 20.0), Crossing(BASE, -1.0, 0.6)]
)
def test_cumulative_hazard_is_the_area_under_the_hazard(hazard):
    cuts = [3.0, *np.linspace(2.0, 20.0, 13)]
    area, _ = quad(lambda t: float(np.exp(hazard.log_hazard(t))), 0.0, 30.0, points=cuts, limit=200)
    assert hazard.cumulative_hazard(30.0) == pytest.approx(area, rel=1e-8)


def test_crossing_is_yang_and_prentices():
    """Their model 2: the hazard ratio as a function of survival without the effect."""
    early, late = 0.4, 1.8
    ratio = np.exp(Crossing(BASE, np.log(early), np.log(late)).log_hazard(TIMES))
    alive = survival(BASE, TIMES)
    expected = early * late / (late * alive + early * (1.0 - alive))
    np.testing.assert_allclose(ratio / np.exp(BASE.log_hazard(TIMES)), expected, rtol=1e-11)


def test_cure_and_background_are_what_they_say():
    cured = survival(Cure(BASE, 0.3), TIMES)
    np.testing.assert_allclose(cured, 0.3 + 0.7 * survival(BASE, TIMES), rtol=1e-14)
    both = WithBackground(BASE, Exponential(0.01))
    np.testing.assert_allclose(survival(both, TIMES), survival(BASE, TIMES) * np.exp(-0.01 * TIMES))
    added = np.exp(BASE.log_hazard(TIMES)) + 0.01
    np.testing.assert_allclose(np.exp(both.log_hazard(TIMES)), added, rtol=1e-13)
    assert both.log_hazard(0.0 + 1e-300) == pytest.approx(np.log(0.01))


def test_a_spline_known_at_stored_times_is_refused():
    basis = MSplineBasis(inner=(4.0,), last=9.0)
    stored = Evaluated(basis.density(TIMES), basis.cumulative(TIMES))
    spline = Proportional(MSpline(1.0, basis.even_weights(), stored), 0.1)
    for wrap in (
        lambda: Accelerated(spline, 0.1),
        lambda: Delayed(spline, 0.1, 2.0),
        lambda: Waning(spline, 0.1, 2.0, 4.0),
    ):
        with pytest.raises(InputError, match="at other times than the data's"):
            wrap()


@pytest.mark.parametrize(
    ("start", "end", "steps"), [(5.0, 5.0, 4), (-1.0, 5.0, 4), (0.0, np.inf, 4), (0.0, 5.0, 0)]
)
def test_waning_needs_times_that_follow_each_other(start, end, steps):
    with pytest.raises(InputError):
        Waning(BASE, HALF, start, end, steps)


AT_A_PLATEAU = 3.2e-3
"""The last finite node lies up to a step of the table below a plateau: at 2048 nodes 0.86% of the
cumulative hazard H, which is at most 0.0086 * H * exp(-H) <= 0.0032 of survival. The world's own
`error` leaves that step out."""


@pytest.mark.parametrize(
    ("experimental", "tolerance"),
    [
        (Delayed(BASE, HALF, 3.0), ACCURACY),
        (Waning(BASE, HALF, 2.0, 20.0, 4), ACCURACY),
        (Crossing(BASE, -1.0, 0.6), ACCURACY),
        (Accelerated(LogNormal(2.0, 0.7), 0.3), ACCURACY),
        (WithBackground(BASE, Exponential(0.01)), ACCURACY),
        (Proportional(Delayed(BASE, HALF, 3.0), 0.2), 2.0 * ACCURACY),  # effects act after tables
        (Cure(BASE, 0.3), AT_A_PLATEAU),
        (Proportional(Cure(BASE, np.array([[0.1], [0.4]])), HALF), AT_A_PLATEAU),
    ],
)
def test_a_world_has_the_scenarios_survival(experimental, tolerance):
    world = Scenario("it", ("all",), np.ones(1), BASE, experimental).world()
    months = np.linspace(0.1, 60.0, 500)
    exact = np.exp(-experimental.cumulative_hazard(months[:, None, None]))
    exact = np.broadcast_to(exact, (months.size, world.draws, 1))
    for draw in range(world.draws):
        control, treated = world.survival(months, draw=draw)[:, 0]
        np.testing.assert_allclose(control, survival(BASE, months), rtol=0, atol=ACCURACY)
        np.testing.assert_allclose(treated, exact[:, draw, 0], rtol=0, atol=tolerance)
