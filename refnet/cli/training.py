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
from typing import Any, Optional

from refnet.cli import reading
from refnet.cli.reading import CommandError, counted
from refnet.cli.screen import Bar, labelled, read_or_not, say
from refnet.data import Dataset, column_statistics, is_idx_file, read_idx_folder, split

# What training depends on, with its defaults; a file keeps what was chosen. None: it follows from the data.
DEFAULTS: dict[str, Any] = {
    "layers": None, "activation": "tanh", "loss": None, "optimizer": "sgd", "rate": 0.1, "momentum": None, "decay": 0.0,
    "epochs": 50, "batch_size": 16, "l2": 0.0, "l1": 0.0, "test": 0.2, "label": -1, "header": "auto", "delimiter": ",",
    "regression": False, "standardize": True, "seed": 0,
}
IDX_DEFAULTS = {"epochs": 10, "test": None, "standardize": False}
HIDDEN_UNITS, IDX_HIDDEN_UNITS = 16, 30
FOR_TABLES = ("label", "header", "delimiter", "regression", "standardize")  # options that images have no use for
READING = ("label", "header", "delimiter")  # options of read_csv
OPTIONS = {
    "batch_size": "--batch-size", "header": "--header/--no-header", "standardize": "--no-standardize",
}


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
        network, settings, train, test = resumed(arguments, given)
    else:
        settings, train, test = prepared(arguments.data, given)
        network = built(settings, train, arguments.backend)
        network.notes = noted(settings, train)
    left = settings["epochs"] - network.epoch
    if left < 0:
        raise CommandError(f"--epochs {settings['epochs']}: {arguments.resume} has {network.epoch} behind it already")

    describe(arguments.data, network, settings, train, test)
    if left == 0:
        say(f"Nothing is left to train: {arguments.resume} has its {network.epoch} epochs (--epochs N asks for more)")
    else:
        watcher = Watcher(network, settings["epochs"], len(train))
        try:
            network.fit(train.inputs, train.targets, epochs=left, batch_size=settings["batch_size"], report=watcher)
        except KeyboardInterrupt:
            watcher.bar.clear()
            return stopped(arguments, network, len(train))
    result(network, test, time.monotonic() - start)
    if arguments.save and left:
        save(network, arguments.save)
        say(f"saved     {arguments.save}")
        say("to use    " + command("predict", arguments.save, "IMAGES" if os.path.isdir(arguments.data) else "NEW.csv"))
    elif left:
        labelled("saved", "nothing; --save FILE keeps the network")
    return 0


# --- Data and network ---


def prepared(path: str, given: dict[str, Any]) -> tuple[dict[str, Any], Dataset, Optional[Dataset]]:
    """(all settings, training data, test data or None) for a new network."""
    is_folder = os.path.isdir(path)
    settings = {**DEFAULTS, **(IDX_DEFAULTS if is_folder else {}), **given}
    if is_folder:
        for name in FOR_TABLES:
            if name in given:
                raise CommandError(f"{option(name)}: only for CSV files; {path} is a folder of IDX files")
    elif is_idx_file(path):
        raise CommandError(f"{path}: one IDX file; to train, name the folder that holds images and labels")
    check(settings, given)
    train, test = read(path, settings)
    resolve(path, settings, train)
    return settings, train, test


def check(settings: dict[str, Any], given: dict[str, Any]) -> None:
    """Raise CommandError for options that contradict each other; fill in those that follow from others."""
    if settings["momentum"] is None:
        settings["momentum"] = 0.9
    elif settings["optimizer"] == "sgd":
        raise CommandError("--momentum: only with --optimizer momentum or nesterov")
    squared = ["mean-squared-error", "half-squared-error"]
    if settings["loss"] is None:
        settings["loss"] = squared[0] if settings["regression"] else "cross-entropy"
    if settings["regression"] and settings["loss"] not in squared:
        raise CommandError(f"--loss {settings['loss']}: is for classes; with --regression: {' or '.join(squared)}")


