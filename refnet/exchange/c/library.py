"""Which functions does the C file need? Each kernel for the shapes it is called with, and what it calls itself.

A kernel is written once for each set of sizes: in C these are constants, so the compiler unrolls what is small. A
function of numbers alone (the sigmoid, a random number) becomes a function of C; one that takes lists is written where
it is called.
"""

from __future__ import annotations

import ast
from types import FunctionType
from typing import Any, Optional

from refnet.arithmetic import elementary
from refnet.exchange.c import primitives
from refnet.exchange.c.builtin import BUILTINS
from refnet.exchange.c.frame import Frame
from refnet.exchange.c.parsed import Parsed, parsed
from refnet.exchange.c.statements import run
from refnet.exchange.c.values import CTYPES, Array, Num, Seq, converted, decimal, joint_kind
from refnet.exchange.c.writer import Writer, folded
from refnet.kernels.seam import NUMBERS, Signature


class Library:
    """The functions of a C file, each after those that it calls.

    prefix   that of every name in the file
    real     the type of the format's numbers: "float" or "double"
    functions, constants  name → text
    local    name → bytes of the arrays in it
    """

    def __init__(self, prefix: str, real: str) -> None:
        self.prefix, self.real = prefix, real
        self.functions: dict[str, str] = {}
        self.constants: dict[str, str] = {}
        self.local: dict[str, int] = {}
        self._names: dict[Any, tuple[str, str]] = {}  # of functions that are written: (name in C, type)

    # --- kernels ---

    def kernel(self, signature: Signature, values: list[Any], shapes: list[Any]) -> str:
        """The name of the C function for a kernel called with these values; of a matrix the shape counts alone.

        shapes: (rows, columns, type) of each matrix, None for one that is left out, and for any other argument.
        """
        is_wide = signature.is_wide
        real = "double" if is_wide else self.real
        sizes: dict[str, int] = {"1": 1}
        arguments: list[Any] = []
        parameters, words = [], []
        for argument, value, shape in zip(signature.arguments, values, shapes):
            name = argument.name if argument.name not in ("float", "double") else f"{argument.name}_"
            if argument.kind == "matrix" and shape is None:
                arguments.append(None)
                words.append(f"no_{argument.name}")
            elif argument.kind == "matrix":
                rows, columns, kind = shape
                self._fit(sizes, argument, rows, columns)
                const = "" if argument.updated else "const "
                parameters.append(f"{const}{CTYPES[kind]} *restrict {name}")
                reads = real if is_wide else kind
                arguments.append(Array(name, (rows, columns), kind, reads, is_constant=not argument.updated))
            elif argument.kind == "count":
                sizes[argument.rows] = int(value)
                arguments.append(int(value))
            elif argument.kind == "key":
                parameters.append(f"uint64_t {name}")
                arguments.append(Num(name, "word"))
            elif argument.kind == "flag":
                arguments.append(float(value))
                words.append(argument.name if value else f"not_{argument.name}")
            elif argument.kind in NUMBERS:
                kind = "double" if argument.wide or is_wide else real
                parameters.append(f"{CTYPES[kind]} {name}")
                arguments.append(Num(name, kind))
            else:
                raise ValueError(f"export: the step calls {signature.name}, which is not written as C")
        letters = [f"{letter}{size}" for letter, size in sizes.items() if letter in "mnkr"]
        wanted = "_".join([f"{self.prefix}_{signature.name}", *letters, *words])
        if wanted in self.functions:
            return wanted
        result = None
        if signature.result:
            rows, columns = (sizes["n"] + sizes["k"] if each == "n+k" else sizes[each] for each in signature.result)
            kind = "double" if signature.wide_result else self.real
            parameters.append(f"{CTYPES[kind]} *restrict out")
            result = Array("out", (rows, columns), kind, is_constant=False)
        function = parsed(signature.function)
        writer = Writer({parameter.split("*restrict ")[-1].split()[-1] for parameter in parameters})
        try:
            run(Frame(self, writer, function, arguments, real, result), function.body)
        except (TypeError, AttributeError, KeyError) as error:
            raise ValueError(f"export: the step calls {signature.name}, which is not written as C: {error}") from None
        self._add(wanted, "void", parameters, writer, function)
        return wanted

    @staticmethod
    def _fit(sizes: dict[str, int], argument: Any, rows: int, columns: int) -> None:
        for letter, size in ((argument.rows, rows), (argument.columns, columns)):
            if letter != "n+k":
                sizes[letter] = size

    def _add(self, name: str, kind: str, parameters: list[str], writer: Writer, function: Parsed) -> None:
        summary = " ".join(function.summary.split())
        comment = f"{folded(f'/* {summary} */', 3)}\n" if summary else ""
        several = ", ".join(each.replace(" ", "\N{NO-BREAK SPACE}") for each in parameters)  # lines end between them
        head = folded(f"static inline {kind} {name}({several})").replace("\N{NO-BREAK SPACE}", " ")
        self.functions[name] = f"{comment}{head}\n{{\n{writer.text()}\n}}\n"
        self.local[name] = writer.bytes

    # --- what kernels call ---

    def call(self, frame: Frame, function: Any, values: list[Any], home: Optional[Array] = None) -> Any:
        """The value of function(*values) in a frame; home: where a list that it returns can be made."""
        if function in BUILTINS:
            return BUILTINS[function](frame, *values)
        if not isinstance(function, FunctionType):
            raise ValueError(f"export: {function!r} is not written as C")
        if function is elementary.divide:
            return frame.operation(ast.Div, *(converted(each, frame.real) for each in values))
        is_rounded = function.__module__ == elementary.__name__ and frame.real == "float"
        if is_rounded:  # binary64's function of the number, rounded once
            values = [converted(each, "double") for each in values]
        known = parsed(function)
        real = frame.real if function.__module__.startswith("refnet.kernels.") else "double"
        has_lists = any(isinstance(each, Seq) for each in values)
        if has_lists or not known.returns_scalar:
            inner = Frame(self, frame.writer, known, values, real)
            inner.home = home
            for name, value in zip(known.parameters, values):
                inner.give(name, value)
            returned: list[Any] = []
            inner.returns = returned.append
            result = run(inner, known.body)
            return returned[0] if returned else result
        found = self._scalar(known, values, real)
        return converted(found, "float") if is_rounded else found

    def _scalar(self, function: Parsed, values: list[Any], real: str) -> Num:
        """A call of a function of numbers, which is written if it is new. Numbers that are known are part of it."""
        given = [each for each in values if isinstance(each, Num)]
        key = function.name, real, tuple(each.kind if isinstance(each, Num) else repr(each) for each in values)
        if key not in self._names:
            kind = real
            for _ in range(2):  # what it returns is known once it has been written
                writer = Writer(function.parameters)
                own = [Num(name, each.kind) if isinstance(each, Num) else each
                       for name, each in zip(function.parameters, values)]
                frame = Frame(self, writer, function, own, real)
                returned: list[Any] = []
                frame.returns = _return_line(writer, kind, returned)
                run(frame, function.body)
                kind = joint_kind(returned, real) or real
            parameters = [f"{CTYPES[each.kind]} {each.text}" for each in own if isinstance(each, Num)]
            base = f"{self.prefix}_{function.name.lstrip('_')}"
            name = next(name for i in range(1, 100) if (name := base if i == 1 else f"{base}{i}") not in self.functions)
            self._add(name, CTYPES[kind], parameters, writer, function)
            self._names[key] = name, kind
        name, kind = self._names[key]
        return Num(f"{name}({', '.join(each.text for each in given)})", kind)

    def primitive(self, name: str) -> str:
        """The name of a function that C has to say in its own way."""
        whole = f"{self.prefix}_{name}"
        self.functions.setdefault(whole, primitives.TEXTS[name].replace("NAME", self.prefix))
        return whole

    def constant(self, name: str, value: float) -> Num:
        """A number that has a name."""
        whole = f"{self.prefix}_{name}".upper()
        self.constants.setdefault(whole, f"#define {whole} {decimal(value, 'double')}\n")
        return Num(whole, "double")

    def table(self, name: str, numbers: tuple[float, ...]) -> Array:
        """A tuple of constants."""
        whole = f"{self.prefix}_{name.lower()}"
        text = ",\n    ".join(decimal(number, "double") for number in numbers)
        self.functions.setdefault(whole, f"static const double {whole}[{len(numbers)}] = {{\n    {text},\n}};\n")
        return Array(whole, (len(numbers),), "double")


def _return_line(writer: Writer, kind: str, returned: list[Any]) -> Any:
    def write(value: Any) -> None:
        returned.append(value)
        writer.line(f"return {converted(value, kind).text};")

    return write
