"""What decides a trial, in words that a protocol could carry."""

from oligotrial.protocol.analysis import AnalysisSpec, PosteriorAnalysisSpec
from oligotrial.protocol.design import DesignSpec
from oligotrial.protocol.looks import LooksSpec
from oligotrial.protocol.moments import listed
from oligotrial.protocol.monitoring import MonitoringSpec, ScreeningSpec

__all__ = ["analysis_words", "decision_words", "look_words"]


def decision_words(analysis: AnalysisSpec, design: DesignSpec) -> str:
    """Return what decides the trial, with its looks.

    Parameters
    ----------
    analysis : AnalysisSpec
        What decides.
    design : DesignSpec
        When and by which rule.

    Returns
    -------
    str
        The subject of a sentence.
    """
    words = analysis_words(analysis, design.looks)
    if design.monitoring is not None:
        return f"{words}, {_monitored(design.monitoring)},"
    if design.screening is not None:
        return f"{words} {_screened(design.screening)}"
    return words


def analysis_words(analysis: AnalysisSpec, looks: LooksSpec | None) -> str:
    """Return what decides the trial, in words that a protocol could carry.

    Parameters
    ----------
    analysis : AnalysisSpec
        What decides.
    looks : LooksSpec or None
        Group-sequential looks.

    Returns
    -------
    str
        The subject of a sentence: "a one-sided stratified log-rank test at the 10% level".
    """
    if isinstance(analysis, PosteriorAnalysisSpec):
        return (
            f"the rule that the posterior probability of a hazard ratio below "
            f"{analysis.posterior.bound:g} be at least {analysis.posterior.probability:g}"
        )
    stratified = "stratified " if getattr(analysis, "stratified", False) else ""
    level = f"at the {100 * analysis.alpha:g}% level"
    if looks is None:
        return f"a one-sided {stratified}{analysis.name} {level}"
    return (
        f"a one-sided {stratified}group-sequential {analysis.name} {level}, looked at "
        f"{look_words(looks)}{_SPENT[looks.spend_by]},"
    )


def look_words(spec: LooksSpec | MonitoringSpec) -> str:
    """Return when looks are made: "after 50% and 100% of these events".

    Parameters
    ----------
    spec : LooksSpec or MonitoringSpec
        The looks.

    Returns
    -------
    str
        What follows "looked at".
    """
    if spec.when is None:
        shares = listed([f"{100 * share:g}%" for share in spec.fractions or ()])
        return f"after {shares} of these events"
    return f"at {'; at '.join(moment.words for moment in spec.when)}"


_SPENT = {
    None: "",
    "events": ", with alpha spent by the events that each trial has",
    "months": ", with alpha spent by the months that have passed",
}

_STATISTICS = {
    "analysis": "it",
    "predictive-probability": "the predictive probability of success",
    "conditional-power": "conditional power",
}


def _monitored(spec: MonitoringSpec) -> str:
    return f"monitored by {_STATISTICS[spec.statistic]} {look_words(spec)}"


def _screened(spec: ScreeningSpec) -> str:
    if spec.stop is not None or spec.go is not None:
        return "with a go, a stop or neither by the criteria below,"
    if spec.stop_below is not None:
        below = f"below a statistic of {spec.stop_below:g}"
        return f"for a go, with a stop {below} and the rest left open,"
    return (
        "for a go, with a stop below the statistic that a hazard ratio of "
        f"{spec.hazard_ratio:g} falls short of in {100 * (spec.beta or 0.0):g}% of trials and the "
        "rest left open,"
    )
