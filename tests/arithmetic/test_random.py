"""Is each random number a function of (seed, stream, n), the same on both backends? Rule 7 of the contract."""

import math
import statistics
from fractions import Fraction

import pytest
from kernel_helpers import same

from refnet.arithmetic import random, streams
from refnet.arithmetic.random import GAMMA, WORD, draw, stream_key

PUBLISHED = [6457827717110365317, 3203168211198807973, 9817491932198370423]  # SplitMix64 from state 1234567
KEYS = [0, 1, 1234567, 2**63, WORD, 0xDEADBEEF]


# --- Written out a second time, from ARITHMETIC.md, in other words -------------------------------------------


class SplitMix64:
    """The generator as it is published: with a state that changes at each draw, not with a counter."""

    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        return z ^ z >> 31

    def words(self, n):
        return [self.next() for _ in range(n)]

    def fraction(self):
        """The next uniform as an exact number."""
        return Fraction(self.next() >> 11, 2**53)


def unmix(word):
    """The word from which SplitMix64's finaliser makes this one."""
    word ^= word >> 31 ^ word >> 62
    word = word * pow(0x94D049BB133111EB, -1, 2**64) % 2**64
    word ^= word >> 27 ^ word >> 54
    word = word * pow(0xBF58476D1CE4E5B9, -1, 2**64) % 2**64
    return word ^ word >> 30 ^ word >> 60


def key_of(numerator):
    """A key whose draw 0 has these top 53 bits: uniform 0 is numerator/2⁵³."""
    return (unmix(numerator << 11) - GAMMA) % 2**64


def draws(k, name, key, first, rows, columns, *more):
    return k.tolist(getattr(k, name)(key, k.matrix([[float(first)]]), *more, rows, columns))


def flat(table):
    return [value for row in table for value in row]


# --- Words and streams ----------------------------------------------------------------------------------------


def test_the_published_numbers():
    assert [draw(1234567, n) for n in range(3)] == PUBLISHED
    assert SplitMix64(1234567).words(3) == PUBLISHED


@pytest.mark.parametrize("key", KEYS)
def test_draws_are_plain_splitmix64(key):
    assert [draw(key, n) for n in range(50)] == SplitMix64(key).words(50)


def test_a_draw_costs_no_other():
    """Draw n can be made alone and in any order, also beyond 2⁵³."""
    state = (99 + 10**15 * GAMMA) % 2**64
    assert [draw(99, 10**15 + i) for i in range(3)] == SplitMix64(state).words(3)


def test_unmix_undoes_mix():
    for word in (*PUBLISHED, 0, 1, WORD):
        assert random.mix(unmix(word)) == word


def test_the_key_of_a_stream():
    """mix(mix(seed) + stream); mix is the first word of SplitMix64 from state word − γ."""
    def mix(word):
        return SplitMix64((word - GAMMA) % 2**64).next()

    for seed in (0, 1, 7, 2**64 - 1, 2**70 + 5, -3):
        for stream in (0, 1, streams.INITIALIZE_STREAM, streams.SHUFFLE_STREAM + 19, WORD):
            assert stream_key(seed, stream) == mix((mix(seed % 2**64) + stream) % 2**64)


def test_streams_do_not_meet():
    """Each purpose has 2³² indices that no other purpose uses."""
    purposes = [number for name, number in vars(streams).items() if name.endswith("_STREAM")]
    assert len(set(purposes)) == len(purposes) >= 11
    assert all(purpose % 2**32 == 0 for purpose in purposes)
    keys = {stream_key(seed, purpose + i) for seed in range(20) for purpose in purposes for i in range(20)}
    assert len(keys) == 20 * len(purposes) * 20


# --- Uniforms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_uniforms_are_the_top_53_bits(k, key):
    expected = [word >> 11 for word in SplitMix64(key).words(60)]
    found = flat(draws(k, "uniform", key, 0, 12, 5))
    assert [Fraction(u) for u in found] == [Fraction(bits, 2**53) for bits in expected]
    assert all(0.0 <= u < 1.0 for u in found)


