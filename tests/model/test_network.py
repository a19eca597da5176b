"""Does a network compute what its layers say, and say what it holds? Exact small cases, on both backends."""

import hashlib
import math
import struct
from fractions import Fraction

import pytest
from kernel_helpers import same
from model_helpers import small
from spies import Spy

import refnet as rn
from refnet.arithmetic.elementary import tanh
from refnet.arithmetic.random import stream_key, uniform
from refnet.arithmetic.streams import INITIALIZE_STREAM

INF, NAN = math.inf, math.nan


# --- Forward and backward by hand ---


def test_dense_layers_by_hand(backend):
    net = small(backend)
    # z1 = 0.5 + 0.5·1 − 1·2 = −1; z2 = −0.5 + 2·1 + 0.25·2 = 2; o = 1 + 2·(−1) − 4·2 = −9
    # and for (−2, 4): −4.5, −3.5; 1 − 9 + 14 = 6
    assert net.forward([[1, 2], [-2, 4]]) == [[-9.0], [6.0]]
    # ½Σ(o − y)² of (−9 − −8) and (6 − 4): ½ + 2, over 2 rows
    assert net.loss([[-8.0], [4.0]], rn.HalfSquaredError()) == 1.25
    d = net.backward(input_gradient=True)
    # δ = (−1, 2)/2 = (−½, 1); ∂W² = −½·(−1, 2) + 1·(−4.5, −3.5) = (−4, −4.5); ∂b² = ½
    # δ¹ = δ·(2, −4) = (−1, 2), (2, −4); ∂W¹ = rows of δ¹ᵀx; ∂b¹ = (1, −2); ∂x = δ¹W¹
    assert net.gradients == {
        "dense1.weights": [[-1.0 - 4.0, -2.0 + 8.0], [2.0 + 8.0, 4.0 - 16.0]],
        "dense1.bias": [1.0, -2.0],
        "dense2.weights": [[-4.0, -4.5]],
        "dense2.bias": [0.5],
    }
    assert d == [[-0.5 + 4.0, 1.0 + 0.5], [1.0 - 8.0, -2.0 - 1.0]]


def test_without_bias(backend):
    net = rn.Network([rn.Input(2), rn.Dense(1, bias=False)], backend=backend)
    net.weights = [[[2.0, -0.5]]]
    assert net.biases == []
    assert list(net.parameters) == ["dense1.weights"]
    assert net.forward([[1.0, 4.0]]) == [[0.0]]
    net.loss([[1.0]], rn.HalfSquaredError())
    net.backward()
    assert net.gradients == {"dense1.weights": [[-1.0, -4.0]]}


def test_layers_default_to_glorot_weights_and_zero_biases(backend):
    net = rn.Network([rn.Input(3), rn.Dense(2)], backend=backend, seed=5)
    key = stream_key(5, INITIALIZE_STREAM)
    alpha = math.sqrt(3.0 * (2.0 / 5.0))
    same(net.weights[0], [[2.0 * alpha * (uniform(key, 3 * j + i) - 0.5) for i in range(3)] for j in range(2)])
    assert net.biases == [[0.0, 0.0]]


def test_bytes_go_in_as_their_255th(backend):
    images = rn.data.ByteMatrix(bytes([0, 51, 255, 7]), 2, 2)
    net = rn.Network([rn.Input(2)], backend=backend)
    same(net.forward(images), [[0.0, 0.2], [1.0, float(Fraction(7, 255))]])
    net = small(backend)
    assert net.forward(images) == net.forward([[0.0, 51 / 255.0], [1.0, 7 / 255.0]])


def test_numpy_arrays_go_in(backend):
    numpy = pytest.importorskip("numpy")
    net = small(backend)
    for dtype in ("float64", "float32", "int64", "uint8"):
        assert net.forward(numpy.array([[1, 2]], dtype=dtype)).tolist() == [[-9.0]]
    turned = net.forward(numpy.array([[1.0, -2.0], [2.0, 4.0]])[::-1].T)
    assert turned.tolist() == net.forward([[2.0, 1.0], [4.0, -2.0]])
    net.weights = [numpy.array([[1.0, 0.0], [0.0, 1.0]]), numpy.array([[1.0, 1.0]])]
    assert net.weights == [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]]
    net.forward([[1.0, 1.0]])
    assert net.loss(numpy.array([[3.0]]), rn.HalfSquaredError()) == 0.0  # 1 + (0.5 + 1) + (−0.5 + 1)


