"""What does an estimator of refnet's own take? Layers, losses, optimizers and callbacks, by name or as objects."""

from __future__ import annotations

import copy
from typing import Any, Optional

import numpy as np

from refnet.checks import is_whole, shown
from refnet.checks.settings import named
from refnet.estimators.base import Classes, Estimator, Numbers
from refnet.layers import Dense, Input, Layer, Softmax
from refnet.losses import Hinge, Loss, MulticlassHinge, NegativeLogLikelihood, SquaredHinge
from refnet.model import Network
from refnet.optimizers import Optimizer
from refnet.parameters import as_penalties
from refnet.training import EarlyStopping
from refnet.training.callbacks import as_callbacks

PATIENCE, SHARE = 10, 0.1  # of early_stopping=True, as scikit-learn has them
NOT_OF_PROBABILITIES = (Hinge, SquaredHinge, MulticlassHinge, NegativeLogLikelihood)


class _Refnet(Estimator):
    """The parameters of both; RefnetClassifier says what they are."""

    def __init__(self, hidden: Any = (100,), activation: Any = "relu", *, loss: Any = None, optimizer: Any = "adam",
                 rate: Any = None, batch_size: Any = "auto", epochs: int = 200, shuffle: bool = True,
                 penalty: Any = None, early_stopping: Any = False, validation: Optional[float] = None,
                 metrics: Any = None, callbacks: Any = None, number: Any = None, backend: Any = "auto",
                 random_state: Any = 0, progress: bool = False) -> None:
        self.hidden, self.activation, self.loss, self.optimizer, self.rate = hidden, activation, loss, optimizer, rate
        self.batch_size, self.epochs, self.shuffle, self.penalty = batch_size, epochs, shuffle, penalty
        self.early_stopping, self.validation, self.metrics = early_stopping, validation, metrics
        self.callbacks, self.number, self.backend, self.random_state = callbacks, number, backend, random_state
        self.progress = progress

    def _begin(self, inputs: int, outputs: int) -> Network:
        layers = [Input(inputs), *self._hidden_layers(), Dense(outputs), *self._last_layers()]
        network = Network(layers, backend=self.backend, seed=self._seed(), number=self.number)
        network.objective = self._loss()
        network.optimizer = _made("optimizer", Optimizer, self.optimizer)
        if self.rate is not None:
            network.optimizer.rate = copy.deepcopy(self.rate)
        network.penalties = as_penalties(copy.deepcopy(self.penalty))
        network.callbacks = as_callbacks(copy.deepcopy(self.callbacks or []))
        if self.early_stopping:
            is_own = self.early_stopping is not True
            network.callbacks += as_callbacks(copy.deepcopy(self.early_stopping) if is_own else EarlyStopping(PATIENCE))
        return network

    def _hidden_layers(self) -> list[Any]:
        layers: list[Any] = []
        hidden = self.hidden.tolist() if hasattr(self.hidden, "tolist") else self.hidden  # a row of NumPy's
        for each in hidden if isinstance(hidden, (list, tuple)) else [hidden]:
            if is_whole(each):
                layers += [Dense(each), _made("activation", Layer, self.activation)]
            else:
                layers.append(_made("hidden", Layer, each))
        return layers

    def _loss(self) -> Any:
        return None if self.loss is None else _made("loss", Loss, self.loss)

    def _training(self, network: Any, rows: int, weights: Optional[Any]) -> dict[str, Any]:
        size = min(200, rows) if isinstance(self.batch_size, str) and self.batch_size == "auto" else self.batch_size
        needs_rows = any(each.monitor.startswith("validation_") for each in network.callbacks)
        share = SHARE if self.validation is None and needs_rows else self.validation
        return {"batch_size": size, "epochs": self.epochs, "shuffle": self.shuffle, "validation": share,
                "metrics": self.metrics, "progress": self.progress}


