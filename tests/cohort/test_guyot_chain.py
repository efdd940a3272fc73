"""Evidence: closed form (the stated distribution, summed over all tables by hand) and identities.

The chain's frequencies are compared with the probabilities that the docstring of `reconstruct`
states: all tables of whole numbers are listed, and times are integrated over numerically.
"""

from collections import Counter
from itertools import product
from math import comb, prod

import numpy as np
import pytest

from oligotrial.cohort.curves import DigitisedCurve, DigitisedIncidence, Precision, RiskTable
from oligotrial.cohort.curves.chain import run_chain
from oligotrial.cohort.curves.digitised import Record
from oligotrial.cohort.curves.heights import full_energy, new_heights, refresh
from oligotrial.cohort.curves.layout import END, Layout, State, layout
from oligotrial.cohort.curves.start import start

COARSE = Precision(height=0.15, events_at_readings=False)
CASES = {
    "nothing printed": DigitisedCurve([2, 5, 6], [0.8, 0.4, 0.4], patients=4, precision=COARSE),
    "at readings": DigitisedCurve(
        [2, 5, 5, 6],
        [0.8, 0.8, 0.4, 0.4],
        RiskTable([0, 5], [5, 4]),
        precision=Precision(height=0.15),
    ),
    "total": DigitisedCurve([2, 5, 6], [0.8, 0.4, 0.4], patients=4, events=2, precision=COARSE),
    "risk table": DigitisedCurve(
        [2, 5, 6], [0.8, 0.4, 0.4], RiskTable([0, 3], [5, 3]), precision=COARSE
    ),
    "risk table and total": DigitisedCurve(
        [2, 5, 6], [0.8, 0.4, 0.4], RiskTable([0, 3], [5, 3]), events=2, precision=COARSE
    ),
    "one cause of two": DigitisedIncidence(
        {"local": ([2, 4], [0.2, 0.4])}, patients=4, others="death", precision=COARSE
    ),
    "one cause of two, totals": DigitisedIncidence(
        {"local": ([2, 4], [0.2, 0.4])},
        RiskTable([0, 3], [5, 3]),
        events={"local": 1, "death": 2},
        others="death",
        precision=COARSE,
    ),
    "two causes": DigitisedIncidence(
        {"local": ([2, 4], [0.2, 0.4]), "death": ([3, 4], [0.2, 0.2])},
        patients=4,
        precision=COARSE,
    ),
}


def places(figure: Layout) -> list[tuple[int, int, int]]:
    """Kind, cell and interval of every place a patient can be in."""
    last, causes = len(figure.losses) - 1, int(figure.cell_cause.max())
    found = [
        (int(figure.cell_cause[k]), k, int(figure.cell_interval[k]))
        for k in range(len(figure.cell_start))
    ]
    for i in range(last + 1):
        for piece in range(figure.piece_first[i], figure.piece_first[i + 1]):
            found.append((0, -1 - piece, i))
            if figure.others:
                found.append((causes + 1, -1 - piece, i))
    return [*found, (END, -1, last)]


def tables(figure: Layout, record: Record) -> list[tuple[int, ...]]:
    """All tables that meet the risk table and the totals."""
    where = places(figure)
    of_interval = []
    for i, losses in enumerate(figure.losses):
        own = [k for k, (_, _, at) in enumerate(where) if at == i]
        fits = [t for t in product(range(losses + 1), repeat=len(own)) if sum(t) == losses]
        of_interval.append([dict(zip(own, t, strict=True)) for t in fits])
    found = []
    for parts in product(*of_interval):
        numbers = {k: n for part in parts for k, n in part.items()}
        table = tuple(numbers[k] for k in range(len(where)))
        kinds = np.array([kind for kind, _, _ in where])
        totals = (*record.events, record.other_events)
        if all(
            total is None or np.array(table)[kinds == cause].sum() == total
            for cause, total in enumerate(totals, start=1)
        ):
            found.append(table)
    return found


