"""What flows where in a graph of layers, in which order are gradients added, and what is refused?"""

import copy
import pickle

import pytest

import refnet as rn

X = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]]


def test_plus_and_branch_by_hand(backend):
    """h = 2x − y is used twice: y = h + 3h, so ∂L/∂h is 1·d + 3·d (lecture 002, "Plus module", "Branch module")."""
    x = rn.Input(2)
    h = rn.Dense(1, bias=False)(x)
    y = rn.Add()(h, rn.Dense(1, bias=False)(h))
    net = rn.Network(y, backend=backend)
    net.weights = [[[2.0, -1.0]], [[3.0]]]
    assert net.forward([[0.5, -1.0], [1.0, 4.0]]) == [[8.0], [-8.0]]  # h = 2, −2
    assert net.loss([[7.0], [-4.0]], rn.HalfSquaredError(over="sum")) == 0.5 + 8.0
    d = net.backward(input_gradient=True)
    assert net.deltas["add1"] == [[1.0], [-4.0]] and net.deltas["dense1"] == [[4.0], [-16.0]]
    assert net.gradients == {"dense1.weights": [[2.0 - 16.0, -4.0 - 64.0]], "dense2.weights": [[2.0 + 8.0]]}
    assert d == [[8.0, -4.0], [-32.0, 16.0]]
    assert net.activations["dense1"] == [[2.0], [-2.0]]


def test_gradients_of_a_branch_are_added_in_the_order_of_its_consumers(backend):
    """1e16 + 1 + 1 is 1e16 from the left, and 1e16 + 2 from the right."""
    x = rn.Input(1)
    h = rn.Dense(1, bias=False)(x)
    parts = [rn.Dense(1, bias=False)(h) for _ in range(3)]
    net = rn.Network(rn.Add()(*parts), backend=backend)
    net.weights = [[[1.0]], [[1e16]], [[1.0]], [[1.0]]]
    net.forward([[1.0]])
    net.backward([[1.0]])
    assert net.gradients["dense1.weights"] == [[1e16]]
    net.weights = [[[1.0]], [[1.0]], [[1.0]], [[1e16]]]
    net.forward([[1.0]])
    net.backward([[1.0]])
    assert net.gradients["dense1.weights"] == [[1e16 + 2.0]]


def test_concatenate_by_hand(backend):
    a, b, c = rn.Input(1), rn.Input(2), rn.Input(1)
    net = rn.Network(rn.Dense(1, bias=False)(rn.Concatenate()(a, b, c)), backend=backend)
    net.weights = [[[1.0, 2.0, 3.0, 4.0]]]
    assert net.inputs == [1, 2, 1]
    assert net.forward([[[1.0], [2.0]], [[10.0, 100.0], [0.0, 1.0]], [[5.0], [6.0]]]) == [[341.0], [29.0]]
    net.loss([[340.0], [31.0]], rn.HalfSquaredError(over="sum"))
    assert net.backward(input_gradient=True) == [[[1.0], [-2.0]], [[2.0, 3.0], [-4.0, -6.0]], [[4.0], [-8.0]]]


def test_inputs_come_in_the_order_of_their_making_or_as_told(backend):
    a, b = rn.Input(1), rn.Input(1)
    y = rn.Concatenate()(b, a)
    assert rn.Network(y, backend=backend).forward([[[1.0]], [[2.0]]]) == [[2.0, 1.0]]
    a, b = rn.Input(1), rn.Input(1)
    y = rn.Concatenate()(b, a)
    assert rn.Network(y, backend=backend, inputs=[b, a]).forward([[[1.0]], [[2.0]]]) == [[1.0, 2.0]]


def test_a_layer_called_twice_shares_its_parameters(backend):
    """z = w(wx): dz/dw = 2wx, one complete sum for each use, added in layer order."""
    x = rn.Input(1)
    layer = rn.Dense(1, bias=False)
    net = rn.Network(layer(layer(x)), backend=backend)
    assert list(net.parameters) == ["dense1.weights"] and len(net.layers) == 3
    net.weights = [[[3.0]]]
    assert net.forward([[1.0], [10.0]]) == [[9.0], [90.0]]
    net.backward([[1.0], [0.5]])
    assert net.gradients == {"dense1.weights": [[6.0 + 30.0]]}
    rn.SGD(0.25).update(net)
    assert net.weights == [[[-6.0]]] and net.predict([[1.0]]) == [[36.0]]


