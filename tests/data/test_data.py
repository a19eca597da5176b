"""Data: reading CSV and IDX, bytes kept as bytes, one-hot rows, splits, standardisation."""

from __future__ import annotations

import csv
import gzip
import io
import math
import os
import random
import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refnet.data import (
    ByteMatrix,
    Dataset,
    Standardizer,
    column_statistics,
    one_hot,
    read,
    read_csv,
    read_idx,
    read_idx_folder,
    split,
)

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared data sets are not beside the repository"
)
needs_mnist = pytest.mark.skipif(not (SHARED / "mnist").is_dir(), reason="MNIST is not beside the repository")


@pytest.fixture
def write(tmp_path):
    """Write a file of text or bytes and return its path."""

    def write_file(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


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


# ---- ByteMatrix ----


def test_byte_matrix_gives_rows_divided_by_255():
    matrix = ByteMatrix(bytes([0, 51, 255, 1, 2, 3]), 2, 3)
    assert (len(matrix), matrix.rows, matrix.columns, matrix.values) == (2, 2, 3, b"\x00\x33\xff\x01\x02\x03")
    assert matrix.row(0) == [0.0, 0.2, 1.0]
    assert list(matrix) == [[0.0, 0.2, 1.0], [1 / 255, 2 / 255, 3 / 255]]


def test_every_byte_is_divided_not_multiplied_by_a_reciprocal():
    assert ByteMatrix(bytes(range(256)), 1, 256).row(0) == [x / 255.0 for x in range(256)]
    assert any(x / 255.0 != x * (1.0 / 255.0) for x in range(256))  # so the line above can tell


def test_byte_matrix_slices_and_takes_rows():
    matrix = ByteMatrix(bytes(range(8)), 4, 2)
    assert matrix[1:3] == ByteMatrix(bytes([2, 3, 4, 5]), 2, 2)
    assert matrix[-1:] == ByteMatrix(bytes([6, 7]), 1, 2)
    assert matrix[3:1] == ByteMatrix(b"", 0, 2)
    assert matrix[::-2] == ByteMatrix(bytes([6, 7, 2, 3]), 2, 2)
    assert matrix.take([3, 0, 3]) == ByteMatrix(bytes([6, 7, 0, 1, 6, 7]), 3, 2)
    assert matrix.take([]) == ByteMatrix(b"", 0, 2)
    assert matrix != ByteMatrix(bytes(range(8)), 2, 4)


def test_byte_matrix_refuses_what_does_not_fit():
    message = refused(ByteMatrix, bytes(5), 2, 3)
    assert "5 bytes" in message and "2 rows of 3 columns need 6" in message
    assert "columns=0" in refused(ByteMatrix, b"", 1, 0)
    assert "rows=-1" in refused(ByteMatrix, b"", -1, 3)
    with pytest.raises(TypeError, match="must be bytes, got list"):
        ByteMatrix([1, 2], 1, 2)
    matrix = ByteMatrix(bytes(6), 2, 3)
    for index in (2, -1):
        with pytest.raises(IndexError, match=f"row {index}: allowed are 0 to 1"):
            matrix.row(index)
        with pytest.raises(IndexError, match=rf"indices\[1\] = {index}: allowed are 0 to 1"):
            matrix.take([0, index])
    with pytest.raises(TypeError, match=r"m\.row\(i\)"):
        matrix[0]


# ---- Dataset ----


def test_dataset_takes_examples():
    data = Dataset([[1.0], [2.0], [3.0]], [0, 1, 0], ["a", "b"], ["x"])
    assert len(data) == 3
    assert data.take([2, 1]) == Dataset([[3.0], [2.0]], [0, 1], ["a", "b"], ["x"])
    assert data != Dataset([[1.0], [2.0], [3.0]], [0, 1, 1], ["a", "b"], ["x"])
    assert Dataset([[1.0], [2.0]]).take([1]) == Dataset([[2.0]])
    pixels = Dataset(ByteMatrix(b"\x01\x02\x03", 3, 1), [5.0, 6.0, 7.0])
    assert pixels.take([2, 0]) == Dataset(ByteMatrix(b"\x03\x01", 2, 1), [7.0, 5.0])
    with pytest.raises(IndexError, match=r"indices\[0\] = -1"):
        data.take([-1])


def test_data_says_in_short_what_it_is():
    assert repr(Dataset([[1.0]], [0], ["a", "b"])) == "Dataset(1 examples, 2 classes)"
    assert repr(Dataset([[1.0]], [0.5])) == "Dataset(1 examples, regression)"
    assert repr(Dataset([[1.0]], [], ["a"])) == "Dataset(1 examples, no targets)"
    assert repr(ByteMatrix(bytes(6), 2, 3)) == "ByteMatrix(2 rows, 3 columns)"


def test_dataset_refuses_targets_that_do_not_fit():
    assert refused(Dataset, [[1.0], [2.0]], [0]) == "2 inputs, but 1 targets"
    for target in (2, -1, 0.5, "a"):
        assert f"targets[1] = {target!r}: allowed are 0 to 1" in refused(
            Dataset, [[1.0], [2.0]], [0, target], ["a", "b"]
        )


# ---- CSV: what is read ----


def test_csv_with_header_and_text_classes(write):
    data = read_csv(write("length,width,species\n5.1,3.5,setosa\n6,.5,virginica\n1e3,-0,setosa\n"))
    assert data.inputs == [[5.1, 3.5], [6.0, 0.5], [1000.0, -0.0]]
    assert math.copysign(1.0, data.inputs[2][1]) == -1.0
    assert data.targets == [0, 1, 0]
    assert data.classes == ["setosa", "virginica"]
    assert data.columns == ["length", "width"]


def test_csv_without_header_and_numeric_classes_in_numeric_order(write):
    data = read_csv(write("1,0.5,10\n2,0.5,2\n3,0.5,1\n"))
    assert data == Dataset([[1.0, 0.5], [2.0, 0.5], [3.0, 0.5]], [2, 1, 0], ["1", "2", "10"])


def test_classes_are_sorted_as_text_when_one_is_not_a_number(write):
    assert read_csv(write("1,10\n2,2\n3,x\n4,2\n5,y\n")).classes == ["10", "2", "x", "y"]


@pytest.mark.parametrize("label", ["kind", 0, -3])
def test_label_column_by_name_or_number(write, label):
    data = read_csv(write("kind,a,b\nx,1,2\ny,3,4\n"), label=label)
    assert data == Dataset([[1.0, 2.0], [3.0, 4.0]], [0, 1], ["x", "y"], ["a", "b"])


def test_a_label_in_the_middle_and_none_at_all(write):
    path = write("1,2,3\n4,5,6\n")
    assert read_csv(path, label=1) == Dataset([[1.0, 3.0], [4.0, 6.0]], [0, 1], ["2", "5"])
    assert read_csv(path, label=None) == Dataset([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert read_csv(path, label=None, classes=["a", "b"]).classes == ["a", "b"]
    assert read_csv(write("a,b\n1,2\n"), label=None).columns == ["a", "b"]


def test_regression_targets_are_numbers(write):
    data = read_csv(write("size,price\n1,2.5\n2,-3\n"), regression=True)
    assert data == Dataset([[1.0], [2.0]], [2.5, -3.0], None, ["size"])
    assert read_csv(write("1,2.5\n"), regression=True, label=0) == Dataset([[2.5]], [1.0])


def test_given_classes_fix_the_order(write):
    path = write("1,b\n2,a\n3,b\n")
    data = read_csv(path, classes=["c", "b", "a"])
    assert (data.targets, data.classes) == ([1, 2, 1], ["c", "b", "a"])
    message = refused(read_csv, path, classes=["a", "c"])
    assert message == f"{path}, line 1, column 1 (from 0): label 'b' is not one of the classes a, c"
    assert read_csv(write("1,2\n2,1\n"), classes=[1, 2]).targets == [1, 0]


def test_header_is_told_from_the_feature_cells(write):
    assert len(read_csv(write("1,a\n2,b\n"))) == 2  # a text label makes no header
    assert len(read_csv(write("1,a\n"))) == 1
    assert len(read_csv(write("x,a\n2,b\n"))) == 1
    assert len(read_csv(write(",x,a\n0,2,b\n"))) == 1  # an unnamed index column, as pandas writes it
    assert len(read_csv(write("1,price\n2,5\n"), header=True)) == 1
    assert len(read_csv(write("1,price\n2,5\n"), regression=True, header=True)) == 1
    assert read_csv(write("1,2,a\n3,4,b\n"), label="a").columns == ["1", "2"]  # a named label is in a header
    assert read_csv(write("1,2,0\n3,4,0\n"), header=True).columns == ["1", "2"]


def test_header_that_could_be_data_is_refused_not_guessed(write):
    message = refused(read_csv, write("\n5.1,?,a\n1,2,b\n"))
    assert "line 2: '?' beside numbers" in message and "header=True or header=False" in message
    assert "'label' is the only label that is not a number" in refused(
        read_csv, write("0,1,label\n.5,.5,1\n.5,.5,2\n")
    )
    assert "'price' beside numbers" in refused(read_csv, write("1,price\n2,5\n"), regression=True)
    path = write("150,4,setosa\n5.1,3.5,setosa\n")
    assert len(read_csv(path)) == 2
    assert len(read_csv(path, header=True)) == 1
    # Words above words are no header: the words are the mistake.
    assert "line 1, column 1 (from 0): 'x' is not a number" in refused(read_csv, write("1,x,a\n1,y,b\n"))
    assert "line 1, column 1 (from 0): '?' is not a number" in refused(
        read_csv, write("5.1,?,a\n1,2,b\n"), header=False
    )


def test_csv_text_forms(write):
    expected = Dataset([[1.0, 2.0], [3.0, 4.0]], [0, 1], ["a, b", 'c "d"'])
    assert read_csv(write('1,2,"a, b"\r\n3,4,"c ""d"""\r\n')) == expected
    assert read_csv(write('\n 1 , 2, "a, b"\n\n3,4,"c ""d"""\n \n\n')) == expected
    assert read_csv(write(b'\xef\xbb\xbf1,2,"a, b"\n3,4,"c ""d"""')) == expected
    assert read_csv(write('1;2;a, b\n3;4;"c ""d"""\n'), delimiter=";") == expected
    assert read_csv(write('1\t2\ta, b\n3\t4\t"c ""d"""\n'), delimiter="\t") == expected
    assert read_csv(write("1,größe\n2,ß\n")).classes == ["größe", "ß"]


def test_gzip_is_recognised_by_content(write):
    text = "a,b,c\n1,2,x\n3,4,y\n"
    assert read_csv(write(gzip.compress(text.encode()), "named.csv")) == read_csv(write(text))


CELL = st.floats(allow_nan=False, allow_infinity=False)
NAME = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Z")), min_size=1)


@given(st.data(), st.integers(1, 4))
def test_csv_round_trip_keeps_every_bit(tmp_path_factory, data, width):
    rows = data.draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=5))
    names = data.draw(st.lists(NAME.map(lambda name: "c" + name), min_size=len(rows), max_size=len(rows)))
    text = io.StringIO(newline="")
    csv.writer(text).writerows([*map(repr, row), name] for row, name in zip(rows, names))
    path = tmp_path_factory.mktemp("csv") / "data.csv"
    path.write_bytes(text.getvalue().encode())
    found = read_csv(path, header=False)
    pack = struct.Struct(f"{width}d").pack
    assert [pack(*row) for row in found.inputs] == [pack(*row) for row in rows]
    assert [found.classes[i] for i in found.targets] == names


# ---- CSV: what is refused ----


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty, no line of data"),
        ("\n \n\n", "empty, no line of data"),
        ("a,b,label\n", "a header, but no line of data"),
        ("a,label\n\n\n", "a header, but no line of data"),
        ("1,2,a\n1,2\n", "line 2: 2 cells, but line 1 has 3"),
        ("\n1,2,a\n\n1,2,3,a\n", "line 4: 4 cells, but line 2 has 3"),
        ("x,y,c\n1,2,a\n1,b,a\n", "line 3, column 'y': 'b' is not a number"),
        ("1,2,a\n1,b,a\n", "line 2, column 1 (from 0): 'b' is not a number"),
        ("1,2,a\n1_0,2,a\n", "line 2, column 0 (from 0): '1_0' is not a number"),
        ("1,2,a\n1,٣,a\n", "line 2, column 1 (from 0): '٣' is not a number"),
        ("1,2,a\n,2,a\n", "line 2, column 0 (from 0): the cell is empty, must be a number"),
        ("1,2,a\n1,2,\n", "line 2, column 2 (from 0): the label is empty"),
        (
            "1,2,a\n1,nan,a\n",
            "line 2, column 1 (from 0): 'nan' is not finite; allow_nonfinite=True accepts it",
        ),
        ("1,2,a\n1,-Infinity,a\n", "line 2, column 1 (from 0): '-Infinity' is not finite"),
        ("1,2,a\n1,1e999,a\n", "line 2, column 1 (from 0): '1e999' is not finite"),
        ("1,2,a\n1,2,NaN\n", "line 2, column 2 (from 0): 'NaN' is not finite"),
        ("1,2,1\n1,2,1.0\n", "labels '1' and '1.0' are the same number"),
        ('1,2,a\n1,"2,a\n3,4,b\n', "line 3: unexpected end of data"),
        ("1;2;a\n", "only one column, the label; is delimiter=',' right?"),
        (b"1,2,a\n1,2,caf\xe9\n", "line 2: byte 0xe9 is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "line 1: byte 0x89 is not UTF-8"),
        (b"1,2,a\n1,\x00,b\n", "line 2: has a zero byte"),
        (gzip.compress(b"1,2,a\n" * 1000, mtime=0)[:-12], "damaged gzip stream"),
    ],
)
def test_bad_csv_is_refused_saying_where(write, text, message):
    path = write(text)
    found = refused(read_csv, path)
    assert found.startswith(str(path)) and message in found


