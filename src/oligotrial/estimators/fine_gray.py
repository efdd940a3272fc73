"""Fine and Gray's regression of the subdistribution hazard of one of several causes."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from oligotrial.estimators.arrays import entry_array, numbered, time_array
from oligotrial.estimators.chi_squared import ChiSquaredTest
from oligotrial.estimators.cox import cox
from oligotrial.estimators.cox_design import Covariates, covariate_table, design
from oligotrial.estimators.cox_result import Cox
from oligotrial.estimators.cox_sample import EFRON, Ties
from oligotrial.estimators.cumulative_incidence import cause_numbers, place_of
from oligotrial.estimators.patient_weight import weight_array
from oligotrial.estimators.subdistribution import expand

__all__ = ["FineGray", "fine_gray"]


@dataclass(frozen=True)
class FineGray:
    """A fitted regression of a subdistribution hazard.

    Parameters
    ----------
    cause : hashable
        The cause of interest.
    coefficients : pandas.DataFrame
        A row a coefficient, as of `Cox`: `hazard_ratio` is the subdistribution hazard ratio, and
        `std_error`, with the limits, `z` and `p`, robust.
    covariance : numpy.ndarray
        Shape (coefficient, coefficient): robust, of the log hazard ratios.
    wald : ChiSquaredTest
        Of no effect of any covariate.
    linear_predictor : numpy.ndarray
        Shape (patient,): the sum of log hazard ratios times covariates.
    patients, events : int
        Rows given, and events of the cause among them.
    warnings : tuple of str
        What the estimates can't be trusted in; empty for a regular fit.
    fit : Cox
        The weighted regression, whose rows are those of `expand`: for `proportionality`.
    """

    cause: Hashable
    coefficients: pd.DataFrame
    covariance: np.ndarray = field(repr=False)
    wald: ChiSquaredTest
    linear_predictor: np.ndarray = field(repr=False)
    patients: int
    events: int
    warnings: tuple[str, ...]
    fit: Cox = field(repr=False)

    def incidence(self, profile: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Return the cumulative incidence of the cause at its event times for a patient.

        Parameters
        ----------
        profile : mapping, optional
            Value of each row of `coefficients`; one that is left out is 0.

        Returns
        -------
        pandas.DataFrame
            Columns `stratum`, `time` and `incidence`.

        Raises
        ------
        InputError
            If the profile has a covariate that the regression hasn't.

        Notes
        -----
        One minus the exponential of minus the cumulative subdistribution hazard; R's
        ``survfit(fit, newdata)`` of a regression on ``finegray`` rows.
        """
        table = self.fit.cumulative_hazard(profile)
        incidence = -np.expm1(-table["cumulative_hazard"])
        return table[["stratum", "time"]].assign(incidence=incidence)


def fine_gray(
    time: ArrayLike,
    cause: ArrayLike,
    covariates: Covariates,
    *,
    of: Hashable,
    censored: Hashable = 0,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: Ties = EFRON,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> FineGray:
    """Regress the subdistribution hazard of a cause, and so its cumulative incidence.

    A covariate whose subdistribution hazard ratio is above 1 raises the incidence of the cause,
    be it that it makes the event more frequent or the other events less. For the rate itself
    regress `cause_specific` events with `cox`.

    Parameters
    ----------
    time : array_like
        Shape (patient,): time to the first event or to censoring, at least 0.
    cause : array_like
        Shape (patient,): what the event was, as numbers or words.
    covariates : pandas.DataFrame, mapping of columns, or array_like
        As for `cox`; they don't change with time: one row a patient.
    of : hashable
        The cause of interest.
    censored : hashable, optional
        The value of `cause` for patients without an event.
    entry : array_like, optional
        Shape (patient,): when each came under observation; 0 is the origin.
    strata : array_like, optional
        Shape (patient,): each stratum has a baseline, and a distribution of censoring and entry,
        of its own.
    ties : Ties, optional
        `EFRON` (R's ``coxph``) or `BRESLOW` (R's ``cmprsk::crr``).
    weights : array_like, optional
        Shape (patient,): how many patients each stands for, above 0.
    cluster : array_like, optional
        Shape (patient,): patients that belong together; each is one when left out.
    level : float, optional
        Confidence level of the hazard ratios' limits, in (0, 1).

    Returns
    -------
    FineGray
        Look at its `warnings`, as of `cox`.

    Raises
    ------
    InputError
        If an array is not valid, no patient has the cause, for the reasons of `cox`, or if nobody
        was under observation for a while.

    See Also
    --------
    gray_test : Whether groups have the same incidence.
    cumulative_incidence : The incidence itself.

    Notes
    -----
    Fine and Gray (1999), doi:10.1080/01621459.1999.10474144; with delayed entry Geskus (2011),
    doi:10.1111/j.1541-0420.2010.01420.x; stratified Zhou et al. (2011),
    doi:10.1111/j.1541-0420.2010.01493.x. As R's ``coxph`` of ``survival::finegray`` rows, robust by
    patient. Standard errors take the censoring's distribution as known; those of ``cmprsk::crr``
    add its estimation, which changes them little.

    Examples
    --------
    >>> time, cause = [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 1, 1, 0, 2, 1, 0]
    >>> fit = fine_gray(time, cause, {"arm": [0, 0, 0, 1, 1, 1, 0, 1]}, of=1)
    >>> round(float(fit.coefficients.loc["arm", "hazard_ratio"]), 3)
    0.248
    """
    times = time_array(time)
    causes, numbers = cause_numbers(cause, len(times), censored)
    mine = place_of(of, causes)
    design(covariates, len(times))  # tells of a mistake by the patient's row
    stratum = np.zeros(len(times), dtype=np.int64)
    names: list[Hashable] = [None]
    if strata is not None:
        names, stratum = numbered(strata, len(times), "strata")
    member = np.arange(len(times))
    if cluster is not None:
        member = numbered(cluster, len(times), "cluster")[1]
    kind = np.where(numbers < 0, 0, np.where(numbers == mine, 1, 2))
    entries = entry_array(entry, times)
    rows = expand(times, kind, entries, weight_array(weights, len(times)), stratum)
    fit = cox(
        rows.time,
        rows.event,
        covariate_table(covariates).iloc[rows.patient].reset_index(drop=True),
        entry=rows.entry,
        strata=None if strata is None else np.array(names, dtype=object)[stratum[rows.patient]],
        ties=ties,
        cluster=member[rows.patient],
        weights=rows.weight,
        level=level,
    )
    return FineGray(
        of,
        fit.coefficients,
        fit.covariance,
        fit.wald,
        fit.linear_predictor[: len(times)],
        len(times),
        fit.events,
        fit.warnings,
        fit,
    )
