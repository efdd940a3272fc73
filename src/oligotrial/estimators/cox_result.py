"""What a Cox regression found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from oligotrial.checks import known_keys
from oligotrial.estimators.chi_squared import ChiSquaredTest
from oligotrial.estimators.concordance import Concordance, harrell_c
from oligotrial.estimators.cox_maximum import Maximum
from oligotrial.estimators.cox_sample import Sample, Ties

__all__ = ["Cox"]


@dataclass(frozen=True)
class Cox:
    """A fitted Cox regression.

    Parameters
    ----------
    coefficients : pandas.DataFrame
        A row a coefficient. `log_hazard_ratio` is per unit of the covariate; `hazard_ratio`
        has limits `lower` and `upper`; `std_error`, of the log hazard ratio, is the robust one
        where that was asked for, and `z` and two-sided `p` go with it; `model_std_error` is
        from the information.
    covariance, model_covariance : numpy.ndarray
        Shape (coefficient, coefficient): of the log hazard ratios, likewise.
    null_log_likelihood, log_likelihood : float
        Log partial likelihoods without covariates and at the estimates.
    likelihood_ratio, wald, score : ChiSquaredTest
        Of no effect of any covariate. Wald's uses `covariance`, the others the model.
    linear_predictor : numpy.ndarray
        Shape (patient,): the sum of log hazard ratios times covariates.
    patients, events : int
        Rows given, and events among them.
    warnings : tuple of str
        What the estimates can't be trusted in; empty for a regular fit.
    ties : Ties
        How tied events were treated.
    maximum : Maximum
        The likelihood at its maximum.
    sample : Sample
        The patients, sorted.
    cluster : numpy.ndarray or None
        Shape (patient,): number of the cluster of each, as given.
    """

    coefficients: pd.DataFrame
    covariance: np.ndarray = field(repr=False)
    model_covariance: np.ndarray = field(repr=False)
    null_log_likelihood: float
    log_likelihood: float
    likelihood_ratio: ChiSquaredTest
    wald: ChiSquaredTest
    score: ChiSquaredTest
    linear_predictor: np.ndarray = field(repr=False)
    patients: int
    events: int
    warnings: tuple[str, ...]
    ties: Ties
    maximum: Maximum = field(repr=False)
    sample: Sample = field(repr=False)
    cluster: np.ndarray | None = field(repr=False)

    @property
    def converged(self) -> bool:
        """Whether the likelihood has a maximum and it was found."""
        return self.maximum.converged

    @property
    def unbounded(self) -> tuple[str, ...]:
        """Coefficients that run to infinity, because covariates separate the events."""
        return tuple(self.sample.design.names[k] for k in self.maximum.unbounded)

    def cumulative_hazard(self, profile: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Return the cumulative hazard of a patient at the distinct event times.

        Parameters
        ----------
        profile : mapping, optional
            Value of each column of `coefficients`; one that is left out is 0, so that without a
            profile it is the baseline hazard.

        Returns
        -------
        pandas.DataFrame
            Columns `stratum`, `time` and `cumulative_hazard`.

        Raises
        ------
        InputError
            If the profile has a covariate that the regression hasn't.

        Notes
        -----
        Breslow's estimate, or Efron's where ties are: R's ``basehaz(fit, centered = FALSE)``.
        """
        sample, best = self.sample, self.maximum.best
        given = dict(profile or {})
        known_keys(given, sample.design.names, "profile")
        values = np.array([given.get(name, 0.0) for name in sample.design.names], dtype=float)
        log_ratio = (values - sample.centre) @ best.beta - best.reference
        stratum = np.repeat(np.arange(len(sample.strata)), np.diff(sample.rows.first))
        table = pd.DataFrame(
            {"stratum": stratum, "time": sample.row_time, "cumulative_hazard": best.hazard}
        )
        table["cumulative_hazard"] *= np.exp(log_ratio)[stratum]
        steps = table.groupby(["stratum", "time"])["cumulative_hazard"].sum()
        table = steps.groupby("stratum").cumsum().reset_index()
        table["stratum"] = [sample.strata[number] for number in table["stratum"]]
        return table

    def martingale_residuals(self) -> np.ndarray:
        """Return events less those expected of each patient, in the order that was given.

        Returns
        -------
        numpy.ndarray
            Shape (patient,).

        Notes
        -----
        Therneau and Grambsch (2000), Modeling Survival Data, section 4.2.
        """
        return self.sample.given_order(self.sample.event - self.maximum.best.expected)

    def concordance(self, *, level: float = 0.95) -> Concordance:
        """Return Harrell's C of the linear predictor in the patients that the fit is from.

        Parameters
        ----------
        level : float, optional
            Confidence level, in (0, 1).

        Returns
        -------
        Concordance
            Too high for new patients, as long as the coefficients are from these.
        """
        sample = self.sample
        entry = np.where(np.isfinite(sample.entry), sample.entry, 0.0)
        return harrell_c(
            sample.given_order(sample.time),
            sample.given_order(sample.event),
            risk=self.linear_predictor,
            entry=sample.given_order(entry),
            strata=sample.given_order(sample.rows.stratum),
            weights=sample.given_order(sample.weight),
            cluster=self.cluster,
            level=level,
        )
