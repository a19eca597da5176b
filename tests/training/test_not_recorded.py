"""Is a step that must not be recorded noticed, and trained step by step?"""

import warnings

import pytest
from replay_helpers import CLASSES, X, trained

import refnet as rn

pytestmark = pytest.mark.filterwarnings("error")


class Looks(rn.Layer):
    """Branches on a value, so it must not be recorded."""

    def forward(self, x, training=False):
        self.factor = 2.0 if self.k.tolist(x)[0][0] > 0.0 else 0.5
        return self.k.scale(x, self.factor)

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, self.factor)


class Counts(rn.Layer):
    """Keeps a number between steps."""

    calls = 0

    def forward(self, x, training=False):
        self.calls += 1
        return self.k.scale(x, 1.0 + 1.0 / self.calls)

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, 1.0 + 1.0 / self.calls)


class Remembers(rn.Layer):
    """Keeps a matrix between steps, but not in `buffers`."""

    def forward(self, x, training=False):
        before = getattr(self, "sums", None)
        self.sums = self.k.column_sums(x) if before is None else self.k.add(before, self.k.column_sums(x))
        nothing = self.k.zeros(self.k.shape(x)[0], 1)
        return self.k.add(x, self.k.affine(nothing, self.k.zeros(self.inputs, 1), self.sums))

    def backward(self, d, input_gradient=True):
        return d


@pytest.mark.parametrize("layer", [Looks, Counts, Remembers])
def test_what_cannot_be_recorded_is_trained_step_by_step_and_says_so(layer):
    def make():
        return [rn.Input(5), rn.Dense(4), layer(), rn.Dense(3), rn.Softmax()]

    with pytest.warns(UserWarning, match="step by step"):
        c, c_history = trained("c", make=make)
    python, python_history = trained("python", make=make)
    assert (c.fingerprint(), c_history) == (python.fingerprint(), python_history)


class Fails(rn.Layer):
    """Raises at its nth call."""

    def __init__(self, at):
        super().__init__()
        self.at = at

    def forward(self, x, training=False):
        self.at -= 1
        if self.at == 0:
            raise RuntimeError("the layer's own trouble")
        return self.k.copy(x)

    def backward(self, d, input_gradient=True):
        return d


def test_an_error_in_a_recorded_step_arrives_and_leaves_the_network_as_it_was():
    net = rn.Network([rn.Input(5), rn.Dense(4), Fails(at=1), rn.Dense(3), rn.Softmax()], backend="c")
    before = net.fingerprint()
    net.layers[2].at = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.fit(X, CLASSES, optimizer=rn.Nesterov(0.1))  # the first try fails, the second succeeds unrecorded
    assert net.fingerprint() != before

    class FailsForGood(Fails):
        def forward(self, x, training=False):
            raise RuntimeError("the layer's own trouble")

    net = rn.Network([rn.Input(5), rn.Dense(4), FailsForGood(0), rn.Dense(3), rn.Softmax()], backend="c")
    before = net.fingerprint()
    with warnings.catch_warnings(), pytest.raises(RuntimeError, match="own trouble"):
        warnings.simplefilter("ignore")
        net.fit(X, CLASSES, optimizer=rn.Nesterov(0.1))
    assert net.fingerprint() == before and net.progress.step == 0


class Embeds(rn.Layer):
    """Makes class indices from a feature: numbers that nobody has checked."""

    def output_units(self, inputs):
        return 3

    def forward(self, x, training=False):
        return self.k.one_hot(self.k.copy(x), 3)

    def backward(self, d, input_gradient=True):
        return self.k.zeros(self.k.shape(d)[0], self.inputs)


def test_indices_that_a_step_computes_are_checked_in_every_step(backend):
    """Otherwise a replay would write wherever an index points."""
    inputs = [[float(i % 3)] for i in range(20)]
    net = rn.Network([rn.Input(1), Embeds(), rn.Dense(2), rn.Softmax()], backend=backend)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.fit(inputs, [i % 2 for i in range(20)], epochs=2, batch_size=4, shuffle=False)
        inputs[17] = [40.0]
        before = net.progress.step
        with pytest.raises(ValueError, match=r"one_hot: classes holds 40\.0"):
            net.fit(inputs, [i % 2 for i in range(20)], batch_size=4, shuffle=False)
    assert net.progress.step == before + 4


class Measures(rn.Layer):
    """Replaces a matrix in each training step, and uses it in prediction."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k)
        self.buffers["mean"] = k.zeros(1, inputs)

    def forward(self, x, training=False):
        if training:
            self.buffers["mean"] = self.k.column_sums(x)
            return self.k.copy(x)
        return self.k.add(x, self.k.affine(self.k.zeros(self.k.shape(x)[0], 1), self.k.zeros(self.inputs, 1),
                                           self.buffers["mean"]))

    def backward(self, d, input_gradient=True):
        return d


class CountsToTen(rn.Layer):
    """Computes one thing in nine steps, then another."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x, training=False):
        self.calls += 1
        self.factor = 1.0 if self.calls < 10 else 0.5
        return self.k.scale(x, self.factor)

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, self.factor)


class LooksAtItsOwn(rn.Layer):
    """Branches on a matrix that is neither a parameter nor a buffer."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k)
        self.sums = k.zeros(1, inputs)

    def forward(self, x, training=False):
        self.k.accumulate(self.sums, self.k.column_sums(x))
        self.factors = [0.5 if self.k.tolist(self.sums)[0][0] > 0.0 else 1.0]  # in a list: not a plain attribute
        return self.k.scale(x, self.factors[0])

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, self.factors[0])


@pytest.mark.parametrize("layer", [Measures, CountsToTen, LooksAtItsOwn])
def test_what_changes_behind_the_recording_is_noticed(layer):
    def run(backend):
        net = rn.Network([rn.Input(5), rn.Dense(4), layer(), rn.Dense(3), rn.Softmax()], backend=backend, seed=3)
        net.fit(X, CLASSES, epochs=5, batch_size=4)
        return net.fingerprint(), net.predict(X)

    with pytest.warns(UserWarning, match="step by step"):
        c = run("c")
    assert c == run("python")


class AccumulatesThenFails(rn.Layer):
    """Changes a buffer, then does something that only a recorded matrix refuses."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k)
        self.buffers["sums"] = k.zeros(1, inputs)

    def forward(self, x, training=False):
        self.k.accumulate(self.buffers["sums"], self.k.column_sums(x))
        if self.k.name == "c":
            assert x.strides
        return self.k.copy(x)

    def backward(self, d, input_gradient=True):
        return d


def test_a_step_that_fails_only_while_recorded_takes_place_once():
    def run(backend):
        net = rn.Network([rn.Input(5), rn.Dense(4), AccumulatesThenFails(), rn.Dense(3), rn.Softmax()],
                         backend=backend, seed=3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            net.fit(X, CLASSES, epochs=2, batch_size=4, optimizer=rn.Momentum(0.1))
        return net.fingerprint(), net.k.tolist(net.layers[2].buffers["sums"]), net.progress.step

    assert run("c") == run("python")
