"""Coverage of the limits of interval-censored survival: simulated cohorts with delayed entry.

    python scripts/interval_limits.py [cohorts]

Prints a table for docs/estimators.md: how often the 95% limits of `turnbull_limits` and
`turnbull_median` hold the truth, with Monte Carlo standard errors, where visits are at set times
and where each patient has times of their own. 300 cohorts each take about 5 minutes on one core.
"""

import sys

import numpy as np
import pandas as pd

from oligotrial.estimators import turnbull_limits, turnbull_median

MEAN, AT = 9.0, 9.0


def cohort(
    generator: np.random.Generator, patients: int, *, spread: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return lower and upper ends and entries: exponential times, a third entering late."""
    late = generator.random(patients) < 0.3
    entry = np.where(late, generator.uniform(0, 4, patients), 0.0)
    time = generator.exponential(MEAN, patients)
    entry, time = entry[time > entry], time[time > entry]
    origin, gap = np.zeros(len(time)), np.full(len(time), 3.0)
    if spread:
        origin, gap = entry, generator.uniform(1.5, 4.5, len(time))
    visit = np.floor((time - origin) / gap)
    lower, upper = np.maximum(origin + visit * gap, entry), origin + (visit + 1) * gap
    left = generator.uniform(6, 24, len(time))
    last = origin + np.floor(np.maximum(left - origin, 0.0) / gap) * gap
    lower = np.minimum(lower, np.maximum(last, entry))
    return lower, np.where(upper > last, np.inf, upper), entry


def coverage(cohorts: int, patients: int, *, spread: bool) -> dict[str, float | str]:
    """Return how often limits hold the truth."""
    generator = np.random.default_rng(7)
    held = np.zeros(2)
    for _ in range(cohorts):
        lower, upper, entry = cohort(generator, patients, spread=spread)
        row = turnbull_limits(lower, upper, at=AT, entry=entry).loc[0]
        median = turnbull_median(lower, upper, entry=entry)
        held[0] += row["lower"] <= np.exp(-AT / MEAN) <= row["upper"]
        held[1] += median.lower <= MEAN * np.log(2.0) <= median.upper
    share = held / cohorts
    error = np.sqrt(share * (1.0 - share) / cohorts)
    return {
        "visits": "spread" if spread else "set",
        "patients": patients,
        "survival": share[0],
        "survival_error": error[0],
        "median": share[1],
        "median_error": error[1],
    }


def main() -> None:
    """Print the table."""
    cohorts = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    rows = [coverage(cohorts, n, spread=spread) for spread in (False, True) for n in (60, 200)]
    sys.stdout.write(pd.DataFrame(rows).round(3).to_string(index=False) + "\n")


if __name__ == "__main__":
    main()
