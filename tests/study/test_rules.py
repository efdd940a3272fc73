"""Developer: what a trial.toml states of accrual, looks, rules, mix and effect is simulated and
told in the report."""

import pandas as pd
import pytest

from oligotrial.study import run, simulate

from .small import Place

BAYES = """\
[analysis]
test = "posterior"
alpha = 0.10

[analysis.posterior]
probability = 0.90
reason = "Assumption."
prior = [
  { weight = 1, hazard_ratio = 1, lower = 0.4, upper = 2.5 },
  { weight = 1, evidence = "tsai2024:pfs.hazard_ratio" },
]
borrowing = { kind = "power-prior", file = "controls.csv", discount = 0.2, reason = "Same place." }

[design.monitoring]
fractions = [0.5, 1.0]
efficacy = [0.99]
futility = [0.2, 0.7]
reason = "Assumption."
"""


def replaced(place: Place, *changes: tuple[str, str]) -> None:
    for old, new in changes:
        place.edit(place.trial, old, new)


def test_everything_that_is_stated_is_simulated_and_told(done: Place) -> None:
    (done.trial.parent / "controls.csv").write_text("time,event,line\n5,1,first\n9,0,second\n")
    replaced(
        done,
        ("[analysis]\nalpha = 0.10\n", BAYES),
        ("patients = [60, 120, 180]", "patients = [60]"),
        (
            'schedule = "30 Gy in 5 fr"\n',
            'schedule = "30 Gy in 5 fr"\nmix = [{ where = { line = "second" }, share = 0.4 }, '
            '{ where = { line = "first" }, share = 0.6 }]\n',
        ),
        ("centres = 12\n", "centres = 12\nuncertain = true\nvariation = 0.3\nramp_months = 3\n"),
        (
            '\n[[effect.prior]]\nname = "CURB"',
            '\n[effect.shape]\nkind = "crossing"\nlate_hazard_ratio = 1.1\nreason = "x"\n\n'
            '[[effect.subgroups]]\nwhere = { line = "second" }\nratio_of_hazard_ratios = 1.2\n'
            'reason = "Assumption."\n\n[[effect.prior]]\nname = "CURB"',
        ),
    )
    outcome = run(done.trial, out=done.results, workers=1)
    tables = done.results / "tables"
    rule = pd.read_csv(tables / "rule.csv")
    assert rule["when"].tolist() == ["23 events", "45 events"]
    assert rule["efficacy"].tolist() == [0.99, 0.90]
    assert rule["futility"].tolist() == pytest.approx([0.2, 0.7], rel=1e-12)
    assert (done.results / "figures" / "rule.svg").is_file()
    page = outcome.page.read_text(encoding="utf-8")
    assert 'id="figure-rule"' in page
    told = " ".join(pd.read_csv(tables / "assumptions.csv")["value"])
    for words in (
        "second: 40%; first: 60%",
        "up to speed after 3 months",
        "coefficient of variation of 0.3",
        "gamma posterior",
        "monitored by it after 50% and 100% of these events",
        "controls.csv, borrowed by power-prior",
        "hazard ratio 1.2 times the others'",
        "moving to 1.1",
    ):
        assert words in told, words
    ends = pd.read_csv(tables / "sensitivity-where-the-trial-ends.csv")
    last = ends[ends["look"] == 2]
    assert (last["neither_here"] > 0).any()
    assert last["ended_so_far"].tolist() == pytest.approx([1.0] * 3)
    inputs = pd.read_csv(tables / "provenance.csv")["item"].tolist()
    assert "SHA-256 of controls.csv" in inputs


def test_three_outcomes_are_told(done: Place) -> None:
    screening = '[design.screening]\nhazard_ratio = 0.5\nbeta = 0.05\nreason = "x"\n\n[accrual]'
    replaced(
        done,
        ("[accrual]", screening),
        ("patients = [60, 120, 180]", "patients = [40]"),
        ("alpha = 0.10", "alpha = 0.05"),
    )
    outcome = run(done.trial, out=done.results, workers=1)
    tables = done.results / "tables"
    (rule,) = pd.read_csv(tables / "rule.csv").itertuples()
    assert rule.when == "30 events"
    assert rule.futility < rule.efficacy
    ends = pd.read_csv(tables / "sensitivity-where-the-trial-ends.csv")
    shares = ends[["efficacy_here", "futility_here", "neither_here"]].sum(axis=1)
    assert shares.tolist() == pytest.approx([1.0] * 3)
    assert (ends["neither_here"] > 0).all()
    assert "No simulated design reaches" in outcome.sentence


def test_a_date_ends_the_trial(done: Place) -> None:
    replaced(
        done,
        ("longest_months = 120", "longest_months = 120\nwhen = { month = 20 }"),
        ("patients = [60, 120, 180]", "patients = [60]"),
    )
    table = simulate(done.trial, out=done.results, workers=1).operating
    assert table["duration_median"].tolist() == pytest.approx([20.0] * 2, abs=0.1)
    power = table[table["scenario"] == "power"]
    assert table["events"].tolist() == power["events_observed"].round().tolist() * 2
