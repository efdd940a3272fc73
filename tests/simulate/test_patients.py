"""Evidence: closed forms of simulated patients: allocation, leaving, treatment off protocol."""

import numpy as np
import pytest
from scipy.stats import binomtest, kstest

from oligotrial.checks import InputError
from oligotrial.hazard import Cure, Exponential, Proportional, Weibull, survival
from oligotrial.simulate import Batch, Scenario, dilution, expected_events, run
from oligotrial.simulate.elementary import exponential, logarithm
from oligotrial.simulate.trials import Machine
from oligotrial.trial import Accrual, AtCalendar, AtEvents, Design, LogRank, OffProtocol

CONTROL = Exponential(0.1)


def world(experimental=None, *, control=CONTROL, strata=1):
    names, shares = tuple(map(str, range(strata))), np.full(strata, 1 / strata)
    treated = experimental or Proportional(control, np.log(0.5))
    return Scenario("t", names, shares, control, treated).world()


def latent(*, truth=None, patients=200, trials=200, **options):
    design = Design(patients, AtEvents(40), LogRank(0.1), Accrual(5.0), **options)
    return Machine(design, (truth or world()).truth, 1).latent(0, trials)


@pytest.mark.parametrize(
    ("allocation", "block"), [((1, 1), 2), ((1, 1), 6), ((1, 2), 6), ((3, 1), 8), ((1, 1), 20)]
)
@pytest.mark.parametrize("strata", [1, 3])
def test_blocks_hold_their_arms_in_any_order(allocation, block, strata):
    found = latent(truth=world(strata=strata), allocation=allocation, block_size=block)
    share = allocation[1] / sum(allocation)
    first = []
    for arm, stratum in zip(found.arm, found.stratum, strict=True):
        for s in range(strata):
            own = arm[stratum == s]
            whole = own[: own.size // block * block].reshape(-1, block)
            assert (whole.sum(axis=1) == block * share).all()
            first.append(whole[:, 0])
    drawn = np.concatenate(first)
    assert binomtest(int(drawn.sum()), drawn.size, share).pvalue > 1e-3


def test_strata_have_their_shares():
    shares = np.array([0.2, 0.5, 0.3])
    truth = Scenario("t", ("a", "b", "c"), shares, CONTROL, CONTROL).world()
    found = np.bincount(latent(truth=truth).stratum.ravel()) / 40_000
    np.testing.assert_allclose(found, shares, atol=3.5 * np.sqrt(0.25 / 40_000))


def test_patients_leave_at_the_rate_of_their_arm():
    found = latent(dropout_per_month=(0.05, 0.2))
    for arm, rate in enumerate((0.05, 0.2)):
        leaves = found.leaves[found.arm == arm]
        assert kstest(leaves, "expon", (0, 1 / rate)).pvalue > 1e-3
    assert np.isinf(latent(dropout_per_month=(0.0, 0.2)).leaves[found.arm == 0]).all()


def switched(time, at, *, control, experimental):
    """Survival of controls who change to the other hazard at a time."""
    before = np.minimum(time, at)
    after = experimental.cumulative_hazard(time) - experimental.cumulative_hazard(before)
    return np.exp(-control.cumulative_hazard(before) - after)


@pytest.mark.parametrize(
    "treated",
    [Proportional(CONTROL, np.log(0.5)), Weibull(1.6, 15.0), Cure(CONTROL, 0.2)],
    ids=lambda hazard: type(hazard).__name__,
)
@pytest.mark.parametrize("at", [0.0, 5.0])
def test_controls_off_protocol_have_the_other_hazard_from_then_on(treated, at):
    found = latent(truth=world(treated), off_protocol=OffProtocol(1.0, after_months=at))
    times = found.seen[found.arm == 0]

    def ended(t):
        return 1 - switched(t, at, control=CONTROL, experimental=treated)

    early = times < 30
    share = float(ended(30.0))
    assert binomtest(int(early.sum()), times.size, share).pvalue > 1e-3
    assert kstest(times[early], lambda t: ended(t) / share).pvalue > 1e-3
    kept = latent(truth=world(treated))
    np.testing.assert_array_equal(found.seen[found.arm == 1], kept.seen[kept.arm == 1])


def test_as_many_controls_change_as_said():
    kept, moved = latent(), latent(off_protocol=OffProtocol(0.35))
    changed = (kept.seen != moved.seen)[kept.arm == 0]
    assert binomtest(int(changed.sum()), changed.size, 0.35).pvalue > 1e-3


@pytest.mark.parametrize(
    "off",
    [
        OffProtocol(0.4),
        OffProtocol(0.4, after_months=2.0, within_months=6.0),
        OffProtocol(0.4, mean_wait_months=5.0),
        OffProtocol(0.9, after_months=1.0, within_months=4.0, mean_wait_months=3.0),
    ],
)
def test_expected_events_are_the_diluted_ones(off):
    # many patients, evenly spaced: nothing of the arrivals' luck is left
    design = Design(
        1_200,
        AtCalendar(30.0),
        LogRank(0.1),
        Accrual(50.0, poisson=False),
        off_protocol=off,
        dropout_per_month=(0.01, 0.02),
    )
    truth = world(Proportional(CONTROL, np.log(0.3)))
    mean, error = run([Batch(design, truth, 1_000, 1)])[0].mean("events")
    assert expected_events(design, truth, np.array([30.0]))[0] == pytest.approx(
        mean, abs=4 * error + 0.5
    )


def test_dilution_is_shown_beside_the_undiluted_effect():
    # Everybody treated from the start: no effect is left, and the level is that of the test.
    design = Design(120, AtEvents(90), LogRank(0.1), Accrual(5.0), off_protocol=OffProtocol(1.0))
    table = dilution(Batch(design, world(), 4_000, 1)).set_index("figure")
    assert table.loc["efficacy", "diluted"] == pytest.approx(0.1, abs=0.02)
    assert table.loc["estimate", "diluted"] == pytest.approx(0.0, abs=0.02)
    assert table.loc["estimate", "undiluted"] == pytest.approx(np.log(0.5), abs=0.07)
    part = Design(120, AtEvents(90), LogRank(0.1), Accrual(5.0), off_protocol=OffProtocol(0.1))
    row = dilution(Batch(part, world(), 4_000, 1)).set_index("figure").loc["efficacy"]
    assert row["difference"] == pytest.approx(row["diluted"] - row["undiluted"])
    assert -0.1 < row["difference"] < 0
    apart = np.hypot(row["undiluted_se"], row["diluted_se"])
    assert row["difference_se"] < 0.8 * apart
    with pytest.raises(InputError, match="give the design an OffProtocol"):
        dilution(Batch(Design(60, AtEvents(40), LogRank(0.1), Accrual(5.0)), world(), 10, 1))


def test_dilution_error_is_the_spread_between_seeds():
    design = Design(60, AtEvents(40), LogRank(0.1), Accrual(5.0), off_protocol=OffProtocol(0.3))
    tables = [dilution(Batch(design, world(), 200, seed)) for seed in range(100)]
    spread = np.std([table["difference"][0] for table in tables], ddof=1)
    stated = np.mean([table["difference_se"][0] for table in tables])
    assert spread == pytest.approx(stated, rel=3 / np.sqrt(2 * 100))


def test_elementary_functions_are_those_of_numpy():
    rng = np.random.default_rng(1)
    values = np.r_[np.exp(rng.uniform(-60, 60, 20_000)), 1.0, 1.0 + 1e-12, 1.0 - 1e-10]
    logs = values.copy()
    logarithm(logs, np.empty_like(logs))
    np.testing.assert_allclose(logs, np.log(values), rtol=1e-15, atol=0)
    powers = np.r_[rng.uniform(-600, 600, 20_000), 0.0]
    found = powers.copy()
    exponential(found, np.empty_like(found))
    np.testing.assert_allclose(found, np.exp(powers), rtol=1e-15)
    ends = np.array([-np.inf, -800.0, 800.0, np.inf])
    exponential(ends, np.empty_like(ends))
    np.testing.assert_array_equal(ends, [0.0, 0.0, np.inf, np.inf])


def test_the_share_that_is_spared_never_has_the_event():
    hazard = Cure(CONTROL, 0.25)
    found = latent(truth=world(control=hazard, experimental=hazard))
    spared = int(np.isinf(found.seen).sum())
    assert binomtest(spared, found.seen.size, float(survival(hazard, 1e9))).pvalue > 1e-3