def test_label_cells_of_a_regression_are_checked(write):
    assert "line 2, column 1 (from 0): 'x' is not a number" in refused(
        read_csv, write("1,2\n2,x\n"), regression=True
    )
    assert "line 2, column 'a': 'inf' is not finite" in refused(
        read_csv, write("a,b\ninf,2\n"), regression=True, label=0
    )
    assert read_csv(write("1,2\n2,inf\n"), regression=True, allow_nonfinite=True).targets == [2.0, math.inf]


def test_nonfinite_cells_when_asked_for(write):
    data = read_csv(write("1,inf,NaN\nnan,-inf,a\n"), allow_nonfinite=True)
    assert (
        data.inputs[0] == [1.0, math.inf] and math.isnan(data.inputs[1][0]) and data.inputs[1][1] == -math.inf
    )
    assert data.classes == ["NaN", "a"]


def test_label_column_that_is_not_there(write):
    path = write("a,b,b\n1,2,3\n")
    assert "label=3: allowed are -3 to 2" in refused(read_csv, path, label=3)
    assert "label=-4: allowed are -3 to 2" in refused(read_csv, path, label=-4)
    assert "label='c': no column of this name among a, b, b" in refused(read_csv, path, label="c")
    assert "label='b': more than one column" in refused(read_csv, path, label="b")
    assert "header=False" in refused(read_csv, path, label="a", header=False)


