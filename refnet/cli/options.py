"""What may a user type? A command with its help, the options that several commands have, what a value may be."""

import argparse
import os
import re
import sys
import textwrap
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Callable, Optional, Union

from refnet import checks
from refnet.arithmetic.formats import as_format
from refnet.arithmetic.formats.naming import OBJECTS
from refnet.checks.names import did_you_mean
from refnet.cli.errors import CommandError
from refnet.cli.screen import columns, fold
from refnet.data.tables import DECIMALS
from refnet.data.tables import MISSING_CHOICES as MISSING

MANY = 40  # choices, of which an error does not list all


def program() -> str:
    """The name that this command line was called by."""
    return "python -m refnet" if os.path.basename(sys.argv[0]) == "__main__.py" else "refnet"


class Help(argparse.RawDescriptionHelpFormatter):
    """argparse's help, as wide as everything else here, and no line ends within half-squared-error."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=columns())

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(text, width, break_on_hyphens=False)


def meant_by(wrong: str, words: Iterable[str]) -> str:
    """ "; did you mean adam?", or nothing."""
    found = did_you_mean(wrong, words)
    return found if "did you mean" in found else ""


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one line, as all errors of this command line are."""

    commands: Any = None

    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=Help, allow_abbrev=False, **settings)

    def add_subparsers(self, **settings: Any) -> Any:
        """Those of argparse, whose options are looked at where one is misspelt."""
        self.commands = super().add_subparsers(**settings)
        return self.commands

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What was typed; what is no option is said of the command that it was typed for."""
        found, rest = self.parse_known_args(args, namespace)
        if rest:
            known = self.commands.choices[found.command]._actions if self.commands else []
            wrong = rest[0].partition("=")[0]
            options = [each for action in known for each in action.option_strings]
            meant = meant_by(wrong, options) if wrong.startswith("--") else ""
            help_of = f"(see {self.prog} {found.command} --help)"
            raise CommandError(f"unrecognized arguments: {' '.join(rest)}{meant} {help_of}")
        return found

    def error(self, message: str) -> Any:
        message = re.sub("^argument ", "", message)
        choice = re.fullmatch(r"(.*invalid choice: '(.*)') \(choose from (.*)\)", message)
        if choice:
            names = re.findall(r"[\w-]+", choice[3])
            if len(names) > MANY:
                message = f"{choice[1]}; allowed: {', '.join(names[:3])} and {len(names) - 3} more"
            message += meant_by(choice[2], names)
        option = re.match("(--[a-z-]+): expected one argument", message)
        if option:
            message += f"; one that begins with a minus follows an equals sign: {option.group(1)}=-0.1"
        raise CommandError(f"{message} (see {self.prog} --help)")


def add_command(commands: Any, name: str, arguments: str, run: Callable[[Any], int], summary: str, description: str,
                examples: str) -> Parser:
    """A command with its description above and its examples below the options."""
    lines = ["example:"]
    for example in examples.split("\n"):  # one that is too long goes on in the next line, as a shell takes it
        parts = textwrap.wrap(example, columns() - 4, subsequent_indent="    ", break_on_hyphens=False)
        lines.append("  " + " \\\n  ".join(parts))
    command = commands.add_parser(
        name, help=summary, usage=f"%(prog)s [options] {arguments}".rstrip(),
        description="\n".join(line for text in description.split("\n") for line in fold(text)), epilog="\n".join(lines),
    )
    command.set_defaults(run=run)
    return command


def add_options(group: Any, options: Iterable[tuple[Any, ...]], **how: Any) -> None:
    """Add options, a row for each: flag, help, what is allowed, metavar.

    Allowed are the names of a table, or what a function accepts; True or False stands for a switch that sets it.
    """
    for flag, words, allowed, *metavar in options:
        if isinstance(allowed, bool):
            name = flag.replace("--no-", "--").strip("-").replace("-", "_")
            action = "store_true" if allowed else "store_false"
            group.add_argument(flag, help=words, dest=name, action=action, **how)
        else:
            kind: dict[str, Any] = {"type": allowed} if callable(allowed) else {"choices": list(allowed)}
            group.add_argument(flag, help=words, metavar=metavar[0], **kind, **how)


# --- What a value may be ---


def sizes(text: str) -> list[int]:
    """784-30-10 → [784, 30, 10]"""
    if not re.fullmatch(r"[1-9][0-9]{0,8}(-[1-9][0-9]{0,8})+", text):
        raise argparse.ArgumentTypeError(f"{text!r}; expected units from inputs to outputs, such as 784-30-10")
    return [int(part) for part in text.split("-")]


def number_format(text: str) -> str:
    """The name of a number format, as files have it."""
    try:
        return as_format(text).name
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("number: ").replace(OBJECTS, "")) from None


def filename(text: str) -> str:
    """The name of a file or folder, which may not be there."""
    if not text:
        raise argparse.ArgumentTypeError("''; expected the name of a file")
    return text


def column(text: str) -> Union[int, str]:
    """A column's number, or else its name."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else text


