"""Controls who get the experimental treatment off protocol, and when."""

from dataclasses import astuple, dataclass

import numpy as np

from oligotrial.checks import InputError, non_negative, positive

__all__ = ["OffProtocol"]


@dataclass(frozen=True)
class OffProtocol:
    """A share of controls who get the experimental treatment, from some time on.

    From then on they have the experimental arm's hazard, at the time since randomisation. The
    analysis goes by the arm they were randomised to. Some have the event before their time.

    Parameters
    ----------
    share : float
        Share of controls who would, if they were event-free for long enough.
    after_months : float, optional
        Months from randomisation before which nobody does.
    within_months : float, optional
        Spread evenly over so many months from there.
    mean_wait_months : float, optional
        Or (and) with exponential waiting times of that mean from there: the time to a progression
        that leads to it, for an endpoint that comes later.

    Raises
    ------
    InputError
        If the share is not above 0 and at most 1, or a time is negative.

    Notes
    -----
    With progression itself as the endpoint, who crosses over at progression changes nothing.

    Examples
    --------
    >>> OffProtocol(0.3, within_months=6.0).share
    0.3
    """

    share: float
    after_months: float = 0.0
    within_months: float = 0.0
    mean_wait_months: float = 0.0

    def __post_init__(self) -> None:
        if positive(self.share, "share") > 1:
            raise InputError(f"{self.share} is above 1; give a share of controls", where="share")
        non_negative(self.after_months, "after_months")
        non_negative(self.within_months, "within_months")
        non_negative(self.mean_wait_months, "mean_wait_months")

    @property
    def numbers(self) -> np.ndarray:
        """Share, months before which nobody does, months of spread, mean wait; shape (4,)."""
        return np.array(astuple(self), dtype=float)
