"""Evidence: hand-made mixtures; conjugate shares; limits; the likelihood of enumerated levels."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oligotrial.bayes import Formula, Priors
from oligotrial.bayes.averaged import Averaged, averaged
from oligotrial.bayes.terms import Absent, Factor, Linear, Pooled, alternatives, suited_terms
from oligotrial.checks import InputError
from oligotrial.hazard import Exponential, Proportional, Weibull, log_likelihood

from .test_terms import FRAME, arrays, drawn, terms_of

TIMES = np.array([0.2, 1.0, 5.0, 40.0])
NO_EVENTS = np.array([])
GAPS = FRAME["grade"].isna().to_numpy()


@pytest.mark.parametrize("late", [1.0, 1e6])
def test_averaged_survival_is_the_average(late):
    parts = (Exponential(0.1), Weibull(1.5, 8.0), Weibull(0.7, 20.0))
    mixed = Averaged(parts, (0.2, 0.3, 0.5))
    survival = sum(
        share * np.exp(-part.cumulative_hazard(TIMES))
        for part, share in zip(parts, mixed.shares, strict=True)
    )
    np.testing.assert_allclose(np.exp(-mixed.cumulative_hazard(TIMES)), survival, rtol=1e-12)
    density = sum(
        share * np.exp(part.log_hazard(TIMES) - part.cumulative_hazard(TIMES))
        for part, share in zip(parts, mixed.shares, strict=True)
    )
    np.testing.assert_allclose(np.exp(mixed.log_hazard(TIMES)), density / survival, rtol=1e-12)
    assert np.isfinite(mixed.log_hazard(late))
    assert np.isfinite(mixed.cumulative_hazard(late))


def test_the_hazard_is_the_slope_of_the_cumulative_one():
    mixed = Averaged((Exponential(0.1), Weibull(1.5, 8.0)), (0.4, 0.6))
    step = 1e-6
    slope = (
        (mixed.cumulative_hazard(TIMES + step) - mixed.cumulative_hazard(TIMES - step)) / step / 2
    )
    np.testing.assert_allclose(np.exp(mixed.log_hazard(TIMES)), slope, rtol=1e-6)


def test_one_hazard_is_its_own_average():
    one = Weibull(1.5, 8.0)
    assert averaged([(1.0, one)]) is one
    mixed = averaged([(0.3, one), (0.7, one)])
    np.testing.assert_allclose(mixed.log_hazard(TIMES), one.log_hazard(TIMES), rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "factor(grade, reference='middle', missing='categorical')",
        "pooled(grade, new_level=True, missing='categorical')",
        "monotone(stage, missing='ordered')",
    ],
)
def test_a_known_level_has_its_effect_and_a_missing_one_each_in_turn(text):
    (term,) = terms_of(text)
    draws = drawn([term])
    found = term.alternatives(draws, arrays([term]))
    assert len(found) == 3
    np.testing.assert_allclose(sum(share for share, _ in found), 1.0, rtol=1e-12)
    for level, (_, ratio) in zip(term.levels, found, strict=True):
        filled = FRAME.assign(
            **{term.column: FRAME[term.column].astype(object).where(~GAPS, level)}
        )
        expected = term.of.log_ratio(draws, term.of.data(filled))
        np.testing.assert_allclose(ratio, expected, rtol=1e-12, atol=1e-14)
    assert any(np.ptp([ratio[0, 2] for _, ratio in found]) > 0.0 for _ in "x")


def test_shares_have_the_dirichlet_distribution_of_the_known_levels():
    """Beta sticks against scipy's Dirichlet: its density at random shares, with the Jacobian."""
    (term,) = terms_of("factor(grade, missing='categorical')")
    counts = FRAME["grade"].value_counts().reindex(list(term.levels)).to_numpy()
    np.testing.assert_array_equal(term.counts, counts)
    sticks = {each.name: each.prior for each in term.parameters(Priors()) if "share" in each.name}
    rng = np.random.default_rng(1)
    for values in rng.uniform(0.05, 0.95, size=(5, 2)):
        parameters = dict(zip(sticks, values, strict=True))
        shares = np.array(term.shares(parameters))
        found = sum(
            stats.beta(prior.alpha, prior.beta).logpdf(parameters[name])
            for name, prior in sticks.items()
        )
        jacobian = np.log(1.0 - values[0])  # of the first two shares by the two sticks
        expected = stats.dirichlet(counts + 1.0).logpdf(shares) + jacobian
        assert found == pytest.approx(expected, rel=1e-10)


