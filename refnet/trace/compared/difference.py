"""Where does somebody else's run leave refnet's, and why? The first number that differs, and the usual reason.

    found = traced(net, x, y, optimizer=SGD(0.2)).difference("mine.json")
    if found:
        print(found)       # step, layer, role, row and unit; both numbers; the likely cause
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Optional

from refnet.arithmetic.elementary import INFINITY
from refnet.arithmetic.formats import Fixed, as_format
from refnet.checks import counted
from refnet.checks.names import did_you_mean
from refnet.kernels import SEAM
from refnet.trace.calls import Call, Numbers
from refnet.trace.compared.foreign import steps_of
from refnet.trace.compared.likely import Likely, likely, places_of
from refnet.trace.compared.origins import Origins
from refnet.trace.compared.ulps import same, ulps
from refnet.trace.compared.ways import Expression
from refnet.trace.element import Told, both

ROLES = {"z": "net input z", "o": "output o", "delta": "δ"}
Origin = tuple[Any, Call, str]  # the step, the call and its part that computed a matrix


class Deviation:
    """A matrix that differs, and its first number that does.

    row, unit     its place; ours, theirs: the two numbers; ulps: how many steps of their format lie between
                  them; infinite if theirs is no number of it
    number        the name of that format
    differing     how many of the matrix's `size` numbers differ
    causes        what gives their bits: "bias added last", or several at once, if they meet; empty if nothing does
    tried_on      (numbers that differ, numbers that do not) on which the causes were tried
    unknown       why there is no cause, if it is not that none of the usual ones gives the bits
    whose         who computed ours: "refnet", or "ours" of two files
    """

    def __init__(self, name: str, ours: Numbers, theirs: Numbers, found: Likely, whose: str = "refnet") -> None:
        differing, _ = places_of(ours, theirs)
        self.name, (self.row, self.unit), self.whose = name, differing[0], whose
        self.number, form = ours.number, as_format(ours.number or "binary64")
        self.ours, self.theirs = float(ours.at(*differing[0])), float(theirs.at(*differing[0]))
        self.is_in_format = same(float(form.number(self.theirs)), self.theirs)
        self.ulps = ulps(self.ours, self.theirs, form) if self.is_in_format else INFINITY
        self.differing, self.size = len(differing), len(ours.values)
        self.causes, self.tried_on, self.unknown = found.names, (found.differing, found.equal), found.unknown

    def __str__(self) -> str:
        apart = self._foreign() if not self.is_in_format else \
            "the signs of zero differ" if self.ulps == 0 else f"{self.ulps:,.0f} ulp apart" if self.ulps < 1e300 \
            else self._no_number()
        return "\n".join([f"{self.whose:<6}  {both(self.ours)}", f"theirs  {both(self.theirs)}",
                          f"{apart}; {self.differing} of {counted(self.size, 'number')} of {self.name} differ",
                          self.reason()])

    def _no_number(self) -> str:
        """Which of the two is NaN or infinite."""
        names = {"theirs": self.theirs, self.whose: self.ours}
        return next(f"{name} is {'NaN' if value != value else value}" for name, value in names.items()
                    if value - value != 0.0)

    def _foreign(self) -> str:
        """That theirs is no number of the format; and which it may stand for, if they wrote the words of registers."""
        form, text = as_format(self.number or "binary64"), f"{self.theirs!r} is no number of {self.number}"
        is_word = isinstance(form, Fixed) and -form.most - 1 <= self.theirs <= form.most and self.theirs.is_integer()
        if not isinstance(form, Fixed) or not is_word or self.theirs == 0.0:
            return text
        word, one = int(self.theirs), 1 << form.fraction_bits
        return f"{text} (as a register's word it is {word}/{one} = {word / one!r})"

    def reason(self) -> str:
        """What the likely cause is, and what it rests on."""
        if not self.causes:
            nan = "theirs is NaN: 0/0, ∞ − ∞ or 0·∞ in an operation before it, or it was never set"
            usual = nan if self.theirs != self.theirs else "none of the usual ones gives their bits"
            return f"cause: {self.unknown or usual}"
        differing, equal = self.tried_on
        tried = f"{'gives' if len(self.causes) == 1 else 'each gives'} their bits in all " \
            f"{counted(differing + equal, 'number')} tried, of which {differing} differ{'s' * (differing == 1)}"
        weak = ", which is weak evidence" if differing < 3 else ""
        return f"{'possible' if weak else 'likely'} cause: {'; or '.join(self.causes)} ({tried}{weak})"


class Difference:
    """What comes of holding somebody's numbers against a trace. True if a number differs: `if trace.difference(mine):`

    step       number of the step with the first difference; None if nothing differs
    name       of the matrix in the trace, "dense1.z", with layer "dense1", role "net input z"
    kernel     that computed it, "affine", in the phase "forward"; "" if it was given
    deviation  the Deviation: row, unit, both numbers, the likely causes
    same       names of the matrices that it is computed from, the same in both
    absent     and of those that are not in theirs, so that nobody knows
    compared   how many matrices, and how many numbers, were compared up to there
    unknown    names in theirs that refnet's trace does not have
    whose      who computed ours: "refnet", or "ours" of two files
    """

    whose = "refnet"
    is_without_update = False

    def __init__(self) -> None:
        self.step: Optional[int] = None
        self.name = self.layer = self.role = self.kernel = self.phase = ""
        self.deviation: Optional[Deviation] = None
        self.same: list[str] = []
        self.absent: list[str] = []
        self.compared = [0, 0]
        self.unknown: list[str] = []

    def __bool__(self) -> bool:
        return self.deviation is not None

    def __str__(self) -> str:
        matrices = f"{self.compared[0]} {'matrix' if self.compared[0] == 1 else 'matrices'}"
        lines = []
        if self.deviation is None:
            lines.append(f"the same bits: {matrices}, {counted(self.compared[1], 'number')}")
        else:
            place = f"{self.name}[{self.deviation.row}][{self.deviation.unit}]"
            lines.append(f"first difference: step {self.step}, {place}: {self.layer and f'layer {self.layer}, '}"
                         f"{self.role}, row {self.deviation.row}, unit {self.deviation.unit}")
            lines += [f"  {line}" for line in str(self.deviation).split("\n")]
            if self.kernel:
                lines.append(f"  computed by {self.kernel} ({self.phase}) from: {_listed(self.same)}, the same in both"
                             if self.same else f"  computed by {self.kernel} ({self.phase})")
            if self.absent:
                lines.append(f"  not in theirs, so the difference may lie before: {_listed(self.absent)}")
            lines.append(f"  before it, in the order of computation: {matrices} with the same bits")
        if self.unknown:
            why = " (they are of an update, and the network has no optimizer)" if self.is_without_update else ""
            lines.append(f"not in {WITH_S[self.whose]}: {_listed(self.unknown)}{why}")
        return "\n".join(lines)


WITH_S = {"refnet": "refnet's trace", "ours": "ours"}


def _listed(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def difference(ours: Any, other: Any) -> Difference:
    """The first number that differs, in the order of computation, and its likely cause.

    ours   a Trace, of which causes are known; or what `other` may be
    other  a Trace, {name: matrix} or a list of these (a step each), or a file: .json, .npz or .csv
           (refnet.trace.compared.foreign). Only names that both have are compared.

    Raises TypeError or ValueError if other is none of these, has a step that ours does not have or a matrix of another
    shape, or has no name in common with ours; OSError if a file cannot be read.
    """
    steps = {step.number: step for step in getattr(ours, "steps", ())}
    mine, theirs = steps_of(ours), steps_of(other)
    found, shared = Difference(), 0
    found.whose = "refnet" if steps else "ours"
    for number, values in theirs.items():
        if number not in mine:
            more = f"; steps={max(theirs)} has as many as theirs" if steps else ""
            whose = "refnet's run" if steps else "ours"
            raise ValueError(f"other: step {number}; {whose} has {counted(len(mine), 'step')}{more}")
        for name, numbers in values.items():
            if name in mine[number]:
                _check_format(name, numbers, mine[number][name])
                values[name] = _shaped(name, numbers, mine[number][name])
                shared += 1
            elif name not in found.unknown:
                found.unknown.append(name)
    if not shared:
        first = next((name for name in found.unknown), "")
        names = next(iter(mine.values()))
        raise ValueError(f"other: no matrix has a name of refnet's trace, such as {next(iter(names))}: "
                         f"{_listed(found.unknown) or 'it is empty'}{did_you_mean(first, names)}")
    found.is_without_update = any(_is_of_update(name) for name in found.unknown) and bool(steps) and not any(
        map(_is_of_update, mine[1]))
    known: dict[int, set[tuple[int, str]]] = {number: set() for number in mine}
    for number in sorted(theirs):
        step = steps.get(number)
        for name in in_order(step) if step else mine[number]:
            if name not in theirs[number]:
                continue
            own, their = mine[number][name], theirs[number][name]
            if not all(map(same, own.values, their.values)):
                _describe(found, steps, number, name, own, their, known, theirs)
                return found
            found.compared = [found.compared[0] + 1, found.compared[1] + len(own.values)]
            if step and name in step.origins:
                call, part = step.origins[name]
                known[number].add((call.number, part))
    return found


def _is_of_update(name: str) -> bool:
    return name.endswith(".new") or name == "rate"


def in_order(step: Any) -> list[str]:
    """The names of a step in the order in which the numbers were computed; a kernel's weights after the rest of it."""
    keys, call, last = {}, -1, (-1, -1)
    for name in step.values:
        origin = step.origins.get(name)
        if origin:
            call, part = origin
            arguments = [each.name for each in SEAM[call.kernel].arguments]
            last = (call.number, len(arguments) if part in ("w", "") else arguments.index(part))
        keys[name] = last
    return sorted(step.values, key=keys.__getitem__)


