"""Do numbers of a format round as the format says? By hand, and against struct and fractions."""

import copy
import math
import pickle
import random
import struct
from fractions import Fraction

import pytest

import refnet as rn
from refnet.arithmetic import elementary
from refnet.arithmetic.formats import BINARY64, Fixed, Floating, as_format

ONE_THIRD = {"binary32": 0.3333333432674407958984375, "binary16": 0.333251953125, "bfloat16": 0.333984375}
LARGEST = {"binary32": (2 - 2**-23) * 2.0**127, "binary16": 65504.0, "bfloat16": (2 - 2**-7) * 2.0**127}
SMALLEST = {"binary32": 2.0**-149, "binary16": 2.0**-24, "bfloat16": 2.0**-133}
DIGITS = {"binary32": 24, "binary16": 11, "bfloat16": 8}


@pytest.mark.parametrize("name", DIGITS)
def test_what_a_format_is(name):
    form = as_format(name)
    number, unit = form.number, 2.0 ** -DIGITS[name]
    assert (number(1.0) / 3.0, form.largest, form.smallest) == (ONE_THIRD[name], LARGEST[name], SMALLEST[name])
    assert (number(1.0) + unit, number(1.0) + 3.0 * unit, form.epsilon) == (1.0, 1.0 + 4.0 * unit, 2.0 * unit)  # ties
    half = LARGEST[name] / (2.0 / unit - 2.0)  # of the last digit of the largest number
    assert number(LARGEST[name] + half) == math.inf and number(-LARGEST[name]) - 0.5 * half == -LARGEST[name]
    assert number(LARGEST[name] + half * 0.99) == LARGEST[name]
    assert number(LARGEST[name]) + LARGEST[name] == math.inf == number(1.0) / 0.0
    assert number(SMALLEST[name] / 2.0) == 0.0 and number(SMALLEST[name] * 1.5) == 2.0 * SMALLEST[name]
    assert str(float(number(-SMALLEST[name] / 2.0))) == "-0.0" == str(float(-number(0.0)))
    assert math.isnan(number(math.inf) - math.inf) and math.isnan(number(0.0) / number(0.0))
    assert abs(number(-2.0)) == 2.0 and 1.0 / number(4.0) == 0.25 and 1.0 - number(0.75) == 0.25


@pytest.mark.parametrize("name, code", [("binary32", "f"), ("binary16", "e")])
def test_numbers_round_as_those_of_struct(name, code):
    form, draws = as_format(name), random.Random(1)
    for _ in range(20_000):
        x = draws.uniform(-2.0, 2.0) * 2.0 ** draws.randint(-160 if code == "f" else -30, 130 if code == "f" else 18)
        try:
            (expected,) = struct.unpack(f"<{code}", struct.pack(f"<{code}", x))
        except OverflowError:
            expected = math.copysign(math.inf, x)
        assert struct.pack("<d", form.number(x)) == struct.pack("<d", expected), x


def test_bfloat16_is_the_upper_half_of_a_binary32():
    form, draws = as_format("bfloat16"), random.Random(2)
    for _ in range(5_000):
        x = float(form.number(draws.uniform(-2.0, 2.0) * 2.0 ** draws.randint(-130, 120)))
        bits = struct.pack("<f", x)
        assert bits[:2] == b"\0\0" and form.packed([x]) == bits[2:]


@pytest.mark.parametrize("form", [as_format("binary32"), as_format("binary16"), as_format("bfloat16"), Fixed(4, 9)])
def test_a_literal_in_a_formula_is_rounded_before_it_is_used(form):
    """The commonest mistake: 0.1 as binary64 within a formula."""
    x = form.number(3.0)
    for product in (x * 0.1, 0.1 * x):
        assert product == form.number(float(form.number(0.1)) * 3.0) and type(product) is type(x)
    assert 0.1 + x == form.number(0.1) + x and 0.1 - x == form.number(0.1) - x and 0.1 / x == form.number(0.1) / x


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "sqrt"])
def test_a_function_is_that_of_binary64_rounded_once(name):
    function = getattr(elementary, name)
    for form in (as_format("binary32"), as_format("bfloat16"), Fixed(5, 10, "truncate")):
        for x in (0.3, 1.75, 7.0, 0.001):
            x = form.number(x)
            found = getattr(form, name)(x)
            if name == "sqrt" and isinstance(form, Fixed):
                assert float(found) == math.isqrt(int(float(x) * 2**10) * 2**10) / 2**10
            else:
                assert found == form.number(function(float(x))) and type(found) is type(x)


