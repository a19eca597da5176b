"""How are the statements of a function of the reference written as C? In their order, each as one or a few lines."""

from __future__ import annotations

import ast
from typing import Any, Optional

from refnet.exchange.c.frame import OPERATORS, Frame
from refnet.exchange.c.values import CTYPES, Array, Fixed, Lazy, Num, Seq, converted, joint_kind


class Growing:
    """A list that begins empty and gets an element in each turn of a loop.

    depth   how many loops are open where it begins
    target  the memory of its elements; None before the first
    """

    def __init__(self, wanted: str, depth: int, declare: Any, target: Optional[Array] = None) -> None:
        self.wanted, self.depth, self.declare, self.target = wanted, depth, declare, target


def run(frame: Frame, body: list[Any]) -> Any:
    """Write the statements. Returns what they return, unless that was written as `return` of C."""
    for i, statement in enumerate(body):
        if isinstance(statement, ast.Return):
            return _returned(frame, statement)
        if isinstance(statement, ast.If):
            test = frame.value(statement.test)
            if not isinstance(test, Num):
                branch = statement.body if frame.truth(test) else statement.orelse
                if any(isinstance(each, ast.Return) for each in branch):
                    return run(frame, branch)
                run(frame, branch)
                continue
            with frame.writer.block(f"if ({test.text})"):
                run(frame, statement.body)
            if statement.orelse:
                frame.writer.lines.pop()
                with frame.writer.block("} else"):
                    run(frame, statement.orelse)
        elif isinstance(statement, ast.For):
            _loop(frame, statement)
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            _assign(frame, statement.targets[0], statement.value, body[i:])
        elif isinstance(statement, ast.AugAssign):
            place, value = _place(frame, statement.target), frame.value(statement.value)
            sign = OPERATORS[type(statement.op)][0]
            frame.writer.line(f"{place.text} {sign}= {converted(value, place.kind).text};")
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            call = statement.value
            if isinstance(call.func, ast.Attribute) and call.func.attr == "append":
                _append(frame, frame.value(call.func.value), frame.value(call.args[0]))
            else:
                frame.value(call)
        else:
            raise frame.refused(statement)
    return None


def _returned(frame: Frame, statement: Any) -> Any:
    frame.handed_on = statement.value
    value = frame.value(statement.value)
    if isinstance(value, Growing):
        value = value.target
    if frame.result is not None:
        if isinstance(value, Array) and value.base == frame.result.base:
            return value
        frame.writer.store(frame.result, value, frame.real)
    elif frame.function.returns_scalar:
        frame.returns(value)
    return value


def _loop(frame: Frame, statement: Any) -> None:
    if statement.orelse:
        raise frame.refused(statement)

    def body(element: Any) -> None:
        frame.bind(statement.target, element)
        run(frame, statement.body)

    frame.writer.through(frame.value(statement.iter), body)


def _assign(frame: Frame, target: Any, node: Any, rest: list[Any]) -> None:
    """rest: the statements of this block, from this one on."""
    if isinstance(node, ast.List) and not node.elts:
        frame.names[target.id] = Growing(target.id, len(frame.writer.loops), frame.writer.hole(),
                                         _home(frame, target.id, rest))
        return
    value = frame.value(node)
    if isinstance(target, ast.Name) and isinstance(value, (Lazy, Fixed)) and not isinstance(_first(frame, value), Seq):
        value = frame.writer.array(target.id, value, frame.real)
    if isinstance(target, ast.Subscript):
        if isinstance(target.slice, ast.Slice):  # row[:] = …, element by element
            frame.writer.store(frame.value(target.value), value, frame.real)
        else:
            place = _place(frame, target)
            frame.writer.line(f"{place.text} = {converted(value, place.kind).text};")
        return
    if not isinstance(target, ast.Tuple):
        _set(frame, target, value, rest)
        return
    parts = [value] if not isinstance(value, tuple) else list(value)
    if any(isinstance(each, ast.Subscript) for each in target.elts) or len(parts) != len(target.elts):
        raise frame.refused(target)
    for each, part in zip(target.elts, parts):
        _set(frame, each, part, rest)


def _first(frame: Frame, value: Any) -> Any:
    """What the elements of a list are. Nothing of this is written."""
    lines = frame.writer.lines
    frame.writer.lines = []
    first = value.at(frame.writer, 0)
    frame.writer.lines = lines
    return first


def _set(frame: Frame, target: Any, value: Any, rest: list[Any]) -> None:
    """Give a name a value: that of a variable of C, if there are several."""
    name, old = target.id, frame.names.get(target.id)
    if frame.function.stores[name] < 2 or not isinstance(value, (int, float, Num)):
        frame.bind(target, value)
    elif isinstance(old, Num) and (name in frame.variables or name in frame.function.parameters):
        frame.writer.line(f"{old.text} = {converted(value, old.kind).text};")
    elif frame.function.is_all_of(name, rest):
        frame.bind(target, value)
    else:  # it is used after this block too
        kind = joint_kind([value], frame.real) or "int"
        variable = frame.names[name] = Num(frame.writer.name(name, frame.scope), kind)
        frame.declare(f"{CTYPES[kind]} {variable.text};")
        frame.variables.add(name)
        frame.writer.line(f"{variable.text} = {converted(value, kind).text};")


def _place(frame: Frame, target: Any) -> Num:
    """The variable or the number in memory that is given a value."""
    if isinstance(target, ast.Name):
        return frame.names[target.id]
    owner, index = frame.value(target.value), frame.value(target.slice)
    if isinstance(owner, Growing):
        raise frame.refused(target)
    return Num(owner.slot(index).place, owner.kind)


def _home(frame: Frame, name: str, rest: list[Any]) -> Optional[Array]:
    """Where a list that begins empty will be copied to, if that can be said now: it is made there at once."""
    last = rest[-1]
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Name) and last.value.id == name:
        return frame.home
    call = last.value if isinstance(last, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and isinstance(call.args[0], ast.Name):
        outer = frame.names.get(call.func.value.id) if call.args[0].id == name else None  # type: ignore[attr-defined]
        if isinstance(outer, Growing) and outer.target is not None:
            return outer.target.slot(frame.writer.loops[outer.depth][0])
    return None


def _append(frame: Frame, growing: Any, value: Any) -> None:
    writer = frame.writer
    i, length = writer.loops[growing.depth]
    if isinstance(value, Growing):
        value = value.target
    if growing.target is None:
        shape = (length, value.length) if isinstance(value, Seq) else (length,)
        kind = (value.kind if isinstance(value, Array) else None) or joint_kind([value], frame.real) or frame.real
        growing.target = Array(writer.name(growing.wanted), shape, kind, is_constant=False)
        numbers = length * (shape[1] if len(shape) > 1 else 1)
        growing.declare(writer.array_line(growing.target.base, kind, numbers))
    place = growing.target.slot(i)
    if not isinstance(value, Seq):
        writer.line(f"{place.place} = {converted(value, growing.target.kind).text};")
    elif not (isinstance(value, Array) and value.place == place.place):
        writer.store(place, value, frame.real)
