"""Multi-layer networks and the backpropagation model: lecture file 003_c85a712d8489c438.txt.

Golden entries 1, 2, 4, 5 and 6. Index w_ij leads from node i to node j; δ_j = ∂L/∂net_j.

Misprint in entry 4: the slides print ∂L/∂ŷ = y − ŷ and update with +η. For L = ½(y − ŷ)² the derivative is ŷ − y and
the update has −η: two other signs, the same step. The library does the latter; both are computed below.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.lectures.agreement import Lecture, Result, Step

lecture = Lecture("003_c85a712d8489c438.txt", {
    1: "Feeding data through the NN with the Sigmoid Activation function",
    2: "Example of loss computation: 1 output node", 4: "A simple neuron with sigmoid activation",
    5: "In class exercise", 6: "Example: forwarding pass, back-propagate the error",
})


def sigmoid_unit(backend: Any) -> Iterator[Result]:
    """1. "Feeding data through the NN": o = σ(net) = 1/(1 + e⁻ⁿᵉᵗ) at net = −0.5, threshold 0."""
    net = rn.Network([rn.Input(1), rn.Sigmoid()], backend)
    [[o]] = net.forward([[-0.5]])
    yield lecture.prints(1, "1/(1 + e^0.5)", "0.3775", o)


def loss_of_one_output(backend: Any) -> Iterator[Result]:
    """2. "Example of loss computation": ŷ = 0.73 for y = 0.50, Loss(W, x) = ½(y − ŷ)². 0.73 is σ(1), rounded."""
    [[y_hat]] = rn.Network([rn.Input(1), rn.Sigmoid()], backend).forward([[1.0]])
    yield lecture.prints(2, "ŷ", "0.73", y_hat)

    net = rn.Network([rn.Input(1)], backend)
    net.forward([[0.73]])
    yield lecture.prints(2, "(0.50 − 0.73)²", "0.0529", net.loss([[0.50]], rn.MeanSquaredError()))
    yield lecture.prints(2, "½(0.50 − 0.73)²", "0.0529/2", net.loss([[0.50]], rn.HalfSquaredError()))


def chain_rule(backend: Any) -> Iterator[Result]:
    """4. "A simple neuron with sigmoid activation": a = w1 x1, b = w2 x2, c = a + b, ŷ = σ(c), L = ½(y − ŷ)².

    Chosen here: x = ⟨1, 2⟩, w = ⟨0.5, 0.25⟩, so that c = 1 as in entry 2, and y = 0.5; η = 0.1 as on the slide.
    """
    net = rn.Network([rn.Input(2), rn.Dense(1, bias=False), rn.Sigmoid()], backend)
    net.weights = [[[0.5, 0.25]]]
    loss, k = rn.HalfSquaredError(), net.k
    _, neuron, sigmoid = net.layers
    weights = neuron.parameters["weights"]
    x, y, one = k.matrix([[1.0, 2.0]]), k.matrix([[0.5]]), k.matrix([[1.0]])

    # Forward, operation by operation.
    products = k.multiply(weights.value, x)  # a = w1 x1, b = w2 x2
    c = neuron.forward(x)  # c = w1 x1 + w2 x2 in one
    y_hat = sigmoid.forward(c)
    [[a, b]] = k.tolist(products)
    yield lecture.follows(4, "a", "w1 x1", "0.500000000000", a)
    yield lecture.follows(4, "b", "w2 x2", "0.500000000000", b)
    yield lecture.follows(4, "c", "a + b", "1.000000000000", _number(k, k.row_sums(products)))
    yield lecture.follows(4, "c by the layer", "w1 x1 + w2 x2", "1.000000000000", _number(k, c))
    yield lecture.follows(4, "ŷ", "σ(c)", "0.731058578630", _number(k, y_hat))
    yield lecture.follows(4, "L", "½(y − ŷ)²", "0.026694033379", _number(k, loss.forward(k, y_hat, y)))

    # Step 1 and 2: the loss, then the sigmoid.
    d_y_hat = loss.backward(k, y_hat, y)  # ∂L/∂ŷ = ŷ − y
    d_c = sigmoid.backward(d_y_hat)  # ∂L/∂c = ∂L/∂ŷ · ŷ(1 − ŷ)
    slope = sigmoid.backward(one)  # ∂ŷ/∂c itself: the gradient if a 1 arrives
    yield lecture.follows(4, "∂L/∂ŷ", "ŷ − y", "0.231058578630", _number(k, d_y_hat))
    yield lecture.follows(4, "∂ŷ/∂c", "e⁻ᶜ/(1 + e⁻ᶜ)²", "0.196611933241", _number(k, slope))
    yield lecture.follows(4, "∂L/∂c", "(ŷ − y) ŷ(1 − ŷ)", "0.045428873836", _number(k, d_c))

    # Step 3: the summation node, whose two derivatives are 1. A sum of two inputs is a unit with both weights 1.
    d_sum = k.affine_backward_input(d_c, k.matrix([[1.0, 1.0]]))
    [[d_a, d_b]] = k.tolist(d_sum)
    yield lecture.follows(4, "∂L/∂a", "∂L/∂c · 1", "0.045428873836", d_a)
    yield lecture.follows(4, "∂L/∂b", "∂L/∂c · 1", "0.045428873836", d_b)

    # Step 4: the multiplication nodes.
    d_x = neuron.backward(d_c)
    [[d_w1, d_w2]] = k.tolist(weights.gradient)
    [[d_x1, d_x2]] = k.tolist(d_x)
    yield lecture.follows(4, "∂L/∂w1", "∂L/∂a · x1", "0.045428873836", d_w1)
    yield lecture.follows(4, "∂L/∂w2", "∂L/∂b · x2", "0.090857747673", d_w2)
    yield lecture.follows(4, "∂L/∂x1", "w1 ∂L/∂a", "0.022714436918", d_x1)
    yield lecture.follows(4, "∂L/∂x2", "w2 ∂L/∂b", "0.011357218459", d_x2)

    # The update, first with the signs as the slide prints them: ∂L/∂ŷ = y − ŷ, and +η.
    neuron.backward(sigmoid.backward(loss.backward(k, y, y_hat)))
    [[w1_slide, w2_slide]] = k.tolist(k.add_scaled(weights.value, weights.gradient, 0.1))
    neuron.backward(d_c)
    rn.SGD(0.1).update(net)
    [[[w1, w2]]] = net.weights
    yield lecture.follows(4, "w1", "w1 − η ∂L/∂w1", "0.495457112616", w1)
    yield lecture.follows(4, "w2", "w2 − η ∂L/∂w2", "0.240914225233", w2)
    yield lecture.equals(4, "w1 with the slide's two signs, less w1", 0, w1_slide - w1)
    yield lecture.equals(4, "w2 with the slide's two signs, less w2", 0, w2_slide - w2)


def binary_cross_entropy_exercise(backend: Any) -> Iterator[Result]:
    """5. "In class exercise": the neuron of entry 4 with Loss = −(y log ŷ + (1 − y) log(1 − ŷ)), y = 1 and y = 0.

    ∂L/∂ŷ is −1/ŷ for y = 1 and 1/(1 − ŷ) for y = 0; times ŷ(1 − ŷ) both give ∂L/∂c = ŷ − y. Computed in two steps, the
    loss and then the sigmoid, and fused, which is refnet's default.
    """
    digits_for = {
        1.0: {
            "Loss": ("−log ŷ", "0.313261687518"), "∂L/∂ŷ": ("−1/ŷ", "-1.367879441171"),
            "∂L/∂c": ("ŷ − y", "-0.268941421370"),
            "∂L/∂w1": ("(ŷ − y) x1", "-0.268941421370"), "∂L/∂w2": ("(ŷ − y) x2", "-0.537882842740"),
            "∂L/∂x1": ("w1 (ŷ − y)", "-0.134470710685"), "∂L/∂x2": ("w2 (ŷ − y)", "-0.067235355342"),
        },
        0.0: {
            "Loss": ("−log(1 − ŷ)", "1.313261687518"), "∂L/∂ŷ": ("1/(1 − ŷ)", "3.718281828459"),
            "∂L/∂c": ("ŷ − y", "0.731058578630"),
            "∂L/∂w1": ("(ŷ − y) x1", "0.731058578630"), "∂L/∂w2": ("(ŷ − y) x2", "1.462117157260"),
            "∂L/∂x1": ("w1 (ŷ − y)", "0.365529289315"), "∂L/∂x2": ("w2 (ŷ − y)", "0.182764644658"),
        },
    }
    for target, published in digits_for.items():
        for fused in (False, True):
            net = rn.Network([rn.Input(2), rn.Dense(1, bias=False), rn.Sigmoid()], backend)
            net.weights = [[[0.5, 0.25]]]
            loss, k = rn.BinaryCrossEntropy(fused=fused), net.k
            _, neuron, sigmoid = net.layers
            y, computed = k.matrix([[target]]), {}

            y_hat = sigmoid.forward(neuron.forward(k.matrix([[1.0, 2.0]])))
            if fused:
                computed["Loss"] = _number(k, loss.forward_fused(k, sigmoid, y))  # from c, not from ŷ
                d_c = loss.backward_fused(k, sigmoid, y)
            else:
                computed["Loss"] = _number(k, loss.forward(k, y_hat, y))
                d_y_hat = loss.backward(k, y_hat, y)
                computed["∂L/∂ŷ"] = _number(k, d_y_hat)
                d_c = sigmoid.backward(d_y_hat)
            computed["∂L/∂c"] = _number(k, d_c)
            d_x = neuron.backward(d_c)
            [[computed["∂L/∂w1"], computed["∂L/∂w2"]]] = k.tolist(neuron.parameters["weights"].gradient)
            [[computed["∂L/∂x1"], computed["∂L/∂x2"]]] = k.tolist(d_x)

            for quantity, value in computed.items():
                formula, digits = published[quantity]
                case = f"{quantity}, y = {target:.0f}" + (", fused" if fused else "")
                yield lecture.follows(5, case, formula, digits, value)


# Entry 6: ⟨x1, x2⟩, y
TRAINING_SET = [([0.1, 0.1], 0.1), ([0.1, 0.9], 0.9), ([0.9, 0.1], 0.9), ([0.9, 0.9], 0.1)]

FIRST_EXAMPLE = {
    "o3": "0.5", "o4": "0.5", "o5": "0.5", "δ5": "0.1", "δ4": "0.0025", "δ3": "-0.0025",
    "w45": "0.09", "w35": "-0.11", "w24": "0.09995", "w23": "-0.09995", "w14": "-0.10005", "w13": "0.10005",
}

# "Read the second example and continue until all examples have been consumed": no digits are printed for these.
FORMULAS = {
    "o3": "σ(x1 w13 + x2 w23)", "o4": "σ(x1 w14 + x2 w24)", "o5": "σ(o3 w35 + o4 w45)",
    "δ5": "(o5 − y) o5(1 − o5)", "δ4": "δ5 w45 o4(1 − o4)", "δ3": "δ5 w35 o3(1 − o3)",
    "w45": "w45 − η δ5 o4", "w35": "w35 − η δ5 o3",
    "w24": "w24 − η δ4 x2", "w23": "w23 − η δ3 x2", "w14": "w14 − η δ4 x1", "w13": "w13 − η δ3 x1",
}

LATER_EXAMPLES: list[dict[str, str]] = [
    {
        "o3": "0.480023139878", "o4": "0.519976860122", "o5": "0.498498847516",
        "δ5": "-0.100374383355", "δ4": "-0.002254818504", "δ3": "0.002755889283",
        "w45": "0.100438471339", "w35": "-0.100363594668", "w24": "0.100355867331",
        "w23": "-0.100446060071", "w14": "-0.100004903630", "w13": "0.099994882214",
    },
    {
        "o3": "0.519977056804", "o4": "0.480018440760", "o5": "0.499006389268",
        "δ5": "-0.100248006797", "δ4": "-0.002513169060", "δ3": "0.002511297308",
        "w45": "0.110062649721", "w35": "-0.089938261963", "w24": "0.100406130712",
        "w23": "-0.100496286017", "w14": "-0.099552533199", "w13": "0.099542848699",
    },
    {
        "o3": "0.499785476617", "o4": "0.500192059431", "o5": "0.502525635096",
        "δ5": "0.100628841130", "δ4": "0.002768868815", "δ3": "-0.002262595352",
        "w45": "0.099995900264", "w35": "-0.099996828628", "w24": "0.099907734325",
        "w23": "-0.100089018854", "w14": "-0.100050929586", "w13": "0.099950115862",
    },
]


def two_layer_network(backend: Any) -> Iterator[Result]:
    """6. Inputs are nodes 1 and 2, hidden 3 and 4, output 5; sigmoid, thresholds zero and not trained, η = 0.2.

    The first example as printed, then the other three, one update each.
    """
    net, optimizer = two_layers(backend), rn.SGD(0.2)
    for number, (x, y) in enumerate(TRAINING_SET, 1):
        for quantity, value in learn(net, optimizer, x, y).items():
            if number == 1:
                yield lecture.prints(6, quantity, FIRST_EXAMPLE[quantity], value)
            else:
                digits = LATER_EXAMPLES[number - 2][quantity]
                yield lecture.follows(6, f"{quantity}, example {number}", FORMULAS[quantity], digits, value)


def two_layers(backend: Any) -> rn.Network:
    """The network of entry 6 before its first example."""
    net = rn.Network([rn.Input(2), rn.Dense(2, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()],
                     backend)
    net.weights = [[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]]  # [[w13, w23], [w14, w24]], [[w35, w45]]
    return net


def step_to_explain(backend: Any) -> Step:
    """Entry 6's first example."""
    x, y = TRAINING_SET[0]
    return Step(6, lecture.source, two_layers(backend), x, [y], rn.HalfSquaredError(), rn.SGD(0.2))


