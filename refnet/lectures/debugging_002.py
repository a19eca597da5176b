"""What to do when training fails: diverging, wrong gradients, a constant answer, sick units, too small a network.

Lecture file 002_f454bcaa3b381492.txt, "Debugging Training". Golden entry 36: the three slides say what to look
for, without numbers; each sickness is shown here by the figure that tells it. rn.diagnose looks for all of them.
"""

import copy
from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic.elementary import log, sqrt
from refnet.kernels.reference.sums import total_of
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("002_f454bcaa3b381492.txt", {36: "Debugging Training; (2); (3)"})

POINTS = rn.data.circle(24, seed=1)
X, Y = [[0.4 * value for value in row] for row in POINTS.inputs], POINTS.targets
XOR = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]], [0, 1, 1, 0]


def network(backend: Any, *hidden: Any) -> rn.Network:
    return rn.Network([rn.Input(2), *hidden, rn.Dense(2), rn.Softmax()], backend, seed=1)


def learning_rate(backend: Any) -> Iterator[Result]:
    """36. "Training diverges: learning rate may be too large, decrease learning rate". Trials from the same start."""
    net = network(backend, rn.Dense(6), rn.Tanh())
    before = net.evaluate(X, Y)["loss"]
    small, right, large = (_after(net, rate) for rate in (0.0001, 2.0, 100.0))
    yield lecture.is_less(36, "change of the loss in 20 steps, η = 0.0001", before - small, "a hundredth of the loss",
                          0.01 * before)
    yield lecture.is_less(36, "loss after 20 steps, η = 2", right, "half of the loss before", 0.5 * before)
    yield lecture.is_more(36, "loss after 20 steps, η = 100", large, "the loss before", before)


def _after(net: rn.Network, rate: float) -> float:
    """The loss of a copy after a short training."""
    twin = copy.deepcopy(net)
    twin.fit(X, Y, optimizer=rn.SGD(rate), epochs=20, batch_size=len(X), shuffle=False)
    return twin.evaluate(X, Y)["loss"]


class TanhWithAMistake(rn.Layer):
    """do/dz = 1 − o, where 1 − o² is right."""

    def forward(self, x: Any, training: bool = False) -> Any:
        self.o = self.k.tanh(x)
        return self.o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.subtract(d, self.k.multiply(d, self.o))


def numerical_gradient_checking(backend: Any) -> Iterator[Result]:
    """36. "BPROP is buggy: numerical gradient checking": the bounds are those of lecture 001."""
    for name, layer in (("right", rn.Tanh()), ("wrong", TanhWithAMistake())):
        diff = rn.gradient_check(network(backend, rn.Dense(3), layer), X[:3], Y[:3])
        if name == "right":
            yield lecture.stays_below(36, "diff, tanh' = 1 − o²", "1e-6", diff)
        else:
            yield lecture.is_at_least(36, "diff, tanh' = 1 − o", "1e-3", diff)


ENTROPY = "0.562335144619"  # of a quarter and three quarters
VARIANCE = "1.250000000000"  # of 1, 2, 3, 4


def degenerate_solutions(backend: Any) -> Iterator[Result]:
    """36. "Parameters collapse / loss is minimized but accuracy is low: does it have degenerate solutions?"

    An answer that does not depend on the input has a smallest loss too: with the cross-entropy that of the shares of
    the classes, their entropy; with the squared error that of the mean, the variance. If a penalty holds the weights at
    0, training ends there.
    """
    net = rn.Network([rn.Input(1), rn.Dense(2, weights=rn.Zeros()), rn.Softmax()], backend)
    net.biases = [[log(0.25), log(0.75)]]
    rows, classes = [[-1.0], [1.0], [2.0], [0.5]], [0, 1, 1, 1]
    found = net.evaluate(rows, classes)
    yield lecture.follows(36, "loss of the shares ¼, ¾", "−¼ ln ¼ − ¾ ln ¾", ENTROPY, found["loss"])
    yield lecture.follows(36, "accuracy of the shares ¼, ¾", "3/4", "0.75", found["accuracy"])
    line = rn.Network([rn.Input(1), rn.Dense(1, weights=rn.Zeros(), biases=[2.5])], backend)
    loss = line.evaluate(rows, [1.0, 2.0, 3.0, 4.0])["loss"]
    yield lecture.follows(36, "loss of the mean of 1, 2, 3, 4", "Σ(y − ȳ)² / 4", VARIANCE, loss)
    collapsed = rn.Network([rn.Input(2), rn.Dense(2, penalty=rn.L2(2.0)), rn.Softmax()], backend, seed=1)
    collapsed.fit(X, [0 if y == 0 or i % 4 == 1 else 1 for i, y in enumerate(Y)], optimizer=rn.SGD(0.2), epochs=60,
                  batch_size=len(X), shuffle=False)
    outputs = collapsed.predict(X)
    yield lecture.is_less(36, "spread of the outputs, weights held at 0", _spread([o for o, _ in outputs]),
                          "a twentieth of that of the targets", 0.05 * sqrt(0.1875))


