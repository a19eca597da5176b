"""What was checked, one by one? The tables of `refnet check --verbose`, and the document of `--json`."""

import math
import platform
from collections.abc import Iterator
from typing import Any

import refnet
from refnet import lectures, verify
from refnet.cli.screen import columns, fold, grid, mark, shown


def tables(found: verify.Findings, arguments: Any) -> Iterator[str]:
    """Versions, every worked example, every kernel and the training."""
    versions = f"refnet {refnet.__version__}, contract {refnet.CONTRACT}, Python {platform.python_version()}"
    yield from [*fold(f"{versions}, {found.number}, backends: {' and '.join(found.backends)}"), ""]
    if found.examples:
        yield from example_lines(found.examples)
    if found.comparisons:
        yield from ["", *kernel_lines(found, arguments)]
    yield from ["", *training_lines(found)]


def example_lines(examples: list[verify.Example]) -> Iterator[str]:
    """Published against computed, slide by slide; the formulas where the screen is wide enough for them. Digits that
    follow from a published formula, and are not published themselves, stand in brackets."""
    width = columns()
    numbers, figures = (18, 12) if width >= 80 else (14, 8)
    room = width - numbers - 29  # what is left for words
    names = max(12, min(room, 32))
    formulas = min(room - names - 2, 40) if room >= 52 else 0
    indent = 5 + names + (formulas and formulas + 2)
    header = f"no.  {'quantity':<{names}}" + (f"  {'formula':<{formulas}}" if formulas else "")
    yield f"{header}  {'published':<17}  {'computed':>{numbers}}"
    title = slide = ""
    has_brackets = False
    for each in examples:
        before = title, slide
        title, slide = lectures.heading(each.source, each.entry)
        if title != before[0]:
            yield from ["", *fold(title)]
        if slide != before[1]:
            yield from fold(f'     "{slide}"', 5)
        formula, _, digits = shown(each.published).rpartition(" = ")
        if formula.startswith(("< ", "> ")):  # a comparison keeps its sign where there is no room for formulas
            formula, digits = formula[2:], formula[:2] + digits
        elif formula:
            digits, has_brackets = f"({digits})", True
        start = f"{each.entry:>3}  {shown(each.quantity):<{names}}" + (f"  {formula:<{formulas}}" if formulas else "")
        cells = [f"{start.rstrip():<{indent}}  ", f"{digits:<17}  ", f"{each.python:.{figures}g}".rjust(numbers)]
        for j, wide in enumerate((indent + 2, 19)):
            if len(cells[j].rstrip()) > wide - 2:  # what is too long for its column keeps the line to itself
                cells[j] = cells[j].rstrip() + "\n" + " " * (indent + 2 if j == 0 else indent + 21)
        yield from ("".join(cells) + f"  {mark(each.is_right)}").split("\n")
        if each.differs and each.c is not None:
            yield f"     python {each.python.hex()}, c {each.c.hex()}"
    if has_brackets:
        yield from ["", *fold("In brackets: the formula is published, and these digits follow from it.")]


def kernel_lines(found: verify.Findings, arguments: Any) -> Iterator[str]:
    """The kernels in columns, each with its mark, and what differs."""
    yield "Kernels"
    yield from grid([f"{mark(not each.difference)} {each.kernel}" for each in found.comparisons], columns())
    yield from wrong(differences(found)["kernels"])
    cases = max(each.cases for each in found.comparisons)
    yield from fold(f"{cases:,} random cases each (seed {arguments.seed}); ±0, infinities, NaN, subnormals and 1e±300 "
                    "are among the numbers")


def training_lines(found: verify.Findings) -> Iterator[str]:
    """How the canonical network's loss fell, and how long each backend took."""
    losses, seconds = found.trainings[0].losses, [each.seconds for each in found.trainings]
    yield from fold(f"Canonical network: {len(losses)} epochs, loss {losses[0]:.3f} → {losses[-1]:.3f}")
    times = f"Python took {seconds[0]:.2f} s"
    if len(seconds) == 2:
        times += f", C {seconds[1]:.3f} s: {seconds[0] / seconds[1]:.0f} times as fast"
    yield from fold(times)
    yield from wrong(differences(found)["network"])


def differences(found: verify.Findings) -> dict[str, list[str]]:
    """For each check all that differs, with what it takes to find it again; of the losses, the first epoch."""
    losses = verify.other_losses(found)
    return {
        "worked examples": [
            f"worked example {each.entry}, {each.quantity}: published {each.published}, "
            f"Python {each.python!r} ({each.python.hex()})"
            + ("" if each.c is None else f", C {each.c!r} ({each.c.hex()})")
            for each in found.examples if not each.is_right
        ],
        "kernels": [
            f"kernel {each.kernel}, Python against C: {each.difference}"
            for each in found.comparisons if each.difference
        ],
        "network": [f"network's losses, a row for each epoch, Python against C: {losses}"] if losses else [],
    }


def wrong(texts: list[str]) -> Iterator[str]:
    """Each text with the mark of what is wrong before it."""
    for text in texts:
        yield from fold(f"{mark(False)} {text}", 2)


def document(arguments: Any, found: verify.Findings, failures: dict[str, list[str]]) -> dict[str, Any]:
    """Everything that was checked, for machines. A number that JSON does not have is written as text."""
    seconds = [each.seconds for each in found.trainings]
    return {
        "ok": not any(failures.values()),
        "failures": [phrase for phrases in failures.values() for phrase in phrases],
        "refnet": refnet.__version__,
        "contract": refnet.CONTRACT,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "number": found.number,
        "backends": found.backends,
        "why_not_c": found.why_not_c,
        "examples": example_documents(found.examples),
        "kernels": {
            "cases": found.comparisons[0].cases if found.comparisons else 0, "seed": arguments.seed,
            "compared": [each._asdict() for each in found.comparisons],
        },
        "canonical": {
            "published": found.trainings[0].published,
            "trained": [
                {**each._asdict(), "losses": [_number(loss) for loss in each.losses]} for each in found.trainings
            ],
            "c_is_faster": seconds[0] / seconds[1] if len(seconds) == 2 else None,
        },
    }


def example_documents(examples: list[verify.Example]) -> list[dict[str, Any]]:
    return [{**each._asdict(), "python": _number(each.python), "c": None if each.c is None else _number(each.c)}
            for each in examples]


def _number(value: float) -> Any:
    return value if math.isfinite(value) else repr(value)
