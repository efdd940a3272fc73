"""From a study's results to what its report shows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from oligotrial import cohort as cohorts
from oligotrial.hazard import Mixture, quantile
from oligotrial.radiobiology import bed_table
from oligotrial.report import Contents, rule_part
from oligotrial.study.assumptions import assumptions
from oligotrial.study.changed import sensitivity_parts
from oligotrial.study.cohort_part import agreement, curves, described, printed_numbers
from oligotrial.study.ledger import toolkit
from oligotrial.study.model_part import model_part
from oligotrial.study.recommended import recommend
from oligotrial.study.results import Results
from oligotrial.study.scenarios import Truths
from oligotrial.study.sensitivity import schoenfeld_rows

__all__ = ["Results", "fill", "recommend"]

SELDOM = 0.5
"""Share of trials with all their events below which that is a warning."""


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
    agreed, table = agreement(results), described(results.cohort)
    return Contents(
        title=study.spec.title,
        subtitle="Sized by simulating it from the posterior of a survival model",
        cohort_label=results.cohort.label,
        target=study.spec.target.value,
        target_measure=study.spec.target.scenario,
        warnings=_warnings(results),
        recommended=recommend(results),
        rule=rule_part(results.design),
        models=tuple(model_part(name, fit, results) for name, fit in results.fits.items()),
        sensitivity=sensitivity_parts(study, results.sensitivity, results.looks),
        operating=results.operating,
        schoenfeld=schoenfeld_rows(study),
        effect_prior=study.effect_prior.density(np.linspace(0.25, 2.0, 176)),
        control_check=_control_check(results),
        cohort_table=table,
        table_one=cohorts.table_one(table),
        agreement=agreed,
        score=cohorts.score(agreed) if len(agreed) else pd.DataFrame(),
        printed=printed_numbers(results),
        cohort_curves=curves(results.cohort),
        bed_table=_bed_table(results),
        assumptions=assumptions(study),
        provenance=_provenance(results),
    )


def _warnings(results: Results) -> tuple[str, ...]:
    warnings = []
    if results.quick:
        warnings.append("Try-out with few draws and trials (--quick): not for use in planning.")
    design, table = results.design, results.operating
    own = table[(table["scenario"] == "power") & (table["patients"] == design.patients)]
    reached = float(own["reached"].iloc[0])
    if reached < SELDOM:
        warnings.append(
            f"With {design.patients} patients only {reached:.0%} of trials have the events that "
            "the last look waits for; the others end when nobody is left under observation."
        )
    return tuple(warnings)


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
