"""Evidence: whatever values patients have, arrays are finite or the mistake is told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial.bayes import Formula, Priors
from oligotrial.bayes.terms import Absent, suited_terms
from oligotrial.checks import InputError

from .test_terms import drawn

NUMBERS = (
    "x",
    "linear(x, centre=3, per=0.001)",
    "linear(x, missing='normal')",
    "spline(x)",
    "spline(x, knots=1, centre=2)",
    "threshold(x)",
    "monotone(linear(x))",
    "horseshoe(x, other)",
)
GROUPS = (
    "factor(x)",
    "pooled(x)",
    "frailty(x)",
    "strata(x)",
    "factor(x, missing='categorical')",
)

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
sensible = st.floats(-1e6, 1e6)
few = st.sampled_from([0.0, 1.0, 2.0, 2.0000001, 1e5])
columns = st.lists(st.one_of(sensible, few), min_size=5, max_size=40)
wild = st.lists(
    st.one_of(finite, st.just(float("nan")), st.just(float("inf"))), min_size=2, max_size=30
)
words = st.lists(
    st.one_of(st.text(max_size=5), st.none(), st.integers(-3, 3), st.booleans()),
    min_size=2, max_size=30,
)  # fmt: skip


def arrays_of(text, values):
    """Return the terms' arrays and log ratios, or nothing where patients are refused in words."""
    rows = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    rows = rows.assign(other=np.arange(len(rows)) % 3)
    try:
        terms = suited_terms(Formula.parse(f"Surv(time, event) ~ {text}"), rows)
        found = {}
        for term in terms:
            found |= term.data(rows) | term.constants()
    except InputError as error:
        return str(error)
    draws = drawn(terms)
    for term in terms:
        if isinstance(term, Absent):
            found["ratios"] = np.array([each for _, each in term.alternatives(draws, found)])
        elif term.parameters(Priors()):
            found["ratios"] = term.log_ratio(draws, found)
    return found


@settings(max_examples=25, deadline=None)
@given(columns)
@pytest.mark.parametrize("text", NUMBERS)
def test_columns_of_sensible_numbers_give_finite_arrays(text, values):
    found = arrays_of(text, values)
    if isinstance(found, dict):
        assert all(np.all(np.isfinite(each)) for each in found.values())
    else:
        assert len(set(values)) < 4 or "same" in found or "spline" in text


@settings(max_examples=25, deadline=None)
@given(wild)
@pytest.mark.parametrize("text", NUMBERS)
def test_whatever_numbers_there_are_arrays_are_finite_or_the_mistake_is_told(text, values):
    found = arrays_of(text, values)
    assert isinstance(found, str) or all(np.all(np.isfinite(each)) for each in found.values())


@settings(max_examples=25, deadline=None)
@given(words)
@pytest.mark.parametrize("text", GROUPS)
def test_whatever_groups_there_are_they_are_told_apart_or_the_mistake_is_told(text, values):
    found = arrays_of(text, values)
    if isinstance(found, dict):
        name = "x_stratum" if "x_stratum" in found else "x_is"
        several = {tuple(column) for column in found[name].T}
        kinds = {str(each).strip() for each in values if each is not None}
        assert len(several) <= len(kinds)
        assert len(several) > 1 or len(kinds) < 3