def _shaped(name: str, theirs: Numbers, ours: Numbers) -> Numbers:
    """Their numbers as a matrix of our shape: a row or a column may come as a list."""
    if theirs.shape != ours.shape:
        if 1 not in theirs.shape or 1 not in ours.shape or len(theirs.values) != len(ours.values):
            turned = "; is it transposed?" if theirs.shape == ours.shape[::-1] else ""
            raise ValueError(f"{name}: {theirs.rows}×{theirs.columns}; refnet's is {ours.rows}×{ours.columns}{turned}")
        theirs = Numbers(*ours.shape, theirs.values, theirs.number)
    return theirs


def _check_format(name: str, theirs: Numbers, ours: Numbers) -> None:
    """Raise ValueError for runs in two number formats. A stranger's numbers need not say theirs."""
    if theirs.number and ours.number and theirs.number != ours.number:
        raise ValueError(f"other: {name} is in {theirs.number}, refnet's in {ours.number}; allowed: runs in one number "
                         "format, such as net.to(number=…) makes")


def _describe(found: Difference, steps: dict[int, Any], number: int, name: str, own: Numbers, their: Numbers,
              known: dict[int, set[tuple[int, str]]], theirs: dict[int, dict[str, Numbers]]) -> None:
    """Say all about the first matrix that differs."""
    layer, dot, rest = name.rpartition(".") if name.rpartition(".")[2] in ROLES else name.partition(".")
    found.step, found.name, found.layer = number, name, layer if dot else ""
    found.role = ROLES.get(rest, rest) if dot else name
    origin = _origin(steps, number, "loss.sum" if name == "loss" else name)
    divisor = _divisor(steps[number]) if origin and name == "loss" else None
    if origin is None or (name == "loss" and divisor is None):
        def given(row: int, unit: int) -> Expression:
            return Expression(Told(own.at(row, unit)))

        why = "known only where one of the two is a network's trace" if not steps else \
            "the loss has penalties in it, which no kernel adds" if name == "loss" else \
            "the network has no optimizer, so here no update follows on step 1; theirs has one" \
            if number > 1 and found.is_without_update else \
            "it was not computed but given: the runs begin with other numbers"
        found.deviation = Deviation(name, own, their, likely(lambda kernels: given, own, their)._replace(unknown=why),
                                    found.whose)
        return
    step, call, part = origin
    found.kernel, found.phase = call.kernel, call.phase
    backs: list[Origins] = []

    def opener(kernels: dict[str, Callable]) -> Callable[[int, int], Expression]:
        backs.append(Origins(steps, step, known[step.number], kernels))
        return partial(backs[-1].expression, call, part) if divisor is None else partial(backs[-1].loss, divisor)

    found.deviation = Deviation(name, own, their, likely(opener, own, their))
    there = theirs.get(step.number, {})
    names = list(dict.fromkeys([*backs[0].used, *backs[0].through]))
    found.same = [each for each in names if each in there]
    found.absent = [each for each in names if each not in there]


def _divisor(step: Any) -> Optional[float]:
    """What the sum of the rows' losses was divided by; None if penalties were added too."""
    total, targets = step.values["loss.sum"].at(0, 0), step.values["targets"] if "targets" in step else None
    divisors = (1.0, float(step.rows), float(len(targets.values)) if targets else 1.0)
    return next((each for each in divisors if same(total / each, step.loss)), None)


def _origin(steps: dict[int, Any], number: int, name: str) -> Optional[Origin]:
    """What computed a matrix: in this step, or in the step before if this one began with it."""
    for step, own in ((steps.get(number), name), (steps.get(number - 1), f"{name}.new")):
        if step is not None and own in step.origins:
            return (step, *step.origins[own])
    return None
