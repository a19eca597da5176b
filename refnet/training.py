"""How does a network learn from examples? The loop over epochs and minibatches, and what is measured around it."""

from __future__ import annotations

import math
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, NamedTuple, Optional

from refnet import checks
from refnet.data import ByteMatrix
from refnet.epochs import Plan, Replay, StepByStep
from refnet.kernels.native import NativeKernels
from refnet.losses import Loss, checked_objective
from refnet.optimizers import SGD, Optimizer
from refnet.penalties import as_penalties


class Report(NamedTuple):
    """What `fit` tells its `report` function, some ten times a second and at the end of each epoch."""

    epoch: int  # the epoch under way, from 1
    epochs: int  # the last one of this call
    row: int
    rows: int
    loss: float  # mean over the rows so far
    finished: Optional[dict[str, float]]  # at the end of the epoch: its line of the history


def fit(network: Any, inputs: Any, targets: Any, *, loss: Optional[Loss] = None, optimizer: Optional[Optimizer] = None,
        epochs: int = 1, batch_size: int = 32, shuffle: bool = True, seed: Optional[int] = None,
        validation: Any = None, penalty: Any = None, allow_nonfinite: bool = False,
        report: Optional[Callable[[Report], None]] = None) -> dict[str, list[float]]:
    """Train for `epochs` more epochs of minibatches; the last, smaller batch is used too.

    inputs       rows of features, (examples, inputs): lists, a NumPy array, or a data.ByteMatrix
    targets      rows (examples, outputs), or a flat list: class indices, or the targets of a single output
    loss         default: what was used last, else what belongs with the last layer (default_loss)
    optimizer    default: the one used last, with its state, else SGD(0.01)
    shuffle      a new random order each epoch, from `seed` (default: the network's) and the epoch's number
    validation   (inputs, targets), evaluated after each epoch
    penalty      on the weights (not biases) of every layer without its own; default: what was used last
    allow_nonfinite  let NaN and infinity in the data through

    Returns the history: "loss" (the sum of the batches' losses, undivided, over the examples), "rate", and with
    validation "validation_loss" and "validation_accuracy"; a number an epoch.

    A second call goes on counting: epochs, shuffles and the rate's schedule continue. Ctrl-C stops at the end of the
    step under way and raises KeyboardInterrupt; the next call finishes that epoch first (same data, same batch_size).
    Raises TypeError or ValueError before anything has changed.
    """
    k, progress = network.k, network.progress
    x_rows = checks.rows("inputs", inputs, network.inputs, finite=not allow_nonfinite)
    examples = len(x_rows)
    y_rows, are_classes = checks.targets("targets", targets, examples, network.outputs, finite=not allow_nonfinite)
    objective = checked_objective(network, loss, y_rows, are_classes)
    checks.count("epochs", epochs)
    size = checks.count("batch_size", batch_size)
    checks.choice("shuffle", shuffle, [True, False])
    seed = network.seed if seed is None else checks.count("seed", seed, least=0)
    if validation is not None:
        validation = _check_validation(network, validation, objective, allow_nonfinite)
    penalties = network.penalties if penalty is None else as_penalties(penalty)
    if optimizer is None:
        optimizer = network.optimizer or SGD()
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer: {optimizer!r}; allowed are optimizers such as SGD(0.1)")
    if report is not None and not callable(report):
        raise TypeError(f"report: {report!r}; expected a function that takes a Report")
    optimizer.rate(progress.epoch)
    plan = Plan(examples, size, shuffle, seed)
    if progress.plan not in (None, plan):
        raise ValueError(
            f"(rows, batch_size, shuffle, seed): {tuple(plan)}; epoch {progress.epoch + 1} was broken off with "
            f"{tuple(progress.plan or ())} and has to be finished with the same"
        )
    if network.is_training:
        raise ValueError("fit: this network is being trained already (fit within fit, or in another thread)")
    optimizer.attach(network)
    network.set_objective(objective)
    network.penalties = penalties
    network.is_training = True
    try:
        return _run(network, plan, source(k, x_rows), target_source(k, y_rows, are_classes, network.outputs),
                    progress.epoch + epochs, validation, report)
    finally:
        network.is_training = False
        network.forget()


