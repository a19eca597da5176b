"""How does another program's ONNX graph become a network? Operator by operator, each as a layer that does the same.

What depends on constants alone is computed first. Then each node becomes a layer, or a part of one: the bias of a
MatMul is added by the node after it. What refnet has no layer for is refused, by node and operator.
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Union

from refnet import files, layers
from refnet.exchange.describing import Table
from refnet.files import FileError
from refnet.layers import Layer, Node
from refnet.model import Network
from refnet.network import state

OLDEST = 7  # opset: before it, operators said themselves how they broadcast
NUMBERS = {"FLOAT": "binary32", "DOUBLE": "binary64"}


class Flow(NamedTuple):
    """A value that depends on the inputs: the layer's use that makes it, and the shape of each of its rows."""

    node: Union[Node, layers.Input]
    shape: tuple[int, ...]

    @property
    def units(self) -> int:
        return self.shape[0]


class Operator:
    """A node of the graph.

    attributes  those that its reader has not taken yet
    """

    def __init__(self, onnx: Any, node: Any) -> None:
        self.kind = node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"
        self.name = f"node {node.name or (node.output[0] if node.output else '')!r} ({self.kind})"
        self.inputs, self.outputs = list(node.input), list(node.output)
        while self.inputs and not self.inputs[-1]:  # left out
            self.inputs.pop()
        self.attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        self.node = node

    def take(self, name: str, default: Any, *allowed: Any) -> Any:
        """An attribute, or its default. Raises FileError if it is not one of those allowed, if there are any."""
        value = self.attributes.pop(name, default)
        value = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if allowed and value not in allowed:
            raise self.refused(f"{name}: {value!r}; read is {' or '.join(map(repr, allowed))}")
        return value

    def refused(self, why: str) -> FileError:
        return FileError(f"{self.name}: {why}")


Reader = Callable[["Reading", Operator], Flow]

