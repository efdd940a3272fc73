"""What a protocol can't say is refused where it is said."""

import numpy as np
import pytest
from scipy.stats import norm

from oligotrial.checks import InputError
from oligotrial.trial import Accrual, AtEvents, Design, LogRank


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
