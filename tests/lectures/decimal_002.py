"""What are the numbers of lecture 002's later entries, worked out a second time?"""

from decimal import Decimal

from decimal_tools import (
    categorical,
    d,
    each,
    gradient,
    half_squared,
    linear,
    run,
    sigma,
    slope,
    softmax,
    tanh,
    with_biases,
)


def relu(z):
    return max(z, Decimal(0))


def along(function, x, i):
    """∂function/∂x_i of a list x, i counted from 0; function returns a number."""
    return slope(lambda h: function([value + h if j == i else value for j, value in enumerate(x)]))


def entry_9():
    x, y, truth = d([1.0, 2.0, 0.5]), d([0, 1, 0]), {}
    for case, beta in (("", 1), (", β = 0.5", Decimal("0.5")), (", exp(−x)", -1)):
        def z(x, beta=beta):
            return softmax([beta * value for value in x])

        truth["E" + case] = categorical(z(x), y)
        for i in range(3):
            truth[f"z_{i + 1}{case}"] = z(x)[i]
            truth[f"∂E/∂x_{i + 1}{case}"] = along(lambda x, z=z: categorical(z(x), y), x, i)
            for j in range(3):
                truth[f"∂z_{i + 1}/∂x_{j + 1}{case}"] = along(lambda x, z=z, i=i: z(x)[i], x, j)
    left_out = [f"∂z_{i}/∂x_{j}" for i in (1, 2, 3) for j in (1, 2, 3) if (i, j) not in ((1, 1), (1, 2))]
    for case in (", β = 0.5", ", exp(−x)"):
        for name in (*left_out, "E", "∂E/∂x_3"):
            del truth[name + case]
    return truth


def entry_10():
    x, target = d([0.5, -1.0]), d([1.0, 0.5])

    def out(x):
        return [tanh(value) + sigma(value) + value for value in x]

    truth = {}
    for i in (0, 1):
        truth[f"x_out_{i + 1}"] = out(x)[i]
        truth[f"∂E/∂x_out_{i + 1}"] = along(lambda o: half_squared(o, target), out(x), i)
        truth[f"∂E/∂x_in_{i + 1}"] = along(lambda x: half_squared(out(x), target), x, i)

    def twice(theta):
        return half_squared(run([theta[0], theta[0]], [each(tanh), linear], x)[-1], target)

    [slopes] = gradient(with_biases([[[0.4, -0.6], [0.7, 0.1]]]), twice)
    truth.update({f"∂E/∂W_{i}{j}": slopes[i - 1][j] for i in (1, 2) for j in (1, 2)})
    return truth


def pointwise():
    x, b, target, truth = d([0.5, -1.0, -0.3]), d([0.1, -0.2, 0.5]), d([1.0, 0.5, -1.0]), {}
    for name, h in (("tanh", tanh), ("relu", relu)):
        def y(x, h=h):
            return [h(value + bias) for value, bias in zip(x, b)]

        for i in range(3):
            truth[f"{name}, y_{i + 1}"] = y(x)[i]
            truth[f"{name}, ∂C/∂x_{i + 1}"] = along(lambda x, y=y: half_squared(y(x), target), x, i)
    alpha = Decimal("0.02")
    truth["leaky ReLU at −2"], truth["leaky ReLU's gradient at −2"] = alpha * -2, alpha
    return truth


def batch_normalization():
    x, t, gamma, beta, epsilon = d([0.5, -1.5, 2.0, 3.0]), d([0, 1, -1, 2]), *d([1.5, -0.25, 0.001])

    def mean(values):
        return sum(values) / len(values)

    def normalized(x):
        mu = mean(x)
        variance = mean([(value - mu) ** 2 for value in x])
        return mu, variance, [(value - mu) / (variance + epsilon).sqrt() for value in x]

    def cost(x=x, gamma=gamma, beta=beta, by=(0, 0)):
        y = [gamma * value + beta for value in normalized(x)[2]]
        y[by[0]] += by[1]
        return half_squared(y, t)

    mu, variance, x_hat = normalized(x)
    truth = {
        "μ": mu, "σ²": variance, "L": cost(), "1/m Σ x̂_i²": mean([value**2 for value in x_hat]),
        "∂L/∂γ": slope(lambda h: cost(gamma=gamma + h)), "∂L/∂β": slope(lambda h: cost(beta=beta + h)),
    }
    for i in range(4):
        truth[f"x̂_{i + 1}"], truth[f"y_{i + 1}"] = x_hat[i], gamma * x_hat[i] + beta
        truth[f"∂L/∂x_{i + 1}"] = along(cost, x, i)
        truth[f"∂L/∂y_{i + 1}"] = slope(lambda h, i=i: cost(by=(i, h)))
    return truth


