"""What does a formula give, from a student's numbers where there are some? Terms, evaluated once more.

A term is a formula of the trace (refnet.trace.explained.terms). What it takes is a given number, a number that the
student has written, or one that has no gap: its own formula gives that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Optional

from refnet.trace.explained.terms import Term, evaluated, inside

Name = tuple[str, int, int]


class Changed(NamedTuple):
    """A formula with something in another's place.

    term   the formula
    swaps  what takes the place of a number, by its name, or of an operation, by id(); both as terms
    """

    term: Term
    swaps: dict[Any, Term]


class Formulas:
    """The formulas of one exercise by the names of their numbers."""

    def __init__(self, terms: dict[Name, Term]) -> None:
        self.terms = terms

    def value(self, term: Term, own: dict[Name, float], swaps: Optional[dict[Any, Term]] = None,
              rounded: Optional[Callable[[float], float]] = None) -> float:
        """What a formula gives.

        own      the student's numbers
        swaps    as Changed has them
        rounded  done to the result of each operation within
        """
        found: dict[Any, float] = {}

        def known(each: Term, root: Term, without: tuple) -> Optional[float]:
            key = key_of(each)
            if swaps and key in swaps and key not in without:
                return of(swaps[key], (*without, key))
            if (key, without) in found:
                return found[key, without]
            if not isinstance(each.name, tuple) or (each is root and each.sign):
                if not each.sign:
                    return each.value
                if each is root or rounded is None:
                    return None
                term = each
            elif each.name in own:
                return own[each.name]
            else:
                term = self.terms.get(each.name, each)
                if not term.sign and term is each:
                    return each.value  # a given number
            if term is root:
                return None
            value = of(term, without)
            value = value if rounded is None else rounded(value)
            found[key, without] = value
            return value

        def of(root: Term, without: tuple = ()) -> float:
            """without: what has been exchanged already, on the way here."""
            return evaluated(root, lambda each: known(each, root, without), asks_again=True)

        return of(term)

    def within(self, term: Term, own: dict[Name, float], swaps: Optional[dict[Any, Term]] = None) -> Iterator[Term]:
        """Every number and operation that a formula is made of, also of the numbers without a gap; each name once.
        Of a number itself: what it is made of, or itself if the student has written it."""
        seen: set[Any] = set()
        if not term.sign and term.name in own:
            yield term
            return
        term = term if term.sign else self.terms.get(term.name, term)
        waiting = [term]
        while waiting:
            root = waiting.pop()
            for each, is_leaf in inside(root):
                key = key_of(each)
                if each is term or key in seen:
                    continue
                seen.add(key)
                yield each
                if swaps and key in swaps:
                    waiting.append(swaps[key])
                elif is_leaf and each.name not in own and each.name in self.terms:
                    waiting.append(self.terms[each.name])


def key_of(term: Term) -> Any:
    """By what a term is found: its name, or itself."""
    return term.name if isinstance(term.name, tuple) else id(term)
