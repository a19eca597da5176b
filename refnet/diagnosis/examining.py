"""What ails a network? Lecture 002's "Debugging Training", sickness by sickness, with figures and what to try."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Optional

from refnet.checks import counted, shown
from refnet.diagnosis.case import Case, as_given, check_one_output, first_not_finite, some, spread
from refnet.diagnosis.costs import checked_optimizer
from refnet.diagnosis.findings import Examination, Finding
from refnet.diagnosis.limits import count, limit
from refnet.diagnosis.remedies import remedies
from refnet.diagnosis.rows import arriving, unbalanced, unfit_targets
from refnet.diagnosis.trials import (
    FACTORS,
    TRIES,
    WIDE_TRIES,
    Trial,
    by_heart,
    is_too_much,
    multiplications,
    on_unseen_rows,
    trial,
)
from refnet.diagnosis.units import sick_units
from refnet.losses import checked_objective
from refnet.training.evaluation import evaluated
from refnet.training.examples import Examples
from refnet.training.gradients import as_binary64, compared


def diagnose(network: Any, inputs: Any, targets: Any, *, loss: Any = None, optimizer: Any = None, history: Any = None,
             validation: Any = None) -> Examination:
    """What is wrong with a network, fresh or trained, and what to try? (lecture 002, "Debugging Training")

    inputs, targets  the rows it is trained with, as `fit` takes them
    loss, optimizer  as in `fit`; default: the network's, else the default for the last layer, and SGD()
    history          what `fit` has returned; default: net.history
    validation       (inputs, targets) that training does not see: is anything learnt that is true of them?

    Looked for: diverging; wrong gradient; equal weights; inputs and targets not standardised, targets out of range;
    classes unbalanced; dead, saturated and correlated units, units that ignore their input; vanishing gradients; rate
    too small, too large; network too small; constant answer; nothing learnt; overfitting. refnet.diagnosis.LIMITS has
    the limit of each figure with its reason.

    Returns an Examination: true if anything was found; `names`, `findings`; print() shows it in words. Sicknesses lead
    to one another (inputs of 1000 saturate units): try what stands first.
    Everything is tried on copies: the network stays as it is, to the last bit. Raises TypeError or ValueError as `fit`
    does, and for a network with several outputs.
    """
    check_one_output("diagnose", network)
    given = checked_optimizer(network, optimizer)
    examples = Examples(network, inputs, targets, finite=True)
    objective = checked_objective(network, loss, examples.targets)
    held_out = _held_out(network, validation, examples)
    losses, unseen = _losses(network.history if history is None else history)
    case = Case(network, examples, objective, given)
    left_out: dict[str, str] = {}
    findings = [*unbalanced(case), *unfit_targets(case)]
    sick = first_not_finite(network)
    if sick:
        findings.append(Finding("diverging", sick, {}, "it holds numbers that are NaN or infinite; nothing else can be "
                                                       "looked for"))
    else:
        findings += [*_history(case, losses), *_looked_at(case)]
        work, has_diverged = multiplications(case), any(each.name == "diverging" for each in findings)
        findings += [*_tried(case, work, left_out, has_diverged)]
        findings += [*_size(case, work, left_out), *_overfitting(case, held_out), *_rising(case, losses, unseen)]
        findings += [*_unlearnt(case, {each.name for each in findings})]
    once = {(each.name, each.layer): each for each in reversed(findings)}
    names = {each.name for each in findings}
    findings = [each._replace(remedies=remedies(each.name, case, names)) for each in reversed(once.values())]
    return Examination(findings, case.sample.rows, case.loss, case.constant, left_out)


def _held_out(network: Any, validation: Any, examples: Examples) -> Optional[Examples]:
    if validation is None:
        return None
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"validation: {shown(validation)}; expected (inputs, targets)")
    x, y = validation
    return Examples(network, x, y, True, "validation ", examples.targets[0].names)


def _losses(history: Any) -> tuple[list[float], list[float]]:
    """The losses of the epochs in training and on the validation."""
    if not isinstance(history, dict):
        raise TypeError(f"history: {shown(history)}; expected what fit returns, {{'loss': [0.7, …]}}")
    both = [[float(value) for value in history.get(name, [])] for name in ("loss", "validation_loss")]
    return both[0], both[1]


def _history(case: Case, losses: list[float]) -> Iterator[Finding]:
    for epoch, value in enumerate(losses, 1):
        if not math.isfinite(value):
            yield Finding("diverging", "", {"epoch": float(epoch)}, f"the loss of epoch {epoch} is not finite")
            return
    if losses and case.examples.labels() is not None and case.share(losses[-1]) > limit("blown up"):
        yield Finding("diverging", "", {"last": losses[-1], "constant": case.constant},
                      f"the loss is {losses[-1]:.4g} in epoch {len(losses)}, that of a constant answer "
                      f"{case.constant:.4g}")
    elif losses and case.share(losses[-1] - min(losses)) > limit("growth"):
        least = losses.index(min(losses)) + 1
        yield Finding("diverging", "", {"least": min(losses), "last": losses[-1]},
                      f"the loss was {min(losses):.4g} in epoch {least} and is {losses[-1]:.4g} in epoch {len(losses)}")


# --- A forward and a backward pass ---


def _looked_at(case: Case) -> Iterator[Finding]:
    twin = case.twin()
    yield from _gradient(case, twin)
    twin.forward(case.inputs)
    twin.loss(case.targets)
    twin.backward()
    yield from arriving(case, twin)
    yield from sick_units(case, twin)


def _gradient(case: Case, twin: Any) -> Iterator[Finding]:
    """The parameter nearest to the output whose gradient is not that of the differences."""
    few = some(case.examples, count("checked rows"))
    inputs, targets = as_given(few)
    wrong: Optional[tuple[str, float]] = None
    right = ""
    for name, diff in _differences(as_binary64(twin), inputs, targets):
        wrong, right = ((name, diff), "") if diff > limit("gradient") else (wrong, right or name)
    if wrong:
        name, diff = wrong
        behind = f"; {right}, nearer to the output, is right: look at the layers up to there" if right else (
            "; look at the layers behind it, and at the loss")
        yield Finding("wrong gradient", name, {"diff": diff},
                      f"backpropagation and the differences of the loss are {diff:.2g} apart "
                      f"(right: below 1e-6){behind}")


def _differences(twin: Any, inputs: Any, targets: Any) -> Iterator[tuple[str, float]]:
    """(parameter, ‖approximate − exact‖ / (‖approximate‖ + ‖exact‖)) for a few numbers of each, in the network's order.

    Numbers at a corner, where the slopes to both sides differ, are left out, and what rounding alone could be.
    """
    if not twin.trainable_parameters:
        return
    epsilon, most = 1e-5, count("checked numbers")
    sums: dict[str, tuple[float, float, float]] = {}
    twin.forward(inputs)
    here = twin.loss(targets)
    twin.backward()
    for name, gradient, (above, below) in compared(twin, inputs, targets, None, epsilon, False, most):
        slopes = (above - here) / epsilon, (here - below) / epsilon
        noise = 1e-13 * (1.0 + math.fabs(here)) / epsilon  # of rounding the sums that lead to J
        if math.fabs(slopes[0] - slopes[1]) > limit("kink") * (math.fabs(slopes[0]) + math.fabs(slopes[1])) + noise:
            continue
        estimate = (above - below) / (2.0 * epsilon)
        apart, approximate, exact = sums.get(name, (0.0, 0.0, 0.0))
        if math.fabs(estimate - gradient) > noise:
            apart += (estimate - gradient) * (estimate - gradient)
        sums[name] = apart, approximate + estimate * estimate, exact + gradient * gradient
    for name, (apart, approximate, exact) in sums.items():
        size = math.sqrt(approximate) + math.sqrt(exact)
        yield name, math.sqrt(apart) / size if size > 0.0 else 0.0


# --- Trials ---


def _tried(case: Case, work: float, left_out: dict[str, str], has_diverged: bool) -> Iterator[Finding]:
    steps = count("trial steps")
    why = is_too_much(case.k, work * count("trial batch") * steps * len(FACTORS))
    if why:
        left_out["diverging, rate too small, rate too large, in a trial"] = why
        yield from _constant(case, case.network, bool(case.network.epoch))
        return
    trials, probe = [], case.network
    for factor in FACTORS:
        found, twin = trial(case, factor, steps)
        trials.append(found)
        if factor == 1.0 and not case.network.epoch:
            probe = twin
    own = trials[FACTORS.index(1.0)]
    grown = case.share(own.after - case.loss)
    diverges = not math.isfinite(own.after) or grown > limit("growth")
    if diverges and not has_diverged:
        yield Finding("diverging", "", {"rate": own.rate, "before": own.before, "after": own.after},
                      f"a trial of {steps} steps at the rate {own.rate:g} takes the loss from {own.before:.4g} to "
                      f"{own.after:.4g}")
    yield from _rates(case, trials, own)
    if not diverges:
        yield from _constant(case, probe, bool(case.network.epoch))


def _rates(case: Case, trials: list[Trial], own: Trial) -> Iterator[Finding]:
    """Whether another rate gains far more than the own one in as many steps."""
    def gained(each: Trial) -> float:
        gain = case.share(each.before - each.after)
        return gain if math.isfinite(gain) else -math.inf

    smaller = max((each for each in trials if each.factor < 1.0), key=gained)
    larger = max((each for each in trials if each.factor > 1.0), key=gained)
    words = (f"{count('trial steps')} steps at the rate {own.rate:g} take the loss from {own.before:.4g} to "
             f"{own.after:.4g}")
    for name, other, is_idle in (("rate too large", smaller, not own.after <= 2.0 * smaller.after),
                                 ("rate too small", larger, gained(own) < limit("too small") or _is_unlearnt(case))):
        if is_idle and gained(other) - gained(own) > limit("gain"):
            yield Finding(name, "", {"rate": own.rate, "after": own.after, "other rate": other.rate,
                                     "other after": other.after},
                          f"{words}, at {other.rate:g} to {other.after:.4g}")
            return


def _constant(case: Case, probe: Any, is_trained: bool) -> Iterator[Finding]:
    """Outputs that hardly depend on the row, with the loss of the best constant."""
    k = case.k
    of_targets = spread(k, case.y)
    if not of_targets > 0.0:
        return
    share = spread(k, k.matrix(probe.predict(case.inputs))) / of_targets
    now = evaluated(probe, case.sample, case.objective, [])
    if share > limit("spread" if is_trained else "fresh spread"):
        return
    if math.fabs(case.share(now["loss"] - case.constant)) > limit("near constant"):
        return
    figures = {"spread": share, "loss": now["loss"], "constant": case.constant}
    tried = f"after a trial of {counted(count('trial steps'), 'step')} " if probe is not case.network else ""
    text = (f"{tried}the outputs differ from row to row by {100 * share if share > 1e-6 else 0.0:.2g} % of what the "
            "targets do, and the loss "
            f"{now['loss']:.4g} is that of the best constant answer, {case.constant:.4g}")
    if "accuracy" in now:
        figures["accuracy"] = now["accuracy"]
        text += f"; accuracy {100 * now['accuracy']:.1f} %"
    yield Finding("constant answer", "", figures, text)


def _size(case: Case, work: float, left_out: dict[str, str]) -> Iterator[Finding]:
    why = is_too_much(case.binary64, TRIES * work * count("handful") * count("handful steps"))
    if why:
        left_out["network too small"] = why
        return
    found = by_heart(case)
    if found is None:
        left_out["network too small"] = "it is no chain of Dense layers and activations, so no larger one is made"
        return
    own, larger = map(_units, found.sizes)
    if found.own > limit("cannot learn") * found.constant and found.larger < limit("can learn") * found.constant:
        yield Finding("network too small", "", {"own": found.own, "larger": found.larger, "constant": found.constant},
                      f"with {own} it learns {counted(found.rows, 'row')} by heart to a loss of {found.own:.3g}, with "
                      f"{larger} to {found.larger:.3g} (a constant answer has {found.constant:.3g})")
        return
    if case.network.epoch < count("epochs") or case.share(case.loss) < limit("high"):
        return
    rows = min(case.examples.rows, count("wide rows"))
    why = is_too_much(case.binary64, WIDE_TRIES * work * rows * count("wide steps"))
    compared = None if why or rows < 3 * count("handful") else on_unseen_rows(case)
    if why:
        left_out["network too small, on many rows"] = why
    elif (compared and case.share(compared.own) > limit("high")
          and compared.larger < limit("better") * min(compared.own, case.loss)):
        yield Finding("network too small", "", {"own": compared.own, "larger": compared.larger, "loss": case.loss},
                      f"a fresh one with {larger} gets to a loss of {compared.larger:.3g} on "
                      f"{counted(compared.rows, 'row')} that it has not seen, with {own} to {compared.own:.3g}")


def _units(sizes: list[int]) -> str:
    return f"{'-'.join(map(str, sizes)) or 'no'} hidden unit{'' if sizes == [1] else 's'}"


def _overfitting(case: Case, held_out: Optional[Examples]) -> Iterator[Finding]:
    if held_out is None:
        return
    other = Case(case.network, held_out, case.objective, None)
    if case.loss < 0.5 * case.constant and other.loss > other.constant:
        figures = {"training": case.loss, "validation": other.loss, "constant": other.constant}
        yield Finding("overfitting", "", figures,
                      f"the loss is {case.loss:.3g} on these rows, but {other.loss:.3g} on those of the validation; a "
                      f"constant answer has {other.constant:.3g} there: nothing general is learnt")


def _rising(case: Case, losses: list[float], unseen: list[float]) -> Iterator[Finding]:
    """A history whose loss on the validation rises while that of the training falls."""
    if not unseen or len(unseen) != len(losses) or not all(map(math.isfinite, (*losses, *unseen))):
        return
    least = unseen.index(min(unseen))
    if case.share(unseen[-1] - unseen[least]) > limit("rise") and losses[-1] < losses[least]:
        figures = {"epoch": float(least + 1), "least": unseen[least], "validation": unseen[-1], "training": losses[-1]}
        yield Finding("overfitting", "", figures,
                      f"on the validation the loss was {unseen[least]:.3g} in epoch {least + 1} and is "
                      f"{unseen[-1]:.3g} in epoch {len(unseen)}, while that of the training fell from "
                      f"{losses[least]:.3g} to {losses[-1]:.3g}")


def _is_unlearnt(case: Case) -> bool:
    """Whether the network has been trained for long, and its loss is still that of a constant answer, or above."""
    return case.network.epoch >= count("epochs") and case.share(case.loss) >= limit("unlearnt")


def _unlearnt(case: Case, names: set[str]) -> Iterator[Finding]:
    if _is_unlearnt(case) and not names & {"diverging", "constant answer", "overfitting"} and case.sample.rows > 1:
        yield Finding("nothing learnt", "", {"loss": case.loss, "constant": case.constant},
                      f"after {counted(case.network.epoch, 'epoch')} the loss is {case.loss:.4g}, that of the best "
                      f"constant answer {case.constant:.4g}")
