"""Sample size for the log-rank test from accrual, follow-up and dropout, in closed form."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.checks import positive, probability
from oligotrial.trial.drift import alpha_below
from oligotrial.trial.exponential_trial import ExponentialTrial
from oligotrial.trial.formulas import compare_formulas

__all__ = [
    "ExponentialTrial",
    "compare_sizes",
    "lachin_foulkes_log_patients",
    "lachin_foulkes_log_power",
    "lachin_foulkes_patients",
    "lachin_foulkes_power",
]


def lachin_foulkes_patients(trial: ExponentialTrial, power: float, *, alpha: float) -> float:
    """Return the patients at which a test of the difference in hazards has a given power.

    Parameters
    ----------
    trial : ExponentialTrial
        Hazards, accrual, follow-up and dropout.
    power : float
        Probability of a significant benefit to reach.
    alpha : float
        One-sided significance level.

    Returns
    -------
    float
        Patients over both arms, not rounded; `ExponentialTrial.events` gives their events.

    Raises
    ------
    InputError
        If the power is not above alpha.

    Notes
    -----
    Lachin and Foulkes (1986), Biometrics 42, 507-519, doi:10.2307/2531201, with their
    different variances under the two hypotheses; `nSurvival(type = "rd")` of R's gsDesign.

    Examples
    --------
    >>> trial = ExponentialTrial(0.08, 0.65, 24.0, 12.0)
    >>> patients = lachin_foulkes_patients(trial, 0.80, alpha=0.10)
    >>> round(patients, 1), round(trial.events(patients), 1)
    (131.2, 99.9)
    """
    return _patients(_difference(trial), power, alpha)


def lachin_foulkes_log_patients(trial: ExponentialTrial, power: float, *, alpha: float) -> float:
    """Return the patients at which a test of the log hazard ratio has a given power.

    Parameters
    ----------
    trial : ExponentialTrial
        Hazards, accrual, follow-up and dropout.
    power : float
        Probability of a significant benefit to reach.
    alpha : float
        One-sided significance level.

    Returns
    -------
    float
        Patients over both arms, not rounded.

    Raises
    ------
    InputError
        If the power is not above alpha.

    Notes
    -----
    Lachin and Foulkes (1986), Biometrics 42, 507-519, doi:10.2307/2531201, on the log scale;
    `nSurvival(type = "rr")` of R's gsDesign, its default.

    Examples
    --------
    >>> trial = ExponentialTrial(0.08, 0.65, 24.0, 12.0)
    >>> round(lachin_foulkes_log_patients(trial, 0.80, alpha=0.10), 1)
    126.9
    """
    return _patients(_log_ratio(trial), power, alpha)


def lachin_foulkes_power(trial: ExponentialTrial, patients: float, *, alpha: float) -> float:
    """Return the power of a test of the difference in hazards.

    Parameters
    ----------
    trial : ExponentialTrial
        Hazards, accrual, follow-up and dropout.
    patients : float
        Patients over both arms.
    alpha : float
        One-sided significance level.

    Returns
    -------
    float
        Probability of a significant benefit.

    Notes
    -----
    The inverse of `lachin_foulkes_patients`.

    Examples
    --------
    >>> trial = ExponentialTrial(0.08, 0.65, 24.0, 12.0)
    >>> round(lachin_foulkes_power(trial, 120, alpha=0.10), 4)
    0.7734
    """
    return _power(_difference(trial), patients, alpha)


def lachin_foulkes_log_power(trial: ExponentialTrial, patients: float, *, alpha: float) -> float:
    """Return the power of a test of the log hazard ratio.

    Parameters
    ----------
    trial : ExponentialTrial
        Hazards, accrual, follow-up and dropout.
    patients : float
        Patients over both arms.
    alpha : float
        One-sided significance level.

    Returns
    -------
    float
        Probability of a significant benefit.

    Notes
    -----
    The inverse of `lachin_foulkes_log_patients`.

    Examples
    --------
    >>> trial = ExponentialTrial(0.08, 0.65, 24.0, 12.0)
    >>> round(lachin_foulkes_log_power(trial, 120, alpha=0.10), 4)
    0.7834
    """
    return _power(_log_ratio(trial), patients, alpha)


def compare_sizes(
    trials: Sequence[ExponentialTrial], *, power: float, alpha: float
) -> pd.DataFrame:
    """Tabulate the events and patients that every formula asks for.

    Parameters
    ----------
    trials : sequence of ExponentialTrial
        Hazards, accrual, follow-up and dropout of each trial.
    power : float
        Probability of a significant benefit to reach.
    alpha : float
        One-sided significance level.

    Returns
    -------
    pandas.DataFrame
        A row per trial and formula: `trial` (its number from 0), `hazard_ratio`,
        `experimental_share`, `formula`, `events`, `patients`, and `against_schoenfeld`, the
        events over Schoenfeld's, minus 1.

    Raises
    ------
    InputError
        If the power is not above alpha.

    Examples
    --------
    >>> trial = ExponentialTrial(0.08, 0.65, 24.0, 12.0, experimental_share=2 / 3)
    >>> table = compare_sizes([trial], power=0.8, alpha=0.1).set_index("formula")
    >>> table["events"].round(1).tolist()
    [109.3, 97.3, 112.7, 106.4, 106.2]
    """
    return pd.concat(
        [_sizes(trial, power, alpha).assign(trial=number) for number, trial in enumerate(trials)],
        ignore_index=True,
    )[list(_COLUMNS)]


def _sizes(trial: ExponentialTrial, power: float, alpha: float) -> pd.DataFrame:
    share = trial.experimental_share
    table = compare_formulas(
        (trial.hazard_ratio,), power=power, alpha=alpha, experimental_share=share
    )
    by_events = table.drop(columns=["hazard_ratio", "apart"]).iloc[0].to_dict()
    by_accrual = {
        name: trial.events(size(trial, power, alpha=alpha)) for name, size in _BY_ACCRUAL.items()
    }
    found = by_events | by_accrual
    events = np.array(list(found.values()))
    return pd.DataFrame(
        {
            "hazard_ratio": trial.hazard_ratio,
            "experimental_share": share,
            "formula": list(found),
            "events": events,
            "patients": events / trial.events(1.0),
            "against_schoenfeld": events / found["schoenfeld"] - 1,
        }
    )


class _Separation(NamedTuple):
    """An effect, and the variances of one patient's share in it under both hypotheses."""

    effect: float
    under_null: float
    real: float