def test_nan_and_infinity_pass_forward(backend):
    net = small(backend)
    # (∞, 0): both hidden units ∞, 2·∞ − 4·∞; (0, −∞): the units ∞ and −∞, 2·∞ − 4·(−∞)
    same(net.forward([[NAN, 1.0], [INF, 0.0], [0.0, -INF], [1.0, 2.0]]), [[NAN], [NAN], [INF], [-9.0]])


def test_a_flat_list_is_a_column_for_one_output(backend):
    net = small(backend)
    net.forward([[1, 2], [-2, 4]])
    assert net.loss([-8.0, 4.0], rn.HalfSquaredError()) == 1.25


def test_tanh_network_is_its_formula(backend):
    net = small(backend)
    deep = rn.Network([rn.Input(2), rn.Dense(2), rn.Tanh(), rn.Dense(1)], backend=backend)
    deep.weights, deep.biases = net.weights, net.biases
    assert deep.forward([[1.0, 2.0]]) == [[(1.0 + 2.0 * tanh(-1.0)) + -4.0 * tanh(2.0)]]


def test_no_input_gradient_unless_asked(k):
    """Backward stops at the first layer with parameters."""
    spy = Spy(k)
    net = rn.Network([rn.Input(2), rn.Standardize([0.0, 0.0], [1.0, 1.0]), rn.Dense(2), rn.Dense(1)], backend=spy)
    for asked, inputs, standardized in ((False, 1, 0), (True, 2, 1)):
        net.forward([[1.0, 2.0]])
        net.loss([[0.0]])
        spy.calls.clear()
        assert (net.backward(input_gradient=asked) is not None) is asked
        assert spy.called.count("affine_backward_input") == inputs
        assert spy.called.count("standardize_backward") == standardized
        assert spy.called.count("affine_backward_weights") == 2


# --- Weights and gradients by name ---


def test_weights_and_biases_get_and_set(backend):
    net = small(backend)
    assert net.weights == [[[0.5, -1.0], [2.0, 0.25]], [[2.0, -4.0]]]
    assert net.biases == [[0.5, -0.5], [1.0]]
    assert net.get("dense1.weights") == net.weights[0] and net.get("dense2.bias") == [1.0]
    net.set("dense2.weights", [[7, 8]])
    assert net.weights[1] == [[7.0, 8.0]]
    net.set("dense1.bias", (3, 4))
    assert net.biases[0] == [3.0, 4.0]
    assert list(net.parameters) == ["dense1.weights", "dense1.bias", "dense2.weights", "dense2.bias"]


def test_assigning_copies(backend):
    net = small(backend)
    mine = [[1.0, 2.0], [3.0, 4.0]]
    net.set("dense1.weights", mine)
    mine[0][0] = 99.0
    net.get("dense1.weights")[0][0] = 99.0
    assert net.weights[0] == [[1.0, 2.0], [3.0, 4.0]] and net.biases[0] == [0.5, -0.5]


def test_assigning_keeps_the_matrix(backend):
    """Whoever holds it (a recording, a view) sees the new numbers."""
    net = small(backend)
    held = net.parameters["dense1.weights"].value
    net.weights = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]]
    assert net.parameters["dense1.weights"].value is held
    assert net.k.tolist(held) == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("attribute, values", [
    ("weights", [[[1.0, 2.0], [3.0, 4.0]]]), ("weights", []), ("weights", [[[1.0, 2.0], [3.0, 4.0]], [[5.0]]]),
    ("weights", [[[1.0, 2.0], [3.0]], [[5.0, 6.0]]]), ("weights", [[[1.0, 2.0]], [[5.0, 6.0]]]),
    ("weights", [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[5.0, 6.0]]]), ("weights", [[1.0, 2.0], [[5.0, 6.0]]]),
    ("weights", [[[9.0, 9.0], [9.0, 9.0]], [[5.0, "x"]]]), ("weights", None), ("weights", "weights"),
    ("weights", [[[9.0, 9.0], [9.0, 9.0]], [[5.0, None]]]), ("weights", 3.0),
    ("biases", [[1.0, 2.0]]), ("biases", [[1.0, 2.0], [3.0, 4.0]]), ("biases", [[9.0, 9.0], 3.0]),
    ("biases", [[[1.0, 2.0]], [3.0]]), ("biases", [[9.0, 9.0], ["x"]]),
])  # fmt: skip
def test_wrong_shapes_change_nothing(backend, attribute, values):
    net = small(backend)
    before = net.fingerprint()
    with pytest.raises((TypeError, ValueError), match=r"^(weights|bias|dense[12]\.(weights|bias)): "):
        setattr(net, attribute, values)
    assert net.fingerprint() == before