def state_of(figure: Layout, table: tuple[int, ...], generator: np.random.Generator) -> State:
    rows = [place for place, n in zip(places(figure), table, strict=True) for _ in range(n)]
    kind, cell, interval = np.array(rows).T
    piece = np.where(cell < 0, -1 - cell - figure.piece_first[interval], 0)
    width = (figure.interval_end - figure.interval_start) / np.diff(figure.piece_first)
    low = figure.interval_start[interval] + piece * width[interval]
    low = np.where(cell >= 0, figure.cell_start[cell], low)
    high = np.where(cell >= 0, figure.cell_end[cell], low + width[interval])
    time = low + (high - low) * generator.random(len(rows))
    time[kind == END] = figure.interval_end[-1]
    lost = np.zeros((2, len(figure.losses)), dtype=np.int64)
    in_piece = np.zeros((2, figure.piece_first[-1]), dtype=np.int64)
    others = np.flatnonzero((cell < 0) & (kind != END))
    np.add.at(lost, ((kind[others] > 0).astype(int), interval[others]), 1)
    np.add.at(in_piece, ((kind[others] > 0).astype(int), -1 - cell[others]), 1)
    return State(
        time,
        kind,
        cell,
        interval,
        np.lexsort((kind <= 0, time)),
        np.bincount(cell[cell >= 0], minlength=len(figure.cell_start)),
        lost,
        in_piece,
        np.array([np.sum(kind == END)]),
    )


def base_measure(figure: Layout, table: tuple[int, ...]) -> float:
    """One over the number of ways to spread the censored of an interval over its pieces."""
    number, room = Counter(), Counter()
    for (kind, cell, i), n in zip(places(figure), table, strict=True):
        if cell < 0 and kind != END:
            number[kind, i] += n
            room[kind, i] += 1
    return 1.0 / prod(comb(number[k] + room[k] - 1, room[k] - 1) for k in room)


def weight_of(figure: Layout, state: State) -> float:
    """Likelihood times the probability of the events where any number is equally probable."""
    at_risk = [np.sum(state.time >= at) for at in figure.cell_at]
    return float(np.exp(-full_energy(figure, state)) / np.prod(np.array(at_risk) + 1.0))


def table_of(figure: Layout, state: State) -> tuple[int, ...]:
    number = Counter(
        zip(state.kind.tolist(), state.cell.tolist(), state.interval.tolist(), strict=True)
    )
    return tuple(number[place] for place in places(figure))


@pytest.mark.parametrize("name", CASES)
def test_the_chain_draws_from_the_stated_distribution(name: str) -> None:
    record = CASES[name].record
    generator = np.random.default_rng(5)
    figure = layout(record, pieces=2)
    every = tables(figure, record)
    weight = np.array(
        [
            base_measure(figure, t)
            * np.mean([weight_of(figure, state_of(figure, t, generator)) for _ in range(150)])
            for t in every
        ]
    )
    expected = weight / weight.sum()
    state = start(figure, record, generator)
    seen = Counter()
    draws = 4_000
    for _ in range(draws):
        run_chain(figure, state, 100, 1.0, generator)
        seen[table_of(figure, state)] += 1
    assert set(seen) <= {t for t, p in zip(every, expected, strict=True) if p > 0}
    found = np.array([seen[t] for t in every]) / draws
    # Half the summed distance that independent draws have in the mean; the chain's hang together
    # a little, and the integrals have an error of their own.
    independent = np.sqrt(2 * expected * (1 - expected) / np.pi / draws).sum() / 2
    assert np.abs(found - expected).sum() / 2 < 1.5 * independent


@pytest.mark.parametrize("name", CASES)
def test_kept_sums_agree_with_a_full_evaluation(name: str) -> None:
    record = CASES[name].record
    generator = np.random.default_rng(2)
    figure = layout(record, pieces=2)
    state = start(figure, record, generator)
    for _ in range(50):
        energy, _ = run_chain(figure, state, 7, 1.0, generator)
        assert energy == pytest.approx(full_energy(figure, state), abs=1e-9)
    whole = refresh(figure, state, new_heights(figure, state), 0, -np.inf)
    assert whole[0] == pytest.approx(full_energy(figure, state), abs=1e-12)
