"""Is the usual cause named in another number format too? A stranger's binary32, written with its own rounding."""

import struct
from fractions import Fraction

import pytest

import refnet as rn
from refnet.arithmetic import elementary
from refnet.arithmetic.formats import as_format
from refnet.trace.compared.ulps import fma, nearest, ulps


def to32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def traced(number="binary32", activation=None, scale=1.0, backend="python"):
    net = rn.Network([rn.Input(7), rn.Dense(4), activation or rn.Sigmoid()], number=number, backend=backend, seed=3)
    x = [[scale * (0.37 * i - 0.61 * j + 0.23 * i * j) for j in range(7)] for i in range(9)]
    return rn.traced(net, x, training=True)


def causes(trace, theirs):
    return trace.difference(theirs).deviation.causes


def sums(trace, add):
    """z with another way to go from one partial sum to the next."""
    x, weights, (bias,) = trace["input.o"], trace["dense1.weights"], trace["dense1.bias"]
    rows = []
    for row in x:
        rows.append([])
        for w, start in zip(weights, bias):
            total = start
            for a, b in zip(row, w):
                total = add(total, a, b)
            rows[-1].append(total)
    return rows


@pytest.mark.parametrize("backend", ["python", "c"])
def test_sums(backend):
    if backend == "c" and rn.kernels.native_or_none() is None:
        pytest.skip("needs the C core")
    trace = traced(backend=backend)
    assert sums(trace, lambda total, a, b: to32(total + to32(a * b))) == trace["dense1.z"]  # as it is
    fused = sums(trace, lambda total, a, b: to32(fma(a, b, total)))
    assert "fused multiply-add" in causes(trace, {"dense1.z": fused})
    wide = [[to32(z) for z in row] for row in sums(trace, lambda total, a, b: total + a * b)]
    found = causes(trace, {"dense1.z": wide})
    assert "sums in binary64, rounded once at their end" in found
    assert "computed in binary64, and rounded once at the end" in found  # of one sum that is the same


def test_a_layer_in_binary64():
    """Without z in theirs, sums and sigmoid are one thing."""
    trace = traced()
    wide = [[to32(elementary.sigmoid(z)) for z in row] for row in sums(trace, lambda total, a, b: total + a * b)]
    found = causes(trace, {"sigmoid1.o": wide})
    assert found == ["computed in binary64, and rounded once at the end"]


def test_functions_operation_by_operation():
    trace = traced()
    z = trace["dense1.z"]
    theirs = [[to32(1.0 / to32(1.0 + to32(elementary.exp(-each)))) for each in row] for row in z]
    assert "sigmoid as 1/(1 + e⁻ᶻ), each operation rounded" in causes(trace, {"dense1.z": z, "sigmoid1.o": theirs})
    trace = traced(activation=rn.Softplus())
    z = trace["dense1.z"]
    theirs = [[to32(max(each, 0.0) + to32(elementary.log1p(to32(elementary.exp(-abs(each)))))) for each in row]
              for row in z]
    assert "softplus as max(z, 0) + ln(1 + e⁻ᶻ), each operation rounded" in causes(
        trace, {"dense1.z": z, "softplus1.o": theirs})


def test_subnormal_numbers_of_binary32():
    trace = traced(scale=1e-38)

    def flushed(value):
        return 0.0 * value if abs(value) < 2.0**-126 else value

    theirs = sums(trace, lambda total, a, b: flushed(to32(total + flushed(to32(flushed(a) * b)))))
    assert "binary32's subnormal numbers flushed to zero" in causes(trace, {"dense1.z": theirs})


def descending(trace, number):
    inner = as_format(number).number
    theirs = []
    for row in trace["input.o"]:
        theirs.append([])
        for w, start in zip(trace["dense1.weights"], trace["dense1.bias"][0]):
            total = inner(start)
            for a, b in reversed([*zip(row, w)]):
                total = total + inner(a) * inner(b)
            theirs[-1].append(float(total))
    return theirs


@pytest.mark.parametrize("number", ["binary16", "bfloat16"])
def test_the_last_term_first(number):
    trace = traced(number)
    assert "sum in descending order" in causes(trace, {"dense1.z": descending(trace, number)})


def test_sums_of_fixed_point():
    """They are exact in any order; products are rounded, unless someone keeps them whole."""
    trace, form = traced("Q7.8"), as_format("Q7.8")
    assert not trace.difference({"dense1.z": descending(trace, "Q7.8")})
    whole = [[float(form.number(z)) for z in row] for row in sums(trace, lambda total, a, b: total + a * b)]
    assert "sums in binary64, rounded once at their end" in causes(trace, {"dense1.z": whole})


