"""Developer: a wrong value is one sentence that names file and key, before anything runs; mutated
files never fail in any other way."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oligotrial.checks import InputError
from oligotrial.cohort import Cohort
from oligotrial.spec import read_study
from oligotrial.study.scenarios import population

from .cases import ACCRUALS, ANALYSES, DESIGNS, NORMAL, VISITS, design, looks, monitoring, posterior
from .test_round_trip import BOTH, BY_SUBGROUP, CONTROLS, EFFECT, MIX, borrowing, with_shape
from .written import study, written

BETA = "futility = { beta = 0.2 }"
HALVES = "fractions = [0.5, 1]"
WATCHED = f"{HALVES}\nefficacy = [0.99]\nfutility = [0.1]"

MISTAKES: dict[str, tuple[dict[str, str], list[str]]] = {
    "an unknown kind of accrual": (
        {"accrual": 'kind = "by-center"'},
        ["key accrual.kind", "did you mean 'by-centre'?"],
    ),
    "centres that don't add up": (
        {
            "accrual": "centres = 3\npatients = 1\nmonths = 1\n"
            "opening = [{ month = 0, centres = 2 }]"
        },
        ["key accrual", "opening has 2 centres and centres says 3"],
    ),
    "no centre at month 0": (
        {
            "accrual": "centres = 2\npatients = 1\nmonths = 1\n"
            "opening = [{ month = 1, centres = 2 }]"
        },
        ["key accrual", "let one open then"],
    ),
    "a negative ramp": (
        {"accrual": "centres = 2\npatients = 1\nmonths = 1\nramp_months = -1"},
        ["key accrual.ramp_months", "greater than or equal to 0"],
    ),
    "periods out of order": (
        {
            "accrual": 'kind = "by-period"\nreason = "x"\n'
            "periods = [{ from_month = 6, patients_per_month = 1 }]"
        },
        ["key accrual", "don't ascend from 0"],
    ),
    "periods that end without patients": (
        {
            "accrual": 'kind = "by-period"\nreason = "x"\n'
            "periods = [{ from_month = 0, patients_per_month = 0 }]"
        },
        ["key accrual", "end with the rate at which accrual goes on"],
    ),
    "periods too slow": (
        {
            "accrual": 'kind = "by-period"\nreason = "x"\n'
            "periods = [{ from_month = 0, patients_per_month = 0.3 }]"
        },
        ["key accrual.periods", "36 patients in 120 months", "45 events", "raise rates"],
    ),
    "centres varied of periods": (
        {
            "accrual": ACCRUALS["periods"][0],
            "sensitivity": "hazard_ratios = [0.65, 1.0]\ncentres = [6, 12]",
        },
        ["sensitivity.centres", "take it out"],
    ),
    "an unknown test": (
        {"analysis": 'test = "coxs"\nalpha = 0.1'},
        ["key analysis.test", "did you mean 'cox'?"],
    ),
    "a key of another test": (
        {"analysis": 'test = "cox"\nalpha = 0.1\nuntil_months = 3'},
        ["key analysis.until_months", "unknown key", "bound, by"],
    ),
    "no weight": (
        {"analysis": 'test = "weighted-log-rank"\nalpha = 0.1'},
        ["key analysis.weight", "missing"],
    ),
    "a weight of no kind": (
        {"analysis": 'test = "weighted-log-rank"\nalpha = 0.1\nweight = { rho = 1 }'},
        ["key analysis.weight.kind", "missing"],
    ),
    "a weight without end": (
        {"analysis": 'test = "weighted-log-rank"\nalpha = 0.1\nweight = { kind = "modest" }'},
        ["key analysis.weight", "give until_months or most"],
    ),
    "one weight twice": (
        {
            "analysis": 'test = "max-combo"\nalpha = 0.1\n'
            'weights = [{ kind = "modest", most = 2 }, { kind = "modest", most = 2 }]'
        },
        ["key analysis", "of which 1 differ"],
    ),
    "a margin beyond the horizon": (
        {"analysis": 'test = "restricted-mean"\nalpha = 0.1\nuntil_months = 6\nmargin_months = 7'},
        ["key analysis", "margin_months", "not within the horizon"],
    ),
    "no visits": (
        {"analysis": 'test = "interval-log-rank"\nalpha = 0.1'},
        ["trial.toml", "analysis.test", "add the table imaging"],
    ),
    "visits that differ": (
        {
            "analysis": 'test = "interval-log-rank"\nalpha = 0.1',
            "imaging": f"{VISITS}\nexperimental = {{ every_weeks = [12] }}",
        },
        ["analysis.variance", "set it to 'information' or take imaging.experimental out"],
    ),
    "no prior": ({"analysis": posterior("")}, ["key analysis.posterior", "there is no prior"]),
    "two priors": (
        {
            "analysis": posterior(
                f'{NORMAL}\nprior = [{{ weight = 1, kind = "point", hazard_ratio = 1 }}]'
            )
        },
        ["key analysis.posterior", "prior and lower and upper"],
    ),
    "a point under Weibull hazards": (
        {
            "analysis": posterior(
                'hazards = { kind = "weibull" }\n'
                'prior = [{ weight = 1, kind = "point", hazard_ratio = 1 }]'
            )
        },
        ["key analysis.posterior", "the prior has a point"],
    ),
    "a prior's centre outside its interval": (
        {"analysis": posterior("lower = 1.5\nupper = 4")},
        ["key analysis.posterior", "1.0 is not between lower 1.5"],
    ),
    "evidence without an interval": (
        {"analysis": posterior('prior = [{ weight = 1, evidence = "marazzi2024:bed" }]')},
        ["key analysis.posterior.prior[1].evidence", "marazzi2024"],
    ),
    "knots out of order": (
        {
            "analysis": posterior(
                f'{NORMAL}\nhazards = {{ kind = "m-spline", inner_months = [12, 6], '
                "last_months = 24 }"
            )
        },
        ["key analysis.posterior", "12"],
    ),
    "borrowing with Weibull hazards": (
        {"analysis": borrowing("commensurate", "sd = 0.2") + '\nhazards = { kind = "weibull" }'},
        ["key analysis.posterior", "take the table borrowing out"],
    ),
    "no controls": (
        {"analysis": borrowing("commensurate", "sd = 0.2").replace("controls", "control")},
        ["key analysis.posterior.borrowing.file", "control.csv", "there is no file"],
    ),
    "too much borrowed": (
        {"analysis": borrowing("power-prior", "discount = 1.2")},
        ["key analysis.posterior.borrowing.discount", "less than or equal to 1"],
    ),
    "a moment of two kinds": (
        design("when = { month = 3, fraction_of_events = 1 }"),
        ["key design.when", "exactly one of"],
    ),
    "a moment inside another": (
        design("when = { later = [{ month = 3 }, { month = -3 }] }"),
        ["key design.when.later[2].month", "greater than 0"],
    ),
    "one moment of several": (
        design("when = { later = [{ month = 3 }] }"),
        ["key design.when.later", "at least 2 items"],
    ),
    "a share of patients without months": (
        design("when = { month = 3, fraction_of_patients = 0.5 }"),
        ["key design.when", "goes with months_after_enrolment"],
    ),
    "two rules": (
        design(
            f'looks = {{ {HALVES}, reason = "x" }}\nscreening = {{ stop_below = 0, reason = "x" }}'
        ),
        ["key design", "give one of looks and screening"],
    ),
    "when in the wrong place": (
        design(f'when = {{ month = 30 }}\nlooks = {{ {HALVES}, reason = "x" }}'),
        ["key design", "say when in design.looks.when"],
    ),
    "moments that don't fit": (
        looks(f"{HALVES}\nwhen = [{{ month = 3 }}, {{ month = 6 }}, {{ month = 9 }}]"),
        ["key design.looks", "3 moments in when for 2 fractions"],
    ),
    "looks out of order": (
        looks(f"{HALVES}\nwhen = [{{ month = 6 }}, {{ month = 3 }}]"),
        ["key design.looks.when", "put the looks in order"],
    ),
    "two looks at one event": (
        {
            "design": 'patients = [4]\nevents_per_patient = 0.75\n[design.looks]\nreason = "x"\n'
            "fractions = [0.9, 1]"
        },
        ["key design.events_per_patient", "two on the same"],
    ),
    "a shape that isn't spent": (
        looks(f'{HALVES}\nfutility = {{ spending = "wang-tsiatis", beta = 0.2 }}'),
        ["key design.looks.futility.spending", "won't do"],
    ),
    "spending without numbers": (
        looks(f'{HALVES}\nefficacy = {{ spending = "own", at = [0.5, 1] }}'),
        ["key design.looks.efficacy", "'own' needs the key cumulative"],
    ),
    "numbers without spending": (
        looks(f"{HALVES}\nefficacy = {{ at = [0.5, 1], cumulative = [0.01, 0.1] }}"),
        ["key design.looks.efficacy", "'obrien-fleming' doesn't have the key at"],
    ),
    "a shape beyond Pocock": (
        looks(f'{HALVES}\nefficacy = {{ spending = "wang-tsiatis", parameter = 0.7 }}'),
        ["key design.looks.efficacy", "0.5 is Pocock"],
    ),
    "binding futility disobeyed": (
        looks(f"{HALVES}\nobey_futility = false\nfutility = {{ beta = 0.2, binding = true }}"),
        ["key design.looks", "has to be obeyed"],
    ),
    "no futility to disobey": (
        looks(f"{HALVES}\nobey_futility = false"),
        ["key design.looks", "leave out obey_futility"],
    ),
    "months without dates": (
        looks(
            f'{HALVES}\nspend_by = "months"\nwhen = [{{ month = 6 }}, {{ fraction_of_events = 1 }}]'
        ),
        ["key design.looks", "give the month of each look"],
    ),
    "a classical shape at what is seen": (
        looks(f'{HALVES}\nspend_by = "events"\nefficacy = {{ spending = "classical-pocock" }}'),
        ["key design.looks", "use a spending function"],
    ),
    "looks with weights": (
        {**looks(HALVES), "analysis": ANALYSES["steps"][0]},
        ["design.looks go with", "use design.monitoring"],
    ),
    "no time for looks": (
        monitoring("efficacy = [0.99]\nfutility = [0.1]"),
        ["key design.monitoring", "either fractions or when"],
    ),
    "thresholds that don't fit": (
        monitoring(f"{HALVES}\nefficacy = [0.99, 0.9]\nfutility = [0.1, 0.9]"),
        ["key design.monitoring", "2 efficacy thresholds for 2 looks"],
    ),
    "futility that doesn't fit": (
        monitoring(f"{HALVES}\nefficacy = [0.99]\nfutility = [0.1, 0.2, 0.3]"),
        ["key design.monitoring", "3 futility thresholds for 2 looks"],
    ),
    "futility above efficacy": (
        monitoring(f"{HALVES}\nefficacy = [0.5]\nfutility = [0.6]"),
        ["key design.monitoring", "above 0.5"],
    ),
    "futility above success": (
        {
            **monitoring(f"{HALVES}\nefficacy = [0.99]\nfutility = [0.1, 0.95]"),
            "analysis": posterior(NORMAL),
        },
        ["key design.monitoring.futility", "0.95", "above 0.9"],
    ),
    "no probability": (
        monitoring(f'statistic = "conditional-power"\n{HALVES}\nefficacy = [2]\nfutility = [0.1]'),
        ["key design.monitoring", "2.0 is not a probability"],
    ),
    "nan": (
        monitoring(f"{HALVES}\nefficacy = [nan]\nfutility = [0.1]"),
        ["key design.monitoring", "nan"],
    ),
    "a prior of nothing": (
        monitoring(f'{WATCHED}\nprior = [{{ weight = 1, kind = "point", hazard_ratio = 1 }}]'),
        ["key design.monitoring", "prior goes with the statistic 'predictive-probability'"],
    ),
    "a ratio of nothing": (
        monitoring(f"{WATCHED}\nhazard_ratio = 0.6"),
        ["key design.monitoring", "hazard_ratio goes with the statistic 'conditional-power'"],
    ),
    "predictive probability without a prior": (
        monitoring(f'statistic = "predictive-probability"\n{WATCHED}'),
        ["key design.monitoring.prior", "there is no prior to average over"],
    ),
    "conditional power of a posterior": (
        {
            **monitoring(f'statistic = "conditional-power"\n{WATCHED}'),
            "analysis": posterior(NORMAL),
        },
        ["key design.monitoring.statistic", "log-rank"],
    ),
    "predictive probability of Cox": (
        {
            **monitoring(f'statistic = "predictive-probability"\n{WATCHED}'),
            "analysis": 'test = "cox"\nalpha = 0.1',
        },
        ["key design.monitoring.statistic", "change analysis.test"],
    ),
    "success that may never be told": (
        {
            **monitoring(
                'statistic = "predictive-probability"\nefficacy = [inf]\nfutility = [0.1]\n'
                "when = [{ fraction_of_events = 0.5 }, "
                "{ earlier = [{ fraction_of_events = 1 }, { month = 60 }] }]"
            ),
            "analysis": posterior(NORMAL),
        },
        ["design.monitoring.statistic", "fraction_of_events = 1.0"],
    ),
    "half a screening rule": (
        design('screening = { beta = 0.1, reason = "x" }'),
        ["key design.screening", "give both"],
    ),
    "two screening rules": (
        design('screening = { beta = 0.1, hazard_ratio = 0.6, stop_below = 0, reason = "x" }'),
        ["key design.screening", "give either stop_below, or"],
    ),
    "nothing to consider": (
        {
            "design": "patients = [200]\nevents_per_patient = 0.75\n"
            'screening = { beta = 0.1, hazard_ratio = 0.6, reason = "x" }'
        },
        ["key design.events_per_patient", "150 events", "nothing is left to consider"],
    ),
    "a criterion of two sides": (
        design('screening = { stop = [{ below = 0, at_least = 1 }], reason = "x" }'),
        ["key design.screening.stop[1]", "either at_least or below"],
    ),
    "a number that isn't there": (
        design('screening = { stop = [{ column = "p", below = 0 }], reason = "x" }'),
        ["key design.screening.stop", "'p'", "'std_error'"],
    ),
    "a stop above the go": (
        design('screening = { stop_below = 2, reason = "x" }'),
        ["key design", "leave no overlap"],
    ),
    "screening by beta of a posterior": (
        {
            **design('screening = { beta = 0.1, hazard_ratio = 0.6, reason = "x" }'),
            "analysis": posterior(NORMAL),
        },
        ["key design.screening.beta", "give stop_below"],
    ),
    "an odd block": (
        design("allocation = [1, 2]"),
        ["key design.block_size", "not a multiple of 3"],
    ),
    "a subgroup of no stratum": (
        {"effect": BY_SUBGROUP},
        ["effect.subgroups[2].where names 'subtype'", "population.strata: line"],
    ),
    "a subgroup without effect": (
        {"effect": BY_SUBGROUP.replace("1.25", "0"), "population": BOTH},
        ["key effect.subgroups[1].ratio_of_hazard_ratios", "greater than 0"],
    ),
    "shares that don't fit": (
        {"effect": with_shape("stepped", "ends_months = [3]\nshares = [1]")},
        ["key effect.shape", "1 shares for 1 ends"],
    ),
    "waning backwards": (
        {"effect": with_shape("waning", "start_months = 9\nend_months = 3")},
        ["key effect.shape", "give an end after the start"],
    ),
    "a mix that lacks a factor": (
        {"population": MIX.replace('line = "first", ', "")},
        ["key population", "mix[1] names subtype; name each of line, subtype once"],
    ),
    "a stratum twice": (
        {
            "population": MIX.replace(
                'line = "second", subtype = "b"', 'line = "first", subtype = "a"'
            )
        },
        ["key population", "first, a twice"],
    ),
    "everybody leaves": (
        {"dropout": 'per_year = 0.05\nexperimental = { per_year = 1 }\nreason = "x"'},
        ["key dropout.experimental.per_year", "less than 1"],
    ),
    "nobody waits for so long": (
        {"off_protocol": 'share = 0.3\nmean_wait_months = -1\nreason = "x"'},
        ["key off_protocol.mean_wait_months", "greater than or equal to 0"],
    ),
    "a test compared twice": (
        {
            "sensitivity": 'hazard_ratios = [0.65, 1]\ntests = ["cox"]\n'
            'analyses = [{ name = "cox", analysis = { alpha = 0.1 } }]'
        },
        ["key sensitivity", "'cox' is there twice"],
    ),
    "a table compared that is wrong": (
        {
            "sensitivity": "hazard_ratios = [0.65, 1]\n"
            'analyses = [{ name = "a", analysis = { test = "cox", alpha = 2 } }]'
        },
        ["key sensitivity.analyses[1].analysis.alpha", "less than 1"],
    ),
}


@pytest.mark.parametrize(("tables", "words"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_name_file_and_key(
    tmp_path: Path, tables: dict[str, str], words: list[str]
) -> None:
    (tmp_path / "controls.csv").write_text(CONTROLS, encoding="utf-8")
    with pytest.raises(InputError) as told:
        study(tmp_path, **tables)
    assert "trial.toml" in str(told.value)
    assert all(word in str(told.value) for word in words), str(told.value)


ROWS = {
    "a stratum that the trial doesn't have": ("12,1,third", "row 1", "no stratum third"),
    "a negative time": ("-12,1,first", "row 1, column time", "negative"),
}


@pytest.mark.parametrize(("row", "place", "problem"), ROWS.values(), ids=ROWS)
def test_mistakes_of_external_controls_name_their_row(
    tmp_path: Path, row: str, place: str, problem: str
) -> None:
    (tmp_path / "controls.csv").write_text(f"time,event,line\n{row}\n", encoding="utf-8")
    strata = pd.DataFrame({"line": ["first", "second"]})
    with pytest.raises(InputError) as told:
        _ = study(tmp_path, analysis=borrowing("commensurate", "sd = 0.2")).placed(strata).analysis
    for word in ("key analysis.posterior.borrowing.file", "controls.csv", place, problem):
        assert word in str(told.value), str(told.value)


def test_external_controls_need_the_strata(tmp_path: Path) -> None:
    (tmp_path / "controls.csv").write_text("time,event\n1,1\n", encoding="utf-8")
    found = study(tmp_path, analysis=borrowing("commensurate", "sd = 0.2"))
    with pytest.raises(InputError, match=r"no column line; add it, or set analysis\.stratified"):
        _ = found.placed(pd.DataFrame({"line": ["first"]})).analysis


COHORT = pd.DataFrame(
    {
        "line": ["first", "second", "second", "third"],
        "subtype": ["HER2+", "luminal A-like", "HER2+", "HER2+"],
        "time": 1.0,
        "event": 1,
    }
)
STATED = MIX.replace('"a"', '"HER2+"').replace('"b"', '"luminal A-like"')


def test_a_mix_replaces_the_cohorts(tmp_path: Path) -> None:
    strata = population(
        Cohort(COHORT, label="x", source="test"), study(tmp_path, population=STATED)
    )
    assert strata[["line", "subtype"]].to_numpy().tolist() == [
        ["first", "HER2+"],
        ["second", "luminal A-like"],
    ]
    assert strata["share"].tolist() == pytest.approx([0.75, 0.25])


UNSEEN = {
    "an unseen level": (
        {"population": STATED.replace("luminal A-like", "HR+")},
        ["key population.mix[2].where.subtype", "no patient of the cohort has subtype 'HR+'"],
    ),
    "a line that may not enter": (
        {"population": STATED.replace('line = "second"', 'line = "third"')},
        ["key population.mix[2].where.line", "line 'third' may not enter"],
    ),
    "a subgroup that nobody is in": (
        {
            "population": STATED,
            "effect": f"{EFFECT}\nsubgroups = [{{ where = {{ subtype = 'HER2' }}, "
            'ratio_of_hazard_ratios = 2, reason = "x" }]',
        },
        ["key effect.subgroups[1].where", "no stratum of the trial has subtype 'HER2'"],
    ),
}


@pytest.mark.parametrize(("tables", "words"), UNSEEN.values(), ids=UNSEEN)
def test_strata_that_the_cohort_has_never_seen(
    tmp_path: Path, tables: dict[str, str], words: list[str]
) -> None:
    read = study(tmp_path, **tables)
    with pytest.raises(InputError) as told:
        population(Cohort(COHORT, label="x", source="test"), read)
    assert all(word in str(told.value) for word in words), str(told.value)


WHOLE = [
    *({"accrual": text} for text, _ in ACCRUALS.values()),
    *({"analysis": text} for text, _ in ANALYSES.values()),
    *(tables for tables, _, _ in DESIGNS.values()),
    {"effect": BY_SUBGROUP, "population": MIX},
    {"effect": with_shape("stepped", "ends_months = [3, 12]\nshares = [0, 1, -0.5]")},
]
GARBAGE = ["-1", "0", "1e308", "nan", "inf", '""', '"x"', "true", "[]", "[[1]]", "{}", "2020-01-01"]


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_mutated_files_are_read_or_told(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever becomes of a line, there is a study, or a sentence that begins with the file."""
    lines = written(**data.draw(st.sampled_from(WHOLE))).splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    key, equals, _ = lines[place].partition("=")
    lines[place] = data.draw(
        st.sampled_from(
            ["", key, f"{lines[place]}\n{lines[place]}", f"x{lines[place]}"]
            + [f"{key}{equals} {value}" for value in GARBAGE]
        )
    )
    file = tmp_path / "trial.toml"
    file.write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "model.toml").touch()
    assert read_or_told(tmp_path).startswith(str(file))


def read_or_told(folder: Path) -> str:
    """Return the path of a study that could be read, or what is wrong with its file."""
    try:
        return str(read_study(folder).path)
    except InputError as told:
        return str(told)
