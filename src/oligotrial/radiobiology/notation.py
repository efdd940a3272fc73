"""How schedules are written: one grammar, and what to say where a text isn't in it."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from oligotrial.checks import InputError, positive_integer

__all__ = ["Written", "check_technique", "read"]

_LONGEST_TEXT: Final = 500
"""Characters: far more than courses in sequence need, and few enough to read quickly."""

_LONGEST_WORD: Final = 40
"""Characters of a word that an error message shows."""

_NUMBER: Final = r"\d{1,9}(?:[.,]\d+)?"
_UNIT: Final = r"(?:Gy|Grays?)(?![^\Wx])"
_FRACTIONS: Final = r"(?:fractions?|fracs?|frs?|fxs?)\b\.?"
_DOSE: Final = rf"{_NUMBER}(?:\s*-\s*{_NUMBER})?"
_DOSES: Final = rf"(?P<doses>{_DOSE}(?:\s*(?:{_UNIT})?\s*/\s*{_DOSE})*)\s*{_UNIT}"
_COUNT: Final = rf"(?P<fractions>{_NUMBER})"
_WORD: Final = r"(?:[^\W\d_]|[2-4]D)[\w+./-]*"
_TECHNIQUE: Final = re.compile(_WORD, re.IGNORECASE)
_HEAD: Final = rf"(?P<head>(?:{_WORD}\s+)*?)"
_TAIL: Final = r"(?P<tail>(?:[\s,(].*)?)"

# (course, whether its doses are those of one fraction)
_COURSES: Final = (
    (rf"{_DOSES}\s*(?:in|/)\s*{_COUNT}\s*{_FRACTIONS}", False),
    (rf"{_DOSES}\s*/\s*{_COUNT}", False),
    (rf"{_COUNT}\s*(?:{_FRACTIONS})?\s*(?:x|of)\s*{_DOSES}", True),
    (rf"{_DOSES}\s*x\s*{_COUNT}(?:\s*{_FRACTIONS})?", True),
    (rf"(?P<doses>{_DOSE})\s*/\s*{_COUNT}", False),
)
_FORMS: Final = [
    (re.compile(rf"{_HEAD}{course}{_TAIL}", re.IGNORECASE), per_fraction)
    for course, per_fraction in _COURSES
]

_PER_DAY: Final = {"qd": 1, "daily": 1, "bid": 2, "tid": 3}
_RESERVED: Final = re.compile(
    rf"(?:{_UNIT}|{_FRACTIONS}(?:[/+-].*)?|cGy|in|of|x|then|D(?:2|50|98)|{'|'.join(_PER_DAY)}"
    r"|once|twice|(?:hour|day|week|month)s?|weekly)",
    re.IGNORECASE,
)

# A plus between numbers, or with a space before it: "HER2+" is a word.
_NEXT_COURSE: Final = re.compile(
    r",?\s(?:and\s)?(?:then|followed\sby)\s|\s\+\s?"
    rf"|(?<=[\w.)%])\+(?={_NUMBER}\s?(?:{_UNIT}|{_FRACTIONS}|x|/|-))",
    re.IGNORECASE,
)

_POINT: Final = re.compile(
    rf"(?<![\w+./-])D(2|50|98)\b\s?%?\s?[=:]?\s?({_NUMBER})\s?{_UNIT}", re.IGNORECASE
)
_LINE: Final = r"\s?-?(?:isodose(?:\sline)?|IDL)\b"
_ISODOSE: Final = re.compile(
    rf"(?:\bprescribed\s)?(?:@|\b(?:at|to)\s)\s?(?:the\s)?({_NUMBER})\s?%(?:{_LINE})?"
    rf"|(?<![\d.,])({_NUMBER})\s?%{_LINE}",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    rf"(?:\b(?:over|within|in)\s|(?<=[a-z.])\s?/\s?)({_NUMBER})\s?(day|week)s?\b", re.IGNORECASE
)
_EMPTY: Final = re.compile(r"\([\s,;:]*\)")
_DAYS: Final = {"day": 1, "week": 7}

_SAME: Final = (
    (re.compile("[\u2010-\u2015\u2212]"), "-"),
    (re.compile("[×✕*]"), "x"),
    (
        re.compile(r"\b(?:twice|two\s+times|2\s*x)[\s-]+(?:a[\s-]+day|daily)\b", re.IGNORECASE),
        "BID",
    ),
    (re.compile(r"\bonce[\s-]+(?:a[\s-]+day|daily)\b", re.IGNORECASE), "QD"),
    (re.compile(r"\bb\.i\.d\.?", re.IGNORECASE), "BID"),
    (re.compile(r"\bt\.i\.d\.?", re.IGNORECASE), "TID"),
    (re.compile(r"\s+"), " "),
)

_EXAMPLE: Final = "write it like '50 Gy in 5 fr' or 'SIB 50/30 Gy in 10 fr'"

# The first that is found in a text that couldn't be read says why.
_REASONS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (r"^\s*$", f"there is nothing to read; {_EXAMPLE}"),
        (
            r"^\s*(?:[^\W\d_]\w*\s)?D(?:2|50|98)\b",
            "it doesn't say what was prescribed; write that before D2, D50 and D98, as in "
            "'40 Gy in 3 fr, D50 42 Gy'",
        ),
        (r"(?:^|[\s(/])-\s*\d", "a dose or number of fractions is negative; give one above 0"),
        (r"\bcGy\b|\dcGy\b", "doses are in cGy; give them in Gy (100 cGy are 1 Gy)"),
        (
            rf"{_NUMBER}\s*{_UNIT}\s*$|{_UNIT}\s*in\s*{_NUMBER}(?!\s*{_FRACTIONS}|[\d.,])",
            f"the number of fractions is missing or lacks 'fr'; {_EXAMPLE}",
        ),
        (
            rf"^(?!.*(?:Gy|Gray)).*\d\s*{_FRACTIONS}",
            f"the dose lacks its unit 'Gy'; {_EXAMPLE}",
        ),
    )
)


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
    courses = _NEXT_COURSE.split(_plain(text))
    if len(courses) == 1:
        return (_course(courses[0]),)
    return tuple(_of_several(course, number) for number, course in enumerate(courses, start=1))


def _of_several(text: str, number: int) -> Written:
    try:
        return _course(text.strip())
    except InputError as error:
        raise error.within(f"course {number}") from None


def _course(text: str) -> Written:
    rest, points = _taken(_POINT, text)
    rest, isodoses = _taken(_ISODOSE, rest)
    rest, times = _taken(_TIME, rest)
    for name, found in (("prescription isodose", isodoses), ("overall time", times)):
        if len(found) > 1:
            raise InputError(f"it names {len(found)} values of the {name}; keep one")
    if len({each[1] for each in points}) < len(points):
        raise InputError("it names D2, D50 or D98 twice; keep one of each")
    for form, per_fraction in _FORMS:
        if course := form.fullmatch(rest):
            fractions = _whole(course["fractions"])
            per_day, technique = _words(f"{course['head']} {course['tail']}")
            return Written(
                _doses(course["doses"], fractions if per_fraction else 1),
                fractions,
                per_day,
                technique,
                _number(isodoses[0][1] or isodoses[0][2]) if isodoses else None,
                tuple((f"D{each[1]}", _number(each[2])) for each in points),
                _number(times[0][1]) * _DAYS[times[0][2].lower()] if times else None,
            )
    raise InputError(_reason(text))


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, list[re.Match[str]]]:
    """Return a text without what matches, nor parentheses left empty, and the matches."""
    rest = _EMPTY.sub(" ", pattern.sub(" ", text))
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
        if not _TECHNIQUE.fullmatch(word) or _RESERVED.fullmatch(word) or _plain(word) != word:
            raise InputError(
                f"'{word[:_LONGEST_WORD]}' can't be read as part of a technique; give one course, "
                f"its technique in words before it, and others after 'then': {_EXAMPLE}"
            )
    if any(other.search(f" {technique} ") for other in (_NEXT_COURSE, _POINT, _ISODOSE, _TIME)):
        raise InputError(
            f"'{technique[:_LONGEST_WORD]}' can't be told from doses and times; take other words"
        )


def _plain(text: str) -> str:
    if not isinstance(text, str):
        raise InputError(f"a schedule is a text; {_EXAMPLE}")
    if len(text) > _LONGEST_TEXT:
        raise InputError(f"this is {len(text)} characters long; {_EXAMPLE}")
    for pattern, same in _SAME:
        text = pattern.sub(same, text)
    return text.strip()


def _whole(number: str) -> int:
    return positive_integer(_number(number), "fractions")


def _doses(text: str, times: int) -> tuple[tuple[float, ...], ...]:
    levels = re.sub(_UNIT, "", text, flags=re.IGNORECASE).split("/")
    return tuple(
        tuple(float(Decimal(end.strip().replace(",", ".")) * times) for end in level.split("-"))
        for level in levels
    )


def _words(text: str) -> tuple[int, str]:
    words = re.sub(r"[(),;]", " ", text).split()
    per_day = [_PER_DAY[word.lower()] for word in words if word.lower() in _PER_DAY]
    if len(set(per_day)) > 1:
        raise InputError("it names two numbers of fractions a day; keep one")
    technique = " ".join(word for word in words if word.lower() not in _PER_DAY)
    check_technique(technique)
    return (per_day[0] if per_day else 1), technique


def _reason(text: str) -> str:
    for pattern, reason in _REASONS:
        if pattern.search(text):
            return reason
    return f"this can't be read as a radiotherapy schedule; {_EXAMPLE}"
