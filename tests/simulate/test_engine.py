"""Evidence: identities: the same bits for any executor, after any interruption."""

import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import (
    Batch,
    Scenario,
    Store,
    Target,
    check_reachable,
    engine,
    expected_events,
    operating_row,
    run,
    smallest,
)
from oligotrial.trial import Accrual, AtEvents, Design, LogRank

CONTROL = Exponential(0.08)
DESIGN = Design(60, AtEvents(40), LogRank(0.10), Accrual(5.0))


def batch(*, replicates=2_500, seed=1, draws=1):
    effect = np.random.default_rng(1).normal(-0.3, 0.2, (draws, 1))
    truth = Scenario("truth", ("all",), np.ones(1), CONTROL, Proportional(CONTROL, effect))
    return Batch(DESIGN, truth.world(), replicates, seed)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(engine, "CHUNK", 500)


def same(one, other):
    pairs = zip(one, other, strict=True)
    return all(pickle.dumps(a.arrays()) == pickle.dumps(b.arrays()) for a, b in pairs)


@pytest.mark.usefixtures("small_chunks")
def test_workers_do_not_change_a_bit():
    batches = [batch(), batch(draws=700)]
    alone = run(batches, workers=1)
    assert same(alone, run(batches, workers=2))
    with ThreadPoolExecutor(8) as pool:
        assert same(alone, run(batches, executor=pool))


def test_a_process_pool_gives_the_same_bits():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert same(run([batch()], workers=1), run([batch()], executor=pool))


@pytest.mark.usefixtures("small_chunks")
def test_an_interrupted_run_goes_on_from_its_chunks(tmp_path):
    whole = run([batch()])

    def interrupt(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([batch()], store=Store(tmp_path), progress=interrupt, workers=1)
    assert len(list(tmp_path.glob("*.npz"))) == 3
    seen = []
    resumed = run([batch()], store=Store(tmp_path), progress=lambda done, _: seen.append(done))
    assert seen == [3, 4, 5]
    assert same(whole, resumed)


def test_a_damaged_chunk_is_named(tmp_path):
    run([batch()], store=Store(tmp_path))
    (chunk,) = tmp_path.glob("*.npz")
    chunk.write_bytes(chunk.read_bytes()[:100])
    with pytest.raises(InputError, match=f"{chunk.name}: this stored result is damaged"):
        run([batch()], store=Store(tmp_path))


def test_standard_error_covers_draws_and_trials():
    # 20 draws used 500 times each: the error is that of 20 draws, not of 10,000 trials
    row = operating_row(run([batch(replicates=10_000, draws=20)])[0], DESIGN, scenario="x")
    binomial = np.sqrt(row["estimate"] * (1 - row["estimate"]) / 10_000)
    assert row["mc_se"] > 3 * binomial


def test_standard_error_of_the_duration_covers_draws_and_trials():
    tally = run([batch(replicates=10_000, draws=20)])[0]
    row = operating_row(tally, DESIGN, scenario="x")
    by_draw = tally.sums[:, 0] / tally.trials
    assert row["duration_se"] == pytest.approx(np.std(by_draw, ddof=1) / np.sqrt(20))


def test_standard_error_matches_the_spread_between_seeds():
    rows = [
        operating_row(run([batch(replicates=400, seed=seed)])[0], DESIGN, scenario="x")
        for seed in range(200)
    ]
    spread = np.std([row["estimate"] for row in rows], ddof=1)
    stated = np.mean([row["mc_se"] for row in rows])
    assert spread == pytest.approx(stated, rel=3 / np.sqrt(2 * 200))


def test_expected_events_are_the_simulated_ones():
    tally = run([batch(replicates=20_000)])[0]
    row = operating_row(tally, DESIGN, scenario="x")
    expected = expected_events(DESIGN, batch().world, np.array([row["duration_months"]]))[0]
    # the mean time of the 40th event and the time at which 40 are expected differ a little
    assert expected == pytest.approx(40, abs=0.5)


def test_events_out_of_reach_are_an_error():
    slow = Design(60, AtEvents(40), LogRank(0.10), Accrual(0.2))
    with pytest.raises(InputError, match=r"0\.2 patients a month never reaches the 40 events"):
        check_reachable(slow, batch().world, within_months=120)


def test_smallest_ignores_a_lucky_size():
    import pandas as pd

    table = pd.DataFrame(
        {
            "scenario": "power",
            "patients": [60, 80, 100, 120],
            "estimate": [0.70, 0.81, 0.79, 0.83],
        }
    )
    assert smallest(table, Target("power", 0.80))["patients"] == 120
    assert smallest(table, Target("power", 0.90)) is None