@pytest.mark.parametrize(
    "options",
    [
        {"label": 1.5},
        {"label": True},
        {"header": "yes"},
        {"delimiter": ""},
        {"delimiter": ", "},
        {"delimiter": None},
        {"classes": []},
        {"classes": ["a", "a"]},
        {"classes": ["a"], "regression": True},
    ],
)
def test_wrong_csv_options_are_named(write, options):
    name, value = next(iter(options.items()))
    assert f"{name}={value!r}" in refused(read_csv, write("1,a\n"), **options)


def test_folders_and_missing_files(tmp_path):
    assert "is a folder" in refused(read_csv, tmp_path)
    assert "is a folder" in refused(read_idx, tmp_path)
    for reader in (read, read_csv, read_idx):
        with pytest.raises(FileNotFoundError, match="absent"):
            reader(tmp_path / "absent")


# ---- IDX ----


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
        (b"\0\0\x0d\x03" + bytes(20), "holds 32-bit floats, only unsigned bytes"),
        (b"\0\0\x09\x01" + bytes(20), "holds signed bytes, only unsigned bytes"),
        (b"\0\0\x08\x02" + bytes(20), "has 2 dimensions; allowed are 1 (labels) and 3 (images)"),
        (images(2, 2, 2)[:11], "header: expected 16 bytes, found 11"),
        (images(2, 2, 2)[:-1], "data: expected 8 bytes, found 7"),
        (labels([1, 2, 3])[:-3], "data: expected 3 bytes, found 0"),
        (images(2, 2, 2) + b"x", "after 8 bytes of data: surplus bytes"),
        (
            images(2**32 - 1, 2**32 - 1, 2**32 - 1, b"abc"),
            f"data: expected {(2**32 - 1) ** 3} bytes, found 3",
        ),
        (images(0, 28, 28), "holds nothing, its sizes are 0 x 28 x 28"),
        (images(2, 0, 28), "holds nothing, its sizes are 2 x 0 x 28"),
        (labels([]), "holds nothing, its sizes are 0"),
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
    noise = random.Random(1).getrandbits(8 * 200_000).to_bytes(200_000, "big")  # does not compress
    whole = gzip.compress(images(200, 10, 100, noise))
    message = refused(read_idx, write(whole[:100_000]))
    assert "data: expected 200000 bytes, found 99" in message and "damaged gzip stream" in message
    assert "magic number: expected 4 bytes, found 0: damaged gzip stream" in refused(
        read_idx, write(whole[:12])
    )
    flipped = bytearray(whole)
    flipped[-5] ^= 1  # the length, in the trailer; all data is there
    assert "after 200000 bytes of data: damaged gzip stream" in refused(read_idx, write(flipped))
    flipped = bytearray(whole)
    flipped[100_000] ^= 1  # a stored byte: only the check sum can tell
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
    assert "which='both': allowed are 'train' and 'test'" in refused(read_idx_folder, tmp_path, "both")


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


