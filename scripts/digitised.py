"""Check on patients whose rows are known whether digitised curves give back what isn't printed.

Draws groups of patients from public data sets (tests/oracles/held_out.csv, made by
tests/oracles/r_held_out.R), reads the Kaplan-Meier curves of two arms with an error, reconstructs
the patients and compares them with the true ones. With 19 draws the truth lies between the smallest
and the largest with probability 18/20 = 90% if it is exchangeable with them.

    python scripts/digitised.py --splits 60 --output docs/curves_coverage.csv
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.cohort import curves
from oligotrial.estimators import kaplan_meier, median, number_at_risk, restricted_mean
from oligotrial.estimators.cox import cox
from oligotrial.units import DAYS_PER_MONTH

DATA: Final = Path(__file__).parents[1] / "tests" / "oracles" / "held_out.csv"
PATIENTS: Final = 100
DRAWS: Final = 19
ERROR: Final = 0.005
"""Standard deviation of a reading, as a proportion: a pixel of 200."""

TICKS: Final = 5
LANDMARKS: Final = (0.3, 0.6)
"""Quantiles of the times at which curves and means are compared."""

ARMS: Final = ("yes", "no")


@dataclass(frozen=True)
class Printed:
    """What stands beside the curves.

    Parameters
    ----------
    risk_table, events : bool
        Whether numbers at risk and the totals of events do.
    """

    risk_table: bool
    events: bool


PRINTED: Final[Mapping[str, Printed]] = {
    "curves, numbers at risk and events": Printed(risk_table=True, events=True),
    "curves and numbers at risk": Printed(risk_table=True, events=False),
    "curves and events": Printed(risk_table=False, events=True),
    "curves alone": Printed(risk_table=False, events=False),
}


@dataclass(frozen=True)
class Split:
    """Some patients of a data set: time, event, arm."""

    data: str
    number: int
    frame: pd.DataFrame


def splits(many: int, *, seed: int) -> list[Split]:
    """Draw groups of patients, data sets in turn."""
    rows = pd.read_csv(DATA)
    rows = rows.assign(time=rows["days"] / DAYS_PER_MONTH, arm=rows["first"])
    sets = dict(iter(rows.groupby("data")))
    generator = np.random.default_rng(seed)
    found = []
    for number in range(many):
        name = list(sets)[number % len(sets)]
        chosen = sets[name].sample(PATIENTS, random_state=generator).reset_index(drop=True)
        found.append(Split(str(name), number, chosen[["time", "event", "arm"]]))
    return found


def digitised(
    rows: pd.DataFrame, printed: Printed, *, error: float, generator: np.random.Generator
) -> curves.DigitisedCurve:
    """Read one arm's curve at the foot of each drop and at its end, with an error."""
    times, event = rows["time"].to_numpy(), rows["event"].to_numpy()
    estimate = kaplan_meier(times, event)
    at = np.unique(np.append(estimate.time[estimate.events > 0], times.max()))
    true = estimate.at(at)
    read = np.where(true > 0.0, true + error * generator.standard_normal(len(at)), 0.0)
    ticks = np.linspace(0.0, times.max(), TICKS, endpoint=False)
    return curves.DigitisedCurve(
        at,
        np.clip(read, 0.0, 1.0),
        curves.RiskTable(ticks, number_at_risk(times, at=ticks)) if printed.risk_table else None,
        patients=len(rows),
        events=int(event.sum()) if printed.events else None,
        precision=curves.Precision(height=error, wiggle=10.0 * error),
    )


def held_out(frame: pd.DataFrame, *, at: float, until: float) -> dict[str, float]:
    """Return what isn't printed."""
    arms = {arm: frame[frame["arm"] == arm] for arm in ARMS}
    means = [restricted_mean(r["time"], r["event"], until=until).value for r in arms.values()]
    own = arms[ARMS[0]]
    fit = cox(frame["time"], frame["event"], {"arm": frame["arm"].eq(ARMS[0]).astype(float)})
    estimate = fit.coefficients.loc["arm"]
    return {
        "log hazard ratio": float(estimate["log_hazard_ratio"]),
        "its standard error": float(estimate["std_error"]),
        "survival of an arm": float(kaplan_meier(own["time"], own["event"]).at(at)),
        "median of an arm": float(median(own["time"], own["event"]).value),
        "difference in restricted means": means[0] - means[1],
        "events of an arm": float(own["event"].sum()),
        "patients of an arm at risk": float((own["time"] >= at).sum()),
    }


