"""Schoenfeld's formulas against rpact and against numbers in print."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oligotrial.checks import InputError
from oligotrial.trial import schoenfeld_events, schoenfeld_power

RPACT = json.loads((Path(__file__).parents[1] / "oracles" / "rpact_schoenfeld.json").read_bytes())


@pytest.mark.parametrize("row", RPACT["rows"], ids=lambda row: f"HR {row['hazard_ratio']}")
def test_rpact(row: dict[str, float]) -> None:
    """rpact 3.3.4, getSampleSizeSurvival and getPowerSurvival, Schoenfeld; see tests/oracles."""
    setting = {"alpha": row["alpha"], "experimental_share": row["ratio"] / (1 + row["ratio"])}
    events = schoenfeld_events(row["power"], row["hazard_ratio"], **setting)
    power = schoenfeld_power(90, row["hazard_ratio"], **setting)
    assert events == pytest.approx(row["events"], abs=1e-7)
    assert power == pytest.approx(row["power_at_90"], abs=1e-7)


def test_collett() -> None:
    """Collett, Modelling Survival Data in Medical Research, example on chronic active hepatitis.

    Log hazard ratio -0.5621 (five-year survival 0.41 to 0.60), two-sided 5%, power 90%: 133.
    """
    assert schoenfeld_events(0.90, 0.57, alpha=0.025) == pytest.approx(133, abs=0.5)


@given(
    power=st.floats(0.2, 0.99),
    hazard_ratio=st.floats(0.2, 0.95),
    alpha=st.floats(0.005, 0.15),
    share=st.floats(0.2, 0.8),
)
def test_each_inverts_the_other(
    power: float, hazard_ratio: float, alpha: float, share: float
) -> None:
    setting = {"alpha": alpha, "experimental_share": share}
    events = schoenfeld_events(power, hazard_ratio, **setting)
    assert schoenfeld_power(events, hazard_ratio, **setting) == pytest.approx(power, abs=1e-9)


def test_at_no_effect_the_power_is_the_level() -> None:
    assert schoenfeld_power(90, 1.0, alpha=0.10) == pytest.approx(0.10)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: schoenfeld_events(0.8, 1.0, alpha=0.1), "hazard_ratio: 1.0 is not below 1"),
        (lambda: schoenfeld_events(0.8, 0.7, alpha=1.0), "alpha"),
        (lambda: schoenfeld_events(1.0, 0.7, alpha=0.1), "power"),
        (lambda: schoenfeld_events(0.8, 0.7, alpha=0.1, experimental_share=0), "experimental_sh"),
        (lambda: schoenfeld_events(0.1, 0.7, alpha=0.1), "power: 0.1 is not above alpha"),
        (lambda: schoenfeld_power(0, 0.7, alpha=0.1), "events"),
        (lambda: schoenfeld_power(90, 0.7, alpha=0.1, experimental_share=1), "experimental_share"),
    ],
)
def test_numbers_out_of_range(call, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
