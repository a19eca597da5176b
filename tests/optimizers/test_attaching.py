"""Does an optimizer belong to its network all or not at all, and do the two go together when they are done?"""

import copy
import gc
import os
import pickle
import sys
import weakref
from contextlib import suppress

import pytest

import refnet as rn
from refnet.kernels import Wrapper

X, Y = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0], [0.125, -0.5]], [0, 1, 1, 0]
ROOMS = tuple(os.path.join("refnet", *file) for file in (("optimizers", "base.py"), ("checks", "owned.py")))


def network(backend):
    layers = [rn.Input(2), rn.Dense(3), rn.BatchNorm(), rn.Tanh(), rn.Dropout(0.25), rn.Dense(2), rn.Softmax()]
    return rn.Network(layers, backend, seed=1)


def fit(net, **settings):
    net.fit(X, Y, epochs=3, batch_size=2, **settings)
    return net.fingerprint()


# --- Attached whole, or not at all ---


class Stopped:
    """Raises KeyboardInterrupt at the n-th line of Python in the files that attach an optimizer."""

    def __init__(self, n):
        self.left = n

    def __call__(self, frame, event, argument):
        return self.line if frame.f_code.co_filename.endswith(ROOMS) else None

    def line(self, frame, event, argument):
        self.left -= event == "line"
        if self.left == 0:
            raise KeyboardInterrupt
        return self.line


def attached_but_for(n, net, optimizer):
    """Attach the optimizer, interrupted at the n-th line. Returns whether there was one."""
    before, stopped = sys.gettrace(), Stopped(n)
    sys.settrace(stopped)
    try:
        optimizer.attach(net)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_an_interrupt_wherever_it_is_attached(backend, path):
    expected, n = fit(network(backend), optimizer=rn.Adam(0.1)), 1
    while True:
        net, optimizer = network(backend), rn.Adam(0.1)
        if not attached_but_for(n, net, optimizer):
            break
        net.save(path)
        rn.load(path, backend)
        copy.deepcopy(net)
        net.to("python" if backend == "c" else "c")
        assert fit(net, optimizer=optimizer) == expected
        assert len(net.optimizers) == 1
        n += 1
    assert n > 10


class Full(Wrapper):
    """A backend whose memory is full after so many matrices."""

    left = 10**9

    def _count(self):
        self.left -= 1
        if self.left < 0:
            raise MemoryError

    def zeros(self, rows, columns):
        self._count()
        return self.inner.zeros(rows, columns)

    def call(self, name, kernel, *values):
        self._count()
        return kernel(*values)


def test_a_lack_of_memory_wherever_it_is_attached(backend, path):
    expected, n, said = fit(network(backend), optimizer=rn.AMSGrad(0.1)), 0, []
    while True:
        k, optimizer = Full(backend), rn.AMSGrad(0.1)
        net = network(k)
        k.left = n
        try:
            optimizer.attach(net)
            break
        except MemoryError as error:
            said.append(str(error))
        finally:
            k.left = 10**9
        net.save(path)
        rn.load(path, backend)
        assert fit(net, optimizer=optimizer) == expected
        n += 1
    assert "dense1.weights: not enough memory for AMSGrad's mean, squares, largest, 3 × 2 numbers each" in said


def test_an_interrupt_while_nesterov_moves_the_weights_ahead(backend):
    """The step is given up, and the weights are what they were."""
    net, optimizer = network(backend), rn.Nesterov(0.1)
    fit(net, optimizer=optimizer)
    before = net.fingerprint()
    k, net.k = net.k, type("Interrupted", (Wrapper,), {"call": interrupted_at(2)})(net.k)
    with pytest.raises(KeyboardInterrupt):
        optimizer.before_forward(net)
    net.k = k
    optimizer.abandon(net)
    assert net.fingerprint() == before
    optimizer.before_forward(net)
    optimizer.abandon(net)
    assert net.fingerprint() == before


def interrupted_at(n):
    def call(self, name, kernel, *values):
        self.looked = getattr(self, "looked", 0) + (name == "nesterov_look_ahead")
        if self.looked == n:
            raise KeyboardInterrupt
        return kernel(*values)

    return call


# --- Whose it is ---


