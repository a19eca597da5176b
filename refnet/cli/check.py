"""`refnet check`: are these the right bits? The verdict first and last, and between them what was checked.

In binary64; then in binary32, where the reference is much slower, with a tenth of the cases and no worked examples.
Or one worked example alone, all its numbers.
"""

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from refnet import verify
from refnet.cli import check_tables
from refnet.cli.errors import CommandError
from refnet.cli.options import add_command, add_options, number_format, whole
from refnet.cli.screen import Bar, fold, mark, say
from refnet.lectures import last_entry

CASES = 2000


def add(commands: Any) -> None:
    command = add_command(
        commands, "check", "", run, "compare both backends with each other and with the published digits",
        "Runs every worked example of the lectures, compares every kernel of the two backends bit by bit on random "
        "cases, and trains one small network from scratch whose weights have a known SHA-256; then kernels and network "
        "in binary32, with a tenth of the cases. Needs nothing but the package. Exit status 1 when anything differs.",
        "refnet check\nrefnet check --verbose\nrefnet check --cases 100000 --seed 7\nrefnet check --number binary16\n"
        "refnet check --example 6\nrefnet check --json > report.json",
    )
    add_options(command, [
        ("--cases", f"random cases for each kernel ({CASES})", whole(1), "N"),
        ("--seed", "seed of the random cases (0)", whole(), "S"),
        ("--example", "show this worked example alone: its numbers, each beside the published one",
         whole(1, last_entry()), "N"),
        ("--number", "check this number format alone, with all cases and the worked examples", number_format, "FORMAT"),
        ("--verbose", "also print every worked example, every kernel and the training", True),
        ("--json", "print one JSON document instead", True),
    ])


def run(arguments: Any) -> int:
    """Check everything, or one worked example; 0 when all is as it should be, else 1."""
    if arguments.example is not None:
        return one_example(arguments)
    arguments.cases, arguments.seed = arguments.cases or CASES, arguments.seed or 0
    bar = Bar()
    found = checked(arguments, bar)
    bar.clear()
    failures = [verify.failures(each) for each in found]
    if arguments.json:
        documents = [check_tables.document(arguments, *both) for both in zip(found, failures)]
        print(json.dumps({**documents[0], "other_formats": documents[1:]}, indent=1))
    else:
        for line in report(found, failures, arguments):
            say(line)
    return 1 if any(any(each.values()) for each in failures) else 0


def one_example(arguments: Any) -> int:
    """Print the numbers of one worked example."""
    given = {"cases": arguments.cases, "seed": arguments.seed, "verbose": arguments.verbose or None}
    for name in [name for name, value in given.items() if value is not None]:
        raise CommandError(f"--{name}: not with --example, which has no random cases and prints all its numbers")
    number = arguments.number or "binary64"
    try:
        found = verify.worked_examples(verify.compared(number)[0], number, arguments.example)
    except ValueError as error:
        raise CommandError(str(error).replace("entry", "--example", 1)) from None
    right = all(each.is_right for each in found)
    if arguments.json:
        print(json.dumps({"ok": right, "examples": check_tables.example_documents(found)}, indent=1))
    else:
        for line in check_tables.example_lines(found):
            say(line)
    return 0 if right else 1


def checked(arguments: Any, bar: Bar) -> list[verify.Findings]:
    """What was found in each number format."""
    cases, seed = arguments.cases, arguments.seed
    if arguments.number:
        return [verify.check(cases, seed, bar.show, arguments.number)]
    return [
        verify.check(cases, seed, lambda share, *texts: bar.show(0.7 * share, *texts)),
        verify.check(max(1, cases // 10), seed, lambda share, *texts: bar.show(0.7 + 0.3 * share, *texts),
                     "binary32", with_examples=False),
    ]


def report(found: list[verify.Findings], failures: list[dict[str, list[str]]], arguments: Any) -> Iterator[str]:
    """The verdict, for each format a line for each check and the hash, what differs, with --verbose the tables, and the
    verdict."""
    first = verdict(found, failures)
    yield from [*fold(first, 2), ""]
    for each, own in zip(found, failures):
        if each.number != "binary64":
            yield f"  {each.number}"
        yield from summary(each, own)
        yield from hashes(each)
    yield ""
    for each, own in zip(found, failures):
        if arguments.verbose:
            yield from [*check_tables.tables(each, arguments), ""]
        elif any(own.values()):
            for texts in check_tables.differences(each).values():
                yield from check_tables.wrong(texts[:1])
                if len(texts) > 1:
                    yield f"  and {len(texts) - 1} more (--verbose shows all)"
            yield ""
    yield from fold(first, 2)


def verdict(found: list[verify.Findings], failures: list[dict[str, list[str]]]) -> str:
    """One sentence, which says in which formats what was compared."""
    wrong = [name if each.number == "binary64" else f"{name} in {each.number}"
             for each, own in zip(found, failures) for name in own if own[name]]
    if wrong:
        return f"{mark(False)} Something differs: {', '.join(wrong)}."
    pairs = " and ".join(each.number for each in found if not each.why_not_c)
    alone = " and ".join(each.number for each in found if each.why_not_c)
    texts = [f"Both backends compute the right bits in {pairs}."] if pairs else []
    if alone:
        why = next(each.why_not_c for each in found if each.why_not_c)
        texts.append(f"The reference computes the right bits in {alone}. The C core was not checked: {why}.")
    return f"{mark(True)} {' '.join(texts)}"


def summary(found: verify.Findings, failures: dict[str, list[str]]) -> Iterator[str]:
    """A line for each check: its mark, its name, how long it took, and how many of its parts are right."""
    is_pair = len(found.backends) == 2
    numbers = len([1 for each in found.examples if each.agrees and not each.differs])
    entries = len({each.entry for each in found.examples})
    kernels = len([1 for each in found.comparisons if not each.difference])
    cases, values = sum(each.cases for each in found.comparisons), sum(each.values for each in found.comparisons)
    weights = len([1 for each in found.trainings if each.is_right])
    counts = {
        "worked examples": f"{numbers} of {len(found.examples)} as published ({entries} entries)"
                           + (", same bits" if is_pair else ""),
        "kernels": f"{kernels} of {len(found.comparisons)} equal, {cases:,} cases, {values:,} numbers"
                   if is_pair else "not compared, there is no second backend",
        "network": f"{weights} of {len(found.trainings)} trained to the published SHA-256"
                   if found.trainings[0].published else "trained; there is no published SHA-256 of this format",
    }
    for (name, text), seconds in zip(counts.items(), found.seconds):
        if name == "worked examples" and not found.examples and not failures[name]:
            continue
        start = f"{mark(not failures[name])} {name:<15} {seconds:6.2f} s  "
        if name == "kernels" and not is_pair:
            start = f"- {name:<26}"
        if name != "network":  # whose hashes say what is wrong
            text = textwrap.shorten("; ".join([text, *failures[name]]), 200, placeholder=" …")
        yield from fold(start + text, len(start))


def hashes(found: verify.Findings) -> Iterator[str]:
    """The network's hash; if one differs, the published one and each backend's."""
    trainings = found.trainings
    is_right, is_alike = all(each.is_right for each in trainings), len({each.fingerprint for each in trainings}) == 1
    label, shown = "SHA-256" if is_right else "published", trainings[0].published or trainings[0].fingerprint
    yield from fold(f"  {label:<9}  {shown}")
    for each in [] if is_right and is_alike else trainings:
        yield from fold(f"{mark(each.is_right)} {each.backend:<9}  {each.fingerprint}")