def test_three_uses_are_added_from_the_left(backend):
    x = rn.Input(1)
    layer = rn.Dense(1, bias=False)
    scaled = [rn.Dense(1, bias=False) for _ in range(3)]
    net = rn.Network(rn.Add()(*[layer(each(x)) for each in scaled]), backend=backend)
    for weights, total in (([1e16, 1.0, 1.0], 1e16), ([1.0, 1.0, 1e16], 1e16 + 2.0)):
        net.weights = [[[weights[0]]], [[1.0]], [[weights[1]]], [[weights[2]]]]
        net.forward([[1.0]])
        net.backward([[1.0]])
        assert net.gradients["dense2.weights"] == [[total]]


def test_several_outputs_each_with_its_loss_and_weight(backend):
    """L = 2·½(h − 1)² + ½·(3h − 2)² at h = 2: dL/dh = 2·1 + ½·2·4·3."""
    x = rn.Input(1)
    h = rn.Dense(1, bias=False)(x)
    z = rn.Dense(1, bias=False)(h)
    net = rn.Network([h, z], backend=backend)
    net.weights = [[[2.0]], [[3.0]]]
    assert net.outputs == [1, 1]
    assert net.forward([[1.0]]) == [[[2.0]], [[6.0]]]
    loss = rn.MultiTask([rn.HalfSquaredError(), rn.MeanSquaredError()], weights=[2.0, 0.5])
    assert net.loss([[[1.0]], [[2.0]]], loss) == 2.0 * 0.5 + 0.5 * 16.0
    net.backward()
    assert net.gradients == {"dense1.weights": [[12.0 + 2.0]], "dense2.weights": [[8.0]]}
    results = net.evaluate([[1.0]], [[[1.0]], [[2.0]]])
    assert results == {"loss": 9.0, "dense1_loss": 0.5, "dense2_loss": 16.0}


def branched(backend, seed=4):
    """Two inputs, a shared layer, plus, concatenate, a fused output that another layer uses, two losses."""
    a, b = rn.Input(2), rn.Input(2)
    shared = rn.Dense(3)
    left, right = rn.Tanh()(shared(a)), rn.Sigmoid()(shared(b))
    both = rn.Concatenate()(left, rn.Add()(left, right), b)
    classes = rn.Softmax()(rn.Dense(2)(both))
    number = rn.Dense(1)(rn.Concatenate()(classes, right))
    return rn.Network([classes, number], backend=backend, seed=seed)


INPUTS = [X, [[1.0, 0.5], [0.0, -2.0], [0.25, 0.75]]]
TARGETS = [[1, 0, 1], [[0.5], [-1.0], [2.0]]]
TWO = {"loss": rn.MultiTask([rn.CrossEntropy(), rn.MeanSquaredError()], [1.0, 0.25])}


def test_a_graph_agrees_with_the_two_sided_difference(backend):
    # 1e-6: the difference quotient is wrong by about ε² = 1e-10 times the third derivative
    assert rn.gradient_check(branched(backend), INPUTS, TARGETS, TWO["loss"]) < 1e-6


def test_a_graph_trains_to_the_same_bits_and_is_replayed(native, recwarn):
    nets = [branched(backend) for backend in ("python", "c")]
    histories = [
        net.fit(INPUTS, TARGETS, loss=TWO["loss"], optimizer=rn.Momentum(0.1), epochs=5, batch_size=2,
                validation=(INPUTS, TARGETS))
        for net in nets
    ]
    assert histories[0] == histories[1] and "validation_softmax1_accuracy" in histories[0]
    assert nets[0].fingerprint() == nets[1].fingerprint() != branched("python").fingerprint()
    assert nets[0].predict(INPUTS) == nets[1].predict(INPUTS)
    assert not recwarn.list


