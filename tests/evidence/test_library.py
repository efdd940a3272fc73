"""The library against the papers' own arithmetic, and against values read off the papers."""

from pathlib import Path

import pytest

from oligotrial import evidence
from oligotrial.checks import InputError
from oligotrial.radiobiology import Schedule


@pytest.fixture(scope="module")
def marazzi() -> evidence.Evidence:
    return evidence.load("marazzi2024")


def test_library_holds_the_four_sources() -> None:
    assert evidence.available() == ["david2023", "lemoine2021", "marazzi2024", "tsai2024"]


@pytest.mark.parametrize("name", evidence.available())
def test_every_source_says_what_it_is_and_on_what_terms(name: str) -> None:
    source = evidence.load(name)
    assert source.id == name
    for text in (source.citation, source.licence, source.attribution, source.population):
        assert text
    assert (source.table()["place"] != "").all()


# Figure 2's own table, not the rounded values of the text.
@pytest.mark.parametrize(
    ("key", "printed"),
    [
        ("pfs_ar.mean", (33.927, 22.913, 44.941)),
        ("pfs_ar.median", (13.970, 8.570, 18.800)),
        ("os.mean", (294.207, 215.305, 373.109)),
        ("os.median", (244.667, 170.867, 244.667)),
        ("pfs_ar.median[line_group=third or later]", (7.3, 3.4, 14.7)),
        ("pfs_ar.median[bed10_100=at least]", (31.6, 7.3, 31.6)),
        ("cox.hazard_ratio[covariate=bed4_100]", (9.9406, 2.3737, 41.6289)),
    ],
)
def test_printed_values(marazzi: evidence.Evidence, key: str, printed: tuple[float, ...]) -> None:
    found = marazzi[key]
    assert (found.value, found.lower, found.upper) == printed
    assert found.level == 0.95


def test_counts_of_table_1_add_up(marazzi: evidence.Evidence) -> None:
    for variable in ("age_group", "metastatic_disease", "subtype", "site", "line", "technique"):
        assert sum(marazzi.count(variable).values()) == 59, variable
    assert list(marazzi.count("line")) == ["first", "second", "third", "fourth+"]
    assert sum(marazzi.count("systemic_therapy").values()) == 59
    assert marazzi["rdt.3_months"].value == 2
    assert marazzi["rdt.6_months"].value == 11


def test_mean_and_its_interval_give_the_printed_standard_error(marazzi: evidence.Evidence) -> None:
    for endpoint in ("pfs_ar", "os"):
        mean, error = marazzi[f"{endpoint}.mean"], marazzi[f"{endpoint}.mean_se"].value
        assert (mean.upper - mean.lower) / (2 * 1.959964) == pytest.approx(error, abs=0.001)


def test_schedules_are_all_there_and_readable(marazzi: evidence.Evidence) -> None:
    assert len(marazzi.schedules) == 15
    assert sum(each.n for each in marazzi.schedules) == 58  # one of two liver schedules is missing
    for each in marazzi.schedules:
        assert str(Schedule.parse(each.text)) == each.text.replace("–", "-")


def test_subgroup_levels_are_those_of_the_counts(marazzi: evidence.Evidence) -> None:
    for variable in ("age_group", "subtype", "line", "site"):
        levels = list(marazzi.count(variable))
        assert list(marazzi.subgroups("pfs_ar.median", variable)) == levels
        assert list(marazzi.comparison(variable).levels) == levels


def test_what_is_not_a_number_is_kept_with_a_note(marazzi: evidence.Evidence) -> None:
    missing = [each for each in marazzi.statistics if each.value is None and each.lower is None]
    assert [each.group for each in missing] == [("age_group", "40-50"), ("site", "primary")]
    assert all(each.note for each in missing)


def test_months_of_accrual_count_both_ends(marazzi: evidence.Evidence) -> None:
    lemoine = evidence.load("lemoine2021")
    assert marazzi["accrual.months"].value == 8 * 12  # January 2014 to December 2021
    assert lemoine["accrual.months"].value == 11 * 12  # 2007 to 2017
    # Lemoine prints no months: December 2007 to January 2017 is the shortest it can be.
    assert "up to 22 months less" in lemoine["accrual.months"].note
    assert 11 * 12 - (9 * 12 + 2) == 22


def test_literature_of_curb_is_the_interim_and_its_own_file_the_publication() -> None:
    interim = evidence.load("marazzi2024")["literature.tsai2021.pfs.median[arm=sbrt]"]
    assert (interim.value, interim.unit) == (18, "weeks")
    final = evidence.load("tsai2024")
    assert final["pfs.median[arm=sbrt]"].value == 4.4
    assert final["pfs.median[arm=control]"].value == 4.2
    ratio = final["pfs.hazard_ratio"]
    assert (ratio.value, ratio.lower, ratio.upper) == (0.78, 0.43, 1.43)
    # a hazard ratio lies in the middle of its interval on the log scale
    assert (ratio.lower * ratio.upper) ** 0.5 == pytest.approx(ratio.value, abs=0.01)


def test_avatar() -> None:
    median = evidence.load("david2023")["pfs.median"]
    assert (median.value, median.lower, median.upper) == (5.2, 3.1, 6.8)


