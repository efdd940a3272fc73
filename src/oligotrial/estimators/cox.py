"""Cox regression: tied events by Efron or Breslow, strata, delayed entry, robust errors."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from oligotrial.estimators.chi_squared import ChiSquaredTest, chi_squared_test, quadratic_test
from oligotrial.estimators.cox_design import Covariates
from oligotrial.estimators.cox_maximum import Maximum, maximise
from oligotrial.estimators.cox_residuals import score_residuals
from oligotrial.estimators.cox_result import Cox
from oligotrial.estimators.cox_sample import BRESLOW, EFRON, Sample, Ties, arrange
from oligotrial.estimators.patient_weight import weighting
from oligotrial.estimators.scale import quantile_of

__all__ = ["BRESLOW", "EFRON", "ChiSquaredTest", "Cox", "Ties", "cox"]


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: Covariates,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: Ties = EFRON,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> Cox:
    """Regress the hazard on covariates: proportional hazards, baseline left open.

    Parameters
    ----------
    time, event : array_like
        Shape (patient,): times of at least 0, and 1 for an event or 0 for censored.
    covariates : pandas.DataFrame, mapping of columns, or array_like
        A column a covariate, or one plain list. Words and categories become an indicator
        for each value but the first.
    entry : array_like, optional
        Shape (patient,): when each came under observation; 0 is the origin. A patient whose
        covariates change with time has a row for each span (and a `cluster`, if errors are
        to be robust).
    strata : array_like, optional
        Shape (patient,): each stratum has a baseline hazard of its own.
    ties : Ties, optional
        `EFRON` or `BRESLOW`.
    cluster : array_like, optional
        Shape (patient,): rows that belong together, such as lesions of a patient or patients of
        a centre. Standard errors are then robust to dependence within clusters.
    robust : bool, optional
        Whether standard errors are robust; without clusters each row is one. When left out they
        are if there are clusters or weights that aren't whole numbers.
    weights : array_like, optional
        Shape (patient,): how many patients each stands for, above 0. Weights that are not
        counts, such as those of sampling, need robust errors.
    level : float, optional
        Confidence level of the hazard ratios' limits, in (0, 1).

    Returns
    -------
    Cox
        Look at its `warnings`: where the events are separated by a covariate, the hazard ratio
        is infinite or 0, the likelihood-ratio and score tests hold, and neither its standard
        error, limits nor Wald test mean anything.

    Raises
    ------
    InputError
        If an array is not valid, there are no events, or a covariate is constant among those at
        risk or follows from the others.

    See Also
    --------
    harrell_c, uno_c : How well a score tells who has the event earlier.
    proportionality : Whether the hazards are proportional.

    Notes
    -----
    Cox (1972), doi:10.1111/j.2517-6161.1972.tb00899.x; robust variance of Lin and Wei (1989),
    doi:10.1080/01621459.1989.10478874. R's ``coxph(Surv(entry, time, event) ~ covariates +
    strata(strata) + cluster(cluster), weights, ties)``.

    Examples
    --------
    >>> fit = cox([5, 8, 9, 12, 15, 18], [1, 1, 0, 1, 1, 0], {"dose": [0, 1, 0, 0, 1, 1]})
    >>> round(float(fit.coefficients.loc["dose", "hazard_ratio"]), 3)
    0.342
    """
    z = quantile_of(level)
    sample = arrange(
        time, event, covariates, entry=entry, strata=strata, ties=ties, weights=weights
    )
    groups = weighting(weights, len(sample.time), cluster=cluster, robust=robust).cluster
    maximum = maximise(sample)
    null, best, model = maximum.null, maximum.best, maximum.covariance
    covariance = model if groups is None else _sandwich(sample, maximum, groups)
    return Cox(
        _table(sample, best.beta, covariance, model, z),
        covariance,
        model,
        null.log_likelihood,
        best.log_likelihood,
        chi_squared_test(2.0 * (best.log_likelihood - null.log_likelihood), len(best.beta)),
        quadratic_test(best.beta, covariance),
        quadratic_test(null.score, null.information),
        _linear_predictor(sample, best.beta),
        len(sample.time),
        int(sample.event.sum()),
        _warnings(sample, maximum, groups, covariance),
        ties,
        maximum,
        sample,
        groups,
    )


def _table(
    sample: Sample, beta: np.ndarray, covariance: np.ndarray, model: np.ndarray, z: float
) -> pd.DataFrame:
    error = np.sqrt(np.diag(covariance))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        columns = {
            "log_hazard_ratio": beta,
            "std_error": error,
            "hazard_ratio": np.exp(beta),
            "lower": np.exp(beta - z * error),
            "upper": np.exp(beta + z * error),
            "z": beta / error,
            "p": 2.0 * norm.sf(np.abs(beta / error)),
            "model_std_error": np.sqrt(np.diag(model)),
        }
    return pd.DataFrame(columns, index=pd.Index(sample.design.names, name="covariate"))


def _sandwich(sample: Sample, maximum: Maximum, groups: np.ndarray) -> np.ndarray:
    dfbeta = (sample.weight[:, None] * score_residuals(sample, maximum.best)) @ maximum.covariance
    of_cluster = np.zeros((groups.max() + 1, dfbeta.shape[1]))
    np.add.at(of_cluster, groups[sample.order], dfbeta)
    return of_cluster.T @ of_cluster


def _linear_predictor(sample: Sample, beta: np.ndarray) -> np.ndarray:
    # Column by column: a matrix product may round the sums of equal patients differently,
    # who then were no longer tied.
    values = np.zeros(len(sample.time))
    for column, value in zip(sample.design.columns.T, beta, strict=True):
        values += value * column
    return sample.given_order(values)


def _warnings(
    sample: Sample, maximum: Maximum, groups: np.ndarray | None, covariance: np.ndarray
) -> tuple[str, ...]:
    found = []
    if maximum.unbounded:
        names = ", ".join(sample.design.names[k] for k in maximum.unbounded)
        found.append(
            f"the likelihood has no maximum: the hazard ratio of {names} is 0 or infinite, as "
            "when no patient of some value has the event; its standard error, limits and Wald "
            "test mean nothing, but the likelihood-ratio and score tests hold"
        )
    elif not maximum.converged:
        found.append("Newton's steps did not settle; the estimates are not those of a maximum")
    if groups is not None and groups.max() < maximum.best.beta.size:
        found.append(
            f"{groups.max() + 1} clusters are too few for robust errors of "
            f"{maximum.best.beta.size} coefficients: give more than one for each"
        )
    if (np.diag(covariance) < 1e-16 * np.diag(maximum.covariance)).any():
        found.append("robust standard errors vanish: these rows are too alike for an estimate")
    if groups is None and (sample.weight % 1.0).any():
        found.append(
            "the weights are not counts, so that the standard errors are too small or too large; "
            "leave out robust=False, or give clusters"
        )
    return tuple(found)
