"""Designs and truths that the tests of sizing share."""

import numpy as np

from oligotrial.hazard import Exponential, Proportional
from oligotrial.simulate import Scenario
from oligotrial.simulate.sizing import Certainty
from oligotrial.trial import Accrual, AtEvents, Design, LogRank

CONTROL = Exponential(np.log(2) / 9)
DESIGN = Design(40, AtEvents(30), LogRank(0.10), Accrual(5.0))
QUICK = Certainty(within=0.2, least=2_500, most=5_000)


def scenario(log_ratio=-0.7):
    return Scenario("truth", ("all",), np.ones(1), CONTROL, Proportional(CONTROL, log_ratio))


def drawn(draws=50):
    return scenario(np.random.default_rng(1).normal(np.log(0.6), 0.4, (draws, 1)))


def null():
    return Scenario("null", ("all",), np.ones(1), CONTROL, CONTROL)
