"""What would more cores do? The time of a training step on so many, estimated from its counted operations and bytes.

Counted are the kernel calls, the threads that share each as the C core decides it, what each thread reads and writes,
and how often they wait for each other. Assumed are the figures of a Machine.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple, Optional

from refnet.bench import workloads
from refnet.bench.counts import BYTES, Call, Step
from refnet.bench.timing import Job, Settings
from refnet.bench.workloads import LOSSES, Workload
from refnet.kernels.native.blocks import ADDS_ROWS, BY_ROWS, Group

CORES = (1, 2, 4, 8, 16, 32, 64)
REACHED = 0.8  # of the peak, in a product's tiles
REGISTER = {"baseline": 16, "avx2": 32, "avx512": 64}  # bytes

NETWORKS = (
    Workload((784, 512, 512, 10), "relu", "cross-entropy", 128, 1280, 0.01),
    Workload((784, 512, 512, 10), "relu", "cross-entropy", 4096, 4096, 0.01),
    Workload((4, 32, 16, 4), "tanh", "cross-entropy", 10_000, 10_000, 0.01),
    Workload((784, 30, 10), "sigmoid", "binary-cross-entropy", 10, 1000, 0.1),
)


class Machine(NamedTuple):
    """What is assumed. The defaults: a socket of 64 cores of Zen 3 with AVX2, in binary64.

    flops     multiplications and additions per second in a core's kernels
    lanes     numbers in a register
    core      bytes per second between a core and what lies beyond its own caches
    socket    the same for all cores together, where it leaves the cache that some of them share
    siblings  so many cores share one
    wait      seconds until threads have met, or one has called the others
    each      more of them for each thread: they count themselves one by one
    shuffled  seconds that a row takes in the random order of an epoch, which one thread makes
    """

    flops: float = REACHED * 47.5e9
    lanes: int = 4
    core: float = 35e9
    socket: float = 150e9
    siblings: int = 8
    wait: float = 300e-9
    each: float = 100e-9
    shuffled: float = 5e-9

    def meeting(self, threads: int) -> float:
        """Seconds that it takes so many threads to meet."""
        return self.wait + self.each * threads


EPYC = Machine()


class Estimate(NamedTuple):
    """Of a step: its seconds; those in which one thread works alone; those in which threads wait for each other, and
    how often they do."""

    seconds: float = 0.0
    alone: float = 0.0
    waiting: float = 0.0
    waits: int = 0

    def plus(self, other: Estimate) -> Estimate:
        return Estimate(self.seconds + other.seconds, self.alone + other.alone, self.waiting + other.waiting,
                        self.waits + other.waits)


def estimate(step: Step, cores: int, machine: Machine = EPYC, least_share: Optional[int] = None) -> Estimate:
    """The step on so many cores. least_share: of a thread, in multiply-adds; default: as the C core has it."""
    least_share = least_share or step.least_share
    shuffled = step.rows * machine.shuffled
    total = Estimate(shuffled, shuffled)
    for group in step.groups(cores):
        calls = [step.calls[place] for place in group.calls]
        if group.parts:
            total = total.plus(_with_updates(calls, group, cores, machine, least_share))
        elif group.block:
            total = total.plus(_in_blocks(calls, group, cores, machine, least_share))
        else:
            for call in calls:
                threads = threads_for(call.work, cores, least_share)
                total = total.plus(_run(_seconds(call, threads, machine), 0.0, threads, 2, machine))
    return total


def threads_for(work: float, cores: int, least_share: int) -> int:
    """How many threads share so much work."""
    return max(1, min(cores, int(work / least_share)))


def _run(shared: float, alone: float, threads: int, waits: int, machine: Machine) -> Estimate:
    """Seconds of so many threads, and of one, with so many waits of all of them."""
    if threads == 1:
        return Estimate(shared + alone, shared + alone)
    waiting = waits * machine.meeting(threads)
    return Estimate(shared + alone + waiting, alone, waiting, waits)


def _in_blocks(calls: list[Call], group: Group, cores: int, machine: Machine, least_share: int) -> Estimate:
    """A group that goes through the rows block by block: what one call leaves the next finds in its core's cache. The
    sums over rows read what other threads have left."""
    threads = threads_for(sum(call.work for call in calls), cores, least_share)
    blocks = -(-group.rows // group.block)
    near = {each.address for call in calls if call.way == BY_ROWS for each in call.matrices if each.is_written}
    shared = packed = 0.0
    for call in calls:
        is_near = threads == 1 or call.way == BY_ROWS
        shared += blocks * _seconds(call, threads, machine, blocks, near if is_near else set())
        packed += 2 * call.bytes[1] / machine.core if call.is_product and call.way == BY_ROWS else 0.0
    meetings = 2 if any(call.way == ADDS_ROWS for call in calls) else 1
    return _run(shared, packed, threads, 2 + blocks * meetings, machine)


def _with_updates(calls: list[Call], group: Group, cores: int, machine: Machine, least_share: int) -> Estimate:
    """A gradient and the change of the weights by it: each thread has rows of its own. They wait once in between, for
    what is packed."""
    threads = min(group.parts, threads_for(sum(call.work for call in calls), cores, least_share))
    near = {each.address for call in calls for each in call.matrices if each.is_written and not each.is_read}
    return _run(sum(_seconds(call, threads, machine, near=near) for call in calls), 0.0, threads, 3, machine)


def _seconds(call: Call, threads: int, machine: Machine, blocks: int = 1, near: Any = ()) -> float:
    """Seconds of the thread that has most to do in a call, or in one of its blocks of rows. near: the addresses of the
    matrices that lie in its own cache.

    A product is divided along the longer side of its result, in a block along the rows. So one of its two operands is
    divided too, and each thread reads the whole of the other one. The right one is packed by those who read it, unless
    it has been for all blocks: read and written once more.
    """
    in_block = blocks > 1 and call.way == BY_ROWS
    rows, columns = call.result
    by_rows = in_block or rows > columns
    outputs, grain = (rows, 1) if by_rows else (columns, machine.lanes if call.is_product else 1)
    largest = _up(_up(outputs, threads) // threads, grain) / outputs
    divided = whole = packed = 0.0
    for place, (each, size) in enumerate(zip(call.matrices, call.bytes)):
        moved = size / (blocks if {each.rows, each.columns} & {"m", "r"} else 1)
        if call.is_product and place == 1 and not in_block:
            packed = 2.0 * moved / (1 if by_rows else threads) / machine.core
        if each.address in near:
            continue
        if call.is_product and place == (1 if by_rows else 0):
            whole += moved
        else:
            divided += moved * (each.is_read + each.is_written)
    moving = (divided / threads + whole) / machine.core
    if threads > machine.siblings:
        moving = max(moving, (divided + whole * (_up(threads, machine.siblings) // machine.siblings)) / machine.socket)
    return max(2.0 * call.work / blocks * largest / machine.flops, moving) + packed


def _up(number: int, grain: int) -> int:
    """The next multiple of the grain."""
    return -(-number // grain) * grain


# --- The section of the bench ---


def jobs(settings: Settings) -> list[Job]:
    """A job for each network, or for the one asked for; none without the C core, whose threads these are."""
    if not settings.native:
        return []
    networks: tuple[Workload, ...] = NETWORKS
    if settings.network:
        loss = "cross-entropy" if settings.network[-1] > 1 else "binary-cross-entropy"
        networks = (Workload(tuple(settings.network), "relu", loss, settings.batch, settings.batch, 0.01),)
    return [Job("cores", f"{each.name}, {each.batch:,}", 0.1, partial(line, each, settings)) for each in networks]


def line(workload: Workload, settings: Settings) -> dict[str, Any]:
    """The line of one network: a step's calls, and the estimates, for cores such as this machine's."""
    native = settings.native
    step = step_of(workload, native)
    machine = Machine(lanes=REGISTER[native.instruction_set] // BYTES[native.code])
    if settings.peak:
        machine = machine._replace(flops=REACHED * settings.peak)
    found = [estimate(step, cores, machine) for cores in CORES]
    return {
        "name": workload.name, "batch": workload.batch, "number": settings.number, "machine": machine._asdict(),
        "calls": [
            {"kernel": call.kernel, **call.sizes, "multiply_adds": call.multiply_adds, "elementwise": call.elementwise,
             "read": call.read, "written": call.written, "threads": threads_for(call.work, CORES[-1], step.least_share)}
            for call in step.calls
        ],
        "cores": [*CORES],
        "efficiency": [found[0].seconds / (cores * each.seconds) for cores, each in zip(CORES, found)],
        **{field: [getattr(each, field) for each in found] for field in Estimate._fields},
    }


def step_of(workload: Workload, native: Any) -> Step:
    """The step of a workload."""
    network = workloads.network(workload, native)
    return Step(network, workload.batch, LOSSES[workload.loss](), native)
