"""Which fits have to be done? The arguments of a search are checked and become tasks before the first fit starts."""

import inspect
import itertools
from collections.abc import Callable
from typing import Any, Optional

from refnet import checks, training
from refnet.checks import shown
from refnet.checks.names import did_you_mean
from refnet.model import Network
from refnet.optimizers.monitoring import checked_mode
from refnet.selection.fitting import SETTINGS, Problem, Task, made, pair, portable
from refnet.selection.folds import k_folds, shuffled, stratified_folds
from refnet.selection.folds import seeds as derived_seeds
from refnet.selection.workers import check_executor, failed
from refnet.training.callbacks import as_callbacks
from refnet.training.examples import Examples
from refnet.training.metrics import MEASURES


class Search:
    """The tasks of a search, point after point, seed after seed of each point, and fold after fold of each.

    The arguments are those of `grid`. points: the parameters to try; sizes: how many examples train at each point.
    """

    def __init__(self, make: Any, points: list[dict[str, Any]], inputs: Any, targets: Any, *,
                 sizes: Optional[list[int]] = None, must_validate: bool = True, validation: Any = None,
                 folds: Optional[int] = None, stratified: bool = False, score: Any = "loss",
                 mode: Optional[str] = None, metrics: Any = None, sample_weight: Any = None, seed: int = 0,
                 seeds: int = 1, executor: Any = None, report: Optional[Callable[[Any], None]] = None,
                 **settings: Any) -> None:
        if (validation is None) == (folds is None) and (must_validate or folds is not None):
            raise ValueError(f"validation, folds: {'neither' if folds is None else 'both'} given; expected one of "
                             "validation=(inputs, targets) and, for example, folds=5")
        if report is not None and not callable(report):
            raise TypeError(f"report: {shown(report)}; expected a function that takes a Line")
        if checks.choice("stratified", stratified, [True, False]) and folds is None:
            raise ValueError("stratified: True without folds; expected, for example, folds=5")
        seed = checks.count("seed", seed, least=None)
        seeds = checks.count("seeds", seeds)
        if seeds > 1 and ("seed" in points[0] or isinstance(make, Network)):
            is_twice = "seed" in points[0]
            why = "'seed' in the parameters too" if is_twice else "a Network for make, whose copies are alike"
            raise ValueError(f"seeds: {seeds} with {why}; expected a function of `seed` for make, and seeds once")
        check_executor(executor)
        _check_settings(settings, points)
        _check_maker(make, points[0])
        self.points, self.folds, self.executor, self.report = points, folds, executor, report

        # A network that is not trained: whatever does not fit it is an error now, not in the first fit.
        first = Task(points[0], points[0].get("seed", seed))
        try:
            self.network = made(make, *first[:2])
        except Exception as error:
            raise failed(first, error) from error
        finite = not settings.get("allow_nonfinite", False)
        examples = Examples(self.network, inputs, targets, finite)
        examples.weigh(sample_weight, None)
        if validation is not None:
            if not isinstance(validation, (tuple, list)) or len(validation) != 2:
                raise TypeError(f"validation: {type(validation).__name__}; expected (inputs, targets)")
            Examples(self.network, validation[0], validation[1], finite, "validation ")
            validation = self._tables(*validation)
        parts = _parts(examples, folds, stratified, seed)
        if sizes is not None:
            everything = [*range(examples.rows)]
            parts = [(shuffled(rows or everything, seed), held_out) for rows, held_out in parts]
            most = min(len(rows) for rows, _ in parts)
            for size in sizes:
                if checks.count("sizes", size) > most:
                    raise ValueError(f"sizes: {shown(size)}; allowed: whole numbers from 1 to {most}, the number of "
                                     "training examples")
        metrics = training.checked_metrics(self.network, metrics, True)
        if callable(score):
            metrics += training.checked_metrics(self.network, score, True)
            score = score.__name__
        weights = None if sample_weight is None else portable("sample_weight", sample_weight)
        self.problem = Problem(make, settings, *self._tables(inputs, targets), weights, parts, validation, metrics)
        names = self._names()
        if isinstance(score, str) and score in MEASURES and score not in names:
            metrics.append(MEASURES[score])
            names.append(score)
        self.score = checks.choice("score", score, names)
        self.mode = checked_mode(mode, self.score)
        self.fits = seeds * len(parts)  # of each point
        self.tasks = [
            Task(point, each, i % len(parts), size, returns_network=folds is None and i == 0)
            for point, size in zip(points, sizes or itertools.repeat(None))
            for i, each in enumerate(derived_seeds(self.fits, point.get("seed", seed)))
        ]

    def check_refit(self) -> None:
        """Raise ValueError if a callback or a schedule needs validation data, which the last fit does not have."""
        for settings in (self.problem.settings, *self.points):
            schedule = getattr(settings.get("optimizer"), "schedule", None)
            for watcher in [*as_callbacks(settings.get("callbacks") or []), schedule]:
                if getattr(watcher, "monitor", "").startswith("validation_"):
                    raise ValueError(f"refit: True, but {watcher!r} needs validation data, and training on all "
                                     "examples leaves none; allowed: refit=False")

    def _tables(self, inputs: Any, targets: Any) -> tuple[list[Any], list[Any]]:
        """A list of tables for the inputs and one for the targets, a table for each input or output of the network."""
        network = self.network
        return ([portable("inputs", x) for x in (inputs if len(network.input_units) > 1 else [inputs])],
                [portable("targets", y) for y in (targets if len(network.output_units) > 1 else [targets])])

    def _names(self) -> list[str]:
        """The names in the result of `evaluate`, from a call with the first example."""
        problem = self.problem
        loss = {**problem.settings, **self.points[0]}.get("loss")
        found = training.evaluate(self.network, *pair(problem.inputs, problem.targets, [0]), loss)
        return [*found, *(metric.__name__ for metric in problem.metrics)]


