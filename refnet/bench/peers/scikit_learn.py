"""How fast is scikit-learn? Its MLPClassifier, told to do what `fit` does."""

from refnet.bench.peers.base import Peer, module
from refnet.bench.workloads import Data, Workload


class ScikitLearn(Peer):
    """MLPClassifier, an epoch of minibatches in each partial_fit: what `fit` does, without its stopping early."""

    name = "scikit-learn f64"

    def __init__(self, workload: Workload, data: Data, shuffle: bool = True) -> None:
        np = module("numpy")
        super().__init__(workload, data, shuffle)
        units = workload.sizes[-1]
        is_softmax = workload.loss == "cross-entropy" and units > 2
        if not is_softmax and workload.loss != "binary-cross-entropy":
            self.note = "trains sigmoid outputs with binary cross-entropy: it has no such loss, and no softmax of two"
        self.x = np.array(data.inputs, dtype=self.dtype)
        labels = np.array(data.labels)
        self.y = labels if is_softmax else np.eye(units, dtype=int)[labels]
        self.model = module("sklearn.neural_network").MLPClassifier(
            workload.sizes[1:-1], activation={"sigmoid": "logistic"}.get(workload.hidden, workload.hidden),
            solver="sgd", alpha=0.0, batch_size=workload.batch, learning_rate="constant",
            learning_rate_init=workload.rate, momentum=0.0, nesterovs_momentum=False, shuffle=shuffle, random_state=1,
        )
        few = workload.batch
        self.model.partial_fit(self.x[:few], self.y[:few], classes=np.arange(units))  # makes its weights: replace them
        for own, weights in zip(self.model.coefs_, data.weights):
            own[:] = np.array(weights).T
        for own, biases in zip(self.model.intercepts_, data.biases):
            own[:] = biases

    def epoch(self) -> float:
        return self.model.partial_fit(self.x, self.y).loss_


class ScikitLearn32(ScikitLearn):
    """It computes in the format of its inputs."""

    name = "scikit-learn f32"
    dtype = "float32"
    among = ("binary32",)
