"""A model's TOML: what it makes, and that every mistake names the file and the key."""

from pathlib import Path

import pytest

from oligotrial.bayes import MSpline, Normal, Weibull
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
    'kind = "weibull"': [('kind = "gompertz"', "key baseline.kind", "won't do")],
    "knots = 2": [("knots = 0", "key baseline.knots", "greater than or equal to 1")],
    "[priors.bed]": [("[priors.beds]", "key priors.beds", "did you mean 'bed'")],
    "sd = 0.2": [
        ("sd = -0.2", "key priors.bed.sd", "-0.2 is not a positive number"),
        ("sdd = 0.2", "key priors.bed.sdd", "did you mean 'sd'"),
        ('sd = "wide"', "key priors.bed.sd", "won't do"),
        ("mean = nan", "key priors.bed.mean", "nan is not a finite number"),
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
