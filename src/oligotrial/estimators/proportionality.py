"""Whether the hazards of a Cox regression are proportional: residuals and the test."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import risk_sets
from oligotrial.estimators.chi_squared import ChiSquaredTest, quadratic_test
from oligotrial.estimators.cox_residuals import mean_at_events
from oligotrial.estimators.cox_result import Cox
from oligotrial.estimators.cox_sample import Sample

__all__ = [
    "BY_KAPLAN_MEIER",
    "BY_LOG_TIME",
    "BY_RANK",
    "BY_TIME",
    "Proportionality",
    "TimeScale",
    "proportionality",
    "scaled_schoenfeld_residuals",
    "schoenfeld_residuals",
]


@dataclass(frozen=True)
class TimeScale:
    """A function of time that a log hazard ratio may follow.

    Parameters
    ----------
    name : str
        What R's ``transform`` calls it.
    of : callable
        The function's value at each patient's time, from the sample.
    """

    name: str
    of: Callable[[Sample], np.ndarray] = field(repr=False)


@dataclass(frozen=True)
class Proportionality:
    """Tests of proportional hazards.

    Parameters
    ----------
    tests : pandas.DataFrame
        A row a covariate, and one named `global`; columns `chi_squared`, `df` and `p`.
    scale : TimeScale
        How the log hazard ratios change with time if the hazards aren't proportional.
    """

    tests: pd.DataFrame
    scale: TimeScale


def proportionality(
    fit: Cox,
    *,
    scale: TimeScale | None = None,
    terms: Mapping[str, Sequence[str]] | None = None,
) -> Proportionality:
    """Test whether log hazard ratios change with time.

    Parameters
    ----------
    fit : Cox
        The regression.
    scale : TimeScale, optional
        `BY_KAPLAN_MEIER` (when left out), which spreads the events evenly, `BY_RANK`,
        `BY_TIME` or `BY_LOG_TIME`.
    terms : mapping, optional
        Name of each covariate, with its coefficients, which are tested together; when left
        out, the covariates as they were given, the categories of one together.

    Returns
    -------
    Proportionality
        A test for each term, and of all coefficients at once.

    Raises
    ------
    InputError
        If a term has a coefficient that the regression hasn't or that another term has, the
        logarithm of an event time of 0 is asked for, or the regression has not converged.

    Notes
    -----
    The score test of adding ``covariate * g(time)`` for the term, at the estimates without it:
    Grambsch and Therneau (1994), doi:10.1093/biomet/81.3.515, with the exact information
    instead of its average, as R's ``cox.zph`` does since survival 3.0.

    Examples
    --------
    >>> from oligotrial.estimators.cox import cox
    >>> fit = cox([5, 8, 9, 12, 15, 18], [1, 1, 0, 1, 1, 0], {"dose": [0, 1, 0, 0, 1, 1]})
    >>> list(proportionality(fit).tests.index)
    ['dose', 'global']
    """
    if not fit.converged:
        raise InputError(f"there are no estimates to test at: {'; '.join(fit.warnings)}")
    sample, best = fit.sample, fit.maximum.best
    places = sample.design.of_terms() if terms is None else _places(terms, sample.design.names)
    score, information = _extended(sample, fit, (scale or BY_KAPLAN_MEIER).of(sample))
    every = {**places, "global": list(range(len(best.beta)))}
    tests = {name: _test(score, information, columns) for name, columns in every.items()}
    table = pd.DataFrame.from_dict(
        {name: asdict(test) for name, test in tests.items()}, orient="index"
    )
    return Proportionality(table.rename_axis("term"), scale or BY_KAPLAN_MEIER)


def schoenfeld_residuals(fit: Cox) -> pd.DataFrame:
    """Return what the covariates of those who have the event exceed the mean at risk by.

    Parameters
    ----------
    fit : Cox
        The regression.

    Returns
    -------
    pandas.DataFrame
        A row an event, by stratum and time; columns are coefficients; the index has `stratum`
        and `time`.

    Notes
    -----
    Schoenfeld (1982), doi:10.1093/biomet/69.1.239; R's ``residuals(fit, "schoenfeld")``.
    """
    sample = fit.sample
    events = sample.event == 1
    residuals = (sample.centred - mean_at_events(sample, fit.maximum.best))[events]
    stratum = [sample.strata[number] for number in sample.rows.stratum[events]]
    index = pd.MultiIndex.from_arrays([stratum, sample.time[events]], names=["stratum", "time"])
    return pd.DataFrame(residuals, index=index, columns=list(sample.design.names))


def scaled_schoenfeld_residuals(fit: Cox) -> pd.DataFrame:
    """Return residuals whose mean at a time is about the log hazard ratio at it.

    Parameters
    ----------
    fit : Cox
        The regression.

    Returns
    -------
    pandas.DataFrame
        As `schoenfeld_residuals`.

    Notes
    -----
    Grambsch and Therneau (1994), doi:10.1093/biomet/81.3.515, with the average information;
    R's ``residuals(fit, "scaledsch")``.
    """
    plain = schoenfeld_residuals(fit)
    return (plain @ (fit.events * fit.model_covariance)).set_axis(
        plain.columns, axis=1
    ) + fit.maximum.best.beta


def _extended(sample: Sample, fit: Cox, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return score and information with ``covariate * g(time)`` added for each coefficient."""
    best, events = fit.maximum.best, sample.event == 1
    if not np.isfinite(scale[events]).all():
        raise InputError("an event time of 0 has no logarithm; take another scale", where="scale")
    moved = scale - scale[events].mean()
    excess = (sample.centred - mean_at_events(sample, best))[events]
    score = (sample.weight[events] * moved[events]) @ excess
    blocks = [_information(sample, fit, moved, power) for power in (0, 1, 2)]
    return score, np.block([[blocks[0], blocks[1]], [blocks[1], blocks[2]]])


