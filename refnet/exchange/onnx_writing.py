"""How is a network written as an ONNX graph? Layer by layer, each as a few standard operators.

Opset 15 of 2021, which every runtime has by now: SiLU and GELU, younger operators, are written out. In binary64 so are
LeakyReLU, PReLU, ELU, Softplus, which onnxruntime has for float alone, and a BatchNorm whose ε is no float, as the
operator's attribute is. The graph is that of a prediction: what only training does is left out, and said.
"""

from __future__ import annotations

from typing import Any, Callable, Union

from refnet import checks, layers
from refnet.arithmetic.formats import as_format
from refnet.exchange.describing import Table
from refnet.files import FileError
from refnet.kernels.reference.activations import ROOT_OF_2_OVER_PI
from refnet.layers import Layer
from refnet.network.building import output_name

OPSET, IR_VERSION = 15, 8
NUMBERS = {"binary32": "FLOAT", "binary64": "DOUBLE"}

Value = Union[str, float]
"""The name of a value of the graph, or a number."""
Writer = Callable[["Writing", Any, list[str], str], None]

WRITERS: dict[type, Writer] = {}


def writes(*kinds: type) -> Callable[[Writer], Writer]:
    """Say that a function writes these layers: (the graph, the layer, the names of its inputs and of its output)."""

    def note(write: Writer) -> Writer:
        WRITERS.update(dict.fromkeys(kinds, write))
        return write

    return note


