"""What is one fit, wherever it runs? A task goes in, numbers and the network come out."""

import copy
import inspect
from typing import Any, NamedTuple, Optional

from refnet import training
from refnet.checks import counted, shown
from refnet.data import ByteMatrix, door
from refnet.model import Network
from refnet.optimizers import Schedule

# The arguments of fit that a search hands on, the same for all fits or among the values to try.
SETTINGS = [
    name for name, argument in inspect.signature(training.fit).parameters.items()
    if argument.kind is argument.KEYWORD_ONLY
    and name not in ("seed", "validation", "metrics", "sample_weight", "progress", "report")
]


class Problem(NamedTuple):
    """What all fits of a search have in common.

    make             a function that returns a new Network, or a Network to copy
    inputs, targets  a list of tables, one for each input or output of the network
    parts            for each fold (rows that train, rows that validate); without folds one (None, None): all, none
    validation       separate (inputs, targets), as lists of tables, or None
    """

    make: Any
    settings: dict[str, Any]
    inputs: list[Any]
    targets: list[Any]
    sample_weight: Any
    parts: list[tuple[Optional[list[int]], Optional[list[int]]]]
    validation: Optional[tuple[list[Any], list[Any]]]
    metrics: list[Any]


class Task(NamedTuple):
    """What one fit has of its own. part: its index in Problem.parts; size: how many rows train (None: all)."""

    parameters: dict[str, Any]
    seed: int
    part: int = 0
    size: Optional[int] = None
    returns_network: bool = False

    def __str__(self) -> str:
        words = [f"{name}={shown(value)}" for name, value in self.parameters.items() if name != "seed"]
        words += [] if self.size is None else [f"examples={self.size}"]
        return ", ".join([*words, f"seed {self.seed}, fold {self.part}"])


class Fit(NamedTuple):
    """The result of one fit. training, validation: what `evaluate` returns for these rows after the training."""

    seed: int
    training: dict[str, float]
    validation: dict[str, float]
    history: dict[str, list[float]]
    fingerprint: str

    def __repr__(self) -> str:
        epochs = counted(len(self.history.get("loss", ())), "epoch")
        words = f"seed={self.seed}, training={self.training}, validation={self.validation}, history of {epochs}"
        return f"Fit({words}, fingerprint={self.fingerprint[:12]}…)"


def run(problem: Problem, task: Task) -> tuple[Fit, Optional[Network]]:
    """Make the network, train it, evaluate it. The result does not depend on where, when or beside what this runs."""
    network = made(problem.make, task.parameters, task.seed)
    # An optimizer belongs to one network, the state of a callback to one training: each fit gets copies.
    settings = copy.deepcopy(problem.settings)
    settings.update(copy.deepcopy({name: v for name, v in task.parameters.items() if name in SETTINGS}))
    rows, held_out = problem.parts[task.part]
    if task.size is not None and rows is not None:
        rows = sorted(rows[: task.size])
    examples = pair(problem.inputs, problem.targets, rows)
    validation = pair(*problem.validation) if problem.validation else None
    if held_out is not None:
        validation = pair(problem.inputs, problem.targets, held_out)
    weights = None if problem.sample_weight is None else taken(problem.sample_weight, rows)
    # Without validation after each epoch, many epochs run in one call.
    if validation and is_watched(settings):
        settings.update(validation=validation, metrics=problem.metrics)
    history = training.fit(network, *examples, sample_weight=weights, **settings)
    results = [training.evaluate(network, *each, metrics=problem.metrics) for each in (examples, validation) if each]
    fit = Fit(task.seed, results[0], results[1] if validation else {}, history, network.fingerprint())
    return fit, network if task.returns_network else None


def made(make: Any, parameters: dict[str, Any], seed: int) -> Network:
    """A copy if make is a Network, else make(…, seed=seed) with the parameters that are not settings of fit."""
    if isinstance(make, Network):
        return copy.deepcopy(make)
    own = {name: value for name, value in parameters.items() if name not in SETTINGS and name != "seed"}
    network = make(**own, seed=seed)
    if not isinstance(network, Network):
        raise TypeError(f"make: it returned {shown(network)}; expected a Network")
    if network.progress.step:  # the same network again would carry training over from fit to fit
        done = counted(network.epoch, "epoch")
        raise ValueError(f"make: it returned a network that is already trained ({done}); expected a new one each time")
    return network


def is_watched(settings: dict[str, Any]) -> bool:
    """Whether a callback or the rate's schedule looks at each epoch."""
    schedule = getattr(settings.get("optimizer"), "schedule", None)
    observes = isinstance(schedule, Schedule) and type(schedule).observe is not Schedule.observe
    return observes or bool(settings.get("callbacks"))


def taken(data: Any, rows: Optional[list[int]]) -> Any:
    """These rows of a list, an array or a ByteMatrix; None means all."""
    if rows is None:
        return data
    if isinstance(data, ByteMatrix):
        return data.take(rows)
    return [data[i] for i in rows] if isinstance(data, (list, tuple)) else data[rows]


def portable(name: str, data: Any) -> Any:
    """Data whose rows can be taken and that can be pickled: a list, a tuple, a ByteMatrix or a NumPy array."""
    table = door.listed(name, data)
    return door.as_list(name, table) if isinstance(table, memoryview) else table


def pair(inputs: list[Any], targets: list[Any], rows: Optional[list[int]] = None) -> tuple[Any, Any]:
    """Inputs and targets as fit takes them: a list of tables if the network has several inputs or outputs."""
    x, y = ([taken(table, rows) for table in tables] for tables in (inputs, targets))
    return x if len(x) > 1 else x[0], y if len(y) > 1 else y[0]
