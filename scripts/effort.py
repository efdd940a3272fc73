"""Measure what longer chains buy a reconstruction: numbers reproduced and near, by steps.

python scripts/effort.py marazzi2024 --output FILE
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Final

import pandas as pd

from oligotrial import cohort, evidence
from oligotrial.cohort.reconstruct import STEPS

SHARES: Final = (1 / 16, 1 / 4, 1, 4)
"""Lengths of chains, in the usual ones."""


def effort(source: str, *, draws: int, seed: int) -> pd.DataFrame:
    """Return a row a length: the score of all numbers, and processor seconds a draw."""
    printed = evidence.load(source)
    cohort.reconstruct(printed, draws=1, steps=100)  # loads what is compiled
    rows = []
    for share in SHARES:
        began = time.process_time()
        made = cohort.reconstruct(printed, draws=draws, seed=seed, steps=round(share * STEPS))
        seconds = (time.process_time() - began) / draws
        total = cohort.score(cohort.agreement(made, printed)).iloc[-1]
        rows.append(
            {"steps": round(share * STEPS), "seconds_a_draw": seconds, **total.drop("kind")}
        )
        sys.stderr.write(f"{rows[-1]['steps']} steps: {seconds:.2f} s a draw\n")
    return pd.DataFrame(rows)


def main() -> None:
    """Run the study and write its table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", help="of the library, or a file")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, required=True, help="CSV")
    given = parser.parse_args()
    table = effort(given.source, draws=given.draws, seed=given.seed)
    table.to_csv(given.output, index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
