"""Developer: every folder of simulations/ is read and described, and what its file says of looks,
imaging, analysis and effect becomes the objects that it names; mistakes name their key."""

from pathlib import Path

import numpy as np
import pytest

from oligotrial import toml
from oligotrial.checks import InputError
from oligotrial.hazard import Delayed, Exponential, Proportional, Waning
from oligotrial.protocol import Part, analysis_words, experimental_hazard
from oligotrial.spec import TrialSpec, read_study
from oligotrial.trial import (
    AtEvents,
    BetaSpending,
    HwangShihDeCani,
    Imaging,
    LogRank,
    NoFutility,
    Repeated,
    SequentialLogRank,
)
from oligotrial.trial.decide import MaxCombo, PosteriorProbability

SIMULATIONS = Path(__file__).parents[2] / "simulations"
STUDIES = sorted(path.name for path in SIMULATIONS.iterdir() if path.is_dir())
WORKED = SIMULATIONS / "oligoprogression_phase2"
TEXT = (WORKED / "trial.toml").read_text(encoding="utf-8")


def study(name):
    return read_study(SIMULATIONS / f"oligoprogression_{name}")


def parsed(*changes):
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return toml.parse(text, TrialSpec, where="trial.toml")


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_is_read_and_described(name):
    read = read_study(SIMULATIONS / name)
    assert read.designs[0].strata == ("line", "subtype")
    assert all(1 <= design.events <= design.patients for design in read.designs)
    described = (SIMULATIONS / name / "README.md").read_text(encoding="utf-8")
    aims = ("Aims", "Data-generating mechanism", "Estimand", "Methods", "Performance measures")
    assert all(f"**{part}**" in described for part in aims)
    assert f"simulations/{name}" in described


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_keeps_the_worked_trials_assumptions(name):
    own, worked = read_study(SIMULATIONS / name).spec, read_study(WORKED).spec
    assert own.effect.prior == worked.effect.prior
    assert (own.control, own.accrual, own.dropout) == (
        worked.control,
        worked.accrual,
        worked.dropout,
    )
    assert (own.population, own.target, own.simulation) == (
        *(worked.population, worked.target, worked.simulation),
    )


def test_looks_become_a_plan():
    found = study("group_sequential")
    for design in found.designs:
        plan = design.test
        assert isinstance(plan, SequentialLogRank)
        assert plan.rule.fractions == (0.5, 0.75, 1.0)
        assert plan.rule.futility == BetaSpending(HwangShihDeCani(-2.0), 0.20)
        assert plan.looks == design.looks
        assert design.events == round(0.65 * design.patients)
    assert "looked at after 50%, 75% and 100%" in found.analysis_words


def test_a_posterior_becomes_an_analysis():
    (test,) = {design.test for design in study("bayesian").designs}
    assert isinstance(test, PosteriorProbability)
    assert test.probability == 0.90
    assert np.exp(1.959964 * test.prior.sd) == pytest.approx(4.0)
    assert test.prior.mean == 0


def test_imaging_becomes_a_calendar():
    (imaging,) = {design.imaging for design in study("imaging").designs}
    assert imaging == Imaging((8.0, 12.0), (48.0,), 1.5, 0.05)
    arms = '[imaging]\nevery_weeks = [8]\nreason = "x"\nexperimental = { every_weeks = [12] }\n'
    spec = parsed(("[analysis]", f"{arms}[analysis]"))
    assert spec.imaging is not None
    assert spec.imaging.calendars == (Imaging((8.0,)), Imaging((12.0,)))


def test_effects_that_change_become_hazards():
    control, ratio = Exponential(0.1), np.array([[-0.4]])
    shape = study("delayed_effect").spec.effect.shape
    assert experimental_hazard(shape, control, ratio) == Delayed(control, ratio, 2.0)
    assert experimental_hazard(None, control, ratio) == Proportional(control, ratio)
    waning = '[effect.shape]\nkind = "waning"\nstart_months = 6\nend_months = 18\nreason = "x"\n\n'
    spec = parsed(('[[effect.prior]]\nname = "CURB', f'{waning}[[effect.prior]]\nname = "CURB'))
    assert experimental_hazard(spec.effect.shape, control, ratio) == Waning(control, ratio, 6, 18)