def read(path: str, settings: dict[str, Any]) -> tuple[Dataset, Optional[Dataset]]:
    """(training data, test data or None) as the settings say."""
    if os.path.isdir(path):
        data, test = read_idx_folder(path), reading.test_folder(path)
        if test is not None:
            if settings["test"] is not None:
                raise CommandError(f"--test: {path} has test data of its own, t10k-…")
            check_test_folder(path, data, test)
            return data, test
        fraction = DEFAULTS["test"] if settings["test"] is None else settings["test"]
    else:
        options = {name: settings[name] for name in READING}
        data = reading.table(path, {**options, "regression": settings["regression"]})
        fraction = settings["test"]
    if data.classes is not None and len(data.classes) < 2:
        raise CommandError(f"{path}: all labels are {data.classes[0]!r}, nothing to tell apart (is --label right?)")
    if fraction == 0:
        return data, None
    try:
        train, test = split(data, fraction, seed=settings["seed"], stratify=data.classes is not None)
    except ValueError as error:
        hint = " (--test 0 holds out nothing"
        if data.classes is not None:
            hint += "; is the label a number to predict? --regression"
        reason = str(error).partition(": the training part")[0]
        raise CommandError(f"{path}, --test {fraction}: {reason}{hint})") from None
    return train, test


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


def built(settings: dict[str, Any], train: Dataset, backend: str) -> Any:
    """The untrained network: [standardisation] – dense – activation – … – dense – what the loss asks for."""
    import refnet as rn

    classifies = train.classes is not None
    activation = {"sigmoid": rn.Sigmoid, "tanh": rn.Tanh, "relu": rn.ReLU, "leaky-relu": rn.LeakyReLU}[
        settings["activation"]
    ]
    weights = rn.He if "relu" in settings["activation"] else rn.Glorot
    sizes = settings["layers"]
    layers: list[Any] = [rn.Input(sizes[0])]
    if settings["standardize"]:
        layers.append(rn.Standardize(*column_statistics(train.inputs)))
    for units in sizes[1:-1]:
        layers += [rn.Dense(units, weights=weights()), activation()]
    layers.append(rn.Dense(sizes[-1]))
    scale = 1.0
    if classifies:
        layers.append(rn.Softmax() if settings["loss"] == "cross-entropy" else rn.Sigmoid())
    elif settings["standardize"]:
        # Standardisation the other way round, o·std + mean: the network learns standardised targets and puts out real
        # ones. The gradient at its last Dense layer is std² times larger for that, the rate as many times smaller.
        (mean,), (std,) = column_statistics([[target] for target in train.targets])
        layers.append(rn.Standardize([-mean / std], [1.0 / std]))
        scale = std * std
    loss = {
        "cross-entropy": rn.CrossEntropy, "binary-cross-entropy": rn.BinaryCrossEntropy,
        "half-squared-error": rn.HalfSquaredError, "mean-squared-error": rn.MeanSquaredError,
    }[settings["loss"]]
    schedule = rn.InverseTimeDecay(settings["rate"] / scale, settings["decay"])
    momentum = {"momentum": rn.Momentum, "nesterov": rn.Nesterov}.get(settings["optimizer"])
    network = rn.Network(layers, backend=backend, seed=settings["seed"])
    network.set_objective(loss())
    network.optimizer = momentum(schedule, settings["momentum"]) if momentum else rn.SGD(schedule)
    network.penalties = tuple(
        penalty(settings[name]) for name, penalty in (("l2", rn.L2), ("l1", rn.L1)) if settings[name]
    )
    return network


# --- Files ---


def noted(settings: dict[str, Any], train: Dataset) -> dict[str, Any]:
    """What the file keeps besides the network: for predict and evaluate, and for resuming."""
    return {
        "task": "regression" if train.classes is None else "classification",
        "classes": train.classes,
        "columns": train.columns,
        "data": reading.digest(train),
        "settings": settings,
    }


