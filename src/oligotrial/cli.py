"""The command line: one command for each job, from a fit or a calibration to a whole study."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NoReturn

import typer
from rich.console import Console

from oligotrial.checks import InputError

if TYPE_CHECKING:
    from pandas import DataFrame

    from oligotrial.study import Outcome

__all__ = ["app", "main"]

app = typer.Typer(
    help="Plan a randomised trial from little data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console()
err = Console(stderr=True)

INTERRUPTED: Final = 130
"""What Ctrl-C makes of a program: typer turns the interrupt into this exit code."""

WIDEST: Final = 200
"""Characters in a line of a table, whatever the terminal's width: nothing is cut."""

StudyPath = Annotated[Path, typer.Argument(help="A study's folder, or its trial.toml.")]
ModelPath = Annotated[Path, typer.Argument(help="A model's folder, or its model.toml.")]
Results = Annotated[
    Path | None, typer.Option("--out", help="Results folder.", show_default="results/NAME")
]
Workers = Annotated[int | None, typer.Option(min=1, help="Threads.", show_default="one a core")]
Quick = Annotated[
    bool, typer.Option("--quick", help="Few draws and trials: a try-out, not a result.")
]


@app.command()
def run(
    study: StudyPath, out_folder: Results = None, workers: Workers = None, quick: Quick = False
) -> None:
    """Do the main job: cohort, fit, simulation and report."""
    from oligotrial.study import run as run_study

    _tell(run_study(study, out=out_folder, workers=workers, quick=quick, steps=_step))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the worked example is put.")] = Path(
        "oligotrial-demo"
    ),
    workers: Workers = None,
    quick: Quick = False,
) -> None:
    """Copy the worked example into a folder and run it."""
    from oligotrial.study import copy_worked_example
    from oligotrial.study import run as run_study

    study = copy_worked_example(folder)
    _say(f"The worked example is in {folder}: change it and run it again with")
    _say(f"  oligotrial run {study} --out {folder / 'results'}")
    _tell(run_study(study, out=folder / "results", workers=workers, quick=quick, steps=_step))


@app.command()
def fit(
    model: ModelPath, out_folder: Results = None, workers: Workers = None, quick: Quick = False
) -> None:
    """Fit a model to its cohort; print effects and checks and store the posterior."""
    from oligotrial.study import fit as fit_model

    fitted = fit_model(model, out=out_folder, workers=workers, quick=quick, steps=_step)
    _say(fitted.label)
    _print(fitted.effects, "Effects")
    _print(fitted.checks, "Checks")
    _warn(fitted.failures)
    _say(f"Posterior: {fitted.path}")


@app.command()
def check(
    model: ModelPath,
    out_folder: Results = None,
    by: Annotated[
        str | None, typer.Option(help="A column whose levels are compared apart.")
    ] = None,
    quick: Quick = False,
) -> None:
    """Check an analysis: sampler, replicated survival, cross-validation, priors; compare models.

    Exit code 0: nothing failed. 1: something did, and is said in words.
    """
    from oligotrial.study.checking import check as check_models

    checked = check_models(model, out=out_folder, quick=quick, by=by, steps=_step)
    _say(checked.label)
    for name, each in checked.checks.items():
        _print(each.table, f"Checks: {name}")
        for note in each.notes:
            _say(f"{name}: {note}")
    if checked.compared is not None:
        _print(checked.compared.table, "Models compared by cross-validation")
        _say(checked.compared.words)
    _warn(checked.failures)
    _say(f"Tables and pictures: {checked.files[0].parent}")
    if checked.failures:
        raise typer.Exit(1)


