"""`refnet train`: from a data file to a trained network, with a way to go on after Ctrl-C."""

import argparse
import os
import shlex
import tempfile
import time
from contextlib import nullcontext, suppress
from typing import Any

import refnet
from refnet.checks import counted
from refnet.cli import reading
from refnet.cli.errors import CommandError, option, typed
from refnet.cli.options import (
    BACKEND,
    NUMBER,
    add_command,
    add_options,
    filename,
    preparing_options,
    program,
    real,
    sizes,
    table_options,
    whole,
)
from refnet.cli.provenance import history_of, noted, same_data, settings_of, texts_of
from refnet.cli.screen import labelled, read_or_not, say, verbatim, warn
from refnet.cli.signals import ignored, status_of
from refnet.cli.train_data import Parts, prepared
from refnet.cli.train_network import CHOICES, DEFAULTS, HELP_WORDS, built, check_rate
from refnet.cli.train_screen import Watcher, describe, is_far_off, is_stopped, result, whose_weights, why_stopped

SHARE = real(least=0, below=1)

# The options that a file keeps, by group, as `add_options` takes them, each help filled in from HELP_WORDS. An option
# that is not given leaves no trace: then the default holds, or in a resumed file what was chosen before.
SETTINGS: dict[str, list[tuple[Any, ...]]] = {
    "network": [
        ("--layers", "units from inputs to outputs (inputs-{hidden[0]}-classes; for images inputs-{hidden[1]}-classes)",
         sizes, "784-30-10"),
        ("--activation", "activation of the hidden layers: {activations} ({activation})",
         CHOICES["activation"], "NAME"),
        ("--batch-norm", "batch normalisation before each hidden activation", True),
        ("--loss", "cross-entropy (the default for classes, with softmax outputs); binary-cross-entropy, "
         "half-squared-error, mean-squared-error (with sigmoid outputs; with --regression linear ones, and "
         "mean-squared-error is the default)", CHOICES["loss"], "LOSS"),
        ("--no-standardize", "use the features (and a regression's targets) as they are; images are never standardised",
         False),
        NUMBER,
        ("--seed", "seed of the split, the initial weights and the shuffling ({seed})", whole(), "S"),
    ],
    "training": [
        ("--epochs", "number of epochs in all ({epochs}; {images[epochs]} for images)", whole(1), "N"),
        ("--batch-size", "examples in a step ({batch_size})", whole(1), "M"),
        ("--optimizer", "{optimizers} ({optimizer}); adamw has a weight decay of {weight_decay:g}",
         CHOICES["optimizer"], "NAME"),
        ("--momentum", "coefficient of momentum and nesterov ({momentum:g})", SHARE, "MU"),
        ("--clip-norm", "shorten a gradient that is longer than this; with --regression, the length is for "
         "standardised targets", real(above=0), "LIMIT"),
    ],
    "learning rate": [
        ("--rate", "{rates}; {other_rate:g} for the others. With --regression, the rate of {by_the_gradient} is "
         "divided by the variance of the targets", real(above=0), "R"),
        ("--schedule", "how the rate falls from epoch to epoch, counted from 0: constant (the default); inverse, "
         "R / (1 + D * epoch); step, times F every K epochs; exponential, times F every epoch; cosine, from R to 0 "
         "over the epochs", CHOICES["schedule"], "NAME"),
        ("--decay", "of the schedule inverse ({decay[inverse]:g}); chooses that schedule", real(least=0), "D"),
        ("--factor", "of the schedules step ({factor[step]:g}) and exponential ({factor[exponential]:g})",
         real(above=0, most=1), "F"),
        ("--every", "of the schedule step (a third of the epochs)", whole(1), "K"),
    ],
    "against overfitting": [
        ("--patience", "stop after N epochs without a smaller loss on the validation part, and go back to the best "
         "weights", whole(1), "N"),
        ("--dropout", "switch off a share P of each hidden layer's outputs in training ({dropout:g})", SHARE, "P"),
        ("--noise", "standard deviation of noise on the inputs in training, after their standardisation ({noise:g})",
         real(least=0), "SIGMA"),
        ("--jitter", "move images by at most N pixels up, down, left and right in training ({jitter})", whole(0), "N"),
        ("--l2", "add LAMBDA times the sum of squared weights to the loss ({l2:g})", real(least=0), "LAMBDA"),
        ("--l1", "add LAMBDA times the sum of the weights' magnitudes to the loss ({l1:g})", real(least=0), "LAMBDA"),
    ],
    "data": [
        ("--test", "share of the examples that is held out to test with, of each class alike ({test}); 0: none", SHARE,
         "SHARE"),
        ("--validation", "share of the other examples that is held out and looked at after each epoch (0; with "
         "--patience {patience_validation})", SHARE, "SHARE"),
        ("--regression", "the label is a number, not a class", True),
        *table_options("the label's column ({label}, the last)"),
        *preparing_options(),
    ],
}


