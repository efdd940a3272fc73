"""Probabilities of normal variables in one to four dimensions, compiled.

One and two dimensions are exact to rounding. In three and four the correlation is led from none
to the one given and Plackett's identity (1954, Biometrika 41, 351-360, doi:10.2307/2332716), the
derivative of an orthant probability by a correlation, is integrated along the way: what is left is
one integral over probabilities of one or two dimensions. The correlation may be singular.
"""

import math

import numpy as np
from numba import njit

__all__ = ["all_below", "bivariate_below", "normal_below", "normal_quantile", "rough_quantile"]

_ROOT_HALF = math.sqrt(0.5)
_ROOT_TAU = math.sqrt(2.0 * math.pi)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_PATH, _PATH_WEIGHTS = np.polynomial.legendre.leggauss(40)


@njit(cache=True, nogil=True, error_model="numpy")
def normal_below(z):  # type: ignore[no-untyped-def]
    """Return the probability that a standard normal variable is below a value."""
    return 0.5 * math.erfc(-z * _ROOT_HALF)


@njit(cache=True, nogil=True, error_model="numpy")
def rough_quantile(p):  # type: ignore[no-untyped-def]
    """Return the standard normal quantile of a probability, to a relative error of 1.2e-9."""
    # Acklam's rational approximation, on the smaller tail.
    if not 0.0 < p < 1.0:
        return -np.inf if p <= 0.0 else np.inf
    tail = min(p, 1.0 - p)
    if tail < 0.02425:
        q = math.sqrt(-2.0 * math.log(tail))
        top = (
            (
                ((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q
                - 2.549732539343734
            )
            * q
            + 4.374664141464968
        ) * q + 2.938163982698783
        bottom = (
            ((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q
            + 3.754408661907416
        ) * q + 1.0
        x = top / bottom
    else:
        q = tail - 0.5
        r = q * q
        top = (
            (
                ((-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02) * r
                + 1.383577518672690e02
            )
            * r
            - 3.066479806614716e01
        ) * r + 2.506628277459239
        bottom = (
            (
                ((-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02) * r
                + 6.680131188771972e01
            )
            * r
            - 1.328068155288572e01
        ) * r + 1.0
        x = top * q / bottom
    return x if p <= 0.5 else -x


@njit(cache=True, nogil=True, error_model="numpy")
def normal_quantile(p):  # type: ignore[no-untyped-def]
    """Return the standard normal quantile of a probability, exact to rounding."""
    if not 0.0 < p < 1.0:
        return -np.inf if p <= 0.0 else np.inf
    tail = min(p, 1.0 - p)
    x = rough_quantile(tail)
    for _ in range(2):  # Halley's method
        error = (normal_below(x) - tail) * _ROOT_TAU * math.exp(0.5 * x * x)
        x -= error / (1.0 + 0.5 * x * error)
    return x if p <= 0.5 else -x


@njit(cache=True, nogil=True, error_model="numpy")
def bivariate_below(h, k, r):  # type: ignore[no-untyped-def]
    """Return the probability that two standard normal variables are both below values.

    Parameters
    ----------
    h, k : float
        The values.
    r : float
        Their correlation, -1 to 1.

    Returns
    -------
    float
        The probability.

    Notes
    -----
    Drezner and Wesolowsky (1990), Journal of Statistical Computation and Simulation 35, 101-107,
    doi:10.1080/00949659008811236, as mended by Genz (2004), Statistics and Computing 14, 251-260,
    doi:10.1023/B:STCO.0000035304.20635.31.
    """
    h, k = -h, -k
    if abs(r) < 0.925:
        total = 0.0
        if r != 0.0:
            half, angle = 0.5 * (h * h + k * k), math.asin(r)
            for i in range(_NODES.size):
                sine = math.sin(0.5 * angle * (_NODES[i] + 1.0))
                total += _WEIGHTS[i] * math.exp((sine * h * k - half) / (1.0 - sine * sine))
            total *= angle / (4.0 * math.pi)
        return total + normal_below(-h) * normal_below(-k)
    if r < 0.0:
        k = -k
    total = _near_one(h, k, abs(r)) if abs(r) < 1.0 else 0.0
    if r > 0.0:
        return total + normal_below(-max(h, k))
    return max(0.0, normal_below(k) - normal_below(h) if k > h else 0.0) - total


@njit(cache=True, nogil=True, error_model="numpy")
def _near_one(h, k, r):  # type: ignore[no-untyped-def]
    """Return what a correlation near 1 leaves of the probability at correlation 1."""
    hk = h * k
    rest = (1.0 - r) * (1.0 + r)
    a = math.sqrt(rest)
    square = (h - k) * (h - k)
    c, d = (4.0 - hk) / 8.0, (12.0 - hk) / 16.0
    total = 0.0
    exponent = -0.5 * (square / rest + hk)
    if exponent > -100.0:
        series = 1.0 - c * (square - rest) * (1.0 - d * square / 5.0) / 3.0
        total = a * math.exp(exponent) * (series + c * d * rest * rest / 5.0)
    if hk > -100.0:
        b = math.sqrt(square)
        tail = _ROOT_TAU * normal_below(-b / a)
        series = 1.0 - c * square * (1.0 - d * square / 5.0) / 3.0
        total -= math.exp(-0.5 * hk) * tail * b * series
    a *= 0.5
    for i in range(_NODES.size):
        x = (a * (_NODES[i] + 1.0)) ** 2
        root = math.sqrt(1.0 - x)
        exponent = -0.5 * (square / x + hk)
        if exponent > -100.0:
            exact = math.exp(-0.5 * hk * x / (1.0 + root) ** 2) / root
            total += a * _WEIGHTS[i] * math.exp(exponent) * (exact - 1.0 - c * x * (1.0 + d * x))
    return -total / (2.0 * math.pi)


@njit(cache=True, nogil=True, error_model="numpy")
def all_below(z, correlation):  # type: ignore[no-untyped-def]
    """Return the probability that two to four standard normal variables are all below a value.

    Parameters
    ----------
    z : float
        The value.
    correlation : numpy.ndarray
        Of the variables; shape (variables, variables), singular or not.

    Returns
    -------
    float
        The probability, to 1e-9.
    """
    size = correlation.shape[0]
    if size == 1:
        return normal_below(z)
    if size == 2:
        return bivariate_below(z, z, min(max(correlation[0, 1], -1.0), 1.0))
    total = 0.0
    for node in range(_PATH.size):
        # The way is 1 - left^4: where the correlation may be singular, at its end, steps shrink.
        left = 0.5 * (1.0 - _PATH[node])
        share = 1.0 - left**4
        slope = 0.0
        for i in range(size):
            for j in range(i):
                r = share * correlation[i, j]
                if r != 0.0:
                    density = math.exp(-z * z / (1.0 + r)) / math.sqrt(1.0 - r * r)
                    slope += correlation[i, j] * density * _others(z, share, correlation, i, j)
        total += _PATH_WEIGHTS[node] * 2.0 * left**3 * slope
    return min(max(normal_below(z) ** size + total / (2.0 * math.pi), 0.0), 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _others(z, share, correlation, i, j):  # type: ignore[no-untyped-def]
    """Return the probability of the other one or two variables, given that i and j equal z."""
    size = correlation.shape[0]
    one = 0
    while one in (i, j):
        one += 1
    r = share * correlation[i, j]
    a, b = share * correlation[one, i], share * correlation[one, j]
    square = max(1.0 - (a * a + b * b - 2.0 * a * b * r) / (1.0 - r * r), 0.0)
    here = z * (1.0 - (a + b) / (1.0 + r))
    first = here / math.sqrt(square) if square > 0.0 else np.copysign(np.inf, here)
    if size == 3:
        return normal_below(first)
    two = one + 1
    while two in (i, j):
        two += 1
    c, d = share * correlation[two, i], share * correlation[two, j]
    other = max(1.0 - (c * c + d * d - 2.0 * c * d * r) / (1.0 - r * r), 0.0)
    there = z * (1.0 - (c + d) / (1.0 + r))
    second = there / math.sqrt(other) if other > 0.0 else np.copysign(np.inf, there)
    if square == 0.0 or other == 0.0:
        return min(normal_below(first), normal_below(second))
    common = share * correlation[one, two] - (a * c + b * d - r * (a * d + b * c)) / (1.0 - r * r)
    partial = min(max(common / math.sqrt(square * other), -1.0), 1.0)
    return bivariate_below(first, second, partial)
