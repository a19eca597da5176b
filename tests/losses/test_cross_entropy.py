"""Are cross-entropies right by hand, and the same when they are fused with the last activation?"""

import math

import pytest
from kernel_helpers import same
from spies import Spy

import refnet as rn
from refnet.arithmetic.elementary import exp, log, log1p, sigmoid
from refnet.arithmetic.formats import as_format

INF, NAN = math.inf, math.nan


# --- By hand ---


def test_cross_entropy_by_hand(backend):
    net = rn.Network([rn.Input(2)], backend=backend)
    net.forward([[0.5, 0.25], [0.25, 0.5]])
    assert net.loss([[1.0, 0.0], [0.5, 0.5]], rn.CrossEntropy()) == (
        (-log(0.5)) + ((0.0 - 0.5 * log(0.25)) - 0.5 * log(0.5))) / 2.0
    same(net.backward(input_gradient=True), [[-1.0, 0.0], [-1.0, -0.5]])


def test_binary_cross_entropy_by_hand(backend):
    net = rn.Network([rn.Input(1)], backend=backend)
    net.forward([[0.5], [0.75]])
    assert net.loss([[1.0], [0.0]], rn.BinaryCrossEntropy()) == ((-log(0.5)) + (-log(0.25))) / 2.0
    same(net.backward(input_gradient=True), [[-1.0], [2.0]])


def test_class_indices_are_one_hot_rows(backend):
    found = []
    for targets in ([2, 0], [2.0, 0.0], [[0, 0, 1], [1, 0, 0]]):
        net = rn.Network([rn.Input(3), rn.Softmax()], backend=backend)
        net.forward([[1.0, 2.0, 3.0], [0.5, -0.5, 0.0]])
        found.append((net.loss(targets), net.backward(input_gradient=True)))
    assert found[0] == found[1] == found[2]


# --- Fused ---


def test_softmax_and_cross_entropy_fused_by_the_formula(backend):
    """Loss Σ y·(ln s − (t − m)), t = βz; gradient β(p − y), then over the rows."""
    z, y, beta = [0.5, -1.0, 2.0], [0.25, 0.0, 0.75], 0.5
    net = rn.Network([rn.Input(3), rn.Softmax(beta)], backend=backend)
    (p,) = net.forward([z, z, z])[:1]
    t = [beta * v for v in z]
    total = (exp(t[0] - t[2]) + exp(t[1] - t[2])) + exp(t[2] - t[2])
    one = (0.0 + 0.25 * (log(total) - (t[0] - t[2]))) + 0.75 * (log(total) - (t[2] - t[2]))
    assert net.loss([y, y, y], rn.CrossEntropy()) == ((one + one) + one) / 3.0
    expected = [beta * (o - target) / 3.0 for o, target in zip(p, y)]
    same(net.backward(input_gradient=True), [expected] * 3)


def test_sigmoid_and_binary_cross_entropy_fused_by_the_formula(backend):
    net = rn.Network([rn.Input(2), rn.Sigmoid()], backend=backend)
    net.forward([[0.5, -3.0]])
    first = (0.5 - 0.5 * 1.0) + log1p(exp(-0.5))
    assert net.loss([[1.0, 0.25]], rn.BinaryCrossEntropy()) == first + ((0.0 + 3.0 * 0.25) + log1p(exp(-3.0)))
    same(net.backward(input_gradient=True), [[sigmoid(0.5) - 1.0, sigmoid(-3.0) - 0.25]])


def test_fused_is_stable_for_any_logit(backend):
    net = rn.Network([rn.Input(2), rn.Softmax()], backend=backend)
    net.forward([[5000.0, -5000.0]])
    assert net.loss([1], rn.CrossEntropy()) == 10000.0
    same(net.backward(input_gradient=True), [[1.0, -1.0]])
    net.forward([[5000.0, -5000.0]])
    assert net.loss([1], rn.CrossEntropy(fused=False)) == -log(2.0**-1022)  # the second output is rounded to 0
    net = rn.Network([rn.Input(1), rn.Sigmoid()], backend=backend)
    net.forward([[-5000.0]])
    assert net.loss([1.0], rn.BinaryCrossEntropy()) == 5000.0
    same(net.backward(input_gradient=True), [[-1.0]])


SATURATED = [
    # last layer, loss, net inputs of a row, its targets, loss: the wrong output is rounded to 1 or to 0
    (rn.Sigmoid, rn.BinaryCrossEntropy, [37.0], [0.0], -log(2.0**-53)),
    (rn.Sigmoid, rn.BinaryCrossEntropy, [-800.0], [1.0], -log(2.0**-1022)),
    (rn.Sigmoid, rn.BinaryCrossEntropy, [800.0], [1.0], -log(1.0 - 2.0**-53)),  # right, and as good as 0
    (rn.Sigmoid, rn.CrossEntropy, [-800.0, 0.0], [1.0, 0.0], -log(2.0**-1022)),
    (rn.Softmax, rn.CrossEntropy, [800.0, 0.0], [0.0, 1.0], -log(2.0**-1022)),
    (rn.Softmax, rn.BinaryCrossEntropy, [800.0, 0.0], [0.0, 1.0], -log(2.0**-53) - log(2.0**-1022)),
]


