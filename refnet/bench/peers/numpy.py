"""How fast is NumPy? Matrices and nothing else, updated in place."""

from typing import Any, Callable, Optional

from refnet.bench.peers.base import Peer, module
from refnet.bench.workloads import Data, Workload


class SGD:
    """w ← w − η g"""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def __call__(self, np: Any, parameters: list[Any], gradients: list[Any]) -> None:
        for w, g in zip(parameters, gradients):
            g *= self.rate
            w -= g


class Adam:
    """With the powers of its corrections, and moments in place."""

    def __init__(self, np: Any, rate: float, parameters: list[Any]) -> None:
        self.rate, self.step = rate, 0
        self.means, self.squares = ([np.zeros_like(each) for each in parameters] for _ in range(2))

    def __call__(self, np: Any, parameters: list[Any], gradients: list[Any]) -> None:
        self.step += 1
        one, two = 1.0 - 0.9**self.step, 1.0 - 0.999**self.step
        for w, g, m, s in zip(parameters, gradients, self.means, self.squares):
            m *= 0.9
            m += 0.1 * g
            s *= 0.999
            s += 0.001 * (g * g)
            w -= self.rate / one * m / (np.sqrt(s / two) + 1e-8)


class NumPy(Peer):
    name = "NumPy f64"
    library = "NumPy"
    package = "numpy"
    about = "is a loop over minibatches in Python, with matrix products of its BLAS and the updates in place"

    def __init__(self, workload: Workload, data: Data) -> None:
        np = module("numpy")
        super().__init__(workload, data)
        self.x, self.y = self.handed(data.inputs, data.targets)
        self.weights = [np.array(w, dtype=self.dtype) for w in data.weights]
        self.biases = [np.array(b, dtype=self.dtype) for b in data.biases]
        self.random = np.random.default_rng(1)
        parameters = [*self.weights, *self.biases]
        self.update: Any = SGD(workload.rate)
        if workload.optimizer == "Adam":
            self.update = Adam(np, workload.rate, parameters)

    def epoch(self) -> float:
        np = module("numpy")
        total = 0.0
        for part in self.parts(self.random.permutation):
            total += self.step(np, self.x[part], self.y[part])
        return total / self.workload.rows

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
        gradients: list[Any] = [None] * (2 * len(weights))
        for i in range(len(weights) - 1, -1, -1):
            o = outputs[i]
            gradients[i], gradients[len(weights) + i] = delta.T @ o, delta.sum(axis=0)
            if i:
                delta = delta @ weights[i]
                if hidden == "relu":
                    delta *= o > 0.0
                elif hidden == "tanh":
                    delta *= 1.0 - o * o
                else:
                    delta *= o * (1.0 - o)
        self.update(np, [*weights, *self.biases], gradients)
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
        if self.workload.linear:
            z -= y
            return 0.5 * float((z * z).sum()), z
        o = 1.0 / (1.0 + np.exp(-z))
        apart = o - y
        if self.workload.loss == "binary-cross-entropy":
            return float((np.maximum(z, 0.0) - z * y + np.log1p(np.exp(-np.abs(z)))).sum()), apart
        loss = 0.5 * float((apart * apart).sum())
        apart *= o * (1.0 - o)
        return loss, apart

    @classmethod
    def product(cls, kernel: str, a: Any, b: Any) -> Optional[Callable[[], Any]]:
        np = module("numpy")
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
