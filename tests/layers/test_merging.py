"""Are values put together number by number as they should, and does each get its part of the gradient?"""

import math

import pytest
from kernel_helpers import same

import refnet as rn

INF, NAN = math.inf, math.nan


def merged(layer, backend, inputs, units=3):
    net = rn.Network(layer(*(rn.Input(units) for _ in range(inputs))), backend=backend)
    return net


A, B, C = [[1.0, 2.0, -3.0]], [[4.0, 2.0, 0.5]], [[-1.0, 8.0, 0.5]]
D = [[1.0, 10.0, 100.0]]


@pytest.mark.parametrize("layer, outputs, gradients", [
    (rn.Add, [[4.0, 12.0, -2.0]], [D, D, D]),
    (rn.Subtract, [[-2.0, -8.0, -4.0]], [D, [[-1.0, -10.0, -100.0]], [[-1.0, -10.0, -100.0]]]),
    (rn.Multiply, [[-4.0, 32.0, -0.75]], [[[-4.0, 160.0, 25.0]], [[-1.0, 160.0, -150.0]], [[4.0, 40.0, -150.0]]]),
    # the first of equals: B in the last column
    (rn.Maximum, [[4.0, 8.0, 0.5]], [[[0.0, 0.0, 0.0]], [[1.0, 0.0, 100.0]], [[0.0, 10.0, 0.0]]]),
])
def test_three_values_by_hand(backend, layer, outputs, gradients):
    net = merged(layer(), backend, 3)
    assert net.forward([A, B, C]) == outputs
    assert net.backward(D, input_gradient=True) == gradients


def test_they_go_from_the_left(backend):
    """(0.1 + 0.7) + 0.3 is another number than 0.1 + (0.7 + 0.3); likewise for the others."""
    a, b, c = 0.1, 0.7, 0.3
    for layer, expected, other in ((rn.Add, (a + b) + c, a + (b + c)), (rn.Subtract, (a - b) - c, a - (b + c)),
                                   (rn.Multiply, (a * b) * c, a * (b * c))):
        net = merged(layer(), backend, 3, units=1)
        assert net.forward([[[a]], [[b]], [[c]]]) == [[expected]] != [[other]]


def test_the_maximum_of_what_is_equal_or_not_finite(backend):
    net = merged(rn.Maximum(), backend, 2, units=7)
    x = [[[2.0, INF, -INF, 1.0, NAN, 1.0, -0.0]], [[2.0, 1.0, -1.0, INF, 1.0, NAN, 0.0]]]
    same(net.forward(x), [[2.0, INF, -1.0, INF, NAN, NAN, 0.0]])
    first, second = net.backward([[1.0] * 7], input_gradient=True)
    assert first[0][:4] == [1.0, 1.0, 0.0, 0.0] and second[0][:4] == [0.0, 0.0, 1.0, 1.0]
    assert first[0][6] + second[0][6] == 1.0
    for value in (INF, -INF):
        same(merged(rn.Maximum(), backend, 2, units=1).forward([[[value]], [[value]]]), [[value]])
    most, least = 1.7976931348623157e308, 5e-324  # their difference overflows, or is the least number itself
    assert merged(rn.Maximum(), backend, 2, units=2).forward([[[-most, 0.0]], [[most, least]]]) == [[most, least]]


def test_scale(backend):
    net = rn.Network([rn.Input(2), rn.Scale(-0.5)], backend=backend)
    assert net.forward([[4.0, -3.0]]) == [[-2.0, 1.5]]
    assert net.backward([[1.0, 10.0]], input_gradient=True) == [[-0.5, -5.0]]
    net.layers[1].factor = 2
    assert net.forward([[4.0, -3.0]]) == [[8.0, -6.0]] and net.layers[1].factor == 2.0
    with pytest.raises(ValueError, match="factor: nan; allowed: finite numbers"):
        rn.Scale(NAN)


@pytest.mark.parametrize("layer", [rn.Add, rn.Subtract, rn.Multiply, rn.Maximum])
def test_shapes_have_to_be_alike(backend, layer):
    name = layer.__name__
    with pytest.raises(ValueError, match=rf"{name.lower()}1: inputs of 2, 3 units; they have to be alike"):
        rn.Network(layer()(rn.Input(2), rn.Input(3)), backend=backend)
    with pytest.raises(TypeError, match=rf"{name}: called on 1; it takes two or more"):
        layer()(rn.Input(2))


def test_a_gate_between_0_and_1_may_be_a_probability(backend):
    """The product of sigmoids is one; nobody says that it is not."""
    x = rn.Input(2)
    net = rn.Network(rn.Multiply()(rn.Sigmoid()(rn.Dense(1)(x)), rn.Sigmoid()(rn.Dense(1)(x))), backend=backend)
    net.fit([[0.0, 1.0], [1.0, 0.0]], [0, 1], loss=rn.BinaryCrossEntropy(), epochs=2)
