"""What are the numbers of one training step of lecture 000's MNIST program, made small? Worked out without refnet.

Dropout's draws are SplitMix64, as ARITHMETIC.md has it: a key for each layer, a draw for each unit of each row.
"""

from decimal import Decimal

from decimal_tools import categorical, d, gradient, indexed, run, softmax, with_biases

X, Y = d([[0.9, 0.0, 0.4], [0.1, 0.8, 0.5]]), d([[1, 0], [0, 1]])
THETA = with_biases(
    [[[0.5, -0.2, 0.3], [0.2, 0.6, -0.1], [-0.2, 0.4, 0.8]], [[0.7, 0.2, 0.4], [0.5, 0.3, -0.1], [0.1, 0.9, 0.7]],
     [[0.4, -0.6, 0.2], [-0.3, 0.5, 0.8]]],
    [[0.1, 0.05, -0.05], [0.02, 0.1, 0.2], [0.0, 0.0]],
)
SEED, P = 4, Decimal("0.2")
WORD = 2 ** 64 - 1


def mix(word):
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & WORD
    return word ^ (word >> 31)


def kept(layer, row, units=3):
    """Which units of the first step's row stay on: their uniform number is at least p."""
    key = mix((mix(SEED) + (4 << 32) + layer) & WORD)
    draws = [mix((key + (row * units + unit + 1) * 0x9E3779B97F4A7C15) & WORD) for unit in range(units)]
    return [Decimal(draw >> 11) / 2 ** 53 >= P for draw in draws]


def outputs(theta, row, training=True):
    """Dense, ReLU, Dropout twice, Dense, Softmax; the dropout layers are number 3 and 6 of the network."""
    def hidden(layer):
        def function(nets):
            on = kept(layer, row) if training else [True] * len(nets)
            return [max(net, Decimal(0)) / (1 - P if training else 1) * stays for net, stays in zip(nets, on)]

        return function

    return run(theta, [hidden(3), hidden(6), softmax], X[row])[-1]


def entry_29():
    def cost(theta):
        return sum(categorical(outputs(theta, row), Y[row]) for row in (0, 1)) / 2

    slopes = gradient(THETA, cost)
    rate, beta, epsilon = d([0.001, 0.9, 1e-8])
    after = [
        [[w - rate * g / (((1 - beta) * g * g).sqrt() + epsilon) for w, g in zip(*pair)] for pair in zip(*layer)]
        for layer in zip(THETA, slopes)
    ]
    truth = {f"o{j} of row {row + 1}": o for row in (0, 1) for j, o in enumerate(outputs(THETA, row), 1)}
    truth["loss"] = cost(THETA)
    truth.update(indexed("dΘ{}_{}{}", slopes))
    truth.update(indexed("Θ{}_{}{}", after[2:], first_layer=3))
    return truth


ENTRIES = {29: entry_29}
