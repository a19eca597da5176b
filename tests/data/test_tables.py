"""Is a table read as it was published, whatever its form, and is what cannot be told refused with its place?"""

import gzip
import io
import math
import sys
import tracemalloc
from array import array

import pytest
from data_helpers import refused

from refnet.data import Dataset, FloatMatrix, Table, identifiers, lines, read_csv, read_table
from refnet.data.table_files import of_frame

EXPECTED = Dataset([[1.0, 2.5], [3.0, -4.0]], [0, 1], ["a", "b"])

# --- Forms of the file ---


@pytest.mark.parametrize("text", [
    "1,2.5,a\n3,-4,b\n", "1;2.5;a\n3;-4;b\n", "1;2,5;a\n3;-4;b\n", "1\t2.5\ta\n3\t-4\tb\n", "1|2.5|a\n3|-4|b\n",
    "1 2.5 a\n3 -4 b\n", "  1   2.5 a  \n  3  -4   b\n", "1\t2.5\t\ta\n3\t-4\tb\n", "1 2,5 a\n3 -4 b\n",
    '"1";"2.5";"a"\n"3";"-4";"b"\n', "1,2.5,a,\n3,-4,b,\n", "1;2.5;a;\n3;-4;b;\n", "1,2.5,a\n3,-4,b,\n",
    "1,2.5,a\r3,-4,b\r", "1,2.5,a\r\n3,-4,b\r\n", "\r\r1,2.5,a\r3,-4,b", "# a remark\n1,2.5,a\n\n# another\n3,-4,b\n",
    "|1x3 Cross validator\n1,2.5,a\n3,-4,b\n", "1,2.5,a\n3,-4,b\n,,\n,,\n", "\ufeff1;2.5;a\n3;-4;b\n",
])
def test_a_table_of_any_form(write, text):
    assert read_csv(write(text)) == EXPECTED
    assert read_csv(write(gzip.compress(text.encode()))) == EXPECTED


@pytest.mark.parametrize("text", [
    "x,y,kind\n1,2.5,a\n3,-4,b\n", '"x";"y";"kind"\n1;2,5;a\n3;-4;b\n', "x,y,kind,\n1,2.5,a,\n3,-4,b,\n",
    "x,y,kind\n1,2.5,a,\n3,-4,b,\n", "#x,y,kind\n1,2.5,a\n3,-4,b\n", "# x y kind\n1 2.5 a\n3 -4 b\n",
    "x y kind\n1 2.5 a\n3 -4 b\n",
])
@pytest.mark.parametrize("label", [-1, "kind"])
def test_a_header_of_any_form(write, text, label):
    assert read_csv(write(text), label=label) == Dataset(EXPECTED.inputs, [0, 1], ["a", "b"], ["x", "y"])


def test_a_header_of_r_has_no_name_for_the_rows(write):
    data = read_csv(write('"x" "kind"\n"1" 2.5 "a"\n"2" -4 "b"\n'))
    assert data == Dataset([[1.0, 2.5], [2.0, -4.0]], [0, 1], ["a", "b"], ["", "x"])


def test_a_header_of_words_above_words(write):
    rows = "".join(f"{word},{'red' if i % 2 else 'blue'}\n" for i, word in enumerate("xyxxyyxyxyxx"))
    data = read_table(write("shape,colour\n" + rows))
    assert (len(data), data.columns, data.classes) == (12, ["shape"], ["blue", "red"])
    assert len(read_table(write("x,red\n" + rows))) == 13  # words that occur again are data
    assert len(read_table(write("shape,red\n" + rows))) == 13


def test_the_header_that_pandas_writes(write):
    rows = "5.5,3,1\n4.5,2,0\n"
    for text in ("0,1,2\n", ",0,1,2\n"):
        data = read_csv(write(text + (rows if text[0] == "0" else "0,5.5,3,1\n1,4.5,2,0\n")))
        assert (len(data), data.classes) == (2, ["0", "1"])
    data = read_csv(write("0,1,2,kind\n5.5,3,1,a\n4.5,2,0,b\n4.5,2,0,a\n"))
    assert data.columns == ["0", "1", "2"] and data.classes == ["a", "b"]
    assert "0, 1, 2, … above whole numbers" in refused(read_csv, write("0,1,2\n5,3,1\n4,2,0\n"))
    assert len(read_csv(write("0,1,2\n5,3,1\n4,2,0\n"), header=True)) == 2
    assert len(read_csv(write("0,1,2\n5,3,1\n4,2,0\n"), header=False)) == 3
    assert len(read_csv(write("0,1\n.5,3\n.4,2\n"))) == 3  # two cells may be data
    assert len(read_csv(write("0,1,2,a\n.5,3,4,a\n.4,2,2,b\n"))) == 3  # a label that occurs again


