"""What does a lecturer write on the board? Equations of a training step in order: built once, for every writer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple, Optional

from refnet import checks
from refnet.checks.names import did_you_mean
from refnet.kernels import SEAM
from refnet.kernels.observers import kernels_for
from refnet.network.regularisation import penalties_in_force
from refnet.trace.calls import Numbers
from refnet.trace.explained.names import Names
from refnet.trace.explained.origins import Origins
from refnet.trace.explained.terms import KERNELS, Term, branch, conditions, inside, made, term_of
from refnet.trace.steps import Step

MOST_EQUATIONS = 400  # of a step with more, only chosen units are worked out
MOST_WEIGHTS = 8  # shown of each chosen unit
MOST_PUT_IN = 12  # a longer formula keeps its own line
SECTIONS = ("ahead", "forward", "loss", "backward", "update")
NAMED_FUNCTIONS = ("sigmoid", "tanh", "softplus", "expm1", "log1p")


class Equation(NamedTuple):
    """One line on the board.

    name    of the number on the left: (name in the trace, row, unit)
    term    what it is made of; a number by its name, or what stands in put_in
    put_in  the terms of numbers that have no line of their own: the net input in sigmoid(…)
    kernel  that computed it
    """

    name: tuple[str, int, int]
    term: Term
    put_in: dict[tuple, Term]
    kernel: str

    @property
    def is_assignment(self) -> bool:
        return self.name[0].endswith(".new")


class Section(NamedTuple):
    """"forward", "loss", "backward" or "update": its equations, and (name, rows × columns, formula) of what is left
    at its shape."""

    title: str
    equations: list[Equation]
    shapes: list[tuple[str, tuple[int, int], str]]


class Worked(NamedTuple):
    """A step: its sections, the names of its numbers, the functions that occur with their formulas, what was left out.

    origins  the terms of all numbers, also of those left out
    """

    network: Any
    step: Step
    origins: Origins
    names: Names
    sections: list[Section]
    functions: list[str]
    left_out: int


def worked(network: Any, step: Step, units: Any = None, rows: Optional[list[int]] = None,
           apart: Collection[str] = ()) -> Worked:
    """A step's equations. units and rows: as `explain` takes them.

    apart  "z", "gradient" or both: these keep lines of their own, also where they are better put in
    """
    origins = Origins(step)
    names = in_order(origins)
    total = 0
    for name in names:
        total += len(origins.values[name].values)
    shows_all = units == "all" or (units is None and total <= MOST_EQUATIONS)
    found: dict[tuple, tuple[str, Term, str]] = {}
    shapes: dict[str, list] = {title: [] for title in SECTIONS}
    for name in names:
        call, _ = origins.calls[name]
        places = list(_places(network, name, origins.values[name], None if shows_all else units or {}, rows))
        for row, unit in places:
            found[name, row, unit] = call.phase, origins.term(name, row, unit), call.kernel
        if not places:
            docstring = (SEAM[call.kernel].function.__doc__ or "").split("\n")[0]
            shapes[call.phase].append((name, origins.values[name].shape, f"{call.kernel}: {docstring}"))
    if "loss" in step:
        found["loss", 0, 0] = "loss", loss_term(network, origins), "loss"
    equations = _without_lines_of_their_own(found, apart)
    sections = [Section(title, [each for phase, each in equations if phase == title], shapes[title])
                for title in SECTIONS]
    signs = {term.sign for _, equation in equations for each in (equation.term, *equation.put_in.values())
             for term, _ in inside(each)}
    functions = [f"{sign}: {SEAM[sign].function.__doc__}" for sign in NAMED_FUNCTIONS if sign in signs]
    worked_out = len([name for name in found if name[0] in origins.calls])
    return Worked(network, step, origins, Names(network, step.rows), [each for each in sections if each[1] or each[2]],
                  functions, total - worked_out)


def in_order(origins: Origins) -> list[str]:
    """What was computed, in the order of computation; of one kernel the optimizer's numbers before the weight. How many
    random numbers were drawn is no part of it."""
    names = [name for name in origins.calls if not name.endswith(".drawn.new")]
    places = {"max": 0, "w": 2}
    return sorted(names, key=lambda name: (origins.calls[name][0].number, places.get(origins.calls[name][1], 1)))


def _places(network: Any, name: str, numbers: Numbers, units: Optional[dict], rows: Any) -> Iterator[tuple[int, int]]:
    """(row, unit) of a matrix's numbers that are worked out. units None: all of them."""
    layer, _, rest = name.partition(".")
    own = next((each for each in network.layers if each.name == layer), None)
    what = rest.split(".")[0]
    parameter = own.parameters.get(what) if own is not None else None
    is_weights = parameter is not None and not parameter.is_row  # a row for each unit
    is_by_row = parameter is None and numbers.rows > 1  # a row for each example of the batch
    if units is not None and own is not None and layer not in units:
        return
    for row in range(numbers.rows):
        if is_by_row and row not in (rows if rows is not None else [0] if units is not None else [row]):
            continue
        if units is not None and is_weights:
            if row in units[layer]:
                yield from ((row, unit) for unit in range(min(numbers.columns, MOST_WEIGHTS)))
            continue
        for unit in range(numbers.columns):
            if units is None or own is None or unit in units[layer]:
                yield row, unit


