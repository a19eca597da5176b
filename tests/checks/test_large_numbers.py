"""Is a number that is far too large refused by name, also one that Python does not print?"""

import pytest

import refnet as rn
from refnet import checks, data, selection

HUGE = [10**5000, -(10**5000), 10**400, 10**308, 2**63]
X, Y, CLASSES = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0], [0.125, -0.5]], [[0.5, 1.0]] * 4, [0, 1, 0, 1]


def net(backend="python"):
    return rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid()], backend=backend, seed=1)


USES = {
    "weights": [lambda n: rn.Dense(2, weights=n), lambda n: setattr(net(), "weights", n)],
    "dense1.weights": [lambda n: setattr(net(), "weights", [[[n, "x"], [1, 1]]])],
    "biases": [lambda n: rn.Dense(2, biases=[n, "x"])],
    "bias": [lambda n: setattr(net(), "biases", n)],
    "lam": [lambda n: rn.L2([[n, "x"]])],
    "mean": [lambda n: rn.Standardize(n, [1.0])],
    "Dense": [lambda n: rn.Dense(2)(n)],
    "layers": [lambda n: rn.Network(n), lambda n: rn.Network([n])],
    "backend": [lambda n: rn.Network([rn.Input(2)], backend=n)],
    "inputs": [lambda n: net().predict([[n, "x"]] * 2), lambda n: rn.Network([rn.Input(2)], inputs=n)],
    "optimizer": [lambda n: net().fit(X, Y, optimizer=n)],
    "loss": [lambda n: net().fit(X, Y, loss=n), lambda n: rn.gradient_check(net(), X, Y, loss=n)],
    "callbacks": [lambda n: net().fit(X, Y, callbacks=n)],
    "metrics": [lambda n: net().fit(X, Y, validation=(X, Y), metrics=n)],
    "penalty": [lambda n: net().fit(X, Y, penalty=n)],
    "report": [lambda n: net().fit(X, Y, report=n)],
    "class_weight": [lambda n: net().fit(X, CLASSES, class_weight={n: 1.0}),
                     lambda n: net().fit(X, CLASSES, class_weight=n)],
    "shuffle": [lambda n: net().fit(X, Y, shuffle=n)],
    "network": [lambda n: rn.save(n, "net.refnet")],
    "notes": [lambda n: rn.save(net(), "net.refnet", notes={n: 1})],
    "outputs": [lambda n: rn.metrics.accuracy([0, 1], [n, "x"])],
    "labels": [lambda n: data.one_hot([n], classes=2)],
    "held_out": [lambda n: data.split(data.Dataset(X, CLASSES), n)],
    "folds": [lambda n: selection.k_folds(4, n)],
    "make": [lambda n: selection.cross_validate(n, X, Y)],
    "parameters": [lambda n: selection.grid(net(), n, X, Y)],
}  # fmt: skip


@pytest.mark.parametrize("name", USES)
def test_it_is_refused_by_name(name):
    for use in USES[name]:
        for number in HUGE:
            with pytest.raises((TypeError, ValueError), match=rf"^{name}\b") as caught:
                use(number)
            assert "4300 digits" not in str(caught.value)


def test_how_a_message_shows_it():
    assert checks.shown(10**5000) == checks.shown(-(10**5000)) == "a whole number of 16610 bits"
    assert checks.shown([10**5000]) == "a list with too many digits"
    assert checks.shown(2**63) == "9223372036854775808"
    assert checks.shown("x" * 400) == repr("x" * 400)
    assert len(checks.shown("x" * 4000)) < 500 and len(checks.shown([0.5] * 4000)) < 500


@pytest.mark.parametrize("make, name", [
    (lambda n: rn.Dense(n), "units"), (lambda n: rn.Input(n), "units"), (lambda n: rn.Jitter(2, 2, shift=n), "shift"),
    (lambda n: rn.Warmup(0.1, n, 0.01), "epochs"), (lambda n: rn.CosineDecay(0.1, n), "epochs"),
    (lambda n: rn.LinearScaling(0.1, n), "batch_size"), (lambda n: rn.StepDecay(0.1, every=n), "every"),
    (lambda n: rn.EarlyStopping(patience=n), "patience"), (lambda n: rn.L2(0.1, start=n), "start"),
    (lambda n: rn.one_versus_all(0.1, examples=n), "examples"),
])  # fmt: skip
def test_a_count_is_at_most_what_a_binary64_holds(make, name):
    """Training computes with them as numbers: 10³⁰⁸ stopped the reference, and C went on."""
    for number in (2**53 + 1, 2**63, 10**308, 10**400):
        with pytest.raises(ValueError, match=rf"^{name}: .*; allowed: whole numbers .* <= 9007199254740992$"):
            make(number)


def test_the_largest_counts_train_to_the_same_bits(native):
    found = []
    for backend in ("python", "c"):
        net = rn.Network([rn.Input(2), rn.Jitter(2, 1, shift=2**53), rn.Dense(2)], backend=backend, seed=2**4000)
        schedule = rn.Warmup(rn.LinearScaling(0.1, 2**53, 2**53), 2**53, 0.01)
        history = net.fit(X, Y, optimizer=rn.SGD(schedule), epochs=10**30, batch_size=10**30,
                          callbacks=rn.StopAtLoss(99.0))
        found.append((net.fingerprint(), history, net.predict(X, 10**30)))
    assert found[0] == found[1] and len(found[0][1]["loss"]) == 1


@pytest.mark.parametrize("layers, name, shape, size", [
    (lambda n: [rn.Input(2), rn.Dense(n)], "dense1.weights", f"{2**50:,} × 2", 2**54),
    (lambda n: [rn.Input(2), rn.Dense(n, weights=rn.Normal())], "dense1.weights", f"{2**50:,} × 2", 2**54),
    (lambda n: [rn.Input(n), rn.Dense(n)], "dense1.weights", f"{2**50:,} × {2**50:,}", 2**103),
    (lambda n: [rn.Input(n), rn.BatchNorm()], "batchnorm1.gamma", f"1 × {2**50:,}", 2**53),
    (lambda n: [rn.Input(n), rn.PReLU()], "prelu1.slope", f"1 × {2**50:,}", 2**53),
])  # fmt: skip
def test_a_layer_that_fits_in_no_memory(backend, layers, name, shape, size):
    """At once, and not when the memory is full."""
    with pytest.raises(MemoryError, match=rf"^{name}: not enough memory for {shape} numbers, {size:,} bytes$"):
        rn.Network(layers(2**50), backend=backend)


def test_classes_that_fit_in_no_memory():
    """A label that is an account number, for example."""
    for use in (lambda: data.one_hot([2**60]), lambda: rn.metrics.f1([2**60, 1], [1, 0])):
        with pytest.raises(MemoryError, match=r"not enough memory for . × 1152921504606846977 numbers"):
            use()
