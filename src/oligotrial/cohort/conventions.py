"""By which conventions a source's limits were computed: stated in its file, or told by them."""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from oligotrial.cohort.endpoints import ENDPOINT
from oligotrial.cohort.target import printed_unit
from oligotrial.estimators import LOG, LOG_LOG, PLAIN, Scale
from oligotrial.evidence import Evidence

__all__ = [
    "BAND",
    "EVENTS",
    "NAMED_SCALES",
    "SCALES",
    "limits_at_events",
    "median_scale",
    "rate_scale",
]

SCALES: Final = (PLAIN, LOG, LOG_LOG)
"""Scales that limits are taken on."""

BAND: Final = "band"
EVENTS: Final = "events"
"""What evidence calls limits of medians by R and Stata, and by MedCalc."""

NAMED_SCALES: Final = {each.name: each for each in SCALES}
"""Scales by the name that evidence has for them."""

_RATE: Final = re.compile(rf"{ENDPOINT}\.\d+_(day|week|month|year)s?\b")
_WHOLE: Final = {"percent": 100.0, "probability": 1.0}


def limits_at_events(evidence: Evidence) -> bool:
    """Return whether a source's limits of medians are event times, as MedCalc prints them.

    MedCalc's upper limit is the last event time that isn't refused as the median, so that it
    can equal the median. R's and Stata's is the next event time, or none.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    bool
        As `Evidence.median_limits` states; where it doesn't, True if some upper limit equals its
        median.
    """
    if evidence.median_limits:
        return evidence.median_limits == EVENTS
    return any(
        each.level is not None and each.upper is not None and each.upper == each.value
        for each in evidence.statistics
        if ".median" in each.key
    )


def rate_scale(evidence: Evidence) -> Scale:
    """Return the scale on which a source's limits of rates were computed.

    Software differs: R's default is the log, Stata's and SAS's the log-log, others use the
    rate's own scale.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    Scale
        The stated one. Where none is stated, log-log if every printed rate may lie in the middle
        of its limits on that scale, as far as rounding leaves it open; else whichever of
        `PLAIN`, `LOG` and `LOG_LOG` they are nearest to the middle on, all together. Near
        37% the log-log and the plain scale can't be told apart.
    """
    if evidence.rate_scale:
        return NAMED_SCALES[evidence.rate_scale]
    boxes = [np.array(each) for each in _boxes(evidence)]
    uneven = {each: sum(_uneven(each, box) for box in boxes) for each in (LOG_LOG, LOG, PLAIN)}
    best = min(uneven.values())
    # Of scales that do as well, the one with the values themselves nearest to the middle.
    tied = [each for each in uneven if uneven[each] <= best + 1e-12]
    if LOG_LOG in tied:
        return LOG_LOG
    return min(tied, key=lambda each: sum(_skewness(each, box.mean(axis=1)) for box in boxes))


def median_scale(evidence: Evidence) -> Scale:
    """Return the scale on which a source's limits of medians were computed.

    Parameters
    ----------
    evidence : Evidence
        The source.

    Returns
    -------
    Scale
        The stated one. A median's limits alone don't tell: where none is stated, that of
        the rates, since software has one setting for both; log-log where no rate has limits
        or limits are event times, as MedCalc's are.
    """
    if evidence.median_scale:
        return NAMED_SCALES[evidence.median_scale]
    return LOG_LOG if limits_at_events(evidence) else rate_scale(evidence)


def _boxes(evidence: Evidence) -> Iterator[list[tuple[float, float]]]:
    """Yield which shares print as each rate (in the middle) and its limits."""
    for each in evidence.statistics:
        numbers = (each.lower, each.value, each.upper)
        if not (_RATE.match(each.key) and each.unit in _WHOLE and each.level is not None):
            continue
        if None in numbers:
            continue
        whole = _WHOLE[each.unit]
        low, value, high = (float(number or 0.0) / whole for number in numbers)
        if 0.0 < low < value < high < 1.0:
            steps = [0.5 * printed_unit(each, which) / whole for which in (1, 0, 2)]
            yield [
                (max(middle - step, 1e-6), min(middle + step, 1.0 - 1e-6))
                for middle, step in zip((low, value, high), steps, strict=True)
            ]


def _curve(scale: Scale, share: np.ndarray) -> np.ndarray:
    if scale is PLAIN:
        return share
    return np.log(share) if scale is LOG else -np.log(-np.log(share))


def _skewness(scale: Scale, middle: np.ndarray) -> float:
    low, value, high = _curve(scale, middle)
    return float(abs(low + high - 2.0 * value) / (high - low))


def _uneven(scale: Scale, box: np.ndarray) -> float:
    """Return how far a rate is from its limits' middle beyond rounding, in their distance."""
    (low, value, high) = _curve(scale, box)
    least = low[0] + high[0] - 2.0 * value[1]
    most = low[1] + high[1] - 2.0 * value[0]
    return float(max(least, -most, 0.0) / (high.mean() - low.mean()))
