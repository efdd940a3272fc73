"""Compiled boundaries at the information that each trial was seen to have, and what they decide.

The boundary of a look depends on when the looks before it were made. Trials share such histories:
with 90 events at most there are some dozens of first looks and some hundreds of pairs. Looks are
kept as a tree, each with its boundaries and the density of trials that go on past it, and found
again by where they hang. What a look holds follows from its history alone, so that nothing depends
on which trials came before, and all may be forgotten at any time.

The integral is that of `oligotrial.trial.recursion`, one look at a time. Whether a statistic is
beyond the last boundary needs no boundary: the tail above it is compared with what is to be spent.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from oligotrial.trial.recursion import advance, region, solve, tail

__all__ = ["Memory", "Rule", "Seen", "bounds_at", "decide_looks", "grown", "new_memory"]

TIME, ALPHA, BETA, ALPHA_HERE, BETA_HERE, UPPER, LOWER, STOP_UP, STOP_DOWN = range(9)
"""Numbers of a look. Information, as a share of that planned; error spent by it, of both kinds;
the same since `BASE`; bounds of the motion between which trials go on; statistics at which they
stop."""

PARENT, LOOK, BASE = range(3)
"""Whole numbers of a look: the look before it, which one it is, and the last one before that had
less information."""

LEVELS = 21
"""Finenesses of a density, each for steps to the next look half as large."""

SAME = 1e-6
"""Relative gain of information below which a look has learnt nothing."""

_PRIMES = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)


class Rule(NamedTuple):
    """A rule's numbers.

    Parameters
    ----------
    alpha : float
        Error of one side.
    drift : float
        Expected z at the information planned, for which beta is spent; NaN if none is.
    two_sided : bool
        Whether the lower boundary mirrors the upper one.
    binding : bool
        Whether alpha relies on futility.
    obeyed : bool
        Whether trials stop for futility at interim looks.
    bounds : numpy.ndarray
        Fixed futility bounds on the z scale, minus infinity where there are none; shape (look,).
    """

    alpha: float
    drift: float
    two_sided: bool
    binding: bool
    obeyed: bool
    bounds: np.ndarray


class Seen(NamedTuple):
    """What some trials show at a look, each of shape (trials,).

    Parameters
    ----------
    statistic : numpy.ndarray
        Standardised statistic.
    time : numpy.ndarray
        Information, as a share of that planned for the end; 0 for none.
    alpha, beta : numpy.ndarray
        Error to have been spent by this look.
    last : numpy.ndarray of bool
        Whether it is the trial's last.
    """

    statistic: np.ndarray
    time: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    last: np.ndarray


class Memory(NamedTuple):
    """Looks that were worked out.

    Parameters
    ----------
    used : numpy.ndarray of int64
        Looks and points in use; shape (2,).
    slots : numpy.ndarray of int64
        Looks by hash, -1 where there is none; a power of 2 long.
    whole : numpy.ndarray of int64
        `PARENT`, `LOOK` and `BASE` of each look; the first is the start. Shape (looks, 3).
    numbers : numpy.ndarray
        `TIME` and so on; shape (looks, 9).
    pieces : numpy.ndarray of int32
        Where the density without and with drift begins, and its points, -1 where it wasn't
        asked for; shape (looks, 2, levels, 2).
    points, masses : numpy.ndarray
        Nodes of the densities and what they stand for; shape (points,).
    """

    used: np.ndarray
    slots: np.ndarray
    whole: np.ndarray
    numbers: np.ndarray
    pieces: np.ndarray
    points: np.ndarray
    masses: np.ndarray


def new_memory(looks: int, points: int) -> Memory:
    """Return a memory with the start of all trials in it.

    Parameters
    ----------
    looks : int
        Looks that it has room for; a power of 2.
    points : int
        Points of densities.

    Returns
    -------
    Memory
        The start is look 0, at which all trials are at 0.
    """
    memory = Memory(
        np.array([1, 1]),
        np.full(4 * looks, -1),
        np.zeros((looks, 3), np.int64),
        np.zeros((looks, 9)),
        np.full((looks, 2, LEVELS, 2), -1, np.int32),
        np.empty(points),
        np.empty(points),
    )
    memory.points[0], memory.masses[0] = 0.0, 1.0
    memory.pieces[0] = 0, 1
    memory.numbers[0, [UPPER, LOWER]] = np.inf, -np.inf
    return memory


def grown(memory: Memory) -> Memory:
    """Return the same looks with twice the room."""
    larger = new_memory(2 * len(memory.whole), 2 * memory.points.size)
    for name in ("whole", "numbers", "pieces", "points", "masses"):
        old = getattr(memory, name)
        getattr(larger, name)[: len(old)] = old
    larger.used[:] = memory.used
    _hang(larger)
    return larger


@njit(cache=True, nogil=True, error_model="numpy")
def decide_looks(
    decision: np.ndarray,
    memory: Memory,
    rule: Rule,
    look: int,
    path: np.ndarray,
    seen: Seen,
    start: int,
) -> int:
    """Fill what a look decides of some trials.

    Parameters
    ----------
    decision : numpy.ndarray of int64
        Filled: 1 for efficacy, -1 for futility, 0 for neither; shape (trials,).
    memory : Memory
        Looks worked out so far; more are added.
    rule : Rule
        The rule.
    look : int
        Number of the look, from 0.
    path : numpy.ndarray of int64
        Each trial's last look in `memory`, replaced by this one; shape (trials,).
    seen : Seen
        What trials show. `last` is set for those that end here, since nothing is left to decide.
    start : int
        First trial that isn't decided yet.

    Returns
    -------
    int
        The first trial that there was no room for; all if there was.
    """
    for trial in range(start, path.size):
        parent = path[trial]
        known = memory.numbers[parent, TIME]
        time = seen.time[trial]
        time = time if time > known * (1.0 + SAME) else known
        z = seen.statistic[trial]
        decision[trial] = 0
        if not time > 0.0:
            continue
        if seen.last[trial]:
            found = _last(memory, rule, parent, time, z)
            if found > 1:
                return trial
            decision[trial] = found
            continue
        at = (time, seen.alpha[trial], seen.beta[trial])
        here = _find(memory, rule, parent, look, at)
        if here < 0:
            return trial
        path[trial] = here
        numbers = memory.numbers[here]
        if z >= numbers[STOP_UP]:
            decision[trial] = 1
        elif z <= numbers[STOP_DOWN] and (rule.obeyed or rule.two_sided):
            decision[trial] = -1
        if not numbers[LOWER] < numbers[UPPER] and (rule.obeyed or rule.binding):
            seen.last[trial] = True
            decision[trial] = _closing(z, decision[trial])
    return path.size


@njit(cache=True, nogil=True, error_model="numpy")
def bounds_at(
    memory: Memory, rule: Rule, parent: int, look: int, seen: tuple[float, float, float]
) -> tuple[int, float, float]:
    """Return a look's number in memory, and the statistics at which trials stop there.

    Parameters
    ----------
    memory : Memory
        Looks worked out so far, with room for more.
    rule : Rule
        The rule.
    parent : int
        The look before it in `memory`.
    look : int
        Number of the look, from 0.
    seen : tuple of float
        Information, and alpha and beta to have been spent.

    Returns
    -------
    tuple
        The look, -1 if there was no room, efficacy and futility bounds.
    """
    here = _find(memory, rule, parent, look, seen)
    if here < 0:
        return here, 0.0, 0.0
    return here, memory.numbers[here, STOP_UP], memory.numbers[here, STOP_DOWN]


@njit(cache=True, nogil=True, error_model="numpy")
def _closing(z: float, decision: int) -> int:
    """Return what becomes of a trial that can't go on: what isn't efficacy is futility."""
    return 1 if decision == 1 else (0 if math.isnan(z) else -1)


@njit(cache=True, nogil=True, error_model="numpy")
def _last(memory: Memory, rule: Rule, parent: int, time: float, z: float) -> int:
    """Return what the last look decides, which spends all that is left; 2 without room."""
    base, _, alpha, _ = _since(memory, parent, time, rule.alpha, 0.0)
    gap = time - memory.numbers[base, TIME]
    start, size = _piece(memory, rule, base, gap, 0)
    if size < 0:
        return 2
    points, masses = memory.points[start : start + size], memory.masses[start : start + size]
    root = math.sqrt(time)
    if z >= 0.0 and tail(points, masses, z * root, gap, 0.0) <= alpha:
        return 1
    if not rule.two_sided:
        return 0 if math.isnan(z) else -1
    return -1 if z <= 0.0 and tail(points, masses, -z * root, gap, 0.0) <= alpha else 0


@njit(cache=True, nogil=True, error_model="numpy")
def _since(
    memory: Memory, parent: int, time: float, alpha: float, beta: float
) -> tuple[int, bool, float, float]:
    """Return the last look with less information, and the errors to be spent since.

    A look that learnt nothing is made at the information of the one before: both together spend
    what each of them may.
    """
    numbers = memory.numbers[parent]
    grows = time > numbers[TIME]
    alpha_here = max(alpha - numbers[ALPHA], 0.0)
    beta_here = max(beta - numbers[BETA], 0.0)
    if grows:
        return parent, grows, alpha_here, beta_here
    base = memory.whole[parent, BASE]
    return base, grows, alpha_here + numbers[ALPHA_HERE], beta_here + numbers[BETA_HERE]


@njit(cache=True, nogil=True, error_model="numpy")
def _find(
    memory: Memory, rule: Rule, parent: int, look: int, at: tuple[float, float, float]
) -> int:
    """Return a look's number, worked out if it is new; -1 if there is no room for it."""
    slot = _slot(memory, parent, look, at)
    if memory.slots[slot] >= 0:
        return int(memory.slots[slot])
    here = int(memory.used[0])
    if here == memory.whole.shape[0]:
        return -1
    time, alpha, beta = at
    base, grows, alpha_here, beta_here = _since(memory, parent, time, alpha, beta)
    room, upper, lower = _bounds(memory, rule, base, look, (time, alpha_here, beta_here))
    if not room:
        return -1
    numbers, before, root = memory.numbers[here], memory.numbers[parent], math.sqrt(time)
    spends_alpha = alpha > before[ALPHA]
    spends_beta = beta > before[BETA] or math.isnan(rule.drift)
    numbers[STOP_UP] = upper / root if spends_alpha else np.inf
    numbers[STOP_DOWN] = lower / root if spends_beta else -np.inf
    if rule.two_sided:
        numbers[STOP_DOWN] = -numbers[STOP_UP]
    numbers[UPPER] = upper if grows else min(upper, before[UPPER])
    numbers[LOWER] = lower if grows else max(lower, before[LOWER])
    numbers[TIME], numbers[ALPHA], numbers[BETA] = at
    numbers[ALPHA_HERE], numbers[BETA_HERE] = alpha_here, beta_here
    memory.whole[here, PARENT], memory.whole[here, LOOK] = parent, look
    memory.whole[here, BASE] = base
    memory.pieces[here] = -1
    memory.slots[slot] = here
    memory.used[0] += 1
    return here


