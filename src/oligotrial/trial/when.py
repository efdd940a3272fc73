"""When a trial is analysed."""

from dataclasses import dataclass

from oligotrial.checks import positive_integer

__all__ = ["AtEvents"]


@dataclass(frozen=True)
class AtEvents:
    """The analysis is made on the day of the given event.

    Parameters
    ----------
    events : int
        Events over both arms.

    Raises
    ------
    InputError
        If `events` is not a whole number of at least 1.

    Examples
    --------
    >>> AtEvents(90).events
    90
    """

    events: int

    def __post_init__(self) -> None:
        positive_integer(self.events, "events")
