"""Reading schedules: every text of the paper, what people write, and what can't be read."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oligotrial import evidence
from oligotrial.checks import InputError
from oligotrial.radiobiology import DoseLevel, DosePoints, LevelName, Schedule
from oligotrial.radiobiology.dose import LEVEL_NAMES


def course(*doses: float, fractions: int, per_day: int = 1, technique: str = "") -> Schedule:
    levels = tuple(DoseLevel(dose, dose) for dose in doses)
    return Schedule(levels, fractions, per_day, technique)


# Marazzi et al. 2024, Table 1, each read by hand.
TABLE_1 = {
    "SIB 40–30/20 Gy in 5 fr": Schedule((DoseLevel(30, 40), DoseLevel(20, 20)), 5, 1, "SIB"),
    "3D 30 Gy in 10 fr": course(30, fractions=10, technique="3D"),
    "3D 20 Gy in 5 fr": course(20, fractions=5, technique="3D"),
    "Re-RT 16 Gy in 14 fr BID": course(16, fractions=14, per_day=2, technique="Re-RT"),
    "SBRT 25.5 Gy in 3 fr": course(25.5, fractions=3, technique="SBRT"),
    "WB-SIB 50/30 Gy in 10 fr": course(50, 30, fractions=10, technique="WB-SIB"),
    "3D WB 30 Gy in 10 fr": course(30, fractions=10, technique="3D WB"),
    "Re-RT WB 16 Gy in 14 fr": course(16, fractions=14, technique="Re-RT WB"),
    "SBRT 50 Gy in 5 fr": course(50, fractions=5, technique="SBRT"),
    "SBRT 50–35 Gy in 5 fr": Schedule((DoseLevel(35, 50),), 5, 1, "SBRT"),
    "SIB 57.5/50 Gy in 25 fr": course(57.5, 50, fractions=25, technique="SIB"),
    "Re-RT 38 Gy in 30 fr": course(38, fractions=30, technique="Re-RT"),
    "3D 28 Gy in 16 fr": course(28, fractions=16, technique="3D"),
    "SBRT 40 Gy in 5 fr": course(40, fractions=5, technique="SBRT"),
    "SBRT 24 Gy in 3 fr": course(24, fractions=3, technique="SBRT"),
}


@pytest.mark.parametrize("text", TABLE_1)
def test_every_schedule_of_table_1(text: str) -> None:
    for written in (text, text.replace("–", "-"), text.replace("–", "—"), text.lower()):
        read = Schedule.parse(written)
        assert (read.levels, read.fractions, read.fractions_per_day) == (
            TABLE_1[text].levels,
            TABLE_1[text].fractions,
            TABLE_1[text].fractions_per_day,
        )
    assert Schedule.parse(text) == TABLE_1[text]


def test_these_are_the_schedules_that_the_library_holds() -> None:
    assert {each.text for each in evidence.load("marazzi2024").schedules} == set(TABLE_1)


FIFTY_IN_FIVE = course(50, fractions=5)
BOOSTED = course(50, 30, fractions=10)
AT_80 = replace(course(40, fractions=3), isodose_percent=80)
WITH_POINTS = replace(course(40, fractions=3), points=DosePoints(50, 42, 36))
IN_SEQUENCE = replace(course(30, fractions=10), then=(course(24, fractions=3),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50 Gy in 5 fr", FIFTY_IN_FIVE),
        ("50Gy in 5fr", FIFTY_IN_FIVE),
        ("  50 Gy  in 5\u00a0fractions ", FIFTY_IN_FIVE),
        ("50 Gray in 5 fractions", FIFTY_IN_FIVE),
        ("50.0 GY IN 5 FX", FIFTY_IN_FIVE),
        ("50 Gy in 5 fr.", FIFTY_IN_FIVE),
        ("50 Gy/5 fr", FIFTY_IN_FIVE),
        ("50Gy/5fx", FIFTY_IN_FIVE),
        ("50 Gy / 5", FIFTY_IN_FIVE),
        ("50/5", FIFTY_IN_FIVE),
        ("5 x 10 Gy", FIFTY_IN_FIVE),
        ("5x10Gy", FIFTY_IN_FIVE),
        ("5×10 Gy", FIFTY_IN_FIVE),
        ("5*10 Gy", FIFTY_IN_FIVE),
        ("10 Gy x 5", FIFTY_IN_FIVE),
        ("10Gyx5", FIFTY_IN_FIVE),
        ("10 Gy × 5 fr", FIFTY_IN_FIVE),
        ("5 fractions of 10 Gy", FIFTY_IN_FIVE),
        ("50 Gy in 5 fr daily", FIFTY_IN_FIVE),
        ("50 Gy in 5 fr once daily", FIFTY_IN_FIVE),
        ("50/30 Gy in 10 fr (SIB)", course(50, 30, fractions=10, technique="SIB")),
        ("WB 50/30 Gy in 10 fr (SIB)", course(50, 30, fractions=10, technique="WB SIB")),
        ("50/30 Gy in 10 fr", BOOSTED),
        ("50 Gy/30 Gy in 10 fr", BOOSTED),
        ("50 / 30 Gy / 10 fr", BOOSTED),
        ("10 x 5/3 Gy", BOOSTED),
        ("60/54/50 Gy in 25 fr", course(60, 54, 50, fractions=25)),
        ("16 Gy in 14 fr BID", course(16, fractions=14, per_day=2)),
        ("16 Gy in 14 fr b.i.d.", course(16, fractions=14, per_day=2)),
        ("16 Gy in 14 fr, twice daily", course(16, fractions=14, per_day=2)),
        ("16 Gy in 14 fr twice a day", course(16, fractions=14, per_day=2)),
        ("54 Gy in 36 fr TID", course(54, fractions=36, per_day=3)),
        ("54 Gy in 36 fr tds", course(54, fractions=36, per_day=3)),
        ("54 Gy in 36 fr, three times a day", course(54, fractions=36, per_day=3)),
        ("54 Gy in 36 fr q8h", course(54, fractions=36, per_day=3)),
        ("16 Gy in 14 fr bd", course(16, fractions=14, per_day=2)),
        ("16 Gy in 14 fr b.d.", course(16, fractions=14, per_day=2)),
        ("16 Gy in 14 fr q12h", course(16, fractions=14, per_day=2)),
        ("16 Gy in 14 fr 2x/day", course(16, fractions=14, per_day=2)),
        ("16 Gy in 14 fr, 2 × per day", course(16, fractions=14, per_day=2)),
        ("16 Gy in 14 BID fractions", course(16, fractions=14, per_day=2)),
        ("50 Gy in 5 daily fractions", FIFTY_IN_FIVE),
        ("50 Gy in 5 fractions of 10 Gy", FIFTY_IN_FIVE),
        ("50 Gy in 5 fr at 10 Gy each", FIFTY_IN_FIVE),
        ("50 Gy in 5 fr (10 Gy/fr)", FIFTY_IN_FIVE),
        ("50 Gy in 5 fr, 10 Gy per fraction", FIFTY_IN_FIVE),
        ("50 Gy (5 x 10 Gy)", FIFTY_IN_FIVE),
        ("50 Gy (10 Gy x 5)", FIFTY_IN_FIVE),
        ("50 Gy in 10 Gy fractions", FIFTY_IN_FIVE),
        ("5 fractions of 10 Gy each", FIFTY_IN_FIVE),
        ("50 Gy/5#", FIFTY_IN_FIVE),
        ("50 Gy in 5 #", FIFTY_IN_FIVE),
        ("40.05 Gy in 15 fr (2.67 Gy/fx)", course(40.05, fractions=15)),
        (
            "SIB 57.5/50 Gy in 25 fr (2.3/2 Gy per fraction)",
            course(57.5, 50, fractions=25, technique="SIB"),
        ),
        ("8 Gy single fraction", course(8, fractions=1)),
        ("8 Gy in a single fraction", course(8, fractions=1)),
        ("SBRT single dose of 8 Gy", course(8, fractions=1, technique="SBRT")),
        ("SBRT 25,5 Gy in 3 fr", course(25.5, fractions=3, technique="SBRT")),
        ("3 x 1.1 Gy", course(3.3, fractions=3)),
        ("VMAT/SBRT 50 Gy in 5 fr", course(50, fractions=5, technique="VMAT/SBRT")),
        ("3D-CRT 3 x 8.5 Gy", course(25.5, fractions=3, technique="3D-CRT")),
        ("35-50 Gy in 5 fr", Schedule((DoseLevel(35, 50),), 5)),
        ("50 - 35 Gy in 5 fr", Schedule((DoseLevel(35, 50),), 5)),
        ("8 Gy in 1 fr", course(8, fractions=1)),
        ("40 Gy in 3 fr @80%", AT_80),
        ("40 Gy @80% in 3 fr", AT_80),
        ("40 Gy in 3 fr@ 80 %", AT_80),
        ("40 Gy in 3 fr, at 80% isodose", AT_80),
        ("40 Gy (80% isodose) in 3 fr", AT_80),
        ("40 Gy in 3 fr (prescribed to the 80% isodose)", AT_80),
        (
            "SBRT 3 x 8 Gy at the 65%-isodose",
            replace(course(24, fractions=3, technique="SBRT"), isodose_percent=65),
        ),
        ("40 Gy in 3 fr, D2 50 Gy, D50 42 Gy, D98 36 Gy", WITH_POINTS),
        ("40 Gy in 3 fr (D2%=50 Gy; D50% = 42 Gy; D98%: 36Gy)", WITH_POINTS),
        (
            "40 Gy in 3 fr D98 36.5 Gy",
            replace(course(40, fractions=3), points=DosePoints(d98_gy=36.5)),
        ),
        ("50 Gy in 25 fr over 33 days", replace(course(50, fractions=25), days=33)),
        ("50 Gy in 25 fr in 5 weeks", replace(course(50, fractions=25), days=35)),
        ("50 Gy/25 fr/5 weeks", replace(course(50, fractions=25), days=35)),
        ("40 Gy in 3 fr 80% IDL", AT_80),
        ("40 Gy in 3 fr @80% isodose line", AT_80),
        (
            "54 Gy in 36 fr TID within 12 days",
            replace(course(54, fractions=36, per_day=3), days=12),
        ),
        ("30 Gy in 10 fr then 24 Gy in 3 fr", IN_SEQUENCE),
        ("30 Gy in 10 fr, then 24 Gy in 3 fr", IN_SEQUENCE),
        ("30/10 followed by 24/3", IN_SEQUENCE),
        ("30 Gy in 10 fr + 24 Gy in 3 fr", IN_SEQUENCE),
        ("30 Gy in 10 fr+24 Gy in 3 fr", IN_SEQUENCE),
        ("10x3 Gy+3x8 Gy", IN_SEQUENCE),
        ("30/10+24/3", IN_SEQUENCE),
        ("HER2+ VMAT+3D 50 Gy in 5 fr", course(50, fractions=5, technique="HER2+ VMAT+3D")),
        (
            "3D 50 Gy in 25 fr + SBRT 10 Gy in 5 fr @80% then 8 Gy in 1 fr",
            replace(
                course(50, fractions=25, technique="3D"),
                then=(
                    replace(course(10, fractions=5, technique="SBRT"), isodose_percent=80),
                    course(8, fractions=1),
                ),
            ),
        ),
    ],
)
def test_what_people_write(text: str, expected: Schedule) -> None:
    assert Schedule.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing to read"),
        ("   ", "nothing to read"),
        ("SBRT", "can't be read"),
        ("Gy fr", "can't be read"),
        ("50\nGy", "schedule '50 Gy': the number of fractions is missing"),
        ("50", "can't be read"),
        ("35-50", "can't be read"),
        ("50/30/10", "can't be read"),
        ("50/0", "fractions: 0.0 is not a whole number of at least 1"),
        ("50 Gy in 0 fr", "fractions: 0.0 is not a whole number of at least 1"),
        ("50 Gy in 2.5 fr", "fractions: 2.5 is not a whole number"),
        ("50 Gy in -5 fr", "negative"),
        ("-50 Gy in 5 fr", "negative"),
        ("SBRT −50 Gy in 5 fr", "negative"),
        ("50/-5", "negative"),
        ("0 Gy in 5 fr", "not a positive number"),
        ("50/0 Gy in 5 fr", "not a positive number"),
        ("50 Gy", "number of fractions is missing"),
        ("50 Gy in 5", "number of fractions is missing or lacks 'fr'"),
        ("50 Gy in 5 weeks", "number of fractions is missing or lacks 'fr'"),
        ("50 in 5 fr", "lacks its unit 'Gy'"),
        ("SBRT 50 in 5 fractions", "lacks its unit 'Gy'"),
        ("5 x 10", "can't be read"),
        ("5000 cGy in 5 fr", "give them in Gy"),
        ("5000 Gy in 25 fr", "not cGy"),
        ("30/50 Gy in 10 fr", "from boost to base"),
        ("50/50 Gy in 10 fr", "from boost to base"),
        ("50-30/40 Gy in 10 fr", "from boost to base"),
        ("nan Gy in 5 fr", "can't be read"),
        ("inf Gy in 5 fr", "can't be read"),
        ("1e3 Gy in 5 fr", "can't be read"),
        ("50 Gy in five fr", "can't be read"),
        ("50 Gy in 5 fr + 10 Gy", "course 2: the number of fractions is missing"),
        ("50 Gy in 5 fr then", "one course"),
        ("50 Gy in 5 fr + ", "course 2: there is nothing to read"),
        ("50 Gy in 5 fr then then 10 Gy in 5 fr", "course 2"),
        ("40 Gy in 3 fr @0%", "isodose of 0% is not above 0"),
        ("40 Gy in 3 fr @120%", "isodose of 120% is not above 0 and at most 100"),
        ("40 Gy in 3 fr @80% at 70%", "2 values of the prescription isodose"),
        ("40 Gy in 3 fr 80%", "one course"),
        ("50 Gy in 25 fr once a week", "'once' can't be read"),
        ("50 Gy/25 fr/5 months", "'fr/5' can't be read"),
        ("40 Gy in 3 fr D50 42", "one course"),
        ("40 Gy in 3 fr D50 42 Gy D50 43 Gy", "D2, D50 or D98 twice"),
        ("40 Gy in 3 fr D50 42 Gy D2 40 Gy", "D50 of 42 Gy is above D2 of 40 Gy"),
        ("40 Gy in 3 fr D98 0 Gy", "not a positive number"),
        ("40 Gy in 3 fr D2 4000 Gy", "not cGy"),
        ("40-30 Gy in 3 fr D2 50 Gy", "its dose is a range"),
        ("D50 42 Gy in 3 fr", "what was prescribed"),
        ("PTV D50 42 Gy", "what was prescribed"),
        ("50 Gy in 25 fr over 3 weeks in 21 days", "2 values of the overall time"),
        ("50 Gy in 5 fr 10 Gy in 5 fr", "one course"),
        ("50 Gy in 5 fr over 2 months", "one course"),
        ("50 Gy in 5 fr BID TID", "two numbers of fractions a day"),
        ("50 Gy in 5 fr BDI", "'bdi' may be meant for 'BID'"),
        ("50 Gy in 5 fr QOD", "'qod' says on which days.*over 9 days"),
        ("50 Gy in 5 fr on alternate days", "'alternate' says on which days"),
        ("50 Gy in 5 fr every other day", "'every' says on which days"),
        ("30 Gy in 10 fr palliative, not completed", "'not' leaves open how much"),
        ("30 Gy in 10 fr (stopped)", "'stopped' leaves open how much"),
        ("50 Gy in 25 fr over 3 days", "at least 24 days.*3 are given"),
        ("16 Gy in 14 fr BID over 2 days", "14 fractions, 2 a day, take at least 6 days"),
        ("5/50", "less than 1 Gy a fraction; write '50/5'"),
        ("50 Gy in 25 fractions of 2.5 Gy", "are 2 Gy a fraction, and it says 2.5 Gy"),
        ("50 Gy in 25 fr (2.1 Gy/fr)", "are 2 Gy a fraction, and it says 2.1 Gy"),
        ("50/40 Gy in 25 fr (2/1.5 Gy/fr)", "40 Gy in 25 fr are 1.6 Gy a fraction"),
        ("50 Gy (5 x 8 Gy)", "are 10 Gy a fraction, and it says 8 Gy"),
        ("61 Gy in 2 Gy fractions", "no whole number of fractions of 2 Gy"),
        ("50 Gy in 0 Gy fractions", "no whole number of fractions|above 0|positive"),
        ("50 Gy in 5 fr; DROP TABLE patients--", "can't be read|one course"),
        ("5" * 600, "600 characters"),
        ("50 Gy in " + "5" * 100 + " fr", "can't be read|number of fractions"),
        ("__import__('os')", "can't be read"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        Schedule.parse(text)
    message = str(caught.value)
    assert message.startswith(f"schedule '{' '.join(text.split())[:80]}")
    assert "\n" not in message
    assert len(message) < 400


@pytest.mark.parametrize("thing", [None, 50, 50.5, float("nan"), ["50/5"], b"50/5"])
def test_what_is_no_text_is_refused(thing: object) -> None:
    with pytest.raises(InputError, match="a schedule is a text"):
        Schedule.parse(thing)


DOSES = st.floats(0.01, 50, allow_nan=False)
TECHNIQUES = st.sampled_from(
    [
        "",
        "SBRT",
        "3D",
        "WB-SIB",
        "Re-RT WB",
        "3D-CRT",
        "VMAT/SBRT",
        "Präz",
        "ER+ VMAT+3D",
        "at to",
        "PTV-D2",
    ]
)


@st.composite
def single_courses(draw: st.DrawFn) -> Schedule:
    ends = sorted(draw(st.lists(DOSES, min_size=2, max_size=6, unique=True)), reverse=True)
    pairs = [(ends[i + 1], ends[i]) for i in range(0, len(ends) - 1, 2)]
    levels = [
        DoseLevel(low, high) if draw(st.booleans()) else DoseLevel(high, high)
        for low, high in pairs
    ]
    plain = Schedule(
        tuple(levels), draw(st.integers(1, 60)), draw(st.integers(1, 3)), draw(TECHNIQUES)
    )
    points = sorted(draw(st.lists(DOSES, min_size=3, max_size=3)), reverse=True)
    known = [dose if draw(st.booleans()) else None for dose in points]
    return replace(
        plain,
        isodose_percent=draw(st.none() | st.floats(50, 100)),
        points=DosePoints() if plain.levels[0].is_range else DosePoints(*known),
        days=draw(st.none() | st.integers(8 * 59, 1600).map(lambda eighths: eighths / 8)),
    )


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    first, *others = draw(st.lists(single_courses(), min_size=1, max_size=2))
    return replace(first, then=tuple(others))


@given(schedules())
def test_what_is_written_is_read_back(schedule: Schedule) -> None:
    assert Schedule.parse(str(schedule)) == schedule


@given(single_courses())
def test_options_are_delivered_courses_inside_the_range(schedule: Schedule) -> None:
    options = schedule.options(step_gy=10)
    assert len(set(options)) == len(options)
    for option in options:
        assert not option.is_range
        assert option.fractions == schedule.fractions
        for given_level, printed in zip(option.levels, schedule.levels, strict=True):
            assert printed.low_gy <= given_level.high_gy <= printed.high_gy
    assert [level.high_gy for level in options[0].levels] == [
        level.high_gy for level in schedule.levels
    ]
    assert [level.low_gy for level in options[-1].levels] == [
        level.low_gy for level in schedule.levels
    ]


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        read = Schedule.parse(text)
    except InputError:
        return
    assert Schedule.parse(str(read)) == read


WORDS = st.sampled_from(
    (
        *"()+,-/;=@x",
        "50",
        "25.5",
        "5",
        "3",
        "40-30/20",
        "80%",
        "Gy",
        "fr",
        "in",
        "of",
        "each",
        "per fraction",
        "#",
        "single fraction",
        "bd",
        "then",
        "followed by",
        "isodose",
        "D2",
        "D50%",
        "over",
        "weeks",
        "days",
        "BID",
        "SBRT",
        "3D",
        "at",
        "prescribed to",
    )
)


@given(st.lists(WORDS, max_size=14).map(" ".join) | st.lists(WORDS, max_size=14).map("".join))
def test_what_is_made_of_the_words_of_schedules_is_read_or_refused(text: str) -> None:
    try:
        read = Schedule.parse(text)
    except InputError:
        return
    assert Schedule.parse(str(read)) == read


@given(st.text(alphabet="0123456789 .,/-–x()GyinfrSBRTD@%+", max_size=40))
def test_texts_that_look_like_schedules_are_read_or_refused(text: str) -> None:
    try:
        read = Schedule.parse(text)
    except InputError:
        return
    assert Schedule.parse(str(read)) == read


def test_options_of_the_printed_ranges() -> None:
    bone = Schedule.parse("SIB 40–30/20 Gy in 5 fr").options(step_gy=5)
    assert [str(each) for each in bone] == [
        "SIB 40/20 Gy in 5 fr",
        "SIB 35/20 Gy in 5 fr",
        "SIB 30/20 Gy in 5 fr",
    ]
    nodes = Schedule.parse("SBRT 50-35 Gy in 5 fr").options()
    assert [each.dose_gy() for each in nodes] == [50, 45, 40, 35]
    assert Schedule.parse("50/5").options() == (FIFTY_IN_FIVE,)


def test_options_keep_both_ends_where_the_step_does_not_fit() -> None:
    assert [each.dose_gy() for each in Schedule.parse("50-35 Gy in 5 fr").options(step_gy=4)] == [
        50,
        46,
        42,
        38,
        35,
    ]
    thirds = Schedule.parse("2-1 Gy in 1 fr").options(step_gy=0.1)
    assert len(thirds) == 11  # 0.1 has no exact binary form: no twelfth course at 1.0000000001


def test_a_range_of_rounding_error_keeps_both_ends() -> None:
    assert DoseLevel(49.99999999999999, 50.0).doses_gy(5.0) == [50.0, 49.99999999999999]


@pytest.mark.parametrize("step", [0, -1, float("nan"), 1e-9])
def test_impossible_steps(step: float) -> None:
    with pytest.raises(InputError, match="step"):
        Schedule.parse("50-35 Gy in 5 fr").options(step_gy=step)


def test_a_range_has_no_one_dose() -> None:
    printed = Schedule.parse("SIB 40-30/20 Gy in 5 fr")
    assert printed.is_range
    assert printed.dose_gy("base") == 20
    with pytest.raises(InputError, match="choose one, such as 'SIB 40/20 Gy in 5 fr'"):
        printed.dose_gy("boost")


def test_levels_by_name() -> None:
    assert (BOOSTED.dose_gy("boost"), BOOSTED.dose_gy("base")) == (50, 30)
    assert FIFTY_IN_FIVE.dose_gy("boost") == FIFTY_IN_FIVE.dose_gy("base") == 50
    assert BOOSTED.dose_per_fraction_gy("base") == 3
    with pytest.raises(InputError, match="did you mean 'boost'"):
        BOOSTED.dose_gy("bost")
    assert get_args(LevelName.__value__) == LEVEL_NAMES


@pytest.mark.parametrize(
    "make",
    [
        lambda: Schedule((), 5),
        lambda: Schedule((DoseLevel(50, 50),), 0),
        lambda: Schedule((DoseLevel(50, 50),), 2.5),
        lambda: Schedule((DoseLevel(50, 50),), float("nan")),
        lambda: Schedule((DoseLevel(50, 50),), 5, 4),
        lambda: Schedule((DoseLevel(50, 50),), 5, 1, "50"),
        lambda: Schedule((DoseLevel(50, 50),), 5, 1, "Gy"),
        lambda: Schedule((DoseLevel(50, 50),), 5, 1, "two  spaces"),
        lambda: DoseLevel(50, 35),
        lambda: DoseLevel(-1, 1),
        lambda: DoseLevel(float("inf"), float("inf")),
    ],
)
def test_impossible_courses_cannot_be_built(make: object) -> None:
    with pytest.raises(InputError):
        make()


def test_the_maximum_is_the_prescribed_dose_over_its_isodose() -> None:
    assert AT_80.dose_gy("maximum") == 50
    assert Schedule.parse("40-30 Gy in 5 fr @80%").level("maximum") == DoseLevel(37.5, 50)
    assert Schedule.parse("50/30 Gy in 10 fr @50%").dose_gy("maximum") == 100
    with pytest.raises(InputError, match="doesn't say a prescription isodose"):
        FIFTY_IN_FIVE.dose_gy("maximum")


def test_points_are_found_by_name() -> None:
    assert [WITH_POINTS.dose_gy(name) for name in ("D2", "D50", "D98")] == [50, 42, 36]
    with pytest.raises(InputError, match="doesn't say D50; write it as in"):
        FIFTY_IN_FIVE.dose_gy("D50")


def test_courses_in_sequence_are_kept_apart() -> None:
    assert IN_SEQUENCE.courses == (course(30, fractions=10), course(24, fractions=3))
    assert IN_SEQUENCE.dose_gy() == 54
    assert FIFTY_IN_FIVE.courses == (FIFTY_IN_FIVE,)
    for ask in (IN_SEQUENCE.dose_per_fraction_gy, IN_SEQUENCE.on_weekdays):
        with pytest.raises(InputError, match="2 courses"):
            ask()
    printed = Schedule.parse("30 Gy in 10 fr then 24-16 Gy in 2 fr")
    assert printed.is_range
    assert [each.dose_gy() for each in printed.options(step_gy=4)] == [54, 50, 46]
    with pytest.raises(InputError, match="list all in then"):
        replace(FIFTY_IN_FIVE, then=(IN_SEQUENCE,))


# Fowler (2010), Br J Radiol 83, 554-568, counts 30 fractions as 39 and 35 as 46 days.
@pytest.mark.parametrize(
    ("text", "days"),
    [("60/30", 39), ("70/35", 46), ("50/5", 4), ("8/1", 0), ("24/6", 7),
     ("54 Gy in 36 fr TID", 15), ("16 Gy in 14 fr BID", 8), ("15 Gy in 15 fr BID", 9)],
)  # fmt: skip
def test_weekdays_are_counted_from_the_first_to_the_last_fraction(text: str, days: float) -> None:
    assert Schedule.parse(text).on_weekdays().days == days
