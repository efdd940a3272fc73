"""Identity: what simulated patients' own summaries print together is never called impossible.

Developer: an error planted in such a paper is found, by each kind of check. The p-values that
the audit compares with come from scipy.
"""

import copy
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oligotrial import evidence
from oligotrial.evidence.audit import COLUMNS

from .simulated import Num, paper, write

type Paper = dict[str, Any]
type Plant = Callable[[Paper], None]

PAPERS = 200


def audited(record: Paper, folder: Path) -> Any:
    return evidence.audit(evidence.load(write(record, folder / "paper.toml")))


def test_true_numbers_are_never_called_a_contradiction(tmp_path: Path) -> None:
    severities: Counter[str] = Counter()
    strained: Counter[str] = Counter()
    checks = set()
    for seed in range(PAPERS):
        found = audited(paper(seed), tmp_path)
        severities.update(found["severity"])
        strained.update(found.loc[found["severity"] != "consistent", "check"])
        checks |= set(found["check"])
        assert not (found["severity"] == "contradiction").any(), (seed, found.iloc[0].to_dict())
    # Half of the papers are made with proportions and medians on different scales, which is what
    # this strain says; nothing else is strained but by chance.
    other = sum(strained.values()) - strained["a median's interval against a proportion's"]
    assert other <= 2
    assert severities["consistent"] > 150 * PAPERS
    assert checks >= {name for name, _, _ in PLANTS} - ONLY_IN_ERROR


def test_a_paper_without_anything_to_check(tmp_path: Path) -> None:
    head = {key: value for key, value in paper(1).items() if not isinstance(value, list)}
    found = audited(head, tmp_path)
    assert list(found.columns) == COLUMNS
    assert evidence.audit_sentence(found) == "Nothing here can be checked."


def statistic(record: Paper, key: str) -> Paper:
    return next(each for each in record["statistics"] if each["key"] == key)


def change(key: str, **values: object) -> Plant:
    return lambda record: statistic(record, key).update(values)


def put(*statistics: Paper) -> Plant:
    return lambda record: record["statistics"].extend(
        {"place": "p 9"} | each for each in statistics
    )


def count(record: Paper, variable: str) -> Paper:
    return next(each for each in record["counts"] if each["variable"] == variable)


def raise_count(variable: str) -> Plant:
    def plant(record: Paper) -> None:
        count(record, variable)["rows"][0]["n"] += 1

    return plant


def raise_percent(record: Paper) -> None:
    row = count(record, "stage")["rows"][0]
    row["percent"] = Num(f"{float(row['percent']) + 3:.1f}")


def raise_total(record: Paper) -> None:
    count(record, "arm")["total"] = record["patients"] + 1


def raise_schedule(record: Paper) -> None:
    record["schedules"][0]["rows"][0]["n"] += 1


def raise_start(record: Paper) -> None:
    record["risk_tables"][0]["rows"][0]["at_risk"][0] += 1


def raise_tick(record: Paper) -> None:
    for row in record["risk_tables"][1]["rows"]:
        if row["at_risk"][0] > row["at_risk"][1]:
            row["at_risk"][1] += 1
            return


def no_spacing(record: Paper) -> None:
    early, late = record["risk_tables"][2]["rows"]
    early["at_risk"] = [early["at_risk"][0]] * 11
    late["at_risk"] = [late["at_risk"][0]] + [0] * 10


def all_at_risk(tick: int, by: int) -> Plant:
    """Change a number at risk of all patients."""

    def plant(record: Paper) -> None:
        record["risk_tables"][3]["rows"][0]["at_risk"][tick] += by

    return plant


def nobody_leaves(record: Paper) -> None:
    """Leave one arm's numbers at risk, which never fall, beside those of all patients."""
    table = record["risk_tables"][0]
    table["rows"] = [{**table["rows"][1], "at_risk": [table["rows"][1]["at_risk"][0]] * 11}]


def only_all(plant: Plant) -> Plant:
    """Plant an error that only numbers at risk that are printed of all patients can tell."""

    def changed(record: Paper) -> None:
        del record["risk_tables"][:3]
        plant(record)

    return changed


def no_spacing_of_all(record: Paper) -> None:
    row = record["risk_tables"][4]["rows"][0]
    row["at_risk"] = [row["at_risk"][0]] * 10 + [0]


def set_bed(**counts: int) -> Plant:
    """Set the numbers of BED groups, those below 0 to all patients with a lung schedule."""

    def plant(record: Paper) -> None:
        lung = sum(row["n"] for row in record["schedules"][1]["rows"])
        for group in record["bed_groups"]:
            name = f"bed{float(group['alpha_beta']):g}_{float(group['cutoff_gy']):g}"
            if name in counts:
                group["n"] = lung if counts[name] < 0 else counts[name]

    return plant