ARGUMENTS = [name for name, each in inspect.signature(Search).parameters.items() if each.kind is each.KEYWORD_ONLY]


def _check_settings(settings: dict[str, Any], points: list[dict[str, Any]]) -> None:
    for name in settings:
        if name not in SETTINGS:
            raise TypeError(f"{name}: neither an argument of this search nor a setting of fit; settings of fit are "
                            f"{', '.join(SETTINGS)}{did_you_mean(name, [*SETTINGS, *ARGUMENTS])}")
        if name in points[0]:
            raise ValueError(f"{name}: given for all fits and in parameters; expected one of the two")
    for optimizer in [settings.get("optimizer"), *(point.get("optimizer") for point in points)]:
        if not getattr(optimizer, "is_unused", True):
            raise ValueError(f"optimizer: this {type(optimizer).__name__} belongs to a network; expected a new one, "
                             "which is copied for each fit")
    for point in points:
        if "seed" in point:
            checks.count("seed", point["seed"], least=None)


def _check_maker(make: Any, parameters: dict[str, Any]) -> None:
    own = [name for name in parameters if name not in SETTINGS]
    if isinstance(make, Network):
        if own:
            raise TypeError(f"make: a Network, so parameters can only be settings of fit, not {', '.join(own)}")
        return
    if not callable(make):
        raise TypeError(f"make: {shown(make)}; expected a function that returns a new Network, or an untrained Network")
    arguments = dict.fromkeys([*own, "seed"])
    try:
        signature = inspect.signature(make)
    except (TypeError, ValueError):  # some callables written in C have none
        return
    try:
        signature.bind(**arguments)
    except TypeError as error:
        name = getattr(make, "__name__", type(make).__name__)
        taken = [*signature.parameters, *SETTINGS]
        hints = "".join(did_you_mean(each, taken) for each in own if each not in taken)
        raise TypeError(f"make: {name}{signature} is called with {', '.join(arguments)}: {error}{hints}") from None


def _parts(examples: Examples, folds: Optional[int], stratified: bool, seed: int) -> list[tuple[Any, Any]]:
    """(rows that train, rows that validate) of each fold, in ascending order; without folds one (None, None)."""
    if folds is None:
        return [(None, None)]
    if stratified:
        outputs = zip(*(each.rows.tolist() for each in examples.targets))
        labels = [tuple(itertools.chain.from_iterable(rows)) for rows in outputs]
        held_out = stratified_folds([label if len(label) > 1 else label[0] for label in labels], folds, seed)
    else:
        held_out = k_folds(examples.rows, folds, seed)
    return [(sorted(i for rows in held_out if rows is not fold for i in rows), fold) for fold in held_out]
