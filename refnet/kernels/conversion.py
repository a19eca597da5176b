"""How do numbers come into a network's format? They are rounded once, by the network's own kernels."""

from __future__ import annotations

import warnings
from typing import Any

from refnet.arithmetic.formats import BINARY64
from refnet.kernels.choosing import format_of, number_of


def binary64_of(k: Any) -> Any:
    """The backend that has binary64 beside k: k itself, if that is its format."""
    return k if number_of(k) == "binary64" else getattr(k, "binary64", k)


def rounded_once(k: Any, matrix: Any) -> Any:
    """A matrix of binary64_of(k) as one of k."""
    return matrix if binary64_of(k) is k else k.matrix(matrix)


def warn_if_beyond(k: Any, name: str, table: Any, stacklevel: int) -> None:
    """A RuntimeWarning that names the largest of the numbers that k's format will saturate, wrap or make infinite."""
    form = format_of(k)
    if form == BINARY64:
        return
    rows = table if isinstance(table, list) else table.tolist()
    beyond = [value for row in rows for value in (max(row), min(row)) if form.is_beyond(value)]
    if beyond:
        worst = max(beyond, key=abs)
        warnings.warn(f"{name}: {worst!r} is {float(form.number(worst))!r} in {form}", RuntimeWarning, stacklevel)


def in_format(k: Any, x: Any) -> Any:
    """Numbers to read from, as training.examples.taken has them, as a matrix in the format: itself, if it is one."""
    code = getattr(getattr(x, "view", x), "format", "")
    if code == "f" and getattr(k, "code", "") != "f":
        return k.take_float_rows(x, k.wide([[float(i) for i in range(len(x))]]))
    is_wide = code == "d" if code else isinstance(x, list) and type(x[0][0]) is float
    return k.narrow(x) if is_wide and number_of(k) != "binary64" else x
