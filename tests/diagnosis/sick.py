"""Which networks are sick, and of what? Each has one disease; the tests of `diagnose` have to name it."""

import math
from pathlib import Path

import refnet as rn

PACKAGE = Path(rn.__file__).parent
RIGHT = rn.data.circle(120)
X, Y = [[0.4 * value for value in row] for row in RIGHT.inputs], RIGHT.targets


class WrongTanh(rn.Layer):
    """do/dz = 1 − o where 1 − o² is right."""

    def forward(self, x, training=False):
        self.o = self.k.tanh(x)
        return self.o

    def backward(self, d, input_gradient=True):
        return self.k.subtract(d, self.k.multiply(d, self.o))


def network(backend, seed, *hidden, last=None):
    hidden = hidden or (rn.Dense(6), rn.Tanh())
    return rn.Network([rn.Input(2), *hidden, last or rn.Dense(2), rn.Softmax()], backend=backend, seed=seed)


def trained(net, rate=0.3, epochs=20):
    net.fit(X, Y, optimizer=rn.SGD(rate), epochs=epochs)
    return net


def scaled(factor, shift=0.0):
    return [[factor * value + shift for value in row] for row in X]


def small(backend, seed):
    """Two units cannot enclose a circle."""
    net = network(backend, seed, rn.Dense(2), rn.Tanh())
    net.fit(rn.data.circle(120).inputs, Y, optimizer=rn.Adam(0.03), epochs=60)
    return net


def regression(backend, seed, *last):
    return rn.Network([rn.Input(2), rn.Dense(6), rn.Tanh(), rn.Dense(1), *last], backend=backend, seed=seed)


def exploded(backend, seed):
    """A training that went to infinity: each step multiplies the weights by some −10."""
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend, seed=seed)
    net.fit(X, [[float(y)] for y in Y], optimizer=rn.SGD(10.0), epochs=200)
    return net


def few_of_one_class():
    rows = [i for i, y in enumerate(Y) if y == 0 or i % 20 == 1]
    return [X[i] for i in rows], [Y[i] for i in rows]


# name: (the sickness, what else follows from it in some of the networks, what makes network, rows and settings)
SICK = {
    "exploded": ("diverging", set(), lambda b, s: (exploded(b, s), X, [[float(y)] for y in Y], {})),
    "a loss that has grown": ("diverging", set(), lambda b, s: (
        network(b, s), X, Y, {"optimizer": rn.SGD(0.3), "history": {"loss": [0.6, 0.4, 0.9, 2.3]}})),
    "wrong derivative": ("wrong gradient", set(), lambda b, s: (
        network(b, s, rn.Dense(6), WrongTanh()), X, Y, {"optimizer": rn.SGD(0.3)})),
    "penalty": ("constant answer", set(), lambda b, s: (
        trained(network(b, s, last=rn.Dense(2, penalty=rn.L2(1.0)))), X, Y, {})),
    "dead": ("dead units", set(), lambda b, s: (
        network(b, s, rn.Dense(8, biases=[-20.0] * 5 + [0.0] * 3), rn.ReLU()), X, Y, {"optimizer": rn.SGD(0.3)})),
    "saturated": ("saturated units", set(), lambda b, s: (
        network(b, s, rn.Dense(6, weights=rn.Normal(100.0)), rn.Tanh()), X, Y, {"optimizer": rn.SGD(0.3)})),
    "all the same": ("correlated units", set(), lambda b, s: (
        network(b, s, rn.Dense(6, weights=rn.Constant(0.5)), rn.Tanh()), X, Y, {"optimizer": rn.SGD(0.3)})),
    "no unit differs": ("equal weights", {"correlated units", "constant answer", "rate too small"}, lambda b, s: (
        network(b, s, rn.Dense(6, weights=rn.Constant(0.5)), rn.Tanh(), last=rn.Dense(2, weights=rn.Zeros())), X, Y,
        {"optimizer": rn.SGD(0.3)})),
    "deaf": ("units that ignore their input", set(), lambda b, s: (
        network(b, s, rn.Dense(6, weights=rn.Normal(0.001), biases=[0.5] * 6), rn.Tanh()), X, Y,
        {"optimizer": rn.SGD(1.0)})),
    # Sigmoids in six layers: each multiplies the gradient by at most ¼, and what the inputs do by about as much.
    "deep sigmoids": ("vanishing gradients", {"constant answer", "units that ignore their input"}, lambda b, s: (
        network(b, s, *[layer for _ in range(6) for layer in (rn.Dense(4), rn.Sigmoid())]), X, Y,
        {"optimizer": rn.SGD(0.3)})),
    "one unit": ("network too small", set(), lambda b, s: (
        network(b, s, rn.Dense(1), rn.Tanh()), X, Y, {"optimizer": rn.SGD(0.3)})),
    "too small for what it is trained on": ("network too small", set(), lambda b, s: (
        small(b, s), rn.data.circle(120).inputs, Y, {})),
    "trained with a tiny rate": ("nothing learnt", {"rate too small", "constant answer"}, lambda b, s: (
        trained(network(b, s, rn.Dense(6), rn.Tanh(), last=rn.Dense(2, weights=rn.Normal(3.0))), 1e-4), X, Y, {})),
    "sigmoid": ("targets out of range", set(), lambda b, s: (
        regression(b, s, rn.Sigmoid()), X, [[3.0 + u] for u, _ in X], {"loss": rn.MeanSquaredError()})),
    "huge targets": ("targets not standardised", {"constant answer", "diverging"}, lambda b, s: (
        regression(b, s), X, [[3000.0 + 1000.0 * u] for u, _ in X], {})),
    "slow": ("rate too small", set(), lambda b, s: (network(b, s), X, Y, {"optimizer": rn.SGD(0.001)})),
    # A rate a hundred times too large makes the loss grow as well.
    "fast": ("rate too large", {"diverging"}, lambda b, s: (network(b, s), X, Y, {"optimizer": rn.SGD(50.0)})),
    # Inputs of 1000 are at the ends of a tanh, and then the outputs are hardly more than a constant.
    "raw": ("inputs not standardised", {"saturated units", "constant answer", "rate too large"}, lambda b, s: (
        network(b, s), scaled(100.0, 500.0), Y, {"optimizer": rn.SGD(0.3)})),
    "tiny inputs": ("inputs not standardised", {"units that ignore their input"}, lambda b, s: (
        network(b, s), scaled(0.06), Y, {"optimizer": rn.SGD(0.3)})),
    "off centre": ("inputs not standardised", set(), lambda b, s: (
        network(b, s, rn.Dense(12), rn.Tanh()), scaled(0.4, 1.5), Y, {"optimizer": rn.SGD(0.5)})),
    "one class in twenty": ("classes unbalanced", set(), lambda b, s: (
        network(b, s), *few_of_one_class(), {"optimizer": rn.SGD(0.3)})),
}

HEALTHY = {
    "fresh": lambda b, s: (network(b, s), X, Y, {"optimizer": rn.SGD(0.3)}),
    "trained": lambda b, s: (trained(network(b, s)), X, Y, {}),
    "ReLU": lambda b, s: (network(b, s, rn.Dense(8, weights=rn.He()), rn.ReLU()), X, Y, {"optimizer": rn.Adam(0.03)}),
    "regression": lambda b, s: (rn.Network([rn.Input(2), rn.Dense(6), rn.Tanh(), rn.Dense(1)], backend=b, seed=s), X,
                                [[math.fabs(x)] for x, _ in X], {"optimizer": rn.SGD(0.1)}),
}
