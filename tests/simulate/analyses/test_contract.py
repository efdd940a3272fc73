"""Identity: what holds for every analysis; a new one is tested before its author thinks of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oligotrial.estimators import LOG_LOG, NormalLogRatio
from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.simulate.analyses import analyse_trial, compile_analyses
from oligotrial.trial import decide
from oligotrial.trial.decide import (
    BY_BOTH_ARMS,
    BY_LIKELIHOOD,
    BY_PRECISION,
    BY_SIZE,
    FINKELSTEIN,
    FIRST_COLUMNS,
    INFORMATION,
    SCORE,
    ConditionalPower,
    CoxTest,
    IntervalLogRank,
    LogRank,
    MaxCombo,
    MilestoneDifference,
    ModestWeight,
    MSplinePosterior,
    PosteriorProbability,
    PredictiveProbability,
    RestrictedMeanDifference,
    StepWeight,
    WeibullPosterior,
    WeightedLogRank,
    succeeds,
)

PRIOR = NormalLogRatio(0.0, 0.6)
ODD = (  # the statistic changes its sign when the arms change places
    LogRank(0.1),
    LogRank(0.1, stratified=False),
    WeightedLogRank(0.1, FlemingHarrington(0.0, 0.5)),
    WeightedLogRank(0.1, ModestWeight(6.0)),
    WeightedLogRank(0.1, StepWeight.early(9.0)),
    CoxTest(0.1),
    CoxTest(0.1, SCORE, stratified=False),
    RestrictedMeanDifference(0.1, 8.0),
    MilestoneDifference(0.1, 8.0),
    MilestoneDifference(0.1, 8.0, LOG_LOG),
    RestrictedMeanDifference(0.1, 8.0, strata=BY_SIZE),
    RestrictedMeanDifference(0.1, 8.0, strata=BY_PRECISION, truncated=True),
    MilestoneDifference(0.1, 8.0, strata=BY_BOTH_ARMS),
    MilestoneDifference(0.1, 8.0, LOG_LOG, strata=BY_PRECISION),
    IntervalLogRank(0.1),
    IntervalLogRank(0.1, FINKELSTEIN, stratified=False),
    IntervalLogRank(0.1, variance=INFORMATION),
    IntervalLogRank(0.1, FINKELSTEIN, variance=INFORMATION),
)
PROBABILITIES = (
    PosteriorProbability(0.95, PRIOR, level=0.9, also=(0.8,)),
    WeibullPosterior(0.95, PRIOR),
    MSplinePosterior(0.95, PRIOR, (8.0,), 20.0, points=64),
    PredictiveProbability(0.5, LogRank(0.1), 90, PRIOR),
    ConditionalPower(0.5, LogRank(0.1), 90, 0.65),
    PredictiveProbability(0.5, CoxTest(0.1), 30, PRIOR, by=BY_LIKELIHOOD),
)
SIX = tuple(FlemingHarrington(rho, gamma) for rho in (0.0, 1.0) for gamma in (0.0, 0.5, 1.0))
ALL = (*ODD, MaxCombo(0.1), MaxCombo(0.1, SIX), *PROBABILITIES)
each = pytest.mark.parametrize("analysis", ALL, ids=lambda a: a.words[:40])


def trial(patients=70, *, seed=3, digits=3):
    rng = np.random.default_rng(seed)
    arm, stratum = rng.permutation(np.arange(patients) % 2), rng.integers(2, size=patients)
    latent, censored = rng.exponential(10.0 * (1 + 0.4 * arm)), rng.uniform(3.0, 30.0, patients)
    time = np.round(np.minimum(latent, censored), digits)
    return time, {"event": (latent <= censored) * 1, "arm": arm, "stratum": stratum}


def test_every_analysis_is_here():
    """All that `decide` exports and that has columns, but rules on top of an analysis."""
    exported = [getattr(decide, name) for name in decide.__all__]
    kinds = {kind for kind in exported if isinstance(kind, type) and hasattr(kind, "columns")}
    kinds -= {decide.Analysis, decide.ThreeOutcomes}
    assert kinds == {type(analysis) for analysis in ALL}


@each
def test_says_what_it_is(analysis):
    assert analysis.columns[:3] == FIRST_COLUMNS
    assert len(set(analysis.columns)) == len(analysis.columns)
    assert analysis.words
    assert analysis.measure
    assert np.isfinite(analysis.threshold)
    assert compile_analyses([analysis, analysis]).width == 2 * len(analysis.columns)
    assert hash(analysis) == hash(type(analysis)(**vars(analysis)))


@each
@pytest.mark.parametrize("digits", [3, 0])
def test_order_of_patients_changes_nothing(analysis, digits):
    time, rest = trial(digits=digits)
    order = np.random.default_rng(1).permutation(time.size)
    found = analyse_trial(analysis, time, **rest)
    again = analyse_trial(analysis, time[order], **{key: rest[key][order] for key in rest})
    assert again == pytest.approx(found, abs=1e-9)


@each
def test_numbers_of_strata_change_nothing(analysis):
    time, rest = trial()
    turned = {**rest, "stratum": 1 - rest["stratum"]}
    found = analyse_trial(analysis, time, **rest)
    assert analyse_trial(analysis, time, **turned) == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize("analysis", ODD, ids=lambda a: a.words[:40])
@pytest.mark.parametrize("digits", [3, 0])
def test_arms_change_places(analysis, digits):
    time, rest = trial(digits=digits)
    found = analyse_trial(analysis, time, **rest)
    turned = analyse_trial(analysis, time, **{**rest, "arm": 1 - rest["arm"]})
    for column, sign in (("statistic", -1), ("estimate", -1), ("std_error", 1)):
        assert turned[column] == pytest.approx(sign * found[column], abs=1e-9)
    assert abs(found["statistic"]) > 0.01


def test_posterior_probabilities_when_arms_change_places():
    time, rest = trial()
    for analysis in PROBABILITIES[:3]:
        found = analyse_trial(analysis, time, **rest)
        turned = analyse_trial(analysis, time, **{**rest, "arm": 1 - rest["arm"]})
        # The gamma prior of the control arm's hazard is worth a hundredth of an event.
        assert turned["statistic"] == pytest.approx(1 - found["statistic"], abs=1e-3)


@each
def test_nothing_is_no_success(analysis):
    rest = {"arm": [0, 1, 0, 1], "event": [0, 0, 0, 0]}
    found = np.array(list(analyse_trial(analysis, [3.0, 4.0, 5.0, 6.0], **rest).values()))
    assert not succeeds(analysis, found) or isinstance(analysis, ConditionalPower)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.5, 7.0, 9.0, 30.0]),
            st.integers(0, 1),
            st.integers(0, 1),
            st.integers(0, 2),
            st.floats(0.0, 1.0),
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_small_trial_is_analysed(rows):
    """Ends, in numbers: no error, no endless search, no probability beyond 0 and 1."""
    time, event, arm, stratum, share = (np.array(column) for column in zip(*rows, strict=True))
    if not time.any():
        time = time + 1.0
    rest = {"event": event, "arm": arm, "stratum": stratum, "lower": time * share}
    for analysis in ALL:
        found = analyse_trial(analysis, time, **rest)
        assert np.isnan(found["std_error"]) or found["std_error"] >= 0.0
        if analysis in PROBABILITIES and not np.isnan(found["statistic"]):
            assert 0.0 <= found["statistic"] <= 1.0
        if isinstance(analysis, MaxCombo) and not np.isnan(found["p"]):
            assert 0.0 <= found["p"] <= 1.0
        if isinstance(analysis, (MilestoneDifference, RestrictedMeanDifference)):
            inside = [found["control"], found["experimental"]]
            assert all(np.isnan(x) or 0.0 <= x <= 8.0 for x in inside)
