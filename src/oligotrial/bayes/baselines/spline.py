"""A smooth baseline: M-splines, smoothed by a random walk of their weights."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from oligotrial import hazard as hazards
from oligotrial.bayes.baselines.core import MEDIAN_IMPLIES, Sums, Values, middle
from oligotrial.bayes.baselines.walk import event_quantiles, relative_levels, walk_parameters
from oligotrial.bayes.families import POSITIVE
from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.checks import InputError
from oligotrial.hazard import Evaluated, Hazard, MSplineBasis

__all__ = ["MSpline"]


@dataclass(frozen=True)
class MSpline:
    """A smooth baseline of M-splines, whose weights walk away from a constant hazard.

    Parameters
    ----------
    knots : int, optional
        Inner knots, at even quantiles of the event times; not used where `inner` is given.
    inner : tuple of float, optional
        The inner knots, months; none where it is empty.
    last : float, optional
        The last knot, months, the time of the last event where it is left out. From there on
        the hazard is constant: a stated assumption, on which all extrapolation rests.

    Notes
    -----
    Jackson (2023), BMC Medical Research Methodology 23, 312, doi:10.1186/s12874-023-02094-1,
    centres the weights' prior on a constant hazard. There logits are exchangeable; here they
    follow a random walk from each function to the next, as they do by default in his package
    survextrap since (``smooth_model="random_walk"``). Steps are normal, of one size for all
    knots.

    Examples
    --------
    >>> MSpline(knots=3).suited(np.arange(1.0, 9.0), np.ones(8)).last
    8.0
    """

    knots: int = 3
    inner: tuple[float, ...] | None = None
    last: float = 0.0

    accelerable: ClassVar[bool] = False
    sums: ClassVar[Sums | None] = None

    def __post_init__(self) -> None:
        if self.knots < 1:
            raise InputError(
                f"{self.knots} is not at least 1 inner knot", where="key baseline.knots"
            )
        if not (np.isfinite(self.last) and self.last >= 0):
            raise InputError(f"{self.last} is not a time", where="key baseline.last")
        if self.inner:
            _checked(MSplineBasis, self.inner, self.last or float(np.max(self.inner)) + 1.0)

    @property
    def label(self) -> str:
        """What reports call it."""
        if self.inner is None or not self.last:
            knots = self.knots if self.inner is None else len(self.inner)
            return f"M-spline with {knots} inner knots"
        knots_at = ", ".join(f"{knot:.1f}" for knot in self.inner)
        return f"M-spline, knots at {knots_at} months, hazard constant from {self.last:.1f} on"

    @property
    def basis(self) -> MSplineBasis:
        """The spline basis."""
        return MSplineBasis(self.inner or (), self.last)

    def suited(self, time: np.ndarray, event: np.ndarray) -> Self:
        """Return the baseline with knots at quantiles of the event times."""
        if self.inner is not None and self.last:
            return self
        events = np.asarray(time)[np.asarray(event) == 1]
        last = self.last or float(events.max())
        if self.inner is not None:
            _checked(MSplineBasis, self.inner, last)
            return replace(self, last=last)
        if np.unique(events).size < self.knots + 2:
            raise InputError(
                f"{np.unique(events).size} different event times are too few for "
                f"{self.knots} inner knots; use fewer knots or the Weibull baseline",
                where="key baseline.knots",
            )
        inner = tuple(knot for knot in event_quantiles(time, event, self.knots) if knot < last)
        return replace(self, inner=inner, last=last)

    def data(self, time: np.ndarray) -> dict[str, np.ndarray]:
        """Return the basis and its integrals at each time."""
        return {
            "spline_density": np.array(self.basis.density(time)),
            "spline_cumulative": np.array(self.basis.cumulative(time)),
        }

    def constants(self) -> dict[str, np.ndarray]:
        """Return the last knot, and the weights of a constant hazard."""
        return {
            "spline_last": np.array(self.last),
            "spline_sizes": self.basis.even_weights(),
        }

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the level, the smoothing and the steps of the random walk."""
        implies = f"{MEDIAN_IMPLIES}, at constant hazard"
        level = Parameter("median", priors["median"], implies=implies)
        return level, *walk_parameters(priors, steps=self.basis.size - 1, what="weights")

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:
        """Return the spline hazard, at any time or evaluated at the patients' times."""
        basis: Any = self.basis
        known: Values = self.constants() if data is None else data
        if data is not None:
            basis = Evaluated(data["spline_density"], data["spline_cumulative"])
        scale = np.log(2.0) * known["spline_last"] / parameters["median"]
        return hazards.MSpline(scale, self._weights(parameters, known["spline_sizes"]), basis)

    def centre(self, parameters: Values) -> Hazard:
        """Return the spline at the geometric mean level and the mean weights."""
        scale = np.log(2.0) * self.last / middle(parameters["median"], POSITIVE)
        weights = self._weights(parameters, self.basis.even_weights())
        return hazards.MSpline(
            scale, [np.reshape(np.mean(each), (1, 1)) for each in weights], self.basis
        )

    def _weights(self, parameters: Values, sizes: Any) -> list[Any]:
        levels = relative_levels(parameters, sizes, steps=self.basis.size - 1)
        return [sizes[k] * level for k, level in enumerate(levels)]


def _checked(basis: type[MSplineBasis], inner: tuple[float, ...], last: float) -> None:
    try:
        basis(inner, last)
    except InputError as error:
        raise InputError(error.problem, where="key baseline.knots") from None
