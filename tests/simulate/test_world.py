"""Evidence: identities: the tables' survival is the hazard's; limits and closed forms of times."""

import numpy as np
import pytest
from scipy.stats import kstest

from oligotrial.checks import InputError
from oligotrial.hazard import (
    Accelerated,
    Crossing,
    Cure,
    Delayed,
    Exponential,
    LogLogistic,
    PiecewiseExponential,
    Proportional,
    Waning,
    Weibull,
    survival,
)
from oligotrial.simulate import Scenario
from oligotrial.simulate.kernels import event_time, log_cumulative
from oligotrial.simulate.world import ACCURACY

CONTROL = Exponential(np.log(2) / 9)
MONTHS = np.r_[np.geomspace(0.01, 600.0, 4_001), 1e4]

HAZARDS = {
    "exponential": CONTROL,
    "Weibull": Weibull(1.7, 12.0),
    "log-logistic": LogLogistic(1.5, 9.0),
    "piecewise": PiecewiseExponential((0.02, 0.2, 0.05), (4.0, 11.0)),
    "hazard that ends": PiecewiseExponential((0.06, 0.0), (12.0,)),
    "hazard with a pause": PiecewiseExponential((0.06, 0.0, 0.05), (6.0, 12.0)),
    "delayed": Delayed(CONTROL, np.log(0.5), 3.0),
    "waning": Waning(CONTROL, np.log(0.5), start=6.0, end=18.0),
    "crossing": Crossing(CONTROL, np.log(1.5), np.log(0.4)),
    "accelerated": Accelerated(LogLogistic(1.5, 9.0), 0.4),
    "cure": Cure(CONTROL, 0.3),
    "small cure": Cure(Weibull(1.4, 10.0), 0.02),
    "large cure": Cure(Weibull(0.8, 10.0), 0.9),
    "effect on a cure": Proportional(Cure(CONTROL, 0.3), np.log(0.6)),
    "effect within a cure": Cure(Proportional(CONTROL, np.log(0.6)), 0.3),
    "delayed effect on a cure": Delayed(Cure(CONTROL, 0.2), np.log(0.6), 6.0),
}


def world(control, experimental=None):
    return Scenario("truth", ("all",), np.ones(1), control, experimental or control).world()


@pytest.mark.parametrize("name", HAZARDS)
def test_survival_of_the_tables_is_that_of_the_hazard(name):
    # A jump of the hazard falls between two nodes; what is stated is the error half-way there.
    found = world(CONTROL, HAZARDS[name]).survival(MONTHS, draw=0)[1, 0]
    assert np.abs(found - survival(HAZARDS[name], MONTHS)).max() < 1.5 * ACCURACY


@pytest.mark.parametrize("cured", [0.02, 0.3, 0.9])
def test_a_plateau_is_met_exactly(cured):
    made = world(Cure(CONTROL, cured))
    assert made.truth.plateau[0] == pytest.approx(cured, abs=1e-12)
    assert made.survival(np.array([1e5]), draw=0)[0, 0, 0] == pytest.approx(cured, abs=1e-9)


@pytest.mark.parametrize("name", HAZARDS)
def test_event_times_follow_their_hazard(name):
    hazard = HAZARDS[name]
    truth = world(hazard).truth
    table, plateau = truth.log_times[truth.table_of[0, 0, 0]], truth.plateau[0]
    shift = truth.log_ratio[0, 0, 0]
    log_targets = np.log(np.random.default_rng(11).exponential(size=40_000)) - shift
    times = np.array([event_time(e, *truth.grid, table, plateau) for e in log_targets])
    times = np.minimum(times, 1e5)
    ever = times < 1e5
    spared = float(survival(hazard, 1e5))
    share_error = np.sqrt(spared * (1 - spared) / times.size)
    assert abs(1 - ever.mean() - spared) < 3.5 * share_error + 1e-9

    def ended(t):
        return (1 - survival(hazard, t)) / (1 - spared)

    # Events pile up where a hazard pauses for the tables' accuracy, far below what a test can see.
    assert kstest(times[ever], ended).pvalue > 1e-3


@pytest.mark.parametrize("name", ["Weibull", "piecewise", "cure", "crossing"])
def test_cumulative_hazard_and_event_time_are_each_others_inverse(name):
    truth = world(HAZARDS[name]).truth
    table, plateau = truth.log_times[0], truth.plateau[0]
    for log_time in np.log([0.5, 3.0, 11.0, 40.0]):
        value = log_cumulative(log_time, *truth.grid, table, plateau)
        again = event_time(value, *truth.grid, table, plateau)
        assert np.log(again) == pytest.approx(log_time, abs=1e-7)


