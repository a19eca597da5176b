"""How does a network learn from examples? The loop over epochs, and what is measured between them."""

from __future__ import annotations

import math
import warnings
from typing import Any, Callable, NamedTuple, Optional

from refnet import checks
from refnet.arithmetic import environment
from refnet.arithmetic.formats import Format
from refnet.checks import shown
from refnet.kernels.choosing import format_of
from refnet.optimizers import Optimizer
from refnet.optimizers.schedules import Schedule
from refnet.training.evaluation import evaluated
from refnet.training.interrupts import Deferred, between_steps
from refnet.training.preparing import Course, prepared
from refnet.training.progress import Plan, Progress
from refnet.training.replay import Replay
from refnet.training.showing import showing
from refnet.training.steps import StepByStep


class Report(NamedTuple):
    """What `fit` passes to its `report` function, about ten times a second and at the end of each epoch."""

    epoch: int  # the current epoch, counted from 1
    epochs: int  # the last epoch of this call
    row: int  # rows done in this epoch
    rows: int
    loss: float  # mean over the rows so far
    finished: Optional[dict[str, float]]  # at the end of the epoch: its line of the history


def fit(network: Any, inputs: Any, targets: Any, *, loss: Any = None, optimizer: Any = None,
        epochs: int = 1, batch_size: int = 32, shuffle: bool = True, drop_last: bool = False,
        seed: Optional[int] = None, validation: Any = None, metrics: Any = None, penalty: Any = None,
        sample_weight: Any = None, class_weight: Any = None, callbacks: Any = None, allow_nonfinite: bool = False,
        progress: bool = False, report: Optional[Callable[[Report], None]] = None) -> dict[str, list[float]]:
    """Train for `epochs` more epochs in minibatches.

    inputs       rows of features, (examples, inputs): lists, an array or table of NumPy, pandas, polars or Arrow, or a
                 data.ByteMatrix. Doubles in row order are read where they are: do not change them meanwhile
    targets      rows (examples, outputs), or a flat list: class indices, names of classes (the network keeps them in
                 notes["classes"]), or the targets of a single output
    loss         or its name, "cross_entropy"; default: the one used last, else the default_loss for the last layer
    optimizer    or the name of one to make with its defaults, "adam"; default: the one used last, with its state, else
                 SGD(0.01)
    shuffle      a new random order each epoch, from `seed` (default: the network's) and the epoch's number
    drop_last    leave out the rows at the end of an epoch that are no whole batch, when shuffled other rows each time;
                 default: they are a smaller batch
    validation   what is evaluated after each epoch: (inputs, targets), (inputs, targets, weights of the rows), or the
                 share of the examples to hold out, 0.2: of classes each has its share. They are chosen by the network's
                 seed, so further fits of these examples, also after a load, hold out the same
    metrics      functions of (targets, outputs) for the validation, such as refnet.metrics.f1, or their names, "f1"
    penalty      on the weights (not biases) of every layer that has none of its own; default: the one used last
    sample_weight, class_weight  factors of a row's loss: a number for each row; {class, or its name: number}, or
                 "balanced", which is n/(classes · rows of the class). The mean still divides by the number of rows
    callbacks    such as EarlyStopping(): see refnet.training.callbacks; default: those used last, with their state
    allow_nonfinite  accept NaN and infinity in the data
    progress     show how far it is on standard error, with tqdm where that is installed, else in plain lines
    report       called with a Report about ten times a second and at the end of each epoch

    For several inputs or outputs give a list with the rows of each, and as loss MultiTask([…], weights).

    Returns the history, one number per epoch: "loss" (the sum over the rows, divided once as the loss says), "rate",
    and with validation "validation_loss", "validation_accuracy" and the metrics. It is also net.history, and stays
    there when an error or a signal ends the training. A RuntimeWarning says in which step the loss was first not
    finite.

    A second call continues epochs, shuffles and the schedule of the rate. Handlers of signals are called between two
    steps. Ctrl-C raises KeyboardInterrupt there; the next call finishes that epoch first (same data, same batch_size).
    Raises TypeError or ValueError before anything has changed; FloatingPointError if the processor rounds otherwise.
    """
    environment.check()
    course = prepared(
        network, inputs, targets, loss=loss, optimizer=optimizer, epochs=epochs, batch_size=batch_size, shuffle=shuffle,
        drop_last=drop_last, seed=seed, validation=validation, metrics=metrics, penalty=penalty,
        sample_weight=sample_weight, class_weight=class_weight, callbacks=callbacks, allow_nonfinite=allow_nonfinite)
    progress = checks.choice("progress", progress, [True, False])
    if report is not None and not callable(report):
        raise TypeError(f"report: {shown(report)}; expected a function that takes a Report")
    first, last = network.epoch, course.last_epoch
    watched = showing(progress, first, last, report)
    with between_steps() as signals, network.turns.training(network), watched as tell:
        course.begin(network)
        return _run(network, course, tell, signals)


