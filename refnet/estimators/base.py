"""What do all estimators have in common? From scikit-learn's rows and labels to a network's, and back.

The files of this room derive from scikit-learn's classes, so they import it at the top. `refnet.estimators` imports
them when one of its names is first used.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from refnet.checks import shown
from refnet.kernels.reference.sums import total_of
from refnet.layers import Sigmoid, Softmax
from refnet.model import Network
from refnet.training.metrics import r2

ROWS: dict[str, Any] = {"dtype": (np.float64, np.float32)}  # these are taken as they are


class Estimator(BaseEstimator):
    """Base of all estimators; each is also Classes or Numbers.

    network_            the refnet.Network
    history_            what the last fit or partial_fit has measured, epoch by epoch
    loss_curve_, loss_  the loss of each epoch, and of the last one
    n_iter_             epochs
    """

    _encoded: Any
    network_: Network
    loss_curve_: list[float]
    early_stopping: Any
    random_state: Any

    def _begin(self, inputs: int, outputs: int) -> Network:
        """The untrained network."""
        raise NotImplementedError

    def _training(self, network: Any, rows: int, weights: Optional[Any]) -> dict[str, Any]:
        """The arguments of its `fit` for so many rows, with these weights."""
        raise NotImplementedError

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Train a new network. sample_weight: factors of the rows' losses, of which only the ratios count."""
        return self._learn(X, y, sample_weight, True)

    def _learn_once(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Any:
        if self.early_stopping:
            given = shown(self.early_stopping)
            raise ValueError(f"early_stopping: {given}; allowed for partial_fit, which trains for one epoch: False")
        return self._learn(X, y, sample_weight, not hasattr(self, "network_"), classes, epochs=1)

    def _learn(self, X: Any, y: Any, sample_weight: Any, is_new: bool, classes: Any = None, **more: Any) -> Any:
        before, network = dict(self.__dict__), getattr(self, "network_", None)
        try:
            return self._learn_rows(X, y, sample_weight, is_new, classes, **more)
        except BaseException:
            if getattr(self, "network_", None) is network:  # nothing has been learnt: the old classes belong to it
                self.__dict__ = before
            raise

    def _learn_rows(self, X: Any, y: Any, sample_weight: Any, is_new: bool, classes: Any = None, **more: Any) -> Any:
        X, y = validate_data(self, X, y, reset=is_new, multi_output=True, y_numeric=isinstance(self, Numbers), **ROWS)
        y = column_or_1d(y, warn=True) if y.shape[1:] == (1,) else y
        targets = self._encoded(y, is_new, classes)
        weights = self._weights(X, y, sample_weight)
        network = self._begin(X.shape[1], targets.shape[1]) if is_new else self.network_
        network.notes.update(self._notes())
        # The loss is divided by the number of rows, so that weights with the mean 1 make it their mean.
        factors = None if weights is None else weights * (len(weights) / total_of(weights.tolist()))
        settings = {**self._training(network, len(X), weights), **more}
        try:
            self.history_ = network.fit(X, targets, sample_weight=factors, **settings)
        finally:
            if network.progress.step:  # what Ctrl-C leaves has learnt something
                self.network_ = network
        self.loss_curve_ = ([] if is_new else self.loss_curve_) + self.history_["loss"]
        self.loss_, self.n_iter_ = self.loss_curve_[-1], len(self.loss_curve_)
        return self

    def _weights(self, X: Any, y: Any, sample_weight: Any) -> Any:
        """The weights of the rows, those of their classes included; None if they are all the same."""
        class_weight = getattr(self, "class_weight", None)
        if sample_weight is None and class_weight is None:
            return None
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if class_weight is not None:
            weights = weights * compute_sample_weight(class_weight, y)
        if not weights.any():
            raise ValueError("sample_weight: all are 0. Sample weights must contain at least one non-zero number.")
        return weights

    def _notes(self) -> dict[str, Any]:
        """What the network's notes keep."""
        return {}

    def _seed(self) -> int:
        """`random_state` as a seed: a whole number is the seed."""
        if isinstance(self.random_state, (int, np.integer)):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(1 << 31))

    def _outputs(self, X: Any) -> Any:
        """The network's outputs, (rows, outputs)."""
        check_is_fitted(self)
        outputs = self.network_.predict(validate_data(self, X, reset=False, **ROWS))
        if not np.isfinite(outputs).all():
            raise ValueError("predict: the network's outputs are not all finite: its training has diverged")
        return outputs


