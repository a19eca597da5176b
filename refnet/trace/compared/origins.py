"""Which operations lead to a number, from the last numbers that are known? Kernel by kernel, backwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Optional

from refnet.trace.calls import Call, Numbers
from refnet.trace.compared.ways import Expression
from refnet.trace.element import Told, computed, named_number

MOST = 10_000  # operands of an expression


class TooLong(Exception):
    """More operations lead to this number than are worth to be tried in other ways."""


class Origins:
    """The way back from a number to those that are known.

    steps    the trace's steps by number; step: that of the number
    known    (number of a call, part) of the results that are known: an expression begins with them
    used     names of the numbers it begins with
    through  names of those in between, which it computes
    """

    def __init__(self, steps: dict[int, Any], step: Any, known: set[tuple[int, str]],
                 kernels: dict[str, Callable]) -> None:
        self.steps, self.step, self.known, self.kernels = steps, step, known, kernels
        self.before: Optional[Origins] = None  # the step before
        self.used: dict[str, None] = {}
        self.through: dict[str, None] = {}
        self.makers: dict[tuple[int, str], Optional[tuple[Call, str]]] = {}
        self.numbers: dict[tuple[int, str, int, int], Any] = {}
        self.passed: set[str] = set()  # kernels
        self.operands = 0

    def expression(self, call: Call, part: str, row: int, unit: int) -> Expression:
        """How the element [row][unit] of a call's result came about. Raises TooLong."""
        self.operands = 0
        try:
            return Expression(self._made(call, part, row, unit), self.passed)
        except RecursionError:
            raise TooLong from None

    def loss(self, divisor: float, row: int, unit: int) -> Expression:
        """How the loss came about: the sum of all rows, which may be known, divided."""
        call, part = self.step.origins["loss.sum"]
        if (call.number, part) not in self.known:
            return Expression(self.expression(call, part, row, unit).made / divisor, self.passed)
        self.used["loss.sum"] = None
        return Expression(Told(call.results[part].at(row, unit)) / divisor, self.passed)

    def _made(self, call: Call, part: str, row: int, unit: int) -> Any:
        place = call.number, part, row, unit
        if place not in self.numbers:
            self.passed.add(call.kernel)
            self.numbers[place] = computed(call, part, row, unit, partial(self._operand, call), self.kernels)
        return self.numbers[place]

    def _operand(self, call: Call, argument: str, row: int, unit: int) -> Any:
        self.operands += 1
        if self.operands > MOST:
            raise TooLong
        if argument in getattr(self.kernels[call.kernel], "keeps", ()):
            kept = self._kept(f"{call.names.get(argument)}.new", row, unit)
            if kept is not None:
                return kept
        maker = self._maker(call, argument)
        return self._made(*maker, row, unit) if maker else named_number(call, argument, row, unit)

    def _kept(self, name: str, row: int, unit: int) -> Any:
        """Not refnet's number, but what this kernel has made of the steps before; None if none is before. They are
        computed from the first one on: the way back through them all would be deeper than Python allows."""
        behind, found, origins = [], None, self._step_before()
        while origins and name in origins.step.origins:
            maker, part = origins.step.origins[name]
            behind.append((origins, maker, part))
            if (maker.number, part, row, unit) in origins.numbers:
                break
            origins = origins._step_before()
        for each, maker, part in reversed(behind):
            each.operands = self.operands
            found = each._made(maker, part, row, unit)
            self.operands = each.operands
        return found

    def _step_before(self) -> Optional[Origins]:
        """The way back from the step before, all of whose results are known; None if there is none."""
        step = self.steps.get(self.step.number - 1)
        if step and not self.before:
            known = {(call.number, part) for call, part in step.origins.values()}
            self.before = Origins(self.steps, step, known, self.kernels)
        return self.before

    def _maker(self, call: Call, argument: str) -> Optional[tuple[Call, str]]:
        """The call that computed an argument, if it has to be computed here too."""
        if (call.number, argument) not in self.makers:
            name = call.names.get(argument, "")
            made = self.step.origins.get(name) or (None if name else self._unnamed(call, argument))
            is_known = not made or made[0].number >= call.number or (made[0].number, made[1]) in self.known
            self.makers[call.number, argument] = None if is_known else made
            if name:
                (self.used if is_known else self.through)[name] = None
        return self.makers[call.number, argument]

    def _unnamed(self, call: Call, argument: str) -> Optional[tuple[Call, str]]:
        """What lies between two names is told by its numbers: the last call before that has them as a result."""
        numbers = call.arguments[argument]
        if not isinstance(numbers, Numbers):
            return None
        return next(((before, part) for before in reversed(self.step.calls[: call.number])
                     for part, result in before.results.items() if result == numbers), None)
