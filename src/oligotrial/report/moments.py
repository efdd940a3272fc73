"""When a look is made, in words."""

from functools import singledispatch

from oligotrial.trial import AfterEnrolment, AtCalendar, AtEvents, Earlier, Later

__all__ = ["moment_words"]


@singledispatch
def moment_words(look: object) -> str:
    """Return when a look is made.

    Parameters
    ----------
    look : When
        The moment.

    Returns
    -------
    str
        Words that can follow "at".

    Examples
    --------
    >>> moment_words(Later((AtEvents(60), AtCalendar(24.0))))
    'the later of 60 events and month 24'
    """
    return repr(look)


@moment_words.register
def _(look: AtEvents) -> str:
    return f"{look.events} event{'' if look.events == 1 else 's'}"


@moment_words.register
def _(look: AtCalendar) -> str:
    return f"month {look.months:g}"


@moment_words.register
def _(look: AfterEnrolment) -> str:
    return f"{look.months:g} months after patient {look.patients}"


@moment_words.register
def _(look: Later) -> str:
    return f"the later of {' and '.join(map(moment_words, look.moments))}"


@moment_words.register
def _(look: Earlier) -> str:
    return f"the earlier of {' and '.join(map(moment_words, look.moments))}"
