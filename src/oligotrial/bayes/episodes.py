"""Rows of follow-up cut where an effect changes: within each the hazards are proportional."""

from collections.abc import Mapping, Sequence

import numpy as np

from oligotrial.bayes.effects import Effect, ProportionalHazards
from oligotrial.bayes.formula import Formula
from oligotrial.bayes.modifiers import Background, Modifier
from oligotrial.bayes.terms import TimeVarying
from oligotrial.checks import InputError

__all__ = ["check_terms", "split", "within_name"]


def within_name(term: TimeVarying) -> str:
    """Return the name of the array that says in which interval of a term a row is."""
    return f"{term.name}_within"


def check_terms(formula: Formula, effect: Effect, modifiers: Sequence[Modifier]) -> None:
    """Raise `InputError` if terms and the rest of a model don't make sense together.

    Parameters
    ----------
    formula : Formula
        The terms.
    effect : Effect
        What the linear predictor does.
    modifiers : sequence of Modifier
        What is done outside it.

    Raises
    ------
    InputError
        If an effect varies over time where hazards are not proportional within an interval, or
        there are several strata.
    """
    if len(formula.strata) > 1:
        names = ", ".join(each.column for each in formula.strata)
        raise InputError(
            f"there are strata of {names}; make one column of their combinations",
            where="key formula",
        )
    if not formula.varying:
        return
    name = formula.varying[0].name
    if not isinstance(effect, ProportionalHazards):
        raise InputError(
            f"the effect of {name} varies over time, which is about hazard ratios; use "
            "proportional hazards, or a constant effect",
            where="key effect",
        )
    other = [each for each in modifiers if not isinstance(each, Background)]
    if other:
        raise InputError(
            f"the effect of {name} varies over time, which a model with {other[0].label} can't "
            "have: its patients' hazards aren't proportional within an interval; take one out",
            where="key formula",
        )


def split(
    records: Mapping[str, np.ndarray],
    columns: Mapping[str, np.ndarray],
    varying: Sequence[TimeVarying],
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Cut follow-up where effects change.

    Parameters
    ----------
    records : mapping
        What `records.follow_up` returns, patients on the last axis.
    columns : mapping
        Covariates, patients on the last axis.
    varying : sequence of TimeVarying
        Terms with cut-points.

    Returns
    -------
    tuple of dict of str to numpy.ndarray
        Records and covariates of the pieces in which somebody was under observation; the latter
        say for each term in which of its intervals a piece is.

    Raises
    ------
    InputError
        If an event is known to be between two times only.

    Notes
    -----
    Splitting a record leaves its likelihood unchanged: Therneau and Grambsch (2000), Modeling
    Survival Data, section 3.7.
    """
    if "interval" in records:
        raise InputError(
            f"the effect of {varying[0].name} varies over time and some events are between two "
            "times (time_upper), which can't be combined; use a constant effect",
            where="key formula",
        )
    cuts = np.unique(np.concatenate([each.cuts_months for each in varying]))
    starts, ends = np.array([0.0, *cuts]), np.array([*cuts, np.inf])
    time = records["time"]
    entry = records.get("entry", np.zeros_like(time))
    begun = starts[:, None] < time
    at_start = (starts[:, None] == time) & (records["event"] == 1)  # from a cut on the next holds
    piece, patient = np.nonzero((ends[:, None] > entry) & (begun | at_start))
    last = time[patient] < ends[piece]
    cut = {name: values[..., patient] for name, values in records.items()}
    cut["time"] = np.where(last, time[patient], ends[piece])
    cut["event"] = records["event"][patient] * last
    cut["entry"] = np.maximum(entry[patient], starts[piece])
    found = {name: values[..., patient] for name, values in columns.items()}
    for term in varying:
        interval = np.searchsorted(term.cuts_months, starts[piece], side="right")
        numbers = np.arange(len(term.cuts_months) + 1)
        found[within_name(term)] = (interval == numbers[:, None]).astype(float)
    return cut, found
