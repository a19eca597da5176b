"""Is a step written down as it was? Golden 6 by its names; the bits of an untraced training; what was asked for."""

import copy
import random

import pytest

import refnet as rn
from refnet.kernels import REFERENCE, SEAM
from refnet.trace import Numbers, traced, tracing


def golden_6(backend):
    """The two-layer network of lecture 003."""
    layers = [rn.Input(2), rn.Dense(2, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()]
    net = rn.Network(layers, backend)
    net.weights = [[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]]
    return net


def rounded(rows, digits):
    return [[round(value, digits) for value in row] for row in rows]


def test_golden_6(backend):
    trace = traced(golden_6(backend), [0.1, 0.1], [0.1], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2))
    assert trace["sigmoid1.o"] == [[0.5, 0.5]] and trace["sigmoid2.o"] == [[0.5]]
    assert rounded(trace["dense2.delta"], 10) == [[0.1]]
    assert rounded(trace["dense1.delta"], 10) == [[-0.0025, 0.0025]]
    assert rounded(trace["dense2.weights.new"], 10) == [[-0.11, 0.09]]
    assert rounded(trace["dense1.weights.new"], 10) == [[0.10005, -0.09995], [-0.10005, 0.09995]]
    assert trace["dense1.weights"] == [[0.1, -0.1], [-0.1, 0.1]] and trace["targets"] == [[0.1]]
    assert trace["rate"] == [[0.2]] and trace["loss"] == [[0.5 * (0.4 * 0.4)]] == [[trace.only().loss]]


ALL = (rn.Adam(0.1), rn.Nesterov(0.1), rn.Nesterov(0.1, form="sum"), rn.Momentum(0.1), rn.Nadam(0.1), rn.Adadelta(1.0),
       rn.RMSprop(0.01, clip=rn.ClipNorm(0.01), weight_decay=0.1), rn.AdaGrad(0.1))


def network(backend):
    x = rn.Input(3)
    h = rn.Tanh()(rn.BatchNorm()(rn.Dense(4, penalty=rn.L2(0.1))(x)))
    joined = rn.Add()(h, rn.Dropout(0.5)(h), rn.Dense(4)(x))
    return rn.Network(rn.Softmax()(rn.Dense(3, constraint=rn.MaxNorm(1.0))(joined)), backend=backend, seed=4)


DRAWS = random.Random(1)
X = [[DRAWS.uniform(-1, 1) for _ in range(3)] for _ in range(5)]
Y = [0, 2, 1, 1, 0]


@pytest.mark.parametrize("optimizer", ALL, ids=lambda each: type(each).__name__)
def test_a_traced_training_has_the_bits_of_one_that_is_not(backend, optimizer):
    plain, watched = network(backend), network(backend)
    settings = {"epochs": 2, "batch_size": 2, "validation": (X, Y), "penalty": rn.L1(0.01)}
    history = plain.fit(X, Y, optimizer=copy.deepcopy(optimizer), **settings)
    with tracing(watched) as trace:
        assert watched.fit(X, Y, optimizer=copy.deepcopy(optimizer), **settings) == history
    assert watched.fingerprint() == plain.fingerprint() and watched.k is plain.k
    steps = [step for step in trace if step.is_training]
    assert len(steps) == 6 and [step.rows for step in trace] == [5] + [2, 2, 1, 5] * 2  # metrics are tried first
    for step, following in zip(steps, steps[1:]):
        for name in plain.parameters:
            assert step[f"{name}.new"] == following[name]
            if isinstance(optimizer, rn.Nesterov) and optimizer.form == "velocity":
                assert following[f"{name}.ahead"] != following[name]
    for name, parameter in plain.parameters.items():
        assert steps[-1][f"{name}.new"] == plain.k.tolist(parameter.value)
    for owner, matrices in plain.optimizer.state.items():
        for name, matrix in matrices.items():
            assert steps[-1][f"{owner}.{name}.new"] == plain.k.tolist(matrix)
    plain.fit(X, Y, **settings)  # and nothing is left of the tracing
    assert watched.fit(X, Y, **settings) and watched.fingerprint() == plain.fingerprint()
    assert not {"forward_matrices", "commit"} & vars(watched).keys()


