"""How fast are the others? The same networks on the same data in NumPy, scikit-learn and PyTorch, where installed.

Each is written as someone who knows it well would write it: minibatches in a new random order each epoch, the loss
added up on the way as `fit` does, and plain SGD. All compute in the number format that is measured, binary64 or
binary32; of PyTorch, whose default is binary32, that is shown beside binary64 too. The libraries are imported only when
they are asked for.
"""

import importlib
import os
import time
from typing import Any, Callable, NamedTuple, Optional

from refnet.bench.timing import Sample, clock
from refnet.bench.workloads import Data, Workload


class Peer:
    """A contestant that trains an epoch at a time.

    note   why it cannot train this very network, or ""
    dtype  the library's name of its number format
    among  the formats among whose contestants it is
    """

    name = ""
    note = ""
    dtype = "float64"
    among: tuple[str, ...] = ("binary64",)
    steps = 1

    def __init__(self, workload: Workload, data: Data, shuffle: bool = True) -> None:
        self.workload, self.shuffle, self.steps = workload, shuffle, workload.steps

    def turn(self, seconds: float) -> list[Sample]:
        samples: list[Sample] = []
        end = time.perf_counter() + seconds
        while not samples or time.perf_counter() < end:
            start = clock.read()
            self.epoch()
            samples.append((clock.read() - start, self.steps))
        return samples

    def epoch_losses(self, epochs: int) -> list[float]:
        return [self.epoch() for _ in range(epochs)]

    def epoch(self) -> float:
        """Train one epoch; returns its mean loss."""
        raise NotImplementedError

    @classmethod
    def product(cls, kernel: str, a: Any, b: Any) -> Optional[Callable[[], Any]]:
        """A function that does one of refnet's matrix products, or None."""
        return None


class NumPy(Peer):
    """Matrices and nothing else, updated in place."""

    name = "NumPy f64"

    def __init__(self, workload: Workload, data: Data, shuffle: bool = True) -> None:
        np = _module("numpy")
        super().__init__(workload, data, shuffle)
        self.x = np.array(data.inputs, dtype=self.dtype)
        self.y = np.eye(workload.sizes[-1], dtype=self.dtype)[data.labels]
        self.weights = [np.array(w, dtype=self.dtype) for w in data.weights]
        self.biases = [np.array(b, dtype=self.dtype) for b in data.biases]
        self.random = np.random.default_rng(1)

    def epoch(self) -> float:
        np = _module("numpy")
        rows, batch = self.workload.rows, self.workload.batch
        order = self.random.permutation(rows) if self.shuffle else np.arange(rows)
        total = 0.0
        for start in range(0, rows, batch):
            chosen = order[start : start + batch]
            total += self.step(np, self.x[chosen], self.y[chosen])
        return total / rows

    def step(self, np: Any, x: Any, y: Any) -> float:
        """Forward, loss, backward, update; returns the sum of the rows' losses."""
        hidden, weights, biases = self.workload.hidden, self.weights, self.biases
        outputs = [x]
        for w, b in zip(weights[:-1], biases):
            z = outputs[-1] @ w.T
            z += b
            if hidden == "relu":
                np.maximum(z, 0.0, out=z)
            elif hidden == "tanh":
                np.tanh(z, out=z)
            else:
                z = 1.0 / (1.0 + np.exp(-z))
            outputs.append(z)
        z = outputs[-1] @ weights[-1].T
        z += biases[-1]
        loss, delta = self.loss(np, z, y)
        delta /= len(x)
        for i in range(len(weights) - 1, -1, -1):
            o = outputs[i]
            gradient = delta.T @ o
            bias_gradient = delta.sum(axis=0)
            if i:
                delta = delta @ weights[i]
                if hidden == "relu":
                    delta *= o > 0.0
                elif hidden == "tanh":
                    delta *= 1.0 - o * o
                else:
                    delta *= o * (1.0 - o)
            gradient *= self.workload.rate
            weights[i] -= gradient
            bias_gradient *= self.workload.rate
            biases[i] -= bias_gradient
        return loss

    def loss(self, np: Any, z: Any, y: Any) -> tuple[float, Any]:
        """The sum of the rows' losses, and its gradient at the last net input."""
        if self.workload.loss == "cross-entropy":
            z -= z.max(axis=1, keepdims=True)
            e = np.exp(z)
            total = e.sum(axis=1, keepdims=True)
            loss = np.log(total).sum() - (z * y).sum()
            e /= total
            e -= y
            return float(loss), e
        o = 1.0 / (1.0 + np.exp(-z))
        apart = o - y
        if self.workload.loss == "binary-cross-entropy":
            return float((np.maximum(z, 0.0) - z * y + np.log1p(np.exp(-np.abs(z)))).sum()), apart
        loss = 0.5 * float((apart * apart).sum())
        apart *= o * (1.0 - o)
        return loss, apart

    @classmethod
    def product(cls, kernel: str, a: Any, b: Any) -> Optional[Callable[[], Any]]:
        np = _module("numpy")
        left, right = np.array(a, dtype=cls.dtype), np.array(b, dtype=cls.dtype)
        if kernel == "affine":
            right = right.T
        elif kernel == "affine_backward_weights":
            left = left.T
        out = np.empty((left.shape[0], right.shape[1]), dtype=cls.dtype)  # refnet writes into memory it has, too
        return lambda: np.matmul(left, right, out=out)


