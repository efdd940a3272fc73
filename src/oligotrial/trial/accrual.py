"""How patients come in: at one rate, by period, by centre, or at a rate that isn't known."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.special import gammaincinv

from oligotrial.checks import InputError, non_negative, positive
from oligotrial.trial.centres import Centre, CentreAccrual

__all__ = ["Accrual", "Centre", "CentreAccrual", "PeriodAccrual", "Recruitment", "UncertainAccrual"]


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
