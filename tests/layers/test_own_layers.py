"""Does a layer of the user's own train like refnet's, and are its mistakes found on both backends?"""

import math

import pytest
from kernel_helpers import same

import refnet as rn

INPUTS = [[0.9, -0.4], [-1.1, 0.7], [0.3, 1.3], [-0.6, -0.8]]


# --- A layer with parameters ---


class Gaussian(rn.Layer):
    """o = e^(−z²)·gain + shift, composed of kernels; gain and shift are trained."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k)
        self.parameters["gain"] = rn.Parameter(k.matrix([[1.0 + 0.25 * i for i in range(inputs)]]), is_row=True)
        self.parameters["shift"] = rn.Parameter(k.zeros(1, inputs), is_row=True)

    def forward(self, x, training=False):
        k = self.k
        self.x, rows = x, k.shape(x)[0]
        self.ones = k.matrix([[1.0]] * rows)
        self.bell = k.exp(k.scale(k.multiply(x, x), -1.0))
        gain, shift = (self._spread(name) for name in ("gain", "shift"))
        return k.add(k.multiply(self.bell, gain), shift)

    def _spread(self, name):
        """The single row of a parameter, repeated for each row of the batch: an outer product with ones."""
        k = self.k
        return k.affine_backward_weights(k.matrix([[1.0] * k.shape(self.ones)[0]]), self.parameters[name].value)

    def backward(self, d, input_gradient=True):
        k = self.k
        self.parameters["gain"].gradient = k.column_sums(k.multiply(d, self.bell))
        self.parameters["shift"].gradient = k.column_sums(d)
        slope = k.multiply(self.bell, k.scale(self.x, -2.0))
        return k.multiply(k.multiply(d, self._spread("gain")), slope)


def gaussian(backend):
    return rn.Network([rn.Input(2), rn.Dense(3), Gaussian(), rn.Dense(2)], backend=backend, seed=6)


def test_a_layer_of_ones_own_is_right(backend):
    assert rn.gradient_check(gaussian(backend), INPUTS, [[0.1, 0.9]] * 4) < 1e-6  # 1e-6: see test_gradient_check
    net = gaussian(backend)
    assert list(net.parameters)[2:4] == ["gaussian1.gain", "gaussian1.shift"]
    assert net.get("gaussian1.gain") == [1.0, 1.25, 1.5]


@pytest.mark.filterwarnings("ignore::UserWarning")  # the C backend may say that it cannot record such a layer
def test_a_layer_of_ones_own_gives_the_same_bits(both):
    nets = []
    for name in ("python", "c"):
        net = gaussian(name)
        net.fit(INPUTS, [[0.1, 0.9]] * 4, optimizer=rn.Momentum(0.1), epochs=5, batch_size=3, shuffle=True)
        nets.append(net)
    assert nets[0].fingerprint() == nets[1].fingerprint() != gaussian("python").fingerprint()
    same(nets[0].predict(INPUTS), nets[1].predict(INPUTS))
    same(nets[0].to("c").predict(INPUTS), nets[1].predict(INPUTS))


def test_a_layer_without_formulas_says_so(backend):
    net = rn.Network([rn.Input(2), rn.Layer()], backend=backend)
    with pytest.raises(TypeError, match="Layer defines no forward"):
        net.forward([[1.0, 2.0]])


# --- Mistakes ---


class Careless(rn.Layer):
    """Calls kernels with arguments that do not fit together."""

    def __init__(self, mistake):
        super().__init__()
        self.mistake = mistake

    def forward(self, x, training=False):
        return self.mistake(self.k, x)

    def backward(self, d, input_gradient=True):
        return d


MISTAKES = {
    "widths": (lambda k, x: k.affine(x, k.zeros(2, 5)), r"affine\(.*weights has shape \(2, 5\), but k is 3"),
    "rows": (lambda k, x: k.add(x, k.zeros(1, 3)), r"add\(.*b has shape \(1, 3\), but m is 2"),
    "a row that is not there": (lambda k, x: k.take_rows(x, k.matrix([[0.0, 2.0]])), r"holds 2.0 at 1; .* 0 to 1"),
    "a row before the first": (lambda k, x: k.take_rows(x, k.matrix([[-1.0]])), r"holds -1.0 at 0; .* 0 to 1"),
    "half a row": (lambda k, x: k.take_rows(x, k.matrix([[0.5]])), "holds 0.5 at 0"),
    "no class": (lambda k, x: k.one_hot(k.matrix([[3.0]]), 3), "classes holds 3.0 at 0; allowed: .* 0 to 2"),
    "NaN for a class": (lambda k, x: k.one_hot(k.matrix([[math.nan]]), 3), "classes holds nan at 0"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_of_an_own_layer_are_found_on_both_backends(backend, name):
    mistake, message = MISTAKES[name]
    net = rn.Network([rn.Input(3), Careless(mistake)], backend=backend)
    with pytest.raises(ValueError, match=message):
        net.forward([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


NO_MATRICES = {
    "a number": (lambda k, x: k.multiply(x, 2.0), r"^multiply: b is .*float; allowed: matrices"),
    "a row": (lambda k, x: k.multiply(x, [1.0, 2.0, 3.0]), r"^multiply: b is .*list; allowed: matrices"),
    "nothing": (lambda k, x: k.subtract(x, None), r"^subtract: b is .*NoneType; allowed: matrices"),
    "a matrix for a number": (lambda k, x: k.scale(x, x), r"^scale: factor is .*; allowed: numbers"),
    "text": (lambda k, x: k.scale(x, "2"), r"^scale: factor is '2', a str; allowed: numbers"),
    "one too few": (lambda k, x: k.scale(x), r"^scale\(x: m n, factor: number -> m n\) takes 2 arguments; got 1"),
    "a returned row": (lambda k, x: [1.0, 2.0, 3.0], r"^careless1\.forward returned a list; expected .*\(2, 3\)"),
}


@pytest.mark.parametrize("name", NO_MATRICES)
def test_what_is_no_matrix_is_named_on_both_backends(backend, name):
    mistake, message = NO_MATRICES[name]
    net = rn.Network([rn.Input(3), Careless(mistake)], backend=backend)
    with pytest.raises(TypeError, match=message):
        net.forward([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def test_lists_that_a_layer_returns_are_no_matrices_of_c(native):
    net = rn.Network([rn.Input(3), Careless(lambda k, x: k.tolist(x))], backend="c")
    with pytest.raises(TypeError, match=r"^careless1\.forward returned a list; .*\(2, 3\), made by kernels or"):
        net.forward([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


# --- Numbers of NumPy in a user's own parts ---


def parts_with(number):
    """Every kind of a user's own part, each of which hands a kernel this number."""

    class Scaled(rn.Layer):
        def forward(self, x, training=False):
            return self.k.scale(x, number)

        def backward(self, d, input_gradient=True):
            return self.k.scale(d, number)

    class Quadratic(rn.Loss):
        def forward(self, k, o, y):
            return k.scale(k.squared_error(o, y), number)

        def backward(self, k, o, y):
            return k.scale(k.squared_error_backward(o, y, 4.0), number)

    class Ridge(rn.Penalty):
        def cost(self, k, w):
            return k.tolist(k.scale(k.sum_of_squares(w), number))[0][0]

        def gradient(self, k, g, w):
            return k.add_scaled(g, w, number)

    class Bound(rn.Constraint):
        def apply(self, k, w):
            k.clamp(w, -number, number)

    class Cut(rn.Clip):
        def clipped(self, k, gradients):
            return [k.clip_value(g, number) for g in gradients]

    class Slow(rn.Optimizer):
        matrices = ("v",)

        def update_parameter(self, k, w, g, state):
            k.momentum_update(w, state["v"], g, self.rate_matrix, number)

    class Start(rn.Initializer):
        def __call__(self, k, key, units, inputs):
            return k.scale(k.uniform(key, k.zeros(1, 1), units, inputs), number)

    return Scaled, Quadratic, Ridge, Bound, Cut, Slow, Start


def test_a_number_of_numpy_in_ones_own_parts_is_binary64(native):
    """On the reference it would make weights binary32; C takes it for the binary64 number that it is."""
    numpy = pytest.importorskip("numpy")
    found = []
    for backend in ("python", "c"):
        for kind in (float, numpy.float32, numpy.float16):
            scaled, loss, penalty, bound, cut, optimizer, start = parts_with(kind(0.4375))  # a float16 has it too
            dense = rn.Dense(2, weights=start(), penalty=penalty(), constraint=bound())
            net = rn.Network([rn.Input(2), dense, scaled()], backend=backend, seed=1)
            history = net.fit(INPUTS, [[0.1, 0.9]] * 4, loss=loss(), optimizer=optimizer(0.1, clip=cut()), epochs=3)
            assert {type(v) for row in net.weights[0] for v in row} == {float}
            found.append((net.fingerprint(), history["loss"], net.evaluate(INPUTS, [[0.1, 0.9]] * 4)))
    assert found == found[:1] * 6
