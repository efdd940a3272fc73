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
    Accelerated,
    Crossing,
    Cure,
    Delayed,
    Exponential,
    GeneralisedGamma,
    Gompertz,
    Hazard,
    LogLogistic,
    LogNormal,
    Mixture,
    MSpline,
    MSplineBasis,
    PiecewiseExponential,
    Proportional,
    Stepped,
    Stratified,
    Waning,
    Weibull,
    WithBackground,
    log_likelihood,
    quantile,
    survival,
)

TIMES = np.array([[0.5], [3.1], [7.3], [19.0], [40.0]])
BASIS = MSplineBasis(inner=(4.0, 9.0), last=24.0)
WEIGHTS = ([0.3, 0.1], [0.1, 0.1], [0.2, 0.1], [0.1, 0.2], [0.2, 0.2], [0.1, 0.3])

type Wrap = Callable[[list[float]], Any]
"""Turns two numbers, one for each of two patients, into an array of some kind."""


def weibull(wrap: Wrap) -> Any:
    return Weibull(wrap([0.7, 1.8]), wrap([10.0, 25.0]))


type Make = Callable[[Wrap], Any]

WRAPPERS: dict[type, Callable[[Any, Wrap], Any]] = {
    Proportional: lambda hazard, wrap: Proportional(hazard, wrap([0.3, -0.6])),
    Accelerated: lambda hazard, wrap: Accelerated(hazard, wrap([-0.4, 0.7])),
    Crossing: lambda hazard, wrap: Crossing(hazard, wrap([-0.9, 0.5]), wrap([0.4, 0.0])),
    Delayed: lambda hazard, wrap: Delayed(hazard, wrap([-0.7, 0.5]), wrap([2.0, 6.0])),
    Waning: lambda hazard, wrap: Waning(hazard, wrap([-0.7, 0.5]), 2.0, 20.0, steps=4),
    Stepped: lambda hazard, wrap: Stepped(
        hazard, [3.0, 11.0], [wrap([-0.7, 0.2]), wrap([0.1, 0.5]), wrap([0.4, -0.3])]
    ),
    Stratified: lambda hazard, wrap: Stratified(
        [hazard, Exponential(wrap([0.1, 0.04]))], [np.array([1.0, 0.0]), np.array([0.0, 1.0])]
    ),
    Cure: lambda hazard, wrap: Cure(hazard, wrap([1e-3, 5e-3])),
    WithBackground: lambda hazard, wrap: WithBackground(hazard, Exponential(wrap([3e-4, 1e-3]))),
    Mixture: lambda hazard, wrap: Mixture(hazard, np.array([0.25, 0.75])),
}
"""What changes a hazard, with example parameters; applied to every hazard and every wrapper."""

BASELINES: dict[type, Make] = {
    Exponential: lambda wrap: Exponential(wrap([0.1, 0.02])),
    Weibull: weibull,
    Gompertz: lambda wrap: Gompertz(wrap([-0.02, 5e-4]), wrap([0.15, 0.03])),
    LogLogistic: lambda wrap: LogLogistic(wrap([0.8, 2.1]), wrap([9.0, 30.0])),
    LogNormal: lambda wrap: LogNormal(wrap([2.2, 3.1]), wrap([0.6, 1.3])),
    GeneralisedGamma: lambda wrap: GeneralisedGamma(
        wrap([2.2, 3.1]), wrap([0.9, 1.3]), wrap([0.6, -0.8])
    ),
    PiecewiseExponential: lambda wrap: PiecewiseExponential(
        [wrap([0.1, 0.3]), wrap([0.2, 0.01]), wrap([0.05, 0.4])], (5.0, 12.0)
    ),
    MSpline: lambda wrap: MSpline(wrap([1.5, 0.8]), [wrap(each) for each in WEIGHTS], BASIS),
}

EXAMPLES: dict[type, Make] = BASELINES | {
    kind: lambda wrap, around=around: around(weibull(wrap), wrap)
    for kind, around in WRAPPERS.items()
}

