"""Compiled integration of a test statistic that is looked at again and again.

A test's score, divided by the root of the information planned for the last look, is a
Brownian motion ``B(t)`` with a drift, at fractions t of that information (Jennison and
Turnbull 2000, Group Sequential Methods with Applications to Clinical Trials, doi:10.1201/
9780367805326, chapter 3); ``Z = B / sqrt(t)``. Its density among trials that go on follows from
look to look by one integral (Armitage, McPherson and Rowe 1969, doi:10.2307/2343787; their
chapter 19). Jennison and Turnbull lay Simpson's rule over the z scale; here panels of Gauss and
Legendre's rule are laid over the region in which trials go on, no wider than a few standard
deviations of the narrowest step. The density has no corners inside it, so that 20 points a panel
reach the precision of the machine, and stay as good where looks are close together.

Trials start at any point of the motion, so that conditional power is the same integral as power.
Boundaries here are on the scale of ``B``. Nothing is validated: the public functions do that.
"""

import math

import numpy as np
from numba import njit

__all__ = ["advance", "density", "exits", "region", "solve", "spend", "spend_both", "tail"]

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_PANEL = 7.0  # standard deviations of the narrowest step in a panel
_REACH = 8.5  # standard deviations; beyond, a normal distribution has 1.9e-17


@njit(cache=True, nogil=True, error_model="numpy")
def tail(points: np.ndarray, masses: np.ndarray, bound: float, gap: float, drift: float) -> float:
    """Return the probability that the motion is at or above a bound, a gap of time later."""
    scale = 1.0 / math.sqrt(2.0 * gap)
    total = 0.0
    for i in range(points.size):
        total += masses[i] * math.erfc((bound - points[i] - drift * gap) * scale)
    return 0.5 * total


@njit(cache=True, nogil=True, error_model="numpy")
def density(points: np.ndarray, masses: np.ndarray, at: float, gap: float, drift: float) -> float:
    """Return the density of the motion at a point, a gap of time later."""
    total = 0.0
    for i in range(points.size):
        away = at - points[i] - drift * gap
        square = away * away / gap
        if square < 2000.0:
            total += masses[i] * math.exp(-0.5 * square)
    return total / math.sqrt(2.0 * math.pi * gap)


@njit(cache=True, nogil=True, error_model="numpy")
def solve(
    points: np.ndarray,
    masses: np.ndarray,
    target: float,
    gap: float,
    drift: float,
    guess: float = np.nan,
) -> float:
    """Return the bound above which the motion is with a given probability.

    Parameters
    ----------
    points, masses : numpy.ndarray
        Where the motion is now, and with what probability; shape (points,).
    target : float
        Probability of being above the bound.
    gap : float
        Time from now.
    drift : float
        Expected motion in one unit of time.
    guess : float, optional
        Where the bound may lie.

    Returns
    -------
    float
        By Newton's method on the log of the tail, kept inside a bracket; infinite where nothing,
        and minus infinity where all that is left or more, is to be above it.
    """
    if target <= 0.0:
        return np.inf
    if points.size == 0 or target >= masses.sum():
        return -np.inf
    spread = 38.0 * math.sqrt(gap)
    low, high = points.min() + drift * gap - spread, points.max() + drift * gap + spread
    bound: float = guess if low < guess < high else 0.5 * (low + high)
    enough = 1e-9 * math.sqrt(gap)  # Newton's method squares what is missing
    for _ in range(200):
        above = tail(points, masses, bound, gap, drift)
        if above > target:
            low = bound
        else:
            high = bound
        new: float = 0.5 * (low + high)
        done = abs(new - bound) < 1e-14 * (1.0 + abs(bound))
        if above > 0.0:
            slope = density(points, masses, bound, gap, drift)
            newton = bound + math.log(above / target) * above / slope
            if low < newton < high:
                new = newton
                done = abs(new - bound) < enough
        if done:
            return new
        bound = new
    return bound


