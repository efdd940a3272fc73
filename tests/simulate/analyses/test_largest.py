"""Identity: the exact probabilities of two to four variables. Independent: R's mvtnorm."""

import json
from pathlib import Path

import numpy as np
import pytest

from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.simulate.analyses import analyse_trial
from oligotrial.simulate.analyses.largest import largest_below, largest_room, normal_points
from oligotrial.simulate.analyses.normal import all_below, normal_below
from oligotrial.trial.decide import MaxCombo

KINDS = [(0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5), (0, 0.5), (2, 0), (0, 2), (0.5, 0), (2, 2)]
R = json.loads((Path(__file__).parents[2] / "oracles" / "r_largest.json").read_text())


def correlation(kinds, rng):
    """Correlation of Fleming-Harrington statistics over some events, often singular."""
    survival = np.linspace(1.0, rng.uniform(0.05, 0.6), rng.integers(20, 150))
    weights = np.array([survival**rho * (1.0 - survival) ** gamma for rho, gamma in kinds])
    covariance = weights * rng.uniform(0.1, 0.25, survival.size) @ weights.T
    spread = np.sqrt(np.diag(covariance))
    found = covariance / np.outer(spread, spread)
    np.fill_diagonal(found, 1.0)
    return found


def largest(z, matrix):
    size = len(matrix)
    return largest_below(z, matrix.copy(), normal_points(size), np.empty(largest_room(size)))


@pytest.mark.parametrize("size", [2, 3, 4])
def test_few_variables_against_what_is_exact(size):
    """About 1e-4 at most in the tail by which a test is decided, and as its error says."""
    rng, apart, scaled = np.random.default_rng(5), [], []
    for _ in range(150):
        matrix = correlation([KINDS[i] for i in rng.permutation(10)[:size]], rng)
        z = rng.uniform(1.2, 3.0)
        found, error = largest(z, matrix)
        apart.append(found - all_below(z, matrix))
        scaled.append(apart[-1] / max(error, 1e-7))
    assert np.abs(apart).max() < 1.5e-4
    assert np.abs(scaled).max() < 5.0


def test_independent_and_equal_variables():
    for z in (0.5, 1.5, 2.5):
        found, error = largest(z, np.eye(6))
        assert found == pytest.approx(normal_below(z) ** 6, abs=5 * error)
        assert error < 2e-3
        assert largest(z, np.ones((6, 6)))[0] == pytest.approx(normal_below(z), abs=1e-12)


def test_mvtnorm():
    for made in R["cases"]:
        found, error = largest(made["z"], np.array(made["correlation"]))
        # mvtnorm states three and a half standard errors of its own.
        assert found == pytest.approx(made["below"], abs=4 * error + made["error"])
        assert abs(found - made["below"]) < 3e-4


def test_more_weights_in_a_trial():
    """A weight given twice, all but, is no more than once: p of five is p of four."""
    rng = np.random.default_rng(2)
    arm = np.arange(120) % 2
    time = rng.exponential(np.where(arm == 1, 14.0, 10.0))
    event = (time < 25.0) * 1
    four = MaxCombo(0.1)
    again = FlemingHarrington(1e-9, 0.0)
    exact = analyse_trial(four, time, event=event, arm=arm)
    found = analyse_trial(MaxCombo(0.1, (*four.weights, again)), time, event=event, arm=arm)
    assert found["p"] == pytest.approx(exact["p"], abs=1e-4)
    assert 0.0 < found["p_error"] < 1e-4
    assert found["largest"] == exact["largest"]
    assert "p_error" not in exact
