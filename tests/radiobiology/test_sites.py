"""Several sites in a patient. Evidence: values by hand; identities between the rules."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oligotrial.checks import InputError
from oligotrial.radiobiology import (
    BedModel,
    LinearQuadraticLinear,
    Maximum,
    Mean,
    Minimum,
    PerLesion,
    bed_by_patient,
    bed_column,
)

LESIONS = pd.DataFrame(
    {
        "patient": ["b", "a", "b", "c", "b"],
        "schedule": ["50/30 Gy in 10 fr", "24/2", "30/10", "20/5", "30/10"],
        "dose_level": ["boost", None, "boost", "boost", "boost"],
    },
    index=[9, 9, 4, 2, 0],
)
BY_HAND = [112.5, 96.0, 52.5, 40.0, 52.5]


@pytest.mark.parametrize(
    ("rule", "name", "beds", "schedules"),
    [
        (Maximum(), "maximum", [112.5, 96, 40], ["50/30 Gy in 10 fr", "24/2", "20/5"]),
        (Minimum(), "minimum", [52.5, 96, 40], ["30/10", "24/2", "20/5"]),
        (Mean(), "mean", [72.5, 96, 40], [None, None, None]),
    ],
)
def test_one_row_a_patient_by_the_rule(
    rule: object, name: str, beds: list[float], schedules: list[str | None]
) -> None:
    table = bed_by_patient(LESIONS, 4.0, rule=rule)
    columns = ["patient", "lesions", "schedule", "dose_level", "bed_gy", "rule"]
    assert list(table.columns) == columns
    assert table["patient"].tolist() == ["b", "a", "c"]
    assert table["lesions"].tolist() == [3, 1, 1]
    assert table["bed_gy"].tolist() == pytest.approx(beds)
    assert table["schedule"].astype(object).where(table["schedule"].notna(), None).tolist() == (
        schedules
    )
    assert set(table["rule"]) == {name}


def test_every_lesion_is_kept_in_its_order() -> None:
    table = bed_by_patient(LESIONS, 4.0, rule=PerLesion())
    assert table["bed_gy"].tolist() == pytest.approx(BY_HAND)
    assert table["patient"].tolist() == LESIONS["patient"].tolist()
    assert table["lesions"].tolist() == [3, 1, 3, 1, 3]
    assert set(table["rule"]) == {"per lesion"}


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["50/5", "30/10", "24/2", "20/5"])),
        min_size=1,
        max_size=12,
    ),
    st.floats(1, 20),
)
def test_the_rules_are_pandas_own_summaries(rows: list[tuple[str, str]], ratio: float) -> None:
    lesions = pd.DataFrame(rows, columns=["who", "course"])
    beds = pd.Series(bed_column(lesions["course"], ratio)).groupby(lesions["who"])
    for rule, expected in ((Maximum(), beds.max()), (Minimum(), beds.min()), (Mean(), beds.mean())):
        table = bed_by_patient(lesions, ratio, rule=rule, patient="who", schedule="course")
        found = table.set_index("patient")["bed_gy"].sort_index()
        np.testing.assert_allclose(found, expected.sort_index(), rtol=1e-12)


def test_which_lesion_stands_for_a_patient_hangs_on_the_ratio_and_the_model() -> None:
    lesions = pd.DataFrame({"patient": [1, 1], "schedule": ["60/30", "24/2"]})
    chosen = {
        ratio: bed_by_patient(lesions, ratio, rule=Maximum())["schedule"].item()
        for ratio in (4.0, 10.0)
    }
    assert chosen == {4.0: "24/2", 10.0: "60/30"}
    flat = BedModel(LinearQuadraticLinear(4.0))
    table = bed_by_patient(lesions, 4.0, rule=Maximum(), model=flat)
    assert table["schedule"].item() == "60/30"


@pytest.mark.parametrize(
    ("lesions", "words"),
    [
        (LESIONS.rename(columns={"patient": "patients"}), "did you mean 'patients'"),
        (LESIONS.drop(columns="schedule"), "no column 'schedule'"),
        (LESIONS.assign(patient=["b", "a", None, "c", "b"]), "row 3, column patient"),
        (
            LESIONS.assign(schedule=["50/5", "50", "50/5", "50/5", "50/5"]),
            r"row 2 \(index 9\), schedule '50'",
        ),
    ],
)
def test_mistakes_are_told(lesions: pd.DataFrame, words: str) -> None:
    with pytest.raises(InputError, match=words):
        bed_by_patient(lesions, 4.0, rule=Mean())


def test_the_rule_has_to_be_named() -> None:
    with pytest.raises(TypeError, match="rule"):
        bed_by_patient(LESIONS, 4.0)


def test_lesions_of_nobody_are_told_by_row():
    lesions = pd.DataFrame({"patient": ["a", None, "b", None], "schedule": ["50/5"] * 4})
    with pytest.raises(InputError, match="rows 2, 4, column patient: it isn't said whose"):
        bed_by_patient(lesions, 10.0, rule=Maximum())
    many = pd.DataFrame({"patient": [None] * 25, "schedule": ["50/5"] * 25}, index=range(3, 28))
    with pytest.raises(InputError, match=r"rows 1, 2, .*, 20 and 5 more, column patient"):
        bed_by_patient(many, 10.0, rule=Maximum())
