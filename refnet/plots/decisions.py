"""Who is taken for whom, and what if another threshold decided? The confusion matrix and the ROC curve.

Their numbers are those of refnet.metrics, which takes the same targets and outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from refnet import checks
from refnet.plots.canvas import LIGHT, SMALL, axes_or_new, finish, inches, plain, style, wrapped
from refnet.training import metrics

MOST_LETTERS = 24  # of a class among many
MOST_NUMBERED = 20  # classes; of more the colours alone are legible


def confusion_matrix(targets: Any, outputs: Any, classes: Optional[Sequence[str]] = None, axes: Any = None) -> Any:
    """How many examples of each true class (row) were decided for each class (column); returns the Axes.

    targets, outputs  as refnet.metrics.confusion_matrix takes them: y and net.predict(x), or the names of classes, as
                      net.predict_class returns them
    classes           names for the classes 0, 1, …; default: the names in targets and outputs, or the numbers

    A cell is the darker, the larger its share of the true class is; the title has the accuracy. Raises TypeError or
    ValueError as the metric does, and for another number of names.
    """
    counts = metrics.confusion_matrix(targets, outputs)
    names = _names(targets, outputs, classes, len(counts))
    accuracy = f"{metrics.accuracy(targets, outputs):.1%}".replace("%", " %")
    shares = [[count / max(sum(row), 1) for count in row] for row in counts]
    axes = axes_or_new(axes, height=6.5)
    image = axes.imshow(shares, cmap=LIGHT, vmin=0.0, vmax=1.0, aspect="auto")  # a layout leaves room for long names
    for true, row in enumerate(counts if len(counts) <= MOST_NUMBERED else []):
        for found, count in enumerate(row):
            axes.text(found, true, f"{count:,}", ha="center", va="center", fontsize=SMALL if len(counts) > 6 else 14,
                      color="white" if shares[true][found] > 0.5 else "black")
    finish(axes, f"Confusion matrix, accuracy {accuracy}", "predicted class", "true class", grid=False)
    if len(names) <= 2 * MOST_NUMBERED:
        names = [_tick(name, len(names)) for name in names]
        longest = max(len(line) for name in names for line in name.splitlines())
        is_narrow = len(names) * (longest + 1) * 0.7 * SMALL / 72.0 > inches(axes)[0]
        axes.set_xticks(range(len(names)), names, rotation=90 if is_narrow else 0)
        axes.set_yticks(range(len(names)), names)
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.8)
    bar.set_label("share of the true class", fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)
    return axes


def roc(targets: Any, outputs: Any, classes: Optional[Sequence[str]] = None, axes: Any = None) -> Any:
    """The receiver operating characteristic of two classes with its area; returns the Axes.

    targets  as refnet.metrics.roc_curve takes them: 0 and 1, class indices, one-hot rows
    outputs  scores, as net.predict(x) returns them; or {label: scores}, a curve for each
    classes  names for the classes 0 and 1; the second is the positive one

    A point shows the threshold ½, if all scores are between 0 and 1. Raises TypeError or ValueError as the metric does,
    and if the targets are of one class alone.
    """
    several = outputs if isinstance(outputs, dict) else {"": outputs}
    curves = {str(label): (metrics.roc_curve(targets, each), metrics.auc(targets, each))
              for label, each in several.items()}
    if not curves:
        raise ValueError("outputs: {}; allowed: scores, or {label: scores}")
    if any(area != area for _, area in curves.values()):
        raise ValueError("targets: all of one class; allowed: examples of both, without which there is no curve")
    positive = "1" if classes is None else _names(targets, outputs, classes, 2)[1]
    axes = axes_or_new(axes, height=6.0)
    for i, (label, ((false, true, thresholds), area)) in enumerate(curves.items()):
        axes.plot(false, true, label=plain(f"{label}, AUC {area:.4f}".removeprefix(", ")), **style(i))
        if thresholds[-1] >= 0.0 and thresholds[min(1, len(thresholds) - 1)] <= 1.0:
            half = len([each for each in thresholds if each >= 0.5]) - 1  # the last that still decides at ½
            axes.plot([false[half]], [true[half]], "o", color=style(i)["color"], markersize=9, markeredgecolor="black",
                      label="" if len(curves) > 1 else "threshold ½")
    axes.plot([0.0, 1.0], [0.0, 1.0], color="black", linestyle=":", linewidth=1.5, label="guessing")
    axes.set_aspect("equal", adjustable="box")
    axes.legend(fontsize=SMALL, loc="lower right")
    title = f"ROC curve, positive class: {positive}"
    return finish(axes, title, "false positive rate, FP / N", "true positive rate, TP / P")


def _tick(name: str, classes: int) -> str:
    """The name beside its row and below its column: in lines where there are few classes, else cut off."""
    if classes <= 6:
        return wrapped(name, 1.5, SMALL)
    return plain(name if len(name) <= MOST_LETTERS else f"{name[:MOST_LETTERS - 1]}…")


def _names(targets: Any, outputs: Any, classes: Any, number: int) -> list[str]:
    """A name for each class."""
    if classes is None:
        are_texts = isinstance(targets[0], str)
        return sorted({*targets, *outputs}) if are_texts else [str(i) for i in range(number)]
    names = [str(name) for name in classes] if isinstance(classes, (list, tuple)) else None
    if names is None or len(names) != number:
        raise ValueError(f"classes: {checks.shown(classes)}; allowed: a list of {number} names")
    return names
