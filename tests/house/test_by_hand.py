"""Does a loop by hand leave on C, where its phases are recorded and replayed, what it leaves on the reference?"""

import features
import numpy as np
import pytest
from test_features import CASES, made

import refnet as rn

PARTS = [slice(0, 4), slice(0, 3), slice(0, 4), slice(1, 4), slice(0, 1), slice(0, 4), slice(2, 3)]  # of four rows
OWN = ("a user's own", "Nesterov")  # recorded in fit only: phases of these are run by Python


def part(tables, rows):
    """These rows of one table, or of each of several."""
    return tables[rows] if len(tables) == 4 else [table[rows] for table in tables]


def by_hand(case, rounds=3):
    """Everything that can be seen after each step."""
    net, seen = case.network, []
    optimizer, loss = case.settings["optimizer"], case.settings["loss"]
    for _ in range(rounds):
        for rows in PARTS:
            x, y = part(case.inputs, rows), part(case.targets, rows)
            optimizer.before_forward(net)
            outputs = net.forward(x, training=True)
            losses = [net.loss(y, loss), net.loss(y)]
            net.backward()
            seen.append([outputs, losses, net.activations, net.deltas, net.gradients])
            optimizer.update(net)
            seen.append([net.predict(x), net.evaluate(x, y), net.fingerprint()])
            net.forward(x)
            given = [[[0.5] * units] * (rows.stop - rows.start) for units in net.output_units]
            seen.append([net.backward(given if len(given) > 1 else given[0], input_gradient=True), net.gradients])
    return seen


@pytest.mark.parametrize("kind, name", [case for case in CASES if case[0] != "fitting"])
def test_every_feature(kind, name, native, tmp_path):
    python, c = (made(kind, name, backend, tmp_path) for backend in ("python", "c"))
    expected, found = by_hand(python), by_hand(c)
    for step, (e, f) in enumerate(zip(expected, found)):
        assert f == e, step
    is_own = name.startswith("a user's own")
    assert c.network.phases.records != is_own
    assert all(place.phase for place in c.network.phases.start.followers.values()) or is_own


def small(backend="c"):
    return rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(2)], backend=backend, seed=4)


X, Y = features.INPUTS, features.NUMBERS


def step(net, optimizer, x=X, y=Y, loss=None):
    net.forward(x, training=True)
    value = net.loss(y, loss or rn.HalfSquaredError())
    net.backward()
    optimizer.update(net)
    return value


def test_all_four_phases_are_replayed(native, monkeypatch):
    net, optimizer = small(), rn.Adam(0.1)
    for _ in range(3):
        step(net, optimizer)
    monkeypatch.setattr(type(net), "forward_matrices", None)  # whoever calls a kernel now fails
    monkeypatch.setattr(type(net), "loss_matrix", None)
    monkeypatch.setattr(type(net), "backward_matrices", None)
    monkeypatch.setattr(rn.Adam, "update_parameter", None)
    expected, other = small("python"), rn.Adam(0.1)
    monkeypatch.undo()
    for _ in range(3):
        step(expected, other)
    monkeypatch.setattr(type(net), "forward_matrices", None)
    monkeypatch.setattr(rn.Adam, "update_parameter", None)
    step(net, optimizer)
    monkeypatch.undo()
    step(expected, other)
    assert net.fingerprint() == expected.fingerprint()


CHANGES = {
    "weights": lambda net, o: net.set("dense1.weights", [[0.5, -0.5]] * 3),
    "fit": lambda net, o: net.fit(X, Y, loss=rn.HalfSquaredError(), epochs=2),
    "a penalty": lambda net, o: net.fit(X, Y, loss=rn.HalfSquaredError(), penalty=rn.L2(0.1)),
    "the rate": lambda net, o: setattr(o, "schedule", rn.CosineDecay(0.5, 10)) or o.set_rate(3),
    "the decay": lambda net, o: setattr(o, "weight_decay", 0.25),
    "a constraint": lambda net, o: setattr(net.layers[1], "constraints", (rn.Clamp(-0.25, 0.25),)),
    "another backend and back": lambda net, o: net.to("python" if net.backend == "c" else "c") and None,
    "a gradient": lambda net, o: None,
    "training with other rows": lambda net, o: net.evaluate([[9.0, 9.0]] * 4, Y),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_between_two_steps_is_noticed(native, change):
    results = []
    for backend in ("python", "c"):
        net, optimizer = small(backend), rn.SGD(0.1)
        for i in range(9):
            results.append(step(net, optimizer))
            if i % 4 == 3:
                CHANGES[change](net, optimizer)
        net.forward(X, training=True)
        net.loss(Y)
        net.backward()
        if change == "a gradient":
            bias = net.parameters["dense1.bias"]
            bias.gradient = net.k.scale(bias.gradient, 4.0)
        optimizer.update(net)
        results.append(net.fingerprint())
    assert results[: len(results) // 2] == results[len(results) // 2 :]


def test_two_losses_and_two_optimizers_by_turns(native):
    results = []
    for backend in ("python", "c"):
        net, one, other = small(backend), rn.SGD(0.1), rn.Adam(0.1)
        for i in range(12):
            results.append(step(net, (one, other)[i % 2], loss=(rn.HalfSquaredError(), rn.Huber(0.5))[i % 3 == 0]))
        results.append(net.fingerprint())
    assert results[:13] == results[13:]


def test_a_wrapper_sees_every_kernel_of_a_loop_by_hand(native):
    class Counting(rn.kernels.Wrapper):
        calls = 0

        def call(self, name, kernel, *values):
            self.calls += 1
            return kernel(*values)

    k = Counting("c")
    net, optimizer, counts = small(k), rn.SGD(0.1), []
    for _ in range(5):
        before = k.calls
        step(net, optimizer)
        counts.append(k.calls - before)
    assert len(set(counts)) == 1 and counts[0] > 10


def test_what_comes_back_is_a_copy(native):
    """A replay fills the same matrices again: what a user was given before must not change with them."""
    net = small()
    for kind in (list, np.array):
        seen = [net.predict(kind([[float(i), 1.0]])) for i in range(5)]
        again = [rn.Network.predict(small("python"), kind([[float(i), 1.0]])) for i in range(5)]
        assert [np.asarray(each).tolist() for each in seen] == [np.asarray(each).tolist() for each in again]
