"""What is a class asked? One training step of a network, with a numbered gap for each number that is asked for.

    exercise = rn.exercises.Exercise(net, [0.1, 0.7], [0.9], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2))
    exercise.sheet().save("sheet.html")
    exercise.save("exercise.json")
    print(rn.exercises.grade("exercise.json", "answers.csv"))
"""

from __future__ import annotations

import copy
import hashlib
from functools import cached_property
from typing import Any, NamedTuple, Optional

import refnet as rn
from refnet import checks
from refnet.exercises import answers, papers
from refnet.exercises.computing import Formulas, Name
from refnet.files import FileError
from refnet.files import write as write_network
from refnet.trace import traced
from refnet.trace.explained.terms import inside
from refnet.trace.explained.worked import MOST_EQUATIONS, Equation, Worked, worked
from refnet.trace.explained.writing import Style, Writer

ASKED = ("z", "o", "loss", "delta", "gradient", "new")
NOTE = "exercise"  # under this name a network's file keeps the rest of an exercise


class Gap(NamedTuple):
    """A number that is asked for.

    number    as the sheet counts it, from 1
    kind      one of ASKED
    equation  its name in the trace and its formula
    symbol    what it is called: δ3
    points    for a right answer
    """

    number: int
    kind: str
    equation: Equation
    symbol: str
    points: int

    @property
    def name(self) -> Name:
        return self.equation.name

    @property
    def value(self) -> float:
        return self.equation.term.value


class Exercise:
    """A training step with gaps: its sheet, its solution, its marking scheme, and a file that `grade` reads.

    network   with one input and one output layer, in binary64; it stays as it is
    inputs, targets, loss, optimizer  as `traced` takes them; without an optimizer the step ends with the gradients
    digits    how many significant digits are asked for, 2 to 12
    asked     what has gaps: of "z" (net inputs), "o" (outputs), "loss", "delta", "gradient" and "new" (weights, and the
              optimizer's numbers); what has none the students work out on the side. Default: all
    points    points for a gap by its kind, {"delta": 2}; the others have 1
    formulas  whether the sheet has the formula of each gap
    title     of the papers
    seed      by which the numbers were drawn; it stands on the solution and the marking scheme

    letters   tell the sheet from others, on its papers and its answer form
    gaps      the Gaps in the order of computation
    Raises TypeError or ValueError for these, and as `traced` does; ValueError for more than 400 numbers.
    """

    def __init__(self, network: Any, inputs: Any, targets: Any, *, loss: Any = None, optimizer: Any = None,
                 digits: int = 4, asked: Any = ASKED, points: Optional[dict[str, int]] = None, formulas: bool = True,
                 title: str = "", seed: Optional[int] = None) -> None:
        self.digits = checks.count("digits", digits, least=2, most=12)
        chosen = [asked] if isinstance(asked, str) else list(asked)
        self.asked = [kind for kind in ASKED if kind in [checks.choice("asked", each, ASKED) for each in chosen]]
        self.points = {checks.choice("points", kind, ASKED): checks.count(f"points[{kind!r}]", each, least=0)
                       for kind, each in (points or {}).items()}
        self.formulas = checks.choice("formulas", formulas, [True, False])
        self.title = title or "A training step by hand"
        self.seed = None if seed is None else checks.count("seed", seed, least=None)
        if network.number != "binary64":
            raise ValueError(f'network: computes in {network.number}; allowed: binary64, which students are graded by: '
                             'net.to(number="binary64")')
        if len(network.input_places) != 1 or len(network.output_places) != 1:
            raise ValueError("network: several input or output layers; allowed: one of each")
        self.network = copy.deepcopy(network)
        if optimizer is not None and optimizer is not network.optimizer:
            traced(network, inputs, targets, loss=loss, optimizer=optimizer)  # does it fit?
            self.network.optimizer = copy.deepcopy(optimizer)
        trace = traced(self.network, inputs, targets, loss=loss)
        step = trace.only()
        if "targets" not in step:
            raise ValueError("targets: missing; an exercise is a training step")
        self.network.objective = trace.network.objective
        self.inputs, self.targets = step[f"{network.layers[network.input_places[0]].name}.o"], step["targets"]
        self.worked = self._worked(trace)

    def _worked(self, trace: Any) -> Worked:
        """The step's equations; the loss as one writes it by hand, of the outputs and not of the net inputs."""
        apart = [kind for kind in ("z", "gradient") if kind in self.asked]
        found = worked(trace.network, trace.only(), apart=apart)
        if found.left_out:
            raise ValueError(f"network: {found.left_out} numbers in a step; allowed: up to {MOST_EQUATIONS}")
        found = found._replace(sections=[each._replace(equations=_with_both_ways(each.equations))
                                         for each in found.sections])
        plain = copy.deepcopy(trace.network.objective)
        if not getattr(plain, "fused", False):
            return found
        plain.fused = False
        other = traced(self.network, self.inputs, self.targets, loss=plain)
        by_hand = worked(other.network, other.only(), "all")
        losses = next(section for section in by_hand.sections if section.title == "loss")
        return found._replace(sections=[losses if each.title == "loss" else each for each in found.sections])

    @cached_property
    def gaps(self) -> list[Gap]:
        names = Writer(Style(), self.worked.names, self.digits)
        found: list[Gap] = []
        for equation in self.equations:
            kind = kind_of(equation.name)
            while (inner := equation.put_in.get(equation.term.name)) is not None:  # L is the sum of one loss
                equation = equation._replace(term=inner)
            if kind in self.asked and equation.term.sign:
                symbol = names.symbol(equation.name) + (" new" if equation.is_assignment else "")
                found.append(Gap(len(found) + 1, kind, equation, symbol, self.points.get(kind, 1)))
        if not found:
            raise ValueError(f"asked: {', '.join(self.asked)}; this step has no such number")
        return found

    @cached_property
    def letters(self) -> str:
        """Four letters that tell this sheet from others: they stand on its papers and its answer form. Letters, since
        a spreadsheet would make a number of 12e4; no vowels, so that they are no word."""
        told = "\n".join(f"{gap.symbol} {gap.value!r}" for gap in self.gaps)
        found = hashlib.sha256(told.encode()).digest()[:4]
        return "".join("bcdfghjkmnpqrstvwxz"[each % 19] for each in found)

    @property
    def equations(self) -> list[Equation]:
        return [equation for section in self.worked.sections for equation in section.equations]

    @cached_property
    def formulas_of(self) -> Formulas:
        """The formulas of all numbers of the step."""
        terms = {}
        for equation in self.equations:
            terms[equation.name] = equation.term
            terms.update(equation.put_in)
        return Formulas({name: term for name, term in terms.items() if term.sign or term.name is not None})

    def given(self) -> list[Name]:
        """The names of the numbers that a student is given, as they are needed."""
        computed, found = self.formulas_of.terms, {}
        for gap in self.gaps:
            for each in self.formulas_of.within(gap.equation.term, {}):
                if isinstance(each.name, tuple) and each.name not in computed and not each.sign:
                    found[each.name] = each.value
        return list(found)

    def on_the_side(self) -> list[Name]:
        """The numbers that have no gap and no value on the sheet, and that a gap needs all the same."""
        asked, terms = {gap.name for gap in self.gaps}, self.formulas_of.terms
        needed = {each.name for gap in self.gaps for each in self.formulas_of.within(gap.equation.term, {})}
        return [equation.name for equation in self.equations
                if equation.name in needed and equation.name in terms and equation.name not in asked]

    def settings(self) -> dict[str, float]:
        """The settings that occur, by the name of their letter: {"mu": 0.9}."""
        return {each.name: each.value for gap in self.gaps
                for each in self.formulas_of.within(gap.equation.term, {}) if isinstance(each.name, str)}

    # --- papers ---

    def sheet(self) -> papers.Paper:
        """What the class gets: the network, its numbers, and the gaps."""
        return papers.sheet(self)

    def solution(self) -> papers.Paper:
        """The worked solution, with the sheet's numbers of gaps."""
        return papers.solution(self)

    def marking(self) -> papers.Paper:
        """What the marker gets: for each gap the points, the value, what is accepted, and from what it follows."""
        return papers.marking(self)

    def answer_form(self, kind: str = "csv") -> str:
        """An empty form for the answers: "csv", "markdown" or "json"."""
        kind = checks.choice("kind", kind, list(answers.FORMS.values()))
        return answers.form([gap.symbol for gap in self.gaps], kind, self.letters)

    # --- files ---

    def save(self, path: Any) -> None:
        """Write the exercise to a file: that of its network, with the rest in the notes."""
        note = {"inputs": self.inputs, "targets": self.targets, "digits": self.digits, "asked": self.asked,
                "points": self.points, "formulas": self.formulas, "title": self.title, "seed": self.seed}
        write_network(self.network, path, {**self.network.notes, NOTE: note})


