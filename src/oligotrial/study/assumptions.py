"""What a study assumes, each with its source."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.spec import Study

__all__ = ["assumptions"]


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
    spec = study.spec
    mean, sd = study.control_shift
    rows = [
        (
            "Population",
            f"{' and '.join(spec.population.lines)} line, mixed by "
            f"{' and '.join(spec.population.strata)} as the cohort is",
            "cohort",
        ),
        ("Posterior read at", spec.population.schedule, "this study"),
        ("Planning hazard ratio", f"{spec.effect.planning_hazard_ratio:g}", spec.effect.reason),
        *(
            (
                f"Effect prior: {part.name} (weight {part.weight:g})",
                _interval(study.effect_prior.means[number], study.effect_prior.sds[number]),
                f"{part.reason}{f' [{part.evidence}]' if part.evidence else ''}",
            )
            for number, part in enumerate(spec.effect.prior)
        ),
        (
            "Probability that the hazard ratio is below 1",
            f"{study.effect_prior.probability_below(1.0):.2f}",
            "effect prior",
        ),
        (
            "Control arm's hazard against the cohort's",
            _interval(mean, sd),
            f"{spec.control.reason} [{spec.control.cohort_median}, {spec.control.control_median}]",
        ),
        (
            "Accrual",
            f"{study.centre_rate:.3f} eligible patients a month and centre, "
            f"{spec.accrual.centres} centres, {spec.accrual.pattern} arrivals",
            f"{spec.accrual.patients} over {spec.accrual.months}, share of eligible lines",
        ),
        ("Dropout", f"{100 * spec.dropout.per_year:g}% a year in both arms", spec.dropout.reason),
        *_protocol(study),
        (
            "Events that never come",
            "where dropout keeps the events from coming, the analysis is made when nobody is left "
            "under observation; the column 'reached' counts the other trials",
            "protocol",
        ),
    ]
    return pd.DataFrame(rows, columns=["assumption", "value", "source"])


def _protocol(study: Study) -> list[tuple[str, str, str]]:
    """Return what is assumed of imaging, looks and the effect's course."""
    spec = study.spec
    rows = [("Decision", study.analysis_words.rstrip(","), "protocol")]
    if spec.design.looks:
        rows.append(
            (
                "Looks",
                f"after {', '.join(f'{share:g}' for share in spec.design.looks.fractions)} of the "
                f"events; alpha spent by {spec.design.looks.efficacy.spending}",
                spec.design.looks.reason,
            )
        )
    if spec.off_protocol:
        off = spec.off_protocol
        words = f"{off.share:.0%} of controls, at {off.after_months:g} to "
        words += f"{off.after_months + off.within_months:g} months while event-free"
        rows.append(("Experimental treatment off protocol", words, off.reason))
    if spec.analysis.posterior:
        prior = spec.analysis.posterior
        rows.append(
            (
                "Prior of the analysis",
                f"hazard ratio {prior.hazard_ratio:g} ({100 * prior.level:g}% interval "
                f"{prior.lower:g} to {prior.upper:g}), log-normal",
                prior.reason,
            )
        )
    if spec.effect.shape:
        rows.append(("Course of the effect", spec.effect.shape.words, spec.effect.shape.reason))
    imaging = spec.imaging
    if imaging is None:
        seen = "when it happens, not at imaging visits"
        return [*rows, ("Progression seen", seen, "simplification of this version")]
    words = f"at visits {imaging.words}"
    if imaging.experimental:
        words += f"; in the experimental arm {imaging.experimental.words}"
    return [*rows, ("Progression seen", words, imaging.reason)]


def _interval(mean: float, sd: float) -> str:
    low, middle, high = np.exp(mean + sd * norm.ppf([0.025, 0.5, 0.975]))
    return f"hazard ratio {middle:.2f} (95% interval {low:.2f} to {high:.2f}), log-normal"
