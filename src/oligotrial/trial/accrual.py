"""How patients come in: at one rate, by period, by centre, or at a rate that isn't known."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.special import gammaincinv

from oligotrial.checks import InputError, non_negative, positive

__all__ = ["Accrual", "Centre", "CentreAccrual", "PeriodAccrual", "Recruitment", "UncertainAccrual"]

RAMP_STEPS = 4
"""Steps in which a centre's rate rises; they enrol as many patients as a straight line."""


@runtime_checkable
class Recruitment(Protocol):
    """Rates that are constant within periods, the last of which has no end."""

    @property
    def poisson(self) -> bool:
        """Whether arrivals are a Poisson process; otherwise they are evenly spaced."""
        ...

    @property
    def starts_months(self) -> np.ndarray:
        """Months at which the periods begin, the first at 0; shape (period,)."""
        ...

    @property
    def unknowns(self) -> int:
        """Numbers from (0, 1) that one trial's rates are drawn with."""
        ...

    def rates(self, uniforms: np.ndarray) -> np.ndarray:
        """Return patients a month by trial and period.

        Parameters
        ----------
        uniforms : numpy.ndarray
            Numbers from (0, 1); shape (trial, unknowns).

        Returns
        -------
        numpy.ndarray
            Shape (trial, period).
        """
        ...

    @property
    def expected_rates(self) -> np.ndarray:
        """Patients expected a month in each period; shape (period,)."""
        ...


@dataclass(frozen=True)
class Accrual:
    """Patients come in at one rate.

    Parameters
    ----------
    rate_per_month : float
        Patients a month over all centres.
    poisson : bool, optional
        True: arrivals are a Poisson process; False: they are evenly spaced.

    Raises
    ------
    InputError
        If the rate is not above 0.

    Examples
    --------
    >>> Accrual(6.0).rate_per_month
    6.0
    """

    rate_per_month: float
    poisson: bool = True

    def __post_init__(self) -> None:
        positive(self.rate_per_month, "rate_per_month")

    @property
    def starts_months(self) -> np.ndarray:
        """The one period begins at month 0."""
        return np.zeros(1)

    @property
    def unknowns(self) -> int:
        """The rate is known."""
        return 0

    @property
    def expected_rates(self) -> np.ndarray:
        """Patients expected a month; shape (1,)."""
        return np.array([self.rate_per_month])

    def rates(self, uniforms: np.ndarray) -> np.ndarray:
        """Return patients a month; shape (trial, 1)."""
        return np.full((len(uniforms), 1), self.rate_per_month)


@dataclass(frozen=True)
class PeriodAccrual:
    """Patients come in at a rate that changes at stated months.

    Parameters
    ----------
    starts : tuple of float
        Months at which the periods begin: 0 first, ascending.
    rates_per_month : tuple of float
        Patients a month in each period, over all centres; the last goes on until all are in.
    poisson : bool, optional
        True: arrivals are a Poisson process; False: they are evenly spaced in expectation.

    Raises
    ------
    InputError
        If the periods don't start at 0 or don't ascend, there isn't one rate each, a rate is
        negative, or the last is 0, so that the last patients never come.

    Examples
    --------
    >>> PeriodAccrual((0.0, 6.0), (2.0, 5.0)).expected_rates.tolist()
    [2.0, 5.0]
    """

    starts: tuple[float, ...]
    rates_per_month: tuple[float, ...]
    poisson: bool = True

    def __post_init__(self) -> None:
        if len(self.starts) != len(self.rates_per_month):
            raise InputError(
                f"{len(self.rates_per_month)} rates for {len(self.starts)} periods; "
                "give one rate for each period",
                where="rates_per_month",
            )
        if not self.starts or self.starts[0] != 0 or not (np.diff(self.starts) > 0).all():
            raise InputError(
                f"the periods start at months {self.starts}, which don't ascend from 0",
                where="starts",
            )
        for rate in self.rates_per_month:
            non_negative(rate, "rates_per_month")
        if self.rates_per_month[-1] == 0:
            raise InputError(
                "the last rate is 0, so that the last patients may never come; end with the rate "
                "at which accrual goes on",
                where="rates_per_month",
            )

    @property
    def starts_months(self) -> np.ndarray:
        """Months at which the periods begin; shape (period,)."""
        return np.array(self.starts, dtype=float)

    @property
    def unknowns(self) -> int:
        """The rates are known."""
        return 0

    @property
    def expected_rates(self) -> np.ndarray:
        """Patients expected a month in each period; shape (period,)."""
        return np.array(self.rates_per_month, dtype=float)

    def rates(self, uniforms: np.ndarray) -> np.ndarray:
        """Return patients a month by trial and period; shape (trial, period)."""
        return np.tile(self.expected_rates, (len(uniforms), 1))


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


@dataclass(frozen=True)
class UncertainAccrual:
    """Accrual at rates that are known from a count of patients only.

    Each trial multiplies all rates by one number from a gamma distribution of mean 1 and shape
    `patients`: the posterior of a Poisson rate after so many patients, with the improper prior
    ``1 / rate``, over its mean.

    Parameters
    ----------
    accrual : Recruitment
        Accrual at the observed rate, such as `Accrual` of patients by months of one centre times
        the number of centres.
    patients : float
        Patients whom the rate was observed on.

    Raises
    ------
    InputError
        If `patients` is not above 0.

    Examples
    --------
    >>> uncertain = UncertainAccrual(Accrual(50 / 100 * 8), 50)
    >>> uncertain.rates(np.array([[0.05], [0.95]])).round(2).tolist()
    [[3.12], [4.97]]
    """

    accrual: Recruitment
    patients: float

    def __post_init__(self) -> None:
        positive(self.patients, "patients")

    @property
    def poisson(self) -> bool:
        """Whether arrivals are a Poisson process given the rates."""
        return self.accrual.poisson

    @property
    def starts_months(self) -> np.ndarray:
        """Months at which the periods begin; shape (period,)."""
        return self.accrual.starts_months

    @property
    def unknowns(self) -> int:
        """One number more than the accrual whose rates are uncertain."""
        return 1 + self.accrual.unknowns

    @property
    def expected_rates(self) -> np.ndarray:
        """Patients expected a month in each period; shape (period,)."""
        return self.accrual.expected_rates

    def rates(self, uniforms: np.ndarray) -> np.ndarray:
        """Return patients a month by trial and period; shape (trial, period)."""
        factor = gammaincinv(self.patients, uniforms[:, :1]) / self.patients
        return np.asarray(factor * self.accrual.rates(uniforms[:, 1:]))
