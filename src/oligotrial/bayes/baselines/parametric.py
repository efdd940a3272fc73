"""Baselines with one to three parameters; the median is one of them in each."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from oligotrial import hazard as hazards
from oligotrial.bayes.baselines.core import MEDIAN_IMPLIES, Sums, Values, middle
from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.hazard import Hazard
from oligotrial.hazard.functions import at_most, growth, median_score

__all__ = [
    "Exponential",
    "GeneralisedGamma",
    "Gompertz",
    "LogLogistic",
    "LogNormal",
    "Parametric",
    "Weibull",
]

LOG_2 = float(np.log(2.0))

SHAPE_IMPLIES = "shape between {low:.2f} and {high:.2f} with 95%; above 1 the hazard "
SPREAD_IMPLIES = "standard deviation of log time between {low:.2f} and {high:.2f} with 95%"


class Parametric(ABC):
    """A baseline that is a formula in time: it takes nothing from the data."""

    accelerable: ClassVar[bool] = True
    sums: ClassVar[Sums | None] = None

    def suited(self, time: np.ndarray, event: np.ndarray) -> Self:  # noqa: ARG002
        """Return the baseline itself: it takes nothing from the data."""
        return self

    def data(self, time: np.ndarray) -> dict[str, np.ndarray]:  # noqa: ARG002
        """Return nothing: the hazard is a formula in time."""
        return {}

    def constants(self) -> dict[str, np.ndarray]:
        """Return nothing: the hazard is a formula in its parameters."""
        return {}

    @abstractmethod
    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return what is to be estimated."""

    @abstractmethod
    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:
        """Return the hazard of the reference patient."""

    def centre(self, parameters: Values) -> Hazard:
        """Return the hazard at geometric means, or means of what can be negative."""
        found = {
            each.name: middle(parameters[each.name], each.prior.support)
            for each in self.parameters(Priors())
        }
        return self.hazard(found)


def _median(priors: Priors) -> Parameter:
    return Parameter("median", priors["median"], implies=MEDIAN_IMPLIES)


@dataclass(frozen=True)
class Exponential(Parametric):
    """A constant hazard, parameterised by the median.

    Examples
    --------
    >>> Exponential().label
    'exponential'
    """

    label: ClassVar[str] = "exponential"
    sums: ClassVar[Sums | None] = Sums(added="time")

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the median, months."""
        return (_median(priors),)

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:  # noqa: ARG002
        """Return the constant hazard of a median."""
        return hazards.Exponential(LOG_2 / parameters["median"])


@dataclass(frozen=True)
class Weibull(Parametric):
    """A Weibull baseline, parameterised by its median.

    Examples
    --------
    >>> Weibull().label
    'Weibull'
    """

    label: ClassVar[str] = "Weibull"

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the median, months, and the shape."""
        implies = f"{SHAPE_IMPLIES}rises"
        return _median(priors), Parameter("shape", priors["shape"], implies=implies)

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:  # noqa: ARG002
        """Return the Weibull hazard of a median and a shape."""
        shape = parameters["shape"]
        return hazards.Weibull(shape, parameters["median"] * np.exp(-np.log(LOG_2) / shape))


@dataclass(frozen=True)
class Gompertz(Parametric):
    """A hazard that rises or falls exponentially, parameterised by its median.

    Its other parameter, `rise`, is the log of the ratio of the hazards at the median and at time
    0: a number without a unit, as a Weibull's shape is, that depends little on the median. In
    the usual parameters ``shape = rise / median``.

    Notes
    -----
    Where the hazard falls, a share of patients never has the event. That the median exists for
    the reference patient, which this parameterisation takes for granted, keeps it below a half.

    Examples
    --------
    >>> hazard = Gompertz().hazard({"median": 9.0, "rise": 0.5})
    >>> round(float(np.exp(-hazard.cumulative_hazard(9.0))), 12)
    0.5
    """

    label: ClassVar[str] = "Gompertz"

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the median, months, and the log hazard ratio of the median against time 0."""
        implies = (
            "hazard at the median between {ratio_low:.2f} and {ratio_high:.1f} times that at the "
            "start with 95%"
        )
        return _median(priors), Parameter("rise", priors["rise"], implies=implies)

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:  # noqa: ARG002
        """Return the Gompertz hazard of a median and a rise."""
        median, rise = parameters["median"], parameters["rise"]
        bounded = at_most(rise, hazards.parametric.LARGEST_EXPONENT)
        return hazards.Gompertz(rise / median, LOG_2 / (median * growth(bounded)))


@dataclass(frozen=True)
class LogNormal(Parametric):
    """A log-normal baseline: the hazard rises to a peak and falls.

    Examples
    --------
    >>> [each.name for each in LogNormal().parameters(Priors())]
    ['median', 'sd_log']
    """

    label: ClassVar[str] = "log-normal"

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the median, months, and the standard deviation of the log of the time."""
        return _median(priors), Parameter("sd_log", priors["sd_log"], implies=SPREAD_IMPLIES)

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:  # noqa: ARG002
        """Return the log-normal hazard of a median and a spread."""
        return hazards.LogNormal(np.log(parameters["median"]), parameters["sd_log"])


@dataclass(frozen=True)
class LogLogistic(Parametric):
    """A log-logistic baseline: with a shape above 1 the hazard rises to a peak and falls.

    Examples
    --------
    >>> [each.name for each in LogLogistic().parameters(Priors())]
    ['median', 'shape']
    """

    label: ClassVar[str] = "log-logistic"

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the median, months, and the shape."""
        implies = f"{SHAPE_IMPLIES}rises to a peak before it falls"
        shape = Parameter("shape", priors["log_logistic_shape"], implies=implies)
        return _median(priors), shape

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:  # noqa: ARG002
        """Return the log-logistic hazard of a median and a shape."""
        return hazards.LogLogistic(parameters["shape"], parameters["median"])


@dataclass(frozen=True)
class GeneralisedGamma(Parametric):
    """Prentice's generalised gamma, parameterised by its median.

    With `q` at 0 it is log-normal, at 1 Weibull with a shape of 1 / `sigma`, at `sigma` gamma.

    Notes
    -----
    The median is that of the distribution up to a relative error of 10^-6 as long as `q` is
    between -5 and 5: see `oligotrial.hazard.functions.median_score`.

    Examples
    --------
    >>> hazard = GeneralisedGamma().hazard({"median": 9.0, "sigma": 0.8, "q": 0.4})
    >>> round(float(np.exp(-hazard.cumulative_hazard(9.0))), 6)
    0.5
    """

    label: ClassVar[str] = "generalised gamma"

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the median, months, scale and shape of the log of the time."""
        scale = "scale of log time between {low:.2f} and {high:.2f} with 95%"
        shape = "shape q between {low:.1f} and {high:.1f} with 95%; 0 is log-normal, 1 is Weibull"
        return (
            _median(priors),
            Parameter("sigma", priors["sigma"], implies=scale),
            Parameter("q", priors["q"], implies=shape),
        )

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:
        """Return the generalised gamma hazard of a median, a scale and a shape."""
        sigma, q = parameters["sigma"], parameters["q"]
        location: Any = np.log(parameters["median"]) - sigma * median_score(q)
        if data is None:
            return hazards.GeneralisedGamma(location, sigma, q)
        from oligotrial.bayes.tail import mills_ratio  # loads PyTensor

        return hazards.GeneralisedGamma(location, sigma, q, mills_ratio)
