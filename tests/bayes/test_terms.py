"""Evidence: what every term has to be; a formula gives the same for numbers and symbols."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest

from oligotrial.bayes import Formula, Priors
from oligotrial.bayes.terms import (
    Absent,
    Strata,
    TimeVarying,
    restored_terms,
    states,
    suited_terms,
)
from oligotrial.bayes.vocabulary import TERMS as CALLS
from oligotrial.checks import InputError

from .simulated import FORMULA, patients

SIZE = 60


def _frame():
    rng = np.random.default_rng(8)
    rows = patients(SIZE, seed=3)
    marker = rng.normal(size=SIZE)
    marker[[4, 11, 30]] = np.nan
    grade = np.random.default_rng(9).choice(["low", "middle", "high"], SIZE).astype(object)
    grade[[2, 30, 41, 50]] = None
    return rows.assign(
        age=np.linspace(35.0, 80.0, SIZE)[rng.permutation(SIZE)],
        arm=rng.integers(0, 2, SIZE),
        centre=rng.integers(1, 6, SIZE),
        sex=rng.choice(["m", "f"], SIZE),
        weight_kg=rng.normal(70.0, 9.0, SIZE),
        marker=marker,
        grade=grade,
        stage=pd.Categorical(grade, ["low", "middle", "high"], ordered=True),
        schedule=rng.choice(
            ["24 Gy in 2 fr", "30 Gy in 10 fr", "50 Gy in 5 fr", "8 Gy in 1 fr"], SIZE
        ),
    )


FRAME = _frame()
UNCERTAIN = "bed(schedule, alpha_beta=log_normal(median=4, sd_log=0.4)"
FORMULAS = (
    "age",
    "linear(age, centre=60, per=10)",
    "linear(marker, missing='normal')",
    "bed(schedule)",
    f"{UNCERTAIN})",
    "factor(line, reference='second')",
    "factor(arm)",
    "monotone(line)",
    "monotone(linear(age))",
    "monotone(bed(schedule), pieces=2)",
    f"{UNCERTAIN}, form='monotone')",
    "pooled(subtype)",
    "pooled(centre, sd=0.2, new_level=True)",
    "frailty(centre)",
    "spline(age)",
    "spline(linear(age, centre=60), knots=1)",
    f"{UNCERTAIN}, form='spline')",
    "threshold(age)",
    "threshold(bed(schedule), width=5)",
    f"threshold({UNCERTAIN}))",
    "horseshoe(age, weight_kg, arm)",
    "arm * pooled(subtype)",
    "age * arm * factor(sex)",
    f"{UNCERTAIN}) * factor(line)",
    "monotone(line) * pooled(sex)",
    "spline(age) * arm",
    f"{UNCERTAIN}, form='spline') * arm",
    "threshold(age) * arm",
    "linear(marker, missing='normal') * arm",
    "frailty(centre) + arm + frailty(centre):arm",
    "tv(arm)",
    "tv(factor(line), cuts=(3, 6, 12))",
    f"tv({UNCERTAIN}), intervals=2)",
    "strata(centre)",
    "factor(grade, reference='middle', missing='categorical')",
    "pooled(grade, new_level=True, missing='categorical')",
    "monotone(stage, missing='ordered')",
    "factor(sex, missing='categorical')",
)


def terms_of(text):
    return suited_terms(Formula.parse(f"Surv(time, event) ~ {text}"), FRAME)


def parameters_of(terms):
    return [each for term in terms for each in term.parameters(Priors())]


def drawn(terms, *, samples=5, seed=6):
    """Parameters' values in the shapes that posterior draws have, each of its own support."""
    rng = np.random.default_rng(seed)
    found = {}
    for each in parameters_of(terms):
        support = each.prior.support
        free = rng.normal(0.0, 0.7, size=(samples, max(each.size, 1) - support.fewer))
        values = support.constrained(free)
        columns = [values[:, [k]] for k in range(values.shape[1])]
        found[each.name] = columns if each.size else columns[0]
    return found


def arrays(terms, frame=FRAME):
    found = {}
    for term in terms:
        found |= term.data(frame) | term.constants()
    return found


def effects(term, parameters, data):
    """Return what a term adds to the log hazard; of a time-varying one, interval by interval."""
    if isinstance(term, TimeVarying):
        return [term.log_ratio_in(k, parameters, data) for k in range(len(term.cuts_months) + 1)]
    if isinstance(term, Absent) and term.counts:
        return [ratio for _, ratio in term.alternatives(parameters, data)]
    return [] if isinstance(term, Strata) else [term.log_ratio(parameters, data)]


def as_lists(values):
    if isinstance(values, list) or getattr(values, "ndim", 0) == 2:
        return [pt.constant(each) for each in values]
    return pt.constant(values)