# --- Fixed point, against fractions ---


def expected(form, value):
    """The number k/2^f of a Fraction, by the definition."""
    scaled = value * 2**form.fraction_bits
    k = math.floor(scaled) if form.rounding == "truncate" else round(scaled)  # round: ties to even
    least, most = -(2 ** (form.bits - 1)), 2 ** (form.bits - 1) - 1
    k = (k - least) % 2**form.bits + least if form.overflow == "wrap" else min(max(k, least), most)
    return k / 2**form.fraction_bits


@pytest.mark.parametrize("form", [Fixed(7, 8), Fixed(3, 4, "truncate"), Fixed(0, 7, overflow="wrap"),
                                  Fixed(2, 30, "truncate", "wrap"), Fixed(4, 0), Fixed(26, 26)], ids=str)
def test_fixed_point_is_the_exact_value_rounded_once(form):
    draws = random.Random(3)
    for _ in range(3_000):
        sizes = [form.largest * 2.0 ** -draws.randint(0, form.bits) for _ in "ab"]
        a, b = (form.number(draws.uniform(-size, size)) for size in sizes)
        p, q = Fraction(float(a)), Fraction(float(b))
        assert (a + b, a - b, a * b) == (expected(form, p + q), expected(form, p - q), expected(form, p * q))
        assert -a == expected(form, -p) and abs(a) == expected(form, abs(p))
        assert b == 0 or a / b == expected(form, p / q)
        x = draws.uniform(-3.0, 3.0) * form.largest
        assert form.number(x) == expected(form, Fraction(x))
        square, root, half = max(p, 0), float(form.sqrt(a)), form.epsilon / 2
        if form.rounding == "truncate":
            assert Fraction(root) ** 2 <= square < Fraction(root + form.epsilon) ** 2
        else:
            assert Fraction(max(root - half, 0.0)) ** 2 <= square
            assert root == form.largest or square <= Fraction(root + half) ** 2


def test_fixed_point_at_its_ends():
    saturates, wraps = Fixed(3, 4), Fixed(3, 4, overflow="wrap")
    for form in (saturates, wraps):
        assert (form.largest, form.smallest, form.epsilon, form.bits) == (7.9375, 0.0625, 0.0625, 8)
        assert (form.number(math.inf), form.number(-math.inf), form.number(math.nan)) == (7.9375, -8.0, 0.0)
        assert form.number(1.0) / 0.0 == 7.9375 and form.number(-1.0) / 0.0 == -8.0 and form.number(0.0) / 0.0 == 0.0
        assert str(float(form.number(-0.0))) == "0.0" == str(float(-form.number(0.0)))
        assert form.sqrt(form.number(-1.0)) == 0.0
    for form, ends in ((saturates, (7.9375, 7.9375, -8.0)), (wraps, (-7.0, -8.0, 1.0))):
        assert (form.number(7.0) + 2.0, -form.number(-8.0), form.number(5.0) * -3.0) == ends
    assert (saturates.number(0.03125), saturates.number(0.09375)) == (0.0, 0.125)  # ties, to even
    truncates = Fixed(3, 4, "truncate")
    assert (truncates.number(0.12), truncates.number(-0.12)) == (0.0625, -0.125)
    assert truncates.number(-0.0625) * 0.5 == -0.0625


# --- Names ---


@pytest.mark.parametrize("form", [BINARY64, Floating("binary32"), Floating("binary16", "binary32"),
                                  Floating("bfloat16", accumulator=Floating("binary32")), Fixed(7, 8),
                                  Fixed(0, 15, "truncate", "wrap", accumulator=Fixed(8, 30)), Fixed(7, 8, "truncate"),
                                  Fixed(7, 8, overflow="wrap", accumulator="Q15.16-wrap")], ids=str)
def test_a_name_and_a_repr_make_the_format_again(form):
    again = as_format(form.name)
    assert again == form and repr(again) == repr(form) and hash(again) == hash(form)
    assert eval(repr(form), {"Fixed": Fixed, "Floating": Floating}) == form
    assert as_format(again) is again is as_format(form.name)
    accumulator = form.accumulator
    assert (str(again.accumulator) if accumulator else None) == (accumulator.name if accumulator else None)


@pytest.mark.parametrize("name", ["binary64", "binary32", "binary16", "bfloat16", "Q7.8", "Q3.12-wrap", "Q1.3",
                                  "Q26.26"])
