"""Developer: what is no number, and a number that won't do, are told in one sentence."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from oligotrial import cohort, evidence
from oligotrial.checks import (
    InputError,
    fraction,
    non_negative,
    one_of,
    positive,
    positive_integer,
    probability,
)

CHECKS = (positive_integer, positive, non_negative, probability, fraction)
NO_NUMBERS = [
    ("5", "'5' is a text"),
    ("", "'' is a text"),
    (np.str_("5"), "'5' is a text"),
    (b"5", "b'5' is no number"),
    (None, "None is no number"),
    (True, "True is no number"),
    (False, "False is no number"),
    (np.True_, "True is no number"),
    ([1], "[1] is no number"),
    (np.array([1]), "array([1]) is no number"),
    (np.array(["5"] * 1000), "... is no number"),
    (1j, "1j is no number"),
    (int, "<class 'int'> is no number"),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize(("value", "words"), NO_NUMBERS)
def test_what_is_no_number_is_told(check, value, words):
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        check(value, "seed")
    said = str(caught.value)
    assert said.startswith("seed: ")
    assert "; give " in said
    assert "\n" not in said
    assert len(said) < 150


@pytest.mark.parametrize(
    ("check", "value"),
    [
        *((positive_integer, value) for value in (0, -1, 2.5, np.float32(0.5), Fraction(1, 2))),
        *((check, float("nan")) for check in CHECKS),
        *((check, np.nan) for check in CHECKS),
        *((check, float("inf")) for check in CHECKS),
        *((check, -float("inf")) for check in CHECKS),
        *((check, Decimal("NaN")) for check in CHECKS),
        *((check, 10**400) for check in CHECKS[1:]),
        *((check, Fraction(10**400, 3)) for check in CHECKS),
        *((check, -1) for check in CHECKS),
        *((check, 0) for check in (positive_integer, positive, probability, fraction)),
        (probability, 1),
        (fraction, 1.5),
    ],
)
def test_a_number_that_will_not_do_is_told(check, value):
    with pytest.raises(InputError, match=r"^steps: "):
        check(value, "steps")


@pytest.mark.parametrize(
    "value",
    [5, 5.0, np.int64(5), np.uint8(5), np.float64(5.0), np.float32(5.0), np.array(5), Fraction(5),
     Decimal(5), Decimal("5.00")],
)  # fmt: skip
def test_a_whole_number_of_any_type_is_an_int(value):
    found = positive_integer(value, "draws", least=5)
    assert (found, type(found)) == (5, int)


def test_a_whole_number_may_be_of_any_size():
    assert positive_integer(10**400, "seed") == 10**400
    assert positive_integer(0, "seed", least=0) == 0
    with pytest.raises(InputError, match="whole number of at least 2"):
        positive_integer(1, "draws", least=2)


@pytest.mark.parametrize("check", CHECKS[1:], ids=lambda check: check.__name__)
@pytest.mark.parametrize(
    "value",
    [0.5, np.float32(0.5), np.float64(0.5), np.array(0.5), Fraction(1, 2), Decimal("0.5"),
     np.longdouble("0.5")],
)  # fmt: skip
def test_a_number_of_any_type_is_a_float(check, value):
    found = check(value, "share")
    assert (found, type(found)) == (0.5, float)


@pytest.mark.parametrize("value", ["logs", None, 3, ["log"], {"log"}])
def test_a_choice_that_is_none_is_told(value):
    with pytest.raises(InputError, match=r"scale: .* is not one of 'log'"):
        one_of(value, {"log"}, "scale")


@pytest.mark.parametrize("value", ["5", 2.5, float("nan"), None, True])
@pytest.mark.parametrize("name", ["draws", "steps", "seed"])
def test_a_reconstruction_tells_what_its_numbers_have_to_be(name, value):
    marazzi = evidence.load("marazzi2024")
    with pytest.raises(InputError, match=f"^{name}: .*whole number of at least"):
        cohort.reconstruct(marazzi, **{"draws": 1, "steps": 100, name: value})
