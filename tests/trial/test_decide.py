"""Identity, closed form; independent: scipy's integration. Developer: words, tables, mistakes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import MixtureLogRatio, NormalLogRatio, PointLogRatio
from oligotrial.trial.decide import (
    CONSIDER,
    GO,
    STOP,
    AtLeast,
    Below,
    LogRank,
    MaxCombo,
    PosteriorProbability,
    PredictiveProbability,
    StepWeight,
    ThreeOutcomes,
    final_score,
    outcome_probabilities,
    outcomes,
    screening_rule,
)

SPIKED = MixtureLogRatio([(0.3, PointLogRatio(0.0)), (0.7, NormalLogRatio(-0.3, 0.4))])


def test_outcome_of_every_kind_of_row():
    rule = ThreeOutcomes(LogRank(0.1), go=(AtLeast(1.2), Below(-0.2, "estimate")), stop=Below(0.4))
    rows = np.array(
        [
            [1.2, -0.3, 0.2],
            [1.2, -0.2, 0.2],
            [0.4, -0.1, 0.2],
            [0.39, -0.9, 0.2],
            [np.nan, np.nan, np.nan],
        ]
    )
    assert outcomes(rule, rows).tolist() == [GO, CONSIDER, CONSIDER, STOP, CONSIDER]
    assert rule.words == (
        "go if statistic at least 1.2 and estimate below -0.2, stop if statistic below 0.4, "
        "otherwise consider"
    )
    assert rule.table[["outcome", "column", "comparison", "value"]].values.tolist() == [
        ["go", "statistic", "at least", 1.2],
        ["go", "estimate", "below", -0.2],
        ["stop", "statistic", "below", 0.4],
    ]
    assert rule.criteria.tolist() == [[1, 0, 1, 1.2], [1, 1, -1, -0.2], [-1, 0, -1, 0.4]]


@given(
    ratio=st.floats(0.3, 0.9),
    alpha=st.floats(0.02, 0.3),
    beta=st.floats(0.02, 0.3),
    share=st.floats(0.3, 0.7),
    events=st.integers(10, 60),
)
@settings(max_examples=60, deadline=None)
def test_screening_rule_has_the_errors_asked_for(ratio, alpha, beta, share, events):
    rest = {"events": events, "experimental_share": share}
    two = stats.norm.isf(alpha) + stats.norm.isf(beta)
    enough = two**2 / (share * (1 - share) * np.log(ratio) ** 2)
    if events > enough:
        with pytest.raises(InputError, match="nothing is left to consider"):
            screening_rule(alpha, hazard_ratio=ratio, beta=beta, **rest)
        return
    rule = screening_rule(alpha, hazard_ratio=ratio, beta=beta, **rest)
    table = outcome_probabilities(rule, [1.0, ratio], **rest)
    assert table["go"][0] == pytest.approx(alpha, abs=1e-12)
    assert table["stop"][1] == pytest.approx(beta, abs=1e-12)
    np.testing.assert_allclose(table[["go", "consider", "stop"]].sum(axis=1), 1.0, atol=1e-12)


@pytest.mark.parametrize(
    "prior",
    [
        NormalLogRatio(0.1, 0.5),
        MixtureLogRatio([(0.5, NormalLogRatio(0, 0.1)), (0.5, NormalLogRatio(-0.4, 0.5))]),
        SPIKED,
    ],
)
def test_final_score_is_where_the_normal_posterior_reaches_the_threshold(prior):
    information = 20.0
    final = PosteriorProbability(0.9, prior, bound=0.95)
    score = final_score(final, information)
    total = below = 0.0
    for w, m, s in zip(prior.weights, prior.means, prior.sds, strict=True):
        if s == 0:
            mass = w * stats.norm.pdf(score, m * information, information**0.5)
            total, below = total + mass, below + mass * (m < np.log(0.95))
            continue

        def joint(theta, w=w, m=m, s=s):
            likelihood = stats.norm.pdf(score, theta * information, information**0.5)
            return w * stats.norm.pdf(theta, m, s) * likelihood

        span = {"points": [score / information, m], "epsabs": 1e-14, "limit": 500}
        total += integrate.quad(joint, -6, 6, **span)[0]
        span["points"] = [x for x in span["points"] if -6 < x < np.log(0.95)] or None
        below += integrate.quad(joint, -6, np.log(0.95), **span)[0]
    assert below / total == pytest.approx(0.9, abs=1e-8)


def test_final_analysis_that_a_prior_decides_is_refused():
    for prior, words in (
        (PointLogRatio(0.0), "no result reaches"),
        (PointLogRatio(-1.0), "every result"),
    ):
        with pytest.raises(InputError, match=words):
            PredictiveProbability(0.1, PosteriorProbability(0.9, prior), 90, prior)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ThreeOutcomes(LogRank(0.1)), "nothing leads to a go or a stop"),
        (lambda: ThreeOutcomes(LogRank(0.1), go=AtLeast(1.0), stop=Below(2.0)), "leave no overlap"),
        (lambda: ThreeOutcomes(LogRank(0.1), go=AtLeast(1, "p")), "go: 'p' is not one of"),
        (lambda: AtLeast(np.nan), "nan is no number"),
        (
            lambda: screening_rule(0.1, hazard_ratio=0.6, events=500, beta=0.1),
            "events: with 500 events it would stop below",
        ),
        (lambda: MaxCombo(0.1, (StepWeight.late(3.0),)), "give two to ten different ones"),
        (lambda: MaxCombo(0.1, (StepWeight.late(3.0),) * 2), "2 weights, of which 1 differ"),
        (lambda: StepWeight((3.0, 3.0), (0, 1, 2)), "3 doesn't come after 3"),
        (lambda: StepWeight((3.0,), (1.0,)), "1 weights for 1 ends"),
        (lambda: StepWeight((3.0,), (0.0, 0.0)), "all weights are 0"),
        (
            lambda: outcome_probabilities(
                ThreeOutcomes(MaxCombo(0.1), go=AtLeast(1)), [1.0], events=50
            ),
            "isn't on LogRank's statistic",
        ),
        (lambda: PosteriorProbability(0.9, "normal"), "this is no prior"),
        (lambda: PosteriorProbability(0.9, SPIKED, intervals=(3.0, 2.0)), "2 doesn't come after 3"),
        (lambda: PosteriorProbability(1.0, SPIKED), "probability: 1.0 is not between 0 and 1"),
    ],
)
def test_mistakes(make, words):
    with pytest.raises(InputError, match=words):
        make()
