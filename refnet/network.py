"""How do layers become a network? Wired in a row, forward one way, backward the other.

A training step is forward, loss, backward, update:

    net.forward(x, training=True)
    value = net.loss(y, HalfSquaredError())
    net.backward()
    optimizer.update(net)

`fit` is that loop over minibatches (refnet.training). Lists go in and lists come out, on either backend.
"""

from __future__ import annotations

import copy
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Optional

from refnet import checks
from refnet.arithmetic import CONTRACT
from refnet.arithmetic.random import INITIALIZE_STREAM, LAYER_STREAM, stream_key
from refnet.data import ByteMatrix
from refnet.kernels import choose, reference
from refnet.kernels.checked import Checked
from refnet.kernels.plan import Traced
from refnet.layers import Input, Layer, Parameter
from refnet.losses import Loss, checked_objective

if TYPE_CHECKING:
    from refnet.epochs import Plan


class Progress:
    """Where training stands: all that the next step depends on, besides weights and the optimizer's state.

    epoch      epochs completed
    step       training steps completed
    position   rows of the current epoch already used (0 between epochs)
    loss_sum   the sum of those rows' losses
    plan       the Plan (rows, batch_size, shuffle, seed) of the epoch that was broken off, None between epochs
    """

    def __init__(self) -> None:
        self.epoch = 0
        self.step = 0
        self.position = 0
        self.loss_sum = 0.0
        self.plan: Optional[Plan] = None


