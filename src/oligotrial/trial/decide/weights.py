"""What an event counts in a weighted log-rank test, by survival so far or by its time."""

from dataclasses import dataclass

import numpy as np

from oligotrial.checks import InputError, non_negative
from oligotrial.estimators.weight import FlemingHarrington

__all__ = ["ModestWeight", "StepWeight", "TimeWeight", "weight_words"]


@dataclass(frozen=True)
class ModestWeight:
    """Modest weights: 1 over survival, until a time or down to a survival; level from there.

    Parameters
    ----------
    until_months : float, optional
        Time from which weights rise no more; when left out, they are limited by `most` alone.
    most : float, optional
        Largest weight; 2 stops at the median. When left out, limited by `until_months` alone.

    Raises
    ------
    InputError
        If neither is given, the time is negative, or the largest weight isn't above 1.

    Notes
    -----
    Magirr and Burman (2019), Statistics in Medicine 38, 3782-3790, doi:10.1002/sim.8186:
    ``w(t) = 1 / max(S(t-), S(t*))``, S the Kaplan-Meier estimate of all patients of the stratum
    together; `most` puts ``1 / most`` in place of ``S(t*)`` where that is larger. Late events
    weigh more, yet a treatment that is worse at all times can't come out as better.

    Examples
    --------
    >>> ModestWeight(until_months=6.0).most
    inf
    """

    until_months: float = np.inf
    most: float = np.inf

    def __post_init__(self) -> None:
        if self.until_months != np.inf:
            non_negative(self.until_months, "until_months")
        if not self.most > 1.0:
            raise InputError(f"{self.most} is not above 1; give a larger weight", where="most")
        if self.until_months == np.inf and self.most == np.inf:
            raise InputError(
                "weights that rise for ever hang on the last few patients; give until_months or "
                "most",
                where="ModestWeight",
            )


@dataclass(frozen=True)
class StepWeight:
    """Weights that are constant between given times: early, late or any window.

    Parameters
    ----------
    ends_months : tuple of float
        Where one weight ends and the next begins; an event on an end counts for the earlier.
    values : tuple of float
        The weights, one more than ends.

    Raises
    ------
    InputError
        If ends don't ascend from above 0, a weight is negative, all are 0, or their numbers don't
        fit.

    Notes
    -----
    With weights 0 and 1 the log-rank test of events after a known delay: Xu et al. (2017),
    Statistics in Medicine 36, 592-605, doi:10.1002/sim.7157.

    Examples
    --------
    >>> StepWeight.late(3.0)
    StepWeight(ends_months=(3.0,), values=(0.0, 1.0))
    """

    ends_months: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "ends_months", tuple(map(float, self.ends_months)))
        object.__setattr__(self, "values", tuple(map(float, self.values)))
        if len(self.values) != len(self.ends_months) + 1:
            raise InputError(
                f"{len(self.values)} weights for {len(self.ends_months)} ends; give one more "
                "weight than ends",
                where="values",
            )
        for before, end in zip((0.0, *self.ends_months), self.ends_months, strict=False):
            if not before < end < np.inf:
                raise InputError(
                    f"{end:g} doesn't come after {before:g}; give finite times above 0, ascending",
                    where="ends_months",
                )
        for value in self.values:
            non_negative(value, "values")
        if not any(self.values):
            raise InputError("all weights are 0; give one above", where="values")

    @classmethod
    def late(cls, after_months: float) -> "StepWeight":
        """Return weights that count events after a time only."""
        return cls((after_months,), (0.0, 1.0))

    @classmethod
    def early(cls, until_months: float) -> "StepWeight":
        """Return weights that count events up to a time only."""
        return cls((until_months,), (1.0, 0.0))


type TimeWeight = FlemingHarrington | ModestWeight | StepWeight


def weight_words(weight: TimeWeight) -> str:
    """Return a weight in words, for a protocol."""
    match weight:
        case FlemingHarrington(rho=rho, gamma=gamma):
            return f"Fleming-Harrington weights (rho {rho:g}, gamma {gamma:g})"
        case ModestWeight(until_months=until, most=most):
            limits = [f"until {until:g} months"] if until < np.inf else []
            limits += [f"at most {most:g}"] if most < np.inf else []
            return f"modest weights ({', '.join(limits)})"
        case StepWeight(ends_months=ends, values=values):
            spans = [
                f"{value:g} until {end:g} months"
                for value, end in zip(values[:-1], ends, strict=True)
            ]
            return f"weights {', '.join([*spans, f'{values[-1]:g} from there'])}"