def test_bits_are_packed_and_read_back(name):
    """And the next number is one place further, at the distance of an ulp."""
    form, draws = as_format(name), random.Random(4)
    values = [0.0, 1.0, -1.0, form.smallest, form.largest, form.normal]
    sizes = [form.largest * 0.5 ** draws.randint(0, 60) for _ in range(500)]
    values += [float(form.number(draws.uniform(-size, size))) for size in sizes]
    bits = form.packed(values)
    assert form.size == {"binary64": 8, "binary32": 4, "Q1.3": 1, "Q26.26": 7}.get(name, 2)
    assert [form.unpacked(bits[i : i + form.size]) for i in range(0, len(bits), form.size)] == values
    for value in values:
        following = abs(value) + form.ulp(value)  # exact, but at the end
        if name == "binary64":
            assert form.ulp(value) == math.ulp(value)
        if abs(value) < form.largest:
            assert form.number(following) == following and form.place(following) == form.place(abs(value)) + 1


@pytest.mark.parametrize("name", ["binary64", "binary16:binary32", "Q7.8-truncate-wrap:Q15.16", "Q0.15"])
def test_copies_and_pickles_are_the_same_format(name):
    form = as_format(name)
    for again in (copy.deepcopy(form), pickle.loads(pickle.dumps(form))):
        assert again == form and again.number(0.3) == form.number(0.3) and again.largest == form.largest


@pytest.mark.parametrize("wrong", ["binary31", "float32", "", "Q7", "Q.8", "Q0.0", "Q60.1", "Q-1.8", "Q7.8-round",
                                   "q7.8", "binary16:binary16", "binary32:binary16", "binary64:binary32", "Q7.8:",
                                   "binary16:Q8.8", "Q7.8:Q7.8", "Q7.8:Q6.20", "Q7.8:binary32", "binary16:",
                                   "Q7.8-wrap-truncate"])
def test_a_misspelt_format_says_what_is_allowed(wrong):
    with pytest.raises(ValueError, match=r"^number: '.*'; allowed: 'binary64', 'binary32', .*'Q7.8'"):
        rn.Network([rn.Input(2), rn.Dense(1)], number=wrong)
    for other in (32, None, float, ["binary32"]):
        with pytest.raises(TypeError, match=r"^number: an? .*; allowed: 'binary64', 'binary32'"):
            as_format(other)
    with pytest.raises(TypeError, match=r"^number: an int; "):
        as_format(32)


@pytest.mark.parametrize("other, meant", [
    ("float64", "binary64"), ("double", "binary64"), ("float32", "binary32"), ("single", "binary32"),
    ("float16", "binary16"), ("half", "binary16"), ("fp16", "binary16"), ("bf16", "bfloat16"), ("bfloat", "bfloat16"),
    ("q7.8", "Q7.8"), ("Binary32", "binary32"), ("float16:float32", "binary16:binary32"),
    ("q7.8-Wrap:q15.16", "Q7.8-wrap:Q15.16"), ("int8", None), ("q40.40", None), ("half:half", None), ("Q7", None),
])
def test_other_names_of_formats_are_told_which_is_meant(other, meant):
    with pytest.raises(ValueError) as refused:
        as_format(other)
    assert str(refused.value).partition("; did you mean ")[2] == (f"{meant!r}?" if meant else "")



@pytest.mark.parametrize("make, words", [
    (lambda: Fixed(-1, 8), "integer_bits: -1; allowed: whole numbers from 0 to 52"),
    (lambda: Fixed(7, 8.0), "fraction_bits: 8.0; allowed: whole numbers"),
    (lambda: Fixed(0, 0), "integer_bits \\+ fraction_bits: 0; allowed: 1 to 52"),
    (lambda: Fixed(40, 13), "integer_bits \\+ fraction_bits: 53; allowed"),
    (lambda: Fixed(7, 8, rounding="down"), "rounding: 'down'; allowed: 'nearest' and 'truncate'"),
    (lambda: Fixed(7, 8, overflow="clip"), "overflow: 'clip'; allowed: 'saturate' and 'wrap'"),
    (lambda: Fixed(7, 8, accumulator="Q8.4"), "accumulator: 'Q8.4' for Q7.8; allowed: a wider format"),
    (lambda: Floating("float16"), "name: 'float16'; allowed: binary64, binary32, binary16, bfloat16"),
    (lambda: Floating("bfloat16", "binary16"), "accumulator: 'binary16' for bfloat16; allowed: a wider format"),
    (lambda: Floating("binary16", "binary32:binary64"), "name: 'binary32:binary64'; allowed"),
])  # fmt: skip
def test_a_wrong_setting_is_named(make, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        make()
