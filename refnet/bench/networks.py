"""What does a training step cost? Each network of the workloads, trained by each contestant in turn."""

import time
from functools import partial
from typing import Any, Callable, Optional

import refnet as rn
from refnet.bench import workloads
from refnet.bench.timing import PYTHON, C, Job, OneThread, Sample, Settings, clock, in_turns
from refnet.bench.workloads import LOSSES, NETWORKS, SMALL, Data, Workload
from refnet.data.door import rows
from refnet.kernels.rounded import TIMES_LONGER
from refnet.training.examples import Batch, Examples
from refnet.training.preparing import prepared
from refnet.training.replay import Replay
from refnet.training.steps import StepByStep, train_step

PYTHON_LIMIT = 1.0  # seconds: the reference is left out if a step takes longer, unless everything is asked for
PYTHON_MULTIPLY_ADD = 25e-9  # seconds, about
XOR_EPOCHS = 10_000

DTYPES = {"binary64": "float64", "binary32": "float32"}  # as peers call them
PRODUCTS = ("affine", "affine_backward_input", "affine_backward_weights")


# What `fit` is told when it is told nothing.
UNUSED: dict[str, Any] = {
    "drop_last": False, "seed": None, "validation": None, "metrics": None, "penalty": None, "sample_weight": None,
    "class_weight": None, "callbacks": None, "allow_nonfinite": False,
}


class Refnet:
    """refnet as a contestant: it trains as `fit` does where nothing has to happen between two epochs.

    The beginning does not count: taking the data in, and in C the two steps that are recorded.
    """

    def __init__(self, workload: Workload, data: Data, backend: str, number: str = "binary64") -> None:
        self.name = PYTHON if backend == "python" else C
        self.uncounted = 1 if backend == "python" else 2
        self.inputs = rows("inputs", data.inputs)  # once, rather than in each call of fit
        self.targets: Any = data.labels or rows("targets", data.targets)
        self.network = workloads.network(workload, backend, number)
        self.settings = {
            "batch_size": workload.batch, "loss": LOSSES[workload.loss](), "shuffle": workload.shuffle,
            "optimizer": workloads.optimizer(workload),
        }
        self.course: Any = None

    def turn(self, seconds: float) -> list[Sample]:
        samples: list[Sample] = []
        progress = self.network.progress
        if self.course is None:
            self._begin()
        while not samples or sum(took for took, _ in samples) < seconds:
            step, start = progress.step, clock.read()
            self.running.advance(self.course.last_epoch, lambda: False)
            took = clock.read() - start
            if step >= self.begun + self.uncounted:
                samples.append((took, progress.step - step))
        progress.plan = self.course.plan if progress.position else None  # a `fit` finishes the epoch
        return samples

    def _begin(self) -> None:
        """Begin a training without an end: what `fit` does before its first step."""
        network = self.network
        self.begun = network.progress.step
        self.course = prepared(network, self.inputs, self.targets, epochs=10**9, **self.settings, **UNUSED)
        self.course.begin(network)
        take = self.course.examples.on(network.k)
        self.running: Any = (Replay if getattr(network.k, "records", False) else StepByStep)(
            network, self.course.plan, take)

    def fit(self, epochs: int) -> dict[str, list[float]]:
        return self.network.fit(self.inputs, self.targets, epochs=epochs, **self.settings)

    def epoch_losses(self, epochs: int) -> list[float]:
        """The loss of each epoch from the start."""
        return self.fit(epochs)["loss"]

    def handed(self, inputs: Any, targets: Any) -> Any:
        """What `fit` makes of the data before its first step, every number looked at."""
        return Examples(self.network, inputs, targets, finite=True).on(self.network.k)


def jobs(settings: Settings) -> list[Job]:
    """A job for each network, one for the shortest training there is, and one for each of the small networks."""
    own = 2 + len(settings.peers)
    found = [
        Job("networks", each.name, own * settings.seconds, partial(measure, each, settings))
        for each in NETWORKS
    ]
    found.append(Job("networks", "xor", settings.seconds, partial(xor, settings)))
    return found + [
        Job("small", each.title, own * settings.seconds, partial(measure, each, settings, PYTHON_LIMIT / 10))
        for each in SMALL
    ]


