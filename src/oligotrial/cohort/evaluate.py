"""How far a chain's state is from what is printed, in the order that tells soonest.

Groups compared by a log-rank test come first, by a loop of their own: a test printed to four
decimals refuses most moves, before any curve is estimated.
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from scipy.stats import norm

from oligotrial.cohort.chain import ALL, EVERY_COLUMN, TIMES, Problem, State
from oligotrial.cohort.regress import fill_regression
from oligotrial.estimators.kernels import (
    fill_log_log_distance,
    fill_product_limit,
    fill_risk_sets,
    fill_score,
    mean_until,
    median_limits,
    median_times,
    quadratic_form,
)

__all__ = ["Work", "Z", "after_rest", "after_tests", "fill_times", "new_work", "touched"]

Z: Final = float(norm.isf(0.025))
"""Normal quantile of the printed intervals: papers print no other than 95%."""

# Members of Kind as plain integers, for the compiled comparisons.
_MEAN, _MEAN_SE, _MEDIAN, _LOWER, _UPPER = range(1, 6)
_RATE, _RATE_LOWER, _RATE_UPPER, _EVENTS, _EVENTS_BY, _AT_RISK = range(6, 12)
_FOLLOW_UP, _FOLLOW_UP_LOWER, _FOLLOW_UP_UPPER = range(12, 15)

# Columns of Problem.statistics and of Problem.plan.
_KIND, _LEVEL, _ARGUMENT, _TICKED, _LOW, _HIGH, _LIMIT = range(7)
_COLUMN, _LEVELS, _FIRST, _REST, _END = range(5)

_PLAIN, _LOG = range(2)  # values of Problem.rate_scale

# Rows of Work.curve.
_TIMES, _SURVIVAL, _VARIANCE, _DISTANCE = range(4)


class Work(NamedTuple):
    """Room for one evaluation, made once a chain, and what the chain knows of its state.

    Parameters
    ----------
    time, group, flipped : numpy.ndarray
        Shape (patient,): months and group of each patient; 1 for a censored one.
    curve : numpy.ndarray
        Shape (4, patient): event times, survival, its variance, its distance from 1/2.
    at_risk, events : numpy.ndarray
        Shape (patient, group): the table of risk sets.
    covariance : numpy.ndarray
        Shape (1 + group, group): score and covariance of the log-rank test.
    covariates, regression : numpy.ndarray
        Shape (patient, covariate), and room for a regression.
    trial : numpy.ndarray
        Shape (statistic,): after a move that isn't decided yet.
    width : numpy.ndarray
        Shape (statistic,): the scale of each statistic's distance, at present.
    energy, new_energy : numpy.ndarray
        Shape (grouping, 2): of the test and of the rest, now and after the move.
    """

    time: np.ndarray
    group: np.ndarray
    flipped: np.ndarray
    curve: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    covariance: np.ndarray
    covariates: np.ndarray
    regression: np.ndarray
    trial: np.ndarray
    width: np.ndarray
    energy: np.ndarray
    new_energy: np.ndarray


@njit(cache=True, nogil=True, error_model="numpy")
def new_work(problem: Problem, patients: int) -> Work:
    """Return room for evaluations.

    Parameters
    ----------
    problem : Problem
        What is evaluated.
    patients : int
        How many.

    Returns
    -------
    Work
        Not filled.
    """
    groups, groupings = problem.plan[:, _LEVELS].max(), problem.plan.shape[0]
    statistics, covariates = problem.statistics.shape[0], problem.cox_beta.shape[0]
    return Work(
        np.empty(patients),
        np.empty(patients, np.int64),
        np.empty(patients, np.int64),
        np.empty((4, patients)),
        np.empty((patients, groups)),
        np.empty((patients, groups)),
        np.empty((1 + groups, groups)),
        np.empty((patients, covariates)),
        np.empty((2 + 2 * covariates, covariates)),
        np.empty(statistics),
        np.empty(statistics),
        np.zeros((groupings, 2)),
        np.zeros((groupings, 2)),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def fill_times(months: np.ndarray, day: np.ndarray, time: np.ndarray) -> None:
    """Fill the months of each patient.

    Parameters
    ----------
    months : numpy.ndarray
        Shape (day,).
    day : numpy.ndarray
        Shape (patient,).
    time : numpy.ndarray
        Shape (patient,): filled.
    """
    for i in range(day.shape[0]):
        time[i] = months[day[i]]


@njit(cache=True, nogil=True, error_model="numpy")
def touched(column: int, changed: int) -> bool:
    """Return whether a move changes what a grouping's statistics are computed from.

    Parameters
    ----------
    column : int
        The grouping's column.
    changed : int
        The column that the move changed, `ALL` or `TIMES`.

    Returns
    -------
    bool
        Times shifted within their order leave tests and regressions as they are; that tests
        needn't be looked at then is for the caller to know.
    """
    if changed == TIMES:
        return bool(column != EVERY_COLUMN)
    return bool(changed == ALL or column in (changed, EVERY_COLUMN))


@njit(cache=True, nogil=True, error_model="numpy")
def after_tests(
    problem: Problem, state: State, work: Work, changed: int, count: int, budget: float
) -> float:
    """Spend a budget on the log-rank tests of the groupings that a move touched.

    Parameters
    ----------
    problem : Problem
        What is printed.
    state : State
        Where the chain is.
    work : Work
        Room, with the times filled; the tests' places in `trial` and `new_energy` are filled.
    changed : int
        As for `touched`.
    count : int
        How many groupings are looked at.
    budget : float
        What may be spent: below 0 the rest is not looked at.

    Returns
    -------
    float
        What is left.
    """
    plan, statistics, group = problem.plan, problem.statistics, work.group
    for g in range(count):
        column, levels, s, rest, _ = plan[g]
        if s == rest or not touched(column, changed):
            continue
        row = statistics[s]
        _fill_groups(problem.table[g], state.values[column], group)
        if levels == 2:
            value = _two_groups(work.time, state.event, group, row[_ARGUMENT])
        else:
            value = _many_groups(
                work.time, state.event, group, work.curve[_TIMES], work.at_risk[:, :levels],
                work.events[:, :levels], work.covariance[:, :levels],
            )  # fmt: skip
        work.trial[s] = value
        energy = _far(value, row[_LOW], row[_HIGH], row[_LIMIT], work.width[s])
        work.new_energy[g, 0] = energy
        budget -= energy
        if budget < 0.0:
            break
    return budget


@njit(cache=True, nogil=True, error_model="numpy")
def after_rest(
    problem: Problem, state: State, work: Work, changed: int, count: int, budget: float
) -> float:
    """Spend a budget on all other statistics of the groupings that a move touched.

    Parameters
    ----------
    problem : Problem
        What is printed.
    state : State
        Where the chain is.
    work : Work
        Room, with the times filled; the places in `trial` and `new_energy` are filled.
    changed : int
        As for `touched`.
    count : int
        How many groupings are looked at.
    budget : float
        What may be spent: below 0 the rest is not looked at.

    Returns
    -------
    float
        What is left.
    """
    plan, statistics, group, trial = problem.plan, problem.statistics, work.group, work.trial
    for g in range(count):
        column, levels, _, begin, end = plan[g]
        if begin == end or not touched(column, changed):
            continue
        rows, out, width = statistics[begin:end], trial[begin:end], work.width[begin:end]
        if column == EVERY_COLUMN:
            _fill_covariates(problem.cox_column, problem.cox_code, state.values, work.covariates)
            fill_regression(
                work.time, state.event, work.covariates, problem.cox_beta, work.regression,
                rows, out,
            )  # fmt: skip
            energy = _all_far(out, rows, width)
        else:
            if column >= 0:
                _fill_groups(problem.table[g], state.values[column], group)
            else:
                group[:] = 0
            energy = _curves(
                rows, problem.months[-1], problem.spacings[state.spacing[0]],
                problem.limits_at_events, problem.rate_scale,
                work.time, state.event, group, work.flipped, work.curve,
                work.at_risk[:, :levels], work.events[:, :levels], out, width, budget,
            )  # fmt: skip
        work.new_energy[g, 1] = energy
        budget -= energy
        if budget < 0.0:
            break
    return budget


@njit(cache=True, nogil=True, error_model="numpy")
def _all_far(values: np.ndarray, rows: np.ndarray, width: np.ndarray) -> float:
    total = 0.0
    for s in range(values.shape[0]):
        total += _far(values[s], rows[s, _LOW], rows[s, _HIGH], rows[s, _LIMIT], width[s])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _curves(  # noqa: C901 - the kinds share one curve: a call for each would cost more than it
    rows: np.ndarray,
    longest: float,
    spacing: float,
    at_events: bool,
    rate_scale: int,
    time: np.ndarray,
    event: np.ndarray,
    group: np.ndarray,
    flipped: np.ndarray,
    curve: np.ndarray,
    table: np.ndarray,
    seen: np.ndarray,
    out: np.ndarray,
    width: np.ndarray,
    budget: float,
) -> float:
    count = fill_risk_sets(time, event, group, curve[_TIMES], table, seen)
    times, survival, variance = curve[_TIMES, :count], curve[_SURVIVAL, :count], curve[_VARIANCE]
    distance = curve[_DISTANCE]
    present, margin, total = -1, -1, 0.0
    lower, upper = np.inf, np.inf
    for s in range(rows.shape[0]):
        kind, level, at = int(rows[s, _KIND]), int(rows[s, _LEVEL]), rows[s, _ARGUMENT]
        low, high = rows[s, _LOW], rows[s, _HIGH]
        if kind >= _FOLLOW_UP:  # the table of risk sets is used up: follow-up comes last
            value = _follow_up(kind, event, time, group, flipped, curve, table, seen, at_events)
        elif kind >= _EVENTS:
            value = _counted(rows[s], spacing, time, event, group)
        else:
            if level != present:
                present = level
                fill_product_limit(table[:count, level], seen[:count, level], survival, variance)
            if kind == _MEDIAN:
                value = _median(times, survival, low, high)
            elif kind <= _MEAN_SE:
                mean, spread = mean_until(
                    times, table[:count, level], seen[:count, level], survival, time[-1]
                )
                value = mean if kind == _MEAN else np.sqrt(spread)
            elif kind <= _UPPER:
                if level != margin:
                    margin = level
                    fill_log_log_distance(seen[:count, level], survival, variance, distance)
                    lower, upper = _limits(times, seen[:count, level], distance, at_events)
                value = lower if kind == _LOWER else upper
            else:
                value = _rate(kind, at, rate_scale, times, survival, variance)
        out[s] = value
        if kind <= _UPPER or kind >= _FOLLOW_UP:  # what isn't reached lies at the last time
            value, low, high = min(value, longest), min(low, longest), min(high, longest)
        total += _far(value, low, high, rows[s, _LIMIT], width[s])
        if total > budget:
            return total
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_groups(level: np.ndarray, value: np.ndarray, group: np.ndarray) -> None:
    for i in range(value.shape[0]):
        group[i] = level[value[i]]


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_covariates(
    column: np.ndarray, code: np.ndarray, values: np.ndarray, covariates: np.ndarray
) -> None:
    for k in range(column.shape[0]):
        for i in range(values.shape[1]):
            covariates[i, k] = code[k, values[column[k], i]]


@njit(cache=True, nogil=True, error_model="numpy")
def _two_groups(time: np.ndarray, event: np.ndarray, group: np.ndarray, direction: float) -> float:
    """Return the log-rank chi-squared, negative where it goes against the direction."""
    score, variance, n, first = 0.0, 0.0, 0.0, 0.0
    i = time.shape[0] - 1
    while i >= 0:
        now, d, d_first = time[i], 0.0, 0.0
        while i >= 0 and time[i] == now:
            n += 1.0
            d += event[i]
            if group[i] == 0:
                first += 1.0
                d_first += event[i]
            i -= 1
        if d > 0.0:
            share = first / n
            score += d_first - d * share
            if n > 1.0:
                variance += d * share * (1.0 - share) * (n - d) / (n - 1.0)
    chi_squared = score * score / variance if variance > 0.0 else 0.0
    return -chi_squared if direction * score < 0.0 else chi_squared


@njit(cache=True, nogil=True, error_model="numpy")
def _many_groups(
    time: np.ndarray,
    event: np.ndarray,
    group: np.ndarray,
    times: np.ndarray,
    table: np.ndarray,
    seen: np.ndarray,
    covariance: np.ndarray,
) -> float:
    groups = table.shape[1]
    count = fill_risk_sets(time, event, group, times, table, seen)
    covariance[: groups + 1] = 0.0
    score, spread = covariance[0], covariance[1 : groups + 1]
    fill_score(table[:count], seen[:count], score, spread)
    return float(quadratic_form(score, spread)[0])


@njit(cache=True, nogil=True, error_model="numpy")
def _median(times: np.ndarray, survival: np.ndarray, low: float, high: float) -> float:
    first, last = median_times(times, survival)
    return first if _outside(first, low, high) <= _outside(last, low, high) else last


@njit(cache=True, nogil=True, error_model="numpy")
def _limits(
    times: np.ndarray, events: np.ndarray, distance: np.ndarray, at_events: bool
) -> tuple[float, float]:
    lower, upper = np.inf, np.inf
    if at_events:
        lower, upper = median_limits(times, events, distance, Z)
        return lower, upper
    for j in range(times.shape[0]):
        if events[j] == 0 or np.isnan(distance[j]):
            continue
        if lower == np.inf and distance[j] <= Z:
            lower = times[j]
        if distance[j] <= -Z:
            upper = times[j]
            break
    return lower, upper


@njit(cache=True, nogil=True, error_model="numpy")
def _rate(
    kind: int,
    at: float,
    scale: int,
    times: np.ndarray,
    survival: np.ndarray,
    variance: np.ndarray,
) -> float:
    """Return survival at a time or a limit of it, percent."""
    row = np.searchsorted(times, at, side="right") - 1
    if row < 0:
        return 100.0
    value = survival[row]
    if kind == _RATE or value <= 0.0 or value >= 1.0:
        return float(100.0 * value)
    error, sign = Z * np.sqrt(variance[row]), -1.0 if kind == _RATE_LOWER else 1.0
    if scale == _PLAIN:
        return float(100.0 * min(max(value + sign * error, 0.0), 1.0))
    if scale == _LOG:
        return float(100.0 * min(value * np.exp(sign * error / value), 1.0))
    logarithm = np.log(value)
    return float(100.0 * np.exp(logarithm * np.exp(sign * error / (value * logarithm))))


@njit(cache=True, nogil=True, error_model="numpy")
def _counted(
    row: np.ndarray, spacing: float, time: np.ndarray, event: np.ndarray, group: np.ndarray
) -> float:
    kind, level, at = int(row[_KIND]), int(row[_LEVEL]), row[_ARGUMENT]
    if row[_TICKED] > 0.0:
        at *= spacing
    total = 0
    if kind == _AT_RISK:
        for i in range(time.shape[0] - 1, -1, -1):
            if time[i] < at:
                break
            total += group[i] == level
        return float(total)
    until = at if kind == _EVENTS_BY else np.inf
    for i in range(time.shape[0]):
        if time[i] > until:
            break
        total += event[i] * (group[i] == level)
    return float(total)


@njit(cache=True, nogil=True, error_model="numpy")
def _follow_up(
    kind: int,
    event: np.ndarray,
    time: np.ndarray,
    group: np.ndarray,
    flipped: np.ndarray,
    curve: np.ndarray,
    table: np.ndarray,
    seen: np.ndarray,
    at_events: bool,
) -> float:
    """Return the median of reverse Kaplan-Meier or a limit of it: being censored is the event."""
    for i in range(event.shape[0]):
        flipped[i] = 1 - event[i]
        group[i] = 0
    count = fill_risk_sets(time, flipped, group, curve[_TIMES], table[:, :1], seen[:, :1])
    times, survival, variance = curve[_TIMES, :count], curve[_SURVIVAL, :count], curve[_VARIANCE]
    fill_product_limit(table[:count, 0], seen[:count, 0], survival, variance)
    if kind == _FOLLOW_UP:
        return float(median_times(times, survival)[0])
    fill_log_log_distance(seen[:count, 0], survival, variance, curve[_DISTANCE])
    lower, upper = _limits(times, seen[:count, 0], curve[_DISTANCE], at_events)
    return lower if kind == _FOLLOW_UP_LOWER else upper


@njit(cache=True, nogil=True, error_model="numpy")
def _outside(value: float, low: float, high: float) -> float:
    if low <= value <= high:
        return 0.0
    return low - value if value < low else value - high


@njit(cache=True, nogil=True, error_model="numpy")
def _far(value: float, low: float, high: float, limit: float, width: float) -> float:
    """Return ``log(1 + (distance / width)^2) + (distance / limit)^2``."""
    distance = _outside(value, low, high)
    if distance == 0.0:
        return 0.0
    ratio, far = distance / width, distance / limit
    return float(np.log1p(ratio * ratio) + far * far)
