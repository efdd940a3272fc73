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

import numpy as np
import pandas as pd

from oligotrial.checks import InputError
from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Batch, Scenario, Store, engine, operating_row, run
from oligotrial.trial import Accrual, AtEvents, Design, LogRank

CHUNK = 250
NO_ROOM = 3


def batches():
    control = Exponential(0.08)
    effect = np.random.default_rng(1).normal(-0.3, 0.2, (30, 1))
    fixed = Scenario("power", ("all",), np.ones(1), control, Proportional(control, -0.4))
    drawn = Scenario("assurance", ("all",), np.ones(1), control, Proportional(control, effect))
    design = Design(60, AtEvents(40), LogRank(0.10), Accrual(5.0))
    return {
        (scenario.name, size): Batch(design.resized(size, size // 2), scenario.world(), 5_000, 1)
        for scenario in (fixed, drawn)
        for size in (60, 120)
    }


def write_table(table, found, names):
    rows = [
        operating_row(tally, batch.design, scenario=name)
        for tally, (name, batch) in zip(found, names, strict=True)
    ]
    pd.DataFrame(rows).to_csv(table, index=False)


def job(chunks, table):
    made = batches()
    found = run(list(made.values()), store=Store(chunks), workers=2)
    write_table(table, found, [(name, batch) for (name, _), batch in made.items()])


def forked(folder, most_bytes):
    if most_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    code = 0
    try:
        job(folder / "chunks", folder / "table.csv")
    except InputError as error:
        (folder / "said").write_text(str(error))
        code = NO_ROOM
    os._exit(code)


def main():
    engine.CHUNK = CHUNK
    run([Batch(batch.design, batch.world, 10, 1) for batch in batches().values()], workers=1)
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
