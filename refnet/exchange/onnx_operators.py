"""Which layer is this ONNX operator? A reader for each: (the graph under way, the operator) to the value it makes."""

from __future__ import annotations

from typing import Any, Callable

from refnet import layers
from refnet.exchange.onnx_reading import NUMBERS, Flow, Operator, Reader, Reading

READERS: dict[str, Reader] = {}
LARGEST = {"float32": 3.4028234663852886e38, "float64": 1.7976931348623157e308}


def reads(*kinds: str) -> Callable[[Reader], Reader]:
    """Say that a function makes what these operators make."""

    def note(read: Reader) -> Reader:
        READERS.update(dict.fromkeys(kinds, read))
        return read

    return note


# --- Weights ---


@reads("Gemm")
def _gemm(r: Reading, at: Operator) -> Flow:
    at.take("transA", 0, 0)
    is_turned, alpha, beta = at.take("transB", 0, 0, 1), at.take("alpha", 1.0), at.take("beta", 1.0)
    return _dense(r, at, bool(is_turned), alpha, beta)


@reads("MatMul")
def _matmul(r: Reading, at: Operator) -> Flow:
    return _dense(r, at, False, 1.0, 1.0)


def _dense(r: Reading, at: Operator, is_turned: bool, alpha: float, beta: float) -> Flow:
    """alpha·x Wᵀ + beta·b, W being turned already or not. The bias may be a node of its own, the next one."""
    x, weights = r.flow(at), r.constant(at, 1)
    if weights.ndim != 2 or weights.shape[1 if is_turned else 0] != x.units:
        raise at.refused(f"weights of shape {weights.shape} for {x.units} columns")
    largest = float(abs(weights).max())
    if not largest * abs(alpha) <= LARGEST[weights.dtype.name]:
        raise at.refused(f"weights up to {largest!r} times alpha {alpha!r}, which is no finite number")
    weights = (weights if is_turned else weights.T) * weights.dtype.type(alpha)
    units, source, place, bias = len(weights), at, 2, None
    adds = r.next_one(at, "Add") if len(at.inputs) < 3 else None
    if adds:
        source, place, beta = adds, int(adds.inputs[0] == at.outputs[0]), 1.0
    if adds or len(at.inputs) == 3:
        factor = weights.dtype.type(beta)
        bias = [float(weights.dtype.type(value) * factor) for value in r.vector(source, place, units)]
    key = ("Dense", at.inputs[1], is_turned, alpha, bias and source.inputs[place], beta)
    flow = r.layer(at, key, lambda: layers.Dense(units, bias=bias is not None), x, units=units)
    r.note(flow, weights=weights.tolist(), **({"bias": [bias]} if bias else {}))
    if adds:
        r.flows[adds.outputs[0]] = flow
    return flow


@reads("BatchNormalization")
def _batch_norm(r: Reading, at: Operator) -> Flow:
    at.take("training_mode", 0, 0)
    at.take("spatial", 1, 1)
    x, eps, momentum = r.flow(at), at.take("epsilon", 1e-5), at.take("momentum", 0.9)
    eps, momentum = r.setting(eps), r.setting(momentum)
    names = ("gamma", "beta", "mean", "variance")
    rows = {name: [r.vector(at, place, x.units)] for place, name in enumerate(names, 1)}
    if min(rows["variance"][0]) < 0.0:
        raise at.refused(f"operand {at.inputs[4]!r} has a variance of {min(rows['variance'][0])!r}; read are >= 0")
    key = ("BatchNorm", at.inputs[1], at.inputs[2], eps, momentum)
    return r.note(r.layer(at, key, lambda: layers.BatchNorm(momentum, eps), x), **rows)


@reads("PRelu")
def _prelu(r: Reading, at: Operator) -> Flow:
    x = r.flow(at)
    slopes = r.vector(at, 1, x.units)
    is_shared = r.constants[at.inputs[1]].size == 1 < x.units
    flow = r.layer(at, ("PReLU", at.inputs[1]), lambda: layers.PReLU(shared=is_shared), x)
    return r.note(flow, slope=[slopes[:1] if is_shared else slopes])


# --- Activations ---

ACTIVATIONS: dict[str, Any] = {
    "Identity": layers.Linear, "Relu": layers.ReLU, "Sigmoid": layers.Sigmoid, "Tanh": layers.Tanh,
    "Softplus": layers.Softplus, "Softmax": layers.Softmax, "LogSoftmax": layers.LogSoftmax, "Gelu": layers.GELU,
    "Swish": layers.SiLU,
}


@reads(*ACTIVATIONS)
def _activation(r: Reading, at: Operator) -> Flow:
    if at.kind in ("Softmax", "LogSoftmax"):
        at.take("axis", 1, 1, -1)  # the last of two, whatever the opset's default is
    elif at.kind == "Gelu":
        at.take("approximate", "none", "tanh")
    elif at.kind == "Swish":
        at.take("alpha", 1.0, 1.0)
    return r.layer(at, None, ACTIVATIONS[at.kind], r.flow(at))


@reads("LeakyRelu", "Elu")
def _with_alpha(r: Reading, at: Operator) -> Flow:
    default, made = (0.01, layers.LeakyReLU) if at.kind == "LeakyRelu" else (1.0, layers.ELU)
    alpha = r.setting(at.take("alpha", default))
    return r.layer(at, None, lambda: made(alpha), r.flow(at))


