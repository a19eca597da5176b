"""What are the bytes of this file? Its own, or those compressed in it with gzip; damage is found and described."""

import gzip
import io
import os
import zlib
from typing import Union

Path = Union[str, "os.PathLike[str]"]
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)  # what reading a damaged gzip stream may raise


def decompressed(file: io.BufferedReader) -> io.BufferedIOBase:
    """The file itself, or its decompressed content if it begins like a gzip file."""
    return gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == b"\x1f\x8b" else file


def read_up_to(limit: int, stream: io.BufferedIOBase) -> tuple[bytes, str]:
    """At most `limit` bytes; and if a gzip stream ends too early, what is wrong with it.

    It is read in small pieces, as a damaged header may announce more bytes than there is memory, and the bytes before
    the damage count. BytesIO returns its buffer without a second copy.
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
