"""`refnet train`: from a data file to a trained network, with a way back in after Ctrl-C."""

from __future__ import annotations

import math
import os
import shlex
import signal
import sys
import threading
import time
from contextlib import nullcontext
from typing import Any, NamedTuple, Optional

from refnet import EarlyStopping
from refnet.cli import building, reading
from refnet.cli.building import DEFAULTS, IDX_DEFAULTS, option, shown
from refnet.cli.reading import CommandError, counted
from refnet.cli.screen import Bar, labelled, read_or_not, say
from refnet.data import Dataset, is_idx_file, read_idx_folder, split
from refnet.training import metrics

FOR_TABLES = ("label", "header", "delimiter", "regression", "standardize")  # options that images have no use for
READING = ("label", "header", "delimiter")  # options of read_csv
HIDDEN_UNITS, IDX_HIDDEN_UNITS = 16, 30


def run(arguments: Any) -> int:
    """Train anew or go on; 0 when all epochs are done, 130 after Ctrl-C."""
    with read_or_not() if arguments.save or arguments.resume else nullcontext():
        return trained(arguments)


def trained(arguments: Any) -> int:
    """Read, train, test and save; the exit status."""
    given = {name: value for name, value in vars(arguments).items() if name in DEFAULTS}
    named = "--save" if arguments.save else "--resume"
    arguments.save = arguments.save or arguments.resume
    if arguments.save:
        reading.writable(named, arguments.save, arguments.data, replaced=True)
    start = time.monotonic()
    if arguments.resume:
        network, settings, parts = resumed(arguments, given)
    else:
        settings, parts = prepared(arguments.data, given)
        network = building.built(settings, parts.train, arguments.backend)
        network.notes = noted(settings, parts)
    left = settings["epochs"] - network.epoch
    if left < 0:
        raise CommandError(f"--epochs {settings['epochs']}: {arguments.resume} has {network.epoch} behind it already")
    building.check_rate(network, settings)

    describe(arguments.data, network, settings, parts)
    is_over = left == 0 or is_stopped(network)
    if is_stopped(network):
        say(f"Nothing is left to train: {arguments.resume} has stopped early")
        labelled("stopped", why_stopped(network))
    elif is_over:
        say(f"Nothing is left to train: {arguments.resume} has its {network.epoch} epochs (--epochs N asks for more)")
    else:
        train, validation = parts.train, parts.validation
        watcher = Watcher(network, settings["epochs"], len(train))
        try:
            network.fit(train.inputs, train.targets, epochs=left, batch_size=settings["batch_size"], report=watcher,
                        validation=(validation.inputs, validation.targets) if validation else None)
        except KeyboardInterrupt:
            watcher.bar.clear()
            return stopped(arguments, network, len(train))
        watcher.bar.clear()
        if is_stopped(network):
            labelled("stopped", why_stopped(network))
    result(network, parts.test, time.monotonic() - start)
    if arguments.save and not is_over:
        save(network, arguments.save)
        say(f"saved     {arguments.save}")
        say("to use    " + command("predict", arguments.save, "IMAGES" if os.path.isdir(arguments.data) else "NEW.csv"))
    elif not is_over:
        labelled("saved", "nothing; --save FILE keeps the network")
    return 0


# --- Data and network ---


class Parts(NamedTuple):
    """What is learned from, what is watched meanwhile, and what training never sees."""

    train: Dataset
    validation: Optional[Dataset]
    test: Optional[Dataset]


def prepared(path: str, given: dict[str, Any]) -> tuple[dict[str, Any], Parts]:
    """(all settings, the data) for a new network."""
    is_folder = os.path.isdir(path)
    settings = {**DEFAULTS, **(IDX_DEFAULTS if is_folder else {}), **given}
    if is_folder:
        for name in FOR_TABLES:
            if name in given:
                raise CommandError(f"{option(name, given[name])}: only for CSV files; {path} is a folder of IDX files")
    elif is_idx_file(path):
        raise CommandError(f"{path}: one IDX file; to train, name the folder that holds images and labels")
    elif settings["jitter"]:
        raise CommandError(f"--jitter {settings['jitter']}: only for a folder of IDX files; {path} has no images")
    building.settle(settings)
    parts = read(path, settings)
    resolve(path, settings, parts.train)
    return settings, parts


def read(path: str, settings: dict[str, Any]) -> Parts:
    """The data, divided as the settings say."""
    train, test = with_test(path, settings)
    if not settings["validation"]:
        return Parts(train, None, test)
    train, validation = held_out(path, "validation", settings["validation"], train, settings)
    return Parts(train, validation, test)


def with_test(path: str, settings: dict[str, Any]) -> tuple[Dataset, Optional[Dataset]]:
    """(training data, test data or None) as the settings say."""
    if os.path.isdir(path):
        data, test = read_idx_folder(path), reading.test_folder(path)
        if test is not None:
            if settings["test"] is not None:
                raise CommandError(f"--test {settings['test']:g}: {path} has test data of its own, t10k-…")
            check_test_folder(path, data, test)
            return data, test
        fraction = DEFAULTS["test"] if settings["test"] is None else settings["test"]
    else:
        options = {name: settings[name] for name in READING}
        data = reading.table(path, {**options, "regression": settings["regression"]})
        fraction = settings["test"]
    if data.classes is not None and len(data.classes) < 2:
        raise CommandError(f"{path}: all labels are {data.classes[0]!r}, nothing to tell apart (is --label right?)")
    return held_out(path, "test", fraction, data, settings) if fraction else (data, None)


