"""The cumulative incidence of one of several causes, from all of their hazards."""

from collections.abc import Mapping, Sequence

import numpy as np

from oligotrial.checks import InputError
from oligotrial.hazard import Hazard

__all__ = ["cumulative_incidence", "cumulative_incidences"]

PANELS = 300
"""Panels of the integral over time up to the last month asked for."""


def cumulative_incidence(
    hazards: Mapping[str, Hazard], cause: str, month: float, *, panels: int = PANELS
) -> np.ndarray:
    """Return the cumulative incidence of one of several causes.

    ``integral from 0 to t of S(u) h_k(u) du`` with ``S = exp(-sum of all H)``: in each panel of
    time the cause gets the share of the events that its part of the cumulative hazard is, which
    is exact while hazards are proportional to each other.

    Parameters
    ----------
    hazards : mapping of str to Hazard
        By cause.
    cause : str
        Which.
    month : float
        Time, above 0.
    panels : int, optional
        Panels, whose ends grow in proportion to the square of their number.

    Returns
    -------
    numpy.ndarray
        Shaped as the hazards.

    Raises
    ------
    InputError
        If the time isn't above 0.

    Notes
    -----
    Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd edition,
    section 8.2.3. Causes' incidences and the probability of none add up to 1 exactly.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> two = {"failure": Exponential(0.1), "death": Exponential(0.3)}
    >>> bool(np.isclose(cumulative_incidence(two, "failure", 5.0), 0.25 * (1 - np.exp(-2.0))))
    True
    """
    return cumulative_incidences(hazards, cause, (month,), panels=panels)[0]


def cumulative_incidences(
    hazards: Mapping[str, Hazard], cause: str, months: Sequence[float], *, panels: int = PANELS
) -> list[np.ndarray]:
    """Return the cumulative incidence of a cause by several months, from one integral over time.

    Parameters
    ----------
    hazards : mapping of str to Hazard
        By cause.
    cause : str
        Which.
    months : sequence of float
        Times, above 0, in any order.
    panels : int, optional
        Panels up to the last time; the others are ends of further ones.

    Returns
    -------
    list of numpy.ndarray
        One a time, each as `cumulative_incidence` gives it.

    Raises
    ------
    InputError
        If there is no time, or one isn't above 0.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> two = {"failure": Exponential(0.1), "death": Exponential(0.3)}
    >>> [round(float(found), 4) for found in cumulative_incidences(two, "failure", (5.0, 1.0))]
    [0.2162, 0.0824]
    """
    if not months:
        raise InputError("there is no time; give one or more", where="months")
    for month in months:
        if not 0 < month < np.inf:
            raise InputError(f"{month:g} is not a time above 0; give months", where="months")
    found: dict[float, np.ndarray] = {}
    before = {name: np.asarray(0.0) for name in hazards}
    total: np.ndarray = np.asarray(0.0)
    # Whatever else they are, the months asked for are ends of panels.
    for end in np.union1d(max(months) * np.linspace(0.0, 1.0, panels + 1)[1:] ** 2, months):
        after = {name: np.asarray(each.cumulative_hazard(end)) for name, each in hazards.items()}
        steps = {name: after[name] - before[name] for name in hazards}
        all_steps = sum(steps.values(), start=np.asarray(0.0))
        alive = np.exp(-sum(before.values(), start=np.asarray(0.0)))
        happening = all_steps > 0
        share = np.where(happening, steps[cause], 0.0) / np.where(happening, all_steps, 1.0)
        total = total - share * alive * np.expm1(-all_steps)
        before = after
        if end in months:
            found[float(end)] = total
    return [found[float(month)] for month in months]