def test_it_belongs_to_its_first_network_also_when_that_is_gone(backend):
    """Its velocities fit no other one; when a network is freed must not decide what is allowed."""
    for what in (rn.Momentum(0.1), rn.EarlyStopping(monitor="loss")):
        name = "optimizer" if isinstance(what, rn.Optimizer) else "callbacks"
        net = network(backend)
        fit(net, **{name: what})
        assert what.network is net
        del net
        gc.collect()
        assert what.network is None
        with pytest.raises(ValueError, match=f"{name}: this {type(what).__name__} belongs to another network; make a"):
            fit(network(backend), **{name: what})
        for twin in (copy.deepcopy(what), pickle.loads(pickle.dumps(what))):
            fit(network(backend), **{name: twin})


def test_an_optimizer_of_a_network_that_is_gone_is_not_saved_as_new(backend, path):
    net, other = network(backend), network(backend)
    fit(other, optimizer=rn.Momentum(0.1))
    net.optimizer = other.optimizer
    del other
    gc.collect()
    with pytest.raises(rn.FileError, match="optimizer: it belongs to another network"):
        net.save(path)


# --- Freed at once ---


class Failing(rn.Layer):
    """Fails in the fourth pass."""

    passes = 0

    def forward(self, x, training=False):
        self.passes += 1
        if self.passes == 4:
            raise RuntimeError("four")
        return self.k.scale(x, 1.0)

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, 1.0)


def by_hand(net, optimizer):
    for _ in range(9):
        optimizer.before_forward(net)
        net.forward(X, training=True)
        net.loss(Y, rn.CrossEntropy())
        net.backward()
        optimizer.update(net)
    net.predict(X)
    return net


def failed(backend):
    net = rn.Network([rn.Input(2), rn.Dense(2), Failing(), rn.Softmax()], backend)
    with suppress(RuntimeError):
        fit(net)
    return net


def fitted(backend, **settings):
    net = network(backend)
    fit(net, **settings)
    return net


def graph(backend):
    a, b, shared = rn.Input(2), rn.Input(2), rn.Dense(3)
    net = rn.Network(rn.Dense(2)(rn.Add()(shared(a), shared(b))), backend)
    net.fit([X, X], X, loss=rn.MeanSquaredError(), optimizer=rn.Momentum(0.1))
    return net


def loaded(backend, path):
    fitted(backend, optimizer=rn.Adam(0.1)).save(path)
    net = rn.load(path, backend)
    fit(net)
    return net


USES = {
    "made": lambda backend, path: network(backend),
    "fitted": lambda backend, path: fitted(backend, optimizer=rn.Adam(0.1)),
    "callbacks": lambda backend, path: fitted(backend, validation=(X, Y), metrics=rn.metrics.f1, callbacks=[
        rn.EarlyStopping(), rn.LayerStatistics(X, Y), rn.Checkpoint(path)]),
    "a plateau": lambda backend, path: fitted(backend, optimizer=rn.SGD(rn.Plateau(0.1, monitor="loss"))),
    "by hand": lambda backend, path: by_hand(network(backend), rn.Adam(0.1)),
    "Nesterov by hand": lambda backend, path: by_hand(network(backend), rn.Nesterov(0.1)),
    "copied": lambda backend, path: copy.deepcopy(fitted(backend, optimizer=rn.Adam(0.1))),
    "pickled": lambda backend, path: pickle.loads(pickle.dumps(fitted(backend, optimizer=rn.Adam(0.1)))),
    "moved": lambda backend, path: fitted(backend).to("python" if backend == "c" else "c"),
    "loaded": loaded,
    "failed": lambda backend, path: failed(backend),
    "a graph": lambda backend, path: graph(backend),
}  # fmt: skip


@pytest.mark.parametrize("use", USES)
@pytest.mark.filterwarnings("ignore::UserWarning")  # what fails is trained step by step
def test_a_network_is_freed_at_once(backend, use, path):
    """Not when the garbage collector comes, if ever: nothing that it holds holds it."""
    gc.collect()
    gc.disable()
    try:
        net = USES[use](backend, path)
        parts = [net, net.passes, *net.layers, *net.parameters.values(), *net.optimizers, *net.callbacks]
        alive = [(type(each).__name__, weakref.ref(each)) for each in parts]
        del net, parts
        assert [name for name, part in alive if part() is not None] == []
    finally:
        gc.enable()
