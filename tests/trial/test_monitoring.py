"""Conditional and predictive power and final inference: identities, limits and closed forms."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.trial import (
    FixedFutility,
    GroupSequential,
    LanDeMetsPocock,
    LogNormalPrior,
    SequentialLogRank,
    boundary_table,
    conditional_power,
    exit_probabilities,
    final_analysis,
    maximum_events,
    predictive_power,
    repeated_intervals,
    schoenfeld_events,
    schoenfeld_power,
)

FIXED = SequentialLogRank(GroupSequential((1.0,), 0.1), 90)
TWO = SequentialLogRank(GroupSequential((0.5, 1.0), 0.1), 90)
FOUR = SequentialLogRank(
    GroupSequential((0.25, 0.5, 0.75, 1.0), 0.1, LanDeMetsPocock()), 100, 2 / 3
)
BOUND = SequentialLogRank(
    GroupSequential((0.4, 0.7, 1.0), 0.1, futility=FixedFutility((0.0, 0.3), binding=True)), 80
)


@pytest.mark.parametrize("plan", [TWO, FOUR, BOUND])
@pytest.mark.parametrize("ratio", [1.0, 0.65])
def test_power_is_the_mean_of_conditional_power(plan: SequentialLogRank, ratio: float) -> None:
    """Total probability over the first look's statistic."""
    first = plan.boundaries.fractions[0]
    lower, upper = plan.binding_boundaries.futility[0], plan.boundaries.efficacy[0]
    mean = plan.drift(ratio) * first**0.5

    def part(z: float) -> float:
        later = conditional_power(plan, look=1, z=z, hazard_ratio=ratio)
        return later * norm.pdf(z - mean)

    later, _ = quad(part, max(lower, -8.0), upper, epsabs=1e-10)
    power = exit_probabilities(plan.binding_boundaries, plan.drift(ratio)).power
    assert later + norm.sf(upper - mean) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize("z", [-0.5, 0.5, 1.5])
def test_one_look_ahead_in_closed_form(z: float) -> None:
    """Lachin (2005), Stat Med 24, 2747-2764: conditional and predictive power of one last look."""
    critical, fraction = TWO.boundaries.efficacy[1], 0.5
    drift = TWO.drift(0.65)
    expected = norm.sf((critical - z * fraction**0.5 - drift * 0.5) / 0.5**0.5)
    found = conditional_power(TWO, look=1, z=z, hazard_ratio=0.65)
    assert found == pytest.approx(expected, abs=1e-13)
    prior = LogNormalPrior(-0.2, 0.4)
    mean, sd = prior.posterior(z, 45 / 4)
    weight = 0.4**2 / (0.4**2 + 4 / 45)
    assert mean == pytest.approx(weight * -z * (4 / 45) ** 0.5 - (1 - weight) * 0.2)
    assert sd == pytest.approx((weight * 4 / 45) ** 0.5)
    root = 22.5**0.5
    spread = (0.5 + (sd * root * 0.5) ** 2) ** 0.5
    expected = norm.sf((critical - z * fraction**0.5 + mean * root * 0.5) / spread)
    found = predictive_power(TWO, look=1, z=z, prior=prior)
    assert found == pytest.approx(expected, abs=1e-10)


def test_predictive_power_with_flat_prior() -> None:
    """Flat prior: Phi((z / sqrt(t) - c) sqrt(t / (1 - t))) for one look ahead."""
    critical = TWO.boundaries.efficacy[1]
    for z in (-1.0, 0.3, 2.0):
        expected = norm.cdf((z / 0.5**0.5 - critical) * (0.5 / 0.5) ** 0.5)
        found = predictive_power(TWO, look=1, z=z, prior=LogNormalPrior(0.0, np.inf))
        assert found == pytest.approx(expected, abs=1e-10)


def test_certain_prior_is_conditional_power() -> None:
    prior = LogNormalPrior(np.log(0.7), 1e-7)
    expected = conditional_power(FOUR, look=2, z=1.1, hazard_ratio=0.7)
    found = predictive_power(FOUR, look=2, z=1.1, prior=prior)
    assert found == pytest.approx(expected, abs=1e-7)


