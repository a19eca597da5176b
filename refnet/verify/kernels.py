"""Do two backends return the same bits? Every kernel, on random shapes and values, made from its signature.

Some values are extreme: ±0, ±inf, NaN, subnormals, 1e±300, any bit pattern; in another number format its limits too.
The others are ordinary, or almost every product would be NaN. The random numbers are refnet's own, so the seed and the
number of a case give it again.
"""

import struct
from math import frexp, ldexp
from typing import Any, Callable, NamedTuple, Optional

from refnet.arithmetic.elementary import log
from refnet.arithmetic.formats import BINARY64, Format
from refnet.arithmetic.random import draw, stream_key, uniform
from refnet.arithmetic.streams import COMPARE_STREAM
from refnet.data import ByteMatrix
from refnet.kernels.choosing import choose, format_of
from refnet.kernels.seam import NUMBERS, SEAM, Argument, Signature, size_of

SPECIAL = (
    0.0, -0.0, 1.0, -1.0, 0.5, float("inf"), float("-inf"), float("nan"), 5e-324, -5e-324, 2.225073858507201e-308,
    -1e-310, 2.2250738585072014e-308, 1e300, -1e300, 1e-300, -1e-300, 1.7976931348623157e308, -1.7976931348623157e308,
    709.782712893384, 709.7827128933841, -745.1332191019412, -708.4, 36.7, -36.8, 1e-17, 0.9999999999999999,
)


class Comparison(NamedTuple):
    """The outcome for one kernel. difference says where the first case that differs does so; "" if none differs."""

    kernel: str
    cases: int
    values: int
    difference: str


class Draws:
    """The random draws of one case: words, whole numbers below a bound, ordinary floats and those that are special in a
    number format."""

    def __init__(self, key: int, wildness: int, form: Format = BINARY64) -> None:
        self.key, self.n, self.wildness, self.form = key, 0, wildness, form
        self.special = SPECIAL if form == BINARY64 else special_numbers(form)

    def word(self) -> int:
        self.n += 1
        return draw(self.key, self.n - 1)

    def below(self, bound: int) -> int:
        return self.word() % bound

    def uniform(self) -> float:
        self.n += 1
        return uniform(self.key, self.n - 1)

    def value(self) -> float:
        """Wildness 0: ordinary numbers; 1: a few special ones too; 2: any bits; 3: few values, many of them equal."""
        dice = self.below(16)
        if self.wildness == 3:
            return SPECIAL[dice % 5]
        if dice < 4:
            return self.uniform()
        if self.wildness == 2 and dice < 8:
            return self.any_number()
        if (self.wildness == 1 and dice < 5) or (self.wildness == 2 and dice < 12):
            return self.special[self.below(len(self.special))]
        return (self.uniform() - 0.5) * 8.0

    def any_number(self) -> float:
        """Any bits of binary64; in another format a number of any of its magnitudes, not yet rounded to it."""
        if self.form == BINARY64:
            return struct.unpack("<d", self.word().to_bytes(8, "little"))[0]
        least, most = frexp(self.form.smallest)[1] - 1, frexp(self.form.largest)[1] + 1
        return ldexp(self.uniform() - 0.5, least + self.below(most - least + 1))


def special_numbers(form: Format) -> tuple[float, ...]:
    """Binary64's special numbers, the limits of another format, and where its exponential leaves them."""
    limits = (form.smallest, form.largest, 1.0 + form.epsilon, 1.0 - 0.5 * form.epsilon, 1.0 + 0.5 * form.epsilon,
              form.smallest / form.epsilon, log(form.largest), log(form.smallest))
    return (*SPECIAL, *limits, *(-x for x in limits))


def same_bits(a: float, b: float) -> bool:
    """Whether all bits are equal. Two NaNs are (sign and payload are not part of the contract), +0 and −0 are not."""
    return struct.pack("<d", a) == struct.pack("<d", b) or (a != a and b != b)


def first_difference(a: list[list[float]], b: list[list[float]]) -> str:
    """Where two tables of numbers first differ and how; "" if they do not."""
    for i, (left, right) in enumerate(zip(a, b)):
        for j, (p, q) in enumerate(zip(left, right)):
            if not same_bits(p, q):
                return f"row {i}, column {j}: {p!r} ({p.hex()}) against {q!r} ({q.hex()})"
    if [len(row) for row in a] != [len(row) for row in b]:
        return f"shapes {len(a)}×{len(a[0])} against {len(b)}×{len(b[0])}"
    return ""


