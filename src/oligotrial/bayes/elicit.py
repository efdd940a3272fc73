"""Priors from quantiles that somebody stated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, stats
from scipy.special import expit, logit

from oligotrial.bayes.families import (
    POSITIVE,
    REAL,
    UNIT,
    Beta,
    Exponential,
    Gamma,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    InverseGamma,
    LogNormal,
    Normal,
    StudentT,
    Support,
    Univariate,
)
from oligotrial.checks import InputError, known_keys, probability

__all__ = ["Elicited", "elicit"]

FAR = 0.05
"""From which misfit on a prior is said not to have the quantiles, as a share of their range."""


@dataclass(frozen=True, eq=False)
class Elicited:
    """A prior found from quantiles, and how well it meets them.

    Parameters
    ----------
    prior : Prior
        The prior.
    table : pandas.DataFrame
        Columns probability, stated and found: the quantiles asked for and the prior's.
    misfit : float
        The largest difference between stated and found, as a share of the stated ones' range;
        for positive quantities and shares on the scale of the log and the logit.
    """

    prior: Univariate
    table: pd.DataFrame
    misfit: float

    @property
    def words(self) -> str:
        """The prior, and in words how far it is from what was stated."""
        words: str = self.prior.words  # type: ignore[attr-defined]
        if self.misfit < 1e-3:
            return f"{words} has the stated quantiles"
        pairs = "; ".join(
            f"{row.probability:.3g}: {row.found:.4g} for {row.stated:.4g}"
            for row in self.table.itertuples()
        )
        how = "is near the stated quantiles" if self.misfit < FAR else "can't have all of these"
        return f"{words} {how} ({pairs})"


def elicit(
    family: type[Any],
    quantiles: Mapping[float, float],
    *,
    fixed: Mapping[str, float] | None = None,
) -> Elicited:
    """Return the prior of a family whose quantiles are nearest to stated ones.

    Least squares of the quantiles, for positive quantities of their logs, for shares of their
    logits. With as many quantiles as the family has numbers they are met exactly where the
    family can.

    Parameters
    ----------
    family : type
        `LogNormal`, `Normal`, `Beta` and so on.
    quantiles : mapping of float to float
        Values by their probabilities: ``{0.025: 3, 0.975: 40}`` says that the quantity is
        between 3 and 40 with 95%.
    fixed : mapping of str to float, optional
        Numbers of the family that aren't to be found, such as ``{"df": 4}``.

    Returns
    -------
    Elicited
        The prior, and its misfit.

    Raises
    ------
    InputError
        If probabilities are not between 0 and 1, values don't increase with them or are outside
        the family's support, there are fewer of them than numbers to be found, or none is found.

    Notes
    -----
    O'Hagan et al. (2006), Uncertain Judgements, chapter 6: fitting a distribution to judgements
    of quantiles, and feeding back what else it implies.

    Examples
    --------
    >>> found = elicit(LogNormal, {0.025: 3, 0.975: 40})
    >>> found.words
    'log-normal(median 10.9545, sd of log 0.660795) has the stated quantiles'
    """
    probabilities, values = _checked(family, quantiles)
    known = dict(fixed or {})
    names = [each.name for each in fields(family)]
    known_keys(known, names, "fixed")
    free = [name for name in names if name not in known]
    if len(free) > len(values):
        raise InputError(
            f"{len(values)} quantiles don't say what {' and '.join(free)} of a {family.__name__} "
            "prior are; give as many quantiles as there are numbers, or fix some of them",
            where="quantiles",
        )
    onto = SCALES[family.support]
    target = onto(values)
    width = float(np.ptp(target)) or 1.0
    signed = [family.support == REAL and name in ("mean", "centre") for name in free]

    def made(numbers: np.ndarray) -> Any:
        with np.errstate(over="ignore"):
            found = np.where(signed, numbers, np.exp(numbers))
        return family(**known, **dict(zip(free, map(float, found), strict=True)))

    def misfit(numbers: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            found = onto(made(numbers).distribution.ppf(probabilities))
        return np.asarray(np.nan_to_num((found - target) / width, nan=1e3, posinf=1e3, neginf=-1e3))

    first = STARTS[family](*_centre_and_spread(probabilities, target))
    start = [
        first[name] if real else np.log(first[name])
        for name, real in zip(free, signed, strict=True)
    ]
    try:
        numbers = optimize.least_squares(misfit, start, xtol=1e-14, ftol=1e-14, gtol=1e-14).x
        prior = made(numbers)
    except InputError:
        raise InputError(
            f"no {family.__name__} prior is near these quantiles; check their unit",
            where="quantiles",
        ) from None
    found = prior.distribution.ppf(probabilities)
    table = pd.DataFrame({"probability": probabilities, "stated": values, "found": found})
    return Elicited(prior, table, float(np.max(np.abs(misfit(numbers)))))


SCALES: Mapping[Support, Callable[[Any], Any]] = {REAL: np.asarray, POSITIVE: np.log, UNIT: logit}
"""The scale on which quantiles are compared."""

STARTS: Mapping[type[Any], Callable[[float, float], dict[str, float]]] = {
    Normal: lambda centre, spread: {"mean": centre, "sd": spread},
    StudentT: lambda centre, spread: {"df": 5.0, "centre": centre, "scale": spread},
    LogNormal: lambda centre, spread: {"median": np.exp(centre), "sd_log": spread},
    HalfNormal: lambda centre, _: {"sd": 1.5 * np.exp(centre)},
    HalfStudentT: lambda centre, _: {"df": 5.0, "scale": 1.4 * np.exp(centre)},
    HalfCauchy: lambda centre, _: {"scale": np.exp(centre)},
    Exponential: lambda centre, _: {"mean": 1.4 * np.exp(centre)},
    Gamma: lambda centre, spread: {"shape": spread**-2, "rate": spread**-2 / np.exp(centre)},
    InverseGamma: lambda centre, spread: {
        "shape": spread**-2,
        "scale": spread**-2 * np.exp(centre),
    },
    Beta: lambda centre, spread: {
        "alpha": spread**-2 / expit(-centre),
        "beta": spread**-2 / expit(centre),
    },
}
"""Where the search starts, from a normal's mean and standard deviation on that scale."""


def _centre_and_spread(probabilities: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    if len(target) == 1:
        return float(target[0]), 1.0
    spread, centre = np.polyfit(stats.norm.ppf(probabilities), target, 1)
    return float(centre), float(spread)


def _checked(family: type[Any], quantiles: Mapping[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities and values in order."""
    if family not in STARTS:
        names = ", ".join(kind.__name__ for kind in STARTS)
        raise InputError(f"quantiles don't make a {family.__name__} prior; give one of {names}")
    if not quantiles:
        raise InputError("there are no quantiles; give some", where="quantiles")
    for each in quantiles:
        probability(each, "quantiles")
    order = sorted(quantiles)
    values = np.array([quantiles[each] for each in order], dtype=float)
    if not (np.all(np.isfinite(values)) and np.all(np.diff(values) > 0)):
        raise InputError(
            f"the values {', '.join(f'{each:g}' for each in values)} don't increase with their "
            "probabilities",
            where="quantiles",
        )
    with np.errstate(all="ignore"):
        inside = np.all(np.isfinite(SCALES[family.support](values)))
    if not inside:
        raise InputError(
            f"{values[0]:g} to {values[-1]:g} are not all inside the support of a "
            f"{family.__name__} prior, '{family.support.name}'",
            where="quantiles",
        )
    return np.array(order), values
