"""What is e to the power of a number, when every machine has to give the same bits?

math.exp differs in the last bits between Linux, macOS and Windows: IEEE-754 fixes + - * / and sqrt to the last
bit and leaves the rest to each C library. So exp, log and what a network needs of them are built here from those
operations alone: reduce the argument to a short interval, evaluate a polynomial there, scale back by a power of
two. csrc/arithmetic/elementary.h has the same functions in C: the same names, statement for statement.

The leading terms of the polynomial cause most of the error: each is rounded by up to half a unit in the last place
(ulp) of the result. So an argument r is split into high + low, with so few bits in high that high * high is exact:
1 + high + high*high/2 then involves no rounding, and what is rounded is small beside it.

The errors stated are the largest over 10^6 arguments, measured against mpmath by tests/arithmetic/accuracy.py; 0.5
ulp of each is the rounding of the result itself. The coefficients are minimax (Remez) fits, rounded to binary64.
After W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980; K. C. Ng's fdlibm, 1993
(the logarithms, the sines); J.-M. Muller, Elementary Functions, 3rd edition, 2016.
"""

import functools
import math
from math import copysign, fabs, frexp, ldexp

INFINITY = math.inf
NAN = math.nan

# --- Constants, the same in csrc/arithmetic/elementary.h ----------------------------------------------------------

SHIFT = 6755399441055744.0  # 1.5 * 2^52: (x + SHIFT) - SHIFT rounds x to an integer
SPLIT = 201326592.0  # 1.5 * 2^27: (x + SPLIT) - SPLIT rounds x to a multiple of 2^-25
TINY = 5.551115123125783e-17  # 2^-54: below it e^x - 1 = log(1 + x) = x
SQRT_HALF = 0.7071067811865476
LOG2E = 1.4426950408889634
LN2_HI = 0.6931471805598903  # the first 42 bits of log 2, so that n * LN2_HI is exact for |n| < 2^11
LN2_LO = 5.497923018708371e-14  # the rest

# e^r = 1 + r + r^2/2 + r^3 (EXP_3 + EXP_4 r + ...) for |r| <= log(2)/2, to 2^-60
EXP_3 = 0.1666666666666668
EXP_4 = 0.041666666666666415
EXP_5 = 0.00833333333331857
EXP_6 = 0.001388888888903296
EXP_7 = 0.00019841269893246488
EXP_8 = 2.4801587026016205e-05
EXP_9 = 2.7557237541181646e-06
EXP_10 = 2.7557525892241654e-07
EXP_11 = 2.5111218295698334e-08
EXP_12 = 2.083853483802914e-09

# log((1 + s)/(1 - s)) = 2 s + s (LOG_1 z + LOG_2 z^2 + ...), z = s^2, for |s| <= 3 - sqrt(8), to 2^-59
LOG_1 = 0.6666666666666734
LOG_2 = 0.39999999999415137
LOG_3 = 0.28571428742302096
LOG_4 = 0.22222198580850852
LOG_5 = 0.18183563970144345
LOG_6 = 0.15314058812338371
LOG_7 = 0.1479587391958772

# --- Constants that only Python has --------------------------------------------------------------------

# sin r = r + r^3 (SIN_1 + SIN_2 z + ...), cos r = 1 - z/2 + z^2 (COS_1 + COS_2 z + ...); z = r^2, |r| < 0.79
SIN_1 = -0.16666666666666632
SIN_2 = 0.00833333333332242
SIN_3 = -0.00019841269829813264
SIN_4 = 2.7557313693808424e-06
SIN_5 = -2.5050758413889662e-08
SIN_6 = 1.5896813200660015e-10
COS_1 = 0.041666666666666595
COS_2 = -0.001388888888887306
COS_3 = 2.4801587288853303e-05
COS_4 = -2.7557314179477137e-07
COS_5 = 2.087570083600384e-09
COS_6 = -1.1358534908564658e-11
PI_BITS = 1280  # 1024 for the quarter turns in the largest double, 256 for the remainder


def _two_to(n: float) -> tuple[float, float]:
    """Two powers of two whose product is 2^n. (Alone, 2^1024 would overflow and 2^-1076 be zero.)"""
    half = (n * 0.5 + SHIFT) - SHIFT
    return ldexp(1.0, int(half)), ldexp(1.0, int(n - half))


_TWO_TO: dict[float, tuple[float, float]] = {float(n): _two_to(float(n)) for n in range(-1076, 1025)}


def divide(a: float, b: float) -> float:
    """a / b by IEEE-754: where Python raises ZeroDivisionError, an infinity, and NaN for 0/0."""
    if b != 0.0:
        return a / b
    if a == 0.0 or a != a:
        return NAN
    return copysign(INFINITY, a) * copysign(1.0, b)


