"""Evidence: other software. Values from R's survival package, see oracles/r_survival.json."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from oligotrial import estimators

ORACLES = Path(__file__).parents[1] / "oracles"
R = json.loads((ORACLES / "r_survival.json").read_text(encoding="utf-8"))


class Example:
    def __init__(self, name):
        with (ORACLES / f"survival_{name}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for column in ("time", "event", "group", "stratum"):
            setattr(self, column, np.array([int(row[column]) for row in rows]))
        self.expected = {
            key: np.array([np.nan if x is None else x for x in value])
            for key, value in R[name].items()
            if key != "group_medians"
        }
        self.group_medians = np.array(R[name]["group_medians"], dtype=float)


@pytest.fixture(params=["ovarian", "veteran"])
def example(request):
    return Example(request.param)


def close(value, expected):
    np.testing.assert_allclose(value, expected, rtol=1e-8, atol=1e-8)


def as_r_prints(*values):
    return [np.nan if np.isinf(value) else value for value in values]


def test_kaplan_meier(example):
    curve = estimators.kaplan_meier(example.time, example.event)
    close(curve.time, example.expected["time"])
    close(curve.at_risk, example.expected["at_risk"])
    close(curve.survival, example.expected["survival"])
    standing = curve.survival > 0
    close(curve.std_error[standing], example.expected["std_error"][standing])


@pytest.mark.parametrize(
    ("scale", "key"), [(estimators.PLAIN, "median"), (estimators.LOG_LOG, "median_log_log")]
)
def test_median_and_limits(example, scale, key):
    result = estimators.median(example.time, example.event, scale=scale)
    close(as_r_prints(result.value, result.lower, result.upper), example.expected[key])


def test_medians_of_groups(example):
    for group, expected in zip(np.unique(example.group), example.group_medians, strict=True):
        inside = example.group == group
        result = estimators.median(example.time[inside], example.event[inside])
        close(as_r_prints(result.value, result.lower, result.upper), expected)


def test_restricted_mean(example):
    to_the_end = estimators.restricted_mean(example.time, example.event)
    close([to_the_end.value, to_the_end.std_error], example.expected["mean"])
    until_300 = estimators.restricted_mean(example.time, example.event, until=300)
    close([until_300.value, until_300.std_error], example.expected["mean_until_300"])


def test_rate_at_a_time(example):
    rate = estimators.rate_at(example.time, example.event, at=400)
    close([rate.value, rate.std_error, rate.lower, rate.upper], example.expected["rate_at_400"])


def test_log_rank(example):
    test = estimators.log_rank(example.time, example.event, group=example.group)
    close([test.chi_squared, test.df], example.expected["log_rank"])
    close(test.expected, example.expected["expected"])


def test_stratified_log_rank(example):
    test = estimators.log_rank(
        example.time, example.event, group=example.group, stratum=example.stratum
    )
    close([test.chi_squared, test.df], example.expected["stratified"])
