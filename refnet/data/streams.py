"""What are the bytes of this file? Its own, or those compressed in it; and what to say of a damaged one."""

from __future__ import annotations

# For the type checker alone: importing typing would take longer than this whole room.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from io import BufferedIOBase, BufferedReader
    from typing import Union

    Path = Union[str, os.PathLike[str]]


def decompressed(file: BufferedReader) -> BufferedIOBase:
    """The file itself, or, when it begins like a gzip file, what is compressed in it."""
    if file.peek(2)[:2] != b"\x1f\x8b":
        return file
    import gzip

    return gzip.GzipFile(fileobj=file)


def gzip_errors() -> tuple[type[Exception], ...]:
    """What reading a damaged gzip stream may raise."""
    import gzip
    import zlib

    return EOFError, zlib.error, gzip.BadGzipFile


def read_up_to(limit: int, stream: BufferedIOBase) -> tuple[bytes, str]:
    """At most `limit` bytes and, when a gzip stream broke off before, what is wrong with it.

    In small pieces: a damaged header may announce more bytes than there is memory, and what stands before
    the damage is counted. BytesIO then hands its buffer over without a second copy.
    """
    import io

    errors = gzip_errors()
    buffer = io.BytesIO()
    try:
        while buffer.tell() < limit:
            piece = stream.read1(min(limit - buffer.tell(), 1 << 16))
            if not piece:
                break
            buffer.write(piece)
    except errors as error:
        return buffer.getvalue(), f"damaged gzip stream: {error}"
    return buffer.getvalue(), ""
