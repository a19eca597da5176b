"""What is in this IDX file? Images or labels, as bytes: the format that MNIST is kept in."""

from __future__ import annotations

import os
from typing import Any

from refnet import checks
from refnet.data.containers import ByteMatrix, Dataset
from refnet.data.formats import reads
from refnet.data.streams import Path, decompressed, read_up_to

IDX_PREFIXES = {"train": "train", "test": "t10k"}  # MNIST's test set has ten thousand images
IDX_ELEMENTS = {
    0x08: "unsigned bytes",
    0x09: "signed bytes",
    0x0B: "16-bit integers",
    0x0C: "32-bit integers",
    0x0D: "32-bit floats",
    0x0E: "64-bit floats",
}


def is_idx_file(path: Path) -> bool:
    """Whether this file, plain or gzip, begins with two zero bytes, like every IDX file.

    False for anything but a regular file: a pipe, for example, can be read only once, so it is not opened here.
    """
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return read_up_to(2, decompressed(file))[0] == b"\0\0"


def read_idx(path: Path) -> ByteMatrix | list[int]:
    """Read an IDX file of unsigned bytes: images as a ByteMatrix, one image a row, or labels as integers.

    The format is that of yann.lecun.com/exdb/mnist: magic 00 00 08 03 and the sizes (images, rows, columns), or
    magic 00 00 08 01 and the number of labels, as big-endian 32-bit words; then one byte for each pixel or label.

    Raises ValueError for another kind of file or element, no items, and missing, damaged or surplus bytes.
    """
    name = os.fspath(path)
    if os.path.isdir(path):
        raise ValueError(f"{name}: is a folder, not an IDX file")
    with open(path, "rb") as file:
        stream = decompressed(file)
        magic, damage = read_up_to(4, stream)
        _check_length(name, "magic number", 4, magic, damage)
        kind, dimensions = magic[2], magic[3]
        if magic[:2] != b"\0\0" or kind not in IDX_ELEMENTS:
            raise ValueError(f"{name}: not an IDX file, begins with {magic.hex(' ')} instead of 00 00 08")
        if kind != 0x08:
            raise ValueError(f"{name}: holds {IDX_ELEMENTS[kind]}; allowed: unsigned bytes (0x08)")
        if dimensions not in (1, 3):
            raise ValueError(f"{name}: has {dimensions} dimensions; allowed: 1 (labels) and 3 (images)")
        header, damage = read_up_to(4 * dimensions, stream)
        _check_length(name, "header", 4 + 4 * dimensions, magic + header, damage)
        sizes = [int.from_bytes(header[j : j + 4], "big") for j in range(0, len(header), 4)]
        items, columns = sizes[0], 1 if dimensions == 1 else sizes[1] * sizes[2]
        if items * columns == 0:
            raise ValueError(f"{name}: holds nothing: its sizes are {' x '.join(map(str, sizes))}")
        values, damage = read_up_to(items * columns, stream)
        _check_length(name, "data", items * columns, values, damage)
        surplus, damage = read_up_to(1, stream)  # gzip compares its checksum at the end of the stream
        if surplus or damage:
            raise ValueError(f"{name}: after {items * columns} bytes of data: {damage or 'surplus bytes'}")
    return list(values) if dimensions == 1 else ByteMatrix(values, items, columns)


@reads(os.path.isdir)
def read_idx_folder(path: Path, which: str = "train") -> Dataset:
    """Read MNIST's training set, or with which="test" its test set, from the folder of its files.

    The files are called train-images-idx3-ubyte and train-labels-idx1-ubyte, t10k-… for the test set; .idx for -idx
    and an added .gz are allowed. The classes are "0", "1", … up to the largest label.

    Raises FileNotFoundError if they are missing, ValueError if the numbers of images and labels differ.
    """
    prefix = IDX_PREFIXES[checks.choice("which", which, IDX_PREFIXES)]
    images_path = _find(path, f"{prefix}-images", "idx3-ubyte")
    labels_path = _find(path, f"{prefix}-labels", "idx1-ubyte")
    labels = read_idx(labels_path)
    if isinstance(labels, ByteMatrix):
        raise ValueError(f"{labels_path}: holds images, not labels")
    images = read_idx(images_path)
    if not isinstance(images, ByteMatrix):
        raise ValueError(f"{images_path}: holds labels, not images")
    if len(images) != len(labels):
        found, wanted = checks.counted(len(images), "image"), checks.counted(len(labels), "label")
        raise ValueError(f"{images_path} holds {found}, but {labels_path} {wanted}")
    return Dataset(images, labels, [str(i) for i in range(max(labels) + 1)])


@reads(is_idx_file)
def _read_images(path: Path, **options: Any) -> Dataset:
    """The images of a single file, without targets."""
    if options:
        raise ValueError(f"{os.fspath(path)}: got {', '.join(options)}; allowed for an IDX file: no options")
    images = read_idx(path)
    if not isinstance(images, ByteMatrix):
        raise ValueError(f"{os.fspath(path)}: labels without images; read the folder that holds both")
    return Dataset(images)


def _find(folder: Path, stem: str, ending: str) -> str:
    names = [f"{stem}{dot}{ending}{gz}" for dot in "-." for gz in ("", ".gz")]
    for name in names:
        candidate = os.path.join(folder, name)
        if os.path.isfile(candidate):
            return candidate
    raise FileNotFoundError(f"{os.fspath(folder)}: no IDX data here; looked for {', '.join(names)}")


def _check_length(name: str, what: str, expected: int, found: bytes, damage: str) -> None:
    if len(found) != expected:
        raise ValueError(f"{name}: {what}: expected {expected} bytes, found {len(found)}{damage and ': '}{damage}")
