"""Do the scalar graph, the reference and the C core agree on random networks, to the last bit of every gradient?

    python tests/graph/random_networks.py 1000          # networks, from 2-3-3 to 4-5-4-3 and wired ones; prints a line

Batches of 1 to 5 rows, all activations and losses. Every unit of a layer but the last has three and more consumers.
"""

import random
import struct
import sys

import refnet as rn
from refnet.network.building import output_name

POINTWISE = [
    rn.Sigmoid, rn.Tanh, rn.ReLU, rn.Linear, rn.LeakyReLU, rn.PReLU, rn.ELU, rn.Softplus, rn.SiLU, rn.GELU, rn.Softmax,
    lambda: rn.ReLU(gradient_at_zero=1), lambda: rn.PReLU(shared=True), lambda: rn.Scale(-0.3), lambda: rn.Dropout(0.4),
    lambda: rn.Dropout(0.4, scaling="prediction"), lambda: rn.GaussianNoise(0.1), rn.BatchNorm,
    lambda: rn.BatchNorm(trainable=False), lambda: rn.ActivityPenalty(0.1), lambda: rn.Softmax(beta=-2.0),
]
MERGES = [rn.Add, rn.Subtract, rn.Multiply, rn.Maximum, rn.Concatenate]
FREE = [rn.HalfSquaredError, rn.MeanSquaredError, rn.MeanAbsoluteError, rn.Huber, rn.MulticlassHinge]
ENDS = [  # last layer, losses, whether the targets are classes
    (rn.Softmax, [rn.CrossEntropy, lambda: rn.CrossEntropy(fused=False), lambda: rn.CrossEntropy(over="sum")], True),
    (rn.LogSoftmax, [rn.NegativeLogLikelihood], True),
    (rn.Sigmoid, [rn.BinaryCrossEntropy, lambda: rn.BinaryCrossEntropy(fused=False), rn.HalfSquaredError,
                  lambda: rn.BinaryCrossEntropy(over="elements")], False),
    (rn.Linear, [rn.HalfSquaredError, rn.MeanSquaredError, rn.MeanAbsoluteError, rn.Huber, rn.Hinge, rn.SquaredHinge,
                 lambda: rn.BinaryCrossEntropy(from_logits=True), lambda: rn.MeanSquaredError(over="elements")], False),
    (rn.Linear, [rn.MulticlassHinge, lambda: rn.CrossEntropy(from_logits=True)], True),
]


def dense(draws, units):
    penalty = draws.choice([None, None, rn.L2(0.1), [rn.L1(0.01), rn.L2(0.1, half=True)]])
    return rn.Dense(units, bias=draws.random() < 0.7, penalty=penalty)


def chain(draws, node, sizes):
    """Dense layers of these sizes, each with an activation."""
    for units in sizes:
        node = draws.choice(POINTWISE)()(dense(draws, units)(node))
    return node


def body(draws, node):
    """From an input to a value that an output starts from: a chain, or something wired."""
    if draws.random() < 0.4:
        return chain(draws, node, [draws.choice([3, 4, 5]) for _ in range(draws.choice([1, 2]))])
    units = draws.choice([3, 4])
    first = draws.choice(POINTWISE)()(node) if draws.random() < 0.3 else node
    shared = rn.Dense(units)
    values = [shared(first), chain(draws, first, [units]), dense(draws, units)(node)]
    if draws.random() < 0.5:
        values.append(shared(first))
    draws.shuffle(values)
    joined = draws.choice(MERGES)()(*values[: draws.choice([2, 3, 3])])
    if draws.random() < 0.3:  # a value three times in one layer, as it is and changed
        joined = draws.choice(MERGES)()(joined, draws.choice(POINTWISE)()(joined), joined)
    return joined


