"""What is read from a written schedule, and what is said where a text isn't one."""

import re
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Final

from oligotrial.checks import InputError, positive_integer
from oligotrial.radiobiology.grammar import (
    DAYS,
    EACH_BESIDE,
    EMPTY,
    EXAMPLE,
    FORMS,
    ISODOSE,
    NEXT_COURSE,
    NOT_ALL,
    PER_DAY,
    POINT,
    REASONS,
    RESERVED,
    SAME,
    SPACED,
    TECHNIQUE,
    TIME,
    UNIT,
)

__all__ = ["Written", "check_technique", "read"]

_LONGEST_TEXT: Final = 500
"""Characters: far more than courses in sequence need, and few enough to read quickly."""

_LONGEST_WORD: Final = 40
"""Characters of a word that an error message shows."""

_WHOLE: Final = 1e-6
"""How far a number of fractions may be from a whole one: for doses such as 3 x 1.1 Gy."""


@dataclass(frozen=True)
class Written:
    """What the text of one course says.

    Parameters
    ----------
    doses_gy : tuple of tuple of float
        Total doses of each level in the text's order; two where a range is written.
    fractions : int
        Number of fractions.
    fractions_per_day : int
        Fractions a day.
    technique : str
        The other words.
    isodose_percent : float, optional
        The prescription isodose.
    points_gy : tuple of (str, float), optional
        Total doses by the name of the part of the volume, such as "D50".
    days : float, optional
        Days from first to last fraction.
    """

    doses_gy: tuple[tuple[float, ...], ...]
    fractions: int
    fractions_per_day: int
    technique: str
    isodose_percent: float | None = None
    points_gy: tuple[tuple[str, float], ...] = ()
    days: float | None = None


def read(text: str) -> tuple[Written, ...]:
    """Read a schedule's text.

    Parameters
    ----------
    text : str
        As `oligotrial.radiobiology.Schedule.parse` takes it.

    Returns
    -------
    tuple of Written
        What it says of each course in sequence.

    Raises
    ------
    InputError
        If it isn't a schedule.

    Examples
    --------
    >>> [each.doses_gy for each in read("SBRT 3 x 8.5 Gy then 50/5")]
    [((25.5,),), ((50.0,),)]
    """
    courses = NEXT_COURSE.split(_plain(text))
    if len(courses) == 1:
        return (_course(courses[0]),)
    return tuple(_of_several(course, number) for number, course in enumerate(courses, start=1))


def _of_several(text: str, number: int) -> Written:
    try:
        return _course(text.strip())
    except InputError as error:
        raise error.within(f"course {number}") from None


def _course(text: str) -> Written:
    rest, points = _taken(POINT, text)
    rest, isodoses = _taken(ISODOSE, rest)
    rest, times = _taken(TIME, rest)
    rest, beside = _taken(EACH_BESIDE, rest)
    for name, found in (("prescription isodose", isodoses), ("overall time", times)):
        if len(found) > 1:
            raise InputError(f"it names {len(found)} values of the {name}; keep one")
    if len({each[1] for each in points}) < len(points):
        raise InputError("it names D2, D50 or D98 twice; keep one of each")
    for form, per_fraction in FORMS:
        if course := form.fullmatch(rest):
            stated = [part["each"] for part in beside]
            stated += [course["each"]] if "each" in form.groupindex else []
            fractions = _fractions(course, stated)
            per_day, technique = _words(f"{course['head']} {course['tail']}")
            doses = _doses(course["doses"], fractions if per_fraction else 1)
            for each in stated:
                _check_each(doses, fractions, each)
            return Written(
                doses,
                fractions,
                per_day,
                technique,
                _number(isodoses[0][1] or isodoses[0][2]) if isodoses else None,
                tuple((f"D{each[1]}", _number(each[2])) for each in points),
                _number(times[0][1]) * DAYS[times[0][2].lower()] if times else None,
            )
    raise InputError(_reason(text))


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, list[re.Match[str]]]:
    """Return a text without what matches, nor parentheses left empty, and the matches."""
    rest = EMPTY.sub(" ", pattern.sub(" ", text))
    return " ".join(rest.split()), list(pattern.finditer(text))


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def check_technique(technique: str) -> None:
    """Raise `InputError` if a technique isn't made of words that can stand beside doses.

    Parameters
    ----------
    technique : str
        For example "Re-RT WB"; may be empty.

    Raises
    ------
    InputError
        If a word of it would be read as a dose, a unit or a frequency.
    """
    words = technique.split(" ") if technique else []
    for word in words:
        _check_word(word.lower())
        if not TECHNIQUE.fullmatch(word) or RESERVED.fullmatch(word) or _plain(word) != word:
            raise InputError(
                f"'{word[:_LONGEST_WORD]}' can't be read as part of a technique; give one course, "
                f"its technique in words before it, and others after 'then': {EXAMPLE}"
            )
    if any(other.search(f" {technique} ") for other in (NEXT_COURSE, POINT, ISODOSE, TIME)):
        raise InputError(
            f"'{technique[:_LONGEST_WORD]}' can't be told from doses and times; take other words"
        )


