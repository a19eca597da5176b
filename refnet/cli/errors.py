"""What does the command line say when something is wrong? One line, in which arguments are written as options."""

from typing import Any


class CommandError(Exception):
    """The one line that says what is wrong with the input; exit status 2."""


# What the library's errors tell a Python programmer, and what a user of the command line types instead.
IN_OPTIONS = [
    ("Say header=True or header=False", "say --header or --no-header"),
    ("; allow_nonfinite=True accepts it", ""),
    ("is delimiter=',' right?", "is the delimiter a comma? (--delimiter)"),
    ("missing='drop'", "--missing drop"),
    ("missing='mean'", "--missing mean"),
    ("missing='median'", "--missing median"),
    ("drop=[…]", "--drop COLUMN"),
    ("drop=", "--drop "),
    ("missing_values=[…]", "--missing-values WORD"),
    ("decimal=','", "--decimal ,"),
    ("categories=[…]", "--categories COLUMN"),
    ("categories=", "--categories "),
    ("delimiter=", "--delimiter "),
    ("label=", "--label "),
    ("header=False", "--no-header"),
    ("steps=", "--steps "),
    ("optimizer: None, and the network has none; give one, such as SGD(0.1)",
     "--optimizer: missing, and the network has none; expected one, such as --optimizer sgd --rate 0.1"),
]


def in_options(message: str) -> str:
    """A library's message with its arguments written as options."""
    for python, option in IN_OPTIONS:
        message = message.replace(python, option)
    return message


def option(name: str, value: Any) -> str:
    """What was typed for a setting: batch_norm → --batch-norm; dropout, 0.2 → --dropout 0.2."""
    switch = f"--{'no-' if value is False else ''}{name.replace('_', '-')}"
    return switch if isinstance(value, bool) else f"{switch} {typed(value, name)}"


LISTS = ("drop", "categories", "missing_values")


def typed(value: Any, name: str = "") -> str:
    """A setting as it is typed."""
    if not isinstance(value, list):
        return str(value)
    return (",".join(map(str, value)) or "none") if name in LISTS else "-".join(map(str, value))
