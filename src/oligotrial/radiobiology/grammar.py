"""The grammar of written schedules: regular expressions, and reasons where none fits."""

import re
from typing import Final

__all__ = [
    "DAYS",
    "EACH_BESIDE",
    "EMPTY",
    "EXAMPLE",
    "FORMS",
    "ISODOSE",
    "NEXT_COURSE",
    "NOT_ALL",
    "PER_DAY",
    "POINT",
    "REASONS",
    "RESERVED",
    "SAME",
    "SPACED",
    "TECHNIQUE",
    "TIME",
    "UNIT",
]

_NUMBER: Final = r"\d{1,9}(?:[.,]\d+)?"
UNIT: Final = r"(?:Gy|Grays?)(?![^\Wx])"
_FRACTIONS: Final = r"(?:fractions?|fracs?|frs?|fxs?)\b\.?"
_DOSE: Final = rf"{_NUMBER}(?:\s*-\s*{_NUMBER})?"
_DOSES: Final = rf"(?P<doses>{_DOSE}(?:\s*(?:{UNIT})?\s*/\s*{_DOSE})*)\s*{UNIT}"
_COUNT: Final = rf"(?P<fractions>{_NUMBER})"
_WORD: Final = r"(?:[^\W\d_]|[2-4]D)[\w+./-]*"
TECHNIQUE: Final = re.compile(_WORD, re.IGNORECASE)
_HEAD: Final = rf"(?P<head>(?:{_WORD}\s+)*?)"
_TAIL: Final = r"(?P<tail>(?:[\s,(].*)?)"

_EACH: Final = rf"(?P<each>{_NUMBER}(?:\s*/\s*{_NUMBER})*)\s*{UNIT}"

# (course, whether its doses are those of one fraction)
_COURSES: Final = (
    (rf"{_DOSES}\s*in\s*{_COUNT}\s*{_FRACTIONS}\s*(?:of|at|@)\s*{_EACH}(?:\s*each\b)?", False),
    (rf"{_DOSES}\s*(?:in|/)\s*{_COUNT}\s*{_FRACTIONS}", False),
    (rf"{_DOSES}\s*/\s*{_COUNT}", False),
    (rf"{_DOSES}\s*in\s*{_EACH}\s*{_FRACTIONS}", False),
    (rf"{_DOSES}\s*(?:in\s|[(=,])\s*{_COUNT}\s*x\s*{_EACH}\s*\)?", False),
    (rf"{_DOSES}\s*(?:in\s|[(=,])\s*{_EACH}\s*x\s*{_COUNT}\s*\)?", False),
    (rf"{_COUNT}\s*(?:{_FRACTIONS})?\s*(?:x|of)\s*{_DOSES}(?:\s*each\b)?", True),
    (rf"{_DOSES}\s*x\s*{_COUNT}(?:\s*{_FRACTIONS})?", True),
    (rf"(?P<doses>{_DOSE})\s*/\s*{_COUNT}", False),
)
FORMS: Final = [
    (re.compile(rf"{_HEAD}{course}{_TAIL}", re.IGNORECASE), per_fraction)
    for course, per_fraction in _COURSES
]

EACH_BESIDE: Final = re.compile(
    rf"(?:[(,;]\s?|\bat\s|@\s?){_EACH}\s?(?:/|per\s|a\s|each\s)\s?{_FRACTIONS}(?!\s?\d)",
    re.IGNORECASE,
)

PER_DAY: Final = {"qd": 1, "daily": 1, "bid": 2, "tid": 3}

SPACED: Final = frozenset({"qod", "eod", "qad", "q2d", "q48h", "q3d", "q72h", "alternate", "every"})
"""Words for fractions on some days only."""

NOT_ALL: Final = frozenset(
    {"not", "never", "incomplete", "unfinished", "stopped", "discontinued", "aborted", "planned"}
)
"""Words for a course of which it isn't said how much was delivered."""

RESERVED: Final = re.compile(
    rf"(?:{UNIT}|{_FRACTIONS}(?:[/+-].*)?|cGy|in|of|x|then|D(?:2|50|98)|{'|'.join(PER_DAY)}"
    r"|once|twice|(?:hour|day|week|month)s?|weekly)",
    re.IGNORECASE,
)

