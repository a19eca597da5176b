"""How are the weights found? Neighbours, the gradient, epochs, restarts: lecture file 003_c85a712d8489c438.txt.

Golden entry 34. Misprint: the recap has δ = (y − ŷ) ŷ(1 − ŷ) together with w := w − η δ o, which climbs. With
δ = (ŷ − y) ŷ(1 − ŷ), as in entry 6, the same update descends.
"""

import math
from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.kernels.reference.sums import total_of
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("003_c85a712d8489c438.txt", {34: "Gradient descent; And from L=2 to L=1; Avoiding local minima"})

# The training set of entry 6. The first input is the dummy node with the constant value 1: its weights are the w0.
INPUTS = [[1.0, 0.1, 0.1], [1.0, 0.1, 0.9], [1.0, 0.9, 0.1], [1.0, 0.9, 0.9]]
TARGETS = [[0.1], [0.9], [0.9], [0.1]]
THETA = 0.03  # θ, the loss that is low enough
Weights = list[list[list[float]]]


def network(backend: Any) -> rn.Network:
    """3 inputs, 4 hidden units, one output: 16 weights, random at the start."""
    return rn.Network([rn.Input(3), rn.Dense(4, bias=False), rn.Tanh(), rn.Dense(1, bias=False), rn.Sigmoid()],
                      backend, seed=2)


def loss_of(net: rn.Network, weights: Weights) -> float:
    """One evaluation: forward and the loss, with these weights."""
    net.weights = weights
    net.forward(INPUTS)
    return net.loss(TARGETS, rn.HalfSquaredError())


def neighbours(weights: Weights, step: float) -> Iterator[Weights]:
    """Every weight in turn, once larger and once smaller by `step`, the others as they are."""
    for layer, units in enumerate(weights):
        for unit, numbers in enumerate(units):
            for i in range(len(numbers)):
                for by in (step, -step):
                    changed = [[list(each) for each in each_layer] for each_layer in weights]
                    changed[layer][unit][i] += by
                    yield changed


def climb(net: rn.Network, step: float, enough: float, most: int = 100) -> list[float]:
    """Hill climbing: move to the best neighbour until the loss is at most `enough` or no neighbour is better.

    Returns the loss at the start and after each move. A move takes an evaluation for each neighbour.
    """
    weights = net.weights
    losses = [loss_of(net, weights)]
    while losses[-1] > enough and len(losses) <= most:
        best, nearby = min(((loss_of(net, each), each) for each in neighbours(weights, step)), key=lambda pair: pair[0])
        if not best < losses[-1]:
            break
        losses.append(best)
        weights = nearby
    return losses


def descend(net: rn.Network, rate: float, enough: float, most: int = 300) -> list[float]:
    """Gradient descent to the same loss. A step is a forward and a backward pass, up to three evaluations."""
    optimizer = rn.SGD(rate)
    losses = [loss_of(net, net.weights)]
    while losses[-1] > enough and len(losses) <= most:
        net.backward()
        optimizer.update(net)
        losses.append(loss_of(net, net.weights))
    return losses


def trying_neighbours(backend: Any) -> Iterator[Result]:
    """34. "Gradient descent" is hill climbing that knows the best direction: it does not have to try the neighbours."""
    net = network(backend)
    start, h = net.weights, 1.0 / 16.0
    yield lecture.equals(34, "neighbours of 16 weights", 32, float(len(list(neighbours(start, h)))))

    # One move of length h: the best of 32 neighbours, and the way that the negative gradient points.
    before = loss_of(net, start)
    net.backward()
    gradient = [net.gradients["dense1.weights"], net.gradients["dense2.weights"]]
    best = min(loss_of(net, each) for each in neighbours(start, h))
    length = math.sqrt(total_of([g * g for units in gradient for unit in units for g in unit])) or 1.0  # 0: stays
    along = loss_of(net, [
        [[w - h * g / length for w, g in zip(*pair)] for pair in zip(*units)] for units in zip(start, gradient)
    ])
    yield lecture.is_less(34, "loss at the best neighbour", best, "loss before", before)
    yield lecture.is_less(34, "loss at the same distance along −∇", along, "loss at the best neighbour", best)

    net.weights = start
    climbing = climb(net, 0.5, THETA)
    yield lecture.is_less(34, "loss that trying neighbours reaches", climbing[-1], "θ", THETA)
    net.weights = start
    descending = descend(net, 4.0, THETA)
    yield lecture.is_less(34, "loss that gradient descent reaches", descending[-1], "θ", THETA)
    yield lecture.is_less(34, "evaluations by gradient descent", 3.0 * len(descending[1:]), "by trying neighbours",
                          32.0 * len(climbing[1:]))


def start_a_new_epoch(backend: Any) -> Iterator[Result]:
    """34. "If Loss > θ then start a new epoch": the training ends with the first epoch whose loss is at most θ."""
    net = network(backend)
    history = net.fit(INPUTS, TARGETS, loss=rn.HalfSquaredError(), optimizer=rn.SGD(4.0), epochs=500, batch_size=4,
                      callbacks=[rn.StopAtLoss(THETA)])
    *before, last = history["loss"]
    yield lecture.is_less(34, "loss of the last epoch", last, "θ", THETA)
    yield lecture.equals(34, "earlier epochs whose loss was not above θ", 0,
                         float(len([1 for loss in before if not loss > THETA])))
    yield lecture.is_less(34, "epochs it took", float(net.epoch), "epochs allowed", 500.0)


