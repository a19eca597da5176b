"""How fast is numba? The same loops as a lecture's, compiled: row by row for small networks, else with np.dot.

Each function here is compiled once for a kind of network: activation, loss and optimizer are constants to the compiler.
"""

import math
from functools import cache
from typing import Any

from refnet.bench.peers.base import Peer, module
from refnet.bench.workloads import Data, Workload

# Up to so many rows in a batch, and weights in the largest layer, loops over them are faster than np.dot.
FEW_ROWS, FEW_WEIGHTS = 8, 4096


class Numba(Peer):
    name = "numba f64"
    library = "numba"
    package = "numba"
    about = ("is a whole epoch in one njit function with fastmath, which lets it reorder sums and fuse multiply-adds: "
             f"loops row by row for batches of up to {FEW_ROWS} and layers of up to {FEW_WEIGHTS:,} weights, else "
             "np.dot and loops between; only np.dot uses threads")

    def __init__(self, workload: Workload, data: Data) -> None:
        np = module("numpy")
        module("scipy.linalg")  # np.dot needs it; ImportError says so
        super().__init__(workload, data)
        self.random = np.random.default_rng(1)
        self.order = np.arange(workload.rows)
        sizes, dtype = workload.sizes, self.dtype
        wide = workload.batch > FEW_ROWS or max(a * b for a, b in zip(sizes, sizes[1:])) > FEW_WEIGHTS
        self.kind = workload.hidden, workload.output, workload.loss, workload.optimizer, wide

        def zeros(*shape: int) -> Any:
            return np.zeros(shape, dtype=dtype)

        weights = tuple(np.array(np.array(w).T, dtype=dtype, order="C") for w in data.weights)
        biases = tuple(np.array(b, dtype=dtype).ravel() for b in data.biases)
        rows = workload.batch if wide else 1
        self.arguments = (
            weights, biases, tuple(map(np.zeros_like, weights)), tuple(map(np.zeros_like, biases)),
            tuple(zeros(rows, size) for size in sizes), tuple(zeros(rows, size) for size in sizes),
            *(tuple(map(np.zeros_like, each)) for each in (weights, weights, biases, biases)),
        )
        self.x, self.y = self.handed(data.inputs, data.targets)
        self.rate = self.x.dtype.type(workload.rate)
        self.count = np.zeros(1)

    def epoch(self) -> float:
        if self.workload.shuffle:
            self.order = self.random.permutation(self.workload.rows)
        run = compiled(*self.kind)
        return run(self.x, self.y, self.order, self.workload.batch, self.rate, self.count, *self.arguments)

    @classmethod
    def forget(cls) -> None:
        compiled.cache_clear()

    @classmethod
    def limit(cls, threads: int) -> None:
        module("numba").set_num_threads(min(threads, module("numba").config.NUMBA_NUM_THREADS))


class Numba32(Numba):
    name = "numba f32"
    dtype = "float32"
    among = ("binary32",)


@cache
def compiled(hidden: str, output: str, loss: str, optimizer: str, wide: bool) -> Any:
    """The function that trains an epoch of such a network and returns its mean loss."""
    return (by_dot if wide else by_row)(*elements(hidden, output, loss), update(optimizer))


def elements(hidden: str, output: str, loss: str) -> tuple[Any, Any, Any]:
    """A hidden unit's activation, its derivative by its output, and the loss of a row, which leaves its δ."""
    njit = module("numba").njit(fastmath=True)
    is_relu, is_tanh = hidden == "relu", hidden == "tanh"
    is_softmax, is_linear, is_squared = output == "softmax", output == "linear", loss == "half-squared-error"

    @njit
    def activation(z):
        one = type(z)(1.0)
        if is_relu:
            return max(z, type(z)(0.0))
        return math.tanh(z) if is_tanh else one / (one + math.exp(-z))

    @njit
    def derivative(o):
        one = type(o)(1.0)
        if is_relu:
            return one if o > 0 else type(o)(0.0)
        return one - o * o if is_tanh else o * (one - o)

    @njit
    def loss_of_row(z, y, delta):
        one = type(z[0])(1.0)
        total = type(z[0])(0.0)
        if is_softmax:
            top = z.max()
            below = type(z[0])(0.0)
            for j in range(len(z)):
                delta[j] = math.exp(z[j] - top)
                below += delta[j]
            for j in range(len(z)):
                delta[j] = delta[j] / below - y[j]
                total -= y[j] * (z[j] - top)
            return total + math.log(below)
        for j in range(len(z)):
            o = z[j] if is_linear else one / (one + math.exp(-z[j]))
            delta[j] = o - y[j]
            if not is_squared:
                total += max(z[j], type(one)(0.0)) - z[j] * y[j] + math.log1p(math.exp(-abs(z[j])))
            else:
                total += delta[j] * delta[j] / 2
                if not is_linear:
                    delta[j] *= o * (one - o)
        return total

    return activation, derivative, loss_of_row


