"""Cumulative hazards as tables, the form in which the compiled simulator reads a truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from oligotrial.checks import InputError
from oligotrial.hazard import Hazard

__all__ = ["World", "tabulate"]

EARLIEST_MONTHS = 1e-3
LATEST_MONTHS = 600.0
"""Between these times the tables' nodes lie; outside the hazard follows a power of time."""

SMALLEST = 1e-25
"""Cumulative hazards below this are taken as this: no random number of ours reaches them."""

ACCURACY = 1e-4
"""Largest error of a tabulated survival probability that is let through."""


@dataclass(frozen=True, eq=False)
class World:
    """Arrays that the kernel reads: see `oligotrial.simulate.kernels.simulate_trials`.

    Parameters
    ----------
    log_nodes : numpy.ndarray
        Logs of times in months; shape (nodes,).
    log_cumulative : numpy.ndarray
        Logs of cumulative hazards; shape (tables, nodes).
    table_of : numpy.ndarray
        Which table an arm's stratum follows; shape (draws, 2, strata).
    log_ratio : numpy.ndarray
        Log of the hazard ratio that multiplies the table; shape (draws, 2, strata).
    upto : numpy.ndarray
        Cumulative share of the strata; shape (draws, strata).
    error : float
        Largest error of survival between nodes, as measured.
    """

    log_nodes: np.ndarray
    log_cumulative: np.ndarray
    table_of: np.ndarray
    log_ratio: np.ndarray
    upto: np.ndarray
    error: float

    @property
    def draws(self) -> int:
        """Number of truths."""
        return int(self.upto.shape[0])

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """The arrays, in the kernel's order."""
        return (self.log_nodes, self.log_cumulative, self.table_of, self.log_ratio, self.upto)

    @property
    def digest(self) -> str:
        """Hash of all that the simulator reads."""
        hashed = sha256()
        for array in self.arrays:
            hashed.update(str((array.shape, array.dtype.str)).encode())
            hashed.update(np.ascontiguousarray(array).tobytes())
        return hashed.hexdigest()

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
        kept = np.linspace(0, self.draws - 1, draws).round().astype(int)
        tables, table_of = np.unique(self.table_of[kept], return_inverse=True)
        return World(
            self.log_nodes,
            self.log_cumulative[tables],
            table_of.reshape(self.table_of[kept].shape),
            self.log_ratio[kept],
            self.upto[kept],
            self.error,
        )


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
    count = 32
    while True:
        log_nodes = _log_nodes(bases, count)
        tables = [_log_cumulative(base, log_nodes) for base in bases]
        error = max(map(_error, bases, [log_nodes] * len(bases), tables))
        if error <= ACCURACY:
            break
        if count >= 4096 or not np.isfinite(error):
            raise InputError(
                "a hazard of this scenario can't be tabulated: survival would be off by "
                f"{error:.2g}; its parameters are not finite or it jumps too often"
            )
        count *= 2
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
    return World(
        log_nodes,
        np.concatenate([table.reshape(-1, log_nodes.size) for table in tables]),
        table_of,
        log_ratio,
        np.broadcast_to(np.cumsum(shares, axis=-1), (draws, strata)).copy(),
        float(error),
    )


def _log_nodes(bases: Sequence[Hazard], count: int) -> np.ndarray:
    """Return an even grid of log times, with the times at which a hazard jumps among them."""
    even = np.linspace(np.log(EARLIEST_MONTHS), np.log(LATEST_MONTHS), count)
    jumps = np.array([cut for base in bases for cut in getattr(base, "cuts", ())], dtype=float)
    inside = jumps[(jumps > EARLIEST_MONTHS) & (jumps < LATEST_MONTHS)]
    return np.union1d(even, np.log(inside))


def _log_cumulative(base: Hazard, log_times: np.ndarray) -> np.ndarray:
    """Return log cumulative hazards, shape (draws, strata, times), 1 for a missing dimension."""
    columns = [np.atleast_1d(base.cumulative_hazard(float(time))) for time in np.exp(log_times)]
    wide = [column if column.ndim == 2 else column[:, None] for column in columns]
    together: np.ndarray = np.stack(np.broadcast_arrays(*wide), axis=-1)
    return np.asarray(np.log(np.maximum(together, SMALLEST)))


def _error(base: Hazard, log_nodes: np.ndarray, table: np.ndarray) -> float:
    exact = _log_cumulative(base, 0.5 * (log_nodes[:-1] + log_nodes[1:]))
    tabulated = 0.5 * (table[..., :-1] + table[..., 1:])
    return float(np.max(np.abs(np.exp(-np.exp(exact)) - np.exp(-np.exp(tabulated)))))