def test_read_tells_what_a_file_is(write):
    assert read(write("x;y\n1;a\n"), delimiter=";") == Dataset([[1.0]], [0], ["a"], ["x"])
    assert read(write(gzip.compress(images(1, 1, 2)))) == Dataset(ByteMatrix(b"\0\1", 1, 2))
    assert "read without options, got label" in refused(read, write(images(1, 1, 2)), label=0)
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
        assert peak < 1.5 * size  # two copies would be 2.0


# ---- One-hot ----


def test_one_hot():
    assert one_hot([1, 0, 2]) == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    assert one_hot([0, 1.0], 3) == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert one_hot([0], ["a", "b"]) == [[1.0, 0.0]]
    assert one_hot([0], 1) == [[1.0]]
    assert one_hot([], 3) == one_hot([]) == []
    first, second = one_hot([0, 0])
    assert first is not second


@pytest.mark.parametrize("label", [-1, 0.5, "1", None, math.nan, math.inf, [1]])
def test_one_hot_refuses_what_is_not_a_class_index(label):
    assert refused(one_hot, [0, label], 3) == f"labels[1] = {label!r}: must be a whole number, at least 0"


def test_one_hot_refuses_labels_out_of_range():
    assert refused(one_hot, [2, 3], 3) == "labels[1] = 3: allowed are 0 to 2"
    assert refused(one_hot, [2], ["a", "b"]) == "labels[0] = 2: allowed are 0 to 1"
    assert "classes=0" in refused(one_hot, [], 0)


