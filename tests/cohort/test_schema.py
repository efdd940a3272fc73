"""Evidence: what a user is told, and that what is told is right."""

import numpy as np
import pandas as pd
import pytest

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


def test_table_one_counts_patients():
    rows = patients(4)
    rows.loc[0, ["site", "schedule"]] = ["lung", "SBRT 50 Gy in 5 fr"]
    rows.loc[1, "event"] = 0
    table = cohort.describe(Cohort(rows, label="", source="x")).set_index(["variable", "level"])
    assert table.loc[("site", "bone"), ["n", "low", "high", "percent"]].tolist() == [3, 3, 3, 75]
    assert table.loc[("site", "brain"), "n"] == 0
    assert table.loc[("schedule", "SBRT 50 Gy in 5 fr"), "n"] == 1
    assert table.loc[("event", "seen"), "n"] == 3
    assert table.loc[("time", "longest"), "n"] == 4
    assert np.isnan(table.loc[("time", "longest"), "percent"])


def test_table_one_of_a_reconstruction_has_a_mean_and_a_range(reconstructed):
    table = cohort.describe(reconstructed).set_index(["variable", "level"])
    schedules = table.loc["schedule"]
    assert table.loc["line", "n"].tolist() == [39, 14, 3, 3]
    assert (schedules["low"] < schedules["high"]).any()
    assert schedules["n"].sum() == pytest.approx(59)
    assert (table["low"] <= table["n"]).all()
