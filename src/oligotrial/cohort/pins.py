"""Patients whom the printed medians need: who had the event at each printed time.

The median of a group and both its limits are times at which somebody of that group had the
event. So each printed time needs patients with the event at it who between them belong to every
group it is printed for. They are pinned: their time stays among those that print as the
printed one, and their event stays. In the first half of a chain each also keeps to values of the
columns that put it into the groups it stands for, shared between as few patients as can: this
leads the search to the printed medians. It would leave cohorts out, those in which a time's groups
have it from more patients than it takes, or in which a number printed to few digits ("8") is
another time than one printed to more (8.57); so it ends there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from oligotrial.cohort.chain import Kind
from oligotrial.cohort.target import Target

__all__ = ["Demand", "PrintedTime", "printed_times"]

_MOST_PATIENTS = 4


@dataclass(frozen=True)
class Demand:
    """Somebody with the event at a time has to be in a group.

    Parameters
    ----------
    column : int
        The column that the group follows from, -1 for the group of all.
    values : tuple of bool
        Which of the column's values put a patient into the group.
    """

    column: int
    values: tuple[bool, ...]


@dataclass(frozen=True)
class PrintedTime:
    """A time that is printed as a median or a limit of one.

    Parameters
    ----------
    first, last : int
        Days that print so.
    demands : tuple of Demand
        The groups that it is printed for.
    others : tuple of Demand, optional
        Groups for which a time to fewer digits is printed that this one may be.
    """

    first: int
    last: int
    demands: tuple[Demand, ...]
    others: tuple[Demand, ...] = ()

    @property
    def patients(self) -> int:
        """The fewest who can meet all demands."""
        columns = {demand.column for demand in self.demands}
        return max((self._fewest(column) for column in columns if column >= 0), default=1)

    def values(self, column: int, size: int, generator: np.random.Generator) -> np.ndarray:
        """Return the values that each pinned patient may have, for one way to share demands.

        Parameters
        ----------
        column : int
            The column.
        size : int
            Number of its values.
        generator : numpy.random.Generator
            Draws which patient stands for which group.

        Returns
        -------
        numpy.ndarray of bool
            Shape (patient, value).
        """
        for asked in ((*self.demands, *self.others), self.demands):
            demands = _about(column, asked)
            ways = [
                allowed
                for share in product(range(self.patients), repeat=len(demands))
                if (allowed := _intersections(demands, share, self.patients, size))
                .any(axis=1)
                .all()
            ]
            if ways:
                return ways[int(generator.integers(len(ways)))]
        return np.ones((self.patients, size), dtype=bool)

    def _fewest(self, column: int) -> int:
        demands = _about(column, self.demands)
        size = len(demands[0].values)
        for patients in range(1, _MOST_PATIENTS):
            for share in product(range(patients), repeat=len(demands)):
                if _intersections(demands, share, patients, size).any(axis=1).all():
                    return patients
        return 1  # contradictory demands: nobody can be held to them


def printed_times(
    months: np.ndarray, targets: Sequence[Target], demand: dict[tuple[str, str], Demand]
) -> list[PrintedTime]:
    """Return the distinct printed times: as few as can stand for all medians and limits.

    Parameters
    ----------
    months : numpy.ndarray
        Shape (day,): the grid of times.
    targets : sequence of Target
        The printed statistics.
    demand : dict
        What each (grouping, level) asks of a patient.

    Returns
    -------
    list of PrintedTime
        A time printed to fewer digits counts as one printed to more that it may be.
    """
    wanted: dict[tuple[float, float], list[Demand]] = {}
    for each in targets:
        if each.kind in (Kind.MEDIAN, Kind.LOWER, Kind.UPPER) and np.isfinite(each.printed):
            where = demand[each.grouping, each.level]
            wanted.setdefault(each.statistic_interval, []).append(where)
    found: list[PrintedTime] = []
    for (low, high), demands in sorted(wanted.items(), key=lambda item: item[0][1] - item[0][0]):
        inside = np.flatnonzero((months >= low) & (months <= high))
        if not len(inside):
            continue
        new = PrintedTime(int(inside[0]), int(inside[-1]), tuple(demands))
        for k, old in enumerate(found):
            if new.first <= old.last and old.first <= new.last:
                if new.first <= old.first and old.last <= new.last:
                    found[k] = replace(old, others=(*old.others, *new.demands))
                break
        else:
            found.append(new)
    return found


def _about(column: int, demands: Sequence[Demand]) -> list[Demand]:
    return list(dict.fromkeys(each for each in demands if each.column == column))


def _intersections(
    demands: Sequence[Demand], share: Sequence[int], patients: int, size: int
) -> np.ndarray:
    allowed = np.ones((patients, size), dtype=bool)
    for demand, patient in zip(demands, share, strict=True):
        allowed[patient] &= np.array(demand.values)
    return allowed
