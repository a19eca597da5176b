"""Is the first kernel call that two backends answer differently found? With layer, kernel, place and cause."""

import copy
import math
import pickle

import pytest

import refnet as rn
from refnet.kernels import REFERENCE, SEAM
from refnet.trace import Lockstep, OutOfStep, lockstep
from refnet.trace.compared.ulps import fma

X = [[0.3, -1.2, 3.3], [0.1, 0.2, 0.4], [1.0, 2.0, -1.0], [0.5, 0.25, -0.7], [0.9, -0.1, 0.6]]
Y = [0, 2, 1, 1, 0]


class Own:
    """Somebody's backend: the reference, but for the kernels given."""

    name = "own"

    def __init__(self, **kernels):
        vars(self).update(kernels)

    def __getattr__(self, name):
        return getattr(REFERENCE, name)


def bias_last(x, weights, bias=None):
    z = REFERENCE.affine(x, weights, None)
    return [[net + b for net, b in zip(row, bias[0])] for row in z] if bias else z


def fused_update(w, g, rate):
    for ws, gs in zip(w, g):
        ws[:] = [fma(-rate[0][0], q, p) for p, q in zip(ws, gs)]


def network(backend="python"):
    layers = [rn.Input(3), rn.Dense(4), rn.BatchNorm(), rn.Tanh(), rn.Dropout(0.2), rn.Dense(3), rn.Softmax()]
    net = rn.Network(layers, backend=backend, seed=5)
    net.biases = [[0.1, -0.2, 0.3, 0.7], [0.5, -0.4, 0.9]]
    return net


def test_the_two_backends_keep_step(native):
    for first, second in (("python", "c"), ("c", "python")):
        plain, watched = network(first), network(first)
        history = plain.fit(X, Y, optimizer=rn.Adam(0.1), epochs=3, batch_size=2)
        with lockstep(watched, second) as pair:
            assert watched.fit(X, Y, optimizer=rn.Adam(0.1), epochs=3, batch_size=2) == history
        assert pair.calls > 150 and pair.found == [] and watched.k is plain.k
        assert watched.fingerprint() == plain.fingerprint()


def test_as_a_backend(native):
    pair = Lockstep("c", "python")
    net = network(pair)
    assert net.fit(X, Y, epochs=9) == network("c").fit(X, Y, epochs=9)
    other = Lockstep("python", "c")
    network(other).fit(X, Y, epochs=9)
    assert pair.calls == other.calls > 300  # C replays nothing
    twins = copy.deepcopy(net), pickle.loads(pickle.dumps(net))
    for twin in (net, *twins):
        twin.fit(X, Y)
    assert {twin.fingerprint() for twin in twins} == {net.fingerprint()}
    assert pair.found == twins[1].k.found == [] and twins[1].k.calls > pair.calls / 10


def test_the_first_call_that_differs(backend):
    net = network(backend)
    with pytest.raises(OutOfStep) as caught, lockstep(net, Own(affine=bias_last)):
        net.forward(X)
    error = caught.value
    assert (error.call.layer, error.call.phase, error.call.kernel) == ("dense1", "forward", "affine")
    assert error.deviation.causes == ["bias added last"]
    row, unit = error.deviation.row, error.deviation.unit
    ours, theirs = (run(X, net.weights[0], [net.biases[0]])[row][unit] for run in (REFERENCE.affine, bias_last))
    assert (error.deviation.ours, error.deviation.theirs) == (ours, theirs)
    first, *rest = str(error).splitlines()
    assert first == f"call 0, forward dense1: affine gives another result[{row}][{unit}]"
    assert rest[0].startswith("  refnet  ") and "likely cause: bias added last" in rest[-1]
    assert net.k.name == backend and net.fit(X, Y)  # nothing is left of it


def test_what_is_changed_in_place(backend):
    net = network(backend)
    words = r"update (dense|batchnorm)\d.\w+: sgd_update gives another w\["
    with pytest.raises(OutOfStep, match=words) as caught, lockstep(net, Own(sgd_update=fused_update)):
        net.fit(X, Y, optimizer=rn.SGD(0.3), epochs=20)
    assert caught.value.deviation.causes == ["fused multiply-add"]


def test_all_of_them_are_noted():
    plain, net = network(), network()
    plain.fit(X, Y, epochs=2)
    with lockstep(net, Own(affine=bias_last), stop=False) as pair:
        net.fit(X, Y, epochs=2)
    assert len(pair.found) > 2 and {each.call.kernel for each in pair.found} == {"affine"}
    assert net.fingerprint() == plain.fingerprint()


def test_every_kernel_is_compared():
    """A backend that changes the last bit of one kernel after another is found by that kernel."""
    for name in ("affine", "tanh", "softmax", "dropout", "column_means", "move_average", "advance_power", "adam_update",
                 "fused_cross_entropy_backward", "column_sums"):
        def off(*values, name=name):
            made = getattr(REFERENCE, name)(*values)
            table = values[0] if made is None else made
            table[-1][-1] = math.nextafter(table[-1][-1], math.inf)
            return made

        net = network()
        with pytest.raises(OutOfStep) as caught, lockstep(net, Own(**{name: off})):
            net.fit(X, Y, optimizer=rn.Adam(0.1))
        assert caught.value.call.kernel == name and name in SEAM


def test_bad_input():
    net = network()
    with pytest.raises(ValueError, match="backend: 'gpu'"), lockstep(net, "gpu"):
        pass
    with pytest.raises(ValueError, match="stop: 'yes'"), lockstep(net, "python", stop="yes"):
        pass
    with pytest.raises(ValueError, match="affine: 5×4 of python, 5×3 of own"), lockstep(
        net, Own(affine=lambda x, w, b=None: [row[:3] for row in REFERENCE.affine(x, w, b)])):
        net.predict(X)
    assert net.k is REFERENCE