def as_arrays(values):
    return pt.constant(np.stack(values) if isinstance(values, list) else values)


def test_every_call_of_a_formula_is_held_to_what_follows():
    for name in CALLS:
        assert any(f"{name}(" in text for text in FORMULAS), name


@pytest.mark.parametrize("symbols", [as_lists, as_arrays])
@pytest.mark.parametrize("text", FORMULAS)
def test_symbols_and_draws_give_the_same_linear_predictor(text, symbols):
    """Symbols may be lists of scalars and rows, or vectors and matrices."""
    terms = terms_of(text)
    draws, data = drawn(terms, samples=1), arrays(terms)
    numbers = [each for term in terms for each in effects(term, draws, data)]
    one = {
        name: [each[0, 0] for each in values] if isinstance(values, list) else values[0, 0]
        for name, values in draws.items()
    }
    graph = [
        each
        for term in terms
        for each in effects(
            term,
            {name: symbols(values) for name, values in one.items()},
            {name: symbols(values) for name, values in data.items()},
        )
    ]
    if graph:
        compute = pytensor.function([], graph, mode=pytensor.compile.mode.Mode("py", None))
        for found, expected in zip(compute(), numbers, strict=True):
            assert np.shape(expected) == (1, SIZE)
            np.testing.assert_allclose(found, expected[0], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_term_says_what_it_is(text):
    terms = terms_of(text)
    names = [each.name for each in parameters_of(terms)]
    assert len(names) == len(set(names))
    for term in terms:
        assert term.name
        assert term.reference
        assert set(term.sources) <= set(FRAME)
        assert term.column in term.sources
        for each in term.parameters(Priors()):
            assert each.implies
            assert "{" not in each.sentence
        assert all(values.shape[-1] == SIZE for values in term.data(FRAME).values())
        assert all(values.dtype == float for values in arrays([term]).values())


@pytest.mark.parametrize("text", FORMULAS)
def test_contrasts_are_draws_under_labels_of_their_own(text):
    terms = terms_of(text)
    draws = drawn(terms)
    for term in terms:
        contrasts = term.contrasts(draws)
        assert contrasts or isinstance(term, Strata)
        assert all(np.shape(each) == (5, 1) for each in contrasts.values())


@pytest.mark.parametrize("text", FORMULAS)
def test_what_terms_took_from_patients_survives_json(text):
    terms = terms_of(text)
    stored = json.loads(json.dumps(states(terms)))
    again = restored_terms(Formula.parse(f"Surv(time, event) ~ {text}").terms, stored)
    assert again == terms
    here, there = arrays(terms), arrays(again)
    assert all(np.array_equal(here[name], there[name]) for name in here)


@pytest.mark.parametrize("text", FORMULAS)
def test_suited_terms_stay_as_they_are(text):
    """A model that was compiled keeps its knots and levels, whatever patients come next."""
    terms = terms_of(text)
    fewer = FRAME[FRAME["age"] > 50.0]
    times = fewer.loc[fewer["event"] == 1, "time"].to_numpy()
    assert tuple(term.suited(fewer, times) for term in terms) == terms


TOGETHER = (
    "age",
    "factor(sex)",
    f"{UNCERTAIN}, form='spline')",
    "monotone(line)",
    "pooled(subtype)",
    "frailty(centre)",
    "threshold(weight_kg)",
    "linear(marker, missing='normal')",
    "age:factor(sex)",
    "age:pooled(subtype)",
)


def test_removing_any_term_changes_every_prediction():
    """Patients who are the reference of no term, and above the range of cut-points."""
    whole = suited_terms(Formula.parse(f"Surv(time, event) ~ {' + '.join(TOGETHER)}"), FRAME)
    draws = drawn(whole)
    others = (FRAME["sex"] == "m") & (FRAME["line"] != "first") & (FRAME["weight_kg"] > 66.0)
    data = arrays(whole)

    def total(terms):
        return sum(term.log_ratio(draws, data) for term in terms)[:, others]

    everything = total(whole)
    assert everything.shape[1] > 10
    for left_out in whole:
        rest = total([term for term in whole if term != left_out])
        assert np.all(everything != rest), left_out.name


def test_each_term_has_its_own_names():
    names = [each.name for each in parameters_of(Formula.parse(FORMULA).terms)]
    assert sorted(names) == ["bed", "line_steps", "line_total", "subtype_sd", "subtype_z"]


def changed(**columns):
    return FRAME.assign(**columns)


@pytest.mark.parametrize(
    ("text", "frame", "words"),
    [
        ("linear(height)", FRAME, "no column 'height'|column 'height'|'height'"),
        ("spline(height)", FRAME, "'height'"),
        ("frailty(height)", FRAME, "'height'"),
        ("horseshoe(age, height)", FRAME, "'height'"),
        ("linear(height, missing='normal')", FRAME, "no column 'height'"),
        ("tv(height)", FRAME, "'height'"),
        ("strata(height)", FRAME, "'height'"),
        ("age", changed(age=60.0), "all patients have the same age"),
        ("spline(age)", changed(age=60.0), "all patients have the same age"),
        ("threshold(age)", changed(age=60.0), "all patients have the same age"),
        ("monotone(linear(age))", changed(age=60.0), "all patients have the same age"),
        ("horseshoe(age, arm)", changed(arm=1), "all patients have the same arm"),
        ("factor(sex)", changed(sex="f"), "all patients have the same sex"),
        ("frailty(centre)", changed(centre=3), "all patients have the same centre"),
        ("pooled(sex)", changed(sex="f"), "all patients have the same sex"),
        ("strata(sex)", changed(sex="f"), "all patients have the same sex"),
        ("tv(arm)", changed(arm=0), "all patients have the same arm"),
        ("arm:age", changed(arm=0), "all patients have the same arm"),
        ("tv(arm, intervals=40)", FRAME, "different event times are too few for 40 intervals"),
        ("spline(arm)", FRAME, "arm has too few different values for a spline"),
        ("age", changed(age="old"), "has values that are not numbers"),
        ("factor(sex, reference='x')", FRAME, "no patient has sex 'x'.* there are f, m"),
        ("factor(line, reference='firts')", FRAME, "did you mean 'first'"),
        ("frailty(sex)", changed(sex=["new", *["m"] * (SIZE - 1)]), "called 'new'.* rename it"),
        ("age", changed(age=[np.nan] * SIZE), "column age|age"),
        ("linear(age, missing='normal')", changed(age=[np.nan] * SIZE), "0 patients have a value"),
        ("linear(age, missing='normal')", changed(age=[1.0, 2.0, *[None] * (SIZE - 2)]), "too few"),
        ("factor(sex)", changed(sex=[None] * SIZE), "sex"),
        ("factor(sex, missing='categorical')", changed(sex=[None] * SIZE), "no patient has a valu"),
        ("factor(height, missing='categorical')", FRAME, "no column 'height'"),
    ],
)
def test_what_patients_can_t_tell_is_refused(text, frame, words):
    with pytest.raises(InputError, match=words) as caught:
        suited_terms(Formula.parse(f"Surv(time, event) ~ {text}"), frame)
    assert "key formula" in str(caught.value) or "column" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "profile", "words"),
    [
        (
            "factor(line)",
            {"line": "fifth"},
            r"'fifth' is not a level of line .* there are no patients of others",
        ),
        ("pooled(subtype)", {"subtype": "new"}, "write new_level=True in the formula"),
        ("pooled(centre, new_level=True)", {"centre": 77}, "'77' is not a level of centre"),
        (
            "frailty(centre)",
            {"centre": 77},
            "'77' is not a level .* 'new' is one that no patient has",
        ),
        ("strata(centre)", {"centre": 77}, "a stratum without patients has no baseline"),
        ("linear(marker, missing='normal')", {"marker": None}, "row 1 has no value; missing"),
        ("spline(age)", {"age": None}, "column age|row 1"),
        ("horseshoe(age, arm)", {"age": 60}, "'arm'"),
        ("factor(grade, missing='categorical')", {"grade": "unknown"}, "'unknown' is not a level"),
        ("factor(sex, missing='categorical')", {"sex": None}, "row 1 has no value"),
    ],
)
def test_what_has_no_prediction_is_refused(text, profile, words):
    (term,) = terms_of(text)
    with pytest.raises(InputError, match=words):
        term.data(pd.DataFrame([profile]))


def test_an_unsuited_factor_of_no_known_levels_is_told():
    with pytest.raises(InputError, match="'sex' is not a factor that cohorts have"):
        Formula.parse("Surv(time, event) ~ factor(sex)").terms[0].data(FRAME)


def test_a_time_varying_effect_and_strata_have_no_one_hazard_ratio():
    for text in ("tv(arm)", "strata(centre)"):
        (term,) = terms_of(text)
        with pytest.raises(InputError, match=r"varies over time|baselines of their own"):
            term.log_ratio({}, {})


def test_intervals_of_a_time_varying_effect_hold_as_many_events_each():
    (term,) = terms_of("tv(arm, intervals=4)")
    times = FRAME.loc[FRAME["event"] == 1, "time"]
    ends = (0.0, *term.cuts_months, np.inf)
    counts = [int(times.between(a, b, inclusive="left").sum()) for a, b in pairwise(ends)]
    assert len(counts) == 4
    assert max(counts) - min(counts) <= 1
