"""How is a function of the reference written as C? Expression by expression, statement by statement, in its order.

The reference is written in a small part of Python: loops over zip and enumerate, comprehensions, tuples, conditional
expressions, arithmetic. What else it might use is refused here, so that nothing is translated by a guess.
"""

from __future__ import annotations

import ast
import builtins
import copy
import operator
from typing import Any, Callable, Optional

from refnet.arithmetic import elementary
from refnet.exchange.c.parsed import Parsed
from refnet.exchange.c.values import (
    CTYPES,
    Array,
    Filtered,
    Fixed,
    Joined,
    Lazy,
    Level,
    Nested,
    Num,
    Seq,
    at_level,
    columns_of,
    converted,
    joint_kind,
)
from refnet.exchange.c.writer import Writer

# The sign in C, how tightly it binds, and what Python computes where both sides are known.
OPERATORS: dict[type, tuple[str, int, Callable]] = {
    ast.Add: ("+", Level.SUM, operator.add),
    ast.Sub: ("-", Level.SUM, operator.sub),
    ast.Mult: ("*", Level.PRODUCT, operator.mul),
    ast.Div: ("/", Level.PRODUCT, operator.truediv),
    ast.FloorDiv: ("/", Level.PRODUCT, operator.floordiv),  # of whole numbers >= 0
    ast.Mod: ("%", Level.PRODUCT, operator.mod),
    ast.BitXor: ("^", Level.BITS, operator.xor),
    ast.BitAnd: ("&", Level.BITS, operator.and_),
    ast.RShift: (">>", Level.SHIFT, operator.rshift),
}
COMPARISONS: dict[type, tuple[str, int, Callable]] = {
    ast.Lt: ("<", Level.ORDER, operator.lt),
    ast.LtE: ("<=", Level.ORDER, operator.le),
    ast.Gt: (">", Level.ORDER, operator.gt),
    ast.GtE: (">=", Level.ORDER, operator.ge),
    ast.Eq: ("==", Level.EQUALITY, operator.eq),
    ast.NotEq: ("!=", Level.EQUALITY, operator.ne),
    ast.Is: ("", Level.EQUALITY, operator.is_),
    ast.IsNot: ("", Level.EQUALITY, operator.is_not),
}
WORD = (1 << 64) - 1


