"""Dropout as an ensemble of networks that share their weights: lecture file 002_f454bcaa3b381492.txt.

Golden entry 33. With n hidden units there are 2ⁿ masks, and a network for each. What is the network without dropout to
all these? If the output is linear, exactly their mean. With a softmax, exactly their geometric mean, made to add up to
1, and only about their mean. With another hidden layer before the output, only about their mean.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import refnet as rn
from refnet.arithmetic.elementary import exp, log
from refnet.kernels.reference.sums import total_of
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("002_f454bcaa3b381492.txt", {33: "DropOut"})

# Numbers chosen here. All are short in binary, so that the sums of the linear network are exact.
X = [0.5, -1.0]
HIDDEN = [[0.5, -0.75], [0.75, 0.25], [-0.25, -1.0], [1.0, 0.5]]
BIASES = [0.0, 0.5, 0.25, 0.75]
OUTPUT = [[0.5, -0.25, 0.75, 1.0], [-1.0, 0.5, 0.25, 0.5], [0.25, 1.0, -0.5, 0.75]]
SECOND = [[0.5, -1.0, 0.25], [0.75, 0.5, -0.5], [-0.25, 0.5, 1.0]]
# p = ½: each mask is as likely as any other, and a unit that is kept counts twice.
MASKS = [[2.0 * bit for bit in bits] for bits in product((0.0, 1.0), repeat=4)]


def members(backend: Any, *after: Any) -> tuple[list[list[float]], list[float]]:
    """The outputs of the 16 members, a row for each mask, and the row of the network without masks.

    after: the layers that follow the output of the hidden units. All members have the same weights.
    """
    x, mask = rn.Input(2), rn.Input(4)
    chain: Any = rn.Dense(3, bias=False)(rn.Multiply()(rn.ReLU()(rn.Dense(4)(x)), mask))
    for layer in after:
        chain = layer(chain)
    net = rn.Network(chain, backend, inputs=[x, mask])
    net.weights = [HIDDEN, OUTPUT, SECOND][: len(net.weights)]
    net.biases = [BIASES]
    each = net.forward([[X] * 16, MASKS])
    [whole] = net.forward([[X], [[1.0] * 4]])
    return each, whole


def means(rows: list[list[float]]) -> list[float]:
    """The mean of each column."""
    return [total_of(list(column)) / len(rows) for column in zip(*rows)]


def distance(p: list[float], q: list[float]) -> float:
    """The largest difference of two rows."""
    return max(abs(a - b) for a, b in zip(p, q))


def geometric_means(rows: list[list[float]]) -> list[float]:
    """The geometric mean of each column, divided by their sum."""
    found = [exp(value) for value in means([[log(share) for share in row] for row in rows])]
    return [value / total_of(found) for value in found]


def ensemble(backend: Any) -> Iterator[Result]:
    """33. "DropOut" gives an ensemble of models: 16 networks for 4 hidden units, and the one that predicts for them."""
    each, whole = members(backend)
    yield lecture.equals(33, "members whose output differs from all others'", 16, float(len(set(map(tuple, each)))))
    yield lecture.equals(33, "linear output: distance of the network from its members' mean", 0,
                         distance(means(each), whole))

    for name, after in (("softmax", [rn.Softmax()]), ("a second hidden layer", [rn.Tanh(), rn.Dense(3, bias=False)])):
        each, whole = members(backend, *after)
        mean = means(each)
        from_mean = distance(whole, mean)
        of_members = total_of([distance(row, mean) for row in each]) / 16.0
        yield lecture.is_at_least(33, f"{name}: its distance from their mean", "0.001", from_mean)
        yield lecture.is_less(33, f"{name}: the same distance", from_mean, "half of a member's", 0.5 * of_members)
        if name == "softmax":
            yield lecture.stays_below(33, "softmax: its distance from their geometric mean", "1e-15",
                                      distance(whole, geometric_means(each)))


def random_members(backend: Any) -> Iterator[Result]:
    """33. A training step with dropout draws a member for each row: over 256 rows, all 16 come up and nothing else."""
    net = rn.Network([rn.Input(2), rn.Dense(4), rn.ReLU(), rn.Dropout(0.5), rn.Dense(3, bias=False)], backend, seed=1)
    net.weights, net.biases = [HIDDEN, OUTPUT], [BIASES]
    each, whole = members(backend)
    drawn = {tuple(row) for row in net.forward([X] * 256, training=True)}
    strangers = drawn - set(map(tuple, each))
    yield lecture.equals(33, "different outputs in training that are no member's", 0, float(len(strangers)))
    yield lecture.equals(33, "members that were drawn in 256 rows", 16, float(len(drawn)))
    yield lecture.equals(33, "distance of its prediction from the network without masks", 0,
                         distance(net.predict([X])[0], whole))


WORKED_EXAMPLES = (ensemble, random_members)
