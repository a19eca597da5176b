"""Why neural networks, why activations: features, shapes, linear layers: lecture file 004_fb3d458fd167ea13.txt.

Golden entry 35. Of 100 × 100 pixels the slide counts n²/2 = 50,000,000 for n = 10,000, one number a pixel. With three
colours a pixel ("RB", it says) n would be 30,000 and n²/2 450,000,000.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.lectures.agreement import Lecture, Result
from refnet.lectures.deep_networks_004 import XNOR_INPUTS, XNOR_TARGETS

lecture = Lecture("004_fb3d458fd167ea13.txt", {
    35: "Why Neural Networks? Intuition; Can we use logistic regression?; Notations; Why Activations?",
})


def feature_counts(backend: Any) -> Iterator[Result]:
    """35. "Number of features grows O(n²)": x_i x_j for all i ≤ j, an input each for logistic regression."""
    yield lecture.follows(35, "products x_i x_j of 100 features", "n(n + 1)/2", "5050", products(100))
    yield lecture.prints(35, "the same, about", "5E3", products(100))
    n = 50.0 * 50.0
    yield lecture.prints(35, "50 × 50 pixels: n", "2500", n)
    yield lecture.follows(35, "50 × 50 pixels: n²", "2500²", "6250000", n * n)
    n = 100.0 * 100.0
    yield lecture.prints(35, "100 × 100 pixels: n²/2", "50000000", n * n / 2.0)

    # "How do neural networks solve large feature problem?" The hidden units are the features, few and learnt.
    start = rn.Zeros()
    net = rn.Network([rn.Input(2500), rn.Dense(25, weights=start), rn.Sigmoid(), rn.Dense(1, weights=start),
                      rn.Sigmoid()], backend)
    yield lecture.equals(35, "parameters of 2500-25-1", 62551, parameters(net))
    yield lecture.is_less(35, "parameters of 2500-25-1, not of logistic regression", parameters(net),
                          "all products and the bias", products(2500) + 1.0)


def products(n: int) -> float:
    """How many products x_i x_j with i ≤ j: for each i the j from i to n."""
    count = 0.0
    for i in range(n):
        count += float(n - i)
    return count


def parameters(net: rn.Network) -> float:
    count = 0.0
    for parameter in net.parameters.values():
        rows, columns = net.k.shape(parameter.value)
        count += float(rows * columns)
    return count


def learnt_features(backend: Any) -> Iterator[Result]:
    """35. XNOR needs the product x1x2 as a third feature, or hidden units: they find features of their own."""
    with_product = [[x1, x2, x1 * x2] for x1, x2 in XNOR_INPUTS]
    hidden = [rn.Dense(4), rn.Tanh()]
    accuracy = {}
    for name, rows, layers in (("x1, x2", XNOR_INPUTS, []), ("x1, x2, x1x2", with_product, []),
                               ("x1, x2 and four hidden units", XNOR_INPUTS, hidden)):
        net = rn.Network([rn.Input(len(rows[0])), *layers, rn.Dense(1), rn.Sigmoid()], backend, seed=1)
        net.fit(rows, XNOR_TARGETS, optimizer=rn.Adam(0.2), epochs=100)
        accuracy[name] = net.evaluate(rows, XNOR_TARGETS)["accuracy"]
    (line, at_most), (_, product), (units, learnt) = accuracy.items()
    yield lecture.is_less(35, f"XNOR, accuracy with {line}", at_most, "with x1x2 too", product)
    yield lecture.equals(35, f"XNOR, accuracy with {units}", 1, learnt)


def dimensions_of_theta(backend: Any) -> Iterator[Result]:
    """35. "Notations": with s_j units in layer j, Θ^j is s_{j+1} × (s_j + 1). Here the bias is a row of its own."""
    for sizes in ((3, 3, 1), (3, 5, 5, 4)):  # the slides' networks: three inputs; four outputs for four classes
        layers = [layer for units in sizes[1:] for layer in (rn.Dense(units), rn.Sigmoid())]
        net = rn.Network([rn.Input(sizes[0]), *layers], backend)
        for j, (inputs, units) in enumerate(zip(sizes, sizes[1:]), 1):
            rows, columns = net.k.shape(net.parameters[f"dense{j}.weights"].value)
            _, biases = net.k.shape(net.parameters[f"dense{j}.bias"].value)
            name = "-".join(map(str, sizes)) + f": Θ{j}"
            yield lecture.equals(35, f"{name}, rows", units, float(rows))
            yield lecture.equals(35, f"{name}, columns with the bias", inputs + 1, float(columns + biases // rows))


WEIGHTS = [[[0.4, -0.6], [0.7, 0.1], [-0.2, 0.5]], [[-0.5, 0.9, 0.3], [0.3, 0.2, -0.8]], [[1.1, -0.4]]]
BIASES = [[0.1, -0.2, 0.3], [0.05, -0.15], [0.2]]


def linear_layers(backend: Any) -> Iterator[Result]:
    """35. "Why Activations?": layers without one are a single layer, Θ = Θ³Θ²Θ¹, whatever their number.

    h(0) is the bias of that layer, and what h adds for an input of 1 is its weight.
    """
    three = rn.Network([rn.Input(2), rn.Dense(3), rn.Dense(2), rn.Dense(1)], backend)
    three.weights, three.biases = WEIGHTS, BIASES
    [[bias], [first], [second]] = three.forward([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    weights = [first - bias, second - bias]
    yield lecture.follows(35, "three linear layers: Θ_10", "Θ³(Θ²b¹ + b²) + b³", "0.261000000000", bias)
    for i, (digits, weight) in enumerate(zip(("0.239000000000", "0.818000000000"), weights), 1):
        yield lecture.follows(35, f"three linear layers: Θ_1{i}", "Θ³Θ²Θ¹", digits, weight)

    one = rn.Network([rn.Input(2), rn.Dense(1)], backend)
    one.weights, one.biases = [[weights]], [[bias]]
    for row, digits in (([0.5, -1.0], "-0.437500000000"), ([1.5, 0.2], "0.783100000000")):
        for name, net in (("three", three), ("one", one)):
            [[h]] = net.forward([row])
            yield lecture.follows(35, f"h({row[0]}, {row[1]}) of {name}", "Θx", digits, h)


def linear_decisions(backend: Any) -> Iterator[Result]:
    """35. "Linear activations produce linear decisions irrespective of the network size"; others approximate any.

    Whatever is linear has h(0, 0) + h(1, 1) = h(1, 0) + h(0, 1), so it cannot be 1, 1, 0, 0. The best that it can do on
    XNOR is ½ everywhere, with a loss ½(h − y)² of ⅛.
    """
    bent, loss = {}, {}
    for name, layer in (("linear", rn.Linear), ("tanh", rn.Tanh)):
        net = rn.Network([rn.Input(2), rn.Dense(6), layer(), rn.Dense(4), layer(), rn.Dense(1)], backend, seed=1)
        net.fit(XNOR_INPUTS, XNOR_TARGETS, loss=rn.HalfSquaredError(), optimizer=rn.Adam(0.05), epochs=60)
        [h00], [h10], [h01], [h11] = net.forward(XNOR_INPUTS)
        bent[name] = abs((h00 + h11) - (h10 + h01))
        loss[name] = net.evaluate(XNOR_INPUTS, XNOR_TARGETS)["loss"]
    yield lecture.stays_below(35, "2-6-4-1, linear: |h(0,0) + h(1,1) − h(1,0) − h(0,1)|", "1e-14", bent["linear"])
    yield lecture.is_at_least(35, "2-6-4-1, tanh: the same", "1", bent["tanh"])
    yield lecture.is_at_least(35, "2-6-4-1, linear: loss on XNOR", "0.1249999", loss["linear"])  # ⅛, less rounding
    yield lecture.is_less(35, "2-6-4-1, tanh: loss on XNOR", loss["tanh"], "a tenth of the linear one's",
                          0.1 * loss["linear"])


WORKED_EXAMPLES = (
    feature_counts, learnt_features, dimensions_of_theta, linear_layers, linear_decisions,
)
