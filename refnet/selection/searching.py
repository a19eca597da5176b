"""Which network should it be? Parameters, folds, seeds or sizes to try, a line of results for each, and the best."""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, NamedTuple, Optional

from refnet import checks
from refnet.arithmetic.elementary import sqrt
from refnet.checks.settings import brief
from refnet.kernels.reference.sums import total_of
from refnet.model import Network
from refnet.optimizers.monitoring import is_better
from refnet.selection.fitting import Fit, Task
from refnet.selection.folds import seeds
from refnet.selection.tasks import Search
from refnet.selection.workers import outcomes


class Line(NamedTuple):
    """One choice of parameters and its results.

    score       the number to compare by, out of `validation` (out of `training` if there is no validation)
    deviation   √(Σ(score of a fit − score)² / fits); 0 for a single fit
    training, validation  what `evaluate` returns, means over the fits: "loss" (without penalties), "accuracy", …
    fits        a Fit for each fold; with seeds=… the folds of the first seed, then of the second, …

    print(line), and so report=print, leaves out the histories of the fits.
    """

    parameters: dict[str, Any]
    score: float
    deviation: float
    training: dict[str, float]
    validation: dict[str, float]
    fits: list[Fit]

    def __repr__(self) -> str:
        words = [f"{name}={brief(value):.60}" for name, value in self.parameters.items()]
        words.append(f"score {self.score:.6g}" + (f" ± {self.deviation:.3g}" if len(self.fits) > 1 else ""))
        for name, found in (("training", self.training), ("validation", self.validation)):
            words += [f"{name} {what} {value:.6g}" for what, value in found.items()]
        return f"Line({', '.join(words)}, {checks.counted(len(self.fits), 'fit')})"


class Result(NamedTuple):
    """The table, a Line for each choice of parameters; print(result) shows it.

    best     the line with the best score, the first of equals; None if no score is finite
    network  the trained network of `best`, or None
    """

    best: Optional[Line]
    network: Optional[Network]
    table: list[Line]
    score: str
    mode: str

    def __repr__(self) -> str:
        rows = [[*self.table[0].parameters, f"training {self.score}", f"validation {self.score}", ""]]
        columns = [_apart([brief(value) for value in column])
                   for column in zip(*(line.parameters.values() for line in self.table))]
        for line, values in zip(self.table, zip(*columns)):
            cells = [*values]
            cells += [f"{each[self.score]:.6g}" if each else "–" for each in (line.training, line.validation)]
            cells[-1] += f" ± {line.deviation:.3g}" if len(line.fits) > 1 else ""
            rows.append([*cells, "best" if line is self.best else ""])
        widths = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join("  ".join(map(str.rjust, row, widths)).rstrip() for row in rows)


def _apart(texts: list[str]) -> list[str]:
    """Texts for a column, cut at 60 characters, unless different ones would look the same."""
    cut = [f"{text:.60}" for text in texts]
    return cut if len(set(cut)) == len(set(texts)) else texts


def grid(make: Any, parameters: dict[str, Any], inputs: Any, targets: Any, *, refit: bool = True,
         **arguments: Any) -> Result:
    """Fit a network with each combination of values and find the best score (lecture 001, "How to choose λ?").

    make         a function of the parameters and `seed` that returns a new Network; or an untrained Network, which
                 is copied for each fit
    parameters   {name: values to try}; the values of the last name change fastest. Settings of fit (optimizer,
                 penalty, batch_size, …) are passed to fit, all other names to make; "seed" replaces `seed`
    validation   (inputs, targets) to score with; or
    folds        the number of parts of the examples. Each part validates once while the others train; the score is
                 the mean. Then the best is trained again on all examples; not if refit=False: network is then None
    stratified   whether each fold gets its share of each class
    score, mode  a name in the result of evaluate, "loss" or "accuracy", or a metric, "f1", or a function of one's own;
                 "min" or "max" (default: as the name says, where it is one of refnet's)
    metrics      more of them to evaluate
    sample_weight  a number for each example, used in training
    seed         for the folds and the networks: the network of fold i gets seeds(folds, seed)[i], the same for all
                 parameters. The first of them is `seed` itself
    seeds        how many times each choice is tried, in the same folds, each time with the next seeds of
                 seeds(seeds·folds, seed): the score is the mean, and `network` that of the first seed, not the
                 luckiest. Not with "seed" in parameters, nor with a Network for make
    executor     where the fits run, see refnet.selection; default: one process for each processor
    report       called with each Line, in order, as soon as its fits are done
    Further arguments (loss, optimizer, epochs, batch_size, callbacks, …) are settings of fit; each fit gets copies.
    Its callbacks see the validation data after each epoch.

    Raises TypeError or ValueError before the first fit, FitError if a fit fails.
    """
    if not isinstance(parameters, dict) or not parameters:
        raise TypeError(f"parameters: {checks.shown(parameters)}; expected a dict {{name: values to try}}")
    values = [_listed(f"parameters[{checks.shown(name)}]", each) for name, each in parameters.items()]
    points = [dict(zip(parameters, each)) for each in itertools.product(*values)]
    return _best(Search(make, points, inputs, targets, **arguments), refit)


