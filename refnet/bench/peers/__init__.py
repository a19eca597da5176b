"""How fast are the others? The same networks on the same data in the libraries that are installed.

Each is written as someone who knows it well would write it: minibatches in a new random order each epoch, and the loss
added up on the way as `fit` does. All compute in the number format that is measured, binary64 or binary32; of PyTorch,
whose default is binary32, that is shown beside binary64 too. The libraries are imported only when they are asked for.
"""

import os
from typing import Any, NamedTuple

from refnet.bench.peers.base import Peer, module
from refnet.bench.peers.jax import JAX, JAX32
from refnet.bench.peers.numba import Numba, Numba32
from refnet.bench.peers.numpy import NumPy, NumPy32
from refnet.bench.peers.pytorch import PyTorch, PyTorch32
from refnet.bench.peers.scikit_learn import ScikitLearn, ScikitLearn32

__all__ = ["CLASSES", "PEER_FORMATS", "Peer", "Peers", "load_peers"]


class Peers(NamedTuple):
    """The contestants of the libraries that are installed, their versions by name, and the names of the others."""

    contestants: tuple[Any, ...]
    versions: dict[str, str]
    missing: list[str]


CLASSES: tuple[type[Peer], ...] = (
    NumPy, NumPy32, ScikitLearn, ScikitLearn32, PyTorch, PyTorch32, JAX, JAX32, Numba, Numba32,
)
PEER_FORMATS = ("binary64", "binary32")


def load_peers(threads: int, number: str = "binary64") -> Peers:
    """Import the libraries that are installed, and let them use at most this many threads."""
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ[variable] = str(threads)  # read when the library is loaded
    found: list[type[Peer]] = []
    versions: dict[str, str] = {}
    missing: list[str] = []
    for each in CLASSES:
        if each.library in missing:
            continue
        if each.library not in versions:
            each.prepare(threads)
            try:
                module(each.package)
            except ImportError:
                missing.append(each.library)
                continue
            each.limit(threads)
            versions[each.library] = module(each.package.partition(".")[0]).__version__
        if number in each.among:
            found.append(each)
    blas = _limit_blas(threads)
    if blas and "NumPy" in versions:
        versions["NumPy"] += f" ({blas})"
    return Peers(tuple(found), versions, missing)


def _limit_blas(threads: int) -> str:
    """Let NumPy's BLAS use at most this many threads, even if it was loaded before. Returns its name and its kernels.

    threadpoolctl comes with scikit-learn. Without it, the environment's variables have to do, and the result is "".
    """
    try:
        threadpoolctl = module("threadpoolctl")
    except ImportError:
        return ""
    threadpoolctl.threadpool_limits(threads, user_api="blas")
    for pool in threadpoolctl.threadpool_info():
        if pool.get("user_api") == "blas" and "numpy" in pool.get("filepath", "").lower():
            parts = [pool.get("internal_api", ""), pool.get("version") or "", pool.get("architecture", "")]
            return " ".join(part for part in parts if part)
    return ""