def update(optimizer: str) -> Any:
    """The optimizer's step for one parameter, whose gradient is a sum over so many rows."""
    njit = module("numba").njit(fastmath=True)
    is_adam = optimizer == "Adam"

    @njit
    def step(weights, gradient, mean, square, rate, rows, count):
        number = type(rate)
        if is_adam:
            one, two = number(1.0 - 0.9**count), number(1.0 - 0.999**count)
        w, g, m, s = weights.ravel(), gradient.ravel(), mean.ravel(), square.ravel()
        for i in range(len(w)):
            slope = g[i] / number(rows)
            if is_adam:
                m[i] = number(0.9) * m[i] + number(0.1) * slope
                s[i] = number(0.999) * s[i] + number(0.001) * (slope * slope)
                w[i] -= rate * (m[i] / one) / (math.sqrt(s[i] / two) + number(1e-8))
            else:
                w[i] -= rate * slope

    return step


def by_row(activation: Any, derivative: Any, loss_of_row: Any, step: Any) -> Any:
    """Forward and backward for one row after the other, the gradients added up on the way."""

    @module("numba").njit(fastmath=True)
    def epoch(x, y, order, batch, rate, count, weights, biases, weight_sums, bias_sums, outputs, deltas,
              means, squares, bias_means, bias_squares):
        last, total = len(weights), 0.0
        for start in range(0, len(order), batch):
            for i in range(last):
                weight_sums[i][:] = 0.0
                bias_sums[i][:] = 0.0
            for row in order[start : start + batch]:
                o = x[row]
                for i in range(last):
                    w, z = weights[i], outputs[i + 1][0]
                    z[:] = biases[i]
                    for a in range(w.shape[0]):
                        for b in range(w.shape[1]):
                            z[b] += o[a] * w[a, b]
                    if i < last - 1:
                        for b in range(len(z)):
                            z[b] = activation(z[b])
                    o = z
                total += loss_of_row(o, y[row], deltas[last][0])
                for i in range(last - 1, -1, -1):
                    w, sums, delta = weights[i], weight_sums[i], deltas[i + 1][0]
                    o = outputs[i][0] if i else x[row]
                    bias_sum = bias_sums[i]
                    for b in range(len(delta)):
                        bias_sum[b] += delta[b]
                    for a in range(w.shape[0]):
                        for b in range(w.shape[1]):
                            sums[a, b] += o[a] * delta[b]
                    if i:  # nobody needs the gradient of the inputs
                        before = deltas[i][0]
                        for a in range(w.shape[0]):
                            back = type(rate)(0.0)
                            for b in range(w.shape[1]):
                                back += w[a, b] * delta[b]
                            before[a] = back * derivative(o[a])
            count[0] += 1
            for i in range(last):
                step(weights[i], weight_sums[i], means[i], squares[i], rate, batch, count[0])
                step(biases[i], bias_sums[i], bias_means[i], bias_squares[i], rate, batch, count[0])
        return total / len(order)

    return epoch


def by_dot(activation: Any, derivative: Any, loss_of_row: Any, step: Any) -> Any:
    """The same for a whole minibatch, its products by np.dot, everything between them in one loop."""
    np = module("numpy")

    @module("numba").njit(fastmath=True)
    def epoch(x, y, order, batch, rate, count, weights, biases, weight_sums, bias_sums, outputs, deltas,
              means, squares, bias_means, bias_squares):
        last, total = len(weights), 0.0
        for start in range(0, len(order), batch):
            for r in range(batch):
                outputs[0][r] = x[order[start + r]]
            for i in range(last):
                z, bias = outputs[i + 1], biases[i]
                np.dot(outputs[i], weights[i], z)
                for r in range(batch):
                    for b in range(len(bias)):
                        if i < last - 1:
                            z[r, b] = activation(z[r, b] + bias[b])
                        else:
                            z[r, b] += bias[b]
            for r in range(batch):
                total += loss_of_row(outputs[last][r], y[order[start + r]], deltas[last][r])
            for i in range(last - 1, -1, -1):
                delta, bias_sum, o = deltas[i + 1], bias_sums[i], outputs[i]
                np.dot(o.T, delta, weight_sums[i])
                bias_sum[:] = 0.0
                for r in range(batch):
                    for b in range(len(bias_sum)):
                        bias_sum[b] += delta[r, b]
                if i:
                    before = deltas[i]
                    np.dot(delta, weights[i].T, before)
                    for r in range(batch):
                        for b in range(o.shape[1]):
                            before[r, b] *= derivative(o[r, b])
            count[0] += 1
            for i in range(last):
                step(weights[i], weight_sums[i], means[i], squares[i], rate, batch, count[0])
                step(biases[i], bias_sums[i], bias_means[i], bias_squares[i], rate, batch, count[0])
        return total / len(order)

    return epoch
