"""Do the activation functions have the right values and slopes, also at their ends?"""

import copy
import math

import pytest
from kernel_helpers import same
from refusals import refused_with

import refnet as rn
from refnet.arithmetic.elementary import exp, expm1, log, sigmoid, softplus, tanh

INF, NAN = math.inf, math.nan


def both_ways(backend, layer, z, d):
    """The layer's outputs for the rows z, and ∂L/∂z for the rows d of ∂L/∂o."""
    net = rn.Network([rn.Input(len(z[0])), layer], backend=backend)
    return net.forward(z), net.backward(d, input_gradient=True), net


# --- Exact values ---


@pytest.mark.parametrize("layer, z, output, gradient", [
    (rn.Sigmoid(), [0.0, INF, -INF], [0.5, 1.0, 0.0], [0.75, -0.0, 0.0]),
    (rn.Tanh(), [0.0, INF, -INF], [0.0, 1.0, -1.0], [3.0, -0.0, 0.0]),
    (rn.ReLU(), [2.0, -3.0, 0.0], [2.0, 0.0, 0.0], [3.0, 0.0, 0.0]),
    (rn.ReLU(gradient_at_zero=1), [2.0, -3.0, 0.0], [2.0, 0.0, 0.0], [3.0, 0.0, 4.0]),
    (rn.LeakyReLU(0.25), [2.0, -3.0, 0.0], [2.0, -0.75, 0.0], [3.0, -0.5, 4.0]),
    (rn.LeakyReLU(), [2.0, -3.0, 0.0], [2.0, -0.03, 0.0], [3.0, -0.02, 4.0]),
    # o = (½, ½, 0): Σ d·o = ½; o·(d − ½)·β
    (rn.Softmax(), [7.0, 7.0, -INF], [0.5, 0.5, 0.0], [1.25, -1.25, 0.0]),
    (rn.Softmax(beta=2.0), [7.0, 7.0, -INF], [0.5, 0.5, 0.0], [2.5, -2.5, 0.0]),
    (rn.Standardize([1.0, 2.0, 3.0], [2.0, 4.0, 0.5]), [2.0, 0.0, 3.0], [0.5, -0.5, 0.0], [1.5, -0.5, 8.0]),
])  # fmt: skip
def test_activations_by_hand(backend, layer, z, output, gradient):
    net = rn.Network([rn.Input(3), copy.deepcopy(layer)], backend=backend)
    same(net.forward([z]), [output])
    same(net.backward([[3.0, -2.0, 4.0]], input_gradient=True), [gradient])
    assert net.outputs == 3 and net.gradients == {}


@pytest.mark.parametrize("make, z, output, gradient", [
    (lambda: rn.Linear(), [2.0, -3.0, -0.0, INF, NAN], [2.0, -3.0, -0.0, INF, NAN], [4.0] * 5),
    # α(e⁰ − 1) = ±0 with slope α at ±0; −α with slope α − α at −∞
    (lambda: rn.ELU(), [2.0, 0.0, -0.0, INF, -INF, NAN], [2.0, 0.0, -0.0, INF, -1.0, NAN],
     [4.0, 4.0, 4.0, 4.0, 0.0, NAN]),
    (lambda: rn.ELU(alpha=0.5), [2.0, 0.0, -0.0, INF, -INF, NAN], [2.0, 0.0, -0.0, INF, -0.5, NAN],
     [4.0, 2.0, 2.0, 4.0, 0.0, NAN]),
    # ln 2 with slope ½ at 0; e^−800 is 0, and so is σ
    (lambda: rn.Softplus(), [0.0, -0.0, INF, -INF, 800.0, -800.0, NAN], [log(2.0), log(2.0), INF, 0.0, 800.0, 0.0, NAN],
     [2.0, 2.0, 4.0, 0.0, 4.0, 0.0, NAN]),
    (lambda: rn.SiLU(), [0.0, -0.0, INF, -INF, 800.0, -800.0, 1e300, -1e300, NAN],
     [0.0, -0.0, INF, -0.0, 800.0, -0.0, 1e300, -0.0, NAN], [2.0, 2.0, 4.0, 0.0, 4.0, 0.0, 4.0, 0.0, NAN]),
    # z³ overflows at 1e200, z² does not at 1e150
    (lambda: rn.GELU(), [0.0, -0.0, INF, -INF, 30.0, -30.0, 1e200, -1e200, 1e150, -1e150, NAN],
     [0.0, -0.0, INF, -0.0, 30.0, -0.0, 1e200, -0.0, 1e150, -0.0, NAN],
     [2.0, 2.0, 4.0, 0.0, 4.0, 0.0, 4.0, 0.0, 4.0, 0.0, NAN]),
    # p = (½, ½, 0): Σ d = 12; 4 − 12·½, 4 − 12·½, 4 − 0
    (lambda: rn.LogSoftmax(), [7.0, 7.0, -INF], [-log(2.0), -log(2.0), -INF], [-2.0, -2.0, 4.0]),
    (lambda: rn.LogSoftmax(beta=2.0), [7.0, 7.0, -INF], [-log(2.0), -log(2.0), -INF], [-4.0, -4.0, 8.0]),
    (lambda: rn.LogSoftmax(), [5000.0, -5000.0, 0.0], [0.0, -10000.0, -5000.0], [-8.0, 4.0, 4.0]),
    (lambda: rn.LogSoftmax(), [NAN, 1.0, 2.0], [NAN, NAN, NAN], [NAN, NAN, NAN]),
])  # fmt: skip
def test_by_hand(backend, make, z, output, gradient):
    found, slopes, net = both_ways(backend, make(), [z], [[4.0] * len(z)])
    same(found, [output])
    same(slopes, [gradient])
    assert net.outputs == len(z) and net.gradients == {}


