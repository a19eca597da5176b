"""What flows where values branch, meet and are shared? Small numbers, worked out by hand; all exact in binary."""

import pytest

import refnet as rn


def weights(*rows):
    """An initializer that gives these weights."""

    class Given(rn.Normal):
        def __call__(self, k, key, units, inputs):
            return k.matrix([list(row) for row in rows])

    return Given()


def unit(*row):
    """One linear unit without threshold."""
    return rn.Dense(1, bias=False, weights=weights(row))


def test_a_branch_sums_and_a_plus_copies(backend):
    """y = 3h + 5h + h of h = 2x: ∂y/∂h = 9."""
    x = rn.Input(1)
    h = unit(2.0)(x)
    net = rn.Network(rn.Add()(unit(3.0)(h), unit(5.0)(h), h), backend=backend)
    assert net.forward([[4.0]]) == [[72.0]]
    assert net.backward([[0.5]], input_gradient=True) == [[9.0]]
    assert net.deltas["dense1"] == [[4.5]]
    assert net.gradients == {"dense1.weights": [[18.0]], "dense2.weights": [[4.0]], "dense3.weights": [[4.0]]}


def test_each_input_of_a_concatenation_has_its_part_of_the_gradient(backend):
    a, b = rn.Input(2), rn.Input(1)
    whole = rn.Concatenate()(a, b, rn.Linear()(a))
    net = rn.Network(whole, backend=backend)
    assert (net.inputs, net.outputs) == ([2, 1], 5)
    assert net.forward([[[1.0, 2.0], [6.0, 7.0]], [[3.0], [8.0]]]) == [[1.0, 2.0, 3.0, 1.0, 2.0],
                                                                       [6.0, 7.0, 8.0, 6.0, 7.0]]
    gradient = [[1.0, 2.0, 3.0, 40.0, 50.0], [0.0, 0.5, 0.25, 0.0, -0.5]]
    assert net.backward(gradient, input_gradient=True) == [[[41.0, 52.0], [0.0, 0.0]], [[3.0], [0.25]]]


def test_inputs_are_given_in_the_order_asked_for(backend):
    """In that of their making, where none is."""
    for is_turned in (False, True):
        first, second = rn.Input(1), rn.Input(1)
        y = rn.Add()(unit(3.0)(second), unit(10.0)(first))
        net = rn.Network(y, backend=backend, inputs=[second, first] if is_turned else None)
        assert net.forward([[[1.0]], [[2.0]]]) == [[3.0 + 20.0 if is_turned else 6.0 + 10.0]]


def test_a_layer_used_twice_learns_from_both_uses(backend):
    """o = w²x with w = 2, x = 3, y = 10: ∂(½(o − y)²)/∂w = (o − y)·wx + (o − y)w·x = 12 + 12."""
    layer = unit(2.0)
    net = rn.Network(layer(layer(rn.Input(1))), backend=backend)
    assert list(net.parameters) == ["dense1.weights"]
    assert net.forward([[3.0]]) == [[12.0]]
    assert net.loss([[10.0]], rn.HalfSquaredError()) == 2.0
    net.backward()
    assert net.gradients == {"dense1.weights": [[24.0]]}
    rn.SGD(0.0625).update(net)
    assert net.weights == [[[0.5]]] and net.forward([[3.0]]) == [[0.75]]


def test_penalty_and_constraint_count_once_for_all_uses(backend):
    layer = rn.Dense(1, bias=False, weights=weights([2.0]), penalty=rn.L2(0.25), constraint=rn.Clamp(high=1.0))
    net = rn.Network(layer(layer(rn.Input(1))), backend=backend)
    net.forward([[3.0]])
    assert net.loss([[10.0]], rn.HalfSquaredError()) == 2.0 + 0.25 * 4.0
    net.backward()
    assert net.gradients == {"dense1.weights": [[24.0 + 0.5 * 2.0]]}
    rn.SGD(1.0 / 32.0).update(net)  # 2 − 25/32 is more than 1
    assert net.weights == [[[1.0]]]


