"""Are lecture 003's graphs right? (Those of lecture 000 are in refnet.lectures.)"""

import pytest

import refnet as rn
from refnet.graph import Unit, affine, log, sigmoid


def test_golden_3():
    """Lecture 003: f = (x + y)·z at 1, 2, 2 with ∂L/∂f = 2."""
    x, y, z = Unit(1), Unit(2), Unit(2)
    q = x + y
    f = q * z
    f.backward(2.0)
    assert q.value == 3.0 and f.value == 6.0
    assert [each.gradient for each in (q, z, x, y)] == [4.0, 6.0, 4.0, 4.0]


@pytest.mark.parametrize("target", [0.0, 0.5, 1.0])
def test_golden_4(target):
    """Lecture 003: every link of the chain for one sigmoid neuron, L = ½(y − ŷ)²."""
    x, w = [0.3, -0.8], [Unit(0.7), Unit(0.2)]
    c = affine(x, w)
    o = sigmoid(c)
    loss = (target - o) ** 2 / 2.0
    loss.backward()
    assert c.value == 0.0 + 0.7 * 0.3 + 0.2 * -0.8
    assert o.gradient == o.value - target
    assert c.gradient == o.gradient * (o.value * (1.0 - o.value))
    assert [each.gradient for each in w] == [c.gradient * 0.3, c.gradient * -0.8]


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_golden_5(target):
    """Lecture 003, exercise: with the binary cross-entropy ∂L/∂c = ŷ − y."""
    x, w = [0.3, -0.8], [Unit(0.7), Unit(0.2)]
    c = affine(x, w)
    o = sigmoid(c)
    (-(target * log(o) + (1.0 - target) * log(1.0 - o))).backward()
    assert abs(c.gradient - (o.value - target)) < 1e-15  # 1/ŷ·ŷ(1 − ŷ) is rounded three times
    net = rn.Network([rn.Input(2), rn.Dense(1, bias=False), rn.Sigmoid()])
    net.weights = [[[0.7, 0.2]]]
    fused = rn.graph.expand(net, [x], [target], loss=rn.BinaryCrossEntropy())
    fused.loss.backward()
    assert fused.gradients("dense1.z") == [[o.value - target]]
