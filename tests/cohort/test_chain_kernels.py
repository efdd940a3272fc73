"""Identity: the chain's own kernels equal the public estimators, whose oracles are R's."""

import numpy as np
import pytest

from oligotrial.cohort.chain_tests import fill_weights, many_groups, two_groups
from oligotrial.cohort.regress import fill_score_and_information
from oligotrial.estimators import log_rank
from oligotrial.estimators.cox_kernels import fill_cox


def patients(seed, *, size=40):
    """Return sorted times with ties, events, and a column of seven values."""
    generator = np.random.default_rng(seed)
    time = np.sort(generator.integers(1, 25, size).astype(float))
    return time, generator.integers(0, 2, size), generator.integers(0, 7, size)


@pytest.mark.parametrize("seed", range(5))
def test_the_log_rank_test_of_two_groups_is_the_public_one_with_a_direction(seed):
    time, event, value = patients(seed)
    level = np.array([0, 1, 1, 0, 1, 0, 1])
    weights = np.empty((2, len(time)))
    fill_weights(time, event, weights)
    expected = log_rank(time, event, group=level[value])
    found = two_groups(weights, event, level, value, 0.0)
    assert found == pytest.approx(expected.chi_squared, rel=1e-10)
    sign = np.sign(expected.observed[0] - expected.expected[0])
    assert two_groups(weights, event, level, value, sign) == found
    assert two_groups(weights, event, level, value, -sign) == -found


@pytest.mark.parametrize("groups", [3, 4, 7])
def test_the_log_rank_test_of_several_groups_is_the_public_one(groups):
    time, event, value = patients(groups)
    level = np.arange(7) % groups
    weights = np.empty((2, len(time)))
    fill_weights(time, event, weights)
    last = groups - 1
    room = np.empty(groups), np.empty(last), np.empty((last, last))
    found = many_groups(weights, event, level, value, *room)
    assert found == pytest.approx(log_rank(time, event, group=level[value]).chi_squared, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_score_and_information_are_those_of_the_public_regression(seed):
    time, event, value = patients(seed)
    covariates = np.column_stack([value, value % 2, value == 3]).astype(float)
    beta = np.array([0.2, -0.7, 1.1])
    score, information = np.empty(3), np.empty((3, 3))
    expected_score, expected = np.empty(3), np.empty((3, 3))
    fill_cox(time, event, covariates, beta, False, expected_score, expected)
    fill_score_and_information(time, event, covariates, beta, score, information)
    np.testing.assert_allclose(score, expected_score, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(information, expected, rtol=1e-10, atol=1e-10)
