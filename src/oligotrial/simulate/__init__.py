"""Trials simulated by the thousand, from any hazard of the toolkit."""

from oligotrial.simulate.dilution import dilution
from oligotrial.simulate.effect import EffectPrior
from oligotrial.simulate.engine import Batch, run, simulate_rows
from oligotrial.simulate.forecast import check_reachable, expected_events, reach_probability
from oligotrial.simulate.operating import Tally, look_table, operating_row, operating_table
from oligotrial.simulate.rows import write_rows
from oligotrial.simulate.scenario import Scenario
from oligotrial.simulate.sizing import size
from oligotrial.simulate.sizing.grid import Target, smallest
from oligotrial.simulate.store import Store
from oligotrial.simulate.trials import column_names
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
    "column_names",
    "dilution",
    "expected_events",
    "look_table",
    "operating_row",
    "operating_table",
    "reach_probability",
    "run",
    "simulate_rows",
    "size",
    "smallest",
    "tabulate",
    "write_rows",
]
