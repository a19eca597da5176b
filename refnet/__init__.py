"""refnet: one neural network library, two backends, the same bits.

    import refnet as rn

    net = rn.Network([rn.Input(2), rn.Dense(8), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], seed=1)
    net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], optimizer=rn.Adam(0.1), epochs=200)
    net.predict([[0, 1], [1, 1]])           # above 0.9, below 0.1
    net.save("xor.refnet")
    net = rn.load("xor.refnet")

The pure-Python reference is the specification; the C core is right when no bit differs from it.

    Network                 fit, predict, evaluate, save; or forward, loss, backward and optimizer.update by hand
    load, save, register    files of networks
    Floating, Fixed         number formats: Network(…, number="binary32"), number=Fixed(7, 8)
    refnet.layers           Input, Dense, ReLU, Softmax, Dropout, BatchNorm, Add, …; your own: Layer, Parameter
    refnet.losses           CrossEntropy, HalfSquaredError, Huber, Hinge, …
    refnet.optimizers       SGD, Momentum, Adam, …, schedules of the rate, clipping
    refnet.parameters       initializers, penalties, constraints: Glorot, He, L2, L1, MaxNorm, …
    refnet.training         callbacks: EarlyStopping, Checkpoint, …; gradient_check, lsuv
    refnet.metrics          accuracy, f1, confusion_matrix, auc, r2, …
    refnet.exchange         save_onnx, load_onnx, save_safetensors, load_safetensors, load_weights, save_c
    refnet.graph            Unit, affine, sigmoid, tanh, relu, …, expand
    explain                 a training step as a lecturer writes it: text, LaTeX, a page, a spreadsheet
    refnet.trace            traced, tracing, explain, Trace, Step, Element, …
    refnet.neurons          Neuron, Perceptron, LogisticUnit, gate, truth_table, IntegrateAndFire
    refnet.exercises        Exercise, invented, grade, load
    refnet.selection        grid, cross_validate, restarts, learning_curve
    refnet.estimators       RefnetClassifier, RefnetRegressor, MLPClassifier, MLPRegressor
    refnet.diagnosis        summary, profile, diagnose, range_test, LIMITS
    refnet.plots            network, history, decision_surface, hidden_units, confusion_matrix, draw_graph, …
    refnet.data             read_csv, read_table, Preparation, read_idx_folder, split, Standardizer, one_hot, circle, …

All classes are names of refnet itself: rn.Dense, rn.Adam; dir(rn) has every name. help(rn.Network), help(rn.Dense),
help(rn.metrics), … say more. `refnet --help` in a terminal has the commands: train, explain, play, bench, …
"""

import sys

if sys.version_info < (3, 9):  # noqa: UP036  a folder that was copied has not passed pip's check
    raise ImportError(f"refnet needs Python 3.9 or later; this is Python {'.'.join(map(str, sys.version_info[:3]))}")

from importlib import import_module
from typing import TYPE_CHECKING, Any

from refnet.arithmetic import environment as _environment

_environment.check(ImportError)

if TYPE_CHECKING:  # for type checkers, and for programs that look for a package's imports
    from refnet import data, diagnosis, estimators, exchange, exercises, graph, neurons, plots, selection, trace
    from refnet.arithmetic import CONTRACT
    from refnet.arithmetic.formats import Fixed, Floating
    from refnet.diagnosis import diagnose, profile, range_test, summary
    from refnet.files import FileError, register
    from refnet.kernels import BackendError
    from refnet.layers import *  # noqa: F403
    from refnet.losses import *  # noqa: F403
    from refnet.losses import one_versus_all
    from refnet.model import Network, load, save
    from refnet.optimizers import *  # noqa: F403
    from refnet.parameters import *  # noqa: F403
    from refnet.plots import draw_graph
    from refnet.trace import explain, traced, tracing
    from refnet.training import *  # noqa: F403
    from refnet.training import gradient_check, lsuv, metrics

__version__ = "1.0.0"

# Rooms whose classes register themselves. Every public class of theirs is a name of refnet.
_ROOMS = ("layers", "losses", "optimizers", "parameters", "training")
# The other names, and the room that has each.
_NAMES = {
    "Network": "model", "load": "model", "save": "model", "FileError": "files", "register": "files",
    "BackendError": "kernels", "CONTRACT": "arithmetic", "Parameter": "parameters", "one_versus_all": "losses",
    "gradient_check": "training", "lsuv": "training", "metrics": "training", "traced": "trace", "tracing": "trace",
    "draw_graph": "plots", "explain": "trace", "diagnose": "diagnosis", "profile": "diagnosis",
    "range_test": "diagnosis", "summary": "diagnosis",
    "Fixed": "arithmetic.formats", "Floating": "arithmetic.formats",
    "data": "", "diagnosis": "", "estimators": "", "exchange": "", "exercises": "", "graph": "", "neurons": "",
    "plots": "", "selection": "", "trace": "",
}


def __getattr__(name: str) -> Any:
    """A name of refnet. Its room is imported when the name is first used, so that `import refnet` is fast."""
    value: Any
    if name == "__all__":  # a list that is not kept: help(refnet) would print all classes that it names, 13,000 lines
        if sys._getframe(1).f_globals.get("__name__") == "pydoc":
            raise AttributeError(name)
        return sorted([*_NAMES, *(each for room in _ROOMS for each in _classes(room))])
    if name in _ROOMS or _NAMES.get(name) == "":
        value = import_module(f"refnet.{name}")
    elif name in _NAMES:
        value = getattr(import_module(f"refnet.{_NAMES[name]}"), name)
    else:
        room = next((room for room in _ROOMS if not name.startswith("_") and name in _classes(room)), None)
        if room is None:
            raise AttributeError(f"module 'refnet' has no attribute {name!r}")
        value = getattr(import_module(f"refnet.{room}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__getattr__("__all__")])


def _classes(room: str) -> list[str]:
    return import_module(f"refnet.{room}").classes
