"""Introduction to deep neural networks: lecture file 004_fb3d458fd167ea13.txt.

Golden entries 12 to 16. Θ_ji leads from unit i of one layer to unit j of the next, Θ_j0 is the bias; g is the sigmoid.

Misprint in entry 15: the slide's D = Δ/m + λΘ lacks the 1/m that follows from the λ/2m in its J(Θ). Here D is the
gradient of J: D = Δ/m + (λ/m)Θ. On the slides the 21 digits of entries 12 and 13 have line breaks in them.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.lectures.agreement import Lecture, Result, differences
from refnet.neurons import gate

lecture = Lecture("004_fb3d458fd167ea13.txt", {
    12: "AND function", 13: "NOT function", 14: "XNOR = NOT XOR", 15: "Cost function for neural networks",
    16: "Backpropagation Steps; Initialization of θ",
})


def and_function(backend: Any) -> Iterator[Result]:
    """12. "AND function": h_θ(x) = g(−30 + 20x1 + 20x2)."""
    net = gate("AND", backend)
    table = [
        ([0.0, 0.0], "9.35762296883929895384E-14"),
        ([1.0, 0.0], "4.539786870243439450478E-5"),
        ([0.0, 1.0], "4.539786870243439450478E-5"),
        ([1.0, 1.0], "0.9999546021312975656055"),
    ]
    for (x1, x2), digits in table:
        [[h]] = net.forward([[x1, x2]])
        yield lecture.prints_in_full(12, f"x1 AND x2 at {x1:.0f}, {x2:.0f}", digits, h)


def not_function(backend: Any) -> Iterator[Result]:
    """13. "NOT function": h_θ(x) = g(10 − 20x1)."""
    net = gate("NOT", backend)
    for x1, digits in [(0.0, "0.9999546021312975656055"), (1.0, "4.539786870243439450478E-5")]:
        [[h]] = net.forward([[x1]])
        yield lecture.prints_in_full(13, f"NOT x1 at {x1:.0f}", digits, h)


XNOR_INPUTS, XNOR_TARGETS = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [1.0, 0.0, 0.0, 1.0]


def xnor_function(backend: Any) -> Iterator[Result]:
    """14. "XNOR = NOT XOR": (x1 AND x2) OR ((NOT x1) AND (NOT x2)), a hidden unit for each bracket.

    a1 = g(−30 + 20x1 + 20x2), a2 = g(10 − 20x1 − 20x2), h = g(−10 + 20a1 + 20a2).
    """
    net = gate("XNOR", backend)
    _, theta1, hidden, theta2, output = net.layers
    k = net.k
    table = [((0.0, 0.0), "011"), ((1.0, 0.0), "000"), ((0.0, 1.0), "000"), ((1.0, 1.0), "101")]
    for (x1, x2), row in table:
        a = hidden.forward(theta1.forward(k.matrix([[x1, x2]])))
        [[a1, a2]], [[h]] = k.tolist(a), k.tolist(output.forward(theta2.forward(a)))
        for quantity, digit, value in zip(("a1", "a2", "h"), row, (a1, a2, h)):
            yield lecture.prints(14, f"{quantity} at {x1:.0f}, {x2:.0f}", digit, value)


# Entries 15 and 16 with numbers chosen here: three examples, K = 2 outputs.
X = [[0.5, -1.0], [1.5, 0.2], [-0.3, 0.8]]
Y = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
M, LAMBDA = 3, 0.6

COST = {
    "J(Θ), first half": ("−1/m ΣΣ (y log h + (1 − y) log(1 − h))", "1.382088188984"),
    "J(Θ), second half": ("λ/2m Σ Θ²", "0.221000000000"),
    "J(Θ)": ("both", "1.603088188984"),
    "D(1)_10": ("Δ/m", "-0.000366460730"),
    "D(1)_11": ("Δ/m + (λ/m)Θ", "0.042104374529"),
    "D(1)_12": ("Δ/m + (λ/m)Θ", "-0.148899982616"),
    "D(1)_20": ("Δ/m", "-0.035123447622"),
    "D(1)_21": ("Δ/m + (λ/m)Θ", "0.185043639108"),
    "D(1)_22": ("Δ/m + (λ/m)Θ", "0.019570579762"),
    "D(2)_10": ("Δ/m", "-0.104018985118"),
    "D(2)_11": ("Δ/m + (λ/m)Θ", "-0.138698180239"),
    "D(2)_12": ("Δ/m + (λ/m)Θ", "0.178347390575"),
    "D(2)_20": ("Δ/m", "-0.133744541598"),
    "D(2)_21": ("Δ/m + (λ/m)Θ", "0.029762125577"),
    "D(2)_22": ("Δ/m + (λ/m)Θ", "-0.042316139765"),
}


def regularised_cost(backend: Any) -> Iterator[Result]:
    """15. J(Θ) = −1/m Σ_i Σ_k (y log h + (1 − y) log(1 − h)) + λ/2m Σ Θ², the second sum without the biases Θ_j0.

    D = Δ/m + (λ/m)Θ for a weight, D = Δ/m for a bias.
    """
    penalty = rn.L2(LAMBDA / M, half=True)  # ½ (λ/m) Σ Θ²
    net = rn.Network([rn.Input(2), rn.Dense(2, penalty=penalty), rn.Sigmoid(), rn.Dense(2, penalty=penalty),
                      rn.Sigmoid()], backend)
    net.weights = [[[0.4, -0.6], [0.7, 0.1]], [[-0.5, 0.9], [0.3, 0.2]]]
    net.biases = [[0.1, -0.2], [0.05, -0.15]]
    net.forward(X, training=True)
    computed = {"J(Θ)": net.loss(Y, rn.BinaryCrossEntropy())}
    net.backward()
    for layer in (1, 2):
        biases, weights = net.gradients[f"dense{layer}.bias"], net.gradients[f"dense{layer}.weights"]
        for j in (1, 2):
            for i, value in enumerate([biases[j - 1], *weights[j - 1]]):
                computed[f"D({layer})_{j}{i}"] = value
    computed["J(Θ), first half"] = net.evaluate(X, Y)["loss"]  # evaluate leaves penalties out
    computed["J(Θ), second half"] = net.penalty_cost()
    for quantity, (formula, digits) in COST.items():
        yield lecture.follows(15, quantity, formula, digits, computed[quantity])
    yield lecture.stays_below(15, "gradient check of D", "1e-6", rn.gradient_check(net, X, Y, rn.BinaryCrossEntropy()))


ERRORS = {
    "δ(4)_1, example 1": ("a⁴ − y", "-0.359805006646"),
    "δ(4)_2, example 1": ("a⁴ − y", "0.461974957990"),
    "δ(3)_1, example 1": ("(Θ³)ᵀδ⁴ .* g'(z³)", "-0.178705718166"),
    "δ(3)_2, example 1": ("(Θ³)ᵀδ⁴ .* g'(z³)", "0.104556676871"),
    "δ(2)_1, example 1": ("(Θ²)ᵀδ³ .* g'(z²)", "0.024807968773"),
    "δ(2)_2, example 1": ("(Θ²)ᵀδ³ .* g'(z²)", "-0.034959098755"),
    "δ(4)_1, example 2": ("a⁴ − y", "0.652639900759"),
    "δ(4)_2, example 2": ("a⁴ − y", "-0.546254293520"),
    "δ(3)_1, example 2": ("(Θ³)ᵀδ⁴ .* g'(z³)", "0.266169108434"),
    "δ(3)_2, example 2": ("(Θ³)ᵀδ⁴ .* g'(z³)", "-0.145972976860"),
    "δ(2)_1, example 2": ("(Θ²)ᵀδ³ .* g'(z²)", "-0.040699268196"),
    "δ(2)_2, example 2": ("(Θ²)ᵀδ³ .* g'(z²)", "0.043771041405"),
    "δ(4)_1, example 3": ("a⁴ − y", "-0.351977834854"),
    "δ(4)_2, example 3": ("a⁴ − y", "-0.545959452280"),
    "δ(3)_1, example 3": ("(Θ³)ᵀδ⁴ .* g'(z³)", "-0.001233502578"),
    "δ(3)_2, example 3": ("(Θ³)ᵀδ⁴ .* g'(z³)", "-0.046670454147"),
    "δ(2)_1, example 3": ("(Θ²)ᵀδ³ .* g'(z²)", "-0.003145380150"),
    "δ(2)_2, example 3": ("(Θ²)ᵀδ³ .* g'(z²)", "-0.002541245245"),
    "Δ(1)_10": ("Σ δ²", "-0.019036679573"),
    "Δ(1)_11": ("Σ a¹ δ²", "-0.047701303862"), "Δ(1)_12": ("Σ a¹ δ²", "-0.035464126532"),
    "Δ(1)_20": ("Σ δ²", "0.006270697406"),
    "Δ(1)_21": ("Σ a¹ δ²", "0.048939386303"), "Δ(1)_22": ("Σ a¹ δ²", "0.041680310840"),
    "Δ(2)_10": ("Σ δ³", "0.086229887689"),
    "Δ(2)_11": ("Σ a² δ³", "0.043115901155"), "Δ(2)_12": ("Σ a² δ³", "0.095479417925"),
    "Δ(2)_20": ("Σ δ³", "-0.088086754137"),
    "Δ(2)_21": ("Σ a² δ³", "-0.036863994725"), "Δ(2)_22": ("Σ a² δ³", "-0.068808282610"),
    "Δ(3)_10": ("Σ δ⁴", "-0.059142940742"),
    "Δ(3)_11": ("Σ a³ δ⁴", "-0.005667257940"), "Δ(3)_12": ("Σ a³ δ⁴", "-0.018758199530"),
    "Δ(3)_20": ("Σ δ⁴", "-0.630238787810"),
    "Δ(3)_21": ("Σ a³ δ⁴", "-0.378582156934"), "Δ(3)_22": ("Σ a³ δ⁴", "-0.327375786254"),
}


def errors_of_the_layers(backend: Any) -> Iterator[Result]:
    """16. "Backpropagation steps": δ⁴ = a⁴ − y, δ³ = (Θ³)ᵀδ⁴ .* g'(z³), δ² likewise; Δ := Δ + δ aᵀ, all examples."""
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(2), rn.Sigmoid(), rn.Dense(2), rn.Sigmoid()],
                     backend)
    net.weights = [[[0.4, -0.6], [0.7, 0.1]], [[-0.5, 0.9], [0.3, 0.2]], [[1.1, -0.4], [-0.7, 0.6]]]
    net.biases = [[0.1, -0.2], [0.05, -0.15], [0.2, -0.1]]
    loss, k = rn.BinaryCrossEntropy(over="sum"), net.k  # Δ is a sum that is divided by m later
    _, theta1, g2, theta2, g3, theta3, g4 = net.layers
    accumulated = {name: k.zeros(*k.shape(parameter.value)) for name, parameter in net.parameters.items()}
    computed: dict[str, float] = {}
    for number, (x, y) in enumerate(zip(X, Y), 1):
        a2 = g2.forward(theta1.forward(k.matrix([x])))
        a3 = g3.forward(theta2.forward(a2))
        g4.forward(theta3.forward(a3))
        delta4 = loss.backward_fused(k, g4, k.matrix([y]))  # a⁴ − y: the loss and g⁴ in one
        delta3 = g3.backward(theta3.backward(delta4))
        delta2 = g2.backward(theta2.backward(delta3))
        theta1.backward(delta2, input_gradient=False)
        for name, parameter in net.parameters.items():
            accumulated[name] = k.add(accumulated[name], parameter.gradient)
        for layer, delta in ((4, delta4), (3, delta3), (2, delta2)):
            for j, value in enumerate(k.tolist(delta)[0], 1):
                computed[f"δ({layer})_{j}, example {number}"] = value
    for layer in (1, 2, 3):
        [biases], weights = k.tolist(accumulated[f"dense{layer}.bias"]), k.tolist(accumulated[f"dense{layer}.weights"])
        for j in (1, 2):
            for i, value in enumerate([biases[j - 1], *weights[j - 1]]):
                computed[f"Δ({layer})_{j}{i}"] = value
    for quantity, (formula, digits) in ERRORS.items():
        yield lecture.follows(16, quantity, formula, digits, computed[quantity])

    # One pass over all examples at once adds in the same order.
    net.forward(X, training=True)
    net.loss(Y, rn.BinaryCrossEntropy(over="sum"))
    net.backward()
    differing = 0.0
    for name, parameter in net.parameters.items():
        differing += differences(k.tolist(accumulated[name]), k.tolist(parameter.gradient))
    yield lecture.equals(16, "numbers in Δ that differ from one batch's", 0, differing)


