"""What a report shows of a fitted survival model."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial.bayes.terms import Bed, Term
from oligotrial.bayes.uncertain_bed import UncertainBed
from oligotrial.radiobiology import bed_table
from oligotrial.report import ModelPart
from oligotrial.study.results import Results

if TYPE_CHECKING:
    from oligotrial.bayes import Fit

__all__ = ["model_part", "panels"]

CURVE_MONTHS = np.linspace(0.0, 48.0, 97)


def model_part(name: str, fit: "Fit", results: Results) -> ModelPart:
    """Return what a report shows of one fit.

    Parameters
    ----------
    name : str
        What the model is called.
    fit : Fit
        The fit.
    results : Results
        All that the stages made.

    Returns
    -------
    ModelPart
        Curves, effects and checks.
    """
    curves: list[pd.DataFrame] = []
    medians: list[pd.DataFrame] = []
    for panel, profiles in panels(results).items():
        level = profiles["level"].to_dict()
        for parts, table in (
            (curves, fit.survival(profiles, CURVE_MONTHS)),
            (medians, fit.medians(profiles)),
        ):
            parts.append(table.assign(panel=panel, level=table.pop("profile").map(level)))
    check = fit.check(results.cohort)
    return ModelPart(
        name=name,
        baseline=fit.model.baseline.label,
        formula=fit.model.text,
        priors=fit.priors_table(),
        effects=fit.effects(),
        diagnostics=check.table,
        curves=pd.concat(curves, ignore_index=True),
        medians=pd.concat(medians, ignore_index=True),
        failures=check.failures,
        predictive=check.predictive.curves if check.predictive else pd.DataFrame(),
        sensitivity=check.sensitivity.table if check.sensitivity else pd.DataFrame(),
        notes=check.notes,
    )


def panels(results: Results) -> dict[str, pd.DataFrame]:
    """Return the covariate rows at which posterior curves are drawn, by panel."""
    patients = results.cohort.patients
    planned = results.study.spec.population.schedule
    lines = list(patients["line"].cat.categories)
    terms = results.main.model.formula.terms
    doses = [each for each in map(_dose, terms) if each is not None]
    columns = {name for term in terms for name in term.sources if name in patients}
    usual = {name: patients[name].mode().iloc[0] for name in columns - {"line", "schedule"}}
    panels = {
        "line": pd.DataFrame({"line": lines, "level": lines}).assign(schedule=planned, **usual)
    }
    if doses:
        delivered = ["20 Gy in 5 fr", planned, "40 Gy in 5 fr", "50 Gy in 5 fr"]
        dose = doses[0]
        known = dose.alpha_beta if isinstance(dose, Bed) else dose.alpha_beta.median_gy
        table = bed_table(list(dict.fromkeys(delivered)), alpha_betas=(known,), model=dose.model)
        table = table[table["level"].isin(["single", "boost"])].sort_values("bed_gy")
        labels = [f"{row.bed_gy:.0f} Gy ({row.schedule})" for row in table.itertuples()]
        panels["bed"] = pd.DataFrame({"schedule": table["schedule"], "level": labels}).assign(
            line=lines[0], **usual
        )
    return {name: rows.reset_index(drop=True) for name, rows in panels.items()}


def _dose(term: Term) -> Bed | UncertainBed | None:
    """Return the dose that a term is of, straight or as a curve; nothing for other terms."""
    of = getattr(term, "of", term)
    return of if isinstance(of, Bed | UncertainBed) else None