def sqrt(x: float) -> float:
    """The square root, correctly rounded; NaN below zero, where Python raises; sqrt(-0.0) = -0.0."""
    return NAN if x < 0.0 else math.sqrt(x)


def exp(x: float) -> float:
    """e^x = 2^n e^r, with n the integer nearest to x / log 2 and r = x - n log 2.

    Error at most 0.54 ulp; 0.76 where the result is subnormal and so rounded a second time.
    """
    if not -746.0 <= x <= 710.0:  # the results at these ends are 0 and infinity already
        if x != x:
            return x
        x = 710.0 if x > 0.0 else -746.0
    n = (x * LOG2E + SHIFT) - SHIFT
    r_hi = x - n * LN2_HI  # exact
    r_lo = n * LN2_LO
    high = (r_hi + SPLIT) - SPLIT
    low = (r_hi - high) - r_lo
    r = high + low
    head = high + 0.5 * high * high  # exact, and so is 1 + head: multiples of 2^-51
    cube = r * r * r * (EXP_3 + r * (EXP_4 + r * (EXP_5 + r * (EXP_6 + r * (EXP_7 + r * (
        EXP_8 + r * (EXP_9 + r * (EXP_10 + r * (EXP_11 + r * EXP_12)))))))))
    tail = low + (low * (high + 0.5 * low) + cube)
    first, second = _TWO_TO[n]  # _two_to(n)
    return ((1.0 + head) + tail) * first * second


def expm1(x: float) -> float:
    """e^x - 1 = 2 (t e^r - 1/2) with t = 2^(n-1), without cancellation near 0. Error at most 0.75 ulp.

    The statements of exp are repeated here: a call of a function would make both a tenth slower.
    """
    if fabs(x) < TINY:
        return x
    if not -60.0 <= x <= 710.0:  # e^-60 is lost beside 1
        if x != x:
            return x
        x = 710.0 if x > 0.0 else -60.0
    n = (x * LOG2E + SHIFT) - SHIFT
    r_hi = x - n * LN2_HI
    r_lo = n * LN2_LO
    high = (r_hi + SPLIT) - SPLIT
    low = (r_hi - high) - r_lo
    r = high + low
    head = high + 0.5 * high * high
    cube = r * r * r * (EXP_3 + r * (EXP_4 + r * (EXP_5 + r * (EXP_6 + r * (EXP_7 + r * (
        EXP_8 + r * (EXP_9 + r * (EXP_10 + r * (EXP_11 + r * EXP_12)))))))))
    tail = low + (low * (high + 0.5 * low) + cube)
    first, second = _TWO_TO[n]  # _two_to(n)
    t = 0.5 * first * second  # not 2^n: 2^1024 overflows where e^x - 1 does not
    large = t - 0.5
    small = t * head
    value = large + small
    lost = (small - (value - large)) + ((t - large) - 0.5)
    return (value + (lost + t * tail)) * 2.0


def _log(f: float, k: float, c: float) -> float:
    """log(2^k (1 + f)) + c, for sqrt(1/2) <= 1 + f < sqrt(2) and a tiny correction c.

    With s = f/(2 + f), 1 + f = (1 + s)/(1 - s) and 2 s = f - s f, so log(1 + f) = f - s f + (2/3 s^3 + ...).
    The rounding of s f matters, so both factors are split in two, as r is in exp.
    """
    s = f / (2.0 + f)
    z = s * s
    series = z * (LOG_1 + z * (LOG_2 + z * (LOG_3 + z * (LOG_4 + z * (
        LOG_5 + z * (LOG_6 + z * LOG_7))))))
    s_hi = (s + SPLIT) - SPLIT
    f_hi = (f + SPLIT) - SPLIT
    f_lo = f - f_hi
    product = s_hi * f_hi  # exact
    s_lo = (((f - 2.0 * s_hi) - product) - s_hi * f_lo) / (2.0 + f)
    head = f - product
    tail = ((f - head) - product) + (s * series - (s_hi * f_lo + s_lo * f))
    large = k * LN2_HI  # exact
    value = large + head
    lost = head - (value - large)
    return value + (lost + (tail + (k * LN2_LO + c)))


def log(x: float) -> float:
    """log x = k log 2 + log m, x = 2^k m, sqrt(1/2) <= m < sqrt(2); -inf at 0, NaN below. Error at most 0.55 ulp."""
    if not 0.0 < x < INFINITY:
        return x if x == INFINITY else -INFINITY if x == 0.0 else NAN
    m, k = frexp(x)
    if m < SQRT_HALF:
        m, k = m + m, k - 1
    return _log(m - 1.0, k, 0.0)


