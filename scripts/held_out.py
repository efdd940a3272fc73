"""Check on patients whose rows are known whether reconstructions cover what wasn't printed.

Draws groups of 59 patients from public data sets (tests/oracles/held_out.csv, made by
tests/oracles/r_held_out.R), publishes a few summaries of each, reconstructs, and compares what
wasn't published with the draws. With 19 draws the true value of a patient group lies between the
smallest and the largest with probability 18/20 = 90% if it is exchangeable with them.

    python scripts/held_out.py --splits 60 --output docs/reconstruction_held_out.csv
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from oligotrial import cohort
from oligotrial.checks import InputError
from oligotrial.cohort.publication import Summary
from oligotrial.cohort.reconstruct import STEPS
from oligotrial.estimators import kaplan_meier, log_rank, restricted_mean
from oligotrial.estimators.cox import cox
from oligotrial.evidence import Evidence
from oligotrial.units import DAYS_PER_MONTH

DATA: Final = Path(__file__).parents[1] / "tests" / "oracles" / "held_out.csv"
PATIENTS: Final = 59
DRAWS: Final = 19
SPACINGS: Final = (3.0, 6.0, 12.0, 24.0, 36.0)

type Values = Mapping[str, float]


@dataclass(frozen=True)
class Setting:
    """A data set's landmarks, months: two that are printed and two that are held out."""

    printed: tuple[int, int]
    held_out: tuple[float, float]
    accrual: float
    ticks: tuple[float, ...]

    @classmethod
    def of(cls, months: pd.Series) -> "Setting":
        """Return landmarks at quantiles of a data set's times, rounded where they are printed."""
        early, between, late, after = months.quantile([0.2, 0.35, 0.5, 0.75])
        first = max(1, round(early))
        longest = float(months.max())
        spacing = min(SPACINGS, key=lambda each: abs(each - longest / 5.0))
        return cls(
            (first, max(first + 1, round(late))), (float(between), float(after)),
            # follow-up is taken to last up to 1.25 periods of accrual
            float(np.ceil(longest / 1.25)),
            tuple(spacing * np.arange(6)),
        )  # fmt: skip


@dataclass(frozen=True)
class Split:
    """Some patients of a data set."""

    data: str
    number: int
    frame: pd.DataFrame
    setting: Setting


def splits(many: int, *, seed: int) -> list[Split]:
    """Draw groups of patients, data sets in turn."""
    rows = pd.read_csv(DATA)
    rows = rows.assign(time=rows["days"] / DAYS_PER_MONTH)
    sets = dict(iter(rows.groupby("data")))
    settings = {name: Setting.of(each["time"]) for name, each in sets.items()}
    generator = np.random.default_rng(seed)
    found = []
    for number in range(many):
        name = list(sets)[number % len(sets)]
        chosen = sets[name].sample(PATIENTS, random_state=generator).reset_index(drop=True)
        frame = chosen[["time", "event", "first", "second"]]
        found.append(Split(str(name), number, frame, settings[name]))
    return found


def _text(setting: Setting) -> list[Summary]:
    """Return what a paper's text tells: one factor tested with medians, one with p alone."""
    return [
        cohort.PrintedMedian(decimals=1),
        cohort.PrintedMean(decimals=1),
        cohort.PrintedRates(setting.printed, decimals=0),
        cohort.PrintedMedian("first", decimals=1),
        cohort.PrintedTest("first", decimals=(2, 3)),
        cohort.PrintedTest("second", chi_squared=False, decimals=(2, 3)),
    ]


def _figure(setting: Setting) -> list[Summary]:
    """Return the same and the table under the figure of the first factor."""
    return [*_text(setting), cohort.PrintedRisk(setting.ticks, by="first")]


def _events(setting: Setting) -> list[Summary]:
    """Return what the text tells and how many patients had the event."""
    return [*_text(setting), cohort.PrintedEvents()]


REPORTING: Final[Mapping[str, Callable[[Setting], list[Summary]]]] = {
    "text": _text,
    "text and numbers at risk": _figure,
    "text and number of events": _events,
}
USUAL: Final = ("text", "text and numbers at risk")


def evidence_of(split: Split, reporting: str) -> Evidence:
    """Publish a group of patients."""
    patients = cohort.Cohort(split.frame, label=split.data, source=f"split {split.number}")
    return cohort.publish(
        patients, REPORTING[reporting](split.setting), accrual_months=split.setting.accrual
    )


