"""Boundaries and exits: identities, limits, closed forms, adaptive quadrature; rpact's tables."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.trial.boundaries import Boundaries, Looks, exit_probabilities
from oligotrial.trial.classical import HaybittlePeto, OBrienFleming, Pocock, WangTsiatis
from oligotrial.trial.futility import BetaSpending, FixedFutility
from oligotrial.trial.sequential import (
    GroupSequential,
    drift_for_power,
    find_boundaries,
    fixed_drift,
    inflation,
)
from oligotrial.trial.spending import (
    HwangShihDeCani,
    KimDeMets,
    LanDeMetsOBrienFleming,
    LanDeMetsPocock,
    Spending,
    UserSpending,
)

SPENDINGS = (
    LanDeMetsOBrienFleming(),
    LanDeMetsPocock(),
    HwangShihDeCani(-4.0),
    HwangShihDeCani(0.0),
    HwangShihDeCani(2.0),
    KimDeMets(1.0),
    KimDeMets(3.0),
)
NEVER = -np.inf
ORACLES = Path(__file__).parents[1] / "oracles"


def even(looks: int) -> tuple[float, ...]:
    return tuple((np.arange(1, looks + 1) / looks).tolist())


@pytest.mark.parametrize(
    ("shape", "name"), [(Pocock(), "pocock"), (OBrienFleming(), "obrien_fleming")]
)
def test_tables_of_jennison_and_turnbull(shape: WangTsiatis, name: str) -> None:
    """Tables 2.1 to 2.4 of the 2000 book, as rpact computes them: 2 to 10 looks, two-sided 5%.

    rpact solves to 1e-10, and its own grid leaves about 1e-8.
    """
    oracle = json.loads((ORACLES / "rpact_jennison_turnbull.json").read_text())
    designs = [GroupSequential(even(k), 0.05, shape, two_sided=True) for k in oracle["looks"]]
    critical = [find_boundaries(design).efficacy[-1] for design in designs]
    np.testing.assert_allclose(critical, oracle[name]["critical"], atol=1e-7, rtol=0)
    found = [inflation(design, 0.9) for design in designs]
    np.testing.assert_allclose(found, oracle[name]["inflation"], atol=1e-7, rtol=0)


@pytest.mark.parametrize("fractions", [(0.5, 1.0), (0.01, 1.0), (0.5, 0.52), (0.9, 0.9001)])
@pytest.mark.parametrize("drift", [0.0, 2.5, -1.0, 6.0])
def test_two_looks_by_quadrature(fractions: tuple[float, float], drift: float) -> None:
    """One integral over the first look's density, by scipy's adaptive rule."""
    first, second = fractions
    low, high, last = -0.3, 2.1, 1.9

    def later(z: float) -> float:
        mean = z * first**0.5 + drift * (second - first)
        return norm.pdf(z - drift * first**0.5) * norm.sf(
            (last * second**0.5 - mean) / (second - first) ** 0.5
        )

    bounds = Boundaries(fractions, (high, last), (low, NEVER))
    found = exit_probabilities(bounds, drift)
    turn = (last * second**0.5 - drift * (second - first)) / first**0.5
    points = [turn] if low < turn < high else None
    expected, error = quad(later, low, high, points=points, epsabs=1e-14, epsrel=1e-12, limit=500)
    assert error < 1e-10
    assert found.efficacy[1] == pytest.approx(expected, abs=1e-11)
    assert found.efficacy[0] == pytest.approx(norm.sf(high - drift * first**0.5), abs=1e-15)
    assert found.futility[0] == pytest.approx(norm.cdf(low - drift * first**0.5), abs=1e-15)


def test_close_looks_by_quadrature() -> None:
    """Where rpact has 3e-6: the third look of four, from the first two by scipy's dblquad."""
    t = np.array([0.5, 0.52, 0.9])
    upper = np.array([2.05355782726248, 2.10476918221684, 1.43251885840436])
    bounds = Boundaries(tuple(t), tuple(upper), (NEVER,) * 3)
    scale = np.sqrt(np.diff(t))
    edge = upper * np.sqrt(t)

    def density(second: float, first: float) -> float:
        return (
            norm.pdf(first, 0, t[0] ** 0.5)
            * norm.pdf(second, first, scale[0])
            * norm.sf((edge[2] - second) / scale[1])
        )

    expected, _ = dblquad(
        density, -5.0, edge[0], lambda x: x - 9 * scale[0], lambda x: min(edge[1], x + 9 * scale[0])
    )
    found = exit_probabilities(bounds, 0.0)
    assert found.efficacy[2] == pytest.approx(expected, abs=1e-8)


