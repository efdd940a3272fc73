"""Simulation-based calibration as a job: data set by data set, kept as they are finished."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from oligotrial.bayes.calibrate import LEVELS, Calibration, Ranked, ranks_table
from oligotrial.bayes.spec import read_analysis
from oligotrial.checks import InputError, positive_integer
from oligotrial.files import replacing
from oligotrial.simulate.store import Store
from oligotrial.study.ledger import digest, toolkit
from oligotrial.study.stages import Workplace, make_cohort

__all__ = ["Calibrated", "calibrate", "calibrate_model"]

type Steps = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


@contextmanager
def silent(title: str) -> Iterator[Callable[[int, int], None]]:  # noqa: ARG001
    """Show nothing: the default for calls from scripts."""
    yield lambda done, total: None  # noqa: ARG005


@dataclass(frozen=True, eq=False)
class Calibrated:
    """What a calibration came to.

    Parameters
    ----------
    name : str
        The model's name.
    table : pandas.DataFrame
        Tests of each quantity's ranks: see `oligotrial.bayes.calibrate.ranks_table`.
    results : tuple of Ranked
        One a data set.
    picture : pathlib.Path
        The ranks, drawn.
    """

    name: str
    table: pd.DataFrame
    results: tuple[Ranked, ...]
    picture: Path

    @property
    def sentence(self) -> str:
        """What was found."""
        wrong = self.table.loc[~self.table["passed"], "quantity"].tolist()
        divergent = sum(each.diverging > 0 for each in self.results)
        told = f"{self.name}: {len(self.results)} data sets, {len(self.table)} quantities: "
        if wrong:
            return (
                f"{told}ranks are not uniform for {', '.join(wrong)}. Where nothing is wrong with "
                "the likelihood, sample longer or with a higher target_accept: "
                f"{divergent} data sets had divergences."
            )
        return f"{told}all ranks are uniform; {divergent} data sets had divergences."


def calibrate(
    path: Path | str,
    *,
    data_sets: int = 200,
    patients: int | None = None,
    seed: int = 1,
    out: Path | None = None,
    steps: Steps = silent,
) -> list[Calibrated]:
    """Calibrate every model of an analysis.

    Finished data sets are kept: a run that was stopped goes on from them, and one with more data
    sets makes only those that are missing.

    Parameters
    ----------
    path : pathlib.Path or str
        A model's folder, or its `model.toml`.
    data_sets : int, optional
        Simulated data sets for each baseline.
    patients : int, optional
        Patients in each, drawn from the cohort's; the cohort's own where it is left out.
    seed : int, optional
        Seed.
    out : pathlib.Path, optional
        Results folder; ``results/NAME`` when left out.
    steps : Steps, optional
        Shows progress.

    Returns
    -------
    list of Calibrated
        One a baseline.

    Raises
    ------
    InputError
        If the model can't be read, doesn't fit its cohort, or can't be calibrated.
    """
    positive_integer(data_sets, "data sets", least=20)
    analysis = read_analysis(Path(path))
    place = Workplace(out or Path("results") / analysis.path.parent.name, steps=steps)
    cohort = make_cohort(analysis, place)
    found = []
    for name, model in analysis.models.items():
        try:
            plan = Calibration(model, cohort, patients, seed=seed)
            found.append(
                calibrate_model(plan, name, data_sets=data_sets, out=place.folder, steps=steps)
            )
        except InputError as error:
            raise error.within(str(analysis.path)) from None
    return found


def calibrate_model(
    plan: Calibration, name: str, *, data_sets: int, out: Path, steps: Steps = silent
) -> Calibrated:
    """Calibrate one model.

    Parameters
    ----------
    plan : Calibration
        The model, its cohort and settings.
    name : str
        What files are called.
    data_sets : int
        Simulated data sets.
    out : pathlib.Path
        Results folder: data sets go to `sbc`, the table and the picture beside it.
    steps : Steps, optional
        Shows progress.

    Returns
    -------
    Calibrated
        Tests and picture.

    Raises
    ------
    InputError
        If a stored result was damaged, or hardly any data set has an event.
    """
    store = Store(out / "sbc" / name / _key(plan))
    results: list[Ranked] = []
    with steps(f"Calibrating {name}") as progress:
        for number in range(data_sets):
            progress(number, data_sets)
            stored = store.read(f"{number:05d}")
            if stored is None:
                stored = plan.ranked(number).arrays()
                store.write(f"{number:05d}", stored)
            results.append(Ranked.of(stored))
        progress(data_sets, data_sets)
    table = ranks_table(results)
    with replacing(out / f"sbc-{name}.csv") as part:
        table.to_csv(part, index=False)
    return Calibrated(name, table, tuple(results), _drawn(plan, name, results, out))


def _key(plan: Calibration) -> str:
    """Return what results depend on, as a folder's name."""
    rows = plan.cohort.patients.to_csv()
    inputs = (rows, plan.cohort.levels, plan.model, plan.patients, plan.settings, plan.seed, LEVELS)
    return digest(toolkit(), *inputs)[:16]


def _drawn(plan: Calibration, name: str, results: list[Ranked], out: Path) -> Path:
    from oligotrial.report.figures.ranks import draw_ranks
    from oligotrial.report.figures.saving import save
    from oligotrial.report.figures.sheet import WIDE, Sheet

    ranks = {each: [one.ranks[each] for one in results] for each in results[0].ranks}
    title = f"Calibration of {name}: ranks of {len(results)} truths, less uniform ones"
    size = plan.patients or plan.cohort.size
    note = (
        f"{plan.model.text}; {plan.model.baseline.label}; {size} patients a data set. "
        "Shaded: where 95% of right quantities stay, at all ranks at once (of 20, one leaves it). "
        f"Covariates and follow-up as in: {plan.cohort.label}."
    )
    figure = draw_ranks(ranks, Sheet(WIDE, title, note), levels=LEVELS)
    return save(figure, out / f"sbc-{name}.png")