def case(seed):
    """(a function that makes the network on a backend, inputs, targets, loss, training) of this number."""
    draws = random.Random(seed)
    inputs, rows, training = draws.choice([2, 3, 4]), draws.randint(1, 5), draws.random() < 0.5
    number, several = draws.randrange(1 << 30), draws.random() < 0.2
    x = [[draws.choice([0.0, 1.0, draws.uniform(-2, 2)]) for _ in range(inputs)] for _ in range(rows)]
    ends, targets, losses = [], [], []
    for _ in range(2 if several else 1):
        last, choices, are_classes = draws.choice(ENDS)
        loss, units = draws.choice(choices)(), draws.choice([3, 4])
        if are_classes:
            y = [draws.randrange(units) for _ in range(rows)]
        elif isinstance(loss, (rn.Hinge, rn.SquaredHinge)):
            y = [[draws.choice([-1.0, 1.0]) for _ in range(units)] for _ in range(rows)]
        else:
            y = [[draws.choice([0.0, 1.0, draws.random()]) for _ in range(units)] for _ in range(rows)]
        ends.append((last, units))
        targets.append(y)
        losses.append(loss)
    if several:
        kind = draws.choice(["rows", "sum"])
        for loss in losses:
            loss.over = kind
    objective = rn.MultiTask(losses, [1.0, draws.choice([1.0, 0.3])]) if several else losses[0]
    penalty = draws.choice([None, None, rn.L2(0.05)])
    how = draws.randrange(1 << 30)

    def make(backend):
        again = random.Random(how)
        start = rn.Input(inputs)
        value = body(again, start)
        outputs = [last()(rn.Dense(units)(value)) for last, units in ends]
        if several and again.random() < 0.5:  # what is an output may go on
            outputs[1] = ends[1][0]()(rn.Dense(ends[1][1])(outputs[0]))
        net = rn.Network(outputs if several else outputs[0], backend=backend, seed=number)
        net.penalties = (penalty,) if penalty else ()
        return net

    return make, x, targets if several else targets[0], objective, training


def bits(value):
    """The bits of all numbers of nested lists; None, where nothing has arrived, stays."""
    if isinstance(value, (list, tuple)):
        return [bits(each) for each in value]
    return value if value is None else struct.pack("<d", value if value == value else float("nan"))


def of_network(net, x, y, loss, training):
    """Name → bits of all that a step computes."""
    outputs = net.forward(x, training=training)
    total = net.loss(y, loss)
    gradient = net.backward(input_gradient=True)
    found = {"outputs": outputs, "loss": total, "input gradient": gradient}
    found.update({f"{name}.value": rows for name, rows in net.activations.items()})
    found.update({f"{name}.delta": rows for name, rows in net.deltas.items()})
    found.update({name: rows if isinstance(rows[0], list) else [rows] for name, rows in net.gradients.items()})
    return {name: bits(value) for name, value in found.items()}


def of_graph(net, x, y, loss, training):
    """The same of the scalar graph."""
    graph = rn.graph.expand(net, x, y, loss=loss, training=training)
    graph.loss.backward()
    several = graph.outputs if len(net.output_places) > 1 else [graph.outputs]
    outputs = [[[unit.value for unit in row] for row in rows] for rows in several]
    found = {"outputs": outputs if len(outputs) > 1 else outputs[0], "loss": graph.loss.value,
             "input gradient": graph.gradients("input.o")}
    for layer in net.layers:
        found[f"{layer.name}.value"] = graph.values(output_name(layer))
        found[f"{layer.name}.delta"] = graph.gradients(output_name(layer))
    for name, parameter in net.trainable_parameters.items():
        found[name] = graph.gradients(name)
        assert net.k.shape(parameter.value) == (len(found[name]), len(found[name][0]))
    return {name: bits(value) for name, value in found.items()}


def differences(seed):
    """The names of what is not the same, bit for bit, in the graph, the reference and C; and how much was compared."""
    make, x, y, loss, training = case(seed)
    reference = of_network(make("python"), x, y, loss, training)
    native = of_network(make("c"), x, y, loss, training)
    graph = of_graph(make("python"), x, y, loss, training)
    wrong = [name for name, value in reference.items() if not value == native[name] == graph[name]]
    numbers = sum(len(row) for value in reference.values() for row in value if isinstance(row, list))
    return wrong, numbers, repr(make("python"))


if __name__ == "__main__":
    count, numbers, failed = int(sys.argv[1]), 0, []
    for seed in range(count):
        wrong, compared, what = differences(seed)
        numbers += compared
        if wrong:
            failed.append(seed)
            print(seed, wrong, what)
    print(f"{count} networks, {numbers} numbers compared bit by bit, {len(failed)} networks differ")
    sys.exit(bool(failed))
