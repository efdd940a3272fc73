"""The information of an interval-censored score, once survival itself is estimated: compiled.

The likelihood of a log hazard ratio and of survival at each end of Turnbull's masses has one
matrix of second derivatives; what is left of the ratio's own when survival is estimated from the
same data is its efficient information. It asks nothing of the visits but that they don't
depend on the event, given the arm: they may differ between the arms.
"""

import math

from numba import njit

__all__ = ["efficient_information"]

_NO_MASS = 1e-7  # what Turnbull's estimate leaves where there is none
_ROUNDING = 1e-9  # of the information, below which survival's estimate takes all of it
_POLISH = 8  # Newton's steps from Turnbull's estimate to slopes of 0


@njit(cache=True, nogil=True, error_model="numpy")
def _merge(survival, node, cumulated):  # type: ignore[no-untyped-def]
    """Fill survival after each positive mass, and each end's place there; return the masses."""
    masses = 0
    survival[0] = 1.0
    node[0] = 0
    kept = cumulated.size - 1
    for k in range(1, kept + 1):
        if cumulated[k] - (1.0 - survival[masses]) > _NO_MASS:
            masses += 1
        node[k] = masses
        survival[masses] = 1.0 - cumulated[k] if masses > 0 else 1.0
    survival[masses] = 0.0
    return masses


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_laplacian(matrix, reach, slope, survival, first, last, node, masses):  # type: ignore[no-untyped-def]
    """Fill minus the second derivatives by survival, and the first ones.

    Lower triangle, of inner nodes 1 to masses - 1; `reach` is each row's first place not 0.
    """
    inner = masses - 1
    for k in range(inner):
        reach[k] = k
        slope[k] = 0.0
    for i in range(first.size):
        f, t = node[first[i]] - 1, node[last[i] + 1] - 1
        if f >= 0 and t < inner:
            reach[t] = min(reach[t], f)
    for k in range(inner):
        matrix[k, reach[k] : k + 1] = 0.0
    for i in range(first.size):
        f, t = node[first[i]] - 1, node[last[i] + 1] - 1
        steep = 1.0 / (survival[f + 1] - survival[t + 1])
        if f >= 0:
            matrix[f, f] += steep * steep
            slope[f] += steep
        if t < inner:
            matrix[t, t] += steep * steep
            slope[t] -= steep
            if f >= 0:
                matrix[t, f] -= steep * steep