def one_boosted(record: Paper) -> None:
    """Class one patient of a schedule with a boost by another level than the rest."""
    lung = sum(row["n"] for row in record["schedules"][1]["rows"])
    for group in record["bed_groups"]:
        if float(group["alpha_beta"]) == 4:
            group["n"] = lung + (float(group["cutoff_gy"]) == 75)


def alter_test(**values: object) -> Plant:
    return lambda record: record["comparisons"][1].update(values)


def sample(stem: str, *, unit: str = "number", **numbers: object) -> Plant:
    shared = {"unit": unit, "n": numbers.pop("n"), "whole": numbers.pop("whole", False)}
    ends = numbers.pop("range", None)
    records = [
        {"key": f"{stem}.{name}", "value": value, **shared} for name, value in numbers.items()
    ]
    for each in records:
        each |= {"interval": ends} if ends and each["key"].endswith("median") else {}
    return put(*records)


def interval(key: str, value: str, low: str, high: str, unit: str = "months") -> Paper:
    ends = [Num(low), Num(high)]
    return {"key": key, "value": Num(value), "interval": ends, "level": Num("0.95"), "unit": unit}


BAD, STRAIN = "contradiction", "strain"
RATIO = "cox.hazard_ratio[covariate=arm]"
WIDE, NARROW = [Num("0.1"), Num("0.9")], [Num("0.690"), Num("0.710")]