def test_predictive_power_over_several_looks_by_quadrature() -> None:
    prior = LogNormalPrior(-0.1, 0.5)
    mean, sd = prior.posterior(0.8, FOUR.information[0])

    def part(effect: float) -> float:
        power = conditional_power(FOUR, look=1, z=0.8, hazard_ratio=float(np.exp(effect)))
        return power * norm.pdf(effect, mean, sd)

    expected, _ = quad(part, mean - 9 * sd, mean + 9 * sd, epsabs=1e-11)
    found = predictive_power(FOUR, look=1, z=0.8, prior=prior)
    assert found == pytest.approx(expected, abs=1e-8)


def test_fixed_design_is_ordinary_inference() -> None:
    found = final_analysis(FIXED, look=1, z=1.6)
    root = 22.5**0.5
    assert found.p_value == pytest.approx(norm.sf(1.6), abs=1e-12)
    assert found.hazard_ratio == pytest.approx(np.exp(-1.6 / root), abs=1e-10)
    assert found.lower == pytest.approx(np.exp(-(1.6 + norm.isf(0.1)) / root), abs=1e-10)
    assert found.upper == pytest.approx(np.exp(-(1.6 - norm.isf(0.1)) / root), abs=1e-10)
    assert found.confidence == pytest.approx(0.8)
    wide = final_analysis(FIXED, look=1, z=1.6, confidence=0.95)
    assert wide.lower == pytest.approx(np.exp(-(1.6 + norm.isf(0.025)) / root), abs=1e-10)
    repeated = repeated_intervals(FIXED, np.array([1.6])).iloc[0]
    assert [repeated["lower"], repeated["upper"]] == pytest.approx([found.lower, found.upper])


@pytest.mark.parametrize("plan", [TWO, FOUR, BOUND])
def test_p_value_on_the_boundary_is_the_alpha_spent(plan: SequentialLogRank) -> None:
    spent = boundary_table(plan)["alpha_spent"]
    for look, bound in enumerate(plan.boundaries.efficacy, start=1):
        found = final_analysis(plan, look=look, z=bound)
        assert found.p_value == pytest.approx(spent[look - 1], abs=1e-12)
    last = final_analysis(plan, look=len(spent), z=plan.boundaries.efficacy[-1])
    assert last.p_value == pytest.approx(0.1, abs=1e-10)
    assert last.upper == pytest.approx(1.0, abs=1e-9)


def test_coverage_of_the_final_analysis() -> None:
    """20,000 trials at hazard ratio 0.7: the p-value of the truth is uniform.

    An interval covers, and the median-unbiased estimate is above, in the shares they should.
    """
    rng = np.random.default_rng(11)
    bounds, drift, trials = FOUR.boundaries, FOUR.drift(0.7), 20_000
    times = np.array(bounds.fractions)
    steps = np.diff(times, prepend=0.0)
    moves = rng.normal(drift * steps, np.sqrt(steps), (trials, 4))
    z = np.cumsum(moves, axis=1) / np.sqrt(times)
    stopped = z >= bounds.efficacy
    stopped[:, -1] = True
    look = stopped.argmax(axis=1)
    at_end = z[np.arange(trials), look]
    for share, limit in ((0.1, "upper"), (0.5, "hazard_ratio"), (0.9, "lower")):
        edges = [edge(k, limit, ratio=0.7) for k in range(1, 5)]
        seen = (at_end >= np.take(edges, look)).mean()
        assert seen == pytest.approx(share, abs=4 * (share * (1 - share) / trials) ** 0.5)


def edge(look: int, limit: str, *, ratio: float) -> float:
    """Return the statistic at which a limit, or the estimate, is the given hazard ratio."""

    def excess(z: float) -> float:
        found = final_analysis(FOUR, look=look, z=z)
        return np.log(ratio / getattr(found, limit))

    if excess(9.0) < 0:  # even a huge statistic comes later than a smaller one that stopped
        return np.inf
    return brentq(excess, -9.0, 9.0, xtol=1e-6)