# ---- Split ----


def numbered(n, classes=None):
    """n examples whose input is their number."""
    targets = [0.0] * n if classes is None else [i % len(classes) for i in range(n)]
    return Dataset([[float(i)] for i in range(n)], targets, classes, ["number"])


def numbers(part):
    return [int(row[0]) for row in part.inputs]


def test_split_divides_without_loss():
    data = numbered(10, ["a", "b"])
    train, validation, test = split(data, 0.2, 0.3, seed=4)
    assert [len(part) for part in (train, validation, test)] == [5, 2, 3]
    assert sorted(numbers(train) + numbers(validation) + numbers(test)) == list(range(10))
    for part in (train, validation, test):
        assert part.targets == [number % 2 for number in numbers(part)]
        assert (part.classes, part.columns) == (["a", "b"], ["number"])


def test_split_is_the_permutation_of_the_seed():
    from refnet.arithmetic.random import SPLIT_STREAM, permutation, stream_key

    order = permutation(stream_key(7, SPLIT_STREAM), 20)
    train, test = split(numbered(20), 0.25, seed=7)
    assert numbers(train) + numbers(test) == order
    assert numbers(split(numbered(20), 0.25, seed=8)[1]) != numbers(test)


def test_split_has_known_orders():
    assert list(map(numbers, split(numbered(8), 0.25, seed=1))) == [[7, 2, 6, 4, 3, 0], [5, 1]]
    assert list(map(numbers, split(numbered(8, ["a", "b"]), 0.25, seed=1, stratify=True))) == [
        [7, 2, 6, 4, 3, 5],
        [0, 1],
    ]


def test_split_rounds_to_the_nearest_number_of_examples():
    assert [len(part) for part in split(numbered(150), 0.1, 0.25)] == [97, 15, 38]
    assert [len(part) for part in split(numbered(3), 0.5)] == [1, 2]