class Network:
    """Layers in a row, from Input to output.

    layers    a list that starts with Input(features)
    backend   "python", "c" or "auto" (C where it is built), or an object with the kernels
    seed      a whole number; it fixes the initial weights and every shuffle

    notes     a dict of the user's own (class names, say) that a saved file keeps

    Two networks may be used in two Python threads at once; one network, by one thread at a time.
    """

    def __init__(self, layers: Sequence[Layer], backend: Any = "auto", seed: int = 0) -> None:
        """Raises TypeError or ValueError for what is no layer, a first layer that is not Input, a layer used twice."""
        _check_layers(layers)
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise TypeError(f"seed: {seed!r}; allowed are whole numbers")
        self.k = choose(backend)
        self.seed = seed
        self.layers = list(layers)
        try:
            self._build()
        except BaseException:
            for layer in self.layers:  # free for another network again
                layer.name = ""
            raise
        self.parameters: dict[str, Parameter] = {
            f"{layer.name}.{name}": parameter
            for layer in self.layers
            for name, parameter in layer.parameters.items()
        }
        self.objective: Optional[Loss] = None
        self.optimizer: Any = None
        self.optimizers: list[Any] = []  # all it has had: their state moves with it
        self.is_training = False
        self.penalties: tuple = ()
        self.notes: dict[str, Any] = {}
        self.progress = Progress()
        self._targets: Any = None

    # --- shape and description ---

    @property
    def inputs(self) -> int:
        """Numbers in a row of inputs."""
        return self.layers[0].units

    @property
    def outputs(self) -> int:
        """Numbers in a row of outputs."""
        return self.layers[-1].units

    @property
    def backend(self) -> str:
        """The name of the backend: "python" or "c"."""
        return self.k.name

    @property
    def epoch(self) -> int:
        """Epochs of training completed, over all calls of fit."""
        return self.progress.epoch

    def __repr__(self) -> str:
        chain = " → ".join(f"{layer.name}({layer.units})" for layer in self.layers)
        numbers = 0
        for parameter in self.parameters.values():
            rows, columns = self.k.shape(parameter.value)
            numbers += rows * columns
        return f"Network({chain}; {numbers:,} parameters, backend {self.backend!r})"

    # --- weights ---

    @property
    def weights(self) -> list:
        """The weight matrices of the layers that have one, weights[layer][unit][input]; assign the same shape."""
        return [self._get(name) for name in self._named("weights")]

    @weights.setter
    def weights(self, values: Any) -> None:
        self._set_all("weights", values)

    @property
    def biases(self) -> list:
        """The biases of the layers that have them, biases[layer][unit]; assign the same shape."""
        return [self._get(name) for name in self._named("bias")]

    @biases.setter
    def biases(self, values: Any) -> None:
        self._set_all("bias", values)

    @property
    def gradients(self) -> dict[str, list]:
        """The gradients of the last backward pass by name, "dense1.weights" → rows, "dense1.bias" → numbers."""
        return {
            name: self._as_seen(parameter, parameter.gradient)
            for name, parameter in self.parameters.items()
            if parameter.gradient is not None
        }

    def get(self, name: str) -> list:
        """The numbers of one parameter, net.get("dense1.bias"). Raises KeyError for a name it does not have."""
        self._check_name(name)
        return self._get(name)

    def set(self, name: str, values: Any) -> None:
        """Copy numbers into one parameter. Raises KeyError, ValueError for another shape."""
        self._check_name(name)
        self._write({name: self._checked(name, values)})

    def fingerprint(self) -> str:
        """SHA-256 of the contract's version and every parameter's bits, in order: one number to compare."""
        import hashlib

        digest = hashlib.sha256(f"refnet contract {CONTRACT}\n".encode())
        for name, parameter in self.parameters.items():
            rows = self.k.tolist(parameter.value)
            digest.update(f"{name} {len(rows)} {len(rows[0])}\n".encode())
            for row in rows:  # every NaN is one NaN: its sign and payload are not part of the contract
                digest.update(struct.pack(f"<{len(row)}d", *(v if v == v else float("nan") for v in row)))
        return digest.hexdigest()

    # --- forward, loss, backward ---

    def forward(self, inputs: Any, training: bool = False) -> list[list[float]]:
        """The outputs for rows of inputs: (rows, inputs) → (rows, outputs). NaN and infinity pass through."""
        return self.k.tolist(self.forward_matrix(self._matrix(checks.rows("inputs", inputs, self.inputs)), training))

    def loss(self, targets: Any, loss: Optional[Loss] = None) -> float:
        """The loss of the last forward pass, penalties included; `backward` then starts from it.

        targets: (rows, outputs), or a flat list (class indices, or the targets of a single output).
        """
        rows = self.k.shape(self._output())[0]
        values, are_classes = checks.targets("targets", targets, rows, self.outputs)
        objective = checked_objective(self, loss, values, are_classes)
        self.set_objective(objective)
        y = self.k.one_hot(self.k.matrix(values), self.outputs) if are_classes else self.k.matrix(values)
        total = self.k.tolist(self.loss_matrix(y))[0][0] / objective.divisor(rows, self.outputs)
        return self.penalty_cost(total)

    def backward(self, gradient: Any = None, input_gradient: bool = False) -> Optional[list[list[float]]]:
        """The gradients of the loss of the last `loss` call, or of whatever has this ∂L/∂output.

        They are in `gradients`; with input_gradient=True ∂L/∂inputs, (rows, inputs), is returned as well.
        """
        if gradient is None:
            if self._targets is None:
                raise ValueError("backward: no loss yet; call net.loss(targets, …) first, or hand in ∂L/∂output")
            d = self.backward_matrix(input_gradient)
        else:
            rows = self.k.shape(self._output())[0]
            table = checks.rows("gradient", gradient, self.outputs)
            if len(table) != rows:
                raise ValueError(f"gradient: {len(table)} rows; the last forward pass had {rows}")
            d = self._backward_through(self.layers, self._matrix(table), input_gradient)
        return self.k.tolist(d) if input_gradient else None

    def forward_matrix(self, x: Any, training: bool = False) -> Any:
        """`forward` on the backend's own matrices."""
        self._targets = None
        for layer in self.layers:
            x = layer.forward(x, training)
        self._last_output = x
        return x

    def loss_matrix(self, y: Any) -> Any:
        """The sum of the batch's losses, 1×1, not yet divided; remembers y for the backward pass."""
        self._targets = y
        return self.k.column_sums(self.row_losses(y))

    def row_losses(self, y: Any) -> Any:
        """The loss of each row of the last forward pass, (rows, 1)."""
        assert self.objective is not None
        if self._is_fused():
            return self.objective.forward_fused(self.layers[-1], y)
        return self.objective.forward(self._last_output, y)

    def backward_matrix(self, input_gradient: bool = False) -> Any:
        """From the loss to every parameter's gradient, penalties added (and on to the inputs, if asked)."""
        assert self.objective is not None
        if self._is_fused():
            d = self.objective.backward_fused(self.layers[-1], self._targets)
            return self._backward_through(self.layers[:-1], d, input_gradient)
        d = self.objective.backward(self._last_output, self._targets)
        return self._backward_through(self.layers, d, input_gradient)

    def penalty_cost(self, loss: float = 0.0) -> float:
        """The loss with the penalties added, one by one in the order of the parameters."""
        for parameter, penalty in self._penalties():
            loss += penalty.cost(self.k, parameter.value)
        for layer in self.layers:
            loss += layer.cost()
        return loss

    def _backward_through(self, layers: Sequence[Layer], d: Any, input_gradient: bool) -> Any:
        first = 0 if input_gradient else next((i for i, layer in enumerate(layers) if layer.parameters), len(layers))
        for i in range(len(layers) - 1, first - 1, -1):
            d = layers[i].backward(d, i > first or input_gradient)  # stops when all parameters have theirs
        for parameter, penalty in self._penalties():
            parameter.gradient = penalty.gradient(self.k, parameter.gradient, parameter.value)
        return d

    def _penalties(self) -> Iterator[tuple[Parameter, Any]]:
        """Each parameter with each of its penalties: its layer's own, else the network's, and none on biases."""
        for parameter in self.parameters.values():
            if not parameter.is_row:
                for penalty in parameter.penalties or self.penalties:
                    yield parameter, penalty

    def set_objective(self, loss: Loss) -> None:
        """Make this the network's loss (a copy of it that runs on the network's backend)."""
        self.objective = copy.copy(loss)
        self.objective.k = _kernels_for(loss, self.k)

    def _is_fused(self) -> bool:
        objective, last = self.objective, self.layers[-1]
        return objective is not None and objective.fused and type(last) is objective.fused_with

    # --- training and using ---

    def fit(self, inputs: Any, targets: Any, **settings: Any) -> dict[str, list[float]]:
        """Train; see refnet.training.fit for its arguments, all by name: loss, optimizer, epochs, batch_size, …"""
        from refnet import training  # the room above: this is a door, not a floor

        return training.fit(self, inputs, targets, **settings)

    def predict(self, inputs: Any, batch_size: int = 256) -> list[list[float]]:
        """The outputs for any number of rows, worked through batch by batch (which changes no bit)."""
        from refnet import training  # the room above: this is a door, not a floor

        return training.predict(self, inputs, batch_size)

    def evaluate(self, inputs: Any, targets: Any, loss: Optional[Loss] = None) -> dict[str, float]:
        """{"loss": …} and, for classes, "accuracy"; see refnet.training.evaluate."""
        from refnet import training  # the room above: this is a door, not a floor

        return training.evaluate(self, inputs, targets, loss)

    def save(self, path: Any) -> None:
        """Write the network to a file from which refnet.load continues bit for bit; see refnet.files.save."""
        from refnet.files import save

        save(self, path)

    def to(self, backend: Any) -> Network:
        """Move the network, its optimizer's state included, to another backend; no bit changes. Returns it."""
        new, old = choose(backend), self.k
        if new is old:
            return self
        if self.is_training:
            raise ValueError("to: the network is being trained; move it before or after fit")
        self.map_matrices(lambda matrix: new.matrix(old.tolist(matrix)))
        self.forget()
        self.k = new
        for layer in self.layers:
            layer.k = _kernels_for(layer, new)
        if self.objective is not None:
            self.objective.k = _kernels_for(self.objective, new)
        return self

    def persistent(self, gradients: bool = True) -> Iterator[tuple[dict, str]]:
        """Where each matrix is kept that outlives a step (a dict and its key): parameters, buffers, optimizers."""
        for parameter in self.parameters.values():
            yield parameter.__dict__, "value"
            if gradients and parameter.gradient is not None:
                yield parameter.__dict__, "gradient"
        for layer in self.layers:
            for name in layer.buffers:
                yield layer.buffers, name
        for optimizer in self.optimizers:
            yield optimizer.__dict__, "rate_matrix"
            for matrices in optimizer.state.values():
                for name in matrices:
                    yield matrices, name

    def map_matrices(self, convert: Callable[[Any], Any]) -> None:
        """Replace every matrix that outlives a step by convert(it): all of them, or none where it raises."""
        places = list(self.persistent())
        converted: dict[int, Any] = {}
        for kept, name in places:
            if id(kept[name]) not in converted:  # two layers may share one
                converted[id(kept[name])] = convert(kept[name])
        for kept, name in places:
            kept[name] = converted[id(kept[name])]

    def forget(self) -> None:
        """Drop the last forward pass: backward needs a new one, and what layers kept of it is out of date."""
        self._targets = None
        self.__dict__.pop("_last_output", None)
        for layer in self.layers:
            for name in [n for n, kept in vars(layer).items() if n in layer.remembers or isinstance(kept, Traced)]:
                delattr(layer, name)

    def settings(self) -> list[Any]:
        """What a training step depends on besides matrices: when it changes, a recorded step is out of date."""
        own = [*self.layers, self.objective, self.optimizer, *self.penalties]
        own += [penalty for parameter in self.parameters.values() for penalty in parameter.penalties]
        plain = [
            {
                name: value
                for name, value in vars(layer).items()
                if isinstance(value, (bool, int, float, str)) and name not in layer.remembers
            }
            for layer in self.layers
        ]
        return [*(_described(one) for one in own), *plain]

    # --- inside ---

    def _build(self) -> None:
        counts: dict[str, int] = {}
        for layer in self.layers:
            kind = type(layer).__name__.lower()
            counts[kind] = counts.get(kind, 0) + 1
            layer.name = kind if kind == "input" else f"{kind}{counts[kind]}"
        keys = (stream_key(self.seed, INITIALIZE_STREAM + i) for i in range(1 << 32))
        units = 0
        for i, layer in enumerate(self.layers):
            layer.key = stream_key(self.seed, LAYER_STREAM + i)
            layer.build(units, _kernels_for(layer, self.k), keys)
            units = layer.units

    def _output(self) -> Any:
        if not hasattr(self, "_last_output"):
            raise ValueError("no forward pass yet on this backend; call net.forward(inputs, training=True) first")
        return self._last_output

    def _matrix(self, rows: checks.Rows) -> Any:
        if isinstance(rows, ByteMatrix):
            everything = self.k.matrix([[float(i) for i in range(rows.rows)]])
            return self.k.take_byte_rows(rows, everything)
        return self.k.matrix(rows)

    def _named(self, kind: str) -> list[str]:
        return [name for name in self.parameters if name.endswith(f".{kind}")]

    def _check_name(self, name: str) -> None:
        if name not in self.parameters:
            raise KeyError(f"{name!r}; the network has {', '.join(self.parameters)}")

    def _as_seen(self, parameter: Parameter, matrix: Any) -> list:
        rows = self.k.tolist(matrix)
        return rows[0] if parameter.is_row else rows

    def _get(self, name: str) -> list:
        return self._as_seen(self.parameters[name], self.parameters[name].value)

    def _checked(self, name: str, values: Any) -> list[list[float]]:
        parameter = self.parameters[name]
        rows, columns = self.k.shape(parameter.value)
        table = checks.rows(name, [values] if parameter.is_row else values, columns)
        if len(table) != rows:
            raise ValueError(f"{name}: {len(table)} rows; expected {rows} rows of {columns} numbers")
        return table  # type: ignore[return-value]

    def _set_all(self, kind: str, values: Any) -> None:
        names = self._named(kind)
        if isinstance(values, (str, bytes)) or not hasattr(values, "__len__") or len(values) != len(names):
            found = f"{len(values)}" if hasattr(values, "__len__") else repr(values)
            raise ValueError(f"{kind}: {found}; expected one for each of {', '.join(names) or 'no layer'}")
        self._write({name: self._checked(name, value) for name, value in zip(names, values)})

    def _write(self, tables: dict[str, list[list[float]]]) -> None:
        for name, table in tables.items():
            self.k.assign(self.parameters[name].value, table)


def _kernels_for(user: Any, k: Any) -> Any:
    """The backend's kernels; for a user's own layer or loss on the reference, those that check what they are given."""
    return Checked(k) if k is reference and not type(user).__module__.startswith("refnet.") else k


def _described(value: Any) -> Any:
    """A copy of a setting that stays as it is when the setting changes: objects by class and settings of their own."""
    if hasattr(value, "settings") and not isinstance(value, type):
        return type(value), [_described(getattr(value, name)) for name in value.settings]
    return copy.deepcopy(value)


def _check_layers(layers: Any) -> None:
    if not isinstance(layers, (list, tuple)) or not layers:
        raise TypeError(f"layers: {layers!r}; expected a list of layers that starts with Input(features)")
    for i, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(f"layers: {layer!r} at {i} is no layer")
        if isinstance(layer, Input) != (i == 0):
            raise ValueError(f"layers: {type(layer).__name__} at {i}; Input(features) comes first and only there")
        if any(layer is other for other in layers[:i]) or layer.name:
            raise ValueError(f"layers: the {type(layer).__name__} at {i} is in use already; make a new one")