def _run(network: Any, plan: Plan, take_inputs: Any, take_targets: Any, last_epoch: int, validation: Any,
         report: Optional[Callable[[Report], None]]) -> dict[str, list[float]]:
    """The epochs of one `fit`: advance, write the history, report, stop where Ctrl-C was pressed."""
    progress = network.progress
    history: dict[str, list[float]] = {}
    divisor = network.objective.divisor(plan.rows, network.outputs)
    # What has to happen between two epochs: without anything, C may run several in one call.
    by_epoch = validation is not None or report is not None

    def engine() -> Any:
        if isinstance(network.k, NativeKernels):
            return Replay(network, plan, take_inputs, take_targets)
        return StepByStep(network, plan, take_inputs, take_targets)

    running = engine()
    with _interrupt_at_step() as interrupted:
        while progress.epoch < last_epoch:
            try:
                finished = running.advance(progress.epoch + 1 if by_epoch else last_epoch, interrupted)
            finally:
                progress.plan = plan if progress.position else None
            if running.unfit:
                reason, running = running.unfit, StepByStep(network, plan, take_inputs, take_targets)
                warnings.warn(f"fit: this network is trained step by step, not replayed in C: {reason}", stacklevel=4)
            epochs = range(progress.epoch - len(finished), progress.epoch)
            lines = {
                "loss": [loss_sum / divisor for loss_sum in finished],
                "rate": [network.optimizer.schedule(epoch) for epoch in epochs],
            }
            if finished and validation is not None:
                results = evaluate(network, *validation)
                lines.update({f"validation_{name}": [value] for name, value in results.items()})
            for name, values in lines.items():
                history.setdefault(name, []).extend(values)
            if report:
                before = _standing(network)
                for i, epoch in enumerate(epochs):
                    line = {name: values[i] for name, values in lines.items()}
                    report(Report(epoch + 1, last_epoch, plan.rows, plan.rows, line["loss"], line))
                if progress.position:
                    mean = progress.loss_sum / progress.position
                    report(Report(progress.epoch + 1, last_epoch, progress.position, plan.rows, mean, None))
                if not isinstance(network.optimizer, Optimizer):
                    raise TypeError(f"optimizer: {network.optimizer!r}, set by report; allowed are optimizers")
                network.optimizer.attach(network)  # one that report has put in its place has no matrices yet
                if _differ(before, _standing(network)):  # report has changed what was recorded
                    running = engine()
            if interrupted():
                raise KeyboardInterrupt
    return history


def _standing(network: Any) -> tuple[list[Any], list[Any]]:
    """What a recorded step relies on: settings by their values, and the matrices themselves."""
    return network.settings(), [kept[name] for kept, name in network.persistent(gradients=False)]


def _differ(a: tuple[list[Any], list[Any]], b: tuple[list[Any], list[Any]]) -> bool:
    return a[0] != b[0] or len(a[1]) != len(b[1]) or any(p is not q for p, q in zip(a[1], b[1]))


def predict(network: Any, inputs: Any, batch_size: int = 256) -> list[list[float]]:
    """The outputs for any number of rows. A row's output does not depend on the batch it is computed in."""
    rows = checks.rows("inputs", inputs, network.inputs)
    outputs: list[list[float]] = []
    for _, x in _batches(network.k, rows, checks.count("batch_size", batch_size)):
        outputs.extend(network.k.tolist(network.forward_matrix(x)))
    return outputs


def evaluate(network: Any, inputs: Any, targets: Any, loss: Optional[Loss] = None) -> dict[str, float]:
    """The mean loss (without penalties) and, for a classification, the accuracy.

    A classification has class indices as targets or a cross-entropy as its loss. A row counts as right when its
    largest output is its target's largest; with a single output, when both are on the same side of ½.
    """
    k = network.k
    rows = checks.rows("inputs", inputs, network.inputs)
    y_rows, are_classes = checks.targets("targets", targets, len(rows), network.outputs)
    objective = checked_objective(network, loss, y_rows, are_classes)
    take_targets = target_source(k, y_rows, are_classes, network.outputs)
    is_classification = are_classes or objective.is_classification
    losses: list[list[float]] = []
    right = 0
    before = network.objective
    network.set_objective(objective)
    try:
        for batch, x in _batches(k, rows, 256):
            outputs, y = network.forward_matrix(x), take_targets(batch)
            losses.extend(k.tolist(network.row_losses(y)))
            if is_classification:
                right += _decided_right(k, outputs, y)
    finally:
        network.objective = before
    total = k.tolist(k.column_sums(k.matrix(losses)))[0][0]
    results = {"loss": total / objective.divisor(len(rows), network.outputs)}
    if is_classification:
        results["accuracy"] = right / len(rows)
    return results


