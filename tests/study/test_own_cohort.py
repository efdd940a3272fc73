"""Developer check: a study of a file of one's own, and what is told where rows lack something."""

from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from oligotrial.bayes.spec import read_analysis
from oligotrial.checks import InputError
from oligotrial.study.stages import make_cohort

from .small import Place, command, patients

CODES = {"first": 1, "second": 2, "third": 3, "fourth+": 4}
OWN = """
columns = { days = "os_time", death = "os_event", progressed_days = "time" }
unit = "days"
[cohort.levels]
line = { 1 = "first", 2 = "second", 3 = "third", "4" = "fourth+" }
"""


def own_rows() -> pd.DataFrame:
    """Return the made-up patients as a hospital may hold them: days, codes, no more than needed."""
    rows = patients()
    return pd.DataFrame(
        {
            "progressed_days": rows["time"] * 30.4375,
            "event": rows["event"],
            "line": rows["line"].map(CODES),
            "schedule": rows["schedule"],
            "days": rows["time"] * 60.875,
            "death": 1 - rows["event"],
        }
    )


def own(place: Place, more: str = "") -> None:
    own_rows().to_csv(place.cohort, index=False)
    place.edit(place.model, 'file = "patients.csv"', f'file = "patients.csv"{more}{OWN}')


def read(place: Place) -> pd.DataFrame:
    return make_cohort(read_analysis(place.model), cast(Any, SimpleNamespace())).patients


def test_names_units_and_codes_are_said_in_the_model(fresh: Place) -> None:
    own(fresh)
    rows = read(fresh)
    assert rows["time"].tolist() == pytest.approx(patients()["time"].tolist(), rel=1e-12)
    assert rows["line"].tolist() == patients()["line"].tolist()
    assert not {"subtype", "site", "age_group"} & set(rows)


def test_another_endpoint_is_said_in_the_model(fresh: Place) -> None:
    own(fresh, '\nendpoint = "os"')
    rows = read(fresh)
    assert rows["time"].tolist() == pytest.approx((2 * patients()["time"]).tolist(), rel=1e-12)
    assert rows["event"].tolist() == (1 - patients()["event"]).tolist()


def test_a_study_needs_only_the_columns_it_names(
    fresh: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    own(fresh)
    assert command(fresh.run(), capsys).code == 0
    shown = pd.read_csv(fresh.results / "tables" / "cohort.csv")
    assert shown["variable"].drop_duplicates().tolist() == [
        "patients", "line", "schedule", "dose_level", "event", "time", "os_event", "os_time",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("line = {", "lines = {", "'lines', which is not there (did you mean 'line'?)"),
        ('unit = "days"', 'unit = "hours"', "cohort.unit"),
        ("days = ", "day = ", "columns= names 'day', which is not there"),
        ('file = "patients.csv"', 'evidence = "marazzi2024"', "are about a file; take them out"),
        ('unit = "days"', 'unit = "days"\nendpoint = "pfs"', "'pfs' is not one of 'os'"),
    ],
)
def test_what_the_model_says_wrongly(fresh: Place, old: str, new: str, words: str) -> None:
    own(fresh)
    text = fresh.model.read_text(encoding="utf-8")
    fresh.model.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read(fresh)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (patients().drop(columns="line"), "there is no column 'line' in the cohort"),
        (
            patients().assign(line=["first", None, *["third"] * 38]),
            "column line: row 2 has no value",
        ),
        (
            patients().assign(schedule=[*["50/5"] * 39, None]),
            "column schedule: row 40 has no value",
        ),
    ],
)
def test_what_the_rows_lack_is_told_before_anything_runs(
    fresh: Place, capsys: pytest.CaptureFixture[str], rows: pd.DataFrame, words: str
) -> None:
    rows.to_csv(fresh.cohort, index=False)
    told = command(fresh.run(), capsys)
    assert told.code == 2
    assert words in told.err
    assert not fresh.results.exists()
