"""Which network should it be? Values, folds, seeds or sizes to try, a line of numbers for each, and the best."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, NamedTuple, Optional

from refnet import checks
from refnet.arithmetic.elementary import sqrt
from refnet.kernels.reference.sums import total_of
from refnet.model import Network
from refnet.optimizers.monitoring import is_better
from refnet.selection.fitting import Fit, Task
from refnet.selection.folds import seeds
from refnet.selection.tasks import Search
from refnet.selection.workers import outcomes


class Line(NamedTuple):
    """One choice of parameters and what became of it.

    score       what choices are compared by: a number of `validation` (of `training`, where there is no other)
    deviation   √(Σ(score of a fold − score)² / folds); 0 for a single fit
    training, validation  the means over the folds of what `evaluate` said: "loss" (without penalties), "accuracy", …
    fits        a Fit for each fold
    """

    parameters: dict[str, Any]
    score: float
    deviation: float
    training: dict[str, float]
    validation: dict[str, float]
    fits: list[Fit]


class Result(NamedTuple):
    """The table, a Line for each choice; print(result) shows it.

    best is the first of those that no other beats, None where no score is finite; network is its network, trained.
    """

    best: Optional[Line]
    network: Optional[Network]
    table: list[Line]
    score: str
    mode: str

    def __str__(self) -> str:
        rows = [[*self.table[0].parameters, f"training {self.score}", f"validation {self.score}", ""]]
        for line in self.table:
            told = [f"{value!r:.60}" for value in line.parameters.values()]
            told += [f"{each[self.score]:.6g}" if each else "–" for each in (line.training, line.validation)]
            told[-1] += f" ± {line.deviation:.3g}" if len(line.fits) > 1 else ""
            rows.append([*told, "best" if line is self.best else ""])
        widths = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join("  ".join(map(str.rjust, row, widths)).rstrip() for row in rows)


def grid(make: Any, parameters: dict[str, Any], inputs: Any, targets: Any, *, refit: bool = True,
         **arguments: Any) -> Result:
    """Fit a network with each combination of values; the best validates best (lecture 001, "How to choose λ?").

    make         a function of the parameters and of seed that returns a new Network; or an unfitted Network, of
                 which each fit gets a copy
    parameters   {name: values to try}; those of the last name change fastest. A name that is a setting of fit
                 (optimizer, penalty, batch_size, …) goes there, all others go to make; "seed" in place of the seed
    validation   (inputs, targets) to be judged by; or
    folds        so many parts of the examples validate in turn, the others train; the score is the mean. Then the
                 best is trained once more, on all examples; with refit=False it is not, and there is no network
    stratified   each fold has its share of each class
    score, mode  a name that evaluate answers with, "loss" or "accuracy", or a function such as metrics.f1; "min" or
                 "max" (default: "min" for what ends in "loss" or "error")
    metrics      further functions of (targets, outputs) to be measured
    sample_weight  a number for each example, for the training
    seed         of the folds, and of the networks: fold i has seeds(folds, seed)[i], so that choices of parameters
                 differ in nothing else. The first is the seed itself
    executor     who does the fits, see refnet.selection; default: as many processes as there are processors
    report       called with each Line, in order, as soon as it is there
    And loss, optimizer, epochs, batch_size, callbacks, …: settings of fit, of which each fit gets a copy. Its
    callbacks see the validation data after each epoch.

    Raises TypeError or ValueError before the first fit, FitError for one that fails.
    """
    if not isinstance(parameters, dict) or not parameters:
        raise TypeError(f"parameters: {parameters!r}; expected a dict {{name: values to try}}")
    values = [_listed(f"parameters[{name!r}]", each) for name, each in parameters.items()]
    points = [dict(zip(parameters, each)) for each in itertools.product(*values)]
    return _best(Search(make, points, inputs, targets, **arguments), refit)


def restarts(make: Any, times: int, inputs: Any, targets: Any, *, seed: int = 0, refit: bool = True,
             **arguments: Any) -> Result:
    """The best of so many fits from different random weights, a way out of local minima (lecture 003).

    That is a grid over "seed" with the values seeds(times, seed) and the same arguments. Without validation and folds
    the score is that of the training data.
    """
    points = [{"seed": each} for each in seeds(times, seed)]
    return _best(Search(make, points, inputs, targets, seed=seed, must_validate=False, **arguments), refit)


def cross_validate(make: Any, inputs: Any, targets: Any, *, folds: int = 5, **arguments: Any) -> Line:
    """How good is it on examples that it was not trained with? The mean over the folds; arguments as in grid."""
    checks.count("folds", folds, least=2)
    ((line, _),) = _lines(Search(make, [{}], inputs, targets, folds=folds, **arguments))
    return line


def learning_curve(make: Any, sizes: Iterable[int], inputs: Any, targets: Any, **arguments: Any) -> list[Line]:
    """J_train(m) and J_validation(m) for each m of `sizes` training examples (lecture 001, "Learning curves").

    line.training["loss"] is J_train, over those m examples; line.validation["loss"] is J_validation, over all that
    validate; both without penalties. line.parameters is {"examples": m}. Each m has the examples of the smaller ones
    and more, in an order that the seed decides. The arguments are those of grid.
    """
    several = _listed("sizes", sizes)
    search = Search(make, [{} for _ in several], inputs, targets, sizes=several, **arguments)
    return [line for line, _ in _lines(search)]


def _listed(name: str, values: Any) -> list[Any]:
    """Any values to try but text, as a list with at least one."""
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name}: {values!r}; expected a list of values to try")
    several = list(values)
    if not several:
        raise ValueError(f"{name}: no values; expected at least one to try")
    return several


def _best(search: Search, refit: bool) -> Result:
    """The table, the best of its lines and the network of that one."""
    refit = checks.choice("refit", refit, [True, False]) and search.folds is not None
    if refit:
        search.check_refit()
    best, network, table = None, None, []
    for line, its_network in _lines(search):
        table.append(line)
        if is_better(line.score, best.score if best else None, search.mode, 0.0):
            best, network = line, its_network
    if best and refit:
        last = Task(best.parameters, best.fits[0].seed, returns_network=True)
        problem = search.problem._replace(parts=[(None, None)])
        ((_, network),) = outcomes(problem, [last], search.executor)
    return Result(best, network, table, search.score, search.mode)


def _lines(search: Search) -> Iterator[tuple[Line, Optional[Network]]]:
    """A line for each point as soon as its fits are there, and the network of the last of them."""
    folds = len(search.problem.parts)
    # closed: what has not begun never will
    with closing(outcomes(search.problem, search.tasks, search.executor)) as found:
        for point, first in zip(search.points, search.tasks[::folds]):
            several = list(itertools.islice(found, folds))
            fits = [fit for fit, _ in several]
            scores = [(fit.validation or fit.training)[search.score] for fit in fits]
            score = _mean(scores)
            deviation = sqrt(_mean([(each - score) * (each - score) for each in scores]))
            parameters = point if first.size is None else {"examples": first.size}
            training, validation = _means([fit.training for fit in fits]), _means([fit.validation for fit in fits])
            line = Line(parameters, score, deviation, training, validation, fits)
            if search.report:
                search.report(line)
            yield line, several[-1][1]


def _means(results: list[dict[str, float]]) -> dict[str, float]:
    return {name: _mean([result[name] for result in results]) for name in results[0]}


def _mean(values: list[float]) -> float:
    return total_of(values) / len(values)