def test_the_delimiter_is_found_and_kept(write):
    for text, delimiter in (("a b;1\nc d;2\n", ";"), ("a, b; c,1\nd, e; f,2\n", ","), ("x|y z|1\nx|w z|2\n", "|"),
                            ("1,5;2,5;3\n1,5;2,5;4\n", ";"), (" 1 , 2\n 3 , 4\n", ","), ("a ; b c\nd ; e f\n", ";")):
        assert read_table(write(text)).inputs.delimiter == delimiter
    assert read_csv(write("1;2;3\n"), label=None).inputs == [[1.0, 2.0, 3.0]]
    assert read_csv(write("1,5\n2,5\n"), label=None).inputs == [[1.0, 5.0], [2.0, 5.0]]  # no decimal comma
    assert "1,5" in refused(read_csv, write("1,5\n1.5\n"), label=None, delimiter=";")


def test_cells_in_quotes_over_several_lines(write):
    path = write('"a\nb",1,x\n"c, ""d""\r\n",2,y\n')
    assert read_table(path).inputs.cells(0) == ["a\nb", 'c, "d"']


@pytest.mark.parametrize("text, line", [
    ('1,2,a\n1,"2,a\n3,4,b\n', 2), ('x,y\n"a\nb",1\n"c,2\n' + "d,3\n" * 50, 4),
    ("x,y\n" * 9 + '"c,2\n' + "d,3\n" * 99999, 10),
])
def test_an_open_quote_names_the_line_where_it_opens(write, text, line):
    assert f"line {line}: a quote opens here and is not closed" in refused(read_table, write(text))