def test_split_of_bytes_and_of_inputs_alone():
    data = Dataset(ByteMatrix(bytes(range(10)), 10, 1))
    train, test = split(data, 0.5)
    assert sorted(train.inputs.values + test.inputs.values) == list(range(10))
    assert train.targets == []


def test_stratified_split_keeps_the_proportions():
    targets = [0] * 50 + [1] * 30 + [2] * 20
    data = Dataset([[float(i)] for i in range(100)], targets, ["a", "b", "c"])
    parts = split(data, 0.2, 0.1, seed=3, stratify=True)
    assert [[part.targets.count(c) for c in range(3)] for part in parts] == [
        [35, 21, 14],
        [10, 6, 4],
        [5, 3, 2],
    ]
    assert sorted(number for part in parts for number in numbers(part)) == list(range(100))
    assert parts[0].targets != sorted(parts[0].targets)  # shuffled, not class by class
    absent = Dataset(data.inputs, targets, ["a", "b", "c", "never"])
    assert len(split(absent, 0.2, stratify=True)[1]) == 20


def test_split_refuses_what_leaves_a_part_empty():
    data = numbered(10)
    assert "at least one part" in refused(split, data)
    for fraction in (0, 1, -0.5, 1.5, math.nan, "0.2", None, True):
        assert f"{fraction!r} must be a fraction between 0 and 1" in refused(split, data, fraction)
    assert "held_out=(0.5, 0.5): must add up to less than 1" in refused(split, data, 0.5, 0.5)
    assert "the data set has 10 examples, too few" in refused(split, data, 0.04)
    assert "the training part would have 0" in refused(split, data, 0.96)
    assert "the training part would have 0" in refused(split, numbered(3), 0.3, 0.3, 0.3)
    assert "the training part would have 0" in refused(split, numbered(2), 0.3, 0.3, 0.3)
    assert "has 0 examples" in refused(split, Dataset([]), 0.5)
    assert "seed=1.5" in refused(split, data, 0.5, seed=1.5)


def test_stratified_split_refuses_classes_that_are_too_small():
    data = Dataset([[0.0]] * 12, [0] * 10 + [1] * 2, ["many", "few"])
    assert "class 'few' has 2 examples, too few" in refused(split, data, 0.2, stratify=True)
    assert [len(part) for part in split(data, 0.2)] == [10, 2]
    assert "has no classes" in refused(split, numbered(10), 0.2, stratify=True)
    assert "has no classes" in refused(split, Dataset([[0.0]] * 9, (), ["a"]), 0.2, stratify=True)


# ---- Standardisation ----


def test_column_statistics():
    means, stds = column_statistics([[1.0, 2.0], [3.0, 2.0], [5.0, 8.0], [7.0, 0.0]])
    assert means == [4.0, 3.0]
    assert stds == [math.sqrt(5.0), 3.0]  # biased: 20/4, 36/4


def test_column_sums_run_in_row_order_from_zero():
    # 1e16 + 1 + 1 loses both ones, one by one; built-in sum (since 3.12) and fsum do not.
    means, _ = column_statistics([[1e16], [1.0], [1.0], [-1e16]])
    assert means == [0.0]
    # The squares too: three values whose squared distances add up to other bits from the end.
    values = [3.1, 2.1, 9.6]
    mean = (3.1 + 2.1 + 9.6) / 3
    squares = [(x - mean) * (x - mean) for x in values]
    std = math.sqrt((squares[0] + squares[1] + squares[2]) / 3)
    assert std != math.sqrt((squares[2] + squares[1] + squares[0]) / 3)
    assert column_statistics([[x] for x in values]) == ([mean], [std])


def test_constant_columns_get_std_one():
    assert column_statistics([[5.0, 1.0]])[1] == [1.0, 1.0]
    # Ten times 0.1 adds up to 0.9999999999999999: the variance is rounding error, but not 0.
    means, stds = column_statistics([[0.1]] * 10)
    assert means != [0.1] and stds == [1.0]
    assert column_statistics([[0.0], [1e-300]])[1] == [1.0]  # the variance underflows


def test_column_statistics_of_bytes():
    matrix = ByteMatrix(bytes([0, 255, 51, 255, 255, 255]), 3, 2)
    assert column_statistics(matrix) == column_statistics([[0.0, 1.0], [0.2, 1.0], [1.0, 1.0]])


