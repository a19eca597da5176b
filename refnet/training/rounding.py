"""Which numbers does a training lose in its number format? `fit` warns of settings and data that are lost."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from refnet.arithmetic.formats import BINARY64, Format
from refnet.data import ByteMatrix, door
from refnet.kernels.choosing import format_of
from refnet.kernels.seam import NUMBERS, SEAM
from refnet.layers import Layer
from refnet.losses import Loss
from refnet.optimizers import Optimizer
from refnet.training.examples import Examples
from refnet.training.progress import Plan

# Settings that are handed to kernels under these names stay binary64 in every format.
STAY_WIDE = {argument.name for signature in SEAM.values() if not signature.is_wide for argument in signature.arguments
             if argument.kind in NUMBERS and argument.wide}
FEW = 1000  # numbers, which take less than 0.1 ms


def warn_of_rounding(network: Any, examples: Examples, plan: Plan, objective: Loss, penalties: tuple,
                     optimizer: Optimizer) -> None:
    """A RuntimeWarning for each number of a fit that is 0, 1 or infinite in the network's format where it was not."""
    form = format_of(network.k)
    if form == BINARY64:
        return
    rate = optimizer.rate_at(network.epoch)
    parts = [optimizer, optimizer.clip, objective, *getattr(objective, "losses", ()), *penalties, *network.layers]
    for parameter in network.parameters.values():
        parts += [*parameter.penalties, *parameter.constraints]
    found = [
        *_of_value(form, f"the rate {rate!r}", rate, ", so that no weight changes"),
        *(text for part in parts if part is not None for text in _of_settings(form, part)),
        *_of_divisors(form, plan, objective, network.output_units[0]),
        *_of_data(form, "an input", examples.inputs),
        *_of_data(form, "a target", [each.rows for each in examples.targets if not each.are_classes]),
    ]
    for text in dict.fromkeys(found):
        warnings.warn(f"fit: {text}", RuntimeWarning, stacklevel=5)


def _of_settings(form: Format, part: Any) -> Iterator[str]:
    """What is lost of the settings of an optimizer, a layer, a loss, a penalty, …"""
    whose = part.name if isinstance(part, Layer) else type(part).__name__
    known = part.settings if isinstance(part.settings, dict) else {}
    for name in part.settings:
        value = getattr(part, name, None)
        if name in STAY_WIDE:
            continue
        if isinstance(value, float):
            yield from _of_value(form, f"{whose}'s {name}={value!r}", value)
            if getattr(known.get(name), "bounds", {}).get("below") == 1:  # a share of a running mean
                yield from _of_share(form, f"{whose}'s {name}={value!r}", name, value)
        elif isinstance(value, (list, tuple)):
            for i, each in enumerate(value):
                if isinstance(each, float):
                    yield from _of_value(form, f"{whose}'s {name}[{i}]={each!r}", each)


def _of_value(form: Format, what: str, value: float, so: str = "") -> Iterator[str]:
    held = float(form.number(value))
    if held == 0.0 != value:
        yield f"{what} is 0.0 in {form}{so}; the smallest number above 0 is {form.smallest!r}"
    yield from _beyond(form, what, value)


def _beyond(form: Format, what: str, value: float) -> Iterator[str]:
    if form.is_beyond(value):
        yield f"{what} is {float(form.number(value))!r} in {form}; the largest number is {form.largest!r}"


def _of_share(form: Format, what: str, name: str, value: float) -> Iterator[str]:
    one = float(form.number(1.0))
    if value < 1.0 and float(form.number(value)) == one:
        below = one - form.epsilon / 2.0  # below a power of two, floating point is twice as dense
        below = below if float(form.number(below)) == below else one - form.epsilon
        so = "" if name == "mu" else f", so that 1 - {name} is 0.0"  # momentum has 1 - mu, if at all, of mu unrounded
        yield f"{what} is {one!r} in {form}{so}; the largest number below is {below!r}"


def _of_divisors(form: Format, plan: Plan, objective: Loss, units: int) -> Iterator[str]:
    """What is lost of what the losses of a batch are divided by."""
    size = min(plan.batch_size, plan.used)
    for rows in dict.fromkeys((size, plan.used % size or size)):  # the last batch may be smaller
        divisor = objective.divisor(rows, units)
        held = float(form.number(divisor))
        if abs(held - divisor) > form.smallest:
            yield f"the losses of a batch of {rows} rows are divided by {divisor!r}, which is {held!r} in {form}"


def _of_data(form: Format, what: str, tables: list[Any]) -> Iterator[str]:
    """What is lost of data beyond the format's largest number."""
    for table in tables:
        if isinstance(table, ByteMatrix):  # numbers from 0 to 1
            continue
        # Hardly any data are beyond binary32 and bfloat16. There the first rows must do: all would take C's time.
        some = table if form.largest < 1e38 else table[: 1 + FEW // table.shape[1]]
        numbers: Any = door.in_place(some, "f") or door.as_doubles(some)
        flat = numbers.cast("B").cast(numbers.format)
        for value in (max(flat), min(flat)):
            yield from _beyond(form, f"{what}, {value!r},", value)
