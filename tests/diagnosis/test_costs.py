"""Does `summary` count what a network costs, by hand and by an observer, and does `profile` time what is called?"""

from array import array
from collections import Counter

import pytest

import refnet as rn
from refnet.diagnosis.operations import Operations, operations_of
from refnet.diagnosis.profiling import median
from refnet.kernels import SEAM, Wrapper


def nielsen(backend="python"):
    return rn.Network([rn.Input(784), rn.Dense(30), rn.Sigmoid(), rn.Dense(10), rn.Softmax()], backend=backend)


def by_name(found):
    return {each.name: each for each in found.layers}


def test_784_30_10_by_hand(backend):
    """784·30 + 30 and 30·10 + 10 numbers: 23,860. Forward, each weight is a multiplication and an addition."""
    found = rn.summary(nielsen(backend))
    cost = by_name(found)
    assert found.total.parameters == found.total.trained == 23_860
    assert [each.kind for each in found.layers[:5]] == ["Input", "Dense", "Sigmoid", "Dense", "Softmax"]
    assert cost["dense1"].forward == Operations(784 * 30, 784 * 30) and cost["dense2"].forward == Operations(300, 300)
    assert cost["sigmoid1"].forward == Operations(functions=30)
    assert cost["softmax1"].forward == Operations(10, 20, 10, 10)
    # A step: forward, ∂L/∂W = δᵀx, w − η·g, and behind the first layer ∂L/∂x = δW; of biases 30 η·g.
    assert cost["dense1"].step.multiplications == 3 * 784 * 30 + 30
    assert cost["dense2"].step.multiplications == 4 * 300 + 10
    # Forward bias + …; ∂L/∂W and Σδ from 0.0; w − …
    assert cost["dense1"].step.additions == 784 * 30 + 784 * 30 + 30 + 784 * 30 + 30
    assert cost["dense1"].parameter_memory == 8 * 23_550
    assert [cost[name].forward_memory for name in ("input", "dense1", "sigmoid1", "dense2", "softmax1")] == [
        0, 8 * 30, 8 * 30, 8 * 10, 8 * 10]
    assert found.total.optimizer_memory == 0


@pytest.mark.parametrize("batch", [1, 2, 17])
def test_rows_of_a_batch(batch):
    """What is done for each row is done so often; the update is not."""
    cost = by_name(rn.summary(nielsen(), batch=batch))
    assert cost["dense1"].forward.multiplications == batch * 784 * 30
    assert cost["dense1"].step.multiplications == 2 * batch * 784 * 30 + 784 * 30 + 30
    assert cost["sigmoid1"].forward_memory == 8 * 30 * batch


def test_memory_of_optimizers():
    for optimizer, matrices in ((rn.SGD(), 0), (rn.Momentum(), 1), (rn.Adam(), 2), ("amsgrad", 3)):
        assert rn.summary(nielsen(), optimizer=optimizer).total.optimizer_memory == 8 * 23_860 * matrices


class Noting(Wrapper):
    """An observer of real steps: the kernels that are called, with their sizes."""

    records = False

    def __init__(self, backend):
        super().__init__(backend)
        self.total = Operations()

    def call(self, name, kernel, *values):
        sizes = SEAM[name].sizes(values, lambda signature, argument, x: self.inner.shape(x), lambda *_: None,
                                 lambda *_: None)
        self.total = self.total.plus(operations_of(name, sizes, tuple(value is not None for value in values)))
        return kernel(*values)


