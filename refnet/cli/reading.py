"""What did the user hand in? Data files and model files, with errors in the words of the command line."""

import hashlib
import os
import struct
import tempfile
from typing import Any, Optional

import refnet
from refnet.checks import counted
from refnet.cli.errors import CommandError, option
from refnet.cli.screen import Bar
from refnet.cli.tables import PREPARING, TABLE_OPTIONS
from refnet.data import ByteMatrix, Dataset, read_idx_folder

PIECE = 1000  # rows between two looks at the progress bar


def table_options(arguments: Any) -> dict[str, Any]:
    """The options of reading a table that were given."""
    return {name: value for name, value in vars(arguments).items() if name in TABLE_OPTIONS}


def no_table_options(path: str, given: dict[str, Any]) -> None:
    """Raise CommandError if there are options for tables: this is none."""
    for name in (*TABLE_OPTIONS, *PREPARING, "regression", "standardize"):
        if name in given:
            what = "a folder of IDX files" if os.path.isdir(path) else "IDX"
            raise CommandError(f"{option(name, given[name])}: only for tables; {path} is {what}")


def folder(path: str, given: dict[str, Any]) -> Dataset:
    """The data of a folder of IDX files: its test data if it has some."""
    no_table_options(path, given)
    return test_folder(path) or read_idx_folder(path)


def test_folder(path: str) -> Optional[Dataset]:
    """The test data of a folder of IDX files, t10k-…; None if there is none."""
    has_some = any(name.startswith("t10k") for name in os.listdir(path))
    return read_idx_folder(path, "test") if has_some else None


def digest(*parts: Optional[Dataset]) -> str:
    """SHA-256 of the data sets' numbers, targets and class names, to tell whether data is that of last time."""
    sha = hashlib.sha256()
    for part in filter(None, parts):
        sha.update(f"{len(part)} {part.classes} {part.targets}".encode())
        if isinstance(part.inputs, ByteMatrix):
            sha.update(part.inputs.values)
        else:
            for row in part.inputs:
                sha.update(struct.pack(f"<{len(row)}d", *row))
    return sha.hexdigest()


def described(path: str, dataset: Dataset) -> str:
    """`iris.csv: 150 examples, 4 features, 3 classes (setosa, versicolor, virginica)`"""
    text = f"{name_of(path)}: {counted(len(dataset), 'example')}, {counted(width(dataset), 'feature')}"
    if dataset.classes is None:
        return text + (", a number to predict" if dataset.targets else "")
    names = ", ".join(dataset.classes[:12]) + (", …" if len(dataset.classes) > 12 else "")
    return f"{text}, {counted(len(dataset.classes), 'class')} ({names})"


def width(dataset: Dataset) -> int:
    """Numbers in a row of inputs."""
    return dataset.inputs.columns if isinstance(dataset.inputs, ByteMatrix) else len(dataset.inputs[0])


def name_of(path: str) -> str:
    """The last part of a path, also of one that ends in a slash."""
    return os.path.basename(os.path.normpath(path)) or path


def writable(option: str, path: str, *sources: str, replaced: bool = False) -> None:
    """Raise CommandError now rather than after an hour's work, for a path that cannot be written or is a source.

    replaced  a new file takes the place of an old one, so the path cannot be a device
    """
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise CommandError(f"{option} {path}: is a folder; expected the name of a file")
    if not os.path.isdir(folder):
        raise CommandError(f"{option} {path}: there is no folder {folder}")
    is_there = os.path.exists(path)
    if is_there and replaced and not os.path.isfile(path):
        raise CommandError(f"{option} {path}: is a device or a pipe; expected the name of a file")
    if is_there and not os.access(path, os.W_OK):
        raise CommandError(f"{option} {path}: may not be written")
    if replaced or not is_there:
        folder, name = os.path.split(os.path.realpath(path))  # behind a link
        try:
            with tempfile.NamedTemporaryFile(prefix=name, dir=folder):
                pass  # the only sure way to know whether a file can be made there
        except OSError as error:
            raise CommandError(f"{option} {path}: may not be written: {error.strerror}") from None
    for source in sources:
        if os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
            raise CommandError(f"{option} {path}: would overwrite {source}, which is read")


class Model:
    """A network from a file, with what `refnet train` noted in it: task, class names, columns, label, settings.

    A file that Python code saved has none of these; then a classification's classes are called 0, 1, 2, …
    """

    def __init__(self, path: str, backend: str) -> None:
        self.path = path
        self.network: Any = refnet.load(path, backend=backend)
        self.notes = notes = self.network.notes
        last, objective = self.network.layers[-1], self.network.objective
        classifies = type(last).__name__ in ("Softmax", "Sigmoid") or bool(objective and objective.is_classification)
        self.task = notes.get("task", "classification" if classifies else "regression")
        self.outputs = self.network.outputs
        names = max(self.outputs, 2)  # one sigmoid output tells two classes apart
        self.classes: list[str] = notes.get("classes") or [str(i) for i in range(names)]
        self.columns: Optional[list[str]] = notes.get("columns")
        noted = notes.get("settings") or {}
        lists = [self.classes, self.columns or []]
        are_texts = all(isinstance(own, list) and all(isinstance(each, str) for each in own) for own in lists)
        if not are_texts or self.task not in ("classification", "regression") or not isinstance(noted, dict):
            raise CommandError(f"{path}: its notes are not those of `refnet train` (task, classes, columns, settings)")
        self.settings: dict[str, Any] = {**noted, "number": self.network.number}
        if self.task == "classification" and len(self.classes) != names:
            raise CommandError(
                f"{path}: its notes name {counted(len(self.classes), 'class')}; "
                f"the network has {counted(self.outputs, 'output')}"
            )

    def check(self, path: str, dataset: Dataset, hint: str = "") -> None:
        """Raise CommandError for data of another width, or with the columns in another order."""
        if width(dataset) != self.network.inputs:
            raise CommandError(
                f"{path}: {counted(width(dataset), 'feature')} a row; {self.path} takes {self.network.inputs}{hint}"
            )
        if self.columns and dataset.columns and self.columns != dataset.columns:
            raise CommandError(
                f"{path}: columns {', '.join(dataset.columns)}; {self.path} was trained with {', '.join(self.columns)}"
            )

    def predict(self, dataset: Dataset) -> list[list[float]]:
        """The network's outputs, with a progress bar if there are many rows."""
        bar = Bar()
        outputs: list[list[float]] = []
        for start in range(0, len(dataset), PIECE):
            if len(dataset) > PIECE:
                bar.show(start / len(dataset), "predicting", f"{start:,} of {len(dataset):,}")
            outputs += self.network.predict(dataset.inputs[start : start + PIECE])
        bar.clear()
        return outputs
