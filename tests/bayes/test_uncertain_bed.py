"""BED with alpha/beta estimated. Evidence: identities with the fixed one; PyMC; closed forms."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from pytensor.compile.mode import Mode
from scipy import stats

from oligotrial.bayes import Fit, Formula, SurvivalModel, Weibull
from oligotrial.bayes.sample import compiled
from oligotrial.bayes.terms import Bed
from oligotrial.bayes.uncertain_bed import UncertainBed
from oligotrial.checks import InputError
from oligotrial.hazard import log_likelihood, survival
from oligotrial.radiobiology import (
    AlphaBeta,
    BedModel,
    IncompleteRepair,
    LinearQuadraticLinear,
    Repopulation,
    UniversalSurvivalCurve,
    sourced_alpha_beta,
)

from .conftest import SHORT
from .simulated import FORMULA

INTERPRETED = Mode("py", None)
"""For a density that is needed once: nothing is compiled."""

RATIO = "log_normal(median=4, sd_log=0.5)"
UNCERTAIN = FORMULA.replace("alpha_beta=4", f"alpha_beta={RATIO}")
POINT_MASS = FORMULA.replace("alpha_beta=4", "alpha_beta=log_normal(median=4, sd_log=0)")


def term_of(options: str) -> object:
    (term,) = Formula.parse(f"Surv(time, event) ~ bed(schedule{options})").terms
    return term


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (f", alpha_beta={RATIO}", UncertainBed("schedule", AlphaBeta(4.0, 0.5))),
        (
            ", alpha_beta='breast_start_a', reference_gy=100",
            UncertainBed("schedule", sourced_alpha_beta("breast_start_a"), 100.0),
        ),
        (", alpha_beta='breast'", Bed("schedule", 4.0)),
        (', alpha_beta="metastasis"', Bed("schedule", 10.0)),
        (", alpha_beta=log_normal(median=4, sd_log=0)", Bed("schedule", 4.0)),
        (
            ", response=linear_quadratic_linear(transition_gy=8)",
            Bed("schedule", model=BedModel(LinearQuadraticLinear(8.0))),
        ),
        (
            ", alpha_beta=8.605, response=universal_survival_curve(alpha_per_gy=0.33, d0_gy=1.25,"
            " dq_gy=1.8)",
            Bed("schedule", 8.605, model=BedModel(UniversalSurvivalCurve(0.33, 1.25, 1.8))),
        ),
        (
            ", alpha_beta='breast_start_pooled', repair=incomplete_repair(half_time_hours=1.5), "
            "repopulation=repopulation(onset_days=28, gy_per_day=0.6)",
            UncertainBed(
                "schedule",
                sourced_alpha_beta("breast_start_pooled"),
                model=BedModel(repair=IncompleteRepair(1.5), repopulation=Repopulation(28, 0.6)),
            ),
        ),
    ],
)
def test_what_a_formula_says(options: str, expected: object) -> None:
    assert term_of(options) == expected


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (", alpha_beta='brest'", "not a number: there is no alpha/beta .*did you mean 'breast'"),
        (", alpha_beta=log_normal(median=4)", "needs more; write log_normal"),
        (", alpha_beta=log_normal(4, 0.5)", "is not the name of a column"),
        (", alpha_beta=log_normal(median=4, sd=1)", "'sd' in .* is not known"),
        (", alpha_beta=log_normal(median=-4, sd_log=1)", "median: -4.0 is not a positive"),
        (", alpha_beta=log_normal(median='4', sd_log=1)", "is not a number"),
        (", alpha_beta=normal(mean=4, sd=1)", "is not log_normal"),
        (", alpha_beta=4, alpha_beta=5", "twice|not of the form"),
        (", response=4", "is not linear_quadratic_linear"),
        (", response=__import__('os')", "is not|name of a column"),
        (", repair=incomplete_repair()", "needs more"),
        (", repair=incomplete_repair(half_time_hours=-1)", "half_time_hours: -1.0 is negative"),
        (", reference_gy='breast'", "is not a number"),
        (
            f", alpha_beta={RATIO}, response=universal_survival_curve(alpha_per_gy=0.33, "
            "d0_gy=1.25, dq_gy=1.8)",
            "response: its survival curve has an alpha/beta of its own, .* write alpha_beta=8.605",
        ),
    ],
)
def test_mistakes_are_told_in_words(options: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        term_of(options)
    assert caught.value.where == "key formula"


def test_a_point_mass_is_the_fixed_terms_business() -> None:
    with pytest.raises(InputError, match="alpha_beta: this prior is a point mass at 4 Gy"):
        UncertainBed("schedule", AlphaBeta(4.0))


def test_no_plain_column_can_be_taken_for_the_parameter() -> None:
    with pytest.raises(InputError, match="can't be called 'alpha_beta'"):
        Formula.parse("Surv(time, event) ~ alpha_beta")


def test_the_density_is_the_fixed_ones_times_the_prior(reconstructed):
    """At alpha/beta of 4 the joint log densities differ by the prior's, on the log scale."""
    rows = reconstructed.frames()[2]
    models = [SurvivalModel(text, Weibull()).build(rows) for text in (UNCERTAIN, FORMULA)]
    start = models[1].initial_point()
    rng = np.random.default_rng(5)
    point = {name: values + rng.normal(0, 0.05, np.shape(values)) for name, values in start.items()}
    uncertain, fixed = (
        model.compile_logp(mode=INTERPRETED)(
            {**point, "alpha_beta_log__": np.log(4.0)} if model is models[0] else point
        )
        for model in models
    )
    # The density of the logarithm of a log-normal at its median; PyMC's log-normal holds log(2 pi)
    # in single precision, which is 2e-9 off.
    assert uncertain - fixed == pytest.approx(stats.norm(0, 0.5).logpdf(0.0), abs=4e-9)