@app.command()
def sbc(
    model: ModelPath,
    data_sets: Annotated[int, typer.Option(min=20, help="Simulated data sets.")] = 200,
    patients: Annotated[
        int | None, typer.Option(min=2, help="Patients in each.", show_default="the cohort's")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed.")] = 1,
    out_folder: Results = None,
) -> None:
    """Calibrate a model by simulation: truths from its priors have to come back.

    Exit code 0: all ranks are uniform. 1: some are not. A run that was stopped goes on.
    """
    from oligotrial.study.calibration import calibrate

    found = calibrate(
        model, data_sets=data_sets, patients=patients, seed=seed, out=out_folder, steps=_step
    )
    for each in found:
        _print(each.table, f"Ranks of the truth: {each.name}")
        _say(each.sentence, style="bold")
        _say(f"Picture: {each.picture}")
    if not all(each.table["passed"].all() for each in found):
        raise typer.Exit(1)


@app.command()
def simulate(
    study: StudyPath, out_folder: Results = None, workers: Workers = None, quick: Quick = False
) -> None:
    """Simulate a study's designs; print and store their operating characteristics."""
    from oligotrial.study import simulate as simulate_study

    simulated = simulate_study(study, out=out_folder, workers=workers, quick=quick, steps=_step)
    columns = ["scenario", "patients", "events", "estimate", "mc_se", "duration_months"]
    _print(simulated.operating[columns], "Probability of success, with Monte Carlo error")
    _warn(simulated.warnings)
    _say(f"All columns: {simulated.path}")


@app.command()
def report(
    study: StudyPath, out_folder: Results = None, workers: Workers = None, quick: Quick = False
) -> None:
    """Write a study's page and tables again, from what is stored as far as it is."""
    from oligotrial.study import run as run_study

    _tell(run_study(study, out=out_folder, workers=workers, quick=quick, steps=_step, rewrite=True))


@app.command()
def bed(
    schedules: Annotated[list[str], typer.Argument(help='For example "50 Gy in 5 fr".')],
    alpha_beta: Annotated[
        list[float] | None, typer.Option(help="Gy; may be given several times.")
    ] = None,
) -> None:
    """Print BED and EQD2 of radiotherapy schedules."""
    from oligotrial.radiobiology import bed_table

    _print(bed_table(schedules, alpha_betas=tuple(alpha_beta or (4.0, 10.0))), "BED and EQD2")


@app.command()
def audit(
    source: Annotated[
        str, typer.Argument(help="A source of the library, or the path of a .toml file.")
    ],
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write every check to this CSV file.")
    ] = None,
) -> None:
    """Check a source's numbers against each other.

    Exit code 0: all numbers agree. 1: there are findings, of whatever severity. 2: the source
    can't be read.
    """
    from oligotrial.evidence import audit as check
    from oligotrial.evidence import audit_sentence, load

    checks = check(load(source))
    findings = checks[checks["severity"] != "consistent"]
    if len(findings):
        _print(findings[["severity", "check", "subject", "printed"]], "Findings")
    for row in findings.itertuples():
        _say(f"{row.severity}: {row.subject} ({row.place}; {row.other_place}): {row.arithmetic}")
    _say(audit_sentence(checks), style="bold")
    if out_file is not None:
        _store(checks, out_file)
        _say(f"All checks: {out_file}")
    if len(findings):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; a user's mistake is one sentence and exit code 2."""
    try:
        app()
    except InputError as error:
        _fail(str(error))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _fail(f"{place}{error.strerror or error}; mend that and run again")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            err.print("stopped; what is finished is kept: the same command goes on from there")
        raise


def _fail(sentence: str) -> NoReturn:
    line = " ".join(f"error: {sentence}".split())
    err.print(line, style="bold red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(2)


@contextmanager
def _step(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar with an estimate of the time left; yield what moves it."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _tell(outcome: "Outcome") -> None:
    if outcome.unchanged:
        _say("Nothing has changed since these results were made; they are used as they are.")
    _warn(outcome.warnings)
    _say(outcome.sentence, style="bold")
    _say(f"Report: {outcome.page}")


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        _say(f"WARNING: {warning}", style="bold red")


def _store(checks: "DataFrame", path: Path) -> None:
    from oligotrial.files import replacing

    with replacing(path) as temporary:
        checks.to_csv(temporary, index=False)


def _say(line: str, style: str = "") -> None:
    """Print a line as it is: brackets are no markup, and a path is never broken in two."""
    out.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def _print(frame: "DataFrame", title: str) -> None:
    """Print a table that is never cut: names of columns have a word a line, cells one line."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name, kind in frame.dtypes.items():
        side: Literal["left", "right"] = "right" if kind.kind in "fiu" else "left"
        table.add_column(str(name).replace("_", "\n"), justify=side, no_wrap=True)
    for row in frame.itertuples(index=False):
        table.add_row(*map(_cell, row))
    Console(width=WIDEST).print(table, markup=False, highlight=False)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
