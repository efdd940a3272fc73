"""Counter-based random numbers: any patient of any replicate, straight from its number.

Philox4x32-10 of Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as
1, 2, 3, SC '11, doi:10.1145/2063384.2063405. A stream needs no state: the 128-bit counter
holds (replicate, subject, purpose) and the 64-bit key the seed, so a replicate's numbers do
not depend on the order, the worker or the trial's size in which they are drawn.
"""

import numpy as np
from numba import njit

__all__ = [
    "ACCRUAL",
    "MISSED",
    "PATIENT",
    "RANDOMISATION",
    "SWITCH",
    "VISIT",
    "counter",
    "fill_uniforms",
    "philox",
    "uniform",
]

PATIENT = 0
"""Purpose of the numbers that make a patient: arrival, stratum, event, dropout."""

RANDOMISATION = 1
"""Purpose of the numbers that order a randomisation block."""

VISIT = 2
"""Purpose of the numbers that move imaging visits."""

SWITCH = 3
"""Purpose of the numbers that say which controls get the experimental treatment, and when."""

ACCRUAL = 4
"""Purpose of the numbers that draw a replicate's accrual rates."""

MISSED = 5
"""Purpose of the numbers that cancel imaging visits."""

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint32(0x9E3779B9)
_WEYL_1 = np.uint32(0xBB67AE85)
_SHIFT = np.uint64(32)


@njit(cache=True, nogil=True, inline="always")
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Return four random 32-bit words for a counter and a key.

    Parameters
    ----------
    c0, c1, c2, c3 : numpy.uint32
        The counter.
    k0, k1 : numpy.uint32
        The key.

    Returns
    -------
    tuple of numpy.uint32
        Four words.
    """
    for _ in range(10):
        product_0 = _MULTIPLIER_0 * np.uint64(c0)
        product_1 = _MULTIPLIER_1 * np.uint64(c2)
        c0 = np.uint32(product_1 >> _SHIFT) ^ c1 ^ k0
        c2 = np.uint32(product_0 >> _SHIFT) ^ c3 ^ k1
        c1 = np.uint32(product_1)
        c3 = np.uint32(product_0)
        k0 = np.uint32(k0 + _WEYL_0)
        k1 = np.uint32(k1 + _WEYL_1)
    return np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3)


@njit(cache=True, nogil=True, inline="always")
def counter(replicate, purpose):  # type: ignore[no-untyped-def]
    """Return the counter's two words for a replicate and a purpose.

    Parameters
    ----------
    replicate : int
        Number of the replicate, below 2**56.
    purpose : int
        What the numbers are for, such as `PATIENT`.

    Returns
    -------
    tuple of numpy.uint32
        The first two words.
    """
    return np.uint32(replicate & 0xFFFFFFFF), np.uint32((replicate >> 32) | (purpose << 24))


@njit(cache=True, nogil=True, inline="always")
def uniform(word):  # type: ignore[no-untyped-def]
    """Return the middle of one of 2**32 equal cells of (0, 1): never 0 and never 1.

    Parameters
    ----------
    word : numpy.uint32
        A random word.

    Returns
    -------
    float
        A uniform number in (0, 1).
    """
    return (np.float64(word) + 0.5) * 2.3283064365386963e-10


@njit(cache=True, nogil=True)
def fill_uniforms(numbers, first, purpose, key):  # type: ignore[no-untyped-def]
    """Fill uniform numbers of consecutive replicates.

    Parameters
    ----------
    numbers : numpy.ndarray
        Shape (replicates, numbers), filled.
    first : int
        The first row's replicate.
    purpose : int
        What they are for.
    key : tuple of numpy.uint32
        Two words from the seed.
    """
    for row in range(numbers.shape[0]):
        low, high = counter(first + row, purpose)
        for number in range(numbers.shape[1]):
            words = philox(low, high, np.uint32(number), np.uint32(0), key[0], key[1])
            numbers[row, number] = uniform(words[0])
