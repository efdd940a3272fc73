"""Evidence: what is written is what is read; whatever is written, no other error than ours."""

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial.bayes import Formula
from oligotrial.bayes.formula import RESERVED, SUFFIXES
from oligotrial.bayes.terms import (
    Bed,
    Crossed,
    Factor,
    Horseshoe,
    Imputed,
    Linear,
    Monotone,
    Pooled,
    Rising,
    Spline,
    Strata,
    Threshold,
    TimeVarying,
    frailty,
)
from oligotrial.bayes.uncertain_bed import UncertainBed
from oligotrial.checks import InputError
from oligotrial.radiobiology import AlphaBeta

from .test_terms import FORMULAS

names = st.text(string.ascii_lowercase, min_size=3, max_size=9).filter(
    lambda name: (
        name not in {*RESERVED, *SUFFIXES, "and", "not", "for", "def", "del", "try", "nan"}
        and name.isidentifier()
        and not __import__("keyword").iskeyword(name)
    )
)
numbers = st.floats(0.01, 1e6).map(lambda value: float(f"{value:.6g}"))
texts = st.text(string.ascii_letters + string.digits + " +-<>:*~/|^", min_size=1, max_size=12)


@st.composite
def linears(draw, column):
    centre, per = draw(numbers), draw(numbers)
    return draw(
        st.sampled_from(
            [
                (column, Linear(column)),
                (f"linear({column})", Linear(column)),
                (f"linear( {column},centre={centre!r} )", Linear(column, centre)),
                (
                    f"linear({column}, per={per!r}, centre=-{centre!r})",
                    Linear(column, -centre, per),
                ),
            ]
        )
    )


@st.composite
def beds(draw, column):
    ratio, reference = draw(numbers), draw(numbers)
    sd = draw(st.floats(0.01, 2.0))
    uncertain = UncertainBed(column, AlphaBeta(ratio, sd))
    return draw(
        st.sampled_from(
            [
                (f"bed({column})", Bed(column)),
                (
                    f"bed({column}, reference_gy={reference!r}, alpha_beta={ratio!r})",
                    Bed(column, ratio, reference),
                ),
                (
                    f"bed({column}, alpha_beta=log_normal(median={ratio!r}, sd_log={sd!r}))",
                    uncertain,
                ),
            ]
        )
    )


@st.composite
def crossable(draw, column):
    level, sd = draw(texts), draw(numbers)
    return draw(
        st.one_of(
            linears(column),
            st.just((f"factor({column})", Factor(column))),
            st.just((f"factor({column}, reference={level!r})", Factor(column, level))),
            st.just((f"pooled({column})", Pooled(column))),
            st.just(
                (
                    f"pooled({column}, sd={sd!r}, new_level=True)",
                    Pooled(column, sd=sd, new_level=True),
                )
            ),
            st.just((f"frailty({column})", frailty(column))),
            st.just((f"monotone({column})", Monotone(column))),
        )
    )


@st.composite
def alone(draw, column):
    text, of = draw(st.one_of(linears(column), beds(column)))
    knots, width = draw(st.integers(1, 9)), draw(numbers)
    plain = text == column
    cuts = sorted(draw(st.sets(st.integers(1, 99), min_size=1, max_size=4)))
    months = tuple(map(float, cuts))
    return draw(
        st.sampled_from(
            [
                (
                    f"spline({text}, knots={knots})",
                    Spline(of, knots) if plain else Spline(of, knots, at=0.0),
                ),
                (f"threshold({text}, width={width!r})", Threshold(of, width)),
                (f"threshold({text})", Threshold(of)),
                (
                    f"monotone(linear({column}), pieces={knots})",
                    Rising(Linear(column), knots),
                ),
                (f"tv({text}, cuts={cuts})", TimeVarying(of, len(cuts) + 1, months)),
                (f"tv({text}, intervals={knots + 1})", TimeVarying(of, knots + 1)),
                (f"linear({column}, missing='normal')", Imputed(Linear(column))),
                (f"strata({column})", Strata(column)),
                (
                    f"horseshoe({column}, {column}b, relevant=1)",
                    Horseshoe((column, column + "b"), 1.0),
                ),
            ]
        )
    )


