"""Evidence: identities (a search finds what trying every value does), and the search's stated range
against a known answer."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.hazard import Weibull
from oligotrial.simulate import Batch, Scenario, Store, size
from oligotrial.simulate.sizing import (
    AccrualRate,
    Certainty,
    Cost,
    Estimate,
    Events,
    FinishedBy,
    Maximum,
    Means,
    Minimum,
    Months,
    Patients,
    Success,
    Threshold,
)
from oligotrial.simulate.sizing.evaluate import Evaluation
from oligotrial.simulate.sizing.search import _Grid, _Search
from oligotrial.simulate.sizing.trials import simulated
from oligotrial.trial import (
    Accrual,
    AfterEnrolment,
    AtEvents,
    Design,
    LogRank,
    freedman_events,
    schoenfeld_events,
)

from .sized import CONTROL, DESIGN, QUICK, drawn, scenario

# The search, on a measure whose truth is known.


@dataclass
class Coins:
    """Stands for an evaluator: success of replicate r where its number is below a known curve."""

    seed: int
    draws = 1

    def __post_init__(self):
        self.numbers = np.random.default_rng(self.seed).uniform(size=200_000)
        self.most = 0

    @property
    def world(self):
        return self

    def of(self, design, replicates):
        self.most = max(self.most, replicates)
        mean = np.mean(self.numbers[:replicates] < truth(design.patients))
        target = Estimate(mean, np.sqrt(mean * (1 - mean) / replicates))
        nothing = Estimate(0.0, 0.0)
        return Evaluation(design, target, nothing, nothing, nothing, nothing, replicates)

    def known(self, design):
        return None


def truth(patients):
    return 0.2 + 0.7 * (1 - np.exp(-patients / 100))


def search(seed, certainty):
    grid = _Grid(Design(400, AtEvents(1), LogRank(0.1), Accrual(1.0)), Patients(), 10, 490)
    found = _Search(grid, Coins(seed), Minimum(Success(), 0.7))
    return found.found(certainty)


def test_the_stated_range_holds_the_right_size():
    certainty = Certainty(within=0.05, least=2_000, most=200_000)
    right = next(n for n in range(10, 500) if truth(n) >= 0.7)
    ranges = [search(seed, certainty) for seed in range(200)]
    held = np.mean([found.low <= right <= found.high for found in ranges])
    # 200 searches at 95%: a standard error of 1.5%; a range also holds neighbours it can't split
    assert held >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200)
    assert all(found.settled and found.high - found.low <= 0.05 * found.value for found in ranges)


def test_trials_that_run_out_are_told():
    found = search(1, Certainty(within=0.001, least=1_000, most=4_000))
    assert not found.settled
    assert found.high - found.low > 1
    assert "more trials would narrow the range" in found.sentence


# The search, on trials.


def test_the_size_is_that_of_trying_every_size():
    goal = Minimum(Success(), 0.6)
    found = size(DESIGN, scenario(), target=goal, between=(16, 60), seed=3, certainty=QUICK)
    rows = []
    for patients in range(16, 61):
        design = DESIGN.resized(patients, round(0.75 * patients))
        trials = simulated(Batch(design, scenario().world(), 5_000, 3), 0, found.best.replicates)
        rows.append((patients, trials.success.mean()))
    enough = [patients for patients, success in rows if success >= 0.6]
    short = [patients for patients, success in rows if success < 0.6]
    # on common random numbers estimates fall back only where rounding takes events away
    assert min(enough) <= found.value <= max(short) + 1
    assert found.best.target.value == dict(rows)[found.value]
    assert found.low <= found.value <= found.high


def test_larger_values_can_be_the_worse_ones():
    found = size(
        DESIGN,
        scenario(),
        target=Maximum(Months(), 26),
        over=Patients(events_per_patient=0.5, step=2),  # whole events: no sawtooth of rounding
        between=(16, 160),
        seed=1,
        certainty=QUICK,
    )
    table = found.table.set_index("patients")["duration_months"]
    assert table[found.value] <= 26
    assert (table[table.index > found.value] > 26).all()


def test_a_faster_accrual_is_found_for_a_deadline():
    found = size(
        DESIGN,
        scenario(),
        target=Minimum(FinishedBy(36.0), 0.9),
        over=AccrualRate(step=0.5),
        between=(2.0, 12.0),
        seed=1,
        certainty=QUICK,
    )
    assert found.design.accrual.rate_per_month == pytest.approx(found.value)
    table = found.table.set_index("patients a month")["estimate"]
    assert (table[table.index >= found.value] >= 0.9).all()
    assert (table[table.index < found.value] < 0.9).all()


def test_events_are_sized_within_the_patients():
    goal = Minimum(Success(), 0.6)
    found = size(
        DESIGN, scenario(), target=goal, over=Events(), between=(10, 39), seed=1, certainty=QUICK
    )
    assert found.design.patients == DESIGN.patients
    assert found.design.analysis.events == found.value


def test_a_large_trial_has_the_events_of_the_closed_forms():
    design = Design(480, AtEvents(300), LogRank(0.10), Accrual(50.0))
    found = size(
        design,
        scenario(np.log(0.8)),
        target=Minimum(Success(), 0.80),
        over=Events(step=2),
        between=(240, 470),
        seed=2,
        certainty=Certainty(least=5_000, most=5_000, level=0.99),
    )
    # Schoenfeld's 362 and Freedman's 365 events, which gsDesign and rpact give too
    schoenfeld, freedman = (
        formula(0.80, 0.8, alpha=0.10) for formula in (schoenfeld_events, freedman_events)
    )
    assert found.low <= freedman + 2
    assert found.high >= schoenfeld - 2
    assert found.high - found.low < 0.12 * schoenfeld


def crossing(between, goal):
    """Size by events where the new arm is better early on and worse later."""
    arms = Scenario("x", ("all",), np.ones(1), CONTROL, Weibull(1.6, 18.0))
    design = Design(120, AtEvents(90), LogRank(0.10), Accrual(60.0))
    return size(design, arms, target=goal, over=Events(), between=between, seed=1, certainty=QUICK)


def test_a_measure_that_turns_round_is_told():
    found = crossing((1, 119), Minimum(Success(), 0.4))
    assert not found.monotone
    assert found.value < 10
    assert "it turns round in between, so that others may reach it" in found.sentence
    falling = crossing((30, 119), Minimum(Success(), 0.8))
    assert falling.monotone
    assert "turns" not in falling.sentence


def test_ends_that_hide_what_is_between_are_told():
    words = "neither end of events from 1 to 119 gives .* in between it is otherwise; give a range"
    with pytest.raises(InputError, match=words):
        crossing((1, 119), Minimum(Success(), 0.7))


def test_steps_stay_within_the_range():
    found = size(
        DESIGN,
        scenario(),
        target=Maximum(Months(), 30),
        over=Patients(step=10),
        between=(16, 115),
        seed=1,
        certainty=QUICK,
    )
    assert found.table["patients"].max() == 106


def test_a_measure_that_does_not_change_is_told():
    dated = replace(DESIGN, analysis=AfterEnrolment(40, 6.0))
    with pytest.raises(InputError, match="it doesn't change with alpha; vary something else"):
        size(dated, scenario(), target=Maximum(Months(), 3), over=Threshold("alpha"),
             between=(0.05, 0.2), seed=1, certainty=QUICK)  # fmt: skip


def test_trials_that_lack_events_are_told():
    leaving = replace(DESIGN, dropout_per_month=0.03)
    found = size(
        leaving,
        scenario(),
        target=Minimum(Success(), 0.6),
        between=(16, 100),
        seed=1,
        certainty=QUICK,
    )
    assert 0 < found.best.reached.value < 1
    lacking = f"{1 - found.best.reached.value:.1%} of trials lack the last look's events"
    assert lacking in found.sentence
    rows = simulated(Batch(found.design, scenario().world(), 5_000, 1), 0, found.best.replicates)
    assert found.best.reached.value == np.mean(rows.events >= found.design.events)


def test_few_draws_of_the_truth_are_told():
    certainty = Certainty(within=0.001, least=2_500, most=100_000)
    goal = Minimum(Success(), 0.5)
    found = size(DESIGN, drawn(), target=goal, between=(16, 60), seed=1, certainty=certainty)
    assert found.lacking == "draws of the truth"
    assert found.best.replicates == 2_500


def test_a_resumed_search_is_the_same(tmp_path):
    store = Store(tmp_path)
    told = []
    means = Means(store, workers=2, progress=lambda done, total: told.append((done, total)))
    goal = Minimum(Success(), 0.6)

    def once(means):
        return size(
            DESIGN, scenario(), target=goal, between=(16, 60), seed=1, certainty=QUICK, means=means
        )

    first = once(means)
    files = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    told.clear()
    again = once(means)
    assert first.table.equals(again.table)
    assert all(done == total for done, total in told)
    assert files == {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert once(Means(workers=1)).table.equals(first.table)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"between": (60, 16)}, "between: 60 is not below 16"),
        ({"between": (16, 20)}, "no value of patients from 16 to 20 gives success of at least 0.6"),
        ({"between": (200, 300)}, "every value of patients from 200 to 300"),
        ({"over": Events(), "between": (10, 90)}, "90 events can't come from 40 patients"),
    ],
)
def test_a_range_without_an_answer_is_told(changed, message):
    goal = Minimum(Success(), 0.6)
    with pytest.raises(InputError, match=message):
        size(DESIGN, scenario(), target=goal, seed=1, certainty=QUICK, **changed)


def test_events_that_never_come_are_told_before_anything_runs():
    cured = Weibull(1.0, 1e7)
    lasting = Scenario("cured", ("all",), np.ones(1), cured, cured)
    with pytest.raises(InputError, match="never reaches the 12 events"):
        size(DESIGN, lasting, target=Minimum(Success(), 0.6), between=(16, 60), seed=1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Minimum(Success(), 80), "target.value: 80 is not between 0 and 1"),
        (lambda: Maximum(Months(), 0), "target.value: 0 is not a positive number"),
        (lambda: Cost(), "nothing costs anything"),
        (lambda: Cost(each_patient=-1), "each_patient: -1 is negative"),
        (lambda: Certainty(within=0), "within: 0 is not above 0"),
        (lambda: Certainty(least=100_000, most=10), "most: 10 is not a whole number of at least"),
        (lambda: Patients(events_per_patient=1.2), "events_per_patient: 1.2"),
        (lambda: Means(workers=0), "workers: 0 is not a whole number"),
        (lambda: FinishedBy(-3), "month: -3"),
    ],
)
def test_impossible_numbers_are_told_at_once(make, message):
    with pytest.raises(InputError, match=message):
        make()