def test_every_call_gives_its_results_again(backend):
    """The reference, run once more on a call's arguments, returns the call's results."""
    trace = traced(network(backend), X, Y, optimizer=rn.Adam(0.1, clip=rn.ClipNorm(0.01)), steps=2)
    assert len(trace.calls) > 100
    for call in trace.calls:
        signature = SEAM[call.kernel]
        values = [value.tolist() if isinstance(value, Numbers) else value for value in call.arguments.values()]
        made = signature.function(*values)
        for part, numbers in call.results.items():
            again = made if part == "" else values[list(call.arguments).index(part)]
            assert again == numbers.tolist(), call


@pytest.mark.parametrize("optimizer", ALL, ids=lambda each: type(each).__name__)
def test_names_stand_in_the_order_of_computation(backend, optimizer):
    for step in traced(network(backend), X, Y, optimizer=copy.deepcopy(optimizer), steps=2):
        numbers = [step.origins[name][0].number for name in step.values if name in step.origins]
        assert numbers == sorted(numbers) and len(numbers) > 30
        names = list(step.values)
        assert names[:2] == ["dense1.weights", "dense1.bias"] and names.index("loss") == names.index("loss.sum") + 1
        assert names.index("targets") == names.index("loss.rows") - 1


def test_both_backends_have_the_same_trace():
    ours, theirs = (traced(network(name), X, Y, optimizer=rn.Adam(0.1), steps=2) for name in ("python", "c"))
    assert str(ours) == str(theirs)
    for one, other in zip(ours, theirs):
        assert list(one.values) == list(other.values)
        assert [numbers.tolist() for numbers in one.values.values()] == \
            [numbers.tolist() for numbers in other.values.values()]


def test_the_network_stays_as_it_is(backend):
    net = network(backend)
    net.fit(X, Y, optimizer=rn.Momentum(0.1))
    before, alone = net.fingerprint(), copy.deepcopy(net)
    trace = traced(net, X, Y)
    assert trace["dense1.weights.velocity"] != trace["dense1.weights.velocity.new"]  # its own optimizer, a copy of it
    assert traced(net, X, Y, optimizer=net.optimizer)["dense1.weights.new"] == trace["dense1.weights.new"]
    assert net.fingerprint() == before
    alone.fit(X, Y, batch_size=5)
    net.fit(X, Y, batch_size=5)
    assert net.fingerprint() == alone.fingerprint()


def test_the_numbers_are_the_networks_own(backend):
    net = network(backend)
    trace = traced(net, X, Y, training=False)
    net.forward(X)
    assert trace.only().loss == net.loss(Y) == trace["loss"][0][0]
    net.backward()
    assert trace["softmax1.o"] == net.activations["softmax1"] and trace["dense1.z"] == net.activations["dense1"]
    assert [trace[f"{name}.delta"] for name in net.deltas] == list(net.deltas.values())
    for name, rows in net.gradients.items():
        assert trace[f"{name}.gradient"] == (rows if isinstance(rows[0], list) else [rows])
    assert trace["dense1.weights.gradient.data"] != trace["dense1.weights.gradient"]  # without the penalty
    assert "dense2.weights.gradient.data" not in trace and "dense1.weights.new" not in trace
    (row_losses,) = [[value for (value,) in trace["loss.rows"]]]
    assert row_losses == net.losses(Y)


def test_a_forward_pass(backend):
    trace = traced(network(backend), X)
    assert {call.phase for call in trace.calls} == {"forward"} and "loss" not in trace
    assert not trace.only().is_training and traced(network(backend), X, training=True).only().is_training
    with tracing(network(backend)) as trace:
        trace.network.predict(X, batch_size=2)
    assert [step.rows for step in trace] == [2, 2, 1] and trace.step(3)["input.o"] == [X[4]]


