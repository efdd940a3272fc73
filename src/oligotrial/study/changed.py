"""How a report shows what changed assumptions do."""

import pandas as pd

from oligotrial.report import SensitivityPart
from oligotrial.spec import Study
from oligotrial.study.sensitivity import tipping_point

__all__ = ["sensitivity_parts"]

SHOWN = (
    "control_median",
    "estimate",
    "mc_se",
    "duration_months",
    "duration_se",
    "duration_median",
    "duration_low",
    "duration_high",
    "reached",
)
"""Operating characteristics that tables of changed assumptions show."""


def sensitivity_parts(
    study: Study, table: pd.DataFrame, looks: pd.DataFrame
) -> tuple[SensitivityPart, ...]:
    """Return the report's tables and curves of changed assumptions.

    Parameters
    ----------
    study : Study
        The study.
    table : pandas.DataFrame
        What `oligotrial.study.sensitivity.simulate_variations` returns.
    looks : pandas.DataFrame
        What `oligotrial.study.stages.make_looks` returns.

    Returns
    -------
    tuple of SensitivityPart
        One an analysis.
    """
    planned = study.spec.effect.planning_hazard_ratio
    patients = int(table["patients"].iloc[0])
    tipping = tipping_point(table, study.spec.target.value)
    even = tipping_point(table, 0.5)
    parts = {
        name: table.loc[table["analysis"] == name, ["assumption", *SHOWN]]
        for name in map(str, table["analysis"].unique())
    }
    events = int(table["events"].iloc[0])
    told = f"All with {patients} patients{f' and {events} events' if events else ''}."
    told_tipping = "".join(
        f" Power falls below {100 * level:g}% when the true hazard ratio is above {point:.2f}."
        for level, point in ((study.spec.target.value, tipping), (0.5, even))
        if study.spec.target.scenario == "power" or level == 0.5
        if point is not None
    )
    return (
        SensitivityPart(
            title="True hazard ratio and its tipping points",
            note=told + told_tipping + " At a hazard ratio of 1 the curve is the type I error.",
            table=_numbered(parts["hazard ratio"], "true_hazard_ratio"),
            kind="curve",
            x="true_hazard_ratio",
            y="estimate",
            se="mc_se",
            x_label="True hazard ratio",
            y_label="Power",
            reference=planned,
            against_target=study.spec.target.scenario == "power",
        ),
        SensitivityPart(
            title="Assurance under each belief of the effect prior alone",
            note=f"{told} Posterior and control arm are drawn as in the main analysis.",
            table=parts["effect prior"],
        ),
        *_looks(looks, told),
        *_tests(parts, told),
        SensitivityPart(
            title="Control arm",
            note=f"{told} Power at the planning hazard ratio; an event-driven trial keeps its "
            "power and changes its duration.",
            table=parts["control arm"],
        ),
        SensitivityPart(
            title="Dose response carried into the treatment effect",
            note=f"{told} The share of the posterior's dose effect that is added to the planning "
            f"hazard ratio when the trial delivers {study.spec.effect.schedule} and the effect was "
            f"believed of {study.spec.population.schedule}. That effect is confounded: it comes "
            "from patients who were not randomised to a dose.",
            table=parts["dose response"],
        ),
        *_centres(parts, told),
    )


def _numbered(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table whose assumption is a number, under its own name."""
    return table.rename(columns={"assumption": name}).astype({name: float})


def _looks(looks: pd.DataFrame, told: str) -> tuple[SensitivityPart, ...]:
    if looks.empty:
        return ()
    return (
        SensitivityPart(
            title="Where the trial ends",
            note=f"{told} Columns ending in _here are of this very look, those ending in so_far of "
            "it and all before; months, events and patients are means of the trials that end here.",
            table=looks,
        ),
    )


def _tests(parts: dict[str, pd.DataFrame], told: str) -> tuple[SensitivityPart, ...]:
    if "test" not in parts:
        return ()
    return (
        SensitivityPart(
            title="Stratified and unstratified test",
            note=f"{told} Schoenfeld's formula knows no strata: what a stratified test loses to "
            "strata with hardly anybody in them is seen here only.",
            table=parts["test"],
        ),
    )


def _centres(parts: dict[str, pd.DataFrame], told: str) -> tuple[SensitivityPart, ...]:
    if "centres" not in parts:
        return ()
    table = _numbered(parts["centres"], "centres")
    return (
        SensitivityPart(
            title="Number of centres and duration",
            note=f"{told} Each centre accrues at the rate of the source's single centre.",
            table=table,
            kind="curve",
            x="centres",
            y="duration_months",
            se="duration_se",
            x_label="Centres",
            y_label="Months to the analysis",
            against_target=False,
        ),
    )
