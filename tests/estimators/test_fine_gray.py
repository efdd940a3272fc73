"""Evidence: other software (R, see oracles/r_fine_gray.json); identities and limits."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oligotrial import estimators
from oligotrial.checks import InputError
from oligotrial.estimators import BRESLOW, EFRON

ORACLES = Path(__file__).parents[1] / "oracles"
R = json.loads((ORACLES / "r_fine_gray.json").read_text(encoding="utf-8"))
TIES = {ties.name: ties for ties in (EFRON, BRESLOW)}


def close(value, expected, rtol=1e-8):
    np.testing.assert_allclose(value, np.array(expected, dtype=float), rtol=rtol, atol=1e-9)


def read(name):
    data = pd.read_csv(ORACLES / f"competing_{name}.csv")
    row = np.arange(1, len(data) + 1)
    data["x"] = row * 37 % 101 / 101 + data["cause"] / 10
    data["count"] = 1 + row % 3
    data["centre"] = row % 40
    return data


DATA = {name: read(name) for name in ("mgus2", "pbc")}


def label(oracle):
    return " ".join(f"{value}" for key, value in oracle.items() if isinstance(value, str | bool))


@pytest.mark.parametrize("oracle", R["fits"], ids=label)
def test_fit(oracle):
    data = DATA[oracle["data"]]
    fit = estimators.fine_gray(
        data["time"],
        data["cause"],
        data[["group", "x"]],
        of=1,
        entry=data["entry"] if oracle["entry"] else None,
        strata=data["stratum"] if oracle["strata"] else None,
        cluster=data["centre"] if oracle["clusters"] else None,
        weights=data["count"] if oracle["counts"] else None,
        ties=TIES[oracle["ties"]],
    )
    close(fit.coefficients["log_hazard_ratio"], oracle["coef"])
    close(fit.coefficients["std_error"], oracle["std_error"])
    close(fit.wald.chi_squared, oracle["wald"])
    close([fit.fit.null_log_likelihood, fit.fit.log_likelihood], oracle["log_likelihood"])
    assert (fit.patients, fit.warnings) == (len(data), ())
    if "time" in oracle:
        curve = fit.incidence({"group": 1, "x": 0.5})
        close(curve["time"], oracle["time"])
        close(curve["incidence"], oracle["incidence"])


def test_without_ties_estimates_are_those_of_crr():
    data = DATA["pbc"]
    time = data["time"] + np.arange(1, len(data) + 1) / 1024
    fit = estimators.fine_gray(time, data["cause"], data[["group", "x"]], of=1)
    close(fit.coefficients["log_hazard_ratio"], R["crr"]["coef"])
    # crr's errors add the estimation of the censoring's distribution.
    np.testing.assert_allclose(fit.coefficients["std_error"], R["crr"]["std_error"], rtol=0.02)


def test_a_subdistribution_hazard_ratio_that_was_simulated_is_found():
    rng = np.random.default_rng(5)
    group = np.repeat([0, 1], 2000)
    # Closed form: F1 = 1 - (1 - p (1 - exp(-t)))^r, Fine and Gray's own example.
    share, ratio = 0.6, np.where(group == 1, 2.0, 1.0)
    first = rng.random(4000) < 1 - (1 - share) ** ratio
    uniform = rng.random(4000)
    reached = 1 - (1 - uniform * (1 - (1 - share) ** ratio)) ** (1 / ratio)
    time = np.where(first, -np.log1p(-reached / share), rng.exponential(1.0, 4000))
    entry, left = rng.uniform(0, 1, 4000) * (rng.random(4000) < 0.4), rng.uniform(1, 6, 4000)
    cause = np.where(time <= left, np.where(first, 1, 2), 0)
    time = np.minimum(time, left)
    seen = time > entry
    fit = estimators.fine_gray(
        time[seen], cause[seen], {"group": group[seen]}, of=1, entry=entry[seen]
    )
    row = fit.coefficients.loc["group"]
    assert abs(row["log_hazard_ratio"] - np.log(2.0)) < 3 * row["std_error"]
    curve = fit.incidence({"group": 1}).query("time <= 3").iloc[-1]
    expected = 1 - (1 - share * (1 - np.exp(-curve["time"]))) ** 2
    # Of 2,000 patients the incidence has a standard error of about 0.009.
    assert curve["incidence"] == pytest.approx(expected, abs=0.03)


patients = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 2), st.integers(0, 1)),
    min_size=4,
    max_size=30,
)


@settings(max_examples=15, deadline=None)
@given(patients)
def test_without_other_causes_it_is_a_cox_regression(rows):
    entry, length, cause, group = (np.array(column) for column in zip(*rows, strict=True))
    time, cause = entry + length, np.minimum(cause, 1)
    try:
        plain = estimators.cox(time, cause, {"group": group}, entry=entry, robust=True)
    except InputError:
        assume(False)
    fit = estimators.fine_gray(time, cause, {"group": group}, of=1, entry=entry)
    np.testing.assert_array_equal(fit.coefficients, plain.coefficients)


@settings(max_examples=15, deadline=None)
@given(patients)
def test_words_order_and_entries_at_0_change_nothing(rows):
    entry, length, cause, group = (np.array(column) for column in zip(*rows, strict=True))
    time = entry + length
    try:
        fit = estimators.fine_gray(time, cause, {"group": group}, of=1, ties=BRESLOW)
    except InputError:
        assume(False)
    words = np.array(["none", "local", "death"])[cause[::-1]]
    other = estimators.fine_gray(
        time[::-1],
        words,
        {"group": group[::-1]},
        of="local",
        censored="none",
        entry=np.zeros(len(time)),
        ties=BRESLOW,
    )
    assume(fit.fit.converged)
    close(fit.coefficients["log_hazard_ratio"], other.coefficients["log_hazard_ratio"])
    close(fit.linear_predictor, other.linear_predictor[::-1])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"of": 3}, "of: no patient has 3"),
        ({"covariates": {"x": [1, 2, np.nan, 4]}}, "covariates, row 3, column x"),
        ({"covariates": {"x": [1, 1, 1, 1]}}, "covariates, column x"),
        ({"weights": [1, 1, 0, 1]}, "weights, row 3"),
        ({"entry": [0, 0, 3, 0]}, "entry, row 3"),
        ({"time": [1, 2, 3, 9], "entry": [0, 0, 0, 4]}, "entry: after the other event at 1"),
        (
            {"time": [1, 2, 3, 9], "cause": [2, 0, 0, 1], "entry": [0, 0, 0, 4]},
            "entry: after the other event at 1",
        ),
    ],
)
def test_wrong_input(more, words):
    given = {"time": [1, 2, 3, 4], "cause": [2, 1, 1, 1], "covariates": {"x": [1, 0, 1, 0]}}
    given |= {"of": 1} | more
    with pytest.raises(InputError, match=words):
        estimators.fine_gray(
            given.pop("time"), given.pop("cause"), given.pop("covariates"), **given
        )
