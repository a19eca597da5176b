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


X = [[0.5, -1.0], [1.5, 2.0]]


def test_masked_arrays_are_refused(backend):
    """Their numbers would be taken, those under the mask too."""
    numpy = pytest.importorskip("numpy")
    net = rn.Network([rn.Input(2), rn.Dense(2)], backend=backend, seed=1)
    before = net.fingerprint()
    masked = numpy.ma.array(X, mask=[[0, 1], [0, 0]])
    for name, use in [
        ("inputs", lambda: net.forward(masked)), ("inputs", lambda: net.fit(masked.astype("float32"), X)),
        ("inputs", lambda: net.predict(numpy.ma.array(X))), ("targets", lambda: net.fit(X, masked)),
        ("targets", lambda: net.fit(X, numpy.ma.array([0, 1], mask=[0, 1]))),
    ]:
        with pytest.raises(TypeError, match=rf"^{name}: a masked array, whose mask would be lost; expected rows of .*"):
            use()
    with pytest.raises(TypeError, match=r"^inputs: masked in row 0, column 1 is a MaskedConstant; expected a number$"):
        net.forward(list(masked))
    with pytest.raises(TypeError, match=r"^targets: masked in 1 is a MaskedConstant; expected a number$"):
        net.fit(X, [0, numpy.ma.masked])
    assert net.fingerprint() == before
    assert net.forward(masked.filled(-1.0)) == net.forward(X) == net.forward(masked.data)
