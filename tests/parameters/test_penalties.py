"""What do penalties add to the loss and to the gradients, and to which weights? By hand."""

import math

import pytest

import refnet as rn


def penalised(backend, penalty):
    net = rn.Network([rn.Input(2), rn.Dense(2, penalty=penalty), rn.Dense(1)], backend=backend)
    net.weights = [[[0.5, -1.0], [2.0, 0.0]], [[2.0, -4.0]]]
    net.biases = [[0.5, -0.5], [1.0]]
    return net


def gradients_with(net):
    net.forward([[1.0, 2.0]])
    value = net.loss([[0.0]], rn.HalfSquaredError())
    net.backward()
    return value, net.gradients


@pytest.mark.parametrize("penalty, cost, extra", [
    (rn.L2(0.25), 0.25 * 5.25, lambda w: 0.5 * w), (rn.L2(0.25, half=True), 0.125 * 5.25, lambda w: 0.25 * w),
    (rn.L1(0.25), 0.25 * 3.5, lambda w: 0.25 * ((w > 0.0) - (w < 0.0))),
    ([rn.L1(0.25), rn.L2(0.25)], 0.25 * 3.5 + 0.25 * 5.25, lambda w: 0.25 * ((w > 0.0) - (w < 0.0)) + 0.5 * w),
    (rn.L2(0.0), 0.0, lambda w: 0.0),
])  # fmt: skip
def test_a_layers_penalty_by_hand(backend, penalty, cost, extra):
    """On this layer's weights alone: not on its bias, not on the next layer."""
    plain_value, plain = gradients_with(penalised(backend, None))
    value, found = gradients_with(penalised(backend, penalty))
    assert value == plain_value + cost
    w = [[0.5, -1.0], [2.0, 0.0]]
    expected = dict(plain)
    expected["dense1.weights"] = [[g + extra(v) for g, v in zip(gs, ws)] for gs, ws in zip(plain["dense1.weights"], w)]
    assert found == expected


def test_the_networks_penalty_by_hand(backend):
    """A penalty given to fit counts for weights of layers without a penalty, never for biases. One step by hand."""
    for own, on_first in ((None, 0.5), (rn.L2(0.5), 1.0)):
        plain = gradients_with(penalised(backend, None))[1]
        net = penalised(backend, own)
        weights, biases = net.weights, net.biases
        history = net.fit([[1.0, 2.0]], [[0.0]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.125),
                          penalty=rn.L2(0.25), batch_size=1)
        for place, factor in ((0, on_first), (1, 0.5)):
            g = plain[f"dense{place + 1}.weights"]
            assert net.weights[place] == [
                [w - 0.125 * (d + factor * w) for w, d in zip(ws, ds)] for ws, ds in zip(weights[place], g)]
            g = plain[f"dense{place + 1}.bias"]
            assert net.biases[place] == [b - 0.125 * d for b, d in zip(biases[place], g)]
        assert history["loss"] == [gradients_with(penalised(backend, None))[0]]  # without penalties
        first = 0.5 if own else 0.25
        squares = [sum(v * v for row in table for v in row) for table in net.weights]
        # The sums are short and the numbers dyadic: 1e-15 is for one rounding, as `sum` may add in another order.
        assert math.isclose(net.penalty_cost(), first * squares[0] + 0.25 * squares[1], rel_tol=1e-15)


def test_penalty_costs_are_added_in_the_order_of_the_parameters(backend):
    """(1e16 + 1) + 1 stays 1e16, two ties; (1 + 1) + 1e16 does not."""
    net = rn.Network([rn.Input(1), rn.Dense(1, penalty=rn.L1(1.0)), rn.Dense(1, penalty=rn.L1(1.0)),
                      rn.Dense(1, penalty=rn.L1(1.0))], backend=backend)
    for weights, expected in (([1e16, 1.0, 1.0], 1e16), ([1.0, 1.0, 1e16], 1e16 + 2.0)):
        net.weights = [[[w]] for w in weights]
        assert net.penalty_cost() == expected


def test_a_penalty_comes_after_the_mean(backend):
    """Over four rows: (Σ g)/4 + 2λw, not (Σ g + 2λw)/4."""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False, penalty=rn.L2(0.5))], backend=backend)
    net.weights = [[[2.0]]]
    net.forward([[1.0]] * 4)
    assert net.loss([[0.0]] * 4, rn.HalfSquaredError()) == 2.0 + 0.5 * 4.0
    net.backward()
    assert net.gradients == {"dense1.weights": [[2.0 + 1.0 * 2.0]]}


def test_a_bias_has_a_penalty_of_its_own_or_none(backend):
    """½b² of the first bias alone: 0.5² + 0.5² halved, gradient b. The network's penalty leaves biases out."""
    plain_value, plain = gradients_with(penalised(backend, None))
    net = penalised(backend, None)
    net.parameters["dense1.bias"].penalties = (rn.L2(1.0, half=True),)
    value, found = gradients_with(net)
    assert value == plain_value + 0.25
    assert found == {**plain, "dense1.bias": [g + b for g, b in zip(plain["dense1.bias"], [0.5, -0.5])]}
    net.penalties = (rn.L1(1.0),)
    assert net.penalty_cost() == 0.25 + 3.5 + 6.0
