"""How else would a student get a number? One step's formula with one thing in another's place: the usual slips.

No formula stands here: each way is the step's own term, in which a number, a sign or an operation has been exchanged,
or the kernel of another activation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from refnet.exercises.computing import Changed, Formulas, Name, key_of
from refnet.kernels import SEAM
from refnet.trace.explained.terms import KERNELS, Term, branch, explored, inside, same
from refnet.trace.explained.worked import Equation
from refnet.trace.explained.writing import Style, Writer

LIKELY = (  # the keys of all reasons, the likeliest first
    "rows_slipped", "not_updated", "update_sign", "rate_forgotten", "rate_twice", "delta_sign", "derivative_forgotten",
    "derivative_added", "square_forgotten", "loss_for_error", "new_weights", "activation_forgotten",
    "softmax_not_normalised", "mean_forgotten", "mean_twice", "examples_forgotten", "bias_forgotten", "half", "cut",
    "few_digits", "point_moved", "digits_exchanged", "operand_sign", "sign", "missing_term", "missing_factor",
    "other_activation", "net_input_for_output", "wrong_index", "wrong_layer", "digit_miscopied", "rounded_early",
    "misread",
)
ACTIVATIONS = ("sigmoid", "tanh", "relu")
MOST_ALONE = 6  # of more numbers on the side a slip is looked for in all alike only


class Way(NamedTuple):
    """A wrong way: its key, a sentence that names it, and the formula that it is."""

    key: str
    words: str
    changed: Changed


def constant(value: float) -> Term:
    return Term("", (), value)


def old_of(exercise: Any, gap: Any) -> Optional[Term]:
    """What a new weight was before; None of anything else."""
    whole, row, unit = gap.name
    name, _, last = whole.rpartition(".")
    numbers = exercise.worked.origins.values.get(name) if last in ("new", "updated") else None
    return None if numbers is None else Term("", (), numbers.at(row, unit), (name, row, unit))


class Alterations:
    """One gap's formula, altered in one place at a time.

    own  the student's numbers
    """

    def __init__(self, exercise: Any, gap: Any, own: dict[Name, float]) -> None:
        self.exercise, self.gap, self.own = exercise, gap, own
        self.formulas: Formulas = exercise.formulas_of
        self.origins = exercise.worked.origins
        self.writer = Writer(Style(), exercise.worked.names, exercise.digits)
        self.root = branch(gap.equation.term)
        whole = gap.equation.term
        self.bare = Term(whole.sign, whole.parts, whole.value)  # its copy can stand within a change of it
        self.within = list(self.formulas.within(gap.equation.term, own))
        self.numbers = [each for each in self.within if isinstance(each.name, tuple)]
        self.direct = {each.name for each, _ in inside(gap.equation.term) if isinstance(each.name, tuple)}
        self.operations = [self.root, *(each for each in self.within if each.sign)]
        self.outputs = [name for name in self.origins.values if name.endswith(".o")]
        self.deltas = [name for name in self.origins.values if name.endswith(".delta")]
        self.net_inputs = {name: call.names["z"] for name, (call, _) in self.origins.calls.items()
                           if name.endswith(".o") and "z" in call.names}

    def called(self, name: Name) -> str:
        return self.writer.symbol(name)

    def words(self, term: Term) -> str:
        """A part of the formula, as the sheet writes it."""
        return self.writer.steps(Equation(self.gap.name, term, self.gap.equation.put_in, ""))[0].text

    def instead(self, swaps: dict[Any, Term]) -> Changed:
        return Changed(self.gap.equation.term, swaps)

    def with_operation(self, operation: Term, other: Term) -> Changed:
        """Another term in the place of an operation."""
        return Changed(other, {}) if operation is self.root else self.instead({key_of(operation): other})

    def leaf(self, name: Name) -> Optional[Term]:
        """A number of the step by its name; None if the step has no such number."""
        numbers = self.origins.values.get(name[0])
        if numbers is None or not (name[1] < numbers.rows and name[2] < numbers.columns):
            return None
        return Term("", (), numbers.at(name[1], name[2]), name)

    # --- the ways ---

    def ways(self) -> Iterator[Way]:
        if self.gap.kind == "new":
            yield from self.of_an_update()
        if self.gap.kind == "delta":
            yield from self.of_a_delta()
        if self.gap.kind == "o":
            yield from self.of_an_activation()
        yield from self.of_the_side()
        yield from self.of_a_mean()
        yield from self.of_the_examples()
        yield from self.of_the_numbers()
        yield from self.of_signs()
        yield from self.of_sums_and_products()
        yield from self.of_places()
        yield from self.of_reading()

    def of_an_update(self) -> Iterator[Way]:
        old = old_of(self.exercise, self.gap)
        if old is not None:
            yield Way("not_updated", f"{self.called(old.name)} is the old one; nothing was subtracted",
                      Changed(old, {}))
        for sign, other in (("−", "+"), ("+", "−")):
            if self.root.sign == sign:
                yield Way("update_sign", "a step with the gradient and not against it: the sign of η is turned",
                          Changed(Term(other, self.root.parts, 0.0), {}))
        rate = self.leaf(("rate", 0, 0))
        if rate is not None:
            yield Way("rate_forgotten", "η is forgotten", self.instead({rate.name: constant(1.0)}))
            yield Way("rate_twice", "η is multiplied twice",
                      self.instead({rate.name: constant(rate.value * rate.value)}))

    def of_a_delta(self) -> Iterator[Way]:
        yield Way("delta_sign", "δ has the other sign: y − o in the place of o − y", self.negative())
        call, _ = self.origins.calls.get(self.gap.name[0], (None, ""))
        arriving = self.leaf((call.names["d"], *self.gap.name[1:])) if call and "d" in call.names else None
        if arriving is not None:
            yield Way("derivative_forgotten", "the derivative of the activation is forgotten", Changed(arriving, {}))
        yield from self.of_updated_weights()
        yield from self.of_another_activation("_backward", "the derivative is that of")
        yield from self.of_a_derivative_too_much()
        loss = self.leaf(("loss.rows", self.gap.name[1], 0) if self.exercise.worked.step.rows > 1 else ("loss", 0, 0))
        for each in self.operations:
            if each.sign == "−" and each.parts[1].name and each.parts[1].name[0] == "targets":
                error = Term("−", each.parts, 0.0)
                yield Way("loss_for_error", "(o − y)² in the place of o − y",
                          self.with_operation(each, Term("·", (error, error), 0.0)))
                if loss is not None:
                    yield Way("loss_for_error", "the loss in the place of o − y", self.with_operation(each, loss))

    def of_updated_weights(self) -> Iterator[Way]:
        """On the way back; on the way forward, where that is gone through on the side, the weights are the old ones."""
        forward = {name: 0.0 for name in self.formulas.terms if name[0].endswith((".z", ".o"))}
        taken = [each for each in self.formulas.within(self.gap.equation.term, {**self.own, **forward})
                 if isinstance(each.name, tuple)]
        later = {each.name: self.leaf((f"{each.name[0]}.new", *each.name[1:])) for each in taken
                 if each.name[0].endswith(".weights")}
        if not later or not all(later.values()):
            return
        fixed = {each.name: constant(self.formulas.value(each, self.own)) for each in taken if each.name in forward}
        written = {name: leaf for name, leaf in later.items() if leaf}
        unrounded = {name: self.formulas.terms.get(leaf.name, leaf) for name, leaf in written.items()}
        for swaps in (written, unrounded):
            yield Way("new_weights", "the updated weights are used; the error goes back over the old ones",
                      self.instead({**fixed, **swaps}))

    def of_an_activation(self) -> Iterator[Way]:
        for each in self.numbers:
            if each.name == (self.net_inputs.get(self.gap.name[0]), *self.gap.name[1:]) and self.root.sign:
                yield Way("activation_forgotten", "the activation is forgotten: z in the place of o", Changed(each, {}))
        call, _ = self.origins.calls.get(self.gap.name[0], (None, ""))
        if call and call.kernel == "softmax" and self.root.sign == "/":
            largest = {each.name: constant(0.0) for each in self.numbers if each.name[0].endswith(".max")}
            for swaps in (largest, {}):
                yield Way("softmax_not_normalised", "the softmax is not divided by the sum",
                          Changed(self.root.parts[0], swaps))
        yield from self.of_another_activation("", "the activation is that of another layer or network:")

    def of_the_side(self) -> Iterator[Way]:
        """An output or a δ that has no gap was worked out in a wrong way: one of them, or all alike."""
        alike: dict[tuple[str, str], dict[Name, Changed]] = {}
        for each in self.numbers:
            name = each.name
            kind = name[0].rpartition(".")[2]
            if name in self.own or name not in self.formulas.terms or kind not in ("o", "delta"):
                continue
            if kind == "delta" and not self.leaf((f"{name[0].removesuffix('.delta')}.z", *name[1:])):
                continue  # ∂L/∂o
            equation = self.gap.equation._replace(name=name, term=self.formulas.terms[name])
            inner = Alterations(self.exercise, self.gap._replace(equation=equation), self.own)
            for way in inner.of_an_activation() if kind == "o" else inner.of_a_delta():
                alike.setdefault((way.key, way.words), {})[name] = way.changed
        for (key, words), changes in alike.items():
            alone = [(name,) for name in changes] if len(changes) <= MOST_ALONE else []
            for names in dict.fromkeys([*alone, tuple(changes)]):
                swaps: dict[Any, Term] = {}
                for name in names:
                    swaps.update({**changes[name].swaps, name: changes[name].term})
                yield Way(key, f"{words} (on the side, in {', '.join(map(self.called, names))})", self.instead(swaps))

    def of_another_activation(self, ending: str, words: str) -> Iterator[Way]:
        """The same call with the kernel of another activation: f(z), or f'(z)·d from o or z as that kernel takes it."""
        call, _ = self.origins.calls.get(self.gap.name[0], (None, ""))
        own = call.kernel.removesuffix(ending) if call else ""
        if own not in (*ACTIVATIONS, "softmax") or (call.kernel.endswith("_backward") != bool(ending)):
            return
        taken = self.arguments(call)
        if ending and taken["o"] and "o" in call.names:
            yield from self.with_kernel(call.kernel, {**taken, "o": taken["z"]}, "net_input_for_output",
                                        "the net input is put into the derivative in the place of the output")
        for other in ACTIVATIONS:
            if other != own:
                yield from self.with_kernel(other + ending, taken, "other_activation", f"{words} {other}")

    def of_a_derivative_too_much(self) -> Iterator[Way]:
        call, _ = self.origins.calls.get(self.gap.name[0], (None, ""))
        if call is None:
            return
        taken, own = self.arguments(call), call.kernel.removesuffix("_backward")
        taken = {**taken, "o": taken["o"] or taken["z"], "d": self.bare}
        if own in ACTIVATIONS:
            yield from self.with_kernel(call.kernel, taken, "derivative_added", "the derivative is multiplied twice")
        for other in ("sigmoid", "tanh") if own not in ACTIVATIONS else ():
            yield from self.with_kernel(f"{other}_backward", taken, "derivative_added",
                                        f"a derivative of {other} is put in where there is none")

    def arguments(self, call: Any) -> dict[str, Optional[Term]]:
        """What the kernels of activations take, by the names of their arguments."""
        z = call.names.get("z") or f"{self.gap.name[0].partition('.')[0]}.z"
        names = {"z": z, "o": next((o for o, taken in self.net_inputs.items() if taken == z), ""),
                 "d": call.names.get("d", "")}
        return {each: self.leaf((name, *self.gap.name[1:])) for each, name in names.items()}

    def with_kernel(self, kernel: str, taken: dict[str, Optional[Term]], key: str, words: str) -> Iterator[Way]:
        """An activation's kernel, or that of its derivative, on these numbers by the names of its arguments."""
        wanted = [argument.name for argument in SEAM[kernel].arguments]
        leaves = [taken[each] for each in wanted if each in taken]
        if all(leaf is not None for leaf in leaves):
            given = [[[leaf]] for leaf in leaves] + [0.0] * (len(wanted) - len(leaves))  # ReLU's at_zero
            made = explored(lambda: {"": getattr(KERNELS, kernel)(*given)[0][0]})[""]
            yield Way(key, words, Changed(made, {}))

    def of_a_mean(self) -> Iterator[Way]:
        rows = self.exercise.worked.step.rows
        if rows == 1:
            return
        by_rows = [each for each in self.operations if each.sign == "/" and each.parts[1].is_constant
                   and each.parts[1].value == rows]
        for each in by_rows:
            yield Way("mean_forgotten", f"1/m is forgotten: not divided by the {rows} examples",
                      self.with_operation(each, each.parts[0]))
            yield Way("mean_twice", f"1/m is there twice: divided by the {rows} examples a second time",
                      self.with_operation(each, Term("/", (Term("/", each.parts, 0.0), constant(rows)), 0.0)))
        if self.gap.kind in ("loss", "delta", "gradient") and not by_rows:
            yield Way("mean_twice", f"1/m is there twice: divided by the {rows} examples a second time",
                      Changed(Term("/", (self.bare, constant(rows)), 0.0), {}))
        if self.gap.kind in ("loss", "delta", "gradient"):
            yield Way("mean_forgotten", f"1/m is forgotten: not divided by the {rows} examples",
                      Changed(Term("·", (self.bare, constant(rows)), 0.0), {}))
        for each in self.numbers if self.gap.kind == "new" else ():
            if each.name[0].endswith(".gradient"):
                yield Way("mean_forgotten", f"1/m is forgotten: not divided by the {rows} examples",
                          self.instead({each.name: Term("·", (each, constant(rows)), 0.0)}))
                yield Way("mean_twice", f"1/m is there twice: divided by the {rows} examples a second time",
                          self.instead({each.name: Term("/", (each, constant(rows)), 0.0)}))

    def of_the_examples(self) -> Iterator[Way]:
        """Of a batch one example only, with 1/m or without."""
        rows = self.exercise.worked.step.rows
        apart = [each.name for each in self.numbers if each.name[0] == "loss.rows" or each.name[0] in self.deltas]
        if self.gap.kind not in ("loss", "gradient", "new") or len({name[1] for name in apart}) < 2:
            return
        gradients = [each for each in self.numbers if each.name[0].endswith(".gradient")]
        for row in range(rows):
            words = f"only example {row + 1} of {rows} is used"
            others = {name: constant(0.0) for name in apart if name[1] != row}
            yield Way("examples_forgotten", words, self.instead(others))
            if self.gap.kind != "new":
                yield Way("examples_forgotten", words, Changed(Term("·", (self.bare, constant(rows)), 0.0), others))
            for each in gradients:
                swaps = {**others, each.name: Term("·", (each, constant(rows)), 0.0)}
                yield Way("examples_forgotten", words, self.instead(swaps))

    def of_the_numbers(self) -> Iterator[Way]:
        for each in self.numbers:
            if each.name[0].endswith(".bias"):
                yield Way("bias_forgotten", f"the bias {self.called(each.name)} is forgotten",
                          self.instead({each.name: constant(0.0)}))
        if self.gap.kind in ("loss", "delta"):
            for factor in (2.0, 0.5):
                words = "½ is forgotten" if factor == 2.0 else "it is half of it: a ½ too much"
                yield Way("half", words, Changed(Term("·", (self.bare, constant(factor)), 0.0), {}))

    def negative(self) -> Changed:
        return Changed(Term("negative", (self.bare,), 0.0), {})

    def of_signs(self) -> Iterator[Way]:
        for each in self.numbers:
            if (value := self.formulas.value(each, self.own)) != 0.0:
                lost = "the minus" if value < 0.0 else "the sign"
                yield Way("operand_sign", f"{lost} of {self.called(each.name)} is {'lost' if value < 0.0 else 'wrong'}",
                          self.instead({each.name: constant(-value)}))
        if self.gap.kind != "delta":
            yield Way("sign", "the sign is wrong", self.negative())
        for each in self.operations:
            if each.sign in ("+", "−"):
                other = Term("+" if each.sign == "−" else "−", each.parts, 0.0)
                yield Way("sign", "a plus and a minus are exchanged", self.with_operation(each, other))

    def of_sums_and_products(self) -> Iterator[Way]:
        for each in self.operations:
            if each.sign == "·" and same(*each.parts):
                yield Way("square_forgotten", f"the square is forgotten: {self.words(each)}",
                          self.with_operation(each, each.parts[0]))
            for one, other in (each.parts, each.parts[::-1]) if len(each.parts) == 2 else ():
                if each.sign in ("+", "−"):
                    if one.is_constant or any(part.name and part.name[0].endswith(".max") for part in each.parts):
                        continue  # of 1 − o only the 1: a factor is missing; zmax is the computer's
                    rest = Term("negative", (one,), 0.0) if each.sign == "−" and one is each.parts[1] else one
                    yield Way("missing_term", f"a term of the sum is missing: {self.words(other)}",
                              self.with_operation(each, rest))
                elif each.sign == "·" or (each.sign == "/" and one is each.parts[0]):
                    what = "factor" if each.sign == "·" else "divisor"
                    yield Way("missing_factor", f"a {what} is missing: {self.words(other)}",
                              self.with_operation(each, one))

    def of_places(self) -> Iterator[Way]:
        """A number of the same matrix, or of another layer's, in the place of one."""
        turned = {each.name: self.leaf((each.name[0], each.name[2], each.name[1])) for each in self.numbers
                  if each.name[0].endswith(".weights")}
        if turned and all(turned.values()):
            yield Way("wrong_index", "w_ji is taken for w_ij: the weights' indices are exchanged",
                      self.instead({name: constant(leaf.value) for name, leaf in turned.items() if leaf}))
        for each in self.numbers:
            name, row, unit = each.name
            numbers = self.origins.values.get(name)
            if numbers is None or numbers.rows * numbers.columns > 40:
                continue
            for i in range(numbers.rows):
                for j in range(numbers.columns):
                    if (i, j) != (row, unit):
                        yield self.place(each, (name, i, j), "wrong_index")
            if not (each.name in self.own or each.name in self.direct):
                continue  # far from this step
            if name in self.net_inputs and self.net_inputs[name] in self.origins.values:
                yield self.place(each, (self.net_inputs[name], row, unit), "net_input_for_output")
            family = next((names for names in (self.outputs, self.deltas) if name in names), [])
            for other in family:
                for j in range(self.origins.values[other].columns if other != name else 0):
                    if (other, row, j) != self.gap.name:
                        yield self.place(each, (other, row, j), "wrong_layer")

    def of_reading(self) -> Iterator[Way]:
        """A given number in the place of another one."""
        given = [Term("", (), numbers.at(i, j), (name, i, j)) for name, numbers in self.origins.values.items()
                 for i in range(numbers.rows) for j in range(numbers.columns)
                 if (name, i, j) not in self.formulas.terms and numbers.at(i, j) != 0.0]
        for each in self.numbers:
            if each.name in self.direct and each.name not in self.own and each.name not in self.formulas.terms:
                for other in given:
                    if other.name[0] != each.name[0] and other.value != each.value:
                        words = f"{self.called(each.name)} is misread: {self.called(other.name)} is put in"
                        yield Way("misread", words, self.instead({each.name: constant(other.value)}))

    def place(self, each: Term, name: Name, key: str) -> Way:
        leaf = self.leaf(name)
        assert leaf is not None
        return Way(key, f"{self.called(name)} is used in the place of {self.called(each.name)}",
                   self.instead({each.name: leaf}))