def _check_word(word: str) -> None:
    """Raise `InputError` for a word that changes what was delivered, and can't be read."""
    if word in SPACED:
        raise InputError(
            f"'{word}' says on which days, which isn't read; write the time from the first to "
            "the last fraction, as in '50 Gy in 5 fr over 9 days'"
        )
    if word in NOT_ALL:
        raise InputError(
            f"'{word}' leaves open how much was delivered; write the dose and fractions that were"
        )
    if close := get_close_matches(word, PER_DAY, n=1, cutoff=0.66):
        raise InputError(
            f"'{word}' may be meant for '{close[0].upper()}' (fractions a day); write that, or "
            "another word"
        )


def _plain(text: str) -> str:
    if not isinstance(text, str):
        raise InputError(f"a schedule is a text; {EXAMPLE}")
    if len(text) > _LONGEST_TEXT:
        raise InputError(f"this is {len(text)} characters long; {EXAMPLE}")
    for pattern, same in SAME:
        text = pattern.sub(same, text)
    return text.strip()


def _whole(number: str) -> int:
    return positive_integer(_number(number), "fractions")


def _fractions(course: re.Match[str], stated: list[str]) -> int:
    """Return the number of fractions, which may follow from the dose of one."""
    found = course.groupdict()
    if found.get("fractions") is None:
        total, each = (_doses(text, 1)[0][0] for text in (course["doses"], stated[-1]))
        fractions = total / each if each > 0 else 0.0
        if abs(fractions - round(fractions)) > _WHOLE or not fractions:
            raise InputError(
                f"{total:g} Gy are no whole number of fractions of {each:g} Gy; write both as in "
                "'50 Gy in 25 fr'"
            )
        return round(fractions)
    fractions = _whole(found["fractions"])
    if "Gy" not in course.re.pattern and fractions > _number(re.split("-", course["doses"])[0]):
        raise InputError(
            f"read as dose/fractions this is less than 1 Gy a fraction; write '{fractions}/"
            f"{course['doses']}', or the unit if it is meant"
        )
    return fractions


def _check_each(doses: tuple[tuple[float, ...], ...], fractions: int, stated: str) -> None:
    """Raise `InputError` unless the doses of one fraction are those that are written beside."""
    for level, text in zip(doses, stated.split("/"), strict=False):
        written = Decimal(text.strip().replace(",", "."))
        half = 0.5 * 10.0 ** int(written.as_tuple().exponent) + 1e-9
        if (
            not min(level) - half * fractions
            <= float(written) * fractions
            <= max(level) + half * fractions
        ):
            raise InputError(
                f"{max(level):g} Gy in {fractions} fr are {max(level) / fractions:.3g} Gy a "
                f"fraction, and it says {written} Gy; mend one"
            )


def _doses(text: str, times: int) -> tuple[tuple[float, ...], ...]:
    levels = re.sub(UNIT, "", text, flags=re.IGNORECASE).split("/")
    return tuple(
        tuple(float(Decimal(end.strip().replace(",", ".")) * times) for end in level.split("-"))
        for level in levels
    )


def _words(text: str) -> tuple[int, str]:
    words = re.sub(r"[(),;]", " ", text).split()
    per_day = [PER_DAY[word.lower()] for word in words if word.lower() in PER_DAY]
    if len(set(per_day)) > 1:
        raise InputError("it names two numbers of fractions a day; keep one")
    technique = " ".join(word for word in words if word.lower() not in PER_DAY)
    check_technique(technique)
    return (per_day[0] if per_day else 1), technique


def _reason(text: str) -> str:
    for pattern, reason in REASONS:
        if pattern.search(text):
            return reason
    return f"this can't be read as a radiotherapy schedule; {EXAMPLE}"
