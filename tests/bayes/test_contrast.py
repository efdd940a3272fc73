"""Closed forms and identities: standardisation by hand, contrasts draw by draw."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oligotrial.bayes import SurvivalModel, Weibull
from oligotrial.bayes.contrast import contrasts, hazard_ratios, marginal_draws
from oligotrial.bayes.measures import (
    DIFFERENCE,
    MEDIAN,
    RATIO,
    HazardRate,
    RestrictedMean,
    Survival,
)
from oligotrial.bayes.populations import Population, mix
from oligotrial.checks import InputError

from .test_predict import WEIBULL, made, scipys


@pytest.fixture(scope="module")
def fit():
    parameters = {**WEIBULL, "z": (stats.norm(-0.5, 0.2), 0)}
    return made(SurvivalModel("Surv(time, event) ~ x + z", Weibull()), parameters)


@pytest.fixture
def both() -> Population:
    return Population(pd.DataFrame({"x": [0.0, 1.0], "z": [0.0, 0.0]}), [0.3, 0.7])


def test_marginal_survival_is_the_average_of_survival(fit, both):
    draws = marginal_draws(fit, both, [Survival(9.0)]).to_numpy().ravel()
    by_hand = 0.3 * scipys(fit, 0.0).sf(9.0) + 0.7 * scipys(fit, 1.0).sf(9.0)
    np.testing.assert_allclose(draws, by_hand.ravel(), rtol=1e-10)
    row = fit.marginal(both, [Survival(9.0)], level=0.9).iloc[0]
    assert row["estimate"] == pytest.approx(np.median(by_hand), rel=1e-10)
    assert (row["lower"], row["upper"]) == pytest.approx(
        tuple(np.quantile(by_hand, [0.05, 0.95])), rel=1e-10
    )
    assert 0.0 < row["mcse"] < by_hand.std() / 5


def test_a_marginal_median_halves_the_population(fit, both):
    """At the median of each draw the averaged survival is a half; no average of medians is."""
    times = marginal_draws(fit, both, [MEDIAN]).to_numpy().reshape(-1, 1)
    ours = [0.3 * scipys(fit, 0.0).sf(times), 0.7 * scipys(fit, 1.0).sf(times)]
    np.testing.assert_allclose(sum(ours), 0.5, rtol=1e-9)


def test_the_marginal_restricted_mean_is_the_average_of_restricted_means(fit, both):
    """It is linear in survival, as the median is not."""
    whole = marginal_draws(fit, both, [RestrictedMean(24.0)]).to_numpy()
    parts = [
        marginal_draws(fit, Population(both.profiles.iloc[[k]]), [RestrictedMean(24.0)]).to_numpy()
        for k in (0, 1)
    ]
    np.testing.assert_allclose(whole, 0.3 * parts[0] + 0.7 * parts[1], rtol=1e-12)


def test_a_population_of_one_profile_is_that_profile(fit, both):
    one = both.profiles.iloc[[1]]
    table = fit.marginal(Population(one), [MEDIAN, Survival(12.0)])
    own = fit.estimates(one, [MEDIAN, Survival(12.0)])
    pd.testing.assert_frame_equal(table, own.drop(columns="profile"))


def test_shares_are_repeated_patients(fit):
    """A cohort's rows, each with equal share, and its table of counts."""
    rows = pd.DataFrame({"x": [0.0, 1.0, 1.0, 1.0], "z": 0.0})
    counted = Population(pd.DataFrame({"x": [0.0, 1.0], "z": 0.0}), [0.25, 0.75])
    first, second = (fit.marginal(each, [MEDIAN]) for each in (Population(rows), counted))
    pd.testing.assert_frame_equal(first, second)


def test_contrasts_are_taken_draw_by_draw(fit, both):
    treated, untreated = (both.assigned({"z": value}) for value in (1.0, 0.0))
    table = contrasts(fit, treated, untreated, [Survival(9.0)], comparison=DIFFERENCE)
    draws = [marginal_draws(fit, each, [Survival(9.0)]).to_numpy() for each in (treated, untreated)]
    low, middle, high = np.quantile(draws[0] - draws[1], [0.025, 0.5, 0.975])
    row = table.iloc[0]
    assert (row["lower"], row["estimate"], row["upper"]) == pytest.approx(
        (low, middle, high), rel=1e-12
    )
    assert row["probability_below"] == np.mean(draws[0] < draws[1])
    assert row["comparison"] == "difference"


def test_no_difference_is_none(fit, both):
    for comparison in (DIFFERENCE, RATIO):
        table = contrasts(fit, both, both, [MEDIAN, Survival(9.0)], comparison=comparison)
        np.testing.assert_array_equal(table["estimate"], comparison.none)
        np.testing.assert_array_equal(table["probability_below"], 0.0)


def test_a_proportional_hazard_ratio_is_constant_and_its_parameter(fit):
    first, second = (pd.DataFrame({"x": [value], "z": [0.0]}) for value in (1.0, 0.0))
    table = hazard_ratios(fit, first, second, [1.0, 12.0, 36.0], level=0.8)
    low, middle, high = np.exp(np.quantile(fit.draws["x"], [0.1, 0.5, 0.9]))
    np.testing.assert_allclose(table["hazard_ratio"], middle, rtol=1e-6)
    np.testing.assert_allclose(table["lower"], low, rtol=1e-6)
    np.testing.assert_allclose(table["upper"], high, rtol=1e-6)
    assert list(table["time"]) == [1.0, 12.0, 36.0]


def test_the_marginal_hazard_ratio_drifts_to_1(fit):
    """Frailer patients leave first (Hougaard 1995): over a mixed population it is attenuated."""
    wide = mix({"x": {-6.0: 0.5, 6.0: 0.5}})
    pair = [wide.assigned({"z": value}) for value in (1.0, 0.0)]
    late = [HazardRate(month) for month in (0.05, 12.0)]
    early, later = np.abs(np.log(contrasts(fit, *pair, late, comparison=RATIO)["estimate"]))
    assert later < 0.8 * early


def test_a_mix_is_independent():
    made_up = mix({"x": {0.0: 0.6, 1.0: 0.4}, "z": {0.0: 0.5, 2.0: 0.5}})
    assert made_up.profiles.to_numpy().tolist() == [[0, 0], [0, 2], [1, 0], [1, 2]]
    np.testing.assert_allclose(made_up.shares, [0.3, 0.3, 0.2, 0.2])


def test_a_hazard_ratio_is_of_two_rows(fit, both):
    with pytest.raises(InputError, match="2 rows; give one"):
        hazard_ratios(fit, both.profiles, both.profiles.head(1), [1.0])
