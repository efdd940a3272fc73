"""A job that `test_robustness.py` kills: run as a script, it forks a job at each line it reads.

A line is JSON: [FOLDER, BYTES], where no file may grow beyond so many bytes unless they are 0. What
is printed: at first the script's own process number, when it is ready; for each job its number,
then its exit code.
"""

import json
import os
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Batch, Scenario, Store, engine, operating_row, run
from oligotrial.simulate.sizing import Means, surface
from oligotrial.trial import Accrual, AtEvents, Design, LogRank

CHUNK = 250
NO_ROOM = 3


def truths():
    control = Exponential(0.08)
    effect = np.random.default_rng(1).normal(-0.3, 0.2, (30, 1))
    return {
        name: Scenario(name, ("all",), np.ones(1), control, Proportional(control, log_ratio))
        for name, log_ratio in (("power", -0.4), ("assurance", effect))
    }


def job(folder, *, workers=2, executor=None, trials=5_000):
    """Simulate some designs and a surface, and write what they come to as one table."""
    design = Design(60, AtEvents(40), LogRank(0.10), Accrual(5.0))
    worlds = {name: truth.world() for name, truth in truths().items()}
    batches = {
        (name, patients): Batch(design.resized(patients, patients // 2), world, trials, 1)
        for name, world in worlds.items()
        for patients in (60, 120)
    }
    store = Store(folder / "chunks")
    means = {"store": store, "workers": workers, "executor": executor}
    tallies = run(list(batches.values()), **means)
    rows = [
        operating_row(tally, batch.design, scenario=name)
        for tally, ((name, _), batch) in zip(tallies, batches.items(), strict=True)
    ]
    grid = surface(
        design, worlds, values=(20, 40), replicates=2 * trials, seed=1, means=Means(**means)
    )
    table = pd.concat([pd.DataFrame(rows), grid], ignore_index=True)
    table.to_csv(folder / "table.csv", index=False)


def forked(folder, most_bytes):
    if most_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    code = 0
    try:
        job(folder)
    except InputError as error:
        (folder / "said").write_text(str(error))
        code = NO_ROOM
    os._exit(code)


def main():
    engine.CHUNK = CHUNK
    with TemporaryDirectory() as folder:  # what is compiled is loaded before any fork
        job(Path(folder), workers=1, trials=10)
    tell(os.getpid())
    for line in sys.stdin:
        folder, most_bytes = json.loads(line)
        child = os.fork()
        if child == 0:
            forked(Path(folder), most_bytes)
        tell(child)
        tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def tell(number):
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
