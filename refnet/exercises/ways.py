"""How else would a student get a number? One step's formula with one thing in another's place: the usual slips.

No formula stands here: each way is the step's own term, in which a number, a sign or an operation has been exchanged,
or the kernel of another activation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from refnet.exercises.computing import Changed, Formulas, Name, key_of
from refnet.kernels import SEAM
from refnet.trace.explained.terms import KERNELS, Term, branch, explored
from refnet.trace.explained.worked import Equation
from refnet.trace.explained.writing import Style, Writer

LIKELY = (  # the keys of all reasons, the likeliest first
    "not_updated", "update_sign", "rate_forgotten", "rate_twice", "delta_sign", "derivative_forgotten", "new_weights",
    "activation_forgotten", "mean_forgotten", "mean_twice", "bias_forgotten", "half", "cut", "few_digits",
    "point_moved", "digits_exchanged", "operand_sign", "sign", "missing_term", "missing_factor", "other_activation",
    "net_input_for_output", "wrong_index", "wrong_layer", "digit_miscopied", "rounded_early",
)
ACTIVATIONS = ("sigmoid", "tanh", "relu")


class Way(NamedTuple):
    """A wrong way: its key, a sentence that names it, and the formula that it is."""

    key: str
    words: str
    changed: Changed


def constant(value: float) -> Term:
    return Term("", (), value)


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
        self.operations = [self.root, *(each for each in self.within if each.sign)]
        self.outputs = [name for name in self.origins.values if name.endswith(".o")]
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
        yield from self.of_a_mean()
        yield from self.of_the_numbers()
        yield from self.of_signs()
        yield from self.of_sums_and_products()
        yield from self.of_places()

    def of_an_update(self) -> Iterator[Way]:
        old = self.gap.name[0].removesuffix(".new")
        leaf = self.leaf((old, *self.gap.name[1:]))
        if leaf is not None:
            yield Way("not_updated", f"{self.called(leaf.name)} is the old one; nothing was subtracted",
                      Changed(leaf, {}))
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
        later = {each.name: self.leaf((f"{each.name[0]}.new", *each.name[1:])) for each in self.numbers
                 if each.name[0].endswith(".weights")}
        if later and all(later.values()):
            written = {name: leaf for name, leaf in later.items() if leaf}
            unrounded = {name: self.formulas.terms.get(leaf.name, leaf) for name, leaf in written.items()}
            for swaps in (written, unrounded):
                yield Way("new_weights", "the updated weights are used; the error goes back over the old ones",
                          self.instead(swaps))
        yield from self.of_another_activation("_backward", "the derivative is that of")

    def of_an_activation(self) -> Iterator[Way]:
        for each in self.numbers:
            if each.name[0].endswith(".z") and self.root.sign:
                yield Way("activation_forgotten", f"it is {self.called(each.name)}: the activation is forgotten",
                          Changed(each, {}))
        yield from self.of_another_activation("", "the activation is that of another layer or network:")

    def of_another_activation(self, ending: str, words: str) -> Iterator[Way]:
        """The same call with the kernel of another activation: f(z), or f'(z)·d from o or z as that kernel takes it."""
        call, _ = self.origins.calls.get(self.gap.name[0], (None, ""))
        own = call.kernel.removesuffix(ending) if call else ""
        if own not in ACTIVATIONS or (call.kernel.endswith("_backward") != bool(ending)):
            return
        z = call.names.get("z") or f"{self.gap.name[0].partition('.')[0]}.z"
        names = {"z": z, "o": next((o for o, taken in self.net_inputs.items() if taken == z), ""),
                 "d": call.names.get("d", "")}
        if ending and names["o"] and "o" in call.names:
            yield from self.with_kernel(call.kernel, {**names, "o": z}, "net_input_for_output",
                                        "the net input is put into the derivative in the place of the output")
        for other in ACTIVATIONS:
            if other != own:
                yield from self.with_kernel(other + ending, names, "other_activation", f"{words} {other}")

    def with_kernel(self, kernel: str, names: dict[str, str], key: str, words: str) -> Iterator[Way]:
        """An activation's kernel, or that of its derivative, on these numbers by the names of its arguments."""
        wanted = [argument.name for argument in SEAM[kernel].arguments]
        leaves = [self.leaf((names[each], *self.gap.name[1:])) for each in wanted if each in names]
        if all(leaf is not None for leaf in leaves):
            taken = [[[leaf]] for leaf in leaves] + [0.0] * (len(wanted) - len(leaves))  # ReLU's at_zero
            made = explored(lambda: {"": getattr(KERNELS, kernel)(*taken)[0][0]})[""]
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
            for one, other in (each.parts, each.parts[::-1]) if len(each.parts) == 2 else ():
                if each.sign in ("+", "−"):
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
            for other in self.outputs if name in self.outputs else ():
                for j in range(self.origins.values[other].columns if other != name else 0):
                    yield self.place(each, (other, row, j), "wrong_layer")

    def place(self, each: Term, name: Name, key: str) -> Way:
        leaf = self.leaf(name)
        assert leaf is not None
        return Way(key, f"{self.called(name)} is used in the place of {self.called(each.name)}",
                   self.instead({each.name: leaf}))