def test_each_use_has_running_statistics_and_noise_of_its_own(backend):
    a, b = rn.Input(1), rn.Input(1)
    shared = rn.BatchNorm(momentum=0.5)
    net = rn.Network([shared(a), shared(b)], backend=backend)
    x = [[[0.0], [4.0]], [[10.0], [10.0]]]
    net.fit(x, [[[0.0]] * 2] * 2, loss=[rn.HalfSquaredError()] * 2, epochs=1, shuffle=False)
    assert list(net.parameters) == ["batchnorm1.gamma", "batchnorm1.beta"]
    means = [net.k.tolist(layer.buffers["mean"]) for layer in net.layers if "mean" in layer.buffers]
    assert means == [[[1.0]], [[5.0]]]
    dropout, row = rn.Dropout(0.5), rn.Input(64)
    one, other = rn.Network([dropout(row), dropout(row)], backend=backend).forward([[1.0] * 64], training=True)
    assert one != other and {*one[0], *other[0]} == {0.0, 2.0}


def test_the_loss_of_several_outputs_is_their_weighted_sum(backend):
    """o = 2x and 3x of x = 1, targets 1 and 5: ½·¼·1² and 4·2²; both flow back into x."""
    x = rn.Input(1)
    net = rn.Network([unit(2.0)(x), unit(3.0)(x)], backend=backend)
    assert net.outputs == [1, 1]
    assert net.forward([[1.0]]) == [[[2.0]], [[3.0]]]
    loss = rn.MultiTask([rn.HalfSquaredError(), rn.MeanSquaredError()], weights=[0.25, 4.0])
    assert net.loss([[[1.0]], [[5.0]]], loss) == 0.125 + 16.0
    assert net.backward(input_gradient=True) == [[0.25 * 2.0 - 16.0 * 3.0]]
    assert net.gradients == {"dense1.weights": [[0.25]], "dense2.weights": [[-16.0]]}
    assert net.evaluate([[1.0]], [[[1.0]], [[5.0]]]) == {"loss": 16.125}


@pytest.mark.parametrize("start, targets, weighed, loss, gradient", [
    # o = 0 for both: losses ½·1² and ½·2², gradients −1·1 and −2·2
    (0.0, [1.0, 2.0], {}, (0.5 + 2.0) / 2, (-1.0 - 4.0) / 2),
    (0.0, [1.0, 2.0], {"sample_weight": [4.0, 0.5]}, (2.0 + 1.0) / 2, (-4.0 - 2.0) / 2),
    (0.0, [1.0, 2.0], {"sample_weight": [0, 1]}, (0.0 + 2.0) / 2, (0.0 - 4.0) / 2),
    # o = 2 and 4: losses ½·1² and ½·4², gradients 1·1 and 4·2
    (2.0, [1.0, 0.0], {"class_weight": {1: 8.0}}, (4.0 + 8.0) / 2, (8.0 + 8.0) / 2),
    (2.0, [1.0, 0.0], {"sample_weight": [2.0, 3.0], "class_weight": {0: 0.5, 1: 1.5}}, (1.5 + 12.0) / 2,
     (3.0 + 12.0) / 2),
])  # fmt: skip
def test_the_weights_of_rows(backend, start, targets, weighed, loss, gradient):
    """The row x = 1 and the row x = 2, divided by 2 whatever they weigh."""
    net = rn.Network([rn.Input(1), unit(start)], backend=backend)
    settings = {"loss": rn.HalfSquaredError(), "optimizer": rn.SGD(1.0), "batch_size": 2}
    history = net.fit([[1.0], [2.0]], targets, **settings, **weighed)
    assert history["loss"] == [loss]
    assert net.weights == [[[start - gradient]]]


def test_weights_of_rows_of_several_outputs(backend):
    """A row's weight is that of all its outputs."""
    x = rn.Input(1)
    net = rn.Network([unit(2.0)(x), unit(3.0)(x)], backend=backend)
    loss = rn.MultiTask([rn.HalfSquaredError(), rn.HalfSquaredError()], weights=[1.0, 0.5])
    # o = 2 and 3, errors 1 and 2 in the first row; o = 0 and 0, errors −1 and −2 in the second
    history = net.fit([[1.0], [0.0]], [[[1.0], [1.0]], [[1.0], [2.0]]], loss=loss, optimizer=rn.SGD(1.0), batch_size=2,
                      sample_weight=[4.0, 2.0])
    assert history["loss"] == [(4.0 * (0.5 + 0.5 * 2.0) + 2.0 * (0.5 + 0.5 * 2.0)) / 2]
    assert net.weights == [[[2.0 - 4.0 * 1.0 / 2]], [[3.0 - 4.0 * 0.5 * 2.0 / 2]]]
