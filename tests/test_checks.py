"""Checks: what a user hands in is taken, or refused with its name, the value found and what is allowed."""

import math

import pytest

import refnet as rn
from refnet import checks


@pytest.mark.parametrize("value", [10**400, -(10**400), 10**5000, math.inf, math.nan], ids=range(5))
def test_a_number_that_is_not_finite_as_binary64_is_refused(value):
    with pytest.raises(ValueError, match=r"^rate: .*; allowed are finite numbers$"):
        checks.number("rate", value)


def test_a_huge_number_is_refused_where_users_meet_it():
    with pytest.raises(ValueError, match=r"^rate: a whole number of 1329 bits; allowed are finite numbers > 0"):
        rn.SGD(10**400)


@pytest.mark.parametrize("value", [0, -7, 10**308, 0.5, 2**53 + 1], ids=range(5))
def test_a_number_within_range_is_a_float(value):
    result = checks.number("rate", value)
    assert type(result) is float and result == float(value)


def test_a_choice_of_true_and_false_is_not_one_of_numbers():
    for value in (True, False):
        assert checks.choice("bias", value, [True, False]) is value
    for value in (1, 0, 1.0, "yes", None):
        with pytest.raises(ValueError, match=r"^bias: .*; allowed are True, False$"):
            checks.choice("bias", value, [True, False])
    with pytest.raises(ValueError, match=r"^bias: 1; allowed are True, False$"):
        rn.Dense(2, bias=1)


def test_a_choice_of_numbers_is_not_one_of_true_and_false():
    assert [rn.ReLU(value).gradient_at_zero for value in (0, 1)] == [0, 1]
    for value in (True, False, 2):
        with pytest.raises(ValueError, match=r"^gradient_at_zero: .*; allowed are 0, 1$"):
            rn.ReLU(value)