def symmetry(backend: Any) -> Iterator[Result]:
    """16. "Initialization of θ": if all weights start equal, the hidden units stay equal, however long they train."""
    start = rn.Constant(0.5)
    net = rn.Network([rn.Input(2), rn.Dense(2, weights=start), rn.Sigmoid(), rn.Dense(2, weights=start), rn.Sigmoid()],
                     backend)
    net.fit(X, Y, loss=rn.BinaryCrossEntropy(), optimizer=rn.SGD(0.5), epochs=20, batch_size=1)
    [first, second], [bias1, bias2] = net.get("dense1.weights"), net.get("dense1.bias")
    yield lecture.equals(16, "Θ(1)_10 − Θ(1)_20 after 20 epochs from equal weights", 0, bias1 - bias2)
    for i in (1, 2):
        yield lecture.equals(16, f"Θ(1)_1{i} − Θ(1)_2{i}", 0, first[i - 1] - second[i - 1])
    for j, (from1, from2) in enumerate(net.get("dense2.weights"), 1):
        yield lecture.equals(16, f"Θ(2)_{j}1 − Θ(2)_{j}2", 0, from1 - from2)


def broken_symmetry(backend: Any) -> Iterator[Result]:
    """16. "Can we initialize them to 0s?" Then no error reaches the hidden layer, and its units stay equal.

    Equal units compute what one of them does, which is too little for XNOR; "randomization helps breaking symmetry".
    """
    losses = {}
    for name, start in (("zero", rn.Zeros()), ("equal", rn.Constant(0.5)), ("random", rn.Normal(0.5))):
        net = rn.Network([rn.Input(2), rn.Dense(4, weights=start), rn.Tanh(), rn.Dense(1, weights=start), rn.Sigmoid()],
                         backend, seed=1)
        if name == "zero":
            net.forward(XNOR_INPUTS)
            net.loss(XNOR_TARGETS)
            net.backward()
            reached = [g for row in net.gradients["dense1.weights"] for g in row if g != 0.0]
            yield lecture.equals(16, "numbers of D(1) that are not 0, all weights 0", 0, float(len(reached)))
        net.fit(XNOR_INPUTS, XNOR_TARGETS, optimizer=rn.Adam(0.1), epochs=80)
        if name != "random":
            others = [unit for unit in net.get("dense1.weights") if unit != net.get("dense1.weights")[0]]
            yield lecture.equals(16, f"XNOR from {name} weights: units unlike the first", 0, float(len(others)))
        losses[name] = net.evaluate(XNOR_INPUTS, XNOR_TARGETS)["loss"]
    for name in ("zero", "equal"):
        yield lecture.is_less(16, f"XNOR: loss from random weights, not {name} ones", losses["random"],
                              f"a third of that from {name} weights", losses[name] / 3.0)


WORKED_EXAMPLES = (
    and_function, not_function, xnor_function, regularised_cost, errors_of_the_layers, symmetry, broken_symmetry,
)
