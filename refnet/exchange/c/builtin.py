"""What do Python's own functions that the reference calls mean in C?"""

from __future__ import annotations

import math
from typing import Any, Callable

from refnet.exchange.c.values import Lazy, Num, Seq, converted


def _zip(frame: Any, *lists: Seq) -> Seq:
    length = min(each.length for each in lists)
    return Lazy(length, lambda writer, i: tuple(each.at(writer, i) for each in lists))


def _enumerate(frame: Any, seq: Seq) -> Seq:
    return Lazy(seq.length, lambda writer, i: (i, seq.at(writer, i)))


def _range(frame: Any, length: int) -> Seq:
    return Lazy(length, lambda writer, i: i)


def _len(frame: Any, seq: Seq) -> int:
    return seq.length


def _list(frame: Any, seq: Seq) -> Seq:
    return seq


def _float(frame: Any, value: Any) -> Any:
    return converted(value, "double") if isinstance(value, Num) else float(value)


def _int(frame: Any, value: Any) -> Any:
    return converted(value, "long") if isinstance(value, Num) else int(value)


def _abs(frame: Any, value: Any) -> Any:
    return converted(_primitive(frame, "magnitude", value), value.kind)


def _copysign(frame: Any, value: Any, sign: Any) -> Any:
    return _primitive(frame, "with_sign", value, sign)


def _sqrt(frame: Any, value: Any) -> Any:
    return _primitive(frame, "root", value)


def _ldexp(frame: Any, one: float, n: Num) -> Any:
    """ldexp(1.0, int(n)), the only one."""
    if one != 1.0:
        raise ValueError("export: ldexp of a number other than 1 is not written as C")
    return Num(f"{frame.library.primitive('power_of_two')}({n.text.replace('(int64_t)', '(int)')})", "double")


def _frexp(frame: Any, value: Num) -> Any:
    n = frame.writer.name("n")
    frame.writer.line(f"int {n};")
    call = f"{frame.library.primitive('split')}({value.text}, &{n})"
    return frame.writer.variable("m", Num(call, "double"), "double", True), Num(n, "int")


def _primitive(frame: Any, name: str, *values: Any) -> Num:
    return Num(f"{frame.library.primitive(name)}({', '.join(converted(v, 'double').text for v in values)})", "double")


BUILTINS: dict[Any, Callable] = {
    zip: _zip, enumerate: _enumerate, range: _range, len: _len, list: _list, float: _float, int: _int, abs: _abs,
    math.fabs: _abs, math.copysign: _copysign, math.sqrt: _sqrt, math.ldexp: _ldexp, math.frexp: _frexp,
}
