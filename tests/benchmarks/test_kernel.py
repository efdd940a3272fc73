"""Speed of the trial kernel, side by side with a plain numpy simulator and with rpact.

Run with `make bench`; the table of the group shows each case as a multiple of the quickest. Same
trial for all: 120 patients over 24 months, analysis at 90 events, control median 9 months, hazard
ratio 0.65, log-rank. One thread, so that a case's time is that of one core.
"""

import shutil
import subprocess
import time
import tracemalloc

import numpy as np
import pytest

from oligotrial.hazard import Cure, Delayed, Exponential, Proportional
from oligotrial.simulate import Batch, Scenario, simulate_rows
from oligotrial.simulate.engine import simulate_chunk
from oligotrial.trial import (
    Accrual,
    AtEvents,
    BetaSpending,
    Design,
    GroupSequential,
    HwangShihDeCani,
    Imaging,
    LogRank,
    Observed,
    OffProtocol,
    SequentialLogRank,
    SpendByMonths,
    UncertainAccrual,
)

TRIALS = 10_000
PATIENTS, EVENTS, ACCRUAL, MEDIAN, RATIO = 120, 90, 24.0, 9.0, 0.65
CONTROL = Exponential(np.log(2) / MEDIAN)
EFFECT = Proportional(CONTROL, np.log(RATIO))
RATE = Accrual(PATIENTS / ACCRUAL)
PLAN = SequentialLogRank(GroupSequential((1 / 3, 2 / 3, 1.0), 0.10), EVENTS)

DATES = SpendByMonths((17.0, 26.0, 36.0))
OBSERVED = {
    "by information": Observed(PLAN),
    "by months": Observed(PLAN, DATES),
    "with beta": Observed(
        SequentialLogRank(
            GroupSequential(
                PLAN.rule.fractions, 0.10, futility=BetaSpending(HwangShihDeCani(-2.0), 0.2)
            ),
            EVENTS,
        )
    ),
}

TOGETHER = {"group": f"{TRIALS} trials, one core", "timer": time.process_time}
"""The processor's time, which other work on the machine changes little."""

RPACT = f"""
suppressMessages(library(rpact))
looks <- c(%s)
design <- if (length(looks) == 1) getDesignGroupSequential(kMax = 1, alpha = 0.1, sided = 1) else
  getDesignGroupSequential(informationRates = looks / {EVENTS}, alpha = 0.1, sided = 1,
    typeOfDesign = "asOF")
seconds <- system.time(getSimulationSurvival(design, directionUpper = FALSE,
  lambda2 = log(2) / {MEDIAN}, hazardRatio = {RATIO}, accrualTime = c(0, {ACCRUAL}),
  accrualIntensity = {PATIENTS} / {ACCRUAL}, plannedEvents = looks,
  maxNumberOfIterations = {TRIALS}, seed = 1))[["user.self"]]
cat(seconds)
"""


def design(*, looks=False, **options):
    analysis, test = (PLAN.looks, PLAN) if looks else (AtEvents(EVENTS), LogRank(0.10))
    return Design(PATIENTS, analysis, test, **({"accrual": RATE} | options))


CASES = {
    "fixed": (design(), EFFECT, 1),
    "fixed, 6 strata": (design(), EFFECT, 6),
    "three looks": (design(looks=True), EFFECT, 1),
    "three looks, 6 strata": (design(looks=True), EFFECT, 6),
    "12-weekly imaging": (design(imaging=Imaging((12.0,))), EFFECT, 1),
    "12-weekly imaging, 6 strata": (design(imaging=Imaging((12.0,))), EFFECT, 6),
    "imaging, some missed": (design(imaging=Imaging((12.0,), missed=0.1)), EFFECT, 1),
    "three looks, imaging": (design(looks=True, imaging=Imaging((12.0,))), EFFECT, 1),
    "dropout": (design(dropout_per_month=(0.003, 0.003)), EFFECT, 1),
    "uncertain accrual": (design(accrual=UncertainAccrual(RATE, 50)), EFFECT, 1),
    "off protocol": (design(off_protocol=OffProtocol(0.3, within_months=6.0)), EFFECT, 1),
    "delayed effect": (design(), Delayed(CONTROL, np.log(0.5), 3.0), 1),
    "cure": (design(), Cure(EFFECT, 0.1), 1),
}


def batch(name, *, replicates=TRIALS):
    made, experimental, strata = CASES[name]
    names, shares = tuple(map(str, range(strata))), np.full(strata, 1 / strata)
    world = Scenario("truth", names, shares, CONTROL, experimental).world()
    return Batch(made, world, replicates, 1)


