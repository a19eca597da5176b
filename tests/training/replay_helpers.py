"""What do the tests of replay share? Data, a classifier, and proof that C really replayed."""

import refnet as rn
from refnet.arithmetic.random import uniform
from refnet.training.replay import Replay


def rows(count, width, key=7):
    return [[uniform(key, i * width + j) * 2.0 - 1.0 for j in range(width)] for i in range(count)]


X = rows(23, 5)
CLASSES = [int(uniform(99, i) * 3) for i in range(23)]


def layers():
    return [rn.Input(5), rn.Dense(6, weights=rn.He()), rn.ReLU(), rn.Dense(4, penalty=rn.L1(0.01)), rn.Tanh(),
            rn.Dense(3), rn.Softmax()]


def trained(backend, make=layers, y=CLASSES, epochs=7, batch_size=4, **settings):
    net = rn.Network(make(), backend=backend, seed=3)
    history = net.fit(X, y, epochs=epochs, batch_size=batch_size, **settings)
    return net, history


def replayed(**settings):
    """The C network, after making sure that it was replayed and did not fall back (warnings are errors)."""
    calls = []
    original = Replay.advance
    try:
        Replay.advance = lambda self, *a: (original(self, *a), calls.append(self.c.steps))[0]
        net, history = trained("c", **settings)
    finally:
        Replay.advance = original
    assert max(b - a for a, b in zip([0, *calls], calls)) > 1, "no call of C ran more than one step"
    return net, history