# A plus between numbers, or with a space before it: "HER2+" is a word.
NEXT_COURSE: Final = re.compile(
    r",?\s(?:and\s)?(?:then|followed\sby)\s|\s\+\s?"
    rf"|(?<=[\w.)%])\+(?={_NUMBER}\s?(?:{UNIT}|{_FRACTIONS}|x|/|-))",
    re.IGNORECASE,
)

POINT: Final = re.compile(
    rf"(?<![\w+./-])D(2|50|98)\b\s?%?\s?[=:]?\s?({_NUMBER})\s?{UNIT}", re.IGNORECASE
)
_LINE: Final = r"\s?-?(?:isodose(?:\sline)?|IDL)\b"
ISODOSE: Final = re.compile(
    rf"(?:\bprescribed\s)?(?:@|\b(?:at|to)\s)\s?(?:the\s)?({_NUMBER})\s?%(?:{_LINE})?"
    rf"|(?<![\d.,])({_NUMBER})\s?%{_LINE}",
    re.IGNORECASE,
)
TIME: Final = re.compile(
    rf"(?:\b(?:over|within|in)\s|(?<=[a-z.])\s?/\s?)({_NUMBER})\s?(day|week)s?\b", re.IGNORECASE
)
EMPTY: Final = re.compile(r"\([\s,;:]*\)")
DAYS: Final = {"day": 1, "week": 7}

_A_DAY: Final = r"(?:\s?/\s?d(?:ay)?\b|[\s-]+(?:(?:a|per)[\s-]+day|daily)\b)"

SAME: Final = (
    (re.compile("[\u2010-\u2015\u2212]"), "-"),
    (re.compile("[×✕*]"), "x"),
    *(
        (re.compile(rf"(?<![\w.]){words}", re.IGNORECASE), name)
        for words, name in (
            (rf"once{_A_DAY}", "QD"),
            (rf"(?:twice|two\s+times|2\s*x){_A_DAY}", "BID"),
            (rf"(?:three\s+times|3\s*x){_A_DAY}", "TID"),
            (r"(?:b\.i\.d\b\.?|b\.?d\b\.?|q\.?12\s?h(?:ours)?\b)", "BID"),
            (r"(?:t\.i\.d\b\.?|t\.?d\.?s\b\.?|q\.?8\s?h(?:ours)?\b)", "TID"),
        )
    ),
    (re.compile(r"(?<=\d)\s?#"), " fr"),
    (re.compile(r"\bsingle[\s-]+(?:fraction|dose)\s+of\b", re.IGNORECASE), "1 x"),
    (
        re.compile(
            r"(?<=Gy)\s+(?:(?:in|as)\s+)?(?:a\s+)?single[\s-]+(?:fraction|dose)\b", re.IGNORECASE
        ),
        " in 1 fr",
    ),
    (
        re.compile(rf"(?<=\d)\s+(daily|QD|BID|TID)\s+({_FRACTIONS})", re.IGNORECASE),
        r" \2 \1",
    ),
    (re.compile(r"\s+"), " "),
)

EXAMPLE: Final = "write it like '50 Gy in 5 fr' or 'SIB 50/30 Gy in 10 fr'"

# The first that is found in a text that couldn't be read says why.
REASONS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (r"^\s*$", f"there is nothing to read; {EXAMPLE}"),
        (
            r"^\s*(?:[^\W\d_]\w*\s)?D(?:2|50|98)\b",
            "it doesn't say what was prescribed; write that before D2, D50 and D98, as in "
            "'40 Gy in 3 fr, D50 42 Gy'",
        ),
        (r"(?:^|[\s(/])-\s*\d", "a dose or number of fractions is negative; give one above 0"),
        (r"\bcGy\b|\dcGy\b", "doses are in cGy; give them in Gy (100 cGy are 1 Gy)"),
        (
            rf"{_NUMBER}\s*{UNIT}\s*$|{UNIT}\s*in\s*{_NUMBER}(?!\s*{_FRACTIONS}|[\d.,])",
            f"the number of fractions is missing or lacks 'fr'; {EXAMPLE}",
        ),
        (
            rf"^(?!.*(?:Gy|Gray)).*\d\s*{_FRACTIONS}",
            f"the dose lacks its unit 'Gy'; {EXAMPLE}",
        ),
    )
)