def test_unknown_names(backend):
    net = small(backend)
    for call in (lambda: net.get("dense3.weights"), lambda: net.set("dense3.weights", [[1.0]])):
        with pytest.raises(KeyError, match=r"dense3\.weights.*the network has dense1\.weights, dense1\.bias"):
            call()


def test_gradients_are_there_after_backward(backend):
    net = small(backend)
    assert net.gradients == {}
    net.forward([[1.0, 2.0]])
    net.loss([[0.0]])
    assert net.gradients == {}
    net.backward()
    assert list(net.gradients) == list(net.parameters)
    assert all(type(value) is float for value in net.gradients["dense1.bias"])
    assert all(type(value) is float for row in net.gradients["dense1.weights"] for value in row)


def test_backward_from_a_gradient_of_ones_own(backend):
    net = small(backend)
    net.forward([[1.0, 2.0]])
    assert net.backward([[-0.5]]) is None
    assert net.gradients["dense2.weights"] == [[0.5, -1.0]]
    assert net.gradients["dense2.bias"] == [-0.5]
    assert net.backward([[1.0]], input_gradient=True) == [[2.0 * 0.5 - 4.0 * 2.0, 2.0 * -1.0 - 4.0 * 0.25]]


def test_the_gradient_of_a_batch_is_the_mean_of_the_single_ones(backend):
    """Golden 25 in small: exact numbers and a batch of four, so that nothing is rounded."""
    net = small(backend)
    inputs, targets = [[1.0, 2.0], [-2.0, 4.0], [0.5, 0.25], [8.0, -1.0]], [[1.0], [2.0], [-4.0], [0.5]]
    net.forward(inputs)
    net.loss(targets, rn.HalfSquaredError())
    net.backward()
    together = net.gradients["dense1.weights"]
    singles = []
    for row, target in zip(inputs, targets):
        net.forward([row])
        net.loss([target], rn.HalfSquaredError())
        net.backward()
        singles.append(net.gradients["dense1.weights"])
    assert together == [[sum(s[j][i] for s in singles) / 4.0 for i in range(2)] for j in range(2)]


# --- Description and fingerprint ---


def test_names_and_sizes(backend):
    net = rn.Network([rn.Input(4), rn.Dense(3), rn.ReLU(), rn.Dense(3), rn.ReLU(), rn.LeakyReLU(), rn.Dense(2),
                      rn.Softmax()], backend=backend)
    assert [layer.name for layer in net.layers] == [
        "input", "dense1", "relu1", "dense2", "relu2", "leakyrelu1", "dense3", "softmax1"]
    assert (net.inputs, net.outputs, net.backend, net.epoch) == (4, 2, backend, 0)
    assert [layer.units for layer in net.layers] == [4, 3, 3, 3, 3, 3, 2, 2]


def test_repr(backend):
    net = rn.Network([rn.Input(784), rn.Dense(30), rn.Sigmoid(), rn.Dense(10)], backend=backend)
    numbers = 784 * 30 + 30 + 30 * 10 + 10
    assert repr(net) == (
        f"Network(input(784) → dense1(30) → sigmoid1(30) → dense2(10); {numbers:,} parameters, backend {backend!r})")


def test_the_fingerprint_by_hand(backend):
    """SHA-256 of the contract's version and each parameter's name, shape and bits."""
    net = small(backend)
    data = f"refnet contract {rn.CONTRACT}\n".encode()
    for name, rows, columns, values in (
        ("dense1.weights", 2, 2, (0.5, -1.0, 2.0, 0.25)), ("dense1.bias", 1, 2, (0.5, -0.5)),
        ("dense2.weights", 1, 2, (2.0, -4.0)), ("dense2.bias", 1, 1, (1.0,)),
    ):
        data += f"{name} {rows} {columns}\n".encode() + struct.pack(f"<{len(values)}d", *values)
    assert net.fingerprint() == hashlib.sha256(data).hexdigest()


