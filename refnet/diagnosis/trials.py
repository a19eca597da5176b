"""What happens if it is tried? Rates by factors, and a handful of rows by heart, each on a copy of the network."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple, Optional

from refnet import checks
from refnet.arithmetic.formats import BINARY64
from refnet.data import column_statistics
from refnet.diagnosis.case import Case, as_given, check_one_output, some
from refnet.diagnosis.costs import checked_optimizer, summary
from refnet.diagnosis.limits import count, limit
from refnet.kernels.choosing import format_of
from refnet.kernels.rounded import TIMES_LONGER
from refnet.layers import Dense, Input, Layer, Standardize, activations
from refnet.losses import checked_objective
from refnet.model import Network
from refnet.optimizers import Adam
from refnet.parameters import Glorot, He
from refnet.training.evaluation import evaluated
from refnet.training.examples import Examples

FACTORS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 1e5)
TRIES = 7.0  # the work of learning by heart: the own size three times, and one of four times the units
WIDE_TRIES = 27.0  # the same, for three larger ones, each of eight times the work


class Trial(NamedTuple):
    """A short training at `factor` times the network's rate: the loss before and after it."""

    factor: float
    rate: float
    before: float
    after: float


def range_test(network: Any, inputs: Any, targets: Any, loss: Any = None, optimizer: Any = None,
               factors: Iterable[float] = FACTORS, steps: int = 40) -> list[Trial]:
    """How a network learns at other rates: a short training of a copy for each factor of its rate.

    loss, optimizer  as in `fit`; default: the network's, else the default for the last layer, and SGD()
    factors          the rates as multiples of the optimizer's
    steps            training steps in each trial, of at most 32 rows each, from 256 rows from all over

    Too small a rate leaves the loss where it is, too large a one raises it (lecture 002, "Debugging Training";
    L. Smith, Cyclical learning rates for training neural networks, WACV 2017). Returns a Trial for each factor. The
    network stays as it is. Raises TypeError or ValueError as `fit` does, if a factor is not above 0, and for
    a network with several outputs.
    """
    check_one_output("range_test", network)
    factors = [checks.number(f"factors[{i}]", each, above=0) for i, each in enumerate(factors)]
    steps = checks.count("steps", steps)
    given = checked_optimizer(network, optimizer)
    examples = Examples(network, inputs, targets, finite=True)
    case = Case(network, examples, checked_objective(network, loss, examples.targets), given)
    return [trial(case, factor, steps)[0] for factor in factors]