def held_out(path: str, name: str, fraction: float, data: Dataset, settings: dict[str, Any]) -> tuple[Dataset, Dataset]:
    """The data in two parts, of which the second is held out."""
    try:
        train, part = split(data, fraction, seed=settings["seed"], stratify=data.classes is not None)
    except ValueError as error:
        hint = f" (--{name} 0 holds out nothing"
        if settings["patience"] and name == "validation":
            hint = " (without --patience nothing has to be held out"
        if data.classes is not None:
            hint += "; is the label a number to predict? --regression"
        reason = str(error).partition(": the training part")[0]
        raise CommandError(f"{path}, --{name} {fraction}: {reason}{hint})") from None
    return train, part


def check_test_folder(path: str, data: Dataset, test: Dataset) -> None:
    pixels, test_pixels = reading.width(data), reading.width(test)
    if pixels != test_pixels:
        raise CommandError(f"{path}: images of {pixels} pixels in train-…, of {test_pixels} in t10k-…")
    classes, test_classes = data.classes or [], test.classes or []
    if len(test_classes) > len(classes):
        raise CommandError(f"{path}: labels up to {classes[-1]} in train-…, up to {test_classes[-1]} in t10k-…")


def resolve(path: str, settings: dict[str, Any], train: Dataset) -> None:
    """Fill in the layers, or hold those asked for against the data."""
    inputs, outputs = reading.width(train), len(train.classes) if train.classes else 1
    if settings["layers"] is None:
        settings["layers"] = [inputs, IDX_HIDDEN_UNITS if os.path.isdir(path) else HIDDEN_UNITS, outputs]
    first, last = settings["layers"][0], settings["layers"][-1]
    if (first, last) != (inputs, outputs):
        asked = "-".join(map(str, settings["layers"]))
        middle = "-".join(["", *map(str, settings["layers"][1:-1]), ""])
        goal = counted(outputs, "class") if train.classes else "one number to predict"
        raise CommandError(
            f"--layers {asked}: {path} has {counted(inputs, 'feature')} and {goal}, so {inputs}{middle}{outputs}"
        )
    building.check_layers(path, settings)


# --- Files ---


def noted(settings: dict[str, Any], parts: Parts) -> dict[str, Any]:
    """What the file keeps besides the network: for predict and evaluate, and for resuming."""
    return {
        "task": "regression" if parts.train.classes is None else "classification",
        "classes": parts.train.classes,
        "columns": parts.train.columns,
        "data": reading.digest(parts.train, parts.validation),
        "settings": settings,
    }


def resumed(arguments: Any, given: dict[str, Any]) -> tuple[Any, dict[str, Any], Parts]:
    """(network, settings, data) of a file. Raises CommandError for other data or settings."""
    model = reading.Model(arguments.resume, arguments.backend)
    settings = model.settings
    if set(settings) != set(DEFAULTS):
        raise CommandError(f"{arguments.resume}: not saved by this version's `refnet train`, so it cannot be resumed")
    for name, value in given.items():
        before = settings[name]
        if value != before and name != "epochs":
            was = "without it" if isinstance(value, bool) or before is None else f"with {shown(before)}"
            raise CommandError(
                f"{option(name, value)}: {arguments.resume} was trained {was}, and goes on with that or not at all"
            )
    settings["epochs"] = given.get("epochs", settings["epochs"])
    parts = read(arguments.data, settings)
    if reading.digest(parts.train, parts.validation) != model.notes.get("data"):
        raise CommandError(f"{arguments.data}: not the data that {arguments.resume} was trained on")
    return model.network, settings, parts


def save(network: Any, path: str) -> None:
    """Write the file; a second Ctrl-C meanwhile does not stop that."""
    import refnet

    if threading.current_thread() is not threading.main_thread():  # Ctrl-C does not arrive here
        refnet.save(network, path, network.notes)
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        refnet.save(network, path, network.notes)
    finally:
        signal.signal(signal.SIGINT, before)


def stopped(arguments: Any, network: Any, rows: int) -> int:
    """After Ctrl-C: save what was reached and say how to go on."""
    if network.progress.step == 0:
        say("Stopped before the first training step; there is nothing to save.")
        return 130
    path = arguments.save or free_name(arguments.data)
    save(network, path)
    where = f"after {counted(network.epoch, 'epoch')}"
    if network.progress.position:
        where += f" and {network.progress.position:,} of {rows:,} rows of the next"
    say(f"Stopped {where}.")
    say(f"saved     {path}")
    backend = [] if arguments.backend == "auto" else ["--backend", arguments.backend]
    say("to resume " + command("train", arguments.data, "--resume", path, *backend))
    return 130


