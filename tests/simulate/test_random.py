"""Evidence: published known answers of Philox4x32-10; distribution of the uniforms."""

import numpy as np
import pytest
from numba import njit
from scipy.stats import kstest

from oligotrial.simulate.random import philox, uniform

# Known answers distributed with the Random123 library (file kat_vectors, philox4x32 10).
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_philox_gives_the_published_answers(counter, key, words):
    given = philox(*map(np.uint32, counter), *map(np.uint32, key))
    assert tuple(int(word) for word in given) == words


@njit
def _uniforms(count):
    values = np.empty(4 * count)
    for number in range(count):
        words = philox(
            np.uint32(number), np.uint32(0), np.uint32(7), np.uint32(0), np.uint32(1), np.uint32(2)
        )
        for k in range(4):
            values[4 * number + k] = uniform(words[k])
    return values


def test_uniforms_fill_the_open_interval_evenly():
    values = _uniforms(50_000)
    assert values.min() > 0
    assert values.max() < 1
    assert kstest(values, "uniform").pvalue > 1e-3
