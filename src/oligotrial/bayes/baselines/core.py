"""What every baseline offers."""

from collections.abc import Mapping
from dataclasses import Field, dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np

from oligotrial.bayes.families import POSITIVE, Support
from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.hazard import Hazard

__all__ = ["MEDIAN_IMPLIES", "Baseline", "Sums", "Values", "middle", "restored"]

type Values = Mapping[str, Any]

MEDIAN_IMPLIES = "median of the reference patient between {low:.1f} and {high:.0f} months with 95%"


@dataclass(frozen=True)
class Sums:
    """Sufficient statistics of patients with equal covariates, by the names of arrays.

    Parameters
    ----------
    added : str
        Exposure: its sum, times rates, is the cumulative hazard.
    averaged : tuple of str, optional
        What of the events the log hazard is linear in; its average over events counts.
    """

    added: str
    averaged: tuple[str, ...] = ()


class Baseline(Protocol):
    """The hazard of a patient whose linear predictor is 0; a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    accelerable: ClassVar[bool]
    """Whether its time can be stretched: location-scale families, whose median is a parameter."""

    sums: ClassVar[Sums | None]
    """Which arrays patients with equal covariates can be added up by, if the hazard lets them."""

    @property
    def label(self) -> str:
        """What reports call it."""
        ...

    def suited(self, time: np.ndarray, event: np.ndarray) -> Self:
        """Return the baseline with what it takes from all patients' data, such as knots."""
        ...

    def data(self, time: np.ndarray) -> dict[str, np.ndarray]:
        """Return the arrays it needs at each time, times on the last axis."""
        ...

    def constants(self) -> dict[str, np.ndarray]:
        """Return the arrays it needs that don't depend on times, such as knots."""
        ...

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return what is to be estimated."""
        ...

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:
        """Return the hazard; with `data`, of symbols for all numbers that aren't parameters.

        Parameters
        ----------
        parameters : mapping
            Symbols, or draws of shape (samples, 1); a parameter of several elements is a
            sequence of them.
        data : mapping, optional
            What `data` and `constants` return, as symbols: in a likelihood. A hazard of a basis
            is then known at those times only.

        Returns
        -------
        Hazard
            Of the reference patient.
        """
        ...

    def centre(self, parameters: Values) -> Hazard:
        """Return the hazard in the middle of the draws, its parameters of shape (1, 1)."""
        ...


def middle(draws: np.ndarray, support: Support) -> np.ndarray:
    """Return the middle of a parameter's draws.

    Parameters
    ----------
    draws : numpy.ndarray
        Shape (samples, 1).
    support : Support
        The values it can have.

    Returns
    -------
    numpy.ndarray
        Shape (1, 1); the geometric mean of a positive parameter, else the mean.
    """
    if support == POSITIVE:
        return np.reshape(np.exp(np.mean(np.log(draws))), (1, 1))
    return np.reshape(np.mean(draws), (1, 1))


def restored(kind: type[Baseline], fields: Mapping[str, Any]) -> Baseline:
    """Return a baseline from its fields as JSON or TOML have them, lists for tuples.

    Parameters
    ----------
    kind : type
        The baseline's class.
    fields : mapping
        What its constructor takes.

    Returns
    -------
    Baseline
        The baseline.
    """
    tuples = {
        name: tuple(each) if isinstance(each, list) else each for name, each in fields.items()
    }
    return kind(**tuples)