def _difference(trial: ExponentialTrial) -> _Separation:
    pooled = float(trial.shares @ trial.hazards)
    under_null = pooled**2 / (trial.observed(pooled) * np.prod(trial.shares))
    real = np.sum(trial.hazards**2 / (trial.event_probabilities * trial.shares))
    return _Separation(trial.hazards[0] - trial.hazards[1], float(under_null), float(real))


def _log_ratio(trial: ExponentialTrial) -> _Separation:
    pooled = float(trial.shares @ trial.hazards)
    under_null = 1 / (trial.observed(pooled) * np.prod(trial.shares))
    real = np.sum(1 / (trial.event_probabilities * trial.shares))
    return _Separation(-np.log(trial.hazard_ratio), float(under_null), float(real))


def _patients(found: _Separation, power: float, alpha: float) -> float:
    """Return the patients that separate an effect from 0."""
    z = norm.isf(alpha_below(power, alpha)), norm.ppf(power)
    spread = z[0] * np.sqrt(found.under_null) + z[1] * np.sqrt(found.real)
    return float(spread**2 / found.effect**2)


def _power(found: _Separation, patients: float, alpha: float) -> float:
    """Return the probability that patients separate an effect from 0."""
    reach = found.effect * np.sqrt(positive(patients, "patients"))
    needed = norm.isf(probability(alpha, "alpha")) * np.sqrt(found.under_null)
    return float(norm.cdf((reach - needed) / np.sqrt(found.real)))


_BY_ACCRUAL = {
    "lachin_foulkes": lachin_foulkes_patients,
    "lachin_foulkes_log": lachin_foulkes_log_patients,
}

_COLUMNS = (
    "trial",
    "hazard_ratio",
    "experimental_share",
    "formula",
    "events",
    "patients",
    "against_schoenfeld",
)
