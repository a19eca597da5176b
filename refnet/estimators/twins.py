"""What if a program has scikit-learn's MLPClassifier or MLPRegressor? It changes the import, and no argument.

From the same weights and with the same order of the rows the losses are scikit-learn's to rounding: its conventions are
here, the arithmetic is refnet's. `random_state` gives scikit-learn's first weights, and orders of refnet's own.
"""

from __future__ import annotations

import copy
import math
import warnings
from typing import Any, Optional

import numpy as np
from sklearn import neural_network
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from refnet.arithmetic.elementary import exp, log
from refnet.estimators.base import Classes, Estimator, Numbers
from refnet.kernels.reference.sums import total_of
from refnet.layers import Dense, Input
from refnet.losses import HalfSquaredError
from refnet.model import Network
from refnet.optimizers import Adam, Momentum, Optimizer
from refnet.training import EarlyStopping
from refnet.training.callbacks import Callback

HIDDEN = {"identity": "linear", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu"}
SMALLEST_RATE = 1e-6  # at which "adaptive" gives up


class _Network(Network):
    """A network with scikit-learn's penalty: α/2 Σw², divided by the rows of each batch, as the losses are."""

    alpha = 0.0

    def loss_matrix(self, targets: list[Any], weights: Any = None) -> Any:
        total = super().loss_matrix(targets, weights)
        for parameter in self.parameters.values():
            if not parameter.is_row:
                total = self.k.add_scaled(total, self.k.sum_of_squares(parameter.value), 0.5 * self.alpha)
        return total

    def backward_matrices(self, input_gradient: bool = False) -> list[Any]:
        arriving, share = super().backward_matrices(input_gradient), self.alpha / self.passes.rows(self.k)
        for parameter in self.parameters.values():
            if not parameter.is_row:
                parameter.gradient = self.k.add_scaled(parameter.gradient, parameter.value, share)
        return arriving

    def save(self, path: Any) -> None:
        """Without optimizer and loss: files do not know scikit-learn's forms of them."""
        network = copy.deepcopy(self)
        network.optimizer = network.objective = None
        super(_Network, network).save(path)


class _Nesterov(Momentum):
    """Nesterov's momentum where the weights stay ahead between steps, w + μv: v ← μv − η g, w ← w + μv − η g."""

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        k.nesterov_look_ahead(w, state["velocity"], -self.mu)  # back to w
        super().update_parameter(k, w, g, state)
        k.nesterov_look_ahead(w, state["velocity"], self.mu)


class _Adam(Adam):
    """Adam in the form at the end of section 2 of its paper: w ← w − ηₜ m/(√s + ε) with ηₜ = η √(1−β₂ᵗ)/(1−β₁ᵗ)."""

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        rate, power1, power2, *others = self.numbers()
        root, whole = (k.log1p(k.scale(power, -1.0)) for power in (power2, power1))
        rate = k.multiply(rate, k.exp(k.subtract(k.scale(root, 0.5), whole)))
        none = k.scale(rate, 0.0)  # m/(1 − 0) is m
        k.adam_update(w, state["mean"], state["squares"], g, rate, none, none, *others)


class _SquaredError(HalfSquaredError):
    """½ (y − ŷ)², the mean over several outputs, but with the gradient of the sum over them."""

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        return k.scale(super().forward(k, o, y), 1.0 / k.shape(o)[1])


class _Convergence(Callback):
    """Ends the training, or divides the rate of "adaptive" by 5, when in more than `patience` epochs in a row the loss
    was not below its smallest by `tol`, or the score not above its largest by that. Lowers the rate of "invscaling".
    """

    def __init__(self, kind: str, power: float, tol: float, patience: float) -> None:
        self._kind, self._power, self._tol, self._patience = kind, power, tol, patience
        self._first, self._rows, self._seen = 0.0, 0, 0  # the first rate; the rows of an epoch, and of all so far
        self._best, self._failures, self._is_over = math.inf, 0, False

    def epoch_end(self, network: Any, line: dict[str, float]) -> bool:
        value, optimizer = -line["validation_score"] if "validation_score" in line else line["loss"], network.optimizer
        self._failures = self._failures + 1 if value > self._best - self._tol else 0
        self._best, self._seen = min(self._best, value), self._seen + self._rows
        if self._kind == "invscaling":
            optimizer.rate = self._first * exp(-self._power * log(self._seen + 1.0))  # η/(rows + 1)^power
        self._is_over = self._failures > self._patience
        if self._is_over and self._kind == "adaptive" and optimizer.rate > SMALLEST_RATE:
            optimizer.rate, self._failures, self._is_over = optimizer.rate / 5.0, 0, False
        return self._is_over


class _Twin(Estimator):
    """Training by scikit-learn's parameters, which the constructor of its own class takes.

    Also there: coefs_, intercepts_, n_layers_, n_outputs_, best_loss_, validation_scores_, best_validation_score_, t_.
    """

    validation_scores_: Any
    best_validation_score_: Any

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Train a new network, or with warm_start the one there is."""
        is_new = not (self.warm_start and hasattr(self, "network_"))
        self._learn(X, y, sample_weight, is_new, **({} if is_new else {"optimizer": self._optimizer()}))
        if not self._rule._is_over:
            warnings.warn(f"fit: max_iter={self.max_iter} epochs have not been enough to converge", ConvergenceWarning,
                          stacklevel=2)
        return self

    def _learn(self, X: Any, y: Any, sample_weight: Any, is_new: bool, classes: Any = None, **more: Any) -> Any:
        self._validate_params()
        if self.solver == "lbfgs":
            raise ValueError("solver: 'lbfgs'; allowed: 'adam', 'sgd' (refnet's optimizers; L-BFGS is scikit-learn's)")
        if self.loss == "poisson":
            raise ValueError("loss: 'poisson'; allowed: 'squared_error' (the Poisson loss is scikit-learn's)")
        before = [] if is_new else self.validation_scores_ or []
        super()._learn(X, y, sample_weight, is_new, classes, **more)
        rule, scores = self._rule, before + self.history_.get("validation_score", [])
        self.n_iter_, self.n_layers_, self.t_ = len(self.history_["loss"]), len(self.coefs_) + 1, rule._seen
        self.n_outputs_ = self.network_.outputs
        self.validation_scores_, self.best_validation_score_ = (scores, -rule._best) if scores else (None, None)
        self.best_loss_ = None if scores else rule._best
        return self

    def _begin(self, inputs: int, outputs: int) -> Network:
        random = check_random_state(self.random_state)
        layers: list[Any] = [Input(inputs)]
        for units in [*map(int, np.atleast_1d(self.hidden_layer_sizes)), outputs]:
            bound = math.sqrt((2.0 if self.activation == "logistic" else 6.0) / (inputs + units))
            weights, biases = random.uniform(-bound, bound, (inputs, units)), random.uniform(-bound, bound, units)
            layers += [Dense(units, weights=weights.T, biases=biases), HIDDEN[self.activation]]
            inputs = units
        network = _Network([*layers[:-1], *self._last_layers()], seed=int(random.randint(1 << 31)))
        network.optimizer = self._optimizer()
        network.objective = _SquaredError() if isinstance(self, Numbers) else None
        best = [EarlyStopping(self.max_iter, "validation_score", "max")] if self.early_stopping else []
        kind = self.learning_rate if self.solver == "sgd" else "constant"
        network.callbacks = [*best, _Convergence(kind, self.power_t, self.tol, self.n_iter_no_change)]
        return network

    def _training(self, network: Any, rows: int, weights: Optional[Any]) -> dict[str, Any]:
        def score(targets: Any, outputs: Any) -> float:
            return self._measure(targets, outputs)

        share = self.validation_fraction if self.early_stopping else None
        network.alpha = self.alpha * (1.0 if weights is None else rows / total_of(weights.tolist()))
        rule = network.callbacks[-1]
        rule._first, rule._rows = self.learning_rate_init, rows - math.floor((share or 0.0) * rows + 0.5)
        return {"batch_size": min(200, rows) if self.batch_size == "auto" else self.batch_size, "epochs": self.max_iter,
                "shuffle": self.shuffle, "validation": share, "metrics": score if share else None,
                "progress": bool(self.verbose)}

    @property
    def _rule(self) -> Any:
        return self.network_.callbacks[-1]

    @property
    def coefs_(self) -> list[Any]:
        return [np.array(weights).T for weights in self.network_.weights]

    @property
    def intercepts_(self) -> list[Any]:
        return [np.array(biases) for biases in self.network_.biases]

    def _optimizer(self) -> Optimizer:
        if self.solver == "adam":
            return _Adam(self.learning_rate_init, self.beta_1, self.beta_2, self.epsilon)
        return (_Nesterov if self.nesterovs_momentum else Momentum)(self.learning_rate_init, self.momentum)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags


class MLPClassifier(Classes, _Twin, neural_network.MLPClassifier):
    """scikit-learn's MLPClassifier, trained by refnet: the same parameters, defaults and meanings."""


class MLPRegressor(Numbers, _Twin, neural_network.MLPRegressor):
    """scikit-learn's MLPRegressor, trained by refnet: the same parameters, defaults and meanings."""
