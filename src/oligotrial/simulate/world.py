"""Cumulative hazards as tables, the form in which the compiled simulator reads a truth."""

import operator
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np

from oligotrial.checks import InputError
from oligotrial.hazard import Hazard, taken
from oligotrial.simulate.kernels import Truth

__all__ = ["World", "tabulate"]

SHORTEST, LONGEST = np.log(1e-3), np.log(1e5)
"""Log months between which hazards are looked at; outside they follow a power of time."""

LOWEST, HIGHEST = np.log(1e-6), np.log(40.0)
"""Log cumulative hazards between which they are inverted; outside, the last step is continued."""

ACCURACY = 2e-4
"""Largest error of a tabulated survival probability that is let through, as an average over
draws of each one's worst: half the Monte Carlo error of a million trials."""

LOOKED_AT = 128
"""Months at which each draw of a hazard is looked at for whether it is one."""

ROUNDING = 1e-6
"""Relative fall of a cumulative hazard that is taken for rounding."""

BLOCK = 250
"""Draws that are tabulated, or looked at for their error, at a time."""


@dataclass(frozen=True, eq=False)
class World:
    """A truth as the kernel reads it.

    Parameters
    ----------
    truth : Truth
        The tables.
    error : float
        Error of survival between the tables' nodes, as measured: each draw's largest, averaged.
    """

    truth: Truth
    error: float

    @property
    def draws(self) -> int:
        """Number of truths."""
        return int(self.truth.upto.shape[0])

    @property
    def log_hazard_ratios(self) -> np.ndarray:
        """Log hazard ratio of each draw, shape (draws,); not a number where arms have no one."""
        same = self.truth.table_of[:, 0] == self.truth.table_of[:, 1]
        each = self.truth.log_ratio[:, 1] - self.truth.log_ratio[:, 0]
        one = same.all(axis=1) & (np.ptp(each, axis=1) < 1e-9)
        return np.where(one, each[:, 0], np.nan)

    @property
    def bytes(self) -> int:
        """Memory that the tables take."""
        return sum(array.nbytes for array in self.truth)

    @cached_property
    def digest(self) -> str:
        """Hash of all that the simulator reads."""
        hashed = sha256()
        for array in self.truth:
            hashed.update(str((array.shape, array.dtype.str)).encode())
            hashed.update(np.ascontiguousarray(array).tobytes())
        return hashed.hexdigest()

    def survival(self, months: np.ndarray, *, draw: int) -> np.ndarray:
        """Return survival of each arm and stratum under one draw.

        Parameters
        ----------
        months : numpy.ndarray
            Increasing times; shape (times,).
        draw : int
            Which truth.

        Returns
        -------
        numpy.ndarray
            Shape (2, strata, times).
        """
        first, step = self.truth.grid
        values = first + step * np.arange(self.truth.log_times.shape[1])
        curves = np.empty((2, self.truth.upto.shape[1], months.size))
        with np.errstate(divide="ignore"):
            log_months = np.log(months)
        for arm, stratum in np.ndindex(curves.shape[:2]):
            table = self.truth.table_of[draw, arm, stratum]
            log_times, plateau = self.truth.log_times[table], self.truth.plateau[table]
            log_hazard = np.interp(log_months, log_times, values, left=-np.inf)
            base = plateau + (1 - plateau) * np.exp(-np.exp(log_hazard))
            curves[arm, stratum] = base ** np.exp(self.truth.log_ratio[draw, arm, stratum])
        return curves

    def thinned(self, draws: int) -> "World":
        """Return the world with fewer draws, evenly spread over those there are.

        Parameters
        ----------
        draws : int
            Draws to keep at most.

        Returns
        -------
        World
            This one when it has no more draws than asked for.
        """
        if draws >= self.draws:
            return self
        kept = _spread(self.draws, draws)
        tables, table_of = np.unique(self.truth.table_of[kept], return_inverse=True)
        truth = self.truth._replace(
            log_times=self.truth.log_times[tables],
            plateau=self.truth.plateau[tables],
            table_of=table_of.reshape(self.truth.table_of[kept].shape),
            log_ratio=self.truth.log_ratio[kept],
            upto=self.truth.upto[kept],
        )
        return World(truth, self.error)


