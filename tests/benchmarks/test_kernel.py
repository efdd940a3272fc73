"""Speed of the trial kernel, side by side with a plain numpy simulator and with rpact.

Run with `make bench`. Same design for all: 120 patients over 24 months, analysis at 90
events, control median 9 months, hazard ratio 0.65, log-rank.
"""

import shutil
import subprocess

import numpy as np
import pytest

from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Batch, Scenario, simulate_rows
from oligotrial.trial import Accrual, AtEvents, Design, LogRank

TRIALS = 10_000
PATIENTS, EVENTS, ACCRUAL, MEDIAN, RATIO = 120, 90, 24.0, 9.0, 0.65

RPACT = f"""
suppressMessages(library(rpact))
design <- getDesignGroupSequential(kMax = 1, alpha = 0.1, sided = 1)
seconds <- system.time(getSimulationSurvival(design, directionUpper = FALSE,
  lambda2 = log(2) / {MEDIAN}, hazardRatio = {RATIO}, accrualTime = c(0, {ACCRUAL}),
  accrualIntensity = {PATIENTS} / {ACCRUAL}, plannedEvents = {EVENTS},
  maxNumberOfIterations = {TRIALS}, seed = 1))[["elapsed"]]
cat(seconds)
"""


def batch(strata=1):
    control = Exponential(np.log(2) / MEDIAN)
    names = tuple(f"stratum {number}" for number in range(strata))
    shares = np.full(strata, 1 / strata)
    truth = Scenario("truth", names, shares, control, Proportional(control, np.log(RATIO)))
    design = Design(PATIENTS, AtEvents(EVENTS), LogRank(0.10), Accrual(PATIENTS / ACCRUAL))
    return Batch(design, truth.world(), TRIALS, 1)


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


@pytest.mark.benchmark(group=f"{TRIALS} trials, one core")
@pytest.mark.parametrize("strata", [1, 6])
def test_kernel(benchmark, strata):
    simulated = batch(strata)
    simulate_rows(simulated, 0, 10)
    rows = benchmark(simulate_rows, simulated, 0, TRIALS)
    assert rows[:, 3].mean() == EVENTS


@pytest.mark.benchmark(group=f"{TRIALS} trials, one core")
def test_plain_numpy(benchmark):
    rng = np.random.default_rng(1)
    z = benchmark.pedantic(lambda: [plain_trial(rng) for _ in range(TRIALS)], rounds=1)
    assert np.mean(np.array(z) < -1.2816) == pytest.approx(0.77, abs=0.02)


@pytest.mark.benchmark(group=f"{TRIALS} trials, one core")
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_rpact(benchmark):
    """R's own clock, so that starting R doesn't count; pytest-benchmark's figure does."""
    call = ["Rscript", "-e", RPACT]
    done = benchmark.pedantic(
        subprocess.run, (call,), {"capture_output": True, "check": True}, rounds=1
    )
    benchmark.extra_info["seconds without starting R"] = float(done.stdout)
