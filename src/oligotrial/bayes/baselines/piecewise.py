"""A baseline of constant pieces, smoothed by a random walk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from oligotrial import hazard as hazards
from oligotrial.bayes.baselines.core import MEDIAN_IMPLIES, Sums, Values, middle
from oligotrial.bayes.baselines.walk import event_quantiles, relative_levels, walk_parameters
from oligotrial.bayes.families import POSITIVE
from oligotrial.bayes.priors import Parameter, Priors
from oligotrial.checks import InputError
from oligotrial.hazard import Hazard
from oligotrial.hazard.functions import combined

__all__ = ["PiecewiseExponential"]


@dataclass(frozen=True)
class AtPieces:
    """A piecewise hazard at fixed times, or of sums over patients.

    Parameters
    ----------
    rates : sequence of array
        Events per patient-month in each piece.
    shares : sequence of array
        For each piece the share of the events in it: 0 or 1 of one patient.
    months : sequence of array
        Time in each piece; patients' times are added up.
    """

    rates: Sequence[Any]
    shares: Sequence[Any]
    months: Sequence[Any]

    def log_hazard(self, time: Any) -> Any:  # noqa: ARG002
        """Return the log of the hazard, averaged over events."""
        return combined([np.log(rate) for rate in self.rates], self.shares)

    def cumulative_hazard(self, time: Any) -> Any:  # noqa: ARG002
        """Return the hazard integrated over the months."""
        return combined(self.rates, self.months)


@dataclass(frozen=True)
class PiecewiseExponential:
    """A hazard constant between cut-points, whose logs walk at random from piece to piece.

    Parameters
    ----------
    pieces : int, optional
        Number of pieces, with the cut-points at even quantiles of the event times; not used
        where `cuts` are given.
    cuts : tuple of float, optional
        The cut-points, months.
    last : float, optional
        Time up to which the average hazard is what the median's prior is about, months; the time
        of the last event where it is left out. The last piece's hazard holds on for ever.

    Notes
    -----
    A first-order random walk of log hazards with normal steps: Fahrmeir and Lang (2001), Journal
    of the Royal Statistical Society C 50, 201-220, doi:10.1111/1467-9876.00229, section 2.1. The
    prior's centre is a constant hazard; a step is from one piece to the next, whatever their
    length, since quantiles of event times make pieces that tell about as much.

    Examples
    --------
    >>> PiecewiseExponential(4).suited(np.arange(1.0, 9.0), np.ones(8)).cuts
    (2.75, 4.5, 6.25)
    """

    pieces: int = 6
    cuts: tuple[float, ...] = ()
    last: float = 0.0

    accelerable: ClassVar[bool] = False
    sums: ClassVar[Sums | None] = Sums(added="piece_months", averaged=("piece_is",))

    def __post_init__(self) -> None:
        if self.pieces < 2:
            raise InputError(
                f"{self.pieces} is not at least 2 pieces; one piece is the exponential baseline",
                where="key baseline.pieces",
            )
        times = np.array([0.0, *self.cuts])
        if not (np.all(np.isfinite(times)) and np.all(np.diff(times) > 0)):
            raise InputError(
                f"cut-points {list(self.cuts)} do not increase from above 0; give months in order",
                where="key baseline.cuts",
            )
        if not (np.isfinite(self.last) and self.last >= 0):
            raise InputError(f"{self.last} is not a time", where="key baseline.last")

    @property
    def label(self) -> str:
        """What reports call it."""
        if not self.cuts:
            return f"piecewise exponential in {self.pieces} pieces"
        cuts = ", ".join(f"{cut:.1f}" for cut in self.cuts)
        return f"piecewise exponential, cut at {cuts} months, the last piece's hazard holding on"

    def suited(self, time: np.ndarray, event: np.ndarray) -> Self:
        """Return the baseline with cut-points at quantiles of the event times."""
        events = np.asarray(time)[np.asarray(event) == 1]
        last = self.last or float(events.max())
        if self.cuts:
            return replace(self, last=last)
        if np.unique(events).size < self.pieces:
            raise InputError(
                f"{np.unique(events).size} different event times are too few for {self.pieces} "
                "pieces; use fewer pieces, give the cut-points, or use the Weibull baseline",
                where="key baseline.pieces",
            )
        cuts = event_quantiles(time, event, self.pieces - 1)
        if not cuts:
            raise InputError(
                "nearly all events are at the last event's time, so that their quantiles are no "
                "cut-points; give them",
                where="key baseline.cuts",
            )
        return replace(self, cuts=cuts, last=last)

    def data(self, time: np.ndarray) -> dict[str, np.ndarray]:
        """Return in which piece each time is, and the months up to it in every piece."""
        cuts = np.array(self.cuts)
        starts, ends = np.array([0.0, *cuts])[:, None], np.array([*cuts, np.inf])[:, None]
        piece = np.searchsorted(cuts, time, side="right")
        return {
            "piece_is": (piece == np.arange(len(cuts) + 1)[:, None]).astype(float),
            "piece_months": np.clip(time, starts, ends) - starts,
        }

    def constants(self) -> dict[str, np.ndarray]:
        """Return the cut-points, and each piece's share of the time up to `last`."""
        ends = np.clip([0.0, *self.cuts, self.last], 0.0, self.last)
        return {"piece_cuts": np.array(self.cuts), "piece_shares": np.diff(ends) / self.last}

    def parameters(self, priors: Priors) -> tuple[Parameter, ...]:
        """Return the level, the smoothing and the steps of the random walk."""
        implies = f"{MEDIAN_IMPLIES}, at constant hazard"
        level = Parameter("median", priors["median"], implies=implies)
        return level, *walk_parameters(priors, steps=len(self.cuts), what="hazard")

    def hazard(self, parameters: Values, data: Values | None = None) -> Hazard:
        """Return the piecewise hazard, at any time or at the patients' times."""
        known: Values = self.constants() if data is None else data
        cuts = [known["piece_cuts"][k] for k in range(len(self.cuts))]
        level = np.log(2.0) / parameters["median"]
        levels = relative_levels(parameters, known["piece_shares"], steps=len(self.cuts))
        rates = [level * each for each in levels]
        if "piece_is" in known:
            return AtPieces(rates, known["piece_is"], known["piece_months"])
        return hazards.PiecewiseExponential(rates, cuts)

    def centre(self, parameters: Values) -> Hazard:
        """Return the hazard at the geometric mean level and the mean of relative levels."""
        level: Any = np.log(2.0) / middle(parameters["median"], POSITIVE)
        shares = self.constants()["piece_shares"]
        levels = relative_levels(parameters, shares, steps=len(self.cuts))
        rates = [level * np.reshape(np.mean(each), (1, 1)) for each in levels]
        return hazards.PiecewiseExponential(rates, self.cuts)