def held_out(frame: pd.DataFrame, setting: Setting) -> dict[str, float]:
    """Return what isn't printed."""
    between, after = setting.held_out
    first, second = (frame[name].eq("yes").astype(float) for name in ("first", "second"))
    inside, outside = frame[second == 1], frame[second == 0]
    stratum, rest = _one_step(inside), _one_step(outside)
    return {
        "survival between the printed rates": _survival(frame, between),
        "survival after the printed rates": _survival(frame, after),
        "survival of a tested group": _survival(frame[first == 1], setting.printed[1]),
        "survival of a group with a p-value only": _survival(inside, setting.printed[1]),
        "difference in restricted means": _mean_difference(frame, after),
        "log hazard ratio, tested with medians": _hazard(frame, {"first": first}),
        "log hazard ratio, p-value only": _hazard(frame, {"second": second}),
        "its size, whatever its sign": abs(_hazard(frame, {"second": second})),
        "log hazard ratio, adjusted": _hazard(frame, {"first": first, "second": second}),
        "log hazard ratio in a stratum": stratum,
        "interaction of the log hazard ratios": stratum - rest,
    }


def _survival(frame: pd.DataFrame, at: float) -> float:
    """Return the curve's value, beyond its end its last."""
    curve = kaplan_meier(frame["time"], frame["event"])
    place = int(np.searchsorted(curve.time, at, side="right"))
    return float(curve.survival[place - 1]) if place else 1.0


def _mean_difference(frame: pd.DataFrame, until: float) -> float:
    means = [
        restricted_mean(rows["time"], rows["event"], until=until).value
        for rows in (frame[frame["first"] == "yes"], frame[frame["first"] == "no"])
    ]
    return means[0] - means[1]


def _hazard(frame: pd.DataFrame, codes: Mapping[str, pd.Series]) -> float:
    try:
        fit = cox(frame["time"], frame["event"], pd.DataFrame(codes))
    except InputError:  # no finite estimate
        return float("nan")
    return float(fit.coefficients["log_hazard_ratio"].iloc[0])


def _one_step(frame: pd.DataFrame) -> float:
    """Return Peto's (O - E) / V, finite also where one group of a stratum has no event."""
    if frame["first"].nunique() < 2 or not frame["event"].any():
        return float("nan")
    test = log_rank(frame["time"], frame["event"], group=frame["first"])
    excess = test.observed[1] - test.expected[1]
    return float(test.chi_squared / excess) if excess else 0.0


def naive(evidence: Evidence, setting: Setting, generator: np.random.Generator) -> pd.DataFrame:
    """Draw patients from a Weibull law through two printed numbers, groups at random."""
    shape, scale = _weibull(evidence, setting)
    latent = scale * generator.weibull(shape, evidence.patients)
    followed = generator.uniform(0.0, 1.25 * setting.accrual, evidence.patients)
    groups = {
        name: generator.permutation(
            np.repeat(list(evidence.count(name)), list(evidence.count(name).values()))
        )
        for name in ("first", "second")
    }
    return pd.DataFrame(
        {"time": np.minimum(latent, followed), "event": (latent <= followed) * 1, **groups}
    )


def _weibull(evidence: Evidence, setting: Setting) -> tuple[float, float]:
    """Return shape and scale through the median and the rate furthest from 1/2, or two rates."""
    points = {}
    for months in setting.printed:
        value = next(
            (s.value for s in evidence.statistics if s.key == f"pfs.{months}_months"), None
        )
        if value is not None and 0.0 < value < 100.0:
            points[float(months)] = value / 100.0
    middle = evidence["pfs.median"].value
    if middle is not None:
        points = dict(sorted(points.items(), key=lambda each: -abs(each[1] - 0.5))[:1])
        points[middle] = 0.5
    times = np.array(list(points))
    hazards = -np.log(list(points.values()))
    shape = 1.0
    if len(times) == 2 and times[0] != times[1] and hazards[0] != hazards[1]:
        shape = float(
            np.clip(np.log(hazards[0] / hazards[1]) / np.log(times[0] / times[1]), 0.2, 5)
        )
    return shape, float(times[-1] / hazards[-1] ** (1.0 / shape))


def compare(
    split: Split, source: Split, reporting: str, *, draws: int, steps: int
) -> Iterator[dict[str, object]]:
    """Yield one row a held-out quantity: a split's truth and the draws from a source's summaries.

    Source and split are the same, but where it is tried out whether the summaries matter.
    """
    evidence = evidence_of(source, reporting)
    made = cohort.reconstruct(evidence, draws, seed=split.number, steps=steps)
    generator = np.random.default_rng(split.number)
    ensembles = {
        "": [held_out(frame, split.setting) for frame in made.frames()],
        "naive_": [
            held_out(naive(evidence, source.setting, generator), split.setting)
            for _ in range(draws)
        ],
    }
    for quantity, truth in held_out(split.frame, split.setting).items():
        row: dict[str, object] = {
            "reporting": reporting, "data": split.data, "split": split.number,
            "quantity": quantity, "truth": truth,
        }  # fmt: skip
        for name, each in ensembles.items():
            row.update(_spread(name, np.array([values[quantity] for values in each])))
        yield row