def test_chosen_layers(backend):
    whole = traced(network(backend), X, Y, optimizer=rn.Adam(0.1))
    trace = traced(network(backend), X, Y, optimizer=rn.Adam(0.1), layers="dense3")
    assert {name.split(".")[0] for name in trace.only().values} == {"dense3", "targets", "loss", "rate"}
    assert {call.layer.split(".")[0] for call in trace.calls} == {"dense3"}
    kernels = [call.kernel for call in trace.calls]
    assert kernels == ["affine", "affine_backward_weights", "column_sums", "affine_backward_input", "adam_update",
                       "limit_row_norms", "adam_update"]
    assert trace.only().origins["dense3.weights.new"][0].kernel == "limit_row_norms"
    for name in trace.only().values:
        assert trace[name] == whole[name]


def test_several_outputs_and_weights(backend):
    x = rn.Input(3)
    h = rn.Tanh()(rn.Dense(2)(x))
    net = rn.Network([rn.Dense(1)(h), rn.Softmax()(rn.Dense(3)(h))], backend=backend, seed=2)
    with tracing(net) as trace:
        net.fit(X, [[0.1] * 5, Y], loss=["HalfSquaredError", "CrossEntropy"], sample_weight=[1, 2, 3, 4, 5])
    (step,) = trace
    assert sorted(row for (row,) in step["row_weights"]) == [1, 2, 3, 4, 5] and step["targets1"] == [[0.1]] * 5
    weighted = [[a * w] for (a,), (w,) in zip(step["loss.rows"], step["row_weights"])]
    assert step["loss.rows.weighted"] == weighted
    total = REFERENCE.column_sums(weighted)
    assert step["loss.sum"] == total and step.loss == total[0][0] / 5.0


def test_a_users_own_parts(backend):
    class Twice(rn.Layer, public=False):
        def forward(self, x, training=False):
            return self.k.scale(x, 2.0)

        def backward(self, d, input_gradient=True):
            return self.k.scale(d, 2.0)

    class Plain(rn.Optimizer, public=False):
        def update(self, network):
            for parameter in network.trainable_parameters.values():
                network.k.sgd_update(parameter.value, parameter.gradient, self.rate_matrix)

    net = rn.Network([rn.Input(3), rn.Dense(2), Twice()], backend=backend, seed=1)
    trace = traced(net, X, [[0.1, 0.2]] * 5, optimizer=Plain(0.1))
    assert trace["twice1.o"] == [[2.0 * z for z in row] for row in trace["dense1.z"]]
    expected = [[w - 0.1 * g for w, g in zip(*rows)]
                for rows in zip(trace["dense1.weights"], trace["dense1.weights.gradient"])]
    assert trace["dense1.weights.new"] == expected


def test_bad_input(backend):
    net, other = network(backend), network(backend)
    taken = rn.SGD(0.1)
    other.fit(X, Y, optimizer=taken)
    trace = traced(net, X, Y, optimizer=rn.SGD(0.1), steps=2)
    for error, words, act in (
        (KeyError, "did you mean dense1.z", lambda: trace.step(1)["dense1.zz"]),
        (KeyError, "the step has: ", lambda: trace.step(1)[1]),
        (IndexError, r"step: 3; allowed: 1 to 2", lambda: trace.step(3)),
        (IndexError, r"step: 0; allowed", lambda: trace.step(0)),
        (ValueError, r"it has 2 steps; ask one of them, trace.step\(1\)", lambda: trace["dense1.z"]),
        (ValueError, "layers: 'dens1'", lambda: traced(net, X, layers=["dens1"])),
        (ValueError, "belongs to another network", lambda: traced(net, X, Y, optimizer=taken)),
        (TypeError, "optimizer: 'sgd'", lambda: traced(net, X, Y, optimizer="sgd")),
        (ValueError, "steps: 0", lambda: traced(net, X, Y, steps=0)),
        (ValueError, "inputs: ", lambda: traced(net, [[1.0, 2.0]])),
    ):
        with pytest.raises(error, match=words):
            act()
    with pytest.raises(ValueError, match="targets"), tracing(net):
        net.fit(X, [7] * 5)
    assert net.k is other.k and net.fit(X, Y)  # an error ends the tracing, too