def test_a_line_has_a_bound(write, monkeypatch):
    path = write(gzip.compress(b"1,2,3\n" + b"1," * 10**6 + b"\n"))
    assert "line 2: 1000001 cells" in refused(read_csv, path)
    monkeypatch.setattr(lines, "LONGEST", 1 << 20)
    assert "line 2: more than 1,048,576 bytes" in refused(read_csv, path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no /dev/zero")
def test_a_line_without_an_end(write):
    tracemalloc.start()
    try:
        assert "/dev/zero, line 1: more than 16,777,216 bytes" in refused(read_csv, "/dev/zero")
        assert tracemalloc.get_traced_memory()[1] < 3 * lines.LONGEST
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", ["1,{},a\n", "1,2,a\n1,{},b\n", "1,2,{}\n1,2,3\n", "{},2,a\n", "1,2,{}\n1,2,{}\n"])
def test_messages_shorten_cells(write, text):
    assert len(refused(read_csv, write(text.replace("{}", "x" * 12000)), classes=["a", "b"])) < 1000


def test_a_comment_that_may_be_an_example(write):
    assert "line 2: begins with # and has 3 cells: a comment, or an example?" in refused(
        read_csv, write("1,2,a\n#3,4,b\n"))
    assert read_table(write('1,2,a\n"#3",4,b\n')).inputs.cells(0) == ["1", "#3"]


# --- Labels and missing values ---

WORDS = ["?", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "None", ".", "-", ""]


@pytest.mark.parametrize("word", WORDS)
def test_a_missing_label_among_numbers_is_no_class(write, word):
    for text in (f"1,0\n2,1\n3,{word}\n", f"1,{word}\n2,1\n3,0\n", f"x,y\n1,0\n2,1\n3,{word}\n"):
        assert "the label is empty or stands for a missing value; missing='drop'" in refused(read_csv, write(text))
        for choice in ("drop", "mean", "median"):
            data = read_csv(write(text), missing=choice)
            assert (len(data), data.classes) == (2, ["0", "1"])
    assert "the label is missing" in refused(read_csv, write(f"1,0\n2,1\n3,{word}\n"), regression=True)
    assert read_csv(write(f"1,0\n2,1\n3,{word}\n"), regression=True, missing="drop").targets == [0.0, 1.0]


@pytest.mark.parametrize("word", WORDS)
def test_a_missing_label_among_words(write, word):
    path = write(f"1,a\n2,b\n3,{word}\n")
    if word in ("None", ".", "-"):  # they may be names
        assert read_csv(path).classes == sorted(["a", "b", word])
    else:
        assert "line 3" in refused(read_csv, path)
    if word:
        assert read_csv(path, classes=["a", "b", word]).targets == [0, 1, 2]


@pytest.mark.parametrize("word", WORDS)
def test_a_missing_value_in_the_first_line_is_no_header(write, word):
    path = write(f"{word},0\n1,1\n5,0\n")
    assert "line 1, column 0 (from 0): the cell is empty or stands for a missing value" in refused(read_csv, path)
    assert read_csv(path, missing="drop") == Dataset([[1.0], [5.0]], [1, 0], ["0", "1"])
    assert read_csv(path, missing="mean").inputs == [[3.0], [1.0], [5.0]]
    assert read_csv(path, missing="median").inputs == [[3.0], [1.0], [5.0]]
    assert math.isnan(read_csv(path, allow_nonfinite=True).inputs[0][0])


def test_equal_numbers_are_one_class(write):
    for classes, targets in (("0 0.0 1 1.0 -0", [0, 0, 1, 1, 0]), ("1 01 1e0 2", [0, 0, 0, 1])):
        data = read_csv(write("".join(f"5,{each}\n" for each in classes.split())))
        assert len(data.classes) == 2 and data.targets == targets
    assert read_csv(write("5,1\n6,0.0\n"), classes=["0", "1"]).targets == [1, 0]
    assert read_csv(write("5,1.0\n6,0.0\n")).classes == ["0.0", "1.0"]  # as they are written
    assert read_csv(write("5,1.0\n6,x\n7,1\n")).classes == ["1", "x"]


@pytest.mark.parametrize("header", [0, 1, None, "yes"])
def test_a_header_is_there_or_not(write, header):
    """The number 1 is the second line to pandas, and equals True."""
    said = refused(read_table, write("a,b\n1,2\n"), header=header)
    assert said == f"header={header!r}: allowed: True, False and 'auto'"


def test_whole_numbers_that_binary64_does_not_tell_apart_are_no_classes(write):
    """2⁵³ and 2⁵³ + 1 were one class, and nothing said so."""
    for other in ("5", "x"):  # a column of numbers, and one with a word
        said = refused(read_csv, write(f"1,{other}\n2,9007199254740993\n3,-9007199254740992\n"))
        assert "line 2" in said and "label '900719925474099" in said and "numbers below 2**53" in said
    exact = ["9007199254740992", "9007199254740993", "x"]
    data = read_csv(write("".join(f"{i},{name}\n" for i, name in enumerate(exact))), classes=exact)
    assert data.targets == [0, 1, 2]  # whoever names them has them as they are written
    assert read_csv(write("1,9007199254740991\n2,1\n")).targets == [1, 0]


def test_a_class_is_not_called_minus_nothing(write):
    for last, classes in (("1", ["0.0", "1"]), ("a", ["0.0", "a"])):
        data = read_csv(write(f"5,-0.0\n6,0.0\n7,{last}\n"))
        assert (data.targets, data.classes) == ([0, 0, 1], classes)


def test_columns_of_words_and_numbers(write):
    data = read_table(write("a,b,c,d\n1,x,2,u\n,y,3.0,v\n?,,more,u\n"), label="d")
    table = data.inputs
    assert isinstance(table, Table) and table.width == 3 and data.targets == [0, 1, 0]
    assert isinstance(table.values[0], array) and [x == x for x in table.cells(0)] == [True, False, False]
    assert table.cells(1) == ["x", "y", ""] and table.cells(2) == ["2", "3", "more"]
    assert table.take([2, 0]).cells(2) == ["more", "2"] and table.take([2, 0]).take([1]).where(0, 1).endswith(
        "line 2, column 'b'")
    assert "line 2, column 'b': 'x' is not a number (read_table takes columns of words)" in refused(
        read_csv, write("a,b,d\n1,x,u\n2,y,v\n"))
    assert read_csv(write("a,b,d\n1,x,u\n2,y,v\n"), drop=["b"]).columns == ["a"]


def test_a_column_that_turns_to_words_late(write):
    """The pieces in which a file is read do not show."""
    rows = 40000
    text = "".join(f"{i % 3}.0,{i % 3}.50,z\n" for i in range(rows)) + "more,less,z\n"
    table = read_table(write(text)).inputs
    assert set(table.cells(0)) == {"0", "1", "2", "more"} and set(table.cells(1)) == {"0.5", "1.5", "2.5", "less"}
    assert len(table) == rows + 1 and table.lines[-1] == rows + 1


# --- What is kept ---


def test_a_table_is_as_compact_as_its_numbers(write):
    """It took 32 bytes a number, and 16 more while it was read."""
    rows, columns = 2000, 100
    path = write("\n".join(",".join(["0.5", *(str((i * j) % 97 / 7) for j in range(1, columns))]) + ",a"
                           for i in range(rows)))
    tracemalloc.start()
    try:
        data = read_csv(path)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    numbers = 8 * rows * columns
    assert isinstance(data.inputs, FloatMatrix) and kept < 1.2 * numbers
    # Columns and rows of numbers for a moment, and 64K cells of text.
    assert peak < 2.5 * numbers + 80 * (1 << 16)


def test_a_float_matrix_reads_like_a_list_of_rows():
    matrix = FloatMatrix(array("d", [1, 2, 3, 4, 5, 6]), 2)
    rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert matrix == rows and list(matrix) == rows == matrix.tolist() and matrix != rows[:2] and rows == matrix
    assert (len(matrix), matrix[-1], matrix[1:], matrix[::2]) == (3, [5.0, 6.0], rows[1:], [rows[0], rows[2]])
    assert matrix[2:1] == [] and matrix.take([2, 0]) == [rows[2], rows[0]] and rows[1] in matrix
    assert matrix.view.tolist() == rows and matrix == FloatMatrix(array("d", [1, 2, 3, 4, 5, 6]), 2)
    with pytest.raises(IndexError, match="row 3; allowed: 0 to 2"):
        matrix[3]
    with pytest.raises(ValueError, match="6 numbers; allowed: rows of 4"):
        FloatMatrix(matrix.values, 4)


def test_row_numbers_and_identifiers(write):
    def found(text, **options):
        return list(identifiers(read_table(write(text), **options).inputs).values())

    counts = "".join(f"{i},{i * i % 7},a\n" for i in range(1, 31))
    assert found(counts) == ["counts the rows"] and found("".join(counts.splitlines(True)[:9])) == []
    assert found("".join(f"{i * 7 % 31},1,a\n" for i in range(31))) == ["counts the rows"]  # in any order
    assert found("".join(f"{i * i + 900},5,a\n" for i in range(30))) == ["an identifier: whole numbers that all differ"]
    names = {"PassengerId": 1, "patient_id": 1, "ID": 1, "Unnamed: 0": 1, "": 1, "acid": 0, "income": 0, "paid": 0}
    for name, times in names.items():
        text = f"{name},x,kind\n" + "".join(f"{i * i + 9},5,a\n" for i in range(30))
        assert len(found(text)) == times, name
    assert found("".join(f"{i / 2},5,a\n" for i in range(30))) == []
    with pytest.warns(UserWarning, match=r"column 0 \(from 0\) counts the rows: drop=\[…\] leaves it out"):
        assert len(read_csv(write(counts)).inputs[0]) == 2
    assert read_csv(write(counts), drop=[0]).inputs[:2] == [[1.0], [4.0]]


# --- What pandas reads ---


def test_frames():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    columns = {"x": [1.5, None, 3.0], "n": [1, 2, 3], "flag": [True, False, True], "word": ["a", None, "b"]}
    for frame in (pandas.DataFrame(columns), pandas.DataFrame(columns).convert_dtypes(), polars.DataFrame(columns)):
        table = of_frame(frame, "data")
        assert table.columns == list(columns) and table.cells(1) == [1.0, 2.0, 3.0]
        assert table.cells(2) == [1.0, 0.0, 1.0] and table.cells(3) == ["a", "", "b"]
        assert [x == x for x in table.cells(0)] == [True, False, True] and table.cells(0)[0] == 1.5
    data = read_table(pandas.DataFrame({"x": [1, 2], "kind": ["u", "v"]}))
    assert (data.classes, data.targets, data.columns) == (["u", "v"], [0, 1], ["x"])
    twice = of_frame(pandas.DataFrame([[1, 2.5], [3, 4.5]], columns=["x", "x"]), "data")
    assert (twice.columns, twice.cells(0), twice.cells(1)) == (["x", "x"], [1.0, 3.0], [2.5, 4.5])


def test_without_pandas_its_files_say_what_they_need(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    for start in (b"PAR1", b"PK\3\4"):
        with pytest.raises(ImportError, match=r"is read by pandas: pip install refnet\[tables\]"):
            read_table(write(start + b"...."))


def test_a_sheet_without_a_header(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("openpyxl")
    path = tmp_path / "table.xlsx"
    pandas.DataFrame([[1, 2.5, "a"], [3, -4, "b"]]).to_excel(path, header=False, index=False)
    assert read_csv(path) == EXPECTED
    assert io.BytesIO(path.read_bytes()).read(4) == b"PK\3\4"


def test_a_choice_about_missing_values_that_there_is_not(write):
    with pytest.raises(ValueError, match=r"missing: 'keep'; allowed: 'refuse', 'drop', 'mean'"):
        read_table(write("1,2,a\n3,4,b\n"), missing="keep")


def test_a_row_without_any_value_is_a_row_unless_it_is_the_end(tmp_path):
    """Else there would be fewer predictions than rows."""
    path = tmp_path / "gap.csv"
    path.write_text("a,b,y\n1,2,x\n,,\n3,4,z\n\n,,\n,,\n")
    with pytest.raises(ValueError, match=r"line 3\b"):
        read_table(path)
    assert [*read_table(path, label=None, missing="median").inputs.lines] == [2, 3, 4]