def test_the_likelihood_is_the_sum_over_all_levels_that_patients_may_have():
    """Three patients without a level: 3^3 completed cohorts, each by its own likelihood."""
    rows = pd.DataFrame(
        {
            "time": [3.0, 8.0, 1.5, 6.0, 2.0, 4.0],
            "event": [1.0, 0.0, 1.0, 1.0, 0.0, 1.0],
            "grade": ["a", "b", "c", None, None, None],
        }
    )
    (term,) = suited_terms(
        Formula.parse("Surv(time, event) ~ factor(grade, missing='categorical')"), rows
    )
    draws = {"grade_effects": [0.7, -0.4], "grade_share_1": 0.3, "grade_share_2": 0.6}
    baseline = Weibull(1.3, 7.0)
    hazard = averaged(
        [
            (share, Proportional(baseline, ratio))
            for share, ratio in alternatives([term], draws, arrays([term], rows))
        ]
    )
    time, event = rows["time"].to_numpy(), rows["event"].to_numpy()
    found = log_likelihood(hazard, time, event).sum()
    effect, share = {"a": 0.0, "b": 0.7, "c": -0.4}, {"a": 0.3, "b": 0.42, "c": 0.28}
    total = 0.0
    for levels in np.array(np.meshgrid(*[list("abc")] * 3)).reshape(3, -1).T:
        ratio = np.array([effect[each] for each in [*"abc", *levels]])
        complete = log_likelihood(Proportional(baseline, ratio), time, event).sum()
        total += np.prod([share[each] for each in levels]) * np.exp(complete)
    assert found == pytest.approx(np.log(total), rel=1e-12)


def test_two_factors_with_gaps_are_averaged_over_all_pairs():
    terms = terms_of(
        "age + factor(grade, missing='categorical') + monotone(stage, missing='ordered')"
    )
    found = alternatives(terms, drawn(terms), arrays(terms))
    assert len(found) == 9
    np.testing.assert_allclose(sum(share for share, _ in found), 1.0, rtol=1e-12)
    whole = [each for each in terms if isinstance(each, Linear)]
    assert alternatives(whole, drawn(whole), arrays(whole))[0][0] == 1.0


def test_without_gaps_it_is_the_factor_itself():
    (term,) = terms_of("factor(sex, missing='categorical')")
    (plain,) = terms_of("factor(sex)")
    assert term == Absent(plain)
    assert term.parameters(Priors()) == plain.parameters(Priors())
    draws = drawn([plain])
    expected = plain.log_ratio(draws, arrays([plain]))
    np.testing.assert_array_equal(term.log_ratio(draws, arrays([term])), expected)
    assert len(alternatives([term], draws, arrays([term]))) == 1


def test_a_row_without_a_level_has_no_one_hazard_ratio():
    (term,) = terms_of("factor(grade, missing='categorical')")
    draws = drawn([term])
    with pytest.raises(InputError, match="a mixture of them; give it a level"):
        term.log_ratio(draws, arrays([term]))
    known = FRAME[~GAPS]
    expected = term.of.log_ratio(draws, term.of.data(known))
    np.testing.assert_array_equal(term.log_ratio(draws, arrays([term], known)), expected)


def test_a_new_level_is_no_level_that_a_patient_may_have():
    term = Absent(Pooled("grade", new_level=True)).suited(FRAME, NO_EVENTS)
    assert term.levels == ("high", "low", "middle")
    assert len(term.counts) == 3


def test_counts_are_those_of_one_draw_of_a_cohort():
    twice = pd.concat([FRAME.assign(draw=0), FRAME.assign(draw=1)], ignore_index=True)
    one, two = (Absent(Factor("grade")).suited(each, NO_EVENTS) for each in (FRAME, twice))
    assert one == two
