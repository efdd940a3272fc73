"""Evidence: closed form, another implementation (statsmodels' PHReg), limits."""

import numpy as np
import pytest
from statsmodels.duration.hazard_regression import PHReg

from oligotrial.estimators.cox_kernels import cox_newton, fill_cox


def sample(patients, covariates, *, seed):
    random = np.random.default_rng(seed)
    time = np.sort(np.ceil(12 * random.exponential(size=patients)))
    event = (random.random(patients) < 0.7).astype(np.int64)
    return time, event, random.normal(size=(patients, covariates))


def evaluate(time, event, x, beta, *, efron):
    score, information = np.empty(len(beta)), np.empty((len(beta), len(beta)))
    value = fill_cox(time, event, x, beta, efron, score, information)
    return value, score, information


def newton(time, event, x, *, efron=True):
    beta, covariance = np.zeros(x.shape[1]), np.empty((x.shape[1], x.shape[1]))
    return *cox_newton(time, event, x, efron, beta, covariance), beta, covariance


@pytest.mark.parametrize("efron", [True, False])
@pytest.mark.parametrize(("patients", "covariates"), [(59, 3), (100, 12)])
def test_phreg_agrees_on_tied_times(patients, covariates, efron):
    time, event, x = sample(patients, covariates, seed=1)
    model = PHReg(time, x, event, ties="efron" if efron else "breslow")
    beta = np.linspace(-0.4, 0.6, covariates)
    value, score, information = evaluate(time, event, x, beta, efron=efron)
    assert value == pytest.approx(model.loglike(beta), rel=1e-12)
    np.testing.assert_allclose(score, model.score(beta), atol=1e-11)
    np.testing.assert_allclose(information, -model.hessian(beta), atol=1e-11)
    reached, converged, beta, covariance = newton(time, event, x, efron=efron)
    fit = model.fit()
    assert converged
    assert reached == pytest.approx(fit.llf, rel=1e-12)
    np.testing.assert_allclose(beta, fit.params, atol=1e-8)
    np.testing.assert_allclose(covariance, fit.cov_params(), atol=1e-8)


def test_closed_form_of_four_patients():
    # d log L / dh = 1/h - 2/(1 + h) - 2/(1 + 2h) = 0, that is 4h^2 + h - 1 = 0.
    x = np.array([[0.0], [1.0], [0.0], [1.0]])
    _, converged, beta, _ = newton(np.arange(1.0, 5.0), np.array([1, 1, 1, 0]), x)
    assert converged
    assert beta[0] == pytest.approx(np.log((np.sqrt(17) - 1) / 8), abs=1e-12)


@pytest.mark.parametrize("efron", [True, False])
def test_far_away_the_likelihood_is_finite(efron):
    time, event, x = sample(40, 1, seed=3)
    value, _, _ = evaluate(time, event, x, np.array([200.0]), efron=efron)
    assert np.isfinite(value)


def test_a_start_far_away_ends_at_the_same_maximum():
    time, event, x = sample(80, 3, seed=4)
    near = newton(time, event, x)
    beta, covariance = np.full(3, 4.0), np.empty((3, 3))
    reached, converged = cox_newton(time, event, x, True, beta, covariance)
    assert converged
    assert reached == pytest.approx(near[0], rel=1e-12)
    np.testing.assert_allclose(beta, near[2], atol=1e-9)


@pytest.mark.parametrize(
    "x",
    [
        (np.arange(10) < 5).astype(float)[:, None],
        np.column_stack([np.arange(10) < 5, np.tile([0, 1, 1, 0, 1], 2)]).astype(float),
        np.full((10, 1), 0.1),
        np.column_stack([np.arange(10), 3.0 - 2.0 * np.arange(10)]),
    ],
    ids=["separated", "one of two separated", "constant", "collinear"],
)
def test_no_maximum_is_told(x):
    assert not newton(np.arange(1.0, 11.0), np.ones(10, dtype=np.int64), x)[1]


def test_no_events_are_told():
    assert not newton(np.arange(1.0, 5.0), np.zeros(4, dtype=np.int64), np.arange(4.0)[:, None])[1]
