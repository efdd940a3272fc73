"""The smallest design that reaches a study's target, in words and numbers."""

import pandas as pd

from oligotrial.protocol import CentresSpec
from oligotrial.report import Recommendation, moment_words
from oligotrial.simulate import smallest
from oligotrial.simulate.operating import months_to_enrol
from oligotrial.spec import Study
from oligotrial.study.results import Results
from oligotrial.trial import AtEvents, Design

__all__ = ["recommend"]


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
        sentence=_sentence(results, power, assurance),
        patients=int(row["patients"]),
        events=int(row["events"]),
        power=power["estimate"],
        power_se=power["mc_se"],
        assurance=assurance["estimate"],
        assurance_se=assurance["mc_se"],
        duration_months=assurance["duration_months"],
        duration_low=assurance["duration_low"],
        duration_high=assurance["duration_high"],
        accrual_months=months_to_enrol(results.design, row["patients"]),
    )


def _sentence(results: Results, power: pd.Series, assurance: pd.Series) -> str:
    study, spec = results.study, results.study.spec
    control, experimental = results.design.allocation
    lines = "- and ".join(spec.population.lines)
    strata = " and ".join(spec.population.strata)
    return (
        f"{power['patients']:.0f} {lines}-line patients will be randomised "
        f"{control}:{experimental} to the control arm or to radiotherapy, stratified by {strata}; "
        f"{_moment(results.design)} {study.analysis_words} has "
        f"a power of {_with_error(power)} for a hazard "
        f"ratio of {spec.effect.planning_hazard_ratio:g} and, averaged over what is believed of "
        f"the hazard ratio, a probability of success (assurance) of {_with_error(assurance)}. "
        f"{_who(study)} accrual of all of them is expected to take "
        f"{months_to_enrol(results.design, power['patients']):.0f} months"
        f"{_until_it_ends(results.design)}, and the trial "
        f"{assurance['duration_median']:.0f} months to its analysis (median; 90% of simulated "
        f"trials between {assurance['duration_low']:.0f} and {assurance['duration_high']:.0f})."
    )


def _moment(design: Design) -> str:
    last = design.looks[-1]
    if isinstance(last, AtEvents):
        return f"after {last.events} progression-free survival events"
    return f"at {moment_words(last)}"


def _until_it_ends(design: Design) -> str:
    return " unless the trial ends before" if len(design.looks) > 1 else ""


def _who(study: Study) -> str:
    accrual = study.spec.accrual
    return (
        f"With {accrual.centres} centres" if isinstance(accrual, CentresSpec) else "At these rates"
    )


def _with_error(row: pd.Series) -> str:
    return f"{row['estimate']:.3f} (Monte Carlo standard error {row['mc_se']:.3f})"