@njit(cache=True, nogil=True, error_model="numpy")
def _factor(matrix, reach, inner):  # type: ignore[no-untyped-def]
    """Overwrite the lower triangle with its Cholesky factor; return whether it is definite."""
    for i in range(inner):
        for j in range(reach[i], i + 1):
            rest = matrix[i, j]
            for k in range(max(reach[i], reach[j]), j):
                rest -= matrix[i, k] * matrix[j, k]
            if i > j:
                matrix[i, j] = rest / matrix[j, j]
            elif rest > 0.0:
                matrix[i, i] = math.sqrt(rest)
            else:
                return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _forward(matrix, reach, vector, inner):  # type: ignore[no-untyped-def]
    """Overwrite a vector with the factor's inverse times it."""
    for i in range(inner):
        for k in range(reach[i], i):
            vector[i] -= matrix[i, k] * vector[k]
        vector[i] /= matrix[i, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _backward(matrix, reach, vector, inner):  # type: ignore[no-untyped-def]
    """Overwrite a vector with the transposed factor's inverse times it."""
    for i in range(inner - 1, -1, -1):
        vector[i] /= matrix[i, i]
        for k in range(reach[i], i):
            vector[k] -= matrix[i, k] * vector[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_effects(effect, second, survival, hazards, masses, finkelstein):  # type: ignore[no-untyped-def]
    """Fill survival's first and second derivative by the log ratio; hazards are summed up too."""
    total, spread = 0.0, 0.0
    hazards[0] = 0.0
    effect[0] = 0.0
    second[0] = 0.0
    for k in range(1, masses):
        if finkelstein:
            hazards[k] = -math.log(survival[k])
            effect[k] = -survival[k] * hazards[k]
            second[k] = effect[k] * (1.0 - hazards[k])
        else:
            hazard = 1.0 - survival[k] / survival[k - 1]
            total += hazard
            spread += hazard * (1.0 - hazard)
            hazards[k] = total
            effect[k] = -survival[k] * total
            second[k] = survival[k] * (total * total - spread)
    effect[masses] = 0.0
    second[masses] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _add_bend(cross, pull, survival, hazards, masses, finkelstein):  # type: ignore[no-untyped-def]
    """Take from the cross derivatives what the effects themselves change with survival."""
    if finkelstein:
        for k in range(1, masses):
            cross[k] -= pull[k] * (1.0 - hazards[k])
        return
    beyond = 0.0
    for k in range(masses - 1, 0, -1):
        here = pull[k] * survival[k]
        cross[k] += pull[k] * hazards[k] - (here + beyond) / survival[k - 1]
        cross[k] += beyond * survival[k + 1] / (survival[k] * survival[k])
        beyond += here


@njit(cache=True, nogil=True, error_model="numpy")
def _newton(survival, slope, matrix, reach, inner):  # type: ignore[no-untyped-def]
    """Move survival to where its slopes are 0; return whether it was worth it."""
    _forward(matrix, reach, slope, inner)
    gain = 0.0
    for k in range(inner):
        gain += slope[k] * slope[k]
    _backward(matrix, reach, slope, inner)
    share = 1.0
    for k in range(inner + 1):  # no mass may become less than half of what it is
        step = (slope[k - 1] if k > 0 else 0.0) - (slope[k] if k < inner else 0.0)
        mass = survival[k] - survival[k + 1]
        if step < -0.5 * mass:
            share = min(share, -0.5 * mass / step)
    if gain < 1e-22:
        return False
    for k in range(inner):
        survival[k + 1] += share * slope[k]
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _collect(pull, cross, effect, second, survival, node, first, last, treated):  # type: ignore[no-untyped-def]
    """Fill the experimental arm's derivatives by survival, and those of its score.

    Returns the score and minus its derivative by the log ratio.
    """
    score, information = 0.0, 0.0
    for i in range(first.size):
        if treated[i]:
            f, t = node[first[i]], node[last[i] + 1]
            steep = 1.0 / (survival[f] - survival[t])
            mine = (effect[f] - effect[t]) * steep
            score += mine
            information += mine * mine - (second[f] - second[t]) * steep
            pull[f] += steep
            pull[t] -= steep
            cross[f] += mine * steep
            cross[t] -= mine * steep
    return score, information


@njit(cache=True, nogil=True, error_model="numpy")
def efficient_information(cumulated, first, last, treated, finkelstein, numbers, whole, square):  # type: ignore[no-untyped-def]
    """Return the score of a log hazard ratio of 0 and its efficient information.

    Parameters
    ----------
    cumulated : numpy.ndarray
        Turnbull's estimate of both arms together; shape (intervals + 1,).
    first, last : numpy.ndarray of int64
        Each patient's first and last interval.
    treated : numpy.ndarray of int64
        1 for the experimental arm.
    finkelstein : bool
        Whether hazards are proportional, instead of the odds of an event from mass to mass.
    numbers, whole, square : numpy.ndarray
        Room to work in: six and two rows of at least intervals + 1, and the square of intervals.

    Returns
    -------
    score : float
        The score.
    information : float
        Both 0 where there is none, or the likelihood isn't concave.

    Notes
    -----
    Minus the log-likelihood's second derivatives at the null estimate, survival's part taken out
    (Fay 1996, Biometrics 52, 811-822, doi:10.2307/2533044; Finkelstein 1986). Masses that are 0
    are none of the parameters. With the same visits for all and Sun's scores it is the sum over
    visits of ``n1 n0 / n h (1 - h)``, the log-rank's variance but for a factor ``n / (n - 1)``.
    """
    survival, node, reach = numbers[0], whole[0], whole[1]
    masses = _merge(survival, node, cumulated)
    inner = masses - 1
    if inner < 1:
        return 0.0, 0.0
    matrix = square[: inner * inner].reshape(inner, inner)
    cross, pull, effect, second, hazards = (
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[4],
        numbers[5],
    )
    for _ in range(_POLISH):
        _fill_laplacian(matrix, reach, cross, survival, first, last, node, masses)
        if not _factor(matrix, reach, inner):
            return 0.0, 0.0
        if not _newton(survival, cross, matrix, reach, inner):
            break
    _fill_effects(effect, second, survival, hazards, masses, finkelstein)
    pull[: masses + 1] = 0.0
    cross[: masses + 1] = 0.0
    score, information = _collect(pull, cross, effect, second, survival, node, first, last, treated)
    _add_bend(cross, pull, survival, hazards, masses, finkelstein)
    _forward(matrix, reach, cross[1:], inner)
    lost = 0.0
    for k in range(1, masses):
        lost += cross[k] * cross[k]
    if not information - lost > _ROUNDING * abs(information):
        return 0.0, 0.0
    return score, information - lost
