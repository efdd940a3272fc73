"""An analysis checked as a job: its sampler, its forecasts, its priors, and models compared."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from oligotrial.bayes.compare import Compared, compare
from oligotrial.bayes.spec import read_analysis
from oligotrial.files import replacing
from oligotrial.study.stages import Steps, Workplace, make_cohort, make_fits

if TYPE_CHECKING:
    from oligotrial.bayes import Fit
    from oligotrial.bayes.check import Check
    from oligotrial.bayes.predictive import PredictiveCheck

__all__ = ["Checked", "check"]


@dataclass(frozen=True, eq=False)
class Checked:
    """What the checks of an analysis came to.

    Parameters
    ----------
    label : str
        What the cohort is.
    checks : dict of str to Check
        By model, the main one first.
    compared : Compared or None
        The models compared and stacked; nothing when there is but one.
    files : tuple of pathlib.Path
        Tables and pictures.
    """

    label: str
    checks: "dict[str, Check]"
    compared: Compared | None
    files: tuple[Path, ...]

    @property
    def failures(self) -> tuple[str, ...]:
        """What failed, model by model."""
        return tuple(
            f"{name}: {text}" for name, one in self.checks.items() for text in one.failures
        )


def check(
    path: Path | str,
    *,
    out: Path | None = None,
    quick: bool = False,
    by: str | None = None,
    steps: Steps,
) -> Checked:
    """Check every model of an analysis and compare them.

    Posteriors that are stored are used; others are sampled first.

    Parameters
    ----------
    path : pathlib.Path or str
        A model's folder, or its `model.toml`.
    out : pathlib.Path, optional
        Results folder; ``results/NAME`` when left out.
    quick : bool, optional
        A try-out with few draws.
    by : str, optional
        A column whose levels are replicated apart.
    steps : Steps
        Shows progress.

    Returns
    -------
    Checked
        Checks, comparison and files.

    Raises
    ------
    InputError
        If a file is wrong, or a stored result was damaged.
    """
    analysis = read_analysis(Path(path))
    analysis = analysis.quick() if quick else analysis
    name = analysis.path.resolve().parent.name
    place = Workplace(out or Path("results") / (f"{name}-quick" if quick else name), steps)
    cohort = make_cohort(analysis, place)
    fits = make_fits(analysis, cohort, place)
    checks: dict[str, Check] = {}
    with steps("Checking") as progress:
        for number, (name, fit) in enumerate(fits.items()):
            progress(number, len(fits))
            checks[name] = fit.check(cohort, by=by)
        progress(len(fits), len(fits))
    compared = compare(fits, cohort) if len(fits) > 1 else None
    folder = place.folder
    files = [
        path for name, one in checks.items() for path in _stored(name, fits[name], one, folder)
    ]
    if compared is not None:
        files.append(_table(compared.table, folder / "compared.csv"))
    return Checked(cohort.label, checks, compared, tuple(files))


def _stored(name: str, fit: "Fit", checked: "Check", out: Path) -> list[Path]:
    files = [_table(checked.table, out / f"checks-{name}.csv")]
    if checked.sensitivity is not None:
        files.append(_table(checked.sensitivity.table, out / f"sensitivity-{name}.csv"))
    if checked.loo is not None:
        files.append(_table(checked.loo.pointwise, out / f"loo-{name}.csv"))
    if checked.predictive is not None:
        files.append(_table(checked.predictive.statistics, out / f"predictive-{name}.csv"))
        files.append(_picture(name, fit, checked.predictive, out))
    return files


def _table(frame: pd.DataFrame, path: Path) -> Path:
    with replacing(path) as part:
        frame.to_csv(part, index=False)
    return path


def _picture(name: str, fit: "Fit", predictive: "PredictiveCheck", out: Path) -> Path:
    from oligotrial.report import WIDE, Sheet, draw_predictive, save

    title = f"Replicated and observed survival: {name}"
    sheet = Sheet(WIDE, title, f"Fitted to: {fit.label}.")
    return save(draw_predictive(predictive, sheet), out / f"predictive-{name}.png")
