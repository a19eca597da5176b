"""Are a step's calls, bytes, groups and threads counted as C has them, and the estimates right by hand?"""

from pathlib import Path

import pytest

import refnet as rn
from refnet.bench import cores, networks, workloads
from refnet.bench.cores import CORES, EPYC, Estimate, Machine, estimate, threads_for
from refnet.bench.counts import Step
from refnet.bench.timing import Settings
from refnet.bench.workloads import LOSSES, Workload
from refnet.diagnosis.operations import _counted
from refnet.kernels import choose
from refnet.kernels.native.recording import Recording
from refnet.kernels.seam import SEAM
from refnet.training import replay

ROOT = Path(__file__).resolve().parents[2]
SMALL = (
    Workload((4, 3, 3), "sigmoid", "binary-cross-entropy", 4, 24, 0.5),
    Workload((5, 4, 3, 2), "tanh", "cross-entropy", 6, 12, 0.5),
    Workload((7, 9, 4), "relu", "cross-entropy", 1000, 2000, 0.1),  # in two blocks
)
INFINITE = float("inf")
FREE = Machine(flops=2.0, lanes=1, core=INFINITE, socket=INFINITE, wait=0.0, each=0.0, shuffled=0.0)


@pytest.fixture
def by_hand(native):
    """The step of 2-2-1, three rows."""
    layers = [rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(1), rn.Sigmoid()]
    return Step(rn.Network(layers, backend=native, seed=1), 3, rn.HalfSquaredError(), native)


# --- Counts ---


def test_each_multiply_add_of_2_2_1(by_hand):
    """4 + 2 forward, 2 back to the hidden units, 2 + 4 of the gradients; for each of three rows."""
    found = [(call.kernel, call.multiply_adds) for call in by_hand.calls if call.multiply_adds]
    assert found == [
        ("affine", 3 * 4), ("affine", 3 * 2), ("affine_backward_weights", 3 * 2), ("affine_backward_input", 3 * 2),
        ("affine_backward_weights", 3 * 4),
    ]