def _run(network: Any, course: Course, report: Optional[Callable[[Report], None]],
         signals: Deferred) -> dict[str, list[float]]:
    """The epochs of one `fit`: advance, write the history, report, stop if a callback or a signal's handler does."""
    progress, plan, last_epoch = network.progress, course.plan, course.last_epoch
    history: dict[str, list[float]] = {}
    network.history = history  # from now on: it is there whatever ends the training
    divisor = network.objective.divisor(plan.used, network.output_units[0])
    take = course.examples.on(network.k)
    running: Any = (Replay if getattr(network.k, "records", False) else StepByStep)(network, plan, take)
    observes = type(network.optimizer.schedule).observe is not Schedule.observe
    is_watched = report is not None or bool(network.callbacks) or observes  # something happens between epochs
    is_over = has_diverged = has_saturated = False
    while progress.epoch < last_epoch and not is_over:
        stop = _next_stop(network, last_epoch, course.validation or is_watched)
        try:
            finished = running.advance(stop, signals.have_arrived)
        finally:
            progress.plan = plan if progress.position else None
        network.passes.forget()  # a replay in C keeps no activations, so neither backend shows any
        epochs = range(progress.epoch - len(finished), progress.epoch)
        lines = {
            "loss": [loss_sum / divisor for loss_sum in finished],
            "rate": [network.optimizer.schedule(epoch) for epoch in epochs],
        }
        _append(history, lines)
        if finished and course.validation:
            results = evaluated(network, course.validation, network.objective, course.metrics)
            measured = {f"validation_{name}": [value] for name, value in results.items()}
            _append(history, measured)
            lines.update(measured)
        is_over = is_watched and _between_epochs(network, lines, epochs, last_epoch, plan, report)
        if running.diverged_at and not has_diverged:
            has_diverged = True
            _warn_of_loss(progress, plan, running.diverged_at)
        if running.has_saturated and not has_saturated:
            has_saturated = True
            warnings.warn(_text_of_saturation(format_of(network.k), plan), RuntimeWarning, stacklevel=4)
        signals.deliver()
    if not has_diverged:
        _warn_of_weights(network)
    for callback in network.callbacks:
        callback.training_end(network)
    return history


def _append(history: dict[str, list[float]], lines: dict[str, list[float]]) -> None:
    for name, values in lines.items():
        history.setdefault(name, []).extend(values)


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
            report(Report(epoch + 1, last_epoch, plan.used, plan.used, line["loss"], line))
    if report and progress.position:
        mean = progress.loss_sum / progress.position
        report(Report(progress.epoch + 1, last_epoch, progress.position, plan.used, mean, None))
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


def _warn_of_loss(progress: Progress, plan: Plan, step: int) -> None:
    """Warn that in this step the loss was not finite."""
    since = progress.step - step - plan.steps_before(progress.position)  # below 0: it is a step of this epoch
    epoch = progress.epoch + 1 - -(-(since + 1) // plan.steps)
    _warn(f"in epoch {epoch:,}, step {step:,} of the training, the loss is not finite: it has diverged")


def _text_of_saturation(form: Format, plan: Plan) -> str:
    hint = "; smaller batches help" if plan.batch_size > 1 else ""
    holds = f"{form} holds ({form.largest!r})"
    return f"fit: the losses of a batch add up to more than {holds}, so the loss shown is too small{hint}"


def _warn_of_weights(network: Any) -> None:
    """Warn if the last step has made a weight infinite or NaN, which no loss has told yet."""
    k = network.k
    for name, parameter in network.parameters.items():
        # x − x is 0 for a finite x, else NaN; the sum of many numbers may leave a small format.
        if not math.isfinite(k.tolist(k.sum_of_magnitudes(k.subtract(parameter.value, parameter.value)))[0][0]):
            _warn(f"after epoch {network.epoch:,} {name} is not finite: the training has diverged")
            return


def _warn(what: str) -> None:
    hint = "a smaller rate or clip=ClipNorm(1.0) may help; callbacks=[TerminateOnNaN()] stops there"
    warnings.warn(f"fit: {what} ({hint})", RuntimeWarning, stacklevel=6)