def test_the_smallest_and_the_largest_uniform(k):
    for numerator in (0, 1, 2**52, 2**53 - 1):
        assert draws(k, "uniform", key_of(numerator), 0, 1, 1) == [[numerator / 2**53]]


# --- Independent of batches, and the same on both ---------------------------------------------------------------

KINDS = [("uniform", ()), ("normal", ()), ("bernoulli_mask", (0.3,))]


@pytest.mark.parametrize("name, more", KINDS)
def test_a_later_start_is_a_slice(k, name, more):
    whole = flat(draws(k, name, 42, 0, 10, 7, *more))
    assert len(set(whole)) > 1
    for first, rows, columns in ((0, 1, 70), (7, 9, 7), (1, 3, 4), (69, 1, 1), (35, 5, 7)):
        assert flat(draws(k, name, 42, first, rows, columns, *more)) == whole[first : first + rows * columns]


@pytest.mark.parametrize("name, more", KINDS)
def test_both_backends_draw_the_same(both, name, more):
    for key in KEYS:
        for first in (0, 1, 10**9, 2**53 - 1):
            one, other = (draws(k, name, key, first, 8, 25, *more) for k in both)
            same(one, other)


@pytest.mark.parametrize("first", [2**31, 2**32 + 1, 2**53 - 1])
def test_large_counters(k, first):
    expected = [Fraction(draw(5, first + i) >> 11, 2**53) for i in range(4)]
    assert [Fraction(u) for u in flat(draws(k, "uniform", 5, first, 2, 2))] == expected


# --- Normals --------------------------------------------------------------------------------------------------

# u − ½ at and around ±0.425 (where the central polynomial ends), √(−log tail) around 5, the ends, the middle.
EDGES = [0, 1, 2, 2**53 - 1, 2**53 - 2, 2**52, 2**52 + 1, 2**52 - 1, 2**51, 3 * 2**51]
EDGES += [int(p * 2**53) + i for p in (0.075, 0.925, math.exp(-25.0), 1.0 - math.exp(-25.0)) for i in (-1, 0, 1, 2)]


def exact_normal(p, mpmath):
    """√2 · erfinv(2p − 1), with 40 digits; p is an exact fraction."""
    p = mpmath.mpf(p.numerator) / p.denominator
    return mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)


def test_normals_against_mpmath(k):
    """AS 241's ratios are right to 1e-16. Rounding q, r, log and two Horner schemes of eight steps adds a few ulp.

    Five ulp (1.1e-15 relative) are allowed; a wrong digit in a coefficient costs far more.
    """
    mpmath = pytest.importorskip("mpmath")
    worst = 0.0
    with mpmath.workdps(40):
        for i in range(300):
            numerator = EDGES[i] if i < len(EDGES) else SplitMix64(i).next() >> (11 + i % 40)
            p = Fraction(numerator, 2**53) if numerator else Fraction(1, 2**54)
            found = draws(k, "normal", key_of(numerator), 0, 1, 1)[0][0]
            exact = exact_normal(p, mpmath)
            if exact == 0:
                assert found == 0.0
                continue
            worst = max(worst, float(abs(found - exact) / abs(exact)))
    assert 0.0 < worst < 5 * 2.0**-52


def test_normals_against_the_standard_library(k):
    """statistics.NormalDist().inv_cdf is AS 241 too, with the platform's log: equal up to a few ulp."""
    inverse = statistics.NormalDist().inv_cdf
    for key in KEYS:
        uniforms = flat(draws(k, "uniform", key, 0, 20, 10))
        for u, x in zip(uniforms, flat(draws(k, "normal", key, 0, 20, 10))):
            assert math.isclose(x, inverse(u), rel_tol=10 * 2.0**-52)