def test_two_formats_are_not_compared():
    with pytest.raises(ValueError, match="is in binary64, refnet's in binary32; allowed: runs in one number format"):
        traced().difference(traced("binary64"))


def test_a_number_of_another_format():
    trace = traced()
    theirs = [[value + 1e-12 for value in row] for row in trace["dense1.z"]]
    assert "is no number of binary32; " in str(trace.difference({"dense1.z": theirs}))


def test_ulps_are_the_formats_own():
    half, q, single = as_format("binary16"), as_format("Q7.8"), as_format("binary32")
    assert ulps(1.0, 1.0 + 2.0**-10, half) == 1.0 and ulps(-(2.0**-24), 2.0**-24, half) == 2.0
    assert ulps(-1.0, 1.0, q) == 512.0 and ulps(1.0, 1.0 + 2.0**-20, single) == 8.0
    assert ulps(float("nan"), 1.0, half) == float("inf") and ulps(-0.0, 0.0, half) == 0.0


def test_a_fraction_is_rounded_once():
    """Binary64's number lies half-way between two of binary32; the fraction lies a little off."""
    single, tie = as_format("binary32"), Fraction(1) + Fraction(1, 1 << 24)
    tiny = Fraction(1, 1 << 100)
    assert nearest(tie, single) == 1.0 and nearest(tie - tiny, single) == 1.0
    assert nearest(tie + tiny, single) == 1.0 + 2.0**-23
    assert nearest(-(tie + tiny), single) == -1.0 - 2.0**-23 and nearest(-(tie - tiny), single) == -1.0
    assert nearest(Fraction(10) ** 60, single) == float("inf")
    assert nearest(-Fraction(10) ** 400, single) == -float("inf")
    assert nearest(Fraction(1, 3), as_format("Q7.8-truncate")) == 85 / 256
    assert nearest(Fraction(10**9), as_format("Q7.8")) == 127.99609375


@pytest.mark.parametrize("number, other, cause", [
    ("Q4.6", "Q4.6-truncate", "fixed point truncated, not rounded to nearest"),
    ("Q4.6-truncate", "Q4.6", "fixed point rounded to nearest, not truncated"),
    ("Q2.6", "Q2.6-wrap", "fixed point wrapped, not saturated"),
    ("Q2.6-wrap", "Q2.6", "fixed point saturated, not wrapped"),
    ("bfloat16:binary32", "bfloat16", "no accumulator: products and sums in the network's own format"),
    ("Q4.6:Q8.12", "Q4.6", "no accumulator: products and sums in the network's own format"),
])
def test_what_hardware_forgets(number, other, cause):
    trace, inner = traced(number), as_format(other).number
    theirs = sums(trace, lambda total, a, b: float(inner(total) + inner(a) * inner(b)))
    assert cause in causes(trace, {"dense1.z": theirs})


@pytest.mark.parametrize("number", ["bfloat16", "binary16", "Q4.6"])
def test_an_accumulator_that_the_network_does_not_have(number):
    """Partial sums in binary32: in the network's own format they would come out as refnet's."""
    trace, form = traced(number), as_format(number)
    theirs = [[float(form.number(z)) for z in row] for row in sums(trace, lambda total, a, b: to32(total + a * b))]
    assert "sum accumulated in binary32" in causes(trace, {"dense1.z": theirs})


def test_binary32_cut_to_bfloat16():
    trace = traced("bfloat16:binary32")
    wide = sums(trace, lambda total, a, b: to32(total + to32(a * b)))
    halves = [[struct.unpack("<f", b"\0\0" + struct.pack("<f", z)[2:])[0] for z in row] for row in wide]
    assert causes(trace, {"dense1.z": halves}) == ["the accumulator cut to the format, not rounded"]


@pytest.mark.parametrize("number, value, said", [
    ("Q3.12", 410.0, "410.0 is no number of Q3.12 (as a register's word it is 410/4096 = 0.10009765625); "),
    ("Q3.12", 8.5, "8.5 is no number of Q3.12; "), ("Q3.12", float("inf"), "inf is no number of Q3.12; "),
    ("Q3.12", 1e6, "1000000.0 is no number of Q3.12; "), ("bfloat16", 1e39, "1e+39 is no number of bfloat16; "),
    ("Q3.12", float("nan"), "nan is no number of Q3.12; "),
])
def test_what_is_no_number_of_the_format_is_a_difference(number, value, said):
    net = rn.Network([rn.Input(2), rn.Dense(1)], number=number, backend="python", seed=1)
    found = rn.traced(net, [[0.1, 0.2]]).difference({"input.o": [[value, 819.0]]})
    assert found.deviation.ulps == float("inf") and not found.deviation.is_in_format
    assert said in str(found)
