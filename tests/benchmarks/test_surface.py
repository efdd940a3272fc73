"""Speed of a whole assurance surface, driven by draws: 20 sizes, 8 control-arm medians.

Run with `make bench`. 10,000 trials of each combination, six strata, 2,000 draws of a Weibull
posterior and of the effect; with one worker and with two.
"""

import numpy as np
import pytest

from oligotrial.hazard import Proportional, Weibull
from oligotrial.simulate import Scenario
from oligotrial.simulate.sizing import Means, surface
from oligotrial.trial import Accrual, AtEvents, Design, LogRank

SIZES = tuple(np.linspace(72, 228, 20).astype(int).tolist())
MEDIANS = np.linspace(4, 14, 8)
DRAWS, STRATA, TRIALS = 2_000, 6, 10_000
DESIGN = Design(120, AtEvents(78), LogRank(0.10), Accrual(6.6))


def drawn(median, rng):
    shape = np.exp(rng.normal(0.1, 0.1, (DRAWS, 1)))
    scale = median * np.exp(rng.normal(0, 0.1, (DRAWS, 1))) / np.log(2) ** (1 / shape)
    control = Proportional(Weibull(shape, scale), rng.normal(0, 0.3, (DRAWS, STRATA)))
    treated = Proportional(control, rng.normal(-0.3, 0.2, (DRAWS, 1)))
    return Scenario("drawn", tuple("abcdef"), np.full(STRATA, 1 / STRATA), control, treated)


@pytest.mark.benchmark(group=f"surface of {len(SIZES)} x {len(MEDIANS)} x {TRIALS} trials")
@pytest.mark.parametrize("workers", [1, 2])
def test_surface(benchmark, workers):
    rng = np.random.default_rng(1)
    worlds = {float(median): drawn(median, rng).world() for median in MEDIANS}
    setting = {"seed": 1, "means": Means(workers=workers)}
    surface(DESIGN, worlds, values=SIZES[:2], replicates=100, **setting)
    table = benchmark.pedantic(
        surface, (DESIGN, worlds), {"values": SIZES, "replicates": TRIALS, **setting}, rounds=1
    )
    assert len(table) == 160
    assert table["mc_se"].max() < 0.012
