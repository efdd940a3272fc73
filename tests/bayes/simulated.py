"""Patients simulated from a known truth, in the columns that cohorts have."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

FORMULA = "Surv(time, event) ~ bed(schedule, alpha_beta=4) + monotone(line) + pooled(subtype)"

MEDIAN_MONTHS, SHAPE = 12.0, 1.3
LOG_RATIO_PER_10_GY = -0.06
BED_GY: Mapping[str, float] = {
    "30 Gy in 10 fr": 30 * (1 + 3 / 4),
    "20 Gy in 5 fr": 20 * (1 + 4 / 4),
    "30 Gy in 5 fr": 30 * (1 + 6 / 4),
    "24 Gy in 2 fr": 24 * (1 + 12 / 4),
}
"""The linear-quadratic model by hand: dose times (1 + dose per fraction over alpha/beta of 4)."""
LINE: Mapping[str, float] = {"first": 0.0, "second": 0.4, "third": 0.7, "fourth+": 0.9}
SUBTYPE: Mapping[str, float] = {
    "luminal A-like": -0.25,
    "luminal B-like": 0.0,
    "HER2+": -0.15,
    "triple negative": 0.4,
}
CENSORED_AFTER = (10.0, 60.0)


def log_ratio(patients: pd.DataFrame) -> np.ndarray:
    """The true log hazard ratio against a first-line patient with a BED of 75 Gy."""
    bed = patients["schedule"].astype(str).map(BED_GY).to_numpy(dtype=float)
    line = patients["line"].astype(str).map(LINE).to_numpy(dtype=float)
    subtype = patients["subtype"].astype(str).map(SUBTYPE).to_numpy(dtype=float)
    return np.asarray(LOG_RATIO_PER_10_GY * (bed - 75.0) / 10.0 + line + subtype)


def patients(size: int, *, seed: int) -> pd.DataFrame:
    """One draw of patients, Weibull survival and uniform censoring."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "age_group": rng.choice(["40-50", "51-70"], size),
            "subtype": rng.choice(list(SUBTYPE), size),
            "line": rng.choice(list(LINE), size),
            "site": rng.choice(["bone", "brain", "lung"], size),
            "schedule": rng.choice(list(BED_GY), size),
        }
    )
    scale = MEDIAN_MONTHS / np.log(2.0) ** (1 / SHAPE)
    exponential = rng.exponential(size=size) / np.exp(log_ratio(rows))
    latent = scale * exponential ** (1 / SHAPE)
    censored = rng.uniform(*CENSORED_AFTER, size)
    return rows.assign(time=np.minimum(latent, censored), event=(latent <= censored).astype(int))
