"""What rules does a step follow? Each layer's activation, the loss and the update, as a sheet states them once.

The formulas are those of the step, of one unit, one example and one weight; their numbers of units are left away where
no two numbers would then be called the same.
"""

from __future__ import annotations

import re
from typing import Any

from refnet.exercises.blocks import Rule
from refnet.layers import Dense, Input
from refnet.trace.explained.names import Symbol
from refnet.trace.explained.terms import Term, inside
from refnet.trace.explained.worked import Equation, in_order


class _OfAny:
    """Names without the numbers of units and examples: o for o3. In an example's loss only the latter are left away."""

    def __init__(self, names: Any, keeps_units: bool = False) -> None:
        self.names, self.keeps_units = names, keeps_units

    def symbol(self, *name: Any) -> Symbol:
        symbol: Symbol = self.names.symbol(*name)
        return symbol._replace(row=None, places=symbol.places if self.keeps_units else ())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.names, name)


def activations(exercise: Any) -> list[Rule]:
    """For each layer of units what makes o of z."""
    network, origins, names = exercise.network, exercise.worked.origins, exercise.worked.names
    found = []
    for i, layer in enumerate(network.layers):
        following = network.layers[i + 1] if i + 1 < len(network.layers) else None
        if isinstance(layer, Dense) and names.is_numbered and (following is None or isinstance(following, Dense)):
            found.append(Rule(f"{_units(layer, names)}: linear, o is the net input", []))
        elif not isinstance(layer, (Dense, Input)):
            name = f"{layer.name}.o"
            shown = [_rule(names, (name, 0, 0), origins)] if name in origins.calls else []
            found.append(Rule(f"{_units(layer, names)}: {type(layer).__name__}", shown))
    return found


def loss(exercise: Any) -> Rule:
    """The loss of an example, and how the batch's is made of them: with 1/m, as a sum, with penalties."""
    objective, names = exercise.network.objective, exercise.worked.names
    lines = {each.name: each for section in exercise.worked.sections if section.title == "loss"
             for each in section.equations}
    whole, first = lines["loss", 0, 0], lines.get(("loss.rows", 0, 0))
    own = {name: getattr(objective, name, None) for name in objective.settings if name != "over"}
    words = ", ".join([f"Loss: {called(objective)}", *(f"its {name} {value:g}" for name, value in own.items()
                                                        if isinstance(value, float))])
    of_one = (first or whole, _OfAny(names, keeps_units=True))
    formula = re.split(r" \(lecture|[,;] gradient|, y ", " ".join((type(objective).__doc__ or "").split()))[0]
    terms = [of_one[0].term, *of_one[0].put_in.values()]
    if formula.startswith("1/n") and any(each.sign == "if" for term in terms for each, _ in inside(term, False)):
        return Rule(f"{words}, L = {formula.replace('ŷ', 'o')}", [])
    if formula.startswith("−Σ"):  # of an example; its own formula leaves away what a target of 0 takes out
        words, shown = f"{words}, L = {formula.replace('ŷ', 'o')}", []
    else:
        shown = [of_one]
    return Rule(f"{words}; first of an example, then of all" if first and shown else words,
                shown + ([(whole, names)] if first else []))


def update(exercise: Any) -> list[Rule]:
    """What a step does to a weight, from the optimizer's numbers to the new weight."""
    origins, names = exercise.worked.origins, exercise.worked.names
    first = next(layer for layer in exercise.network.layers if isinstance(layer, Dense))
    found: dict[str, list[Any]] = {"ahead": [], "update": []}
    for name in in_order(origins):
        phase, parts = origins.calls[name][0].phase, name.split(".")
        if phase in found and (parts[0] == "step" or name.startswith(f"{first.name}.weights.")):
            found[phase].append(_rule(names, (name, 0, 0), origins))
    has_biases = any(name.startswith(f"{first.name}.bias") for name in origins.values)
    each = "each weight and bias" if has_biases else "each weight"
    words = f"Optimizer: {type(exercise.network.optimizer).__name__}; for {each}"
    rules = [Rule("Forward and backward take each weight ahead of the step", found["ahead"])] if found["ahead"] else []
    return [*rules, Rule(words, found["update"])]


def starts(exercise: Any, names: list[tuple]) -> str:
    """Which of the optimizer's numbers start at 0: "v", "m and s"."""
    letters = []
    for name in names:
        around = exercise.worked.names.symbol(*name).around
        letters += [around[0]] if around and around[0] not in letters else []
    return " and ".join(letters)


def called(thing: Any) -> str:
    """HalfSquaredError → half squared error."""
    return " ".join(re.findall("[A-Z][a-z]*", type(thing).__name__)).lower()


def _units(layer: Any, names: Any) -> str:
    if not names.is_numbered:
        return str(layer.name)
    first = names.first[layer.name]
    last = first + layer.units - 1
    return f"Unit {first}" if first == last else f"Units {first} {'and' if last == first + 1 else 'to'} {last}"


def _rule(names: Any, name: tuple, origins: Any) -> tuple[Equation, Any]:
    """The formula of a number, with the largest net input of a softmax put in."""
    term: Term = origins.term(*name)
    leaves = {each.name for each, _ in inside(term, False) if isinstance(each.name, tuple)}
    put_in = {leaf: origins.term(*leaf) for leaf in leaves if leaf[0].endswith(".max")}
    symbols = {_OfAny(names).symbol(*leaf) for leaf in leaves}
    fits = len(symbols) == len(leaves) and not put_in
    return Equation(name, term, put_in, ""), _OfAny(names, keeps_units=not fits)
