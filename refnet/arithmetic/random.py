"""What is a random number? A pure function of (seed, stream, n).

SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014) used by counter: draw n
costs the same as draw 0 and does not depend on threads, batch size or backend. Uniforms take the top 53 bits;
normals, permutations and masks are built from uniforms.
"""

from refnet.arithmetic.elementary import log, sqrt

WORD = 0xFFFFFFFFFFFFFFFF
GAMMA = 0x9E3779B97F4A7C15
TWO_TO_MINUS_53 = 1.1102230246251565e-16
TWO_TO_MINUS_54 = 5.551115123125783e-17


def mix(word: int) -> int:
    """SplitMix64's finaliser: 64 bits in, 64 well-mixed bits out."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & WORD
    return word ^ (word >> 31)


def stream_key(seed: int, stream: int) -> int:
    """The key of one stream of a seed: mix(mix(seed) + stream), modulo 2⁶⁴."""
    return mix((mix(seed & WORD) + stream) & WORD)


def draw(key: int, n: int) -> int:
    """Draw n (from 0) of a stream as 64 bits: mix(key + (n + 1)·γ), modulo 2⁶⁴."""
    return mix((key + (n + 1) * GAMMA) & WORD)


def uniform(key: int, n: int) -> float:
    """Draw n as a number in [0, 1): its top 53 bits, times 2⁻⁵³."""
    return (draw(key, n) >> 11) * TWO_TO_MINUS_53


def normal(key: int, n: int) -> float:
    """Draw n as a standard normal number: the inverse cumulative distribution of uniform n.

    Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988 (PPND16). A uniform of
    exactly 0 counts as 2⁻⁵⁴, the middle of its cell, so that every normal is finite (|x| < 8.3).
    """
    u = uniform(key, n)
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        r = 0.180625 - q * q
        return q * _ratio(r, CENTRAL_NUMERATOR, CENTRAL_DENOMINATOR)
    tail = 1.0 - u if q > 0.0 else u if u > 0.0 else TWO_TO_MINUS_54
    r = sqrt(-log(tail))
    if r <= 5.0:
        x = _ratio(r - 1.6, MIDDLE_NUMERATOR, MIDDLE_DENOMINATOR)
    else:
        x = _ratio(r - 5.0, FAR_NUMERATOR, FAR_DENOMINATOR)
    return x if q > 0.0 else -x


def permutation(key: int, n: int) -> list[int]:
    """A random order of 0 … n−1: Fisher–Yates from the identity, i descending, one uniform for each exchange."""
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(uniform(key, n - 1 - i) * (i + 1))  # u·(i+1) < i+1 also after rounding, for every i < 2⁵³
        order[i], order[j] = order[j], order[i]
    return order


def _ratio(r: float, numerator: tuple[float, ...], denominator: tuple[float, ...]) -> float:
    """The quotient of two polynomials in r by Horner's rule, highest power first."""
    above = 0.0
    for coefficient in numerator:
        above = above * r + coefficient
    below = 0.0
    for coefficient in denominator:
        below = below * r + coefficient
    return above / below


# AS 241's coefficients, highest power first.
CENTRAL_NUMERATOR = (
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
    13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.3871328727963666080,
)
CENTRAL_DENOMINATOR = (
    5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867,
    5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0,
)
MIDDLE_NUMERATOR = (
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258,
    3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734,
)
MIDDLE_DENOMINATOR = (
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
    6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187, 1.0,
)
FAR_NUMERATOR = (
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
    2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720,
)
FAR_DENOMINATOR = (
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
    1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0,
)
