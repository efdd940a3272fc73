"""Patients of a digitised figure: Guyot's reconstruction, and draws of all that fit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.random import default_rng

from oligotrial.checks import InputError, positive, positive_integer
from oligotrial.cohort.curves.digitised import Digitised, DigitisedCurve, Record
from oligotrial.cohort.curves.inversion import invert
from oligotrial.cohort.curves.jitter import moved
from oligotrial.cohort.curves.layout import State
from oligotrial.cohort.curves.population import sample
from oligotrial.cohort.curves.quality import MISFIT, HazardRatio, problems, quality
from oligotrial.cohort.schema import Cohort

__all__ = ["STEPS", "Reconstruction", "guyot", "reconstruct"]

STEPS: Final = 100
"""Proposals of one draw's chain for each patient."""


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Patients made from a digitised figure, and how well they reproduce it.

    Parameters
    ----------
    cohort : Cohort
        The patients; its label says that they are reconstructed.
    quality : pandas.DataFrame
        One row a number that was read or printed: arm, statistic, given, reconstructed_median,
        reconstructed_low, reconstructed_high (over draws), tolerance, draws_within.
    problems : tuple of str
        What could not be met; empty where everything is.
    convergence : pandas.DataFrame
        Of draws: arm, quantity and R-hat (Gelman and Rubin 1992, doi:10.1214/ss/1177011136) over
        the chains, halved; near 1 where the chains agree. Empty for Guyot's algorithm.
    """

    cohort: Cohort
    quality: pd.DataFrame
    problems: tuple[str, ...]
    convergence: pd.DataFrame = field(default_factory=pd.DataFrame)


def guyot(curves: DigitisedCurve | Mapping[str, DigitisedCurve]) -> Reconstruction:
    """Reconstruct patients by the algorithm of Guyot et al. (2012), as published.

    Events lie at readings, censorings in the middle between two. It is the most used method and
    the one to compare with; it gives one data set and may miss what is printed, which `problems`
    then says. `reconstruct` meets the printed numbers and shows what they leave open.

    Parameters
    ----------
    curves : DigitisedCurve, or mapping of str to DigitisedCurve
        A survival curve, or one by arm.

    Returns
    -------
    Reconstruction
        One draw.

    Raises
    ------
    InputError
        If a curve is one of cumulative incidence.

    Notes
    -----
    Guyot, Ades, Ouwens and Welton (2012), doi:10.1186/1471-2288-12-9. All four cases of
    information work: with and without risk table, with and without the total of events. Without
    a risk table nobody is censored before the end unless the total asks for it. In
    an interval of the risk table without readings the last reading is repeated.

    Examples
    --------
    >>> from oligotrial.cohort.curves import DigitisedCurve
    >>> made = guyot(DigitisedCurve([2, 5, 9, 12], [0.9, 0.6, 0.6, 0.3], patients=10))
    >>> made.cohort.patients["event"].sum(), made.problems
    (np.int64(7), ())
    """
    arms = _by_arm(curves)
    for each in arms.values():
        if not isinstance(each, DigitisedCurve):
            raise InputError(
                "Guyot's algorithm takes survival curves; use reconstruct for cumulative incidence"
            )
    records = {arm: each.record for arm, each in arms.items()}
    frames, notes = [], []
    for arm, record in records.items():
        rows, own = _guyot_rows(record)
        frames.append(_with_arm(rows, arm))
        notes += [f"{record.source}: {note}" for note in own]
    table = quality(records, [pd.concat(frames)])
    sources = _sources(records)
    return Reconstruction(
        Cohort(
            pd.concat(frames, ignore_index=True),
            label="reconstructed from a digitised curve by Guyot's algorithm; not patient data",
            source=sources,
        ),
        table,
        (*notes, *problems(table, source=sources)),
    )


def reconstruct(
    curves: Digitised | Mapping[str, Digitised],
    draws: int = 100,
    *,
    seed: int = 1,
    steps: int = STEPS,
    hazard_ratio: HazardRatio | None = None,
    misfit: float = MISFIT,
) -> Reconstruction:
    """Draw patients that agree with a digitised figure: what it leaves open differs between draws.

    Parameters
    ----------
    curves : DigitisedCurve or DigitisedIncidence, or mapping of str to one
        One group's figure, or one by arm.
    draws : int, optional
        How many.
    seed : int, optional
        The same seed gives the same draws.
    steps : int, optional
        Proposals of one draw's chain for each patient.
    hazard_ratio : HazardRatio, optional
        A published one, compared in `quality`.
    misfit : float, optional
        The draws are refused if half of them miss a reading by more than this many standard
        deviations of a reading. A larger number lets them pass, with `problems`.

    Returns
    -------
    Reconstruction
        With numbers at risk and totals exactly as printed in every draw.

    Raises
    ------
    InputError
        If the figure contradicts itself: more events than the risk table leaves room for, or
        a curve that can't be met together with risk table and totals; or if a number of draws
        or steps isn't positive.

    Notes
    -----
    **Distribution.** Events lie at readings or between two (`Precision.events_at_readings`), others
    in an interval of the risk table. Beforehand, as far as they meet risk table and totals, all
    numbers of events at each place up to the number at risk are equally probable, as they are when
    the hazard there may be anything; so are all numbers of censored and of competing events without
    a curve in each interval and, where it is longer, in its pieces of a tenth of the curve. Times
    are independent and even within their place. A draw's probability is that, times a normal
    density of each reading's distance from the Kaplan-Meier or Aalen-Johansen curve of the draw,
    with the standard deviation `Precision.height`; of equal readings of a flat stretch, which share
    their error, the first and the last count, and those between as one. Times of readings, and of
    the events with them, are moved by a normal error of `Precision.time` in each draw, in their
    order. At least one patient is followed to the end of the curve, unless it reaches the axis.

    **Algorithm.** Population annealing (Hukushima and Iba 2003, doi:10.1063/1.1632130) of one
    Metropolis-Hastings chain for each draw, in groups. Proposals move events between places, make
    events censorings and back, and change times; they keep risk table and totals. Chains start near
    the curve and are cooled from a temperature at which the error is a patient wide, those of a
    group being drawn again in proportion to their weights; then each runs on by itself.

    **What is assumed.** Censoring is even within an interval of the risk table, or within a tenth
    of the curve. Where a cause has no curve, every part of an interval's other losses may be that
    cause; only the heights of the curve's steps, which are larger the more were censored, tell
    more.

    Examples
    --------
    >>> from oligotrial.cohort.curves import DigitisedCurve, RiskTable
    >>> curve = DigitisedCurve([2, 5, 9, 12], [0.9, 0.6, 0.6, 0.3], RiskTable([0, 6], [10, 5]))
    >>> made = reconstruct(curve, draws=2)
    >>> made.cohort.label
    'reconstructed from a digitised curve, 2 draws; not patient data'
    """
    draws = positive_integer(draws, "draws")
    steps = positive_integer(steps, "steps")
    misfit = positive(misfit, "misfit")
    seed = positive_integer(seed, "seed", least=0)
    records = {arm: each.record for arm, each in _by_arm(curves).items()}
    seeds = np.random.SeedSequence(seed).spawn(len(records))
    rows, traces = [], []
    for (arm, record), own in zip(records.items(), seeds, strict=True):
        chains, jitter = own.spawn(2)
        found, generator = sample(record, draws, seed=chains, steps=steps), default_rng(jitter)
        rows.append([_with_arm(_frame(record, state, generator), arm) for state in found.states])
        traces.append(_convergence(found.traces).assign(arm=arm))
    together = [pd.concat(each, ignore_index=True) for each in zip(*rows, strict=True)]
    table = quality(records, together, hazard_ratio=hazard_ratio)
    _refuse_misfit(table, records, misfit)
    sources = _sources(records)
    return Reconstruction(
        Cohort(
            pd.concat([each.assign(draw=k) for k, each in enumerate(together)], ignore_index=True),
            label=_label(draws),
            source=sources,
            draws=draws,
        ),
        table,
        problems(table, source=sources),
        pd.concat(traces, ignore_index=True),
    )


def _by_arm(curves: Digitised | Mapping[str, Digitised]) -> dict[str, Digitised]:
    if not isinstance(curves, Mapping):
        return {"": curves}
    if not curves or "" in curves:
        raise InputError("curves by arm need a name each and at least one arm", where="curves")
    return dict(curves)


def _sources(records: Mapping[str, Record]) -> str:
    return "; ".join(dict.fromkeys(record.source for record in records.values()))


def _label(draws: int) -> str:
    number = "1 draw" if draws == 1 else f"{draws} draws"
    return f"reconstructed from a digitised curve, {number}; not patient data"


def _with_arm(rows: pd.DataFrame, arm: str) -> pd.DataFrame:
    return rows.assign(arm=arm) if arm else rows


def _guyot_rows(record: Record) -> tuple[pd.DataFrame, tuple[str, ...]]:
    readings, table = record.readings[0], record.risk_table
    time, survival = readings.time, 1.0 - readings.height
    bounds = np.append(table.time, np.inf)
    for low, high in pairwise(bounds):
        if not ((time >= low) & (time < high)).any():
            place = int(np.searchsorted(time, low))
            time = np.insert(time, place, low)
            survival = np.insert(survival, place, survival[place - 1])
    first = np.searchsorted(time, table.time, side="left")
    found = invert(time, survival, first=first, at_risk=table.at_risk, events=record.events[0])
    middle = np.append((time[1:] + time[:-1]) / 2, time[-1])
    times = np.concatenate([np.repeat(time, found.events), np.repeat(middle, found.censored)])
    events = np.repeat([1, 0], [found.events.sum(), found.censored.sum()])
    rest = record.patients - len(times)
    times = np.append(times, np.full(max(rest, 0), time[-1]))
    events = np.append(events, np.zeros(max(rest, 0), dtype=int))
    order = np.lexsort((events == 0, times))
    return pd.DataFrame({"time": times[order], "event": events[order]}), found.notes


def _frame(record: Record, state: State, generator: np.random.Generator) -> pd.DataFrame:
    time = moved(record, state.time, state.kind, generator)
    order = np.lexsort((state.kind <= 0, time))
    kind = state.kind[order]
    rows = pd.DataFrame({"time": time[order], "event": (kind == 1).astype(int)})
    if record.causes == ("",):
        return rows
    names = np.array([None, *record.causes, record.others], dtype=object)
    return rows.assign(cause=names[np.maximum(kind, 0)])


def _convergence(trace: np.ndarray) -> pd.DataFrame:
    """Return R-hat of each quantity over the halves of all chains."""
    mean = trace[..., 0].reshape(-1, trace.shape[2])
    within = trace[..., 1].reshape(-1, trace.shape[2]).mean(axis=0)
    between = mean.var(axis=0, ddof=1) if len(mean) > 1 else np.zeros(len(within))
    still = within < 1e-12
    ratio = np.where(
        still, np.where(between < 1e-12, 0.0, np.inf), between / np.where(still, 1, within)
    )
    return pd.DataFrame(
        {"quantity": ["area under the curve", "events"], "r_hat": np.sqrt(1.0 + ratio)}
    )


def _refuse_misfit(table: pd.DataFrame, records: Mapping[str, Record], misfit: float) -> None:
    worst = table[table["statistic"] == "largest difference of the curve"]
    for arm, missed in zip(worst["arm"], worst["reconstructed_median"], strict=True):
        record = records[arm]
        error = record.precision.height
        if missed > misfit * error:
            raise InputError(
                "curve, risk table and totals can't be met together: the nearest patients miss a "
                f"reading by {missed:.3g}, and {misfit:g} times its standard deviation of "
                f"{error:g} is allowed; check the numbers, give a larger Precision(height=...), "
                "or let it pass with a larger misfit",
                where=record.source + (f", {arm}" if arm else ""),
            )
