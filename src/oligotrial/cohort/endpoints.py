"""The endpoints that a source prints, and the times that its keys name."""

import re
from typing import Final

from oligotrial.checks import InputError
from oligotrial.evidence import Evidence
from oligotrial.units import MONTHS_PER

__all__ = ["ENDPOINT", "endpoints", "first_endpoint", "months_of"]

ENDPOINT: Final = r"(?:pfs|os|dfs|rfs|efs|ttp)(?:_[a-z]+)?"
"""What keys of an endpoint begin with, as a pattern."""

_OF_TIMES: Final = re.compile(
    rf"(?P<endpoint>{ENDPOINT})\.(?!hazard_ratio|p\b|c_index|logrank_p)[a-z0-9_]"
)
_SPAN: Final = re.compile(r"(?P<number>\d+)_(?P<unit>day|week|month|year)s?")


def endpoints(evidence: Evidence) -> tuple[str, ...]:
    """Return the endpoints a source prints, the one it prints most of first.

    Parameters
    ----------
    evidence : Evidence
        Endpoints are keys that begin with "pfs", "os", "dfs", "rfs", "efs" or "ttp"; hazard
        ratios, p-values and C-indices alone make none.

    Returns
    -------
    tuple of str
        Where two are printed as often, in the source's order.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> endpoints(evidence.load("marazzi2024"))
    ('pfs_ar', 'os')
    """
    found: dict[str, int] = {}
    for each in evidence.statistics:
        if match := _OF_TIMES.match(each.key):
            found[match["endpoint"]] = found.get(match["endpoint"], 0) + 1
    return tuple(sorted(found, key=lambda name: -found[name]))


def first_endpoint(evidence: Evidence) -> str:
    """Return the endpoint that a source prints most of.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    str
        The first of `endpoints`.

    Raises
    ------
    InputError
        If it prints none.
    """
    found = endpoints(evidence)
    if not found:
        raise InputError(
            "it prints no endpoint; give a key such as pfs.median or os.1_year", where=evidence.id
        )
    return found[0]


def months_of(name: str) -> float | None:
    """Return the months that a part of a key such as "6_months" names, or None.

    Parameters
    ----------
    name : str
        Part of a key.

    Returns
    -------
    float or None
        None where it names no time.

    Examples
    --------
    >>> months_of("2_years"), months_of("median")
    (24.0, None)
    """
    found = _SPAN.fullmatch(name)
    return float(found["number"]) * MONTHS_PER[f"{found['unit']}s"] if found else None
