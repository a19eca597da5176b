"""What kind of file is this? A folder of IDX files, one IDX file, or a CSV file; plain or gzip, told by the content.

A mistake in a file raises ValueError: the message begins with the file's name and says where, what was found and what
is allowed. A missing file raises FileNotFoundError.
"""

from typing import Any

from refnet.data.containers import Dataset
from refnet.data.csv_files import read_csv
from refnet.data.formats import FORMATS
from refnet.data.streams import Path


def read(path: Path, **options: Any) -> Dataset:
    """Read a folder with `read_idx_folder`, a file with `read_csv`; the options are theirs.

    A single IDX file of images (it begins with two zero bytes) becomes a Dataset without targets; it has no options.
    """
    for recognizes, reader in FORMATS:
        if recognizes(path):
            return reader(path, **options)
    return read_csv(path, **options)
