"""What a protocol can't say is refused where it is said."""

import numpy as np
import pytest
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.estimators.log_ratio_prior import NormalLogRatio
from oligotrial.trial import (
    Accrual,
    AfterEnrolment,
    AtCalendar,
    AtEvents,
    ConditionalPower,
    Design,
    Earlier,
    GroupSequential,
    Imaging,
    LanDeMetsPocock,
    Later,
    LogRank,
    Monitored,
    PosteriorProbability,
    PredictiveProbability,
    Repeated,
    RestrictedMeanDifference,
)

PRIOR = NormalLogRatio(0.0, 0.5)
POCOCK = GroupSequential((0.5, 1.0), 0.1, efficacy=LanDeMetsPocock())


def monitored(events: int, share: float = 0.5) -> Monitored:
    expected = PredictiveProbability(0.5, LogRank(0.1), events, PRIOR, share)
    return Monitored(expected, (0.99, 0.5), (0.1, 0.5))


def design(**changes: object) -> Design:
    given: dict[str, object] = {
        "patients": 120,
        "analysis": AtEvents(90),
        "test": LogRank(0.10),
        "accrual": Accrual(6.0),
    }
    return Design(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: design(patients=0), "patients"),
        (lambda: design(patients=89), "events: 90 events can't come from 89 patients"),
        (lambda: design(allocation=(1, 0)), "allocation"),
        (lambda: design(allocation=(2, 1)), "block_size: 4 is not a multiple of 3"),
        (lambda: design(block_size=0), "block_size"),
        (lambda: design(block_size=-2), "block_size"),
        (lambda: design(dropout_per_month=-0.1), "dropout_per_month"),
        (lambda: design(dropout_per_month=np.nan), "dropout_per_month"),
        (lambda: design().resized(60, 61), "61 events can't come from 60 patients"),
        (lambda: design(patients=120.5), "patients: 120.5 is not a whole number"),
        (lambda: design(allocation=(1, 1, 1), block_size=3), "allocation: .* is not a pair"),
        (lambda: design(dropout_per_month=(0.02,)), "dropout_per_month: .* is not a pair"),
        (lambda: design(dropout_per_month=(0.1, 0.2, 0.3)), "dropout_per_month: .* not a pair"),
        (lambda: design(imaging=(Imaging((8.0,)),)), "imaging: .* is not a pair"),
        (lambda: design(imaging=(Imaging((8.0,)), 8.0)), "imaging: .* are not both calendars"),
        (lambda: design(accrual=5.0), "accrual: 5.0 doesn't say how"),
        (lambda: design(besides=(POCOCK,)), r"besides\[0\]: GroupSequential decides a trial"),
        (lambda: design(besides=(monitored(90),)), r"besides\[0\]: Monitored decides a trial"),
        (
            lambda: design(analysis=(AtEvents(23), AtEvents(45)), test=monitored(90)),
            "expects the final analysis at 90 events, and the last look waits for 45",
        ),
        (
            lambda: design(analysis=AtEvents(90), test=ConditionalPower(0.5, LogRank(0.1), 60)),
            "expects the final analysis at 60 events, and the last look waits for 90",
        ),
        (
            lambda: design(
                analysis=(AtEvents(45), AtEvents(90)),
                test=monitored(90),
                allocation=(1, 2),
                block_size=3,
            ),
            "the PredictiveProbability has 0.5 of patients .* the allocation 0.666667",
        ),
        (
            lambda: design(analysis=(AtEvents(10), AtEvents(90)), test=POCOCK),
            "look 1 at 10 of 90 events has boundaries for a share of 0.5",
        ),
        (
            lambda: design(
                analysis=(AtEvents(45), AtEvents(90)),
                test=Repeated(PosteriorProbability(0.9, PRIOR), POCOCK),
            ),
            "standard normal statistic, which PosteriorProbability hasn't",
        ),
        (
            lambda: design(
                analysis=(Later((AtEvents(60), AtCalendar(12.0))), AtEvents(45)), test=POCOCK
            ),
            "look 2 at 45 events does not come after the one before, at 60",
        ),
        (
            lambda: design(
                analysis=(AtCalendar(30.0), Earlier((AtEvents(90), AtCalendar(24.0)))), test=POCOCK
            ),
            "look 2 at 24 months does not come after the one before, at 30",
        ),
        (
            lambda: design(
                analysis=(AfterEnrolment(100, 6.0), AfterEnrolment(80, 6.0)), test=POCOCK
            ),
            "look 2, 6 months after patient 80, does not come after look 1",
        ),
        (lambda: AtEvents(0), "events"),
        (lambda: AtEvents(1.5), "events"),
        (lambda: Accrual(0.0), "rate_per_month"),
        (lambda: LogRank(0.0), "alpha"),
        (lambda: LogRank(1.0), "alpha"),
    ],
)
def test_refused(make, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()


@pytest.mark.parametrize(
    "looks",
    [
        (Later((AtEvents(60), AtCalendar(12.0))), Later((AtEvents(60), AtCalendar(24.0)))),
        (AtEvents(45), Earlier((AtEvents(90), AtCalendar(60.0)))),
        (AfterEnrolment(80, 6.0), AfterEnrolment(100, 0.0)),
        (AtCalendar(12.0), AtEvents(90)),
        (AtEvents(46), AtEvents(91)),
    ],
)
def test_orders_that_may_be(looks) -> None:
    assert design(analysis=looks, test=POCOCK).looks == looks


def test_fractions_of_other_statistics_are_not_of_events() -> None:
    test = Repeated(RestrictedMeanDifference(0.1, 12.0), POCOCK)
    assert design(analysis=(AtEvents(60), AtEvents(90)), test=test).thresholds.looks == 2


def test_lists_and_whole_floats_are_taken() -> None:
    made = design(patients=120.0, dropout_per_month=[0.01, 0.02], allocation=[1, 1])
    assert made == design(dropout_per_month=(0.01, 0.02))
    assert isinstance(made.patients, int)


def test_resizing_keeps_what_the_final_analysis_expects() -> None:
    dated = design(analysis=(AtEvents(45), AtCalendar(36.0)), test=monitored(90))
    assert dated.events == 90
    assert dated.resized(120, 90) == dated
    smaller = dated.resized(60, 45)
    assert smaller.looks == (AtEvents(23), AtCalendar(36.0))
    assert smaller.test == monitored(45)
    besides = design(besides=(ConditionalPower(0.5, LogRank(0.1), 100),)).resized(60, 45)
    assert besides.besides == (ConditionalPower(0.5, LogRank(0.1), 50),)


def test_resizing_keeps_an_interim_look_s_view_of_the_end() -> None:
    interim = design(analysis=AtEvents(45), test=ConditionalPower(0.5, LogRank(0.1), 90))
    assert interim.resized(80, 30).test == ConditionalPower(0.5, LogRank(0.1), 60)


def test_resizing_keeps_shares_of_the_patients_where_no_events_are_planned() -> None:
    dated = design(
        analysis=(AtEvents(45), AtCalendar(36.0)),
        test=Monitored(PosteriorProbability(0.9, PRIOR), (0.99, 0.9), (0.1, 0.9)),
    )
    assert dated.events == 0
    assert dated.resized(40, 0).looks == (AtEvents(15), AtCalendar(36.0))


def test_fixed_boundaries_stay_at_their_fractions() -> None:
    small = design(analysis=(AtEvents(6), AtEvents(11)), test=POCOCK)
    assert small.resized(120, 110).looks == (AtEvents(55), AtEvents(110))


def test_resizing_keeps_the_rest() -> None:
    first = design(allocation=(1, 2), block_size=6, strata=("line",), dropout_per_month=0.01)
    smaller = first.resized(60, 45)
    assert (smaller.patients, smaller.analysis) == (60, AtEvents(45))
    assert smaller.resized(120, 90) == first
    assert first.experimental_share == pytest.approx(2 / 3)


def test_the_test_is_one_sided_for_the_experimental_arm() -> None:
    test = LogRank(0.025)
    assert test.critical == pytest.approx(-1.959964, abs=1e-6)
    assert norm.cdf(test.critical) == pytest.approx(0.025)
    scores = np.array([-1.97, -1.95, 1.97, 0.0])
    assert test.succeeds(scores, np.ones(4)).tolist() == [True, False, False, False]
    assert test.succeeds(2 * scores, np.full(4, 4.0)).tolist() == [True, False, False, False]


def test_no_information_is_no_success() -> None:
    assert LogRank(0.6).succeeds(np.array([-1.0, 0.0]), np.zeros(2)).tolist() == [False, False]