@pytest.mark.parametrize("last, loss, z, y, value", SATURATED)
def test_a_saturated_output_has_a_finite_loss_and_gradient(backend, last, loss, z, y, value):
    """Not fused, as everywhere but after the activation that belongs with the loss."""
    net = rn.Network([rn.Input(len(z)), last()], backend=backend)
    net.forward([z])
    assert net.loss([y], loss(fused=False)) == value
    assert all(map(math.isfinite, net.backward(input_gradient=True)[0]))
    net = rn.Network([rn.Input(len(z)), rn.Dense(len(z), weights=rn.Constant(0.0), biases=z), last()], backend=backend)
    history = net.fit([z, z], [y, y], loss=loss(fused=False), optimizer=rn.Adam(0.1), epochs=5)
    assert all(map(math.isfinite, [*history["loss"], *net.biases[0]]))


@pytest.mark.parametrize("number", ["binary32", "binary16", "bfloat16", "bfloat16:binary32"])
@pytest.mark.parametrize("last, loss, z, y, value", SATURATED)
def test_so_it_is_in_each_format(backend, number, last, loss, z, y, value):
    """In binary32 a sigmoid is 1 from z = 17 on."""
    backend = backend if number == "binary32" else "python"
    net = rn.Network([rn.Input(len(z)), last()], backend=backend, number=number)
    net.forward([z])
    assert math.isfinite(net.loss([y], loss(fused=False))) and net.loss([y], loss(fused=False)) >= 0.0
    gradient = net.backward(input_gradient=True)[0]
    assert all(map(math.isfinite, gradient))
    if number == "binary32" and z == [37.0]:
        assert net.loss([y], loss(fused=False)) == float(as_format(number).number(-log(2.0**-24)))


def test_no_other_number_is_touched(backend):
    """The smallest and the largest number between 0 and 1 stay what they are, and NaN stays NaN."""
    net = rn.Network([rn.Input(1)], backend=backend)
    for o in (2.0**-1022, 1e-300, 0.5, 1.0 - 2.0**-53):
        net.forward([[o]])
        assert net.loss([1.0], rn.BinaryCrossEntropy()) == -log(o)
        assert net.loss([0.0], rn.BinaryCrossEntropy()) == -log(1.0 - o)
    net.forward([[NAN]])
    assert math.isnan(net.loss([1.0], rn.BinaryCrossEntropy()))


@pytest.mark.parametrize("last, loss, targets", [
    (rn.Softmax, rn.CrossEntropy, [[0.25, 0.5, 0.25], [0.0, 1.0, 0.0]]), (rn.Softmax, rn.CrossEntropy, [2, 0]),
    (rn.Sigmoid, rn.BinaryCrossEntropy, [[0.25, 1.0, 0.0], [0.0, 0.5, 1.0]]),
])  # fmt: skip
def test_fused_apart_and_from_logits_agree(backend, last, loss, targets):
    """from_logits gives the bits of the fused form. Apart, the formula is rounded at other places: p within a few ulp,
    then 1/p·p; 1e-14 relative (45 ulp) is ample for three classes and logits below 3."""
    z = [[0.5, -1.25, 2.5], [-0.75, 0.0, 1.0]]
    results = {}
    for name, layers, objective in (
        ("fused", [last()], loss()), ("apart", [last()], loss(fused=False)), ("logits", [], loss(from_logits=True)),
    ):
        net = rn.Network([rn.Input(3), *layers], backend=backend)
        net.forward(z)
        results[name] = (net.loss(targets, objective), net.backward(input_gradient=True))
    assert results["fused"] == results["logits"]
    value, gradient = results["fused"]
    assert math.isclose(results["apart"][0], value, rel_tol=1e-14)
    for row, other in zip(results["apart"][1], gradient):
        for a, b in zip(row, other):
            assert math.isclose(a, b, rel_tol=1e-14, abs_tol=1e-15)
    # Guard: fused=False did not fuse, because some bit differs.
    assert results["apart"] != results["fused"]


@pytest.mark.parametrize("last, loss, fused, kernels", [
    (rn.Softmax, rn.CrossEntropy, True, ["cross_entropy_from_logits", "fused_cross_entropy_backward"]),
    (rn.Softmax, rn.CrossEntropy, False, ["cross_entropy", "cross_entropy_backward", "softmax_backward"]),
    (rn.Sigmoid, rn.BinaryCrossEntropy, True, ["binary_cross_entropy_from_logits", "fused_cross_entropy_backward"]),
    (rn.Sigmoid, rn.BinaryCrossEntropy, False,
     ["binary_cross_entropy", "binary_cross_entropy_backward", "sigmoid_backward"]),
    (rn.Sigmoid, rn.CrossEntropy, True, ["cross_entropy", "cross_entropy_backward", "sigmoid_backward"]),
    (rn.Softmax, rn.BinaryCrossEntropy, True,
     ["binary_cross_entropy", "binary_cross_entropy_backward", "softmax_backward"]),
])  # fmt: skip
def test_what_is_fused_with_what(k, last, loss, fused, kernels):
    spy = Spy(k)
    net = rn.Network([rn.Input(2), rn.Dense(2), last()], backend=spy)
    net.forward([[1.0, -1.0]])
    net.loss([[1.0, 0.0]], loss(fused=fused))
    net.backward()
    assert [name for name in spy.called if "entropy" in name or name.endswith(("softmax_backward", "sigmoid_backward"))
            ] == kernels


def test_a_wide_target_row_is_not_printed_whole(backend):
    net = rn.Network([rn.Input(500), rn.Softmax()], backend=backend)
    for call in (lambda: net.evaluate([[0.1] * 500], [[0.3] * 500], rn.CrossEntropy()),
                 lambda: rn.metrics.log_loss([[0.3] * 500], [[0.002] * 500])):
        with pytest.raises(ValueError, match=r"targets: row 0 is \[0\.3, 0\.3, .*\.\.\.\]; allowed") as error:
            call()
        assert len(str(error.value)) < 200
