"""Analyses of one trial from Python, by the code that simulations run."""

import numpy as np
from numpy.typing import ArrayLike

from oligotrial.checks import InputError
from oligotrial.estimators.arrays import float_array, numbered, survival_arrays
from oligotrial.simulate.analyses.compiled import compile_analyses
from oligotrial.simulate.analyses.kernels import analyse
from oligotrial.trial.decide import Analysis

__all__ = ["analyse_trial"]


def analyse_trial(
    analysis: Analysis,
    time: ArrayLike,
    *,
    event: ArrayLike,
    arm: ArrayLike,
    stratum: ArrayLike | None = None,
    lower: ArrayLike | None = None,
) -> dict[str, float]:
    """Analyse one trial's data.

    Parameters
    ----------
    analysis : Analysis
        What is computed.
    time, event : array_like
        Shape (patient,): follow-up in months, and 1 for an event or 0 for censored.
    arm : array_like
        Shape (patient,): 1 for the experimental arm, 0 for control.
    stratum : array_like, optional
        Shape (patient,): one stratum when left out.
    lower : array_like, optional
        Shape (patient,): the last time without an event for certain; `time` when left out. Only
        the interval-censored test reads it.

    Returns
    -------
    dict
        The analysis' `columns`.

    Raises
    ------
    InputError
        If a row is impossible.

    Examples
    --------
    >>> from oligotrial.trial.decide import LogRank
    >>> found = analyse_trial(LogRank(0.1), [1, 2, 3, 4], event=[1, 1, 1, 0], arm=[0, 0, 1, 1])
    >>> round(found["statistic"], 4)
    1.6977
    """
    times, events = survival_arrays(time, event)
    arms = _arms(arm, times.size)
    names, strata = ["all"], np.zeros(times.size, np.int64)
    if stratum is not None:
        names, strata = numbered(stratum, times.size, "stratum")  # type: ignore[assignment]
    lowest = times if lower is None else _lowest(lower, times)
    compiled = compile_analyses([analysis])
    row = np.empty(compiled.width)
    order = np.argsort(times, kind="stable")
    analyse(
        row,
        order,
        times.size,
        times,
        lowest,
        events.astype(np.int64),
        arms,
        strata.astype(np.int64),
        len(names),
        compiled.plan,
        compiled.room(times.size, len(names)),
        0,
        1,
    )
    return dict(zip(analysis.columns, row.tolist(), strict=True))


def _arms(arm: ArrayLike, patients: int) -> np.ndarray:
    arms = float_array(arm, "arm")
    if arms.size != patients:
        raise InputError(f"{arms.size} values for {patients} times; give one a time", where="arm")
    good = (arms == 0) | (arms == 1)
    if not good.all():
        row = int(np.argmin(good))
        raise InputError(
            f"{arms[row]:g} is not 1 for the experimental arm or 0 for control",
            where=f"arm, row {row + 1}",
        )
    return arms.astype(np.int64)


def _lowest(lower: ArrayLike, times: np.ndarray) -> np.ndarray:
    lowest = float_array(lower, "lower")
    if lowest.size != times.size:
        raise InputError(
            f"{lowest.size} values for {times.size} times; give one a time", where="lower"
        )
    good = (lowest >= 0) & (lowest <= times)
    if not good.all():
        row = int(np.argmin(good))
        raise InputError(
            f"{lowest[row]:g} is not between 0 and the time {times[row]:g}",
            where=f"lower, row {row + 1}",
        )
    return lowest
