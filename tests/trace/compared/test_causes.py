"""Is each usual cause named where it is the cause? Sums, functions and roundings, deliberately wrong in a few lines."""

import math
import struct
from pathlib import Path

import pytest
import stranger
from causes_helpers import NET, TRACE, X, Y, added, causes, draws, fused, single, theirs

import refnet as rn
from refnet.arithmetic import elementary
from refnet.trace import traced
from refnet.trace.compared.causes import CAUSES


def test_who_does_as_the_contract_says_differs_nowhere():
    assert not TRACE.difference(theirs())
    assert TRACE.difference(theirs()).compared[0] == 22


# --- sums ---


def fma(start, a, b):
    for p, q in zip(a, b):
        start = fused(p, q, start)
    return start


def products(a, b):
    return [p * q for p, q in zip(a, b)]


def halved(values):
    n = len(values)
    return values[0] if n == 1 else halved(values[: n // 2]) + halved(values[n // 2 :])


def numpy(values):
    np = pytest.importorskip("numpy")
    return float(np.sum(np.array(values)))


def lanes(count, fold):
    def total(start, a, b):
        sums = [start] + [0.0] * (count - 1)
        terms = products(a, b)
        whole = len(terms) - len(terms) % count
        for i in range(0, whole, count):
            sums = [s + t for s, t in zip(sums, terms[i : i + count])]
        return added(terms[whole:], fold(sums))

    return total


def folded(sums):
    while len(sums) > 1:
        half = len(sums) // 2
        sums = [a + b for a, b in zip(sums[:half], sums[half:])]
    return sums[0]


def threads(start, a, b):
    terms = products(a, b)
    half = -(-len(terms) // 2)
    return added(terms[:half]) + added(terms[half:]) + start


def in_single(start, a, b):
    start = single(start)
    for p, q in zip(a, b):
        start = single(start + p * q)
    return start


def bias_last(bias, w, x):
    return stranger.dot(0.0, w, x) + bias


SUMS = {
    "fused multiply-add": {"total": fma},
    "bias added last": {"net": bias_last},
    "sum in descending order": {"total": lambda start, a, b: stranger.dot(start, a[::-1], b[::-1])},
    "pairwise sum": {"total": lambda start, a, b: halved(([start] if start else []) + products(a, b))},
    "pairwise sum as NumPy's": {"total": lambda start, a, b: numpy(([start] if start else []) + products(a, b))},
    "sum in 2 lanes": {"total": lanes(2, folded)},
    "sum in 4 lanes": {"total": lanes(4, folded)},
    "sum in 8 lanes": {"total": lanes(8, added)},
    "sum rounded once at its end (fsum, compensated or wide accumulator)":
        {"total": lambda start, a, b: math.fsum([start, *products(a, b)])},
    "sum accumulated in binary32": {"total": in_single},
    "fused multiply-add, bias added last": {"net": lambda bias, w, x: fma(0.0, w, x) + bias},
    "bias added last, sum in 2 blocks, as of 2 threads": {"net": threads},
    "bias added last, pairwise sum": {"net": lambda bias, w, x: halved(products(w, x)) + bias},
    "bias added last, sum in 8 lanes": {"net": lambda bias, w, x: lanes(8, added)(0.0, w, x) + bias},
}


@pytest.mark.parametrize("name", SUMS)
def test_sums(name):
    found = TRACE.difference(theirs(**SUMS[name]))
    assert (found.name, found.kernel, causes(found)) == ("dense1.z", "affine", [name])
    assert found.same == ["input.o", "dense1.weights", "dense1.bias"] and found.absent == []


@pytest.mark.parametrize("name", ["sum in descending order", "pairwise sum", "sum in 4 lanes", "sum in 8 lanes"])
def test_sums_over_rows_and_units(name):
    """The same where forward is right: the first gradient that differs says so too."""
    found = TRACE.difference(theirs(**SUMS[name], net=stranger.dot))
    assert found.name == "dense2.weights.gradient" and name in causes(found)


# --- functions ---


def libm_sigmoid(z):
    return 1.0 / (1.0 + math.exp(-z))


def by_sign(z):
    return 1.0 / (1.0 + elementary.exp(-z)) if z >= 0.0 else elementary.exp(z) / (1.0 + elementary.exp(z))


SIGMOIDS = {
    "the platform's exp (libm)": libm_sigmoid,
    "sigmoid as eᶻ/(1 + eᶻ)": lambda z: elementary.exp(z) / (1.0 + elementary.exp(z)),
    "sigmoid as eᶻ/(1 + eᶻ) for z < 0": by_sign,
    "sigmoid as ½(1 + tanh ½z)": lambda z: 0.5 * (1.0 + elementary.tanh(0.5 * z)),
    "the platform's exp (libm), sigmoid as eᶻ/(1 + eᶻ)": lambda z: math.exp(z) / (1.0 + math.exp(z)),
    "the platform's tanh (libm), sigmoid as ½(1 + tanh ½z)": lambda z: 0.5 * (1.0 + math.tanh(0.5 * z)),
}
TANHS = {
    "the platform's tanh (libm)": math.tanh,
    "tanh as 2σ(2z) − 1": lambda z: 2.0 * elementary.sigmoid(2.0 * z) - 1.0,
    "tanh as (eᶻ − e⁻ᶻ)/(eᶻ + e⁻ᶻ)":
        lambda z: (elementary.exp(z) - elementary.exp(-z)) / (elementary.exp(z) + elementary.exp(-z)),
    "tanh as (e²ᶻ − 1)/(e²ᶻ + 1)": lambda z: (elementary.exp(2.0 * z) - 1.0) / (elementary.exp(2.0 * z) + 1.0),
    "the platform's exp (libm), tanh as 2σ(2z) − 1": lambda z: 2.0 * libm_sigmoid(2.0 * z) - 1.0,
}
SOFTPLUSES = {
    "softplus as ln(1 + eᶻ)": lambda z: elementary.log(1.0 + elementary.exp(z)),
    "the platform's log1p (libm)": lambda z: max(z, 0.0) + math.log1p(elementary.exp(-abs(z))),
    "the platform's log (libm), softplus as ln(1 + eᶻ)": lambda z: math.log(1.0 + elementary.exp(z)),
}
ACTIVATIONS = {
    **dict.fromkeys(SIGMOIDS, (rn.Sigmoid, SIGMOIDS)), **dict.fromkeys(TANHS, (rn.Tanh, TANHS)),
    **dict.fromkeys(SOFTPLUSES, (rn.Softplus, SOFTPLUSES)), "the platform's expm1 (libm)": (rn.ELU, {
        "the platform's expm1 (libm)": lambda z: z if z > 0.0 else math.expm1(z)}),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_functions(name):
    layer, how = ACTIVATIONS[name]
    rows = draws(11, 400, 4, 2.0)  # enough for libm's last bits to differ somewhere
    net = rn.Network([rn.Input(4), layer()], "python")
    found = traced(net, rows).difference({net.layers[1].name + ".o": [[how[name](z) for z in row] for row in rows]})
    assert causes(found) == [name]


def test_logarithms():
    net = rn.Network([rn.Input(3), rn.Softmax()], "python")
    rows, y = draws(12, 3000, 3), [0] * 3000
    trace = traced(net, rows, y, loss=rn.CrossEntropy())
    losses = []
    for row in rows:
        exponents = [z - max(row) for z in row]
        losses.append(math.log(added([elementary.exp(e) for e in exponents])) - exponents[0])
    assert causes(trace.difference({"loss.rows": losses})) == ["the platform's log (libm)"]


# --- roundings ---


class Single(float):
    """A number of binary32."""


def rounded(plain):
    return lambda *values: Single(single(plain(*map(single, values))))


for _name in ("add", "sub", "mul", "truediv", "radd", "rsub", "rmul", "rtruediv", "neg"):
    setattr(Single, f"__{_name}__", rounded(getattr(float, f"__{_name}__")))


def singles(table):
    return [[Single(single(value)) for value in row] for row in table]


def test_binary32():
    """The weights differ already, and if only later numbers are shown, these."""
    dump = stranger.step(singles(X), singles(Y), list(map(singles, NET.weights)), singles(NET.biases), single(0.3),
                         activation=lambda z: 1.0 / (1.0 + Single(single(elementary.exp(float(-z))))))
    assert causes(TRACE.difference(dump)) == ["binary32 throughout", "written in binary32"]  # the same of given numbers
    for name in ("dense1.z", "sigmoid1.o", "dense2.delta"):
        found = TRACE.difference({name: dump[name]})
        assert found.name == name and causes(found) == ["binary32 throughout"]
        assert "input.o" in found.absent and found.same == []


def test_binary16():
    half = [[struct.unpack("e", struct.pack("e", value))[0] for value in row] for row in X]
    assert causes(TRACE.difference({"input.o": half})) == ["binary16 throughout"]


@pytest.mark.parametrize(("form", "name"), [(".6f", "written with 6 digits after the point"),
                                            (".7g", "written with 7 digits"), (".15g", "written with 15 digits")])
def test_digits(form, name):
    z = [[float(format(each, form)) for each in row] for row in TRACE["dense1.z"]]
    found = TRACE.difference({**theirs(), "dense1.z": z})
    assert found.name == "dense1.z" and causes(found) == [name]


def test_written_in_binary32():
    z = [[single(each) for each in row] for row in TRACE["dense1.z"]]
    assert causes(TRACE.difference({**theirs(), "dense1.z": z})) == ["written in binary32"]


def test_subnormal_numbers():
    net = rn.Network([rn.Input(2), rn.Dense(2, bias=False)], "python")
    net.weights = [[[1e-160, 1e-155], [1e-150, 0.5]]]
    x = [[3e-150, 1e-158], [2e-150, 2.0], [1e-310, -0.25]]
    flush = [[0.0 if abs(z) < 2.0**-1022 else z for z in row] for row in traced(net, x)["dense1.z"]]
    assert causes(traced(net, x).difference({"dense1.z": flush})) == ["subnormal numbers flushed to zero"]


def test_no_cause_is_untried():
    """Each entry of the table has a test that names it; of lanes, blocks and digits some."""
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_causes*.py"))
    for cause in CAUSES:
        if not cause.name.startswith(("sum in 16", "sum in 4 blocks", "sum in 8 blocks", "written with")):
            assert cause.name.removesuffix(" (libm)") in text, cause.name
