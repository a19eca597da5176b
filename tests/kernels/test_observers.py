"""Is a wrapped backend as good as the one it stands around? It replays, checks, copies, pickles and moves like it."""

import copy
import pickle
import threading
import warnings
from collections import Counter

import pytest
from spies import Spy

import refnet as rn
from refnet.arithmetic.random import uniform
from refnet.kernels import SEAM, Wrapper, choose
from refnet.training import loop
from refnet.training.replay import Replay

X = [[uniform(7, i * 5 + j) * 2.0 - 1.0 for j in range(5)] for i in range(23)]
CLASSES = [int(uniform(99, i) * 3) for i in range(23)]


class Counting(Wrapper):
    """Counts the calls of each kernel."""

    def __init__(self, backend="auto"):
        super().__init__(backend)
        self.calls = Counter()

    def call(self, name, kernel, *values):
        self.calls[name] += 1
        return kernel(*values)


class CountingAll(Counting):
    """The same, also of the steps that C would replay unseen."""

    records = False


class Printing(Wrapper):
    """Prints each call as its signature has it."""

    def call(self, name, kernel, *values):
        print(f"{name}({SEAM[name].text})")
        return kernel(*values)


class Forwarding:
    """A user's own wrapper, which knows nothing of refnet's."""

    def __init__(self, kernels):
        self.kernels = kernels

    def __getattr__(self, name):
        return getattr(self.kernels, name)


class Halves(rn.Layer):
    """A user's own layer; it may hand a kernel matrices that do not fit."""

    is_wrong = False

    def forward(self, x, training=False):
        self.x = x
        return self.k.add(self.k.scale(x, 0.5), self.k.zeros(1, 1)) if self.is_wrong else self.k.scale(x, 0.5)

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, 0.5)


def network(backend):
    layers = [rn.Input(5), rn.Dense(6), rn.BatchNorm(), rn.Tanh(), Halves(), rn.Dropout(0.25), rn.Dense(3)]
    return rn.Network([*layers, rn.Softmax()], backend=backend, seed=3)


def trained(net, epochs=3):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no word of being trained step by step
        history = net.fit(X, CLASSES, optimizer=rn.Adam(0.01), epochs=epochs, batch_size=4)
    return net.fingerprint(), history["loss"]


@pytest.fixture
def engines(monkeypatch):
    """The names of the engines that fit has made."""
    made = []

    class Noted(Replay):
        def __init__(self, *arguments):
            made.append("replay")
            super().__init__(*arguments)

    monkeypatch.setattr(loop, "Replay", Noted)
    return made


@pytest.mark.parametrize("wrap", [Counting, Printing, Wrapper, Forwarding])
def test_a_wrapper_trains_to_the_same_bits(backend, wrap, engines):
    plain = trained(network(backend))
    engines.clear()
    wrapped = network(wrap(choose(backend)))
    assert wrapped.backend == backend
    assert trained(wrapped) == plain
    assert engines == (["replay"] if backend == "c" else [])


def test_around_c_only_the_recorded_steps_are_seen(native):
    net = network(Counting("c"))
    trained(net, epochs=5)
    assert net.k.calls["adam_update"] == 2 * 2 * 6  # two steps of each batch size, six parameters


def test_a_wrapper_that_records_nothing_sees_every_step(backend, engines):
    net = network(CountingAll(backend))
    plain = trained(network(backend))
    engines.clear()
    assert trained(net) == plain
    assert engines == []
    assert net.k.calls["adam_update"] == 3 * 6 * 6  # epochs, steps, parameters


def test_what_is_printed(capsys):
    rn.Network([rn.Input(5), rn.Dense(1)], backend=Printing("python")).forward(X[:1])
    assert "affine(x: m k, weights: n k, bias: 1 n? -> m n)\n" in capsys.readouterr().out


@pytest.mark.parametrize("wrap", [Counting, Forwarding])
def test_copies_keep_it(backend, wrap):
    net = network(wrap(choose(backend)))
    for twin in (copy.copy(net), copy.deepcopy(net)):
        assert twin.k is net.k
        assert all(layer.k is net.k or layer.k.inner is net.k for layer in twin.layers)
        assert trained(twin) == trained(network(backend))


def test_pickles_keep_it(backend):
    net = network(Counting(backend))
    net.forward(X)
    twin = pickle.loads(pickle.dumps(net))
    assert type(twin.k) is Counting and twin.k.calls == net.k.calls and twin.k.inner is net.k.inner
    assert trained(twin) == trained(net)


def test_a_network_moves_to_it_and_away(backend, journey):
    net = network(journey[0])
    trained(net)
    net.to(Counting(journey[1]))
    assert type(net.k) is Counting and net.backend == journey[1]
    again = trained(net, epochs=1)
    other = network(backend)
    trained(other)
    assert trained(other, epochs=1) == again
    assert net.to(backend).k is choose(backend)


@pytest.mark.parametrize("wrap", [lambda k: k, Counting, Forwarding])
def test_an_own_layer_s_arguments_are_checked(backend, wrap):
    net = network(wrap(choose(backend)))
    net.layers[4].is_wrong = True
    with pytest.raises(ValueError, match=r"add.*shape \(1, 1\)"):
        net.forward(X)


def test_other_threads_use_it(native):
    nets = [network(Counting("c")) for _ in range(2)]
    threads = [threading.Thread(target=trained, args=(net,)) for net in nets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert nets[0].fingerprint() == nets[1].fingerprint() == trained(network("c"))[0]


def test_named_arguments_reach_it_in_order():
    k = Counting("python")
    assert k.affine(weights=[[2.0]], x=[[3.0]]) == [[6.0]]
    with pytest.raises(TypeError, match=r"affine.*takes 3 arguments"):
        k.affine([[1.0]], wrong=[[1.0]])
    assert k.calls == {"affine": 1}


def test_what_is_no_backend_is_told_what_it_lacks():
    class Half:
        name, affine = "half", None

    with pytest.raises(ValueError, match="has no matrix, wide, zeros, shape, tolist, assign; allowed"):
        rn.Network([rn.Input(1), rn.Dense(1)], backend=Half())


def test_an_object_without_wide_is_not_changed():
    own = Spy(choose("python"))
    del own.wide
    before = dict(vars(own))
    with pytest.raises(ValueError, match="has no wide; allowed"):
        choose(own)
    assert vars(own) == before


# --- An optimizer of one's own that overrides `update` ---


class Own(rn.Optimizer):
    def update(self, network):
        self.attach(network)
        for parameter in network.parameters.values():
            network.k.sgd_update(parameter.value, parameter.gradient, self.rate_matrix)


class Twice(rn.SGD):
    """It calls the update it overrides; the step is taken in once all the same."""

    def update(self, network):
        super().update(network)


@pytest.mark.parametrize("optimizer", [Own, Twice])
@pytest.mark.parametrize("loop", ["fit", "by hand"])
def test_an_own_update_moves_statistics_and_counters(backend, optimizer, loop):
    nets = [network(backend) for _ in range(2)]
    for net, each in zip(nets, (optimizer(0.1), rn.SGD(0.1))):
        if loop == "fit":
            net.fit(X, CLASSES, optimizer=each, epochs=2, batch_size=4)
        else:
            for _ in range(3):
                net.forward(X, training=True)
                net.loss(CLASSES)
                net.backward()
                each.update(net)
    own, sgd = ({name: net.k.tolist(m) for layer in net.layers for name, m in layer.buffers.items()} for net in nets)
    assert own == sgd and own["drawn"][0][0] > 0.0 and own["mean"] != [[0.0] * 6]
    assert nets[0].fingerprint() == nets[1].fingerprint()
