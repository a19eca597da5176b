"""How fast is JAX? The whole loop over minibatches and epochs in one compiled function."""

import os
from typing import Any

from refnet.bench.peers.base import Peer, module
from refnet.bench.timing import Sample, clock
from refnet.bench.workloads import Data, Workload

ORDERS = 8  # orders of the rows that are made beforehand, and taken in turns
CALL = 0.02  # seconds: a call takes at least so long, against which what a call costs does not count


class JAX(Peer):
    name = "JAX f64"
    library = "JAX"
    package = "jax"
    about = ("has its whole loop in jit: value_and_grad, lax.scan over the minibatches, fori_loop over the epochs of "
             f"a call; the orders of the rows, {ORDERS} that take turns, are made beforehand and cost it nothing")

    def __init__(self, workload: Workload, data: Data) -> None:
        np, jax = module("numpy"), module("jax")
        super().__init__(workload, data)
        jax.config.update("jax_enable_x64", True)  # binary32 stays what it is: each array says its format
        ready = jax.numpy.asarray
        self.x, self.y = self.handed(data.inputs, data.targets)
        weights = [(np.array(w, dtype=self.dtype).T, np.array(b, dtype=self.dtype).ravel())
                   for w, b in zip(data.weights, data.biases)]
        self.state: Any = jax.tree.map(ready, (weights, *moments(jax, workload, weights)))
        random, shape = np.random.default_rng(1), (workload.steps, workload.batch)
        made = [random.permutation(workload.rows).reshape(shape) for _ in range(ORDERS if workload.shuffle else 0)]
        self.orders = ready(np.array(made, dtype="int32")) if made else None
        self.run = training(jax, workload)
        self.epochs = 1  # of a call

    def warm_up(self, seconds: float) -> None:
        self.call(1)  # compiles
        while self.call(self.epochs) < min(CALL, seconds / 4):
            self.epochs *= 2

    def sample(self) -> Sample:
        return self.call(self.epochs), self.epochs * self.steps

    def call(self, epochs: int) -> float:
        """The seconds that so many epochs take."""
        start = clock.read()
        self.state, self.loss = self.run(epochs, self.state, self.x, self.y, self.orders)
        self.loss.block_until_ready()
        return clock.read() - start

    def epoch(self) -> float:
        self.call(1)
        return float(self.loss)

    def handed(self, inputs: Any, targets: Any) -> tuple[Any, Any]:
        jax = module("jax")
        return jax.block_until_ready(tuple(map(jax.numpy.asarray, super().handed(inputs, targets))))

    @classmethod
    def forget(cls) -> None:
        module("jax").clear_caches()

    @classmethod
    def prepare(cls, threads: int) -> None:
        os.environ["NPROC"] = str(threads)  # how many threads XLA makes


class JAX32(JAX):
    name = "JAX f32"
    dtype = "float32"
    among = ("binary32",)


def moments(jax: Any, workload: Workload, weights: Any) -> tuple[Any, ...]:
    """What the optimizer keeps: nothing, or means, squares and the number of steps."""
    if workload.optimizer == "SGD":
        return ()
    zeros = jax.tree.map(lambda w: 0.0 * w, weights)
    return zeros, zeros, module("numpy").zeros((), dtype=weights[0][0].dtype)


def training(jax: Any, workload: Workload) -> Any:
    """The compiled function (epochs, state, inputs, targets, orders) → (state, mean loss of the last epoch)."""
    lax, jnp = jax.lax, jax.numpy
    descent = jax.value_and_grad(loss_of(jax, workload))
    steps, batch = workload.steps, workload.batch

    def step(state: Any, x: Any, y: Any) -> tuple[Any, Any]:
        weights, *kept = state
        loss, gradients = descent(weights, x, y)
        if not kept:
            return (jax.tree.map(lambda w, g: w - workload.rate * g, weights, gradients),), loss
        means, squares, count = kept
        means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, gradients)
        squares = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * (g * g), squares, gradients)
        count = count + 1
        one, two = 1.0 - 0.9**count, 1.0 - 0.999**count
        weights = jax.tree.map(lambda w, m, s: w - workload.rate * (m / one) / (jnp.sqrt(s / two) + 1e-8),
                               weights, means, squares)
        return (weights, means, squares, count), loss

    def run(epochs: Any, state: Any, x: Any, y: Any, orders: Any) -> tuple[Any, Any]:
        def taken(carried: Any, rows: Any) -> tuple[Any, None]:
            state, total = carried
            state, loss = step(state, x[rows], y[rows])
            return (state, total + loss), None

        def given(carried: Any, part: Any) -> tuple[Any, None]:
            state, total = carried
            state, loss = step(state, *part)
            return (state, total + loss), None

        def epoch(i: Any, carried: Any) -> Any:
            state, _ = carried
            if orders is None:
                parts = tuple(each.reshape(steps, batch, -1) for each in (x, y))
                return lax.scan(given, (state, jnp.zeros((), x.dtype)), parts)[0]
            return lax.scan(taken, (state, jnp.zeros((), x.dtype)), orders[i % ORDERS])[0]

        state, total = lax.fori_loop(0, epochs, epoch, (state, jnp.zeros((), x.dtype)))
        return state, total / steps

    return jax.jit(run)


def loss_of(jax: Any, workload: Workload) -> Any:
    """The mean loss of a minibatch, as a function of the weights and biases, the inputs and the targets."""
    nn, jnp = jax.nn, jax.numpy
    hidden = {"relu": nn.relu, "sigmoid": nn.sigmoid, "tanh": jnp.tanh}[workload.hidden]

    def loss(weights: Any, x: Any, y: Any) -> Any:
        for w, b in weights[:-1]:
            x = hidden(x @ w + b)
        w, b = weights[-1]
        z = x @ w + b
        if workload.loss == "cross-entropy":
            return -(y * nn.log_softmax(z)).sum() / workload.batch
        if workload.loss == "binary-cross-entropy":
            of_row = jnp.maximum(z, 0.0) - y * z + jnp.log1p(jnp.exp(-jnp.abs(z)))
            return of_row.sum() / workload.batch
        apart = (z if workload.linear else nn.sigmoid(z)) - y
        return 0.5 * (apart * apart).sum() / workload.batch

    return loss
