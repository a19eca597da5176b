"""Are the functions refnet's own, bit for bit, and their derivatives in the order of its kernels?"""

import math
import random

import pytest

from refnet import graph
from refnet.arithmetic import elementary
from refnet.graph import Unit, affine
from refnet.kernels import REFERENCE

POINTS = [-30.0, -1.5, -1e-9, -0.0, 0.0, 0.3, 1.0, 2.5, 40.0]


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("z", [*POINTS, math.inf, -math.inf])
def test_activations_are_the_kernels(name, z):
    unit = Unit(z)
    o = getattr(graph, name)(unit)
    o.backward(-0.7)
    kept = [[z]] if name == "relu" else [[o.value]]
    backward, at_zero = getattr(REFERENCE, f"{name}_backward"), [0.0] if name == "relu" else []
    assert repr(o.value) == repr(getattr(REFERENCE, name)([[z]])[0][0])
    assert repr(unit.gradient) == repr(backward(kept, [[-0.7]], *at_zero)[0][0])


def test_a_relu_passes_nan_on():
    assert math.isnan(graph.relu(Unit(math.nan)).value)


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "sin", "cos", "sigmoid", "tanh"])
@pytest.mark.parametrize("x", [0.3, 1.0, 2.5])
def test_values_are_elementary_and_derivatives_are_right(name, x):
    unit, function = Unit(x), getattr(elementary, name)
    o = getattr(graph, name)(unit)
    o.backward()
    difference = (function(x + 1e-6) - function(x - 1e-6)) / 2e-6
    assert o.value == function(x) and abs(unit.gradient - difference) < 1e-8  # of the two-sided difference


def test_edges():
    assert graph.log(Unit(0.0)).value == -math.inf and math.isnan(graph.sqrt(Unit(-1.0)).value)
    x = Unit(0.0)
    graph.sqrt(x).backward()
    assert x.gradient == math.inf


@pytest.mark.parametrize("inputs", [1, 2, 7])
@pytest.mark.parametrize("has_bias", [True, False])
def test_affine_is_the_kernel(inputs, has_bias):
    draws = random.Random(inputs)
    x, w = ([draws.uniform(-1, 1) for _ in range(inputs)] for _ in range(2))
    units, weights, bias = [Unit(v) for v in x], [Unit(v) for v in w], Unit(0.1) if has_bias else None
    z = affine(units, weights, bias)
    assert z.value == REFERENCE.affine([x], [w], [[0.1]] if has_bias else None)[0][0]
    z.backward(-0.3)
    assert [each.gradient for each in units] == REFERENCE.affine_backward_input([[-0.3]], [w])[0]
    assert [each.gradient for each in weights] == REFERENCE.affine_backward_weights([[-0.3]], [x])[0]
    assert bias is None or bias.gradient == -0.3


def test_gradients_of_affine_are_sums_from_zero():
    w, x = Unit(-0.0), Unit(0.0)
    affine([x], [w], 1.0).backward(-1.0)
    assert repr(w.gradient) == "0.0"  # 0.0 + -1.0 · 0.0, as in the kernel; without the 0.0 it would be -0.0


def test_affine_takes_numbers_too():
    assert affine([0.5, Unit(2.0)], [2.0, 3.0], 1).value == 8.0


@pytest.mark.parametrize(("x", "weights"), [([1.0], [1.0, 2.0]), ([], [])])
def test_affine_refuses(x, weights):
    with pytest.raises(ValueError, match=f"weights: {len(weights)} numbers for"):
        affine(x, weights)


@pytest.mark.parametrize(("x", "weights", "name"), [(3.0, [1.0], "x"), ([1.0], Unit(2.0), "weights"),
                                                    ([None], [1.0], "value"), (["a"], [1.0], "value")])
def test_affine_names_what_is_wrong(x, weights, name):
    with pytest.raises(TypeError, match=f"{name}: "):
        affine(x, weights)