def bowl(w):
    return ((2 * w[0] - 1) ** 2 + (w[1] / 2 - 1) ** 2) / 2


def three_steps():
    eta, mu, adagrad_eta = d([0.1, 0.9, 0.4])
    truth = {}
    w, change = d([1, -1]), d([0, 0])
    for t in (1, 2, 3):
        change = [mu * change[i] - eta * along(bowl, w, i) for i in (0, 1)]
        w = [w[i] + change[i] for i in (0, 1)]
        for i in (0, 1):
            truth[f"momentum, Δ_{t}(w{i + 1})"], truth[f"momentum, w{i + 1} after step {t}"] = change[i], w[i]
    w, change = d([1, -1]), d([0, 0])
    for t in (1, 2, 3):
        ahead = [w[i] + mu * change[i] for i in (0, 1)]
        new = [ahead[i] - eta * along(bowl, ahead, i) for i in (0, 1)]
        w, change = new, [new[i] - w[i] for i in (0, 1)]
        truth.update({f"Nesterov, w{i + 1} after step {t}": w[i] for i in (0, 1)})
    w, gradients = d([1, -1]), []
    for t in (1, 2, 3):
        gradients.append([along(bowl, w, i) for i in (0, 1)])
        w = [w[i] - adagrad_eta * gradients[-1][i] / sum(g[i] ** 2 for g in gradients).sqrt() for i in (0, 1)]
        truth.update({f"AdaGrad, w{i + 1} after step {t}": w[i] for i in (0, 1)})
    truth.update({f"AdaGrad, how far {name} moves in step 1": adagrad_eta for name in ("w1", "w2")})
    return truth


def entry_11():
    return {**three_steps(), **batch_normalization()}


def chain_rule():
    x, truth = d([0.5, -1.0, 0.25, 2.0]), {}
    theta = with_biases([[[0.4, -0.6, 0.1, 0.2], [0.7, 0.1, -0.3, -0.2]], [[-0.5, 0.9]]])

    def u(x):
        return run(theta[:1], [each(tanh)], x)[-1]

    def z(u):
        return run(theta[1:], [each(tanh)], u)[-1][0]

    for j in range(4):
        truth[f"∂u_1/∂x_{j + 1}"] = along(lambda x: u(x)[0], x, j)
        truth[f"∂u_2/∂x_{j + 1}"] = along(lambda x: u(x)[1], x, j)
        truth[f"∂z_1/∂x_{j + 1}"] = along(lambda x: z(u(x)), x, j)
    truth.update({f"∂z_1/∂u_{j + 1}": along(z, u(x), j) for j in (0, 1)})
    return truth


def entry_33():
    eta = Decimal("0.1")
    rates = [eta, eta, eta * Decimal("0.3"), eta * Decimal("0.09")]
    annealing = {f"η in epoch {epoch}, flat from the start": rate for epoch, rate in enumerate(rates, 1)}
    return {**pointwise(), **annealing, **chain_rule()}


def entry_37():
    x, y, truth = d([0.5, -1.0, 2.0]), d([1.0, -0.5]), {}
    theta = with_biases([[[0.4, -0.6, 0.1], [0.7, 0.2, -0.3]]], [[0.1, -0.2]])

    def out(x, theta=theta):
        return run(theta, [linear], x)[-1]

    for i in (0, 1):
        truth[f"x_out_{i + 1}"] = out(x)[i]
        truth[f"∂C/∂x_out_{i + 1}"] = along(lambda o: half_squared(o, y), out(x), i)
    truth.update({f"∂C/∂x_in_{j + 1}": along(lambda x: half_squared(out(x), y), x, j) for j in range(3)})
    [slopes] = gradient(theta, lambda theta: half_squared(out(x, theta), y))
    for i, (of_bias, *of_weights) in enumerate(slopes, 1):
        truth[f"∂C/∂b_{i}"] = of_bias
        truth.update({f"∂C/∂W_{i}{j}": value for j, value in enumerate(of_weights, 1)})
    return truth


ENTRIES = {9: entry_9, 10: entry_10, 11: entry_11, 33: entry_33, 37: entry_37}
