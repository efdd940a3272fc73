"""Evidence: identity (patients agree with what is published of them) and values of R's survival."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oligotrial import cohort
from oligotrial.checks import InputError
from oligotrial.cohort.conventions import limits_at_events
from oligotrial.evidence import audit
from oligotrial.units import DAYS_PER_MONTH

ORACLES = Path(__file__).parents[1] / "oracles"
SCALES = ("log-log", "log", "plain")
SETS = ("colon", "gbsg", "lung", "pbc", "veteran")
EVERYTHING = [
    cohort.PrintedMedian(),
    cohort.PrintedMedian("first", decimals=1),
    cohort.PrintedMedian("second", limits=False),
    cohort.PrintedMean(),
    cohort.PrintedRates((3, 6, 12)),
    cohort.PrintedRates((3, 6), by="second", limits=False, decimals=0),
    cohort.PrintedTest("first"),
    cohort.PrintedTest("second", chi_squared=False, decimals=(2, 2)),
    cohort.PrintedRisk((0.0, 12.0, 24.0, 36.0)),
    cohort.PrintedRisk((0.0, 12.0, 24.0, 36.0), by="first"),
    cohort.PrintedRisk((0.0, 12.0, 24.0, 36.0), by="second", timed=False),
    cohort.PrintedCox(("first", "second")),
    cohort.PrintedFollowUp(),
    cohort.PrintedEvents(),
]


def patients(name: str, *, seed: int | None = None) -> cohort.Cohort:
    rows = pd.read_csv(ORACLES / "held_out.csv")
    rows = rows[rows["data"] == name]
    if seed is not None:
        rows = rows.sample(59, random_state=seed)
    frame = rows[["event", "first", "second"]].assign(time=rows["days"] / DAYS_PER_MONTH)
    return cohort.Cohort(frame.reset_index(drop=True), label=name, source="held_out.csv")


@pytest.mark.parametrize("seed", [None, 1, 2])
@pytest.mark.parametrize("name", SETS)
def test_patients_agree_with_all_that_is_published_of_them(name: str, seed: int | None):
    own = patients(name, seed=seed)
    printed = cohort.publish(own, EVERYTHING)
    table = cohort.agreement(own, printed)
    assert len(table) > 60
    assert table.loc[table["draws_within"] < 1.0, "statistic"].tolist() == []
    findings = audit(printed)
    assert findings.loc[findings["severity"] != "consistent", "subject"].tolist() == []


def test_other_patients_do_not_agree():
    printed = cohort.publish(patients("gbsg", seed=1), EVERYTHING)
    table = cohort.agreement(patients("gbsg", seed=2), printed)
    assert table["draws_within"].mean() < 0.5


def test_numbers_are_those_of_r():
    # r_survival.json: survfit(conf.type = "log-log"), its mean and survdiff, in days.
    oracle = json.loads((ORACLES / "r_survival.json").read_text())["veteran"]
    rows = pd.read_csv(ORACLES / "survival_veteran.csv")
    rows["cell"] = rows["group"].astype(str)
    own = cohort.Cohort(rows[["time", "event", "cell"]], label="veteran", source="R")
    printed = cohort.publish(
        own,
        [
            cohort.PrintedMedian(decimals=6),
            cohort.PrintedMean(decimals=6),
            cohort.PrintedTest("cell", decimals=(8, 8)),
            cohort.PrintedRates((400,), decimals=6),
        ],
    )
    middle = printed["pfs.median"]
    assert [middle.value, middle.lower, middle.upper] == oracle["median_log_log"]
    mean, error = oracle["mean"]
    assert printed["pfs.mean"].value == pytest.approx(mean, abs=1e-6)
    assert printed["pfs.mean_se"].value == pytest.approx(error, abs=1e-6)
    assert printed["pfs.400_months"].value == pytest.approx(
        100 * oracle["rate_at_400"][0], abs=1e-6
    )
    test = printed.comparison("cell")
    assert test.chi_squared == pytest.approx(oracle["log_rank"][0], abs=1e-8)
    assert (test.df, test.levels) == (3, ("1", "2", "3", "4"))


CONVENTIONS = pytest.mark.parametrize("at_events", [False, True], ids=["band", "events"])
EVERY_SCALE = pytest.mark.parametrize("scale", SCALES)


@EVERY_SCALE
@CONVENTIONS
@pytest.mark.parametrize("data", ["veteran", "lung", "pbc"])
def test_limits_of_medians_are_those_of_r(data, at_events, scale):
    # r_medians.json: quantile(survfit(conf.type = ...), 0.5), and the event times within its band.
    oracle = json.loads((ORACLES / "r_medians.json").read_text())[data][scale]
    rows = pd.read_csv(ORACLES / f"survival_{data}.csv")[["time", "event"]]
    own = cohort.Cohort(rows, label=data, source="R")
    printed = cohort.publish(
        own,
        [
            cohort.PrintedMedian(decimals=6, scale=scale, at_events=at_events),
            cohort.PrintedFollowUp(decimals=6, scale=scale, at_events=at_events),
        ],
    )
    value, *band = oracle["band"]
    middle = printed["pfs.median"]
    assert middle.value == pytest.approx(value, abs=1e-6)
    limits = oracle["events"] if at_events else band
    assert [middle.lower, middle.upper] == pytest.approx(limits, abs=1e-6)
    if not at_events:
        seen = printed["follow_up.median"]
        assert [seen.value, seen.lower, seen.upper] == [
            None if each is None else pytest.approx(each, abs=1e-6) for each in oracle["follow_up"]
        ]
    assert (printed.median_scale, limits_at_events(printed)) == (scale, at_events)


@EVERY_SCALE
@CONVENTIONS
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", SETS)
def test_patients_agree_with_their_medians_by_every_convention(name, seed, at_events, scale):
    own = patients(name, seed=seed)
    medians = {"scale": scale, "at_events": at_events}
    printed = cohort.publish(
        own,
        [
            cohort.PrintedMedian(**medians),
            cohort.PrintedMedian("first", decimals=1, **medians),
            cohort.PrintedMedian("second", limits=False),  # without limits any scale goes
            cohort.PrintedFollowUp(**medians),
            cohort.PrintedRates((3, 6)),  # on the log-log scale, whatever the medians'
        ],
    )
    table = cohort.agreement(own, printed)
    assert table.loc[table["draws_within"] < 1.0, "statistic"].tolist() == []
    assert (table["not_used"] == "").all()
    findings = audit(printed)
    assert (findings["severity"] != "contradiction").all()


@CONVENTIONS
@pytest.mark.parametrize("name", SETS)
def test_limits_by_another_convention_do_not_agree(name, at_events):
    own = patients(name, seed=1)
    printed = cohort.publish(own, [cohort.PrintedMedian(at_events=at_events)])
    other = "band" if at_events else "events"
    table = cohort.agreement(own, replace(printed, median_limits=other))
    # The upper limits are one event time apart; the band's may not be reached, and isn't printed.
    limited = printed["pfs.median"].upper is not None
    assert (table["draws_within"] < 1.0).any() == limited
    assert limited or not at_events


@CONVENTIONS
def test_a_reconstruction_meets_limits_by_the_stated_convention(at_events):
    medians = {"scale": "plain", "at_events": at_events}
    summaries = [cohort.PrintedMedian(**medians), cohort.PrintedMedian("first", **medians)]
    printed = cohort.publish(patients("lung", seed=1), summaries, accrual_months=30.0)
    found = cohort.agreement(cohort.reconstruct(printed, draws=2, steps=20_000), printed)
    ends = found[found["statistic"].str.endswith(("lower", "upper"))]
    assert len(ends) >= 5
    assert (found["draws_within"] == 1.0).all()


@pytest.mark.parametrize(
    "summaries",
    [
        [cohort.PrintedMedian(scale="log"), cohort.PrintedMedian("first")],
        [cohort.PrintedMedian(), cohort.PrintedMedian("first", at_events=True)],
        [cohort.PrintedMedian(scale="plain"), cohort.PrintedFollowUp()],
    ],
)
def test_medians_by_two_conventions_are_refused(summaries):
    with pytest.raises(InputError, match=r"2 conventions, scale '.*same scale and at_events"):
        cohort.publish(patients("lung", seed=1), summaries)


def test_a_scale_that_there_is_not_is_refused():
    for summary in (cohort.PrintedMedian, cohort.PrintedFollowUp):
        with pytest.raises(InputError, match=f"{summary.__name__}, scale: .*did you mean 'log-l"):
            summary(scale="loglog")


def test_a_source_without_limits_states_no_convention():
    printed = cohort.publish(patients("lung", seed=1), [cohort.PrintedMedian(limits=False)])
    assert (printed.median_scale, printed.median_limits) == ("", "")


def test_whole_landmarks_may_be_given_as_floats():
    own = patients("lung", seed=1)
    printed = cohort.publish(own, [cohort.PrintedRates((6.0, np.int64(12)))])
    assert [each.key for each in printed.statistics] == ["pfs.6_months", "pfs.12_months"]


TICKS = (0.0, 6.0, 12.0, 18.0, 24.0)


@pytest.mark.parametrize("timed", [True, False])
def test_numbers_at_risk_of_all_patients_are_met(timed):
    own = patients("lung", seed=1)
    summaries = [cohort.PrintedMedian(), cohort.PrintedRisk(TICKS, timed=timed)]
    printed = cohort.publish(own, summaries, accrual_months=30.0)
    (table,) = printed.risk_tables
    assert (table.of_all, table.grouping, table.level) == (True, "", "")
    keys = [f"pfs.at_risk[tick={number}]" for number in range(len(TICKS))]
    told = cohort.agreement(own, printed).set_index("statistic")
    assert (told["draws_within"] == 1.0).all()
    assert told.loc[keys, "printed"].tolist() == [
        (own.patients["time"] >= tick).sum() for tick in TICKS
    ]
    made = cohort.reconstruct(printed, draws=2, steps=20_000)
    found = cohort.agreement(made, printed).set_index("statistic")
    assert (found.loc[keys, "draws_within"] == 1.0).all()
    assert cohort.score(found.reset_index())["kind"].tolist()[-2:] == ["numbers at risk", "all"]


def test_numbers_at_risk_of_all_that_are_not_used_say_why():
    printed = cohort.publish(patients("lung", seed=1), [cohort.PrintedMedian()])
    table = cohort.publish(
        patients("lung", seed=1), [cohort.PrintedRisk(TICKS)], endpoint="os"
    ).risk_tables
    both = replace(printed, risk_tables=table)
    found = cohort.agreement(patients("lung", seed=1), both).set_index("statistic")
    assert found.loc["os.at_risk[tick=1]", "not_used"] == "no time of os is printed"


def test_counts_and_tables_add_up():
    own = patients("lung")
    printed = cohort.publish(own, EVERYTHING, counts=["second"], accrual_months=30.0, name="lung")
    assert (printed.id, printed.patients) == ("lung", own.size)
    assert sum(printed.count("first").values()) == own.size
    assert printed["pfs.events"].value == own.patients["event"].sum()
    assert printed["accrual.months"].value == 30.0
    everybody, no, yes, *_ = (np.array(each.at_risk) for each in printed.risk_tables)
    assert (everybody == no + yes).all()
    assert everybody[0] == own.size
    untimed = [each.times_months for each in printed.risk_tables if each.grouping == "second"]
    assert untimed == [None, None]


def test_a_median_that_is_not_reached_has_no_value():
    rows = pd.DataFrame({"time": [1.0, 2.0, 3.0, 4.0], "event": [1, 0, 0, 0]})
    own = cohort.Cohort(rows, label="four", source="example")
    middle = cohort.publish(own)["pfs.median"]
    assert (middle.value, middle.upper, middle.note) == (None, None, "not reached")


def test_limits_that_round_to_the_median_do_not_tell_of_another_convention():
    rows = pd.DataFrame({"time": 10.0 + np.arange(20) / 1000.0, "event": 1})
    own = cohort.Cohort(rows, label="close together", source="example")
    printed = cohort.publish(own, [cohort.PrintedMedian(decimals=1)])
    assert (printed["pfs.median"].value, printed["pfs.median"].upper) == (10.0, 10.0)
    assert (printed.median_limits, limits_at_events(printed)) == ("band", False)
    assert limits_at_events(replace(printed, median_limits=""))  # as it would be told from print
    assert (cohort.agreement(own, printed)["draws_within"] == 1.0).all()


def test_levels_keep_their_order_and_make_the_groupings_of_the_project():
    lines = ["fourth+", "first", "second", "first", "third", "first"]
    rows = pd.DataFrame({"time": np.arange(1.0, 7.0), "event": 1, "line": lines})
    own = cohort.Cohort(rows, label="six", source="example")
    printed = cohort.publish(
        own, [cohort.PrintedMedian(), cohort.PrintedTest("line_group")], counts=["line"],
        endpoint="pfs_ar",
    )  # fmt: skip
    assert list(printed.count("line")) == ["first", "second", "third", "fourth+"]
    assert printed.comparison("line_group").levels == ("first or second", "third or later")
    assert (cohort.agreement(own, printed)["draws_within"] == 1.0).all()


def test_what_is_published_can_be_reconstructed():
    printed = cohort.publish(patients("lung", seed=1), EVERYTHING[:2], accrual_months=30.0)
    made = cohort.reconstruct(printed, draws=2, steps=5_000)
    assert made.size == 59
    table = cohort.agreement(made, printed).set_index("statistic")
    assert table.loc["first[yes]", "draws_within"] == 1.0


def with_column(**values: object) -> cohort.Cohort:
    own = patients("veteran", seed=1)
    return replace(own, patients=own.patients.assign(**values))


@pytest.mark.parametrize(
    ("own", "options", "message"),
    [
        (lambda: with_column(entry=0.01), {}, "column entry is used"),
        (lambda: with_column(weight=2.0), {}, "column weight is used"),
        (lambda: with_column(time_upper=99.0, event=1), {}, "interval censored"),
        (lambda: with_column(stage=[None, *"a" * 58]), {"counts": ["stage"]}, "1 of 59 values"),
        (lambda: with_column(), {"counts": ["frist"]}, "did you mean 'first'"),
        (lambda: with_column(), {"endpoint": "pain"}, "'pain' is no endpoint"),
        (lambda: with_column(), {"accrual_months": -1.0}, "accrual_months"),
        (
            lambda: with_column(first="yes"),
            {"summaries": [cohort.PrintedTest("first")]},
            "nothing to test",
        ),
        (
            lambda: with_column(),
            {"summaries": [cohort.PrintedTest("grade")]},
            "'grade', which no counts",
        ),
    ],
)
def test_what_cannot_be_published_is_refused(own, options, message):
    with pytest.raises(InputError, match=message):
        cohort.publish(own(), **options)


def test_several_draws_are_refused():
    frames = [patients("veteran", seed=k).patients.assign(draw=k - 1) for k in (1, 2)]
    both = cohort.Cohort(pd.concat(frames), label="two", source="example", draws=2)
    with pytest.raises(InputError, match="2 draws"):
        cohort.publish(both)


def test_summaries_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="no ticks of an axis"):
        cohort.PrintedRisk((0.0, 3.0, 12.0))
    with pytest.raises(InputError, match="rename the column"):
        cohort.PrintedCox(("Age group",))
    with pytest.raises(InputError, match="landmark"):
        cohort.PrintedRates((0,))