def loss_term(network: Any, origins: Origins) -> Term:
    """The batch's sum over its divisor, plus penalties, in that order; of what layers add the number alone."""
    step = origins.step
    divisor = network.objective.divisor(step.rows, network.output_units[0])
    total = origins.leaf("loss.sum", 0, 0)
    total.value = float(total.value)  # a number of the format; the mean and the penalties are binary64
    term = made("/", total, divisor)
    for parameter, penalty in penalties_in_force(network):
        name = next(name for name, each in network.parameters.items() if each is parameter)
        name = f"{name}.ahead" if f"{name}.ahead" in origins.values else name
        numbers = origins.values[name]
        weights = [[origins.leaf(name, i, j) for j in range(numbers.columns)] for i in range(numbers.rows)]
        cost = term_of(penalty.cost(KERNELS, weights))
        own = kernels_for(penalty, network.k)  # of the network, in its format: its sum, to the bit
        cost.value = penalty.cost(own, own.matrix(numbers.tolist()))
        term = made("+", term, cost)
    rest = origins.values["loss"].at(0, 0)
    if term.value != rest:  # activity penalties; NaN
        term = Term("+", (term, Term("", (), rest - term.value)), rest)
    return term


def _without_lines_of_their_own(found: dict[tuple, tuple[str, Term, str]],
                                apart: Collection[str]) -> list[tuple[str, Equation]]:
    """The equations, (section, equation), without those of numbers that are better put in where they are used."""
    uses: Counter = Counter()
    for _, term, _ in found.values():
        uses.update(dict.fromkeys(_leaves(term), 1))
    gone: set[tuple] = set()
    put_in: dict[tuple, dict] = {}
    for name, (_, term, _) in found.items():
        leaves = _leaves(term)
        put_in[name] = {leaf: found[leaf][1] for leaf, count in leaves.items()
                        if leaf in found and uses[leaf] == count == 1 and _is_better_put_in(leaf, found[leaf][1], term)
                        and not (leaf[0].rpartition(".")[2] in apart and branch(found[leaf][1]).sign)}
        gone.update(put_in[name])
    equations = []
    for name, (phase, term, kernel) in found.items():
        if name not in gone:
            inner = dict(put_in[name])
            for each in list(inner):  # what is put in may have numbers put in
                inner.update(put_in[each])
            for each in list(inner):
                inner.update(put_in[each])
            equations.append((phase, Equation(name, term, inner, kernel)))
    return equations


def _leaves(term: Term) -> Counter:
    """How often each number of the trace is written in a term, and in the conditions of the way it has taken."""
    return Counter(each.name for part in (term, *conditions(term)) for each, is_leaf in inside(part)
                   if is_leaf and isinstance(each.name, tuple))


def _is_better_put_in(leaf: tuple, term: Term, taker: Term) -> bool:
    """A net input in the activation alone, ∂L/∂o in δ, a gradient of one example in the step, the sum of one loss."""
    name, _, _ = leaf
    count = len([0 for _, is_leaf in inside(term) if is_leaf])
    if name in ("loss.sum", "loss.rows"):
        return name == "loss.sum" or not taker.sign
    if name.endswith(".z"):
        return taker.sign.isalpha() and taker.sign != "if" and len(taker.parts) <= 2
    if name.endswith(".gradient"):
        return count <= 2 and taker.sign == "−" and branch(term).sign in ("", "·")
    return name.endswith(".delta") and not name.startswith("dense") and count <= MOST_PUT_IN


def checked_units(network: Any, units: Any) -> Any:
    """{layer: units} with whole numbers of units that the layers have. Raises TypeError or ValueError."""
    if units is None or units == "all":
        return units
    if not isinstance(units, dict):
        raise TypeError(f'units: {checks.shown(units)}; allowed: {{"dense1": [0, 5]}}, "all" or None')
    known = {layer.name: layer.units for layer in network.layers}
    for name, chosen in units.items():
        if name not in known:
            hint = did_you_mean(name, known) if isinstance(name, str) else ""
            raise ValueError(f"units: {checks.shown(name)}{hint or '; allowed: ' + ', '.join(known)}")
        checked_places(f"units[{name!r}]", chosen, known[name])
    return units


def checked_places(what: str, chosen: Any, size: int) -> Any:
    """A list of whole numbers from 0 to size − 1, or None. Raises TypeError or ValueError."""
    if chosen is None:
        return None
    if not isinstance(chosen, (list, tuple, range)):
        raise TypeError(f"{what}: {checks.shown(chosen)}; allowed: a list of whole numbers from 0 to {size - 1}")
    for each in chosen:
        if not checks.is_whole(each) or not 0 <= each < size:
            raise ValueError(f"{what}: {checks.shown(each)}; allowed: whole numbers from 0 to {size - 1}")
    return chosen
