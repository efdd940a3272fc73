"""Follow-up as the likelihood takes it: last times, events, and what else a cohort has of it."""

import numpy as np
import pandas as pd

from oligotrial.bayes.terms import column
from oligotrial.checks import InputError

__all__ = ["TIMES", "follow_up"]

TIMES = ("time", "entry", "lower")
"""Arrays of `follow_up` that are times, at which a cumulative hazard is needed."""


def follow_up(
    patients: pd.DataFrame, *, time: str, event: str, without_events: bool = False
) -> dict[str, np.ndarray]:
    """Return the arrays of the likelihood that are about follow-up.

    Parameters
    ----------
    patients : pandas.DataFrame
        Rows of a cohort, with the columns entry, time_upper and weight where it has them.
    time, event : str
        Columns of the time, months, and the event, 1 or 0.
    without_events : bool, optional
        Whether patients of whom nobody has the event are taken.

    Returns
    -------
    dict of str to numpy.ndarray
        `time` and `event`; `entry` where anybody came under observation later than 0; `lower` and
        `interval` where anybody's event is between two times (`time` then is the upper one);
        `weight` where any differs from 1, and 1 where it is missing. Each of shape (patients,).

    Raises
    ------
    InputError
        If a time is 0 that can't be, or nobody has the event.
    """
    last = column(patients, time).to_numpy(dtype=float)
    seen = column(patients, event).to_numpy(dtype=float)
    arrays = {"time": last, "event": seen}
    upper = _optional(patients, "time_upper", np.nan)
    between = np.isfinite(upper) & (upper > last)
    if between.any():
        arrays |= {
            "time": np.where(between, upper, last),
            "lower": np.where(between, last, 0.0),
            "interval": between.astype(float),
        }
    entry = _optional(patients, "entry", 0.0)
    if (entry > 0).any():
        arrays["entry"] = entry
    weight = _optional(patients, "weight", 1.0)
    if (weight != 1).any():
        arrays["weight"] = weight
    _refuse_times_of_0(arrays["time"], where=f"column {time}")
    if not without_events and np.sum(seen * weight) == 0:
        raise InputError(
            "nobody has the event; a survival model needs at least one, but for the exponential "
            "baseline without terms, of which it gives an upper bound of the rate",
            where=f"column {event}",
        )
    return arrays


def _optional(patients: pd.DataFrame, name: str, missing: float) -> np.ndarray:
    if name not in patients:
        return np.full(len(patients), missing)
    return patients[name].astype(float).fillna(missing).to_numpy()


def _refuse_times_of_0(time: np.ndarray, *, where: str) -> None:
    early = np.sum(~(time > 0))
    if early:
        raise InputError(
            f"{early} patients have a time of 0; a survival model needs "
            "times above 0 (half a day, 0.016 months, if it happened on the first day)",
            where=where,
        )