class Reading:
    """A graph while it is read.

    constants  the arrays that depend on no input, by name
    flows      the values that do
    users      the operators that take a value
    numbers    (layer, name of a parameter or buffer, its rows), for when the network is built
    shared     the layers by what they are made of: the same constants again are the same layer
    """

    def __init__(self, onnx: Any, model: Any, readers: dict[str, Reader]) -> None:
        """Raises FileError for what refnet cannot say."""
        self.onnx, self.graph, self.readers = onnx, model.graph, readers
        self.opset = next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 0)
        if self.opset < OLDEST:
            raise FileError(f"opset {self.opset}; read are {OLDEST} and later: onnx.version_converter converts it")
        self.constants = {each.name: numbers_of(onnx, each) for each in self.graph.initializer}
        self.flows: dict[str, Flow] = {}
        self.numbers: list[tuple[Layer, str, Table]] = []
        self.shared: dict[Any, Layer] = {}
        given = [each for each in self.graph.input if each.name not in self.constants]
        kinds = {onnx.TensorProto.DataType.Name(each.type.tensor_type.elem_type) for each in given}
        if len(kinds) != 1 or not kinds <= set(NUMBERS):
            raise FileError(f"inputs of {', '.join(sorted(kinds)) or 'no type'}; read are those of one type, "
                            f"{' or '.join(NUMBERS)}")
        self.number = NUMBERS[kinds.pop()]
        self.dtype = "float32" if self.number == "binary32" else "float64"
        self.inputs = [self._input(each) for each in given]
        operators = [Operator(onnx, node) for node in self.graph.node]
        operators = [each for each in operators if not self._is_folded(each)]
        self.users: dict[str, list[Operator]] = {}
        for operator in operators:
            for name in operator.inputs:
                self.users.setdefault(name, []).append(operator)
        self.results = [each.name for each in self.graph.output]
        for operator in operators:
            if operator.outputs[0] not in self.flows:  # else it was the second half of another
                self._read(operator)

    def network(self, backend: Any) -> Network:
        """The network. Raises FileError if the layers do not fit each other."""
        for name in self.results:
            if name not in self.flows:
                raise FileError(f"output {name!r}: it does not depend on the inputs")
        ends = [self.flows[name].node for name in self.results]
        with files.in_place("graph"):
            ends = [layers.Linear()(end) if isinstance(end, layers.Input) else end for end in ends]
            network = Network(ends, backend, inputs=self.inputs, number=self.number)
        standing = state.standing(network)
        for layer, name, rows in self.numbers:
            owner = (layer.original or layer) if name in layer.parameters else layer
            network.k.assign(standing[f"{owner.name}.{name}"], rows)
        return network

    # --- What readers ask for ---

    def flow(self, at: Operator, place: int = 0) -> Flow:
        """An operand that depends on the inputs, row by row. Raises FileError if it is a constant, or no rows."""
        name = at.inputs[place]
        if name not in self.flows:
            raise at.refused(f"operand {name!r}; refnet needs one there that depends on the inputs")
        if len(self.flows[name].shape) != 1:
            raise at.refused(f"operand {name!r} has rows of shape {self.flows[name].shape}; read are rows of numbers")
        return self.flows[name]

    def constant(self, at: Operator, place: int) -> Any:
        """An operand that is constant, as an array of finite numbers."""
        name = at.inputs[place]
        if name not in self.constants:
            raise at.refused(f"operand {name!r}; refnet needs a constant there")
        array = self.constants[name]
        if array.dtype.kind == "f" and not (abs(array) < float("inf")).all():
            raise at.refused(f"operand {name!r} has NaN or infinity; read are finite numbers")
        if array.dtype.kind == "f" and at.kind != "Dropout" and array.dtype != self.dtype:
            raise at.refused(f"operand {name!r} is {array.dtype}; the model computes in {self.dtype}")
        return array

    def vector(self, at: Operator, place: int, units: int) -> list[float]:
        """A constant operand as a number for each unit."""
        array = self.constant(at, place)
        if array.ndim > 2 or array.shape[:-1] not in ((), (1,)) or array.size not in (1, units):
            raise at.refused(f"operand {at.inputs[place]!r} has shape {array.shape}; read is a number for each of "
                             f"{units} units, or one for all")
        return array.ravel().tolist() * (units // array.size)

    def setting(self, value: float) -> float:
        """A float attribute as a setting: in binary32 the shortest decimal of it, 0.01, else what it is."""
        from numpy import float32

        return float(str(float32(value))) if self.number == "binary32" else value

    def layer(self, at: Operator, key: Any, make: Callable[[], Layer], *parents: Flow, units: int = 0) -> Flow:
        """A layer after these; with a key other than None the same one whenever the key comes again."""
        with files.in_place(at.name):
            layer = make() if key is None else self.shared.get(key) or self.shared.setdefault(key, make())
            return Flow(layer(*(parent.node for parent in parents)), (units or parents[0].units,))

    def note(self, flow: Flow, **rows: Table) -> Flow:
        """Keep the numbers of the layer that makes this value, for when the network is built."""
        layer: Any = getattr(flow.node, "layer", flow.node)
        self.numbers += [(layer, name, table) for name, table in rows.items()]
        return flow

    def next_one(self, at: Operator, kind: str) -> Union[Operator, None]:
        """The operator of this kind that takes the result with a constant, if nothing else takes it."""
        users = self.users.get(at.outputs[0], [])
        if len(users) != 1 or at.outputs[0] in self.results or users[0].kind != kind:
            return None
        return users[0] if any(name in self.constants for name in users[0].inputs) else None

    # --- Inside ---

    def _input(self, given: Any) -> layers.Input:
        sizes = [each.dim_value for each in given.type.tensor_type.shape.dim]
        if len(sizes) < 2 or min(sizes[1:]) < 1:
            shape = ", ".join(str(size or "?") for size in sizes)
            raise FileError(f"input {given.name!r}: shape ({shape}); read are rows of a known number of columns")
        units = 1
        for size in sizes[1:]:
            units *= size
        made = layers.Input(units)
        self.flows[given.name] = Flow(made, tuple(sizes[1:]))
        return made

    def _is_folded(self, at: Operator) -> bool:
        """Whether it depends on constants alone; its results are constants then."""
        if at.kind != "Constant" and not (at.inputs and all(n in self.constants for n in at.inputs if n)):
            return False
        try:
            one = self.onnx.reference.ReferenceEvaluator(at.node, opsets={"": self.opset})
            found = one.run(None, {name: self.constants[name] for name in at.inputs if name})
        except Exception as error:  # whatever the evaluator of this operator raises
            raise at.refused(f"it cannot be computed: {error}") from error
        self.constants.update((name, each) for name, each in zip(at.outputs, found) if hasattr(each, "dtype"))
        return True

    def _read(self, at: Operator) -> None:
        if at.kind not in self.readers:
            raise at.refused(f"refnet has no layer for this operator; read are {', '.join(sorted(self.readers))}")
        for name in at.inputs:
            if name and name not in self.flows and name not in self.constants:
                raise at.refused(f"operand {name!r} is a result that refnet does not have")
        flow = self.readers[at.kind](self, at)
        if at.attributes:
            raise at.refused(f"the attribute {next(iter(at.attributes))!r} is not known")
        self.flows[at.outputs[0]] = flow


def numbers_of(onnx: Any, tensor: Any) -> Any:
    """A tensor of a model as an array. Raises FileError if its bytes do not fit its shape."""
    try:
        return onnx.numpy_helper.to_array(tensor)
    except Exception as error:  # of NumPy or of onnx
        raise FileError(f"{tensor.name}: {error}") from error