@njit(cache=True, nogil=True, error_model="numpy")
def _bounds(
    memory: Memory, rule: Rule, base: int, look: int, at: tuple[float, float, float]
) -> tuple[bool, float, float]:
    """Return whether there was room, and the bounds of the motion that spend errors since a look.

    The upper bound is infinite where nothing is to be spent.
    """
    time, alpha, beta = at
    gap = time - memory.numbers[base, TIME]
    start, size = _piece(memory, rule, base, gap, 0)
    if size < 0:
        return False, 0.0, 0.0
    points, masses = memory.points[start : start + size], memory.masses[start : start + size]
    upper = solve(points, masses, alpha, gap, 0.0, memory.numbers[base, UPPER])
    if upper == -np.inf:  # futility that binds left less than may be spent
        upper = 0.0
    if rule.two_sided:
        return True, upper, -upper
    if math.isnan(rule.drift):
        return True, upper, min(rule.bounds[look] * math.sqrt(time), upper)
    start, size = _piece(memory, rule, base, gap, 1)
    if size < 0:
        return False, 0.0, 0.0
    points, masses = memory.points[start : start + size], memory.masses[start : start + size]
    guess = -memory.numbers[base, LOWER]
    return True, upper, min(-solve(-points, masses, beta, gap, -rule.drift, guess), upper)