def test_two_sided_p_value() -> None:
    plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.05, two_sided=True), 90)
    favours = final_analysis(plan, look=2, z=2.0)
    harms = final_analysis(plan, look=2, z=-2.0)
    assert favours.p_value == pytest.approx(harms.p_value, abs=1e-12)
    bound = final_analysis(plan, look=2, z=plan.boundaries.efficacy[1])
    assert bound.p_value == pytest.approx(0.05, abs=1e-10)


def test_events_of_a_fixed_design_are_schoenfelds() -> None:
    events = maximum_events(FIXED.rule, 0.8, hazard_ratio=0.65, experimental_share=2 / 3)
    expected = schoenfeld_events(0.8, 0.65, alpha=0.1, experimental_share=2 / 3)
    assert events == pytest.approx(expected, rel=1e-9)
    power = exit_probabilities(FIXED.boundaries, FIXED.drift(0.65)).power
    assert power == pytest.approx(schoenfeld_power(90, 0.65, alpha=0.1), abs=1e-12)


def test_table_keeps_its_scales_in_step() -> None:
    table = boundary_table(FOUR)
    information = table["events"] * 2 / 9
    np.testing.assert_allclose(
        -np.log(table["efficacy_hazard_ratio"]) * information**0.5, table["efficacy_z"]
    )
    np.testing.assert_allclose(norm.isf(table["efficacy_p"]), table["efficacy_z"])
    assert table["futility_hazard_ratio"].iloc[0] == np.inf
    assert table["alpha_spent"].iloc[-1] == pytest.approx(0.1, abs=1e-12)


def test_boundaries_are_those_of_whole_events() -> None:
    plan = SequentialLogRank(GroupSequential((1 / 3, 2 / 3, 1.0), 0.1), 50)
    assert [look.events for look in plan.looks] == [17, 34, 50]
    assert plan.boundaries.fractions == (0.34, 0.68, 1.0)
    assert exit_probabilities(plan.boundaries, 0.0).power == pytest.approx(0.1, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: SequentialLogRank(TWO.rule, 1), r"fall on events \[1, 1\], two on the same"),
        (lambda: SequentialLogRank(TWO.rule, 0), "events"),
        (lambda: SequentialLogRank(TWO.rule, 90, 1.0), "experimental_share"),
        (lambda: TWO.drift(0.0), "hazard_ratio"),
        (lambda: maximum_events(TWO.rule, 0.8, hazard_ratio=1.0), "1.0 is not below 1"),
        (lambda: maximum_events(TWO.rule, 0.1, hazard_ratio=0.5), "power: 0.1 is not above"),
        (lambda: LogNormalPrior(0.0, 0.0), "sd: 0.0 is not above 0"),
        (lambda: LogNormalPrior(np.nan, 1.0), "mean: nan is not finite"),
        (
            lambda: conditional_power(TWO, look=2, z=0, hazard_ratio=0.7),
            "2 is not one of the 1 int",
        ),
        (lambda: conditional_power(TWO, look=0, z=0, hazard_ratio=0.7), "look: 0"),
        (lambda: conditional_power(TWO, look=1, z=0, hazard_ratio=-1), "hazard_ratio"),
        (lambda: conditional_power(TWO, look=1, z=np.nan, hazard_ratio=0.7), "z: nan is not"),
        (lambda: predictive_power(TWO, look=1, z=np.nan, prior=LogNormalPrior(0, 1)), "z: nan is"),
        (lambda: predictive_power(FIXED, look=1, z=0, prior=LogNormalPrior(0, 1)), "look: 1 is no"),
        (lambda: final_analysis(TWO, look=3, z=0), "look: 3 is not one of the 2 looks"),
        (lambda: final_analysis(TWO, look=1, z=np.inf), "z: inf is not a finite number"),
        (lambda: final_analysis(TWO, look=1, z=0, confidence=1.0), "confidence: 1.0 is not"),
        (lambda: repeated_intervals(TWO, np.zeros(3)), "3 statistics for 2 looks"),
    ],
)
def test_refused(call, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
