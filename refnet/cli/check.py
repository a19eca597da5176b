"""`refnet check`: are these the right bits? The verdict first and last, and between them what was checked."""

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from refnet import verify
from refnet.cli import check_tables
from refnet.cli.options import add_command, add_options, whole
from refnet.cli.screen import Bar, fold, mark, say


def add(commands: Any) -> None:
    command = add_command(
        commands, "check", "", run, "compare both backends with each other and with the published digits",
        "Runs every worked example of the lectures, compares every kernel of the two backends bit by bit on random "
        "cases, and trains one small network from scratch whose weights have a known SHA-256. Needs nothing but "
        "the package. Exit status 1 when anything differs.",
        "refnet check\nrefnet check --verbose\nrefnet check --cases 100000 --seed 7\n"
        "refnet check --json > report.json",
    )
    add_options(command, [
        ("--cases", "random cases for each kernel (%(default)s)", whole(1), "N"),
        ("--seed", "seed of the random cases (%(default)s)", whole(), "S"),
        ("--verbose", "also print every worked example, every kernel and the training", True),
        ("--json", "print one JSON document instead", True),
    ])
    command.set_defaults(cases=2000, seed=0)


def run(arguments: Any) -> int:
    """Check everything; 0 when all is as it should be, else 1."""
    bar = Bar()
    found = verify.check(arguments.cases, arguments.seed, bar.show)
    bar.clear()
    failures = verify.failures(found)
    if arguments.json:
        print(json.dumps(check_tables.document(arguments, found, failures), indent=1))
    else:
        for line in report(found, failures, arguments):
            say(line)
    return 1 if any(failures.values()) else 0


def report(found: verify.Findings, failures: dict[str, list[str]], arguments: Any) -> Iterator[str]:
    """The verdict, a line for each check, the hash, what differs, with --verbose the tables, and the verdict."""
    verdict = f"{mark(True)} Both backends compute the right bits."
    if any(failures.values()):
        verdict = f"{mark(False)} Something differs: {', '.join(name for name in failures if failures[name])}."
    elif found.why_not_c:
        verdict = f"{mark(True)} The reference computes the right bits. The C core was not checked: {found.why_not_c}."
    yield from [*fold(verdict, 2), ""]
    yield from summary(found, failures)
    yield from hashes(found.trainings)
    yield ""
    if arguments.verbose:
        yield from [*check_tables.tables(found, arguments), ""]
    elif any(failures.values()):
        for texts in check_tables.differences(found).values():
            yield from check_tables.wrong(texts[:1])
            if len(texts) > 1:
                yield f"  and {len(texts) - 1} more (--verbose shows all)"
        yield ""
    yield from fold(verdict, 2)


def summary(found: verify.Findings, failures: dict[str, list[str]]) -> Iterator[str]:
    """A line for each check: its mark, its name, how long it took, and how many of its parts are right."""
    is_pair = len(found.backends) == 2
    numbers = len([1 for each in found.examples if each.is_right])
    entries = len({each.entry for each in found.examples})
    kernels = len([1 for each in found.comparisons if not each.difference])
    cases, values = sum(each.cases for each in found.comparisons), sum(each.values for each in found.comparisons)
    weights = len([1 for each in found.trainings if each.is_right])
    counts = {
        "worked examples": f"{numbers} of {len(found.examples)} as published ({entries} entries)"
                           + (", same bits" if is_pair else ""),
        "kernels": f"{kernels} of {len(found.comparisons)} equal, {cases:,} cases, {values:,} numbers"
                   if is_pair else "not compared, there is no second backend",
        "network": f"{weights} of {len(found.trainings)} trained to the published SHA-256",
    }
    for (name, text), seconds in zip(counts.items(), found.seconds):
        start = f"{mark(not failures[name])} {name:<15} {seconds:6.2f} s  "
        if name == "kernels" and not is_pair:
            start = f"- {name:<26}"
        if name != "network":  # whose hashes say what is wrong
            text = textwrap.shorten("; ".join([text, *failures[name]]), 200, placeholder=" …")
        yield from fold(start + text, len(start))


def hashes(trainings: list[verify.Training]) -> Iterator[str]:
    """The network's hash; if one differs, the published one and each backend's."""
    is_right = all(each.is_right for each in trainings)
    yield from fold(f"  {'SHA-256' if is_right else 'published':<9}  {verify.CANONICAL_HASH}")
    for each in [] if is_right else trainings:
        yield from fold(f"{mark(each.is_right)} {each.backend:<9}  {each.fingerprint}")
