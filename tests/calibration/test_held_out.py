"""Calibration: draws cover what wasn't printed of real patients, and not if told of others.

The summaries of one data set's patients, given as another's, are the deliberately wrong
reconstruction that the same bounds have to refuse. With 19 draws an exchangeable truth lies
between the smallest and the largest with probability 0.9. Bounds are binomial: the right one
allows for a coverage of 0.75, which short chains and heterogeneous truths may come down to.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from scipy import stats

from oligotrial import cohort

SCRIPT = Path(__file__).parents[2] / "scripts" / "held_out.py"
SPLITS, STEPS = 15, 20_000
ALPHA = 1e-3
WORST = 0.75
BOUND = int(stats.binom.ppf(ALPHA, SPLITS, WORST))
"""Fewest covered splits that coverage of WORST would be refused below."""

TOLD = (
    "survival between the printed rates",
    "log hazard ratio, tested with medians",
    "difference in restricted means",
)
"""What printed summaries bear on most: told others', draws have to miss it."""


@pytest.fixture(scope="module")
def held_out() -> ModuleType:
    spec = importlib.util.spec_from_file_location("held_out", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["held_out"] = module
    spec.loader.exec_module(module)
    return module


def covered(held_out: ModuleType, *, shift: int) -> pd.Series:
    """Return how many of the splits cover each quantity."""
    rows = held_out.study(
        held_out.splits(SPLITS, seed=2), reporting=["text"], steps=STEPS, shift=shift
    ).dropna()
    inside = rows["truth"].between(rows["low"] - 1e-9, rows["high"] + 1e-9)
    return inside.groupby(rows["quantity"]).sum()


@pytest.mark.slow
def test_what_was_not_printed_is_covered(held_out):
    found = covered(held_out, shift=0)
    assert len(found) == 11
    assert found[found < BOUND].to_dict() == {}


@pytest.mark.slow
def test_it_is_noticed_when_the_summaries_are_those_of_others(held_out):
    found = covered(held_out, shift=1)[list(TOLD)]
    assert found[found >= BOUND].to_dict() == {}


@pytest.mark.slow
def test_chains_forget_how_many_events_they_began_with(held_out):
    # With the limits of `TOO_FAR` from the start, draws of these patients had 33 to 43 events on
    # average in chains of 60,000 steps (29 in usual ones), and hazard ratios to go with them.
    splits = {each.number: each for each in held_out.splits(60, seed=1)}
    for number in (8, 28):
        patients = splits[number].frame["event"].sum()
        made = cohort.reconstruct(held_out.evidence_of(splits[number], "text"), draws=6)
        events = [frame["event"].sum() for frame in made.frames()]
        assert sum(events) / len(events) == pytest.approx(patients, rel=0.35)


def test_the_splits_are_patients_of_each_data_set_in_turn(held_out):
    groups = held_out.splits(6, seed=1)
    assert [each.data for each in groups] == ["colon", "gbsg", "lung", "pbc", "veteran", "colon"]
    assert {len(each.frame) for each in groups} == {59}
    assert not groups[0].frame["time"].equals(groups[5].frame["time"])


def test_one_step_estimate_is_peto_s(held_out):
    # Closed form: of 1, 2, 3 in group yes and 4, 5, 6 in no, all events.
    frame = pd.DataFrame({"time": range(1, 7), "event": 1, "first": ["yes"] * 3 + ["no"] * 3})
    expected = 3 / 6 + 2 / 5 + 1 / 4
    variance = 1 / 4 + (2 / 5) * (3 / 5) + (1 / 4) * (3 / 4)
    assert held_out._one_step(frame) == pytest.approx((3 - expected) / variance)


def test_the_summary_counts_what_is_inside(held_out):
    row = {"reporting": "text", "data": "x", "quantity": "q", "naive_mean": 0.0}
    rows = [
        {**row, "split": k, "truth": truth, "mean": 1.0, "low": 0.0, "high": 2.0,
         "naive_low": -1.0, "naive_high": 0.5}
        for k, truth in enumerate([0.0, 1.0, 3.0, float("nan")])
    ]  # fmt: skip
    line = held_out.summary(pd.DataFrame(rows)).iloc[0]
    assert (line["splits"], line["coverage"]) == (3, pytest.approx(2 / 3))
    assert line["naive_coverage"] == pytest.approx(1 / 3)
    assert line["bias"] == pytest.approx(1.0 - 4.0 / 3.0)
    assert line["coverage_error"] == pytest.approx(((4 / 7) * (3 / 7) / 7) ** 0.5)
