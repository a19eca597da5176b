"""What stands in the C file? A head, weights and state, the functions, the prediction, the step, a self-test."""

from __future__ import annotations

import copy
import re
from typing import Any, NamedTuple

from refnet.arithmetic import CONTRACT
from refnet.checks import counted
from refnet.exchange.c.library import Library
from refnet.exchange.c.recording import Call, Matrix, Program, recorded
from refnet.exchange.c.selftest import self_test
from refnet.exchange.c.texts import BEFORE, HEAD, PHASES
from refnet.exchange.c.values import decimal
from refnet.exchange.c.writer import folded
from refnet.exchange.describing import names_of

STACK = 16384
"""The most bytes of work memory that are taken from the stack unless the C compiler is told so."""


class Function(NamedTuple):
    """A public function: its first line, its text, and the bytes of memory that it works in."""

    head: str
    text: str
    work: int


class CFile:
    """A network as C.

    text              of the file
    sizes             what memory is for → bytes
    kept              name → Matrix: weights, state and constants
    prediction, step  the recorded programs; step: None without training
    """

    def __init__(self, network: Any, name: str, rows: int) -> None:
        self.network, self.name, self.real = network, name, "float" if network.number == "binary32" else "double"
        self.library = Library(name, self.real)
        twin = copy.deepcopy(network)
        self.prediction = recorded(twin, 1, False)
        self.step = recorded(twin, rows, True) if rows else None
        self.kept: dict[str, Matrix] = {}
        self.sizes: dict[str, int] = {}
        for program in (self.step, self.prediction):
            for call in program.calls if program else []:
                for matrix in call.values:
                    if isinstance(matrix, Matrix) and matrix.is_kept:
                        self._keep(matrix)
        self.text = self._text()
    def _keep(self, matrix: Matrix) -> None:
        """A matrix is written once, whichever program uses it."""
        known = self.kept.get(matrix.name)
        if matrix.is_constant and known is not None and known is not matrix:
            matrix.name = f"predict_{matrix.name}"  # the constants of a step and those of a prediction are numbered
        matrix.changes |= matrix.name == "rate"  # by whoever calls the step
        self.kept.setdefault(matrix.name, matrix)

    # --- names and memory ---

    def kind(self, matrix: Matrix) -> str:
        """The type of a matrix's numbers in C."""
        return "double" if matrix.is_wide else self.real

    def size(self, matrix: Matrix) -> int:
        """The bytes of a matrix."""
        return matrix.numbers * (8 if self.kind(matrix) == "double" else 4)

    @staticmethod
    def is_number(matrix: Matrix) -> bool:
        """Whether it is one number of the step, such as the rate, and not a matrix that happens to be 1×1."""
        return matrix.is_wide and matrix.shape == (1, 1)

    def global_name(self, matrix: Matrix) -> str:
        return f"{self.name}_{plain(matrix.name)}"

    # --- the parts ---

    def _text(self) -> str:
        """The whole file."""
        functions = [self._function(self.prediction, "predict")]
        if self.step:
            functions.append(self._function(self.step, "train"))
        weights = sum(self.size(each) for name, each in self.kept.items() if name in self.network.parameters)
        self.sizes = {"weights": weights, "other numbers kept": sum(map(self.size, self.kept.values())) - weights,
                      **{f"work of {word}": each.work for word, each in zip(("predict", "train"), functions)}}
        where = "static" if sum(each.work for each in functions) > STACK else ""
        before = BEFORE.replace(" WHERE", f" {where}".rstrip()).replace("NAME", self.name.upper())
        parts = [self._head(functions, where), before, self._memory(), "".join(self.library.constants.values()),
                 *self.library.functions.values(),
                 *(each.text for each in functions), self_test(self)]
        return "\n".join(part for part in parts if part)

    def _memory(self) -> str:
        lines = []
        for matrix in self.kept.values():
            kind, declared = self.kind(matrix), self._declared(matrix)
            if self.is_number(matrix):
                lines.append(f"{declared} = {decimal(matrix.rows[0][0], kind)};")  # type: ignore[index]
                continue
            rows, columns = matrix.shape
            what = f"{rows} × {columns}"
            if matrix.name in self.network.parameters and not self.network.parameters[matrix.name].is_row:
                what += f": [j * {columns} + i] leads from input i to unit j"
            lines.append(f"/* {matrix.name}, {what} */\n{declared} = {{")
            for row in matrix.rows or ():
                lines.append(folded("    " + " ".join(f"{decimal(number, kind)}," for number in row), 4))
            lines.append("};")
        return "\n".join(lines) + "\n"

    def _parameters(self, matrices: list[Matrix], is_constant: bool, rows: int) -> list[str]:
        return [f"{'const ' if is_constant else ''}{self.real} {each.name}[{f'{rows} * ' if rows > 1 else ''}"
                f"{each.shape[1]}]" for each in matrices]

    def _function(self, program: Program, word: str) -> Function:
        """net_predict or net_train: the calls in their order."""
        lines: list[str] = []
        names: dict[int, str] = {id(each): each.name for each in (*program.inputs, *program.targets)}
        made = {id(call.result) for call in program.calls}
        outputs = [Matrix(f"out{i}" if len(program.outputs) > 1 else "out", each.shape, False)
                   for i, each in enumerate(program.outputs, 1)]
        copies = []
        for source, output in zip(program.outputs, outputs):
            if id(source) in made and id(source) not in names:
                names[id(source)] = output.name
            else:
                copies.append((source, output))
        phase, work, local = "", 0, 0
        memory = f"{self.name.upper()}_WORK"
        for call in program.calls:
            if call.phase != phase:
                phase = call.phase
                lines.append(f"{chr(10) if lines else ''}    /* {PHASES[phase]} */" if program.targets else "")
            if call.result is not None and id(call.result) not in names:
                names[id(call.result)] = plain(call.result.name)
                rows, columns = call.result.shape
                lines.append(f"    {memory} {self.kind(call.result)} {plain(call.result.name)}[{rows} * {columns}];")
                work += self.size(call.result)
            function, arguments = self._call(call, names)
            local = max(local, self.library.local[function])
            lines.append(folded(f"    {function}({', '.join(arguments)});"))
        for source, output in copies:
            lines.append(f"    for (int i = 0; i < {source.numbers}; i++) {{\n        {output.name}[i] = "
                         f"{names[id(source)]}[i];\n    }}")
        if program.loss is not None:
            total = f"{'(double)' if self.real == 'float' else ''}{names[id(program.loss)]}[0]"
            lines.append(f"\n    return {total} / {decimal(program.divisor, 'double')};")
        parameters = [*self._parameters(program.inputs, True, program.rows),
                      *self._parameters(program.targets, True, program.rows),
                      *self._parameters(outputs, False, program.rows)]
        head = f"{'double' if program.targets else 'void'} {self.name}_{word}({', '.join(parameters)})"
        body = "\n".join(line for line in lines if line)
        return Function(head, f"{head}\n{{\n{body}\n}}\n", work + local)

    def _call(self, call: Call, names: dict[int, str]) -> tuple[str, list[str]]:
        """The C function for a kernel call, and its arguments."""
        values, shapes, arguments = [], [], []
        for argument, value in zip(call.signature.arguments, call.values):
            values.append(value)
            shapes.append((*value.shape, self.kind(value)) if isinstance(value, Matrix) else None)
            if isinstance(value, Matrix):
                kept = self.kept[value.name] if value.is_kept else value
                name = self.global_name(kept) if value.is_kept else names[id(value)]
                arguments.append(f"&{name}" if value.is_kept and self.is_number(kept) else name)
            elif argument.kind == "key":
                arguments.append(f"UINT64_C(0x{value:016X})")
            elif argument.kind in ("number", "positive"):
                is_double = argument.wide or call.signature.is_wide
                arguments.append(decimal(float(value), "double" if is_double else self.real))
        if call.result is not None:
            arguments.append(names[id(call.result)])
        return self.library.kernel(call.signature, values, shapes), arguments

    def _head(self, functions: list[Function], where: str) -> str:
        network, name = self.network, self.name
        is_chain = all(parents == (i - 1,)[:i] for i, parents in enumerate(network.parents))
        layers = (" → " if is_chain else ", ").join(f"{layer.name}({layer.units})" for layer in network.layers)
        about = [f"   {functions[0].head};\n       The outputs for one row of inputs."]
        for kind, names in names_of(network).items():
            listed = ", ".join(f"[{i}] {commented(each)}" for i, each in enumerate(names))
            about.append(folded(f"       {kind.removesuffix('puts')}: {listed}", 4))
        if self.step:
            about.append(
                f"   {functions[1].head};\n       One training step with {counted(self.step.rows, 'row')}: "
                f"{type(network.objective).__name__}, {type(network.optimizer).__name__}. {name}_rate is its rate.\n"
                "       Returns the loss of these rows before the step, without penalties.")
        sizes = ", ".join(f"{what.replace('work of ', f'work of {name}_')} {size}" for what, size in self.sizes.items())
        first = next((each for each in self.kept.values() if each.name in network.parameters), None)
        return HEAD.format(
            name=name, NAME=name.upper(), contract=CONTRACT, prototypes="\n".join(about), real=self.real,
            number=network.number, memory=sizes, layers=folded(f"   {layers}", 0).lstrip(),
            example=f"extern {self._declared(first)};" if first else f"{functions[0].head};",
            where="in static memory" if where else "on the stack",
            other=f"-D{name.upper()}_WORK={'' if where else 'static'}")

    def _declared(self, matrix: Matrix) -> str:
        name, const = self.global_name(matrix), "" if matrix.changes else "const "
        return f"{const}{self.kind(matrix)} {name}" + ("" if self.is_number(matrix) else f"[{matrix.numbers}]")


def commented(name: str) -> str:
    """A name out of the data, which cannot end the line or the comment."""
    text = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in name)
    return text.replace("*/", "* /").replace("/*", "/ *")


def plain(name: str) -> str:
    """A name of C."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)
