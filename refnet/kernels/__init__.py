"""Who computes? Every loop over numbers, once per backend, behind one set of signatures: the seam."""

from refnet.kernels.choosing import at_hand, choose, native_or_none, why_no_c
from refnet.kernels.native import BackendError
from refnet.kernels.observers import Wrapper
from refnet.kernels.reference import REFERENCE
from refnet.kernels.seam import SEAM

__all__ = ["BackendError", "REFERENCE", "SEAM", "Wrapper", "at_hand", "choose", "native_or_none", "why_no_c"]