LAYERS = {
    "dropout and normalisation": lambda: [rn.Dense(4), rn.BatchNorm(), rn.PReLU(), rn.Dropout(0.3), rn.Dense(2),
                                          rn.Softmax()],
    "penalty and constraint": lambda: [rn.Dense(4, penalty=rn.L2(0.1), constraint=rn.MaxNorm(1.0)), rn.ELU(),
                                       rn.Dense(2), rn.Softmax()],
    "noise": lambda: [rn.GaussianNoise(0.1), rn.Dense(4, bias=False), rn.GELU(), rn.ActivityPenalty(0.1), rn.Dense(2),
                      rn.Softmax()],
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_it_counts_what_real_steps_call(name, backend):
    """The calls of a step of `fit` on real numbers, seen by an observer, cost what the summary says."""
    x, y = [[0.5, -1.0, 0.25]] * 5, [0, 1, 1, 0, 1]
    net = rn.Network([rn.Input(3), *LAYERS[name]()], backend=backend)
    found = rn.summary(net, batch=5, optimizer=rn.Adam(clip=rn.ClipNorm(1.0)))
    counted = []
    for epochs in (1, 2):
        noting = Noting(backend)
        twin = rn.Network([rn.Input(3), *LAYERS[name]()], backend=noting)
        noting.total = Operations()
        twin.fit(x, y, optimizer=rn.Adam(clip=rn.ClipNorm(1.0)), epochs=epochs, batch_size=5, shuffle=False)
        counted.append(noting.total)
    one_step = counted[1].plus(counted[0], -1)
    assert one_step == found.total.step


class Twice(rn.Layer):
    """A user's own layer, made of kernels: 2x + x."""

    def forward(self, x, training=False):
        return self.k.add(self.k.scale(x, 2.0), x)

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, 3.0)


def test_a_user_s_own_layer_is_counted():
    net = rn.Network([rn.Input(3), rn.Dense(4), Twice(), rn.Dense(1)], backend="python")
    own = by_name(rn.summary(net, batch=2))["twice1"]
    assert own.kind == "Twice" and own.forward == Operations(8, 8) and own.step == Operations(16, 8)


def test_graphs_shared_and_frozen_weights():
    shared = rn.Dense(3)
    h = shared(rn.Tanh()(shared(rn.Input(3))))
    net = rn.Network([rn.Dense(1)(rn.Add()(h, rn.Dense(3, trainable=False)(h))), rn.Dense(2)(h)], backend="python")
    found = rn.summary(net)
    cost = by_name(found)
    assert cost["dense1"].parameters == 12 and cost["dense2"].parameters == 0  # owned once
    assert found.total.parameters == 12 + 12 + 4 + 8 and found.total.trained == 24
    assert "12 of 36 parameters are frozen" in str(found)
    assert cost["penalties, branches"].step.additions > 0  # the gradients that meet at h


def test_it_changes_nothing(net):
    before, optimizer, activations = net.fingerprint(), net.optimizer, net.history
    rn.summary(net, batch=7)
    rn.profile(net, [[0.5, 1.0]] * 3, [0, 1, 2], steps=2)
    assert (net.fingerprint(), net.optimizer, net.history) == (before, optimizer, activations)
    assert net.epoch == 2 and net.backend in ("python", "c")


def test_a_large_network_costs_no_time_to_count():
    """The network itself is small here; only the batch is large: nothing is computed."""
    found = rn.summary(nielsen(), batch=1_000_000)
    assert found.total.forward.multiplications == 1_000_000 * (23_820 + 10)


def test_it_prints_a_table():
    lines = str(rn.summary(nielsen())).split("\n")
    assert lines[0].split() == [
        "layer", "units", "parameters", "forward", "×", "forward", "+", "step", "×", "step", "+", "weights",
        "activations"]
    assert lines[2].split()[:5] == ["dense1", "30", "23,550", "23,520", "23,520"]
    assert "184.0 KiB" in lines[2] and lines[-3].startswith("1 row at a time; multiplications (×)")
    assert max(map(len, lines[:-4])) <= 90
    with_memory = str(rn.summary(nielsen(), optimizer=rn.Adam())).split("\n")
    assert with_memory[0].endswith("  optimizer") and with_memory[2].endswith("  368.0 KiB")


@pytest.mark.parametrize(("settings", "kind", "words"), [
    ({"batch": 0}, ValueError, "batch: 0"), ({"loss": 3}, TypeError, "loss: 3"),
    ({"optimizer": rn.SGD}, TypeError, "optimizer: <class"), ({"optimizer": "adm"}, ValueError, "adm"),
    ({"loss": rn.NegativeLogLikelihood(), "batch": True}, TypeError, "batch: True"),
])  # fmt: skip
def test_bad_arguments(settings, kind, words):
    with pytest.raises(kind) as error:
        rn.summary(nielsen(), **settings)
    assert words in str(error.value)