@settings(max_examples=80, deadline=None)
@given(st.data(), st.lists(names, min_size=1, max_size=4, unique=True))
def test_what_is_written_is_what_is_read(data, columns):
    parts = [data.draw(st.one_of(crossable(each), alone(each))) for each in columns]
    kinds = [type(term) for _, term in parts]
    if kinds.count(Horseshoe) > 1 or sum(term.name == "bed" for _, term in parts) > 1:
        parts = parts[:1]
    formula = Formula.parse("Surv(time, event) ~ " + " + ".join(text for text, _ in parts))
    found = sorted(formula.terms, key=lambda term: term.name)
    assert found == sorted((term for _, term in parts), key=lambda term: term.name)
    assert set(formula.terms) == {*formula.proportional, *formula.varying, *formula.strata}


@settings(max_examples=50, deadline=None)
@given(st.data(), st.lists(names, min_size=2, max_size=3, unique=True))
def test_a_product_is_its_main_effects_and_all_interactions(data, columns):
    parts = [data.draw(crossable(each)) for each in columns]
    formula = Formula.parse("Surv(time, event) ~ " + " * ".join(text for text, _ in parts))
    mains = {term for term in formula.terms if not isinstance(term, Crossed)}
    assert mains == {term for _, term in parts}
    crossed = {frozenset(term.parts) for term in formula.terms if isinstance(term, Crossed)}
    assert len(crossed) == len(formula.terms) - len(mains) == 2 ** len(parts) - 1 - len(parts)
    assert all(each <= mains and len(each) > 1 for each in crossed)


PIECES = (
    "(", ")", ",", "=", "~", "+", "-", "*", ":", "**", "/", "|", "'", '"', "`", "{", "}", "[",
    "]", "\\", "\n", "\x00", "#", ";", ".", "..", "0", "1", "1e999", "-1", "nan", "None", "True",
    "lambda", "if", "age", "line", "bed", "factor", "pooled", "spline", "tv", "strata", "horseshoe",
    "Surv", "time", "centre=", "per=", "knots=", "reference=", "alpha_beta=", "form=", "cuts=",
    "missing='normal'", "(1, 2)", "é", "日", "​", "%in%", "^", "C(", "I(", "f'{age}'", ":=", "!",
    "@", "((((((((((",
)  # fmt: skip


def mutated(rng: np.random.Generator) -> str:
    """Return a formula into which pieces were put, of which characters were taken or moved."""
    text = "Surv(time, event) ~ " + " + ".join(rng.choice(FORMULAS, size=rng.integers(1, 4)))
    for _ in range(rng.integers(1, 5)):
        place, length = rng.integers(len(text) + 1), int(rng.integers(0, 6))
        piece = str(rng.choice(PIECES)) if rng.random() < 0.7 else text[place : place + length]
        kept = int(rng.integers(0, 4))
        text = text[:place] + piece + text[place + kept :]
    return text


def refusal(text: str) -> InputError | None:
    """Return the error that a formula raises, if it does."""
    try:
        Formula.parse(text)
    except InputError as error:
        return error
    return None


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_written_is_read_or_refused_in_words(seed):
    """100 formulas each, no error but ours; most are refused, some are still formulas."""
    rng = np.random.default_rng(seed)
    errors = [error for error in (refusal(mutated(rng)) for _ in range(100)) if error]
    assert {error.where for error in errors} == {"key formula"}
    assert min(len(error.problem) for error in errors) > 10
    assert 50 < len(errors) < 100


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60))
def test_whatever_stands_on_the_right_is_read_or_refused(text):
    error = refusal(f"Surv(time, event) ~ {text}")
    assert error is None or error.where == "key formula"


@pytest.mark.parametrize(
    "text", ["(" * 5000, "Surv(time, event) ~ " + "a" * 20_000, "Surv(time, event) ~ " + "-" * 9000]
)
def test_what_is_too_long_or_too_deep_is_refused(text):
    with pytest.raises(InputError):
        Formula.parse(text)
