"""Does LayerSizes record the sizes that formulas give, and does it change no bit of a training?"""

import math

import pytest

import refnet as rn

X, Y = [[1.0, 2.0], [-0.5, 0.7], [0.25, -1.0]], [[0.5], [-1.0], [2.0]]


def network(backend, seed=1):
    return rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(1)], backend=backend, seed=seed)


def rms(numbers):
    return math.sqrt(math.fsum(number * number for number in numbers) / len(numbers))


def test_sizes_by_hand(backend):
    """One weight, one bias, one row: w = 2, x = 3, b = 0, y = 0; o = 6, ∂L/∂w = (o − y)x = 18, w ← 2 − 0.1·18 = 0.2."""
    net = rn.Network([rn.Input(1), rn.Dense(1, weights=[[2.0]])], backend=backend)
    sizes = rn.LayerSizes([[3.0]], [[0.0]])
    net.fit([[3.0]], [[0.0]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.1), callbacks=sizes)
    w, b = 2.0 - 0.1 * 18.0, -0.1 * 6.0
    o = b + w * 3.0
    assert sizes.records == [{
        "epoch": 1, "activation": {"dense1": abs(o)}, "gradient": {"dense1": abs(o * 3.0)},
        "weight": {"dense1": w}, "update": {"dense1": abs(w - 2.0) / w},
    }]


def test_they_are_those_of_the_network(backend):
    """Each number again, from what the network says of itself. fsum is compensated: the last bits may differ."""
    net, sizes = network(backend), rn.LayerSizes(X, Y)
    net.fit(X, Y, epochs=2, optimizer=rn.SGD(0.1), callbacks=sizes)
    before = net.weights
    net.fit(X, Y, epochs=1, optimizer=rn.SGD(0.1), callbacks=sizes)
    record = sizes.records[-1]
    assert [each["epoch"] for each in sizes.records] == [1, 2, 3]
    net.forward(X)
    net.loss(Y)
    net.backward()
    layers = {"dense1": 0, "dense2": 1}
    expected = {name: rms([o for row in rows for o in row]) for name, rows in net.activations.items()}
    del expected["input"]
    assert record["activation"] == pytest.approx(expected, rel=1e-14)
    for name, i in layers.items():
        weights = [w for unit in net.weights[i] for w in unit]
        change = [w - v for unit, old in zip(net.weights[i], before[i]) for w, v in zip(unit, old)]
        gradient = [g for unit in net.gradients[f"{name}.weights"] for g in unit]
        assert record["weight"][name] == pytest.approx(rms(weights), rel=1e-14)
        assert record["gradient"][name] == pytest.approx(rms(gradient), rel=1e-14)
        assert record["update"][name] == pytest.approx(rms(change) / rms(weights), rel=1e-14)


def test_they_disturb_nothing(backend, recwarn):
    watched, alone = network(backend), network(backend)
    watched.fit(X, Y, epochs=4, callbacks=rn.LayerSizes(X[:2], Y[:2]))
    alone.fit(X, Y, epochs=4)
    assert watched.fingerprint() == alone.fingerprint() and watched.gradients == alone.gradients
    assert watched.history == alone.history and not recwarn.list


def test_both_backends_record_the_same_bits(both):
    records = []
    for k in both:
        sizes = rn.LayerSizes(X, Y)
        network(k).fit(X, Y, epochs=3, optimizer=rn.Adam(0.1), callbacks=sizes)
        records.append(sizes.records)
    assert records[0] == records[1]


def test_frozen_and_shared_weights(backend):
    shared = rn.Dense(2)
    h = rn.Tanh()(shared(rn.Input(2)))
    net = rn.Network(rn.Dense(1, trainable=False)(shared(h)), backend=backend)
    sizes = rn.LayerSizes(X, Y)
    net.fit(X, Y, callbacks=sizes)
    assert list(sizes.records[0]["gradient"]) == list(sizes.records[0]["weight"]) == ["dense1"]
    assert list(sizes.records[0]["activation"]) == ["dense1", "tanh1", "dense2", "dense3"]


def test_rows_that_do_not_fit(backend):
    net = network(backend)
    with pytest.raises(ValueError, match="LayerSizes inputs: row 0 has 1 number"):
        net.fit(X, Y, callbacks=rn.LayerSizes([[1.0]], [[0.0]]))
    assert net.epoch == 0
