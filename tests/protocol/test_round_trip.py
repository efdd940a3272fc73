"""Identity: each key of a trial.toml becomes the very object that it names, and each key that the
models have is tried here."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

from oligotrial import toml
from oligotrial.hazard import Crossing, Delayed, Exponential, Stepped, Waning, taken
from oligotrial.protocol import experimental_hazard
from oligotrial.protocol.reference import keys
from oligotrial.spec import TrialSpec
from oligotrial.trial import (
    Commensurate,
    CoxTest,
    ExternalPatients,
    LogRank,
    PosteriorProbability,
    PowerPrior,
    RobustMixture,
)

from .cases import ACCRUALS, ANALYSES, DESIGNS, NORMAL, OTHERS, WIDE, posterior
from .written import parsed, study

WORKED = sorted((Path(__file__).parents[2] / "simulations").glob("*/trial.toml"))


@pytest.mark.parametrize(("text", "expected"), ACCRUALS.values(), ids=ACCRUALS)
def test_accrual(tmp_path: Path, text: str, expected: object) -> None:
    assert study(tmp_path, accrual=text).accrual() == expected


@pytest.mark.parametrize(("text", "expected"), ANALYSES.values(), ids=ANALYSES)
def test_analysis(tmp_path: Path, text: str, expected: object) -> None:
    found = study(tmp_path, analysis=text)
    assert found.analysis == expected
    assert {each.test for each in found.designs} == {expected}


@pytest.mark.parametrize(("tables", "when", "test"), DESIGNS.values(), ids=DESIGNS)
def test_design(tmp_path: Path, tables: dict[str, str], when: object, test: object) -> None:
    (found,) = study(tmp_path, **tables).designs
    assert found.analysis == when
    assert found.test == test
    assert found.obey_futility == ("obey_futility" not in tables["design"])


@pytest.mark.parametrize(("tables", "expected"), OTHERS.values(), ids=OTHERS)
def test_others(tmp_path: Path, tables: dict[str, str], expected: dict[str, object]) -> None:
    for found in study(tmp_path, **tables).designs:
        for name, value in expected.items():
            given = getattr(found, name)
            close = name in ("dropouts", "experimental_share")
            assert given == (pytest.approx(value) if close else value), name


SHAPES = {
    "delayed": ("onset_months = 2", lambda c, b: Delayed(c, b, 2.0)),
    "waning": ("start_months = 6\nend_months = 18", lambda c, b: Waning(c, b, 6.0, 18.0)),
    "crossing": ("late_hazard_ratio = 1.25", lambda c, b: Crossing(c, b, np.log(1.25))),
    "stepped": (
        "ends_months = [3, 12]\nshares = [0, 1, -0.5]",
        lambda c, b: Stepped(c, (3.0, 12.0), [0 * b, b, -0.5 * b]),
    ),
}


def with_shape(kind: str, text: str) -> str:
    return f'{EFFECT}\n[effect.shape]\nkind = "{kind}"\nreason = "x"\n{text}'


EFFECT = """\
planning_hazard_ratio = 0.65
reason = "x"
schedule = "40 Gy in 5 fr"
prior = [{ name = "a", weight = 1, evidence = "tsai2024:pfs.hazard_ratio", reason = "x" }]"""
BY_SUBGROUP = f"""{EFFECT}
subgroups = [
  {{ where = {{ line = "second" }}, ratio_of_hazard_ratios = 1.25, reason = "x" }},
  {{ where = {{ line = "second", subtype = "b" }}, ratio_of_hazard_ratios = 2, reason = "x" }},
]"""


@pytest.mark.parametrize("kind", SHAPES)
def test_course_of_the_effect(kind: str) -> None:
    text, expected = SHAPES[kind]
    shape = parsed(effect=with_shape(kind, text)).effect.shape
    control, ratio = Exponential(0.1), np.array([[-0.4], [-0.2]])
    times = np.array([1.0, 7.0, 15.0, 30.0]).reshape(-1, 1, 1)
    found, meant = experimental_hazard(shape, control, ratio), expected(control, ratio)
    assert type(found) is type(meant)
    np.testing.assert_array_equal(found.cumulative_hazard(times), meant.cumulative_hazard(times))
    np.testing.assert_array_equal(  # what the simulator's tables are made of
        taken(found, [1]).cumulative_hazard(times), meant.cumulative_hazard(times)[:, 1:]
    )


STRATA = pd.DataFrame(
    {"line": ["first", "second", "second"], "subtype": ["b", "a", "b"], "share": [0.5, 0.3, 0.2]}
)
BOTH = 'lines = ["first", "second"]\nstrata = ["line", "subtype"]\nschedule = "30 Gy in 5 fr"'


def test_effect_by_subgroup() -> None:
    spec = parsed(effect=BY_SUBGROUP, population=BOTH)
    found = spec.effect.log_ratios(STRATA)
    np.testing.assert_allclose(np.exp(found), [[1.0, 1.25, 2.5]], rtol=1e-12)


MIX = f"""{BOTH}
mix = [{{ where = {{ line = "first", subtype = "a" }}, share = 0.3 }},
       {{ where = {{ line = "second", subtype = "b" }}, share = 0.1 }}]"""

BORROWING = {
    "power-prior": ("discount = 0.5", lambda p: PowerPrior(p, 0.5)),
    "robust-mixture": (
        "weight = 0.6, discount = 0.9, vague_events = 2",
        lambda p: RobustMixture(p, 0.6, 0.9, 2.0),
    ),
    "commensurate": ("sd = 0.3", lambda p: Commensurate(p, 0.3)),
}
CONTROLS = "time,event,line\n12,1,second\n4,0,first\n"


def borrowing(kind: str, text: str, *, stratified: bool = True) -> str:
    held = f'kind = "{kind}", file = "controls.csv", unit = "weeks", reason = "x"'
    return posterior(f"{NORMAL}\nborrowing = {{ {held}, {text} }}", stratified=stratified)


@pytest.mark.parametrize("kind", BORROWING)
def test_borrowing(tmp_path: Path, kind: str) -> None:
    (tmp_path / "controls.csv").write_text(CONTROLS, encoding="utf-8")
    text, expected = BORROWING[kind]
    months = np.array([12.0, 4.0]) * 7 / 30.4375
    apart = study(tmp_path, analysis=borrowing(kind, text)).placed(STRATA[["line"]].iloc[:2])
    placed = ExternalPatients(months.tolist(), [1, 0], [1, 0])
    assert apart.analysis == PosteriorProbability(0.9, WIDE, borrowing=expected(placed))
    assert apart.files == (tmp_path / "controls.csv",)
    together = study(tmp_path, analysis=borrowing(kind, text, stratified=False)).placed(STRATA)
    one = ExternalPatients(months.tolist(), [1, 0])
    assert together.analysis == PosteriorProbability(
        0.9, WIDE, stratified=False, borrowing=expected(one)
    )
    assert {design.test for design in together.designs} == {together.analysis}


COMPARED = """\
hazard_ratios = [0.65, 1.0]
centres = [6, 12]
tests = ["log-rank", "cox"]
analyses = [{ name = "a", analysis = { alpha = 0.2 } },
            { name = "b", analysis = { test = "cox", alpha = 0.2 } }]"""


def test_tests_to_be_compared() -> None:
    spec = parsed(sensitivity=COMPARED).sensitivity
    assert [each.analysis.analysis for each in spec.analyses] == [LogRank(0.2), CoxTest(0.2)]
    assert spec.tests == ("log-rank", "cox")


def test_sources_of_a_decisions_prior_are_told(tmp_path: Path) -> None:
    text = 'prior = [{ weight = 1, evidence = "tsai2024:pfs.hazard_ratio" }]'
    assert study(tmp_path, analysis=posterior(text)).sources == {"tsai2024"}
    assert study(tmp_path).sources == set()


type Owned = tuple[str, str]
"""A key, by the model that declares it: those that inherit it needn't try it again."""


