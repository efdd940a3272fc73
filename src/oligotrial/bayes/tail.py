"""The generalised gamma's tail as one operation of PyTensor, with its slopes.

Written out, the sum over 64 nodes and the gradient that PyTensor makes of it are a thousand
operations on arrays; in one compiled loop value and slopes share all that is slow.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from pytensor.link.numba.dispatch.scalar import register_scalar_funcify
from pytensor.scalar.basic import ScalarOp, float64
from pytensor.tensor.elemwise import Elemwise

from oligotrial.hazard.tail import NODES, WEIGHTS

__all__ = ["mills_ratio", "ratio_and_slopes"]

LARGEST_EXPONENT = 300.0
"""As far as the hazard lets exponents grow."""

NEGLIGIBLE = 1e-18
"""Share of the sum below which the rest of it is left out: nodes' terms fall ever faster."""


@njit(cache=True, nogil=True, error_model="numpy")
def ratio_and_slopes(distance, q):  # type: ignore[no-untyped-def]
    """Return the tail over the density at a distance, and its slopes in distance and q.

    The integral of `oligotrial.hazard.tail.mills_ratio`, by the same rule; the slopes are those of
    the integrand, integrated.

    Parameters
    ----------
    distance, q : float
        A standard score of at least 0, and the shape.

    Returns
    -------
    tuple of float
        Ratio, slope in the distance, slope in q.

    Examples
    --------
    >>> ratio, in_distance, _ = ratio_and_slopes(0.0, 0.0)
    >>> round(ratio, 9), round(in_distance, 9)
    (1.253314137, -1.0)
    """
    exponent = min(q * distance, LARGEST_EXPONENT)
    curvature = np.exp(exponent)
    growth, _, growth_slope, _ = _growths(exponent)
    slope = distance * growth
    unit = 1.0 / np.sqrt(slope * slope + curvature)
    falling = max(q, 0.0)
    total, in_distance, in_q = 0.0, 0.0, 0.0
    for k in range(NODES.size):
        step, stretch = NODES[k] * unit, 0.0
        if falling > 0.0:
            stretch = falling * step
            step = step * _log_growth(stretch)
        _, bend, _, bend_slope = _growths(q * step)
        square = curvature * step * step
        term = WEIGHTS[k] * np.exp(-slope * step - square * bend) / (1.0 + stretch)
        total += term
        in_distance -= term * (curvature * step + q * square * bend)
        in_q -= term * (
            distance * distance * growth_slope * step
            + square * (distance * bend + step * bend_slope)
        )
        if term < NEGLIGIBLE * total:
            break
    return unit * total, unit * in_distance, unit * in_q


@njit(cache=True, nogil=True, error_model="numpy")
def _growths(x):  # type: ignore[no-untyped-def]
    """Return ``(exp(x) - 1) / x``, ``(exp(x) - 1 - x) / x ** 2``, and the slopes of both."""
    if abs(x) >= 0.1:
        growth = np.expm1(x) / x
        bend = (growth - 1.0) / x
        return growth, bend, growth - bend, (growth - 2.0 * bend) / x
    bend, bend_slope, power, factor = 0.0, 0.0, 1.0, 0.5
    for k in range(10):
        bend += power * factor
        bend_slope += (k + 1) * power * factor / (k + 3)
        power *= x
        factor /= k + 3
    growth = 1.0 + x * bend
    return growth, bend, bend + x * bend_slope, bend_slope


@njit(cache=True, nogil=True, error_model="numpy")
def _log_growth(x):  # type: ignore[no-untyped-def]
    """Return ``log(1 + x) / x`` of values above 0."""
    if x >= 0.02:
        return np.log1p(x) / x
    total = 0.0
    for k in range(9, -1, -1):
        total = 1.0 / (k + 1) - x * total
    return total


class _MillsRatio(ScalarOp):
    """Ratio, slope in the distance, slope in q."""

    nin = 2
    nout = 3
    version = 1
    __props__ = ("version",)

    def __init__(self) -> None:
        super().__init__(name="mills_ratio")  # type: ignore[no-untyped-call]

    def output_types(self, types: Sequence[Any]) -> list[Any]:  # noqa: ARG002
        """Return floats."""
        return [float64] * self.nout

    def impl(self, distance: float, q: float) -> tuple[float, float, float]:
        """Return the values."""
        found: tuple[float, float, float] = ratio_and_slopes(float(distance), float(q))
        return found

    def pullback(
        self,
        inputs: Sequence[Any],  # noqa: ARG002
        outputs: Sequence[Any],
        grads: Sequence[Any],
    ) -> list[Any]:
        """Return the gradient from that of the ratio; slopes have none of their own."""
        return [grads[0] * outputs[1], grads[0] * outputs[2]]


@register_scalar_funcify(_MillsRatio)  # type: ignore[no-untyped-call]
def _compiled(op: _MillsRatio, node: Any, **_: Any) -> tuple[Any, str]:  # noqa: ARG001
    return ratio_and_slopes, f"oligotrial tail {op.version}"


_elementwise: Any = Elemwise(_MillsRatio())  # type: ignore[abstract, no-untyped-call]


def mills_ratio(distance: Any, q: Any, exponent: Any) -> Any:  # noqa: ARG001
    """Return `oligotrial.hazard.tail.mills_ratio` of symbols.

    Parameters
    ----------
    distance, q : pytensor tensor
        Standard scores of at least 0, and the shape.
    exponent : pytensor tensor
        Their bounded product; worked out anew.

    Returns
    -------
    pytensor tensor
        Above 0.
    """
    return _elementwise(distance, q)[0]