# What is checked, how bad it is, and an error of that kind. The paper is `paper(3)`: 97 patients.
PLANTS: list[tuple[str, str, Plant]] = [
    ("a number that can be", BAD, change("pfs.1_year", value=Num("120.0"))),
    ("a number that can be", BAD, change("pfs.1_year", value=Num("-5.0"))),
    ("a number that can be", BAD,
     put({"key": "relapse.incidence.1_year", "value": 140, "unit": "percent"})),
    ("a number that can be", BAD, change(RATIO, value=Num("-0.800"))),
    ("a number that can be", BAD, change("cox.p[covariate=arm]", value=3)),
    ("a number that can be", BAD,
     put({"key": "cox.c_index", "value": Num("1.3"), "unit": "probability"})),
    ("a number that can be", BAD, change("age.sd", value=Num("-5.0"))),
    ("a number that can be", BAD, change("age.median", value=-57)),
    ("a number that can be", BAD,
     put({"key": "os.deaths", "value": 998, "unit": "patients"})),
    ("a number that can be", BAD,
     put({"key": "toxic", "value": Num("20.5"), "unit": "patients"})),
    ("patients behind a number", STRAIN, change("age.mean", n=998)),
    ("a count that can be", BAD,
     lambda record: count(record, "arm")["rows"][0].update(n=998)),
    ("a percentage that n allows", BAD, change("ctdna_percent", n=10, value=Num("33.0"))),
    ("groups added up", BAD, change("pfs.events", value=1)),
    ("a proportion among those of its parts", STRAIN,
     put({"key": "css.1_year", "value": Num("70.8"), "unit": "percent"},
         {"key": "css.1_year[arm=control]", "value": 90, "unit": "percent"},
         {"key": "css.1_year[arm=sbrt]", "value": 95, "unit": "percent"})),
    ("events enough for a curve", BAD, change("pfs.events", value=1)),
    ("a group that there is", BAD,
     put({"key": "pfs.median[arm=zz]", "value": 9, "unit": "months"})),
    ("progression-free against overall survival", STRAIN,
     change("os.median", value=Num("0.50"))),
    ("a median against numbers at risk", BAD, change("pfs.median", value=Num("0.50"))),
    ("a mean of whole numbers", BAD,
     sample("y", unit="years", n=46, mean=Num("55.12"), whole=True)),
    ("BED groups together", STRAIN, one_boosted),
    ("percentage of a count", BAD, raise_percent),
    ("percentage of a count", BAD, change("responders", value=9)),
    ("percentage of a count", BAD, change("stage_one_percent", value=Num("2"))),
    ("a number said again", BAD, change("stage_one", value=1)),
    ("counts against their total", BAD, raise_count("grade")),
    ("counts against their total", BAD, raise_count("imaging")),
    ("a total against all patients", BAD, raise_total),
    ("known and missing against all patients", BAD, change("ki67.mean", missing=6)),
    ("parts of a subgroup", BAD, raise_count("early_sites")),
    ("schedules of a site", BAD, raise_schedule),
    ("patients at risk at the start", BAD, raise_start),
    ("patients at risk of a group", BAD, raise_start),
    ("numbers at risk of two figures", BAD, raise_tick),
    ("patients at risk at the start", BAD, all_at_risk(0, 1)),
    ("patients at risk at the start", STRAIN, all_at_risk(0, -1)),
    ("numbers at risk of two figures", BAD, all_at_risk(1, 1)),
    ("numbers at risk of two figures", BAD, all_at_risk(1, -1)),
    ("numbers at risk of two figures", BAD, nobody_leaves),
    ("a median against numbers at risk", BAD,
     only_all(change("pfs.median", value=Num("0.50")))),
    ("a proportion against numbers at risk", BAD, only_all(change("pfs.1_year", value=Num("1.0")))),
    ("events enough for a curve", BAD, only_all(change("pfs.events", value=1))),
    ("the spacing of unprinted ticks", STRAIN, no_spacing_of_all),
    ("a number printed in two places", BAD, change("pfs.median@text", value=Num("9.99"))),
    ("a number printed in two places", BAD, change("pfs.1_year@abstract", value=1)),
    ("a duration against its dates", BAD, lambda record: record["spans"][0].update(end="2015-06")),
    ("a value in its interval", BAD, change("pfs.median", value=Num("99.00"))),
    ("a mean, its interval and its standard error", BAD, change("pfs.mean_se", value=Num("0.50"))),
    ("a mean, its interval and its standard error", STRAIN, change("pfs.mean", value=Num("18.0"))),
    ("a ratio in the middle of its interval", STRAIN, change(RATIO, interval=WIDE)),
    ("the p-value of an interval", BAD, change("cox.p[covariate=arm]", value=Num("0.900"))),
    ("the interval of a ratio against n", BAD, change(RATIO, interval=NARROW)),
    ("the p-value of chi-squared", BAD, alter_test(p=Num("0.0500"))),
    ("degrees of freedom of a test", BAD, alter_test(df=3)),
    ("a standard deviation within its range", BAD, change("age.sd", value=Num("50.0"))),
    ("a standard deviation that its range needs", BAD, change("age.sd", value=Num("1.0"))),
    ("a mean that median and range allow", BAD,
     sample("x", n=11, median=5, mean=Num("1.5"), range=[1, 9])),
    ("a mean within one standard deviation of its median", BAD,
     sample("x", n=11, median=Num("5.0"), mean=Num("6.5"), sd=Num("1.2"))),
    ("a mean of whole numbers", BAD, sample("x", n=7, mean=Num("3.33"), whole=True)),
    ("a mean of whole numbers", BAD,
     sample("x", n=7, mean=Num("3.71"), sd=Num("1.00"), whole=True)),
    ("a mean of all against means of groups", BAD, change("weight.mean", value=Num("90.0"))),
    ("proportions over time", BAD, change("pfs.2_years", value=Num("99.0"))),
    ("proportions over time", BAD,
     put({"key": "stop.3_months", "value": 5, "unit": "patients"},
         {"key": "stop.6_months", "value": 4, "unit": "patients"})),
    ("a proportion that n allows", BAD, change("pfs.6_months", value=Num("99.7"))),
    ("a proportion that n allows", BAD,
     put({"key": "css.1_year", "value": 90, "unit": "percent", "n": 3})),
    ("the interval of a proportion against n", BAD,
     change("pfs.1_year", interval=[Num("51.0"), Num("53.0")])),
    ("a median against a proportion", BAD, change("pfs.6_months", value=Num("20.0"))),
    ("a median's interval against a proportion's", STRAIN,
     change("pfs.6_months", interval=[Num("20.0"), Num("30.0")])),
    ("progression-free against overall survival", STRAIN, change("os.1_year", value=Num("1.0"))),
    ("a median against numbers at risk", BAD, change("pfs.median[arm=sbrt]", value=Num("0.50"))),
    ("a proportion against numbers at risk", BAD, change("pfs.1_year[arm=sbrt]", value=Num("1.0"))),
    ("the spacing of unprinted ticks", STRAIN, no_spacing),
    ("a median among those of its parts", STRAIN, change("pfs.median", value=Num("50.00"))),
    ("a median among those of its parts", STRAIN,
     change("pfs.median[merged=late]", value=Num("50.00"))),
    ("one group in two groupings", BAD, change("pfs.median[merged=early]", value=Num("50.00"))),
    ("an adjusted against an unadjusted effect", STRAIN,
     put(interval("adjusted.hazard_ratio[covariate=arm]", "9.000", "6.000", "13.500", "ratio"))),
    ("somebody had the event at a printed time", STRAIN,
     put(interval("pfs.median[site=bone]", "5.0", "3.0", "5.0"),
         interval("pfs.median[site=lung]", "6.0", "4.0", "6.0"),
         interval("pfs.median[bed10_100=at least]", "20.0", "5.0", "30.0"))),
    ("a BED group against schedules", BAD, set_bed(bed10_100=97)),
    ("BED groups together", BAD, set_bed(bed4_100=0, bed10_75=-1)),
]  # fmt: skip

ONLY_IN_ERROR = {"a total against all patients"}
"""Checks that say nothing unless something is wrong."""


@pytest.fixture(scope="module")
def sound() -> Paper:
    return paper(3)


