"""`refnet check`: the tables of refnet.verify.check on the screen, or as JSON."""

from __future__ import annotations

import json
import math
import platform
import textwrap
from typing import Any

from refnet.cli.screen import Bar, columns, grid, mark, say, shown
from refnet.verify import check


def run(arguments: Any) -> int:
    """Check everything; 0 when all is as it should be, else 1."""
    names = check.backends()
    why = "" if len(names) == 2 else check.why_one_backend()
    bar = Bar()

    def out(text: str = "") -> None:
        if not arguments.json:
            bar.clear()
            say(text)

    import refnet

    python = f"Python {platform.python_version()}"
    versions = f"refnet {refnet.__version__}, contract {refnet.CONTRACT}, {python}"
    out(fold(f"{versions}, backends: {' and '.join(names)}"))
    if why:
        out(fold(f"The reference is checked alone: {why}."))

    out()
    bar.show(0.0, "worked examples")
    examples = check.worked_examples(names)
    for line in example_lines(examples):
        out(line)

    out()
    comparisons = []
    if len(names) == 2:
        from refnet.verify.compare import compare_kernels

        def tell(kernel: str, done: int, total: int) -> None:
            bar.show(done / total, f"kernel {done + 1}/{total}", kernel)

        bar = Bar()
        comparisons = compare_kernels(arguments.cases, arguments.seed, report=tell)
        for line in kernel_lines(comparisons, arguments):
            out(line)
    else:
        out(fold("Kernels: not compared, there is no second backend."))

    out()
    bar.show(0.0, "canonical network")
    trainings = [check.train_canonical(name) for name in names]
    for line in training_lines(trainings):
        out(line)

    failures = check.failures(examples, comparisons, trainings)
    out()
    out(fold(verdict(failures, why)))
    if arguments.json:
        bar.clear()
        print(json.dumps(document(arguments, names, why, examples, comparisons, trainings, failures), indent=1))
    return 1 if failures else 0


def fold(text: str) -> str:
    return "\n".join(textwrap.wrap(text, columns(), break_on_hyphens=False))


def verdict(failures: list[str], why: str) -> str:
    """The last line: all is well, or what is not."""
    if failures:
        return f"{mark(False)} Something differs: {'; '.join(failures)}."
    if why:
        return f"{mark(True)} The reference computes the right bits. The C core was not checked: {why}."
    return f"{mark(True)} Both backends compute the right bits."


# --- The three tables ---


def example_lines(examples: list[check.Example]) -> list[str]:
    """Published against computed, lecture by lecture; the formulas where the screen is wide enough for them."""
    agreeing = len([1 for each in examples if each.agrees and not each.differs])
    width = columns()
    numbers, figures = (18, 12) if width >= 80 else (14, 8)
    room = width - numbers - 27  # what is left for words
    names = max(12, min(room, 32))
    formulas = min(room - names - 2, 40) if room >= 52 else 0
    indent = 5 + names + (formulas and formulas + 2)
    header = f"no.  {'quantity':<{names}}" + (f"  {'formula':<{formulas}}" if formulas else "")
    lines = [
        f"Worked examples: {agreeing} of {len(examples)} as published",
        f"{header}  {'published':<15}  {'computed':>{numbers}}",
    ]
    for i, each in enumerate(examples):
        if i == 0 or each.source != examples[i - 1].source:
            lines.append(each.source)
        formula, _, digits = shown(each.published).rpartition(" = ")
        start = f"{each.entry:>3}  {shown(each.quantity):<{names}}" + (f"  {formula:<{formulas}}" if formulas else "")
        cells = [f"{start.rstrip():<{indent}}  ", f"{digits:<15}  ", f"{each.python:.{figures}g}".rjust(numbers)]
        for j, wide in enumerate((indent + 2, 17)):
            if len(cells[j].rstrip()) > wide - 2:  # what is too long for its column keeps the line to itself
                cells[j] = cells[j].rstrip() + "\n" + " " * (indent + 2 if j == 0 else indent + 19)
        lines += ("".join(cells) + f"  {mark(each.agrees and not each.differs)}").split("\n")
        if each.differs and each.c is not None:
            lines.append(f"     python {each.python.hex()}, c {each.c.hex()}")
    return lines


def kernel_lines(comparisons: list[Any], arguments: Any) -> list[str]:
    """The kernels in columns, each with its mark, and what differs."""
    equal = len([1 for each in comparisons if not each.difference])
    cases, values = sum(each.cases for each in comparisons), sum(each.values for each in comparisons)
    lines = [
        f"Kernels: {equal} of {len(comparisons)} return the same bits from Python and C",
        *grid([f"{mark(not each.difference)} {each.kernel}" for each in comparisons], columns()),
    ]
    lines += [fold(f"{mark(False)} {each.kernel}: {each.difference}") for each in comparisons if each.difference]
    lines.append(fold(
        f"{arguments.cases:,} random cases each (seed {arguments.seed}), {cases:,} in all; {values:,} numbers compared "
        "(±0, infinities, NaN, subnormals and 1e±300 among them)"
    ))
    return lines


def training_lines(trainings: list[check.Training]) -> list[str]:
    """The canonical network's fingerprint, as published and on each backend, and the time it took."""
    first = trainings[0].losses
    lines = [
        fold(f"Canonical network: {len(first)} epochs, loss {first[0]:.3f} → {first[-1]:.3f}; SHA-256 of its weights"),
        f"  published {check.CANONICAL_HASH}",
    ]
    for each in trainings:
        lines.append(f"{mark(each.fingerprint == check.CANONICAL_HASH)} {each.backend:<9} {each.fingerprint}")
    times = f"Python took {trainings[0].seconds:.2f} s"
    if len(trainings) == 2:
        times += f", C {trainings[1].seconds:.3f} s: {trainings[0].seconds / trainings[1].seconds:.0f} times as fast"
    return [*lines, times]


# --- JSON ---


def document(arguments: Any, names: list[str], why: str, examples: list[check.Example], comparisons: list[Any],
             trainings: list[check.Training], failures: list[str]) -> dict[str, Any]:
    """Everything that was checked, for machines. A number that JSON does not have is written as text."""
    import refnet

    return {
        "ok": not failures,
        "failures": failures,
        "refnet": refnet.__version__,
        "contract": refnet.CONTRACT,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "backends": names,
        "why_not_c": why,
        "examples": [
            {**each._asdict(), "python": _number(each.python), "c": None if each.c is None else _number(each.c)}
            for each in examples
        ],
        "kernels": {
            "cases": arguments.cases,
            "seed": arguments.seed,
            "compared": [each._asdict() for each in comparisons],
        },
        "canonical": {
            "published": check.CANONICAL_HASH,
            "trained": [
                {**each._asdict(), "losses": [_number(loss) for loss in each.losses]} for each in trainings
            ],
            "c_is_faster": trainings[0].seconds / trainings[1].seconds if len(trainings) == 2 else None,
        },
    }


def _number(value: float) -> Any:
    return value if math.isfinite(value) else repr(value)
