"""Are IDX files and folders read byte by byte, and is a damaged one refused?"""

import gzip
import os
import random
import tracemalloc

import pytest
from data_helpers import images, labels, refused

from refnet.data import ByteMatrix, Dataset, read, read_csv, read_idx, read_idx_folder

# --- IDX ---


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_idx_images_and_labels(write, pack):
    assert read_idx(write(pack(images(3, 2, 2)))) == ByteMatrix(bytes(range(12)), 3, 4)
    assert read_idx(write(pack(labels([5, 0, 255])))) == [5, 0, 255]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "magic number: expected 4 bytes, found 0"),
        (b"\0\0\x08", "magic number: expected 4 bytes, found 3"),
        (b"a,b,c\n1,2,3", "not an IDX file, begins with 61 2c 62 2c"),
        (b"\0\0\x07\x01" + bytes(20), "not an IDX file"),
        (b"\0\0\x0d\x03" + bytes(20), "holds 32-bit floats; allowed: unsigned bytes"),
        (b"\0\0\x09\x01" + bytes(20), "holds signed bytes; allowed: unsigned bytes"),
        (b"\0\0\x08\x02" + bytes(20), "has 2 dimensions; allowed: 1 (labels) and 3 (images)"),
        (images(2, 2, 2)[:11], "header: expected 16 bytes, found 11"),
        (images(2, 2, 2)[:-1], "data: expected 8 bytes, found 7"),
        (labels([1, 2, 3])[:-3], "data: expected 3 bytes, found 0"),
        (images(2, 2, 2) + b"x", "after 8 bytes of data: surplus bytes"),
        (
            images(2**32 - 1, 2**32 - 1, 2**32 - 1, b"abc"),
            f"data: expected {(2**32 - 1) ** 3} bytes, found 3",
        ),
        (images(0, 28, 28), "sizes are 0 x 28 x 28"),
        (images(2, 0, 28), "sizes are 2 x 0 x 28"),
        (labels([]), "sizes are 0"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_bad_idx_is_refused_saying_what_was_found(write, pack, content, message):
    path = write(pack(content))
    if path.stat().st_size == 0 and pack is gzip.compress:
        pytest.skip("an empty gzip file has a header")
    found = refused(read_idx, path)
    assert found.startswith(str(path)) and message in found


def test_damaged_gzip_streams_of_idx(write):
    noise = random.Random(1).getrandbits(8 * 200_000).to_bytes(200_000, "big")  # noise does not compress
    whole = gzip.compress(images(200, 10, 100, noise))
    message = refused(read_idx, write(whole[:100_000]))
    assert "data: expected 200000 bytes, found 99" in message and "damaged gzip stream" in message
    assert "magic number: expected 4 bytes, found 0: damaged gzip stream" in refused(
        read_idx, write(whole[:12])
    )
    flipped = bytearray(whole)
    flipped[-5] ^= 1  # in the trailer's length; the data is complete
    assert "after 200000 bytes of data: damaged gzip stream" in refused(read_idx, write(flipped))
    flipped = bytearray(whole)
    flipped[100_000] ^= 1  # a byte of the data: only the checksum can tell
    assert "damaged gzip stream" in refused(read_idx, write(flipped))


@pytest.mark.parametrize(
    ("images_name", "labels_name", "pack"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", bytes),
        ("train-images-idx3-ubyte.gz", "train-labels.idx1-ubyte", gzip.compress),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte.gz", gzip.compress),
    ],
)
def test_idx_folder(tmp_path, write, images_name, labels_name, pack):
    write(pack(images(3, 1, 2)), images_name)
    write(pack(labels([0, 2, 0])), labels_name)
    expected = Dataset(ByteMatrix(bytes(range(6)), 3, 2), [0, 2, 0], ["0", "1", "2"])
    assert read_idx_folder(tmp_path) == expected
    assert read(tmp_path) == expected


def test_idx_folder_test_set(tmp_path, write):
    write(images(1, 1, 2), "t10k-images-idx3-ubyte")
    write(labels([1]), "t10k-labels-idx1-ubyte")
    expected = Dataset(ByteMatrix(b"\0\1", 1, 2), [1], ["0", "1"])
    assert read_idx_folder(tmp_path, which="test") == expected
    assert read(tmp_path, which="test") == expected
    with pytest.raises(FileNotFoundError) as error:
        read_idx_folder(tmp_path)
    for name in (
        "train-images-idx3-ubyte",
        "train-images.idx3-ubyte",
        "train-images-idx3-ubyte.gz",
        str(tmp_path),
    ):
        assert name in str(error.value)
    assert refused(read_idx_folder, tmp_path, "both") == "which: 'both'; allowed: 'train', 'test'"


def test_idx_folder_whose_files_do_not_fit(tmp_path, write):
    write(images(3, 1, 2), "train-images-idx3-ubyte")
    write(labels([0, 1]), "train-labels-idx1-ubyte")
    message = refused(read_idx_folder, tmp_path)
    assert "holds 3 images" in message and "2 labels" in message
    write(images(3, 1, 2), "train-labels-idx1-ubyte")
    assert "train-labels-idx1-ubyte: holds images, not labels" in refused(read_idx_folder, tmp_path)
    write(labels([0, 1, 0]), "train-labels-idx1-ubyte")
    write(labels([0, 1, 0]), "train-images-idx3-ubyte")
    assert "train-images-idx3-ubyte: holds labels, not images" in refused(read_idx_folder, tmp_path)


def test_reading_images_makes_one_copy_of_them(write):
    size = 4_000_000
    for pack in (bytes, gzip.compress):
        path = write(pack(images(4, 1000, 1000, bytes(size))))
        tracemalloc.start()
        try:
            matrix = read_idx(path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(matrix.values) == size
        assert peak < 1.5 * size  # two copies would need 2.0


def test_mnist_stays_bytes(mnist_folder):
    train = read(mnist_folder)
    assert isinstance(train.inputs, ByteMatrix)
    assert (train.inputs.rows, train.inputs.columns, len(train.inputs.values)) == (60000, 784, 47_040_000)
    assert train.targets[:10] == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert train.classes == list("0123456789")
    test = read(mnist_folder, which="test")
    assert len(test) == 10000 and test.targets[:5] == [7, 2, 1, 0, 4]


# --- Files of any kind ---


def test_folders_and_missing_files(tmp_path):
    assert "is a folder" in refused(read_csv, tmp_path)
    assert "is a folder" in refused(read_idx, tmp_path)
    for reader in (read, read_csv, read_idx):
        with pytest.raises(FileNotFoundError, match="absent"):
            reader(tmp_path / "absent")


def test_read_tells_what_a_file_is(write):
    assert read(write("x;y\n1;a\n"), delimiter=";") == Dataset([[1.0]], [0], ["a"], ["x"])
    assert read(write(gzip.compress(images(1, 1, 2)))) == Dataset(ByteMatrix(b"\0\1", 1, 2))
    assert "got label; allowed for an IDX file: no options" in refused(read, write(images(1, 1, 2)), label=0)
    assert "labels without images" in refused(read, write(labels([1])))


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="this system does not name its open files")
def test_read_opens_a_pipe_once():
    reading, writing = os.pipe()
    with open(writing, "wb") as file:
        file.write(b"1,2,a\n3,4,b\n")
    try:
        assert read(f"/dev/fd/{reading}") == Dataset([[1.0, 2.0], [3.0, 4.0]], [0, 1], ["a", "b"])
    finally:
        os.close(reading)
