"""The scales on which a reconstruction's chain judges its distances: wide at first, then printed.

A chain that began at the printed rounding would stay where it began. Its scales shrink from
about as far as statistics of arbitrary cohorts lie apart to the final ones, on a log scale, in
`STAGES` stages of as many steps each.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from oligotrial.cohort.chain import Kind
from oligotrial.cohort.target import Target

__all__ = ["COARSE", "FINEST", "NATURAL", "STAGES", "TOO_FAR", "annealing"]

NATURAL: Final[Mapping[Kind, float]] = {
    Kind.CHI_SQUARED: 3.0, Kind.MEAN: 5.0, Kind.MEAN_SE: 2.0, Kind.MEDIAN: 10.0,
    Kind.LOWER: 10.0, Kind.UPPER: 15.0, Kind.RATE: 15.0, Kind.RATE_LOWER: 15.0,
    Kind.RATE_UPPER: 15.0, Kind.EVENTS: 4.0, Kind.EVENTS_BY: 4.0, Kind.AT_RISK: 4.0,
    Kind.FOLLOW_UP: 10.0, Kind.FOLLOW_UP_LOWER: 10.0, Kind.FOLLOW_UP_UPPER: 15.0,
    Kind.LOG_HAZARD_RATIO: 1.0, Kind.LOG_STANDARD_ERROR: 0.5, Kind.CONCORDANCE: 0.1,
    Kind.CONCORDANCE_ERROR: 0.03,
}  # fmt: skip
"""Scales at which a chain begins: about as far as statistics of arbitrary cohorts lie apart."""

COARSE: Final[Mapping[Kind, float]] = {
    Kind.CHI_SQUARED: 0.02, Kind.MEAN: 0.02, Kind.MEAN_SE: 0.02,
    Kind.LOG_HAZARD_RATIO: 0.1, Kind.LOG_STANDARD_ERROR: 0.05, Kind.CONCORDANCE: 0.01,
    Kind.CONCORDANCE_ERROR: 0.003,
}  # fmt: skip
"""Scales in the middle, of statistics printed to more digits than the search can begin with."""

FINEST: Final[Mapping[Kind, float]] = {
    Kind.CHI_SQUARED: 0.0005, Kind.EVENTS: 0.1, Kind.EVENTS_BY: 0.1, Kind.AT_RISK: 0.1,
    Kind.LOG_HAZARD_RATIO: 0.05, Kind.LOG_STANDARD_ERROR: 0.03, Kind.CONCORDANCE: 0.002,
    Kind.CONCORDANCE_ERROR: 0.001,
}  # fmt: skip
"""Smallest final scales.

Twenty numbers of a regression that hang together, printed to four decimals each, and ten tests
that share their patients, can't all be met to the last digit by a search of this length; 5% of a
hazard ratio is far below its error.
"""

TOO_FAR: Final[Mapping[Kind, float]] = {
    Kind.MEAN: 1.0, Kind.MEAN_SE: 0.5, Kind.CHI_SQUARED: 0.5, Kind.MEDIAN: 20.0,
    Kind.LOWER: 20.0, Kind.UPPER: 20.0, Kind.LOG_HAZARD_RATIO: 0.25, Kind.LOG_STANDARD_ERROR: 0.25,
}  # fmt: skip
"""Distances that no draw should be at, whatever else it fits.

`oligotrial.cohort.evaluate` takes five of a statistic's scales where that is more, so that they
shrink with the scales: with these limits from the start a chain is quenched at once, and keeps
far more events than its numbers allow for.
"""

STAGES: Final = 100
"""Steps in which the scales shrink."""

_COARSE_UNTIL: Final = 0.75  # share of the stages after which scales are the middle ones
_FINE_FROM: Final = 0.92  # share of the stages after which they are the final ones

_REGRESSED_FROM: Final = 0.4
"""Share of the stages after which a regression counts: it costs as much as all else, and tells
little while scales are wide.
"""

_COUNTS: Final = (Kind.EVENTS, Kind.EVENTS_BY, Kind.AT_RISK)
_NOT_REACHED: Final = 0.05  # months: final scale of a median that is printed as not reached


def annealing(targets: Sequence[Target]) -> np.ndarray:
    """Return the scales of a chain's statistics, stage by stage.

    Parameters
    ----------
    targets : sequence of Target
        The statistics.

    Returns
    -------
    numpy.ndarray
        Shape (stage, statistic): the last row is that of the target distribution. Infinite
        where a statistic doesn't count yet.
    """
    ends = [_scales(each) for each in targets]
    wide, middle, final = np.log(np.array(ends).reshape(-1, 3)).T
    done = np.linspace(0.0, 1.0, STAGES)[:, np.newaxis]
    share = np.clip((done - _COARSE_UNTIL) / (_FINE_FROM - _COARSE_UNTIL), 0.0, 1.0)
    found = np.where(
        done < _COARSE_UNTIL,
        wide + done / _COARSE_UNTIL * (middle - wide),
        middle + share * (final - middle),
    )
    regressed = [each.kind >= Kind.LOG_HAZARD_RATIO for each in targets]
    found[: int(_REGRESSED_FROM * STAGES), regressed] = np.inf
    return np.asarray(np.exp(found))


def _scales(each: Target) -> tuple[float, float, float]:
    """Return the scales that a statistic begins, goes on and ends with."""
    low, high = each.statistic_interval
    rounding = (high - low) / 3.0 if np.isfinite(high) and high > low else 0.0
    if each.kind in _COUNTS:
        rounding = 0.0
    if np.isinf(each.printed):
        rounding = _NOT_REACHED
    final = max(rounding, FINEST.get(each.kind, 0.0))
    coarse = max(final, COARSE.get(each.kind, 0.0))
    return max(NATURAL[each.kind], coarse), coarse, final
