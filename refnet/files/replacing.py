"""How does a file take the place of an old one? Whole or not at all, whatever goes wrong while it is written."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from typing import Union

Path = Union[str, "os.PathLike[str]"]


def replace(path: Path, data: bytes) -> None:
    """Write a file, in the place of one that is there: a temporary file beside it is renamed when it is on the disk.

    After an exception the old file is as it was, and nothing else is left; a crash may leave a `.refnet-….tmp`. A link
    keeps pointing to the file. A device or a pipe is written to as it is. Raises OSError, which names the path.
    """
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as device:
                device.write(data)
        else:
            _renamed(os.path.realpath(os.fsdecode(path)), data)
    except OSError as error:  # that of a write has no file, and the temporary one tells nobody anything
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, os.fsdecode(path)) from error


def _renamed(path: str, data: bytes) -> None:
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, "there is no such folder")
    mode = os.stat(path).st_mode if os.path.exists(path) else None
    if mode is not None and not os.access(path, os.W_OK):  # to rename, the folder's permission would be enough
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    permissions = 0o666 if mode is None else stat.S_IMODE(mode)  # minus the umask, as for any new file
    temporary = os.path.join(folder, f".refnet-{secrets.token_hex(16)}.tmp")
    try:
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, permissions)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, permissions)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    # After this the folder's entry survives a power cut. Not every system can do it; the file is complete anyway.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
