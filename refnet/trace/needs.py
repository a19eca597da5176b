"""Which of a kernel's arguments does one number of its result need? So that of a large matrix nothing else is run.

Of a result with m rows, row 3 needs row 3 alone of every argument with m rows; so for columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from refnet.kernels.seam import Argument, Signature
from refnet.trace.calls import Numbers

# Not so here: these kernels look along a row or a column, count the numbers, or draw random ones by their place.
WHOLE = {
    "softmax": "n", "softmax_backward": "n", "log_softmax": "n", "log_softmax_backward": "n", "limit_row_norms": "n",
    "batch_norm_backward": "m", "orthonormal_rows": "mn", "shift_images": "n", "one_hot": "n", "permutation": "n",
    "left_columns": "n", "right_columns": "k", "dropout": "mn", "multiplicative_noise": "mn", "random_moves": "mn",
    "uniform": "mn", "normal": "mn", "bernoulli_mask": "mn",
    "fused_cross_entropy_backward": "n",  # computed in its two steps, to compare, it looks along the row
}


class Needs:
    """What the number [row][unit] of a result needs. part: "" or the argument that is changed in place.

    one  letters of the signature of which one index is enough, with that index
    at   the number's place in the result of the kernel, if it is run on these rows and columns alone
    """

    def __init__(self, signature: Signature, part: str, row: int, unit: int) -> None:
        shape = signature.result if not part else next(
            (each.rows, each.columns) for each in signature.arguments if each.name == part)
        whole = (*WHOLE.get(signature.name, ""), "1", "n+k")
        places = list(zip(shape or (), (row, unit)))
        self.one = {letter: place for letter, place in places if letter not in whole}
        self.at = tuple(0 if letter in self.one else place for letter, place in places)

    def of(self, argument: Argument, value: Numbers) -> tuple[Sequence[int], Sequence[int]]:
        """The rows and the columns of an argument's matrix that are needed."""
        rows, columns = self.one.get(argument.rows), self.one.get(argument.columns)
        return range(value.rows) if rows is None else [rows], range(value.columns) if columns is None else [columns]