@pytest.mark.parametrize("how", ["file", "pickle", "deepcopy", "to"])
def test_a_graph_moves_with_all_its_state(backend, how, tmp_path):
    straight, moved = branched(backend), branched(backend)
    settings = {"loss": TWO["loss"], "batch_size": 2}
    straight.fit(INPUTS, TARGETS, optimizer=rn.Adam(0.1), epochs=5, **settings)
    moved.fit(INPUTS, TARGETS, optimizer=rn.Adam(0.1), epochs=2, **settings)
    if how == "file":
        moved.save(tmp_path / "graph.refnet")
        moved = rn.load(tmp_path / "graph.refnet", backend)
    elif how == "to":
        moved = moved.to("python").to(backend)
    else:
        before = moved
        moved = pickle.loads(pickle.dumps(moved)) if how == "pickle" else copy.deepcopy(moved)
        before.weights = [[[0.0] * len(row) for row in table] for table in before.weights]  # nothing is shared
    assert moved.owners == straight.owners and moved.parents == straight.parents and moved.backend == backend
    moved.fit(INPUTS, TARGETS, epochs=3, batch_size=2)
    assert moved.fingerprint() == straight.fingerprint()
    assert moved.layers[2].parameters["weights"].value is moved.layers[4].parameters["weights"].value


def test_a_dead_end_is_no_part_of_the_network(backend):
    x = rn.Input(2)
    h = rn.Dense(3)(x)
    rn.Dense(100)(h)
    assert len(rn.Network(rn.Tanh()(h), backend=backend).layers) == 3


def test_the_first_use_in_the_network_owns_what_is_shared(backend):
    """As if a notebook cell were run again: the layer's earlier call leads nowhere."""
    layer = rn.Dense(2)
    layer(rn.Input(3))
    x = rn.Input(3)
    net = rn.Network(layer(x), backend=backend)
    assert list(net.parameters) == ["dense1.weights", "dense1.bias"]


def test_what_is_no_graph_is_refused():
    x, y = rn.Input(2), rn.Input(3)
    with pytest.raises(TypeError, match="Dense: called on 3; allowed: Inputs"):
        rn.Dense(1)(3)
    with pytest.raises(TypeError, match="Dense: called on 2; it takes one"):
        rn.Dense(1)(x, y)
    with pytest.raises(TypeError, match="Add: called on 1; it takes two or more"):
        rn.Add()(x)
    with pytest.raises(TypeError, match="Input: it comes first"):
        rn.Input(2)(x)
    with pytest.raises(ValueError, match="add1: inputs of 2, 3 units; they have to be alike"):
        rn.Network(rn.Add()(x, y), "python")
    with pytest.raises(ValueError, match=r"Add at 1 takes several inputs; call it on them: Add\(\)\(a, b\)"):
        rn.Network([rn.Input(2), rn.Add()], "python")
    h = rn.Dense(2)(x)
    with pytest.raises(ValueError, match="the same output is given twice"):
        rn.Network([h, h], "python")
    with pytest.raises(ValueError, match=r"inputs: .*\b2\b.*each .*\b1 Input"):
        rn.Network(h, "python", inputs=[x, y])
    with pytest.raises(TypeError, match="inputs: 5; expected the Inputs of the graph"):
        rn.Network(h, "python", inputs=5)
    with pytest.raises(TypeError, match=r"^inputs: .*; allowed: None"):
        rn.Network([rn.Input(2)], "python", inputs=[x])
    net = rn.Network(h, "python")
    with pytest.raises(ValueError, match=r"dense1.* is in a network already"):
        net.layers[1](x)
    shared = rn.Dense(2)
    with pytest.raises(ValueError, match=r"dense2 shares the weights of dense1.*\(2, 3\).* 2 units.*\(2, 2\)"):
        rn.Network(shared(shared(rn.Input(3))), "python")


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        (X, TARGETS, "inputs: 3 things; the network has 2, so expected is a list of the rows of each"),
        ([X, X[:2]], TARGETS, r"inputs\[1\]: 2 rows; the first input has 3"),
        ([X, [[1.0]] * 3], TARGETS, r"inputs\[1\]: row 0 has 1 number; expected 2"),
        (INPUTS, [1, 0, 1], "targets: 3 things; the network has 2"),
        (INPUTS, [[1, 0, 2], [[0.5]] * 3], r"targets\[0\]: label 2 at 2"),
        (INPUTS, [[1, 0, 1], [[0.5]] * 2], r"targets\[1\]: 2 targets for 3 rows"),
    ],
)
def test_data_that_does_not_fit_a_graph(backend, inputs, targets, message):
    net = branched(backend)
    before = net.fingerprint()
    with pytest.raises(ValueError, match=message):
        net.fit(inputs, targets)
    assert net.fingerprint() == before and net.optimizer is None and net.objective is None