def test_a_uniform_of_zero_gives_a_finite_normal(k):
    """A uniform of 0 stands for the middle of its cell, 2⁻⁵⁴."""
    assert draws(k, "uniform", key_of(0), 0, 1, 1) == [[0.0]]
    lowest = draws(k, "normal", key_of(0), 0, 1, 1)[0][0]
    # NormalDist's inverse is AS 241 as well; see above for the tolerance.
    assert math.isclose(lowest, statistics.NormalDist().inv_cdf(2.0**-54), rel_tol=10 * 2.0**-52)
    assert -8.3 < lowest < draws(k, "normal", key_of(1), 0, 1, 1)[0][0] < -8.0
    assert 8.0 < draws(k, "normal", key_of(2**53 - 1), 0, 1, 1)[0][0] < 8.3


def test_a_uniform_of_zero_by_replacing_it(monkeypatch):
    monkeypatch.setattr(random, "uniform", lambda key, n: 0.0)
    assert -8.3 < random.normal(1, 2) < -8.2


def test_the_median_is_zero(k):
    assert draws(k, "normal", key_of(2**52), 0, 1, 1) == [[0.0]]


def test_normals_have_mean_0_and_variance_1(k):
    """20,000 fixed draws: five deviations are allowed, 1/√n = 0.0071 of the mean and √(2/n) = 0.01 of the variance."""
    x = flat(draws(k, "normal", 2024, 0, 200, 100))
    mean = math.fsum(x) / len(x)
    variance = math.fsum((v - mean) ** 2 for v in x) / len(x)
    assert abs(mean) < 5 * 0.0071
    assert abs(variance - 1.0) < 5 * 0.01


# --- Permutations -----------------------------------------------------------------------------------------------


def fisher_yates(key, n):
    """From the identity, i descending, exchanging with place ⌊u·(i + 1)⌋, the product rounded to a double."""
    order, source = list(range(n)), SplitMix64(key)
    for i in reversed(range(1, n)):
        j = math.floor(float(source.fraction() * (i + 1)))
        order[i], order[j] = order[j], order[i]
    return order


@pytest.mark.parametrize("n", [1, 2, 3, 10, 257])
def test_permutations_are_fisher_yates(k, n):
    for key in KEYS:
        found = k.tolist(k.permutation(key, n))
        assert found == [[float(i) for i in fisher_yates(key, n)]]
        assert sorted(found[0]) == list(range(n))


def test_permutations_differ(k):
    keys = [stream_key(3, streams.SHUFFLE_STREAM + epoch) for epoch in range(50)]
    orders = {tuple(k.tolist(k.permutation(key, 20))[0]) for key in keys}
    assert len(orders) == 50


def test_every_order_of_three_occurs_alike(k):
    """6000 keys, six orders: 1000 each, with a standard deviation of 29; five times that is allowed."""
    counts = {}
    for key in range(6000):
        order = tuple(k.tolist(k.permutation(stream_key(key, 0), 3))[0])
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert all(abs(count - 1000) < 5 * 29 for count in counts.values())


# --- Masks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.999, 1.0])
def test_masks_keep_where_u_is_at_least_p(k, p):
    source = SplitMix64(77)
    expected = [1.0 if source.fraction() >= Fraction(p) else 0.0 for _ in range(1000)]
    found = flat(draws(k, "bernoulli_mask", 77, 0, 100, 10, p))
    assert found == expected
    assert found.count(0.0) == expected.count(0.0)
    # Binomial: the deviation of 1000 draws is at most √(1000/4) = 16; five times that is allowed.
    assert abs(found.count(0.0) - 1000 * p) <= (5 * 16 if 0.0 < p < 1.0 else 0)


def test_a_uniform_equal_to_p_is_kept(k):
    numerator = 2**52 + 12345
    p = numerator / 2**53
    assert draws(k, "bernoulli_mask", key_of(numerator), 0, 1, 1, p) == [[1.0]]
    assert draws(k, "bernoulli_mask", key_of(numerator - 1), 0, 1, 1, p) == [[0.0]]
