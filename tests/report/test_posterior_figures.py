"""Developer checks: what is drawn is what was computed, and mistakes are told."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from oligotrial.bayes import Fit, SurvivalModel, Weibull, hazard_ratios
from oligotrial.bayes.predictive import predictive_check
from oligotrial.bayes.prior_predictive import prior_fit
from oligotrial.checks import InputError
from oligotrial.cohort import Cohort
from oligotrial.report import NARROW, WIDE, Sheet, save
from oligotrial.report.figures.posterior import draw_hazard_ratio, draw_posterior, draw_predictive
from oligotrial.report.figures.prior import draw_prior
from oligotrial.report.figures.ranks import draw_ranks

SHEET = Sheet(WIDE, "Title")


@pytest.fixture(scope="module")
def fit() -> Fit:
    rng = np.random.default_rng(1)
    found = {
        "median": np.exp(rng.normal(2.5, 0.1, (2, 100))),
        "shape": np.exp(rng.normal(0.2, 0.1, (2, 100))),
        "x": rng.normal(0.5, 0.1, (2, 100)),
    }
    posterior = xr.Dataset(
        {name: (("chain", "draw"), values) for name, values in found.items()},
        coords={"cohort_draw": ("chain", [0, 1])},
    )
    model = SurvivalModel("Surv(time, event) ~ x", Weibull())
    return Fit(model, posterior, xr.Dataset(), "made up")


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    rng = np.random.default_rng(2)
    size = 80
    latent, censored = rng.exponential(15.0, size), rng.uniform(5.0, 40.0, size)
    rows = pd.DataFrame(
        {
            "time": np.minimum(latent, censored),
            "event": (latent <= censored).astype(int),
            "x": rng.integers(0, 2, size).astype(float),
            "draw": np.repeat([0, 1], size // 2),
        }
    )
    rows["kind"] = np.where(rows["x"] > 0, "ill", "well")
    return Cohort(rows, label="80 made-up patients", source="test", draws=2)


@pytest.fixture
def profiles() -> pd.DataFrame:
    return pd.DataFrame({"x": [0.0, 1.0], "kind": ["well", "ill"]})


def lines(figure, place=0):
    return figure.axes[place].get_lines()


def test_posterior_curves_are_the_tables(fit, cohort, profiles):
    figure = draw_posterior(fit, profiles, cohort, SHEET, label="kind", by="kind", until=30.0)
    smooth = [line for line in lines(figure) if line.get_label() in ("well", "ill")]
    assert [line.get_label() for line in smooth] == ["well", "ill"]
    table = fit.survival(profiles, smooth[0].get_xdata())
    for place, line in enumerate(smooth):
        expected = table[table["profile"] == place]["survival"]
        np.testing.assert_allclose(line.get_ydata(), expected)
    assert len([line for line in lines(figure) if line.get_drawstyle() == "steps-post"]) == 4
    words = " ".join(text.get_text() for text in figure.texts).replace("\n", " ")
    assert "80 made-up patients" in words
    assert "Weibull" in words


def test_the_whole_cohort_is_drawn_once_a_draw(fit, cohort, profiles):
    figure = draw_posterior(fit, profiles, cohort, Sheet(NARROW, "T"), label="kind")
    steps = [line for line in lines(figure) if line.get_drawstyle() == "steps-post"]
    assert len(steps) == cohort.draws


def test_hazard_ratios_are_the_tables(fit, profiles):
    table = hazard_ratios(fit, profiles.iloc[[1]], profiles.iloc[[0]], [0.0, 12.0, 24.0])
    figure = draw_hazard_ratio({"ill against well": table}, SHEET)
    (line,) = [each for each in lines(figure) if each.get_label() == "ill against well"]
    np.testing.assert_allclose(line.get_ydata(), table["hazard_ratio"])
    assert figure.axes[0].get_yscale() == "log"


def test_predictive_bands_have_a_panel_a_group(fit, cohort):
    check = predictive_check(fit, cohort, by="kind", replicates=20)
    figure = draw_predictive(check, SHEET)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[:2] == ["ill", "well"]
    words = " ".join(text.get_text() for text in figure.texts).replace("\n", " ")
    assert "20 cohorts replicated" in words


def test_ranks_that_leave_their_band_are_drawn_in_another_colour():
    rng = np.random.default_rng(4)
    ranks = {"right": rng.integers(0, 100, 200), "wrong": rng.integers(0, 30, 200)}
    figure = draw_ranks(ranks, SHEET, levels=99)
    right, wrong = (axes.get_lines()[-1].get_color() for axes in figure.axes[:2])
    assert right != wrong


def test_of_many_quantities_the_worst_are_drawn():
    rng = np.random.default_rng(5)
    ranks = {f"q{k}": rng.integers(0, 100, 50) for k in range(40)} | {"bad": np.zeros(50, int)}
    figure = draw_ranks(ranks, SHEET, levels=99)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert "bad" in titles
    assert len([title for title in titles if title]) == 24


def test_a_figure_is_the_same_bytes_each_time(fit, cohort, profiles, tmp_path):
    first, second = (
        save(draw_posterior(fit, profiles, cohort, SHEET, label="kind"), tmp_path / name)
        for name in ("a.png", "b.png")
    )
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda f, p, c: draw_posterior(f, p.head(0), c, SHEET, label="kind"), "0 profiles"),
        (lambda f, p, c: draw_posterior(f, p, c, SHEET, label="kin"), "no column 'kin'"),
        (lambda f, p, c: draw_posterior(f, p, c, SHEET, label="kind", by="no"), "no column 'no'"),
        (lambda f, p, c: draw_hazard_ratio({}, SHEET), "0 tables"),
        (lambda f, p, c: draw_ranks({}, SHEET, levels=99), "no ranks"),
    ],
)
def test_mistakes_are_told(fit, profiles, cohort, wrong, message):
    with pytest.raises(InputError, match=message):
        wrong(fit, profiles, cohort)


def test_the_prior_s_picture_has_its_bands_and_single_draws(model_of_the_prior):
    """The band's ends are those of the table; the note says that no patient was seen."""
    prior, profiles = model_of_the_prior
    figure = draw_prior(prior, profiles, SHEET, label="kind", until=36.0)
    axes = figure.axes[0]
    table = prior.survival(profiles, [36.0])
    for place, band in enumerate(axes.collections):
        end = band.get_paths()[0].vertices
        found = sorted(y for x, y in end if x == 36.0)
        expected = table[table["profile"] == place][["lower", "upper"]].to_numpy().ravel()
        np.testing.assert_allclose([found[0], found[-1]], expected, rtol=1e-9)
    assert len(axes.lines) == 25 + len(profiles) + 1
    assert (
        "before any patient is seen" in " ".join(text.get_text() for text in figure.texts).lower()
    )
    with pytest.raises(InputError, match="0 profiles"):
        draw_prior(prior, profiles.head(0), SHEET, label="kind", until=36.0)


@pytest.fixture(scope="module")
def model_of_the_prior():
    model = SurvivalModel("Surv(time, event) ~ linear(age, centre=60, per=10)", Weibull())
    profiles = pd.DataFrame({"age": [50.0, 75.0], "kind": ["50 years", "75 years"]})
    return prior_fit(model, draws=800, seed=3), profiles
