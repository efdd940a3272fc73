"""Measured variables of a reconstruction: numbers with the printed median, range and spread."""

import re

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort.joint import largest, matched
from oligotrial.cohort.summary import PrintedNumbers, numbers
from oligotrial.cohort.target import printed_interval
from oligotrial.evidence import Evidence, Statistic

__all__ = ["measure", "measured", "ordered"]

_NUMBER = re.compile(r"(?P<name>[a-z][a-z0-9_]*)\.(?P<what>median|mean|sd)")
_TIMES = re.compile(r"(pfs|os|dfs|rfs|efs|ttp|rdt|follow_up|local_control)(_[a-z]+)?")
_BOUNDS = re.compile(r"(?P<less><)?(?P<more>>)?(?P<low>\d+)(-(?P<high>\d+))?")


def measured(evidence: Evidence) -> list[PrintedNumbers]:
    """Return the variables of which a median, a mean or a standard deviation is printed.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    list of PrintedNumbers
        In the source's order; times to events and what is told of one case are none.
    """
    found: dict[str, dict[str, tuple[float, float]]] = {}
    sizes: dict[str, int] = {}
    steps: dict[str, float] = {}
    for each in evidence.statistics:
        match = _NUMBER.fullmatch(each.key)
        if not match or _TIMES.fullmatch(match["name"]) or each.value is None:
            continue
        parts = found.setdefault(match["name"], {})
        parts[match["what"]] = printed_interval(each, 0)
        sizes[match["name"]] = _size(each, evidence)
        if match["what"] == "median" and each.lower is not None and each.upper is not None:
            parts["median"] = (each.value,) * 2
            parts["least"], parts["most"] = (each.lower,) * 2, (each.upper,) * 2
            decimals = 0 if each.whole else max(each.decimals or (0, 0, 0))
            steps[match["name"]] = 10.0**-decimals
    return [
        PrintedNumbers(name, sizes[name], steps[name], parts)
        for name, parts in found.items()
        if "median" in parts and name in steps
    ]


def _size(each: Statistic, evidence: Evidence) -> int:
    if each.n is not None and each.n > evidence.patients:
        raise InputError(
            f"it is of {each.n} patients, and there are {evidence.patients}; correct one of them",
            where=f"{evidence.id}, {each.key}",
        )
    return each.n or evidence.patients


def measure(
    frame: pd.DataFrame, printed: PrintedNumbers, generator: np.random.Generator
) -> np.ndarray:
    """Return numbers of one variable, within the patients' groups of it where there are any.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients, with the variable's groups in NAME_group.
    printed : PrintedNumbers
        What is printed of it.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        Shape (patient,): NaN where it isn't known.
    """
    groups = frame.get(f"{printed.name}_group")
    values = np.full(len(frame), np.nan)
    known = generator.permutation(len(frame))[: printed.size]
    if groups is None:
        values[known] = numbers(printed, generator)
        return values
    bounds = np.array([_range(str(group)) for group in groups])[known]
    known = known[np.argsort(bounds[:, 0], kind="stable")]
    bounds = bounds[np.argsort(bounds[:, 0], kind="stable")]
    values[known] = numbers(printed, generator, bounds=bounds)
    return values


def _range(group: str) -> tuple[float, float]:
    """Return the whole numbers in a group such as "<40", "40-50" or ">70"."""
    found = _BOUNDS.fullmatch(group)
    if not found:
        return -np.inf, np.inf
    low = float(found["low"])
    if found["less"]:
        return -np.inf, low - 1.0
    if found["more"]:
        return low + 1.0, np.inf
    return low, float(found["high"] or low)


def ordered(
    frame: pd.DataFrame, evidence: Evidence, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return numbers of the variables that are in an order, the largest first.

    Parameters
    ----------
    frame : pandas.DataFrame
        Patients.
    evidence : Evidence
        The source, with its orders.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    dict of str to numpy.ndarray
        By variable, shape (patient,): NaN where it isn't known.

    Raises
    ------
    InputError
        If orders go in a circle, or a variable's range isn't printed.
    ImpossibleError
        If the numbers drawn can't be matched in their order.
    """
    above: dict[str, set[str]] = {}
    for order in evidence.orders:
        for k, name in enumerate(order.variables):
            above.setdefault(name, set()).update(order.variables[:k])
    printed = {each.name: each for each in measured(evidence)}
    made: dict[str, np.ndarray] = {}
    while len(made) < len(above):
        ready = [name for name in above if name not in made and above[name] <= set(made)]
        if not ready or ready[0] not in printed:
            names = ", ".join(sorted(set(above) - set(made)))
            raise InputError(
                f"the order of {names} is a circle, or the range of one of them isn't printed; "
                "give NAME.median an interval without a level, or leave them out",
                where=evidence.id,
            )
        name, values = ready[0], np.full(len(frame), np.nan)
        known = generator.permutation(len(frame))[: printed[name].size]
        most = largest(made, sorted(above[name]), len(frame))[known]
        values[known] = matched(numbers(printed[name], generator), most, generator)
        made[name] = values
    return made