class RefnetClassifier(Classes, _Refnet):
    """A network that tells classes apart: labels of any kind, two or more, or several labels a row as 0 and 1.

    hidden          numbers of units, or layers of refnet and their names: (64, 32), [64, rn.Dropout(0.5), 32], or
                    [rn.Dense(64, bias=False), rn.BatchNorm(), "relu"]. A number is Dense(units) and the activation. The
                    Input before them follows from the data, the Dense layer and the activation after them from the loss
    activation      a layer, such as rn.LeakyReLU(0.1), or its name
    loss            a loss, or its name. Default: the cross-entropy; for two classes, and for several labels a row, the
                    binary one. With "binary_cross_entropy" more classes are told from all others, each by itself
    optimizer, rate an optimizer, or its name; a rate or schedule in the place of its own
    batch_size      rows of a minibatch; "auto": all, at most 200
    epochs          of `fit`; partial_fit trains for one
    penalty         on the weights, such as rn.L2(0.001)
    early_stopping  an rn.EarlyStopping, or True: EarlyStopping(10), which watches the loss of rows held out
    validation      the share of rows to hold out and to evaluate after each epoch; default: none, or 0.1 if a callback
                    watches them
    metrics         what is measured on them too: functions or names, such as "f1"
    callbacks       of refnet; network_.callbacks are their copies
    class_weight    {label: factor}, or "balanced": n/(classes · rows of the class)
    number, backend the network's number format and backend
    random_state    fixes the weights and the orders of rows, to the bit; a whole number is the network's seed
    progress        show it on standard error

    After `fit`: network_ (the refnet.Network), classes_, loss_curve_, loss_, n_iter_, history_. Objects that are given
    stay as they are: copies of them are trained.
    """

    def __init__(self, hidden: Any = (100,), activation: Any = "relu", *, loss: Any = None, optimizer: Any = "adam",
                 rate: Any = None, batch_size: Any = "auto", epochs: int = 200, shuffle: bool = True,
                 penalty: Any = None, early_stopping: Any = False, validation: Optional[float] = None,
                 metrics: Any = None, callbacks: Any = None, class_weight: Any = None, number: Any = None,
                 backend: Any = "auto", random_state: Any = 0, progress: bool = False) -> None:
        super().__init__(
            hidden, activation, loss=loss, optimizer=optimizer, rate=rate, batch_size=batch_size, epochs=epochs,
            shuffle=shuffle, penalty=penalty, early_stopping=early_stopping, validation=validation, metrics=metrics,
            callbacks=callbacks, number=number, backend=backend, random_state=random_state, progress=progress)
        self.class_weight = class_weight

    def _last_layers(self) -> list[Any]:
        loss = self._loss()
        if isinstance(loss, NOT_OF_PROBABILITIES):
            allowed = "losses of probabilities, such as CrossEntropy() and BinaryCrossEntropy()"
            raise ValueError(f"loss: {loss}; allowed: {allowed}")
        activation = getattr(loss, "fused_with", None)
        return [activation()] if activation else super()._last_layers()

    def _encoded(self, y: Any, is_new: bool, classes: Any) -> Any:
        rows = super()._encoded(y, is_new, classes)
        is_softmax = len(self.classes_) == 2 and rows.shape[1] == 1 and isinstance(self._last_layers()[0], Softmax)
        return np.hstack([1 - rows, rows]) if is_softmax else rows


class RefnetRegressor(Numbers, _Refnet):
    """A network whose outputs are numbers, one for each row or several.

    The parameters are those of RefnetClassifier, without class_weight. The default loss is the mean squared error.
    """


def _made(argument: str, base: Any, given: Any) -> Any:
    """A copy of an object, or what a name means."""
    if isinstance(given, str):
        return named(argument, base, given)
    if not isinstance(given, base):
        raise TypeError(f"{argument}: {shown(given)}; allowed: a {base.__name__} of refnet, or a name")
    return copy.deepcopy(given)
