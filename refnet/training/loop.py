"""How does a network learn from examples? The loop over epochs, and what is measured between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, NamedTuple, Optional

from refnet import checks
from refnet.arithmetic import environment
from refnet.losses import Loss, checked_objective
from refnet.network.regularisation import check_penalties
from refnet.optimizers import SGD, Optimizer
from refnet.optimizers.schedules import Fixed, Schedule
from refnet.parameters.penalties import as_penalties
from refnet.training.callbacks import as_callbacks
from refnet.training.evaluation import checked_metrics, evaluated
from refnet.training.examples import Examples
from refnet.training.interrupts import Deferred, between_steps
from refnet.training.progress import Plan
from refnet.training.replay import Replay
from refnet.training.steps import StepByStep


class Report(NamedTuple):
    """What `fit` passes to its `report` function, about ten times a second and at the end of each epoch."""

    epoch: int  # the current epoch, counted from 1
    epochs: int  # the last epoch of this call
    row: int  # rows done in this epoch
    rows: int
    loss: float  # mean over the rows so far
    finished: Optional[dict[str, float]]  # at the end of the epoch: its line of the history


def fit(network: Any, inputs: Any, targets: Any, *, loss: Any = None, optimizer: Optional[Optimizer] = None,
        epochs: int = 1, batch_size: int = 32, shuffle: bool = True, seed: Optional[int] = None,
        validation: Any = None, metrics: Any = None, penalty: Any = None, sample_weight: Any = None,
        class_weight: Any = None, callbacks: Any = None, allow_nonfinite: bool = False,
        report: Optional[Callable[[Report], None]] = None) -> dict[str, list[float]]:
    """Train for `epochs` more epochs in minibatches; a smaller last batch is used too.

    inputs       rows of features, (examples, inputs): lists, an array or table of NumPy, pandas, polars or Arrow, or a
                 data.ByteMatrix. Doubles in row order are read where they are: do not change them meanwhile
    targets      rows (examples, outputs), or a flat list: class indices, names of classes (the network keeps them in
                 notes["classes"]), or the targets of a single output
    loss         default: the one used last, else the default_loss for the last layer
    optimizer    default: the one used last, with its state, else SGD(0.01)
    shuffle      a new random order each epoch, from `seed` (default: the network's) and the epoch's number
    validation   (inputs, targets), evaluated after each epoch
    metrics      functions of (targets, outputs) for the validation, such as refnet.metrics.f1
    penalty      on the weights (not biases) of every layer that has none of its own; default: the one used last
    sample_weight, class_weight  factors of a row's loss: a number for each row, {class: number}; the mean still
                 divides by the number of rows
    callbacks    such as EarlyStopping(): see refnet.training.callbacks; default: those used last, with their state
    allow_nonfinite  accept NaN and infinity in the data
    report       called with a Report about ten times a second and at the end of each epoch

    For several inputs or outputs give a list with the rows of each, and as loss MultiTask([…], weights).

    Returns the history, one number per epoch: "loss" (the sum over all rows, divided once as the loss says), "rate",
    and with validation "validation_loss", "validation_accuracy" and the metrics.

    A second call continues epochs, shuffles and the schedule of the rate. Handlers of signals are called between two
    steps. Ctrl-C raises KeyboardInterrupt there; the next call finishes that epoch first (same data, same batch_size).
    Raises TypeError or ValueError before anything has changed; FloatingPointError if the processor rounds otherwise.
    """
    environment.check()
    progress = network.progress
    examples = Examples(network, inputs, targets, finite=not allow_nonfinite)
    examples.weigh(sample_weight, class_weight)
    objective = checked_objective(network, loss, examples.targets)
    checks.count("epochs", epochs)
    size = checks.count("batch_size", batch_size)
    checks.choice("shuffle", shuffle, [True, False])
    seed = network.seed if seed is None else checks.count("seed", seed, least=None)
    metrics = checked_metrics(network, metrics, validation)
    if validation is not None:
        validation = _checked_validation(network, validation, objective, allow_nonfinite)
    penalties = network.penalties if penalty is None else as_penalties(penalty)
    check_penalties(network, penalties)
    callbacks = network.callbacks if callbacks is None else as_callbacks(callbacks)
    if optimizer is None:
        optimizer = network.optimizer or SGD()
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer: {optimizer!r}; allowed: optimizers such as SGD(0.1)")
    if report is not None and not callable(report):
        raise TypeError(f"report: {report!r}; expected a function that takes a Report")
    _check_rates(optimizer, progress.epoch, epochs)
    plan = Plan(examples.rows, size, shuffle, seed)
    if progress.plan not in (None, plan):
        raise ValueError(
            f"(rows, batch_size, shuffle, seed): {tuple(plan)}; epoch {progress.epoch + 1} was broken off with "
            f"{tuple(progress.plan or ())}; finish it with the same, or give it up: net.abandon_epoch()"
        )
    if network.is_training:
        raise ValueError("fit: this network is being trained already (fit within fit, or in another thread)")
    names = ["loss", "rate"]
    if validation:  # so that a metric that does not fit the data raises now, not after an epoch
        names += [f"validation_{name}" for name in evaluated(network, validation, objective, metrics)]
    # A user's own callback may add other names.
    known = None if any(callback.is_users_own for callback in callbacks) else names
    with _naming(f"the optimizer's {type(optimizer.schedule).__name__}"):
        optimizer.schedule.check(known)
    of_last_fit = " of the last fit; callbacks=[] for none" if callbacks is network.callbacks else ""
    for callback in callbacks:
        with _naming(f"{type(callback).__name__}{of_last_fit}"):
            callback.check_place(network)
            callback.check(network, known)
    optimizer.check_free(network)
    with between_steps() as signals, network.training():
        for callback in callbacks:
            callback.network = network if callback.state else None
        optimizer.attach(network)
        network.objective = objective
        if examples.targets[0].names:
            network.notes["classes"] = examples.targets[0].names
        network.penalties, network.callbacks = penalties, callbacks
        take = examples.on(network.k)
        return _run(network, plan, take, progress.epoch + epochs, validation, metrics, report, signals)


def _check_rates(optimizer: Optimizer, first: int, epochs: int) -> None:
    """Raise TypeError or ValueError if an epoch has no rate. A user's own schedule is asked for the first one only."""
    schedule = optimizer.schedule
    is_known = type(schedule) is not Fixed and not schedule.state and not schedule.is_users_own
    for epoch in range(first, first + epochs if is_known else first + 1):
        try:
            optimizer.rate(epoch)
        except ValueError as error:
            if epoch == first:
                raise
            name = type(schedule).__name__
            raise ValueError(f"{error}; {name} ends before the {epochs} epochs asked for do") from None


@contextmanager
def _naming(which: str) -> Iterator[None]:
    """Add to a ValueError which object it is about."""
    try:
        yield
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        raise ValueError(f"{error} (of {which})") from None


def _run(network: Any, plan: Plan, take: Callable, last_epoch: int, validation: Any, metrics: list,
         report: Optional[Callable[[Report], None]], signals: Deferred) -> dict[str, list[float]]:
    """The epochs of one `fit`: advance, write the history, report, stop if a callback or a signal's handler does."""
    progress = network.progress
    history: dict[str, list[float]] = {}
    divisor = network.objective.divisor(plan.rows, network.output_units[0])
    running: Any = (Replay if getattr(network.k, "records", False) else StepByStep)(network, plan, take)
    observes = type(network.optimizer.schedule).observe is not Schedule.observe
    is_watched = report is not None or bool(network.callbacks) or observes  # something happens between epochs
    while progress.epoch < last_epoch:
        try:
            finished = running.advance(_next_stop(network, last_epoch, validation or is_watched), signals.have_arrived)
        finally:
            progress.plan = plan if progress.position else None
        network.passes.forget()  # a replay in C keeps no activations, so neither backend shows any
        epochs = range(progress.epoch - len(finished), progress.epoch)
        lines = {
            "loss": [loss_sum / divisor for loss_sum in finished],
            "rate": [network.optimizer.schedule(epoch) for epoch in epochs],
        }
        if finished and validation is not None:
            results = evaluated(network, validation, network.objective, metrics)
            lines.update({f"validation_{name}": [value] for name, value in results.items()})
        for name, values in lines.items():
            history.setdefault(name, []).extend(values)
        is_over = is_watched and _between_epochs(network, lines, epochs, last_epoch, plan, report)
        signals.deliver()
        if is_over:
            break
    return history


def _between_epochs(network: Any, lines: dict[str, list[float]], epochs: range, last_epoch: int, plan: Plan,
                    report: Optional[Callable[[Report], None]]) -> bool:
    """Tell the schedule, the callbacks and report about these epochs. Returns whether a callback ends the training."""
    progress, is_over = network.progress, False
    for i, epoch in enumerate(epochs):
        line = {name: values[i] for name, values in lines.items()}
        network.optimizer.schedule.observe(line)
        for callback in sorted(network.callbacks, key=lambda each: each.comes_last):
            is_over = bool(callback.epoch_end(network, line)) or is_over
        if report:
            report(Report(epoch + 1, last_epoch, plan.rows, plan.rows, line["loss"], line))
    if report and progress.position:
        mean = progress.loss_sum / progress.position
        report(Report(progress.epoch + 1, last_epoch, progress.position, plan.rows, mean, None))
    if not isinstance(network.optimizer, Optimizer):
        raise TypeError(f"optimizer: {network.optimizer!r}, set by report; allowed: optimizers")
    network.optimizer.attach(network)  # report may have set another one, which has no matrices yet
    return is_over


def _next_stop(network: Any, last_epoch: int, is_watched: Any) -> int:
    """The epoch up to which C may run in one call: the next one if is_watched, else the next start of a penalty."""
    epoch = network.progress.epoch
    if is_watched:
        return epoch + 1
    penalties = [*network.penalties, *(p for parameter in network.parameters.values() for p in parameter.penalties)]
    return min([last_epoch, *(penalty.start for penalty in penalties if penalty.start > epoch)])


def _checked_validation(network: Any, validation: Any, objective: Loss, allow_nonfinite: bool) -> Examples:
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"validation: {type(validation).__name__}; expected (inputs, targets)")
    examples = Examples(network, validation[0], validation[1], finite=not allow_nonfinite, name="validation ")
    checked_objective(network, objective, examples.targets)
    return examples
