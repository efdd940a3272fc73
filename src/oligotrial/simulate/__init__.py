"""Trials simulated by the thousand, from any hazard of the toolkit."""

from oligotrial.simulate.effect import EffectPrior
from oligotrial.simulate.engine import Batch, run, simulate_rows
from oligotrial.simulate.forecast import check_reachable, expected_events
from oligotrial.simulate.operating import Tally, operating_row
from oligotrial.simulate.scenario import Scenario
from oligotrial.simulate.sizing import Target, size, smallest
from oligotrial.simulate.store import Store
from oligotrial.simulate.world import World, tabulate

__all__ = [
    "Batch",
    "EffectPrior",
    "Scenario",
    "Store",
    "Tally",
    "Target",
    "World",
    "check_reachable",
    "expected_events",
    "operating_row",
    "run",
    "simulate_rows",
    "size",
    "smallest",
    "tabulate",
]
