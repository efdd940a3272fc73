"""Evidence: every analysis of `models/` reads, and its formula suits the cohort it is of."""

from pathlib import Path

import pytest

from oligotrial import cohort as cohorts
from oligotrial import evidence
from oligotrial.bayes.spec import read_analysis

FOLDER = Path(__file__).parents[2] / "models"
ANALYSES = sorted(path.parent.name for path in FOLDER.glob("*/model.toml"))
SCRIPTS = sorted(path.parent.name for path in FOLDER.glob("*/analysis.py"))


@pytest.fixture(scope="module")
def cohort_of():
    """Chains far too short to reproduce anything; columns and levels are those of long ones."""
    return {
        name: cohorts.reconstruct(evidence.load(name), draws=1, seed=1, steps=2000)
        for name in ("marazzi2024", "lemoine2021")
    }


@pytest.mark.parametrize("name", ANALYSES)
def test_an_analysis_suits_its_cohort(name, cohort_of):
    analysis = read_analysis(FOLDER / name)
    cohort = cohort_of[str(analysis.cohort.evidence)]
    if analysis.cohort.endpoint:
        cohort = cohort.at(analysis.cohort.endpoint)
    for model in analysis.models.values():
        arrays = model.suited(cohort.patients).arrays(cohort.patients)
        assert len(arrays["time"]) == cohort.size


def test_overall_survival_has_delayed_entry(cohort_of):
    analysis = read_analysis(FOLDER / "os_from_diagnosis")
    rows = cohort_of["marazzi2024"].at("os").patients
    model = next(iter(analysis.models.values())).suited(rows)
    assert (model.arrays(rows)["entry"] > 0).sum() > len(rows) / 2


def test_every_folder_has_a_model_card_and_something_to_run():
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders == {*ANALYSES, *SCRIPTS}
    assert all((FOLDER / name / "README.md").is_file() for name in folders)
