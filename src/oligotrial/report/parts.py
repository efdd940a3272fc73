"""Parts of a report's contents as plain data: the recommendation, models, changed assumptions."""

from collections.abc import Collection
from dataclasses import dataclass, field

import pandas as pd

from oligotrial.checks import InputError, one_of

__all__ = ["ModelPart", "Recommendation", "SensitivityPart", "has_columns"]


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
        has_columns(self.priors, ("parameter", "prior"), f"{where}, priors")
        has_columns(
            self.effects,
            ("term", "contrast", "hazard_ratio", "lower", "upper"),
            f"{where}, effects",
        )
        has_columns(self.diagnostics, ("quantity", "value", "passed"), f"{where}, diagnostics")
        curve = ("panel", "level", "time", "survival", "lower", "upper")
        has_columns(self.curves, curve, f"{where}, curves")
        has_columns(
            self.medians, ("panel", "level", "median", "lower", "upper"), f"{where}, medians"
        )
        band = ("group", "time", "observed", "lower", "median", "upper")
        has_columns(self.predictive, band, f"{where}, predictive")
        has_columns(self.sensitivity, ("quantity", "prior", "likelihood"), f"{where}, sensitivity")


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
        has_columns(self.table, named, f"{where}, table")


def has_columns(frame: pd.DataFrame, columns: Collection[str], where: str) -> None:
    """Raise `InputError` where a table that isn't empty lacks a column."""
    missing = [name for name in columns if name not in frame.columns]
    if missing and len(frame.columns):
        raise InputError(
            f"column {', '.join(map(repr, missing))} is missing; there are "
            f"{', '.join(map(str, frame.columns))}; add it or give an empty DataFrame()",
            where=where,
        )
