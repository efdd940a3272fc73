"""Evidence: what a user is told, and that what is told is right."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial import cohort
from oligotrial.checks import InputError
from oligotrial.cohort import Cohort


def patients(n=3, **changes):
    rows = pd.DataFrame(
        {
            "age_group": ["51-70"] * n,
            "subtype": ["HER2+"] * n,
            "line": ["first"] * n,
            "site": ["bone"] * n,
            "schedule": ["SIB 30/20 Gy in 5 fr"] * n,
            "time": np.arange(1.0, n + 1),
            "event": [1] * n,
        }
    ).astype({"time": object, "event": object})
    for column, (row, value) in changes.items():
        rows.loc[row - 1, column] = value
    return rows


def told(**changes):
    with pytest.raises(InputError) as error:
        Cohort(patients(**changes), label="three patients", source="cohort.csv")
    return str(error.value)


def test_optional_columns_get_their_defaults_and_others_are_kept():
    rows = Cohort(patients().assign(ecog=[0, 1, 2]), label="", source="x").patients
    assert rows["draw"].tolist() == [0, 0, 0]
    assert rows["patient"].tolist() == [1, 2, 3]
    assert rows["dose_level"].tolist() == ["boost"] * 3
    assert rows["ecog"].tolist() == [0, 1, 2]
    assert rows["time"].dtype == float
    assert rows["line"].cat.ordered
    assert rows["line"].cat.categories.tolist() == ["first", "second", "third", "fourth+"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time": (2, -3)}, "row 2, column time: -3 is negative; give months of at least 0"),
        ({"time": (2, np.inf)}, "row 2, column time: the time is infinite"),
        ({"time": (2, "soon")}, "row 2, column time: 'soon' is not a number of months"),
        ({"time": (2, None)}, "row 2, column time: there is no value; give the months"),
        ({"event": (3, 2)}, "row 3, column event: '2' is neither 1 (event) nor 0 (censored)"),
        (
            {"line": (1, "frist")},
            "row 1, column line: 'frist' is not one of 'first', 'second', 'third', 'fourth+' "
            "(did you mean 'first'?)",
        ),
        ({"schedule": (2, "50 Gy")}, "row 2, column schedule: schedule '50 Gy'"),
        ({"schedule": (2, "50-35 Gy in 5 fr")}, "'50-35 Gy in 5 fr' is a range; give the one"),
    ],
)
def test_a_problem_is_named_by_row_and_column(changes, words):
    message = told(**changes)
    assert message.startswith("cohort.csv: 1 problem: row ")
    assert words in message


def test_all_problems_are_counted_and_twenty_shown():
    rows = patients(30).assign(time=-1.0)
    with pytest.raises(InputError, match="30 problems: row 1, column time") as error:
        Cohort(rows, label="", source="cohort.csv")
    assert str(error.value).count("column time") == 20
    assert str(error.value).endswith("; and 10 more")


def test_missing_columns_and_no_rows():
    with pytest.raises(InputError, match="there is no column time or event"):
        Cohort(patients().drop(columns=["time", "event"]), label="", source="x")
    with pytest.raises(InputError, match="there are no patients"):
        Cohort(patients().iloc[:0], label="", source="x")


def test_draws_have_to_be_as_many_as_said():
    with pytest.raises(InputError, match="draws is 2 but the rows hold 1"):
        Cohort(patients(), label="", source="x", draws=2)


def test_frames_are_the_draws():
    rows = pd.concat([patients().assign(draw=1), patients(2).assign(draw=0)])
    frames = Cohort(rows, label="", source="x", draws=2).frames()
    assert [len(frame) for frame in frames] == [2, 3]
    assert frames[1].index.tolist() == [0, 1, 2]


def test_written_and_read_back(tmp_path, reconstructed):
    cohort.write(reconstructed, tmp_path / "cohort.csv")
    back = cohort.read(tmp_path / "cohort.csv")
    pd.testing.assert_frame_equal(back.patients, reconstructed.patients)
    assert back.label == reconstructed.label
    assert back.draws == reconstructed.draws


def test_a_file_of_ones_own(tmp_path):
    patients().to_csv(tmp_path / "own.csv", index=False)
    own = cohort.read(tmp_path / "own.csv")
    assert (own.label, own.size, own.draws) == ("own.csv", 3, 1)
    assert cohort.read(tmp_path / "own.csv", label="ours").label == "ours"
    patients(time=(2, -3)).to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(InputError, match=r"own\.csv: 1 problem: row 2, column time: -3 is neg"):
        cohort.read(tmp_path / "own.csv")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,b\n"1,2\n3,4,5'])
def test_a_file_that_is_no_csv(tmp_path, content):
    (tmp_path / "cohort.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"cohort\.csv: (can't be read as CSV|is empty)"):
        cohort.read(tmp_path / "cohort.csv")


def small(**columns):
    rows = pd.DataFrame({"time": [3.0, 4.0, 5.0], "event": [1, 0, 1]}).astype(object)
    return rows.assign(**columns)


def made(rows=None, **options):
    rows = small() if rows is None else rows
    return Cohort(rows, label="three patients", source="cohort.csv", **options)


def refused(rows, **options):
    with pytest.raises(InputError) as error:
        made(rows, **options)
    assert str(error.value).startswith("cohort.csv")
    return str(error.value)


def test_time_and_event_are_enough():
    rows = made().patients
    assert rows.columns.tolist() == ["draw", "patient", "time", "event"]
    assert rows["patient"].tolist() == [1, 2, 3]
    draws = made(pd.concat([small(draw=0), small(draw=1)]), draws=2).patients
    assert draws["patient"].tolist() == [1, 2, 3, 1, 2, 3]


def test_any_other_column_may_lack_values():
    nothing = [None, np.nan, ""]
    rows = made(
        small(
            arm=nothing, subtype=nothing, line=nothing, schedule=nothing, dose_level=nothing,
            weight=nothing, entry=nothing, time_upper=nothing, cause=nothing,
        )
    ).patients  # fmt: skip
    known = rows.drop(columns=["draw", "patient", "time", "event", "arm"])
    assert known.isna().all(axis=None)
    assert known[["weight", "entry", "time_upper"]].dtypes.tolist() == [float] * 3
    assert known["line"].cat.categories.tolist() == list(cohort.LEVELS["line"])


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"entry": [None, 4.0, 0]}, "row 2, column entry: 4 is not before the time 4"),
        ({"entry": [None, -1, 0]}, "row 2, column entry: -1 is negative"),
        ({"time_upper": [2, None, None]}, "row 1, column time_upper: 2 is before the time 3"),
        ({"time_upper": [None, 6, None]}, "row 2, column time_upper: a first positive, but event"),
        ({"time_upper": [None, None, np.inf]}, "row 3, column time_upper: no first positive (inf)"),
        ({"time_upper": ["later", None, None]}, "column time_upper: 'later' is not a number"),
        ({"weight": [1, -0.5, 1]}, "row 2, column weight: '-0.5' is not a weight"),
        ({"weight": [1, np.inf, 1]}, "row 2, column weight: 'inf' is not a weight"),
        ({"cause": ["death", 2, None]}, "row 2, column cause: '2' is a code; give the cause"),
        ({"cause": ["death", "Censored", None]}, "'Censored' is no cause; leave the cell"),
        ({"patient": [1, 2, 1]}, "row 3, column patient: patient '1' is in row 1 too"),
        ({"patient": ["1", 2, 1.0]}, "row 3, column patient: patient '1' is in row 1 too"),
        ({"patient": [1, None, 2]}, "row 2, column patient: there is no value"),
        ({"patient": [1, 1.5, 2]}, "row 2, column patient: '1.5' is no patient's number or name"),
        ({"draw": [0, -1, 0]}, "row 2, column draw: '-1' is not a whole number"),
        ({"schedule": [50, None, None]}, "row 1, column schedule: '50.0' is no text"),
        ({"os_time": [9, None, 3], "os_event": [1, 1, None]}, "2 problems: row 2, column os_time"),
        ({"os_time": [9, -1, 3], "os_event": [1, 1, 0]}, "row 2, column os_time: -1 is negative"),
        ({"os_time": [9, 1, 3], "os_event": [1, 2, 0]}, "row 2, column os_event: '2' is neither"),
        (
            {"os_time": 9, "os_event": 1, "os_entry": [1, 2, 9]},
            "row 3, column os_entry: 9 is not before the time 9",
        ),
    ],
)  # fmt: skip
def test_rules_of_the_other_columns(columns, words):
    assert words in refused(small(**columns))


def test_laws_hold_at_their_edges():
    """Entry at 0 is not late; an interval may have no length, and begin with the entry."""
    rows = small(time=[0, 4, 5], entry=[0, 4, 4.9], time_upper=[None, 4, np.inf], event=[1, 1, 0])
    assert made(rows).patients["entry"].tolist() == [0, 4, 4.9]


def test_problems_come_in_the_order_of_the_rows_from_every_column():
    told = refused(small(time=[3, "x", 5], event=[7, 0, 1], weight=[1, 1, -1], entry=[0, 0, 6]))
    assert [told.index(f"row {row}, column {name}") for row, name in (
        (1, "event"), (2, "time"), (3, "entry")
    )] == sorted(told.index(f"row {row}, column {name}") for row, name in (
        (1, "event"), (2, "time"), (3, "entry")
    ))  # fmt: skip
    assert told.startswith("cohort.csv: 4 problems: ")


def test_levels_of_ones_own():
    own = {"subtype": ("HR-", "HR+"), "grade": {1: "low", 2: "high"}}
    rows = small(subtype=["HR+", None, "HR-"], grade=["2", 1.0, None])
    found = made(rows, levels=own)
    assert found.patients["subtype"].cat.categories.tolist() == ["HR-", "HR+"]
    assert found.patients["grade"].tolist()[:2] == ["high", "low"]
    assert found.levels == {"subtype": ("HR-", "HR+"), "grade": ("low", "high")}
    again = made(found.patients)
    pd.testing.assert_frame_equal(again.patients, found.patients)
    assert again.levels == found.levels
    assert "levels={'subtype': (...)}" in refused(rows)


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ({"subtypes": ("a",)}, "column 'subtypes', which is not there (did you mean 'subtype'?)"),
        ({"subtype": "abc"}, "'abc' is one text; give a tuple"),
        ({"subtype": ()}, "nothing is no level"),
        ({"subtype": ("a", "a")}, "a level is given twice"),
        ({"subtype": ("a", 1)}, "1 is no level"),
        ({"time": ("a",)}, "this column has no levels"),
    ],
)
def test_levels_that_are_none(levels, words):
    assert words in refused(small(subtype="a"), levels=levels)


def test_codes_of_causes_are_given_their_meaning():
    rows = small(cause=[1, None, 2], os_time=9, os_event=[0, 0, 1], os_cause=[None, None, 2])
    found = made(rows, levels={"cause": {1: "progression", 2: "death"}})
    assert found.patients["cause"].tolist()[::2] == ["progression", "death"]
    assert found.at("os").patients["cause"].tolist()[2] == "death"


def test_other_endpoints():
    rows = small(
        entry=[1, 0, 0], cause=["progression", None, "death"],
        os_time=[9, None, 8], os_event=[0, None, 1], os_time_upper=[None, None, 8.5],
    )  # fmt: skip
    both = made(rows)
    assert both.endpoints == ("os",)
    survival = both.at("os")
    assert survival.patients["time"].tolist() == [9, 8]
    assert survival.patients["event"].tolist() == [0, 1]
    assert survival.patients["time_upper"].tolist()[1] == 8.5
    assert survival.patients["patient"].tolist() == [1, 3]
    assert not {"entry", "cause", "os_time"} & set(survival.patients)
    assert survival.label == "three patients; os; 1 of 3 rows without it left out"
    assert survival.endpoints == ()
    with pytest.raises(InputError, match="'pfs' is not one of 'os'"):
        both.at("pfs")
    assert "there is a column os_time but no os_event" in refused(small(os_time=1))
    assert "there is a column os_event but no os_time" in refused(small(os_event=1))


def test_columns_of_ones_own_are_kept_as_they_are():
    ordered = pd.Categorical([2, 1, 2], categories=[1, 2], ordered=True)
    rows = small(os=["", "a", None], number=pd.array([1, None, 2], dtype="Int64"), code=ordered)
    found = made(rows).patients
    for name in ("os", "number", "code"):
        pd.testing.assert_series_equal(found[name], rows[name])


def test_a_slip_among_numbers_is_told_and_names_and_grades_are_kept():
    ages = [str(age) for age in range(40, 60)] * 2
    kept = {"grade": ["1", "2", "3b", "4"] * 10, "file": [*map(str, range(1000, 1039)), "X17"]}
    rows = patients(40).assign(age=ages, **kept)
    assert Cohort(rows, label="", source="x").patients["file"].iloc[-1] == "X17"
    rows.loc[7, "age"] = "6O"
    with pytest.raises(InputError, match="x: 1 problem: row 8, column age: '6O' is not a number"):
        Cohort(rows, label="", source="x")
    rows["age"] = [50.0] * 39 + [np.inf]
    with pytest.raises(InputError, match="row 40, column age: 'inf' is not finite"):
        Cohort(rows, label="", source="x")


def test_columns_that_are_there_twice():
    rows = pd.DataFrame([[1.0, 1, 2.0]], columns=["time", "event", "time"])
    assert "column 'time' is there twice" in refused(rows)


def test_a_text_that_no_csv_file_can_hold_is_refused(tmp_path):
    with pytest.raises(InputError, match="column note: there is a NUL character"):
        cohort.write(made(small(note="a\x00b")), tmp_path / "cohort.csv")
    assert not (tmp_path / "cohort.csv").exists()


def test_numbers_of_every_type_are_numbers():
    rows = pd.DataFrame(
        {"time": [np.float32(1.5), Decimal("2.5"), "3.5"], "event": [np.int8(1), True, "0"]}
    )
    assert made(rows).patients[["time", "event"]].to_numpy().tolist() == [
        [1.5, 1],
        [2.5, 1],
        [3.5, 0],
    ]
    assert "row 1, column time: the time is infinite" in refused(
        small(time=pd.Series([10**400, 1, 1], dtype=object))
    )


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1e6), st.integers(0, 1), st.none() | st.floats(0, 1e6),
            st.none() | st.sampled_from(cohort.LEVELS["subtype"]),
            st.none() | st.floats(allow_infinity=False),
            st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
        ),
        min_size=1, max_size=8,
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_is_valid_comes_back_from_a_file_as_it_was(tmp_path_factory, patients):
    names = ["time", "event", "weight", "subtype", "lab", "note"]
    rows = pd.DataFrame(patients, columns=names).astype({"lab": float})
    whole = Cohort(rows, label="any", source="hypothesis")
    path = tmp_path_factory.mktemp("any") / "cohort.csv"
    cohort.write(whole, path)
    back = cohort.read(path).patients
    known = [name for name in whole.patients if name != "note"]
    pd.testing.assert_frame_equal(back[known], whole.patients[known], check_exact=True)
    # A text of no characters is a missing one.
    notes = [note or "" for note in rows["note"].astype(object).where(rows["note"].notna(), None)]
    assert back["note"].astype(object).where(back["note"].notna(), "").tolist() == notes