class NumPy32(NumPy):
    name = "NumPy f32"
    dtype = "float32"
    among = ("binary32",)


class ScikitLearn(Peer):
    """MLPClassifier, an epoch of minibatches in each partial_fit: what `fit` does, without its stopping early."""

    name = "scikit-learn f64"

    def __init__(self, workload: Workload, data: Data, shuffle: bool = True) -> None:
        np = _module("numpy")
        super().__init__(workload, data, shuffle)
        units = workload.sizes[-1]
        is_softmax = workload.loss == "cross-entropy" and units > 2
        if not is_softmax and workload.loss != "binary-cross-entropy":
            self.note = "trains sigmoid outputs with binary cross-entropy: it has no such loss, and no softmax of two"
        self.x = np.array(data.inputs, dtype=self.dtype)
        labels = np.array(data.labels)
        self.y = labels if is_softmax else np.eye(units, dtype=int)[labels]
        self.model = _module("sklearn.neural_network").MLPClassifier(
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


class PyTorch(Peer):
    """nn.Sequential and torch.optim.SGD in the usual loop. Its mean losses divide by the units too: see `scale`."""

    name = "PyTorch f64"

    def __init__(self, workload: Workload, data: Data, shuffle: bool = True) -> None:
        torch = _module("torch")
        nn = torch.nn

        super().__init__(workload, data, shuffle)
        dtype = getattr(torch, self.dtype)
        units = workload.sizes[-1]
        hidden = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}[workload.hidden]
        layers: list[Any] = []
        for weights, biases in zip(data.weights, data.biases):
            dense = nn.Linear(len(weights[0]), len(weights), dtype=dtype)
            with torch.no_grad():
                dense.weight.copy_(torch.tensor(weights, dtype=dtype))
                dense.bias.copy_(torch.tensor(biases, dtype=dtype))
            layers += [dense, hidden()]
        layers.pop()
        self.x = torch.tensor(data.inputs, dtype=dtype)
        self.y = torch.tensor(data.labels)
        self.criterion: Any
        if workload.loss == "cross-entropy":
            self.criterion, self.scale = nn.CrossEntropyLoss(), 1.0
        elif workload.loss == "binary-cross-entropy":
            self.criterion, self.scale = nn.BCEWithLogitsLoss(), float(units)
        else:
            layers.append(nn.Sigmoid())
            self.criterion, self.scale = nn.MSELoss(), 0.5 * units
        if workload.loss != "cross-entropy":
            self.y = nn.functional.one_hot(self.y, units).to(dtype)
        self.model = nn.Sequential(*layers)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=workload.rate * self.scale)

    def epoch(self) -> float:
        torch = _module("torch")
        rows = self.workload.rows
        order = torch.randperm(rows) if self.shuffle else torch.arange(rows)
        total = torch.zeros((), dtype=self.x.dtype)
        for chosen in order.split(self.workload.batch):
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(self.x[chosen]), self.y[chosen])
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
        return float(total) * self.scale / self.workload.steps


class PyTorch32(PyTorch):
    name = "PyTorch f32"
    dtype = "float32"
    among = ("binary64", "binary32")


class Peers(NamedTuple):
    """The contestants of the libraries that are installed, their versions by name, and the names of the others."""

    contestants: tuple[Any, ...]
    versions: dict[str, str]
    missing: list[str]


PACKAGES: dict[str, tuple[str, tuple[Any, ...]]] = {
    "numpy": ("NumPy", (NumPy, NumPy32)), "sklearn": ("scikit-learn", (ScikitLearn, ScikitLearn32)),
    "torch": ("PyTorch", (PyTorch, PyTorch32)),
}
PEER_FORMATS = ("binary64", "binary32")


def load_peers(threads: int, number: str = "binary64") -> Peers:
    """Import the libraries that are installed, and let them use at most this many threads."""
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ[variable] = str(threads)  # read when the library is loaded
    found: tuple[Any, ...] = ()
    versions, missing = {}, []
    for package, (name, contestants) in PACKAGES.items():
        try:
            module = _module("sklearn.neural_network" if package == "sklearn" else package)
        except ImportError:
            missing.append(name)
            continue
        found += tuple(each for each in contestants if number in each.among)
        versions[name] = _module(package).__version__
        if package == "torch":
            module.set_num_threads(threads)
    blas = _limit_blas(threads)
    if blas and "NumPy" in versions:
        versions["NumPy"] += f" ({blas})"
    return Peers(found, versions, missing)


def _limit_blas(threads: int) -> str:
    """Let NumPy's BLAS use at most this many threads, even if it was loaded before. Returns its name and its kernels.

    threadpoolctl comes with scikit-learn. Without it, the environment's variables have to do, and the result is "".
    """
    try:
        threadpoolctl = _module("threadpoolctl")
    except ImportError:
        return ""
    threadpoolctl.threadpool_limits(threads, user_api="blas")
    for pool in threadpoolctl.threadpool_info():
        if pool.get("user_api") == "blas" and "numpy" in pool.get("filepath", "").lower():
            parts = [pool.get("internal_api", ""), pool.get("version") or "", pool.get("architecture", "")]
            return " ".join(part for part in parts if part)
    return ""


def _module(name: str) -> Any:
    return importlib.import_module(name)  # not `import`: the type checker would need them installed