def contestants(workload: Workload, data: Data, settings: Settings,
                python_limit: float = PYTHON_LIMIT) -> list[Any]:
    """Everyone who can train this network here, refnet first; Python if its step takes less than python_limit."""
    return [make(data) for make in makers(workload, settings, python_limit)]


def makers(workload: Workload, settings: Settings, python_limit: float = PYTHON_LIMIT) -> list[Callable[[Data], Any]]:
    """For each of them a function that makes it."""
    number = settings.number
    found: list[Callable[[Data], Any]] = []
    if settings.native:
        found.append(lambda data: Refnet(workload, data, "c", number))
        if settings.threads > 1:
            found.append(lambda data: OneThread(Refnet(workload, data, "c", number), settings.native))
    if python_step(workload, number) < python_limit:
        found.append(lambda data: Refnet(workload, data, "python", number))
    return found + [partial(peer, workload) for peer in settings.peers]


def python_step(workload: Workload, number: str = "binary64") -> float:
    """About how many seconds a step takes the reference."""
    return python_seconds(workload.product_flops // 2, number)


def python_seconds(multiply_adds: int, number: str) -> float:
    """About how many seconds so many multiplications and additions take the reference."""
    return multiply_adds * PYTHON_MULTIPLY_ADD * (1 if number == "binary64" else TIMES_LONGER)


def measure(workload: Workload, settings: Settings, python_limit: float = PYTHON_LIMIT) -> dict[str, Any]:
    """The line of one network."""
    data = workloads.data(workload)
    limit = float("inf") if settings.full else python_limit
    racing = contestants(workload, data, settings, python_limit=limit)
    times = in_turns(racing, settings.seconds, settings.rounds, settings.tell)
    step = times[C]["seconds"] if C in times else None
    rate = workload.product_flops / step if step else None
    return {
        "name": workload.name,
        "title": workload.title,
        "number": settings.number,
        **workload._asdict(),
        "times": times,
        "best_peer": best_peer(times, settings),
        "product_flops": workload.product_flops,
        "flops_per_second": rate,
        "of_peak": rate / (settings.peak * settings.threads) if rate and settings.peak else None,
        "profile": profile(workload, data, settings.native) if step and step > 1e-5 else None,
        "loss_difference": agreement(workload, data, settings, limit),
        "notes": {each.name: each.note for each in racing if getattr(each, "note", "")},
        "abouts": abouts(settings),
    }


def best_peer(times: dict[str, dict[str, Any]], settings: Settings) -> Optional[str]:
    """The fastest of the peers that compute in the number format that is measured; None if there is none."""
    own = {each.name for each in settings.peers if each.dtype == DTYPES.get(settings.number)}
    return min((name for name in times if name in own), key=lambda name: times[name]["seconds"], default=None)


def abouts(settings: Settings) -> dict[str, str]:
    """What each peer does."""
    return {each.library: each.about for each in settings.peers}


def agreement(workload: Workload, data: Data, settings: Settings, python_limit: float) -> dict[str, Optional[float]]:
    """Do they compute the same? The largest relative difference of each contestant's losses from the first one's.

    Two epochs of three unshuffled batches from the same weights; None for one that cannot compute this loss.
    """
    few = data.first(3 * workload.batch)
    short = workload._replace(rows=len(few.inputs), shuffle=False)
    losses = {
        each.name: None if getattr(each, "note", "") else each.epoch_losses(2)
        for each in contestants(short, few, settings, min(python_limit, PYTHON_LIMIT))
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
    inputs, targets = k.wide(data.inputs), k.wide([[label] for label in data.labels] or data.targets)
    batch, total = k.wide([list(range(workload.batch))]), k.wide([[0.0]])
    with k.record() as recording:
        x = k.take_rows(inputs, batch)
        if data.labels:
            y = k.one_hot(k.take_wide_rows(targets, batch), workload.sizes[-1])
        else:
            y = k.take_rows(targets, batch)
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
