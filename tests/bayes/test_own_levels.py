"""Evidence: identity with the same model on default levels, and what a user is told."""

import json

import numpy as np
import pandas as pd
import pytest

from oligotrial.bayes import SurvivalModel
from oligotrial.bayes.baselines import Weibull
from oligotrial.bayes.stored import from_json, to_json
from oligotrial.checks import InputError
from oligotrial.cohort import LEVELS, Cohort

FORMULA = "Surv(time, event) ~ monotone(line) + pooled(subtype)"
ROWS = pd.DataFrame(
    {
        "time": [3.0, 4.0, 5.0, 6.0],
        "event": [1, 0, 1, 1],
        "line": ["first", "fourth+", "second", "first"],
        "subtype": ["HER2+", "luminal A-like", "HER2+", "triple negative"],
    }
)
NAMES = {"stage": tuple("ABCD"), "receptor": ("w", "x", "y", "z")}


def cohort(rows: pd.DataFrame = ROWS, **levels: tuple[str, ...]) -> Cohort:
    return Cohort(rows, label="four patients", source="example", levels=levels)


def renamed() -> Cohort:
    """The same patients, with other names of columns and levels."""
    names = {"line": "stage", "subtype": "receptor"}
    codes = {
        names[name]: dict(zip(LEVELS[name], NAMES[names[name]], strict=True)) for name in names
    }
    return Cohort(ROWS.rename(columns=names), label="", source="example", levels=codes)


def learned(model: SurvivalModel) -> dict[str, list[str]]:
    return {name: json.loads(state)["levels"] for name, state in model.states or ()}


def test_other_names_give_the_same_arrays_and_contrasts() -> None:
    model = SurvivalModel(FORMULA, Weibull()).suited(cohort().patients)
    other = SurvivalModel(
        FORMULA.replace("line", "stage").replace("subtype", "receptor"), Weibull()
    ).suited(renamed().patients)
    assert model.states == ()
    assert {name: tuple(levels) for name, levels in learned(other).items()} == NAMES
    for one, two in zip(
        model.arrays(cohort().patients).values(),
        other.arrays(renamed().patients).values(),
        strict=True,
    ):
        np.testing.assert_array_equal(one, two)
    assert [each.size for each in model.parameters] == [each.size for each in other.parameters]
    draws = {f"stage_{name}": np.ones((1, 1)) for name in ("total",)} | {
        "stage_steps": [np.full((1, 1), 1 / 3)] * 3
    }
    assert list(other.formula.terms[0].contrasts(draws)) == [
        "B against A", "C against A", "D against A",
    ]  # fmt: skip


def test_fewer_levels_make_fewer_parameters() -> None:
    rows = ROWS.assign(line=["1-2", "3+", "1-2", "3+"])
    model = SurvivalModel(FORMULA, Weibull()).suited(cohort(rows, line=("1-2", "3+")).patients)
    sizes = {each.name: each.size for each in model.parameters}
    assert (sizes["line_steps"], sizes["subtype_z"]) == (1, 4)
    with pytest.raises(InputError, match="'first' is not a level of line; levels are 1-2"):
        model.covariates(ROWS)


def test_levels_are_stored_with_a_fit() -> None:
    model = SurvivalModel("Surv(time, event) ~ monotone(stage)", Weibull())
    suited = model.suited(renamed().patients)
    assert from_json(to_json(suited)) == suited
    assert from_json(to_json(model)) == model != suited


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subtype": ["HER2+", None, "HER2+", None]}, "column subtype: 2 rows \\(2, 4\\) have no"),
        ({"line": ["first", "first", np.nan, "first"]}, "column line: row 3 has no value"),
    ],
)
def test_what_a_model_would_ignore_is_refused(changes: dict[str, object], words: str) -> None:
    patients = cohort(ROWS.assign(**changes)).patients
    with pytest.raises(InputError, match=words):
        SurvivalModel(FORMULA, Weibull()).arrays(patients)


def test_columns_that_say_nothing_are_no_hindrance() -> None:
    rows = ROWS.assign(entry=[0, None, 0, 0], time_upper=np.nan, weight=1.0)
    plain = SurvivalModel(FORMULA, Weibull()).arrays(cohort().patients)
    found = SurvivalModel(FORMULA, Weibull()).arrays(cohort(rows).patients)
    assert all(np.array_equal(plain[name], found[name]) for name in plain)


def test_a_missing_dose_level_is_told() -> None:
    rows = ROWS.assign(schedule="50 Gy in 5 fr", dose_level=["boost", None, "base", "boost"])
    with pytest.raises(InputError, match="column dose_level: row 2 has no value"):
        SurvivalModel("Surv(time, event) ~ bed(schedule)", Weibull()).arrays(cohort(rows).patients)


def test_a_column_that_is_no_factor_is_told_the_way_out() -> None:
    model = SurvivalModel("Surv(time, event) ~ pooled(grade)", Weibull())
    rows = ROWS.assign(grade=["low", "high", "low", "low"])
    with pytest.raises(InputError, match=r"read\(\.\.\., levels=\{'grade': \(\.\.\.\)\}\)"):
        model.arrays(cohort(rows).patients)
    suited = model.suited(cohort(rows, grade=("low", "high")).patients)
    assert learned(suited) == {"grade": ["low", "high"]}
