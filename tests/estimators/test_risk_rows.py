"""Evidence: sums over risk sets by their definition, and a limit where rounding would ruin them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial.estimators.cox import BRESLOW, EFRON, cox
from oligotrial.estimators.cox_maximum import evaluate
from oligotrial.estimators.cox_sample import arrange


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    ties=st.sampled_from([EFRON, BRESLOW]),
    beta=st.floats(-3, 3),
)
def test_likelihood_is_that_of_the_definition(seed, ties, beta):
    random = np.random.default_rng(seed)
    time = random.integers(1, 6, 15)
    event = (random.random(15) < 0.6).astype(int)
    event[0] = 1
    entry = random.integers(0, 5, 15) * (random.random(15) < 0.5) % time
    strata, x, weight = random.integers(0, 2, 15), random.normal(size=15), random.random(15) + 0.5
    sample = arrange(time, event, x, entry=entry, strata=strata, weights=weight, ties=ties)
    expected = 0.0
    hazard = weight * np.exp(beta * x)
    for stratum in (0, 1):
        for t in np.unique(time[(event == 1) & (strata == stratum)]):
            here = (strata == stratum) & (time >= t) & ((entry < t) | (entry == 0))
            dying = here & (time == t) & (event == 1)
            deaths = dying.sum()
            expected += weight[dying] @ x[dying] * beta
            for step in range(deaths):
                left = hazard[here].sum() - ties.split * step / deaths * hazard[dying].sum()
                expected -= weight[dying].mean() * np.log(left)
    assert evaluate(sample, np.array([beta])).log_likelihood == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("outlier", [[], [1e7]])
def test_a_large_hazard_that_has_come_and_gone_leaves_no_trace(outlier):
    # The one with the outlying covariate comes after the first times and is censored before the
    # last ones; alone in its stratum's risk sets it says nothing, whatever its hazard.
    time = np.concatenate([[1, 2, 9, 10, 11, 12, 4.5], [4.0] * len(outlier)])
    event = np.concatenate([[1, 1, 1, 1, 1, 1, 1], [0] * len(outlier)])
    entry = np.concatenate([[0, 0, 5, 5, 5, 5, 4.2], [3.0] * len(outlier)])
    x = np.concatenate([[0.0, 1, 0, 1, 0, 1, 0.5], outlier])
    fit = cox(time, event, x, entry=entry)
    plain = cox(time[:7], event[:7], x[:7], entry=entry[:7])
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-12)
