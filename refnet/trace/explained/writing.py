"""How is a term written? One walk for every kind of page; a style says how each piece looks in it."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from refnet.trace.explained.digits import gives, printed
from refnet.trace.explained.names import SETTINGS, Names, Symbol
from refnet.trace.explained.terms import Term, branch, conditions, evaluated, same
from refnet.trace.explained.worked import Equation

SUM, PRODUCT, GRADIENT, ATOM = 1, 2, 3, 4  # how tightly a text holds together; ∂L/∂w is one, but not below a bar
MOST_SUMMANDS = 12  # of a longer sum the first three and the last are written
SUPERSCRIPTS = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")
RELATIONS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}
OPPOSITES = {"<": "≥", "<=": ">", ">": "≤", ">=": "<", "==": "≠", "!=": "="}
FUNCTIONS = {"log": "ln", "sqrt": "√"}


class Style:
    """Plain text. Other styles are made from it."""

    minus, times, dots, equal, about, arrow = "−", "·", "…", "=", "≈", "←"
    has_fractions = False

    def number(self, text: str) -> str:
        return text.replace("-", self.minus, 1) if text.startswith("-") else text

    def symbol(self, symbol: Symbol, names: Names) -> str:
        if not names.is_numbered and symbol.places:
            return symbol.letter + "".join(f"[{place}]" for place in symbol.places)
        text = f"{symbol.letter}{names.joint.join(map(str, symbol.places))}"
        if symbol.row is not None:
            text += f"({symbol.row})".translate(SUPERSCRIPTS)
        for around in symbol.around:
            text = f"{around}{text}" if around.startswith("∂") else f"{around}({text})"
        return text

    def setting(self, name: str) -> str:
        return SETTINGS.get(name, name)

    def fraction(self, above: str, below: str) -> str:
        return f"{above}/{below}"

    def square(self, base: str) -> str:
        return f"{base}²"

    def brackets(self, text: str) -> str:
        return f"({text})"

    def function(self, name: str, arguments: list[str]) -> str:
        return f"{FUNCTIONS.get(name, name)}({', '.join(arguments)})"

    def relation(self, sign: str) -> str:
        return sign

    def bare(self, text: str) -> str:
        """What a reader sees of a text."""
        return text

    def touch(self, text: str, name: tuple) -> str:
        """A number or symbol that has a name in the trace: a page makes it one that can be touched."""
        return text


class Step(NamedTuple):
    """A piece of an equation: what stands before it, "=" or "≈", and what it says."""

    relation: str
    text: str


class Writer:
    """Writes the equations of one network in one style."""

    def __init__(self, style: Style, names: Names, digits: Optional[int]) -> None:
        self.style, self.names, self.digits = style, names, digits

    def left(self, equation: Equation) -> str:
        """What stands on the left: o3."""
        return self.style.touch(self.symbol(equation.name), equation.name)

    def symbol(self, name: tuple[str, int, int]) -> str:
        return self.style.symbol(self.names.symbol(*name), self.names)

    def value(self, number: float) -> str:
        return self.style.number(printed(number, self.digits))

    def steps(self, equation: Equation) -> list[Step]:
        """The formula, the numbers put in, what was worked out on the way, and the value."""
        style, final = self.style, printed(equation.term.value, self.digits)
        walks = [_Walk(self, equation, "symbols"), _Walk(self, equation, "numbers"), _Walk(self, equation, "worked")]
        texts = [walk.written() for walk in walks]
        holds = [True, *(gives(walk.computed(), final, self.digits) for walk in walks[1:]), True]
        texts.append(style.touch(style.number(final), equation.name))
        steps, is_close = [Step(style.arrow if equation.is_assignment else style.equal, texts[0])], True
        for i in (1, 2, 3):
            says_more = style.bare(texts[i]) != style.bare(steps[-1].text)
            if says_more or (i == 3 and len(steps) == 1 and branch(equation.term).sign):
                is_exact = is_close and holds[i]
                steps.append(Step(style.equal if is_exact else style.about, texts[i]))
                is_close = holds[i]
        return steps

    def reasons(self, equation: Equation) -> str:
        """Why a formula has this branch: "z3 > 0"; "by dropout" for a number out of nothing."""
        found: list[Term] = []
        for term in (equation.term, *equation.put_in.values()):
            found += [each for each in conditions(term) if not any(same(each, other) for other in found)]
        walk = _Walk(self, equation, "symbols")
        texts = []
        for each in found[:3]:
            sign = (RELATIONS if each.value else OPPOSITES)[each.sign]
            first, second = (walk.part(part) for part in each.parts)
            texts.append(f"{first} {self.style.relation(sign)} {second}")
        if not texts and not branch(equation.term).sign and equation.term.name is None:
            return f"by {equation.kernel}"
        return f"since {' and '.join(texts)}" if texts else ""


class _Walk:
    """One way of writing an equation's right side.

    mode  "symbols", "numbers", or "worked": numbers, and the value of what is put in
    """

    def __init__(self, writer: Writer, equation: Equation, mode: str) -> None:
        self.writer, self.style, self.equation, self.mode = writer, writer.style, equation, mode
        self.is_faithful = writer.digits is None

    def written(self) -> str:
        term = branch(self.equation.term)
        return self._made(term, True) if term.sign else self.part(term)

    def computed(self) -> Any:
        """What the printed numbers give."""
        return self._computed(self.equation.term)

    def _computed(self, root: Term) -> Any:
        def value_of(term: Term) -> Optional[float]:
            if isinstance(term.name, tuple) and not (term is root and term.sign):
                inner = self._inner(term)
                return self._computed(inner) if inner is not None else self._rounded(term)
            return None if term.sign else self._rounded(term)

        root = branch(root)
        return evaluated(root, value_of)

    def _rounded(self, term: Term) -> float:
        return term.value if self.is_faithful else float(printed(term.value, self.writer.digits))

    def _inner(self, term: Term) -> Optional[Term]:
        """What is written in the place of a named number."""
        return self.equation.put_in.get(term.name) if self.mode != "worked" else None

    def part(self, term: Term, least: int = SUM, is_start: bool = True) -> str:
        """The text of a part, in brackets where it would fall apart without.

        least     how tightly it has to hold together
        is_start  whether it may begin with a minus
        """
        term = branch(term)
        is_put_in = False
        while not (is_put_in and term.sign) and (inner := self._inner(term)) is not None:
            term, is_put_in = branch(inner), True
        is_leaf = not term.sign or (isinstance(term.name, tuple) and not is_put_in)
        if (self._leaf_level(term) if is_leaf else self._level(term)) < least:
            return self.style.brackets(self._leaf(term, True) if is_leaf else self._made(term, True))
        return self._leaf(term, is_start) if is_leaf else self._made(term, is_start)

    def _level(self, term: Term) -> int:
        """How tightly a term with a sign holds together."""
        if term.sign == "·":
            first, second = (branch(part) for part in term.parts)
            return ATOM if same(first, second) else PRODUCT
        return SUM if term.sign in ("+", "−") else PRODUCT if term.sign in ("/", "negative") else ATOM

    def _leaf_level(self, term: Term) -> int:
        around = self.writer.names.symbol(*term.name).around if isinstance(term.name, tuple) else ()
        return GRADIENT if self.mode == "symbols" and around and around[-1].startswith("∂") else ATOM

    def _leaf(self, term: Term, is_start: bool) -> str:
        """A number, or what it is called."""
        style, name = self.style, term.name
        if self.mode == "symbols" and name is not None:
            return style.touch(self.writer.symbol(name), name) if isinstance(name, tuple) else style.setting(name)
        digits = printed(term.value, self.writer.digits)
        text = style.number(digits)
        text = style.touch(text, name) if isinstance(name, tuple) else text
        return style.brackets(text) if digits.startswith("-") and not is_start else text

    def _made(self, term: Term, is_start: bool) -> str:
        """A sign or function with its parts."""
        style = self.style
        if term.sign in ("+", "−"):
            return self._sum(term, is_start)
        if term.sign == "·":
            return self._product(term, is_start)
        if term.sign == "/" and style.has_fractions:
            return style.fraction(*(self.part(part) for part in term.parts))
        if term.sign == "/":
            above = self.part(term.parts[0], PRODUCT, is_start)
            return style.fraction(above, self.part(term.parts[1], ATOM, False))
        if term.sign == "negative":
            text = style.minus + self.part(term.parts[0], PRODUCT, False)
            return text if is_start else style.brackets(text)
        return style.function(term.sign, [self.part(part) for part in term.parts])

    def _sum(self, term: Term, is_start: bool) -> str:
        root, summands = term, []
        while term.sign in ("+", "−") and (term.name is None or term is root):
            summands.append((term.sign, term.parts[1]))
            term = branch(term.parts[0])
        text = self.part(term, SUM, is_start)
        for i, (sign, each) in enumerate(reversed(summands), 1):
            if len(summands) >= MOST_SUMMANDS and 3 <= i < len(summands):
                text += f" + {self.style.dots}" if i == 3 else ""
                continue
            least = PRODUCT if sign == "−" or self.is_faithful else SUM
            text += f" {self.style.minus if sign == '−' else '+'} {self.part(each, least, False)}"
        return text

    def _product(self, term: Term, is_start: bool) -> str:
        first, second = (branch(part) for part in term.parts)
        if same(first, second):
            return self.style.square(self.part(first, ATOM, False))
        if not second.sign and second.name is None and second.value == 1.0:
            return self.part(first, PRODUCT, is_start)
        is_loose = not self.is_faithful and (second.sign != "/" or self.style.has_fractions)
        right = self.part(second, PRODUCT if is_loose else GRADIENT, False)
        return f"{self.part(first, PRODUCT, is_start)}{self.style.times}{right}"