def test_column_statistics_refuse_what_has_none():
    assert "there are no rows" in refused(column_statistics, [])
    assert "there are no rows" in refused(column_statistics, ByteMatrix(b"", 0, 2))
    assert "row 1 has 1 columns, but row 0 has 2" in refused(column_statistics, [[1.0, 2.0], [1.0]])
    assert "row 1, column 0: nan is not finite" in refused(column_statistics, [[1.0], [math.nan]])
    assert "row 0, column 1: -inf is not finite" in refused(column_statistics, [[1.0, -math.inf]])
    assert "row 1, column 0: '2' is not a number" in refused(column_statistics, [[1.0], ["2"]])
    assert "column 1: the values are too large" in refused(column_statistics, [[0.0, 1e308], [0.0, 1e308]])
    assert "column 0: the values are too large" in refused(column_statistics, [[1e200], [-1e200]])


def test_standardizer():
    scale = Standardizer().fit([[1.0, 2.0], [3.0, 2.0]])
    assert (scale.mean, scale.std) == ([2.0, 2.0], [1.0, 1.0])
    rows = [[5.0, 2.5]]
    assert scale.transform(rows) == [[3.0, 0.5]]
    assert rows == [[5.0, 2.5]]
    assert scale.transform([]) == []
    assert math.isnan(scale.transform([[math.nan, 0.0]])[0][0])
    assert Standardizer([0.1], [3.0]).transform([[1.0]]) == [[(1.0 - 0.1) / 3.0]]
    assert Standardizer([0.0], [0.5]).transform(ByteMatrix(b"\x33", 1, 1)) == [[0.4]]


def test_standardizer_divides_and_does_not_multiply_by_a_reciprocal():
    values = [float(x) for x in range(1, 100)]
    expected = [[x / 49.0] for x in values]
    assert Standardizer([0.0], [49.0]).transform([[x] for x in values]) == expected
    assert expected != [[x * (1.0 / 49.0)] for x in values]  # so the line above can tell


def test_standardizer_refuses_and_stays_as_it_was():
    assert "fit it to the training rows" in refused(Standardizer().transform, [[1.0]])
    scale = Standardizer().fit([[1.0], [3.0]])
    assert "rows[1] has 2 columns, the standardizer 1" in refused(scale.transform, [[1.0], [1.0, 2.0]])
    refused(scale.fit, [[1.0], [math.nan]])
    assert (scale.mean, scale.std) == ([2.0], [1.0])
    assert "std[1] = 0.0: must be greater than 0" in refused(Standardizer, [0.0, 0.0], [1.0, 0.0])
    assert "mean has 1 columns, std 2" in refused(Standardizer, [0.0], [1.0, 1.0])
    assert "one is missing" in refused(Standardizer, [0.0])
    assert "std: row 0, column 0: nan is not finite" in refused(Standardizer, [0.0], [math.nan])


# ---- The shared data sets ----


@needs_shared
def test_iris_and_wine():
    iris = read(SHARED / "iris.csv")
    assert iris.columns == ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    assert iris.classes == ["setosa", "versicolor", "virginica"]
    assert [iris.targets.count(c) for c in range(3)] == [50, 50, 50]
    assert iris.inputs[0] == [5.1, 3.5, 1.4, 0.2]
    wine = read(SHARED / "wine.csv")
    assert (len(wine), wine.columns, wine.classes) == (178, None, ["1", "2", "3"])
    assert len(wine.inputs[0]) == 13
    assert [wine.targets.count(c) for c in range(3)] == [59, 71, 48]


@needs_shared
def test_wine_quality_as_regression_and_digits():
    wine = read(SHARED / "winequality-red.csv", regression=True)
    assert (len(wine), wine.classes, set(wine.targets)) == (1599, None, {3.0, 4.0, 5.0, 6.0, 7.0, 8.0})
    digits = read(SHARED / "optdigits.tes")
    assert (len(digits), len(digits.inputs[0]), digits.classes) == (1797, 64, list("0123456789"))


@needs_mnist
def test_mnist_stays_bytes():
    train = read(SHARED / "mnist")
    assert isinstance(train.inputs, ByteMatrix)
    assert (train.inputs.rows, train.inputs.columns, len(train.inputs.values)) == (60000, 784, 47_040_000)
    assert train.targets[:10] == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert train.classes == list("0123456789")
    test = read(SHARED / "mnist", which="test")
    assert len(test) == 10000 and test.targets[:5] == [7, 2, 1, 0, 4]