class Writing:
    """A graph while it is written.

    onnx      the library
    nodes     of the graph, each after those that it needs
    left_out  what of the network the graph does not have, a phrase each
    """

    def __init__(self, onnx: Any, network: Any, tables: dict[str, Table]) -> None:
        """Raises FileError for a number format that ONNX does not have, or a layer that no operators make."""
        self.onnx, self.number = onnx, network.number
        self.form = as_format(network.number)
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.left_out: list[str] = []
        for name, rows in tables.items():
            parameter = network.parameters.get(name)
            self._keep(name, rows, [len(rows), len(rows[0])] if parameter and not parameter.is_row else [len(rows[0])])
        names = [output_name(layer) for layer in network.layers]
        for layer, parents, output in zip(network.layers, network.parents, names):
            if not isinstance(layer, layers.Input):
                self.layer = layer
                WRITERS[type(layer)](self, layer, [names[parent] for parent in parents], output)
        inputs = [self._described(network.layers[i], names[i]) for i in network.input_places]
        outputs = [self._described(network.layers[i], names[i]) for i in network.output_places]
        self.graph = onnx.helper.make_graph(self.nodes, "network", inputs, outputs, list(self.constants.values()))

    def node(self, operator: str, *inputs: Value, to: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of its output. A number among the inputs becomes a constant."""
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        to = to or f"{self.layer.name}.{operator.lower()}{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(operator, names, [to], to, **attributes))
        return to

    def constant(self, value: float) -> str:
        """The name of a constant without dimensions, rounded to the network's format."""
        name = f"{self.layer.name}.{value!r}"
        self._keep(name, [[float(self.form.number(value))]], [])
        return name

    def own(self, name: str) -> str:
        """The name of a parameter of the layer, or of the layer whose parameters it shares."""
        return f"{(self.layer.original or self.layer).name}.{name}"

    def _keep(self, name: str, rows: Table, shape: list[int]) -> None:
        kind = getattr(self.onnx.TensorProto, NUMBERS[self.number])
        bits = b"".join(map(self.form.packed, rows))
        self.constants[name] = self.onnx.helper.make_tensor(name, kind, shape, bits, raw=True)

    def _described(self, layer: Layer, name: str) -> Any:
        kind = getattr(self.onnx.TensorProto, NUMBERS[self.number])
        return self.onnx.helper.make_tensor_value_info(name, kind, ["rows", layer.units])


def check_writable(network: Any) -> None:
    """Raise FileError for a number format that ONNX does not have, or a layer that none of its operators make."""
    if network.number not in NUMBERS:
        raise FileError(f"number: {network.number!r}; allowed in ONNX: {' and '.join(NUMBERS)} (copy.deepcopy(net)."
                        "to(number=…) rounds to one of them)")
    for layer in network.layers:
        if type(layer) not in WRITERS and not isinstance(layer, layers.Input):
            raise FileError(f"{layer.name}: a {type(layer).__name__}; ONNX has no operator for a layer of your own")


# --- Layers: x are the names of the inputs, o is that of the output ---

ALIKE = {layers.Linear: "Identity", layers.Sigmoid: "Sigmoid", layers.Tanh: "Tanh", layers.ReLU: "Relu",
         layers.Add: "Sum", layers.Maximum: "Max"}


@writes(*ALIKE)
def _alike(g: Writing, layer: Any, x: list[str], o: str) -> None:
    g.node(ALIKE[type(layer)], *x, to=o)


@writes(layers.Dense)
def _dense(g: Writing, layer: Any, x: list[str], o: str) -> None:
    g.node("Gemm", x[0], g.own("weights"), *([g.own("bias")] if layer.bias else []), to=o, transB=1)


@writes(layers.Subtract, layers.Multiply)
def _from_the_left(g: Writing, layer: Any, x: list[str], o: str) -> None:
    total, operator = x[0], "Sub" if isinstance(layer, layers.Subtract) else "Mul"
    for other in x[1:-1]:
        total = g.node(operator, total, other)
    g.node(operator, total, x[-1], to=o)


@writes(layers.Concatenate)
def _concatenate(g: Writing, layer: Any, x: list[str], o: str) -> None:
    g.node("Concat", *x, to=o, axis=1)


@writes(layers.Scale)
def _scale(g: Writing, layer: Any, x: list[str], o: str) -> None:
    g.node("Mul", x[0], layer.factor, to=o)


@writes(layers.Softmax, layers.LogSoftmax)
def _softmax(g: Writing, layer: Any, x: list[str], o: str) -> None:
    z = x[0] if layer.beta == 1.0 else g.node("Mul", x[0], layer.beta)
    g.node(type(layer).__name__, z, to=o, axis=1)


@writes(layers.LeakyReLU, layers.PReLU)
def _leaky(g: Writing, layer: Any, x: list[str], o: str) -> None:
    learnt = isinstance(layer, layers.PReLU)
    if g.number == "binary32" and learnt:
        g.node("PRelu", x[0], g.own("slope"), to=o)
    elif g.number == "binary32":
        g.node("LeakyRelu", x[0], to=o, alpha=layer.slope)
    else:  # max(z, 0) − slope·max(−z, 0)
        below = g.node("Relu", g.node("Neg", x[0]))
        g.node("Sub", g.node("Relu", x[0]), g.node("Mul", below, g.own("slope") if learnt else layer.slope), to=o)


@writes(layers.ELU)
def _elu(g: Writing, layer: Any, x: list[str], o: str) -> None:
    if g.number == "binary32":
        g.node("Elu", x[0], to=o, alpha=layer.alpha)
    else:  # max(z, 0) + α(e^min(z, 0) − 1)
        power = g.node("Exp", g.node("Min", x[0], 0.0))
        g.node("Add", g.node("Relu", x[0]), g.node("Mul", g.node("Sub", power, 1.0), layer.alpha), to=o)


@writes(layers.Softplus)
def _softplus(g: Writing, layer: Any, x: list[str], o: str) -> None:
    if g.number == "binary32":
        g.node("Softplus", x[0], to=o)
    else:  # max(z, 0) + ln(1 + e^−|z|)
        power = g.node("Exp", g.node("Neg", g.node("Abs", x[0])))
        g.node("Add", g.node("Relu", x[0]), g.node("Log", g.node("Add", power, 1.0)), to=o)


@writes(layers.SiLU)
def _silu(g: Writing, layer: Any, x: list[str], o: str) -> None:
    if g.number == "binary32":
        g.node("Mul", x[0], g.node("Sigmoid", x[0]), to=o)
    else:  # z/(1 + e^−z), as some versions of onnxruntime make an operator of the other that they have for float alone
        g.node("Div", x[0], g.node("Add", g.node("Exp", g.node("Neg", x[0])), 1.0), to=o)


@writes(layers.GELU)
def _gelu(g: Writing, layer: Any, x: list[str], o: str) -> None:
    cube = g.node("Mul", g.node("Mul", x[0], x[0]), x[0])
    t = g.node("Tanh", g.node("Mul", g.node("Add", x[0], g.node("Mul", cube, 0.044715)), ROOT_OF_2_OVER_PI))
    g.node("Mul", g.node("Mul", x[0], 0.5), g.node("Add", t, 1.0), to=o)


@writes(layers.Standardize)
def _standardize(g: Writing, layer: Any, x: list[str], o: str) -> None:
    g.node("Div", g.node("Sub", x[0], f"{layer.name}.mean"), f"{layer.name}.std", to=o)


@writes(layers.BatchNorm)
def _batch_norm(g: Writing, layer: Any, x: list[str], o: str) -> None:
    gamma, beta, mean, variance = g.own("gamma"), g.own("beta"), f"{layer.name}.mean", f"{layer.name}.variance"
    if g.number == "binary32" or float(as_format("binary32").number(layer.eps)) == layer.eps:
        g.node("BatchNormalization", x[0], gamma, beta, mean, variance, to=o, epsilon=layer.eps,
               momentum=layer.momentum)
    else:
        deviation = g.node("Sqrt", g.node("Add", variance, layer.eps))
        g.node("Add", g.node("Mul", g.node("Div", g.node("Sub", x[0], mean), deviation), gamma), beta, to=o)


@writes(layers.Dropout)
def _dropout(g: Writing, layer: Any, x: list[str], o: str) -> None:
    if layer.scaling == "training":
        g.node("Dropout", x[0], layer.p, to=o)  # which does nothing in a prediction
    else:
        g.left_out.append(f"{layer.name}: units are not switched off; what is scaled in a prediction is")
        g.node("Mul", x[0], 1.0 - layer.p, to=o)


@writes(layers.GaussianNoise, layers.MultiplicativeNoise, layers.Jitter, layers.ActivityPenalty, layers.KLSparsity)
def _training_only(g: Writing, layer: Any, x: list[str], o: str) -> None:
    g.left_out.append(f"{layer.name}: {checks.shown(layer)} acts in training alone")
    g.node("Identity", x[0], to=o)