def test_losses_that_do_not_fit_the_outputs():
    with pytest.raises(ValueError, match="loss: 1 for 2 outputs"):
        branched("python").fit(INPUTS, TARGETS, loss=rn.HalfSquaredError())
    with pytest.raises(TypeError, match="losses: 3; expected a list of losses"):
        rn.MultiTask(3)
    with pytest.raises(TypeError, match=r"losses\[1\]: 4; allowed: losses"):
        rn.MultiTask([rn.HalfSquaredError(), 4])
    with pytest.raises(ValueError, match=r"losses\[1\]: over='sum'; allowed: over='rows' for all"):
        rn.MultiTask([rn.HalfSquaredError(), rn.HalfSquaredError(over="sum")])
    with pytest.raises(ValueError, match=r"weights: \[1.0\]; expected a number for each of 2 losses"):
        rn.MultiTask([rn.HalfSquaredError(), rn.HalfSquaredError()], [1.0])
    with pytest.raises(ValueError, match=r"weights\[1\]: -1.0; allowed: finite numbers >= 0"):
        rn.MultiTask([rn.HalfSquaredError(), rn.HalfSquaredError()], [1.0, -1.0])


# --- A user's own layers and losses return matrices of the right shape ----------------------------------------


class Wrong(rn.Layer):
    """Returns something that does not fit, on the way that is asked for."""

    def __init__(self, way, what):
        super().__init__()
        self.way, self.what = way, what

    def forward(self, x, training=False):
        return self.what(self.k, x) if self.way == "forward" else self.k.copy(x)

    def backward(self, d, input_gradient=True):
        return self.what(self.k, d) if self.way == "backward" else d


WRONG = {
    "narrow": (lambda k, x: k.left_columns(1, 1, x), r"a matrix of shape \(3, 1\); expected \(3, 2\)"),
    "None": (lambda k, x: None, r"a NoneType; expected a matrix of shape \(3, 2\)"),
    "short": (lambda k, x: k.column_sums(x), r"a matrix of shape \(1, 2\); expected \(3, 2\)"),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # C first warns that it tries the step unrecorded
def test_an_own_layer_that_returns_another_shape_is_refused_alike(backend, way, what):
    function, message = WRONG[what]
    net = rn.Network([rn.Input(2), rn.Dense(2), Wrong(way, function), rn.Dense(1)], backend=backend)
    before = net.fingerprint()
    with pytest.raises((TypeError, ValueError), match=rf"wrong1.{way} returned {message}"):
        net.fit(X, [[1.0], [2.0], [3.0]])
    assert net.fingerprint() == before


@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_own_loss_that_returns_another_shape_is_refused_alike(backend, way):
    class Odd(rn.HalfSquaredError):
        def forward(self, k, o, y):
            return super().forward(k, o, y) if way == "backward" else k.subtract(o, y)

        def backward(self, k, o, y):
            return super().backward(k, o, y) if way == "forward" else k.column_sums(o)

    net = rn.Network([rn.Input(2), rn.Dense(2)], backend=backend)
    with pytest.raises(ValueError, match=rf"Odd.{way} returned a matrix of shape"):
        net.fit(X, [[1.0, 2.0]] * 3, loss=Odd())


@pytest.mark.parametrize("name, layer", [
    ("relu", rn.ReLU), ("ReLU", rn.ReLU), ("leaky_relu", rn.LeakyReLU), ("tanh", rn.Tanh), ("linear", rn.Linear),
    ("log_softmax", rn.LogSoftmax), ("LogSoftmax", rn.LogSoftmax), ("silu", rn.SiLU), ("batch_norm", rn.BatchNorm),
])
def test_a_layer_by_its_name(backend, name, layer):
    net = rn.Network([rn.Input(2), rn.Dense(3), name, rn.Dense(1), name], backend=backend, seed=1)
    plain = rn.Network([rn.Input(2), rn.Dense(3), layer(), rn.Dense(1), layer()], backend=backend, seed=1)
    assert [type(each) for each in net.layers] == [type(each) for each in plain.layers]
    assert net.layers[2] is not net.layers[4] and net.predict(X) == plain.predict(X)