def owned(model: type[BaseModel], name: str) -> Owned:
    owner = next(
        each
        for each in reversed(model.__mro__)
        if issubclass(each, BaseModel) and name in each.model_fields
    )
    return owner.__name__, name


def given_keys(model: BaseModel) -> set[Owned]:
    """Return every key that a file gives."""
    found = {owned(type(model), name) for name in model.model_fields_set}
    for name in model.model_fields_set:
        found |= inside(getattr(model, name))
    return found


def inside(value: Any) -> set[Owned]:
    if isinstance(value, BaseModel):
        return given_keys(value)
    parts = value if isinstance(value, tuple) else ()
    return set().union(*map(inside, parts))


def test_every_key_is_tried() -> None:
    """A key that is added to a model has to be added to the cases, too."""
    tables = [
        *({"accrual": text} for text, _ in ACCRUALS.values()),
        *({"analysis": text} for text, _ in ANALYSES.values()),
        *(tables for tables, _, _ in DESIGNS.values()),
        *(tables for tables, _ in OTHERS.values()),
        *({"effect": with_shape(kind, text)} for kind, (text, _) in SHAPES.items()),
        {"effect": BY_SUBGROUP, "population": MIX},
        *({"analysis": borrowing(kind, text)} for kind, (text, _) in BORROWING.items()),
        {"sensitivity": COMPARED},
    ]
    specs = [parsed(**each) for each in tables]
    specs += [toml.read(path, TrialSpec) for path in WORKED]
    tried = set().union(*map(given_keys, specs))
    assert {owned(each.model, each.name) for each in keys(TrialSpec)} <= tried