def add(commands: Any) -> None:
    command = add_command(
        commands, "train", "DATA", run, "train a network on a table or a folder of IDX files",
        "DATA is a table with one example per line (CSV with any delimiter, with words and missing values, plain or "
        ".gz, also a pipe: /dev/stdin; with pandas Parquet and .xlsx), or a folder with "
        "train-images-idx3-ubyte and train-labels-idx1-ubyte and the same for t10k-… (test data), plain or .gz, as "
        "MNIST has them. A part of a table is held out to test with; features are standardised inside the network, "
        "so it predicts from the raw ones.\n"
        "Ctrl-C stops between two steps, saves what was reached, and says how to go on from there with --resume; so do "
        "SIGTERM and SIGHUP. What cannot be saved where it should be is saved in the home folder or that of temporary "
        "files.",
        "refnet train iris.csv --save iris.refnet\n"
        "refnet train iris.csv --resume iris.refnet --epochs 100\n"
        "refnet train mnist --layers 784-30-10 --activation sigmoid --batch-size 10 --save mnist.refnet\n"
        "refnet train titanic.csv --label Survived --drop Name,Ticket --save titanic.refnet\n"
        "refnet train iris.csv --number bfloat16 --save iris-bfloat16.refnet\n"
        "refnet train wine-quality.csv --regression --layers 11-32-16-1 --optimizer adam --patience 5\n"
        "refnet train mnist --layers 784-128-10 --activation relu --optimizer adam --schedule cosine --jitter 2 "
        "--dropout 0.2",
    )
    command.add_argument("data", metavar="DATA", type=filename, help="table or folder of IDX files")
    for title, options in SETTINGS.items():
        add_options(command.add_argument_group(title), [
            (flag, words.format_map(HELP_WORDS), *rest) for flag, words, *rest in options
        ], default=argparse.SUPPRESS)
    add_options(command.add_argument_group("files and backend"), [
        ("--save", "keep the network here", filename, "FILE"),
        ("--resume", "go on with this file, on the same data with the settings it was trained with, to the same "
         "weights as if training had never stopped; --epochs may ask for more; saved to FILE again unless --save says "
         "otherwise", filename, "FILE"),
        BACKEND,
    ])
    command.set_defaults(backend="auto")


def run(arguments: Any) -> int:
    """Train anew or go on; 0 when all epochs are done, 130 after Ctrl-C, 2 if the file could not be written."""
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
        network = built(settings, parts.train, arguments.backend, parts.indicators)
        network.notes = noted(arguments.data, parts)
    # The number format is the network's: every file has it.
    network.notes["settings"] = {name: value for name, value in settings.items() if name != "number"}
    left = settings["epochs"] - network.epoch
    if left < 0:
        raise CommandError(f"--epochs {settings['epochs']}: {arguments.resume} has {network.epoch} behind it already")
    check_rate(network, settings)

    describe(arguments.data, network, settings, parts)
    is_over = left == 0 or is_stopped(network)
    if is_stopped(network):
        say(f"Nothing is left to train: {verbatim(arguments.resume)} has stopped early")
        labelled("stopped", why_stopped(network))
    elif is_over:
        done = counted(network.epoch, "epoch")
        say(f"Nothing is left to train: {verbatim(arguments.resume)} has its {done} (--epochs N asks for more)")
    else:
        try:
            return learnt(arguments, network, settings, parts, start)
        except KeyboardInterrupt as stop:
            with read_or_not():  # the terminal may be gone
                return stopped(arguments, network, len(parts.train), status_of(stop))
    result(network, parts.test, time.monotonic() - start)
    return 0


