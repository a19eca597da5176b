"""Why do an implementation's bits differ from refnet's? The usual reasons, a line each.

A Cause is one choice of a Way (refnet.trace.compared.ways). One more cause is one more entry of CAUSES; those whose
choices are in one group of GROUPS are tried two and three together too.
"""

from __future__ import annotations

import functools
import itertools
import math
import struct
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple, Optional

from refnet.arithmetic import elementary
from refnet.arithmetic.elementary import INFINITY
from refnet.arithmetic.formats import Fixed, Floating, Format, as_format
from refnet.trace.compared import orders
from refnet.trace.compared.altered import ALTERED, UPDATES
from refnet.trace.compared.ways import Way, function, sigmoid, softplus

try:
    import ctypes
except ImportError:  # a Python without it
    ctypes = None  # type: ignore[assignment]


class Cause(NamedTuple):
    """A usual reason: its name, a choice of a Way, and the kernels whose results it concerns (empty: all)."""

    name: str
    choice: str
    value: Any
    kernels: tuple[str, ...] = ()


# --- roundings ---


def as_packed(letter: str) -> Callable[[float], float]:
    """Rounding to a format of the module struct: "f" is binary32, "e" binary16."""

    def rounded(value: float) -> float:
        try:
            return struct.unpack(letter, struct.pack(letter, value))[0]
        except OverflowError:
            return math.copysign(INFINITY, value)

    return rounded


def flushed_below(least: float) -> Callable[[float], float]:
    return lambda value: math.copysign(0.0, value) if abs(value) < least else value


def with_digits(form: str) -> Callable[[float], float]:
    return lambda value: float(format(value, form))


# --- formats ---


def in_fixed_point(**changes: str) -> Callable[[Format, Optional[Format]], Format]:
    """Fixed point with another rounding or overflow."""

    def changed(form: Format, own: Optional[Format]) -> Format:
        if not isinstance(form, Fixed):
            return form
        how = {"rounding": form.rounding, "overflow": form.overflow, **changes}
        return as_format(f"Q{form.integer_bits}.{form.fraction_bits}" + "-truncate" * (how["rounding"] == "truncate")
                         + "-wrap" * (how["overflow"] == "wrap"))

    return changed


def without_accumulator(form: Format, own: Optional[Format]) -> Format:
    return own or form


def cut(way: Way, value: float) -> float:
    """Towards 0, as the low bits of a register are dropped."""
    if not isinstance(way.form, Floating) or value - value != 0.0:
        return way.kept(value)
    last = max(math.frexp(value)[1], way.form.least) - way.form.digits
    return math.copysign(math.ldexp(float(int(math.ldexp(value, -last))), last), value)


# --- the platform's functions, and other forms of them ---


def libm(plain: Callable) -> Callable:
    """A function of the C library, with refnet's infinities and NaN where Python raises."""

    def run(value: float) -> float:
        try:
            return plain(value)
        except (OverflowError, ValueError):
            return getattr(elementary, plain.__name__)(value)

    return function(run)


@functools.cache
def of_c_library(name: str) -> Optional[Callable[[float], float]]:
    """expf, tanhf, … of this machine's C library; None where there is none to be called."""
    for library in (None, "libm.so.6", "ucrtbase") if ctypes else ():
        try:
            found = getattr(ctypes.CDLL(library), name)
        except (OSError, AttributeError, TypeError):
            continue
        found.restype, found.argtypes = ctypes.c_float, [ctypes.c_float]
        return found
    return None


def libm_of_binary32(name: str) -> Callable:
    def run(value: float) -> float:
        return (of_c_library(f"{name}f") or getattr(elementary, name))(value)

    return function(run)


def sigmoid_with_double_literals(way: Way, z: float) -> float:
    return way.kept(elementary.divide(1.0, 1.0 + way.exp(way, -z)))


def sigmoid_of_power(way: Way, z: float) -> float:
    power = way.exp(way, z)
    return way.over(power, way.plus(1.0, power))


def sigmoid_by_sign(way: Way, z: float) -> float:
    return sigmoid_of_power(way, z) if z < 0.0 else way.over(1.0, way.plus(1.0, way.exp(way, -z)))


def sigmoid_of_tanh(way: Way, z: float) -> float:
    return way.times(0.5, way.plus(1.0, way.tanh(way, way.times(0.5, z))))


def tanh_of_sigmoid(way: Way, z: float) -> float:
    return way.plus(way.times(2.0, sigmoid(way, 2.0 * z)), -1.0)


def tanh_of_powers(way: Way, z: float) -> float:
    up, down = way.exp(way, z), way.exp(way, -z)
    return way.over(way.plus(up, -down), way.plus(up, down))


def tanh_of_power(way: Way, z: float) -> float:
    power = way.exp(way, 2.0 * z)
    return way.over(way.plus(power, -1.0), way.plus(power, 1.0))


def softplus_of_power(way: Way, z: float) -> float:
    return way.log(way, way.plus(1.0, way.exp(way, z)))


# --- quotients ---


def reciprocal(way: Way, a: float, b: float, factors: Any) -> float:
    return way.times(a, way.divided(1.0, b))


def first_factor_last(way: Way, a: float, b: float, factors: Any) -> float:
    return way.times(factors[0], way.divided(factors[1], b)) if factors else way.divided(a, b)


def second_factor_last(way: Way, a: float, b: float, factors: Any) -> float:
    return first_factor_last(way, a, b, factors and factors[::-1])


