"""How is a measured number written, in a picture or a table? Three digits and a unit."""

from typing import Optional

NONE = "–"  # no number


def digits(value: float) -> str:
    """Three significant digits: 0.104, 7.85, 63.4, 7,850."""
    if value >= 999.5:
        return f"{round(value, 3 - len(str(round(value)))):,.0f}"
    return f"{value:#.3g}".rstrip(".")


def duration(seconds: Optional[float]) -> str:
    """A time in the unit that suits it: 104 ns, 1.90 µs, 7.85 ms, 1.23 s."""
    if seconds is None:
        return NONE
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.9995 * size:
            return f"{digits(seconds / size)} {unit}"
    return f"{digits(seconds / 1e-9)} ns"
