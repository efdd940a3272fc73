"""What it does to a trial that controls get the experimental treatment off protocol."""

from dataclasses import replace

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.simulate.clustered import mean_and_error
from oligotrial.simulate.engine import CHUNK, Batch, simulate_rows
from oligotrial.simulate.trials import COLUMNS

__all__ = ["dilution"]


def dilution(batch: Batch) -> pd.DataFrame:
    """Compare a design with the same where nobody leaves the protocol, on the same patients.

    Parameters
    ----------
    batch : Batch
        Trials of a design with `off_protocol`.

    Returns
    -------
    pandas.DataFrame
        A row for each of `efficacy` (proportion of trials that show it), `estimate` (mean of the
        deciding test's, a log hazard ratio), `months` and `events` (means, at the end): columns
        `figure`, `undiluted`, `diluted`, `difference` (diluted minus undiluted), each followed by
        its Monte Carlo standard error, `_se`.

    Raises
    ------
    InputError
        If the design has nobody who gets the experimental treatment off protocol.

    Notes
    -----
    Each replicate is simulated twice with the same patients, so that the difference has a far
    smaller error than either. Where draws of the truth are used by several replicates, errors come
    from the spread between draws.

    Examples
    --------
    >>> from oligotrial.hazard import Exponential, Proportional
    >>> from oligotrial.simulate import Scenario
    >>> from oligotrial.trial import Accrual, AtEvents, Design, LogRank, OffProtocol
    >>> control = Exponential(0.08)
    >>> treated = Proportional(control, np.log(0.5))
    >>> world = Scenario("power", ("all",), np.ones(1), control, treated).world()
    >>> off = OffProtocol(0.35, within_months=6.0)
    >>> design = Design(60, AtEvents(40), LogRank(0.10), Accrual(5.0), off_protocol=off)
    >>> table = dilution(Batch(design, world, 2_000, 1)).set_index("figure")
    >>> bool(table.loc["efficacy", "difference"] < 0)
    True
    """
    if batch.design.off_protocol is None:
        raise InputError(
            "nobody gets the experimental treatment off protocol; give the design an OffProtocol",
            where="off_protocol",
        )
    kept = replace(batch, design=replace(batch.design, off_protocol=None))
    draws = batch.world.draws
    totals, squares, trials = np.zeros((3, 4, draws)), np.zeros((3, 4)), np.zeros(draws)
    for first in batch.starts:
        count = min(CHUNK, batch.replicates - first)
        draw = np.arange(first, first + count) % draws
        undiluted, diluted = (_figures(simulate_rows(one, first, count)) for one in (kept, batch))
        for number, figures in enumerate((undiluted, diluted, diluted - undiluted)):
            totals[number] += [np.bincount(draw, figure, minlength=draws) for figure in figures]
            squares[number] += (figures**2).sum(axis=1)
        trials += np.bincount(draw, minlength=draws)
    rows = []
    for place, name in enumerate(("efficacy", "estimate", "months", "events")):
        row: dict[str, float | str] = {"figure": name}
        for number, column in enumerate(("undiluted", "diluted", "difference")):
            mean, error = mean_and_error(totals[number, place], trials, squares[number, place])
            row |= {column: mean, f"{column}_se": error}
        rows.append(row)
    return pd.DataFrame(rows)


def _figures(rows: np.ndarray) -> np.ndarray:
    """Return efficacy, estimate, months and events of each trial; shape (4, trials)."""
    decision, month, events = (rows[:, COLUMNS.index(n)] for n in ("decision", "month", "events"))
    estimate = np.nan_to_num(rows[:, len(COLUMNS) + 1])
    return np.stack([decision == 1, estimate, month, events]).astype(float)
