"""Coverage of 95% intervals over simulated cohorts whose truths are drawn from the priors.

A Weibull model with one covariate, 59 patients a cohort, followed as in scripts/sbc_all.py. Over
truths from the prior a right posterior's intervals cover exactly 95% on average.

    nice -n 15 python scripts/coverage.py --cohorts 1000
"""

import argparse
import sys
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from sbc_all import PATIENTS, patients, tell

from oligotrial.bayes import MEDIAN, Fit, RestrictedMean, SurvivalModel, Weibull, draws_of
from oligotrial.bayes.calibrate import Calibration
from oligotrial.cohort import Cohort

MONTHS: Final = 24.0
LEVELS: Final = (0.5, 0.8, 0.95)


def quantities(fit: Fit) -> dict[str, np.ndarray]:
    """Return draws of what intervals are made of."""
    profiles = pd.DataFrame({"x1": [0.0, 1.0]})
    measures = [MEDIAN, RestrictedMean(MONTHS)]
    found = draws_of(fit, profiles, measures).to_numpy().reshape(2, 2, -1)
    return {
        "hazard ratio": np.exp(fit.draws["x1"]).ravel(),
        "median, reference": found[0, 0],
        "median, x = 1": found[0, 1],
        f"restricted mean to {MONTHS:g} months, reference": found[1, 0],
        f"restricted mean to {MONTHS:g} months, x = 1": found[1, 1],
    }


def covered(plan: Calibration, number: int) -> dict[str, list[bool]]:
    """Simulate and fit a cohort; tell which intervals hold the truth."""
    truth, cohort = plan.data_set(number)
    fit, true = plan.fitted(cohort, number), quantities(truth)
    held = {}
    for name, values in quantities(fit).items():
        ends = [np.quantile(values, [(1 - level) / 2, (1 + level) / 2]) for level in LEVELS]
        held[name] = [bool(low <= true[name][0] <= high) for low, high in ends]
    return held


def main() -> int:
    """Print and write a table of coverages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=Path("results/coverage.csv"))
    given = parser.parse_args()
    cohort = Cohort(patients("right"), label="made-up patients", source="scripts/coverage.py")
    plan = Calibration(SurvivalModel("Surv(time, event) ~ x1", Weibull()), cohort, PATIENTS, seed=2)
    found = [covered(plan, number) for number in range(given.cohorts)]
    rows = []
    for name in found[0]:
        shares = np.array([each[name] for each in found]).mean(axis=0)
        errors = np.sqrt(shares * (1.0 - shares) / given.cohorts)
        told = {f"{100 * level:g}%": share for level, share in zip(LEVELS, shares, strict=True)}
        rows.append({"quantity": name, "cohorts": given.cohorts, **told, "mcse of 95%": errors[-1]})
    table = pd.DataFrame(rows)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.out, index=False)
    tell(table.round(4).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
