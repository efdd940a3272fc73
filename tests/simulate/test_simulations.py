"""Developer: every folder of simulations/ is read and described, and what its file says of looks,
imaging, analysis and effect becomes the objects that it names; mistakes name their key."""

from importlib.util import module_from_spec, spec_from_file_location
from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oligotrial import toml
from oligotrial.checks import InputError
from oligotrial.hazard import Delayed, Exponential, Mixture, Proportional, Waning, quantile
from oligotrial.protocol import Part, analysis_words, experimental_hazard
from oligotrial.simulate import Scenario
from oligotrial.simulate.sizing import Patients
from oligotrial.spec import TrialSpec, read_study
from oligotrial.trial import (
    AtCalendar,
    AtEvents,
    BetaSpending,
    HwangShihDeCani,
    Imaging,
    LogRank,
    Monitored,
    NoFutility,
    Repeated,
    SequentialLogRank,
    UncertainAccrual,
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
    assert (own.control, own.dropout) == (worked.control, worked.dropout)
    assert (own.accrual == worked.accrual) == (name != "oligoprogression_uncertain_accrual")
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


def test_a_posterior_is_monitored_at_looks():
    for design in study("bayesian").designs:
        rule, test = design.test, design.test.analysis
        assert rule == Monitored(test, (0.99, 0.975, 0.90), (0.30, 0.50, 0.90))
        assert isinstance(test, PosteriorProbability)
        assert np.exp(1.959964 * test.prior.sd) == pytest.approx(4.0)
        assert test.prior.mean == 0
        planned = round(0.65 * design.patients)
        shares = (0.5, 0.75, 1.0)
        assert [look.events for look in design.looks] == [ceil(x * planned) for x in shares]


def test_uncertain_accrual_is_drawn_from_what_was_observed():
    found = study("uncertain_accrual")
    accrual = found.accrual()
    assert isinstance(accrual, UncertainAccrual)
    eligible = found.centre_rate * 96  # of 59 patients in 96 months, those of the first two lines
    assert accrual.patients == pytest.approx(eligible)
    assert eligible < 59
    centres = accrual.accrual.centres
    assert [centre.opens_month for centre in centres] == [0] * 3 + [3] * 3 + [6] * 3 + [12] * 3
    assert {(centre.rate_per_month, centre.ramp_months) for centre in centres} == {
        (found.centre_rate, 6.0)
    }
    assert accrual.accrual.variation == 0.5
    assert [each.opens_month for each in found.accrual(4).accrual.centres] == [0, 3, 6, 12]


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
        ["analysis.posterior", "missing"],
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
    with pytest.raises(InputError, match=r"design\.looks go with the tests log-rank"):
        parsed(looks("fractions = [0.5, 1.0]"), ('test = "log-rank"', 'test = "max-combo"'))


def test_parts_refuse_unknown_keys():
    with pytest.raises(InputError, match="unknown"):
        parsed(("[analysis]", "[analysis]\nseed = 3"))
    assert Part.model_config["frozen"]


# The modelling script.


@pytest.fixture(scope="module")
def script():
    path = SIMULATIONS / "oligoprogression_control_arm" / "study.py"
    found = spec_from_file_location("control_arm_study", path)
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


class Fixed:
    """Stands for the truths of a fit: two strata with known hazards."""

    def __init__(self, study):
        self.study = study
        self.strata = pd.DataFrame({"share": [0.3, 0.7]})

    def fixed(self, ratio):
        control = Proportional(Exponential(np.array([[0.05, 0.10]])), self.study.control_shift[0])
        return Scenario(
            "x", ("a", "b"), np.array([0.3, 0.7]), control, Proportional(control, ratio)
        )

    def drawn(self):
        rng = np.random.default_rng(1)
        cohort = Exponential(np.array([[0.05, 0.10]]) * np.ones((50, 1)))
        control = Proportional(cohort, rng.normal(0.3, 0.2, (50, 1)))
        effect = rng.normal(-0.2, 0.2, (50, 1))
        return Scenario(
            "x", ("a", "b"), np.array([0.3, 0.7]), control, Proportional(control, effect)
        )


def test_control_arms_have_the_medians_shown(script):
    truths = Fixed(study("control_arm"))
    for median in script.medians(truths.study):
        moved = script.at_median(truths, median)
        arms = [Mixture(arm, moved.shares) for arm in (moved.control, moved.experimental)]
        assert np.ravel(quantile(arms[0], 0.5)) == pytest.approx(median, rel=1e-6)
        effect = np.ravel(moved.experimental.log_ratio)
        np.testing.assert_array_equal(effect, np.ravel(truths.drawn().experimental.log_ratio))


def test_medians_run_over_what_is_printed(script):
    printed = [found.value for found in study("control_arm").compared.values()]
    found = script.medians(study("control_arm"))
    # rounded to 0.1 months
    assert (found[0], found[-1]) == pytest.approx((min(printed), max(printed)), abs=0.05)
    assert len(found) == script.STEPS
    assert len(script.PATIENTS) == 20


def test_the_analysis_comes_at_the_last_month_at_the_latest(script):
    design = script.ending(study("control_arm").designs[0])
    (look,) = design.looks
    assert look.moments == (*study("control_arm").designs[0].looks, AtCalendar(script.END_MONTHS))
    assert Patients().at(design, 192).looks[0].events == 2 * design.events


def test_the_surface_is_drawn(script, tmp_path):
    rows = [(m, n, n / 400 - m / 100, 0.01) for m in (4.2, 8.0, 13.9) for n in (80, 120, 160)]
    table = pd.DataFrame(rows, columns=["control_median", "patients", "estimate", "mc_se"])
    script.draw(table, tmp_path / "surface.png")
    assert (tmp_path / "surface.png").read_bytes().startswith(b"\x89PNG")
