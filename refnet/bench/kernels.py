"""What does a kernel cost? Each one in Python and in C on the same numbers, and the matrix products at full size.

C's kernels are timed as `fit` runs them, recorded and replayed in one call; what a call from Python adds is a line of
its own.
"""

from array import array
from functools import partial
from typing import Any, Callable

from refnet.bench.networks import PYTHON_LIMIT, python_seconds
from refnet.bench.timing import PYTHON, C, Job, OneThread, Repeated, Settings, called, in_turns
from refnet.bench.workloads import uniform
from refnet.data import ByteMatrix
from refnet.kernels import choose
from refnet.kernels.seam import SEAM, Argument, Signature, size_of

SIZES = {"1": 1, "m": 64, "n": 64, "k": 64, "r": 256, "whole": 1 << 53}
NUMBERS = {"number": 0.9, "positive": 64.0, "flag": 0.0, "key": 1}

# (what it is in a training step, kernel, rows m, units n, inputs k)
PRODUCTS = (
    ("forward", "affine", 128, 512, 784),
    ("forward", "affine", 128, 512, 512),
    ("input gradient", "affine_backward_input", 128, 512, 512),
    ("weight gradient", "affine_backward_weights", 128, 512, 784),
    ("forward", "affine", 1024, 1024, 1024),
)


def jobs(settings: Settings) -> list[Job]:
    """A job for each matrix product and for each kernel."""
    found = [
        Job("products", product_name(*each), 3 * settings.seconds, partial(product, *each, settings))
        for each in PRODUCTS
    ]
    found += [
        Job("kernels", signature.name, 0.4 * settings.seconds, partial(one_kernel, signature, settings))
        for signature in SEAM.values()
    ]
    if settings.native:
        found.append(Job("kernels", "call", 0.1 * settings.seconds, partial(call, settings)))
    return found


def one_kernel(signature: Signature, settings: Settings) -> dict[str, Any]:
    """The line of one kernel on 64×64 matrices."""
    tables = [p for p in signature.arguments if p.kind in ("matrix", "bytes", "floats")]
    shapes = [(SIZES[p.rows], size_of(SIZES, p.columns)) for p in tables]
    if signature.result:
        shapes.append((SIZES[signature.result[0]], size_of(SIZES, signature.result[1])))
    return {
        "name": signature.name,
        "number": settings.number,
        "numbers": max(rows * columns for rows, columns in shapes),
        "flops": 2 * SIZES["m"] * SIZES["n"] * SIZES["k"] if signature.name.startswith("affine") else None,
        "times": in_turns(kernel_contestants(signature, settings), 0.2 * settings.seconds, settings.rounds),
    }


def kernel_contestants(signature: Signature, settings: Settings) -> list[Any]:
    """The kernel in C and in Python, on the same numbers."""
    values = [_argument(argument, place) for place, argument in enumerate(signature.arguments)]
    python = choose("python", settings.number)
    found = [called(PYTHON, getattr(python, signature.name), *signature.on(python, values))]
    if settings.native:
        own = signature.on(settings.native, values)
        found.insert(0, Repeated(C, replayed(settings.native, signature.name, own)))
    return found


def product(kind: str, kernel: str, m: int, n: int, k: int, settings: Settings) -> dict[str, Any]:
    """The line of one matrix product."""
    flops = 2 * m * n * k
    racing = product_contestants(kernel, m, n, k, settings)
    times = in_turns(racing, settings.seconds, settings.rounds, settings.tell)
    rates = {each: flops / own["seconds"] for each, own in times.items()}
    peak = settings.peak and settings.peak * settings.threads
    return {
        "name": product_name(kind, kernel, m, n, k), "number": settings.number, "kernel": kernel, "m": m, "n": n,
        "k": k, "flops": flops, "times": times, "flops_per_second": rates,
        "of_peak": rates[C] / peak if C in rates and peak else None,
    }


