"""Neural networks, lecture 2 (backpropagation, module by module): lecture file 002_f454bcaa3b381492.txt.

Golden entries 7 and 8.

Misprint in entry 7: a slide truncates δ3 = −0.11866… to −0.1186; rounded, as here, it is −0.1187. The slide's learning
rate is −0.2 "because we used positive increments", w ← w + η g; for w ← w − η g it is 0.2.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic.elementary import exp
from refnet.lectures.agreement import Lecture, Result, Step, differences

lecture = Lecture("002_f454bcaa3b381492.txt", {
    7: "Back propagation example", 8: "Toy Code: Neural Net Trainer in MATLAB",
})


def back_propagation_example(backend: Any) -> Iterator[Result]:
    """7. "Back propagation example": inputs 1 and 2, tanh nodes 3 and 4, linear node 5, no biases, Euclidean loss.

    Inputs 1.0 and 0.1, desired output 0.5, one iteration.
    """
    net = tanh_network(backend)
    loss, k = rn.HalfSquaredError(), net.k
    _, hidden, tanh, output = net.layers
    x, y = k.matrix([[1.0, 0.1]]), k.matrix([[0.5]])

    # Forward: z3 = w13 x1 + w23 x2, o3 = tanh(z3), node 4 likewise; o5 = w35 o3 + w45 o4.
    z = hidden.forward(x)
    o_hidden = tanh.forward(z)
    o_output = output.forward(o_hidden)
    [[z3, z4]], [[o3, o4]], [[o5]] = k.tolist(z), k.tolist(o_hidden), k.tolist(o_output)
    yield lecture.prints(7, "net input of node 3", "0.7", z3)
    yield lecture.prints(7, "net input of node 4", "0.3", z4)
    yield lecture.prints(7, "tanh of node 3", "0.604", o3)
    yield lecture.prints(7, "tanh of node 4", "0.291", o4)
    yield lecture.prints(7, "output of node 5", "0.313", o5)
    yield lecture.prints(7, "loss ½(out − target)²", "0.017", k.tolist(loss.forward(k, o_output, y))[0][0])

    # Backward: ∂L/∂o5 = o5 − y = δ5, as node 5 is linear; δ3 = w35 δ5 (1 − o3²), δ4 likewise.
    delta_output = loss.backward(k, o_output, y)
    delta_hidden = tanh.backward(output.backward(delta_output))
    hidden.backward(delta_hidden, input_gradient=False)
    [[delta5]], [[delta3, delta4]] = k.tolist(delta_output), k.tolist(delta_hidden)
    yield lecture.prints(7, "∂L/∂o5", "-0.1869", delta5)
    yield lecture.prints(7, "δ3", "-0.1187", delta3)  # a slide: −0.1186
    yield lecture.prints(7, "δ4", "0.1711", delta4)

    # ∂L/∂w_ij = δ_j o_i
    [[g13, g23], [g14, g24]], [[g35, g45]] = net.gradients["dense1.weights"], net.gradients["dense2.weights"]
    yield lecture.prints(7, "∂L/∂w35", "-0.113", g35)
    yield lecture.prints(7, "∂L/∂w45", "-0.054", g45)
    yield lecture.follows(7, "∂L/∂w13", "δ3 x1", "-0.118661288130", g13)
    yield lecture.follows(7, "∂L/∂w23", "δ3 x2", "-0.011866128813", g23)
    yield lecture.follows(7, "∂L/∂w14", "δ4 x1", "0.171080128637", g14)
    yield lecture.follows(7, "∂L/∂w24", "δ4 x2", "0.017108012864", g24)

    # After one iteration (rounding to two digits).
    rn.SGD(0.2).update(net)
    [[w13, w23], [w14, w24]], [[w35, w45]] = net.weights
    yield lecture.prints(7, "w13", "1.02", w13)
    yield lecture.prints(7, "w23", "-3.0", w23)
    yield lecture.prints(7, "w14", "0.17", w14)
    yield lecture.prints(7, "w24", "1.0", w24)
    yield lecture.prints(7, "w35", "1.02", w35)
    yield lecture.prints(7, "w45", "-0.99", w45)


def tanh_network(backend: Any) -> rn.Network:
    """The network of entry 7 before its iteration."""
    net = rn.Network([rn.Input(2), rn.Dense(2, bias=False), rn.Tanh(), rn.Dense(1, bias=False)], backend)
    net.weights = [[[1.0, -3.0], [0.2, 1.0]], [[1.0, -1.0]]]  # [[w13, w23], [w14, w24]], [[w35, w45]]
    return net


def step_to_explain(backend: Any) -> Step:
    """Entry 7's iteration."""
    return Step(7, lecture.source, tanh_network(backend), [1.0, 0.1], [0.5], rn.HalfSquaredError(), rn.SGD(0.2))


