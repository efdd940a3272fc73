"""Evidence: what each structure of a term or a cohort has to do to a posterior."""

import numpy as np
import pandas as pd
import pytest

from oligotrial.bayes import HalfNormal, Priors, SurvivalModel, Weibull
from oligotrial.bayes.sample import compiled
from oligotrial.cohort.schema import LEVELS

from .conftest import SHORT, cohort_of
from .simulated import FORMULA, patients


def spread(fit) -> float:
    """Standard deviation between subtypes' posterior mean log hazard ratios."""
    rows = pd.DataFrame({"subtype": LEVELS["subtype"]})
    rows = rows.assign(schedule="30 Gy in 5 fr", line="first")
    return float(fit.log_hazard_ratios(rows).mean(axis=0).std())


def test_a_tighter_prior_between_levels_draws_them_together(reconstructed, weibull_fit):
    tight = Priors((("pooled_sd", HalfNormal(0.02)),))
    model = SurvivalModel(FORMULA, Weibull(), tight)
    pooled = compiled(model, reconstructed).sample(reconstructed, SHORT)
    assert spread(pooled) < 0.2 * spread(weibull_fit)


def test_small_groups_are_drawn_further_than_large_ones(weibull_fit, many_fit):
    """The posterior of 59 patients is nearer to its prior, no difference, than that of 2,000."""
    for term in weibull_fit.model.formula.terms[1:]:
        few, many = (
            np.array([np.std(each) for each in term.contrasts(fit.draws).values()])
            for fit in (weibull_fit, many_fit)
        )
        assert np.all(few > many)


def test_a_monotone_effect_is_monotone_in_every_draw(fit):
    rows = pd.DataFrame({"line": LEVELS["line"]})
    rows = rows.assign(schedule="30 Gy in 5 fr", subtype="HER2+")
    steps = np.diff(fit.log_hazard_ratios(rows), axis=1)
    assert np.all(np.all(steps >= 0, axis=1) | np.all(steps <= 0, axis=1))
    assert np.all(np.any(steps != 0, axis=1))


@pytest.fixture(scope="module")
def apart():
    """A cohort, and the same patients had all times been a third as long."""
    rows = patients(59, seed=1)
    return rows, rows.assign(time=rows["time"] / 3.0)


def test_draws_that_differ_make_the_posterior_wider_by_as_much_as_they_differ(weibull, apart):
    """Times divided by 3 move a Weibull's log median by log 3, priors apart; none is averaged."""
    fit = weibull.sample(cohort_of(*apart), SHORT)
    medians = np.log(fit.by_cohort_draw(fit.draws["median"]))
    between = medians[0].mean() - medians[1].mean()
    assert between == pytest.approx(np.log(3.0), abs=0.3)
    within = medians.var(axis=(1, 2)).mean()
    total = np.var(np.log(fit.draws["median"]))
    assert total == pytest.approx(within + (np.log(3.0) / 2) ** 2, rel=0.3)
    assert total > 2.0 * within


def test_predictions_use_all_draws_of_the_cohort(weibull, apart):
    fit = weibull.sample(cohort_of(*apart), SHORT)
    profile = pd.DataFrame({"schedule": ["30 Gy in 5 fr"], "line": ["first"], "subtype": ["HER2+"]})
    alone = [weibull.sample(cohort_of(rows), SHORT).medians(profile) for rows in apart]
    both = fit.medians(profile)
    assert fit.samples == 2 * SHORT.chains * SHORT.draws
    assert both["lower"][0] < alone[1]["median"][0] < alone[0]["median"][0] < both["upper"][0]
    width = [np.log(each["upper"][0] / each["lower"][0]) for each in (both, *alone)]
    assert width[0] > max(width[1:])
