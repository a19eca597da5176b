"""Has a number of the history improved? If not, EarlyStopping stops the training and Plateau lowers the rate."""

import math
from typing import Optional

from refnet import checks

SMALLER_IS_BETTER = ("loss", "error", "mse", "mae", "mape", "nll")
LARGER_IS_BETTER = ("accuracy", "precision", "recall", "f1", "auc", "r2")


def check_monitor(name: str, names: Optional[list[str]]) -> None:
    """Raise ValueError if the history will not have this name. names: what it will have; None: unknown."""
    if names is not None and name not in names:
        more = "" if "validation_loss" in names else "; validation=(inputs, targets) adds more"
        raise ValueError(f"monitor: {name!r}; the history will have {', '.join(names)}{more}")


def monitored(line: dict[str, float], name: str) -> float:
    """The number of that name in an epoch's line of the history. Raises ValueError if there is none."""
    if name not in line:
        raise ValueError(f"monitor: {name!r}; the history has {', '.join(line) or 'nothing'}")
    return line[name]


def checked_mode(mode: Optional[str], monitor: str) -> str:
    """ "min" or "max": is smaller or larger better? None: as the name ends; ValueError if that says nothing."""
    if mode is not None:
        return checks.choice("mode", mode, ["min", "max"])
    for known, ends in (("min", SMALLER_IS_BETTER), ("max", LARGER_IS_BETTER)):
        if monitor.removesuffix("_score").endswith(ends):
            return known
    raise ValueError(f"mode: None; whether a smaller or a larger {monitor!r} is better is not known; allowed for it: "
                     "'min', 'max'")


def is_better(value: float, best: Optional[float], mode: str, min_delta: float) -> bool:
    """Whether a number is better than the best so far by more than min_delta; NaN and infinity never are."""
    if not math.isfinite(value) or best is None:
        return math.isfinite(value)
    return value < best - min_delta if mode == "min" else value > best + min_delta


class Patience:
    """Counts the epochs in a row in which a number has not improved: what EarlyStopping and Plateau share."""

    data = ""  # a checksum of the data that the numbers came from

    def watch(self, monitor: str, patience: int, min_delta: float, mode: Optional[str]) -> None:
        """Take the settings, and begin to count."""
        self.patience, self.monitor, self.min_delta = patience, monitor, min_delta
        self.mode = checked_mode(mode, self.monitor)
        self.begin_anew()

    def begin(self, data: str) -> None:
        """Go on with these data, or begin anew if they are others: numbers of the two cannot be compared."""
        if self.data not in ("", data):
            self.begin_anew()
        self.data = data

    def begin_anew(self) -> None:
        self.best: Optional[float] = None
        self.waited = 0

    def has_improved(self, line: dict[str, float]) -> bool:
        """Whether this line of the history has the best number so far. Raises ValueError if it does not have it."""
        value = monitored(line, self.monitor)
        if is_better(value, self.best, self.mode, self.min_delta):
            self.best, self.waited = value, 0
            return True
        self.waited += 1
        return False

    def check_state(self) -> None:
        if self.best is not None:
            checks.number("best", self.best)
        checks.count("waited", self.waited, least=0)
        if not isinstance(self.data, str):
            raise ValueError(f"data: {checks.shown(self.data)}; expected text")