def free_name(data: str) -> str:
    """iris.csv → iris.refnet in the current folder, or iris-2.refnet where that exists."""
    stem = reading.name_of(data).split(".")[0] or "network"
    name, number = f"{stem}.refnet", 2
    while os.path.exists(name):
        name, number = f"{stem}-{number}.refnet", number + 1
    return name


def command(*words: str) -> str:
    """A command line as the user would type it, by the name that this one was called with."""
    by_module = os.path.basename(sys.argv[0]) == "__main__.py"
    return f"{'python -m refnet' if by_module else 'refnet'} {' '.join(map(shlex.quote, words))}"


def is_stopped(network: Any) -> bool:
    """Whether early stopping has ended this training."""
    return any(each.waited >= each.patience for each in network.callbacks if isinstance(each, EarlyStopping))


def why_stopped(network: Any) -> str:
    """`after 172 epochs, 5 of them without a better validation loss; the weights are those of epoch 167 …`"""
    stopping = next(each for each in network.callbacks if isinstance(each, EarlyStopping))
    text = f"after {counted(network.epoch, 'epoch')}, {stopping.patience} of them without a better validation loss"
    if stopping.best is None:
        return text
    return f"{text}; the weights are those of epoch {stopping.best_epoch} (validation loss {number(stopping.best)})"


# --- What the user sees ---


def describe(path: str, network: Any, settings: dict[str, Any], parts: Parts) -> None:
    """Data, network and training in a line each."""
    train, validation, test = parts
    total = sum(len(part) for part in parts if part)
    text = reading.described(path, train).replace(counted(len(train), "example"), counted(total, "example"), 1)
    watched = f"{len(validation):,} to validate, " if validation else ""
    labelled("data", f"{text}; {len(train):,} to train, {watched}{len(test) if test else 0:,} to test")
    numbers = sum(rows * n for rows, n in (network.k.shape(each.value) for each in network.parameters.values()))
    labelled("network", f"{building.chain(network)}; {numbers:,} parameters, backend {network.backend}")
    steps = f"{counted(settings['epochs'], 'epoch')} in minibatches of {settings['batch_size']}"
    labelled("training", f"{building.teaching(network, settings)}, {steps}, seed {settings['seed']}")


class Watcher:
    """What fit reports, on the screen: a bar on a terminal, and a line an epoch (on a terminal at most some 20)."""

    def __init__(self, network: Any, epochs: int, rows: int) -> None:
        self.network, self.epochs = network, epochs
        self.bar = Bar((network.epoch + network.progress.position / rows) / epochs)
        self.every = -(-epochs // 20) if sys.stdout.isatty() else 1

    def __call__(self, report: Any) -> None:
        """Called by fit some ten times a second and at the end of each epoch."""
        name = f"epoch {report.epoch:>{len(str(self.epochs))}}/{self.epochs}"
        loss = f"loss {number(report.loss)}"
        if report.finished:
            if not math.isfinite(report.loss):
                self.bar.clear()
                raise CommandError(
                    f"{name}: the loss is {report.loss}, training has diverged; try a smaller --rate (nothing saved)"
                )
            if report.epoch % self.every == 0 or report.epoch in (1, self.epochs):
                self.bar.clear()
                say(f"{name}  {loss}{watched(report.finished)}")
        if not report.finished or report.epoch < self.epochs:
            self.bar.show((report.epoch - 1 + report.row / report.rows) / self.epochs, name, loss)
        else:
            self.bar.clear()


def watched(line: dict[str, float]) -> str:
    """`  validation 0.071000, 96.67 %`: the loss and the accuracy on the validation part, where there is one."""
    if "validation_loss" not in line:
        return ""
    text = f"  validation {number(line['validation_loss'])}"
    return f"{text}, {100 * line['validation_accuracy']:.2f} %" if "validation_accuracy" in line else text


def number(value: float) -> str:
    """A loss: six decimals, or an exponent where these show nothing."""
    return f"{value:.6f}" if value == 0.0 or 1e-3 <= abs(value) < 1e6 else f"{value:.4e}"


def result(network: Any, test: Optional[Dataset], seconds: float) -> None:
    """Loss and accuracy on data that training has not seen."""
    if test is None:
        labelled("test", "no examples were held out")
    else:
        labelled("test", score(network.evaluate(test.inputs, test.targets), test, network))
    labelled("time", f"{seconds:.2f} s")


def score(results: dict[str, float], data: Dataset, network: Any) -> str:
    """`loss 0.071, accuracy 96.67 % (29 of 30)`, or for a regression the root mean squared error and R²."""
    text = f"loss {number(results['loss'])}"
    if "accuracy" in results:
        right = int(results["accuracy"] * len(data) + 0.5)
        return f"{text}, accuracy {100 * results['accuracy']:.2f} % ({right:,} of {len(data):,})"
    outputs, total = network.predict(data.inputs), 0.0
    for (predicted,), target in zip(outputs, data.targets):
        total += (predicted - target) * (predicted - target)
    text += f", root mean squared error {math.sqrt(total / len(data)):.6g}"
    explained = metrics.r2(data.targets, outputs)
    return f"{text}, R² {explained:.4f}" if math.isfinite(explained) else text
