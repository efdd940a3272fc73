"""Competing causes: a hazard for each, fitted one by one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial.bayes import diagnose, predict
from oligotrial.bayes.competing_incidence import cumulative_incidence, cumulative_incidences
from oligotrial.bayes.fit import Fit
from oligotrial.bayes.model import Sampler, SurvivalModel
from oligotrial.checks import InputError, one_of, probability, suggestion
from oligotrial.files import replacing

if TYPE_CHECKING:
    from oligotrial.cohort import Cohort

__all__ = ["CompetingFit", "CompetingRisks", "cumulative_incidence"]


@dataclass(frozen=True)
class CompetingRisks:
    """A survival model for each cause that ends follow-up.

    Parameters
    ----------
    models : mapping of str to SurvivalModel
        By cause, in the words of the cohort's column `cause`. Each has a baseline, covariates and
        priors of its own.

    Raises
    ------
    InputError
        If there are not at least two causes.

    Notes
    -----
    The likelihood is a product of one factor for each cause-specific hazard, in which events of
    other causes are censored: Prentice et al. (1978), Biometrics 34, 541-554,
    doi:10.2307/2530374, equation 4. With priors that are independent between causes the joint
    posterior is that product too, so that causes are fitted one by one, and a draw of each makes
    a draw of all. No assumption is made, and none can be tested, on what would happen were a
    cause removed.

    Examples
    --------
    >>> failure = SurvivalModel("Surv(time, event) ~ bed(schedule)")
    >>> CompetingRisks({"local failure": failure, "death": SurvivalModel("Surv(time, event) ~ 1")})
    CompetingRisks(causes=('local failure', 'death'))
    """

    models: Mapping[str, SurvivalModel]

    def __post_init__(self) -> None:
        if len(self.models) < 2:
            raise InputError(
                f"{len(self.models)} cause is no competition; give a model for each cause that "
                "ends follow-up",
                where="models",
            )

    def __repr__(self) -> str:
        return f"CompetingRisks(causes={self.causes})"

    @property
    def causes(self) -> tuple[str, ...]:
        """The causes."""
        return tuple(self.models)

    def fit(
        self,
        cohort: "Cohort",
        *,
        settings: Sampler | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> "CompetingFit":
        """Sample the posterior of every cause's hazard.

        Parameters
        ----------
        cohort : Cohort
            Patients, with the column `cause` filled for everybody who isn't censored.
        settings : Sampler, optional
            Chains, iterations, seed.
        progress : callable, optional
            Called with cohort draws fitted, over all causes, and their number in all.

        Returns
        -------
        CompetingFit
            The posteriors.

        Raises
        ------
        InputError
            If a cause is not in the model or has no event (but for an exponential baseline
            without terms, which gives an upper bound of its rate), or an event is between two
            times.
        """
        chosen = settings or Sampler()
        total, fits = cohort.draws * len(self.models), {}
        for number, (cause, model) in enumerate(self.models.items()):
            before = number * cohort.draws
            fits[cause] = model.fit(
                of_cause(cohort, cause, known=self.causes),
                settings=replace(chosen, seed=chosen.seed + number),
                progress=partial(_shifted, progress, before, total) if progress else None,
            )
        return CompetingFit(fits)


def _shifted(
    progress: Callable[[int, int], None], before: int, total: int, done: int, _of: int
) -> None:
    progress(before + done, total)


def of_cause(cohort: "Cohort", cause: str, *, known: Iterable[str]) -> "Cohort":
    """Return a cohort whose event is one cause, all others being censored.

    Parameters
    ----------
    cohort : Cohort
        Patients.
    cause : str
        The cause.
    known : iterable of str
        All causes that are modelled.

    Returns
    -------
    Cohort
        With the column `event` of that cause.

    Raises
    ------
    InputError
        If somebody has a cause that isn't modelled, an event has no cause, or an event is
        between two times.
    """
    rows = cohort.patients
    if "cause" not in rows:
        raise InputError(
            "there is no column 'cause'; say in it what ended each patient's follow-up",
            where=cohort.source,
        )
    causes = rows["cause"]
    unnamed = np.flatnonzero((rows["event"] == 1) & causes.isna())
    if len(unnamed):
        raise InputError(
            f"row {unnamed[0] + 1} has an event without a cause; name it",
            where=f"{cohort.source}, column cause",
        )
    names = list(known)
    other = causes[causes.notna() & ~causes.isin(names)]
    if len(other):
        given = str(other.iloc[0])
        raise InputError(
            f"'{given}' has no model{suggestion(given, names)}; causes are {', '.join(names)}",
            where=f"{cohort.source}, column cause",
        )
    if "time_upper" in rows and np.isfinite(rows["time_upper"].astype(float)).any():
        raise InputError(
            "an event is between two times, of which causes can't be fitted one by one; give "
            "exact times",
            where=f"{cohort.source}, column time_upper",
        )
    found = (causes == cause).fillna(value=False).astype(int)
    kept = rows.assign(event=found).drop(columns=["cause", "time_upper"], errors="ignore")
    return replace(cohort, patients=kept, label=cohort.label + _of(cause))


def _of(cause: str) -> str:
    """Return what a cohort's label is followed by where one cause is its event."""
    return f"; {cause}"


