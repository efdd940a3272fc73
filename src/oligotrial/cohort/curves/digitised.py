"""Digitised curves: survival of one group, or cumulative incidence by cause."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from oligotrial.checks import InputError, non_negative, positive_integer
from oligotrial.cohort.curves.readings import Precision, Readings, RiskTable, monotone

__all__ = ["Digitised", "DigitisedCurve", "DigitisedIncidence", "Record"]

_END_APART = 0.05
"""Share of the longest curve by which the ends of several may differ: further is another axis."""


@dataclass(frozen=True, eq=False)
class Record:
    """What was read, in the one form that reconstruction works on.

    Parameters
    ----------
    causes : tuple of str
        The causes that have a curve.
    readings : tuple of Readings
        Of each cause the incidence, never falling, from 0 at time 0 to the common end.
    risk_table : RiskTable
        From time 0, where all patients are at risk.
    events : tuple of int or None
        Of each cause the printed total.
    others : str or None
        What competing events without a curve are called; None where there are none.
    other_events : int or None
        Their printed total.
    precision : Precision
        How exactly the curves were read.
    source : str
        Where the figure is.
    """

    causes: tuple[str, ...]
    readings: tuple[Readings, ...]
    risk_table: RiskTable
    events: tuple[int | None, ...]
    others: str | None
    other_events: int | None
    precision: Precision
    source: str

    @property
    def end(self) -> float:
        """The time at which the curves end, in months."""
        return float(self.readings[0].time[-1])

    @property
    def patients(self) -> int:
        """Patients at the start."""
        return int(self.risk_table.at_risk[0])

    def __post_init__(self) -> None:
        totals = [each for each in (*self.events, self.other_events) if each is not None]
        if sum(totals) > self.patients:
            raise InputError(
                f"{sum(totals)} events of {self.patients} patients; check the totals",
                where=f"{self.source}, events",
            )


@dataclass(frozen=True, eq=False)
class DigitisedCurve:
    """A survival curve read off a figure, with what is printed beside it.

    Parameters
    ----------
    time : array_like
        Shape (reading,): months, not falling. A vertical drop may be read twice, above and below.
        A reading at time 0 is added where there is none.
    survival : array_like
        Shape (reading,): proportions (not percent), not rising by more than `precision.wiggle`.
        Write 0 where the curve reaches the axis.
    risk_table : RiskTable, optional
        Numbers at risk. Those of 0 after the end of the curve may stay.
    patients : int, optional
        At the start; needed where the risk table doesn't start at 0.
    events : int, optional
        The printed total.
    precision : Precision, optional
        How exactly it was read.
    source : str, optional
        Where the figure is; it stands in every message.

    Raises
    ------
    InputError
        If readings or numbers can't belong to a survival curve, or contradict each other.

    Examples
    --------
    >>> curve = DigitisedCurve([2, 5, 9], [0.9, 0.6, 0.6], patients=10)
    >>> curve.record.readings[0].height.round(3).tolist()
    [0.0, 0.1, 0.4, 0.4]
    """

    time: np.ndarray
    survival: np.ndarray
    risk_table: RiskTable | None = None
    patients: int | None = None
    events: int | None = None
    precision: Precision = field(default_factory=Precision)
    source: str = "digitised curve"

    def __post_init__(self) -> None:
        given = Readings(self.time, self.survival, self.source)
        object.__setattr__(self, "time", given.time)
        object.__setattr__(self, "survival", given.height)
        _ = self.record

    @cached_property
    def record(self) -> Record:
        """The readings and numbers, checked, as reconstruction takes them."""
        flipped = Readings(self.time, 1.0 - self.survival, self.source)
        readings = _from_zero(flipped, self.precision.wiggle)
        events = _total(self.events, f"{self.source}, events")
        return Record(
            ("",),
            (readings,),
            _risk_table(self.risk_table, self.patients, readings.time[-1], self.source),
            (events,),
            None,
            None,
            self.precision,
            self.source,
        )

    @property
    def repairs(self) -> pd.DataFrame:
        """The readings that were moved to make the curve monotone: time, survival, used."""
        used = 1.0 - self.record.readings[0].height[-len(self.time) :]
        table = pd.DataFrame({"time": self.time, "survival": self.survival, "used": used})
        return table[np.abs(table["used"] - table["survival"]) > 1e-9].reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class DigitisedIncidence:
    """Cumulative incidence curves of one figure, with what is printed beside them.

    Parameters
    ----------
    curves : mapping of str to (array_like, array_like)
        By cause: times in months and cumulative incidence. The first cause is the endpoint's own
        event, the others compete with it.
    risk_table : RiskTable, optional
        Numbers free of every event and in follow-up.
    patients : int, optional
        At the start; needed where the risk table doesn't start at 0.
    events : mapping of str to int, optional
        Printed totals by cause, also of `others`.
    others : str, optional
        What competing events are called that have no curve. With one curve it is needed: if nothing
        competes, the curve is 1 minus a survival curve. With several curves it says that these are
        not all causes.
    precision : Precision, optional
        How exactly they were read.
    source : str, optional
        Where the figure is; it stands in every message.

    Raises
    ------
    InputError
        If readings or numbers can't belong to such curves, or contradict each other.

    Examples
    --------
    >>> curves = DigitisedIncidence({"local": ([3, 8], [0.1, 0.3])}, patients=10, others="death")
    >>> curves.record.causes, curves.record.end
    (('local',), 8.0)
    """

    curves: Mapping[str, tuple[np.ndarray, np.ndarray]]
    risk_table: RiskTable | None = None
    patients: int | None = None
    events: Mapping[str, int] = field(default_factory=dict)
    others: str | None = None
    precision: Precision = field(default_factory=Precision)
    source: str = "digitised curve"

    def __post_init__(self) -> None:
        if not self.curves:
            raise InputError("there are no curves; give one a cause", where=self.source)
        if len(self.curves) == 1 and self.others is None:
            raise InputError(
                "one cause's curve says nothing of competing events; name them (others='death'), "
                "or if there are none give DigitisedCurve(time, 1 - incidence)",
                where=self.source,
            )
        if self.others in self.curves:
            raise InputError(f"'{self.others}' has a curve, so it isn't other", where=self.source)
        _ = self.record

    @cached_property
    def record(self) -> Record:
        """The readings and numbers, checked, as reconstruction takes them."""
        raw = [
            _from_zero(Readings(*curve, f"{self.source}, {cause}"), self.precision.wiggle)
            for cause, curve in self.curves.items()
        ]
        readings = _to_one_end(raw)
        self._check_sum(readings)
        causes = tuple(self.curves)
        totals = self._totals()
        return Record(
            causes,
            readings,
            _risk_table(self.risk_table, self.patients, readings[0].time[-1], self.source),
            tuple(totals.get(cause) for cause in causes),
            self.others,
            totals.get(self.others) if self.others else None,
            self.precision,
            self.source,
        )

    def _totals(self) -> dict[str, int]:
        known = [*self.curves, *([self.others] if self.others else [])]
        for cause in self.events:
            if cause not in known:
                raise InputError(
                    f"'{cause}' has no curve; causes are {', '.join(known)}",
                    where=f"{self.source}, events",
                )
        where = f"{self.source}, events"
        return {str(key): _total(each, where) or 0 for key, each in self.events.items()}

    def _check_sum(self, readings: tuple[Readings, ...]) -> None:
        together = sum(each.height[-1] for each in readings)
        if together > 1.0 + len(readings) * self.precision.height:
            raise InputError(
                f"the incidences of all causes add up to {together:.3g}, above 1; check that each "
                "is a cumulative incidence and not 1 minus a Kaplan-Meier curve",
                where=self.source,
            )


Digitised = DigitisedCurve | DigitisedIncidence
"""One group's digitised figure."""


