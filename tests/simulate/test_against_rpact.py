"""Evidence: independent: rpact's simulator, over 25 designs, looks and all.

rpact spaces arrivals evenly and alternates arms; ours come in blocks. Tolerances are 3 combined
Monte Carlo errors of either's trials, of which each has as many as stated.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from oligotrial.hazard import PiecewiseExponential, Weibull
from oligotrial.simulate import Batch, Scenario, run
from oligotrial.trial import (
    AtEvents,
    Design,
    FixedFutility,
    GroupSequential,
    HwangShihDeCani,
    KimDeMets,
    LanDeMetsOBrienFleming,
    LanDeMetsPocock,
    LogRank,
    OBrienFleming,
    PeriodAccrual,
    Pocock,
    thresholds,
)

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "rpact_trials.json").read_text())
TRIALS = 20_000
RULES = {
    "OF": lambda gamma: OBrienFleming(),
    "P": lambda gamma: Pocock(),
    "asOF": lambda gamma: LanDeMetsOBrienFleming(),
    "asP": lambda gamma: LanDeMetsPocock(),
    "asHSD": HwangShihDeCani,
    "asKD": KimDeMets,
}


def listed(value):
    return tuple(np.atleast_1d(value).tolist())


def hazard(rates, oracle):
    if oracle["shape"] != 1:
        return Weibull(oracle["shape"], 1 / listed(rates)[0])
    return PiecewiseExponential(listed(rates), listed(oracle["changes"])[1:])


def rule(oracle):
    looks = np.array(listed(oracle["looks"]))
    if looks.size == 1:
        return LogRank(oracle["alpha"], stratified=False)
    options = {}
    if oracle.get("futility") is not None:
        options["futility"] = FixedFutility(listed(oracle["futility"]), binding=True)
    efficacy = RULES[oracle["type"]](oracle["gamma"])
    return GroupSequential(tuple(looks / looks[-1]), oracle["alpha"], efficacy, **options)


def design(oracle):
    looks = tuple(AtEvents(events) for events in listed(oracle["looks"]))
    allocation = tuple(oracle["allocation"])
    return Design(
        oracle["patients"],
        looks,
        rule(oracle),
        PeriodAccrual(
            tuple(map(float, listed(oracle["accrual_starts"]))),
            listed(oracle["accrual_rates"]),
            poisson=False,
        ),
        allocation,
        2 * sum(allocation),
        tuple((-np.log1p(-np.array(oracle["dropout_per_year"])) / 12).tolist()),
    )


def error(*shares):
    return np.sqrt(
        sum(p * (1 - p) / n for p, n in zip(shares, (TRIALS, ORACLE["iterations"]), strict=True))
    )


@pytest.mark.parametrize("oracle", ORACLE["scenarios"], ids=lambda oracle: oracle["name"])
def test_trials_end_as_in_rpact(oracle):
    made = design(oracle)
    np.testing.assert_allclose(
        thresholds(made.test, len(made.looks)).efficacy, listed(oracle["critical"]), atol=1e-5
    )
    arms = (hazard(oracle[arm], oracle) for arm in ("control", "experimental"))
    world = Scenario("rpact", ("all",), np.ones(1), *arms).world()
    tally = run([Batch(made, world, TRIALS, 1)])[0]
    efficacy = tally.decisions[:, :, 2].sum(axis=0) / TRIALS
    for ours, theirs in zip(efficacy, listed(oracle["rejected"]), strict=True):
        assert abs(ours - theirs) < 3 * error(ours, theirs) + 1e-12
    assert abs(efficacy.sum() - sum(listed(oracle["rejected"]))) < 3 * error(
        efficacy.sum(), sum(listed(oracle["rejected"]))
    )
    futility = tally.decisions[:, :-1, 0].sum(axis=0) / TRIALS
    for ours, theirs in zip(futility, listed(oracle["stopped_futile"]), strict=True):
        assert abs(ours - theirs) < 3 * error(ours, theirs) + 1e-12
    months, months_error = tally.mean("month")
    # rpact's clock starts half a patient earlier
    assert abs(months - oracle["duration"]) < 3 * months_error * np.sqrt(1.2) + 0.02
