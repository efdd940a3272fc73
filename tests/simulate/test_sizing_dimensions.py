"""Evidence: identities of designs whose size, events, accrual or follow-up are varied."""

from dataclasses import replace

import numpy as np
import pytest

from oligotrial.checks import InputError
from oligotrial.simulate import size
from oligotrial.simulate.sizing import (
    AccrualRate,
    Enrolled,
    FollowUp,
    Maximum,
    Minimum,
    Patients,
    Success,
)
from oligotrial.trial import (
    Accrual,
    AfterEnrolment,
    AtEvents,
    Centre,
    CentreAccrual,
    GroupSequential,
    Later,
    PeriodAccrual,
    SequentialLogRank,
    UncertainAccrual,
)

from .sized import DESIGN, QUICK, scenario


def test_sizes_keep_the_rules_of_looks():
    plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 30)
    sequential = replace(DESIGN, analysis=plan.looks, test=plan)
    assert [look.events for look in Patients().at(sequential, 80).looks] == [30, 60]
    looks = (AtEvents(10), Later((AtEvents(20), AfterEnrolment(40, 6.0))))
    waiting = replace(DESIGN, analysis=looks, test=GroupSequential((0.5, 1.0), 0.10))
    for patients in (20, 80):
        resized = Patients().at(waiting, patients)
        assert resized.looks[1].moments[1] == AfterEnrolment(patients, 6.0)
        assert resized.events == patients // 2


def test_follow_up_is_varied_wherever_it_is():
    look = Later((AtEvents(20), AfterEnrolment(40, 6.0)))
    found = FollowUp().at(replace(DESIGN, analysis=look), 3.0)
    assert found.looks == (Later((AtEvents(20), AfterEnrolment(40, 3.0))),)
    with pytest.raises(InputError, match="no look of the design waits for follow-up"):
        FollowUp().at(DESIGN, 3.0)


def test_longer_follow_up_is_found_for_power():
    design = replace(DESIGN, analysis=AfterEnrolment(40, 12.0))
    found = size(
        design,
        scenario(),
        target=Minimum(Success(), 0.65),
        over=FollowUp(),
        between=(0.0, 30.0),
        seed=1,
        certainty=QUICK,
    )
    assert 0 < found.value < 30
    assert found.best.target.value >= 0.65
    assert found.design.looks[0].months == found.value


@pytest.mark.parametrize(
    "accrual",
    [
        Accrual(2.0),
        PeriodAccrual((0.0, 6.0), (1.0, 2.0)),
        CentreAccrual((Centre(1.0), Centre(1.0, opens_month=3.0, ramp_months=2.0))),
        UncertainAccrual(Accrual(2.0), 50),
    ],
)
def test_rates_of_any_accrual_rise_in_proportion(accrual):
    found = AccrualRate().at(replace(DESIGN, accrual=accrual), 5.0).accrual
    np.testing.assert_allclose(found.expected_rates, 2.5 * accrual.expected_rates)
    np.testing.assert_array_equal(found.starts_months, accrual.starts_months)


def test_a_trial_that_may_stop_early_is_sized_by_patients_expected():
    plan = SequentialLogRank(GroupSequential((0.5, 1.0), 0.10), 30)
    design = replace(DESIGN, analysis=plan.looks, test=plan, accrual=Accrual(1.5))
    found = size(
        design,
        scenario(),
        target=Maximum(Enrolled(), 60),
        between=(40, 90),
        seed=1,
        certainty=QUICK,
    )
    assert found.best.target == found.best.enrolled
    assert found.best.enrolled.value <= 60 < found.value
