"""M-splines and their integrals, evaluated at known times."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.interpolate import BSpline

from oligotrial.checks import InputError
from oligotrial.hazard.core import Array

__all__ = ["Basis", "Evaluated", "MSplineBasis", "at_any_time"]


class Basis(Protocol):
    """A family of non-negative functions of time and their integrals from 0."""

    def density(self, time: Array) -> Sequence[Array]:
        """Return each function at each time: a sequence of arrays shaped as the times."""
        ...

    def cumulative(self, time: Array) -> Sequence[Array]:
        """Return each function's integral from 0 to each time."""
        ...


@dataclass(frozen=True)
class MSplineBasis:
    """M-splines: B-splines scaled to integrate to 1 between 0 and the last knot.

    Beyond the last knot each function stays at its value there, so that a hazard built
    on the basis is constant from there on.

    Parameters
    ----------
    inner : tuple of float
        Increasing knots strictly between 0 and `last`, months.
    last : float
        Last knot, months.
    degree : int, optional
        Degree of the polynomials between knots.

    Raises
    ------
    InputError
        If the knots are not increasing between 0 and `last`.

    Notes
    -----
    Ramsay (1988), Statistical Science 3, 425-441, doi:10.1214/ss/1177012761: an M-spline
    is the B-spline times ``(degree + 1) / (support width)``.

    Examples
    --------
    >>> basis = MSplineBasis(inner=(6.0, 12.0), last=24.0)
    >>> basis.size
    6
    """

    inner: tuple[float, ...]
    last: float
    degree: int = 3

    def __post_init__(self) -> None:
        knots = np.array([0.0, *self.inner, self.last])
        if not (np.all(np.isfinite(knots)) and np.all(np.diff(knots) > 0)):
            raise InputError(
                f"knots {list(self.inner)} do not increase strictly between 0 and "
                f"{self.last} months"
            )

    @property
    def size(self) -> int:
        """Number of basis functions."""
        return len(self.inner) + self.degree + 1

    def even_weights(self) -> np.ndarray:
        """Return the weights, summing to 1, under which the hazard is constant.

        Returns
        -------
        numpy.ndarray
            Shape (size,): each function's share of the support's width.
        """
        widths = self._knots[self.degree + 1 :] - self._knots[: self.size]
        return np.asarray(widths / widths.sum())

    def density(self, time: Array) -> Sequence[Array]:
        """Return each function at each time, held at its last value beyond the last knot."""
        return self._like(time, self._density(self._inside(time)))

    def cumulative(self, time: Array) -> Sequence[Array]:
        """Return each function's integral from 0 to each time."""
        beyond = np.maximum(np.asarray(time, dtype=float) - self.last, 0.0)
        added = beyond[..., None] * self._density(self.last)
        return self._like(time, self._integral(self._inside(time)) + added)

    @cached_property
    def _knots(self) -> np.ndarray:
        edge = self.degree + 1
        return np.concatenate([np.zeros(edge), self.inner, np.full(edge, self.last)])

    @cached_property
    def _density(self) -> BSpline:
        """All functions as one spline, whose values have them on the last axis."""
        edge = self.degree + 1
        widths = self._knots[edge:] - self._knots[: self.size]
        return BSpline(self._knots, np.diag(edge / widths), self.degree)

    @cached_property
    def _integral(self) -> BSpline:
        return self._density.antiderivative()

    def _inside(self, time: Array) -> np.ndarray:
        return np.asarray(np.clip(np.asarray(time, dtype=float), 0.0, self.last))

    @staticmethod
    def _like(time: Array, values: np.ndarray) -> list[Array]:
        """Return one array for each function, labelled as the times are."""
        each = np.moveaxis(values, -1, 0)
        return [time.copy(data=one) for one in each] if hasattr(time, "dims") else list(each)


@dataclass(frozen=True)
class Evaluated:
    """A basis already evaluated at fixed times, for use where times are symbols.

    Parameters
    ----------
    density_columns, cumulative_columns : sequence of array
        What `density` and `cumulative` return whatever time they are given.

    Examples
    --------
    >>> basis = MSplineBasis(inner=(6.0,), last=12.0)
    >>> at_three = Evaluated(basis.density(3.0), basis.cumulative(3.0))
    >>> len(at_three.density("any time"))
    5
    """

    density_columns: Sequence[Array]
    cumulative_columns: Sequence[Array]

    def density(self, time: Array) -> Sequence[Array]:  # noqa: ARG002
        """Return the stored values."""
        return self.density_columns

    def cumulative(self, time: Array) -> Sequence[Array]:  # noqa: ARG002
        """Return the stored integrals."""
        return self.cumulative_columns


def at_any_time(hazard: object, wrapper: str) -> None:
    """Raise `InputError` if part of a hazard is known at stored times only.

    Parameters
    ----------
    hazard : Hazard
        Any hazard.
    wrapper : str
        What is to ask it for other times.

    Raises
    ------
    InputError
        If an `Evaluated` basis is among its parts, which would answer for the stored times
        whatever time it is asked for.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> at_any_time(Exponential(0.1), "Delayed")
    """
    if isinstance(hazard, Evaluated):
        raise InputError(
            f"{wrapper} needs a hazard at other times than the data's, where an evaluated spline "
            "isn't known; give it a hazard with a formula in time, or wrap outside it"
        )
    if is_dataclass(hazard):
        for field in fields(hazard):
            at_any_time(getattr(hazard, field.name), wrapper)
