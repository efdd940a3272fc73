"""How many patients had an event by given times."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from oligotrial import checks
from oligotrial.estimators.arrays import float_array, survival_arrays
from oligotrial.estimators.kaplan_meier import rate_at
from oligotrial.estimators.proportion import proportion
from oligotrial.estimators.scale import PLAIN, Scale

__all__ = ["landmark"]


def landmark(
    time: ArrayLike,
    event: ArrayLike,
    *,
    at: ArrayLike,
    level: float = 0.95,
    scale: Scale = PLAIN,
) -> pd.DataFrame:
    """Return the shares of patients with the event by landmarks, counted and estimated.

    For example the patients who stopped their systemic therapy within 3 and 6 months.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    at : array_like
        Shape (landmark,): the times, in the unit of `time`.
    level : float, optional
        Confidence level, in (0, 1).
    scale : Scale, optional
        Scale of the estimate's limits: `PLAIN`, `LOG` or `LOG_LOG`, of the proportion still free.

    Returns
    -------
    pandas.DataFrame
        One row a landmark, with columns

        - time, patients, events: the landmark, all patients, and those with the event by it;
        - unknown: patients censored before it, whom the count takes for free of the event;
        - counted, counted_lower, counted_upper: events / patients with its exact interval, as
          papers print it;
        - estimated, estimated_lower, estimated_upper: 1 minus Kaplan-Meier, for which the
          unknown are patients like the others. NaN beyond the largest time observed; limits are
          NaN where every patient had the event.

    Raises
    ------
    InputError
        If an array, a landmark or the level is not valid.

    Notes
    -----
    Where nobody is unknown both are the same share. Where another event, such as death, can come
    first, `cumulative_incidence` gives the estimate.

    Examples
    --------
    >>> table = landmark([1, 2, 4, 7, 9], [1, 0, 1, 1, 0], at=[3, 6])
    >>> table[["time", "events", "unknown", "counted", "estimated"]].round(4)
       time  events  unknown  counted  estimated
    0   3.0       1        1      0.2     0.2000
    1   6.0       2        1      0.4     0.4667
    """
    times, events = survival_arrays(time, event)
    landmarks = float_array(np.atleast_1d(at), "at")
    rows = [_row(times, events, float(when), level, scale) for when in landmarks]
    return pd.DataFrame(rows)


def _row(
    time: np.ndarray, event: np.ndarray, at: float, level: float, scale: Scale
) -> dict[str, float]:
    checks.non_negative(at, "at")
    seen = int(((time <= at) & (event == 1)).sum())
    counted = proportion(seen, len(time), level=level)
    free = rate_at(time, event, at=at, level=level, scale=scale)
    return {
        "time": at,
        "patients": counted.patients,
        "events": counted.count,
        "unknown": int(((time < at) & (event == 0)).sum()),
        "counted": counted.value,
        "counted_lower": counted.lower,
        "counted_upper": counted.upper,
        "estimated": 1.0 - free.value,
        "estimated_lower": 1.0 - free.upper,
        "estimated_upper": 1.0 - free.lower,
    }
