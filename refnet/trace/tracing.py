"""How does one get a trace? Of a step on a copy of a network, or of all that happens in a block.

    trace = refnet.traced(net, x, y, optimizer=SGD(0.2))      # one training step of a copy: net stays as it is
    trace = refnet.traced(net, x)                             # a forward pass
    with refnet.tracing(net) as trace:                        # whatever happens here, step by step
        net.fit(x, y, epochs=3)
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Optional

from refnet import checks
from refnet.optimizers import Optimizer
from refnet.trace.recording import Recorder
from refnet.trace.steps import Trace
from refnet.training.examples import rows_or_one


def traced(network: Any, inputs: Any, targets: Any = None, *, loss: Any = None, optimizer: Any = None, steps: int = 1,
           training: Optional[bool] = None, layers: Any = None) -> Trace:
    """The trace of a forward pass, or with targets of training steps on all these rows, on a copy of the network.

    inputs     rows, or the numbers of one row, [0.1, 0.9]; NaN and infinity are allowed
    targets    as `net.loss` takes them; for one row its target, [0.9]
    loss       default: the loss used last, else the default for the last layer
    optimizer  one that is not in use yet, or one of the network's, of which a copy goes on; default: the network's, and
               if it has none the step ends with the gradients
    steps      how many training steps, each on all the rows
    training   whether a forward pass without targets is one of training, with dropout and the like (default: it is not)
    layers     names of layers, ["dense1"]: only their calls and numbers are kept; default: all

    Raises TypeError or ValueError if the rows do not fit the network, a layer is not its own, or the optimizer belongs
    to another network.
    """
    steps = checks.count("steps", steps)
    twin = copy.deepcopy(network)
    inputs, targets = rows_or_one(twin, inputs, targets)
    if isinstance(optimizer, Optimizer):
        own = [id(each) for each in network.optimizers]
        optimizer = twin.optimizers[own.index(id(optimizer))] if id(optimizer) in own else _unused(optimizer, network)
    elif optimizer is not None:
        raise TypeError(f"optimizer: {checks.shown(optimizer)}; allowed: optimizers such as SGD(0.1)")
    optimizer = optimizer or twin.optimizer
    if training is not None:
        training = checks.choice("training", training, [True, False])
    with tracing(twin, layers) as trace:
        if targets is None:
            twin.forward(inputs, training=bool(training))
            return trace
        if optimizer:
            optimizer.attach(twin)
        for _ in range(steps):
            if optimizer:
                optimizer.before_forward(twin)
            twin.forward(inputs, training=training is not False)
            twin.loss(targets, loss)
            twin.backward()
            if optimizer:
                optimizer.update(twin)
    return trace


def _unused(optimizer: Any, network: Any) -> Any:
    optimizer.check_free(network)
    return copy.deepcopy(optimizer)


@contextmanager
def tracing(network: Any, layers: Any = None) -> Iterator[Trace]:
    """While this block runs, all that the network computes is written down, in `fit`, `predict` or a loop by hand.

    layers: names of layers, ["dense1"]; only their calls and numbers are kept. Every kernel is called by Python, as in
    a loop by hand; no bit of the network changes by it. Raises ValueError if the network is being trained, or for the
    name of a layer that it does not have.
    """
    known = [layer.name for layer in network.layers]
    chosen = None if layers is None else [checks.choice("layers", name, known) for name in _listed(layers)]
    before, recorder = network.k, Recorder(network, chosen)
    network.to(recorder)
    recorder.listen()
    try:
        yield recorder.trace
    finally:
        recorder.end()
        if network.k is recorder:
            network.to(before)


def _listed(layers: Any) -> list[Any]:
    return [layers] if isinstance(layers, str) else list(layers)