def test_each_byte_of_2_2_1(by_hand):
    """In numbers of 8 bytes, read and written, of the calls from the first product on."""
    found = [(call.kernel, call.read // 8, call.written // 8) for call in by_hand.calls]
    assert found == [
        ("take_rows", 6 + 3, 6), ("take_wide_rows", 3 + 3, 3), ("one_hot", 3, 3),
        ("affine", 6 + 4 + 2, 6), ("sigmoid", 6, 6), ("affine", 6 + 2 + 1, 3), ("sigmoid", 3, 3),
        ("half_squared_error", 3 + 3, 3), ("column_sums", 3, 1),
        ("half_squared_error_backward", 3 + 3, 3), ("sigmoid_backward", 3 + 3, 3),
        ("affine_backward_weights", 3 + 6, 2), ("column_sums", 3, 1), ("affine_backward_input", 3 + 2, 6),
        ("sigmoid_backward", 6 + 6, 6), ("affine_backward_weights", 6 + 6, 4), ("column_sums", 6, 2),
        *(("sgd_update", 2 * size + 1, size) for size in (4, 2, 2, 1)), ("accumulate", 1 + 1, 1),
    ]


def test_binary32_takes_half_the_bytes_but_for_what_is_wide(native):
    wide, narrow = (cores.step_of(SMALL[0], k).calls for k in (native, choose("c", "binary32")))
    assert [call.kernel for call in wide] == [call.kernel for call in narrow]
    halves = [call.kernel for one, call in zip(wide, narrow) if one.written == 2 * call.written]
    assert [call.kernel for call in narrow if call.kernel not in halves] == ["take_wide_rows", "accumulate"]


@pytest.mark.parametrize("workload", SMALL, ids=lambda each: each.name)
def test_the_calls_are_those_of_a_recorded_step(workload, native):
    _, recording = networks.recorded_step(workload, workloads.data(workload), native)
    ran = [(native.kernel_names[call.kernel], call.m, call.n, call.k) for call in recording.calls]
    counted = [(call.kernel, *(call.sizes.get(letter, 0) for letter in "mnk"))
               for call in cores.step_of(workload, native).calls]
    assert counted == ran


@pytest.mark.parametrize("workload", SMALL[:2], ids=lambda each: each.name)
def test_operations_are_those_of_the_kernels_own_loops(workload, native):
    """At these sizes, and not told from others."""
    for call in cores.step_of(workload, native).calls:
        given = (True,) * len(SEAM[call.kernel].arguments)
        assert call.operations == _counted(call.kernel, tuple(call.sizes.items()), given), call.kernel
        assert (call.multiply_adds > 0) == call.kernel.startswith("affine")


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("workload", SMALL, ids=lambda each: each.name)
def test_groups_and_threads_are_those_of_c(workload, threads, native, monkeypatch):
    recordings = []

    class Kept(Recording):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            recordings.append(self)

    monkeypatch.setattr(replay, "Recording", Kept)
    data, before, share = workloads.data(workload), native.threads, native.lib.refnet_least_share()
    native.lib.refnet_set_least_share(100)
    try:
        native.threads = threads
        workloads.network(workload, native).fit(
            data.inputs, data.labels, loss=LOSSES[workload.loss](), optimizer=rn.SGD(0.1), epochs=3,
            batch_size=workload.batch)
    finally:
        step = cores.step_of(workload, native)
        native.lib.refnet_set_least_share(share)
        native.threads = before
    (recording,) = recordings
    groups = step.groups(threads)
    assert [(len(group.calls), group.block) for group in groups] == [
        (group.operations, group.block) for group in recording.groups]
    counted = [(call, group.block) for group in groups for call in (step.calls[place] for place in group.calls)]
    for (call, block), ran in zip(counted, recording.operations):
        assert call.kernel == native.kernel_names[ran.call.kernel]
        if not block:
            assert threads_for(call.work, threads, step.least_share) == ran.threads
    assert any(block for _, block in counted) == (workload.batch > 256)


def test_how_many_threads_share():
    assert [threads_for(work, 4, 10) for work in (0.0, 19.0, 20.0, 39.0, 40.0, 1e9)] == [1, 1, 2, 3, 4, 4]


def test_what_is_one_sequence_is_never_shared(native):
    place = native.kernel_names.index("sum_of_squares")
    call = native.ffi.new("refnet_call *", {"kernel": place, "m": 1 << 20, "n": 1 << 20})
    assert native.lib.refnet_work_of(call) == 0.0


@pytest.mark.parametrize("workload", cores.NETWORKS, ids=lambda each: f"{each.name}, {each.batch}")
def test_the_page_has_these_counts(workload, native):
    page, calls = (ROOT / "docs" / "cores.md").read_text(encoding="utf-8"), cores.step_of(workload, native).calls
    sums = (sum(getattr(call, kind) for call in calls) for kind in ("multiply_adds", "elementwise", "read", "written"))
    products, others, read, written = sums
    assert (f"\n| {workload.name}, {workload.batch:,} | {products:,} | {others:,} | {read / 1e6:.2f} "
            f"| {written / 1e6:.2f} | {len(calls)} |\n") in page


def test_the_page_has_each_product(native):
    page = (ROOT / "docs" / "cores.md").read_text(encoding="utf-8")
    rows = [f"| `{call.kernel}` | {' · '.join(str(call.sizes[each]) for each in 'mnk')} | {call.multiply_adds:,} "
            f"| {call.read / 1e6:.2f} | {call.written / 1e6:.2f} |"
            for call in cores.step_of(cores.NETWORKS[0], native).calls if call.is_product]
    assert len(rows) == 8 and "\n".join(rows) in page


# --- Estimates ---


@pytest.mark.parametrize("workload", SMALL, ids=lambda each: each.name)
def test_with_free_bytes_one_core_takes_the_work(workload, native):
    """At two operations per second a multiply-add takes one second; all of it is exact."""
    step = cores.step_of(workload, native)
    work = sum(call.work for call in step.calls)
    assert estimate(step, 1, FREE) == Estimate(work, work, 0.0, 0)


def product(native, rows, inputs, units):
    """The step of one layer, with its forward product alone."""
    network = rn.Network([rn.Input(inputs), rn.Dense(units), rn.Softmax()], backend=native, seed=1)
    step = Step(network, rows, rn.CrossEntropy(), native)
    step.calls = [call for call in step.calls if call.kernel == "affine"]
    return step


@pytest.mark.parametrize(("cores", "lanes", "columns"),
                         [(1, 1, 12), (2, 1, 6), (5, 1, 3), (5, 4, 4), (64, 4, 4), (64, 1, 1)])
def test_columns_are_shared_in_whole_registers(cores, lanes, columns, native):
    """10 rows × 12 columns, 5 deep: the thread with most to do has so many columns."""
    found = estimate(product(native, 10, 5, 12), cores, FREE._replace(lanes=lanes), least_share=1)
    assert found == Estimate(10 * 5 * columns, 600.0 if cores == 1 else 0.0, 0.0, 0 if cores == 1 else 2)


def test_each_thread_reads_one_operand_whole(native):
    """By columns x (10 × 5) is read by all, weights (12 × 5), bias and result are divided; the weights are packed."""
    machine = FREE._replace(flops=INFINITE, core=8.0, siblings=2)  # a number a second
    step = product(native, 10, 5, 12)
    assert estimate(step, 1, machine).seconds == 50 + (60 + 12 + 120) + 2 * 60
    assert estimate(step, 4, machine, least_share=1).seconds == 50 + (60 + 12 + 120) / 4 + 2 * 60 / 4
    # Between the caches of four cores, two by two: x goes into each of both.
    assert estimate(step, 4, machine._replace(core=INFINITE, socket=8.0), least_share=1).seconds == 60 + 12 + 120 + 100


def test_waits_cost_by_threads(native):
    machine = FREE._replace(wait=3.0, each=0.5, shuffled=0.25)
    found = estimate(product(native, 10, 5, 12), 4, machine, least_share=1)
    assert found == Estimate(150.0 + 2 * 5.0 + 2.5, 2.5, 2 * 5.0, 2)  # 3 columns; 10 rows were shuffled


def test_waits_of_blocks(native):
    """Called, and done; in each block before the first call, and before the sums over rows."""
    step = cores.step_of(SMALL[2], native)
    blocks = [(-(-group.rows // group.block)) for group in step.groups(2) if group.block]
    assert blocks == [2]
    assert estimate(step, 2, FREE, least_share=10_000).waits == 2 + 2 * 2


def test_one_thread_packs_the_weights_of_a_group(native):
    """9 · 7 and 4 · 9 forward, 4 · 9 backward; read and written."""
    step = cores.step_of(SMALL[2], native)
    found = estimate(step, 2, FREE._replace(flops=INFINITE, core=8.0), least_share=10_000)
    others = [call for group in step.groups(2) if not group.block for call in map(step.calls.__getitem__, group.calls)]
    assert found.alone == 2 * (63 + 36 + 36) + sum((call.read + call.written) / 8 for call in others)


@pytest.mark.parametrize("workload", cores.NETWORKS, ids=lambda each: f"{each.name}, {each.batch}")
def test_no_core_does_more_than_one(workload, native):
    step = cores.step_of(workload, native)
    times = [estimate(step, number).seconds for number in CORES]
    for number, seconds in zip(CORES, times):
        assert times[0] / (number * seconds) <= 1.0 + 1e-12  # roundings of Σ seconds
    # With 64 threads the blocks are larger, and fewer bytes are read again.
    assert estimate(step, 64, EPYC, least_share=1 << 60).seconds == pytest.approx(times[0], rel=0.01)


# --- The section ---


def test_the_record(native):
    settings = Settings(seconds=1e-3, rounds=2, full=False, native=native, peak=1e10, network=[6, 5, 1], batch=32)
    (job,) = cores.jobs(settings)
    record = job.run()
    assert (job.section, job.name) == ("cores", "6-5-1, 32")
    assert record["machine"]["flops"] == 0.8e10 and record["cores"] == [*CORES]
    assert record["efficiency"] == [1.0 / number for number in CORES] and set(record["waits"]) == {0}
    assert sum(call["multiply_adds"] for call in record["calls"]) == 32 * (2 * 35 + 5)
    assert cores.jobs(settings._replace(native=None)) == []
