"""What are the numbers of lecture 001's optimizers, regression and activations? Worked out without refnet."""

from decimal import Decimal

from decimal_tools import d, sigma, slope, tanh

ALPHA = Decimal("0.1")


def gradient_of_the_unit(theta, b):
    """(dθ, db) of J = ½(θx + b − y)² at x = 2, y = 1."""
    def cost(theta, b):
        return (2 * theta + b - 1) ** 2 / 2

    return slope(lambda h: cost(theta + h, b)), slope(lambda h: cost(theta, b + h))


def run(truth, name, update, keeps, steps=3):
    """Three steps from θ = 1.5, b = −0.5, each weight with numbers of its own; `keeps` names those that are shown."""
    weights, kept = d([1.5, -0.5]), [{}, {}]
    for t in range(1, steps + 1):
        slopes = gradient_of_the_unit(*weights)
        weights = [w - update(g, own, t) for w, g, own in zip(weights, slopes, kept)]
        for symbol, w, own in zip(("θ", "b"), weights, kept):
            for each in keeps:
                truth[f"{name}: {each}_d{symbol}, step {t}"] = own[each]
            truth[f"{name}: {symbol}, step {t}"] = w


def average(own, name, beta, value):
    own[name] = beta * own.get(name, 0) + (1 - beta) * value
    return own[name]


def momentum(g, own, t):
    return ALPHA * average(own, "V", Decimal("0.9"), g)


def velocity(g, own, t):
    own["V"] = Decimal("0.9") * own.get("V", 0) - ALPHA * g
    return -own["V"]


def rmsprop(g, own, t, inside=True, rate="0.01"):
    s, epsilon = average(own, "S", Decimal("0.999"), g * g), Decimal("1e-8")
    return Decimal(rate) * g / ((s + epsilon).sqrt() if inside else s.sqrt() + epsilon)


def adam(g, own, t, inside=True, rate="0.1"):
    beta1, beta2, epsilon = d([0.9, 0.999, 1e-8])
    v = average(own, "V", beta1, g) / (1 - beta1 ** t)
    s = average(own, "S", beta2, g * g) / (1 - beta2 ** t)
    return Decimal(rate) * v / ((s + epsilon).sqrt() if inside else s.sqrt() + epsilon)


def entry_19():
    truth, tiny = {}, Decimal("1e-6")
    run(truth, "momentum", momentum, "V")
    run(truth, "RMSprop", rmsprop, "S")
    run(truth, "Adam", adam, "VS")
    run(truth, "form of 002, η = α", velocity, "")
    for name, update in (("RMSprop", rmsprop), ("Adam", adam)):
        for inside in (True, False):
            quantity = f"{name}, dθ = 1e-6: first step, ε {'inside' if inside else 'outside'} the root"
            truth[quantity] = update(tiny, {}, 1, inside, "0.01")
    return truth


def entry_20():
    return {f"λ {i + 1}": Decimal("0.01") * 2 ** i for i in range(3)} | {"λ 11": Decimal("0.01") * 2 ** 10,
                                                                        "λ 11, on the slide": Decimal("0.01") * 2 ** 10}


def solved(matrix, right):
    """Gaussian elimination of a positive definite system."""
    rows = [[*row, value] for row, value in zip(matrix, right)]
    for i, pivot in enumerate(rows):
        for row in rows[i + 1:]:
            factor = row[i] / pivot[i]
            row[:] = [p - factor * q for p, q in zip(row, pivot)]
    solution = []
    for i in reversed(range(len(rows))):
        known = sum(rows[i][j] * value for j, value in zip(range(i + 1, len(rows)), solution))
        solution.insert(0, (rows[i][-1] - known) / rows[i][i])
    return solution


def regression(x, y, powers, lam):
    """(J as a function of θ, the θ that the normal equations give): (XᵀX + λD)θ = Xᵀy, D without θ0."""
    x, y, lam = d(x), d(y), d(lam)
    design = [[each ** j if j else Decimal(1) for j in range(powers + 1)] for each in x]

    def cost(theta, penalty=True):
        errors = [sum(t * p for t, p in zip(theta, row)) - target for row, target in zip(design, y)]
        squares = sum(t * t for t in theta[1:]) if penalty else 0
        return (sum(error * error for error in errors) + lam * squares) / (2 * len(y))

    columns = list(zip(*design))
    gram = [[sum(p * q for p, q in zip(one, other)) for other in columns] for one in columns]
    for j in range(1, powers + 1):
        gram[j][j] += lam
    return cost, solved(gram, [sum(p * q for p, q in zip(column, y)) for column in columns])


def entry_32():
    truth = {}
    line = regression([-1, 0, 1, 2], [0.2, 0.9, 2.3, 2.8], 1, 0)
    curve = regression([-1, -0.6, -0.2, 0.2, 0.6, 1], [-0.3, -0.8, -0.4, 0.5, 0.9, 0.2], 4, 0.5)
    for name, (cost, theta) in (("line", line), ("polynomial", curve)):
        start = d([0.0] * len(theta))
        truth[f"{name}: J at θ = 0"] = cost(start)
        for j, value in enumerate(theta):
            truth[f"{name}: ∂J/∂θ{j} at θ = 0"] = slope(
                lambda h, j=j, cost=cost, start=start: cost([*start[:j], h, *start[j + 1:]]))
            truth[f"{name}: θ{j} where descent ends"] = value
        truth[f"{name}: J where descent ends"] = cost(theta)
    truth["polynomial: first half of J where descent ends"] = curve[0](curve[1], penalty=False)
    for z in d([-2, -0.5, 0.3, 1.7]):
        truth[f"tanh({z})"] = truth[f"2σ({2 * float(z):g}) − 1"] = tanh(z)
        truth[f"tanh'({z})"] = slope(lambda h, z=z: tanh(z + h))
        assert abs(tanh(z) - (2 * sigma(2 * z) - 1)) < Decimal("1e-70")
    truth["leaky ReLU: g'(−1)"] = Decimal("0.01")
    truth["test error − training error"] = Decimal("0.10") - Decimal("0.01")
    return truth | normalised()


def normalised():
    """Batch normalisation of the net inputs z = θ0 + θ1x of a unit, over four examples, ε = 1e-5."""
    truth = {}
    z = [Decimal("3") + Decimal("2") * x for x in d([-1, 0.5, 1, 2.5])]
    mean = sum(z) / 4
    variance = sum((each - mean) ** 2 for each in z) / 4
    truth["z: mean"], truth["z: variance"] = mean, variance
    for i, each in enumerate(z, 1):
        truth[f"normalised z, example {i}"] = (each - mean) / (variance + Decimal("1e-5")).sqrt()
    return truth


ENTRIES = {19: entry_19, 20: entry_20, 32: entry_32}
