"""Does a network that moves to the other backend take everything along?"""

import pytest
from model_helpers import numbers, small

import refnet as rn

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def trainable(backend, penalty):
    return rn.Network([rn.Input(2), rn.Dense(4, penalty=penalty), rn.Tanh(), rn.Dense(3), rn.Softmax()],
                      backend=backend, seed=3)


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Momentum, rn.Nesterov])
@pytest.mark.parametrize("penalty", [None, rn.L2(0.01), rn.L1(0.02)])
def test_moving_while_training_changes_no_bit(both, optimizer, penalty):
    def train(net, epochs):
        return net.fit(XOR, [0, 1, 2, 1], epochs=epochs, batch_size=3)

    whole = trainable("python", penalty)
    whole.fit(XOR, [0, 1, 2, 1], optimizer=optimizer(0.3), penalty=rn.L2(0.003), epochs=2, batch_size=3)
    middle = train(whole, 2)
    train(whole, 2)

    moved = trainable("python", penalty)
    moved.fit(XOR, [0, 1, 2, 1], optimizer=optimizer(0.3), penalty=rn.L2(0.003), epochs=2, batch_size=3)
    assert moved.to("c") is moved and moved.backend == "c"
    assert train(moved, 2) == middle
    assert moved.to("python").backend == "python"
    train(moved, 2)
    assert moved.fingerprint() == whole.fingerprint()
    assert moved.epoch == whole.epoch == 6
    assert states(moved) == states(whole)
    if optimizer is not rn.SGD:
        assert any(v != 0.0 for table in states(moved).values() for row in table for v in row)


def states(net):
    """Every number of the optimizer's matrices, by parameter and name."""
    return {f"{name}.{matrix}": net.k.tolist(values)
            for name, matrices in net.optimizer.state.items() for matrix, values in matrices.items()}


def test_moving_takes_everything_along(both):
    net = rn.Network([rn.Input(2), rn.Standardize([0.5, 0.5], [0.25, 2.0]), rn.Dense(2)], backend="python", seed=1)
    net.forward(XOR)
    net.loss([[0.0, 1.0]] * 4)
    net.backward()
    before = net.forward(XOR), net.gradients, numbers(net)
    net.to("c")
    assert (net.forward(XOR), net.gradients, numbers(net)) == before
    assert net.k.name == "c" and all(layer.k is net.k for layer in net.layers)
    net.to("python")
    assert (net.forward(XOR), net.gradients, numbers(net)) == before


def test_moving_to_where_it_is_keeps_the_pass(backend):
    net = small(backend)
    net.forward([[1.0, 2.0]])
    net.loss([[0.0]])
    assert net.to(backend) is net
    net.backward()
    assert net.gradients["dense2.bias"] == [-18.0]


def test_backward_after_a_move_asks_for_a_new_pass(both):
    net = small("python")
    net.forward([[1.0, 2.0]])
    net.loss([[0.0]])
    net.to("c")
    with pytest.raises(ValueError, match="no loss yet"):
        net.backward()
    with pytest.raises(ValueError, match="no forward pass yet on this backend"):
        net.backward([[1.0]])


def test_a_format_that_c_has_not_moves_to_python(both):
    net = small("c")
    assert net.to(number="binary32").backend == "c" and net.to(number="bfloat16").backend == "python"
    assert net.to(number="binary64").backend == "python" and net.number == "binary64"
    with pytest.raises(rn.BackendError, match="the C core has binary64 and binary32, not bfloat16"):
        small("c").to("c", number="bfloat16")
    with pytest.raises(ValueError, match=r"^number: 'half'; allowed: 'binary64'"):
        net.to(number="half")