CAUSES = (
    Cause("fused multiply-add", "fused", True),
    Cause("bias added last", "bias_last", True, ("affine",)),
    Cause("the other product of a sum fused", "bias_last", True, UPDATES),
    Cause("sum in descending order", "order", orders.descending),
    Cause("pairwise sum", "order", orders.in_pairs),
    Cause("pairwise sum as NumPy's", "order", orders.as_numpy),
    *(Cause(f"sum in {lanes} lanes", "order", orders.in_lanes(lanes, joined, is_padded)) for lanes in (2, 4, 8, 16)
      for joined in (orders.one_by_one, orders.neighbours, orders.halves) for is_padded in (False, True)),
    *(Cause(f"sum in {parts} blocks, as of {parts} threads", "order", orders.in_blocks(parts)) for parts in (2, 4, 8)),
    Cause("sum rounded once at its end (fsum, compensated or wide accumulator)", "order", orders.exactly),
    Cause("sum accumulated in binary32", "order", orders.accumulated_in(as_packed("f"))),
    Cause("−0 lost: a sum begins with 0.0, or 0.0 is added", "rounded", lambda value: value + 0.0),
    Cause("−0 made: a sum begins with its first term, not with 0.0", "order", orders.from_the_first_term),
    Cause("binary32 throughout", "rounded", as_packed("f")),
    Cause("binary16 throughout", "rounded", as_packed("e")),
    Cause("subnormal numbers flushed to zero", "rounded", flushed_below(2.2250738585072014e-308)),
    Cause("binary32's subnormal numbers flushed to zero", "rounded", flushed_below(1.1754943508222875e-38)),
    Cause("computed in binary64, and rounded once at the end", "wide", True),
    Cause("sums in binary64, rounded once at their end", "order", orders.in_binary64),
    *(Cause(f"fixed point {name}", "format", in_fixed_point(**{what: how})) for name, what, how in (
        ("truncated, not rounded to nearest", "rounding", "truncate"),
        ("rounded to nearest, not truncated", "rounding", "nearest"),
        ("wrapped, not saturated", "overflow", "wrap"), ("saturated, not wrapped", "overflow", "saturate"))),
    Cause("no accumulator: products and sums in the network's own format", "format", without_accumulator),
    Cause("the accumulator cut to the format, not rounded", "narrowed", cut),
    *(Cause(f"the platform's {name} (libm)", name, libm(getattr(math, name)))  # here alone: they play the stranger's
      for name in ("exp", "log", "expm1", "log1p", "tanh")),
    *(Cause(f"the platform's {name}f (libm)", name, libm_of_binary32(name))
      for name in ("exp", "log", "expm1", "log1p", "tanh")),
    Cause("sigmoid as 1.0/(1.0 + e⁻ᶻ) of a float, in double", "sigmoid", sigmoid_with_double_literals),
    Cause("sigmoid as 1/(1 + e⁻ᶻ), each operation rounded", "sigmoid", sigmoid),
    Cause("softplus as max(z, 0) + ln(1 + e⁻ᶻ), each operation rounded", "softplus", softplus),
    Cause("sigmoid as eᶻ/(1 + eᶻ)", "sigmoid", sigmoid_of_power),
    Cause("sigmoid as eᶻ/(1 + eᶻ) for z < 0", "sigmoid", sigmoid_by_sign),
    Cause("sigmoid as ½(1 + tanh ½z)", "sigmoid", sigmoid_of_tanh),
    Cause("tanh as 2σ(2z) − 1", "tanh", tanh_of_sigmoid),
    Cause("tanh as (eᶻ − e⁻ᶻ)/(eᶻ + e⁻ᶻ)", "tanh", tanh_of_powers),
    Cause("tanh as (e²ᶻ − 1)/(e²ᶻ + 1)", "tanh", tanh_of_power),
    Cause("softplus as ln(1 + eᶻ)", "softplus", softplus_of_power),
    Cause("multiplied by the reciprocal, x·(1/m) for x/m", "quotient", reciprocal),
    Cause("rate·(g/√s) for (rate·g)/√s", "quotient", first_factor_last, UPDATES),
    Cause("g·(rate/√s) for (rate·g)/√s", "quotient", second_factor_last, UPDATES),
    *(Cause(name, "kernels", altered, tuple(altered)) for name, altered in ALTERED.items()),
    Cause("written in binary32", "written", as_packed("f")),
    *(Cause(f"written with {digits} digits", "written", with_digits(f".{digits}g")) for digits in range(4, 17)),
    *(Cause(f"written with {digits} digits after the point", "written", with_digits(f".{digits}f"))
      for digits in range(2, 17)),
)

GROUPS = (("fused", "bias_last", "order", "rounded"), ("exp", "sigmoid"), ("exp", "expm1", "tanh"), ("tanh", "sigmoid"),
          ("exp", "log", "log1p", "softplus"), ("quotient", "kernels"), ("fused", "kernels"),
          ("fused", "quotient"), ("exp", "kernels"))


def ways(kernels: Collection[str], size: int) -> Iterator[tuple[tuple[Cause, ...], Way]]:
    """Every `size` causes that may meet in a result of these kernels, and the Way that they make together."""
    by_choice: dict[str, list[Cause]] = {}
    for cause in CAUSES:
        if not cause.kernels or not set(cause.kernels).isdisjoint(kernels):
            by_choice.setdefault(cause.choice, []).append(cause)
    groups = ([choice] for choice in by_choice) if size == 1 else GROUPS
    together = dict.fromkeys(choices for group in groups for choices in itertools.combinations(group, size))
    for choices in together:
        for causes in itertools.product(*(by_choice.get(choice, []) for choice in choices)):
            yield causes, Way(**{cause.choice: cause.value for cause in causes})
