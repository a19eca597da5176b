"""Do all instruction sets and numbers of threads give the reference's bits: in every kernel, shape and format?"""

import ctypes
import multiprocessing
import os
import re
import subprocess
import sys
from array import array
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from refnet.arithmetic.random import stream_key
from refnet.arithmetic.streams import COMPARE_STREAM
from refnet.data import ByteMatrix
from refnet.kernels import REFERENCE, choose, native_or_none, why_no_c
from refnet.kernels.choosing import format_of
from refnet.kernels.native import FORMATS
from refnet.kernels.seam import NUMBERS, SEAM, SIZES, size_of
from refnet.verify import (
    CANONICAL_HASH,
    Draws,
    canonical_data,
    canonical_network,
    compare_kernels,
    first_difference,
    run,
    train_canonical,
)

ROOT = Path(__file__).resolve().parents[2]
native = native_or_none()
pytestmark = pytest.mark.skipif(native is None, reason=why_no_c() or "built")
SETS = native.instruction_sets if native else []
THREADS = [1, 2, 3]


@pytest.fixture
def chosen():
    """The C kernels, with a thread woken for any work at all. The settings are restored afterwards."""
    before = native.instruction_set, native.threads
    least_share = native.lib.refnet_least_share()
    native.lib.refnet_set_least_share(1)
    yield native
    native.lib.refnet_set_least_share(least_share)
    native.instruction_set, native.threads = before


@pytest.fixture(params=SETS)
def kernels(request, chosen):
    chosen.instruction_set = request.param
    return chosen


@cache
def pool(wildness, number):
    """4093 awkward numbers of a format, or ordinary ones with a rare special one among them."""
    form = format_of(choose("python", number))
    draws = Draws(stream_key(wildness, COMPARE_STREAM), wildness, form)
    values = [draws.value() for _ in range(4093)]
    if wildness == 1:  # a long sum with infinities in it is nearly always NaN
        most = {"binary64": 1e100, "binary32": 1e15}[number]
        values = [x if abs(x) < most or i % 97 == 0 else 0.5 for i, x in enumerate(values)]
    return values