def column_list(text: str) -> list[Union[int, str]]:
    """Name,3 → ["Name", 3]; none → []; none,3 → ["none", 3], where the first is no column"""
    return [] if text == "none" else [column(each.strip()) for each in text.split(",")]


def word_list(text: str) -> list[str]:
    """k.A.,-999 → ["k.A.", "-999"]"""
    return [each.strip() for each in text.split(",")]


def whole(least: Optional[int] = None, most: Optional[int] = None) -> Callable[[str], int]:
    """Whole numbers of at least `least`, and of at most `most`."""

    def parse(text: str) -> int:
        value = int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text
        return _checked(text, checks.count, value, least=least, most=most)

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


# --- Options of several commands ---

BACKENDS = ("python", "c", "auto")
BACKEND = ("--backend", "python, c or auto (C where it is built and has the number format); the bits are the same",
           BACKENDS, "NAME")
NUMBER = ("--number", "number format: binary64, binary32, binary16, bfloat16, or fixed point such as Q7.8 or "
          "Q7.8-truncate-wrap; binary16:binary32 sums in binary32. C has the first two, Python all ({number})",
          number_format, "FORMAT")


def table_options(label: str) -> list[tuple[Any, ...]]:
    """Those of reading a table. One that is not given shall leave no trace."""
    return [
        ("--label", f"{label}; numbers count from 0, negative ones from the end", column, "NAME|NUMBER"),
        ("--header", "the first line has the columns' names (default: found out)", True),
        ("--no-header", "the first line is an example", False),
        ("--delimiter", "character between two cells, ' ' for any white space (found out)", str, "CHAR"),
        ("--decimal", "the decimal sign: . or , (1.296,55 is 1296.55 then); auto: either, where the delimiter is not a "
         "comma", DECIMALS, "CHAR"),
    ]


def preparing_options() -> list[tuple[Any, ...]]:
    """Those of making rows of numbers of a table."""
    return [
        ("--missing-values", "further words for a missing value, such as k.A.,-999", word_list, "WORD,…"),
        ("--missing", "what to do about missing values (empty, ?, NA, …): refuse them, drop the rows, or fill in the "
         "mean or median of the training part ({missing}); a missing category is 0 in all its columns",
         MISSING, "CHOICE"),
        ("--drop", "columns to leave out, names or numbers with commas between, beside row numbers, identifiers, and "
         "words that are nearly all different, which are left out in any case; none: none of all these; none,COLUMN: "
         "this one alone", column_list, "COLUMN,…"),
        ("--categories", "columns of numbers, or of many words, that are categories", column_list, "COLUMN,…"),
    ]


def add_model_and_data(command: Any, data: str, label: str) -> None:
    """What predict and evaluate take: a saved network, the data, and how to read and compute."""
    add_options(command, [
        ("model", "file that `refnet train --save` wrote", filename, "MODEL"), ("data", data, filename, "DATA"),
    ])
    add_options(command, table_options(label), default=argparse.SUPPRESS)
    add_options(command, [BACKEND], default="auto")
