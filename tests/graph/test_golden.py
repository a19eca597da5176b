"""Are the lectures' graphs right? The worked examples on computational graphs, and what they count."""

import pytest

import refnet as rn
from refnet.graph import Operation, Unit, affine, apply, cos, log, sigmoid, sin


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


@pytest.mark.parametrize(("r", "t"), [(2.0, 0.5), (0.7, -2.0), (3.0, 40.0)])
def test_golden_21(r, t):
    """Lecture 000: u = x² + y² in polar coordinates: ∂u/∂r = 2r, ∂u/∂t = 0."""
    radius, angle = Unit(r), Unit(t)
    x, y = radius * cos(angle), radius * sin(angle)
    u = x**2 + y**2
    u.backward()
    assert abs(u.value - r * r) < 1e-14 and abs(radius.gradient - 2.0 * r) < 1e-14  # sin² + cos² is 1, but for rounding
    assert abs(angle.gradient) < 1e-14


def linear(name, weights, log_of_visits):
    """An operation: a sum with these weights, which notes each backward visit under the unit's name."""
    def backward(d, o, *values):
        log_of_visits.append(name)
        return [d * w for w in weights]

    def forward(*values):
        total = 0.0
        for w, value in zip(weights, values):
            total += w * value
        return total

    return Operation(name, forward, backward)


def graph_of_14_units(visits):
    """Lecture 000: u4 feeds u6 … u11, u5 feeds u9 … u14, and the six in between feed the outputs u12, u13, u14."""
    u = {i: Unit(0.1 * i, f"u{i}") for i in range(1, 6)}
    weights = {}
    feeds = {6: (1, 4), 7: (2, 4), 8: (3, 4), 9: (4, 5), 10: (4, 5), 11: (4, 5), 12: (5, 6, 7, 8, 9, 10, 11),
             13: (5, 6, 7, 8, 9, 10, 11), 14: (5, 10, 11, 9)}
    for i, operands in feeds.items():
        weights[i] = [1.0, 0.2, 0.7, 0.3] if i == 14 else [0.1 * (i - j) for j in operands]
        u[i] = apply(linear(i, weights[i], visits), *(u[j] for j in operands))
        u[i].name = f"u{i}"
    return u, feeds, weights


def test_golden_22():
    visits = []
    u, feeds, weights = graph_of_14_units(visits)
    a, b, c = 0.5, -0.25, 2.0
    assert u[14].value == 0.0 + 1.0 * u[5].value + 0.2 * u[10].value + 0.7 * u[11].value + 0.3 * u[9].value
    u[14].backward()
    assert u[10].gradient == 0.2  # ∂u14/∂u10
    visits.clear()
    e = (u[12] - a) ** 2 + (u[13] - b) ** 2 + (u[14] - c) ** 2
    e.backward()
    assert [u[i].gradient for i in (12, 13, 14)] == [2.0 * (u[12].value - a), 2.0 * (u[13].value - b),
                                                     2.0 * (u[14].value - c)]
    for i in range(1, 12):  # ∂e/∂u_i = Σ over the outputs j of i of ∂e/∂u_j ∂u_j/∂u_i
        terms = [u[j].gradient * weights[j][feeds[j].index(i)] for j in sorted(feeds) if i in feeds[j]]
        total = terms[0]
        for term in terms[1:]:
            total += term
        assert u[i].gradient == total
    assert [sum(i in operands for operands in feeds.values()) for i in (4, 5, 10)] == [6, 6, 3]
    assert sorted(visits) == sorted(feeds)  # once each
    for i, operands in feeds.items():
        assert all(visits.index(i) < visits.index(j) for j in operands if j > 5)  # after all its outputs


def test_golden_23():
    """Lecture 000: a numerical gradient takes an evaluation for each weight, backpropagation about two in all."""
    visits, evaluations = [], []
    u, feeds, _ = graph_of_14_units(visits)
    e = u[12] * u[13] + u[14]
    units = [each for each in e.units() if each.operands]
    for each in units:
        def forward(*values, own=each.operation):
            evaluations.append(own)
            return own.forward(*values)

        each.operation = each.operation._replace(forward=forward)
    leaves = [u[i] for i in range(1, 6)]
    before = e.forward()
    assert len(evaluations) == len(units) == 11  # one evaluation of the network
    slopes = []
    for leaf in leaves:
        value, leaf.value = leaf.value, leaf.value + 1e-6
        slopes.append((e.forward() - before) / 1e-6)
        leaf.value = value
    assert len(evaluations) == (1 + len(leaves)) * len(units)
    evaluations.clear()
    e.forward()
    e.backward()
    assert len(evaluations) == len(units) and len(visits) == len(feeds) == len(units) - 2  # · and + note no visit
    for leaf, slope in zip(leaves, slopes):
        assert abs(leaf.gradient - slope) < 1e-5  # of the forward difference


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_golden_31(target):
    """Lecture 000: logistic regression as the graph u1 = w0 + w1x1 + w2x2, u2 = f(u1); a Dense layer has its bits."""
    w, x = [Unit(0.1, "w0"), Unit(-0.3, "w1"), Unit(0.8, "w2")], [1.5, -0.2]
    u1 = affine(x, w[1:], w[0])
    u2 = sigmoid(u1)
    loss = (u2 - target) ** 2 * 0.5
    loss.backward()
    net = rn.Network([rn.Input(2), rn.Dense(1), rn.Sigmoid()])
    net.weights, net.biases = [[[-0.3, 0.8]]], [[0.1]]
    assert net.forward([x]) == [[u2.value]] and net.loss([target], rn.HalfSquaredError()) == loss.value
    net.backward()
    assert net.gradients == {"dense1.weights": [[w[1].gradient, w[2].gradient]], "dense1.bias": [w[0].gradient]}
