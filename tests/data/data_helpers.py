"""What do the tests of data share? The message of a refusal, and IDX files byte by byte."""

import struct

import pytest


def refused(function, *arguments, **options):
    """The message of the ValueError that this call raises."""
    with pytest.raises(ValueError) as error:
        function(*arguments, **options)
    return str(error.value)


def images(items, rows, columns, data=None):
    data = bytes(i % 256 for i in range(items * rows * columns)) if data is None else data
    return struct.pack(">IIII", 0x00000803, items, rows, columns) + data


def labels(values):
    return struct.pack(">II", 0x00000801, len(values)) + bytes(values)