def test_the_fingerprint_changes_with_one_bit(backend):
    net = small(backend)
    prints = {net.fingerprint()}
    for values in ([math.nextafter(0.5, 1.0), -0.5], [0.5, math.nextafter(-0.5, 0.0)], [0.0, -0.5], [-0.0, -0.5],
                   [5e-324, -0.5], [NAN, -0.5], [INF, -0.5]):
        net.set("dense1.bias", values)
        prints.add(net.fingerprint())
    assert len(prints) == 8
    net.set("dense1.bias", [0.5, -0.5])
    assert net.fingerprint() == small(backend).fingerprint()


def test_every_nan_is_one_nan(backend):
    quiet, negative, payload = (struct.unpack("<d", bytes.fromhex(word))[0] for word in (
        "000000000000f87f", "000000000000f8ff", "efbeadde0000f87f"))
    prints = set()
    for value in (quiet, negative, payload):
        net = small(backend)
        net.set("dense1.bias", [value, 0.0])
        prints.add(net.fingerprint())
    assert len(prints) == 1


def test_fingerprints_of_both_backends(both):
    prints = {rn.Network([rn.Input(5), rn.Dense(4), rn.Tanh(), rn.Dense(3)], backend=k, seed=8).fingerprint()
              for k in both}
    assert len(prints) == 1
    assert rn.Network([rn.Input(5), rn.Dense(4), rn.Tanh(), rn.Dense(3)], backend="python", seed=9
                      ).fingerprint() not in prints


# --- A backend and a loop of one's own ---


def test_a_backend_of_ones_own(k):
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=Spy(k))
    net.forward([[1.0, 2.0]])
    assert net.k.called[-1] == "affine" and net.backend == "spy on " + k.name


def test_a_loop_of_ones_own(backend):
    """Forward, loss, backward, update: four lines that give the bits of fit."""
    net, optimizer = small(backend), rn.SGD(0.0625)
    for _ in range(3):
        net.forward([[1.0, 2.0]], training=True)
        net.loss([[0.5]], rn.HalfSquaredError())
        net.backward()
        optimizer.update(net)
    fitted = small(backend)
    fitted.fit([[1.0, 2.0]], [[0.5]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.0625), epochs=3, batch_size=1)
    assert net.fingerprint() == fitted.fingerprint() != small(backend).fingerprint()


def test_a_loop_of_ones_own_with_nesterov(backend):
    net, optimizer = small(backend), rn.Nesterov(0.0625, mu=0.5)
    for _ in range(3):
        seen = net.fingerprint()
        optimizer.before_forward(net)
        net.forward([[1.0, 2.0]], training=True)
        net.loss([[0.5]], rn.HalfSquaredError())
        net.backward()
        optimizer.update(net)
        assert net.fingerprint() != seen
    fitted = small(backend)
    fitted.fit([[1.0, 2.0]], [[0.5]], loss=rn.HalfSquaredError(), optimizer=rn.Nesterov(0.0625, mu=0.5), epochs=3,
               batch_size=1)
    assert net.fingerprint() == fitted.fingerprint()
    other = small(backend)
    other.fit([[1.0, 2.0]], [[0.5]], loss=rn.HalfSquaredError(), optimizer=rn.Momentum(0.0625, mu=0.5), epochs=3,
              batch_size=1)
    assert other.fingerprint() != fitted.fingerprint()


def test_a_network_in_a_pipeline_says_that_it_is_no_estimator(net):
    """scikit-learn would train it for one epoch, and further with every fit."""
    pipeline = pytest.importorskip("sklearn.pipeline", reason="the extra `test` brings scikit-learn")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    scaling, before = preprocessing.StandardScaler(), net.fingerprint()
    whole = pipeline.make_pipeline(scaling, net)
    for more in ({}, {"network__epochs": 3}):
        with pytest.raises(TypeError, match=r"a Network is no estimator.*RefnetClassifier.*net\.fit\(pipeline"):
            whole.fit([[0.5, -1.0], [1.5, 2.0]], [0, 1], **more)
    assert net.fingerprint() == before
    net.fit(pipeline.make_pipeline(scaling).fit_transform([[0.5, -1.0], [1.5, 2.0]]), [0, 1])
    assert net.fingerprint() != before