def log1p(x: float) -> float:
    """log(1 + x) = log u + c/u, where u is 1 + x rounded and c the rest. Error at most 0.55 ulp."""
    if fabs(x) < TINY:
        return x
    if not -1.0 < x < INFINITY:
        return x if x == INFINITY else -INFINITY if x == -1.0 else NAN
    u = 1.0 + x
    c = 1.0 - (u - x) if x > 1.0 else x - (u - 1.0)  # exact: the larger of 1 and x is subtracted first
    m, k = frexp(u)
    if m < SQRT_HALF:
        m, k = m + m, k - 1
    if k == 0:  # f is x itself, unrounded
        return _log(x, k, 0.0)
    return _log(m - 1.0, k, c / u)


def tanh(x: float) -> float:
    """tanh x = (1 - e^-2x)/(1 + e^-2x) for small x, 1 - 2/(e^2x + 1) for large. Error at most 2.2 ulp."""
    a = fabs(x)
    if a < 0.45:  # where both forms are equally accurate
        t = expm1(-2.0 * a)
        return copysign(-t / (2.0 + t), x)
    t = expm1(2.0 * a)
    return copysign(1.0 - 2.0 / (2.0 + t), x)


def sigmoid(z: float) -> float:
    """1 / (1 + e^-z). Error at most 2.5 ulp; below -709.78, where e^-z overflows, it is 0.0."""
    return 1.0 / (1.0 + exp(-z))


def softplus(z: float) -> float:
    """log(1 + e^z) = max(z, 0) + log(1 + e^-|z|). Error at most 1.5 ulp."""
    return (z if z > 0.0 else 0.0) + log1p(exp(-fabs(z)))


@functools.cache
def _pi() -> int:
    """pi * 2^PI_BITS, by Machin's formula pi = 16 arctan(1/5) - 4 arctan(1/239) in integers."""
    def arctan_of_one_over(q: int) -> int:  # 1/q - 1/(3 q^3) + 1/(5 q^5) - ...
        total, power, n = 0, (1 << PI_BITS + 32) // q, 1
        while power:
            total += power // n if n % 4 == 1 else -(power // n)
            power, n = power // (q * q), n + 2
        return total

    return (16 * arctan_of_one_over(5) - 4 * arctan_of_one_over(239)) >> 32


def _quarter_turns(x: float) -> tuple[int, float, float]:
    """x = q pi/2 + r with |r| <= pi/4: q modulo 4, and r as hi + lo. In integers, so exact for every x."""
    if fabs(x) <= 0.785:
        return 0, x, 0.0
    one, quarter = 1 << PI_BITS, _pi() >> 1
    numerator, denominator = x.as_integer_ratio()
    q, r = divmod(numerator * one // denominator + quarter // 2, quarter)
    r -= quarter // 2
    hi = r / one  # Python divides integers with one rounding
    numerator, denominator = hi.as_integer_ratio()
    return q % 4, hi, (r - numerator * one // denominator) / one


def _sin(r: float, lo: float) -> float:
    """sin(r + lo) for |r| <= pi/4."""
    z = r * r
    series = SIN_1 + z * (SIN_2 + z * (SIN_3 + z * (SIN_4 + z * (SIN_5 + z * SIN_6))))
    return r + (lo * (1.0 - 0.5 * z) + r * z * series)


def _cos(r: float, lo: float) -> float:
    """cos(r + lo) for |r| <= pi/4."""
    z = r * r
    series = COS_1 + z * (COS_2 + z * (COS_3 + z * (COS_4 + z * (COS_5 + z * COS_6))))
    half = 0.5 * z
    head = 1.0 - half
    return head + (((1.0 - head) - half) + (z * z * series - r * lo))


def sin(x: float) -> float:
    """sin x for every finite x, NaN for infinities. Error at most 0.79 ulp."""
    if fabs(x) < 1e-8:  # also -0.0
        return x
    if x - x != 0.0:  # infinity or NaN
        return NAN
    q, r, lo = _quarter_turns(x)
    value = _cos(r, lo) if q % 2 else _sin(r, lo)
    return -value if q >= 2 else value


def cos(x: float) -> float:
    """cos x for every finite x, NaN for infinities. Error at most 0.78 ulp."""
    if x - x != 0.0:
        return NAN
    q, r, lo = _quarter_turns(x)
    value = _sin(r, lo) if q % 2 else _cos(r, lo)
    return -value if q in (1, 2) else value