def compare_kernels(cases: int, seed: int = 0, names: Optional[list[str]] = None, backends: Any = None,
                    report: Optional[Callable[[str, int, int], None]] = None) -> list[Comparison]:
    """Run each kernel (or those named) of two backends on the same random cases.

    backends  two objects with the kernels, of one number format; default: the reference and the C core
    report    report(kernel, done, total) is called before each kernel
    """
    left, right = backends or (choose("python"), choose("c"))
    chosen = [SEAM[name] for name in names or SEAM]
    outcomes = []
    for number, signature in enumerate(chosen):
        if report:
            report(signature.name, number, len(chosen))
        outcomes.append(_compare(signature, cases, seed, left, right))
    return outcomes


def _compare(signature: Signature, cases: int, seed: int, left: Any, right: Any) -> Comparison:
    values = 0
    place = list(SEAM).index(signature.name)
    for case in range(cases):
        key = stream_key(seed, COMPARE_STREAM + place * 1_000_003 + case)
        arguments = random_arguments(signature, Draws(key, case % 4, format_of(right)))
        tables = [run(signature, backend, arguments) for backend in (left, right)]
        for name in tables[0]:
            values += len(tables[0][name]) * len(tables[0][name][0])
            difference = first_difference(tables[0][name], tables[1][name])
            if difference:
                shapes = ", ".join(f"{p.name} {_shape(v)}" for p, v in zip(signature.arguments, arguments))
                where = f"case {case} of seed {seed} ({shapes}): {name} {difference}"
                return Comparison(signature.name, case + 1, values, where)
    return Comparison(signature.name, cases, values, "")


def random_arguments(signature: Signature, draws: Draws) -> list[Any]:
    """Arguments for one call, as lists and numbers. Shapes are at most 6×6, in one case of eight up to 40 wide."""
    wide = draws.below(8) == 0
    sizes = {"1": 1, "whole": 1 << 53}
    for letter in "mnkr":
        sizes[letter] = 1 + draws.below(40 if wide and letter in "nk" else 6)
    return [_random_argument(argument, sizes, draws) for argument in signature.arguments]


def _random_argument(argument: Argument, sizes: dict[str, int], draws: Draws) -> Any:
    if argument.kind == "key":
        return draws.word()
    if argument.kind == "count":
        return sizes[argument.rows]
    if argument.kind in NUMBERS:
        if argument.kind == "number":
            return draws.value()
        return 1.0 + draws.below(300) if argument.kind == "positive" else float(draws.below(2))
    rows, columns = sizes[argument.rows], size_of(sizes, argument.columns)
    if argument.kind == "bytes":
        return ByteMatrix(bytes(draws.below(256) for _ in range(rows * columns)), rows, columns)
    if argument.kind == "floats":
        bits = b"".join((draws.word() >> 32).to_bytes(4, "little") for _ in range(rows * columns))
        return memoryview(bits).cast("f", (rows, columns))
    if argument.optional and draws.below(4) == 0:
        return None
    if argument.below:
        return [[float(draws.below(sizes[argument.below])) for _ in range(columns)] for _ in range(rows)]
    return [[draws.value() for _ in range(columns)] for _ in range(rows)]


def run(signature: Signature, backend: Any, arguments: list[Any]) -> dict[str, list[list[float]]]:
    """Call a kernel on copies of the arguments. Returns what it returned and what it updated, as lists, by name."""
    own = signature.on(backend, arguments)
    result = getattr(backend, signature.name)(*own)
    tables = {
        argument.name: backend.tolist(matrix)
        for argument, matrix in zip(signature.arguments, own)
        if argument.updated
    }
    if signature.result:
        tables["result"] = backend.tolist(result)
    return tables


def _shape(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)}×{len(value[0])}"
    if isinstance(value, memoryview):
        return "{}×{}".format(*value.shape)  # type: ignore[misc]
    return f"{value.rows}×{value.columns}" if isinstance(value, ByteMatrix) else repr(value)
