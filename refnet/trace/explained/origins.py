"""Which term stands behind a number of a trace? Its kernel, run once more on terms; names where the trace has names."""

from __future__ import annotations

from typing import Any

from refnet.arithmetic.formats import as_format
from refnet.kernels import SEAM
from refnet.kernels.reference.sums import maximum_of
from refnet.kernels.seam import NUMBERS
from refnet.trace.calls import Call, Numbers
from refnet.trace.element import computing_in, form_of
from refnet.trace.explained.terms import KERNELS, Term, explored, inside, made, term_of
from refnet.trace.needs import Needs
from refnet.trace.steps import Step

FROM_LOGITS = ("softmax", "log_softmax", "cross_entropy_from_logits")  # their exponents have the largest subtracted
LETTERS = ("mu", "epsilon", "eps", "beta", "beta1", "beta2", "rho", "alpha", "slope", "momentum")


class Origins:
    """The terms of one step's numbers.

    names  every name of the step; and names made here of unnamed matrices that several calls take, "squares"
    """

    def __init__(self, step: Step) -> None:
        self.step = step
        self.values = dict(step.values)
        self.calls = dict(step.origins)
        self.aliases: dict[str, str] = {}  # of a matrix with two names, the second → the first
        self._found: dict[tuple, Term] = {}
        self._tables: dict[tuple[int, str], Any] = {}
        self._names: dict[tuple[int, str], str] = {}
        for name, (call, part) in step.origins.items():
            first = self._names.setdefault((call.number, part), name)
            if first != name:
                self.aliases[name] = first
        self._name_the_largest()
        self._name_between()
        self._name_the_shared()

    def _name_the_shared(self) -> None:
        takers: dict[tuple[int, str], list[str]] = {}
        for call in self.step.calls:
            for argument, (source, part) in call.sources.items():
                if argument not in call.names:
                    takers.setdefault((source.number, part), []).append(argument)
        for (number, part), arguments in takers.items():
            if len(arguments) > 1 and (number, part) not in self._names:
                call = self.step.calls[number]
                name = "squares" if "squares" in arguments else call.kernel
                name = name if name not in self.values else f"{name}{number}"
                self._add(name, call, part)

    def _name_the_largest(self) -> None:
        """The largest net input of each row, dense2.z.max: a softmax names it with every exponent."""
        for call in self.step.calls:
            if call.kernel in FROM_LOGITS and call.arguments["beta"] == 1.0 and "z" in call.names:
                z, name = call.arguments["z"], f"{call.names['z']}.max"
                if z.columns > 1 and name not in self.calls:
                    self.values[name] = Numbers(z.rows, 1, [maximum_of(row) for row in z.tolist()], z.number)
                    self.calls[name] = call, "max"

    def _name_between(self) -> None:
        """Weights between their update and a constraint: dense1.weights.updated"""
        for name, (call, part) in list(self.calls.items()):
            source, changed = call.sources.get(part, (call, ""))
            if changed and part not in call.names and source.kernel.endswith("_update"):
                self._add(f"{name.removesuffix('.new')}.updated", source, changed)

    def _add(self, name: str, call: Call, part: str) -> None:
        self._names[call.number, part] = name
        self.values[name], self.calls[name] = call.results[part], (call, part)

    def leaf(self, name: str, row: int, unit: int) -> Term:
        """A number by its name."""
        return Term("", (), self.values[name].at(row, unit), (name, row, unit))

    def term(self, name: str, row: int, unit: int) -> Term:
        """What a number was made of; itself if it was given."""
        if name in self.aliases:
            return self.leaf(self.aliases[name], row, unit)
        if name not in self.calls:
            return self.leaf(name, row, unit)
        return self._of(*self.calls[name], row, unit)

    def _of(self, call: Call, part: str, row: int, unit: int) -> Term:
        key = call.number, part, row, unit
        if key not in self._found:
            self._found[key] = self._run(call, part, row, unit)
        return self._found[key]

    def _run(self, call: Call, part: str, row: int, unit: int) -> Term:
        """The kernel on the rows and columns that this number needs."""
        if part == "max":
            z = call.arguments["z"]
            return made("max", *(self.leaf(call.names["z"], row, column) for column in range(z.columns)))
        signature, own = SEAM[call.kernel], as_format(call.form)
        needs, form = Needs(signature, part, row, unit), form_of(signature, own)
        at = needs.at
        if not needs.one and (call.number, part) in self._tables:
            return self._tables[call.number, part][row][unit]
        places = [argument.name for argument in signature.arguments]
        given = [self._argument(call, argument, needs) for argument in signature.arguments]

        def run() -> dict[Any, Any]:
            values = [[list(numbers) for numbers in value] if isinstance(value, list) else value for value in given]
            made = getattr(KERNELS, call.kernel)(*values)
            for other in call.results:  # what was changed beside this one is called by its new name
                if other and other != part and (call.number, other) in self._names:
                    name, term = self._names[call.number, other], values[places.index(other)][at[0]][at[1]]
                    own = values[places.index(part)][at[0]][at[1]] if part else None
                    if isinstance(term, Term) and term.name is None and term is not own:
                        term.name = (name, row, unit)
            table = values[places.index(part)] if part else made
            if needs.one:
                return {"": table[at[0]][at[1]]}
            return {(i, j): number for i, numbers in enumerate(table) for j, number in enumerate(numbers)}

        with computing_in(form):
            found = explored(run)
        if form and not signature.wide_result:
            for term in found.values():
                if term.name is None:  # of the accumulator, or of what stays wide: rounded once more
                    term.value = own.number(float(term.value))
        if needs.one:
            if call.kernel in FROM_LOGITS and f"{call.names.get('z')}.max" in self.calls:
                for each, _ in inside(found[""], False):
                    if each.sign == "max":
                        each.name = (f"{call.names['z']}.max", row, 0)
            return found[""]
        table: list[list[Term]] = []
        for (_, j), term in found.items():
            table = [*table, [term]] if j == 0 else [*table[:-1], [*table[-1], term]]
        self._tables[call.number, part] = table
        return table[row][unit]

    def _argument(self, call: Call, argument: Any, needs: Needs) -> Any:
        value = call.arguments[argument.name]
        if not isinstance(value, Numbers):
            if value is not None and argument.kind in NUMBERS and argument.kind != "flag":
                value = float(value) if argument.wide else as_format(call.form).number(float(value))
            if argument.kind == "count":
                return 1 if argument.rows in needs.one else value
            if argument.kind in ("number", "positive") and value is not None:
                is_lettered = argument.name in LETTERS and call.kernel != "advance_power"  # of β₁ or of β₂
                return Term("", (), value, argument.name if is_lettered else None)
            return value
        rows, columns = needs.of(argument, value)
        name = call.names.get(argument.name)
        source = call.sources.get(argument.name)
        if source and (name is None or (name in self.calls and self.calls[name][0].number >= call.number)):
            name = self._names.get((source[0].number, source[1]))  # it had no name yet when this call took it

        def number(i: int, j: int) -> Any:
            if argument.below or argument.name == "moves":  # numbers of places, not numbers to compute with
                return value.at(i, j)
            if name is not None:
                return Term("", (), value.at(i, j), (name, i, j))
            return self._of(*source, i, j) if source else term_of(value.at(i, j))

        return [[number(i, j) for j in columns] for i in rows]
