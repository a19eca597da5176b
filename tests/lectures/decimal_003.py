"""What are the numbers of lecture 003's demonstrations, worked out a second time?"""

from decimal_tools import d, each, half_squared, run, sigma, slope, with_biases


def entry_34():
    x, y = d([0.5, -1.0]), d([1, 0])
    theta = with_biases([[[0.4, -0.6], [0.7, 0.1], [-0.3, 0.8]], [[0.5, -0.2, 0.9], [-0.7, 0.6, 0.1]],
                         [[1.1, -0.4], [0.3, 0.8]]])
    functions = [each(sigma)] * 3

    def cost(nudge):
        return half_squared(run(theta, functions, x, nudge)[-1], y)

    truth = {}
    for layer, units in ((3, 2), (2, 2), (1, 3)):
        for unit in range(1, units + 1):
            truth[f"δ[{layer}]_{unit}"] = slope(lambda h, at=(layer, unit): cost((at, h)))
    hidden = run(theta, functions, x)[2]
    for unit in (0, 1):
        def after(h, unit=unit):
            moved = [o + h if i == unit else o for i, o in enumerate(hidden)]
            return half_squared(run(theta[2:], functions[2:], moved)[-1], y)

        truth[f"∂L/∂o[2]_{unit + 1}"] = slope(after)
    return truth


ENTRIES = {34: entry_34}
