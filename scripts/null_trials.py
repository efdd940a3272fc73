"""Type I error of the log-rank test at one and three looks: simulated null trials.

    python scripts/null_trials.py [trials]

Prints the table of docs/simulation.md. A million trials each take about 2 minutes on one core.
"""

import sys

import numpy as np
import pandas as pd

from oligotrial.hazard import Exponential
from oligotrial.simulate import Batch, Scenario, look_table, run
from oligotrial.trial import (
    Accrual,
    AtEvents,
    Design,
    GroupSequential,
    Imaging,
    LogRank,
    SequentialLogRank,
)

FRACTIONS = (0.5, 0.75, 1.0)
CONTROL = Exponential(np.log(2) / 9)


def fixed(alpha: float, *, patients: int = 120, imaging: Imaging | None = None) -> Design:
    """Return a design with one look, at three quarters of the patients."""
    moment, accrual = AtEvents(patients * 3 // 4), Accrual(patients / 24)
    return Design(patients, moment, LogRank(alpha), accrual, imaging=imaging)


def three_looks(alpha: float, *, patients: int = 120) -> Design:
    """Return a design with three looks, spending like O'Brien and Fleming."""
    plan = SequentialLogRank(GroupSequential(FRACTIONS, alpha), patients * 3 // 4)
    return Design(patients, plan.looks, plan, Accrual(patients / 24))


CASES = {
    "one look": (fixed(0.10), 0.10, 1),
    "one look, six strata": (fixed(0.10), 0.10, 6),
    "one look, 12-weekly imaging": (fixed(0.10, imaging=Imaging((12.0,))), 0.10, 1),
    "three looks": (three_looks(0.10), 0.10, 1),
    "three looks, six strata": (three_looks(0.10), 0.10, 6),
    "three looks at 0.025": (three_looks(0.025), 0.025, 1),
    "three looks, 450 events": (three_looks(0.10, patients=600), 0.10, 1),
}


def main(trials: int) -> None:
    """Simulate and print."""
    rows = []
    for name, (design, alpha, strata) in CASES.items():
        names, shares = tuple(map(str, range(strata))), np.full(strata, 1 / strata)
        world = Scenario("null", names, shares, CONTROL, CONTROL).world()
        (tally,) = run([Batch(design, world, trials, 11)])
        error, mc_se = tally.share(tally.successes)
        looks = look_table(tally, design)["efficacy_here"].round(4).tolist()
        rows.append(
            {
                "design": name,
                "alpha": alpha,
                "type I error": error,
                "mc_se": mc_se,
                "at each look": looks,
            }
        )
    sys.stdout.write(pd.DataFrame(rows).to_string(index=False) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
