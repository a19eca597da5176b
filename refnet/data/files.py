"""What kind of file is this? A folder of IDX files, one of them, or a CSV file; plain or gzip, known by content.

What is wrong with a file is a ValueError that begins with its name and says where, what was found and what
is allowed. A missing file is a FileNotFoundError.
"""

from __future__ import annotations

import os

from refnet.data.containers import ByteMatrix, Dataset
from refnet.data.idx import is_idx_file, read_idx, read_idx_folder
from refnet.data.tables import read_csv

# For the type checker alone: importing typing would take longer than this whole room.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from refnet.data.streams import Path


def read(path: Path, **options: Any) -> Dataset:
    """A folder by `read_idx_folder`, a file by `read_csv`, with the options they have.

    A single IDX file (it begins with two zero bytes) is read too, without options: its images are a Dataset
    without targets.
    """
    if os.path.isdir(path):
        return read_idx_folder(path, **options)
    if not is_idx_file(path):
        return read_csv(path, **options)
    if options:
        raise ValueError(f"{os.fspath(path)}: an IDX file is read without options, got {', '.join(options)}")
    images = read_idx(path)
    if not isinstance(images, ByteMatrix):
        raise ValueError(f"{os.fspath(path)}: labels without images; read the folder that holds both")
    return Dataset(images)