# Worked out with mpmath, 40 digits, from the formulas of the docstrings: z → (o, do/dz).
TRUE = {
    "SiLU": (rn.SiLU, {
        -6.0: (-0.014835738939808646004, -0.012326432591525512576),
        -3.0: (-0.14227761953270034264, -0.088104106015169617069),
        -1.0: (-0.26894142136999512075, 0.072329488128513268211),
        0.5: (0.31122966560092728232, 0.73996118730265180917),
        2.0: (1.7615941559557648881, 1.0907842487848954788),
        5.0: (4.9665357453785757222, 1.026547432429665919),
    }),
    "GELU": (rn.GELU, {
        -6.0: (-8.4396467007622970837e-11, -7.7099739309536955117e-10),
        -3.0: (-0.0036373920817730188378, -0.011584166630969726204),
        -1.0: (-0.15880800939172329522, -0.08296408384578255514),
        0.5: (0.34571400982514392204, 0.86736990353464231156),
        2.0: (1.9545976940877750188, 1.0860992566236183816),
        5.0: (4.999999770820380337, 1.0000015463619875326),
    }),
    "ELU(1.5)": (lambda: rn.ELU(1.5), {
        -6.0: (-1.4962818717350004624, 0.0037181282649995376346),
        -3.0: (-1.4253193974482040855, 0.074680602551795914469),
        -1.0: (-0.94818083824283651761, 0.55181916175716348239),
        0.5: (0.5, 1.0),
    }),
    "Softplus": (rn.Softplus, {
        -6.0: (0.0024756851377304495309, 0.0024726231566347743341),
        -1.0: (0.31326168751822283405, 0.26894142136999512075),
        0.5: (0.97407698418010668087, 0.62245933120185456464),
        5.0: (5.0067153484891180686, 0.99330714907571514444),
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_against_the_true_values(backend, name):
    """Within four ulp of 1 or of |z|: tanh and σ, at most 1, may be off by 2.5 ulp, and the product with z and two or
    three roundings follow. (Relative to a small o the error is larger where the formula cancels, as 1 + tanh does.)"""
    make, points = TRUE[name]
    z = list(points)
    [found], [slopes], _ = both_ways(backend, make(), [z], [[1.0] * len(z)])
    for net, o, slope in zip(z, found, slopes):
        allowed = 4.0 * 2.0**-52 * max(1.0, abs(net))
        assert abs(o - points[net][0]) <= allowed, (net, o)
        assert abs(slope - points[net][1]) <= allowed, (net, slope)


def test_log_softmax_against_the_true_values(backend):
    """z = (1, −2, ½), β = 2, d = (3, −2, 4), by mpmath: o and β(d − p Σ d). 1e-15 relative is 4.5 ulp: the logarithm's
    and an exponential's half and some subtractions of numbers no larger than the result."""
    [found], [slopes], _ = both_ways(backend, rn.LogSoftmax(2.0), [[1.0, -2.0, 0.5]], [[3.0, -2.0, 4.0]])
    for o, true in zip(found, (-0.31507216066525127823, -6.3150721606652512782, -1.3150721606652512782)):
        assert math.isclose(o, true, rel_tol=1e-15)
    for slope, true in zip(slopes, (-1.2973621411841516223, -4.0180883522913828938, 5.3154504934755345161)):
        assert math.isclose(slope, true, rel_tol=2e-15)


# --- The order of operations ------------------------------------------------------------------------------------

Z = [-4.7, -1.3, -0.31, -1e-5, 0.0, 3e-9, 0.17, 0.93, 1.87, 2.2, 6.1]  # at 1.87 (az)zz and a(zzz) differ in GELU
G = [0.7, -1.1, 0.3, 2.3, -0.9, 1.7, 0.6, -0.2, 0.8, 1.9, 0.4]


def test_the_order_of_elu(backend):
    found, slopes, _ = both_ways(backend, rn.ELU(0.7), [Z], [G])
    o = [0.7 * expm1(z) if z <= 0.0 else z for z in Z]
    same(found, [o])
    same(slopes, [[g * (y + 0.7) if y <= 0.0 else g for y, g in zip(o, G)]])


def test_the_order_of_softplus_and_silu(backend):
    found, slopes, _ = both_ways(backend, rn.Softplus(), [Z], [G])
    same(found, [[softplus(z) for z in Z]])
    same(slopes, [[g * sigmoid(z) for z, g in zip(Z, G)]])
    found, slopes, _ = both_ways(backend, rn.SiLU(), [Z], [G])
    s = [sigmoid(z) for z in Z]
    same(found, [[z * p for z, p in zip(Z, s)]])
    same(slopes, [[g * (p * (1.0 + z * (1.0 - p))) for z, p, g in zip(Z, s, G)]])


def test_the_order_of_gelu(backend):
    root = 0.7978845608028653558798921  # √(2/π) by mpmath
    found, slopes, _ = both_ways(backend, rn.GELU(), [Z], [G])
    tanhs = [tanh(root * (z + 0.044715 * ((z * z) * z))) for z in Z]
    same(found, [[(0.5 * z) * (1.0 + t) for z, t in zip(Z, tanhs)]])
    same(slopes, [[
        g * (0.5 * (1.0 + t) + ((0.5 * z) * (1.0 - t * t)) * (root * (1.0 + 0.134145 * (z * z))))
        for z, t, g in zip(Z, tanhs, G)
    ]])  # fmt: skip


def test_the_order_of_log_softmax(backend):
    found, slopes, _ = both_ways(backend, rn.LogSoftmax(0.7), [Z], [G])
    t = [0.7 * z for z in Z]
    total = gradients = 0.0
    for v in t:
        total += exp(v - t[-1])
    o = [(v - t[-1]) - log(total) for v in t]
    same(found, [o])
    for g in G:
        gradients += g
    same(slopes, [[0.7 * (g - exp(y) * gradients) for y, g in zip(o, G)]])


# --- PReLU ------------------------------------------------------------------------------------------------------

NETS = [[2.0, -4.0, -1.0], [-2.0, -0.0, 3.0], [-1.0, -8.0, NAN]]
D = [[3.0, 0.5, -2.0], [-1.0, 5.0, 4.0], [0.5, 0.25, 1.0]]


def test_prelu_by_hand(backend):
    net = rn.Network([rn.Input(3), rn.PReLU()], backend=backend)
    assert net.get("prelu1.slope") == [0.25, 0.25, 0.25]
    net.set("prelu1.slope", [0.5, -0.25, 2.0])
    same(net.forward(NETS), [[2.0, 1.0, -2.0], [-1.0, -0.0, 3.0], [-0.5, 2.0, NAN]])
    same(net.backward(D, input_gradient=True), [[3.0, -0.125, -4.0], [-0.5, 5.0, 4.0], [0.25, -0.0625, 1.0]])
    # Σ d·z where z < 0: −1·−2 + ½·−1; ½·−4 + ¼·−8; −2·−1, and NaN
    same([net.gradients["prelu1.slope"]], [[1.5, -4.0, NAN]])


def test_one_prelu_slope_for_all(backend):
    net = rn.Network([rn.Input(3), rn.PReLU(0.5, shared=True)], backend=backend)
    assert net.get("prelu1.slope") == [0.5]
    nets = [[2.0, -4.0, -1.0], [-2.0, -0.0, 3.0], [-1.0, -8.0, 1.0]]
    same(net.forward(nets), [[2.0, -2.0, -0.5], [-1.0, -0.0, 3.0], [-0.5, -4.0, 1.0]])
    same(net.backward(D, input_gradient=True), [[3.0, 0.25, -1.0], [-0.5, 5.0, 4.0], [0.25, 0.125, 1.0]])
    assert net.gradients["prelu1.slope"] == [(1.5 - 4.0) + 2.0]


@pytest.mark.parametrize("shared, expected", [(False, [1.0, 2.0]), (True, [3.0])])
def test_prelu_sums_rows_and_then_units(backend, shared, expected):
    """d·z = (1e16, 1), (−1e16, 1), (1, 0). 1e16 ± 1 is a tie that goes to 1e16: from the last row up the first column
    would give 0, and a shared sum taken row by row 1 or 2."""
    net = rn.Network([rn.Input(2), rn.PReLU(shared=shared)], backend=backend)
    net.forward([[-1.0, -1.0]] * 3)
    net.backward([[-1e16, -1.0], [1e16, -1.0], [-1.0, 0.0]])
    assert net.gradients["prelu1.slope"] == expected


@pytest.mark.parametrize("shared", [False, True])
def test_prelu_learns_its_slope_and_bears_no_penalty(backend, shared):
    """o = −2α, y = −1, ½(o − y)²: ∂L/∂α = (−2α + 1)·−2 = −1 at α = ¼; a step of ½ leads to ¾."""
    net = rn.Network([rn.Input(1), rn.PReLU(shared=shared)], backend=backend)
    net.fit([[-2.0]], [[-1.0]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.5), penalty=rn.L2(10.0))
    assert net.get("prelu1.slope") == [0.75]
    assert net.penalty_cost() == 0.0


# --- In a network -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [
    rn.Linear, rn.PReLU, lambda: rn.PReLU(shared=True), rn.ELU, rn.Softplus, rn.SiLU, rn.GELU, rn.LogSoftmax,
])  # fmt: skip
def test_a_row_alone_and_in_any_batch(backend, make):
    rows = [[math.sin(1.3 * i + j) for j in range(5)] for i in range(9)]
    net = rn.Network([rn.Input(5), rn.Dense(7), make()], backend=backend, seed=3)
    whole = net.predict(rows)
    for size in (1, 2, 4):
        same(net.predict(rows, batch_size=size), whole)


def test_names(backend):
    layers = [rn.Linear(), rn.PReLU(), rn.ELU(), rn.Softplus(), rn.SiLU(), rn.GELU(), rn.LogSoftmax()]
    net = rn.Network([rn.Input(2), *layers], backend=backend)
    assert [layer.name for layer in net.layers[1:]] == [
        "linear1", "prelu1", "elu1", "softplus1", "silu1", "gelu1", "logsoftmax1"]
    assert list(net.parameters) == ["prelu1.slope"] and net.weights == net.biases == []


@pytest.mark.parametrize("make, kind, words", [
    (lambda: rn.PReLU(NAN), ValueError, "slope: nan; allowed: finite numbers"),
    (lambda: rn.PReLU("0.25"), TypeError, "slope: '0.25' is a str; allowed: numbers"),
    (lambda: rn.PReLU(shared=1), ValueError, "shared: 1; allowed: False, True"),
    (lambda: rn.PReLU(shared="yes"), ValueError, "shared: 'yes'; allowed: False, True"),
    (lambda: rn.ELU(0.0), ValueError, "alpha: 0.0; allowed: finite numbers > 0"),
    (lambda: rn.ELU(-1.0), ValueError, "alpha: -1.0; allowed: finite numbers > 0"),
    (lambda: rn.ELU(INF), ValueError, "alpha: inf; allowed: finite numbers > 0"),
    (lambda: rn.ELU(None), TypeError, "alpha: None is a NoneType; allowed: numbers > 0"),
    (lambda: rn.LogSoftmax(NAN), ValueError, "beta: nan; allowed: finite numbers"),
    (lambda: rn.LogSoftmax(True), TypeError, "beta: True is a bool; allowed: numbers"),
])  # fmt: skip
def test_settings_out_of_their_range(make, kind, words):
    refused_with(make, kind, words.split("; allowed: "))
