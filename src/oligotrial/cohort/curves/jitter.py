"""Errors of the times of readings, and events that move with them."""

from itertools import pairwise

import numpy as np

from oligotrial.cohort.curves.digitised import Record

__all__ = ["moved"]

_LEAST = 1e-4
"""Part of an interval of the risk table that stays between moved readings, all together."""


def moved(
    record: Record, time: np.ndarray, cause: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Return times of events moved by the error that readings' times were read with.

    Each reading is moved by a normal error; readings keep their order, also among the times of the
    risk table. Events keep their place between readings, so that no printed number changes.

    Parameters
    ----------
    record : Record
        What was read, and how exactly.
    time : numpy.ndarray
        Shape (patient,): months.
    cause : numpy.ndarray
        Shape (patient,): the number of the cause from 1, others are not moved.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        Shape (patient,): months.
    """
    error = record.precision.time
    if error == 0:
        return time
    fixed = np.append(record.risk_table.time, record.end)
    result = time.copy()
    for number, readings in enumerate(record.readings, start=1):
        nominal = np.unique(np.append(readings.time, fixed))
        own = cause == number
        result[own] = np.interp(time[own], nominal, _noisy(nominal, fixed, error, generator))
    return result


def _noisy(
    time: np.ndarray, fixed: np.ndarray, error: float, generator: np.random.Generator
) -> np.ndarray:
    result = time.copy()
    noise = generator.normal(0.0, error, len(time))
    for low, high in pairwise(fixed):
        inside = np.flatnonzero((time > low) & (time < high))
        if inside.size:
            spacing = (high - low) * _LEAST / inside.size
            room = (low + spacing, high - spacing * (inside.size + 1))
            noisy = np.sort(np.clip(time[inside] + noise[inside], *room))
            result[inside] = noisy + spacing * np.arange(inside.size)
    return result