def table(rows, columns, seed, wildness, number="binary64"):
    """A matrix from the pool; each row starts at another place of it."""
    values = pool(wildness, number)
    long = values * (columns // len(values) + 2)
    return [long[(start := (seed * 1009 + i * 521) % len(values)) : start + columns] for i in range(rows)]


def arguments_of(signature, sizes, wildness, number):
    """Arguments of these sizes for one call."""
    sizes = {**sizes, "1": 1, "whole": 1 << 40}
    arguments = []
    for place, p in enumerate(signature.arguments):
        if p.kind == "key":
            arguments.append(0x123456789ABCDEF)
        elif p.kind == "count":
            arguments.append(sizes[p.rows])
        elif p.kind in NUMBERS:
            arguments.append({"flag": 1.0, "positive": 7.0, "number": 0.3}[p.kind])
        elif p.kind == "bytes":
            count = sizes[p.rows] * sizes[p.columns]
            arguments.append(ByteMatrix(bytes(i * 37 % 256 for i in range(count)), sizes[p.rows], sizes[p.columns]))
        elif p.kind == "floats":
            numbers = array("f", (i * 37 % 256 / 8.0 for i in range(sizes[p.rows] * sizes[p.columns])))
            arguments.append(memoryview(numbers).cast("B").cast("f", (sizes[p.rows], sizes[p.columns])))
        elif p.below:
            rows, columns = sizes[p.rows], sizes[p.columns]
            arguments.append([[float((i + j) * 7919 % sizes[p.below]) for j in range(columns)] for i in range(rows)])
        else:
            arguments.append(table(sizes[p.rows], size_of(sizes, p.columns), place, wildness, number))
    return arguments


def differences(signature, sizes, wildness, settings, number="binary64"):
    """Where C with these settings (functions that make them) differs from the reference."""
    arguments = arguments_of(signature, sizes, wildness, number)
    expected = run(signature, choose("python", number), arguments)
    for prepare in settings:
        prepare()
        found = run(signature, native.twin(number), arguments)
        for name in expected:
            difference = first_difference(expected[name], found[name])
            if difference:
                yield f"{native.instruction_set}, {native.threads} threads, {sizes}: {name} {difference}"


def every_set():
    """Each instruction set with each number of threads."""
    def prepare(instruction_set, threads):
        native.instruction_set, native.threads = instruction_set, threads

    return [lambda s=s, t=t: prepare(s, t) for s in SETS for t in THREADS]


@pytest.mark.parametrize("number, cases", [("binary64", 30), ("binary32", 12)])
@pytest.mark.parametrize("threads", THREADS)
def test_every_kernel_on_small_shapes(threads, kernels, number, cases):
    kernels.threads = threads
    outcomes = compare_kernels(cases=cases, seed=3, backends=(choose("python", number), kernels.twin(number)))
    assert [outcome.difference for outcome in outcomes if outcome.difference] == []
    assert len(outcomes) == len(SEAM)


@pytest.mark.parametrize("name", SEAM)
def test_every_kernel_shared_among_threads(name, chosen):
    """Shapes with borders between threads on cache lines and tiles, and with sums over several blocks."""
    signature = SEAM[name]
    product = name.startswith("affine")
    sizes = dict(zip(SIZES, (97, 89, 201, 50) if product else (67, 301, 3, 50)))
    assert list(differences(signature, sizes, 1, every_set())) == []
    sizes = dict(zip(SIZES, (67, 64, 9, 50) if product else (9, 201, 3, 50)))  # the reference is slower in binary32
    assert list(differences(signature, sizes, 1, every_set(), "binary32")) == []


PRODUCTS = ["affine", "affine_backward_input", "affine_backward_weights"]
SHAPES = [
    # sizes around those of the tiles (3, 4, 6, 12 rows; 8, 16 columns) and the vectors (2, 4, 8), for each dimension
    *[(m, n, k) for m in (1, 3, 7, 12, 13) for n in (1, 5, 8, 16, 17) for k in (1, 4, 9, 31)],
    (1, 1, 1), (2, 2, 2), (3, 4, 4), (1, 1, 49), (49, 1, 1), (1, 49, 1), (64, 2, 2), (2, 64, 2), (2, 2, 64),
    (25, 33, 15), (10, 30, 784), (10, 10, 30), (6, 5, 199), (24, 130, 11),
    # sums that are kept in memory between blocks of 400
    (5, 9, 399), (5, 9, 400), (5, 9, 401), (7, 3, 801), (2, 17, 1300), (801, 2, 9), (3, 1201, 5),
    # more rows than are packed at a time (96, 192), and wide enough to be packed
    (97, 66, 5), (193, 129, 3), (5, 193, 129), (131, 5, 193), (100, 140, 12),
]


@pytest.mark.parametrize("wildness", [0, 1, 2])
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_of_all_shapes(name, wildness, chosen):
    chosen.threads = 1
    signature = SEAM[name]
    for shape in SHAPES:
        for sizes in (dict(zip("mnkr", (*shape, 1))), dict(zip("nkmr", (*shape, 1)))):
            assert list(differences(signature, sizes, wildness, every_set()[:: len(THREADS)])) == []


def by_numpy(name, given):
    """A product in NumPy's float32, a multiplication and an addition at a time."""
    numpy = pytest.importorskip("numpy")
    with numpy.errstate(all="ignore"):
        left, right = numpy.array(given[0]).astype("float32"), numpy.array(given[1]).astype("float32")
        left = left.T if name == "affine_backward_weights" else left
        right = right.T if name == "affine" else right
        total = numpy.zeros((len(left), right.shape[1]), "float32")
        if name == "affine" and given[2] is not None:
            total[:] = numpy.array(given[2]).astype("float32")
        for column, row in zip(left.T, right):
            total = total + column[:, None] * row
    return total.tolist()


@pytest.mark.parametrize("wildness", [0, 1, 2])
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_of_all_shapes_in_binary32(name, wildness, chosen):
    """Against NumPy, as the reference would take minutes; it is as independent."""
    chosen.threads = 1
    signature = SEAM[name]
    for shape in SHAPES:
        for sizes in (dict(zip("mnkr", (*shape, 1))), dict(zip("nkmr", (*shape, 1)))):
            arguments = arguments_of(signature, sizes, wildness, "binary32")
            expected = by_numpy(name, arguments)
            for prepare in every_set()[:: len(THREADS)]:
                prepare()
                found = run(signature, native.twin("binary32"), arguments)["result"]
                assert first_difference(expected, found) == "", (native.instruction_set, sizes)


def test_without_bias(kernels):
    x, weights = table(13, 30, 1, 0), table(17, 30, 2, 0)
    expected = REFERENCE.affine(x, weights)
    assert first_difference(expected, kernels.affine(kernels.matrix(x), kernels.matrix(weights)).tolist()) == ""


def large_product(kernels):
    x, weights = table(90, 300, 1, 0), table(80, 300, 2, 0)
    return kernels.tolist(kernels.affine(kernels.matrix(x), kernels.matrix(weights)))


def test_two_python_threads_at_once(kernels):
    kernels.threads = 2
    expected = large_product(REFERENCE)
    with ThreadPoolExecutor(2) as executor:
        results = list(executor.map(lambda _: large_product(kernels), range(20)))
    assert all(first_difference(expected, result) == "" for result in results)


def in_child(queue):
    queue.put((native.threads, large_product(native)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork()")
def test_children_of_fork_work_alone(chosen):
    """The parent's threads do not exist in the child; waiting for them would never end."""
    chosen.threads = 3
    expected = large_product(native)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=in_child, args=(queue,))
    child.start()
    threads, result = queue.get(timeout=60)
    child.join()
    assert threads == 1
    assert first_difference(expected, result) == ""
    assert native.threads == chosen.threads


UPWARD = {"x86_64": 0x800, "AMD64": 0x800, "aarch64": 0x400000, "arm64": 0x400000}


@pytest.mark.skipif(os.name != "posix" or os.uname().machine not in UPWARD, reason="fesetround's constant unknown")
@pytest.mark.parametrize("threads", [1, 2])
def test_callers_rounding_is_put_aside_and_given_back(kernels, threads):
    kernels.threads = threads
    upward = UPWARD[os.uname().machine]
    libm = ctypes.CDLL("libm.so.6" if sys.platform == "linux" else None)
    x, weights = kernels.matrix(table(90, 300, 1, 0)), kernels.matrix(table(80, 300, 2, 0))
    libm.fesetround(upward)
    try:
        result = kernels.affine(x, weights)
        after = libm.fegetround()
    finally:
        libm.fesetround(0)
    assert after == upward
    assert first_difference(REFERENCE.affine(x.tolist(), weights.tolist()), result.tolist()) == ""


@pytest.mark.parametrize("variable, value, allowed", [
    ("REFNET_ISA", "avx1024", r"\['baseline'"), ("REFNET_THREADS", "0", "from 1 to 1024"),
    ("REFNET_THREADS", "two", "from 1 to 1024"),
])  # fmt: skip
def test_what_is_not_there_is_refused(variable, value, allowed):
    code = "from refnet.kernels import choose; choose('auto')"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, variable: value}, cwd=ROOT, capture_output=True, text=True
    )
    assert re.search(rf"ValueError: .*{variable}.*'{value}'; allowed.*{allowed}", done.stderr)


@pytest.mark.parametrize("name", SETS)
def test_environment_chooses(name):
    code = "from refnet.kernels import choose; k = choose('c'); print(k.instruction_set, k.threads)"
    env = {**os.environ, "REFNET_ISA": name, "REFNET_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == [name, "2"]


@pytest.mark.parametrize("number", FORMATS)
def test_peak_is_a_speed(kernels, number):
    assert kernels.lib.refnet_probe_peak(0.001, kernels.twin(number).format) > 0.0


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("threads", THREADS)
def test_the_published_hash_over_sets_and_threads(chosen, name, threads):
    """A whole training, replayed, with every kernel shared among threads, gives the README's hash."""
    chosen.instruction_set, chosen.threads = name, threads
    assert train_canonical("c").fingerprint == CANONICAL_HASH


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("number", FORMATS)
def test_outputs_do_not_depend_on_the_batch(chosen, name, threads, number):
    chosen.instruction_set, chosen.threads = name, threads
    net = canonical_network("c").to(number=number)
    inputs, _ = canonical_data(61)
    expected = net.to("python").predict(inputs)
    net.to("c")
    for batch_size in (1, 2, 7, 8, 9, 16, 61, 100):
        assert net.predict(inputs, batch_size=batch_size) == expected
