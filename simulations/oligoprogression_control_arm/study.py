"""How the control arm's median moves a trial that has to end by a date.

An event-driven trial keeps its power whatever the control arm does and pays in months. A sponsor
rarely waits: here the analysis is made at the events or at a month, whichever is earlier, and
assurance is shown over sample sizes and medians of the control arm, each trial with its own draw
of the posterior and of the effect. Run from the project's folder, after which results are in
results/oligoprogression_control_arm:

    python simulations/oligoprogression_control_arm/study.py
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from rich.console import Console
from scipy.optimize import brentq

from oligotrial.bayes.spec import read_analysis
from oligotrial.hazard import Mixture, Proportional, quantile
from oligotrial.simulate import Scenario
from oligotrial.simulate.sizing import (
    Means,
    Progress,
    TimeLeft,
    compare_designs,
    surface,
)
from oligotrial.simulate.store import Store
from oligotrial.spec import Study, read_study
from oligotrial.study.run import silent
from oligotrial.study.scenarios import Truths, population
from oligotrial.study.stages import Workplace, make_cohort, make_fits
from oligotrial.trial import AtCalendar, Design, Earlier

HERE = Path(__file__).parent
PATIENTS = tuple(range(72, 229, 8))
STEPS = 8
DRAWS = 2_000
END_MONTHS = 30.0

console = Console(stderr=True)


def medians(study: Study) -> list[float]:
    """Return medians of the control arm: from the shortest printed one to the cohort's."""
    printed = [statistic.value for statistic in study.compared.values()]
    return np.geomspace(min(printed), max(printed), STEPS).round(1).tolist()


def at_median(truths: Truths, median: float) -> Scenario:
    """Return drawn truths whose control arm has a median at the posterior's centre."""
    centre = truths.fixed(1.0).control

    def excess(log_ratio: float) -> float:
        moved = Proportional(centre, np.array([[log_ratio]]))
        return (
            float(np.squeeze(quantile(Mixture(moved, truths.strata["share"].to_numpy()), 0.5)))
            - median
        )

    moved_by = brentq(excess, -4.0, 4.0)
    drawn = truths.drawn()
    # The prior of the control arm's shift is taken out: this median stands in its place.
    posterior = Proportional(drawn.control.hazard, truths.study.control_shift[0] + moved_by)
    effect = drawn.experimental.log_ratio
    return replace(drawn, control=posterior, experimental=Proportional(posterior, effect))


def ending(design: Design) -> Design:
    """Return the design with its analysis at the events or the last month, whichever is first."""
    return replace(design, analysis=Earlier((*design.looks, AtCalendar(END_MONTHS))))


def told(progress: Progress) -> None:
    """Show how far the run is."""
    left = f"{progress.seconds_left:.0f} s left"
    console.print(f"{progress.done} of {progress.total} parts, {left}", end="\r")


def draw(table: pd.DataFrame, path: Path) -> None:
    """Draw assurance over patients and the control arm's median."""
    grid = table.pivot_table(index="control_median", columns="patients", values="estimate")
    figure = Figure(figsize=(6.5, 4.2), layout="constrained")
    axes = figure.subplots()
    filled = axes.contourf(grid.columns, grid.index, grid, levels=12, cmap="viridis")
    lines = axes.contour(filled, levels=filled.levels[::2], colors="white", linewidths=0.7)
    axes.clabel(lines, fmt="%.2f", fontsize=8)
    figure.colorbar(filled, label="Assurance")
    axes.set_xlabel("Patients")
    axes.set_ylabel("Control arm: median PFS (months)")
    worst = table["mc_se"].max()
    axes.set_title(
        f"Analysis at the events or at month {END_MONTHS:g}; "
        f"Monte Carlo standard error at most {worst:.3f}",
        fontsize=9,
    )
    figure.savefig(path, dpi=150)


def main() -> None:
    """Fit or find the posterior, simulate the surface, write tables and a figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("results") / HERE.name)
    parser.add_argument("--replicates", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=None)
    options = parser.parse_args()
    study = read_study(HERE)
    analysis = read_analysis(study.model_path)
    place = Workplace(options.out, silent, options.workers)
    cohort = make_cohort(analysis, place)
    fit = next(iter(make_fits(analysis, cohort, place).values())).thinned(DRAWS)
    truths = Truths(study, fit, population(cohort, study))

    worlds = {median: at_median(truths, median).world() for median in medians(study)}
    store = Store(place.store.folder)
    means = Means(store, workers=options.workers, progress=TimeLeft(told))
    design = ending(study.designs[0])
    setting = {"replicates": options.replicates, "seed": study.spec.simulation.seed}
    table = surface(
        design, worlds, values=PATIENTS, truth_name="control_median", means=means, **setting
    )
    sizes = {str(each.patients): ending(each) for each in study.designs}
    middle = list(worlds)[STEPS // 2]
    gains = compare_designs(sizes, worlds[middle], means=means, **setting)
    console.print()

    folder = options.out / "control_arm"
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "surface.csv", index=False)
    gains.assign(control_median=middle).to_csv(folder / "differences.csv", index=False)
    draw(table, folder / "surface.png")
    console.print(f"{cohort.label}")
    console.print(f"Written: {folder}")


if __name__ == "__main__":
    main()