def learnt(arguments: Any, network: Any, settings: dict[str, Any], parts: Parts, start: float) -> int:
    """Train the epochs that are left, save, test; the exit status."""
    train, validation = parts.train, parts.validation
    watcher = Watcher(network, settings["epochs"], len(train))
    try:
        network.fit(train.inputs, train.targets, epochs=settings["epochs"] - network.epoch, report=watcher,
                    batch_size=settings["batch_size"],
                    validation=(validation.inputs, validation.targets) if validation else None)
    finally:
        watcher.bar.clear()
    saved = keep(network, arguments.save) if arguments.save else ""  # before the test, which may take a while
    if is_stopped(network):
        labelled("stopped", why_stopped(network))
    elif whose_weights(network):
        labelled("weights", whose_weights(network))
    result(network, parts.test, time.monotonic() - start)
    if is_far_off(network, train):
        labelled("hint", "the loss is more than ten times that of one answer for all rows: try a smaller --rate")
    if not saved:
        labelled("saved", "nothing; --save FILE keeps the network")
        return 0
    say(f"saved     {verbatim(saved)}")
    say("to use    " + typed_as("predict", saved, "IMAGES" if os.path.isdir(arguments.data) else "NEW.csv"))
    return 0 if saved == arguments.save else 2


# --- Files ---


def resumed(arguments: Any, given: dict[str, Any]) -> tuple[Any, dict[str, Any], Parts]:
    """(network, settings, data) of a file. Raises CommandError for other data or settings."""
    model = reading.Model(arguments.resume, arguments.backend)
    settings = settings_of(model, "resumed")
    for name, value in given.items():
        before = settings[name]
        if name == "drop" and before and value == before[:len(value)] != []:
            continue  # what was typed stands in front of what was left out beside it
        if name == "drop" and value == ["none", *before]:
            continue
        if value != before and name != "epochs":
            was = "without it" if isinstance(value, bool) or before is None else f"with {typed(before, name)}"
            raise CommandError(
                f"{option(name, value)}: {arguments.resume} was trained {was}, and can only go on like that"
            )
    settings["epochs"] = given.get("epochs", settings["epochs"])
    parts = same_data(arguments.data, model, settings)
    versions = texts_of(model.notes, "refnet")
    if versions and versions[-1] != refnet.__version__:
        versions.append(refnet.__version__)
    return model.network, settings, parts


def keep(network: Any, path: str) -> str:
    """Save, and where that fails (the disk may have filled meanwhile) save elsewhere: in the home folder or that of
    temporary files. Returns the name."""
    try:
        save(network, path)
        return path
    except OSError as error:
        for folder in (lambda: os.path.expanduser("~"), tempfile.gettempdir):
            with suppress(OSError):
                other = free_name(path, folder())
                save(network, other)
                warn(f"{path}: {error.strerror}; saved as {other}")
                return other
        raise


def save(network: Any, path: str) -> None:
    """Write the file, with the history for `refnet plot`; no signal meanwhile stops that."""
    with ignored():
        refnet.save(network, path, {**network.notes, "history": history_of(network)})


# --- Ctrl-C ---


def stopped(arguments: Any, network: Any, rows: int, status: int) -> int:
    """After Ctrl-C or the like: save what was reached and say how to go on."""
    if network.progress.step == 0:
        say("Stopped before the first training step; there is nothing to save.")
        return status
    path = keep(network, arguments.save or free_name(arguments.data))
    where = f"after {counted(network.epoch, 'epoch')}"
    if network.progress.position:
        where += f" and {network.progress.position:,} of {counted(rows, 'row')} of the next"
    say(f"Stopped {where}.")
    say(f"saved     {verbatim(path)}")
    backend = [] if arguments.backend == "auto" else ["--backend", arguments.backend]
    say("to resume " + typed_as("train", arguments.data, "--resume", path, *backend))
    return status


def free_name(data: str, folder: str = "") -> str:
    """iris.csv → iris.refnet in the folder, the current one by default, or iris-2.refnet if that exists."""
    stem = os.path.join(folder, reading.name_of(data).split(".")[0] or "network")
    name, number = f"{stem}.refnet", 2
    while os.path.exists(name):
        name, number = f"{stem}-{number}.refnet", number + 1
    return name


def typed_as(*words: str) -> str:
    """A command line as the user would type it, by the name that this one was called by."""
    return f"{program()} {' '.join(verbatim(shlex.quote(word)) for word in words)}"