def tabulate(
    bases: Sequence[Hazard], which: Sequence[int], log_ratios: Sequence[Any], shares: np.ndarray
) -> World:
    """Tabulate hazards on nodes dense enough for `ACCURACY`.

    Parameters
    ----------
    bases : sequence of Hazard
        Distinct hazards before proportional effects.
    which : sequence of int
        For control and experimental arm, which base they follow.
    log_ratios : sequence of array
        For each arm, the log of the hazard ratio; broadcasts to (draws, strata).
    shares : numpy.ndarray
        Shares of the strata, shape (strata,) or (draws, strata).

    Returns
    -------
    World
        The tables.

    Raises
    ------
    InputError
        If a hazard is too rough for tables, or is not finite.
    """
    for log_ratio in log_ratios:
        if not np.isfinite(log_ratio).all():
            raise InputError(
                f"{np.count_nonzero(~np.isfinite(log_ratio)):,} of {np.size(log_ratio):,} log "
                "hazard ratios of this scenario are not finite; give numbers, 0 for no effect"
            )
    tables, plateaus, grid, error = _remembered(bases)
    draws, strata = np.broadcast_shapes(
        *(plateau.shape for plateau in plateaus), *map(np.shape, log_ratios), (1, shares.shape[-1])
    )
    starts = np.cumsum([0, *(plateau.size for plateau in plateaus)])
    table_of = np.empty((draws, 2, strata), dtype=np.int64)
    log_ratio = np.empty((draws, 2, strata))
    for arm, base in enumerate(which):
        own = plateaus[base].shape
        numbers = starts[base] + np.arange(plateaus[base].size).reshape(own)
        table_of[:, arm] = np.broadcast_to(numbers, (draws, strata))
        log_ratio[:, arm] = np.broadcast_to(log_ratios[arm], (draws, strata))
    truth = Truth(
        grid,
        np.concatenate([table.reshape(-1, table.shape[-1]) for table in tables]),
        np.concatenate([plateau.ravel() for plateau in plateaus]),
        table_of,
        log_ratio,
        np.broadcast_to(np.cumsum(shares, axis=-1), (draws, strata)).copy(),
    )
    return World(truth, error)


type _Made = tuple[list[np.ndarray], list[np.ndarray], np.ndarray, float]

_RECENT: deque[tuple[Sequence[Hazard], _Made]] = deque(maxlen=4)
"""Tables made last: the scenarios of a study share their hazards below the effects."""


def _remembered(bases: Sequence[Hazard]) -> _Made:
    """Return `_tables` of these very hazards, which are made once."""
    for known, made in _RECENT:
        if len(known) == len(bases) and all(map(operator.is_, known, bases)):
            return made
    made = _tables(bases)
    _RECENT.append((tuple(bases), made))
    return made


def _tables(bases: Sequence[Hazard]) -> _Made:
    """Return inverse tables, (draws, strata, nodes) each, plateaus, the grid and the error."""
    for base in bases:
        _check(base)
    nodes = 256
    some = [taken(base, _spread(_draws(base), BLOCK)) for base in bases]
    while True:
        values, step = np.linspace(LOWEST, HIGHEST, nodes, retstep=True)
        error = max(_error(base, values) for base in some)
        if error <= ACCURACY:
            made = [_table(base, values) for base in bases]
            tables, plateaus = map(list, zip(*made, strict=True))
            return tables, plateaus, np.array([LOWEST, step]), error
        if nodes >= 16384:
            raise InputError(
                "a hazard of this scenario can't be tabulated: survival would be off by "
                f"{error:.2g}; it jumps too often, or too far at once"
            )
        nodes *= 2


def _check(base: Hazard) -> None:
    """Refuse a hazard one of whose draws can't be one: each is looked at, some at a time."""
    months = np.exp(np.linspace(SHORTEST, LONGEST, LOOKED_AT))
    for block in _blocks(base):
        with np.errstate(all="ignore"):
            cumulative = _cumulative(taken(base, block), months)
            whole = np.isfinite(cumulative[0]) & (cumulative[0] > -ROUNDING)
            whole &= (cumulative[1:] >= (1 - ROUNDING) * cumulative[:-1]).all(axis=0)
        if not whole.all():
            draw, stratum = np.argwhere(~whole)[0]
            raise InputError(
                f"the hazard of draw {block[draw] + 1}, stratum {stratum + 1} of this scenario is "
                "none: its cumulative hazard falls, or isn't a number; its parameters are not "
                "finite, or out of their range"
            )