# Entry 8 with numbers chosen here: three examples of two features, two logistic units, two classes.
EXAMPLES = [[0.5, -1.0], [1.5, 0.2], [-0.3, 0.8]]
TARGETS = [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
WEIGHTS = [[[0.4, -0.6], [0.7, 0.1]], [[-0.5, 0.9], [0.3, 0.2]]]
BIASES = [[0.1, -0.2], [0.05, -0.15]]
LR, BATCH_SIZE = 0.3, 3

# The step's numbers in the trainer's notation, with 1-based indices as in MATLAB.
TRAINER = {
    "loss": ("−Σ target · log(prediction)", "2.278667988806"),
    "Wgrad{2}(1,1)": ("Σ dh{2}(1) h{1}(1)", "0.198842960541"),
    "Wgrad{2}(1,2)": ("Σ dh{2}(1) h{1}(2)", "0.355554905181"),
    "Wgrad{2}(2,1)": ("Σ dh{2}(2) h{1}(1)", "-0.198842960541"),
    "Wgrad{2}(2,2)": ("Σ dh{2}(2) h{1}(2)", "-0.355554905181"),
    "bgrad{2}(1)": ("Σ dh{2}(1)", "0.590032064483"),
    "bgrad{2}(2)": ("Σ dh{2}(2)", "-0.590032064483"),
    "Wgrad{1}(1,1)": ("Σ dh{1}(1) h{0}(1)", "-0.078296465542"),
    "Wgrad{1}(1,2)": ("Σ dh{1}(1) h{0}(2)", "-0.185027430401"),
    "Wgrad{1}(2,1)": ("Σ dh{1}(2) h{0}(1)", "0.047153463106"),
    "Wgrad{1}(2,2)": ("Σ dh{1}(2) h{0}(2)", "0.178365298565"),
    "bgrad{1}(1)": ("Σ dh{1}(1)", "-0.120650211565"),
    "bgrad{1}(2)": ("Σ dh{1}(2)", "0.084755853747"),
    "W{1}(1,1)": ("W − (lr/batch_size) Wgrad", "0.407829646554"),
    "W{1}(1,2)": ("W − (lr/batch_size) Wgrad", "-0.581497256960"),
    "W{1}(2,1)": ("W − (lr/batch_size) Wgrad", "0.695284653689"),
    "W{1}(2,2)": ("W − (lr/batch_size) Wgrad", "0.082163470144"),
    "b{1}(1)": ("b − (lr/batch_size) bgrad", "0.112065021156"),
    "b{1}(2)": ("b − (lr/batch_size) bgrad", "-0.208475585375"),
    "W{2}(1,1)": ("W − (lr/batch_size) Wgrad", "-0.519884296054"),
    "W{2}(1,2)": ("W − (lr/batch_size) Wgrad", "0.864444509482"),
    "W{2}(2,1)": ("W − (lr/batch_size) Wgrad", "0.319884296054"),
    "W{2}(2,2)": ("W − (lr/batch_size) Wgrad", "0.235555490518"),
    "b{2}(1)": ("b − (lr/batch_size) bgrad", "-0.009003206448"),
    "b{2}(2)": ("b − (lr/batch_size) bgrad", "-0.090996793552"),
}


def matlab_trainer(backend: Any) -> Iterator[Result]:
    """8. "Toy code: neural net trainer in MATLAB": logistic hidden layer, softmax output, summed cross-entropy.

    Its update W −= (lr / batch_size)·Wgrad is SGD(lr / batch_size) on the sum of the losses. SGD(lr) on their mean is
    the same step on paper, but it divides at another point and so rounds differently.
    """
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(2), rn.Softmax()], backend)
    net.weights, net.biases = WEIGHTS, BIASES
    net.forward(EXAMPLES, training=True)
    computed = {"loss": net.loss(TARGETS, rn.CrossEntropy(over="sum"))}
    net.backward()
    gradients = net.gradients
    rn.SGD(LR / BATCH_SIZE).update(net)

    for i in (1, 2):
        weight_gradient, bias_gradient = gradients[f"dense{i}.weights"], gradients[f"dense{i}.bias"]
        weights, biases = net.weights[i - 1], net.biases[i - 1]
        for row in (1, 2):
            for column in (1, 2):
                computed[f"Wgrad{{{i}}}({row},{column})"] = weight_gradient[row - 1][column - 1]
                computed[f"W{{{i}}}({row},{column})"] = weights[row - 1][column - 1]
            computed[f"bgrad{{{i}}}({row})"] = bias_gradient[row - 1]
            computed[f"b{{{i}}}({row})"] = biases[row - 1]
    for quantity, (formula, digits) in TRAINER.items():
        yield lecture.follows(8, quantity, formula, digits, computed[quantity])

    # The slide's lines written out give the same bits.
    W, b = matlab_step()
    for i in (1, 2):
        for name, ours, theirs in (("W", net.weights[i - 1], W[i]), ("b", [net.biases[i - 1]], [b[i]])):
            quantity = f"numbers in {name}{{{i}}} that differ from the slide's lines"
            yield lecture.equals(8, quantity, 0, differences(ours, theirs))


