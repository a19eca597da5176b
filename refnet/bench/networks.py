"""What does a training step cost? Each network of the workloads, trained by each contestant in turn."""

import time
from contextlib import suppress
from functools import partial
from typing import Any, Optional

import refnet as rn
from refnet.bench import workloads
from refnet.bench.timing import PYTHON, C, Job, OneThread, Sample, Settings, clock, in_turns
from refnet.bench.workloads import LOSSES, NETWORKS, Data, Workload
from refnet.kernels.rounded import TIMES_LONGER
from refnet.training.examples import Batch
from refnet.training.steps import train_step

PYTHON_LIMIT = 1.0  # seconds: the reference is left out if a step takes longer, unless everything is asked for
PYTHON_MULTIPLY_ADD = 25e-9  # seconds, about
XOR_EPOCHS = 10_000

PRODUCTS = ("affine", "affine_backward_input", "affine_backward_weights")


class Enough(Exception):
    """A turn is over; raised inside `fit`, which leaves its network ready for the next call."""


class Refnet:
    """refnet as a contestant: the steps are timed inside one `fit`, between two of its reports.

    The beginning of a call does not count: taking the data in, and in C the two steps that are recorded.
    """

    def __init__(self, workload: Workload, data: Data, backend: str, number: str = "binary64") -> None:
        self.name = PYTHON if backend == "python" else C
        self.data, self.uncounted = data, 1 if backend == "python" else 2
        self.targets: Any = data.labels or data.targets
        self.network = workloads.network(workload, backend, number)
        self.settings = {
            "batch_size": workload.batch, "loss": LOSSES[workload.loss](), "shuffle": workload.shuffle,
            "optimizer": workloads.optimizer(workload),
        }

    def turn(self, seconds: float) -> list[Sample]:
        samples: list[Sample] = []
        progress = self.network.progress
        first = step = progress.step
        began = clock.read()

        def report(_: Any) -> None:  # if several epochs end at once, each is reported: the first call counts
            nonlocal began, step
            now = clock.read()
            if progress.step > step:
                if step - first >= self.uncounted:
                    samples.append((now - began, progress.step - step))
                step = progress.step
            if samples and sum(took for took, _ in samples) >= seconds:
                raise Enough
            began = clock.read()

        with suppress(Enough):
            self.fit(10**9, report)
        return samples

    def fit(self, epochs: int, report: Any = None) -> dict[str, list[float]]:
        return self.network.fit(self.data.inputs, self.targets, epochs=epochs, report=report, **self.settings)

    def epoch_losses(self, epochs: int) -> list[float]:
        """The loss of each epoch from the start."""
        return self.fit(epochs)["loss"]


def jobs(settings: Settings) -> list[Job]:
    """A job for each network, and one for the shortest training there is."""
    own = 2 + len(settings.peers)
    found = [
        Job("networks", each.name, own * settings.seconds, partial(measure, each, settings))
        for each in NETWORKS
    ]
    return [*found, Job("networks", "xor", settings.seconds, partial(xor, settings))]


def contestants(workload: Workload, data: Data, settings: Settings,
                python_limit: float = PYTHON_LIMIT) -> list[Any]:
    """Everyone who can train this network here, refnet first; Python if its step takes less than python_limit."""
    found: list[Any] = []
    if settings.native:
        found.append(Refnet(workload, data, "c", settings.number))
        if settings.threads > 1:
            found.append(OneThread(Refnet(workload, data, "c", settings.number), settings.native))
    if python_step(workload, settings.number) < python_limit:
        found.append(Refnet(workload, data, "python", settings.number))
    found += [peer(workload, data) for peer in settings.peers]
    return found