def _total(events: int | None, where: str) -> int | None:
    if events is None:
        return None
    if non_negative(events, where) != int(events):
        raise InputError(f"{events} is not a whole number", where=where)
    return int(events)


def _from_zero(given: Readings, wiggle: float) -> Readings:
    """Return a rising curve, monotone, with 0 at time 0."""
    time, height, where = given.time, given.height, given.where
    if time[0] == 0 and height[0] > max(wiggle, 1e-9):
        raise InputError(
            f"the curve starts {height[0]:.3g} away from where all are event-free at time 0; "
            "correct the first reading",
            where=f"{where}, reading 1",
        )
    if time[-1] <= 0:
        raise InputError("there are no readings after time 0; give some", where=where)
    used = monotone(height, wiggle=wiggle, where=where)
    if time[0] > 0:
        return Readings(np.append(0.0, time), np.append(0.0, used), where)
    used[0] = 0.0
    return Readings(time, used, where)


def _to_one_end(readings: list[Readings]) -> tuple[Readings, ...]:
    ends = [each.time[-1] for each in readings]
    if min(ends) < (1.0 - _END_APART) * max(ends):
        raise InputError(
            f"it ends at {min(ends):g} months, another at {max(ends):g}; read all to the same end",
            where=readings[int(np.argmin(ends))].where,
        )
    return tuple(
        each
        if each.time[-1] == max(ends)
        else Readings(
            np.append(each.time, max(ends)), np.append(each.height, each.height[-1]), each.where
        )
        for each in readings
    )


def _risk_table(
    given: RiskTable | None, patients: int | None, end: float, source: str
) -> RiskTable:
    """Return numbers at risk from time 0 on, or raise if they contradict the rest."""
    if patients is not None:
        positive_integer(patients, f"{source}, patients")
    if given is None or given.time[0] > 0:
        if patients is None:
            raise InputError(
                "the number of patients at the start is needed; give patients= or a risk table "
                "from time 0",
                where=source,
            )
        time = np.append(0.0, given.time if given else [])
        number = np.append(patients, given.at_risk if given else []).astype(np.int64)
        given = RiskTable(time, number, f"{source}, risk table")
    elif patients is not None and patients != given.at_risk[0]:
        raise InputError(
            f"{patients} patients, but {given.at_risk[0]} at risk at the start; they are the same",
            where=source,
        )
    kept = ~((given.at_risk == 0) & (given.time >= end))
    late = kept & (given.time > end)
    if late.any():
        place = np.flatnonzero(late)[0]
        raise InputError(
            f"{given.at_risk[place]} at risk at {given.time[place]:g} months, but the curve ends "
            f"at {end:g}; read it to there, where it is flat too",
            where=f"{source}, risk table",
        )
    gone = kept & (given.at_risk == 0)
    if gone.any():
        raise InputError(
            f"nobody at risk at {given.time[gone][0]:g} months, but the curve goes on to {end:g}; "
            "end it where the last patient is seen",
            where=f"{source}, risk table",
        )
    return RiskTable(given.time[kept], given.at_risk[kept], given.where)