def _with_both_ways(equations: list[Equation]) -> list[Equation]:
    """∂L/∂o put into the δ that takes it, also where the unit is off: a line of its own would tell which are."""
    takers: dict[Name, list[Equation]] = {}
    for equation in equations:
        if equation.term.sign == "if":
            for name in {each.name for each, _ in inside(equation.term, False) if isinstance(each.name, tuple)}:
                takers.setdefault(name, []).append(equation)
    put_in: dict[Name, Equation] = {}
    for equation in equations:
        taken = takers.get(equation.name, [])
        if equation.name[0].endswith(".delta") and len(taken) == 1 and taken[0].name[0].endswith(".delta"):
            put_in[equation.name] = taken[0]
            taken[0].put_in.update({equation.name: equation.term, **equation.put_in})
    return [equation for equation in equations if equation.name not in put_in]


def kind_of(name: Name) -> str:
    """Which of ASKED a number is; "" for the largest net input, which only keeps a softmax in range."""
    base, last = name[0], name[0].rpartition(".")[2]
    if base in ("loss", "loss.rows", "loss.sum", "loss.rows.weighted"):
        return "loss"
    if last in ("new", "updated", "ahead"):
        return "new"
    if last in ("gradient", "data", "clipped"):
        return "gradient"
    return "" if last == "max" else last if last in ("z", "delta") else "o"


def load(path: Any) -> Exercise:
    """Read an exercise that `save` wrote. Raises FileNotFoundError; FileError if it is no such file."""
    network: Any = rn.load(path, backend="python")
    note = network.notes.pop(NOTE, None)
    if not isinstance(note, dict):
        raise FileError(f"{path}: a network, but no exercise; expected a file that Exercise.save wrote")
    try:
        return Exercise(network, note.pop("inputs"), note.pop("targets"), loss=network.objective, **note)
    except (KeyError, TypeError, ValueError) as error:
        raise FileError(f"{path}: notes.{NOTE}: {error}") from None


