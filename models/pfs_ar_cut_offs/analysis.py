"""The first paper's cut-offs of BED: each alone, all together, and as one continuous dose.

Run it from the repository: ``python models/pfs_ar_cut_offs/analysis.py [--quick]``. Tables and a
picture are written to ``results/pfs_ar_cut_offs``.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from oligotrial import cohort as cohorts
from oligotrial import evidence
from oligotrial.bayes import Normal, Priors, Sampler, SurvivalModel, Weibull
from oligotrial.radiobiology import bed_column
from oligotrial.report.figures.forest import draw_forest
from oligotrial.report.figures.sheet import WIDE, Sheet

SOURCE = "marazzi2024"
CUT_OFFS = {
    "bed10_100": (10.0, 100.0),
    "bed10_75": (10.0, 75.0),
    "bed4_100": (4.0, 100.0),
    "bed4_75": (4.0, 75.0),
}
"""alpha/beta and cut-off, Gy, of the paper's Table 2; at least against below, as its groups are."""
CODED = ("age_group", "line", "subtype", "site")
"""Factors that it has as level numbers."""

NEARLY_FLAT = Priors((("linear", Normal(0.0, 5.0)),))
"""A standard deviation of 5 of a log hazard ratio: what a Cox regression takes for granted."""


def with_codes(cohort: cohorts.Cohort) -> cohorts.Cohort:
    """Return the cohort with the regression's columns."""
    rows = cohort.patients
    columns = {f"{name}_code": rows[name].cat.codes.astype(float) for name in CODED}
    columns["later_line"] = (rows["line"].cat.codes >= 2).astype(float)
    columns["brain"] = (rows["site"] == "brain").astype(float)
    for name, (alpha_beta, cut) in CUT_OFFS.items():
        bed = bed_column(rows["schedule"], alpha_beta, levels=rows["dose_level"])
        columns[name] = (bed >= cut).astype(float)
    return cohorts.Cohort(
        rows.assign(**columns), label=cohort.label, source=cohort.source, draws=cohort.draws
    )


def fitted(formula: str, priors: Priors, cohort: cohorts.Cohort, settings: Sampler) -> pd.DataFrame:
    """Return the effects of one model."""
    model = SurvivalModel(f"Surv(time, event) ~ {formula}", Weibull(), priors)
    return model.fit(cohort, settings=settings).effects()


def inflation(cohort: cohorts.Cohort) -> pd.DataFrame:
    """Return each cut-off's variance inflation by the nine other covariates, over draws."""
    names = [*CUT_OFFS, *(f"{each}_code" for each in CODED), "later_line", "brain"]
    found = []
    for rows in cohort.frames():
        correlation = np.corrcoef(rows[names].to_numpy(dtype=float), rowvar=False)
        found.append(np.diag(np.linalg.pinv(correlation)))
    table = pd.DataFrame(found, columns=names)[list(CUT_OFFS)]
    return table.describe(percentiles=[0.5]).loc[["min", "50%", "max"]].T


def main() -> None:
    """Fit all of it, and write tables and the picture."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="three draws of the cohort")
    arguments.add_argument("--out", type=Path, default=Path("results/pfs_ar_cut_offs"))
    given = arguments.parse_args()
    draws = 3 if given.quick else 10
    settings = Sampler(tune=500, draws=400)
    cohort = with_codes(cohorts.reconstruct(evidence.load(SOURCE), draws=draws, seed=20240729))
    others = [f"{name}_code" for name in CODED] + ["later_line", "brain"]
    together = " + ".join([*others, *CUT_OFFS])
    parts = {
        "all ten covariates, nearly flat priors": fitted(together, NEARLY_FLAT, cohort, settings),
        "all ten, priors that shrink": fitted(together, Priors(), cohort, settings),
    }
    for name in CUT_OFFS:
        parts[f"{name} alone, nearly flat prior"] = fitted(name, NEARLY_FLAT, cohort, settings)
    continuous = "bed(schedule, alpha_beta=4) + monotone(line) + pooled(subtype)"
    parts["continuous dose, line, subtype"] = fitted(continuous, Priors(), cohort, settings)
    table = pd.concat([part.assign(model=name) for name, part in parts.items()])
    doses = table[table["term"].isin([*CUT_OFFS, "bed"])].reset_index(drop=True)
    doses = doses.assign(label=doses["term"] + ", " + doses["contrast"])
    given.out.mkdir(parents=True, exist_ok=True)
    doses.to_csv(given.out / "dose_effects.csv", index=False)
    table.to_csv(given.out / "effects.csv", index=False)
    inflated = inflation(cohort)
    inflated.to_csv(given.out / "variance_inflation.csv")
    sheet = Sheet(WIDE, "Dose, coded in several ways", footnote=cohort.label)
    figure = draw_forest(doses, sheet, group="model", label="label")
    figure.savefig(given.out / "dose_effects.png", dpi=150)
    print(cohort.label)
    print(doses.drop(columns=["label", "mcse_log_hr"]).round(3).to_string(index=False))
    print("Variance inflation over draws of the cohort")
    print(inflated.round(1).to_string())


if __name__ == "__main__":
    main()
