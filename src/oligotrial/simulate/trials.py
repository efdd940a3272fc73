"""Trials of a design, look by look: patients made once, cut at each look, analysed, decided.

Worked out a few hundred trials at a time, so that memory doesn't grow with their number.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from oligotrial.simulate.analyses import CompiledAnalyses, Room, compile_analyses
from oligotrial.simulate.analysis import analyse_cut
from oligotrial.simulate.cutting import Cut, cut_trials, event_months, make_cut
from oligotrial.simulate.kernels import Latent, Protocol, Truth, make_latent, recruit
from oligotrial.simulate.random import ACCRUAL, fill_uniforms
from oligotrial.simulate.visits import make_visits
from oligotrial.trial import Design
from oligotrial.trial.monitor import LookSeen, Monitor
from oligotrial.trial.when import Due

__all__ = ["COLUMNS", "Machine", "column_names"]

COLUMNS = ("look", "decision", "month", "events", "enrolled")
"""What a replicate's row starts with: look at which the trial ended, from 1; why: 1 efficacy,
-1 futility, 0 neither; months from the first day of accrual; events analysed, over both arms and
since the start; patients enrolled by then."""

MOST_ORDERS = 1_000
"""Orders of a randomisation block that are listed; longer blocks are shuffled."""

BLOCK_PATIENTS = 48_000
"""Patients that are worked on at a time: 6 MB of arrays, whatever the number of trials."""


def column_names(design: Design) -> list[str]:
    """Return the names of a row's columns.

    Parameters
    ----------
    design : Design
        The design.

    Returns
    -------
    list of str
        `COLUMNS`, then those of the deciding analysis (`statistic`, `estimate`, `std_error` and
        its own), then those of the analyses made besides, ending in _2, _3 and so on.
    """
    names = [*COLUMNS, *design.analyses[0].columns]
    for number, analysis in enumerate(design.analyses[1:], start=2):
        names += [f"{column}_{number}" for column in analysis.columns]
    return names


@dataclass(frozen=True)
class _Calendar:
    """What may trigger looks of a block of trials."""

    latent: Latent
    months: dict[int, np.ndarray]
    never: np.ndarray | float = np.inf

    def event(self, number: int) -> np.ndarray:
        month = self.months[number]
        return np.where(np.isinf(month), self.never, month)

    def enrolled(self, number: int) -> np.ndarray:
        return np.asarray(self.latent.arrival[:, number - 1])

    @property
    def over(self) -> np.ndarray:
        """The month of the last event or leaving, after which nothing more comes."""
        arrival = self.latent.arrival
        ends = arrival + np.minimum(self.latent.seen, self.latent.leaves)
        return np.asarray(np.where(np.isfinite(ends), ends, arrival).max(axis=1))


class Bench(NamedTuple):
    """Where a few hundred trials are worked on: asked for once, used again and again."""

    latent: Latent
    cut: Cut
    room: Room
    monitor: Monitor


@dataclass(frozen=True, eq=False)
class Machine:
    """What makes trials of one design in one world; it holds no results.

    Parameters
    ----------
    design : Design
        What is simulated.
    truth : Truth
        The truth's tables.
    seed : int
        Seed.
    """

    design: Design
    truth: Truth
    seed: int

    @cached_property
    def protocol(self) -> Protocol:
        """The design as the kernel needs it."""
        design = self.design
        words = np.random.SeedSequence(self.seed).generate_state(2, np.uint32)
        return Protocol(
            block_orders(design),
            design.accrual.poisson,
            np.array(design.dropouts, dtype=float),
            make_visits(design.calendars),
            design.off_protocol.numbers if design.off_protocol else np.zeros(4),
            (words[0], words[1]),
        )

    @cached_property
    def compiled(self) -> CompiledAnalyses:
        """The design's analyses as the kernel needs them."""
        return compile_analyses(self.design.analyses)

    @property
    def strata(self) -> int:
        """Number of strata."""
        return int(self.truth.upto.shape[1])

    @property
    def block(self) -> int:
        """Trials that are worked on at a time."""
        return max(1, BLOCK_PATIENTS // self.design.patients)

    def rows(self, first: int, count: int) -> np.ndarray:
        """Simulate replicates, one row each.

        Parameters
        ----------
        first, count : int
            The first replicate's number, and how many.

        Returns
        -------
        numpy.ndarray
            Shape (count, columns), named by `column_names`.
        """
        rows = np.full((count, len(column_names(self.design))), np.nan)
        bench = self.bench(min(count, self.block))
        for start in range(0, count, self.block):
            part = rows[start : start + self.block]
            self.fill(
                part, self.latent(first + start, len(part), bench=bench), first + start, bench
            )
        return rows

    def fill(self, rows: np.ndarray, latent: Latent, first: int, bench: Bench) -> None:
        """Look at trials whose patients are given, until they end.

        Parameters
        ----------
        rows : numpy.ndarray
            Filled, one row a trial; shape (trials, columns), named by `column_names`.
        latent : Latent
            The patients: those of `latent` or, of a larger design that is otherwise alike, as
            many as this one has.
        first : int
            The first replicate's number.
        bench : Bench
            Where, from `bench`.
        """
        going = np.ones(len(rows), dtype=bool)
        bench.monitor.start(len(rows))
        for look, due in enumerate(self.dues(latent)):
            here = np.flatnonzero(going & np.isfinite(due.month))
            if not here.size:
                continue
            cut = self.cut(latent, due, which=here, first=first, bench=bench)
            found = np.empty((here.size, self.compiled.width))
            analyse_cut(found, cut, self.compiled.plan, bench.room)
            month = due.month[here]
            seen = LookSeen(found[:, 0], found[:, 2], cut.events, month, found)
            decision, ends = bench.monitor.decide(look, here, seen)
            ended = here[ends]
            looks = np.full(here.size, look + 1)
            head = np.stack([looks, decision, month, cut.events, cut.size], axis=1)
            rows[ended, : len(COLUMNS)] = head[ends]
            rows[ended, len(COLUMNS) :] = found[ends]
            going[ended] = False

    def bench(self, trials: int) -> Bench:
        """Return room to work on some trials at a time."""
        patients = self.design.patients
        return Bench(
            make_latent(trials, patients),
            make_cut(trials, patients, strata=self.strata),
            self.compiled.room(patients, self.strata),
            self.design.monitor(),
        )

    def latent(self, first: int, count: int, *, bench: Bench | None = None) -> Latent:
        """Make the patients of some replicates.

        Parameters
        ----------
        first, count : int
            The first replicate's number, and how many.
        bench : Bench, optional
            Where; new room when left out.

        Returns
        -------
        Latent
            What no analysis sees.
        """
        latent = (bench or self.bench(count)).latent
        latent = Latent(*(array[:count] for array in latent))
        accrual = self.design.accrual
        uniforms = np.empty((count if accrual.unknowns else 1, accrual.unknowns))
        fill_uniforms(uniforms, first, ACCRUAL, self.protocol.key)
        months, rates = accrual.starts_months, accrual.rates(uniforms)
        lengths = np.r_[np.diff(months), 1.0]
        expected = np.empty((len(rates), months.size + 1))
        expected[:, 0] = 0.0
        np.cumsum(rates * lengths, axis=1, out=expected[:, 1:])
        expected[:, -1] = rates[:, -1]
        recruit(latent, first, self.truth, self.protocol, months, expected)
        return latent

    def dues(self, latent: Latent) -> list[Due]:
        """Return when trials are due for each look.

        Parameters
        ----------
        latent : Latent
            Their patients.

        Returns
        -------
        list of Due
            One a look. A look that isn't due before a later one, or waits for what never comes, is
            not made: its month is infinite. Only the last is made nevertheless, once nothing more
            can come and no other look is left.
        """
        calendar = self._calendar(latent)
        dues = [moment.due(calendar) for moment in self.design.looks]
        dues[-1] = self._last_due(dues, calendar)
        later = np.full(latent.arrival.shape[0], np.inf)
        for look in range(len(dues) - 1, -1, -1):
            month, most = dues[look]
            made = month < later
            later = np.where(made, month, later)
            dues[look] = Due(np.where(made, month, np.inf), most)
        return dues

    def _last_due(self, dues: list[Due], calendar: _Calendar) -> Due:
        """Return when the last look is made, of trials whose events never come too."""
        month, most = dues[-1]
        never = np.isinf(month)
        if not never.any():
            return dues[-1]
        end = self.design.looks[-1].due(replace(calendar, never=calendar.over)).month
        for due in dues[:-1]:  # nobody can tell, before a date, that it won't be needed
            end = np.maximum(end, np.where(np.isfinite(due.month), due.month, 0.0))
        return Due(np.where(never, end, month), most)

    def cut(
        self,
        latent: Latent,
        due: Due,
        *,
        which: np.ndarray,
        first: int,
        bench: Bench | None = None,
    ) -> Cut:
        """Return the data of some trials at a look.

        Parameters
        ----------
        latent : Latent
            Patients of consecutive replicates.
        due : Due
            When each is due.
        which : numpy.ndarray of int64
            Which of them.
        first : int
            Replicate of the first row of `latent`.
        bench : Bench, optional
            Where; new room when left out.

        Returns
        -------
        Cut
            One row for each of `which`.
        """
        whole = (bench or self.bench(which.size)).cut
        arrays = {name: getattr(whole, name)[: which.size] for name in Cut._fields[:-1]}
        cut = Cut(**arrays, strata=whole.strata)
        cut_trials(cut, which, latent, *due, first, self.protocol)
        return cut

    def _calendar(self, latent: Latent) -> _Calendar:
        waited = sorted({n for moment in self.design.looks for n in _events_of(moment)})
        months = np.empty((latent.arrival.shape[0], len(waited)))
        event_months(months, latent.calendar, np.array(waited, np.int64))
        return _Calendar(latent, {n: months[:, place] for place, n in enumerate(waited)})


def block_orders(design: Design) -> np.ndarray:
    """Return all orders of a randomisation block's arms, or one if there are very many.

    Parameters
    ----------
    design : Design
        The design.

    Returns
    -------
    numpy.ndarray of int64
        1 for the experimental arm; shape (orders, patients of a block).

    Examples
    --------
    >>> from oligotrial.trial import Accrual, AtEvents, LogRank
    >>> design = Design(60, AtEvents(40), LogRank(0.10), Accrual(5.0), block_size=2)
    >>> block_orders(design).tolist()
    [[1, 0], [0, 1]]
    """
    size = design.block_size
    treated = size * design.allocation[1] // sum(design.allocation)
    if comb(size, treated) > MOST_ORDERS:
        return np.repeat([[0, 1]], (size - treated, treated), axis=1)
    orders = [np.isin(range(size), ones) for ones in combinations(range(size), treated)]
    return np.array(orders, np.int64)


def _events_of(moment: object) -> list[int]:
    parts = getattr(moment, "moments", None)
    if parts is not None:
        return [number for part in parts for number in _events_of(part)]
    number = getattr(moment, "events", 0)
    return [number] if number else []