def test_other_tests_are_named():
    spec = parsed(('test = "log-rank"', 'test = "max-combo"'))
    assert spec.analysis.analysis == MaxCombo(0.10)
    assert analysis_words(spec.analysis, None) == (
        "a one-sided stratified MaxCombo test at the 10% level"
    )


def looks(text):
    return ("[accrual]", f"[design.looks]\n{text}\nreason = 'x'\n\n[accrual]")


def test_an_unstratified_test_is_repeated(tmp_path):
    text = TEXT.replace(*looks("fractions = [0.5, 1.0]")).replace(
        "stratified = true", "stratified = false"
    )
    (tmp_path / "model.toml").touch()
    (tmp_path / "trial.toml").write_text(text.replace("../../models/pfs_ar", "model.toml"))
    design = read_study(tmp_path).designs[0]
    assert isinstance(design.test, Repeated)
    assert design.test.analysis == LogRank(0.10, stratified=False)
    assert isinstance(design.test.rule.futility, NoFutility)
    assert all(isinstance(look, AtEvents) for look in design.looks)


MISTAKES = {
    "looks out of order": (
        looks("fractions = [0.75, 0.5, 1.0]"),
        ["design.looks", "put the looks in order"],
    ),
    "no last look": (looks("fractions = [0.5, 0.75]"), ["design.looks", "1"]),
    "one look": (looks("fractions = [1.0]"), ["design.looks.fractions", "at least 2 items"]),
    "unknown spending": (
        looks("fractions = [0.5, 1.0]\nefficacy = { spending = 'obrian' }"),
        ["design.looks.efficacy.spending"],
    ),
    "a parameter too many": (
        looks("fractions = [0.5, 1.0]\nefficacy = { parameter = 1.0 }"),
        ["design.looks.efficacy", "'obrien-fleming' has no parameter"],
    ),
    "a parameter too few": (
        looks("fractions = [0.5, 1.0]\nefficacy = { spending = 'kim-demets' }"),
        ["design.looks.efficacy", "'kim-demets' needs a parameter"],
    ),
    "two kinds of futility": (
        looks("fractions = [0.5, 1.0]\nfutility = { beta = 0.2, bounds = [0.0] }"),
        ["design.looks.futility", "either beta"],
    ),
    "bounds that don't fit": (
        looks("fractions = [0.5, 1.0]\nfutility = { bounds = [0.0, 1.0] }"),
        ["design.looks", "2 futility bounds for 1 interim"],
    ),
    "visits that touch": (
        ("[analysis]", "[imaging]\nevery_weeks = [2]\nreason = 'x'\n\n[analysis]"),
        ["imaging", "change places"],
    ),
    "a posterior without a prior": (
        ('test = "log-rank"', 'test = "posterior"'),
        ["analysis", "go together"],
    ),
    "an unknown course": (
        (
            "[target]",
            "[effect.shape]\nkind = 'late'\nonset_months = 2\nreason = 'x'\n\n[target]",
        ),
        ["effect.shape"],
    ),
}


@pytest.mark.parametrize(("change", "words"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_name_their_key(change, words):
    with pytest.raises(InputError) as told:
        parsed(change)
    assert all(word in str(told.value) for word in words), str(told.value)


def test_looks_without_a_log_rank_test_are_told():
    with pytest.raises(InputError, match=r"design\.looks go with the log-rank test"):
        parsed(looks("fractions = [0.5, 1.0]"), ('test = "log-rank"', 'test = "max-combo"'))


def test_parts_refuse_unknown_keys():
    with pytest.raises(InputError, match="unknown"):
        parsed(("[analysis]", "[analysis]\nseed = 3"))
    assert Part.model_config["frozen"]
