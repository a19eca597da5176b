"""Does the chain rule hold, unit by unit? Operators, the order of sums, deep graphs, copies, and what is refused."""

import copy
import math
import pickle
import struct

import pytest

from refnet.graph import Operation, Unit, apply, relu, tanh


def bits(value):
    return struct.pack("<d", value)


def test_the_numbers_in_micrograd_s_readme():
    """A. Karpathy, micrograd, 2020: the example of its README, with the digits that are printed there."""
    a, b = Unit(-4.0), Unit(2.0)
    c, d = a + b, a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + relu(b + a)
    d += 3 * d + relu(b - a)
    f = (c - d) ** 2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert (f"{g.value:.4f}", f"{a.gradient:.4f}", f"{b.gradient:.4f}") == ("24.7041", "138.8338", "645.5773")


@pytest.mark.parametrize(("make", "value", "by_x", "by_y"), [
    (lambda x, y: x + y, 3.3, 1.0, 1.0),
    (lambda x, y: x - y, 3.0 - 0.3, 1.0, -1.0),
    (lambda x, y: x * y, 3.0 * 0.3, 0.3, 3.0),
    (lambda x, y: x / y, 3.0 / 0.3, 1.0 / 0.3, -(3.0 / 0.3) / 0.3),
    (lambda x, y: -x * y, -3.0 * 0.3, -0.3, -3.0),
    (lambda x, y: abs(-x) - abs(y), 3.0 - 0.3, 1.0, -1.0),
    (lambda x, y: x**3 + y**0, 3.0 * 3.0 * 3.0 + 1.0, 3.0 * (3.0 * 3.0), 0.0),
    (lambda x, y: x**-2 + y, 1.0 / 9.0 + 0.3, -2.0 * (1.0 / 27.0), 1.0),
    (lambda x, y: 2 - x + (1 / y) * 4 + 5, 2.0 - 3.0 + 1.0 / 0.3 * 4.0 + 5.0, -1.0, -(4.0 * (1.0 / 0.3)) / 0.3),
])  # fmt: skip
def test_operators(make, value, by_x, by_y):
    x, y = Unit(3.0), Unit(0.3)
    made = make(x, y)
    made.backward()
    assert (made.value, x.gradient, y.gradient) == (value, by_x, by_y)


def test_a_power_that_is_not_whole_is_e_to_the_logarithm():
    x = Unit(9.0)
    root = x**0.5
    root.backward()
    assert abs(root.value - 3.0) < 1e-15  # exp and log each err by half a unit in the last place
    assert abs(x.gradient - 1.0 / 6.0) < 1e-15


def test_division_is_ieee_754():
    x = Unit(1.0)
    assert (x / 0.0).value == math.inf and (x / -0.0).value == -math.inf and math.isnan((x * 0.0 / 0.0).value)
    assert (Unit(0.0) ** -1).value == math.inf


def test_the_gradient_of_abs_at_zero_is_zero():
    x = Unit(0.0)
    abs(x).backward()
    assert x.gradient == 0.0


def test_contributions_are_added_in_the_order_in_which_the_consumers_were_made():
    x = Unit(1.0)
    last, first, middle = Unit(0.0), x * 1.0, x * 1e16
    last = x * -1e16
    (last + middle + first).backward()  # the order of visiting does not matter
    assert x.gradient == (1.0 + 1e16) - 1e16 == 0.0 != 1.0 + (1e16 - 1e16)


def test_within_one_operation_the_first_operand_comes_first():
    x = Unit(1.0)
    three = Operation("sum", lambda a, b, c: a + b + c, lambda d, o, a, b, c: (d * 1.0, d * 1e16, d * -1e16))
    apply(three, x, x, x).backward()
    assert x.gradient == 0.0


def test_an_operation_of_one_s_own_has_to_send_each_operand_a_number():
    half = Operation("half", lambda a, b: a, lambda d, o, a, b: [d])
    with pytest.raises(ValueError, match="half: backward returned 1 number for 2 operands"):
        apply(half, Unit(1.0), Unit(2.0)).backward()


