"""The mixture prior of the hazard ratio, against its closed forms and quadrature."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import lognorm

from oligotrial.simulate import EffectPrior

PRIOR = EffectPrior(
    ("sceptical", "enthusiastic"),
    np.array([0.3, 0.7]),
    np.log([1.0, 0.65]),
    np.array([0.22, 0.30]),
)


def components() -> list[tuple[float, object]]:
    """Return weight and scipy's log-normal distribution of each component."""
    return [
        (weight, lognorm(s=sd, scale=np.exp(mean)))
        for weight, mean, sd in zip(PRIOR.weights, PRIOR.means, PRIOR.sds, strict=True)
    ]


def density(ratio: float, component: str) -> float:
    table = PRIOR.density(np.array([ratio]))
    return float(table.loc[table["component"] == component, "density"].iloc[0])


@pytest.mark.parametrize(
    ("component", "mass"), [("mixture", 1.0), ("sceptical", 0.3), ("enthusiastic", 0.7)]
)
def test_densities_integrate_to_their_weights(component: str, mass: float) -> None:
    total, error = quad(density, 1e-6, 20.0, args=(component,), points=[0.65, 1.0])
    assert error < 1e-6
    assert total == pytest.approx(mass, abs=1e-6)


def test_density_is_that_of_log_normals() -> None:
    ratios = np.linspace(0.2, 3.0, 57)
    table = PRIOR.density(ratios).pivot_table(
        index="hazard_ratio", columns="component", values="density"
    )
    expected = sum(weight * part.pdf(ratios) for weight, part in components())  # type: ignore[attr-defined]
    np.testing.assert_allclose(table["mixture"], expected, rtol=1e-12)


@pytest.mark.parametrize("ratio", [0.5, 0.65, 1.0, 1.4])
def test_probability_below(ratio: float) -> None:
    expected = sum(weight * part.cdf(ratio) for weight, part in components())  # type: ignore[attr-defined]
    assert PRIOR.probability_below(ratio) == pytest.approx(expected, abs=1e-14)
    below, _ = quad(
        density, 1e-6, ratio, args=("mixture",), points=[0.65] if ratio > 0.65 else None
    )
    assert PRIOR.probability_below(ratio) == pytest.approx(below, abs=1e-6)


def test_draws_have_the_mixtures_moments() -> None:
    size = 200_000
    drawn = PRIOR.draw(size, np.random.default_rng(20240729))
    mean = PRIOR.weights @ PRIOR.means
    variance = PRIOR.weights @ (PRIOR.sds**2 + PRIOR.means**2) - mean**2
    assert drawn.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / size))
    fourth = np.mean((drawn - mean) ** 4)
    assert drawn.var() == pytest.approx(variance, abs=4 * np.sqrt((fourth - variance**2) / size))
    share = PRIOR.probability_below(0.8)
    found = np.mean(drawn < np.log(0.8))
    assert found == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / size))


def test_draws_follow_the_generator() -> None:
    first, again, other = (PRIOR.draw(5, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_one_component_alone() -> None:
    alone = PRIOR.only(1)
    assert alone.names == ("enthusiastic",)
    weight, part = 1.0, lognorm(s=0.30, scale=0.65)
    assert alone.weights.tolist() == [weight]
    assert alone.probability_below(0.9) == pytest.approx(part.cdf(0.9), abs=1e-14)
