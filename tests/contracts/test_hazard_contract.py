"""Identities that every hazard keeps, run over all implementations in `oligotrial.hazard`.

Implementations are found by listing the package: a new one fails here until an example of it
is added to `EXAMPLES`.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import xarray as xr

from oligotrial import hazard as package
from oligotrial.hazard import (
    Exponential,
    Hazard,
    Mixture,
    MSpline,
    MSplineBasis,
    PiecewiseExponential,
    Proportional,
    Weibull,
    log_likelihood,
    quantile,
    survival,
)

TIMES = (0.5, 3.1, 7.3, 19.0, 40.0)
BASIS = MSplineBasis(inner=(4.0, 9.0), last=24.0)
WEIGHTS = ([0.3, 0.1], [0.1, 0.1], [0.2, 0.1], [0.1, 0.2], [0.2, 0.2], [0.1, 0.3])

type Wrap = Callable[[list[float]], Any]
"""Turns two numbers, one for each of two patients, into an array of some kind."""

EXAMPLES: dict[type, Callable[[Wrap], Any]] = {
    Exponential: lambda wrap: Exponential(wrap([0.1, 0.02])),
    Weibull: lambda wrap: Weibull(wrap([0.7, 1.8]), wrap([10.0, 25.0])),
    PiecewiseExponential: lambda wrap: PiecewiseExponential(
        [wrap([0.1, 0.3]), wrap([0.2, 0.01]), wrap([0.05, 0.4])], (5.0, 12.0)
    ),
    MSpline: lambda wrap: MSpline(wrap([1.5, 0.8]), [wrap(each) for each in WEIGHTS], BASIS),
    Proportional: lambda wrap: Proportional(
        Weibull(wrap([0.7, 1.8]), wrap([10.0, 25.0])), wrap([-0.5, 0.4])
    ),
    Mixture: lambda wrap: Mixture(Exponential(wrap([0.1, 0.02])), np.array([0.4, 0.6])),
}

COMPOSITIONS: dict[str, Callable[[Wrap], Any]] = {
    f"Proportional of {kind.__name__}": lambda wrap, make=make: Proportional(
        make(wrap), wrap([0.3, -0.6])
    )
    for kind, make in EXAMPLES.items()
    if kind is not Mixture
} | {
    f"Mixture of {kind.__name__}": lambda wrap, make=make: Mixture(
        make(wrap), np.array([0.25, 0.75])
    )
    for kind, make in EXAMPLES.items()
    if kind is not Mixture
}
"""Wrappers around each other hazard; a new one is wrapped as soon as it has its example."""

NUMPY_ONLY = {Mixture}
"""Averages over the last axis and keeps it with length 1, which named dimensions don't do."""


def implementations() -> list[type]:
    members = [getattr(package, name) for name in package.__all__]
    return [
        member
        for member in members
        if inspect.isclass(member) and member is not Hazard and hasattr(member, "log_hazard")
    ]


def example(kind: type) -> Any:
    return pytest.param(EXAMPLES.get(kind), id=kind.__name__)


every_hazard = pytest.mark.parametrize(
    "make",
    [example(kind) for kind in implementations()]
    + [pytest.param(make, id=name) for name, make in COMPOSITIONS.items()],
)
every_labelled = pytest.mark.parametrize(
    "make", [example(kind) for kind in implementations() if kind not in NUMPY_ONLY]
)
every_time = pytest.mark.parametrize("time", TIMES)


def named(values: list[float]) -> xr.DataArray:
    return xr.DataArray(values, dims="patient")


@every_hazard
def test_there_is_an_example_and_it_is_a_hazard(make):
    assert make is not None, "add it to EXAMPLES"
    assert isinstance(make(np.array), Hazard)


@every_hazard
@every_time
def test_hazard_is_the_slope_of_the_cumulative_hazard(make, time):
    hazard, step = make(np.array), 1e-5
    rise = hazard.cumulative_hazard(time + step) - hazard.cumulative_hazard(time - step)
    np.testing.assert_allclose(rise / (2 * step), np.exp(hazard.log_hazard(time)), rtol=1e-6)


@every_hazard
def test_cumulative_hazard_is_0_at_0_and_rises(make):
    hazard = make(np.array)
    values = np.array([hazard.cumulative_hazard(time) for time in np.linspace(0.0, 60.0, 601)])
    assert np.all(values[0] == 0.0)
    assert np.all(np.diff(values, axis=0) > 0.0)


@every_hazard
@pytest.mark.parametrize("probability", [0.05, 0.5, 0.9])
def test_quantile_inverts_survival(make, probability):
    hazard = make(np.array)
    time = quantile(hazard, probability)
    np.testing.assert_allclose(survival(hazard, time), 1.0 - probability, rtol=1e-11)


@every_labelled
def test_quantiles_of_labelled_parameters_are_labelled(make):
    labelled = quantile(make(named), 0.5)
    assert labelled.dims == ("patient",)
    np.testing.assert_allclose(labelled, quantile(make(np.array), 0.5), rtol=1e-12)


@every_hazard
@pytest.mark.parametrize("time", [1e-9, 1e6])
def test_nothing_vanishes_in_floating_point_at_once_or_long_after_everyone_had_the_event(
    make, time
):
    hazard = make(np.array)
    assert np.all(np.isfinite(hazard.cumulative_hazard(time)))
    assert np.all(np.isfinite(hazard.log_hazard(time)))


@every_hazard
@every_time
@pytest.mark.parametrize("event", [0.0, 1.0])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_splitting_a_record_leaves_the_likelihood_unchanged(make, time, event, share):
    hazard, split = make(np.array), share * time
    before = -hazard.cumulative_hazard(split)
    after = log_likelihood(hazard, time, event, split)
    np.testing.assert_allclose(before + after, log_likelihood(hazard, time, event), rtol=1e-12)


both_values = pytest.mark.parametrize("value", ["log_hazard", "cumulative_hazard"])


@every_hazard
@every_time
@both_values
def test_numpy_and_pytensor_give_the_same(make, time, value):
    expected = getattr(make(np.array), value)(time)
    symbols = getattr(make(pt.constant), value)(time)
    np.testing.assert_allclose(evaluated(symbols), expected, rtol=1e-12)


@every_labelled
@every_time
@both_values
def test_numpy_and_xarray_give_the_same(make, time, value):
    expected = getattr(make(np.array), value)(time)
    labelled = getattr(make(named), value)(time)
    assert labelled.dims == ("patient",)
    np.testing.assert_allclose(labelled.to_numpy(), expected, rtol=1e-14)


def evaluated(symbols: Any) -> np.ndarray:
    """Compute without compiling to machine code, which would take seconds for each."""
    return pytensor.function([], symbols, mode=pytensor.compile.mode.Mode("py", None))()
