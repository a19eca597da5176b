"""What can be done with a network? Weights in and out, forward, loss, backward; train, use, save.

A training step is forward, loss, backward, update:

    net.forward(x, training=True)
    value = net.loss(y, HalfSquaredError())
    net.backward()
    optimizer.update(net)

`fit` is that loop over minibatches (refnet.training). Lists go in and lists come out, on either backend.
"""

from __future__ import annotations

import copy
import sys
import weakref
from threading import get_ident
from typing import Any, Optional

from refnet import checks, files, training
from refnet.checks.settings import described
from refnet.data import door
from refnet.kernels import choose
from refnet.kernels.choosing import moved_to, number_of
from refnet.kernels.conversion import in_format
from refnet.kernels.observers import kernels_for
from refnet.losses import Loss, checked_objective, objective
from refnet.network import Built, Passes, Phases, Turns, Wiring, access, state, wire
from refnet.network.regularisation import penalties_in_force
from refnet.parameters import Parameter
from refnet.training.examples import check_gradient, check_inputs, check_targets, taken, taken_targets
from refnet.training.progress import Progress


class Network:
    """Layers in a chain, or wired as any directed acyclic graph (refnet.network.wiring).

    layers    a list that starts with Input(features), where "relu" stands for ReLU(); or an output of a graph, which
              calling a layer returns, or a list of outputs
    backend   "python", "c", "auto" (C if it is built), or an object that is a backend (refnet.kernels.choose)
    seed      a whole number that fixes the initial weights, every shuffle, and the draws of dropout and noise
    inputs    for a graph with several Inputs: the order in which their rows are given (default: as they were made)
    number    the number format: "binary64" (the default), "binary32" (these two in C too), "binary16", "bfloat16",
              "Q7.8", a Floating or a Fixed. What comes in is rounded: beyond its largest to ∞, or as Fixed says

    notes     an attribute for the user: a dict (of class names, for example) that saved files keep
    history   an attribute: what the last `fit` has measured, epoch by epoch, also if an error or a signal has ended it

    A network with several inputs or outputs takes and returns, instead of rows, a list with the rows of each.
    Threads use one network in turn: one that predicts makes others wait, one that trains refuses them, and the calls of
    a step by hand have to come from one thread. Copies are independent: copy.deepcopy(net).
    """

    def __init__(self, layers: Any, backend: Any = "auto", seed: int = 0, inputs: Any = None,
                 number: Any = None) -> None:
        """Raises TypeError or ValueError if an element is not a Layer, the first is not an Input, or one is in use."""
        wiring = layers if isinstance(layers, Wiring) else wire(layers, inputs)
        self.seed = checks.count("seed", seed, least=None)
        self.k = choose(backend, number)
        built = Built(wiring, self.k, self.seed)
        self.layers, self.parents, self.input_places, self.output_places = self.wiring = wiring
        self.input_units = [self.layers[i].units for i in self.input_places]
        self.output_units = [self.layers[i].units for i in self.output_places]
        self.parameters, self.owners, self.uses = built.parameters, built.owners, built.uses
        self.passes = Passes(wiring, built.parameters, built.uses)
        self.phases = Phases(self.k, self.layers)
        self.objective: Optional[Loss] = None  # the loss used last
        self.optimizer: Any = None
        self._had: list[Any] = []  # weak references to all its optimizers
        self.callbacks: list[Any] = []
        self.history: dict[str, list[float]] = {}
        self.penalties: tuple = ()
        self.notes: dict[str, Any] = {}
        self.progress = Progress()
        self.turns = Turns()  # the last attribute to be made

    def __setattr__(self, name: str, value: Any) -> None:
        # Other libraries keep private names, and a user's own class may have more.
        setter = getattr(getattr(type(self), name, None), "fset", None)
        is_own = not hasattr(type(self), name) and hasattr(self, name)  # vars(self) would slow all reading down
        if not is_own and not setter and hasattr(self, "turns") and name[0] != "_" and type(self) is Network:
            allowed = "net.weights, net.biases and net.notes; net.set(name, numbers) changes one parameter"
            raise AttributeError(f"net.{name}: a network has no such attribute to assign; allowed: {allowed}")
        object.__setattr__(self, name, value)

    # --- shape and description ---

    @property
    def inputs(self) -> Any:
        """Numbers in a row of inputs; a list if there are several inputs."""
        return self.input_units if len(self.input_units) > 1 else self.input_units[0]

    @property
    def outputs(self) -> Any:
        """Numbers in a row of outputs; a list if there are several outputs."""
        return self.output_units if len(self.output_units) > 1 else self.output_units[0]

    @property
    def backend(self) -> str:
        """The name of the backend: "python" or "c"."""
        return self.k.name

    @property
    def number(self) -> str:
        """The name of the number format that it computes in: "binary64"."""
        return number_of(self.k)

    @property
    def is_training(self) -> bool:
        return self.turns.trained_by is not None

    @property
    def epoch(self) -> int:
        """Epochs of training completed, over all calls of fit."""
        return self.progress.epoch

    def __repr__(self) -> str:
        names = [f"{layer.name}({layer.units})" for layer in self.layers]
        if len(names) > 20:
            names[10:-9] = [f"… {len(names) - 19} more …"]
        is_chain = all(parents == (i - 1,)[:i] for i, parents in enumerate(self.parents))
        chain = " → ".join(names) if is_chain else ", ".join(names)
        numbers = 0
        for parameter in self.parameters.values():
            rows, columns = self.k.shape(parameter.value)
            numbers += rows * columns
        form = "" if self.number == "binary64" else f", number {self.number!r}"
        return f"Network({chain}; {checks.counted(numbers, 'parameter')}, backend {self.backend!r}{form})"

    # --- weights ---

    @property
    def weights(self) -> list:
        """The weight matrices, weights[layer][unit][input], of the layers that have one; assign the same shape."""
        return access.read_all(self, "weights")

    @weights.setter
    def weights(self, values: Any) -> None:
        access.write_all(self, "weights", values)

    @property
    def biases(self) -> list:
        """The biases, biases[layer][unit], of the layers that have them; assign the same shape."""
        return access.read_all(self, "bias")

    @biases.setter
    def biases(self, values: Any) -> None:
        access.write_all(self, "bias", values)

    @property
    def trainable_parameters(self) -> dict[str, Parameter]:
        """Those of `parameters` that training changes: without the frozen ones, parameter.trainable = False."""
        return self.passes.trainable

    @property
    def gradients(self) -> dict[str, list]:
        """The gradients of the last backward pass by name, "dense1.weights" → rows, "dense1.bias" → numbers."""
        return access.gradients(self)

    @property
    def activations(self) -> dict[str, list]:
        """The output of each layer in the last forward pass by the layer's name, (rows, units)."""
        self.passes.rows(self.k)
        return {layer.name: self.k.tolist(o) for layer, o in zip(self.layers, self.passes.values)}

    @property
    def deltas(self) -> dict[str, list]:
        """∂L/∂output of each layer that the last backward pass reached, (rows, units); of a Dense layer this is δ."""
        return {self.layers[i].name: self.k.tolist(d) for i, d in sorted(self.passes.deltas.items())}

    def get(self, name: str) -> list:
        """The numbers of one parameter, net.get("dense1.bias"). Raises KeyError for an unknown name."""
        return access.read(self, name)

    def set(self, name: str, values: Any) -> None:
        """Copy numbers into a parameter. KeyError: an unknown name; ValueError: another shape, NaN in fixed point."""
        access.write(self, {name: values})

    def fingerprint(self) -> str:
        """SHA-256 of the contract's version, the number format and every parameter's bits, in order: of equal networks
        it is the same."""
        return state.fingerprint(self)

    # --- forward, loss, backward ---

    def forward(self, inputs: Any, training: bool = False) -> Any:
        """The outputs for rows of inputs: (rows, inputs) → (rows, outputs). NaN and infinity are allowed.

        Raises TypeError or ValueError if the rows do not fit the network.
        """
        with self.turns.lock:
            if self.turns.trained_by is not None:
                self.turns.check()
            matrices = [taken(self.k, rows) for rows in check_inputs(self, inputs)]
            outputs = [self._like(inputs, o) for o in self.phases.forward(self, matrices, training)]
            return outputs if len(outputs) > 1 else outputs[0]

    def loss(self, targets: Any, loss: Any = None) -> float:
        """The loss of the last forward pass, with penalties. `backward` starts from it.

        targets  (rows, outputs), or a flat list: class indices, or the targets of a single output
        loss     default: the loss used last, else the default for the last layer

        Raises TypeError or ValueError if there was no forward pass, if weights have changed since, or if loss or
        targets do not fit the network.
        """
        with self.turns.lock:
            rows = self.passes.rows(self.k, "loss")
            checked = check_targets(self, targets, rows)
            chosen = checked_objective(self, loss, checked)
            if chosen is not self.objective:
                self.objective = chosen

            def run(*tables: Any) -> Any:
                return self.loss_matrix(taken_targets(self, checked, tables))

            tables = [taken(self.k, each.rows) for each in checked]
            key = None
            if self.phases.records and not chosen.has_own_parts:
                key = (described(chosen), *[each.are_classes for each in checked])
            total = self.k.tolist(self.phases.run("loss", "forward", self, key, run, tables))[0][0]
            total /= chosen.divisor(rows, self.output_units[0])
            return self.penalty_cost(total)

    def losses(self, targets: Any, loss: Any = None) -> Any:
        """The loss of each row of the last forward pass, a flat list; of several outputs a list for each.

        Arguments and errors are those of `loss`, which is their sum, divided as the loss says, plus penalties. Nothing
        is weighted here, and `backward` does not start from it.
        """
        with self.turns.lock:
            checked = check_targets(self, targets, self.passes.rows(self.k, "losses"))
            chosen = checked_objective(self, loss, checked)
            tables = taken_targets(self, checked, [taken(self.k, each.rows) for each in checked])
            found = [self.k.tolist(rows) for _, rows in objective.output_losses(self, chosen, tables)]
            several = [door.like(targets, list, [value for (value,) in rows], self.number) for rows in found]
            return several if len(several) > 1 else several[0]

    def backward(self, gradient: Any = None, input_gradient: bool = False) -> Any:
        """Compute `gradients`, from the last `loss`, or from a gradient ∂L/∂output (rows, outputs) of your own.

        Returns None, or with input_gradient=True ∂L/∂inputs (rows, inputs). Raises ValueError if `loss` or `forward`
        has to be called first, also because weights have changed since, or if the gradient has another shape.
        """
        with self.turns.lock:
            if gradient is None:
                if self.passes.are_stale or self.passes.thread != get_ident():
                    self.passes.check("backward")
                if self.passes.targets is None:
                    raise ValueError("backward: no loss yet; call net.loss(targets, …) first, or give ∂L/∂output")
                d = self.phases.backward(self, "loss", input_gradient,
                                         lambda: self.backward_matrices(input_gradient), [])
            else:
                tables = check_gradient(self, gradient, self.passes.rows(self.k, "backward"))

                def run(*matrices: Any) -> list[Any]:
                    pairs = zip(self.output_places, matrices)
                    arriving = {index: [(len(self.layers), in_format(self.k, matrix))] for index, matrix in pairs}
                    return self._finish_backward(arriving, input_gradient)

                d = self.phases.backward(self, "forward", input_gradient, run, tables)
            if not input_gradient:
                return None
            gradients = [self._like(gradient, each) for each in d]
            return gradients if len(gradients) > 1 else gradients[0]

    def forward_matrices(self, inputs: list[Any], training: bool = False) -> list[Any]:
        """`forward` on the backend's own matrices, one for each input and output."""
        if self.phases.records:
            self.phases.left("forward")
        return self.passes.forward(self.k, inputs, training)

    def loss_matrix(self, targets: list[Any], weights: Any = None) -> Any:
        """The sum of the batch's losses, 1×1, not yet divided; the backward pass starts from it.

        weights (rows, 1): the factor of each row's loss.
        """
        self.passes.targets = targets, weights
        losses = objective.row_losses(self, targets)
        return self.k.column_sums(losses if weights is None else self.k.multiply(losses, weights))

    def backward_matrices(self, input_gradient: bool = False) -> list[Any]:
        """Compute every parameter's gradient, with penalties, from the last loss; returns ∂L/∂inputs if asked."""
        return self._finish_backward(objective.gradients(self, *self.passes.targets), input_gradient)

    def _finish_backward(self, arriving: dict[int, list[tuple[int, Any]]], input_gradient: bool) -> list[Any]:
        d = self.passes.backward(self.k, arriving, input_gradient)
        for parameter, penalty in penalties_in_force(self):
            parameter.gradient = penalty.gradient(kernels_for(penalty, self.k), parameter.gradient, parameter.value)
        return d

    def penalty_cost(self, loss: float = 0.0) -> float:
        """The loss plus the penalties: those on weights in the order of the parameters, then those on activities."""
        for parameter, penalty in penalties_in_force(self):
            loss += penalty.cost(kernels_for(penalty, self.k), parameter.value)
        for layer in self.layers:
            loss += layer.cost()
        return loss

    # --- training and using ---

    def fit(self, inputs: Any, targets: Any, **settings: Any) -> dict[str, list[float]]:
        """Train; see refnet.training.fit for the arguments, given by name: loss, optimizer, epochs, batch_size, …"""
        if sys._getframe(1).f_globals.get("__name__", "").startswith("sklearn."):  # a Pipeline asks for nothing else
            raise TypeError(
                "fit: a Network is no estimator of scikit-learn; RefnetClassifier and RefnetRegressor are (refnet."
                "estimators). Or the Pipeline ends with transformers: net.fit(pipeline.fit_transform(X), y, epochs=…)")
        return training.fit(self, inputs, targets, **settings)

    def predict(self, inputs: Any, batch_size: int = 256) -> Any:
        """The outputs for any number of rows, computed batch by batch: lists, or an array for an array or a table.

        The batch size changes no bit.
        """
        return training.predict(self, inputs, batch_size)

    def predict_class(self, inputs: Any, batch_size: int = 256) -> list[Any]:
        """The class of each row: its name, if `fit` was given names (notes["classes"]), else its index."""
        return training.predict_class(self, inputs, batch_size)

    def evaluate(self, inputs: Any, targets: Any, loss: Any = None, metrics: Any = None,
                 sample_weight: Any = None) -> dict[str, float]:
        """{"loss": …, …}, with "accuracy" for classes, and the metrics; see refnet.training.evaluate."""
        return training.evaluate(self, inputs, targets, loss, metrics, sample_weight)

    def save(self, path: Any) -> None:
        """Write the network to a file; a network loaded from it continues bit for bit. See refnet.save."""
        files.write(self, path)

    def check_savable(self) -> None:
        """Raise FileError if a layer's class is not registered for files."""
        files.check_savable(self)

    # --- moving and copying ---

    def to(self, backend: Any = None, number: Any = None) -> Network:
        """Move to another backend, optimizers included; no bit changes. Returns the network. ValueError in training.

        number  another number format: weights, state and buffers are rounded to it once. It is another network then,
                with another fingerprint, and what was rounded away does not come back.
        """
        with self.turns.lock:
            new, old = moved_to(self.k, backend, number), self.k
            if new is not old:
                if self.is_training:
                    raise ValueError("to: the network is being trained; move it before or after fit")
                state.move_matrices(self, old, new)
                state.run_on(self, new)
            return self

    def __copy__(self) -> Network:
        return copy.deepcopy(self)  # training one of two networks that share layers would change the other

    def __deepcopy__(self, memo: dict[int, Any]) -> Network:
        with self.turns.lock:
            memo[id(self.k)] = self.k  # the copy uses the same backend, also a user's own
            memo[id(self)] = twin = type(self).__new__(type(self))
            twin.__setstate__(copy.deepcopy(self.__getstate__(), memo))
            return twin

    def __getstate__(self) -> dict[str, Any]:
        if self.is_training:
            raise ValueError("copy: the network is being trained; copy it before or after fit")
        return state.packed(self)

    def __setstate__(self, packed: dict[str, Any]) -> None:
        state.unpack(self, packed)
        vars(self).update(passes=Passes(self.wiring, self.parameters, self.uses), phases=None, turns=Turns())
        state.run_on(self, self.k)

    # --- inside ---

    def _like(self, data: Any, matrix: Any) -> Any:
        return door.like(data, self.k.tolist, matrix, self.number)

    def commit(self) -> None:
        """Let layers update statistics and counters, as a training step is done. Optimizers call it."""
        self.passes.commit()

    def forget(self) -> None:
        """Drop the last passes and what layers keep of them: backward needs a new forward pass."""
        self.phases = Phases(self.k, self.layers)
        self.passes.forget()
        state.drop_caches(self.layers)

    @property
    def optimizers(self) -> list[Any]:
        """All optimizers that have worked for the network and still exist: their state moves with it."""
        return [optimizer for optimizer in (reference() for reference in self._had) if optimizer is not None]

    def remember_optimizer(self, optimizer: Any) -> None:
        """Add an optimizer that starts to work for this network."""
        self._had = [weakref.ref(each) for each in self.optimizers if each is not optimizer] + [weakref.ref(optimizer)]

    def abandon_epoch(self) -> None:
        """Give up an interrupted epoch: the next `fit` starts it again, from the present weights."""
        if self.is_training:
            raise ValueError("abandon_epoch: the network is being trained")
        self.progress.position, self.progress.loss_sum, self.progress.plan = 0, 0.0, None