def _draws(base: Hazard) -> int:
    return int(_cumulative(base, np.ones(1)).shape[1])


def _spread(draws: int, count: int) -> np.ndarray:
    """Return numbers of draws, evenly spread over those there are."""
    return np.linspace(0, draws - 1, min(draws, count)).round().astype(int)


def _table(base: Hazard, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return `_inverted` for all draws, some at a time so that memory stays flat."""
    made = [_inverted(taken(base, block), values) for block in _blocks(base)]
    tables, plateaus = zip(*made, strict=True)
    return np.concatenate(tables), np.concatenate(plateaus)


def _blocks(base: Hazard) -> list[np.ndarray]:
    """Return numbers of draws, some at a time."""
    draws = _draws(base)
    return np.array_split(np.arange(draws), -(-draws // BLOCK))


def _inverted(base: Hazard, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return log times at which the log cumulative hazard takes values, and plateaus.

    Where survival ends on a plateau, the hazard is that of those who are not spared: it rises
    without end, so that a table holds every event there will be.
    """
    grid = np.linspace(SHORTEST, LONGEST, 2 * values.size)
    cumulative = _cumulative(base, np.exp(grid))
    plateau = np.where(_flat(cumulative), np.exp(-cumulative[-1]), 0.0)
    inverse = np.empty((*plateau.shape, values.size))
    for row in np.ndindex(plateau.shape):
        own = cumulative[:, *row]
        if plateau[row] > 0:
            own, plateau[row] = _unspared(own)
        known = np.log(np.maximum(own, np.finfo(float).tiny))
        inverse[row] = _inverse(values, known, grid[: own.size])
    return inverse, plateau


def _flat(cumulative: np.ndarray) -> np.ndarray:
    """Tell which cumulative hazards have stopped rising before everybody had the event."""
    risen = cumulative[-1] - cumulative[-2]
    return np.asarray((risen < 1e-9 * cumulative[-1]) & (cumulative[-1] < 30.0))


def _unspared(cumulative: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the cumulative hazard of those not spared, as far as it can be told, and the share.

    Its survival ``(S - plateau) / (1 - plateau)`` is exact to rounding down to 1e-9.
    """
    total = cumulative[-1]
    alive = np.exp(-total) * np.expm1(total - cumulative) / -np.expm1(-total)
    told = int(np.argmax(alive < 1e-9))
    return -np.log(np.minimum(alive[:told], 1.0)), float(np.exp(-total))


def _inverse(values: np.ndarray, known: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return the inverse of one rising curve, continued along its first and last steps."""
    inverse: np.ndarray = np.interp(values, known, grid)
    step = grid[1] - grid[0]
    before, after = values < known[0], values > known[-1]
    inverse[before] = grid[0] + (values[before] - known[0]) * step / max(known[1] - known[0], 1e-9)
    rise = max(known[-1] - known[-2], 1e-9)
    inverse[after] = grid[-1] + (values[after] - known[-1]) * step / rise
    return inverse


def _cumulative(base: Hazard, times: np.ndarray) -> np.ndarray:
    """Return cumulative hazards, shape (times, draws, strata), 1 where there is no such axis."""
    columns = np.asarray(base.cumulative_hazard(times.reshape(-1, 1, 1)), dtype=float)
    shape = np.broadcast_shapes(columns.shape, (times.size, 1, 1))
    full: np.ndarray = np.broadcast_to(columns, shape)
    return full


def _error(base: Hazard, values: np.ndarray) -> float:
    """Return the largest error of survival between nodes, averaged over draws.

    Looked at near both nodes too: where a hazard pauses, a jump of time may lie just half-way.
    """
    table, plateau = _inverted(base, values)
    largest = np.zeros(plateau.shape)
    for part in (0.05, 0.5, 0.95):
        between = np.moveaxis((1 - part) * table[..., :-1] + part * table[..., 1:], -1, 0)
        value = ((1 - part) * values[:-1] + part * values[1:]).reshape(-1, 1, 1)
        exact = np.exp(-base.cumulative_hazard(np.exp(np.minimum(between, LONGEST))))
        tabulated = plateau + (1 - plateau) * np.exp(-np.exp(value))
        errors = np.where(between > LONGEST, 0.0, np.abs(exact - tabulated))
        largest = np.maximum(largest, errors.max(axis=0))
    return float(largest.mean())