@njit(cache=True, nogil=True, error_model="numpy")
def _piece(memory: Memory, rule: Rule, entry: int, gap: float, track: int) -> tuple[int, int]:
    """Return where the density past a look begins and its points, fine enough for the next step.

    Without drift (track 0) trials leave at futility bounds only if these bind. Where there is no
    room, the number of points is -1. The look before was worked out with this one's step in mind.
    """
    base = memory.whole[entry, BASE]
    own = memory.numbers[entry, TIME] - memory.numbers[base, TIME]
    level = _level(own, gap)
    start, size = memory.pieces[entry, track, level, 0], memory.pieces[entry, track, level, 1]
    if size >= 0:
        return start, size
    known = memory.pieces[base, track, _level_of(memory, base, own)]
    start, size = known[0], known[1]
    numbers = memory.numbers[entry]
    drift = rule.drift if track == 1 else 0.0
    both = track == 1 or rule.binding or rule.two_sided
    lower = numbers[LOWER] if both else -np.inf
    going_on = region(lower, numbers[UPPER], (0.0, 0.0), numbers[TIME], drift)
    points, masses = advance(
        memory.points[start : start + size],
        memory.masses[start : start + size],
        going_on,
        (own, own / 2.0**level),
        drift,
    )
    begin = memory.used[1]
    if begin + points.size > memory.points.size:
        return 0, -1
    memory.points[begin : begin + points.size] = points
    memory.masses[begin : begin + points.size] = masses
    memory.used[1] += points.size
    memory.pieces[entry, track, level, 0] = begin
    memory.pieces[entry, track, level, 1] = points.size
    return begin, points.size


