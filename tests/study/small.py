"""A study small enough for tests: 40 patients, a Weibull baseline, three sizes, 200 trials."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oligotrial.cli import main

MODEL = """\
title = "A small cohort"
formula = "Surv(time, event) ~ bed(schedule, alpha_beta=4) + monotone(line)"

[cohort]
file = "patients.csv"

[baseline]
kind = "weibull"

[priors.median]
median = 12
sd_log = 0.8

[sampler]
chains = 2
tune = 150
draws = 150
seed = 1
"""

TRIAL = """\
title = "A small trial"
model = "../model"

[population]
lines = ["first", "second"]
strata = ["line"]
schedule = "30 Gy in 5 fr"

[design]
patients = [60, 120, 180]
events_per_patient = 0.75
allocation = [1, 1]
block_size = 4
longest_months = 120

[accrual]
centres = 12
patients = "marazzi2024:accrual.patients"
months = "marazzi2024:accrual.months"

[dropout]
per_year = 0.05
reason = "Assumption."

[analysis]
alpha = 0.10

[control]
cohort_median = "marazzi2024:pfs_ar.median"
control_median = "tsai2024:pfs.median[arm=control]"
reason = "Assumption."

[effect]
planning_hazard_ratio = 0.65
reason = "Assumption."
schedule = "40 Gy in 5 fr"

[[effect.prior]]
name = "CURB"
weight = 0.5
evidence = "tsai2024:pfs.hazard_ratio"
reason = "Randomised."

[[effect.prior]]
name = "sceptical"
weight = 0.5
hazard_ratio = 1.0
lower = 0.65
upper = 1.5385
reason = "No effect expected."

[target]
scenario = "power"
value = 0.80

[simulation]
replicates = 200
seed = 7

[sensitivity]
hazard_ratios = [0.65, 1.0]
centres = [6, 12]
"""


@dataclass(frozen=True)
class Told:
    """What a command said: its exit code and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """A folder with a model, a trial and where their results go."""

    folder: Path

    @property
    def trial(self) -> Path:
        return self.folder / "trial" / "trial.toml"

    @property
    def model(self) -> Path:
        return self.folder / "model" / "model.toml"

    @property
    def cohort(self) -> Path:
        return self.folder / "model" / "patients.csv"

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def edit(self, file: Path, old: str, new: str) -> None:
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is in {file.name} {text.count(old)} times"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *options: str) -> list[str]:
        return ["run", str(self.trial), "--out", str(self.results), *options]


def write_study(folder: Path) -> Place:
    """Write the small model, its patients and the small trial."""
    place = Place(folder)
    for file, text in ((place.trial, TRIAL), (place.model, MODEL)):
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    patients().to_csv(place.cohort, index=False)
    return place


def patients() -> pd.DataFrame:
    """Return 40 made-up patients."""
    rng = np.random.default_rng(7)
    schedules = ["20 Gy in 5 fr", "30 Gy in 5 fr", "50 Gy in 5 fr"]
    progressed, last_seen = rng.weibull(1.1, 40) * 14 + 0.1, rng.uniform(10, 40, 40)
    return pd.DataFrame(
        {
            "age_group": "51-70",
            "subtype": rng.choice(["luminal A-like", "luminal B-like", "HER2+"], 40),
            "line": rng.choice(["first", "second", "third", "fourth+"], 40),
            "site": "bone",
            "schedule": rng.choice(schedules, 40),
            "time": np.minimum(progressed, last_seen).round(1),
            "event": (progressed <= last_seen).astype(int),
        }
    )


def command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Told:
    """Run the command line in this process, as its console script does."""
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["oligotrial", *arguments])
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        else:
            code = 0
    said = capsys.readouterr()
    return Told(code, said.out, said.err)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, by its name in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
