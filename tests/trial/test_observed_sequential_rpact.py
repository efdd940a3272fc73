"""Independent: boundaries at the events that were seen, against R's rpact 3.3.4 and mvtnorm.

tests/oracles/rpact_observed.R made the values: rpact's own recalculation at interim looks and at
last looks with fewer or more events than planned, the same by hand for what it doesn't do, and
futility that spends beta, by mvtnorm. rpact integrates by Simpson's rule on a grid that doesn't
know how close looks are (see test_group_sequential_rpact.py): that leaves up to 3e-7, and 2e-6
where looks are at 80 and 84 events; the tolerances are what rpact has.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from oligotrial.trial import (
    BetaSpending,
    FixedFutility,
    GroupSequential,
    HwangShihDeCani,
    KimDeMets,
    LanDeMetsOBrienFleming,
    LanDeMetsPocock,
    NoFutility,
    Observed,
    SequentialLogRank,
    SpendByMonths,
    Spending,
    boundaries_seen,
)

RPACT = json.loads((Path(__file__).parents[1] / "oracles" / "rpact_observed.json").read_bytes())


def spending(kind: str, gamma: float | None) -> Spending:
    return {
        "OF": lambda: LanDeMetsOBrienFleming(),
        "P": lambda: LanDeMetsPocock(),
        "HSD": lambda: HwangShihDeCani(gamma),
        "KD": lambda: KimDeMets(gamma),
    }[kind]()


def rule(case: dict) -> Observed:
    futility = NoFutility()
    if "beta" in case:
        spent = spending(case["typeBetaSpending"][2:], case.get("gammaB"))
        futility = BetaSpending(spent, case["beta"])
    elif "futilityBounds" in case:
        futility = FixedFutility(tuple(case["futilityBounds"]), binding=case["bindingFutility"])
    efficacy = spending(case["type"][2:], case.get("gammaA"))
    two_sided = case.get("sided") == 2
    made = GroupSequential(tuple(case["rates"]), case["alpha"], efficacy, futility, two_sided)
    plan = SequentialLogRank(made, case["planned"])
    if "months" in case:
        return Observed(plan, SpendByMonths(tuple(case["months"])))
    return Observed(plan)


def accuracy(case: dict) -> float:
    """How far rpact's own integration reaches."""
    return 5e-6 if case["events"] == [30, 80, 84] else 5e-7


def name(case: dict) -> str:
    return f"{case['type']} {case['events']} of {case['planned']}"


@pytest.mark.parametrize("case", RPACT["recalculated"], ids=name)
def test_boundaries_that_rpact_recalculates(case: dict) -> None:
    final = len(case["events"]) == len(case["rates"])
    found = boundaries_seen(rule(case), case["events"], final=final)
    np.testing.assert_allclose(found.efficacy, case["efficacy"], rtol=0, atol=accuracy(case))


@pytest.mark.parametrize("case", RPACT["spent"], ids=name)
def test_errors_spent_by_months_and_on_two_sides(case: dict) -> None:
    months = None
    if "months" in case:
        months = case["months"][: len(case["events"])]
    found = boundaries_seen(rule(case), case["events"], months=months, final=case["final"])
    np.testing.assert_allclose(found.efficacy, case["efficacy"], rtol=0, atol=accuracy(case))


@pytest.mark.parametrize("case", RPACT["beta"], ids=name)
def test_beta_spent_at_what_was_seen(case: dict) -> None:
    made = rule(case)
    assert made.drift == pytest.approx(case["drift"], abs=1e-7)
    found = boundaries_seen(made, case["events"])
    np.testing.assert_allclose(found.efficacy, case["efficacy"], rtol=0, atol=accuracy(case))
    np.testing.assert_allclose(found.futility, case["futility"], rtol=0, atol=1e-8)
