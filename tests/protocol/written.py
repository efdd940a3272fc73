"""A trial.toml by its tables, of which a test replaces some."""

from pathlib import Path

from oligotrial import toml
from oligotrial.spec import Study, TrialSpec, read_study

TABLES = {
    "population": 'lines = ["first", "second"]\nstrata = ["line"]\nschedule = "30 Gy in 5 fr"',
    "design": "patients = [60, 120]\nevents_per_patient = 0.75",
    "accrual": "centres = 12\npatients = 48\nmonths = 96",
    "dropout": 'per_year = 0.05\nreason = "x"',
    "analysis": "alpha = 0.10",
    "control": 'cohort_median = 14.0\ncontrol_median = 7.0\nreason = "x"',
    "effect": """\
planning_hazard_ratio = 0.65
reason = "x"
schedule = "40 Gy in 5 fr"
prior = [{ name = "a", weight = 1, hazard_ratio = 1, lower = 0.5, upper = 2, reason = "x" }]""",
    "target": 'scenario = "power"\nvalue = 0.8',
    "simulation": "replicates = 200\nseed = 7",
    "sensitivity": "hazard_ratios = [0.65, 1.0]",
}


def written(**tables: str) -> str:
    """Return a trial.toml with some tables replaced or added."""
    parts = ['title = "t"\nmodel = "model.toml"']
    parts += [f"[{name}]\n{text}" for name, text in (TABLES | tables).items()]
    return "\n\n".join(parts) + "\n"


def parsed(**tables: str) -> TrialSpec:
    """Parse it."""
    return toml.parse(written(**tables), TrialSpec, where="trial.toml")


def study(folder: Path, **tables: str) -> Study:
    """Read it as a study, with a model beside it."""
    (folder / "model.toml").touch()
    (folder / "trial.toml").write_text(written(**tables), encoding="utf-8")
    return read_study(folder)