@njit(cache=True, nogil=True, error_model="numpy")
def advance(
    points: np.ndarray,
    masses: np.ndarray,
    going_on: tuple[float, float],
    gaps: tuple[float, float],
    drift: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes over the region where trials go on, and the probability they stand for.

    Only panels within reach of each other count: looks that are close together need many panels,
    of which few see each other.

    Parameters
    ----------
    points, masses : numpy.ndarray
        Nodes at the look before, in ascending order, and what they stand for, as made here; or a
        single one, at the start; shape (points,).
    going_on : tuple of float
        Bounds of the region at this look.
    gaps : tuple of float
        Steps to this look and to the next: panels must be narrow for both.
    drift : float
        Expected motion in one unit of time.

    Returns
    -------
    tuple of numpy.ndarray
        The same at this look.
    """
    lower, upper = going_on
    gap, after = gaps
    if points.size == 0 or not lower < upper:
        return np.empty(0), np.empty(0)
    width = _PANEL * math.sqrt(min(gap, after))
    panels = max(1, math.ceil((upper - lower) / width))
    half = 0.5 * (upper - lower) / panels
    nodes = np.empty(panels * _POINTS.size)
    for panel in range(panels):
        for i in range(_POINTS.size):
            nodes[panel * _POINTS.size + i] = lower + half * (2 * panel + 1 + _POINTS[i])
    mass = np.zeros(nodes.size)
    if points.size < _POINTS.size:  # a single point
        for row in range(nodes.size):
            mass[row] = density(points, masses, nodes[row], gap, drift)
    else:
        _from_panels(mass, nodes, points, masses, gap, drift)
    for row in range(nodes.size):
        mass[row] *= half * _WEIGHTS[row % _POINTS.size]
    return nodes, mass


@njit(cache=True, nogil=True, error_model="numpy")
def _from_panels(
    mass: np.ndarray,
    nodes: np.ndarray,
    points: np.ndarray,
    masses: np.ndarray,
    gap: float,
    drift: float,
) -> None:
    """Add to the density at nodes of panels what comes from points of panels.

    Within a pair of panels, at distance d and with half widths a and b, the exponent is
    ``-(d + b y - a x)**2 / (2 gap)`` at places x and y from -1 to 1: a part that hangs on x alone,
    one that hangs on y alone, and ``a b x y / gap``, which is the same for all pairs. That leaves
    40 exponentials for 400 pairs of points.
    """
    size = _POINTS.size
    span = _POINTS[size - 1] - _POINTS[0]
    wide, here = (points[size - 1] - points[0]) / span, (nodes[size - 1] - nodes[0]) / span
    crossed = np.empty((size, size))
    for k in range(size // 2):  # points lie evenly about the middle
        for i in range(size // 2):
            value = math.exp(wide * here * _POINTS[k] * _POINTS[i] / gap)
            crossed[k, i] = crossed[size - 1 - k, size - 1 - i] = value
            crossed[size - 1 - k, i] = crossed[k, size - 1 - i] = 1.0 / value
    reach = _REACH * math.sqrt(gap) + wide + here
    total = np.empty(size)
    scale = 1.0 / math.sqrt(2.0 * math.pi * gap)
    for to in range(0, nodes.size, size):
        for origin in range(0, points.size, size):
            away = 0.5 * (nodes[to] + nodes[to + size - 1]) - drift * gap
            away -= 0.5 * (points[origin] + points[origin + size - 1])
            if abs(away) > reach:
                continue
            total[:] = 0.0
            for k in range(size):
                x = wide * _POINTS[k]
                left = masses[origin + k] * math.exp((x * (away - 0.5 * x) - 0.25 * away**2) / gap)
                for i in range(size):
                    total[i] += left * crossed[k, i]
            for i in range(size):
                y = here * _POINTS[i]
                right = math.exp(-(y * (away + 0.5 * y) + 0.25 * away**2) / gap)
                mass[to + i] += scale * right * total[i]


@njit(cache=True, nogil=True, error_model="numpy")
def region(
    lower: float, upper: float, start: tuple[float, float], time: float, drift: float
) -> tuple[float, float]:
    """Return the bounds of the region where trials go on, cut where nothing is left to find."""
    passed = time - start[1]
    middle, reach = start[0] + drift * passed, _REACH * math.sqrt(passed)
    return max(lower, middle - reach), min(upper, middle + reach)


@njit(cache=True, nogil=True, error_model="numpy")
def exits(
    times: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    drift: float,
    start: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities of leaving at each look, upwards and downwards.

    Parameters
    ----------
    times : numpy.ndarray
        Fractions of information at the looks, ascending, above that of the start; shape (look,).
    lower, upper : numpy.ndarray
        Boundaries of the motion; shape (look,).
    drift : float
        Expected motion in one unit of time.
    start : tuple of float
        Where the motion starts, and when: (0, 0) for a trial that begins.

    Returns
    -------
    tuple of numpy.ndarray
        Probabilities of being at or above `upper`, and at or below `lower`; shape (look,).
    """
    up, down = np.zeros(times.size), np.zeros(times.size)
    points, masses, before = np.array([start[0]]), np.ones(1), start[1]
    for look in range(times.size):
        gap = times[look] - before
        up[look] = tail(points, masses, upper[look], gap, drift)
        down[look] = tail(-points, masses, -lower[look], gap, -drift)
        if look + 1 < times.size:
            going_on = region(lower[look], upper[look], start, times[look], drift)
            gaps = (gap, times[look + 1] - times[look])
            points, masses = advance(points, masses, going_on, gaps, drift)
        before = times[look]
    return up, down


@njit(cache=True, nogil=True, error_model="numpy")
def spend(
    times: np.ndarray,
    increments: np.ndarray,
    lower: np.ndarray,
    drift: float,
    symmetric: bool,
) -> np.ndarray:
    """Return upper boundaries that are crossed with given probabilities.

    Parameters
    ----------
    times : numpy.ndarray
        Fractions of information at the looks; shape (look,).
    increments : numpy.ndarray
        Probability of crossing at each look; shape (look,).
    lower : numpy.ndarray
        Lower boundaries, minus infinity where there are none; shape (look,).
    drift : float
        Expected motion in one unit of time.
    symmetric : bool
        Whether the lower boundary is the mirror image of the upper one instead.

    Returns
    -------
    numpy.ndarray
        Upper boundaries of the motion; shape (look,).
    """
    upper = np.empty(times.size)
    start = (0.0, 0.0)
    points, masses, before = np.zeros(1), np.ones(1), 0.0
    for look in range(times.size):
        gap = times[look] - before
        guess = upper[look - 1] if look else np.nan
        upper[look] = solve(points, masses, increments[look], gap, drift, guess)
        below = -upper[look] if symmetric else lower[look]
        if look + 1 < times.size:
            going_on = region(below, upper[look], start, times[look], drift)
            gaps = (gap, times[look + 1] - times[look])
            points, masses = advance(points, masses, going_on, gaps, drift)
        before = times[look]
    return upper


@njit(cache=True, nogil=True, error_model="numpy")
def spend_both(
    times: np.ndarray, increments: np.ndarray, lower_increments: np.ndarray, drift: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return boundaries that bind each other, crossed with given probabilities.

    Parameters
    ----------
    times : numpy.ndarray
        Fractions of information at the looks; shape (look,).
    increments : numpy.ndarray
        Probability of crossing the upper boundary at each look without drift; shape (look,).
    lower_increments : numpy.ndarray
        Probability of crossing the lower boundary at each look with drift; shape (look,).
    drift : float
        Expected motion in one unit of time.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper boundaries of the motion; shape (look,).
    """
    lower, upper = np.empty(times.size), np.empty(times.size)
    start = (0.0, 0.0)
    null, null_mass = np.zeros(1), np.ones(1)
    real, real_mass = np.zeros(1), np.ones(1)
    before = 0.0
    for look in range(times.size):
        gap = times[look] - before
        upper[look] = solve(null, null_mass, increments[look], gap, 0.0)
        lower[look] = -solve(-real, real_mass, lower_increments[look], gap, -drift)
        if look + 1 < times.size:
            gaps = (gap, times[look + 1] - times[look])
            going_on = region(lower[look], upper[look], start, times[look], 0.0)
            null, null_mass = advance(null, null_mass, going_on, gaps, 0.0)
            going_on = region(lower[look], upper[look], start, times[look], drift)
            real, real_mass = advance(real, real_mass, going_on, gaps, drift)
        before = times[look]
    return lower, upper
