"""What can stand between a layer and its kernels? A backend around a backend: it counts, prints, traces or checks.

    class Counting(Wrapper):
        def __init__(self, backend="auto"):
            super().__init__(backend)
            self.calls = Counter()

        def call(self, name, kernel, *values):
            self.calls[name] += 1
            return kernel(*values)

    net = Network(layers, backend=Counting("c"))

Such a network trains, copies, pickles and moves like any other. A wrapper around C sees only the steps that are
recorded, as C replays the rest; with `records = False` in its class it sees every call.
"""

from collections.abc import Iterable
from typing import Any, Callable, Optional

from refnet.checks import shown
from refnet.kernels.choosing import choose
from refnet.kernels.reference.matrices import rectangle
from refnet.kernels.seam import SEAM, Argument, Signature


class Wrapper:
    """Base of observers: a subclass defines `call`; everything else is taken from `inner`, the wrapped backend."""

    records_phases = False  # it sees each kernel of a loop by hand

    def __init__(self, backend: Any = "auto", number: Any = None) -> None:
        """backend, number: as for refnet.kernels.choose."""
        self.inner = choose(backend, number)

    def __getattr__(self, name: str) -> Any:
        if name == "inner":  # not set yet: a copy is being made or unpickled
            raise AttributeError(name)
        found, signature = getattr(self.inner, name), SEAM.get(name)
        if signature is None:
            return found

        def run(*values: Any, **named: Any) -> Any:
            return self.call(name, found, *signature.bind(values, named))

        return run

    def call(self, name: str, kernel: Callable, *values: Any) -> Any:
        """Run one kernel; values in the order of its signature."""
        return kernel(*values)


class Checked(Wrapper):
    """A backend whose kernels check their arguments first.

    The C core checks every call. The reference does not, and would ignore the end of the longer row where two widths
    differ. So a user's own layer gets its kernels through this; refnet's own layers are tested and do not need it.
    """

    checks_arguments = True

    def call(self, name: str, kernel: Callable, *values: Any) -> Any:
        signature = SEAM[name]
        signature.sizes(values, self._shape, self._first_outside, self._overlapping)
        return kernel(*(
            value if argument.kind in ("matrix", "bytes", "floats") else signature.plain(argument, value)
            for argument, value in zip(signature.arguments, values)
        ))

    def _shape(self, signature: Signature, argument: Argument, matrix: Any) -> tuple[int, int]:
        where = f"{signature.name}: {argument.name}"
        try:
            return rectangle(matrix, where) if isinstance(matrix, list) else self.inner.shape(matrix)
        except (TypeError, AttributeError):
            allowed = "matrices, made by kernels.matrix(rows)"
            raise TypeError(f"{where} is {shown(matrix)}, a {type(matrix).__name__}; allowed: {allowed}") from None

    def _overlapping(self, values: tuple, pairs: tuple) -> Any:
        def rows(matrix: Any) -> set[int]:
            return set(map(id, matrix)) if isinstance(matrix, list) else {id(matrix)}

        return next(((i, j) for i, j in pairs if not rows(values[i]).isdisjoint(rows(values[j]))), None)

    def _first_outside(self, matrix: Any, below: int) -> Optional[tuple[float, int]]:
        rows = matrix if isinstance(matrix, list) else self.inner.tolist(matrix)
        for i, value in enumerate(value for row in rows for value in row):
            if not (0.0 <= value < below and value == int(value)):
                return value, i
        return None


def kernels_for(user: Any, k: Any) -> Any:
    """The kernels for a layer or loss: if it is a user's own, kernels that check their arguments."""
    return Checked(k) if user.is_users_own and not getattr(k, "checks_arguments", False) else k


def check_matrix(k: Any, where: str, matrix: Any, shape: Iterable[int]) -> None:
    """Raise TypeError or ValueError if a user's own method returned anything but a matrix of this shape.

    The reference would not notice and go on with fewer numbers.
    """
    expected = tuple(shape)
    if isinstance(matrix, list) and not isinstance(k.zeros(1, 1), list):
        raise TypeError(f"{where} returned a list; expected a matrix of shape {expected}, made by kernels or k.matrix")
    try:
        found = rectangle(matrix, f"{where} returned") if isinstance(matrix, list) else tuple(k.shape(matrix))
    except (TypeError, AttributeError, IndexError):
        raise TypeError(f"{where} returned a {type(matrix).__name__}; expected a matrix of shape {expected}") from None
    if found != expected:
        raise ValueError(f"{where} returned a matrix of shape {found}; expected {expected}")
