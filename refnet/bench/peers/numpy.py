"""How fast is NumPy? Matrices and nothing else, updated in place."""

from typing import Any, Callable, Optional

from refnet.bench.peers.base import Peer, module
from refnet.bench.workloads import Data, Workload


class NumPy(Peer):
    """Matrices and nothing else, updated in place."""

    name = "NumPy f64"

    def __init__(self, workload: Workload, data: Data, shuffle: bool = True) -> None:
        np = module("numpy")
        super().__init__(workload, data, shuffle)
        self.x = np.array(data.inputs, dtype=self.dtype)
        self.y = np.eye(workload.sizes[-1], dtype=self.dtype)[data.labels]
        self.weights = [np.array(w, dtype=self.dtype) for w in data.weights]
        self.biases = [np.array(b, dtype=self.dtype) for b in data.biases]
        self.random = np.random.default_rng(1)

    def epoch(self) -> float:
        np = module("numpy")
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
