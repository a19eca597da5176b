"""How did a number develop? Over epochs, over the size of the training set, over λ: what training and selection return.

Nothing is computed here: the numbers are those of the history and of the tables of refnet.selection.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Optional

from refnet import checks
from refnet.optimizers.monitoring import checked_mode, is_better
from refnet.plots.canvas import MARKERS, SMALL, axes_or_new, figure_or_new, finish, log_scale, plain, style
from refnet.selection import Line, Result

VALIDATION = "validation_"


def history(history: dict[str, list[float]], quantities: Any = None, log: bool = False, figure: Any = None) -> Any:
    """What `fit` returns, and net.history: a panel for each quantity, training and validation; returns the Figure.

    quantities  names such as "loss" or ["loss", "f1", "rate"]; default: all but the rate
    log         whether the numbers are drawn on a logarithmic scale
    figure      a Figure or SubFigure to draw into

    A ring marks the best value of the validation. Raises TypeError or ValueError for another history or an unknown
    quantity.
    """
    found = _checked(history, "history")
    known = list(dict.fromkeys(name.removeprefix(VALIDATION) for name in found))
    names = [name for name in known if name != "rate"] or known if quantities is None else quantities
    names = [checks.choice("quantities", name, known) for name in ([names] if isinstance(names, str) else names)]
    if not names:
        raise ValueError(f"quantities: none; allowed: {', '.join(map(repr, known))}")
    figure = figure_or_new(figure, 1.0 + 2.6 * len(names))
    for axes, name in zip(figure.subplots(len(names), 1, squeeze=False, sharex=True)[:, 0], names):
        for i, (label, key) in enumerate((("training", name), ("validation", VALIDATION + name))):
            if key in found:
                epochs = range(1, len(found[key]) + 1)
                axes.plot(epochs, _shown(found[key], log), label=label, **_dots(epochs), **style(i))
                _mark_best(axes, key, epochs, found[key], log)
        _over_epochs(axes, "", name, log, names[-1] == name)
    figure.axes[-len(names)].set_title("Training", fontsize=14)
    return figure


def compare_histories(histories: dict[str, dict[str, list[float]]], quantity: str = "loss", log: bool = False,
                      axes: Any = None) -> Any:
    """One quantity of several trainings: {"η = 0.1": net.history, …}; returns the Axes.

    quantity  a name that all of the histories have: "loss", "validation_loss", "validation_accuracy", …

    Raises TypeError or ValueError for another history or an unknown quantity.
    """
    if not isinstance(histories, dict) or not histories:
        raise TypeError(f"histories: {checks.shown(histories)}; expected a dict {{label: history}}")
    lines = {str(label): _checked(each, f"histories[{label!r}]") for label, each in histories.items()}
    for label, found in lines.items():
        if quantity not in found:
            raise ValueError(f"quantity: {checks.shown(quantity)}; {label!r} has {', '.join(map(repr, found))}")
    axes = axes_or_new(axes)
    for i, (label, found) in enumerate(lines.items()):
        epochs = range(1, len(found[quantity]) + 1)
        axes.plot(epochs, _shown(found[quantity], log), label=plain(label), **_dots(epochs), **style(i))
    return _over_epochs(axes, _words(quantity).capitalize(), _words(quantity), log)


def learning_curve(lines: Sequence[Line], quantity: str = "loss", desired: Optional[float] = None,
                   axes: Any = None) -> Any:
    """What refnet.selection.learning_curve returns: training and validation over the number of training examples.

    quantity  a name that its lines have: "loss", "accuracy", …
    desired   what can be reached at best, a dotted line: a person's error, or that of the noise in the targets

    Of several folds each is a small point beside the mean (lecture 001, "Learning curves"). Returns the Axes. Raises
    TypeError or ValueError for other lines or an unknown quantity.
    """
    found = _lines(lines, quantity)
    desired = None if desired is None else checks.number("desired", desired)
    axes = axes_or_new(axes)
    if desired is not None:
        axes.axhline(desired, color="black", linestyle=":", label="desired")
    _training_and_validation(axes, [line.parameters["examples"] for line in found], found, quantity)
    axes.xaxis.get_major_locator().set_params(integer=True)
    return _with_legend(finish(axes, "Learning curve", "training examples", quantity))


def error_against_lambda(result: Result, quantity: str = "loss", axes: Any = None) -> Any:
    """What refnet.selection.grid returns for one parameter, λ or another: training and validation over its values.

    quantity  a name that its lines have: "loss", "accuracy", …

    Positive numbers are on a logarithmic scale; other values, 0 or names, side by side. A vertical line shows the best
    (lecture 001, "How to choose λ?"). Returns the Axes. Raises TypeError or ValueError for another result, of several
    parameters or an unknown quantity.
    """
    if not isinstance(result, Result):
        raise TypeError(f"result: {checks.shown(result)}; expected what refnet.selection.grid returns")
    found = _lines(result.table, quantity)
    names = list(found[0].parameters)
    if len(names) != 1:
        raise ValueError(f"result: its parameters are {', '.join(names)}; allowed: one")
    name = "λ" if names[0] in ("lam", "lambda_") else names[0]
    values = [line.parameters[names[0]] for line in found]
    is_scale = all((checks.as_number(value) or 0.0) > 0.0 for value in values)
    places = values if is_scale else list(range(len(values)))
    axes = axes_or_new(axes)
    if result.best:
        best = next(i for i, line in enumerate(found) if line is result.best)
        axes.axvline(places[best], color="black", linestyle=":", label=plain(f"best: {name} = {values[best]}"))
    _training_and_validation(axes, places, found, quantity)
    if is_scale:
        log_scale(axes, "x")
    else:
        axes.set_xticks(places, [plain(f"{value!s:.20}") for value in values])
    return _with_legend(finish(axes, f"{quantity.capitalize()} against {name}", name, quantity))


# --- Inside ---


def _checked(history: Any, argument: str) -> dict[str, list[float]]:
    """A history that has numbers."""
    if not isinstance(history, dict) or not all(isinstance(each, list) for each in history.values()):
        raise TypeError(f"{argument}: {checks.shown(history)}; expected what fit returns, {{name: a number per epoch}}")
    if not any(history.values()):
        raise ValueError(f"{argument}: it has no epoch")
    return history


def _lines(lines: Any, quantity: str) -> list[Line]:
    """Lines that have this quantity."""
    found = list(lines) if isinstance(lines, (list, tuple)) else []
    if not found or not all(isinstance(line, Line) for line in found):
        raise TypeError(f"lines: {checks.shown(lines)}; expected what refnet.selection.learning_curve returns")
    known = list(found[0].training)
    checks.choice("quantity", quantity, known)
    return found


def _training_and_validation(axes: Any, places: Sequence[Any], lines: Sequence[Line], quantity: str) -> None:
    for i, name in enumerate(("training", "validation")):
        results = [getattr(line, name) for line in lines]
        if all(results):
            means = [result[quantity] for result in results]
            axes.plot(places, means, label=name, marker=MARKERS[i], markersize=7, **style(i))
            folds = [(place, getattr(fit, name)[quantity]) for place, line in zip(places, lines)
                     for fit in line.fits if len(line.fits) > 1]
            if folds:
                axes.scatter(*zip(*folds), s=14, color=style(i)["color"], alpha=0.5)


def _mark_best(axes: Any, name: str, epochs: Sequence[int], values: Sequence[float], log: bool) -> None:
    """A ring around the best value of a validation, where it is known whether smaller or larger is better."""
    try:
        mode = checked_mode(None, name)
    except ValueError:
        return
    best: Optional[int] = None
    for i, value in enumerate(values):
        if name.startswith(VALIDATION) and is_better(value, None if best is None else values[best], mode, 0.0):
            best = i
    if best is not None and _shown([values[best]], log) == [values[best]]:
        axes.plot([epochs[best]], [values[best]], "o", color="black", fillstyle="none", markersize=10, zorder=3,
                  label=f"best: {values[best]:.4g}, epoch {epochs[best]}")


def _shown(values: list[float], log: bool) -> list[float]:
    """The values that have a place: on a logarithmic scale those above 0."""
    return [value if value > 0.0 else math.nan for value in values] if log else values


def _dots(epochs: Sequence[int]) -> dict[str, Any]:
    """A few epochs are points, many are a line."""
    return {"marker": "o", "markersize": 5} if len(epochs) <= 12 else {}


def _over_epochs(axes: Any, title: str, quantity: str, log: bool, is_last: bool = True) -> Any:
    axes.xaxis.get_major_locator().set_params(integer=True)
    if log:
        log_scale(axes, "y")
    return _with_legend(finish(axes, title, "epoch" if is_last else "", quantity))


def _with_legend(axes: Any) -> Any:
    axes.legend(fontsize=SMALL, frameon=False)
    return axes


def _words(name: str) -> str:
    return name.replace("_", " ")