def product_contestants(kernel: str, m: int, n: int, k: int, settings: Settings) -> list[Any]:
    """The product in C, in Python if that is fast enough, and by each peer that offers it."""
    values = product_operands(kernel, m, n, k)
    found: list[Any] = []
    if settings.native:
        found.append(product_in_c(C, kernel, values, settings.native))
        if settings.threads > 1:
            found.append(OneThread(found[0], settings.native))
    if settings.full or python_seconds(m * n * k, settings.number) < 2 * PYTHON_LIMIT:
        python = choose("python", settings.number)
        found.append(called(PYTHON, getattr(python, kernel), *SEAM[kernel].on(python, values)))
    for peer in settings.peers:
        multiply = peer.product(kernel, *values)
        if multiply:
            found.append(called(peer.name, multiply))
    return found


def product_operands(kernel: str, m: int, n: int, k: int) -> list[Any]:
    """The two matrices of a product, as rows."""
    shapes = {"x": (m, k), "weights": (n, k), "delta": (m, n)}
    operands = {
        "affine": ("x", "weights"), "affine_backward_input": ("delta", "weights"),
        "affine_backward_weights": ("delta", "x"),
    }[kernel]
    return [uniform(*shapes[each], stream=2 + i) for i, each in enumerate(operands)]


def product_in_c(name: str, kernel: str, operands: list[Any], native: Any) -> Repeated:
    """A contestant: the product of these rows in C."""
    return Repeated(name, replayed(native, kernel, SEAM[kernel].on(native, operands)))


def product_name(kind: str, kernel: str, m: int, n: int, k: int) -> str:
    """forward 128×784 · 784×512: rows×inner · inner×columns, as the product is written."""
    if m == n == k:
        return f"{kind} {m}³"
    left, inner, right = {
        "affine": (m, k, n), "affine_backward_input": (m, n, k), "affine_backward_weights": (n, m, k),
    }[kernel]
    return f"{kind} {left}×{inner} · {inner}×{right}"


def call(settings: Settings) -> dict[str, Any]:
    """What a call from Python costs: that of a kernel which copies one number."""
    one = settings.native.matrix([[1.0]])
    times = in_turns([called(C, settings.native.copy, one)], 0.1 * settings.seconds, 5)
    return {"name": "call", "number": settings.number, "times": times}


def replayed(k: Any, name: str, arguments: list[Any]) -> Callable[[int], None]:
    """A function that runs this kernel n times in C, as a recorded step is replayed."""
    with k.record() as recording:
        getattr(k, name)(*arguments)
    block = 64
    calls = k.ffi.new("refnet_call[]", block)
    for i in range(block):
        calls[i] = recording.calls[-1][0]
    kept = (recording, arguments)  # the calls point into their memory

    def repeat(count: int) -> None:
        while count > 0 and kept:
            k.lib.refnet_run(calls, min(count, block))
            count -= block

    return repeat


def probe_peak(k: Any) -> Any:
    """Operations per second of one core, measured by the C core's loop of multiplications and additions in registers,
    in the format of these kernels: the best of several tries. None without the C core."""
    return max(k.lib.refnet_probe_peak(0.03, k.format) for _ in range(5)) * 1e9 if k else None


def _argument(argument: Argument, place: int) -> Any:
    """A value for one argument: numbers between 0 and 1, which every kernel accepts."""
    if argument.kind in NUMBERS:
        return NUMBERS[argument.kind]
    if argument.kind == "count":
        return SIZES[argument.rows]
    rows, columns = SIZES[argument.rows], size_of(SIZES, argument.columns)
    if argument.kind == "bytes":
        return ByteMatrix(bytes(i % 256 for i in range(rows * columns)), rows, columns)
    table = uniform(rows, columns, 8 + place)
    if argument.kind == "floats":
        numbers = array("f", (number for row in table for number in row))
        return memoryview(numbers).cast("B").cast("f", (rows, columns))
    if argument.below:
        return [[float(int(u * SIZES[argument.below])) for u in row] for row in table]
    return table