def _information(sample: Sample, fit: Cox, scale: np.ndarray, power: int) -> np.ndarray:
    best, x = fit.maximum.best, sample.centred
    steps = np.diff(sample.rows.begin)
    of_tie: np.ndarray = scale[np.searchsorted(sample.rows.tie, np.arange(len(steps)))]
    times = np.repeat(of_tie, steps) ** power
    expected = best.relative * sample.at_risk((best.hazard * times)[:, None])[:, 0]
    squares: np.ndarray = (x * (sample.weight * expected)[:, None]).T @ x
    at_mean: np.ndarray = (best.mean * (sample.mass * times)[:, None]).T @ best.mean
    difference: np.ndarray = squares - at_mean
    return difference


def _test(score: np.ndarray, information: np.ndarray, columns: list[int]) -> ChiSquaredTest:
    size = len(score)
    kept = [*range(size), *(size + column for column in columns)]
    extended = np.concatenate([np.zeros(size), score[columns]])
    return quadratic_test(extended, information[np.ix_(kept, kept)], known=size)


def _places(terms: Mapping[str, Sequence[str]], names: tuple[str, ...]) -> dict[str, list[int]]:
    given = [name for columns in terms.values() for name in columns]
    for name in given:
        if name not in names or given.count(name) > 1:
            raise InputError(
                f"'{name}' is not one of the coefficients {', '.join(names)}, or is given twice",
                where="terms",
            )
    return {term: [names.index(name) for name in columns] for term, columns in terms.items()}


def _before(sample: Sample) -> np.ndarray:
    late = sample.entry if np.isfinite(sample.entry).any() else None
    table = risk_sets(sample.time, sample.event, entry=late)
    survival, _ = table.product_limit()
    earlier = np.searchsorted(table.times, sample.time)
    before: np.ndarray = 1.0 - np.concatenate([[1.0], survival])[earlier]
    return before


def _log(sample: Sample) -> np.ndarray:
    with np.errstate(divide="ignore"):
        logarithm: np.ndarray = np.log(sample.time)
    return logarithm


BY_KAPLAN_MEIER: Final = TimeScale("km", _before)
"""One minus the Kaplan-Meier estimate just before the time: R's default."""

BY_RANK: Final = TimeScale("rank", lambda sample: rankdata(sample.time))
"""The rank of the time among all times."""

BY_TIME: Final = TimeScale("identity", lambda sample: sample.time)
"""Time itself."""

BY_LOG_TIME: Final = TimeScale("log", _log)
"""The logarithm of time."""
