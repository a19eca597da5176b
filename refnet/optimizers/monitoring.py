"""Has a number of the history improved? For whatever stops or anneals when it has not."""

from __future__ import annotations

import math
from typing import Optional

from refnet import checks


def check_monitor(name: str, names: Optional[list[str]]) -> None:
    """Raise ValueError for a name that the lines of the history will not have. names None: nobody knows yet."""
    if names is not None and name not in names:
        more = "" if "validation_loss" in names else "; validation=(inputs, targets) adds more"
        raise ValueError(f"monitor: {name!r}; the history will have {', '.join(names)}{more}")


def monitored(line: dict[str, float], name: str) -> float:
    """The number of that name in an epoch's line of the history. Raises ValueError with the names there are."""
    if name not in line:
        raise ValueError(f"monitor: {name!r}; the history has {', '.join(line) or 'nothing'}")
    return line[name]


def checked_mode(mode: Optional[str], monitor: str) -> str:
    """ "min": smaller is better, "max": larger is; None means "min" for what ends in "loss" or "error", else "max"."""
    by_name = "min" if monitor.endswith(("loss", "error")) else "max"
    return checks.choice("mode", by_name if mode is None else mode, ["min", "max"])


def is_better(value: float, best: Optional[float], mode: str, min_delta: float) -> bool:
    """Whether it is better than the best so far by more than min_delta; NaN and infinity never are."""
    if not math.isfinite(value) or best is None:
        return math.isfinite(value)
    return value < best - min_delta if mode == "min" else value > best + min_delta