def resumed(arguments: Any, given: dict[str, Any]) -> tuple[Any, dict[str, Any], Dataset, Optional[Dataset]]:
    """(network, settings, training data, test data) of a file. Raises CommandError for other data or settings."""
    model = reading.Model(arguments.resume, arguments.backend)
    settings = model.settings
    if set(settings) != set(DEFAULTS):
        raise CommandError(f"{arguments.resume}: not saved by this version's `refnet train`, so it cannot be resumed")
    for name, value in given.items():
        if value != settings[name] and name != "epochs":
            raise CommandError(
                f"{option(name)} {shown(value)}: {arguments.resume} was trained with {shown(settings[name])}, "
                "and goes on with that or not at all"
            )
    settings["epochs"] = given.get("epochs", settings["epochs"])
    train, test = read(arguments.data, settings)
    if reading.digest(train) != model.notes.get("data"):
        raise CommandError(f"{arguments.data}: not the data that {arguments.resume} was trained on")
    return model.network, settings, train, test


def save(network: Any, path: str) -> None:
    """Write the file; a second Ctrl-C meanwhile does not stop that."""
    from refnet import files

    if threading.current_thread() is not threading.main_thread():  # Ctrl-C does not arrive here
        files.save(network, path, network.notes)
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        files.save(network, path, network.notes)
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


def option(name: str) -> str:
    """The option behind a setting: batch_size → --batch-size."""
    return OPTIONS.get(name, f"--{name}")


def shown(value: Any) -> str:
    """A setting as it is typed."""
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)


# --- What the user sees ---


def describe(path: str, network: Any, settings: dict[str, Any], train: Dataset, test: Optional[Dataset]) -> None:
    """Data, network and training in a line each."""
    total = len(train) + (len(test) if test else 0)
    text = reading.described(path, train).replace(counted(len(train), "example"), counted(total, "example"), 1)
    labelled("data", f"{text}; {len(train):,} to train, {len(test) if test else 0:,} to test")
    chain = []
    for layer in network.layers:
        name = type(layer).__name__
        chain.append(f"{name} {layer.units}" if name in ("Input", "Dense") else name)
    numbers = sum(rows * n for rows, n in (network.k.shape(each.value) for each in network.parameters.values()))
    labelled("network", f"{' → '.join(chain)}; {numbers:,} parameters, backend {network.backend}")
    rate = f"rate {settings['rate']:g}"
    if settings["decay"]:
        rate += f" / (1 + {settings['decay']:g}·epoch)"
    if not train.classes and settings["standardize"]:
        rate += " / the targets' variance"
    momentum = f" {settings['momentum']:g}" if settings["optimizer"] != "sgd" else ""
    penalties = [f"{name.upper()} {settings[name]:g}" for name in ("l2", "l1") if settings[name]]
    words = [settings["loss"], settings["optimizer"] + momentum, rate, *penalties]
    words.append(f"{counted(settings['epochs'], 'epoch')} in minibatches of {settings['batch_size']}")
    labelled("training", ", ".join([*words, f"seed {settings['seed']}"]))


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
                say(f"{name}  {loss}")
        if not report.finished or report.epoch < self.epochs:
            self.bar.show((report.epoch - 1 + report.row / report.rows) / self.epochs, name, loss)
        else:
            self.bar.clear()


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
    """`loss 0.071, accuracy 96.67 % (29 of 30)`, or for a regression the root mean squared error."""
    text = f"loss {number(results['loss'])}"
    if "accuracy" in results:
        right = int(results["accuracy"] * len(data) + 0.5)
        return f"{text}, accuracy {100 * results['accuracy']:.2f} % ({right:,} of {len(data):,})"
    total = 0.0
    for (predicted,), target in zip(network.predict(data.inputs), data.targets):
        total += (predicted - target) * (predicted - target)
    return f"{text}, root mean squared error {math.sqrt(total / len(data)):.6g}"