def test_an_effect_may_differ_by_subgroup():
    ratios = np.log([[0.4, 1.2]])
    shares = np.array([0.25, 0.75])
    control = Proportional(CONTROL, np.log([[1.0, 2.0]]))
    truth = Scenario("truth", ("a", "b"), shares, control, Proportional(control, ratios))
    made = truth.world()
    for stratum, (base, ratio) in enumerate(zip((1.0, 2.0), (0.4, 1.2), strict=True)):
        expected = np.exp(-CONTROL.rate * base * ratio * MONTHS)
        np.testing.assert_allclose(
            made.survival(MONTHS, draw=0)[1, stratum], expected, atol=1.5 * ACCURACY
        )
    assert np.isnan(made.log_hazard_ratios).all()


def test_one_hazard_ratio_is_known_where_there_is_one():
    effect = np.array([[-0.2], [-0.5]])
    assert world(CONTROL, Proportional(CONTROL, effect)).log_hazard_ratios == pytest.approx(
        effect.ravel()
    )
    assert np.isnan(world(CONTROL, HAZARDS["delayed"]).log_hazard_ratios).all()


NO_EFFECT = np.zeros((1_000, 1))
ONE_UNKNOWN = np.where(np.arange(1_000)[:, None] == 723, np.nan, 0.0)


@pytest.mark.parametrize(
    "hazard",
    [
        Exponential(np.nan),
        Exponential(-0.1),
        Exponential(np.inf),
        Weibull(-1.0, 5.0),
        Accelerated(CONTROL, -np.inf),
        Delayed(CONTROL, ONE_UNKNOWN, 3.0),  # not among the draws that stand for all
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_is_no_hazard_is_refused(hazard):
    with pytest.raises(InputError, match="its parameters are not finite, or out of their range"):
        world(CONTROL, hazard)


def test_the_draw_and_the_stratum_of_what_is_no_hazard_are_named():
    rates = np.full((1_000, 2), 0.1)
    rates[723, 1] = np.nan
    hazard = Exponential(rates)
    with pytest.raises(InputError, match="the hazard of draw 724, stratum 2 of this scenario"):
        Scenario("truth", ("a", "b"), np.full(2, 0.5), hazard, hazard).world()


def test_hazards_at_the_edge_of_what_can_be_are_let_through():
    never = world(Exponential(0.0))
    assert never.survival(np.array([1.0, 1e4]), draw=0)[0, 0].tolist() == [1.0, 1.0]
    late = Delayed(CONTROL, NO_EFFECT, 3.0)
    assert world(late).draws == 1_000


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        (ONE_UNKNOWN, "1 of 1,000 log hazard ratios of this scenario are not finite"),
        (np.inf, "1 of 1 log hazard ratios"),
        (-np.inf, "1 of 1 log hazard ratios"),
    ],
)
def test_an_effect_that_is_not_finite_is_refused(effect, message):
    with pytest.raises(InputError, match=message):
        world(CONTROL, Proportional(CONTROL, effect))


@pytest.mark.parametrize("cured", [1.2, -0.2, np.nan, np.array([[0.2], [1.01]])])
def test_a_share_of_cured_that_cannot_be_is_refused(cured):
    with pytest.raises(InputError, match="is not between 0 and 1, as the share who never have"):
        Cure(CONTROL, cured)


EFFECTS = np.random.default_rng(1).normal(np.log(0.75), 0.3, 2_000)


def test_draws_stand_on_the_first_of_two_axes():
    assert world(CONTROL, Proportional(CONTROL, EFFECTS[:, None])).draws == 2_000
    for hazard in (Proportional(CONTROL, EFFECTS), Exponential(np.array([0.05, 0.2]))):
        with pytest.raises(InputError, match=r"the shape \(draws, strata\)"):
            world(CONTROL, hazard)


def test_hazards_of_more_strata_or_of_other_draws_are_refused():
    three = Exponential(np.array([0.05, 0.2, 0.3]))
    with pytest.raises(InputError, match="don't fit each other or the number of strata, 2"):
        Scenario("truth", ("a", "b"), np.full(2, 0.5), three, CONTROL).world()
    with pytest.raises(InputError, match="don't fit each other"):
        world(Exponential(np.full((3, 1), 0.1)), Proportional(CONTROL, np.zeros((2, 1))))


def test_shares_that_do_not_fit_the_strata_are_refused():
    with pytest.raises(InputError, match="2 shares that sum to 1 don't fit 1 strata"):
        Scenario("truth", ("all",), np.array([0.5, 0.5]), CONTROL, CONTROL)