# From two outputs back to three units, with numbers chosen here: 2 inputs, layers of 3, 2 and 2 sigmoid units, no
# thresholds. weights[j][i] leads from unit i+1 of one layer to unit j+1 of the next.
X_TWO_OUTPUTS, Y_TWO_OUTPUTS = [0.5, -1.0], [1.0, 0.0]
W_TWO_OUTPUTS = [
    [[0.4, -0.6], [0.7, 0.1], [-0.3, 0.8]],
    [[0.5, -0.2, 0.9], [-0.7, 0.6, 0.1]],
    [[1.1, -0.4], [0.3, 0.8]],
]

TWO_OUTPUTS = {
    "δ[3]_1": ("(ŷ1 − y1) ŷ1(1 − ŷ1)", "-0.089323138053"),
    "δ[3]_2": ("(ŷ2 − y2) ŷ2(1 − ŷ2)", "0.147289926470"),
    "∂L/∂o[2]_1": ("w11 δ[3]_1 + w12 δ[3]_2", "-0.054068473918"),
    "∂L/∂o[2]_2": ("w21 δ[3]_1 + w22 δ[3]_2", "0.153561196398"),
    "δ[2]_1": ("∂L/∂o[2]_1 o(1 − o)", "-0.012756780739"),
    "δ[2]_2": ("∂L/∂o[2]_2 o(1 − o)", "0.038257450076"),
    "δ[1]_1": ("(w11 δ[2]_1 + w12 δ[2]_2) o(1 − o)", "-0.007092947223"),
    "δ[1]_2": ("(w21 δ[2]_1 + w22 δ[2]_2) o(1 − o)", "0.006277853135"),
    "δ[1]_3": ("(w31 δ[2]_1 + w32 δ[2]_2) o(1 − o)", "-0.001539554265"),
}


def hidden_unit_of_two_outputs(backend: Any) -> Iterator[Result]:
    """34. "And from L=2 to L=1": what arrives at a hidden unit is the sum over both outputs, each δ times its weight.

    Then the recap: one step w − η δ o with δ from ŷ − y, and one with δ from y − ŷ.
    """
    layers = [rn.Input(2)]
    for units in (3, 2, 2):
        layers += [rn.Dense(units, bias=False), rn.Sigmoid()]
    net = rn.Network(layers, backend)

    def loss_after_a_step(recap: bool) -> float:
        net.weights = W_TWO_OUTPUTS
        [[o1, o2]] = net.forward([X_TWO_OUTPUTS])
        y1, y2 = Y_TWO_OUTPUTS
        net.backward([[y1 - o1, y2 - o2]] if recap else [[o1 - y1, o2 - y2]])
        rn.SGD(0.5).update(net)
        net.forward([X_TWO_OUTPUTS])
        return net.loss([Y_TWO_OUTPUTS], rn.HalfSquaredError())

    net.weights = W_TWO_OUTPUTS
    net.forward([X_TWO_OUTPUTS])
    before = net.loss([Y_TWO_OUTPUTS], rn.HalfSquaredError())
    net.backward()
    computed = {}
    for name, layer in (("δ[3]", "dense3"), ("∂L/∂o[2]", "sigmoid2"), ("δ[2]", "dense2"), ("δ[1]", "dense1")):
        for unit, value in enumerate(net.deltas[layer][0], 1):
            computed[f"{name}_{unit}"] = value
    for quantity, (formula, digits) in TWO_OUTPUTS.items():
        yield lecture.follows(34, quantity, formula, digits, computed[quantity])

    yield lecture.is_less(34, "loss after a step with ŷ − y", loss_after_a_step(recap=False), "loss before", before)
    yield lecture.is_more(34, "loss after the recap's step", loss_after_a_step(recap=True), "loss before", before)


def random_restarts(backend: Any) -> Iterator[Result]:
    """34. "Avoiding local minima": several trials from different random weights, and the best of them.

    XOR with two hidden units: some trials end in a minimum where two of four examples get an output of about ½.
    """
    def make(seed: int) -> rn.Network:
        return rn.Network([rn.Input(2), rn.Dense(2), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], backend, seed=seed)

    x, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    found = rn.selection.restarts(make, 4, x, y, executor="serial", loss=rn.BinaryCrossEntropy(),
                                  optimizer=rn.SGD(4.0), epochs=80, batch_size=4)
    worst, best = (pick(found.table, key=lambda line: line.score) for pick in (max, min))
    yield lecture.is_less(34, "loss of the best of 4 trials", best.score, "a tenth of the worst", worst.score / 10.0)

    longer = make(worst.fits[0].seed)
    longer.fit(x, y, loss=rn.BinaryCrossEntropy(), optimizer=rn.SGD(4.0), epochs=240, batch_size=4)
    yield lecture.is_more(34, "loss of the worst after three times as many epochs", longer.evaluate(x, y)["loss"],
                          "half of what it was", worst.score / 2.0)


WORKED_EXAMPLES = (trying_neighbours, start_a_new_epoch, hidden_unit_of_two_outputs, random_restarts)