class Frame:
    """A function of the reference while it is being written, with the values of its names.

    library   refnet.exchange.c.library.Library: the functions of the C file
    real      the type of the format's numbers: "float" or "double"
    result    where a kernel leaves what it returns; None for any other function
    home      where a list that is returned can be made at once; None if that is not known
    returns   called with what a function of numbers returns
    """

    def __init__(self, library: Any, writer: Writer, function: Parsed, values: list[Any], real: str,
                 result: Optional[Array] = None) -> None:
        self.library, self.writer, self.function, self.real, self.result = library, writer, function, real, result
        self.names = dict(zip(function.parameters, values))
        self.variables: set[str] = set()
        self.home = result
        self.handed_on: Any = None
        self.returns: Callable[[Any], None] = lambda value: None
        self.declare, self.scope = writer.hole(), writer.scope  # where it begins

    # --- expressions ---

    def value(self, node: Any) -> Any:
        """A number (Num, or Python's own), a Seq, a tuple, or a function."""
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            raise self.refused(node)
        return method(node)

    def refused(self, node: Any) -> ValueError:
        return ValueError(f"export: {self.function.name} says {ast.unparse(node)!r}, which is not written as C")

    def _Constant(self, node: Any) -> Any:
        return node.value

    def _Name(self, node: Any) -> Any:
        if node.id in self.names:
            return self.names[node.id]
        scope = self.function.function.__globals__
        found = scope[node.id] if node.id in scope else getattr(builtins, node.id)
        if isinstance(found, tuple):
            return self.library.table(node.id, found)
        is_named = isinstance(found, float) and scope["__name__"].startswith("refnet.arithmetic.")
        return self.library.constant(node.id, found) if is_named else found

    def _Attribute(self, node: Any) -> Any:
        return getattr(self.value(node.value), node.attr)

    def _Tuple(self, node: Any) -> Any:
        return tuple(map(self.value, node.elts))

    def _List(self, node: Any) -> Any:
        return Fixed([self.value(each) for each in node.elts])

    def _BinOp(self, node: Any) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        return self.operation(type(node.op), left, right)

    def operation(self, kind: type, left: Any, right: Any) -> Any:
        """left ∘ right."""
        sign, level, compute = OPERATORS[kind]
        if isinstance(left, Seq) and isinstance(right, int):
            (element,) = left.elements  # type: ignore[attr-defined]
            return Lazy(right, lambda writer, i: element)
        if isinstance(left, Seq):
            return Joined(left, right)
        if not isinstance(left, Num) and not isinstance(right, Num):
            return compute(left, right)
        if right == WORD and kind is ast.BitAnd:  # uint64_t is modulo 2^64 by itself
            return left
        common = joint_kind([left, right], self.real) or "long"
        if any(isinstance(each, int) and each > 1 << 62 for each in (left, right)):
            common = "word"
        a, b = (each if not isinstance(each, Num) and common == "int" else converted(each, common)
                for each in (left, right))
        a, b = (each if isinstance(each, Num) else converted(each, "int") for each in (a, b))
        return Num(f"{at_level(a, level)} {sign} {at_level(b, level + 1)}", common, level)

    def _UnaryOp(self, node: Any) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            if not isinstance(value, Num):
                return not self.truth(value)
            return Num(f"!{at_level(value, Level.UNARY)}", "bool", Level.UNARY)
        if not isinstance(node.op, ast.USub):
            raise self.refused(node)
        if not isinstance(value, Num):
            return -value
        return Num(f"-{at_level(value, Level.ATOM)}", value.kind, Level.UNARY)

    def _Compare(self, node: Any) -> Any:
        values = [self.value(each) for each in (node.left, *node.comparators)]
        found = [self._compared(type(op), a, b) for op, a, b in zip(node.ops, values, values[1:])]
        return self._all_of(found, "&&", Level.AND)

    def _compared(self, kind: type, left: Any, right: Any) -> Any:
        sign, level, compute = COMPARISONS[kind]
        if not isinstance(left, Num) and not isinstance(right, Num):
            return compute(left, right)
        if right is None:
            return kind is ast.IsNot
        kinds = {each.kind for each in (left, right) if isinstance(each, Num)}
        common = "double" if kinds >= {"double"} else joint_kind([left, right], self.real) or "long"
        a, b = converted(left, common), converted(right, common)
        return Num(f"{at_level(a, level + 1)} {sign} {at_level(b, level + 1)}", "bool", level)

    def _all_of(self, values: list[Any], sign: str, level: int) -> Any:
        """a && b, or a || b; what is known while the C is written is decided."""
        stops = sign == "||"
        if any(not isinstance(each, Num) and self.truth(each) is stops for each in values):
            return stops
        unknown = [each for each in values if isinstance(each, Num)]
        if len(unknown) < 2:
            return unknown[0] if unknown else not stops
        return Num(f" {sign} ".join(at_level(each, Level.EQUALITY) for each in unknown), "bool", level)

    def _BoolOp(self, node: Any) -> Any:
        sign = ("&&", Level.AND) if isinstance(node.op, ast.And) else ("||", Level.OR)
        return self._all_of([self.value(each) for each in node.values], *sign)

    @staticmethod
    def truth(value: Any) -> bool:
        """Whether a value that is known counts as true."""
        return True if isinstance(value, Seq) else bool(value)

    def _IfExp(self, node: Any) -> Any:
        test = self.value(node.test)
        if not isinstance(test, Num):
            return self.value(node.body if self.truth(test) else node.orelse)
        before = len(self.writer.lines)
        yes, no = self.value(node.body), self.value(node.orelse)
        if len(self.writer.lines) != before:  # they would be computed whichever is chosen
            raise self.refused(node)
        kind = joint_kind([yes, no], self.real) or "int"
        a, b = at_level(converted(yes, kind), Level.OR), at_level(converted(no, kind), Level.CHOICE)
        return Num(f"{at_level(test, Level.OR)} ? {a} : {b}", kind, Level.CHOICE)

    def _Subscript(self, node: Any) -> Any:
        owner = self.value(node.value)
        if isinstance(node.slice, ast.Slice):
            first = self.value(node.slice.lower) if node.slice.lower else 0
            end = self.value(node.slice.upper) if node.slice.upper else owner.length
            return owner.part(first, end - first)
        index = self.value(node.slice)
        if owner is elementary._TWO_TO:  # a table of what this function says
            return self.library.call(self, elementary._two_to, [index])
        if isinstance(owner, Seq):
            return owner.at(self.writer, owner.length + index if not isinstance(index, Num) and index < 0 else index)
        return owner[index]

    def _Call(self, node: Any) -> Any:
        if node.keywords:
            raise self.refused(node)
        function = self.value(node.func)
        if function is zip and isinstance(node.args[0], ast.Starred):
            return columns_of(self.value(node.args[0].value))
        values = [self.value(each) for each in node.args]
        return self.library.call(self, function, values, self.home if node is self.handed_on else None)

    def _ListComp(self, node: Any) -> Any:
        loop, *more = node.generators
        outer = self.value(loop.iter)

        def inside(writer: Writer, i: Any) -> Frame:
            return self._with(loop.target, outer.at(writer, i))

        if more:
            (second,) = more

            def inner(writer: Writer, element: Any) -> Seq:
                frame = self._with(loop.target, element)
                row = frame.value(second.iter)
                return Lazy(row.length, lambda writer, j: frame._with(second.target, row.at(writer, j)).value(node.elt))

            return Nested(outer, inner)
        if loop.ifs:
            (condition,) = loop.ifs
            return Filtered(outer.length, inside, lambda frame: frame.value(condition),
                            lambda frame: frame.value(node.elt))
        return Lazy(outer.length, lambda writer, i: inside(writer, i).value(node.elt))

    _GeneratorExp = _ListComp

    def _with(self, target: Any, element: Any) -> Frame:
        """This frame inside a comprehension, whose names are its own."""
        frame = copy.copy(self)
        frame.names = dict(self.names)
        frame.bind(target, element, is_constant=True)
        return frame

    # --- names ---

    def give(self, name: str, value: Any) -> None:
        """Give a parameter its value, where the function is written in the place of its call."""
        self.bind(ast.Name(name), value)

    def bind(self, target: Any, value: Any, is_constant: bool = False) -> None:
        """Give a value to a name, or to the names of a tuple. What one line computes, C computes once."""
        if isinstance(target, (ast.Tuple, ast.List)):
            several = value if isinstance(value, tuple) else [value.at(self.writer, i) for i in range(value.length)]
            for each, part in zip(target.elts, several):
                self.bind(each, part, is_constant)
            return
        name = target.id
        changes = not is_constant and self.function.stores[name] > 1
        if (isinstance(value, Num) and not (value.kind == "bool" or (value.is_name and not changes))) or changes:
            if isinstance(value, (int, float, Num)) and name != "_":
                kind = joint_kind([value], self.real) or "int"
                value = self.writer.variable(name, value, kind, not changes)
                self.variables.add(name)
        elif isinstance(value, Array) and value.terms:
            row = self.writer.name(name)
            const = "const " if value.is_constant else ""
            self.writer.line(f"{const}{CTYPES[value.kind]} *{row} = {value.pointer};")
            value = Array(row, value.shape, value.kind, value.reads, is_constant=value.is_constant)
        self.names[name] = value
