"""What kind of file is this? A folder of IDX files, one of them, or a CSV file; plain or gzip, known by content.

What is wrong with a file is a ValueError that begins with its name and says where, what was found and what
is allowed. A missing file is a FileNotFoundError.
"""

from __future__ import annotations

from typing import Any

from refnet.data.containers import Dataset
from refnet.data.formats import FORMATS
from refnet.data.streams import Path
from refnet.data.tables import read_csv


def read(path: Path, **options: Any) -> Dataset:
    """A folder by `read_idx_folder`, a file by `read_csv`, with the options they have.

    A single IDX file (it begins with two zero bytes) is read too, without options: its images are a Dataset
    without targets.
    """
    for recognizes, reader in FORMATS:
        if recognizes(path):
            return reader(path, **options)
    return read_csv(path, **options)
