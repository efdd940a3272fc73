"""Local control after stereotactic radiotherapy, with recurrence elsewhere and death competing.

Run it from the repository: ``python models/lemoine_local_control/analysis.py [--quick]``. The table
is written to ``results/lemoine_local_control``.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from oligotrial import cohort as cohorts
from oligotrial import evidence
from oligotrial.bayes import LogNormal, Priors, Sampler, SurvivalModel, Weibull
from oligotrial.bayes.baselines import Exponential
from oligotrial.bayes.competing import CompetingRisks
from oligotrial.bayes.diagnose import mcse_quantile
from oligotrial.bayes.predict import parts_of

LOCAL = "local recurrence"
MONTHS = (12.0, 24.0, 36.0, 60.0)
CAUSES = {
    LOCAL: SurvivalModel(
        "Surv(time, event) ~ 1", Exponential(), Priors((("median", LogNormal(240.0, 1.5)),))
    ),
    "recurrence": SurvivalModel(
        "Surv(time, event) ~ 1", Weibull(), Priors((("median", LogNormal(36.0, 0.8)),))
    ),
    "death": SurvivalModel(
        "Surv(time, event) ~ 1", Exponential(), Priors((("median", LogNormal(240.0, 1.5)),))
    ),
}
"""Nobody had a local recurrence: its rate has an upper bound, which the prior has a share in."""


def main() -> None:
    """Fit the causes and tabulate their incidence."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="three draws of the cohort")
    arguments.add_argument("--out", type=Path, default=Path("results/lemoine_local_control"))
    given = arguments.parse_args()
    draws = 3 if given.quick else 10
    whole = cohorts.reconstruct(evidence.load("lemoine2021"), draws=draws, seed=20240729)
    cohort = whole.at("local")
    fit = CompetingRisks(CAUSES).fit(cohort, settings=Sampler(tune=500, draws=400))
    profile = pd.DataFrame(index=[0])
    table = pd.concat(
        fit.cumulative_incidence(profile, MONTHS, cause=cause).assign(cause=cause)
        for cause in CAUSES
    )
    months = np.mean([frame["time"].sum() for frame in cohort.frames()])
    local = fit.fits[LOCAL]
    rate = 12.0 * np.log(2.0) / local.draws["median"].ravel()
    bound = np.quantile(rate, 0.95)
    error = mcse_quantile(parts_of(local, rate), 0.95)
    given.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.out / "incidence.csv", index=False)
    print(fit.label)
    print(table.drop(columns=["profile", "cohort"]).round(4).to_string(index=False))
    years = months / 12.0
    print(f"No local recurrence in {years:.0f} patient-years. Rate per patient-year with 95%:")
    print(f"  below {bound:.4f} (posterior; Monte Carlo standard error {error:.4f})")
    print(f"  below {3.0 / years:.4f} (rule of three: no prior)")


if __name__ == "__main__":
    main()
