"""Where is refnet ahead? The map of batch and width as a picture, which grey shows as well."""

import math
from collections.abc import Sequence
from typing import Any

# Blue where refnet is ahead, over white, to vermilion. Grey shows how far, and hatching who is ahead.
COLORS = ("#004F7D", "#56A5D8", "#FFFFFF", "#F09A5B", "#A84300")
FARTHEST = 4.0  # times as fast, or as slow: the ends of the scale


def draw_map(part: Any, cells: Sequence[dict[str, Any]]) -> None:
    """A rectangle for each cell, with the ratio, who the best peer is, and hatching where refnet is behind."""
    from matplotlib.colors import LinearSegmentedColormap

    batches, widths = (list(dict.fromkeys(each[key] for each in cells)) for key in ("batch", "width"))
    values = [[math.nan] * len(widths) for _ in batches]
    for each in cells:
        if each["ratio"]:
            values[batches.index(each["batch"])][widths.index(each["width"])] = math.log2(each["ratio"])
    axes, farthest = part.subplots(), math.log2(FARTHEST)
    scale = LinearSegmentedColormap.from_list("ahead", COLORS)
    image = axes.imshow(values, cmap=scale, vmin=-farthest, vmax=farthest, aspect="auto")
    for each in cells:
        x, y = widths.index(each["width"]), batches.index(each["batch"])
        if not each["ratio"]:
            axes.text(x, y, "not measured", ha="center", va="center", fontsize=9, color="#555555")
            continue
        is_light = abs(values[y][x]) < 0.6 * farthest
        text = f"{each['ratio']:.2f}\n{each['best_peer'].split()[0]}"
        box = {"facecolor": image.cmap(image.norm(values[y][x])), "edgecolor": "none", "pad": 1.5}  # over the hatching
        axes.text(x, y, text, ha="center", va="center", fontsize=10, color="black" if is_light else "white", bbox=box)
        if each["ratio"] > 1.0:
            axes.add_patch(_hatched(x, y))
    axes.set_xticks(range(len(widths)), [f"{width:,}" for width in widths])
    axes.set_yticks(range(len(batches)), [f"{batch:,}" for batch in batches])
    axes.set_xlabel("units of both hidden layers, w", fontsize=10)
    axes.set_ylabel("examples a batch", fontsize=10)
    of = cells[0]["of"]
    axes.set_title(f"step of refnet C by that of the best peer, {of}; hatched: refnet is behind", fontsize=10)
    axes.spines[:].set_visible(False)
    bar = part.colorbar(image, ax=axes, ticks=[-2, -1, 0, 1, 2])
    bar.ax.set_yticklabels(["¼ ×", "½ ×", "1 ×", "2 ×", "4 ×"])


def _hatched(x: int, y: int) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.5, y - 0.5), 1.0, 1.0, fill=False, hatch="//", edgecolor="#00000044", linewidth=0.0)
