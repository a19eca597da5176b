"""What do the tests of callbacks share? Five rows, a classifier that draws and measures, and a fit of it."""

import refnet as rn
from refnet.training.callbacks import Callback

X = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0], [0.125, -0.5], [1.0, 1.0]]
Y = [1, 0, 0, 1, 0]
VALIDATION = ([[0.25, 0.5], [1.0, -1.0], [0.0, 1.5]], [0, 1, 1])


def network(backend, seed=2):
    hidden = [rn.Dense(6), rn.Dropout(0.25), rn.Tanh(), rn.BatchNorm()]
    return rn.Network([rn.Input(2), *hidden, rn.Dense(2), rn.Softmax()], backend=backend, seed=seed)


def fit(net, epochs, **more):
    more.setdefault("optimizer", rn.Momentum(0.3))
    return net.fit(X, Y, epochs=epochs, batch_size=2, validation=VALIDATION, **more)


class Line(Callback):
    """Writes these numbers into the history, as if they had been measured."""

    def __init__(self, values):
        self.values = list(values)

    def epoch_end(self, network, line):
        line["own_loss"] = self.values.pop(0)
