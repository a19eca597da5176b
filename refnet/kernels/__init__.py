"""Who computes? Every loop over numbers, once per backend, behind one set of signatures: the seam.

A backend, `self.k` in a layer and the argument `k` elsewhere, has each kernel of SEAM under its name, and what makes
and reads its matrices:

    k.matrix(rows)       a new matrix with a copy of these numbers, each rounded to the network's format
    k.wide(rows)         the same in binary64, for what stays binary64 in every format: rates, counters, row numbers
    k.zeros(m, n)        a matrix of m rows and n columns of zeros
    k.shape(x)           (rows, columns)
    k.tolist(x)          the numbers as a new list of rows, to look at: C does not replay a step that does
    k.assign(x, rows)    copies numbers into the matrix x; whatever holds x sees them

A matrix is a list of rows on the reference and a buffer in C, so nothing but these and the kernels may touch it.
"""

from refnet.kernels.choosing import at_hand, choose, native_or_none, why_no_c
from refnet.kernels.native import BackendError
from refnet.kernels.observers import Wrapper
from refnet.kernels.reference import REFERENCE
from refnet.kernels.seam import SEAM

__all__ = ["BackendError", "REFERENCE", "SEAM", "Wrapper", "at_hand", "choose", "native_or_none", "why_no_c"]
