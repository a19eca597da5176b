"""Does this thread compute as the contract says? Each result rounded once, to nearest, and none flushed to zero.

Python leaves the processor's floating-point modes as it finds them, and any library may have changed them: a program
linked with -ffast-math flushes subnormal numbers, fesetround sets another rounding. An old processor unit, the x87,
rounds twice. Then Python's own sums have other bits. Four sums and a product tell.
"""

import math
import os

# Computed below with names, not literals: Python evaluates constant expressions when it compiles them.
_ONE, _HALF, _TINY, _SMALLEST_NORMAL = 1.0, 0.5, math.ldexp(1.0, -60), math.ldexp(1.0, -1022)
_LARGE, _ALMOST_THREE, _SUM = 1e16, 2.9999, 10000000000000002.0  # the x87 rounds the sum up to …03, then to …04


def fault() -> str:
    """What this thread's arithmetic does wrong; "" if it keeps the contract."""
    if _ONE + _TINY == _ONE == _ONE - _TINY and _SMALLEST_NORMAL * _HALF != 0.0 and _LARGE + _ALMOST_THREE == _SUM:
        return ""
    if _ONE + _TINY != _ONE:
        return "this thread rounds upwards, not to nearest"
    if _ONE - _TINY != _ONE:
        return f"this thread rounds {'towards zero' if -_ONE - _TINY == -_ONE else 'downwards'}, not to nearest"
    if _SMALLEST_NORMAL * _HALF == 0.0:
        return "this thread flushes subnormal numbers to zero"
    return "this Python rounds twice, as it is compiled for the x87 unit"


def check(error: type[Exception] = FloatingPointError) -> None:
    """Raise this error if results would have other bits. REFNET_OTHER_BITS=1 in the environment allows them."""
    reason = fault()
    if not reason or os.environ.get("REFNET_OTHER_BITS") == "1":
        return
    if "x87" in reason:
        cure = "use a Python that is compiled for SSE2 (any for 64 bits, or PyPy)"
    else:
        cure = "another library has set this: reset it (in C: fesetenv(FE_DFL_ENV)), or do without that library"
    raise error(f"refnet: {reason}, so results would have other bits; {cure}. REFNET_OTHER_BITS=1 allows other bits")
