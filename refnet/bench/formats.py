"""What does a narrower number format gain? The same steps and product in C, in binary64 and in binary32 by turns."""

from functools import partial
from typing import Any

from refnet.bench import workloads
from refnet.bench.kernels import PRODUCTS, product_in_c, product_name, product_operands
from refnet.bench.networks import Refnet, recorded_step
from refnet.bench.timing import Job, Settings, in_turns, ratio
from refnet.bench.workloads import NETWORKS, Data, Workload
from refnet.kernels import choose, native_or_none

PAIR = ("binary64", "binary32")


def jobs(settings: Settings) -> list[Job]:
    """A job for each network and one for the largest matrix product; none without the C core. The number format of the
    settings is that of the other sections."""
    if not native_or_none():
        return []
    found = [Job("formats", each.name, 2 * settings.seconds, partial(step, each, settings)) for each in NETWORKS]
    largest = PRODUCTS[-1]
    return [*found, Job("formats", product_name(*largest), 2 * settings.seconds, partial(product, *largest, settings))]


def step(workload: Workload, settings: Settings) -> dict[str, Any]:
    """The line of a network: a training step of it, and the memory that it takes."""
    data = workloads.data(workload)
    pair = []
    for number in PAIR:
        pair.append(Refnet(workload, data, "c", number=number))
        pair[-1].name = number
    return _line(workload.name, pair, settings, {
        number: memory(workload, data, choose("c", number)) for number in PAIR
    })


def product(kind: str, kernel: str, m: int, n: int, k: int, settings: Settings) -> dict[str, Any]:
    """The line of a matrix product; its memory is that of its two operands and of its result."""
    operands = product_operands(kernel, m, n, k)
    pair = [product_in_c(number, kernel, operands, choose("c", number)) for number in PAIR]
    numbers = m * n + n * k + k * m
    return _line(product_name(kind, kernel, m, n, k), pair, settings, {
        "binary64": {"matrices": 8 * numbers}, "binary32": {"matrices": 4 * numbers},
    })


def memory(workload: Workload, data: Data, k: Any) -> dict[str, int]:
    """Bytes of the parameters, and of all matrices that a training step makes: the rows of its batch, activations,
    deltas and gradients. (`fit` keeps less, because it uses the space of each again after its last use.)"""
    network, recording = recorded_step(workload, data, k)
    return {
        "parameters": sum(each.value.nbytes for each in network.parameters.values()),
        "results": sum(each.nbytes for each in recording.results.values()),
    }


def _line(name: str, pair: list[Any], settings: Settings, held: dict[str, dict[str, int]]) -> dict[str, Any]:
    times = in_turns(pair, settings.seconds, 2 * settings.rounds, settings.tell)
    total = {number: sum(own.values()) for number, own in held.items()}
    return {"name": name, "times": times, "ratio": ratio(*(times[number] for number in reversed(PAIR))), "bytes": held,
            "bytes_of_all": total, "ratio_of_bytes": total["binary32"] / total["binary64"]}
