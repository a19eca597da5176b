"""What is counted once and what for every use, and how much does a row weigh? By hand, exact in binary."""

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


def test_penalty_and_constraint_count_once_for_all_uses(backend):
    """o = w²x with w = 2, x = 3, y = 10: the gradient of ½(o − y)² is 2·(wx + wx) = 24, that of ¼w² is 1."""
    layer = rn.Dense(1, bias=False, weights=weights([2.0]), penalty=rn.L2(0.25), constraint=rn.Clamp(high=1.0))
    net = rn.Network(layer(layer(rn.Input(1))), backend=backend)
    net.forward([[3.0]])
    assert net.loss([[10.0]], rn.HalfSquaredError()) == 2.0 + 0.25 * 4.0
    net.backward()
    assert net.gradients == {"dense1.weights": [[24.0 + 1.0]]}
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
    """The rows x = 1 and x = 2: their sum is divided by 2, whatever their weights."""
    net = rn.Network([rn.Input(1), unit(start)], backend=backend)
    settings = {"loss": rn.HalfSquaredError(), "optimizer": rn.SGD(1.0), "batch_size": 2}
    history = net.fit([[1.0], [2.0]], targets, **settings, **weighed)
    assert history["loss"] == [loss]
    assert net.weights == [[[start - gradient]]]


def test_weights_of_rows_of_several_outputs(backend):
    """A row's weight counts for all its outputs."""
    x = rn.Input(1)
    net = rn.Network([unit(2.0)(x), unit(3.0)(x)], backend=backend)
    loss = rn.MultiTask([rn.HalfSquaredError(), rn.HalfSquaredError()], weights=[1.0, 0.5])
    # o = 2 and 3, errors 1 and 2 in the first row; o = 0 and 0, errors −1 and −2 in the second
    history = net.fit([[1.0], [0.0]], [[[1.0], [1.0]], [[1.0], [2.0]]], loss=loss, optimizer=rn.SGD(1.0), batch_size=2,
                      sample_weight=[4.0, 2.0])
    assert history["loss"] == [(4.0 * (0.5 + 0.5 * 2.0) + 2.0 * (0.5 + 0.5 * 2.0)) / 2]
    assert net.weights == [[[2.0 - 4.0 * 1.0 / 2]], [[3.0 - 4.0 * 0.5 * 2.0 / 2]]]