def test_an_optimizer_of_another_network(net):
    with pytest.raises(ValueError, match="another network"):
        rn.summary(nielsen(), optimizer=net.optimizer)


# --- Time ---


def test_profile_sees_each_call_of_a_step(backend):
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(2), rn.Softmax()], backend=backend)
    found = rn.profile(net, [[0.5, 1.0], [1.0, 0.0]], [0, 1], optimizer=rn.Momentum(0.1), steps=3)
    calls = Counter({(each.phase, each.layer, each.kernel): each.calls for each in found.kernels})
    assert calls == {
        ("forward", "dense1", "affine"): 1, ("forward", "tanh1", "tanh"): 1, ("forward", "dense2", "affine"): 1,
        ("forward", "softmax1", "softmax"): 1, ("loss", "loss", "cross_entropy_from_logits"): 1,
        ("loss", "loss", "column_sums"): 1, ("backward", "loss", "fused_cross_entropy_backward"): 1,
        ("backward", "dense2", "affine_backward_weights"): 1, ("backward", "dense2", "column_sums"): 1,
        ("backward", "dense2", "affine_backward_input"): 1, ("backward", "tanh1", "tanh_backward"): 1,
        ("backward", "dense1", "affine_backward_weights"): 1, ("backward", "dense1", "column_sums"): 1,
        ("update", "dense1", "momentum_update"): 2, ("update", "dense2", "momentum_update"): 2,
        ("update", "optimizer", "accumulate"): 1,
    }
    assert {each.layer for each in found.by_layer} == {"dense1", "tanh1", "dense2", "softmax1", "loss", "optimizer"}
    assert sum(each.share for each in found.kernels) == pytest.approx(1.0)  # shares of the kernels' own time
    assert found.steps == 3 and found.rows == 2 and found.step > 0.0 and found.observing >= 0.0
    assert (found.replayed is None) == (backend == "python")
    assert f"a step of 2 rows on backend '{backend}'" in str(found)


@pytest.mark.parametrize("kind", ["float32", "bytes", "a schedule that ends"])
def test_profile_takes_what_fit_takes(kind, backend):
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Softmax()], backend=backend)
    rows = {"float32": array("f", [0.5, 1.0, 1.0, 0.0]), "bytes": rn.data.ByteMatrix(bytes([3, 4, 5, 6]), 2, 2)}
    x = memoryview(rows["float32"]).cast("B").cast("f", (2, 2)) if kind == "float32" else rows["bytes"]
    found = rn.profile(net, x, [0, 1], optimizer=rn.SGD(rn.CosineDecay(0.1, epochs=1)), steps=2)
    assert found.rows == 2 and found.step > 0.0


def test_median():
    assert median([3]) == 3.0 and median([1, 100, 2]) == 2.0 and median([1, 2, 4, 100]) == 3.0


def test_profile_refuses(net):
    with pytest.raises(ValueError, match="steps: 0"):
        rn.profile(net, [[1.0, 2.0]], [0], steps=0)
    with pytest.raises(ValueError, match="inputs: row 0 has 1 number"):
        rn.profile(net, [[1.0]], [0])


@pytest.mark.parametrize("number, size", [("binary32", 4), ("binary16:binary32", 2), ("Q3.4", 1), ("Q7.4", 2)])
def test_memory_in_another_format(number, size):
    """Each number takes the format's bytes, but for the count of draws of a dropout, which is binary64 in all."""
    layers = [rn.Input(4), rn.Dense(3), rn.BatchNorm(), rn.Dropout(0.5), rn.Dense(2), rn.Softmax()]
    found = rn.summary(rn.Network(layers, "python", number=number), batch=5, optimizer="adam")
    cost = by_name(found)
    assert cost["dense1"].parameter_memory == 15 * size and cost["dense1"].optimizer_memory == 30 * size
    assert cost["batchnorm1"].parameter_memory == 12 * size and cost["dropout1"].parameter_memory == 8
    assert cost["dense1"].forward_memory == 5 * 3 * size and found.document()["number"] == number
    assert str(found).splitlines()[-1] == f"a number of {number} takes {size} byte{'s'[: size - 1]}"
    assert "bytes" not in str(rn.summary(rn.Network([rn.Input(4), rn.Dense(3)], "python")))
