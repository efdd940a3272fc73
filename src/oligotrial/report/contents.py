"""All that a report shows, as plain data: whoever ran the study fills it in."""

from dataclasses import dataclass, field

import pandas as pd

from oligotrial.checks import InputError, one_of, probability
from oligotrial.report.numbers import slug
from oligotrial.report.parts import ModelPart, Recommendation, SensitivityPart, has_columns
from oligotrial.report.rule import RulePart

__all__ = ["Contents"]

MEASURES = {"power": "Power", "assurance": "Assurance"}
"""The scenarios that a trial is sized on, and how they are written."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Contents:
    """Everything in a report.

    Parameters
    ----------
    title : str
        What the study is.
    cohort_label : str
        Whose data these are; shown wherever the cohort or a fit to it is shown.
    target : float
        Probability of success that the trial has to reach.
    target_measure : str
        "power" or "assurance": the scenario whose probability counts.
    subtitle : str
        A line below the title.
    warnings : tuple of str
        What makes the results unfit for use, such as failed sampler checks; shown loudly.
    recommended : Recommendation, optional
        The recommended design, or nothing when no simulated one reaches the target.
    rule : RulePart, optional
        The decision rule of the design shown, where it has looks or more than two outcomes.
    models : tuple of ModelPart
        The fitted models, the main one first.
    sensitivity : tuple of SensitivityPart
        How the result moves with the assumptions.
    operating : pandas.DataFrame
        One row a scenario ("power", "assurance") and size: scenario, patients, events,
        estimate, mc_se, and any of duration_months, duration_low, duration_high,
        accrual_months, replicates and others.
    schoenfeld : pandas.DataFrame
        Closed form beside the simulation: columns patients, events, power.
    effect_prior : pandas.DataFrame
        Prior density of the hazard ratio: hazard_ratio, density (on the scale of the
        hazard ratio, each component times its weight), component; rows of a component
        "mixture" hold the sum, which is added up when they are missing.
    control_check : pandas.DataFrame
        Implied medians beside published ones: columns what, median, lower, upper, source,
        and kind ("implied" or "published"), which tells them apart in the figure.
    cohort_table : pandas.DataFrame
        Baseline characteristics as numbers, a row each: variable, level and others.
    table_one : pandas.DataFrame
        The same as texts, laid out for print: variable, level, and a column for each group.
    agreement : pandas.DataFrame
        Printed against reconstructed: statistic, printed, reconstructed_median,
        reconstructed_low, reconstructed_high, tolerance, draws_within (a share), place, and
        whether the number is contradicted by the source itself; with unit and distance_percent,
        as `cohort.agreement` makes them, how near the numbers are is drawn too.
    score : pandas.DataFrame
        How many printed numbers are reproduced, or within 1% and 5%: a row a kind.
    printed : pandas.DataFrame
        Printed medians and rates, marked upon the cohort's curves: panel and level as in
        cohort_curves (empty for the whole cohort), kind ("median" or "rate"), time (months),
        survival, lower, upper, statistic and place.
    cohort_curves : pandas.DataFrame
        Kaplan-Meier steps: draw, time (months), survival; with columns panel and level
        too, those of subgroups, empty or missing for the whole cohort.
    bed_table : pandas.DataFrame
        The schedules and their biologically effective doses.
    assumptions : pandas.DataFrame
        Columns assumption, value, source.
    provenance : pandas.DataFrame
        Columns item, value: versions, seeds, hashes of the inputs.

    Raises
    ------
    InputError
        If the target is no probability, two models share a name or a table lacks a column.

    Examples
    --------
    >>> empty = Contents(title="T", cohort_label="L", target=0.8, target_measure="power")
    >>> empty.alarms
    ()
    """

    title: str
    cohort_label: str
    target: float
    target_measure: str
    subtitle: str = ""
    warnings: tuple[str, ...] = ()
    recommended: Recommendation | None = None
    rule: RulePart | None = None
    models: tuple[ModelPart, ...] = ()
    sensitivity: tuple[SensitivityPart, ...] = ()
    operating: pd.DataFrame = field(default_factory=pd.DataFrame)
    schoenfeld: pd.DataFrame = field(default_factory=pd.DataFrame)
    effect_prior: pd.DataFrame = field(default_factory=pd.DataFrame)
    control_check: pd.DataFrame = field(default_factory=pd.DataFrame)
    cohort_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    table_one: pd.DataFrame = field(default_factory=pd.DataFrame)
    agreement: pd.DataFrame = field(default_factory=pd.DataFrame)
    score: pd.DataFrame = field(default_factory=pd.DataFrame)
    printed: pd.DataFrame = field(default_factory=pd.DataFrame)
    cohort_curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    bed_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    assumptions: pd.DataFrame = field(default_factory=pd.DataFrame)
    provenance: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        probability(self.target, "target")
        one_of(self.target_measure, MEASURES, "target_measure")
        names = [model.name for model in self.models]
        if len({slug(name) for name in names}) < len(names):
            raise InputError(f"models share a name: {', '.join(names)}; give each its own")
        for name, columns in _COLUMNS.items():
            has_columns(getattr(self, name), columns, name)

    @property
    def alarms(self) -> tuple[str, ...]:
        """All that makes results unfit for use: the warnings and every model's failures."""
        failed = [f"{model.name}: {text}" for model in self.models for text in model.failures]
        return self._with_warnings(failed)

    @property
    def main_alarms(self) -> tuple[str, ...]:
        """What makes the trial's results unfit for use: warnings and the main model's failures."""
        return self.model_alarms(self.models[0]) if self.models else self.warnings

    def model_alarms(self, model: ModelPart) -> tuple[str, ...]:
        """Return what makes a model's results unfit for use.

        Parameters
        ----------
        model : ModelPart
            One of the models.

        Returns
        -------
        tuple of str
            The warnings and the model's failures.
        """
        return self._with_warnings([f"{model.name}: {text}" for text in model.failures])

    def _with_warnings(self, failed: list[str]) -> tuple[str, ...]:
        told = [text for text in failed if not any(_says(text, said) for said in self.warnings)]
        return tuple(dict.fromkeys((*self.warnings, *told)))


_COLUMNS = {
    "operating": ("scenario", "patients", "events", "estimate", "mc_se"),
    "schoenfeld": ("patients", "power"),
    "effect_prior": ("hazard_ratio", "density", "component"),
    "control_check": ("what", "median", "lower", "upper"),
    "cohort_table": ("variable", "level"),
    "table_one": ("variable", "level"),
    "score": ("kind", "numbers", "reproduced"),
    "printed": ("panel", "level", "kind", "time", "survival", "lower", "upper", "statistic"),
    "agreement": ("statistic", "printed", "reconstructed_median", "tolerance"),
    "cohort_curves": ("draw", "time", "survival"),
    "assumptions": ("assumption", "value"),
    "provenance": ("item", "value"),
}


def _says(failure: str, warning: str) -> bool:
    """Tell whether a warning already carries a failure, with or without the model's name."""
    return failure.partition(": ")[2] in warning
