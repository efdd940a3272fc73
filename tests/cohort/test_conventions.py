"""Evidence: identity (patients agree with their own numbers by each convention, and the chain
computes what the public estimators do); a rate quoted by hand near 37%."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from oligotrial import cohort, evidence
from oligotrial.checks import InputError
from oligotrial.cohort import PrintedCox, PrintedFollowUp, PrintedMean, PrintedMedian, PrintedRates
from oligotrial.cohort.conventions import median_scale, rate_scale
from oligotrial.cohort.groups import Groups, recompute
from oligotrial.cohort.problem import Layout
from oligotrial.cohort.sampler import run_chain
from oligotrial.estimators import LOG, LOG_LOG, PLAIN, Scale, follow_up, median, rate_at
from oligotrial.evidence import Evidence, Statistic

SCALES = pytest.mark.parametrize("scale", [PLAIN, LOG, LOG_LOG], ids=lambda each: each.name)


def patients(seed: int, size: int = 60) -> cohort.Cohort:
    rng = np.random.default_rng(seed)
    time, censored = rng.exponential(12.0, size), rng.uniform(6.0, 48.0, size)
    frame = pd.DataFrame(
        {
            "time": np.minimum(time, censored).round(2) + 0.01,
            "event": (time <= censored).astype(int),
            "arm": np.where(rng.random(size) < 0.5, "new", "old"),
        }
    )
    return cohort.Cohort(frame, label="simulated", source="simulation")


def printed_by(own: cohort.Cohort, scale: Scale, *, level: float = 0.95) -> Evidence:
    """Return what software that uses a scale and a level prints of patients, to two decimals."""
    frame = own.frames()[0]
    time, event = frame["time"], frame["event"]
    middle = median(time, event, scale=scale, level=level)
    seen = follow_up(time, event, scale=scale, level=level)
    rows = [
        _statistic("pfs.median", (middle.value, middle.lower, middle.upper), "months", level),
        _statistic("follow_up.median", (seen.value, seen.lower, seen.upper), "months", level),
    ]
    for months in (6, 12, 24):
        found = rate_at(time, event, at=float(months), scale=scale, level=level)
        numbers = tuple(100.0 * each for each in (found.value, found.lower, found.upper))
        rows.append(_statistic(f"pfs.{months}_months", numbers, "percent", level))
    return replace(cohort.publish(own, [], counts=["arm"]), statistics=tuple(rows))


def _statistic(key: str, numbers: tuple[float, ...], unit: str, level: float) -> Statistic:
    value, lower, upper = (round(float(x), 2) if np.isfinite(x) else None for x in numbers)
    note = "" if value is not None else "not reached"
    return Statistic(key, value, lower, upper, level, unit, "Table", note=note, decimals=(2, 2, 2))


@SCALES
@pytest.mark.parametrize("seed", range(10))
def test_patients_agree_with_their_own_limits_by_the_stated_convention(scale, seed):
    own = patients(seed)
    printed = printed_by(own, scale)
    stated = replace(printed, median_scale=scale.name, rate_scale=scale.name)
    assert (cohort.agreement(own, stated)["draws_within"].dropna() == 1.0).all()


@SCALES
def test_another_convention_does_not_agree(scale):
    other = {"plain": "log-log", "log": "log-log", "log-log": "log"}[scale.name]
    own = patients(1)
    stated = replace(printed_by(own, scale), median_scale=other, rate_scale=other)
    assert (cohort.agreement(own, stated)["draws_within"] < 1.0).any()


@SCALES
@pytest.mark.parametrize("seed", range(6))
def test_the_scale_is_told_from_all_rates_together(scale, seed):
    printed = printed_by(patients(seed), scale)
    assert rate_scale(printed) is scale
    assert median_scale(printed) is scale  # one setting of the software for both
    assert median_scale(replace(printed, median_scale="log")) is LOG


@pytest.mark.parametrize("seed", range(40))
def test_log_log_limits_near_37_percent_are_never_taken_for_others(seed):
    own = patients(seed)
    frame = own.frames()[0]
    times = np.sort(frame.loc[frame["event"] == 1, "time"])
    at = next(t for t in times if rate_at(frame["time"], frame["event"], at=t).value < 0.4)
    found = rate_at(frame["time"], frame["event"], at=at, scale=LOG_LOG)
    numbers = tuple(round(100.0 * each, 1) for each in (found.value, found.lower, found.upper))
    one = Statistic("pfs.1_year", *numbers, 0.95, "percent", "Table", decimals=(1, 1, 1))
    assert rate_scale(replace(printed_by(own, LOG_LOG), statistics=(one,))) is LOG_LOG


def test_a_rate_that_any_scale_may_have_leaves_the_default():
    quoted = Statistic("pfs.1_year", 37.3, 24.4, 50.3, 0.95, "percent", "Table")
    assert rate_scale(replace(printed_by(patients(1), PLAIN), statistics=(quoted,))) is LOG_LOG


def test_marazzi_keeps_its_own_convention():
    marazzi = evidence.load("marazzi2024")
    assert rate_scale(marazzi) is LOG_LOG
    assert median_scale(marazzi) is LOG_LOG


@SCALES
@pytest.mark.parametrize("level", [0.9, 0.99])
def test_patients_agree_with_their_own_limits_of_another_level(scale, level):
    own = patients(4)
    printed = replace(
        printed_by(own, scale, level=level), median_scale=scale.name, rate_scale=scale.name
    )
    assert (cohort.agreement(own, printed)["draws_within"].dropna() == 1.0).all()
    at_95 = tuple(replace(each, level=0.95) for each in printed.statistics)
    assert (cohort.agreement(own, replace(printed, statistics=at_95))["draws_within"] < 1.0).any()


@SCALES
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_chain_computes_limits_as_the_public_estimators_do(scale, level):
    own = patients(2)
    printed = replace(
        printed_by(own, scale, level=level), median_scale=scale.name, rate_scale=scale.name
    )
    layout = Layout(printed, "pfs")
    problem, generator = layout.problem(), np.random.default_rng(1)
    state = layout.start(problem, generator)
    run_chain(problem, state, 2_000, layout.widths(), generator)
    groups = Groups(layout.frame(problem, state, generator))
    limits = [k for k, each in enumerate(layout.targets) if each.key.endswith("er")]
    assert len(limits) >= 8
    for k in limits:
        each = layout.targets[k]
        made = recompute(each, groups)
        np.testing.assert_allclose(made, state.statistic[k], rtol=1e-9, err_msg=each.key)


def test_means_and_regressions_of_another_level_agree():
    own = patients(6)
    printed = cohort.publish(own, [PrintedMedian(), PrintedMean(), PrintedCox(("arm",))])
    assert (cohort.agreement(own, printed)["draws_within"].dropna() == 1.0).all()
    wrong = tuple(replace(each, level=0.8) if each.level else each for each in printed.statistics)
    table = cohort.agreement(own, replace(printed, statistics=wrong)).set_index("statistic")
    ends = table[table.index.str.endswith(("lower", "upper"))]
    assert (ends["draws_within"] == 0.0).all()
    assert (table.drop(index=ends.index)["draws_within"].dropna() == 1.0).all()


def test_a_range_is_no_interval():
    own = patients(7)
    printed = cohort.publish(own, [PrintedMedian(), PrintedRates((6,)), PrintedFollowUp()])
    ranges = tuple(replace(each, level=None) for each in printed.statistics)
    table = cohort.agreement(own, replace(printed, statistics=ranges)).set_index("statistic")
    assert "range" in table.loc["pfs.median.lower", "not_used"]
    assert table.loc["pfs.median", "draws_within"] == 1.0


def test_a_convention_that_is_none_is_refused(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text(
        'id = "x"\ncitation = "x"\nlicence = "x"\nattribution = "x"\ndesign = "x"\n'
        'population = "x"\npatients = 3\nmedian_scale = "loglog"\n'
    )
    with pytest.raises(InputError, match="median_scale"):
        evidence.load(path)
