"""How does a network become one C file? Its kernel calls are recorded, and its kernels translated from the reference.

    recording     which kernels a prediction and a training step call, on which matrices
    library       the functions of C, each translated once for the shapes it is called with
    frame         an expression of Python as one of C; statements, builtin, parsed, values and writer belong to it
    primitives    what C has to say in its own way
    writing       the file; texts and selftest are parts of it

The order of operations is that of the reference, statement by statement, since it is the reference that is translated.
"""

from refnet.exchange.c.saving import save_c

__all__ = ["save_c"]