NUMPY_ONLY = {Mixture, Stratified}
"""Average over the last axis, or tell patients apart by it: named dimensions have no order."""

ASKS_FOR_OTHER_TIMES = {Accelerated, Delayed}
"""With symbols as parameters they ask for the hazard at times that are symbols."""


def labelled(*kinds: type) -> bool:
    return NUMPY_ONLY.isdisjoint(kinds)


def symbolic(*kinds: type) -> bool:
    return MSpline not in kinds or ASKS_FOR_OTHER_TIMES.isdisjoint(kinds)


def composed() -> dict[tuple[type, ...], Make]:
    """Return each wrapper around each baseline, and around each other wrapper of a Weibull."""
    once = {
        (outer, inner): lambda wrap, around=around, make=make: around(make(wrap), wrap)
        for outer, around in WRAPPERS.items()
        for inner, make in EXAMPLES.items()
    }
    return {
        kinds: make
        for kinds, make in once.items()
        if kinds[1] is not Mixture  # averages over patients once and for all
    }


COMPOSITIONS = composed()


def implementations() -> list[type]:
    members = [getattr(package, name) for name in package.__all__]
    return [
        member
        for member in members
        if inspect.isclass(member) and member is not Hazard and hasattr(member, "log_hazard")
    ]


def cases(fits: Callable[..., bool]) -> Any:
    """Return every implementation and composition of a kind."""
    single = [
        pytest.param(EXAMPLES.get(kind), id=kind.__name__)
        for kind in implementations()
        if fits(kind)
    ]
    several = [
        pytest.param(make, id=" of ".join(kind.__name__ for kind in kinds))
        for kinds, make in COMPOSITIONS.items()
        if fits(*kinds)
    ]
    return pytest.mark.parametrize("make", single + several)


every_hazard = cases(lambda *_: True)
every_labelled = cases(labelled)
every_symbolic = cases(symbolic)


def named(values: list[float]) -> xr.DataArray:
    return xr.DataArray(values, dims="patient")


@every_hazard
def test_there_is_an_example_and_it_is_a_hazard(make):
    assert make is not None, "add it to EXAMPLES"
    assert isinstance(make(np.array), Hazard)


@every_hazard
def test_hazard_is_the_slope_of_the_cumulative_hazard(make):
    hazard, step = make(np.array), 1e-5
    rise = hazard.cumulative_hazard(TIMES + step) - hazard.cumulative_hazard(TIMES - step)
    np.testing.assert_allclose(rise / (2 * step), np.exp(hazard.log_hazard(TIMES)), rtol=1e-6)


@every_hazard
def test_density_is_minus_the_slope_of_survival(make):
    hazard, step = make(np.array), 1e-5
    fall = survival(hazard, TIMES - step) - survival(hazard, TIMES + step)
    density = np.exp(log_likelihood(hazard, TIMES, 1.0))
    np.testing.assert_allclose(fall / (2 * step), density, rtol=1e-6, atol=1e-10)


@every_hazard
def test_cumulative_hazard_is_0_at_0_and_rises(make):
    values = make(np.array).cumulative_hazard(np.linspace(0.0, 60.0, 601)[:, None])
    assert np.all(values[0] == 0.0)
    assert np.all(np.diff(values, axis=0) > 0.0)


@every_hazard
@pytest.mark.parametrize("probability", [0.05, 0.9])
def test_quantile_inverts_survival(make, probability):
    hazard = make(np.array)
    time = quantile(hazard, probability)
    np.testing.assert_allclose(survival(hazard, time), 1.0 - probability, rtol=1e-11)


@pytest.mark.parametrize("make", [EXAMPLES[kind] for kind in EXAMPLES if labelled(kind)])
def test_quantiles_of_labelled_parameters_are_labelled(make):
    labelled = quantile(make(named), 0.5, steps=20)
    assert labelled.dims == ("patient",)
    np.testing.assert_allclose(labelled, quantile(make(np.array), 0.5, steps=20), rtol=1e-12)


