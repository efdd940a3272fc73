"""All that a report shows, as plain data: whoever ran the study fills it in."""

from collections.abc import Collection
from dataclasses import dataclass, field

import pandas as pd

from oligotrial.checks import InputError, one_of, probability
from oligotrial.report.numbers import slug
from oligotrial.report.rule import RulePart

__all__ = ["Contents", "ModelPart", "Recommendation", "SensitivityPart"]

MEASURES = {"power": "Power", "assurance": "Assurance"}
"""The scenarios that a trial is sized on, and how they are written."""


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """The design that a study recommends.

    Parameters
    ----------
    sentence : str
        The design in words that a protocol could carry.
    patients : int
        Patients randomised.
    events : int
        Events at which the analysis is done.
    power : float, optional
        Probability of declaring a benefit under the design's fixed hazard ratio.
    power_se : float, optional
        Its Monte Carlo standard error.
    assurance : float, optional
        Probability of declaring a benefit, averaged over the prior of the hazard ratio.
    assurance_se : float, optional
        Its Monte Carlo standard error.
    duration_months : float, optional
        Mean months from the first patient randomised to the analysis.
    duration_low, duration_high : float, optional
        Months that hold 90% of simulated trials.
    accrual_months : float, optional
        Months from the first to the last patient randomised.

    Examples
    --------
    >>> Recommendation(sentence="Randomise 120 patients.", patients=120, events=96).events
    96
    """

    sentence: str
    patients: int
    events: int
    power: float | None = None
    power_se: float | None = None
    assurance: float | None = None
    assurance_se: float | None = None
    duration_months: float | None = None
    duration_low: float | None = None
    duration_high: float | None = None
    accrual_months: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ModelPart:
    """A fitted survival model.

    Parameters
    ----------
    name : str
        What the model is called, unlike any other's.
    baseline : str
        Its baseline hazard, in words.
    formula : str
        Its formula.
    priors : pandas.DataFrame
        Columns parameter, prior, implies.
    effects : pandas.DataFrame
        Columns term, contrast, hazard_ratio, lower, upper, probability_below_1, and
        mcse_log_hr if there is one.
    diagnostics : pandas.DataFrame
        Columns quantity, value, limit, passed.
    curves : pandas.DataFrame
        Posterior survival: columns panel ("line", "bed", ...), level, time (months),
        survival, lower, upper.
    medians : pandas.DataFrame
        Median survival: columns panel, level, median, lower, upper (months).
    failures : tuple of str
        Checks that failed; each is shown loudly wherever the fit is used.
    predictive : pandas.DataFrame
        Kaplan-Meier curves of replicated cohorts: columns group, time (months), observed, lower,
        median, upper.
    sensitivity : pandas.DataFrame
        How far quantities move with priors and with data: quantity, prior, likelihood and others.
    notes : tuple of str
        What doesn't make the fit wrong and has to be known.

    Raises
    ------
    InputError
        If a table lacks a column.

    Examples
    --------
    >>> ModelPart(name="main", baseline="Weibull", formula="Surv(time, event) ~ 1").failures
    ()
    """

    name: str
    baseline: str
    formula: str
    priors: pd.DataFrame = field(default_factory=pd.DataFrame)
    effects: pd.DataFrame = field(default_factory=pd.DataFrame)
    diagnostics: pd.DataFrame = field(default_factory=pd.DataFrame)
    curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    medians: pd.DataFrame = field(default_factory=pd.DataFrame)
    failures: tuple[str, ...] = ()
    predictive: pd.DataFrame = field(default_factory=pd.DataFrame)
    sensitivity: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        where = f"model '{self.name}'"
        _has(self.priors, ("parameter", "prior"), f"{where}, priors")
        _has(
            self.effects,
            ("term", "contrast", "hazard_ratio", "lower", "upper"),
            f"{where}, effects",
        )
        _has(self.diagnostics, ("quantity", "value", "passed"), f"{where}, diagnostics")
        curve = ("panel", "level", "time", "survival", "lower", "upper")
        _has(self.curves, curve, f"{where}, curves")
        _has(self.medians, ("panel", "level", "median", "lower", "upper"), f"{where}, medians")
        band = ("group", "time", "observed", "lower", "median", "upper")
        _has(self.predictive, band, f"{where}, predictive")
        _has(self.sensitivity, ("quantity", "prior", "likelihood"), f"{where}, sensitivity")


@dataclass(frozen=True, eq=False, kw_only=True)
class SensitivityPart:
    """How the result moves with one assumption.

    Parameters
    ----------
    title : str
        What is varied.
    note : str
        What is held, and what the result means.
    table : pandas.DataFrame
        One row a value of the assumption.
    kind : str
        "curve", drawn and tabulated, or "table", tabulated only.
    x, y : str, optional
        Columns of a curve: the assumption and the result.
    se : str, optional
        Column with the result's Monte Carlo standard error.
    group : str, optional
        Column that parts the rows into several curves.
    x_label, y_label : str, optional
        Axis labels; made from the column names when left out.
    reference : float, optional
        The value of the assumption in the main analysis, marked on the axis.
    against_target : bool
        Whether the result is a probability that the target applies to; the value at which
        a curve crosses the target is then marked.

    Raises
    ------
    InputError
        If the kind is unknown or the table lacks a named column.

    Examples
    --------
    >>> table = pd.DataFrame({"hr": [0.5, 0.7], "power": [0.9, 0.6]})
    >>> SensitivityPart(title="By HR", note="", table=table, kind="curve", x="hr", y="power").x
    'hr'
    """

    title: str
    note: str
    table: pd.DataFrame
    kind: str = "table"
    x: str | None = None
    y: str | None = None
    se: str | None = None
    group: str | None = None
    x_label: str | None = None
    y_label: str | None = None
    reference: float | None = None
    against_target: bool = True

    def __post_init__(self) -> None:
        where = f"sensitivity '{self.title}'"
        one_of(self.kind, ("curve", "table"), f"{where}, kind")
        if self.kind == "curve" and (self.x is None or self.y is None):
            raise InputError("a curve needs the names of its columns x and y", where=where)
        named = [name for name in (self.x, self.y, self.se, self.group) if name]
        _has(self.table, named, f"{where}, table")


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
        whether the number is contradicted by the source itself.
    score : pandas.DataFrame
        How many printed numbers are reproduced: a row a kind.
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
            _has(getattr(self, name), columns, name)

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


def _has(frame: pd.DataFrame, columns: Collection[str], where: str) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing and len(frame.columns):
        raise InputError(
            f"column {', '.join(map(repr, missing))} is missing; there are "
            f"{', '.join(map(str, frame.columns))}; add it or give an empty DataFrame()",
            where=where,
        )


def _says(failure: str, warning: str) -> bool:
    """Tell whether a warning already carries a failure, with or without the model's name."""
    return failure.partition(": ")[2] in warning