@pytest.mark.parametrize(("check", "severity", "plant"), PLANTS)
def test_a_planted_error_is_found(
    sound: Paper, tmp_path: Path, check: str, severity: str, plant: Plant
) -> None:
    before = audited(sound, tmp_path)
    assert not ((before["check"] == check) & (before["severity"] == severity)).any()
    record = copy.deepcopy(sound)
    plant(record)
    after = audited(record, tmp_path)
    found = after[(after["check"] == check) & (after["severity"] == severity)]
    assert len(found)
    assert (found["place"] != "").all()
    assert (found["other_place"] != "").all()
    assert found["arithmetic"].str.contains(r"\d").all()


def test_percentages_are_bent_cut_off_or_wrong(tmp_path: Path) -> None:
    head = {key: value for key, value in paper(1).items() if not isinstance(value, list)}
    # 9 of 59 is 15.254: rounded, cut off, bent by 0.35 points, and another patient's share
    said = {"15.3": "consistent", "15.2": "note", "15.6": "note", "16.9": "contradiction"}
    for percent, severity in said.items():
        rows = [{"level": "a", "n": 9, "percent": Num(percent)}, {"level": "b", "n": 50}]
        counts = [{"variable": "v", "total": 59, "place": "p", "rows": rows}]
        found = audited({**head, "counts": counts, "patients": 59}, tmp_path).set_index("check")
        assert found.loc["percentage of a count", "severity"] == severity


@pytest.mark.parametrize(
    ("printed", "elsewhere", "severity"),
    [
        (("13.97", "months"), ("14.0", "months"), "consistent"),
        (("13.97", "months"), ("13.9", "months"), "note"),
        (("13.97", "months"), ("13.7", "months"), "contradiction"),
        (("13.97", "months"), ("1.16", "years"), "consistent"),
        (("31", "weeks"), ("7", "months"), "consistent"),
        (("58", "percent"), ("59", "percent"), "strain"),
        (("58", "percent"), ("0.58", "probability"), "consistent"),
        (("2.65", "years"), ("2.6", "years"), "consistent"),
    ],
)
def test_versions_are_compared_as_rounded_and_in_one_unit(
    tmp_path: Path, printed: tuple[str, str], elsewhere: tuple[str, str], severity: str
) -> None:
    head = {key: value for key, value in paper(1).items() if not isinstance(value, list)}
    statistics = [
        {"key": key, "value": Num(value), "unit": unit, "place": "p"}
        for key, (value, unit) in {"x.y": printed, "x.y@z": elsewhere}.items()
    ]
    found = audited({**head, "statistics": statistics}, tmp_path).set_index("check")
    assert found.loc["a number printed in two places", "severity"] == severity


def test_whole_numbers_are_whole_in_their_own_unit(tmp_path: Path) -> None:
    record = paper(3)
    sample("wait", unit="weeks", n=43, mean=Num("3.72"), whole=True)(record)  # 160 / 43
    found = audited(record, tmp_path).set_index("subject")
    wait = found[found["check"] == "a mean of whole numbers"].loc["wait"]
    assert wait["severity"] == "consistent"
    sample("late", unit="years", n=43, mean=Num("60.0"), sd=Num("29.7"), median=60, range=[31, 78])(
        record
    )
    late = audited(record, tmp_path).set_index(["check", "subject"])
    told = late.loc[("a standard deviation within its range", "late")]
    assert told["severity"] == "contradiction"
    assert float(told["expected"].removeprefix("at most ")) < 30


def limited(folder: Path, **convention: str) -> Any:
    """Audit a group's median that everybody of its group's parts seems to have had before."""
    record = {key: value for key, value in paper(3).items() if not isinstance(value, list)}
    rows = [{"level": "a", "n": 50}, {"level": "b", "n": 47}]
    record |= {
        "counts": [{"variable": "v", "total": 97, "place": "p", "rows": rows}],
        "groupings": [{"name": "g", "variable": "v", "levels": {"x": ["a", "b"]}, "place": "p"}],
        "statistics": [
            {**each, "place": "p"}
            for each in (
                interval("pfs.median[v=a]", "5.0", "3.0", "5.0"),
                interval("pfs.median[v=b]", "6.0", "4.0", "6.0"),
                interval("pfs.median[g=x]", "5.5", "4.0", "30.0"),
            )
        ],
    }
    found = audited({**record, **convention}, folder).set_index("check")
    return found.loc["somebody had the event at a printed time"]


def test_an_upper_limit_at_the_median_closes_a_group_unless_limits_are_the_bands(
    tmp_path: Path,
) -> None:
    assert limited(tmp_path)["severity"] == "strain"
    assert limited(tmp_path, median_limits="events")["severity"] == "strain"
    assert limited(tmp_path, median_limits="band")["severity"] == "consistent"