def test_one_contribution_keeps_its_sign_of_zero():
    x = Unit(2.0)
    (x * -0.0).backward()
    assert bits(x.gradient) == bits(-0.0)


def test_a_second_backward_replaces_the_first():
    x = Unit(3.0)
    square, cube = x * x, x * x * x
    square.backward()
    square.backward()
    assert x.gradient == 6.0
    cube.backward()
    assert x.gradient == 27.0 and square.gradient == 1.0  # not reached by the last: it keeps its own
    cube.backward(2.0)
    assert x.gradient == 54.0


def test_forward_computes_anew():
    x, w = Unit(0.5), Unit(2.0)
    o = tanh(w * x) + relu(-w)
    x.value, w.value = -0.25, -3.0
    assert o.forward() == o.value == (tanh(Unit(0.75)) + 3.0).value
    o.backward()
    assert w.gradient == -1.0 + -0.25 * (1.0 - tanh(0.75).value * tanh(0.75).value)  # relu's side has changed


def test_units_are_in_the_order_in_which_they_were_made():
    x = Unit(1.0, "x")
    y = x + 1.0
    z = y * x
    assert z.units() == [x, y.operands[1], y, z]


def test_how_it_is_printed():
    x, y = Unit(3.0, "x"), Unit(0.5, "y")
    f = x * y
    f.name = "f"
    assert (repr(x), repr(f)) == ("<x = 3.0>", "<f = x · y = 1.5>")
    f.backward()
    assert repr(x) == "<x = 3.0, gradient 0.5>"
    assert repr(tanh(x)).endswith(f" = tanh(x) = {tanh(3.0).value!r}>") and " = x^2 = 9.0>" in repr(x**2)
    assert " = −x = -3.0>" in repr(-x)


def test_a_chain_of_100_000_units():
    x = unit = Unit(0.5, "x")
    for _ in range(100_000):
        unit = -unit
    assert unit.forward() == 0.5 and repr(unit).endswith(" = 0.5>")
    unit.backward()
    assert x.gradient == 1.0
    twin = copy.deepcopy(unit)
    assert twin.units()[0].gradient == 1.0 and len(twin.units()) == 100_001
    del unit, twin


def test_copies_are_apart():
    x = Unit(2.0, "x")
    f = x * x
    g, y = copy.deepcopy((f, x))
    y.value = 3.0
    assert g.units() == [y, g] and (g.forward(), f.forward()) == (9.0, 4.0)
    (f + g).backward()  # numbers of a copy are new: no order is lost
    assert (x.gradient, y.gradient) == (4.0, 6.0)
    other = copy.copy(f)
    assert other.operands == f.operands and other.number != f.number


def test_numbers_of_numpy():
    np = pytest.importorskip("numpy")
    x = Unit(np.float32(0.5))
    assert type(x.value) is float and (np.float64(2.0) * x).value == 1.0 and (x - np.int64(1)).value == -0.5
    with pytest.raises(TypeError):
        np.ones(3) * x


@pytest.mark.parametrize(("wrong", "error", "names"), [
    (lambda x: Unit("a"), TypeError, "value: 'a'"),
    (lambda x: Unit(True), TypeError, "value: True"),
    (lambda x: Unit(10**400), ValueError, "value: a whole number of 1329 bits; allowed: numbers of binary64"),
    (lambda x: x + "a", TypeError, "unsupported operand"),
    (lambda x: None * x, TypeError, "unsupported operand"),
    (lambda x: x**x, TypeError, "exponent: "),
    (lambda x: 2.0**x, TypeError, "unsupported operand"),
    (lambda x: x**math.inf, ValueError, "exponent: inf"),
    (lambda x: x**1001, ValueError, "exponent: 1001; allowed: whole numbers from -1000 to 1000"),
    (lambda x: x < 1.0, TypeError, "not supported"),
    (lambda x: x.backward(None), TypeError, "gradient: None"),
    (lambda x: tanh(None), TypeError, "value: None"),
    (lambda x: pickle.dumps(x), TypeError, "copy.deepcopy"),
])  # fmt: skip
def test_what_is_refused(wrong, error, names):
    with pytest.raises(error, match=names):
        wrong(Unit(1.0))
