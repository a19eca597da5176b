"""How does C run the kernels? The backend that calls the C core, and the recording of a step that C replays."""

from refnet.kernels.native.backend import FORMATS, BackendError, Native
from refnet.kernels.native.loading import load

__all__ = ["BackendError", "FORMATS", "Native", "load"]
