"""Closed forms beside simulated power, how far they part, and why they may."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.simulate.jobs import Means
from oligotrial.simulate.scenario import Scenario
from oligotrial.simulate.sizing.blocks import world_of
from oligotrial.simulate.sizing.constant import events_at, exponentials
from oligotrial.simulate.sizing.evaluate import Evaluator
from oligotrial.simulate.sizing.measures import Success
from oligotrial.simulate.world import World
from oligotrial.trial import (
    AtEvents,
    Boundaries,
    Design,
    LogRank,
    exit_probabilities,
    freedman_power,
    hsieh_freedman_power,
    lachin_foulkes_log_power,
    lachin_foulkes_power,
    schoenfeld_power,
)
from oligotrial.trial.stopping import analysis_of

__all__ = ["compare_with_formulas", "formula_powers", "why_they_part"]

FORMULAS: dict[str, Callable[..., float]] = {
    "schoenfeld": schoenfeld_power,
    "freedman": freedman_power,
    "hsieh_freedman": hsieh_freedman_power,
}
"""What each says of one event; the looks are allowed for by the same integral for all."""

BY_ACCRUAL: dict[str, Callable[..., float]] = {
    "lachin_foulkes": lachin_foulkes_power,
    "lachin_foulkes_log": lachin_foulkes_log_power,
}
"""What each says of a trial with constant hazards and one look."""

NODES = 81
"""Hazard ratios at which power is integrated where there are more draws than these."""

FEW_EVENTS = 300


def formula_powers(design: Design, truth: Scenario | World) -> pd.DataFrame:
    """Return a design's power by each closed form.

    Parameters
    ----------
    design : Design
        A log-rank test, once or group-sequential, at given events, on dates or after enrolments;
        of the latter, at the events that are expected by then.
    truth : Scenario or World
        Proportional hazards; the power of each draw is averaged, which makes it an assurance.

    Returns
    -------
    pandas.DataFrame
        A row a formula: `formula`, `power`. Lachin's and Foulkes' two are there where there is one
        look, one rate of accrual, one truth and stratum with constant hazards of which the
        experimental arm's is lower, and nothing else that they don't know of.

    Raises
    ------
    InputError
        If there is no closed form: another test, looks without a day or a number of events, or
        hazards that aren't proportional.

    Notes
    -----
    Schoenfeld's, Freedman's and Hsieh's formulas say how far one event moves the expected z; the
    probability of crossing the boundaries with that drift is exact (`exit_probabilities`). Lachin's
    and Foulkes' tell the power from the patients, their accrual and their follow-up.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential, Proportional
    >>> from oligotrial.trial import Accrual
    >>> control = Exponential(0.08)
    >>> treated = Proportional(control, np.log(0.65))
    >>> truth = Scenario("power", ("all",), np.ones(1), control, treated)
    >>> design = Design(120, AtEvents(90), LogRank(0.10), Accrual(6.0))
    >>> formula_powers(design, truth).round(4).values.tolist()
    [['schoenfeld', 0.7769], ['freedman', 0.7676], ['hsieh_freedman', 0.7676], \
['lachin_foulkes', 0.7688], ['lachin_foulkes_log', 0.7786]]
    """
    world = world_of(truth)
    _check(design, world)
    log_ratios = world.log_hazard_ratios
    nodes = np.unique(log_ratios)
    if nodes.size > NODES:
        nodes = np.linspace(nodes[0], nodes[-1], NODES)
    rows = []
    events = [events_at(moment, design, world) for moment in design.looks]
    for name, formula in FORMULAS.items():
        powers = [_power(design, formula, events, float(np.exp(node))) for node in nodes]
        rows.append({"formula": name, "power": float(np.interp(log_ratios, nodes, powers).mean())})
    known = exponentials(design, world)
    if known is not None:
        alpha = float(norm.sf(design.thresholds.efficacy[0]))
        for name, formula in BY_ACCRUAL.items():
            rows.append({"formula": name, "power": formula(*known, alpha=alpha)})
    return pd.DataFrame(rows)


def compare_with_formulas(
    design: Design,
    truth: Scenario | World,
    *,
    replicates: int,
    seed: int,
    means: Means | None = None,
) -> pd.DataFrame:
    """Show the simulated power of a design beside each closed form.

    Parameters
    ----------
    design : Design
        A log-rank test, once or group-sequential.
    truth : Scenario or World
        Proportional hazards.
    replicates : int
        Trials; rounded up to whole blocks of 2,500.
    seed : int
        Seed.
    means : Means, optional
        Executor, store and progress.

    Returns
    -------
    pandas.DataFrame
        A row a formula: `formula`, `power`, `simulated` and `mc_se`, `apart` (simulated minus
        formula) and `errors_apart`, the same in Monte Carlo standard errors.

    Raises
    ------
    InputError
        If there is no closed form.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> from oligotrial.trial import Accrual
    >>> control = Exponential(0.08)
    >>> null = Scenario("null", ("all",), np.ones(1), control, control)
    >>> design = Design(120, AtEvents(90), LogRank(0.10), Accrual(6.0))
    >>> table = compare_with_formulas(design, null, replicates=2_500, seed=1)
    >>> bool((table["errors_apart"].abs() < 4).all())
    True
    """
    world = world_of(truth)
    table = formula_powers(design, world)
    found = Evaluator(world, Success(), seed, means or Means()).of(design, replicates).target
    apart = found.value - table["power"]
    return table.assign(
        simulated=found.value, mc_se=found.se, apart=apart, errors_apart=apart / found.se
    )


def why_they_part(design: Design, truth: Scenario | World) -> tuple[str, ...]:
    """Say why a design's simulated power may part from the closed forms.

    Parameters
    ----------
    design : Design
        The design.
    truth : Scenario or World
        The truth.

    Returns
    -------
    tuple of str
        One sentence a reason that applies.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential
    >>> from oligotrial.trial import Accrual
    >>> control = Exponential(0.08)
    >>> null = Scenario("null", ("all",), np.ones(1), control, control)
    >>> why_they_part(Design(900, AtEvents(800), LogRank(0.10), Accrual(6.0)), null)
    ()
    """
    world = world_of(truth)
    strata = world.truth.upto.shape[1]
    ratios = np.exp(world.log_hazard_ratios)
    reasons = {
        "The formulas are for large trials: with few events the log-rank test's type I error runs "
        "above nominal, and its power with it.": 0 < design.events < FEW_EVENTS,
        "Arms of different size: the formulas part from each other, since hazard ratios away from "
        "1 shift who is at risk.": design.allocation[0] != design.allocation[1],
        "The hazard ratio is far from 1, near which Schoenfeld's formula holds.": bool(
            (np.abs(np.log(ratios)) > np.log(2)).any()
        ),
        f"The test is stratified by {strata} strata: patients whose stratum has nobody left in the "
        "other arm tell nothing, which no formula knows.": strata > 1
        and getattr(analysis_of(design.test), "stratified", False),
        "The test is not stratified and strata differ in hazard, which dilutes the effect.": strata
        > 1
        and not getattr(analysis_of(design.test), "stratified", True),
        "The analysis is on a date, or a time after an enrolment: the formulas take the events "
        "that are expected by then, and trials have more or fewer.": not all(
            isinstance(moment, AtEvents) for moment in design.looks
        ),
        "Progression is seen at visits, so that events are tied and late.": design.calendars
        is not None,
        "Controls get the experimental treatment off protocol; the formulas take the effect as "
        "undiluted.": design.off_protocol is not None,
        "The truth is drawn: the formulas' power is averaged over its draws.": world.draws > 1,
    }
    return tuple(reason for reason, applies in reasons.items() if applies)


def _check(design: Design, world: World) -> None:
    if not isinstance(analysis_of(design.test), LogRank):
        raise InputError(
            f"there is no closed form for {type(analysis_of(design.test)).__name__}; compare a "
            "LogRank test",
            where="test",
        )
    if np.isnan(world.log_hazard_ratios).any():
        raise InputError(
            "the arms have no one hazard ratio, so that there is no closed form", where="truth"
        )


def _power(
    design: Design, formula: Callable[..., float], events: list[float], hazard_ratio: float
) -> float:
    """Return the chance of crossing the efficacy boundaries."""
    fractions = tuple(number / events[-1] for number in events)
    found = Boundaries(fractions, design.thresholds.efficacy, design.thresholds.futility)
    # With alpha of one half a formula's power is that of its drift alone; of one event, since
    # the power of many rounds to 1.
    share = design.experimental_share
    by_event = norm.ppf(formula(1.0, hazard_ratio, alpha=0.5, experimental_share=share))
    return exit_probabilities(found, float(by_event * np.sqrt(events[-1]))).power