@reads("Selu")
def _selu(r: Reading, at: Operator) -> Flow:
    alpha, gamma = at.take("alpha", 1.67326319217681884765625), at.take("gamma", 1.05070102214813232421875)
    return r.layer(at, None, lambda: layers.Scale(gamma), r.layer(at, None, lambda: layers.ELU(alpha), r.flow(at)))


@reads("Dropout")
def _dropout(r: Reading, at: Operator) -> Flow:
    p = r.vector(at, 1, 1)[0] if len(at.inputs) > 1 and at.inputs[1] else at.take("ratio", 0.5)
    at.take("seed", 0)
    if len(at.inputs) > 2 and r.constant(at, 2).any():
        raise at.refused("training_mode: True; read are models that predict")
    return r.layer(at, None, lambda: layers.Dropout(r.setting(p)), r.flow(at))


# --- The same numbers in the same order, a row for each example ---


@reads("Cast")
def _cast(r: Reading, at: Operator) -> Flow:
    kinds = {number: kind for kind, number in r.onnx.TensorProto.DataType.items()}
    kind = kinds.get(at.take("to", 0), "nothing known")
    if NUMBERS.get(kind) != r.number:
        raise at.refused(f"to {kind}; read is a model with one type of numbers")
    return r.flows[at.inputs[0]]


@reads("Flatten", "Reshape")
def _as_rows(r: Reading, at: Operator) -> Flow:
    x, units = r.flows[at.inputs[0]], 1
    for size in x.shape:
        units *= size
    if at.kind == "Flatten":
        at.take("axis", 1, 1)
    else:
        at.take("allowzero", 0, 0)
        shape = r.constant(at, 1).tolist()
        if len(shape) != 2 or shape[1] not in (units, -1) or shape[0] > 1:
            raise at.refused(f"to shape {shape}; read is a row for each example: [-1, {units}]")
    return Flow(x.node, (units,))


# --- Arithmetic of several values, or of one and a constant ---

MERGING: dict[str, Any] = {"Add": layers.Add, "Sum": layers.Add, "Sub": layers.Subtract, "Mul": layers.Multiply,
                           "Max": layers.Maximum, "Concat": layers.Concatenate}


@reads("Add", "Sum", "Sub", "Mul", "Div", "Max", "Concat")
def _arithmetic(r: Reading, at: Operator) -> Flow:
    if at.kind == "Concat":
        at.take("axis", None, 1, -1)
    are_constant = [name in r.constants for name in at.inputs]
    if any(are_constant):
        if len(at.inputs) != 2 or at.kind not in ("Add", "Sub", "Mul", "Div"):
            raise at.refused("a constant among its operands; refnet has no layer for that")
        return _with_constant(r, at, are_constant[0])
    values = [r.flow(at, place) for place in range(len(at.inputs))]
    units = [each.units for each in values]
    if at.kind == "Div":
        raise at.refused("a quotient of two values; refnet has no layer for that")
    if len(set(units)) > 1 and at.kind != "Concat":
        raise at.refused(f"operands of {', '.join(map(str, units))} columns; read are those of one width")
    if len(values) == 1:
        return values[0]
    return r.layer(at, None, MERGING[at.kind], *values, units=sum(units) if at.kind == "Concat" else 0)


@reads("Neg")
def _negative(r: Reading, at: Operator) -> Flow:
    return r.layer(at, None, lambda: layers.Scale(-1.0), r.flow(at))


def _with_constant(r: Reading, at: Operator, is_first: bool) -> Flow:
    """x + c, x − c and x / c are a Standardize, (x − mean)/std, whose other part does nothing; x · c is a Scale."""
    x = r.flow(at, int(is_first))
    c = list(map(r.setting, r.vector(at, int(not is_first), x.units)))
    zeros, ones = [0.0] * x.units, [1.0] * x.units
    if at.kind == "Mul":
        return r.layer(at, None, lambda: layers.Scale(c[0]), x) if len(set(c)) == 1 else _factors(r, at, x, c)
    if at.kind == "Div":
        if is_first or min(c) <= 0.0:
            raise at.refused("a quotient; read are those by constants above 0")
        return r.layer(at, None, lambda: layers.Standardize(zeros, c), x)
    if at.kind == "Sub" and not is_first:
        divides = r.next_one(at, "Div")
        if divides is None or divides.inputs[0] != at.outputs[0] or min(r.vector(divides, 1, x.units)) <= 0.0:
            return r.layer(at, None, lambda: layers.Standardize(c, ones), x)
        std = list(map(r.setting, r.vector(divides, 1, x.units)))
        flow = r.flows[divides.outputs[0]] = r.layer(at, None, lambda: layers.Standardize(c, std), x)
        return flow
    if at.kind == "Sub":
        x = r.layer(at, None, lambda: layers.Scale(-1.0), x)
    return r.layer(at, None, lambda: layers.Standardize([-value for value in c], ones), x)


def _factors(r: Reading, at: Operator, x: Flow, c: list[float]) -> Flow:
    """A factor for each unit: the γ of a BatchNorm that does nothing else. Its σ² + ε is 1, without rounding."""
    eps = 0.0009765625
    made = r.layer(at, None, lambda: layers.BatchNorm(eps=eps, trainable=False), x)
    zeros = [0.0] * x.units
    return r.note(made, gamma=[c], beta=[zeros], mean=[zeros], variance=[[1.0 - eps] * x.units])
