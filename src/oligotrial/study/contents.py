"""From a study's results to what its report shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oligotrial import cohort as cohorts
from oligotrial import evidence
from oligotrial.bayes.terms import Bed, Term
from oligotrial.bayes.uncertain_bed import UncertainBed
from oligotrial.cohort.target import endpoints
from oligotrial.hazard import Mixture, quantile
from oligotrial.radiobiology import bed_table
from oligotrial.report import Contents, ModelPart, Recommendation
from oligotrial.report.figures.printed import curves_of_draws, printed_marks
from oligotrial.simulate import smallest
from oligotrial.spec import Study
from oligotrial.study.assumptions import assumptions
from oligotrial.study.changed import sensitivity_parts
from oligotrial.study.ledger import toolkit
from oligotrial.study.scenarios import Truths
from oligotrial.study.sensitivity import schoenfeld_rows

if TYPE_CHECKING:
    from oligotrial.bayes import Fit
    from oligotrial.cohort import Cohort

__all__ = ["Results", "fill", "recommend"]

CURVE_MONTHS = np.linspace(0.0, 48.0, 97)
LINE_GROUP = "line_group"
"""The grouping that Table 1 is told apart by."""


@dataclass(frozen=True, eq=False)
class Results:
    """All that a study's stages made.

    Parameters
    ----------
    study : Study
        The study.
    cohort : Cohort
        The patients fitted.
    source : str or None
        Name of the evidence that the cohort was reconstructed from, if it was.
    fits : dict of str to Fit
        Posteriors by baseline, the main one first.
    strata : pandas.DataFrame
        The trial's population.
    operating, sensitivity, looks : pandas.DataFrame
        Simulated figures.
    inputs : dict of str to str
        Digests of the input files.
    quick : bool
        Whether this was a try-out with few draws and trials.
    """

    study: Study
    cohort: "Cohort"
    source: str | None
    fits: "dict[str, Fit]"
    strata: pd.DataFrame
    operating: pd.DataFrame
    sensitivity: pd.DataFrame
    looks: pd.DataFrame
    inputs: dict[str, str]
    quick: bool

    @property
    def main(self) -> "Fit":
        """The fit that drives the simulation."""
        return next(iter(self.fits.values()))


def recommend(results: Results) -> Recommendation | None:
    """Return the smallest design that reaches the study's target, in words and numbers.

    Parameters
    ----------
    results : Results
        What was simulated.

    Returns
    -------
    Recommendation or None
        Nothing when no simulated size reaches the target.
    """
    row = smallest(results.operating, results.study.target)
    if row is None:
        return None
    same_size = results.operating[results.operating["patients"] == row["patients"]]
    power, assurance = (
        same_size[same_size["scenario"] == name].iloc[0] for name in ("power", "assurance")
    )
    return Recommendation(
        sentence=_sentence(results.study, power, assurance),
        patients=int(row["patients"]),
        events=int(row["events"]),
        power=power["estimate"],
        power_se=power["mc_se"],
        assurance=assurance["estimate"],
        assurance_se=assurance["mc_se"],
        duration_months=assurance["duration_months"],
        duration_low=assurance["duration_low"],
        duration_high=assurance["duration_high"],
        accrual_months=power["accrual_months"],
    )


def fill(results: Results) -> Contents:
    """Return everything that the report shows.

    Parameters
    ----------
    results : Results
        What the stages made.

    Returns
    -------
    Contents
        Plain tables and sentences.
    """
    study = results.study
    agreement, described = _agreement(results), _described(results.cohort)
    return Contents(
        title=study.spec.title,
        subtitle="Sized by simulating it from the posterior of a survival model",
        cohort_label=results.cohort.label,
        target=study.spec.target.value,
        target_measure=study.spec.target.scenario,
        warnings=_warnings(results),
        recommended=recommend(results),
        models=tuple(_model(name, fit, results) for name, fit in results.fits.items()),
        sensitivity=sensitivity_parts(study, results.sensitivity, results.looks),
        operating=results.operating,
        schoenfeld=schoenfeld_rows(study),
        effect_prior=study.effect_prior.density(np.linspace(0.25, 2.0, 176)),
        control_check=_control_check(results),
        cohort_table=described,
        table_one=cohorts.table_one(described),
        agreement=agreement,
        score=cohorts.score(agreement) if len(agreement) else pd.DataFrame(),
        printed=_printed(results),
        cohort_curves=_curves(results.cohort),
        bed_table=_bed_table(results),
        assumptions=assumptions(study),
        provenance=_provenance(results),
    )


def _warnings(results: Results) -> tuple[str, ...]:
    warnings = []
    if results.quick:
        warnings.append("Try-out with few draws and trials (--quick): not for use in planning.")
    return tuple(warnings)


def _sentence(study: Study, power: pd.Series, assurance: pd.Series) -> str:
    spec, design = study.spec, study.designs[0]
    control, experimental = design.allocation
    lines = "- and ".join(spec.population.lines)
    strata = " and ".join(spec.population.strata)
    return (
        f"{power['patients']:.0f} {lines}-line patients will be randomised "
        f"{control}:{experimental} to the control arm or to radiotherapy, stratified by {strata}; "
        f"after {power['events']:.0f} progression-free survival events {study.analysis_words} has "
        f"a power of {_with_error(power)} for a hazard "
        f"ratio of {spec.effect.planning_hazard_ratio:g} and, averaged over what is believed of "
        f"the hazard ratio, a probability of success (assurance) of {_with_error(assurance)}. With "
        f"{spec.accrual.centres} centres accrual is expected to take "
        f"{power['accrual_months']:.0f} months and the trial "
        f"{assurance['duration_median']:.0f} months to its analysis (median; 90% of simulated "
        f"trials between {assurance['duration_low']:.0f} and {assurance['duration_high']:.0f})."
    )


def _with_error(row: pd.Series) -> str:
    return f"{row['estimate']:.3f} (Monte Carlo standard error {row['mc_se']:.3f})"


def _model(name: str, fit: "Fit", results: Results) -> ModelPart:
    curves: list[pd.DataFrame] = []
    medians: list[pd.DataFrame] = []
    for panel, profiles in _panels(results).items():
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


def _panels(results: Results) -> dict[str, pd.DataFrame]:
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


def _control_check(results: Results) -> pd.DataFrame:
    study = results.study
    truths = Truths(study, results.main.thinned(2000), results.strata)
    scenario = truths.drawn()
    rows = []
    for what, arm in (
        ("Control arm, simulated", scenario.control),
        ("RT arm, simulated", scenario.experimental),
    ):
        medians = quantile(Mixture(arm, results.strata["share"].to_numpy()), 0.5)
        low, middle, high = np.quantile(medians, [0.025, 0.5, 0.975])
        rows.append((what, middle, low, high, "posterior, control shift and effect prior"))
    for what, printed in study.compared.items():
        source = f"{study.spec.control.compare[what]}, {printed.place}"
        rows.append((what, printed.value, printed.lower, printed.upper, source))
    return pd.DataFrame(rows, columns=["what", "median", "lower", "upper", "source"])


def _agreement(results: Results) -> pd.DataFrame:
    if results.source is None:
        return pd.DataFrame()
    return cohorts.agreement(results.cohort, evidence.load(results.source))


def _described(cohort: "Cohort") -> pd.DataFrame:
    """Return Table 1, apart for early and late lines where the line is known."""
    if "line" not in cohort.patients:
        return cohorts.describe(cohort)
    groups = cohorts.levels_of(cohort.patients, LINE_GROUP)
    grouped = replace(cohort, patients=cohort.patients.assign(**{LINE_GROUP: groups}))
    table = cohorts.describe(grouped, by=LINE_GROUP)
    return table[table["variable"] != LINE_GROUP].reset_index(drop=True)


def _curves(cohort: "Cohort") -> pd.DataFrame:
    """Return the curves of the whole cohort and of each line, draw by draw."""
    parts = [curves_of_draws(cohort).assign(panel="")]
    if "line" in cohort.patients:
        parts.append(curves_of_draws(cohort, by="line").assign(panel="line"))
    columns = ["panel", "level", "draw", "time", "survival"]
    return pd.concat(parts, ignore_index=True)[columns]


def _printed(results: Results) -> pd.DataFrame:
    """Return the printed medians and rates of the endpoint that the cohort is about."""
    if results.source is None:
        return pd.DataFrame()
    source = evidence.load(results.source)
    marks = [
        printed_marks(source, endpoint=endpoints(source)[0], by=by).assign(panel=by or "")
        for by in (None, "line")
    ]
    known = [each for each in marks if len(each)]
    return pd.concat(known, ignore_index=True) if known else pd.DataFrame()


def _bed_table(results: Results) -> pd.DataFrame:
    spec = results.study.spec
    texts = [
        *results.cohort.patients.get("schedule", pd.Series(dtype="str")).dropna().unique(),
        spec.population.schedule,
        spec.effect.schedule,
    ]
    return bed_table(sorted(set(map(str, texts))))


def _provenance(results: Results) -> pd.DataFrame:
    seed = results.study.spec.simulation.seed
    rows: Sequence[tuple[str, str]] = [
        *toolkit(),
        ("simulation seed", str(seed)),
        ("trials a design point", str(results.study.spec.simulation.replicates)),
        *((f"SHA-256 of {name}", value) for name, value in results.inputs.items()),
    ]
    return pd.DataFrame(rows, columns=["item", "value"])
