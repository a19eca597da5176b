"""What may a user type? A command with its help, the options that several commands have, what a value may be."""

from __future__ import annotations

import argparse
import os
import re
import sys
import textwrap
from contextlib import suppress
from typing import Any, Callable, Optional, Union

from refnet import checks
from refnet.cli.errors import CommandError
from refnet.cli.screen import columns, shown


def program() -> str:
    """The name that this command line was called by."""
    return "python -m refnet" if os.path.basename(sys.argv[0]) == "__main__.py" else "refnet"


class Help(argparse.RawDescriptionHelpFormatter):
    """argparse's help, as wide as everything else here, and no line ends within half-squared-error."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=columns())

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(text, width, break_on_hyphens=False)


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one line, as all errors of this command line are."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=Help, allow_abbrev=False, **settings)

    def error(self, message: str) -> Any:
        raise CommandError(f"{re.sub('^argument ', '', message)} (see {self.prog} --help)")


def add_command(commands: Any, name: str, arguments: str, run: Callable[[Any], int], summary: str, description: str,
                examples: str) -> Parser:
    """A command with its description above and its examples below the options."""
    width = columns()
    paragraphs = [textwrap.fill(text, width, break_on_hyphens=False) for text in description.split("\n")]
    lines = ["example:"]
    for example in examples.split("\n"):  # one that is too long goes on in the next line, as a shell takes it
        parts = textwrap.wrap(example, width - 4, subsequent_indent="    ", break_on_hyphens=False)
        lines.append("  " + " \\\n  ".join(parts))
    command = commands.add_parser(
        name, help=summary, usage=f"%(prog)s [options] {arguments}".rstrip(),
        description=shown("\n".join(paragraphs)), epilog="\n".join(lines),
    )
    command.set_defaults(run=run)
    return command


# --- Options of several commands ---


def add_model(command: Any) -> None:
    command.add_argument("model", metavar="MODEL", type=filename, help="file that `refnet train --save` wrote")


def add_table_options(group: Any, label: str) -> None:
    """Options of reading a CSV file. One that is not given leaves no trace."""
    default = argparse.SUPPRESS
    group.add_argument("--label", type=column, default=default, metavar="NAME|NUMBER",
                       help=f"{label}; numbers count from 0, negative ones from the end")
    group.add_argument("--header", action="store_true", default=default,
                       help="the first line has the columns' names (default: found out)")
    group.add_argument("--no-header", dest="header", action="store_false", default=default,
                       help="the first line is an example")
    group.add_argument("--delimiter", default=default, metavar="CHAR",
                       help="character between two cells of a CSV file (,)")


def add_backend(group: Any) -> None:
    group.add_argument("--backend", choices=["python", "c", "auto"], default="auto", metavar="NAME",
                       help="python, c or auto (C where it is built); the bits are the same")


# --- What a value may be ---


def sizes(text: str) -> list[int]:
    """784-30-10 → [784, 30, 10]"""
    if not re.fullmatch(r"[1-9][0-9]{0,8}(-[1-9][0-9]{0,8})+", text):
        raise argparse.ArgumentTypeError(f"{text!r}; expected units from inputs to outputs, such as 784-30-10")
    return [int(part) for part in text.split("-")]


def filename(text: str) -> str:
    """The name of a file or folder, which may not be there."""
    if not text:
        raise argparse.ArgumentTypeError("''; expected the name of a file")
    return text


def column(text: str) -> Union[int, str]:
    """A column's number, or else its name."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else text


def whole(least: Optional[int] = None) -> Callable[[str], int]:
    """Whole numbers of at least `least`."""

    def parse(text: str) -> int:
        return _checked(text, checks.count, int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text, least=least)

    return parse


def real(**bounds: float) -> Callable[[str], float]:
    """Finite numbers within the bounds of refnet.checks.number."""

    def parse(text: str) -> float:
        value: Any = text
        with suppress(ValueError):
            value = float(text)
        return _checked(text, checks.number, value, **bounds)

    return parse


def _checked(text: str, check: Callable[..., Any], value: Any, **bounds: Any) -> Any:
    """The value, or an error that has the text as it was typed and what the check allows."""
    try:
        return check("", value, **bounds)
    except (TypeError, ValueError) as error:
        allowed = str(error).rpartition("; ")[2]
        raise argparse.ArgumentTypeError(f"{text!r}; {allowed}") from None