def plain_trial(rng):
    """One trial as a statistician would write it in numpy."""
    arm = np.tile([0, 1], PATIENTS // 2)
    arrival = np.cumsum(rng.exponential(ACCRUAL / PATIENTS, PATIENTS))
    rate = np.log(2) / MEDIAN * np.where(arm == 1, RATIO, 1.0)
    latent = rng.exponential(1 / rate)
    cut = np.sort(arrival + latent)[EVENTS - 1]
    seen = arrival < cut
    event = (arrival + latent <= cut)[seen]
    time = np.minimum(latent, cut - arrival)[seen]
    order = np.argsort(time)
    event, treated = event[order], arm[seen][order]
    at_risk = np.arange(order.size, 0, -1)
    share = np.cumsum(treated[::-1])[::-1] / at_risk
    score = np.sum((treated - share)[event])
    return score / np.sqrt(np.sum((share * (1 - share))[event]))


@pytest.mark.benchmark(**TOGETHER)
@pytest.mark.parametrize("name", CASES)
def test_kernel(benchmark, name):
    simulated = batch(name)
    simulate_rows(simulated, 0, 10)
    rows = benchmark(simulate_rows, simulated, 0, TRIALS)
    assert rows[:, 3].max() == EVENTS


@pytest.mark.benchmark(**TOGETHER)
def test_kernel_added_up(benchmark):
    """With what becomes of the rows: counts and sums."""
    simulated = batch("fixed")
    tally = benchmark(simulate_chunk, simulated, 0)
    assert tally.trials.sum() == TRIALS


@pytest.mark.benchmark(**TOGETHER)
def test_plain_numpy(benchmark):
    rng = np.random.default_rng(1)
    z = benchmark.pedantic(lambda: [plain_trial(rng) for _ in range(TRIALS)], rounds=1)
    assert np.mean(np.array(z) < -1.2816) == pytest.approx(0.77, abs=0.02)


@pytest.mark.benchmark(group="rpact")
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
@pytest.mark.parametrize("looks", [f"{EVENTS}", "30, 60, 90"], ids=["fixed", "three looks"])
def test_rpact(benchmark, looks):
    """By R's own clock, in the extra information: the table's figure is not R's."""
    call = ["Rscript", "-e", RPACT % looks]
    done = benchmark.pedantic(
        subprocess.run, (call,), {"capture_output": True, "check": True}, rounds=1
    )
    benchmark.extra_info["seconds without starting R"] = float(done.stdout)


def seconds(run):
    """Return the processor's time, which other work on the machine doesn't change much."""
    run()
    times = []
    for _ in range(7):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.benchmark(group="boundaries of each trial")
@pytest.mark.parametrize("ratio", [1.0, RATIO], ids=["no effect", "effect"])
@pytest.mark.parametrize("how", OBSERVED)
def test_boundaries_at_what_each_trial_has(benchmark, how, ratio):
    """Three looks on dates: boundaries found for each trial, side by side with fixed ones."""
    world = Scenario("null", ("all",), np.ones(1), CONTROL, Proportional(CONTROL, np.log(ratio)))
    made = {
        name: Batch(Design(PATIENTS, DATES.looks, test, RATE), world.world(), TRIALS, 1)
        for name, test in {"fixed": OBSERVED[how].plan.rule, how: OBSERVED[how]}.items()
    }
    times = {name: seconds(lambda: simulate_rows(made[name], 0, TRIALS)) for name in made}  # noqa: B023
    benchmark.pedantic(lambda: None, rounds=1)
    benchmark.extra_info["multiple of fixed boundaries"] = times[how] / times["fixed"]
    assert times[how] < 2.0 * times["fixed"]
    tracemalloc.start()
    simulate_rows(made[how], 0, TRIALS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6


@pytest.mark.benchmark(group="growth")
def test_time_grows_with_trials_and_memory_does_not(benchmark):
    found = {}
    for trials in (TRIALS, 4 * TRIALS):
        simulated = batch("three looks", replicates=trials)
        found[trials] = seconds(lambda: [simulate_chunk(simulated, f) for f in simulated.starts])  # noqa: B023
        tracemalloc.start()
        for first in simulated.starts:
            simulate_chunk(simulated, first)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 40e6
    benchmark.pedantic(lambda: None, rounds=1)
    benchmark.extra_info["time of 4 times the trials"] = found[4 * TRIALS] / found[TRIALS]
    assert 3.4 < found[4 * TRIALS] / found[TRIALS] < 4.6