def compare(split: Split, name: str, *, draws: int, error: float) -> list[dict[str, object]]:
    """Return one row a held-out quantity: the truth, the draws and Guyot's reconstruction."""
    generator = np.random.default_rng(split.number)
    frame = split.frame
    at, until = frame["time"].quantile(list(LANDMARKS))
    read = {
        arm: digitised(frame[frame["arm"] == arm], PRINTED[name], error=error, generator=generator)
        for arm in ARMS
    }
    made = curves.reconstruct(read, draws, seed=split.number)
    drawn = [held_out(rows, at=at, until=until) for rows in made.cohort.frames()]
    point = held_out(curves.guyot(read).cohort.patients, at=at, until=until)
    rows: list[dict[str, object]] = []
    for quantity, truth in held_out(frame, at=at, until=until).items():
        values = np.array([each[quantity] for each in drawn])
        rows.append(
            {
                "printed": name,
                "data": split.data,
                "split": split.number,
                "quantity": quantity,
                "truth": truth,
                "mean": float(values.mean()),
                "low": float(values.min()),
                "high": float(values.max()),
                "guyot": point[quantity],
            }
        )
    return rows


def study(
    groups: Sequence[Split],
    *,
    draws: int = DRAWS,
    error: float = ERROR,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Compare all splits, with all that can stand beside the curves."""
    rows: list[dict[str, object]] = []
    for number, split in enumerate(groups, start=1):
        for name in PRINTED:
            rows += compare(split, name, draws=draws, error=error)
        if progress:
            progress(number, len(groups))
    return pd.DataFrame(rows)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Return coverage, bias, errors and width by what was printed and quantity."""
    lines = []
    for data, part in [("all", rows), *rows.groupby("data")]:
        for (printed, quantity), each in part.groupby(["printed", "quantity"], sort=False):
            lines.append({"data": data, "printed": printed, "quantity": quantity, **_line(each)})
    return pd.DataFrame(lines)


def _line(rows: pd.DataFrame) -> dict[str, float]:
    known = rows[np.isfinite(rows[["truth", "mean", "low", "high", "guyot"]]).all(axis=1)]
    many = len(known)
    inside = known["truth"].between(known["low"] - 1e-9, known["high"] + 1e-9)
    # Agresti and Coull (1998): two more of each, so that 0% and 100% have an error too
    share = (inside.sum() + 2.0) / (many + 4.0)
    distance = known["mean"] - known["truth"]
    return {
        "splits": many,
        "coverage": float(inside.mean()),
        "coverage_error": float(np.sqrt(share * (1.0 - share) / (many + 4.0))),
        "bias": float(distance.mean()),
        "bias_error": float(distance.std(ddof=1) / np.sqrt(many)),
        "root_mean_square_error": float(np.sqrt((distance**2).mean())),
        "width": float((known["high"] - known["low"]).mean()),
        "guyot_bias": float((known["guyot"] - known["truth"]).mean()),
        "guyot_root_mean_square_error": float(
            np.sqrt(((known["guyot"] - known["truth"]) ** 2).mean())
        ),
    }


def markdown(table: pd.DataFrame) -> str:
    """Return the part of the table over all data sets as docs/curves.md shows it."""
    lines = []
    for printed, rows in table[table["data"] == "all"].groupby("printed", sort=False):
        lines += [
            f"Read and printed: {printed}.",
            "",
            "| not printed | splits | coverage, % | bias | error | width | Guyot: bias | error |",
            "|---|---|---|---|---|---|---|---|",
            *(_shown(row) for _, row in rows.iterrows()),
            "",
        ]
    return "\n".join(lines)


def _shown(row: pd.Series) -> str:
    cells = [
        row["quantity"],
        f"{row['splits']:.0f}",
        f"{100 * row['coverage']:.0f} ± {100 * row['coverage_error']:.0f}",
        f"{row['bias']:.3f} ± {row['bias_error']:.3f}",
        *(
            f"{row[name]:.3f}"
            for name in (
                "root_mean_square_error", "width", "guyot_bias", "guyot_root_mean_square_error",
            )
        ),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Run the study and write its table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--splits", type=int, default=60, help="groups of patients")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--error", type=float, default=ERROR, help="of a reading")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, required=True, help="CSV of coverage")
    parser.add_argument("--rows", type=Path, help="CSV of every split, where wanted")
    given = parser.parse_args()
    began = time.monotonic()

    def progress(done: int, many: int) -> None:
        sys.stderr.write(f"{done} of {many} splits, {time.monotonic() - began:.0f} s\n")

    rows = study(
        splits(given.splits, seed=given.seed), draws=given.draws, error=given.error,
        progress=progress,
    )  # fmt: skip
    if given.rows:
        rows.to_csv(given.rows, index=False, float_format="%.5g")
    table = summary(rows)
    table.to_csv(given.output, index=False, float_format="%.4g")
    sys.stdout.write(markdown(table))


if __name__ == "__main__":
    main()