def leaves_representable_hazards(*kinds: type) -> bool:
    """A mixture adds hazards, not their logs: long after a plateau they are below 1e-308."""
    return kinds[0] is not Mixture or kinds[-1] not in {Gompertz, Cure}


@cases(leaves_representable_hazards)
@pytest.mark.parametrize("time", [1e-9, 1e-8, 1e6])
def test_nothing_vanishes_in_floating_point_at_once_or_long_after_everyone_had_the_event(
    make, time
):
    hazard = make(np.array)
    assert np.all(np.isfinite(hazard.cumulative_hazard(time)))
    assert np.all(np.isfinite(hazard.log_hazard(time)))


@every_hazard
@pytest.mark.parametrize("event", [0.0, 1.0])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_splitting_a_record_leaves_the_likelihood_unchanged(make, event, share):
    hazard, split = make(np.array), share * TIMES
    before = -hazard.cumulative_hazard(split)
    after = log_likelihood(hazard, TIMES, event, split)
    np.testing.assert_allclose(before + after, log_likelihood(hazard, TIMES, event), rtol=1e-12)


@every_symbolic
def test_numpy_and_pytensor_give_the_same(make):
    numbers, symbols = make(np.array), make(pt.constant)
    log_hazard, cumulative = evaluated(symbols.log_hazard(TIMES), symbols.cumulative_hazard(TIMES))
    np.testing.assert_allclose(log_hazard, numbers.log_hazard(TIMES), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(cumulative, numbers.cumulative_hazard(TIMES), rtol=1e-12)


@every_labelled
def test_numpy_and_xarray_give_the_same(make):
    numbers, labels = make(np.array), make(named)
    times = xr.DataArray(TIMES[:, 0], dims="time")
    for value in ("log_hazard", "cumulative_hazard"):
        labelled = getattr(labels, value)(times)
        assert set(labelled.dims) == {"time", "patient"}
        expected = getattr(numbers, value)(TIMES)
        ordered = labelled.transpose("time", "patient").to_numpy()
        np.testing.assert_allclose(ordered, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "make", [pytest.param(make, id=kind.__name__) for kind, make in EXAMPLES.items()]
)
def test_pytensors_gradient_is_the_slope_in_the_parameters(make):
    """Of the log-likelihood with delayed entry, along all parameters at once."""
    shift = pt.dscalar()

    def total(wrap: Wrap) -> Any:
        return log_likelihood(make(wrap), TIMES, 1.0, 0.25).sum()

    gradient = pytensor.grad(total(lambda values: pt.constant(values) * (1.0 + shift)), shift)
    slope = pytensor.function([shift], gradient, mode=UNCOMPILED)(0.0)
    step = 1e-5
    ends = [total(lambda values, by=by: np.array(values) * (1.0 + by)) for by in (-step, step)]
    assert slope == pytest.approx((ends[1] - ends[0]) / (2.0 * step), rel=1e-6)


@pytest.mark.parametrize(
    "make", [pytest.param(make, id=kind.__name__) for kind, make in EXAMPLES.items()]
)
def test_entry_at_0_has_no_cumulative_hazard_and_a_gradient_of_0(make):
    """As patients who enter at 0 have among others who enter later."""
    shift = pt.dscalar()
    hazard = make(lambda values: pt.constant(values) * (1.0 + shift))
    cumulative = hazard.cumulative_hazard(np.zeros((1, 2)))
    outputs = [cumulative, pytensor.grad(cumulative.sum(), shift)]
    value, slope = pytensor.function([shift], outputs, mode=UNCOMPILED)(0.0)
    assert np.all(value == 0.0)
    assert slope == 0.0


UNCOMPILED = pytensor.compile.mode.Mode("py", None)
"""Compiling to machine code would take seconds for each."""


def evaluated(*symbols: Any) -> list[np.ndarray]:
    return pytensor.function([], list(symbols), mode=UNCOMPILED)()