@pytest.fixture(scope="module")
def uncertain_fit(reconstructed) -> Fit:
    return compiled(SurvivalModel(UNCERTAIN, Weibull()), reconstructed).sample(reconstructed, SHORT)


def test_a_point_mass_gives_the_fixed_beds_posterior(reconstructed, weibull_fit):
    """The same model, and with the same seed the same draws to the bit."""
    model = SurvivalModel(POINT_MASS, Weibull())
    assert model.formula.terms == weibull_fit.model.formula.terms
    fit = compiled(model, reconstructed).sample(reconstructed, SHORT)
    xr.testing.assert_identical(fit.posterior, weibull_fit.posterior)


def test_the_prediction_is_the_likelihood(uncertain_fit, reconstructed):
    """PyMC's pointwise log-likelihood against `log_likelihood` of the predicted hazard."""
    rows = reconstructed.frames()[2]
    built = uncertain_fit.model.build(rows)
    few = replace(uncertain_fit, posterior=uncertain_fit.posterior.isel(draw=slice(None, None, 10)))
    pointwise = pm.compute_log_likelihood(
        xr.DataTree.from_dict({"posterior": few.posterior}),
        model=built, extend_inferencedata=False, progressbar=False,
        compile_kwargs={"mode": "FAST_COMPILE"},
    )  # fmt: skip
    theirs = pointwise["follow_up"].to_numpy().reshape(few.samples, len(rows))
    ours = log_likelihood(few.hazard(rows), rows["time"].to_numpy(), rows["event"].to_numpy())
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)


def test_the_ratio_is_told_wherever_the_fit_is(uncertain_fit, tmp_path):
    priors = uncertain_fit.priors_table().set_index("parameter")
    assert priors.loc["alpha_beta", "prior"] == "log-normal(median 4, sd of log 0.5)"
    low, high = AlphaBeta(4.0, 0.5).interval
    assert f"between {low:.2f} and {high:.2f} Gy" in priors.loc["alpha_beta", "implies"]
    draws = uncertain_fit.draws["alpha_beta"]
    assert draws.shape == (uncertain_fit.samples, 1)
    assert np.all(draws > 0)
    ends = np.quantile(draws, [0.5, 0.025, 0.975])
    label = "per 10 Gy (alpha/beta {:.3g} Gy, 95% {:.3g} to {:.3g})".format(*ends)
    effects = uncertain_fit.effects().set_index("contrast")
    assert effects.loc[label, "term"] == "bed"
    uncertain_fit.save(tmp_path / "fit.nc")
    again = Fit.load(tmp_path / "fit.nc")
    pd.testing.assert_frame_equal(again.effects(), uncertain_fit.effects())
    assert again.model.formula.terms == uncertain_fit.model.formula.terms


def test_the_uncertainty_of_the_ratio_reaches_the_hazard(uncertain_fit, profiles):
    """With all else held, the hazard of a course moves with alpha/beta as BED does, by hand."""
    held = uncertain_fit.posterior.isel(draw=[0, 0, 0], chain=[0])
    ratios = np.array([2.0, 4.0, 10.0])
    moved = replace(
        uncertain_fit, posterior=held.assign(alpha_beta=(("chain", "draw"), ratios[None, :]))
    )
    found = moved.hazard(profiles).log_hazard(6.0)
    slope = float(held["bed"][0, 0])
    courses = [(50, 5), (30, 10), (24, 2)]
    bed_gy = np.array([[dose * (1 + dose / n / ab) for dose, n in courses] for ab in ratios])
    expected = slope * (bed_gy - bed_gy[[0]]) / 10.0
    np.testing.assert_allclose(found - found[[0]], expected, rtol=1e-9, atol=1e-12)
    curves = survival(moved.hazard(profiles), 6.0)
    assert np.ptp(curves[:, 2]) > 1e-6
    table = moved.survival(profiles, np.array([6.0]))
    np.testing.assert_allclose(table["survival"], curves.mean(axis=0), rtol=1e-12)
