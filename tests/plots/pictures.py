"""What do the tests of pictures draw? Small networks and results, made once, and every picture of them by its name."""

from functools import lru_cache

import refnet as rn
from refnet import plots, selection

NEURON = rn.neurons.IntegrateAndFire(refractory=2.0)
FIXED = {"optimizer": rn.Adam(0.05), "epochs": 3, "executor": "serial"}


@lru_cache(None)
def circle():
    return rn.data.circle(30, noise=0.5, seed=1)


@lru_cache(None)
def single(backend="python"):
    """2-5-2-1, tanh and sigmoid, a little trained."""
    net = rn.Network([rn.Input(2), rn.Dense(5), rn.Tanh(), rn.Dense(2), rn.ReLU(), rn.Dense(1), rn.Sigmoid()],
                     seed=3, backend=backend)
    net.fit(circle().inputs, circle().targets, optimizer=rn.Adam(0.05), epochs=4, validation=0.3, metrics="f1")
    return net


@lru_cache(None)
def three():
    """Three named classes."""
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Softmax()], seed=1, backend="python")
    net.fit(*three_examples(), epochs=60, optimizer=rn.Adam(0.2))
    return net


def three_examples():
    rows = [[0.0, 0.1], [0.2, 0.0], [2.0, 0.1], [2.2, 0.0], [1.0, 2.0], [1.2, 2.2]]
    return rows, ["left", "left", "right", "right", "top", "top"]


@lru_cache(None)
def golden():
    """The lectures' two-layer network before its first step (lecture 003, "Example")."""
    net = rn.Network([rn.Input(2), rn.Dense(2, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()],
                     backend="python")
    net.weights = [[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]]
    return net


STEP = ([0.1, 0.1], [0.1], rn.HalfSquaredError(), rn.SGD(0.2))
RECORDS = [{"epoch": epoch, "activation": {"tanh1": 0.5, "tanh2": 0.25 * epoch},
            "gradient": {"dense1": 0.001 * epoch, "dense2": 0.0}, "weight": {"dense1": 0.5, "dense2": 0.25}}
           for epoch in (1, 2, 3)]


def make(seed, lam=0.0):
    return rn.Network([rn.Input(2), rn.Dense(2, penalty=rn.L2(lam)), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], seed=seed,
                      backend="python")


@lru_cache(None)
def grid(*values, folds=None):
    data = circle()
    how = {"folds": folds} if folds else {"validation": (data.inputs, data.targets)}
    return selection.grid(make, {"lam": list(values)}, data.inputs, data.targets, refit=False, **how, **FIXED)


@lru_cache(None)
def curve(folds=None):
    data = circle()
    how = {"folds": folds} if folds else {"validation": (data.inputs, data.targets)}
    return selection.learning_curve(make, [5, 10, 15], data.inputs, data.targets, **how, **FIXED)


NAMES = (["left", "left", "right", "top"], ["left", "right", "right", "top"])  # true and predicted
IMAGES = rn.Network([rn.Input(9), rn.Dense(10), rn.Linear()], seed=1, backend="python")

# Each picture by the name of its function: drawn anew, or onto the axes or figure that is given.
ON_AXES = {
    "compare_histories": lambda **on: plots.compare_histories({"a": single().history, "b": single().history}, **on),
    "learning_curve": lambda **on: plots.learning_curve(curve(), desired=0.1, **on),
    "error_against_lambda": lambda **on: plots.error_against_lambda(grid(0.01, 0.02, 0.04), **on),
    "membrane_voltage": lambda **on: plots.membrane_voltage(NEURON, NEURON.simulate(2.0, time=60.0), **on),
    "spike_raster": lambda **on: plots.spike_raster([NEURON.simulate(i, time=60.0) for i in (1.0, 2.0, 4.0)], **on),
    "firing_rate": lambda **on: plots.firing_rate(NEURON, [0.1 * i for i in range(51)], **on),
    "decision_surface": lambda **on: plots.decision_surface(single(), circle().inputs, circle().targets, 21, **on),
    "confusion_matrix": lambda **on: plots.confusion_matrix(*NAMES, **on),
    "roc": lambda **on: plots.roc([0, 1, 0, 1], [0.1, 0.9, 0.6, 0.4], **on),
    "optimizer_paths": lambda **on: plots.optimizer_paths([rn.SGD(0.09), rn.Adam(0.5)], steps=5, **on),
    "network": lambda **on: plots.network(golden(), *STEP, digits=5, **on),
}
ON_FIGURE = {
    "history": lambda **on: plots.history(single().history, **on),
    "hidden_units": lambda **on: plots.hidden_units(single(), circle().inputs, circle().targets, points=11, **on),
    "activation_functions": lambda **on: plots.activation_functions(["tanh", "relu", "elu", rn.LeakyReLU()], **on),
    "first_layer": lambda **on: plots.first_layer(IMAGES, **on),
    "layer_sizes": lambda **on: plots.layer_sizes(RECORDS, **on),
}
