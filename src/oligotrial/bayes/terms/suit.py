"""Terms suited to patients, and what of them a stored fit keeps."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial.bayes.terms.base import Term

if TYPE_CHECKING:
    from oligotrial.bayes.formula import Formula

__all__ = ["restored_terms", "states", "suited_terms", "with_levels"]


def suited_terms(formula: "Formula", frame: pd.DataFrame) -> tuple[Term, ...]:
    """Return a formula's terms with what they take from patients: levels, knots, ranges.

    Parameters
    ----------
    formula : Formula
        The formula.
    frame : pandas.DataFrame
        All patients, all draws of a reconstruction.

    Returns
    -------
    tuple of Term
        Terms that have parameters and data.

    Raises
    ------
    InputError
        If the patients can't tell an effect: no such column, a column that is constant or has
        no value, no patients of the reference level.

    Examples
    --------
    >>> from oligotrial.bayes import Formula
    >>> rows = pd.DataFrame({"time": [1, 2], "event": [1, 1], "sex": ["m", "f"]})
    >>> formula = Formula.parse("Surv(time, event) ~ factor(sex)")
    >>> states(suited_terms(formula, rows))
    (('sex', '{"levels": ["f", "m"]}'),)
    """
    times = np.array([])
    if formula.time in frame and formula.event in frame:
        follow_up = frame[formula.time].to_numpy(dtype=float)
        times = follow_up[frame[formula.event].to_numpy(dtype=float) == 1.0]
    return tuple(term.suited(frame, times) for term in formula.terms)


def states(terms: Iterable[Term]) -> tuple[tuple[str, str], ...]:
    """Return what terms took from patients, to be stored with a fit.

    Parameters
    ----------
    terms : iterable of Term
        Suited terms.

    Returns
    -------
    tuple of (str, str)
        By a term's name its state as JSON; terms that took nothing are left out.
    """
    found = ((term.name, term.state) for term in terms)
    return tuple((name, json.dumps(state)) for name, state in found if state)


def restored_terms(terms: Iterable[Term], stored: Sequence[tuple[str, str]]) -> tuple[Term, ...]:
    """Return terms as they were when their states were stored.

    Parameters
    ----------
    terms : iterable of Term
        The formula's terms.
    stored : sequence of (str, str)
        What `states` returned.

    Returns
    -------
    tuple of Term
        Terms that give the same numbers as those that were stored.
    """
    found = {name: json.loads(state) for name, state in stored}
    return tuple(term.restored(found.get(term.name, {})) for term in terms)


def with_levels(term: Term, frame: pd.DataFrame) -> Term:
    """Return a term that takes its levels from an ordered categorical column.

    Parameters
    ----------
    term : Term
        Any term; one that is no factor is returned as it is.
    frame : pandas.DataFrame
        Patients.

    Returns
    -------
    Term
        With the column's levels where they aren't those that the cohort's schema knows.
    """
    return term.suited(frame, np.array([])) if term.column in frame else term