def gradient_check(network: Any, inputs: Any, targets: Any, loss: Optional[Loss] = None, epsilon: float = 1e-5,
                   training: bool = False) -> float:
    """How far backpropagation is from the two-sided difference (lecture 001, "Gradient Checking"):

    dθ_approx = (J(θ_i + ε) − J(θ_i − ε)) / 2ε,  diff = ‖dθ_approx − dθ‖₂ / (‖dθ_approx‖₂ + ‖dθ‖₂)

    Below 1e-6 is right; above 1e-3 is a mistake in a formula. Two evaluations a parameter: for small networks.
    training=True checks the forward pass of a training step, with its dropout and noise; it consumes no random number.
    Raises ValueError where every gradient is zero and there is nothing to compare.
    """
    epsilon = checks.number("epsilon", epsilon, above=0)
    checks.choice("training", training, [False, True])
    network.forward(inputs, training)
    network.loss(targets, loss)
    network.backward()
    apart = approximate = exact = 0.0
    for parameter in network.parameters.values():
        table = network.k.tolist(parameter.value)
        for i, gradients in enumerate(network.k.tolist(parameter.gradient)):
            for j, gradient in enumerate(gradients):
                costs = []
                try:
                    for shifted in (table[i][j] + epsilon, table[i][j] - epsilon):
                        row = [*table[i][:j], shifted, *table[i][j + 1 :]]
                        network.k.assign(parameter.value, [*table[:i], row, *table[i + 1 :]])
                        network.forward(inputs, training)
                        costs.append(network.loss(targets, loss))
                finally:
                    network.k.assign(parameter.value, table)
                estimate = (costs[0] - costs[1]) / (2.0 * epsilon)
                apart += (estimate - gradient) * (estimate - gradient)
                approximate += estimate * estimate
                exact += gradient * gradient
    if approximate == 0.0 and exact == 0.0:
        raise ValueError("gradient_check: every gradient is zero; nothing to compare (other weights?)")
    return math.sqrt(apart) / (math.sqrt(approximate) + math.sqrt(exact))


def source(k: Any, rows: checks.Rows) -> Callable[[Any], Any]:
    """A function from a minibatch's row numbers (1×m) to its rows; bytes stay bytes until then."""
    if isinstance(rows, ByteMatrix):
        return lambda batch: k.take_byte_rows(rows, batch)
    data = k.matrix(rows)
    return lambda batch: k.take_rows(data, batch)


def target_source(k: Any, rows: list[list[float]], are_classes: bool, units: int) -> Callable[[Any], Any]:
    """The same for targets; class indices become one-hot rows."""
    take = source(k, rows)
    return (lambda batch: k.one_hot(take(batch), units)) if are_classes else take


def _batches(k: Any, rows: checks.Rows, size: int) -> Iterator[tuple[Any, Any]]:
    """(row numbers, rows) of one batch after another, in order."""
    take = source(k, rows)
    for start in range(0, len(rows), size):
        batch = k.matrix([[float(i) for i in range(start, min(start + size, len(rows)))]])
        yield batch, take(batch)


def _decided_right(k: Any, outputs: Any, y: Any) -> int:
    if k.shape(y)[1] == 1:
        return len([1 for (o,), (t,) in zip(k.tolist(outputs), k.tolist(y)) if (o >= 0.5) == (t >= 0.5)])
    decided, wanted = k.tolist(k.row_argmax(outputs)), k.tolist(k.row_argmax(y))
    return len([1 for o, t in zip(decided, wanted) if o == t])


def _check_validation(network: Any, validation: Any, objective: Loss, allow_nonfinite: bool) -> tuple[Any, Any]:
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"validation: {type(validation).__name__}; expected (inputs, targets)")
    rows = checks.rows("validation inputs", validation[0], network.inputs, finite=not allow_nonfinite)
    y_rows, are_classes = checks.targets(
        "validation targets", validation[1], len(rows), network.outputs, finite=not allow_nonfinite
    )
    checked_objective(network, objective, y_rows, are_classes)
    return rows, validation[1]


@contextmanager
def _interrupt_at_step() -> Iterator[Callable[[], bool]]:
    """Ctrl-C only leaves a note while training is under way, to be looked at between two steps.

    Python lets nobody but the main thread do this, and Ctrl-C arrives nowhere else; who ignores it goes on doing so.
    """
    pressed: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield lambda: False
        return
    signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