def matlab_step() -> tuple[dict[int, list[list[float]]], dict[int, list[float]]]:
    """The slide's lines for 2-2-2 units and three examples, in plain Python: W and b after one update.

    As on the slide, a column is an example, and layers count from 1. exp is refnet's, because the result of Python's
    depends on the machine.
    """
    W, b = dict(enumerate(WEIGHTS, 1)), dict(enumerate(BIASES, 1))
    h = {0: [[example[i] for example in EXAMPLES] for i in range(2)]}
    target = [[row[i] for row in TARGETS] for i in range(2)]
    units, examples = range(2), range(BATCH_SIZE)

    # F-PROP: h{1} = logistic(W{1} * h{0} + b{1}), h{2} = W{2} * h{1} + b{2}, prediction = softmax(h{2})
    net1 = [[b[1][j] + W[1][j][0] * h[0][0][n] + W[1][j][1] * h[0][1][n] for n in examples] for j in units]
    h[1] = [[1.0 / (1.0 + exp(-net1[j][n])) for n in examples] for j in units]
    jac = [[h[1][j][n] * (1.0 - h[1][j][n]) for n in examples] for j in units]
    h[2] = [[b[2][j] + W[2][j][0] * h[1][0][n] + W[2][j][1] * h[1][1][n] for n in examples] for j in units]
    largest = [max(h[2][0][n], h[2][1][n]) for n in examples]  # subtracted from all exponents: the ratios stay
    powers = [[exp(h[2][j][n] - largest[n]) for n in examples] for j in units]
    prediction = [[powers[j][n] / (powers[0][n] + powers[1][n]) for n in examples] for j in units]

    # B-PROP: dh{2} = prediction − target, dh{1} = (W{2}' * dh{2}) .* jac{1}
    dh = {2: [[prediction[j][n] - target[j][n] for n in examples] for j in units]}
    dh[1] = [[(W[2][0][i] * dh[2][0][n] + W[2][1][i] * dh[2][1][n]) * jac[i][n] for n in examples] for i in units]

    # Wgrad{i} = dh{i} * h{i-1}', bgrad{i} = sum(dh{i}, 2), then UPDATE: W{i} = W{i} − (lr / batch_size) * Wgrad{i}
    rate = LR / BATCH_SIZE
    for i in (1, 2):
        d, o = dh[i], h[i - 1]
        Wgrad = [[d[j][0] * o[c][0] + d[j][1] * o[c][1] + d[j][2] * o[c][2] for c in units] for j in units]
        bgrad = [d[j][0] + d[j][1] + d[j][2] for j in units]
        W[i] = [[W[i][j][c] - rate * Wgrad[j][c] for c in units] for j in units]
        b[i] = [b[i][j] - rate * bgrad[j] for j in units]
    return W, b


WORKED_EXAMPLES = (back_propagation_example, matlab_trainer)