@dataclass(frozen=True, eq=False)
class CompetingFit:
    """The posteriors of cause-specific hazards.

    Parameters
    ----------
    fits : mapping of str to Fit
        By cause. Draws are paired in order, which is a draw of all hazards together.
    """

    fits: Mapping[str, Fit]

    @property
    def label(self) -> str:
        """The cohort in words; a reconstructed one says so."""
        cause, fit = next(iter(self.fits.items()))
        return fit.label.removesuffix(_of(cause))

    def cumulative_incidence(
        self,
        profiles: pd.DataFrame,
        months: Iterable[float],
        *,
        cause: str,
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Return the probability that a cause has ended follow-up by each month.

        Parameters
        ----------
        profiles : pandas.DataFrame
            Covariate rows, with the columns of all causes' formulas.
        months : iterable of float
            Times.
        cause : str
            Which cause.
        level : float, optional
            Probability of the pointwise intervals.

        Returns
        -------
        pandas.DataFrame
            One row a profile and time: profile (row number), time, incidence (posterior mean),
            mcse (its Monte Carlo standard error), lower and upper with lower_mcse and upper_mcse,
            and cohort, the words that say whose it is.

        Raises
        ------
        InputError
            If there is no such cause or column, no time, or one that isn't above 0.
        """
        one_of(cause, tuple(self.fits), "cause")
        tail = (1.0 - probability(level, "level")) / 2.0
        hazards = {name: fit.hazard(profiles) for name, fit in self.fits.items()}
        first = next(iter(self.fits.values()))
        times = [float(month) for month in months]
        rows = []
        for month, values in zip(times, cumulative_incidences(hazards, cause, times), strict=True):
            parts = predict.parts_of(first, values.T)
            lower, upper = np.quantile(values, [tail, 1.0 - tail], axis=0)
            columns = {
                "profile": np.arange(len(profiles)),
                "time": month,
                "incidence": values.mean(axis=0),
                "mcse": diagnose.mcse_mean(parts),
                "lower": lower,
                "lower_mcse": diagnose.mcse_quantile(parts, tail),
                "upper": upper,
                "upper_mcse": diagnose.mcse_quantile(parts, 1.0 - tail),
                "cohort": self.label,
            }
            rows.append(pd.DataFrame(columns))
        table = pd.concat(rows, ignore_index=True)
        return table.sort_values(["profile", "time"], ignore_index=True)

    def save(self, folder: Path) -> None:
        """Store each cause's fit in a file of its own.

        Parameters
        ----------
        folder : pathlib.Path
            Made where there is none. Files are numbered in the order of the causes.
        """
        for number, fit in enumerate(self.fits.values(), start=1):
            fit.save(folder / f"cause_{number}.nc")
        with replacing(folder / "causes.txt") as part:  # last: what is there then is whole
            part.write_text("\n".join(self.fits), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> "CompetingFit":
        """Read what `save` stored.

        Parameters
        ----------
        folder : pathlib.Path
            The folder.

        Returns
        -------
        CompetingFit
            It predicts as the one that was stored.

        Raises
        ------
        InputError
            If there is no such folder, or a file is missing or damaged.
        """
        file = folder / "causes.txt"
        if not file.is_file():
            raise InputError("there are no stored fits of causes here", where=str(folder))
        causes = file.read_text(encoding="utf-8").splitlines()
        return CompetingFit(
            {
                cause: Fit.load(folder / f"cause_{number}.nc")
                for number, cause in enumerate(causes, start=1)
            }
        )
