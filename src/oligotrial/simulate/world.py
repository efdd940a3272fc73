"""Cumulative hazards as tables, the form in which the compiled simulator reads a truth."""

import operator
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
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
            log_times = self.truth.log_times[self.truth.table_of[draw, arm, stratum]]
            log_hazard = np.interp(log_months, log_times, values, left=-np.inf)
            curves[arm, stratum] = np.exp(
                -np.exp(log_hazard + self.truth.log_ratio[draw, arm, stratum])
            )
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
    tables, grid, error = _remembered(bases)
    draws, strata = np.broadcast_shapes(
        *(table.shape[:2] for table in tables), *map(np.shape, log_ratios), (1, shares.shape[-1])
    )
    starts = np.cumsum([0, *(table.shape[0] * table.shape[1] for table in tables)])
    table_of = np.empty((draws, 2, strata), dtype=np.int64)
    log_ratio = np.empty((draws, 2, strata))
    for arm, base in enumerate(which):
        own = tables[base].shape[:2]
        numbers = starts[base] + np.arange(own[0] * own[1]).reshape(own)
        table_of[:, arm] = np.broadcast_to(numbers, (draws, strata))
        log_ratio[:, arm] = np.broadcast_to(log_ratios[arm], (draws, strata))
    truth = Truth(
        grid,
        np.concatenate([table.reshape(-1, table.shape[-1]) for table in tables]),
        table_of,
        log_ratio,
        np.broadcast_to(np.cumsum(shares, axis=-1), (draws, strata)).copy(),
    )
    return World(truth, error)


type _Made = tuple[list[np.ndarray], np.ndarray, float]

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
    """Return inverse tables, (draws, strata, nodes) each, their grid and their error."""
    nodes = 256
    some = [taken(base, _spread(_draws(base), BLOCK)) for base in bases]
    while True:
        values, step = np.linspace(LOWEST, HIGHEST, nodes, retstep=True)
        error = max(_error(base, values) for base in some)
        if error <= ACCURACY:
            tables = [_table(base, values) for base in bases]
            return tables, np.array([LOWEST, step]), error
        if nodes >= 16384 or not np.isfinite(error):
            raise InputError(
                "a hazard of this scenario can't be tabulated: survival would be off by "
                f"{error:.2g}; its parameters are not finite or it jumps too often"
            )
        nodes *= 2


def _draws(base: Hazard) -> int:
    return int(_cumulative(base, np.ones(1)).shape[1])


def _spread(draws: int, count: int) -> np.ndarray:
    """Return numbers of draws, evenly spread over those there are."""
    return np.linspace(0, draws - 1, min(draws, count)).round().astype(int)


def _table(base: Hazard, values: np.ndarray) -> np.ndarray:
    """Return `_inverted` for all draws, some at a time so that memory stays flat."""
    blocks = np.array_split(np.arange(_draws(base)), -(-_draws(base) // BLOCK))
    return np.concatenate([_inverted(taken(base, block), values) for block in blocks])


def _inverted(base: Hazard, values: np.ndarray) -> np.ndarray:
    """Return log times at which the log cumulative hazard takes values; infinite if never."""
    grid = np.linspace(SHORTEST, LONGEST, 2 * values.size)
    known = np.log(np.maximum(_cumulative(base, np.exp(grid)), np.finfo(float).tiny))
    inverse = np.empty((*known.shape[1:], values.size))
    for row in np.ndindex(known.shape[1:]):
        inverse[row] = _inverse(values, known[:, *row], grid)
    return inverse


def _inverse(values: np.ndarray, known: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return the inverse of one rising curve, continued along its first and last steps."""
    inverse: np.ndarray = np.interp(values, known, grid)
    step = grid[1] - grid[0]
    before, after = values < known[0], values > known[-1]
    inverse[before] = grid[0] + (values[before] - known[0]) * step / max(known[1] - known[0], 1e-9)
    rise = known[-1] - known[-2]
    flat = rise < 1e-9
    inverse[after] = np.inf if flat else grid[-1] + (values[after] - known[-1]) * step / rise
    return inverse


def _cumulative(base: Hazard, times: np.ndarray) -> np.ndarray:
    """Return cumulative hazards, shape (times, draws, strata), 1 where there is no such axis."""
    columns = np.asarray(base.cumulative_hazard(times.reshape(-1, 1, 1)), dtype=float)
    shape = np.broadcast_shapes(columns.shape, (times.size, 1, 1))
    full: np.ndarray = np.broadcast_to(columns, shape)
    return full


def _error(base: Hazard, values: np.ndarray) -> float:
    """Return the largest error of survival half-way between nodes, averaged over draws."""
    table = _inverted(base, values)
    between = np.moveaxis(0.5 * (table[..., :-1] + table[..., 1:]), -1, 0)
    middle = 0.5 * (values[:-1] + values[1:]).reshape(-1, 1, 1)
    ever = np.isfinite(between)
    exact = base.cumulative_hazard(np.exp(np.where(ever, between, 0.0)))
    errors = np.where(ever, np.abs(np.exp(-exact) - np.exp(-np.exp(middle))), 0.0)
    return float(errors.max(axis=0).mean())
