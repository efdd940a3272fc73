"""Baselines: which hazard the reference patient has, and with which parameters.

As the terms, a baseline is written once for symbols and draws: `hazard` makes an
`oligotrial.hazard` object from parameters, whatever kind of arrays they are.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, replace
from typing import Any, ClassVar, Protocol, Self

import numpy as np

from oligotrial import hazard as hazards
from oligotrial.bayes.priors import Normal, Parameter, Priors
from oligotrial.checks import InputError
from oligotrial.hazard import Evaluated, Hazard, MSplineBasis

__all__ = ["Baseline", "MSpline", "Weibull"]

type Values = Mapping[str, Any]

MEDIAN_IMPLIES = "median of the reference patient between {low:.1f} and {high:.0f} months with 95%"


class Baseline(Protocol):
    """The hazard of a patient whose linear predictor is 0; a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def label(self) -> str:
        """What reports call it."""
        ...

    def suited(self, time: np.ndarray, event: np.ndarray) -> Self:
        """Return the baseline with what it takes from all patients' data, such as knots."""
        ...

    def data(self, time: np.ndarray) -> dict[str, np.ndarray]:
        """Return the arrays it needs at each patient's time."""
        ...

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return what is to be estimated."""
        ...

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:
        """Return the hazard; with `data`, one that is known at the patients' times only."""
        ...

    def centre(self, parameters: Values) -> Hazard:
        """Return the hazard in the middle of the draws, its parameters of shape (1, 1)."""
        ...


@dataclass(frozen=True)
class Weibull:
    """A Weibull baseline, parameterised by its median.

    Examples
    --------
    >>> Weibull().label
    'Weibull'
    """

    @property
    def label(self) -> str:
        """What reports call it."""
        return "Weibull"

    def suited(self, time: np.ndarray, event: np.ndarray) -> Self:  # noqa: ARG002
        """Return the baseline itself: it takes nothing from the data."""
        return self

    def data(self, time: np.ndarray) -> dict[str, np.ndarray]:  # noqa: ARG002
        """Return nothing: the hazard is a formula in time."""
        return {}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the median, months, and the shape."""
        shape = "shape between {low:.2f} and {high:.2f} with 95%; above 1 the hazard rises"
        return (
            Parameter("median", priors["median"], implies=MEDIAN_IMPLIES),
            Parameter("shape", priors["shape"], implies=shape),
        )

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:  # noqa: ARG002
        """Return the Weibull hazard of a median and a shape."""
        shape = parameters["shape"]
        return hazards.Weibull(shape, parameters["median"] / np.log(2.0) ** (1.0 / shape))

    def centre(self, parameters: Values) -> Hazard:
        """Return the Weibull at the geometric means of median and shape."""
        return self.hazard({name: _geometric(parameters[name]) for name in ("median", "shape")})


@dataclass(frozen=True)
class MSpline:
    """A smooth baseline of M-splines, whose weights walk away from a constant hazard.

    Parameters
    ----------
    knots : int, optional
        Inner knots, at even quantiles of the event times.
    inner : tuple of float, optional
        The inner knots, months, once they are known.
    last : float, optional
        The last knot, months; from there on the hazard is constant.

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
    inner: tuple[float, ...] = ()
    last: float = 0.0

    def __post_init__(self) -> None:
        if self.knots < 1:
            raise InputError(f"{self.knots} is not at least 1 inner knot", where="baseline.knots")

    @property
    def label(self) -> str:
        """What reports call it."""
        if not self.last:
            return f"M-spline with {self.knots} inner knots"
        knots = ", ".join(f"{knot:.1f}" for knot in self.inner)
        return f"M-spline, knots at {knots} months, hazard constant from {self.last:.1f} on"

    @property
    def basis(self) -> MSplineBasis:
        """The spline basis."""
        return MSplineBasis(self.inner, self.last)

    def suited(self, time: np.ndarray, event: np.ndarray) -> Self:
        """Return the baseline with knots at quantiles of the event times."""
        if self.last:
            return self
        events = np.asarray(time)[np.asarray(event) == 1]
        if np.unique(events).size < self.knots + 2:
            raise InputError(
                f"{np.unique(events).size} different event times are too few for "
                f"{self.knots} inner knots; use fewer knots or the Weibull baseline",
                where="key baseline.knots",
            )
        last = float(events.max())
        inner = np.unique(np.quantile(events, np.linspace(0.0, 1.0, self.knots + 2)[1:-1]))
        return replace(self, inner=tuple(map(float, inner[inner < last])), last=last)

    def data(self, time: np.ndarray) -> dict[str, np.ndarray]:
        """Return the basis and its integrals at each patient's time."""
        return {
            "spline_density": np.array(self.basis.density(time)),
            "spline_cumulative": np.array(self.basis.cumulative(time)),
        }

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the level, the smoothing and the steps of the random walk."""
        walk = "steps of the log weights up to {high:.2f}, a factor of {ratio_high:.1f}, with 97.5%"
        return (
            Parameter("median", priors["median"], implies=f"{MEDIAN_IMPLIES}, at constant hazard"),
            Parameter("smoothing", priors["smoothing"], implies=walk),
            Parameter(
                "walk",
                Normal(0.0, 1.0),
                size=self.basis.size - 1,
                implies="each step in units of the smoothing",
            ),
        )

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:
        """Return the spline hazard, at any time or evaluated at the patients' times."""
        basis: Any = self.basis
        if data is not None:
            basis = Evaluated(data["spline_density"], data["spline_cumulative"])
        scale = np.log(2.0) * self.last / parameters["median"]
        return hazards.MSpline(scale, self._weights(parameters), basis)

    def centre(self, parameters: Values) -> Hazard:
        """Return the spline at the geometric mean level and the mean weights."""
        scale = np.log(2.0) * self.last / _geometric(parameters["median"])
        weights = [np.reshape(np.mean(each), (1, 1)) for each in self._weights(parameters)]
        return hazards.MSpline(scale, weights, self.basis)

    def _weights(self, parameters: Values) -> list[Any]:
        logit: Any = 0.0
        sizes = self.basis.even_weights()
        raised = [sizes[0] + 0.0 * parameters["smoothing"]]
        for step, size in zip(parameters["walk"], sizes[1:], strict=True):
            logit = logit + parameters["smoothing"] * step
            raised.append(size * np.exp(logit))
        total = sum(raised[1:], start=raised[0])
        return [each / total for each in raised]


def _geometric(draws: np.ndarray) -> np.ndarray:
    return np.reshape(np.exp(np.mean(np.log(draws))), (1, 1))
