"""Patients who come in through centres that open one after another and get up to speed."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from oligotrial.checks import InputError, non_negative, positive

__all__ = ["Centre", "CentreAccrual"]

RAMP_STEPS = 4
"""Steps in which a centre's rate rises; they enrol as many patients as a straight line."""


@dataclass(frozen=True)
class Centre:
    """One centre, or several alike that open together.

    Parameters
    ----------
    rate_per_month : float
        Patients a month once it is up to speed.
    opens_month : float, optional
        Month of the trial in which it opens.
    ramp_months : float, optional
        Months over which its rate rises from 0 to full.

    Raises
    ------
    InputError
        If the rate is not above 0, or a time is negative.

    Examples
    --------
    >>> Centre(0.6, opens_month=3.0, ramp_months=6.0).opens_month
    3.0
    """

    rate_per_month: float
    opens_month: float = 0.0
    ramp_months: float = 0.0

    def __post_init__(self) -> None:
        positive(self.rate_per_month, "rate_per_month")
        non_negative(self.opens_month, "opens_month")
        non_negative(self.ramp_months, "ramp_months")

    @property
    def changes(self) -> np.ndarray:
        """Months at which its rate changes."""
        if self.ramp_months == 0:
            return np.array([self.opens_month])
        return self.opens_month + self.ramp_months * np.arange(RAMP_STEPS + 1) / RAMP_STEPS

    def rate_from(self, months: np.ndarray) -> np.ndarray:
        """Return the rate from each month on, up to the next change; shape (month,)."""
        steps = np.searchsorted(self.changes, months + 1e-9, side="right")
        levels = np.r_[0.0, (np.arange(self.changes.size - 1) + 0.5) / RAMP_STEPS, 1.0]
        return np.asarray(self.rate_per_month * levels[steps])


@dataclass(frozen=True)
class CentreAccrual:
    """Patients come in through centres that open at stated months and get up to speed.

    Parameters
    ----------
    centres : tuple of Centre
        The centres.
    poisson : bool, optional
        True: arrivals are a Poisson process; False: they are evenly spaced in expectation.
    variation : float, optional
        Coefficient of variation of the centres' rates about the stated ones: each trial draws
        each centre's rate from a gamma distribution with that mean.

    Raises
    ------
    InputError
        If there is no centre, none is open at month 0, or the variation is negative.

    Notes
    -----
    Gamma rates by centre: Anisimov and Fedorov (2007), Stat Med 26, 4958-4975,
    doi:10.1002/sim.2956. The rise is made in 4 steps that enrol as many as a straight line.

    Examples
    --------
    >>> accrual = CentreAccrual((Centre(0.6), Centre(0.6, opens_month=6.0)))
    >>> accrual.starts_months.tolist(), accrual.expected_rates.tolist()
    ([0.0, 6.0], [0.6, 1.2])
    """

    centres: tuple[Centre, ...]
    poisson: bool = True
    variation: float = 0.0

    def __post_init__(self) -> None:
        if not self.centres or min(centre.opens_month for centre in self.centres) > 0:
            raise InputError(
                "no centre is open at month 0, from which all months are counted; let the first "
                "one open then",
                where="centres",
            )
        non_negative(self.variation, "variation")

    @property
    def starts_months(self) -> np.ndarray:
        """Months at which some centre's rate changes; shape (period,)."""
        changes = np.concatenate([centre.changes for centre in self.centres])
        return np.unique(np.r_[0.0, changes.round(9)])

    @property
    def unknowns(self) -> int:
        """Each centre's rate, if rates vary."""
        return len(self.centres) if self.variation > 0 else 0

    @property
    def expected_rates(self) -> np.ndarray:
        """Patients expected a month in each period; shape (period,)."""
        return np.asarray(self._by_centre.sum(axis=0))

    def rates(self, uniforms: np.ndarray) -> np.ndarray:
        """Return patients a month by trial and period; shape (trial, period)."""
        if self.variation == 0:
            return np.tile(self.expected_rates, (len(uniforms), 1))
        shape = self.variation**-2
        return np.asarray(gammaincinv(shape, uniforms) / shape @ self._by_centre)

    @property
    def _by_centre(self) -> np.ndarray:
        starts = self.starts_months
        return np.stack([centre.rate_from(starts) for centre in self.centres])
