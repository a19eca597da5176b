"""Where did a student go wrong? Each answer is held against the right one, and against what follows from the student's
own numbers; a wrong one against what the usual slips would have given.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from refnet import checks
from refnet.exercises.answers import Answer, answer_of, answers_of, last_digit, rounded_to, sheet_of
from refnet.exercises.computing import Name, key_of
from refnet.exercises.exercise import Exercise, Gap, load
from refnet.exercises.slips import slips
from refnet.exercises.ways import LIKELY, Alterations, constant, old_of
from refnet.trace.explained.digits import printed
from refnet.trace.explained.terms import Term, conditions, inside

VERDICTS = ("right", "follows", "wrong", "missing", "unreadable")
MOST_REASONS = 5
LEAST_SLIPPED = 3  # answers in their neighbours' rows; two may be chance
NOISE = 1e-12  # of binary64 itself, in a number of about 1


class Reason(NamedTuple):
    """Why an answer may be wrong: a key, such as "rate_forgotten", and a sentence."""

    key: str
    words: str


class Mark(NamedTuple):
    """What is said of one gap.

    gap       the Gap
    answer    what was written; "" for nothing
    verdict   "right"; "follows": it follows from the student's own wrong numbers, and has full points; "wrong";
              "missing"; or "unreadable"
    points    that it gets
    is_near   whether a right one is no rounding of the right value, but within what rounding on the way leaves
    expected  what the student's own numbers give, which is the right value if they are right
    reasons   for a wrong answer, the likeliest first; there may be none
    """

    gap: Gap
    answer: str
    verdict: str
    points: int
    is_near: bool
    expected: float
    reasons: list[Reason]


class Grade:
    """A sheet, graded: str() says it in words.

    marks   for each gap a Mark
    points  of all, and `most` that there are
    sheet   the letters of the exercise
    """

    def __init__(self, marks: list[Mark], digits: int, title: str, sheet: str) -> None:
        self.marks, self.digits, self.title, self.sheet = marks, digits, title, sheet
        self.points = self.most = 0
        for mark in marks:
            self.points += mark.points
            self.most += mark.gap.points

    @property
    def first_wrong(self) -> Optional[Mark]:
        """The first step that is wrong or cannot be read; None if there is none."""
        return next((mark for mark in self.marks if mark.verdict in ("wrong", "unreadable")), None)

    def as_dict(self) -> dict[str, Any]:
        """The grade for JSON."""
        first = self.first_wrong
        return {
            "title": self.title, "sheet": self.sheet, "points": self.points, "most": self.most,
            "first_wrong": first.gap.number if first else None,
            "gaps": [{"gap": mark.gap.number, "number": mark.gap.symbol, "answer": mark.answer,
                      "verdict": mark.verdict, "points": mark.points, "is_near": mark.is_near,
                      "right": mark.gap.value,
                      "expected": mark.expected if math.isfinite(mark.expected) else None,
                      "reasons": [reason._asdict() for reason in mark.reasons]}
                     for mark in self.marks],
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _lines(self) -> Iterator[str]:
        counts = Counter(mark.verdict for mark in self.marks)
        found = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]]
        yield f"{self.title}: {self.points} of {checks.counted(self.most, 'point')} ({', '.join(found)})"
        first = self.first_wrong
        if first:
            why = f": {first.reasons[0].words}" if first.reasons else ""
            yield f"The first wrong step is gap {first.gap.number}, {first.gap.symbol}{why}."
        yield ""
        width = max(len(mark.gap.symbol) for mark in self.marks)
        for mark in self.marks:
            line = f"{mark.gap.number:4}  {mark.gap.symbol:{width}}  {mark.answer or '–':>10}  {mark.verdict}"
            value = printed(mark.gap.value, self.digits)
            if mark.is_near:
                line += f", within what rounding on the way leaves; to the digit it is {value}"
            elif mark.verdict != "right":
                line += f"; right is {value}"
            own = printed(mark.expected, self.digits)
            if mark.verdict == "wrong" and own != value and math.isfinite(mark.expected):
                line += f"; {own} would follow from the student's own numbers"
            yield line
            yield from (f"{'':{width + 8}}- {reason.words} [{reason.key}]" for reason in mark.reasons)


def grade(exercise: Any, given: Any) -> Grade:
    """What a student's answers are worth, and where and why the first of them is wrong.

        grade = rn.exercises.grade(exercise, {1: "0,1350", 2: "0.5337", …})
        print(grade)
        grade.first_wrong.reasons[0].key     # "derivative_forgotten"

    exercise  an Exercise, or the file of one; or a list of them: the one whose letters stand in the answers' form
    given     {gap: answer}, a list of answers in the order of the gaps, or a form that was filled in (CSV, Markdown or
              JSON). An answer is a number or a text: 0.3775, "0,3775", "−3.775e-1", "1/3"

    An answer is right if it is a rounding of the value to the digits that were written, a half up or to even, and these
    are at least as many as are asked for; or if it follows from the student's own earlier answers, with these anywhere
    within their own rounding, and with intermediate results rounded too. Digits cut off are not a rounding.

    Raises TypeError or ValueError for a gap that the exercise does not have, or answers of another sheet; FileError for
    a file that is neither.
    """
    several = list(exercise) if isinstance(exercise, (list, tuple)) else [exercise]
    sheets = {each.letters: each for each in (each if isinstance(each, Exercise) else load(each) for each in several)}
    if not sheets:
        raise ValueError("exercise: []; allowed: an Exercise, the file of one, or some of these")
    letters = sheet_of(given) if len(sheets) > 1 else ""
    if len(sheets) > 1 and letters not in sheets:
        whose = f"those of sheet {letters!r}" if letters else "of no sheet"
        raise ValueError(f"answers: {whose}; these exercises are sheets {', '.join(sheets)}")
    own = sheets[letters] if letters else next(iter(sheets.values()))
    return _Sheet(own, answers_of(given, len(own.gaps), own.letters)).graded()


class _Sheet:
    """One student's answers."""

    def __init__(self, exercise: Exercise, written: dict[int, str]) -> None:
        self.exercise, self.written, self.digits = exercise, written, exercise.digits
        self.formulas = exercise.formulas_of
        self.answers: dict[int, Answer] = {}
        self.problems: dict[int, str] = {}
        self.own: dict[Name, float] = {}
        self.halves: dict[Name, float] = {}  # how far from what is written the student's number may be
        for gap in exercise.gaps:
            if gap.number in written:
                try:
                    answer = answer_of(written[gap.number])
                except ValueError as error:
                    self.problems[gap.number] = str(error)
                else:
                    self.answers[gap.number] = answer
                    self.own[gap.name] = answer.value
        self.right = {gap.name: gap.value for gap in exercise.gaps if gap.name in self.own}
        self.follows = {gap.number: self.formulas.value(gap.equation.term, self.own) for gap in exercise.gaps}
        for gap in exercise.gaps:
            if gap.number in self.answers:
                answer, follows = self.answers[gap.number], self.follows[gap.number]
                is_exact = abs(answer.value - follows) <= NOISE * abs(follows)
                self.halves[gap.name] = 0.0 if is_exact else answer.unit(self.digits) / 2

    def graded(self) -> Grade:
        self.cuts = self._cuts_by_habit()
        marks: list[Mark] = []
        clean: set[Name] = set()  # the student's numbers that are right, or come from such
        for gap in self.exercise.gaps:
            verdict = self._verdict(gap)
            if verdict == "wrong" and self._is_near(gap, {**self.right, **{name: self.own[name] for name in clean}}):
                verdict = "right"  # a wrong number is on paper, and the right one was used
            if verdict == "follows":
                parts = (gap.equation.term, *conditions(gap.equation.term))
                taken = {each.name for part in parts for each in self.formulas.within(part, self.own)}
                if clean.issuperset(name for name in taken if name in self.own):
                    verdict = "right"
            if verdict == "right":
                clean.add(gap.name)
            reasons = [Reason("unreadable", self.problems[gap.number])] if gap.number in self.problems else []
            points = gap.points if verdict in ("right", "follows") else 0
            text = self.written.get(gap.number, "")
            is_near = verdict == "right" and not self._is_rounding(self.answers[gap.number], gap.value)
            marks.append(Mark(gap, text, verdict, points, is_near, self.follows[gap.number], reasons))
        found = [self._reasons(mark.gap) if mark.verdict == "wrong" else [] for mark in marks]
        habits = Counter(key for each in found for key in {reason.key for _, reason in each})
        slipped = self._slipped(marks)
        for i in slipped:  # said once
            words = "the answers stand in their neighbours' rows from here on"
            found[i] = [(True, Reason("rows_slipped", words))] if i == slipped[0] else []
        for i, slips_found in enumerate(found):
            if slips_found:
                marks[i] = marks[i]._replace(reasons=_likeliest(slips_found, habits))
        return Grade(marks, self.digits, self.exercise.title, self.exercise.letters)

    def _slipped(self, marks: list[Mark]) -> list[int]:
        """Where wrong answers are the next gap's right value, or the last one's; nowhere unless most of them are."""
        wrong = [i for i, mark in enumerate(marks) if mark.verdict in ("wrong", "follows")]
        for by in (1, -1):
            slipped = []
            for i in wrong:
                answer = self.answers[marks[i].gap.number]
                value = marks[i + by].gap.value if 0 <= i + by < len(marks) else math.inf
                if abs(answer.value - value) <= 2 * answer.unit(self.digits):
                    slipped.append(i)
            if len(slipped) >= LEAST_SLIPPED and 2 * len(slipped) > len(wrong):
                return [i for i in slipped if marks[i].verdict == "wrong"]
        return []

    # --- right or wrong ---

    def _verdict(self, gap: Gap) -> str:
        if gap.number not in self.answers:
            return "unreadable" if gap.number in self.problems else "missing"
        answer, follows = self.answers[gap.number], self.follows[gap.number]
        if self._is_rounding(answer, gap.value):
            return "right"
        if self._is_rounding(answer, follows):
            return "follows"
        return "follows" if self._is_near(gap, self.own) else "wrong"

    def _is_rounding(self, answer: Answer, value: float) -> bool:
        """Whether the answer is the value, rounded to the written digits, which are enough, or to those asked for."""
        if not math.isfinite(value):
            return False
        noise = NOISE * (abs(value) if abs(value) > 1e-3 else 1e-3)
        distance = abs(answer.value - value)
        if distance <= noise:
            return True
        if answer.value == 0.0 or value == 0.0:
            return False
        if answer.digits >= self.digits:
            return distance <= min(answer.unit(1), last_digit(value, answer.digits)) / 2 + noise
        unit = last_digit(value, self.digits)
        places = answer.value / unit if unit else 0.5
        return distance <= unit / 2 + noise and abs(places - round(places)) < 1e-6

    def _is_near(self, gap: Gap, own: dict[Name, float]) -> bool:
        """Whether it follows from these numbers, each anywhere within its rounding, and its digits are not cut off."""
        answer, term = self.answers[gap.number], gap.equation.term
        if (self.cuts and self._is_cut(gap)) or self._is_old(gap, answer):
            return False
        distance = abs(answer.value - self.formulas.value(term, own))
        by_hand = {each.name: constant(0.0) for each in self.formulas.within(term, own)  # a softmax of eᶻ itself
                   if isinstance(each.name, tuple) and each.name[0].endswith(".max")}
        return any(distance <= self._room(term, swaps, answer, own) < math.inf
                   for swaps in ([{}, by_hand] if by_hand else [{}]))

    def _is_old(self, gap: Gap, answer: Answer) -> bool:
        """Whether it is the weight as it was before the update."""
        old = old_of(self.exercise, gap)
        return old is not None and answer.value == old.value

    def _room(self, term: Term, swaps: dict[Any, Term], answer: Answer, own: dict[Name, float]) -> float:
        """How far an answer may be from what a formula gives: half of its last digit, and what the same of each number
        that it takes, and of each intermediate result, makes of it."""
        digits = max(answer.digits, self.digits)
        value = self.formulas.value(term, own, swaps)
        room = min(answer.unit(self.digits), last_digit(value, digits) or math.inf) / 2
        for each in self.formulas.within(term, own, swaps):
            if not each.sign and each.name not in own and each.name not in self.formulas.terms:
                continue  # a given number
            part = self.formulas.value(each, own, swaps)
            half = self.halves[each.name] if each.name in own else _half(part, digits)
            if half == 0.0:
                continue
            moved = {**swaps, key_of(each): constant(part + half)}
            room += abs(self.formulas.value(term, own, moved) - value)
        return room * (1 + 1e-9) + NOISE * abs(value)

    def _is_cut(self, gap: Gap) -> bool:
        """Whether the digits behind the last one were cut off."""
        answer = self.answers[gap.number]
        return any(_cut(value, answer) for value in (gap.value, self.follows[gap.number]))

    def _cuts_by_habit(self) -> bool:
        """Whether this student cuts where a rounding goes up: more often so than not."""
        cut = other = 0
        for gap in self.exercise.gaps:
            answer, follows = self.answers.get(gap.number), self.follows[gap.number]
            if answer is None or abs(answer.value - follows) > 2 * answer.unit(self.digits):
                continue
            is_right = self._is_rounding(answer, gap.value) or self._is_rounding(answer, follows)
            if self._is_cut(gap):
                cut += not is_right
            elif not is_right or abs(answer.value) > abs(follows) + NOISE:
                other += 1
        return cut > other

    # --- why ---

    def _reasons(self, gap: Gap) -> list[tuple[bool, Reason]]:
        """(does it give this answer exactly?, Reason) of every slip that does."""
        answer, follows = self.answers[gap.number], self.follows[gap.number]
        found = [(True, Reason(key, words)) for key, words in slips(answer, (follows, gap.value), self.digits)]
        for way in Alterations(self.exercise, gap, self.own).ways():
            value = self.formulas.value(way.changed.term, self.own, way.changed.swaps)
            distance = abs(answer.value - value)
            is_exact = self._is_rounding(answer, value) or distance <= answer.unit(self.digits) / 2
            if is_exact or (way.key != "misread" and distance <= 0.02 * abs(value)
                            and distance <= self._room(way.changed.term, way.changed.swaps, answer, self.own)):
                found.append((is_exact, Reason(way.key, way.words)))
        return [*found, *self._rounded_too_early(gap, answer)]

    def _rounded_too_early(self, gap: Gap, answer: Answer) -> Iterator[tuple[bool, Reason]]:
        """Intermediate results, or the numbers that are taken, with fewer digits than are asked for."""
        term = gap.equation.term
        parts = [each for each, _ in inside(term) if each is not term and not each.is_constant]
        for digits in range(self.digits - 1, 1, -1):
            values = []
            for nudge in (1 - 1e-12, 1 + 1e-12):  # a half, rounded down and up
                def short(value: float) -> float:
                    return rounded_to(value * nudge, digits)  # noqa: B023

                taken = {name: short(value) for name, value in self.own.items()}
                values += [self.formulas.value(term, own, rounded=inner)
                           for own in (self.own, taken) for inner in (None, short)][1:]
                for each in parts:
                    one = {key_of(each): constant(short(self.formulas.value(each, self.own)))}
                    values.append(self.formulas.value(term, self.own, one))
            if any(self._is_rounding(answer, value) for value in values):
                yield True, Reason("rounded_early", f"rounded too early: intermediate results to {digits} digits")
                return


def _half(value: float, digits: int) -> float:
    """How far rounding to so many digits may move an intermediate result; one that has no more stays where it is."""
    if abs(value - rounded_to(value, digits)) <= NOISE * abs(value):
        return 0.0
    return last_digit(value, digits) / 2


def _cut(value: float, answer: Answer) -> bool:
    """Whether the answer is the value with digits cut off, and not its rounding too."""
    unit = answer.unit(1)
    return bool(unit) and answer.value * value > 0 and 0.5 * unit < abs(value) - abs(answer.value) < unit * (1 - 1e-9)


def _likeliest(found: list[tuple[bool, Reason]], habits: Counter) -> list[Reason]:
    """A reason for each key: exact ones first, then those that explain more steps of the sheet, then as in LIKELY. A
    misreading, which gives many numbers, comes last."""
    found = sorted(found, key=lambda each: (not each[0], each[1].key == "misread", -habits[each[1].key],
                                            LIKELY.index(each[1].key)))
    reasons: dict[str, Reason] = {}
    for _, reason in found:
        reasons.setdefault(reason.key, reason)
    return list(reasons.values())[:MOST_REASONS]
