"""A study that a source cites, with the numbers that the source prints of it."""

from dataclasses import dataclass, field

from oligotrial.checks import InputError, suggestion
from oligotrial.evidence.printed import Count, Statistic

__all__ = ["Study"]


@dataclass(frozen=True)
class Study:
    """A cited study.

    Parameters
    ----------
    id : str
        Name within the source, for example "kam2019".
    citation : str
        What the source cites.
    population : str
        Whom it is about.
    patients : int
        How many.
    place : str
        Section or table of the source that cites it.
    design : str, optional
        What kind of study.
    note : str, optional
        What else a reader has to know.
    statistics, counts : tuple, optional
        What the source prints of it.

    Examples
    --------
    >>> from oligotrial import evidence
    >>> evidence.load("marazzi2024").study("kam2019")["pfs.median"].value
    6.6
    """

    id: str
    citation: str
    population: str
    patients: int
    place: str
    design: str = ""
    note: str = ""
    statistics: tuple[Statistic, ...] = field(default=(), repr=False)
    counts: tuple[Count, ...] = field(default=(), repr=False)

    def __getitem__(self, key: str) -> Statistic:
        """Return the statistic of a key, or raise `InputError` with the nearest key."""
        for statistic in self.statistics:
            if statistic.key == key:
                return statistic
        names = [each.key for each in self.statistics]
        raise InputError(
            f"there is no statistic '{key}'{suggestion(key, names)}; there are {', '.join(names)}",
            where=self.id,
        )
