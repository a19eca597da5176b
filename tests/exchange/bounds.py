"""How far may another program be from refnet on the same network? A bound for every output, by running error analysis.

Both have the same weights and round each operation, to u = 2⁻⁵³ or 2⁻²⁴ of its result. They differ in three ways:

- the order of a sum. Every order of k additions and products is within k·u·Σ|w x| of the exact sum (N. Higham, Accuracy
  and stability of numerical algorithms, 2002, section 3.1), so that two orders are within twice that of each other.
- exp, log and tanh. refnet's are within 1 ulp, 2.5 in what is composed of them; others may be 5 wrong, of 1 or of the
  result if that is larger: FUNCTION, the two together.
- formulas: γ/√(σ² + ε) as one factor, which may be put into the weights before it. A few roundings more: MORE.

What a layer's inputs differ by, it passes on times its slope. So the bound goes through the network with the numbers.
"""

import numpy as np

import refnet as rn

FUNCTION = 8
MORE = 4
SLOPES = {rn.Sigmoid: 0.25, rn.Softplus: 1.0, rn.SiLU: 1.1, rn.GELU: 1.13, rn.Tanh: 1.0}  # the largest |do/dz|


def bounds(net, inputs):
    """What each output may differ by, a matrix for each."""
    net.forward(inputs if len(inputs) > 1 else inputs[0])
    values = [np.array(net.k.tolist(value)) for value in net.passes.values]
    u = 2.0**-24 if net.number == "binary32" else 2.0**-53
    found = []
    for layer, parents, o in zip(net.layers, net.parents, values):
        x, e = [values[i] for i in parents], [found[i] for i in parents]
        with np.errstate(over="ignore"):
            found.append(after(net, layer, x, e, o, u) if parents else np.zeros_like(o))
    return [found[i] for i in net.output_places]


def after(net, layer, x, e, o, u):
    """What the output o of a layer may differ by if its inputs x may by e."""
    kind, numbers = type(layer), {name: np.array(net.k.tolist(p.value)) for name, p in layer.parameters.items()}
    if kind is rn.Dense:
        weights = abs(numbers["weights"])
        sizes = (abs(x[0]) + e[0]) @ weights.T + abs(numbers.get("bias", np.zeros(1)))
        return e[0] @ weights.T + 2 * (weights.shape[1] + 1 + MORE) * u * sizes
    if kind in (rn.ReLU, rn.Maximum, rn.Concatenate):
        return np.hstack(e) if kind is rn.Concatenate else np.max(e, axis=0)
    if kind in SLOPES:
        return SLOPES[kind] * e[0] + FUNCTION * u * (1 + abs(o) + (abs(x[0]) if kind in (rn.SiLU, rn.GELU) else 0))
    if kind in (rn.LeakyReLU, rn.PReLU):
        slope = np.abs(numbers["slope"] if kind is rn.PReLU else layer.slope)
        return np.maximum(1, slope) * e[0] + 4 * u * abs(o)
    if kind is rn.ELU:
        return max(1, layer.alpha) * e[0] + FUNCTION * u * (max(1, layer.alpha) + abs(o))
    if kind in (rn.Softmax, rn.LogSoftmax):
        z = abs(layer.beta) * (abs(x[0]) + e[0]).max(axis=1, keepdims=True)
        exponent = 2 * abs(layer.beta) * e[0].max(axis=1, keepdims=True) + 8 * u * z  # of what e^(t−m) is wrong by
        share = 2 * exponent + (2 * o.shape[1] + FUNCTION) * u
        return share + 4 * u * abs(o) if kind is rn.LogSoftmax else o * np.expm1(share) + u * o
    if kind in (rn.Add, rn.Subtract):
        return sum(e) + 2 * len(x) * u * sum(abs(each) + other for each, other in zip(x, e))
    if kind is rn.Multiply:
        product, error = x[0], e[0]
        for factor, other in zip(x[1:], e[1:]):
            error = abs(product) * other + abs(factor) * error + error * other
            product = product * factor
            error = error + 2 * u * (abs(product) + error)
        return error
    if kind is rn.Standardize:
        return (e[0] + 4 * u * (abs(x[0]) + e[0] + np.abs(layer.mean))) / np.array(layer.std)
    if kind is rn.BatchNorm:
        mean, variance = (np.array(net.k.tolist(layer.buffers[name])) for name in ("mean", "variance"))
        factor = abs(numbers["gamma"]) / np.sqrt(variance + layer.eps)
        sizes = (abs(x[0]) + e[0] + abs(mean)) * factor + abs(numbers["beta"])
        return factor * e[0] + 2 * MORE * u * sizes
    factor = layer.factor if kind is rn.Scale else 1 - layer.p if o is not x[0] and kind is rn.Dropout else 1.0
    return abs(factor) * e[0] + 2 * u * abs(o)
