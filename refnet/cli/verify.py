"""`refnet verify`: is a network what its file says? It is trained again, and every number is compared."""

from typing import Any

from refnet.checks import counted
from refnet.cli import reading
from refnet.cli.options import BACKEND, add_command, add_options, filename
from refnet.cli.provenance import digests, history_of, same_data, settings_of, texts_of
from refnet.cli.reading import Model
from refnet.cli.screen import Bar, labelled, mark, say, verbatim
from refnet.cli.train_data import Parts
from refnet.cli.train_network import built
from refnet.cli.train_screen import computing, is_stopped, number
from refnet.files import contents


class Differs(Exception):
    """The first number that is another one."""


def add(commands: Any) -> None:
    command = add_command(
        commands, "verify", "MODEL DATA", run, "train a network again: does it come to the same bits?",
        "MODEL is a file that `refnet train --save` wrote, DATA what it was trained on. Trains again with the settings "
        "in the file, from its seed, and compares every loss, weight and number of the optimizer. A training that was "
        "stopped in an epoch goes on to the end of it, both in the file's network and in the other. Exit status 0: the "
        "same bits; 1: others, with the first that differs; 2: this cannot be verified, as the data are others or the "
        "file is not one of `refnet train`.",
        "refnet verify iris.refnet iris.csv\nrefnet verify iris.refnet iris.csv --backend python",
    )
    add_options(command, [
        ("model", "file that `refnet train --save` wrote", filename, "MODEL"),
        ("data", "the CSV file or folder of IDX files that it was trained on", filename, "DATA"),
        BACKEND,
    ])
    command.set_defaults(backend="auto")


def run(arguments: Any) -> int:
    """Train again; 0 if all numbers are the same, 1 if one differs."""
    model = Model(arguments.model, arguments.backend)
    settings = settings_of(model, "verified")
    parts = same_data(arguments.data, model, settings)
    labelled("data", f"{reading.described(arguments.data, parts.train)} to train: {which_data(arguments.data, model)}")
    saved = model.network
    versions = " and ".join(texts_of(model.notes, "refnet"))
    labelled("model", f"{verbatim(arguments.model)}: {counted(saved.epoch, 'epoch')}"
             + (f", trained by refnet {versions}" if versions else ""))
    is_broken_off = saved.epoch < settings["epochs"] and not is_stopped(saved)
    if is_broken_off:
        fit(saved, settings, parts, 1)
    epochs = settings["epochs"] if is_stopped(saved) else saved.epoch
    if settings["schedule"] == "cosine":  # which is made for the epochs that were asked for first
        settings["epochs"] = saved.optimizer.schedule.epochs
    again = built(settings, parts.train, arguments.backend, parts.indicators)
    labelled("training", f"again, {counted(epochs, 'epoch')}{' (the last one in both)' * is_broken_off}, seed "
             f"{settings['seed']}, {computing(again)}")
    watcher = Watcher(history_of(saved), epochs)
    try:
        try:
            fit(again, settings, parts, epochs, watcher)
        finally:
            watcher.bar.clear()
        compare(contents(saved, {}), contents(again, {}), [])
    except Differs as difference:
        say(f"{mark(False)} differs   {difference}")
        return 1
    say(f"{mark(True)} the same, every loss and every number: fingerprint {again.fingerprint()}")
    return 0


def which_data(path: str, model: Model) -> str:
    """How sure it is that these are the data: the numbers are the same in any case."""
    before = texts_of(model.notes, "files")
    if not before:
        return "the same numbers"
    return "the same files, byte by byte" if digests(path) == before else "the same numbers, from another file"


def fit(network: Any, settings: dict[str, Any], parts: Parts, epochs: int, report: Any = None) -> None:
    """So many epochs, as `refnet train` has them."""
    validation = (parts.validation.inputs, parts.validation.targets) if parts.validation else None
    network.fit(parts.train.inputs, parts.train.targets, epochs=epochs, batch_size=settings["batch_size"],
                validation=validation, report=report)


class Watcher:
    """What fit reports: the progress on a bar, and each epoch held against that in the file."""

    def __init__(self, history: dict[str, list[Any]], epochs: int) -> None:
        self.history, self.epochs, self.bar = history, epochs, Bar()

    def __call__(self, report: Any) -> None:
        """Called by fit some ten times a second and at the end of each epoch."""
        self.bar.show((report.epoch - 1 + report.row / report.rows) / self.epochs,
                      f"epoch {report.epoch}/{self.epochs}", f"loss {number(report.loss)}")
        for name, value in (report.finished or {}).items():
            noted = self.history.get(name, [])[report.epoch - 1 : report.epoch]
            if noted not in ([], [value]):
                raise Differs(f"epoch {report.epoch}, {name}: {noted[0]!r} in the file, {value!r} when trained again")


def compare(saved: Any, again: Any, place: list[str]) -> None:
    """Raise Differs at the first place where the contents of two files differ."""
    if isinstance(saved, dict) and isinstance(again, dict) and saved.keys() == again.keys():
        for key in saved:
            compare(saved[key], again[key], [*place, key])
    elif isinstance(saved, list) and isinstance(again, list) and len(saved) == len(again):
        for i, (one, other) in enumerate(zip(saved, again)):
            compare(one, other, [*place, str(i)])
    elif repr(saved) != repr(again):  # of numbers too: −0.0 is not 0.0
        raise Differs(f"after training, {'.'.join(place)}: {saved!r} in the file, {again!r} when trained again")
