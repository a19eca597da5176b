"""What are the bytes of this file? Its own, or those compressed in it; and what to say of a damaged one."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from typing import Union

Path = Union[str, "os.PathLike[str]"]
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)  # what reading a damaged gzip stream may raise


def decompressed(file: io.BufferedReader) -> io.BufferedIOBase:
    """The file itself, or, when it begins like a gzip file, what is compressed in it."""
    if file.peek(2)[:2] != b"\x1f\x8b":
        return file
    return gzip.GzipFile(fileobj=file)


def read_up_to(limit: int, stream: io.BufferedIOBase) -> tuple[bytes, str]:
    """At most `limit` bytes and, when a gzip stream broke off before, what is wrong with it.

    In small pieces: a damaged header may announce more bytes than there is memory, and what stands before
    the damage is counted. BytesIO then hands its buffer over without a second copy.
    """
    buffer = io.BytesIO()
    try:
        while buffer.tell() < limit:
            piece = stream.read1(min(limit - buffer.tell(), 1 << 16))
            if not piece:
                break
            buffer.write(piece)
    except DAMAGED as error:
        return buffer.getvalue(), f"damaged gzip stream: {error}"
    return buffer.getvalue(), ""
