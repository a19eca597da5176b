"""Is a CSV file read as it stands, and is a bad cell refused with its place?"""

import csv
import gzip
import io
import math
import struct

import pytest
from data_helpers import refused
from hypothesis import given
from hypothesis import strategies as st

from refnet.data import Dataset, read, read_csv

# --- CSV: what is read ---


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
    assert message.startswith(f"{path}, line 1, column 1 (from 0): label 'b'") and message.endswith("classes a, c")
    assert read_csv(write("1,2\n2,1\n"), classes=[1, 2]).targets == [1, 0]


def test_header_is_told_from_the_feature_cells(write):
    assert len(read_csv(write("1,a\n2,b\n"))) == 2  # a label that is text does not make a line a header
    assert len(read_csv(write("1,a\n"))) == 1
    assert len(read_csv(write("x,a\n2,b\n"))) == 1
    assert len(read_csv(write(",x,a\n0,2,b\n"))) == 1  # an unnamed index column, as pandas writes it
    assert len(read_csv(write("1,price\n2,5\n"), header=True)) == 1
    assert len(read_csv(write("1,price\n2,5\n"), regression=True, header=True)) == 1
    assert read_csv(write("1,2,a\n3,4,b\n"), label="a").columns == ["1", "2"]  # a label given by name needs a header
    assert read_csv(write("1,2,0\n3,4,0\n"), header=True).columns == ["1", "2"]


def test_a_name_that_stands_for_a_missing_value_elsewhere(write):
    """Na is sodium in the header of Kaggle's glass.csv."""
    for text in ("RI,Na,Mg,Type\n1.5,13,4,1\n1.6,12,3,2\n", "RI,Na,Mg,Type\n1,1.5,13,4,1\n2,1.6,12,3,2\n"):
        data = read_csv(write(text))
        assert (len(data), data.columns[-3:], data.classes) == (2, ["RI", "Na", "Mg"], ["1", "2"])
    assert "'x' beside numbers" in refused(read_csv, write("x,?,3,a\n1,2,3,b\n"))
    assert "'x' beside numbers" in refused(read_csv, write("x,NA,NA,a\n1,2,3,b\n"))
    assert "'x' beside numbers" in refused(read_csv, write("x,y,inf,a\n1,2,3,b\n"))


def test_header_that_could_be_data_is_refused_not_guessed(write):
    message = refused(read_csv, write("\n5.1,x,a\n1,2,b\n"))
    assert "line 2: 'x' beside numbers" in message and "header=True or header=False" in message
    assert "'label' is the only label that is not a number" in refused(
        read_csv, write("0,1,label\n.5,.5,1\n.5,.5,2\n")
    )
    assert "'price' beside numbers" in refused(read_csv, write("1,price\n2,5\n"), regression=True)
    path = write("150,4,setosa\n5.1,3.5,setosa\n")
    assert len(read_csv(path)) == 2
    assert len(read_csv(path, header=True)) == 1
    # Words below words: the first line is not a header, the words are the mistake.
    assert "line 1, column 1 (from 0): 'x' is not a number" in refused(read_csv, write("1,x,a\n1,y,b\n"))
    assert "line 1, column 1 (from 0): 'x' is not a number" in refused(
        read_csv, write("5.1,x,a\n1,2,b\n"), header=False
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


# --- CSV: what is refused ---


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
        ("1,2,a\n,2,a\n", "line 2, column 0 (from 0): the cell is empty"),
        ("1,2,a\n1,2,\n", "line 2, column 2 (from 0): the label is empty"),
        (
            "1,2,a\n1,nan,a\n",
            "line 2, column 1 (from 0): the cell is empty or stands for a missing value; allowed with missing='drop'",
        ),
        ("1,2,a\n1,-Infinity,a\n", "line 2, column 1 (from 0): '-inf' is not finite (written so, or beyond 1.8e308, "
         "where binary64 ends); allow_nonfinite=True accepts it"),
        ("1,2,a\n1,1e999,a\n", "line 2, column 1 (from 0): 'inf' is not finite"),
        ("1,2,a\n1,2,NaN\n", "line 2, column 2 (from 0): the label is empty or stands for a missing value"),
        ('1,2,a\n1,"2,a\n3,4,b\n', "line 2: a quote opens here and is not closed"),
        ("1\n2\n", "only one column, the label; is delimiter=',' right?"),
        (b"1,2,a\n1,2,caf\xe9\n", "line 2: byte 0xe9 is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "line 1: byte 0x89 is not UTF-8"),
        ("1,2,a\n1,2,b\n".encode("utf-16-le"), "line 1: has a zero byte"),
        (b"\xff\xfe" + "1,2,a\n1,2,b\n".encode("utf-16-le"), ": the text is UTF-16; allowed: UTF-8"),
        (b"\xfe\xff" + "1,2,a\n1,2,b\n".encode("utf-16-be"), ": the text is UTF-16; allowed: UTF-8"),
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
    assert "label=3: allowed: -3 to 2" in refused(read_csv, path, label=3)
    assert "label=-4: allowed: -3 to 2" in refused(read_csv, path, label=-4)
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
        {"delimiter": "comma"},
        {"classes": []},
        {"classes": ["a", "a"]},
        {"classes": ["a"], "regression": True},
    ],
)
def test_wrong_csv_options_are_named(write, options):
    name, value = next(iter(options.items()))
    assert f"{name}={value!r}" in refused(read_csv, write("1,a\n"), **options)


# --- The shared data sets ---


def test_iris_and_wine(shared_data):
    iris = read(shared_data / "iris.csv")
    assert iris.columns == ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    assert iris.classes == ["setosa", "versicolor", "virginica"]
    assert [iris.targets.count(c) for c in range(3)] == [50, 50, 50]
    assert iris.inputs[0] == [5.1, 3.5, 1.4, 0.2]
    wine = read(shared_data / "wine.csv")
    assert (len(wine), wine.columns, wine.classes) == (178, None, ["1", "2", "3"])
    assert len(wine.inputs[0]) == 13
    assert [wine.targets.count(c) for c in range(3)] == [59, 71, 48]


def test_wine_quality_as_regression_and_digits(shared_data):
    wine = read(shared_data / "winequality-red.csv", regression=True)
    assert (len(wine), wine.classes, set(wine.targets)) == (1599, None, {3.0, 4.0, 5.0, 6.0, 7.0, 8.0})
    digits = read(shared_data / "optdigits.tes")
    assert (len(digits), len(digits.inputs[0]), digits.classes) == (1797, 64, list("0123456789"))
