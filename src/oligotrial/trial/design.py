"""A two-arm randomised trial as its protocol states it."""

from dataclasses import dataclass, field, replace

from oligotrial.checks import InputError, non_negative, positive, positive_integer
from oligotrial.trial.decide import LogRank
from oligotrial.trial.when import AtEvents

__all__ = ["Accrual", "Design"]


@dataclass(frozen=True)
class Accrual:
    """How patients come in.

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


@dataclass(frozen=True)
class Design:
    """Two arms, stratified permuted blocks, one analysis.

    Parameters
    ----------
    patients : int
        Patients to enrol.
    analysis : AtEvents
        When the data are analysed.
    test : LogRank
        How they are, and what counts as success.
    accrual : Accrual
        How patients come in.
    allocation : tuple of int, optional
        Control and experimental patients, in the smallest whole numbers: (1, 1), (1, 2).
    block_size : int, optional
        Patients in a randomisation block, a multiple of the allocation's sum.
    dropout_per_month : float, optional
        Rate at which patients leave the study before progression.
    strata : tuple of str, optional
        Factors that stratify the randomisation and, if it is stratified, the test.

    Raises
    ------
    InputError
        If the events asked for exceed the patients, or a number is out of its range.

    Examples
    --------
    >>> design = Design(120, AtEvents(90), LogRank(0.10), Accrual(6.0))
    >>> design.resized(60, 45).patients
    60
    """

    patients: int
    analysis: AtEvents
    test: LogRank
    accrual: Accrual
    allocation: tuple[int, int] = (1, 1)
    block_size: int = 4
    dropout_per_month: float = 0.0
    strata: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        positive_integer(self.patients, "patients")
        for share in self.allocation:
            positive_integer(share, "allocation")
        non_negative(self.dropout_per_month, "dropout_per_month")
        if self.block_size < 1 or self.block_size % sum(self.allocation):
            raise InputError(
                f"{self.block_size} is not a multiple of {sum(self.allocation)}, "
                f"the sum of the allocation {self.allocation[0]}:{self.allocation[1]}",
                where="block_size",
            )
        if self.analysis.events > self.patients:
            raise InputError(
                f"{self.analysis.events} events can't come from {self.patients} patients; "
                "ask for fewer events or enrol more patients",
                where="events",
            )

    @property
    def experimental_share(self) -> float:
        """Share of patients allocated to the experimental arm."""
        return self.allocation[1] / sum(self.allocation)

    def resized(self, patients: int, events: int) -> "Design":
        """Return the same design with another number of patients and events.

        Parameters
        ----------
        patients, events : int
            The new numbers.

        Returns
        -------
        Design
            A new design; this one is unchanged.
        """
        return replace(self, patients=patients, analysis=AtEvents(events))
