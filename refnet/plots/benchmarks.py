"""What do the times of `refnet bench` look like? Bars of the networks, log-log curves of the growth, the map."""

from collections.abc import Iterable, Sequence
from typing import Any

from refnet.plots.benchmark_map import draw_map
from refnet.plots.canvas import save
from refnet.plots.labels import duration

# A colour and a marker for each contestant, in the order in which they are drawn. The colours are Okabe and Ito's,
# which colour-blind readers tell apart; refnet's own are the strongest.
STYLES = {
    "refnet C": ("#D55E00", "o"), "refnet C, 1 thread": ("#7A3500", "*"), "refnet Python": ("#E69F00", "s"),
    "NumPy f64": ("#0072B2", "^"), "NumPy f32": ("#0072B2", "<"), "scikit-learn f64": ("#009E73", "v"),
    "scikit-learn f32": ("#009E73", ">"), "PyTorch f64": ("#CC79A7", "D"), "PyTorch f32": ("#56B4E9", "P"),
    "JAX f64": ("#000000", "X"), "JAX f32": ("#000000", "x"),
    "numba f64": ("#8C8C00", "p"), "numba f32": ("#8C8C00", "h"),
}
AXES = {"batch": "examples a batch", "width": "units a layer", "depth": "hidden layers", "rows": "examples a batch",
        "data": "examples"}


def draw_benchmarks(path: str, about: dict[str, Any], records: dict[str, list[dict[str, Any]]]) -> None:
    """Write the picture: a row of bars, below it the curves two by two, and the map. ValueError: nothing to draw."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    steps = [each for each in records.get("networks", []) if each["name"] != "xor" and each["times"]]
    sweeps, cells = records.get("scaling", []), records.get("map", [])
    if not steps and not sweeps and not cells:
        raise ValueError("nothing to draw: there is no network, no curve and no map among the records")
    below = -(-len(sweeps) // 2)
    heights = ([3.4] if steps else []) + [3.3] * below + ([5.0] if cells else [])
    figure = Figure(figsize=(12 if steps or sweeps else 9, sum(heights) + 1.2), dpi=150, layout="constrained")
    parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    if steps:
        _bars(parts[0], steps)
    for row, part in zip(range(below), parts[bool(steps):]):
        axes = part.subplots(1, 2)
        axes[1].set_visible(2 * row + 1 < len(sweeps))
        for axis, sweep in zip(axes, sweeps[2 * row : 2 * row + 2]):
            _curves(axis, sweep)
    if cells:
        draw_map(parts[-1], cells)
    names = in_order(name for each in [*steps, *sweeps] for name in each.get("times") or each["seconds"])
    handles = [Line2D([], [], color=STYLES[name][0], marker=STYLES[name][1], markersize=6, linewidth=2, label=name)
               for name in names]
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=min(8, len(names)), frameon=False)
    core = f"{about['compiler']}, {about['instruction_set']}" if about["compiler"] else "no C core"
    title = f"{about['processor']}, {about['threads']} thread{'s' * (about['threads'] > 1)}; {core}"
    figure.suptitle(f"refnet {about['refnet']} bench, {about['number']}: {title}", fontsize=11)
    save(figure, path)


def _bars(part: Any, steps: Sequence[dict[str, Any]]) -> None:
    """A panel for each network, each with its own scale: µs per training step."""
    axes = part.subplots(1, len(steps), squeeze=False)[0]
    for axis, each in zip(axes, steps):
        names = in_order(each["times"])
        values = [each["times"][name]["seconds"] for name in names]
        axis.bar(range(len(names)), values, color=[STYLES[name][0] for name in names], width=0.75)
        axis.set_yscale("log")
        axis.set_ylim(min(values) / 3.0, max(values) * 6.0)
        for place, (name, value) in enumerate(zip(names, values)):
            mark = "*" if name in each["notes"] else ""
            axis.annotate(duration(value).replace(" ", "\n") + mark, (place, value), xytext=(0, 2),
                          textcoords="offset points", ha="center", fontsize=7.5, linespacing=0.95)
        axis.set_xticks([])
        _time_axis(axis)
        axis.set_title(f"{each['name']}\n{each['hidden']}, batch {each['batch']}", fontsize=9)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("time of a training step (log scale)", fontsize=9)
    if any(each["notes"] for each in steps):
        axes[-1].text(1.0, -0.02, "* another loss", transform=axes[-1].transAxes, fontsize=8, ha="right", va="top")


def _curves(axis: Any, sweep: dict[str, Any]) -> None:
    """The time against one quantity, both on log scales, with each contestant's slope at the end."""
    ends = []
    for name, seconds in sweep["seconds"].items():
        points = [(x, y) for x, y in zip(sweep["values"], seconds) if y is not None]
        color, marker = STYLES[name]
        axis.plot(*zip(*points), color=color, marker=marker, markersize=4.5, linewidth=1.6)
        ends.append((points[-1], sweep["slope_at_end"][name], color))
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    axis.set_xticks(sweep["values"], [f"{value:,}" for value in sweep["values"]], fontsize=8)
    _time_axis(axis)
    axis.set_xlabel(AXES[sweep["name"]], fontsize=9)
    axis.set_ylabel(f"time of {'an' if sweep['unit'] == 'epoch' else 'a'} {sweep['unit']}", fontsize=9)
    of_slope = "slope of a step" if sweep["unit"] == "row" else "slope"
    axis.set_title(f"growth with {sweep['name']}  ({sweep['of']}); {of_slope} at the end", fontsize=9)
    axis.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    _slopes(axis, ends)


def _slopes(axis: Any, ends: Sequence[tuple[tuple[float, float], Any, str]]) -> None:
    """Write each curve's slope behind its last point, and move those apart that would overlap."""
    axis.margins(x=0.12)
    axis.figure.canvas.draw_idle()
    taken: list[tuple[float, float]] = []
    to_points = axis.transData.transform
    for (x, y), exponent, color in sorted(ends, key=lambda end: end[0][1]):
        if exponent is None:
            continue
        px, py = to_points((x, y))
        shift = 0.0
        for other_x, other_y in taken:
            if abs(other_x - px) < 60 and py + shift - other_y < 17:
                shift = other_y + 17 - py
        taken.append((px, py + shift))
        axis.annotate(f"{exponent:.2f}", (x, y), xytext=(7, shift * 72 / axis.figure.dpi - 3),
                      textcoords="offset points", color=color, fontsize=8)


def in_order(names: Iterable[str]) -> list[str]:
    """Each contestant once, in the order of STYLES."""
    return sorted(set(names), key=list(STYLES).index)


def _time_axis(axis: Any) -> None:
    """Powers of ten with their unit: 10 µs, 100 µs, 1 ms."""
    axis.minorticks_off()
    axis.yaxis.set_major_formatter(lambda value, place: duration(value).replace(".00", "").replace(".0", ""))
    axis.tick_params(labelsize=8)
