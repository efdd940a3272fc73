"""Evidence (developer): broken evidence is refused in a sentence or leaves a number empty, and what
isn't used is said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from oligotrial import cohort, evidence
from oligotrial.checks import InputError
from oligotrial.evidence import Comparison, Evidence, Statistic

TEMPLATE = Path(__file__).parents[2] / "docs" / "evidence_template.toml"


@pytest.fixture(scope="module")
def template() -> Evidence:
    return evidence.load(TEMPLATE)


@pytest.fixture(scope="module")
def drawn(template) -> cohort.Cohort:
    return cohort.reconstruct(template, draws=1, steps=5_000)


def with_statistic(of: Evidence, key: str, value: float, unit: str, **more: object) -> Evidence:
    inside = key.partition("[")[2].rstrip("]").split("=")
    group = tuple(inside) if len(inside) == 2 and inside[0] != "covariate" else None
    new = Statistic(key, value, None, None, None, unit, "Table", group=group, **more)
    return replace(of, statistics=(*of.statistics, new))


def renamed(of: Evidence, variable: str, old: str, new: str) -> Evidence:
    counts = (
        replace(each, level=new) if (each.variable, each.level) == (variable, old) else each
        for each in of.counts
    )  # fmt: skip
    return replace(of, counts=tuple(counts))


def totalled(of: Evidence, variable: str, total: int) -> Evidence:
    counts = (
        replace(each, total=total) if each.variable == variable else each for each in of.counts
    )
    return replace(of, counts=tuple(counts))


def regrouped(of: Evidence, old: str, key: str, group: tuple[str, str]) -> Evidence:
    statistics = (
        replace(each, key=key, group=group) if each.key == old else each for each in of.statistics
    )
    return replace(of, statistics=tuple(statistics))


def test_a_level_that_nobody_has_is_refused_by_name(template, drawn):
    broken = renamed(template, "arm", "sbrt", "SBRT")
    with pytest.raises(InputError, match=r"pfs.median\[arm=sbrt\]: it is about arm 'sbrt'"):
        cohort.reconstruct(broken, draws=1, steps=10)
    cohort.agreement(drawn, broken)
    group = ("arm", "zz")
    broken = regrouped(template, "pfs.median[arm=sbrt]", "pfs.median[arm=zz]", group)
    with pytest.raises(InputError, match="it is about arm 'zz'"):
        cohort.reconstruct(broken, draws=1, steps=10)


@pytest.mark.parametrize("variable", ["arm", "line", "site"])
def test_a_total_of_nobody_gives_no_traceback(template, drawn, variable):
    broken = totalled(template, variable, 0)
    cohort.score(cohort.agreement(drawn, broken))
    cohort.reconstruct(broken, draws=1, steps=10)


def test_survival_of_groups_alone_is_refused_in_a_sentence(template, drawn):
    broken = regrouped(template, "os.1_year", "os.1_year[arm=x]", ("arm", "x"))
    with pytest.raises(InputError, match=r"os\.median or a rate such as os\.1_year is needed"):
        cohort.reconstruct(broken, draws=1, steps=10)
    table = cohort.agreement(drawn, broken).set_index("statistic")
    assert np.isnan(table.loc["os.1_year[arm=x]", "reconstructed_median"])


def test_survival_of_a_group_beside_that_of_all_is_not_taken_for_it(template):
    more = with_statistic(template, "os.1_year[arm=sbrt]", 5.0, "percent")
    made = cohort.reconstruct(more, draws=1, steps=40_000)
    table = cohort.agreement(made, more).set_index("statistic")
    assert table.loc["os.1_year", "reconstructed_median"] == pytest.approx(89.6, abs=2.5)


def test_evidence_without_an_endpoint_is_refused(template, drawn):
    nothing = replace(template, statistics=())
    for use in (lambda: cohort.reconstruct(nothing), lambda: cohort.agreement(drawn, nothing)):
        with pytest.raises(InputError, match="it prints no endpoint"):
            use()


@pytest.mark.parametrize("seed", [-1, 1.5])
def test_seeds_are_whole_numbers_from_0(template, seed):
    with pytest.raises(InputError, match="seed: "):
        cohort.reconstruct(template, seed=seed)
    with pytest.raises(InputError, match="seed: "):
        cohort.convergence(template, seed=seed)


@pytest.mark.parametrize("ticks", ["grp", ("a", "b"), 3])
def test_ticks_are_times(ticks):
    with pytest.raises(InputError, match="give the ticks first"):
        cohort.PrintedRisk(ticks, (0.0, 1.0))


def test_more_measured_patients_than_there_are_is_refused(template):
    statistics = (
        replace(each, n=1000) if each.key.startswith("age.") else each
        for each in template.statistics
    )
    with pytest.raises(InputError, match=r"age.median: it is of 1000 patients, and there are 48"):
        cohort.reconstruct(replace(template, statistics=tuple(statistics)), draws=1, steps=10)


ADDED = (
    ("uni.hazard_ratio[covariate=line_group]", "ratio"),
    ("pfs.hazard_ratio[covariate=arm]", "ratio"),
    ("pfs.incidence.18_months", "percent"),
    ("pfs.30_months[arm=sbrt]", "probability"),
    ("rdt.3_months[arm=sbrt]", "patients"),
    ("pfs.events[arm=sbrt]", "patients"),
    ("uni.p[covariate=line_group]", "probability"),
    ("os_cox.hazard_ratio[covariate=arm]", "ratio"),
)


def test_numbers_that_the_docs_name_are_used(template, drawn):
    # What one draw of the template has is printed besides, so that all can be met together.
    keys = [key for key, _ in ADDED]
    more = template
    for key, unit in ADDED:
        more = with_statistic(more, key, 1.0, unit)
    first = cohort.agreement(drawn, more).set_index("statistic").loc[keys]
    assert (first["not_used"] == "").all()
    more = template
    for key, unit in ADDED:
        number = round(float(first.loc[key, "reconstructed_median"]), 2)
        more = with_statistic(more, key, number, unit)
    made = cohort.reconstruct(more, draws=2, steps=60_000)
    table = cohort.agreement(made, more).set_index("statistic").loc[keys[:6]]
    far = np.log(table["reconstructed_median"] / table["printed"])
    assert (abs(far) < 0.25).all(), far  # five widths of a log hazard ratio, in short chains


def test_follow_up_of_a_group_is_met(template):
    follow_up = Statistic(
        "follow_up.median[arm=sbrt]", 20.0, 15.0, 30.0, 0.95, "months", "Table",
        group=("arm", "sbrt"),
    )  # fmt: skip
    kept = (each for each in template.statistics if not each.key.startswith("os."))
    more = replace(template, statistics=(*kept, follow_up))
    made = cohort.reconstruct(more, draws=2, steps=60_000)
    row = cohort.agreement(made, more).set_index("statistic").loc["follow_up.median[arm=sbrt]"]
    assert row["reconstructed_median"] == pytest.approx(20.0, abs=2.0)


def test_what_is_not_used_is_said_with_its_reason(template):
    more = template
    for key, value, unit in (
        ("pfs.hazard_ratio", 0.8, "ratio"),
        ("uni.hazard_ratio[covariate=age]", 1.01, "ratio"),
        ("design.sites_at_most", 3.0, "number"),
        ("other_number", 3.0, "number"),
    ):
        more = with_statistic(more, key, value, unit)
    part = Comparison("pfs.logrank[line]", "pfs", "line", ("first", "second"), 1.2, 1, 0.27, "x")
    other = Comparison("dfs.logrank[arm]", "dfs", "arm", ("control", "sbrt"), 1.2, 1, 0.27, "x")
    more = replace(more, comparisons=(*more.comparisons, part, other))
    made = cohort.reconstruct(more, draws=1, steps=50)
    table = cohort.agreement(made, more)
    why = table.set_index("statistic")["not_used"]
    for key, words in (
        ("pfs.hazard_ratio", "names no covariate"),
        ("uni.hazard_ratio[covariate=age]", "counted in all patients"),
        ("design.sites_at_most", "design"),
        ("other_number", "no column"),
        ("stopped.3_months", "an event that reconstructions don't have"),
        ("local_failure.incidence.1_year", "endpoint that reconstructions don't have"),
        ("lesion_site[bone]", "counts lesions"),
        ("pfs.logrank[line]", "some of the groups only"),
        ("dfs.logrank[arm]", "no time of dfs is printed"),
    ):
        assert words in why[key], key
    scored = cohort.score(table).set_index("kind")
    unused = int((why != "").sum())
    assert scored.loc["not used", "numbers"] == unused
    assert scored.loc["all", "numbers"] == len(table) - unused
    assert scored.index[-1] == "all"


def test_every_number_of_the_papers_is_used_or_said_not_to_be():
    for name in ("marazzi2024", "lemoine2021"):
        source = evidence.load(name)
        table = cohort.agreement(cohort.reconstruct(source, draws=1, steps=20), source)
        told = set(table["statistic"])
        for each in source.statistics:
            base, mark, place = each.key.partition("@")
            for number, end in ((each.value, ""), (each.lower, ".lower"), (each.upper, ".upper")):
                bounds = each.key in ("accrual.months", "follow_up.median") and end == ""
                keys = {f"{base}{end}{mark}{place}", each.key + end}
                assert number is None or bounds or keys & told, each.key