def trial(case: Case, factor: float, steps: int) -> tuple[Trial, Any]:
    """A Trial, and the copy that has been trained in it."""
    twin = case.twin()
    rate = twin.optimizer.rate_at(twin.epoch) * factor
    twin.optimizer.schedule = rate
    batch = min(count("trial batch"), case.sample.rows)
    each_epoch = case.sample.rows // batch
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it diverges is what the trial may show
        twin.fit(case.inputs, case.targets, epochs=-(-steps // each_epoch), batch_size=batch, callbacks=[],
                 drop_last=True)
        after = evaluated(twin, case.sample, case.objective, [])["loss"]
    return Trial(factor, rate, case.loss, after), twin


def multiplications(case: Case) -> float:
    """Of a training step of the network, for each row: they decide whether it can be tried in a few seconds."""
    rows = count("trial batch")
    found = summary(case.network, rows, case.objective, copy.deepcopy(case.optimizer))
    return found.total.step.multiplications / rows


def is_too_much(k: Any, work: float) -> str:
    """Why this many multiplications are not tried with the kernels k; "" if they are."""
    kind = "C" if getattr(k, "records", False) else "Python"
    most = limit(f"{kind} multiplications")
    if kind == "Python" and format_of(k) != BINARY64:
        most /= TIMES_LONGER
    return f"{work:.2g} multiplications; at most {most:.2g} are tried in {kind}" if work > most else ""


class Learnt(NamedTuple):
    """The losses of a handful of rows after learning them by heart: of this size of network, and of a larger one."""

    rows: int
    constant: float
    own: float
    larger: float
    sizes: tuple[list[int], list[int]]


def by_heart(case: Case) -> Optional[Learnt]:
    """Whether a fresh network of this size learns a handful of rows, and a larger one. None if it is no chain of
    Dense layers and activations.

    Both start from good weights and standardised inputs, so that only their size decides. The own size has three tries,
    if it needs them and the larger one can do it.
    """
    sizes = _hidden(case.network)
    if sizes is None:
        return None
    handful = _alike(case.examples, count("handful"))
    larger = _larger(sizes)
    other, constant = _learnt(case, handful, larger, 1)
    own = math.inf
    for seed in (1, 2, 3):
        if own > limit("cannot learn") * constant and other < limit("can learn") * constant:
            own = min(own, _learnt(case, handful, sizes, seed)[0])
    return Learnt(handful.rows, constant, own, other, (sizes, larger))


class Compared(NamedTuple):
    """The least losses on unseen rows of this size of network and of a larger one, in three tries of each."""

    rows: int
    own: float
    larger: float
    sizes: tuple[list[int], list[int]]


def on_unseen_rows(case: Case) -> Optional[Compared]:
    """What this size of network, and a larger one, make of rows that they have not seen, after learning others.

    None as for `by_heart`. Whoever learns noise by heart gains nothing here.
    """
    sizes = _hidden(case.network)
    if sizes is None:
        return None
    rows = some(case.examples, count("wide rows"))
    order, labels = list(range(rows.rows)), rows.labels()
    if labels is not None:
        order.sort(key=labels.__getitem__)
    seen, unseen = rows.part(sorted(order[0::3] + order[1::3])), rows.part(sorted(order[2::3]))
    larger = _larger(sizes)
    least = [min(Case(_fresh(case, seen, each, seed, count("wide steps")), unseen, case.objective, None).loss
                 for seed in (1, 2, 3)) for each in (sizes, larger)]
    return Compared(unseen.rows, least[0], least[1], (sizes, larger))


def _larger(sizes: list[int]) -> list[int]:
    return [max(16, 4 * units) for units in sizes] or [16]


def _alike(examples: Examples, most: int) -> Examples:
    """At most this many rows, of each class as many as of the others as long as there are some."""
    labels = examples.labels()
    if labels is None:
        return some(examples, most)
    seen: dict[int, int] = {}
    turns = []
    for i, label in enumerate(labels):
        turns.append((seen.setdefault(label, 0), label, i))  # the first of each class, then the second of each, …
        seen[label] += 1
    return examples.part(sorted(i for _, _, i in sorted(turns)[:most]))


def _hidden(network: Any) -> Optional[list[int]]:
    """The units of the hidden Dense layers of a chain; None if it has layers of which a larger one cannot be made."""
    last = [i for i, layer in enumerate(network.layers) if isinstance(layer, Dense)][-1:]
    if not last or any(parents != (i - 1,)[:i] for i, parents in enumerate(network.parents)):
        return None
    if any(layer.is_users_own for layer in network.layers):
        return None
    return [layer.units for layer in network.layers[: last[0]] if isinstance(layer, Dense)]


def _learnt(case: Case, handful: Examples, sizes: list[int], seed: int) -> tuple[float, float]:
    """(loss on the handful after learning it by heart, loss of the constant answer)"""
    learnt = Case(_fresh(case, handful, sizes, seed, count("handful steps")), handful, case.objective, None)
    return learnt.loss, learnt.constant


def _fresh(case: Case, examples: Examples, sizes: list[int], seed: int, steps: int) -> Any:
    """A new network with hidden layers of these sizes that has learnt the examples in so many steps of all of them."""
    network = case.network
    inputs, targets = as_given(examples)
    rows = case.k.tolist(next(examples.in_order(case.k, examples.rows)).inputs[0])
    shaped = [layer for layer in network.layers if type(layer).__module__ == activations.__name__]
    dense = [i for i, layer in enumerate(network.layers) if isinstance(layer, Dense)]
    hidden = [layer for layer in shaped if network.layers.index(layer) < dense[-1]]
    layers: list[Any] = [Input(network.inputs), Standardize(*column_statistics(rows))]
    for number, units in enumerate(sizes):
        kind: Layer = hidden[min(number, len(hidden) - 1)] if hidden else activations.Tanh()
        weights = He() if kind.smallest == 0.0 and kind.largest == math.inf else Glorot()
        layers += [Dense(units, weights=weights), _again(kind)]
    layers += [Dense(network.layers[dense[-1]].units), *map(_again, network.layers[dense[-1] + 1 :])]
    fresh = Network(layers, case.binary64, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fresh.fit(inputs, targets, loss=copy.deepcopy(case.objective), optimizer=Adam(0.03),
                  epochs=steps, batch_size=examples.rows, shuffle=False)
    return fresh


def _again(layer: Layer) -> Layer:
    """A new layer with the same settings."""
    return type(layer)(**{name: getattr(layer, name) for name in layer.settings})
