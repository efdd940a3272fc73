"""What a study assumes, each with its source."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.protocol import CentresSpec, PeriodsSpec, PosteriorAnalysisSpec
from oligotrial.protocol.beliefs import IntervalSpec
from oligotrial.protocol.posterior import BorrowingSpec, PosteriorSpec
from oligotrial.protocol.words import look_words
from oligotrial.spec import Study

__all__ = ["assumptions"]

type Rows = list[tuple[str, str, str]]
"""Assumption, value and source."""


def assumptions(study: Study) -> pd.DataFrame:
    """Return every assumption of a study, in words.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    pandas.DataFrame
        Columns assumption, value and source.
    """
    parts = (_population, _effect, _control, _accrual, _losses, _decision, _course, _imaging)
    rows = [row for part in parts for row in part(study)]
    rows.append(
        (
            "Events that never come",
            "where dropout keeps the events from coming, the analysis is made when nobody is left "
            "under observation; the column 'reached' counts the other trials",
            "protocol",
        )
    )
    return pd.DataFrame(rows, columns=["assumption", "value", "source"])


def _population(study: Study) -> Rows:
    spec = study.spec.population
    lines, strata = " and ".join(spec.lines), " and ".join(spec.strata)
    rows = [("Posterior read at", spec.schedule, "this study")]
    if not spec.mix:
        return [
            ("Population", f"{lines} line, mixed by {strata} as the cohort is", "cohort"),
            *rows,
        ]
    total = sum(stratum.share for stratum in spec.mix)
    told = "; ".join(
        f"{', '.join(stratum.where[factor] for factor in spec.strata)}: {stratum.share / total:.0%}"
        for stratum in spec.mix
    )
    return [
        ("Population", f"{lines} line, mixed by {strata} as stated: {told}", "this study"),
        *rows,
    ]


def _effect(study: Study) -> Rows:
    spec, prior = study.spec.effect, study.effect_prior
    return [
        ("Planning hazard ratio", f"{spec.planning_hazard_ratio:g}", spec.reason),
        *(
            (
                f"Effect prior: {part.name} (weight {part.weight:g})",
                _interval(prior.means[number], prior.sds[number]),
                f"{part.reason}{f' [{part.evidence}]' if part.evidence else ''}",
            )
            for number, part in enumerate(spec.prior)
        ),
        (
            "Probability that the hazard ratio is below 1",
            f"{prior.probability_below(1.0):.2f}",
            "effect prior",
        ),
        *(
            (
                f"Effect in {part.words}",
                f"hazard ratio {part.ratio_of_hazard_ratios:g} times the others'",
                part.reason,
            )
            for part in spec.subgroups
        ),
    ]


def _control(study: Study) -> Rows:
    spec = study.spec.control
    return [
        (
            "Control arm's hazard against the cohort's",
            _interval(*study.control_shift),
            f"{spec.reason} [{spec.cohort_median}, {spec.control_median}]",
        )
    ]


def _accrual(study: Study) -> Rows:
    spec = study.spec.accrual
    if isinstance(spec, PeriodsSpec):
        return [("Accrual", _periods(spec), spec.reason)]
    source = f"{spec.patients} over {spec.months}"
    if isinstance(spec.patients, str):
        source += ", share of eligible lines"
    return [("Accrual", _centres(spec, study.centre_rate), source)]


def _periods(spec: PeriodsSpec) -> str:
    rates = ", ".join(
        f"{period.patients_per_month:g} from month {period.from_month:g}" for period in spec.periods
    )
    words = f"eligible patients a month: {rates}; {spec.pattern} arrivals"
    if spec.uncertain_from_patients is None:
        return words
    return f"{words}; rates uncertain as after {spec.uncertain_from_patients:g} patients"


def _centres(spec: CentresSpec, rate: float) -> str:
    words = f"{rate:.3f} eligible patients a month and centre, {spec.centres} centres"
    if spec.opening:
        groups = [f"{group.centres} at month {group.month:g}" for group in spec.opening]
        words += f" ({', '.join(groups)})"
    if spec.ramp_months:
        words += f", each up to speed after {spec.ramp_months:g} months"
    if spec.variation:
        words += f", rates between centres with a coefficient of variation of {spec.variation:g}"
    words += f", {spec.pattern} arrivals"
    if spec.uncertain:
        words += "; each trial draws the rate from its gamma posterior"
    return words


def _losses(study: Study) -> Rows:
    spec = study.spec
    rows = [("Dropout", spec.dropout.words, spec.dropout.reason)]
    if spec.off_protocol:
        off = spec.off_protocol
        rows.append(("Experimental treatment off protocol", off.words, off.reason))
    return rows


def _decision(study: Study) -> Rows:
    """Return what is assumed of the analysis, its looks and its prior."""
    design, analysis = study.spec.design, study.spec.analysis
    rows = [("Decision", study.analysis_words.rstrip(","), "protocol")]
    if design.when is not None:
        rows.append(("Analysis", f"at {design.when.words}", "protocol"))
    if design.looks:
        spent = f"{look_words(design.looks)}; alpha spent by {design.looks.efficacy.spending}"
        rows.append(("Looks", spent, design.looks.reason))
    if design.monitoring:
        rows.append(("Looks", look_words(design.monitoring), design.monitoring.reason))
        rows += _components("Prior of the monitoring", design.monitoring.prior or ())
    if design.screening:
        rows.append(("Three outcomes", "go, consider or stop", design.screening.reason))
    if isinstance(analysis, PosteriorAnalysisSpec):
        rows += _posterior(analysis.posterior)
    return rows


def _posterior(spec: PosteriorSpec) -> Rows:
    if spec.prior is not None:
        rows = _components("Prior of the analysis", spec.prior, reason=spec.reason)
    else:
        told = (
            f"hazard ratio {spec.hazard_ratio:g} ({100 * spec.level:g}% interval {spec.lower:g} to "
            f"{spec.upper:g}), log-normal"
        )
        rows = [("Prior of the analysis", told, spec.reason)]
    if spec.hazards.kind != "piecewise":
        rows.append(("Hazards of the analysis", spec.hazards.kind, spec.reason))
    return [*rows, *_borrowed(spec.borrowing)]


def _components(what: str, parts: Sequence[object], *, reason: str = "protocol") -> Rows:
    rows = []
    for part in parts:
        weight, kind = getattr(part, "weight", 1.0), getattr(part, "kind", "")
        if isinstance(part, IntervalSpec):
            centre, width, level = part.log_numbers
            told = f"hazard ratio {np.exp(centre):.2f}, {100 * level:g}% interval's ends "
            told += f"{np.exp(width):.2f}-fold apart"
            source = f"{reason} [{part.evidence}]" if part.evidence else reason
        else:
            told, source = f"hazard ratio {getattr(part, 'hazard_ratio', 1.0):g}", reason
        rows.append((f"{what}: {kind} (weight {weight:g})", told, source))
    return rows


def _borrowed(spec: BorrowingSpec | None) -> Rows:
    if spec is None:
        return []
    return [("External controls", f"{spec.file}, borrowed by {spec.kind}", spec.reason)]


def _course(study: Study) -> Rows:
    shape = study.spec.effect.shape
    return [("Course of the effect", shape.words, shape.reason)] if shape else []


def _imaging(study: Study) -> Rows:
    imaging = study.spec.imaging
    if imaging is None:
        seen = "when it happens, not at imaging visits"
        return [("Progression seen", seen, "simplification of this version")]
    words = f"at visits {imaging.words}"
    if imaging.experimental:
        words += f"; in the experimental arm {imaging.experimental.words}"
    return [("Progression seen", words, imaging.reason)]


def _interval(mean: float, sd: float) -> str:
    low, middle, high = np.exp(mean + sd * norm.ppf([0.025, 0.5, 0.975]))
    return f"hazard ratio {middle:.2f} (95% interval {low:.2f} to {high:.2f}), log-normal"