@njit(cache=True, nogil=True, error_model="numpy")
def _level_of(memory: Memory, entry: int, gap: float) -> int:
    base = memory.whole[entry, BASE]
    return _level(memory.numbers[entry, TIME] - memory.numbers[base, TIME], gap)


@njit(cache=True, nogil=True, error_model="numpy")
def _level(own: float, gap: float) -> int:
    """Return how much finer than for a step as large as its own a density has to be."""
    level = 0
    while level < LEVELS - 1 and own > gap * 1.0000001:
        own *= 0.5
        level += 1
    return level


@njit(cache=True, nogil=True, error_model="numpy")
def _slot(memory: Memory, parent: int, look: int, at: tuple[float, float, float]) -> int:
    """Return where a look is found by its hash, or where it belongs if it is new."""
    mask = memory.slots.size - 1
    time, alpha, beta = at
    slot = _hash(parent, look, time, alpha) & mask
    while True:
        entry = memory.slots[slot]
        if entry < 0:
            return slot
        whole, numbers = memory.whole[entry], memory.numbers[entry]
        if (
            whole[PARENT] == parent
            and whole[LOOK] == look
            and numbers[TIME] == time
            and numbers[ALPHA] == alpha
            and numbers[BETA] == beta
        ):
            return slot
        slot = (slot + 1) & mask


@njit(cache=True, nogil=True, error_model="numpy")
def _hash(parent: int, look: int, time: float, alpha: float) -> int:
    fine = 2.0**40
    mixed = np.uint64(parent) * np.uint64(_PRIMES[0])
    mixed ^= np.uint64(look + 1) * np.uint64(_PRIMES[1])
    mixed ^= np.uint64(time * fine) * np.uint64(_PRIMES[2])
    mixed ^= np.uint64(alpha * fine) * np.uint64(_PRIMES[3])
    return int((mixed ^ (mixed >> np.uint64(29))) & np.uint64(0x7FFFFFFF))


@njit(cache=True, nogil=True, error_model="numpy")
def _hang(memory: Memory) -> None:
    """Put all looks but the start where their hashes say."""
    for entry in range(1, memory.used[0]):
        whole, numbers = memory.whole[entry], memory.numbers[entry]
        at = (numbers[TIME], numbers[ALPHA], numbers[BETA])
        slot = _slot(memory, whole[PARENT], whole[LOOK], at)
        memory.slots[slot] = entry
