"""Calibrate every baseline, effect, modifier, kind of follow-up and term by simulation.

Each kind is a model of its own on the same made-up patients; its truths are drawn from its priors,
its data from its own hazard, and the truths' ranks have to be uniform: see
`oligotrial.bayes.calibrate`. What was finished is kept: stop it and run it again.

    nice -n 15 python scripts/sbc_all.py --data-sets 200 --out results/sbc_all
    python scripts/sbc_all.py --only spline --data-sets 50
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from oligotrial.bayes import SurvivalModel
from oligotrial.bayes.baselines import BASELINES, Baseline, Weibull
from oligotrial.bayes.calibrate import Calibration
from oligotrial.bayes.effects import AcceleratedFailureTime, Effect, ProportionalHazards
from oligotrial.bayes.modifiers import Background, Cure, Modifier
from oligotrial.checks import InputError
from oligotrial.cohort import LEVELS, Cohort
from oligotrial.study.calibration import Calibrated, calibrate_model

PATIENTS: Final = 59
COVARIATES: Final = tuple(f"x{k}" for k in range(1, 7))
SCHEDULES: Final = ("30 Gy in 10 fr", "20 Gy in 5 fr", "30 Gy in 5 fr", "24 Gy in 2 fr")


@dataclass(frozen=True)
class Kind:
    """What is calibrated: the right-hand side of a formula and the parts around it."""

    terms: str = "x1"
    baseline: Baseline = field(default_factory=Weibull)
    effect: Effect = field(default_factory=ProportionalHazards)
    modifiers: tuple[Modifier, ...] = ()
    follow_up: str = "right"

    @property
    def model(self) -> SurvivalModel:
        """The model, with default priors."""
        text = f"Surv(time, event) ~ {self.terms}"
        return SurvivalModel(text, self.baseline, effect=self.effect, modifiers=self.modifiers)


def kinds() -> Iterator[tuple[str, Kind]]:
    """Return everything that there is to calibrate, by name."""
    for name, baseline in BASELINES.items():
        made = baseline()
        yield f"baseline {name}", Kind(baseline=made)
        if made.accelerable:
            yield f"accelerated {name}", Kind(baseline=made, effect=AcceleratedFailureTime())
    yield "cure", Kind(modifiers=(Cure(),))
    yield "background", Kind(modifiers=(Background(),))
    yield "cure and background", Kind(modifiers=(Cure(), Background()))
    yield "cure, m-spline", Kind(baseline=BASELINES["m-spline"](), modifiers=(Cure(),))
    yield "delayed entry", Kind(follow_up="late")
    yield "interval censoring", Kind(follow_up="visits")
    yield "interval censoring, m-spline", Kind(baseline=BASELINES["m-spline"](), follow_up="visits")
    for name, terms in TERMS.items():
        follow_up = "missing" if "missing" in terms else "right"
        yield f"term {name}", Kind(terms=terms, follow_up=follow_up)


TERMS: Final[Mapping[str, str]] = {
    "linear": "linear(x1, centre=1, per=2)",
    "bed": "bed(schedule, alpha_beta=4)",
    "bed, alpha/beta unknown": "bed(schedule, alpha_beta=log_normal(median=4, sd_log=0.4))",
    "factor": "factor(subtype)",
    "interaction": "factor(line) * x1",
    "spline": "spline(x1)",
    "spline of bed": "bed(schedule, form='spline')",
    "threshold": "threshold(x1)",
    "monotone factor": "monotone(line)",
    "monotone curve": "monotone(linear(x1))",
    "pooled": "pooled(subtype)",
    "frailty": "frailty(centre)",
    "horseshoe": f"horseshoe({', '.join(COVARIATES)})",
    "tv": "tv(x1)",
    "strata": "x1 + strata(arm)",
    "missing": "linear(z, missing='normal')",
}


def patients(follow_up: str) -> pd.DataFrame:
    """Return made-up patients, whose covariates and follow-up the data sets have."""
    rng = np.random.default_rng(2026)
    size = PATIENTS
    frame = pd.DataFrame({name: rng.normal(size=size) for name in COVARIATES})
    frame = frame.assign(
        schedule=rng.choice(SCHEDULES, size),
        line=rng.choice(LEVELS["line"], size),
        subtype=rng.choice(LEVELS["subtype"], size),
        centre=[f"centre {k}" for k in rng.integers(1, 9, size)],
        arm=rng.choice(["control", "radiotherapy"], size),
        background_rate=rng.uniform(0.001, 0.01, size),
    )
    latent, censored = rng.exponential(18.0, size), rng.uniform(10.0, 60.0, size)
    frame["time"] = np.minimum(latent, censored).clip(min=0.1)
    frame["event"] = (latent <= censored).astype(int)
    return FOLLOWED[follow_up](frame, rng)


def _right(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:  # noqa: ARG001
    return frame


def _late(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    entry = rng.uniform(0.0, 15.0, len(frame)) * rng.integers(0, 2, len(frame))
    return frame.assign(entry=entry, time=frame["time"] + entry)


def _visits(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    last = np.floor(frame["time"] / 2.0) * 2.0
    upper = np.where(frame["event"] == 1, last + rng.uniform(1.5, 3.0, len(frame)), np.inf)
    return frame.assign(time=np.where(frame["event"] == 1, last, frame["time"]), time_upper=upper)


def _missing(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    values = rng.normal(size=len(frame))
    values[rng.choice(len(frame), 8, replace=False)] = np.nan
    return frame.assign(z=values)


FOLLOWED: Final = {"right": _right, "late": _late, "visits": _visits, "missing": _missing}


def calibrated(name: str, kind: Kind, *, data_sets: int, out: Path) -> Calibrated:
    """Calibrate one kind."""
    rows = patients(kind.follow_up)
    cohort = Cohort(rows, label="made-up patients", source="scripts/sbc_all.py")
    # Missing values are parameters of their rows: there the rows stay as they are.
    size = None if kind.follow_up == "missing" else PATIENTS
    plan = Calibration(kind.model, cohort, size)
    file = name.replace(" ", "_").replace(",", "").replace("/", "_")
    return calibrate_model(plan, file, data_sets=data_sets, out=out)


def row(name: str, found: Calibrated, seconds: float) -> dict[str, object]:
    """Return a line of the table of results."""
    smaller = found.table[["p_distribution", "p_chi_squared"]].min(axis=1)
    tests = 2 * len(found.table)
    return {
        "kind": name,
        "data sets": len(found.results),
        "quantities": len(found.table),
        "smallest p times tests": min(float(smaller.min()) * tests, 1.0),
        "of": found.table["quantity"][int(smaller.argmin())],
        "with divergences": sum(each.diverging > 0 for each in found.results),
        "seconds": round(seconds),
        "passed": bool(found.table["passed"].all()),
    }


def tell(sentence: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def main() -> int:
    """Calibrate all kinds, or some, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-sets", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("results/sbc_all"))
    parser.add_argument("--only", default="", help="kinds whose name has this in it")
    parser.add_argument("--skip", default="nothing", help="but not those with this in it")
    given = parser.parse_args()
    rows = []
    for name, kind in kinds():
        if given.only not in name or given.skip in name:
            continue
        start = time.perf_counter()
        try:
            found = calibrated(name, kind, data_sets=given.data_sets, out=given.out)
        except InputError as error:
            tell(f"{name}: {error}")
            continue
        rows.append(row(name, found, time.perf_counter() - start))
        tell(found.sentence)
        given.out.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows).to_csv(given.out / "table.csv", index=False)
    return 0 if rows and all(each["passed"] for each in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
