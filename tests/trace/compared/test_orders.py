"""Is each other order of a sum the one that it is called by? NumPy's own sum; sums in fractions; orders written out."""

import random
from fractions import Fraction

import pytest

from refnet.trace.compared import orders
from refnet.trace.compared.ways import Term, Way


def terms_of(count):
    draw = random.Random(count)
    return [Term(draw.uniform(-1.0, 1.0), None) for _ in range(count)]


def total(order, terms, start=0.0):
    return order(Way(), start, terms)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 21, 100, 128, 129, 137, 300, 784, 1000, 1029])
def test_numpys_sum(count):
    numpy = pytest.importorskip("numpy")
    terms = terms_of(count)
    assert total(orders.as_numpy, terms) == float(numpy.sum(numpy.array([term.value for term in terms])))


def test_orders_written_out():
    a, b, c, d, e = (term.value for term in terms_of(5))
    terms = terms_of(5)
    assert total(orders.descending, terms, 0.5) == 0.5 + e + d + c + b + a
    assert total(orders.in_pairs, terms) == (a + b) + (c + (d + e))
    assert total(orders.in_pairs, terms, 0.5) == (0.5 + (a + b)) + (c + (d + e))
    assert total(orders.in_lanes(2, orders.halves, False), terms, 0.5) == ((0.5 + a + c) + (b + d)) + e
    assert total(orders.in_lanes(2, orders.halves, True), terms) == (a + c + e) + (b + d)
    assert total(orders.in_lanes(4, orders.halves, False), terms) == ((a + c) + (b + d)) + e
    assert total(orders.in_lanes(4, orders.neighbours, False), terms) == ((a + b) + (c + d)) + e
    assert total(orders.in_lanes(4, orders.one_by_one, True), terms) == (((a + e) + b) + c) + d
    assert total(orders.in_blocks(2), terms) == (a + b + c) + (d + e)


def test_rounded_once():
    terms = terms_of(300)
    truth = Fraction(0.75)
    for term in terms:
        truth += Fraction(term.value)
    assert total(orders.exactly, terms, 0.75) == float(truth)
