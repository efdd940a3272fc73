"""Independent: boundaries, exits, power and inference against R's rpact 3.3.4.

tests/oracles/rpact_group_sequential.R made the values. rpact integrates by Simpson's rule on a
grid that doesn't know how close looks are: that leaves about 1e-8 in its boundaries, 5e-7 with
ten looks, and 7e-6 with looks at 0.50 and 0.52. For those, test_group_sequential.py integrates
adaptively and agrees with us to 1e-11; the tolerance here is what rpact has.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from oligotrial.trial.boundaries import exit_probabilities
from oligotrial.trial.classical import HaybittlePeto, OBrienFleming, Pocock, WangTsiatis
from oligotrial.trial.futility import BetaSpending, FixedFutility, NoFutility
from oligotrial.trial.inference import final_analysis
from oligotrial.trial.monitoring import conditional_power, repeated_intervals
from oligotrial.trial.plan import SequentialLogRank
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

ORACLE = Path(__file__).parents[1] / "oracles" / "rpact_group_sequential.json"
RPACT = json.loads(ORACLE.read_bytes())


def spending(kind: str, gamma: float | None) -> Spending:
    return {
        "OF": lambda: LanDeMetsOBrienFleming(),
        "P": lambda: LanDeMetsPocock(),
        "HSD": lambda: HwangShihDeCani(gamma),
        "KD": lambda: KimDeMets(gamma),
    }[kind]()


def design(case: dict) -> GroupSequential:
    kind = case["type"]
    if kind == "asUser":
        efficacy = UserSpending(tuple(case["rates"]), tuple(case["user"]))
    elif kind.startswith("as"):
        efficacy = spending(kind[2:], case.get("gammaA"))
    else:
        efficacy = {
            "OF": OBrienFleming(),
            "P": Pocock(),
            "WT": WangTsiatis(case.get("deltaWT", 0.0)),
            "HP": HaybittlePeto(),
        }[kind]
    if "spend" in case:
        futility = BetaSpending(
            spending(case["spend"][2:], case.get("gammaB")), case["beta"], binding=case["binding"]
        )
    elif "futility" in case:
        futility = FixedFutility(tuple(case["futility"]), binding=case["binding"])
    else:
        futility = NoFutility()
    return GroupSequential(
        tuple(case["rates"]), case["alpha"], efficacy, futility, two_sided=case["sided"] == 2
    )


def accuracy(case: dict) -> float:
    """How far rpact's own integration reaches."""
    return {"asOF close looks": 1e-5, "ten looks": 1e-6}.get(case["name"], 5e-8)


@pytest.fixture(params=RPACT["designs"], ids=lambda case: case["name"])
def case(request: pytest.FixtureRequest) -> dict:
    return request.param


def test_boundaries(case: dict) -> None:
    found = find_boundaries(design(case))
    np.testing.assert_allclose(found.efficacy, case["efficacy"], atol=accuracy(case), rtol=0)
    if "futility" in case or "spend" in case:
        expected = np.atleast_1d(case["bounds"])
        np.testing.assert_allclose(found.futility[:-1], expected, atol=accuracy(case), rtol=0)


def test_exit_probabilities(case: dict) -> None:
    found = find_boundaries(design(case))
    for column, drift in enumerate(case["drifts"]):
        exits = exit_probabilities(found, drift)
        crossed = exits.efficacy + (exits.futility if found.two_sided else 0.0)
        rejected = [row[column] for row in case["reject"]]
        np.testing.assert_allclose(crossed, rejected, atol=accuracy(case), rtol=0)
        if case["futile"]:
            futile = [row[column] for row in case["futile"]]
            np.testing.assert_allclose(exits.futility[:-1], futile, atol=accuracy(case), rtol=0)
        if not found.two_sided:
            expected = case["expected_fraction"][column]
            assert exits.expected_fraction == pytest.approx(expected, abs=accuracy(case))


def test_maximum_information(case: dict) -> None:
    rule = design(case)
    power = 1 - case["beta_used"]
    assert drift_for_power(rule, power) ** 2 == pytest.approx(case["shift"], abs=5 * accuracy(case))
    assert inflation(rule, power) == pytest.approx(case["inflation"], abs=accuracy(case))
    assert fixed_drift(rule, power) ** 2 == pytest.approx(
        case["shift"] / case["inflation"], abs=accuracy(case)
    )


def plan(row: dict) -> SequentialLogRank:
    return SequentialLogRank(GroupSequential(tuple(row["rates"]), row["alpha"]), 90)


@pytest.mark.parametrize("row", RPACT["analyses"])
def test_final_analysis(row: dict) -> None:
    look = len(row["z"])
    found = final_analysis(plan(row), look=look, z=row["z"][-1])
    assert found.p_value == pytest.approx(row["p_value"], abs=1e-7)
    assert found.hazard_ratio == pytest.approx(row["median_unbiased"], abs=1e-6)
    assert found.lower == pytest.approx(row["lower"], abs=1e-6)
    assert found.upper == pytest.approx(row["upper"], abs=1e-6)


@pytest.mark.parametrize("row", RPACT["analyses"])
def test_repeated_intervals(row: dict) -> None:
    found = repeated_intervals(plan(row), np.array(row["z"]))
    np.testing.assert_allclose(found["lower"], row["repeated_lower"], atol=1e-6)
    np.testing.assert_allclose(found["upper"], row["repeated_upper"], atol=1e-6)


@pytest.mark.parametrize("row", RPACT["conditional"])
def test_conditional_power(row: dict) -> None:
    """Adding up the power of later looks, as rpact lists it look by look."""
    z = np.atleast_1d(row["z"])
    found = conditional_power(
        plan(row), look=z.size, z=float(z[-1]), hazard_ratio=row["hazard_ratio"]
    )
    assert found == pytest.approx(row["conditional_power"][-1], abs=1e-6)