def python_step(workload: Workload, number: str = "binary64") -> float:
    """About how many seconds a step takes the reference."""
    return python_seconds(workload.product_flops // 2, number)


def python_seconds(multiply_adds: int, number: str) -> float:
    """About how many seconds so many multiplications and additions take the reference."""
    return multiply_adds * PYTHON_MULTIPLY_ADD * (1 if number == "binary64" else TIMES_LONGER)


def measure(workload: Workload, settings: Settings) -> dict[str, Any]:
    """The line of one network."""
    data = workloads.data(workload)
    limit = float("inf") if settings.full else PYTHON_LIMIT
    racing = contestants(workload, data, settings, python_limit=limit)
    times = in_turns(racing, settings.seconds, settings.rounds, settings.tell)
    step = times[C]["seconds"] if C in times else None
    rate = workload.product_flops / step if step else None
    return {
        "name": workload.name,
        "number": settings.number,
        **workload._asdict(),
        "times": times,
        "product_flops": workload.product_flops,
        "flops_per_second": rate,
        "of_peak": rate / (settings.peak * settings.threads) if rate and settings.peak else None,
        "profile": profile(workload, data, settings.native) if step and step > 1e-5 else None,
        "loss_difference": agreement(workload, data, settings),
        "notes": {each.name: each.note for each in racing if getattr(each, "note", "")},
    }


def agreement(workload: Workload, data: Data, settings: Settings) -> dict[str, Optional[float]]:
    """Do they compute the same? The largest relative difference of each contestant's losses from the first one's.

    Two epochs of three unshuffled batches from the same weights; None for one that cannot compute this loss.
    """
    few = data.first(3 * workload.batch)
    short = workload._replace(rows=len(few.inputs), shuffle=False)
    losses = {
        each.name: None if getattr(each, "note", "") else each.epoch_losses(2)
        for each in contestants(short, few, settings)
    }
    wanted = next(iter(losses.values()), None) or []
    return {
        name: own and max(abs(a - b) / abs(b) for a, b in zip(own, wanted))
        for name, own in losses.items()
    }


def profile(workload: Workload, data: Data, k: Any) -> dict[str, float]:
    """Seconds of a step that each kernel takes in C: a step recorded, then run kernel by kernel under the clock."""
    _, recording = recorded_step(workload, data, k)
    run, now = k.lib.refnet_run, time.perf_counter
    passes: list[list[float]] = []
    end = now() + 0.2
    while len(passes) < 3 or (now() < end and len(passes) < 1000):
        took = []
        for call in recording.calls:
            start = now()
            run(call, 0)  # the cost of the call and the clock
            middle = now()
            run(call, 1)
            took.append((now() - middle) - (middle - start))
        passes.append(took)
    seconds: dict[str, float] = {}
    for call, all_took in zip(recording.calls, zip(*passes)):
        name = k.ffi.string(k.lib.refnet_kernel_name(call.kernel)).decode()
        seconds[name] = seconds.get(name, 0.0) + max(0.0, sorted(all_took)[len(all_took) // 2])
    return seconds


def recorded_step(workload: Workload, data: Data, k: Any) -> tuple[Any, Any]:
    """(the network, the recording of a training step of it) in C."""
    network = workloads.network(workload, k)
    workloads.optimizer(workload).attach(network)
    network.objective = LOSSES[workload.loss]()
    inputs, labels = k.wide(data.inputs), k.wide([[label] for label in data.labels])
    batch, total = k.wide([list(range(workload.batch))]), k.wide([[0.0]])
    with k.record() as recording:
        x, y = k.take_rows(inputs, batch), k.one_hot(k.take_wide_rows(labels, batch), workload.sizes[-1])
        train_step(network, Batch([x], [y]), total)
    return network, recording


def product_share(profile: Optional[dict[str, float]]) -> Optional[float]:
    """The share of a step's time that its matrix products take."""
    if not profile:
        return None
    return sum(profile.get(name, 0.0) for name in PRODUCTS) / sum(profile.values())


class Xor:
    """A contestant that fits XOR: four examples, batch 1, `epochs` epochs counted as XOR_EPOCHS."""

    def __init__(self, name: str, backend: str, epochs: int, number: str) -> None:
        self.name, self.backend, self.epochs, self.number = name, backend, epochs, number

    def turn(self, seconds: float) -> list[Sample]:
        inputs, targets = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
        layers = [rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(1), rn.Sigmoid()]
        net = rn.Network(layers, backend=self.backend, seed=1, number=self.number)
        start = clock.read()
        net.fit(inputs, targets, loss=rn.HalfSquaredError(), optimizer=rn.SGD(1.0), epochs=self.epochs, batch_size=1)
        return [((clock.read() - start) * (XOR_EPOCHS / self.epochs), 1)]


def xor(settings: Settings) -> dict[str, Any]:
    """The line of XOR: all epochs with their losses in one `fit`, its beginning included."""
    share = 1 if settings.full else 20  # of the reference's epochs, which all take the same time
    racing = [Xor(C, "c", XOR_EPOCHS, settings.number)] if settings.native else []
    racing.append(Xor(PYTHON, "python", XOR_EPOCHS // share, settings.number))
    times = in_turns(racing, settings.seconds, 5, settings.tell)
    return {"name": "xor", "number": settings.number, "epochs": XOR_EPOCHS, "examples": 4, "times": times}
