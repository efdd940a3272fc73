"""Analyses, and the arrays by which compiled functions make them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oligotrial.simulate.analyses import codes
from oligotrial.simulate.analyses.encode import Encoded, encode
from oligotrial.simulate.analyses.encode_posterior import known_strata
from oligotrial.simulate.analyses.kernels import Plan, Room
from oligotrial.simulate.analyses.posterior import EXTERNAL
from oligotrial.simulate.analyses.power import ASIDE
from oligotrial.simulate.analyses.risk_rows import ROW_COLUMNS
from oligotrial.trial.decide import Analysis

__all__ = ["CompiledAnalyses", "compile_analyses"]

_LEAST_ROOM = 64
_LEAST_WEIGHTS = 4


@dataclass(frozen=True, eq=False)
class CompiledAnalyses:
    """Analyses, and the arrays by which compiled functions make them.

    Parameters
    ----------
    analyses : tuple
        The analyses.
    plan : Plan
        As `analyse` takes them.
    first_columns : tuple of int
        Where each analysis' columns begin; its own `columns` names them.
    encoded : tuple of Encoded
        Each one's numbers, then those of analyses that they make on the way.
    """

    analyses: tuple[Analysis, ...]
    plan: Plan
    first_columns: tuple[int, ...]
    encoded: tuple[Encoded, ...]

    @property
    def width(self) -> int:
        """Columns of all analyses together."""
        return sum(len(analysis.columns) for analysis in self.analyses)

    def columns_of(self, number: int) -> slice:
        """Return the columns of one analysis, by its number from 0."""
        first = self.first_columns[number]
        return slice(first, first + len(self.analyses[number].columns))

    def room(self, patients: int, strata: int) -> Room:
        """Return room to work in, for one thread.

        Parameters
        ----------
        patients, strata : int
            The most that a trial has.

        Returns
        -------
        Room
            To be used again for every trial.

        Raises
        ------
        InputError
            If an external patient is in a stratum that the trial doesn't have.
        """
        for analysis in self.analyses:
            known_strata(analysis, strata)
        need = max(
            (
                one.fixed_room
                + (strata if one.stratified else 1) * one.room_per_stratum
                + patients * one.room_per_patient
                + patients * patients * one.room_per_pair
                for one in self.encoded
            ),
            default=0,
        )
        weights = max(
            (one.extra[0] for one in self.encoded if one.kind == codes.MAX_COMBO), default=0
        )
        return Room(
            np.empty((patients, ROW_COLUMNS)),
            np.empty((patients, max(weights, _LEAST_WEIGHTS))),
            np.empty((4, strata)),
            np.empty(max(need, _LEAST_ROOM) + ASIDE),
            np.zeros(patients, np.int64),
        )


def compile_analyses(analyses: Sequence[Analysis]) -> CompiledAnalyses:
    """Turn analyses into what compiled functions take.

    Parameters
    ----------
    analyses : sequence of Analysis
        For example those of all looks of a design, one after another.

    Returns
    -------
    CompiledAnalyses
        The plan, and where the columns of each are.

    Raises
    ------
    InputError
        If one of them is no analysis.

    Examples
    --------
    >>> from oligotrial.trial.decide import LogRank, MaxCombo
    >>> compile_analyses([LogRank(0.1), MaxCombo(0.1)]).first_columns
    (0, 3)
    """
    # Analyses that others make on the way have no columns, and a table of their own.
    own = [encode(analysis) for analysis in analyses]
    beside = [part for one in own for part in one.beside if part is not None]
    encoded = (*own, *(encode(part) for part in beside))
    table = np.zeros((len(encoded), codes.CODE_WIDTH), np.int64)
    firsts, column, start, whole, following = [], 0, 0, 0, 0
    for row, analysis, one in zip(table, (*analyses, *beside), encoded, strict=True):
        width = len(analysis.columns)
        row[: codes.EXTRA] = one.kind, one.stratified, column, width, start
        row[codes.EXTRA : codes.EXTRA + len(one.extra)] = one.extra
        for place, part in enumerate(one.beside, start=codes.EXTRA + len(one.extra)):
            row[place] = -1 if part is None else following
            following += part is not None
        if one.kind == codes.POSTERIOR:
            row[EXTERNAL] = whole
        firsts.append(column)
        column += width
        start += one.numbers.size
        whole += one.integers.size
    numbers = np.concatenate([np.zeros(0), *(one.numbers for one in encoded)])
    integers = np.concatenate([np.zeros(0, np.int64), *(one.integers for one in encoded)])
    firsts = firsts[: len(own)]
    plan = Plan(table[: len(own)], numbers, integers, table[len(own) :])
    return CompiledAnalyses(tuple(analyses), plan, tuple(firsts), encoded)