def test_one_look_is_the_fixed_design() -> None:
    for spending in (*SPENDINGS, Pocock(), OBrienFleming(), HaybittlePeto()):
        design = GroupSequential((1.0,), 0.1, spending)
        assert find_boundaries(design).efficacy[0] == pytest.approx(norm.isf(0.1), abs=1e-12)
        assert inflation(design, 0.8) == pytest.approx(1.0, abs=1e-10)
        assert drift_for_power(design, 0.8) == pytest.approx(norm.isf(0.1) + norm.ppf(0.8))


@given(
    cuts=st.lists(st.floats(0.05, 0.95), min_size=1, max_size=6, unique=True),
    alpha=st.floats(0.005, 0.4),
    spending=st.sampled_from(SPENDINGS),
    two_sided=st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_what_is_spent_is_what_was_to_be_spent(
    cuts: list[float], alpha: float, spending: Spending, two_sided: bool
) -> None:
    fractions = (*sorted({round(cut, 3) for cut in cuts}), 1.0)
    design = GroupSequential(fractions, alpha, spending, two_sided=two_sided)
    exits = exit_probabilities(find_boundaries(design), 0.0)
    spent = spending.spent(np.array(fractions), design.alpha_of_one_side)
    np.testing.assert_allclose(np.cumsum(exits.efficacy), spent, atol=1e-12)
    if two_sided:
        np.testing.assert_allclose(exits.futility, exits.efficacy, atol=1e-12)


@given(
    cuts=st.lists(st.floats(0.2, 0.9), min_size=1, max_size=4, unique=True),
    alpha=st.floats(0.01, 0.2),
    beta=st.floats(0.05, 0.3),
    spending=st.sampled_from(SPENDINGS),
    futility=st.sampled_from(SPENDINGS),
    binding=st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_beta_is_spent_as_planned(
    cuts: list[float],
    alpha: float,
    beta: float,
    spending: Spending,
    futility: Spending,
    binding: bool,
) -> None:
    fractions = (*sorted({round(cut, 2) for cut in cuts}), 1.0)
    rule = BetaSpending(futility, beta, binding=binding)
    design = GroupSequential(fractions, alpha, spending, rule)
    found = find_boundaries(design)
    drift = drift_for_power(design, 1 - beta)
    under_effect = exit_probabilities(found, drift)
    planned = futility.spent(np.array(fractions), beta)
    np.testing.assert_allclose(np.cumsum(under_effect.futility), planned, atol=1e-8)
    assert found.efficacy[-1] == found.futility[-1]
    kept = found if binding else found.without_futility()
    assert exit_probabilities(kept, 0.0).power == pytest.approx(alpha, abs=1e-10)
    total = under_effect.efficacy.sum() + under_effect.futility.sum()
    assert total == pytest.approx(1.0, abs=1e-12)


@given(
    lower=st.lists(st.floats(-2, 0.5), min_size=4, max_size=4),
    upper=st.lists(st.floats(1, 4), min_size=4, max_size=4),
    drift=st.floats(-4, 4),
)
@settings(deadline=None, max_examples=40)
def test_mirror_image_and_total(lower: list[float], upper: list[float], drift: float) -> None:
    lower[-1] = upper[-1]
    seen = exit_probabilities(Boundaries(even(4), tuple(upper), tuple(lower)), drift)
    turned = Boundaries(even(4), tuple(-x for x in lower), tuple(-x for x in upper))
    mirrored = exit_probabilities(turned, -drift)
    np.testing.assert_allclose(seen.efficacy, mirrored.futility, atol=1e-13)
    np.testing.assert_allclose(seen.futility, mirrored.efficacy, atol=1e-13)
    assert seen.efficacy.sum() + seen.futility.sum() == pytest.approx(1.0, abs=1e-12)


def test_simulated_motion() -> None:
    """200,000 Brownian motions, within 4 Monte Carlo errors of each probability."""
    rng = np.random.default_rng(7)
    design = GroupSequential(
        (0.3, 0.6, 0.8, 1.0), 0.1, LanDeMetsPocock(), BetaSpending(KimDeMets(2.0), 0.2)
    )
    found = find_boundaries(design)
    times, drift, trials = np.array(design.fractions), 1.7, 200_000
    steps = np.diff(times, prepend=0.0)
    moves = rng.normal(drift * steps, np.sqrt(steps), (trials, 4))
    z = np.cumsum(moves, axis=1) / np.sqrt(times)
    up, down = z >= found.efficacy, z <= found.futility
    look = np.argmax(up | down, axis=1)
    shown = up[np.arange(trials), look]
    exits = exit_probabilities(found, drift)
    for kind, expected in ((shown, exits.efficacy), (~shown, exits.futility)):
        seen = np.bincount(look[kind], minlength=4) / trials
        assert (np.abs(seen - expected) < 4 * np.sqrt(expected * (1 - expected) / trials)).all()
    fraction = times[look].mean()
    assert exits.expected_fraction == pytest.approx(fraction, abs=4 * times[look].std() / 447)


def test_order_of_boundaries() -> None:
    """Early spending means lower early and higher late boundaries; shapes are what they say."""
    of, pocock = (find_boundaries(GroupSequential(even(4), 0.05, rule)) for rule in SPENDINGS[:2])
    assert of.efficacy[0] > pocock.efficacy[0]
    assert of.efficacy[-1] < pocock.efficacy[-1]
    middle = find_boundaries(GroupSequential(even(4), 0.05, WangTsiatis(0.25))).efficacy
    np.testing.assert_allclose(np.array(middle) * np.array(even(4)) ** 0.25, middle[-1])


def test_user_spending_repeats_the_function_it_was_read_from() -> None:
    fractions = (0.4, 0.7, 1.0)
    spent = LanDeMetsOBrienFleming().spent(np.array(fractions), 0.1)
    user = UserSpending(fractions, tuple(spent))
    assert find_boundaries(GroupSequential(fractions, 0.1, user)) == find_boundaries(
        GroupSequential(fractions, 0.1)
    )


def test_nothing_spent_is_never_crossed() -> None:
    design = GroupSequential((0.5, 1.0), 0.1, UserSpending((0.5, 1.0), (0.0, 0.1)))
    found = find_boundaries(design)
    assert found.efficacy[0] == np.inf
    assert found.p_values[0] == 0
    assert found.efficacy[1] == pytest.approx(norm.isf(0.1), abs=1e-10)


def test_binding_futility_lowers_efficacy() -> None:
    free, bound = (
        find_boundaries(
            GroupSequential((0.5, 1.0), 0.1, futility=FixedFutility((0.5,), binding=binding))
        )
        for binding in (False, True)
    )
    assert bound.efficacy[1] < free.efficacy[1]
    assert exit_probabilities(bound, 0.0).power == pytest.approx(0.1, abs=1e-12)
    assert exit_probabilities(free, 0.0).power < 0.1


class Falling(Spending):
    def spent(self, fractions: np.ndarray, total: float) -> np.ndarray:
        return total * (1.5 - 0.5 * fractions)


EARLY = HwangShihDeCani(10.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: GroupSequential((0.5, 0.4, 1), 0.1), "look 2 at 0.4 does not come after look 1"),
        (lambda: GroupSequential((0.5, 0.5, 1), 0.1), "look 2 at 0.5 does not come after"),
        (lambda: GroupSequential((0.5, 0.9), 0.1), "fractions: .* don't run from above 0 to 1"),
        (lambda: GroupSequential((0.0, 1.0), 0.1), "don't run from above 0 to 1"),
        (lambda: GroupSequential((), 0.1), "don't run from above 0 to 1"),
        (lambda: GroupSequential((0.5, np.nan, 1.0), 0.1), "look 2 at nan does not come after"),
        (lambda: GroupSequential((np.nan, 1.0), 0.1), "don't run from above 0 to 1"),
        (lambda: GroupSequential((0.5, 1.0), 0.0), "alpha: 0.0 is not between 0 and 1"),
        (lambda: GroupSequential((0.5, 1.0), 1.0), "alpha: 1.0 is not between 0 and 1"),
        (lambda: GroupSequential((0.5, 1.0), np.nan), "alpha: nan is not between 0 and 1"),
        (
            lambda: GroupSequential((0.5, 1), 0.1, futility=FixedFutility((0,)), two_sided=True),
            "futility: a two-sided design has no futility",
        ),
        (
            lambda: find_boundaries(GroupSequential((0.5, 1.0), 0.1, Falling())),
            "spending: the error spent decreases at look 2, to 0.1",
        ),
        (
            lambda: find_boundaries(GroupSequential((0.5, 1.0), 0.1, UserSpending((1.0,), (0.2,)))),
            "spending: the error spent ends at 0.2 instead of 0.1",
        ),
        (lambda: UserSpending((0.5, 1.0), (0.2, 0.1)), "decreases at look 2"),
        (lambda: UserSpending((0.5, 1.0), (-0.1, 0.1)), "decreases at look 1, to -0.1"),
        (lambda: UserSpending((0.5, 1.0), (0.1,)), "1 errors for 2 fractions"),
        (lambda: UserSpending((0.5, 0.9), (0.1, 0.2)), "don't run from above 0 to 1"),
        (lambda: KimDeMets(0.0), "rho"),
        (lambda: HwangShihDeCani(50.0), "gamma: 50.0 is not from -40 to 40"),
        (lambda: WangTsiatis(0.6), "shape: 0.6"),
        (lambda: HaybittlePeto(0.0), "interim"),
        (
            lambda: find_boundaries(GroupSequential(even(3), 0.001, HaybittlePeto(2.0))),
            "interim: the interim looks at z = 2 already spend alpha",
        ),
        (lambda: BetaSpending(EARLY, 0.0), "beta"),
        (
            lambda: find_boundaries(
                GroupSequential((0.5, 1), 0.5, futility=BetaSpending(EARLY, 0.6))
            ),
            "beta: power 0.4 is not above alpha, 0.5",
        ),
        (
            lambda: find_boundaries(
                GroupSequential((0.5, 1), 0.1, Pocock(), BetaSpending(EARLY, 0.2, binding=True))
            ),
            "binding beta-spending needs alpha-spending, not Pocock",
        ),
        (
            lambda: find_boundaries(
                GroupSequential(
                    (0.8, 1.0),
                    0.1,
                    futility=BetaSpending(UserSpending((0.8, 1.0), (0.2 - 1e-12, 0.2)), 0.2),
                )
            ),
            "futility boundaries meet the efficacy boundaries",
        ),
        (lambda: FixedFutility((np.nan,)), "bounds: a futility bound is not a number"),
        (
            lambda: find_boundaries(GroupSequential(even(3), 0.1, futility=FixedFutility((0.0,)))),
            "bounds: 1 futility bounds for 2 interim looks",
        ),
        (
            lambda: find_boundaries(GroupSequential((0.5, 1), 0.1, futility=FixedFutility((3.0,)))),
            "at look 1 the futility bound 3 is not below the efficacy boundary",
        ),
        (
            lambda: find_boundaries(
                GroupSequential((0.5, 1), 0.1, futility=FixedFutility((2.0,), binding=True))
            ),
            "leave less than the error to be spent there",
        ),
        (
            lambda: find_boundaries(
                GroupSequential((0.5, 1), 0.1, OBrienFleming(), FixedFutility((2.0,), binding=True))
            ),
            "leave less than alpha|is not below",
        ),
        (lambda: drift_for_power(GroupSequential((0.5, 1.0), 0.1), 0.05), "power: 0.05 is not ab"),
        (lambda: fixed_drift(GroupSequential((0.5, 1.0), 0.1), 1.0), "power: 1.0 is not between"),
    ],
)
def test_refused(call, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


def test_looks_without_futility_keep_a_two_sided_design() -> None:
    found = find_boundaries(GroupSequential((0.5, 1.0), 0.05, two_sided=True))
    assert found.without_futility() == found
    np.testing.assert_allclose(found.futility, -np.array(found.efficacy))
    np.testing.assert_allclose(found.futility_p_values, 1 - found.p_values)
    assert Looks((0.5, 1.0), 0.1, (NEVER,) * 2).bounded(np.ones(2)).futility == (NEVER, NEVER)