# What the papers contradict themselves in, found by arithmetic and by nothing else.
def test_audit_finds_the_papers_contradictions_and_no_others() -> None:
    found = {}
    for name in evidence.available():
        checks = evidence.audit(evidence.load(name))
        bad = checks["severity"].isin(["contradiction", "strain"])
        found[name] = set(zip(checks.loc[bad, "severity"], checks.loc[bad, "subject"], strict=True))
    assert found == {
        "david2023": set(),
        "tsai2024": set(),
        "lemoine2021": {
            ("contradiction", "trovo2018: pfs.2_years@discussion"),
            ("contradiction", "mahadevan2018: os.median"),
            ("contradiction", "chalkidou2021: metastasis_free.2_years[primary=breast]"),
            ("strain", "pfs.2_years@table_4"),
            ("strain", "scorsetti2016: local_control.1_year"),
        },
        "marazzi2024": {
            ("contradiction", "brain.percent@discussion"),
            ("contradiction", "her2_population within subtype=HER2+"),
            ("contradiction", "site=liver"),
            ("contradiction", "pfs_ar.median@discussion"),
            ("contradiction", "os.median@abstract"),
            ("contradiction", "case.pfs_ar"),
            ("contradiction", "pfs_ar.median[brain=brain] by site"),
            ("strain", "bed10_100, bed4_100, bed10_75, bed4_75"),
            ("strain", "cox.hazard_ratio[covariate=bed4_100]"),
            ("strain", "pfs_ar.median[bed10_100=at least]"),
        },
    }


def test_findings_of_the_first_paper_name_both_places_and_the_arithmetic(
    marazzi: evidence.Evidence,
) -> None:
    checks = evidence.audit(marazzi).set_index("subject")
    her2 = checks.loc["her2_population within subtype=HER2+"]
    assert her2["place"] == "Table 1, HER2+ population"
    assert her2["other_place"] == "Table 1, subtype"
    assert her2["arithmetic"] == "19 + 6 = 25, but 24 have subtype=HER2+"
    survival = checks.loc["os.median@abstract"].iloc[0]
    assert (survival["place"], survival["other_place"]) == ("Abstract", "Figure 2, OS table")
    assert "a slip of the decimal point by 1" in survival["arithmetic"]
    late = checks[checks["check"] == "somebody had the event at a printed time"]
    assert "nodes 14.7 (to 14.7)" in late.loc["pfs_ar.median[bed10_100=at least]", "arithmetic"]


def test_bed_groups_are_possible_as_printed_and_two_of_them_in_no_other_reading(
    marazzi: evidence.Evidence,
) -> None:
    checks = evidence.audit(marazzi)
    groups = checks[checks["check"] == "a BED group against schedules"].set_index("subject")
    assert (groups["severity"] == "consistent").all()
    assert groups.loc["bed10_100 >= 100 Gy", "expected"] == "3 to 12"  # 3 lung, 8 nodal, 1 liver
    # by hand: above 100 Gy at alpha/beta 10 nothing is but perhaps the unprinted course
    said = groups.loc["bed10_100 >= 100 Gy", "arithmetic"]
    assert said.endswith("read as > it would be 0 to 1, so that 9 is impossible")
    impossible = groups["arithmetic"].str.endswith("is impossible")
    assert list(groups.index[impossible]) == ["bed10_100 >= 100 Gy", "bed10_75 >= 75 Gy"]
    # By hand, 75 Gy at alpha/beta 10: classed by the boost all 7 WB-SIB 50/30 reach it, with 3
    # lung, 5 nodal (9 reach 100 Gy: 3 lung, at most 1 liver) and 1 of 57.5/50 at least 16; by the
    # base at most 3 + 8 + 1 = 12. Printed are 14.
    together = checks[checks["check"] == "BED groups together"].iloc[0]
    assert together["severity"] == "strain"
    assert "some by the boost and some by the base" in together["arithmetic"]


def test_audit_covers_every_printed_chi_squared_and_cox_interval(
    marazzi: evidence.Evidence,
) -> None:
    checks = evidence.audit(marazzi)["check"].value_counts()
    assert checks["the p-value of chi-squared"] == 7
    assert checks["the p-value of an interval"] == 10
    assert checks["patients at risk at the start"] == 3
    assert checks["numbers at risk of two figures"] == 3


def test_table_has_a_row_for_everything(marazzi: evidence.Evidence) -> None:
    table = marazzi.table()
    columns = "kind key group value lower upper level unit place note n missing percent"
    assert list(table.columns) == columns.split()
    rows = table["kind"].value_counts()
    assert rows["statistic"] == len(marazzi.statistics)
    assert rows["count"] == len(marazzi.counts)
    assert rows["schedule"] == len(marazzi.schedules)
    assert rows["bed group"] == 4
    line = table[table["key"] == "pfs_ar.logrank[line_group].p"].iloc[0]
    assert line["value"] == 0.0307
    assert line["unit"] == "probability"
    brain = table[(table["kind"] == "count") & (table["group"] == "site=brain")].iloc[0]
    assert brain["value"] == 19


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda e: e["pfs_ar.meidan"], "'pfs_ar.meidan' (did you mean 'pfs_ar.median'?)"),
        (lambda e: e.count("subtpye"), "did you mean 'subtype'"),
        (lambda e: e.comparison("lines"), "did you mean 'line'"),
        (lambda e: e.subgroups("pfs_ar.median", "sit"), "did you mean 'pfs_ar.median[site]'"),
    ],
)
def test_unknown_keys_are_told_with_the_nearest_one(
    marazzi: evidence.Evidence, ask: object, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        ask(marazzi)
    assert words in str(caught.value)
    assert str(caught.value).startswith("marazzi2024: ")


@pytest.mark.parametrize("name", ["marazzi2024", "lemoine2021"])
def test_the_documentation_tells_each_finding(name: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
    checks = evidence.audit(evidence.load(name))
    for each in checks[checks["severity"].isin(["contradiction", "strain"])].itertuples():
        assert f"| `{each.subject}` |" in page, each.subject
    assert evidence.audit_sentence(checks).removesuffix("; the others agree.") + "." in page
