"""Type I error of looks on dates when accrual isn't as planned: simulated null trials.

    python scripts/observed_looks.py [trials [accrual ...]]

Prints the table of docs/group_sequential.md: the boundaries of the planned fractions beside those
at the information that each trial has, with errors spent by the information and by the calendar.
200,000 trials each take about five minutes on one core.
"""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd

from oligotrial.hazard import Exponential, PiecewiseExponential
from oligotrial.simulate import Batch, Scenario, run
from oligotrial.trial import (
    AccrualPeriods,
    Design,
    GroupSequential,
    LanDeMetsOBrienFleming,
    LanDeMetsPocock,
    Observed,
    PeriodAccrual,
    SequentialLogRank,
    SpendByMonths,
    Test,
    events_by,
    exit_probabilities,
    find_boundaries,
    month_of_events,
)

ALPHA, PATIENTS, EVENTS = 0.025, 600, 450
FRACTIONS = (0.4, 0.7, 1.0)
RATE = np.log(2) / 9
HAZARD = PiecewiseExponential((RATE,), ())
PLANNED = AccrualPeriods((24.0,), (25.0,))
ACCRUAL = {
    "half as quick": AccrualPeriods((48.0,), (12.5,)),
    "as planned": PLANNED,
    "twice as quick": AccrualPeriods((12.0,), (50.0,)),
    "most centres open in month 12": AccrualPeriods((12.0, 24.0), (5.0, 45.0)),
}
SPENDING = {"O'Brien-Fleming": LanDeMetsOBrienFleming(), "Pocock": LanDeMetsPocock()}


def planned_months() -> tuple[float, ...]:
    """Return when the planned fractions of the events are expected without an effect."""
    return tuple(
        round(month_of_events(share * EVENTS, (HAZARD, HAZARD), accrual=PLANNED), 1)
        for share in FRACTIONS
    )


def integrated(rule: GroupSequential, months: SpendByMonths, accrual: AccrualPeriods) -> float:
    """Return what the planned boundaries spend at the events that are expected."""
    events = events_by(np.array(months.months), (HAZARD, HAZARD), accrual=accrual).sum(axis=1)
    fractions = tuple((events / events[-1]).tolist())
    return exit_probabilities(replace(find_boundaries(rule), fractions=fractions), 0.0).power


def tests(rule: GroupSequential, months: SpendByMonths) -> dict[str, Test]:
    """Return the boundaries that are compared."""
    plan = SequentialLogRank(rule, EVENTS)
    return {
        "planned": rule,
        "by information": Observed(plan),
        "by months": Observed(plan, months),
    }


def main(trials: int, chosen: list[str]) -> None:
    """Simulate and print."""
    months = SpendByMonths(planned_months())
    control = Exponential(RATE)
    world = Scenario("null", ("all",), np.ones(1), control, control).world()
    rows = []
    for pace, periods in ACCRUAL.items():
        if chosen and pace not in chosen:
            continue
        accrual = PeriodAccrual((0.0, *periods.ends_months[:-1]), periods.patients_per_month)
        for name, spending in SPENDING.items():
            rule = GroupSequential(FRACTIONS, ALPHA, spending)
            row: dict[str, object] = {"accrual": pace, "spending": name}
            row["by integration"] = round(integrated(rule, months, periods), 4)
            for how, test in tests(rule, months).items():
                design = Design(PATIENTS, months.looks, test, accrual)
                (tally,) = run([Batch(design, world, trials, 11)])
                error, mc_se = tally.share(tally.successes)
                row[how] = f"{error:.4f} ({mc_se:.4f})"
                row["events"] = round(tally.mean("events")[0])
            rows.append(row)
    sys.stdout.write(f"looks in months {months.months}\n")
    sys.stdout.write(pd.DataFrame(rows).to_string(index=False) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000, sys.argv[2:])