class Classes(ClassifierMixin):
    """Labels of any kind, two or more, or several labels a row as an indicator matrix of 0 and 1.

    classes_   the labels in the order of the outputs; for indicators the numbers of the columns
    """

    classes_: Any
    _learn_once: Any
    _outputs: Any

    def partial_fit(self, X: Any, y: Any, *, classes: Any = None, sample_weight: Any = None) -> Any:
        """Train for one more epoch, on these rows. classes: all labels, at the first call."""
        known = self.classes_ if hasattr(self, "network_") else None
        if known is None and classes is None:
            raise ValueError("classes: None; the first call of partial_fit needs all labels there will be")
        if known is not None and classes is not None and not np.array_equal(np.unique(classes), known):
            raise ValueError(f"classes: {shown(classes)}; allowed: those of the first call, {shown(known.tolist())}")
        return self._learn_once(X, y, sample_weight, classes)

    def predict(self, X: Any) -> Any:
        """The label of each row."""
        outputs = self._outputs(X)
        return self._labels.inverse_transform(outputs)

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, (rows, classes); for indicators, of each column."""
        outputs = self._outputs(X)
        return np.hstack([1.0 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def _encoded(self, y: Any, is_new: bool, classes: Any) -> Any:
        check_classification_targets(y)
        are_indicators = type_of_target(y).startswith("multilabel")
        if is_new:
            self._labels = LabelBinarizer().fit(y if classes is None or are_indicators else classes)
            self.classes_ = self._labels.classes_
        if are_indicators != self._labels.y_type_.startswith("multilabel"):
            found, known = "one label", "several labels"
            if are_indicators:
                found, known = known, f"one of {shown(self.classes_.tolist())}"
            raise ValueError(f"y: {found} a row; allowed: {known} a row, as before")
        if not are_indicators and not np.isin(y, self.classes_).all():
            strange = np.setdiff1d(y, self.classes_).tolist()
            raise ValueError(f"y: the labels {shown(strange)}; allowed: {shown(self.classes_.tolist())}")
        return self._labels.transform(y)

    def _notes(self) -> dict[str, Any]:
        """So that a file of the network names the classes."""
        return {} if self._labels.y_type_.startswith("multilabel") else {"classes": [*map(str, self.classes_)]}

    def _last_layers(self) -> list[Any]:
        return [Softmax() if self._labels.y_type_ == "multiclass" else Sigmoid()]

    def _measure(self, targets: Any, outputs: Any) -> float:
        """The share of rows that are right."""
        wanted, found = (self._labels.inverse_transform(np.array(rows)) for rows in (targets, outputs))
        return float(np.mean((wanted == found).reshape(len(wanted), -1).all(axis=1)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class Numbers(MultiOutputMixin, RegressorMixin):
    """One number for each row, or several."""

    _learn_once: Any
    _outputs: Any

    def partial_fit(self, X: Any, y: Any, *, sample_weight: Any = None) -> Any:
        """Train for one more epoch, on these rows."""
        return self._learn_once(X, y, sample_weight)

    def predict(self, X: Any) -> Any:
        """The number of each row, or its numbers, (rows, outputs)."""
        outputs = self._outputs(X)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def _encoded(self, y: Any, is_new: bool, classes: Any) -> Any:
        return y.reshape(len(y), -1)

    def _last_layers(self) -> list[Any]:
        return []

    @staticmethod
    def _measure(targets: Any, outputs: Any) -> float:
        return r2(targets, outputs)
