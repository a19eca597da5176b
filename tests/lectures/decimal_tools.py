"""What does it take to work out a lecture's numbers a second time?

Decimal arithmetic without refnet: forward passes unit by unit, and every derivative as the two-sided difference of the
loss, so that no formula of backpropagation is taken from the code under test.
"""

from decimal import Decimal

H = Decimal("1e-25")  # the two-sided difference is right to about H² = 1e-50; rounding, 1e-80/H, is far below that


def d(numbers):
    """Numbers as they are written, in decimal: 0.1 is a tenth."""
    if isinstance(numbers, (list, tuple)):
        return [d(number) for number in numbers]
    return Decimal(str(numbers))


def slope(function):
    """f'(0)"""
    return (function(H) - function(-H)) / (2 * H)


def sigma(z):
    return 1 / (1 + (-z).exp())


def tanh(z):
    return (z.exp() - (-z).exp()) / (z.exp() + (-z).exp())


def softmax(nets):
    return [z.exp() / sum(other.exp() for other in nets) for z in nets]


def each(function):
    return lambda nets: [function(z) for z in nets]


def linear(nets):
    return nets


def run(theta, functions, x, nudge=None):
    """The outputs of all layers, the inputs first. A unit is [bias, w1, w2, …]; nudge moves one net input:
    ((layer, unit), how far), both counted from 1."""
    layers = [x]
    for number, (units, function) in enumerate(zip(theta, functions), 1):
        nets = [unit[0] + sum(w * o for w, o in zip(unit[1:], layers[-1])) for unit in units]
        if nudge and nudge[0][0] == number:
            nets[nudge[0][1] - 1] += nudge[1]
        layers.append(function(nets))
    return layers


def half_squared(o, y):
    return sum((p - q) ** 2 for p, q in zip(o, y)) / 2


def binary(o, y):
    return -sum((t * p.ln() if t else 0) + ((1 - t) * (1 - p).ln() if t != 1 else 0) for p, t in zip(o, y))


def categorical(o, y):
    return -sum(t * p.ln() for p, t in zip(o, y) if t)


def moved(theta, layer, unit, weight, by):
    """θ with one number moved; layer and unit count from 1, weight 0 is the bias."""
    theta = [[list(numbers) for numbers in units] for units in theta]
    theta[layer - 1][unit - 1][weight] += by
    return theta


def gradient(theta, cost):
    """∂cost/∂θ in the shape of θ."""
    return [
        [
            [slope(lambda h, at=(i, j, c): cost(moved(theta, *at, h))) for c in range(len(unit))]
            for j, unit in enumerate(units, 1)
        ]
        for i, units in enumerate(theta, 1)
    ]


def step(theta, slopes, rate):
    return [
        [[w - rate * g for w, g in zip(*pair)] for pair in zip(units, unit_slopes)]
        for units, unit_slopes in zip(theta, slopes)
    ]


def with_biases(weights, biases=None):
    """refnet's weights and biases as θ."""
    return [
        [[d(biases[i][j]) if biases else Decimal(0), *d(unit)] for j, unit in enumerate(units)]
        for i, units in enumerate(weights)
    ]


def indexed(pattern, theta, first_layer=1):
    """{pattern.format(layer, unit, weight): number}"""
    return {
        pattern.format(layer, j, i): number
        for layer, units in enumerate(theta, first_layer)
        for j, unit in enumerate(units, 1)
        for i, number in enumerate(unit)
    }
