"""Developer: mistakes are told before a long run; what killed runs left half-written is cleared."""

import shutil

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Batch, EffectPrior, Scenario, Store, engine, run
from oligotrial.simulate import store as stores
from oligotrial.trial import Accrual, AtCalendar, AtEvents, Design, LogRank
from oligotrial.trial.decide import MilestoneDifference, RestrictedMeanDifference

CONTROL = Exponential(np.log(2) / 9)
TRUTH = Scenario("power", ("all",), np.ones(1), CONTROL, Proportional(CONTROL, -0.4)).world()
DESIGN = Design(60, AtEvents(40), LogRank(0.10), Accrual(5.0))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"replicates": 100.5}, "replicates: 100.5 is not a whole number"),
        ({"replicates": 0}, "replicates: 0 is not a whole number of at least 1"),
        ({"replicates": "many"}, "replicates: 'many' is no number"),
        ({"seed": -1}, "seed: -1 is not a whole number of at least 0"),
        ({"seed": None}, "seed: None is no number; give a whole one"),
        ({"seed": np.nan}, "seed: nan is not a whole number"),
    ],
)
def test_replicates_and_seeds_that_cannot_be_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        Batch(DESIGN, TRUTH, **({"replicates": 100, "seed": 1} | given))


def test_whole_numbers_are_whole_however_they_are_written():
    plain = Batch(DESIGN, TRUTH, 100, 1)
    for number in (float, np.int64, np.float64):
        other = Batch(DESIGN, TRUTH, number(100), number(1))
        assert other.digest == plain.digest
        assert run([other])[0].trials.sum() == 100


def test_weights_of_a_prior_that_are_no_shares_are_told():
    prior = EffectPrior(("a", "b"), np.array([0.5, 0.2]), np.zeros(2), np.full(2, 0.2))
    for use in (
        lambda: prior.probability_below(1.0),
        lambda: prior.density(np.ones(3)),
        lambda: prior.draw(3, np.random.default_rng(1)),
    ):
        with pytest.raises(InputError, match=r"\[0.5, 0.2\] sum to 0.7; give shares that sum to 1"):
            use()


LATE = Design(60, AtCalendar(20.0), RestrictedMeanDifference(0.10, 30.0), Accrual(5.0))


@pytest.mark.parametrize(
    "late", [RestrictedMeanDifference(0.1, 30.0), MilestoneDifference(0.1, 30)]
)
def test_what_nobody_is_followed_for_is_told_before_a_long_run(late, monkeypatch):
    def no_run(*_):
        raise AssertionError("it ran")

    monkeypatch.setattr(engine, "simulate_chunk", no_run)
    for where, analyses in (("test", {"test": late}), ("besides", {"besides": (late,)})):
        given = {"test": LogRank(0.1), **analyses}
        made = Design(60, AtCalendar(20.0), accrual=Accrual(5.0), **given)
        message = (
            f"{where}: .* can be made in [0-4] of the first 100 trials, .* month 20 on average"
        )
        with pytest.raises(InputError, match=message):
            run([Batch(made, TRUTH, 20_000, 1)])


def test_what_few_are_followed_for_is_warned_of(monkeypatch):
    monkeypatch.setattr(engine, "CHUNK", 200)
    made = Design(60, AtEvents(40), RestrictedMeanDifference(0.10, 24.5), Accrual(5.0))
    with pytest.warns(UserWarning, match=r"can be made in \d+ of the first 100 trials"):
        run([Batch(made, TRUTH, 300, 1)])


def test_a_short_run_is_simply_made():
    (tally,) = run([Batch(LATE, TRUTH, 100, 1)])
    assert tally.successes.sum() == 0


def test_a_store_that_is_a_file_is_told(tmp_path):
    file = tmp_path / "results"
    file.write_text("")
    with pytest.raises(InputError, match="results: this is a file; name a folder"):
        run([Batch(DESIGN, TRUTH, 100, 1)], store=Store(file))


def test_a_run_clears_what_a_killed_one_left_of_it_and_nothing_else(tmp_path):
    batch = Batch(DESIGN, TRUTH, 100, 1)
    own, other = tmp_path / f".{batch.digest}-0.npz.ab12", tmp_path / ".another-0.npz.ab12"
    for left in (own, other):
        left.mkdir()
        (left / "half.npz").write_bytes(b"half")
    run([batch], store=Store(tmp_path))
    assert not own.exists()
    assert other.exists()
    own.mkdir()
    run([batch], store=Store(tmp_path))  # it is kept, and what is left of it goes
    assert not own.exists()


def test_a_chunk_whose_half_written_file_is_cleared_away_is_written_again(tmp_path, monkeypatch):
    save, calls = np.savez_compressed, []

    def cleared(file, **arrays):
        calls.append(file)
        if len(calls) == 1:
            shutil.rmtree(file.parent)  # as another run does that begins just now
        save(file, **arrays)

    monkeypatch.setattr(np, "savez_compressed", cleared)
    Store(tmp_path).write("x", {"a": np.arange(3)})
    assert len(calls) == 2
    assert Store(tmp_path).read("x")["a"].tolist() == [0, 1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]


def test_a_chunk_that_is_cleared_away_again_and_again_is_told(tmp_path, monkeypatch):
    def cleared(file, **_):
        shutil.rmtree(file.parent)

    monkeypatch.setattr(np, "savez_compressed", cleared)
    with pytest.raises(InputError, match="can't be written"):
        Store(tmp_path).write("x", {"a": np.arange(stores.ATTEMPTS)})
