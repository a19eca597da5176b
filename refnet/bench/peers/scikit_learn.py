"""How fast is scikit-learn? Its networks, told to do what `fit` does."""

from typing import Any

from refnet.bench.peers.base import Peer, module
from refnet.bench.workloads import Data, Workload


class ScikitLearn(Peer):
    name = "scikit-learn f64"
    library = "scikit-learn"
    package = "sklearn.neural_network"
    about = ("is MLPClassifier, or MLPRegressor for linear outputs, an epoch in each partial_fit: what its `fit` does, "
             "without its stopping early")

    def __init__(self, workload: Workload, data: Data) -> None:
        np, sklearn = module("numpy"), module("sklearn.neural_network")
        super().__init__(workload, data)
        units = workload.sizes[-1]
        is_softmax = workload.output == "softmax" and units > 2
        if not is_softmax and not workload.linear and workload.loss != "binary-cross-entropy":
            self.note = "trains sigmoid outputs with binary cross-entropy: it has no such loss, and no softmax of two"
        self.x = np.array(data.inputs, dtype=self.dtype)
        self.scale = float(units) if workload.linear else 1.0  # its squared error is a mean over the units too
        if workload.linear:
            self.y = np.array(data.targets, dtype=self.dtype)
            self.y = self.y.ravel() if units == 1 else self.y
        elif data.labels:
            labels = np.array(data.labels)
            self.y = labels if is_softmax else np.eye(units, dtype=int)[labels]
        else:
            self.y = np.array(data.targets).round().astype(int).squeeze(axis=1 if units == 1 else ())
        self.model: Any = (sklearn.MLPRegressor if workload.linear else sklearn.MLPClassifier)(
            hidden_layer_sizes=workload.sizes[1:-1], solver=workload.optimizer.lower(), alpha=0.0,
            activation={"sigmoid": "logistic"}.get(workload.hidden, workload.hidden),
            batch_size=workload.batch, learning_rate="constant", learning_rate_init=workload.rate,
            momentum=0.0, nesterovs_momentum=False, shuffle=workload.shuffle, random_state=1,
        )
        few = slice(0, workload.batch)
        classes = {} if workload.linear else {"classes": np.arange(max(units, 2))}
        self.model.partial_fit(self.x[few], self.y[few], **classes)  # makes its weights: replace them
        del self.model._optimizer  # and its moments: the next call makes new ones
        for own, weights in zip(self.model.coefs_, data.weights):
            own[:] = np.array(weights).T
        for own, biases in zip(self.model.intercepts_, data.biases):
            own[:] = biases

    def epoch(self) -> float:
        return self.model.partial_fit(self.x, self.y).loss_ * self.scale


class ScikitLearn32(ScikitLearn):
    """It computes in the format of its inputs."""

    name = "scikit-learn f32"
    dtype = "float32"
    among = ("binary32",)
