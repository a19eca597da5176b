"""How is one unit computed, and how does it learn from one example? The lines of `explain` for it."""

from __future__ import annotations

import copy
from typing import Any

import refnet as rn
from refnet.play.pictures import Shown, unit_names
from refnet.play.problem import Problem, penalties_of
from refnet.trace.explained.digits import printed
from refnet.trace.explained.writing import Style

DIGITS = 4


def explained(network: Any, problem: Problem, settings: dict[str, Any], where: Shown, unit: int, example: int,
              step: bool) -> dict[str, Any]:
    """Title and sections of a training step on this example alone, as it would be now, or of a forward pass.

    A copy is trained. The loss, which is of all weights where there is a penalty, is shown for the output only.
    """
    row, target = problem.seen([problem.points[example]])[0], problem.classes[example]
    part = "training" if example < len(problem.train) else "test"
    given = [f"{symbol} = {Style().number(printed(value, DIGITS))}   (feature {feature})" for symbol, feature, value
             in zip(unit_names(network, network.layers[0]), problem.features, row)]
    if step:
        given.append(f"y = {target}   (target: class {problem.names[target]})")
    sections = [{"title": "given", "lines": given}]
    if where.kind != "input":
        twin = copy.deepcopy(network)
        twin.penalties = penalties_of(settings)
        units = {where.layer.name: [unit], where.output.name: [unit]}
        how = {"targets": [target], "optimizer": rn.SGD(settings["rate"])} if step else {}
        found = rn.explain(twin, [row], units=units, rows=[0], digits=DIGITS, **how).sections()
        sections += [{"title": name, "lines": lines} for name, lines in found.items()
                     if name != "loss" or where.kind == "output"]
    name = unit_names(network, where.output)[unit]
    return {"title": f"{where.label}, {name}, of example {example} ({part})", "sections": sections}
