"""How patients come in: by centres at an observed rate, or at rates by period."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from oligotrial.protocol.part import NonNegative, Part, Positive, Whole, usually
from oligotrial.trial import (
    Accrual,
    Centre,
    CentreAccrual,
    PeriodAccrual,
    Recruitment,
    UncertainAccrual,
)

__all__ = ["AccrualSpec", "CentresSpec", "PeriodsSpec"]


class OpeningSpec(Part):
    """Centres that open together."""

    month: NonNegative
    """Month of the trial in which they open."""
    centres: Whole
    """How many."""


class CentresSpec(Part):
    """A centre's rate times a number of centres.

    Patients and months are references to printed numbers, of which the share of the lines that
    may enter is kept, or numbers: of patients who may enter.
    """

    kind: Literal["by-centre"] = "by-centre"
    """Which accrual."""
    centres: Whole
    """Centres that enrol."""
    patients: Positive | str
    """Patients whom one centre was seen to have: a number, or `"evidence:key"`."""
    months: Positive | str
    """Over so many months."""
    pattern: Literal["poisson", "even"] = "poisson"
    """Whether arrivals are a Poisson process or evenly spaced."""
    uncertain: bool = False
    """Whether each trial draws the rate from its gamma posterior after the patients observed, or
    takes the observed one."""
    opening: tuple[OpeningSpec, ...] = ()
    """When centres open; all at month 0 when left out."""
    ramp_months: NonNegative = 0.0
    """Months over which a centre's rate rises to its full one after it opened."""
    variation: NonNegative = 0.0
    """Coefficient of variation of rates between centres, each trial's drawn from a gamma
    distribution."""

    @model_validator(mode="after")
    def _all_open(self) -> Self:
        opened = sum(group.centres for group in self.opening)
        if self.opening and opened != self.centres:
            raise ValueError(
                f"opening has {opened} centres and centres says {self.centres}; make them equal"
            )
        if self.opening and min(group.month for group in self.opening) > 0:
            raise ValueError(
                "no centre opens at month 0, from which all months are counted; let one open then"
            )
        return self

    def recruitment(self, centre_rate: float, observed: float, *, centres: int) -> Recruitment:
        """Return the accrual of a number of centres.

        Parameters
        ----------
        centre_rate : float
            Patients a month at one centre.
        observed : float
            Patients whom that rate was observed on.
        centres : int
            How many centres; they open as the stated ones do, in proportion.

        Returns
        -------
        Recruitment
            The accrual.
        """
        poisson = self.pattern == "poisson"
        known: Recruitment = Accrual(centre_rate * centres, poisson=poisson)
        if self.opening or self.ramp_months or self.variation:
            opens = self._opens(centres)
            known = CentreAccrual(
                tuple(Centre(centre_rate, month, self.ramp_months) for month in opens),
                poisson=poisson,
                variation=self.variation,
            )
        return UncertainAccrual(known, observed) if self.uncertain else known

    def _opens(self, centres: int) -> list[float]:
        groups = sorted(self.opening, key=lambda group: group.month)
        stated = [group.month for group in groups for _ in range(group.centres)]
        stated = stated or [0.0] * self.centres
        return [stated[number * self.centres // centres] for number in range(centres)]


class PeriodSpec(Part):
    """A rate from a month on."""

    from_month: NonNegative
    """Month of the trial from which it holds."""
    patients_per_month: NonNegative
    """Patients who may enter a month, over all centres."""


class PeriodsSpec(Part):
    """Rates that change at stated months."""

    kind: Literal["by-period"]
    """Which accrual."""
    periods: tuple[PeriodSpec, ...] = Field(min_length=1)
    """The rates: the first from month 0, the last until all are in."""
    pattern: Literal["poisson", "even"] = "poisson"
    """Whether arrivals are a Poisson process or evenly spaced."""
    uncertain_from_patients: Positive | None = None
    """Patients whom the rates were observed on; each trial then multiplies all rates by one
    number from the gamma posterior."""
    reason: str
    """Where the rates are from."""

    @model_validator(mode="after")
    def _makes_an_accrual(self) -> Self:
        _ = self.recruitment
        return self

    @property
    def recruitment(self) -> Recruitment:
        """The accrual."""
        known = PeriodAccrual(
            tuple(period.from_month for period in self.periods),
            tuple(period.patients_per_month for period in self.periods),
            poisson=self.pattern == "poisson",
        )
        if self.uncertain_from_patients is None:
            return known
        return UncertainAccrual(known, self.uncertain_from_patients)


type AccrualSpec = Annotated[
    Annotated[CentresSpec | PeriodsSpec, Field(discriminator="kind")], usually("kind", "by-centre")
]
