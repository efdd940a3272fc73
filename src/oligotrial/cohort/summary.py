"""Numbers that have a printed median, range, mean and standard deviation."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit

__all__ = ["PrintedNumbers", "numbers"]

_STEPS = 20_000


@dataclass(frozen=True)
class PrintedNumbers:
    """What is printed of a variable that was measured.

    Parameters
    ----------
    name : str
        The variable.
    size : int
        Patients in whom it is known.
    step : float
        Distance of the values it can have.
    intervals : mapping of str to tuple of float
        By "mean" and "sd", the values that print as the printed one; by "median", "least" and
        "most", the printed one twice.
    """

    name: str
    size: int
    step: float
    intervals: Mapping[str, tuple[float, float]]


def numbers(
    printed: PrintedNumbers, generator: np.random.Generator, *, bounds: np.ndarray | None = None
) -> np.ndarray:
    """Draw numbers of which what was printed is true.

    Values are uniform between the printed extremes on either side of the median, moved by a
    Markov chain whose target falls with the distance of mean and standard deviation from
    those that print right; it goes on until both do.

    Parameters
    ----------
    printed : PrintedNumbers
        What is printed.
    generator : numpy.random.Generator
        Source of randomness.
    bounds : numpy.ndarray, optional
        Shape (size, 2): lowest and highest value each can have, in ascending order.

    Returns
    -------
    numpy.ndarray
        Shape (size,): ascending where there are bounds, otherwise in random order.
    """
    size, intervals, step = printed.size, printed.intervals, printed.step
    least, most = intervals["least"][0], intervals["most"][0]
    median = intervals["median"][0]
    low, high = np.full(size, least), np.full(size, most)
    if bounds is not None:
        low, high = np.maximum(low, bounds[:, 0]), np.minimum(high, bounds[:, 1])
    lower_half, upper_half = np.arange(size) < size // 2, np.arange(size) >= (size + 1) // 2
    high[lower_half] = np.minimum(high[lower_half], median)
    low[upper_half] = np.maximum(low[upper_half], median)
    middle = [(size - 1) // 2, size // 2]
    low[middle] = high[middle] = median
    low[0] = high[0] = least
    low[-1] = high[-1] = most
    wanted = np.array(
        [intervals.get(name, (-np.inf, np.inf)) for name in ("mean", "sd")], dtype=float
    )
    values = _on_grid(generator.uniform(low, np.maximum(low, high)), step)
    _settle(values, low, high, step, wanted, generator)
    return values if bounds is not None else generator.permutation(values)


def _on_grid(values: np.ndarray, step: float) -> np.ndarray:
    return np.round(np.round(values / step) * step, 10)


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(
    values: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    step: float,
    wanted: np.ndarray,
    generator: np.random.Generator,
) -> None:
    size = values.shape[0]
    total, squares = values.sum(), (values * values).sum()
    present = _miss(total, squares, size, wanted)
    for _ in range(_STEPS):
        if present <= 0.0:
            return
        i = int(generator.random() * size)
        span = high[i] - low[i]
        if span < step:
            continue
        reach = span * generator.random() ** 3
        new = values[i] + (2.0 * generator.random() - 1.0) * max(reach, step)
        new = round(round(new / step) * step, 10)
        if new < low[i] or new > high[i]:
            continue
        new_total = total + new - values[i]
        new_squares = squares + new * new - values[i] * values[i]
        trial = _miss(new_total, new_squares, size, wanted)
        if generator.random() < np.exp((present - trial) / (0.02 * step + 0.1 * present)):
            values[i], total, squares, present = new, new_total, new_squares, trial


@njit(cache=True, nogil=True, error_model="numpy")
def _miss(total: float, squares: float, size: int, wanted: np.ndarray) -> float:
    mean = total / size
    spread = np.sqrt(max(squares - total * mean, 0.0) / max(size - 1, 1))
    miss = max(wanted[0, 0] - mean, mean - wanted[0, 1], 0.0)
    return float(miss + max(wanted[1, 0] - spread, spread - wanted[1, 1], 0.0))
