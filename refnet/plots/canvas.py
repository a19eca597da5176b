"""What do all pictures have in common? Axes to draw on, colours that colour-blind readers tell apart, sizes.

A picture is made for 800 pixels (8 inches at 100 dots): no text in it is smaller than SMALL, so that it can be read
from the back of a room. Lines differ in colour and in dash or marker, so that it can be printed in grey too.
"""

from __future__ import annotations

from typing import Any, Optional

# Okabe and Ito's colours, in the order in which they stay apart in grey; black for what all lines are compared with.
BLUE, ORANGE, GREEN, RED, SKY, PURPLE, YELLOW = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442",
)
COLORS = (BLUE, ORANGE, GREEN, RED, SKY, PURPLE)
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))  # a line style for each colour
MARKERS = ("o", "s", "^", "D", "v", "P")  # and a marker: classes of points are told apart without colour
DIVERGING, RISING = "RdBu_r", "viridis"  # colour maps: from −1 over white to 1; from little to much
UNIT = "cividis"  # a unit's output, from dark blue to light yellow, which grey keeps apart too
SMALL, MIDDLE, LARGE = 10, 12, 14  # points


def new_figure(width: float = 8.0, height: float = 5.0) -> Any:
    """An empty matplotlib Figure, in inches. Raises ImportError, which names the extra, where matplotlib is missing."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("pictures need matplotlib, the extra plot: pip install 'refnet[plot]'") from None
    return Figure(figsize=(width, height), dpi=100, layout="constrained")


def axes_or_new(axes: Optional[Any] = None, width: float = 8.0, height: float = 5.0) -> Any:
    """The axes that a caller gave, or those of a new figure; `axes.figure.savefig(path)` writes it."""
    return new_figure(width, height).subplots() if axes is None else axes


def finish(axes: Any, title: str = "", x: str = "", y: str = "", grid: bool = True) -> Any:
    """Write the title and what the axes show, with its unit; take away what carries no information."""
    axes.set_title(title, fontsize=LARGE)
    axes.set_xlabel(x, fontsize=MIDDLE)
    axes.set_ylabel(y, fontsize=MIDDLE)
    axes.tick_params(labelsize=SMALL)
    axes.spines[["top", "right"]].set_visible(False)
    if grid:
        axes.grid(True, color="#DDDDDD", linewidth=0.7)
        axes.set_axisbelow(True)
    return axes


def style(number: int) -> dict[str, Any]:
    """Colour and dash of the line with this number, counted from 0."""
    return {"color": COLORS[number % len(COLORS)], "linestyle": DASHES[number % len(DASHES)], "linewidth": 2.0}


def lighter(color: str, share: float = 0.6) -> str:
    """A colour mixed with white, of which it gets this share."""
    parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(part + (255 - part) * share):02X}" for part in parts)
