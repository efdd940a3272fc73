"""What a check finds, and how bad it is."""

from dataclasses import dataclass
from enum import StrEnum

from oligotrial.evidence.digits import Print, meets

__all__ = ["Finding", "Severity", "exact", "judge", "worst"]


class Severity(StrEnum):
    """How two printed numbers go together, from worst to best."""

    CONTRADICTION = "contradiction"
    """No patients could give both, by the usual computation."""

    STRAIN = "strain"
    """Both can be right, but only under a circumstance that the arithmetic names."""

    NOTE = "note"
    """A way of printing that a reader has to know: cut off and not rounded, or adjusted."""

    CONSISTENT = "consistent"
    """They agree."""


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    Parameters
    ----------
    check : str
        What was checked.
    severity : Severity
        How the numbers go together.
    subject : str
        The key or count that was checked.
    printed, place : str
        The number, and where the source prints it.
    expected, other_place : str
        What the other printed numbers ask for, and where those are.
    arithmetic : str
        The reasoning, in words and numbers.
    """

    check: str
    severity: Severity
    subject: str
    printed: str
    place: str
    expected: str
    other_place: str
    arithmetic: str


def exact(
    check: str, subject: str, numbers: tuple[float, float], places: tuple[str, str]
) -> Finding:
    """Return the finding that two whole numbers are the same, or a contradiction.

    Parameters
    ----------
    check, subject : str
        What was checked, and of what.
    numbers : tuple of float
        The printed and the expected one.
    places : tuple of str
        Where each is printed.

    Returns
    -------
    Finding
        Consistent only if they are equal.
    """
    same = numbers[0] == numbers[1]
    return Finding(
        check,
        Severity.CONSISTENT if same else Severity.CONTRADICTION,
        subject,
        f"{numbers[0]:g}",
        places[0],
        f"{numbers[1]:g}",
        places[1],
        f"{numbers[0]:g} {'=' if same else 'is not'} {numbers[1]:g}",
    )


def judge(possible: tuple[float, float], printed: Print) -> Severity:
    """Return how a printed number goes with the range that others leave for it.

    Parameters
    ----------
    possible : tuple of float
        The range, in the printed number's unit times its scale.
    printed : Print
        The number.

    Returns
    -------
    Severity
        Consistent if a value of the range is rounded to it, a note if one is only cut off to
        it, else a contradiction.
    """
    if meets(possible, printed.rounded):
        return Severity.CONSISTENT
    return Severity.NOTE if meets(possible, printed.either) else Severity.CONTRADICTION


def worst(severities: "list[Severity]") -> Severity:
    """Return the worst of some severities; consistent if there are none."""
    order = list(Severity)
    return min(severities, key=order.index, default=Severity.CONSISTENT)
