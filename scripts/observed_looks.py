"""Type I error of looks on dates when accrual isn't as planned: simulated null trials.

    python scripts/observed_looks.py [trials]

Prints the table of docs/group_sequential.md: the boundaries of the planned fractions beside those
at the information that each trial has, with errors spent by the information and by the calendar.
200,000 trials each take about five minutes on one core.
"""

import sys

import numpy as np
import pandas as pd

from oligotrial.hazard import Exponential, PiecewiseExponential
from oligotrial.simulate import Batch, Scenario, run
from oligotrial.trial import (
    Accrual,
    AccrualPeriods,
    Design,
    GroupSequential,
    LanDeMetsOBrienFleming,
    LanDeMetsPocock,
    Observed,
    SequentialLogRank,
    SpendByMonths,
    Spending,
    Test,
    month_of_events,
)

ALPHA, PATIENTS, EVENTS, ACCRUAL_MONTHS = 0.025, 600, 450, 24
FRACTIONS = (0.4, 0.7, 1.0)
RATE = np.log(2) / 9
PACE = {"half": 0.5, "planned": 1.0, "double": 2.0}
SPENDING = {"O'Brien-Fleming": LanDeMetsOBrienFleming(), "Pocock": LanDeMetsPocock()}


def planned_months() -> tuple[float, ...]:
    """Return when the planned fractions of the events are expected without an effect."""
    hazard = PiecewiseExponential((RATE,), ())
    accrual = AccrualPeriods((float(ACCRUAL_MONTHS),), (PATIENTS / ACCRUAL_MONTHS,))
    return tuple(
        round(month_of_events(share * EVENTS, (hazard, hazard), accrual=accrual), 1)
        for share in FRACTIONS
    )


def tests(spending: Spending, months: SpendByMonths) -> dict[str, Test]:
    """Return the boundaries that are compared."""
    rule = GroupSequential(FRACTIONS, ALPHA, spending)
    plan = SequentialLogRank(rule, EVENTS)
    return {
        "planned": rule,
        "by information": Observed(plan),
        "by months": Observed(plan, months),
    }


def main(trials: int) -> None:
    """Simulate and print."""
    months = SpendByMonths(planned_months())
    control = Exponential(RATE)
    world = Scenario("null", ("all",), np.ones(1), control, control).world()
    rows = []
    for pace, times in PACE.items():
        for name, spending in SPENDING.items():
            row: dict[str, object] = {"accrual": pace, "spending": name}
            for how, test in tests(spending, months).items():
                accrual = Accrual(times * PATIENTS / ACCRUAL_MONTHS)
                design = Design(PATIENTS, months.looks, test, accrual)
                (tally,) = run([Batch(design, world, trials, 11)])
                error, mc_se = tally.share(tally.successes)
                row[how] = f"{error:.4f} ({mc_se:.4f})"
                row["events"] = round(tally.mean("events")[0])
            rows.append(row)
    sys.stdout.write(f"looks in months {months.months}\n")
    sys.stdout.write(pd.DataFrame(rows).to_string(index=False) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