def learn(net: rn.Network, optimizer: rn.SGD, x: list[float], y: float) -> dict[str, float]:
    """One example through the network of entry 6: forward, the error back, all weights updated."""
    loss, k = rn.HalfSquaredError(), net.k
    _, hidden, hidden_sigmoid, output, output_sigmoid = net.layers

    # Forwarding pass: o3 = φ(x1 w13 + x2 w23), o4, then o5 = φ(o3 w35 + o4 w45).
    o_hidden = hidden_sigmoid.forward(hidden.forward(k.matrix([x])))
    o_output = output_sigmoid.forward(output.forward(o_hidden))

    # Back-propagate the error: δ5 = (o5 − y) o5(1 − o5), then δ4 = (δ5 w45) o4(1 − o4) and δ3 likewise.
    delta_output = output_sigmoid.backward(loss.backward(k, o_output, k.matrix([[y]])))
    delta_hidden = hidden_sigmoid.backward(output.backward(delta_output))
    hidden.backward(delta_hidden, input_gradient=False)

    # Update all weights: w_ij := w_ij − η δ_j o_i.
    optimizer.update(net)

    [[o3, o4]], [[o5]] = k.tolist(o_hidden), k.tolist(o_output)
    [[delta3, delta4]], [[delta5]] = k.tolist(delta_hidden), k.tolist(delta_output)
    [[w13, w23], [w14, w24]], [[w35, w45]] = net.weights
    return {
        "o3": o3, "o4": o4, "o5": o5, "δ5": delta5, "δ4": delta4, "δ3": delta3,
        "w45": w45, "w35": w35, "w24": w24, "w23": w23, "w14": w14, "w13": w13,
    }


def _number(k: Any, matrix: Any) -> float:
    """The number in a 1×1 matrix."""
    [[value]] = k.tolist(matrix)
    return value


WORKED_EXAMPLES = (sigmoid_unit, loss_of_one_output, chain_rule, binary_cross_entropy_exercise, two_layer_network)
