"""Independent: R's survfit of each stratum, put together in R. Identity: one stratum; left out."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oligotrial.checks import InputError
from oligotrial.estimators import LOG_LOG, PLAIN
from oligotrial.simulate.analyses import analyse_trial
from oligotrial.trial.decide import (
    BY_BOTH_ARMS,
    BY_PRECISION,
    BY_SIZE,
    MilestoneDifference,
    RestrictedMeanDifference,
    StratumWeights,
)

ORACLES = Path(__file__).parents[2] / "oracles"
CASES = json.loads((ORACLES / "r_stratified_curves.json").read_text())["cases"]
WEIGHTS = {"size": BY_SIZE, "arms": BY_BOTH_ARMS, "precision": BY_PRECISION}
each_weight = pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)


def read(name):
    data = pd.read_csv(ORACLES / f"analyses_{name}.csv")
    if name == "small":
        data.loc[0, "stratum"] = 2  # alone in a stratum
    return data["time"].to_numpy(), {
        key: data[key].to_numpy() for key in ("event", "arm", "stratum")
    }


def agree(found, made, sign=1.0, margin=0.0):
    """All columns but the last, to 1e-9; NaN where R has nothing."""
    if not made:
        assert np.isnan(found["estimate"])
        assert found["left_out"] == 1.0
        return
    assert found["estimate"] == pytest.approx(made["estimate"], abs=1e-9)
    assert found["std_error"] == pytest.approx(made["error"], abs=1e-9)
    assert [found["control"], found["experimental"]] == pytest.approx(made["values"], abs=1e-9)
    assert found["left_out"] == pytest.approx(made["left_out"], abs=1e-12)
    z = sign * (made["estimate"] - margin) / made["error"]
    assert found["statistic"] == pytest.approx(z, rel=1e-9)


@pytest.mark.parametrize(
    "made", CASES, ids=lambda made: f"{made['trial']}, {made['until']}, {made['kind']}"
)
def test_each_stratum_by_survfit(made):
    until, strata = made["until"], WEIGHTS[made["kind"]]
    time, rest = read(made["trial"])
    mean = RestrictedMeanDifference(0.1, until, 0.25, strata)
    agree(analyse_trial(mean, time, **rest), made["mean"], margin=0.25)
    truncated = RestrictedMeanDifference(0.1, until, 0.25, strata, truncated=True)
    found = analyse_trial(truncated, time, **rest)
    agree(found, made["truncated"], margin=0.25)
    assert found["shortest"] == pytest.approx(made["truncated"]["shortest"], abs=1e-12)
    plain = MilestoneDifference(0.1, until, PLAIN, strata)
    agree(analyse_trial(plain, time, **rest), made["plain"])
    log_log = MilestoneDifference(0.1, until, LOG_LOG, strata)
    agree(analyse_trial(log_log, time, **rest), made["log_log"], sign=-1.0)


@each_weight
@pytest.mark.parametrize("make", [RestrictedMeanDifference, MilestoneDifference])
def test_one_stratum_is_none(make, weights):
    time, rest = read("untied")
    without = analyse_trial(make(0.1, 8.0), time, **rest)
    found = analyse_trial(make(0.1, 8.0, strata=weights), time, **rest)
    assert found == pytest.approx({**without, "left_out": 0.0}, abs=1e-12)


@each_weight
def test_strata_alike_are_one_stratum_twice(weights):
    """Each patient twice, in two strata: the same difference, half the variance."""
    time, rest = read("untied")
    analysis = RestrictedMeanDifference(0.1, 8.0, strata=weights)
    once = analyse_trial(analysis, time, **rest)
    twice = {key: np.tile(value, 2) for key, value in rest.items()}
    twice["stratum"] = np.repeat([0, 1], time.size)
    found = analyse_trial(analysis, np.tile(time, 2), **twice)
    assert found["estimate"] == pytest.approx(once["estimate"], abs=1e-12)
    assert found["std_error"] == pytest.approx(once["std_error"] / np.sqrt(2), abs=1e-12)


def test_horizon_is_cut_where_follow_up_ends():
    """Without strata: to the shorter arm's last follow-up; where both reach it, not at all."""
    time, event, arm = [1.0, 4.0, 6.0, 2.0, 5.0, 9.0], [1, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1]
    cut, six = (
        analyse_trial(analysis, time, event=event, arm=arm)
        for analysis in (
            RestrictedMeanDifference(0.1, 8.0, truncated=True),
            RestrictedMeanDifference(0.1, 6.0),
        )
    )
    assert cut == {**six, "shortest": 6.0}
    assert np.isnan(
        analyse_trial(RestrictedMeanDifference(0.1, 8.0), time, event=event, arm=arm)["statistic"]
    )


def test_mistakes():
    with pytest.raises(InputError, match="strata: 3 is not BY_SIZE, BY_BOTH_ARMS"):
        RestrictedMeanDifference(0.1, 8.0, strata=3)
    with pytest.raises(InputError, match=r"strata: .*'size'.* is not BY_SIZE"):
        MilestoneDifference(0.1, 8.0, strata=StratumWeights("size"))
