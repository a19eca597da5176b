"""What is learned from, what is watched, what is held out? The data of `refnet train`, divided as the options say."""

import math
import os
from typing import Any, NamedTuple, Optional

from refnet.checks import counted
from refnet.cli import reading, tables
from refnet.cli.errors import CommandError, in_options, option, typed
from refnet.cli.train_network import DEFAULTS, HIDDEN_UNITS, IDX_DEFAULTS, settle
from refnet.data import Dataset, read_idx_folder, split


class Parts(NamedTuple):
    """What is learned from, what is watched meanwhile, and what training never sees; how a table was read."""

    train: Dataset
    validation: Optional[Dataset]
    test: Optional[Dataset]
    table: Optional[tables.Found] = None

    @property
    def indicators(self) -> list[int]:
        """The features that are 0 or 1, as they stand for categories."""
        return self.table.preparation.indicators if self.table else []


def prepared(path: str, given: dict[str, Any]) -> tuple[dict[str, Any], Parts]:
    """(all settings, the data) for a new network."""
    is_folder = os.path.isdir(path)
    settings = {**DEFAULTS, **(IDX_DEFAULTS if is_folder else {}), **given}
    if is_folder:
        reading.no_table_options(path, given)
    elif settings["jitter"]:
        raise CommandError(f"--jitter {settings['jitter']}: only for a folder of IDX files; {path} has no images")
    settle(settings)
    parts = read(path, settings)
    resolve(path, settings, parts.train)
    return settings, parts


def read(path: str, settings: dict[str, Any], again: bool = False) -> Parts:
    """The data, divided as the settings say, which are those of a training that has been if this is done again."""
    train, test, found = with_test(path, settings, again)
    validation = None
    if settings["validation"]:
        train, validation = held_out(path, "validation", settings["validation"], train, settings)
    if found is None:
        return Parts(train, validation, test)
    try:
        prepare = found.preparation.fit(train).transform
        return Parts(prepare(train), validation and prepare(validation), test and prepare(test), found)
    except ValueError as error:
        raise CommandError(in_options(str(error))) from None


def with_test(path: str, settings: dict[str, Any],
              again: bool) -> tuple[Dataset, Optional[Dataset], Optional[tables.Found]]:
    """(training data, test data or None, how a table was read) as the settings say; a table is not prepared yet."""
    found = None
    if os.path.isdir(path):
        data, test = read_idx_folder(path), reading.test_folder(path)
        if test is not None:
            if settings["test"] is not None:
                raise CommandError(f"--test {settings['test']:g}: {path} has test data of its own, t10k-…")
            check_test_folder(path, data, test)
            return data, test, None
        fraction = DEFAULTS["test"] if settings["test"] is None else settings["test"]
    else:
        data, found = tables.read(path, settings, again)
        fraction = settings["test"]
    if data.classes is not None and len(data.classes) < 2:
        raise CommandError(f"{path}: all labels are {data.classes[0]!r}, nothing to tell apart (is --label right?)")
    return (*(held_out(path, "test", fraction, data, settings) if fraction else (data, None)), found)


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
    """Raise CommandError if the test images do not go with the training images."""
    pixels, test_pixels = reading.width(data), reading.width(test)
    if pixels != test_pixels:
        raise CommandError(f"{path}: images of {pixels} pixels in train-…, of {test_pixels} in t10k-…")
    classes, test_classes = data.classes or [], test.classes or []
    if len(test_classes) > len(classes):
        raise CommandError(f"{path}: labels up to {classes[-1]} in train-…, up to {test_classes[-1]} in t10k-…")


def resolve(path: str, settings: dict[str, Any], train: Dataset) -> None:
    """Fill in the layers, or check that those asked for go with the data and the other options with them."""
    inputs, outputs = reading.width(train), len(train.classes) if train.classes else 1
    layers = settings["layers"] = settings["layers"] or [inputs, HIDDEN_UNITS[os.path.isdir(path)], outputs]
    if (layers[0], layers[-1]) != (inputs, outputs):
        goal = counted(outputs, "class") if train.classes else "one number to predict"
        raise CommandError(
            f"--layers {typed(layers)}: {path} has {counted(inputs, 'feature')} and {goal}, "
            f"so {typed([inputs, *layers[1:-1], outputs])}"
        )
    for name in ("batch_norm", "dropout"):
        if settings[name] and len(layers) == 2:
            raise CommandError(
                f"{option(name, settings[name])}: --layers {typed(layers)} has no hidden layer, as it needs"
            )
    if settings["jitter"] and math.isqrt(inputs) ** 2 != inputs:
        raise CommandError(f"--jitter {settings['jitter']}: {path} has images of {inputs} pixels; only square ones")
