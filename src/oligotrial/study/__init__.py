"""The main job: from printed numbers or patient rows to a sized trial and its report."""

from oligotrial.study.run import (
    Fitted,
    Outcome,
    Simulated,
    fit,
    run,
    simulate,
)
from oligotrial.study.worked import copy_worked_example

__all__ = ["Fitted", "Outcome", "Simulated", "copy_worked_example", "fit", "run", "simulate"]
