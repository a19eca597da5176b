"""Do two threads that look into traces of two number formats stay out of each other's way?"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

import refnet as rn
from refnet.trace.element import KERNELS, computed, named_number
from refnet.trace.explained import origins
from refnet.trace.explained.terms import inside

NUMBERS = ["bfloat16", "binary16"]
PATIENCE = 60  # seconds until a thread that waits in vain gives up


def steps():
    for number in NUMBERS:
        layers = [rn.Input(2), rn.Dense(1), rn.ReLU()]
        net = rn.Network(layers, number=number, backend="python", seed=1)
        net.weights, net.biases = [[[0.1, -0.7]]], [[0.7]]
        yield rn.traced(net, [[0.3, 0.13]]).only()


def together(kernel):
    """The kernel, so that both threads are in it at one time."""
    barrier = Barrier(len(NUMBERS))

    def run(*values):
        barrier.wait(PATIENCE)
        made = kernel(*values)
        barrier.wait(PATIENCE)
        return made

    return run


def test_elements_of_two_formats():
    kernels = {"affine": together(KERNELS["affine"])}

    def z(step):
        call = step.origins["dense1.z"][0]
        return computed(call, "", 0, 0, lambda name, i, j: named_number(call, name, i, j), kernels)

    both = list(steps())
    with ThreadPoolExecutor(len(NUMBERS)) as threads:
        found = list(threads.map(z, both))
    assert [float(value) for value in found] == [float(step["dense1.z"][0][0]) for step in both]


def written(term):
    return [(each.sign, each.name, float(each.value)) for each, _ in inside(term, False)]


@pytest.mark.parametrize("name, kernel", [("dense1.z", "affine"), ("relu1.o", "relu")])
def test_terms_of_two_formats(monkeypatch, name, kernel):
    both = list(steps())
    alone = [origins.Origins(step).term(name, 0, 0) for step in both]
    monkeypatch.setattr(origins.KERNELS, kernel, together(getattr(origins.KERNELS, kernel)))
    with ThreadPoolExecutor(len(NUMBERS)) as threads:
        found = list(threads.map(lambda step: origins.Origins(step).term(name, 0, 0), both))
    assert [written(term) for term in found] == [written(term) for term in alone]