def hidden_units(backend: Any) -> Iterator[Result]:
    """36. "Inspect hidden units": dead ones let no gradient pass; "strong correlations are seen, and also units ignore
    input" in bad training.
    """
    net = network(backend, rn.Dense(4, biases=[0.0, 0.0, -20.0, -20.0]), rn.ReLU())
    net.forward(X)
    net.loss(Y)
    net.backward()
    columns = list(zip(*net.activations[net.layers[2].name]))
    dead = [j for j, column in enumerate(columns) if not any(column)]
    gradients = net.gradients["dense1.weights"]
    yield lecture.equals(36, "units of 4 that are 0 for all rows", 2, float(len(dead)))
    yield lecture.equals(36, "Σ |∂L/∂w| of these", 0, total_of(abs(g) for j in dead for g in gradients[j]))
    alive = total_of(abs(g) for j, unit in enumerate(gradients) if j not in dead for g in unit)
    yield lecture.is_more(36, "Σ |∂L/∂w| of the others", alive, "of the dead", 0.0)

    same = rn.Constant(0.5)
    alike = rn.Network([rn.Input(2), rn.Dense(4, weights=same), rn.Tanh(), rn.Dense(2, weights=same), rn.Softmax()],
                       backend)
    alike.fit(X, Y, optimizer=rn.SGD(0.5), epochs=20, batch_size=len(X), shuffle=False)
    alike.forward(X)
    first, *others = zip(*alike.activations["tanh1"])
    different = len([1 for other in others for o, p in zip(first, other) if o != p])
    yield lecture.equals(36, "outputs in which equal units differ, 20 steps", 0, float(different))

    deaf, listening = (network(backend, rn.Dense(4, weights=rn.Normal(std), biases=[0.5] * 4), rn.Tanh())
                       for std in (0.001, 1.0))
    spreads = []
    for each in (deaf, listening):
        each.forward(X)
        spreads.append(max(_spread(column) for column in zip(*each.activations["tanh1"])))
    yield lecture.is_less(36, "spread of units with weights of 0.001", spreads[0], "a hundredth of tanh's range", 0.02)
    yield lecture.is_more(36, "spread of units with weights of 1", spreads[1], "a hundredth of tanh's range", 0.02)


def _spread(values: Any) -> float:
    """Standard deviation."""
    mean = total_of(values) / len(values)
    return sqrt(total_of((value - mean) * (value - mean) for value in values) / len(values))


def size_of_the_network(backend: Any) -> Iterator[Result]:
    """36. "Network is underperforming: compute flops and nr. params, if too small, make net larger"; the same count for
    "network is too slow". One hidden unit cannot learn XOR.
    """
    net = rn.Network([rn.Input(784), rn.Dense(30, weights=rn.Zeros()), rn.Sigmoid(), rn.Dense(10, weights=rn.Zeros())],
                     backend)
    found = rn.summary(net)
    yield lecture.equals(36, "parameters of 784-30-10", 784 * 30 + 30 + 30 * 10 + 10, float(found.total.parameters))
    multiplications = float(found.total.forward.multiplications)
    yield lecture.equals(36, "multiplications, forward, 784-30-10", 784 * 30 + 30 * 10, multiplications)
    losses, accuracies = [], []
    for units in (1, 4):
        net = network(backend, rn.Dense(units), rn.Tanh())
        net.fit(*XOR, optimizer=rn.Adam(0.1), epochs=80, batch_size=4, shuffle=False)
        result = net.evaluate(*XOR)
        losses.append(result["loss"])
        accuracies.append(result["accuracy"])
    yield lecture.is_more(36, "loss of XOR, 1 hidden unit", losses[0], "ten times that with 4", 10.0 * losses[1])
    yield lecture.is_less(36, "accuracy of XOR, 1 hidden unit", accuracies[0], "with 4", accuracies[1])


WORKED_EXAMPLES = (learning_rate, numerical_gradient_checking, degenerate_solutions, hidden_units, size_of_the_network)
