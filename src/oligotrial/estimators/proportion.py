"""A share of patients with its exact interval."""

from dataclasses import dataclass

from scipy.special import betainccinv, betaincinv

from oligotrial import checks
from oligotrial.checks import InputError

__all__ = ["Proportion", "proportion"]


@dataclass(frozen=True)
class Proportion:
    """A count of patients as a share of all.

    Parameters
    ----------
    count, patients : int
        Patients counted, and all.
    value, lower, upper : float
        The share and its Clopper-Pearson limits.
    """

    count: int
    patients: int
    value: float
    lower: float
    upper: float


def proportion(count: int, patients: int, *, level: float = 0.95) -> Proportion:
    """Return a share of patients with its exact interval.

    Parameters
    ----------
    count, patients : int
        Patients counted, from 0 to all; and all, at least 1.
    level : float, optional
        Confidence level, in (0, 1).

    Returns
    -------
    Proportion
        The share and its limits.

    Raises
    ------
    InputError
        If a number is not whole, there are no patients, or more are counted than there are.

    Notes
    -----
    Clopper and Pearson (1934), Biometrika 26, 404-413, doi:10.1093/biomet/26.4.404, as quantiles of
    beta distributions; R's ``binom.test``. It holds its level for certain, at the price of being
    wide.

    Examples
    --------
    >>> share = proportion(3, 10)
    >>> share.value, round(share.lower, 4), round(share.upper, 4)
    (0.3, 0.0667, 0.6525)
    """
    total = checks.positive_integer(patients, "patients")
    number = int(checks.non_negative(count, "count"))
    if number != count or number > total:
        raise InputError(f"{count} is not a whole number from 0 to {total}", where="count")
    tail = (1.0 - checks.probability(level, "level")) / 2.0
    rest = total - number
    lower = float(betaincinv(number, rest + 1, tail)) if number else 0.0
    upper = float(betainccinv(number + 1, rest, tail)) if rest else 1.0
    return Proportion(number, total, number / total, lower, upper)