def _spread(name: str, values: np.ndarray) -> Values:
    if np.isnan(values).all():
        return {f"{name}{what}": float("nan") for what in ("mean", "low", "high")}
    return {
        f"{name}mean": float(np.nanmean(values)),
        f"{name}low": float(np.nanmin(values)),
        f"{name}high": float(np.nanmax(values)),
    }


def study(
    groups: Sequence[Split],
    *,
    reporting: Sequence[str] = USUAL,
    draws: int = DRAWS,
    steps: int = STEPS,
    shift: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Compare all splits; with a shift each is told the summaries of another one."""
    rows: list[dict[str, object]] = []
    for number, split in enumerate(groups):
        source = groups[(number + shift) % len(groups)]
        for each in reporting:
            rows += compare(split, source, each, draws=draws, steps=steps)
        if progress:
            progress(number + 1, len(groups))
    return pd.DataFrame(rows)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Return coverage, bias, error and width by reporting and quantity, over and by data sets."""
    lines = []
    for data, part in [("all", rows), *rows.groupby("data")]:
        for (reporting, quantity), each in part.groupby(["reporting", "quantity"], sort=False):
            lines.append(
                {"data": data, "reporting": reporting, "quantity": quantity, **_line(each)}
            )
    return pd.DataFrame(lines)


def _line(rows: pd.DataFrame) -> Values:
    known = rows.dropna()
    many = len(known)
    found: dict[str, float] = {"splits": many}
    for name in ("", "naive_"):
        inside = known["truth"].between(known[f"{name}low"] - 1e-9, known[f"{name}high"] + 1e-9)
        distance = known[f"{name}mean"] - known["truth"]
        coverage = float(inside.mean())
        found |= {
            f"{name}coverage": coverage,
            # Agresti and Coull (1998): two more of each, so that 0% and 100% have an error too
            f"{name}coverage_error": float(
                np.sqrt((p := (inside.sum() + 2.0) / (many + 4.0)) * (1.0 - p) / (many + 4.0))
            ),
            f"{name}bias": float(distance.mean()),
            f"{name}bias_error": float(distance.std(ddof=1) / np.sqrt(many)),
            f"{name}root_mean_square_error": float(np.sqrt((distance**2).mean())),
            f"{name}width": float((known[f"{name}high"] - known[f"{name}low"]).mean()),
        }
    return found


def markdown(table: pd.DataFrame) -> str:
    """Return the part of the table over all data sets as docs/reconstruction.md shows it."""
    lines = []
    for reporting, rows in table[table["data"] == "all"].groupby("reporting", sort=False):
        lines += [
            f"Published: {reporting}.",
            "",
            "| not published | splits | coverage, % | bias | error | width | naive: coverage, % "
            "| error | width |",
            "|---|---|---|---|---|---|---|---|---|",
            *(_printed(row) for _, row in rows.iterrows()),
            "",
        ]
    return "\n".join(lines)


def _printed(row: pd.Series) -> str:
    cells = [
        row["quantity"],
        f"{row['splits']:.0f}",
        f"{100 * row['coverage']:.0f} ± {100 * row['coverage_error']:.0f}",
        f"{row['bias']:.3f} ± {row['bias_error']:.3f}",
        *(f"{row[name]:.3f}" for name in ("root_mean_square_error", "width")),
        f"{100 * row['naive_coverage']:.0f} ± {100 * row['naive_coverage_error']:.0f}",
        *(f"{row[f'naive_{name}']:.3f}" for name in ("root_mean_square_error", "width")),
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Run the study and write its table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--splits", type=int, default=60, help="groups of patients")
    parser.add_argument("--steps", type=int, default=STEPS, help="proposals of each draw's chain")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", help="only the splits of this data set")
    parser.add_argument("--reporting", nargs="+", choices=list(REPORTING), default=list(USUAL))
    parser.add_argument("--output", type=Path, required=True, help="CSV of coverage")
    parser.add_argument("--rows", type=Path, help="CSV of every split, where wanted")
    given = parser.parse_args()
    began = time.monotonic()

    def progress(done: int, many: int) -> None:
        seconds = time.monotonic() - began
        sys.stderr.write(f"{done} of {many} splits, {seconds:.0f} s\n")

    groups = [
        each for each in splits(given.splits, seed=given.seed) if given.data in (None, each.data)
    ]
    rows = study(groups, reporting=given.reporting, steps=given.steps, progress=progress)
    if given.rows:
        rows.to_csv(given.rows, index=False, float_format="%.5g")
    summary(rows).to_csv(given.output, index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
