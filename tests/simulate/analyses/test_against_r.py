"""Independent: R's survival (survdiff, coxph, survfit), mvtnorm, and interval's scoresFromFit.

Weights that survdiff lacks are summed by hand in R: double programming. Quoted: the statistics of
the breast cosmesis data in Fay and Shaw (2010), section 4.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oligotrial.estimators import BRESLOW, EFRON, LOG_LOG, PLAIN
from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.simulate.analyses import analyse_trial
from oligotrial.simulate.analyses.normal import all_below, bivariate_below
from oligotrial.trial.decide import (
    FINKELSTEIN,
    SCORE,
    SUN,
    WALD,
    CoxTest,
    IntervalLogRank,
    LogRank,
    MaxCombo,
    MilestoneDifference,
    ModestWeight,
    RestrictedMeanDifference,
    StepWeight,
    WeightedLogRank,
)

ORACLES = Path(__file__).parents[2] / "oracles"
R = json.loads((ORACLES / "r_analyses.json").read_text())
INTERVAL = json.loads((ORACLES / "r_interval_analyses.json").read_text())
TRIALS = ("untied", "strata", "tied", "small")
WEIGHTS = {
    "fh00": FlemingHarrington(0.0, 0.0),
    "fh10": FlemingHarrington(1.0, 0.0),
    "fh01": FlemingHarrington(0.0, 1.0),
    "fh11": FlemingHarrington(1.0, 1.0),
    "fh05": FlemingHarrington(0.5, 0.5),
    "modest6": ModestWeight(until_months=6.0),
    "modest2": ModestWeight(most=2.0),
    "late5": StepWeight.late(5.0),
    "early5": StepWeight.early(5.0),
}
each_trial = pytest.mark.parametrize("name", TRIALS)


def analysed(analysis, name):
    data = pd.read_csv(ORACLES / f"analyses_{name}.csv")
    rest = {key: data[key].to_numpy() for key in ("event", "arm", "stratum")}
    return analyse_trial(analysis, data["time"], **rest)


@each_trial
@pytest.mark.parametrize("stratified", [False, True])
def test_survdiff(name, stratified):
    for rho, expected in zip((0.0, 0.5, 1.0), R[name]["survdiff"][stratified], strict=True):
        weighted = WeightedLogRank(0.1, FlemingHarrington(rho), stratified=stratified)
        assert analysed(weighted, name)["statistic"] == pytest.approx(expected, abs=1e-9)
    plain = LogRank(0.1, stratified=stratified)
    expected = R[name]["survdiff"][stratified][0]
    assert analysed(plain, name)["statistic"] == pytest.approx(expected, abs=1e-9)


@each_trial
@pytest.mark.parametrize("kind", WEIGHTS)
def test_weights(name, kind):
    made = R[name]["weighted"]
    place = made["kind"].index(kind)
    found = analysed(WeightedLogRank(0.1, WEIGHTS[kind]), name)
    expected = {key: made[key][place] for key in ("z", "estimate", "error")}
    assert list(found.values()) == pytest.approx(list(expected.values()), abs=1e-9)


@each_trial
@pytest.mark.parametrize("combo", ["two", "three", "four", "other"])
def test_max_combo(name, combo):
    made = R[name]["combos"][combo]
    found = analysed(MaxCombo(0.1, tuple(WEIGHTS[kind] for kind in made["kinds"])), name)
    assert found["largest"] == pytest.approx(made["largest"], abs=1e-9)
    assert found["which"] == made["which"]
    # TVPACK is exact; in four dimensions mvtnorm samples, and states its error (99%).
    assert found["p"] == pytest.approx(made["p"], abs=max(1e-9, 1.5 * (made["error"] or 0)))


@each_trial
@pytest.mark.parametrize("number", range(8))
def test_cox(name, number):
    made = R[name]["cox"][number]
    ties = EFRON if made["ties"] == "efron" else BRESLOW
    wald, score = (
        CoxTest(0.1, by, bound=made["bound"], ties=ties, stratified=made["strata"])
        for by in (WALD, SCORE)
    )
    found = analysed(wald, name)
    assert found["estimate"] == pytest.approx(made["estimate"], abs=1e-9)
    assert found["std_error"] == pytest.approx(made["error"], abs=1e-9)
    z = (np.log(made["bound"]) - made["estimate"]) / made["error"]
    assert found["statistic"] == pytest.approx(z, abs=1e-8)
    found = analysed(score, name)
    assert found["statistic"] == pytest.approx(made["score"], abs=1e-9)
    assert [found["lower"], found["upper"]] == pytest.approx(
        [made["lower"], made["upper"]], abs=1e-9
    )


@each_trial
@pytest.mark.parametrize("number", range(3))
def test_curves(name, number):
    made = R[name]["curves"][number]
    until, means, errors = made["until"], made["mean"], made["mean_error"]
    found = analysed(RestrictedMeanDifference(0.1, until, 0.5), name)
    assert [found["control"], found["experimental"]] == pytest.approx(means, abs=1e-9)
    assert found["std_error"] == pytest.approx(np.hypot(*errors), abs=1e-9)
    z = (means[1] - means[0] - 0.5) / np.hypot(*errors)
    assert found["statistic"] == pytest.approx(z, abs=1e-9)
    survival, spread = np.array(made["survival"]), np.array(made["survival_error"])
    found = analysed(MilestoneDifference(0.1, until, PLAIN), name)
    assert [found["control"], found["experimental"]] == pytest.approx(survival, abs=1e-9)
    assert found["statistic"] == pytest.approx(np.diff(survival)[0] / np.hypot(*spread), abs=1e-9)
    found = analysed(MilestoneDifference(0.1, until, LOG_LOG), name)
    error = np.hypot(*(spread / (survival * np.log(survival))))
    assert found["std_error"] == pytest.approx(error, abs=1e-9)
    difference = np.diff(np.log(-np.log(survival)))[0]
    assert found["statistic"] == pytest.approx(-difference / error, abs=1e-9)


@pytest.mark.parametrize(
    ("data", "scores", "quoted"),
    [
        ("cosmesis", SUN, 2.6684),
        ("cosmesis", FINKELSTEIN, 2.6839),
        ("lung", SUN, None),
        ("lung", FINKELSTEIN, None),
    ],
)
def test_interval_scores(data, scores, quoted):
    table = pd.read_csv(ORACLES / f"interval_{data}.csv")
    arm = table["group"].to_numpy() - (data == "lung")
    if data == "lung":
        arm, table = arm[table["lower"] < table["upper"]], table[table["lower"] < table["upper"]]
    event = np.isfinite(table["upper"]).to_numpy()
    time = np.where(event, table["upper"], table["lower"])
    found = analyse_trial(
        IntervalLogRank(0.1, scores), time, event=event, arm=arm, lower=table["lower"]
    )
    made = INTERVAL[data]["logrank1" if scores is SUN else "logrank2"]
    assert found["statistic"] == pytest.approx(-made["z"], abs=1e-7)
    assert found["estimate"] == pytest.approx(made["score"] / made["variance"], abs=1e-7)
    if quoted:
        assert round(-found["statistic"], 4) == quoted


def test_bivariate_normal():
    for row in R["pairs"]:
        assert bivariate_below(row["h"], row["k"], row["r"]) == pytest.approx(
            row["below"], abs=1e-14
        )


def test_orthants():
    """TVPACK is exact to about 1e-14 in three dimensions, Miwa to about 1e-8 in four."""
    for made in R["orthants"]:
        found = [all_below(z, np.array(made["correlation"])) for z in made["z"]]
        assert found == pytest.approx(made["below"], abs=1e-10)
    made = R["fours"]
    found = [all_below(z, np.array(made["correlation"])) for z in made["z"]]
    assert found == pytest.approx(made["below"], abs=1e-7)
