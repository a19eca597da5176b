"""What do all pictures have in common? Axes to draw on, colours that colour-blind readers tell apart, sizes.

A picture is made for 800 pixels (8 inches at 100 dots): no text in it is smaller than SMALL, so that it can be read
from the back of a room. Lines differ in colour and in dash or marker, so that it can be printed in grey too.
"""

from __future__ import annotations

import io
import os
import textwrap
from collections.abc import Sequence
from typing import Any, Optional

from refnet import checks
from refnet.files import replace

# Okabe and Ito's colours, in the order in which they stay apart in grey; black for what all lines are compared with.
BLUE, ORANGE, GREEN, RED, SKY, PURPLE, YELLOW = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442",
)
COLORS = (BLUE, ORANGE, GREEN, RED, SKY, PURPLE)
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))  # a line style for each colour
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")  # and a marker, to tell points apart without colour
UNIT = "cividis"  # a unit's output, from dark blue to light yellow, which grey keeps apart too
GRAYS, LIGHT = "gray", "Blues"  # weights, dark to bright; shares, from white to dark
SMALL, MIDDLE, LARGE = 10, 12, 14  # points
ACROSS = 8  # small images in a row


def new_figure(width: float = 8.0, height: float = 5.0) -> Any:
    """An empty matplotlib Figure, in inches. Raises ImportError, which names the extra, where matplotlib is missing."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("pictures need matplotlib, the extra plot: pip install 'refnet[plot]'") from None
    return Figure(figsize=(width, height), dpi=100, layout="constrained")


def axes_or_new(axes: Optional[Any] = None, width: float = 8.0, height: float = 5.0) -> Any:
    """The axes that a caller gave, or those of a new figure; `axes.figure.savefig(path)` writes it."""
    if axes is None:
        return new_figure(width, height).subplots()
    from matplotlib.axes import Axes

    if not isinstance(axes, Axes):
        raise TypeError(f"axes: {checks.shown(axes)}; expected matplotlib's Axes, such as new_figure().subplots()")
    return axes


def figure_or_new(figure: Optional[Any] = None, height: float = 5.0) -> Any:
    """The Figure or SubFigure that a caller gave, or a new one."""
    if figure is None:
        return new_figure(height=height)
    from matplotlib.figure import FigureBase

    if not isinstance(figure, FigureBase):
        raise TypeError(f"figure: {checks.shown(figure)}; expected matplotlib's Figure, such as new_figure()")
    return figure


def save(figure: Any, path: Any) -> None:
    """Write a figure to a file, whose name's ending chooses the format."""
    data = io.BytesIO()
    figure.savefig(data, format=os.path.splitext(path)[1][1:].lower())
    replace(path, data.getvalue())


def plain(text: Any) -> str:
    """A text as it is, which matplotlib would take for a formula between two $, and leave out of a legend after a _."""
    return " " * str(text).startswith("_") + str(text).replace("$", r"\$")


def wrapped(text: Any, inches: float, size: float) -> str:
    """The same in lines of about so many inches; a letter is a little more than half as wide as it is high."""
    return plain("\n".join(textwrap.wrap(str(text), max(8, int(inches * 72.0 / (0.56 * size))))))


def inches(axes: Any) -> tuple[float, float]:
    """Width and height of the axes, before a layout has moved them."""
    box, dpi = axes.get_window_extent(), axes.figure.dpi
    return box.width / dpi, box.height / dpi


def finish(axes: Any, title: str = "", x: str = "", y: str = "", grid: bool = True) -> Any:
    """Write the title and what the axes show, with its unit; take away what carries no information.

    Texts wider than the axes are smaller, or get several lines.
    """
    width, height = inches(axes)
    size = LARGE if wrapped(title, width, LARGE) == plain(title) else MIDDLE
    axes.set_title(wrapped(title, width, size), fontsize=size)
    axes.set_xlabel(wrapped(x, width, MIDDLE), fontsize=MIDDLE)
    axes.set_ylabel(wrapped(y, height, MIDDLE), fontsize=MIDDLE)
    axes.tick_params(labelsize=SMALL)
    axes.spines[["top", "right"]].set_visible(False)
    if grid:
        axes.grid(True, color="#DDDDDD", linewidth=0.7)
        axes.set_axisbelow(True)
    return axes


def style(number: int) -> dict[str, Any]:
    """Colour and dash of the line with this number, counted from 0; up to 36 lines differ."""
    dash = DASHES[(number + number // len(COLORS)) % len(DASHES)]
    return {"color": COLORS[number % len(COLORS)], "linestyle": dash, "linewidth": 2.0}


def log_scale(axes: Any, which: str) -> None:
    """A logarithmic axis, "x" or "y", with plain numbers such as 0.001: no digit is smaller than another."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: Any = None) -> str:
            return f"{x:g}" if super().__call__(x, pos) else ""

    axes.set(**{f"{which}scale": "log"})
    axis = getattr(axes, f"{which}axis")
    axis.set_major_formatter(Plain())
    axis.set_minor_formatter(Plain(minor_thresholds=(1.0, 0.4)))


def legend_below(axes: Any, title: str) -> None:
    """A legend below the label of the x axis, where it covers nothing, in as many columns as its texts allow."""
    from matplotlib.transforms import ScaledTranslation

    width, _ = inches(axes)
    handles, labels = axes.get_legend_handles_labels()
    each = 0.5 + 0.56 * SMALL / 72.0 * max(map(len, labels), default=1)
    place = axes.transAxes + ScaledTranslation(0.0, -42.0 / 72.0, axes.figure.dpi_scale_trans)
    axes.legend(handles, labels, loc="upper center", bbox_to_anchor=(0.5, 0.0), bbox_transform=place, title=title,
                ncols=max(1, min(len(labels), int(width / each))), fontsize=SMALL, frameon=False)


def images(part: Any, tables: Sequence[Any], title: str, limits: tuple[float, float], colors: str,
           what: str, names: Sequence[str] = (), **how: Any) -> list[Any]:
    """An image for each table of numbers, ACROSS in a row, below a title; a colour bar on the right.

    part    a Figure or SubFigure
    limits  the numbers at the ends of the colour bar
    what    the numbers are
    names   of the images; default: 1, 2, …
    how     what imshow takes

    Returns the Axes of the images.
    """
    across = min(len(tables), ACROSS)
    part.suptitle(plain(title), fontsize=LARGE if len(title) < 12 * across else MIDDLE)
    panels = list(part.subplots(-(-len(tables) // across), across, squeeze=False).flat)
    for i, axes in enumerate(panels):
        axes.set(xticks=[], yticks=[])
        axes.set_axis_off()
        if i < len(tables):
            image = axes.imshow(tables[i], vmin=limits[0], vmax=limits[1], cmap=colors, **how)
            name = wrapped(names[i] if names else i + 1, inches(axes)[0], SMALL)
            axes.set_title(name, fontsize=SMALL, pad=2.0)
    bar = part.colorbar(image, ax=panels, shrink=0.9, aspect=12)
    bar.set_label(what, fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)
    return panels[: len(tables)]


def images_height(number: int, ratio: float = 1.0) -> float:
    """Inches that they take, of 8 across; ratio: height of an image by its width."""
    return 0.35 + -(-number // ACROSS) * (7.2 * ratio / min(number, ACROSS) + 0.25)


def lighter(color: str, share: float = 0.6) -> str:
    """A colour mixed with white, of which it gets this share."""
    parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(part + (255 - part) * share):02X}" for part in parts)
