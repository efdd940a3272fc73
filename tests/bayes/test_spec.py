"""A model's TOML: what it makes, and that every mistake names the file and the key."""

from pathlib import Path

import pytest

from oligotrial.bayes import MSpline, Normal, Weibull, baselines
from oligotrial.bayes.effects import AcceleratedFailureTime
from oligotrial.bayes.families import Beta, LogNormal, StudentT
from oligotrial.bayes.modifiers import Background, Cure
from oligotrial.bayes.spec import read_analysis
from oligotrial.checks import InputError

from .simulated import patients

SHIPPED = Path(__file__).parents[2] / "models" / "pfs_ar"

TEXT = """
title = "a title"
formula = "Surv(time, event) ~ bed(schedule)"
[cohort]
evidence = "marazzi2024"
[baseline]
kind = "weibull"
also = ["m-spline", "weibull"]
knots = 2
[priors.bed]
sd = 0.2
[sampler]
draws = 700
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "model.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_specification_makes_models_of_each_baseline(tmp_path):
    analysis = read_analysis(written(tmp_path, TEXT))
    assert list(analysis.models) == ["weibull", "m-spline"]
    assert analysis.models["weibull"].baseline == Weibull()
    assert analysis.models["m-spline"].baseline == MSpline(2)
    assert analysis.models["weibull"].priors["bed"] == Normal(0.0, 0.2)
    assert (analysis.sampler.draws, analysis.sampler.chains) == (700, 4)
    assert analysis.cohort_file is None


WHOLE = """
title = "a title"
formula = "Surv(time, event) ~ bed(schedule)"
effect = "accelerated-failure-time"
[cohort]
evidence = "marazzi2024"
[baseline]
kind = "generalised-gamma"
also = ["exponential", "weibull", "gompertz", "log-normal", "log-logistic"]
[cure]
[background]
column = "rate"
[priors.median]
quantiles = {"2.5%" = 0.25, "97.5%" = 4}
unit = "years"
[priors.bed]
family = "student-t"
df = 4
centre = 0
scale = 0.1
[priors.cured]
beta = 9
"""


def test_effect_modifiers_families_quantiles_and_units_are_read(tmp_path):
    models = read_analysis(written(tmp_path, WHOLE)).models
    assert [type(model.baseline) for model in models.values()] == [
        baselines.GeneralisedGamma,
        baselines.Exponential,
        baselines.Weibull,
        baselines.Gompertz,
        baselines.LogNormal,
        baselines.LogLogistic,
    ]
    model = models["weibull"]
    assert model.effect == AcceleratedFailureTime()
    assert model.modifiers == (Cure(), Background("rate"))
    assert model.priors["median"].interval == pytest.approx((3.0, 48.0), rel=1e-9)
    assert model.priors["bed"] == StudentT(4.0, 0.0, 0.1)
    assert model.priors["cured"] == Beta(1.0, 9.0)


def test_knots_and_cuts_are_read(tmp_path):
    text = TEXT.replace('["m-spline", "weibull"]', '["m-spline", "piecewise-exponential"]')
    text = text.replace("knots = 2", "knots = [3, 6]\nlast = 24\ncuts = [6, 12]")
    models = read_analysis(written(tmp_path, text)).models
    assert models["m-spline"].baseline == MSpline(inner=(3.0, 6.0), last=24.0)
    assert models["piecewise-exponential"].baseline == baselines.PiecewiseExponential(
        cuts=(6.0, 12.0), last=24.0
    )
    text = text.replace("cuts = [6, 12]", "pieces = 4")
    models = read_analysis(written(tmp_path, text)).models
    assert models["piecewise-exponential"].baseline.pieces == 4


def test_a_unit_needs_the_time_that_it_is_of(tmp_path):
    text = TEXT + '[priors.median]\nunit = "years"\nsd_log = 0.5\n'
    with pytest.raises(InputError, match=r"key priors\.median\.median: this key is missing"):
        read_analysis(written(tmp_path, text))
    text += "median = 1.5\n"
    prior = read_analysis(written(tmp_path, text)).models["weibull"].priors["median"]
    assert prior == LogNormal(18.0, 0.5)


def test_a_slope_on_a_dose_may_be_stated_per_any_dose(tmp_path):
    text = TEXT.replace("sd = 0.2", 'mean = -0.01\nsd = 0.04\nunit = "per 2 Gy"')
    prior = read_analysis(written(tmp_path, text)).models["weibull"].priors["bed"]
    assert (prior.mean, prior.sd) == pytest.approx((-0.05, 0.2))


def test_a_folder_stands_for_its_model_toml(tmp_path):
    file = written(tmp_path, TEXT)
    assert read_analysis(tmp_path) == read_analysis(file)


def test_a_quick_run_changes_effort_only(tmp_path):
    analysis = read_analysis(written(tmp_path, TEXT))
    quick = analysis.quick()
    assert quick.cohort.draws == 3
    assert quick.sampler.draws < analysis.sampler.draws
    assert quick.models == analysis.models


def test_the_shipped_model_is_read():
    analysis = read_analysis(SHIPPED)
    assert list(analysis.models) == ["m-spline", "weibull"]
    assert analysis.cohort.evidence == "marazzi2024"


MISTAKES = {
    'formula = "Surv(time, event) ~ bed(schedule)"': [
        ('formula = "Surv(time, event) ~ beds(schedule)"', "key formula", "did you mean 'bed'"),
        ("formula = 3", "key formula", "won't do"),
        ('formulae = "x"', "key formulae", "did you mean 'formula'"),
    ],
    'title = "a title"': [("", "key title", "missing")],
    'evidence = "marazzi2024"': [
        ("draws = 3", "key cohort", "either file"),
        ('evidence = "x"\nfile = "y.csv"', "key cohort", "either file"),
        ('file = "y.csv"', "key cohort.file", "there is no file"),
        ('evidence = "x"\ndraws = 0', "key cohort.draws", "greater than or equal to 1"),
    ],
    'kind = "weibull"': [
        ('kind = "gompertzz"', "key baseline.kind", "did you mean 'gompertz'"),
        ("kind = 3", "key baseline.kind", "won't do"),
        ('kind = "weibull"\ncuts = [3]', "key baseline.cuts", "only for piecewise-exponential"),
        ('kind = "weibull"\nlast = -3', "key baseline.last", "greater than 0"),
    ],
    "knots = 2": [
        ("knots = 0", "key baseline.knots", "at least 1"),
        ("knots = true", "key baseline.knots", "won't do"),
        ("knots = [6, 3]", "key baseline.knots", "do not increase"),
        ("knots = [3, 'x']", "key baseline.knots", "won't do"),
        ("knots = [3, 9]\nlast = 9", "key baseline.knots", "between 0 and 9"),
    ],
    "[cohort]": [
        ('effect = "acelerated-failure-time"\n[cohort]', "key effect", "did you mean 'accel"),
        ('effect = "accelerated-failure-time"\n[cohort]', "key effect", "not a M-spline"),
        ("[cure]\nshare = 0.2\n[cohort]", "key cure.share", "unknown key"),
        ("[background]\ncolumn = 3\n[cohort]", "key background.column", "won't do"),
    ],
    "[priors.bed]": [("[priors.beds]", "key priors.beds", "did you mean 'bed'")],
    "sd = 0.2": [
        ('sd = 0.2\n[priors.shape]\nunit = "years"', "key priors.shape.unit", "unknown key"),
        (
            'sd = 0.2\n[priors.median]\nmedian = 3\nunit = "yaers"',
            "key priors.median.unit",
            "did you mean 'years'",
        ),
        ("sd = -0.2", "key priors.bed.sd", "-0.2 is not a positive number"),
        ("sdd = 0.2", "key priors.bed.sdd", "did you mean 'sd'"),
        ('sd = "wide"', "key priors.bed.sd", "won't do"),
        ("mean = nan", "key priors.bed.mean", "nan is not a finite number"),
        ('family = "student-z"', "key priors.bed.family", "did you mean 'student-t'"),
        ('family = "student-t"\ndf = 4', "key priors.bed.centre", "missing"),
        ('family = "half-normal"\nsd = 1', "key priors.bed", "support 'positive'"),
        ('sd = 0.1\nmean = 0\nunit = "years"', "key priors.bed.unit", "not a dose such as"),
        ('sd = 0.1\nmean = 0\nunit = "per 0 Gy"', "key priors.bed.unit", "not a dose such as"),
        ('sd = 0.1\nunit = "per 5 Gy"', "key priors.bed.mean", "missing"),
        ("quantiles = 3", "key priors.bed.quantiles", "give a table"),
        ('quantiles = {"5" = 3}', "key priors.bed.quantiles", "between 0% and 100%"),
        ("quantiles = {low = 3}", "key priors.bed.quantiles", "not a percentage"),
        ('quantiles = {"5%" = 3}', "key priors.bed.quantiles", "don't say what mean and sd"),
        (
            'quantiles = {"5%" = 3, "50%" = 4, "90%" = 90}',
            "key priors.bed.quantiles",
            "can't have all of these",
        ),
    ],
    "draws = 700": [
        ("chains = 1", "key sampler.chains", "greater than or equal to 2"),
        ("target_accept = 1.0", "key sampler.target_accept", "less than 1"),
    ],
}


@pytest.mark.parametrize(
    ("right", "wrong", "key", "words"),
    [(right, *rest) for right, mistakes in MISTAKES.items() for rest in mistakes],
)
def test_a_mistake_names_file_and_key(tmp_path, right, wrong, key, words):
    assert right in TEXT
    file = written(tmp_path, TEXT.replace(right, wrong))
    with pytest.raises(InputError) as caught:
        read_analysis(file)
    assert str(caught.value).startswith(f"{file}, {key}:")
    assert words in str(caught.value)


def test_a_missing_file_and_no_toml_are_told(tmp_path):
    with pytest.raises(InputError, match=r"model\.toml: there is no such file"):
        read_analysis(tmp_path)
    with pytest.raises(InputError, match=r"model\.toml: is not valid TOML"):
        read_analysis(written(tmp_path, "title = "))


def test_the_model_card_tells_the_priors_of_the_model():
    card = (SHIPPED / "README.md").read_text(encoding="utf-8")
    analysis = read_analysis(SHIPPED)
    rows = patients(30, seed=1)
    for model in analysis.models.values():
        assert model.text in card
        for each in model.suited(rows).parameters:
            implied = each.sentence.removesuffix(", at constant hazard")
            assert f"| {each.prior.words} | {implied} |" in card
