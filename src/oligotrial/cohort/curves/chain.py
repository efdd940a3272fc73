"""The compiled Markov chain that draws patients for a digitised figure: arrays only.

See `oligotrial.cohort.curves.draws` for the distribution it draws from. Numba's cache of a function
notices changes of its own file only: after a change in `changes`, `heights` or `moves` touch this
file and those that call the changed one.
"""

import numpy as np
from numba import njit

from oligotrial.cohort.curves.changes import clear, new_undo, places_of, take_back
from oligotrial.cohort.curves.heights import base_change, energy_of_change, new_heights, refresh
from oligotrial.cohort.curves.layout import Layout, State
from oligotrial.cohort.curves.moves import propose

__all__ = ["run_chain"]


@njit(cache=True, nogil=True, error_model="numpy")
def run_chain(
    layout: Layout,
    state: State,
    steps: int,
    temperature: float,
    generator: np.random.Generator,
) -> tuple[float, np.ndarray]:
    """Run a chain in place.

    Parameters
    ----------
    layout : Layout
        The figure.
    state : State
        Where to start, and where the chain ends.
    steps : int
        Proposals.
    temperature : float
        By which the energy, half the weighted sum of squared distances of readings, is divided.
    generator : numpy.random.Generator
        Source of randomness, this chain's own.

    Returns
    -------
    tuple
        The energy at the end, and an array of shape (quantity, 2) with mean and variance over the
        chain of the area under the event-free curve and of the number of events with a curve.
    """
    heights, place, undo = new_heights(layout, state), places_of(state), new_undo()
    energy, area = refresh(layout, state, heights, 0, -np.inf)
    sums, first = np.zeros((2, 2)), area
    events = _events(state)
    for _ in range(steps):
        clear(undo)
        ratio = propose(layout, state, place, undo, generator)
        if ratio > -np.inf:
            found, its_area = energy_of_change(layout, state, heights, undo.span)
            ratio += base_change(layout, state, heights, undo.span)
            if np.log(generator.random()) < ratio - (found - energy) / temperature:
                energy, area = found, its_area
                refresh(layout, state, heights, undo.span.place[0], undo.span.time[0])
                events = _events(state)
            else:
                take_back(state, place, undo)
        sums[0, 0] += area - first
        sums[0, 1] += (area - first) ** 2
        sums[1, 0] += events
        sums[1, 1] += events**2
    sums /= steps
    sums[:, 1] -= sums[:, 0] ** 2
    sums[0, 0] += first
    return energy, sums


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _events(state: State) -> float:
    rest = state.to_end[0] + state.lost.sum()
    return float(state.time.shape[0] - rest)