def restarts(make: Any, times: int, inputs: Any, targets: Any, *, seed: int = 0, refit: bool = True,
             **arguments: Any) -> Result:
    """The best of `times` fits from different random weights, a way out of local minima (lecture 003).

    It is a grid over "seed" with the values seeds(times, seed), and takes the same arguments. Without validation and
    folds the score is computed on the training data. The best of them is the luckiest: to compare choices, give grid
    or cross_validate seeds=… instead.
    """
    points = [{"seed": each} for each in seeds(times, seed)]
    return _best(Search(make, points, inputs, targets, seed=seed, must_validate=False, **arguments), refit)


def cross_validate(make: Any, inputs: Any, targets: Any, *, folds: int = 5, **arguments: Any) -> Line:
    """How good is a network on examples that it was not trained with? A Line of means; arguments as in grid."""
    checks.count("folds", folds, least=2)
    ((line, _),) = _lines(Search(make, [{}], inputs, targets, folds=folds, **arguments))
    return line


def learning_curve(make: Any, sizes: Iterable[int], inputs: Any, targets: Any, **arguments: Any) -> list[Line]:
    """J_train(m) and J_validation(m) for each m of `sizes` training examples (lecture 001, "Learning curves").

    line.parameters is {"examples": m}; line.training["loss"] is J_train over these m examples, line.validation["loss"]
    is J_validation over all validation examples, both without penalties. A larger m keeps the examples of a smaller
    one and adds more, in an order that depends on the seed. The other arguments are those of grid.
    """
    listed = _listed("sizes", sizes)
    search = Search(make, [{} for _ in listed], inputs, targets, sizes=listed, **arguments)
    return [line for line, _ in _lines(search)]


def _listed(name: str, values: Any) -> list[Any]:
    """The values to try as a list. Raises TypeError for text, a dict or a single value, ValueError for no values."""
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name}: {checks.shown(values)}; expected a list of values to try")
    listed = list(values)
    if not listed:
        raise ValueError(f"{name}: no values; expected at least one to try")
    return listed


def _best(search: Search, refit: bool) -> Result:
    """The table, its best line and the network of that line."""
    refit = checks.choice("refit", refit, [True, False]) and search.folds is not None
    if refit:
        search.check_refit()
    best, network, table = None, None, []
    for line, line_network in _lines(search):
        table.append(line)
        if is_better(line.score, best.score if best else None, search.mode, 0.0):
            best, network = line, line_network
    if best and refit:
        last = Task(best.parameters, best.fits[0].seed, returns_network=True)
        problem = search.problem._replace(parts=[(None, None)])
        ((_, network),) = outcomes(problem, [last], search.executor)
    return Result(best, network, table, search.score, search.mode)


def _lines(search: Search) -> Iterator[tuple[Line, Optional[Network]]]:
    """A line for each point as soon as its fits are done, and the network of the first of them."""
    # Closing cancels the fits that have not started.
    with closing(outcomes(search.problem, search.tasks, search.executor)) as found:
        for point, first in zip(search.points, search.tasks[:: search.fits]):
            of_point = list(itertools.islice(found, search.fits))
            fits = [fit for fit, _ in of_point]
            scores = [(fit.validation or fit.training)[search.score] for fit in fits]
            score = _mean(scores)
            deviation = sqrt(_mean([(each - score) * (each - score) for each in scores]))
            parameters = point if first.size is None else {"examples": first.size}
            training, validation = _means([fit.training for fit in fits]), _means([fit.validation for fit in fits])
            line = Line(parameters, score, deviation, training, validation, fits)
            if search.report:
                search.report(line)
            yield line, of_point[0][1]


def _means(results: list[dict[str, float]]) -> dict[str, float]:
    return {name: _mean([result[name] for result in results]) for name in results[0]}


def _mean(values: list[float]) -> float:
    return total_of(values) / len(values)
