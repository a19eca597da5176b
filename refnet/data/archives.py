"""What is in NumPy's archive of arrays, a .npz file?"""

from __future__ import annotations

from typing import Any


def read_npz(path: str) -> dict[str, Any]:
    """The arrays of numbers by name.

    Raises ImportError without NumPy, OSError if the file cannot be read, and ValueError if it is no archive or damaged,
    or has arrays of Python objects.
    """
    try:
        import numpy
    except ImportError:
        raise ImportError(f"{path}: reading a .npz file needs NumPy: pip install numpy") from None
    try:
        with numpy.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except Exception as error:  # damaged archives raise what they like
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ValueError(f"{path}: not a .npz file of numbers, or damaged: {error}") from error
