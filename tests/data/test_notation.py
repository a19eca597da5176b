"""Is a number in another notation read as what it is, and a gap of one's own as a gap?"""

import warnings

import pytest
from data_helpers import refused

from refnet.data import Preparation, read_csv, read_table


def columns(path, **options):
    """The cells of all columns but the label's."""
    table = read_table(path, **options).inputs
    return [table.cells(j) for j in range(table.width)]


TOWNS = "town;people;rent;kind\nA;4.063;1.296,55;x\nB;515;980,00;y\nC;1.200.450;12.000,5;x\n"
SOLD = "town;people;rent;kind\nA;4.063;12,5;x\nB;515;980,00;y\nC;12.200;0,5;x\n"


def test_points_are_decimal_points_unless_said_otherwise(write):
    """And where they may be others, as other columns have decimal commas, this is said once."""
    message = (r"column 'people': 4.063 is read as 4.063, with a decimal point, though column 'rent' has decimal "
               "commas; if points stand between thousands, say decimal=','")
    with pytest.warns(RuntimeWarning, match=message) as found:
        assert columns(write(SOLD))[1:] == [[4.063, 515.0, 12.2], [12.5, 980.0, 0.5]]
    assert len(found) == 1
    with pytest.warns(RuntimeWarning, match=r"column 0 \(from 0\), column 1 \(from 0\): -1.000 is read as -1.0, "):
        read_table(write("-1.000;4.063;1,5;x\n2.000;7.000;2,5;x\n"))
    with pytest.warns(RuntimeWarning, match=r"4.063 is read as 4.063, .* though column 1 \(from 0\) has decimal"):
        read_table(write("4.063;1.296,55;x\n2.000;1.100,00;x\n"))
    assert columns(write("a;b\n1.296,55;x\n4.063;y\n-1.000;x\n"), header=True) == [["1.296,55", "4.063", "-1"]]


@pytest.mark.parametrize("text, cells", [
    ("a;b;c\n4.063;1;x\n515;2;y\n", [4.063, 515.0]),  # no column has a decimal comma
    ("a;b;c\n4.063;1,5;x\n2.75;2,5;y\n", [4.063, 2.75]),  # not all points can stand between thousands
    ("a;b;c\n0.063;1,5;x\n515;2,5;y\n", [0.063, 515.0]),
    ("a;b;c\n4.063;1,5 m;x\n515;2,5 m;y\n", [4.063, 515.0]),
    ("a,b,c\n4.063,1,x\n515,2,y\n", [4.063, 515.0]),
    ("a;b;c\n1,5;2,5;4.063\n2,5;7;9.071\n", [1.5, 2.5]),  # only classes have points
])
def test_points_of_which_nothing_is_said(write, text, cells):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert columns(write(text))[0] == cells


def test_neither_the_order_of_rows_nor_the_pieces_they_are_read_in_count(write, monkeypatch):
    header, *rows = SOLD.splitlines()
    rows += ["D;2.000;3.5;y", "E;1.000;7;y", "F;9.071;8;x"]  # 3.5 beside 980,00 is refused
    found = []
    for size in (1 << 16, 4):
        monkeypatch.setattr("refnet.data.table_files.CELLS", size)
        for order in (rows[:3] + rows[4:], rows[:3:-1] + rows[2::-1]):
            with pytest.warns(RuntimeWarning, match="column 'people': .* is read as"):
                found.append(sorted(zip(*columns(write("\n".join([header, *order]))))))
        for order in (rows, rows[::-1]):
            assert "numbers with a decimal comma, " in refused(read_table, write("\n".join([header, *order])))
    assert found[0] == found[1] == found[2] == found[3]
    assert found[0][0] == ("A", 4.063, 12.5) and found[0][-1] == ("F", 9.071, 8.0)


def test_a_column_with_both_is_refused_in_pieces_too(write, monkeypatch):
    message = "numbers with a decimal comma, '2,5', and a decimal point, '1.5'"
    assert message in refused(read_table, write("a;b\n1.5;x\n2,5;y\n"))
    monkeypatch.setattr("refnet.data.table_files.CELLS", 4)
    assert message in refused(read_table, write("a;b\n1.5;x\n" + "7;y\n" * 9 + "2,5;y\n"))


def test_the_decimal_comma_can_be_said(write, monkeypatch):
    quoted = write('a,b\n"5,1",1.000\n"4.063","2,5"\n"-1.296,5",y\n')
    assert columns(quoted, decimal=",", header=True) == [[5.1, 4063.0, -1296.5]]
    assert read_table(quoted, decimal=",", header=True).classes == ["1.000", "2,5", "y"]  # words as they are
    assert columns(quoted, header=True) == [["5,1", "4.063", "-1.296,5"]]
    assert columns(write(TOWNS), decimal=",")[1:] == [[4063.0, 515.0, 1200450.0], [1296.55, 980.0, 12000.5]]
    data = read_csv(write("1,5;2.000\n-9;1,5e3\n"), regression=True, decimal=",", missing_values=["-9"], missing="drop")
    assert (data.inputs, data.targets) == ([[1.5]], [2000.0])
    for size in (1 << 16, 4):
        monkeypatch.setattr("refnet.data.table_files.CELLS", size)
        for wrong in ("2.75", "12.34,5", "0.063", "1.5e3", "1234.567"):
            message = refused(read_table, write(f"a;b\n4.063;x\n7;x\n7;x\n7;x\n{wrong};y\n"), decimal=",")
            assert f"line 6, column 'a': '{wrong}' with decimal=','; allowed: points between thousands alone" in message


def test_the_decimal_point_can_be_said(write):
    assert columns(write(TOWNS), decimal=".", header=True)[2] == ["1.296,55", "980,00", "12.000,5"]
    assert refused(read_table, write(TOWNS), decimal=";") == "decimal: ';'; allowed: 'auto', '.', ','"


def test_a_number_with_thousands_among_others_is_named_with_what_helps(write):
    data = read_table(write("a;b;c\n" + "980,00;1;x\n" * 20 + "1.296,55;2;y\n"))
    assert ("line 22, column 'a': '1.296,55' is not a number, as other cells of the column are; decimal=',' reads it "
            "as a number, missing_values=[…]") in refused(Preparation().fit, data)


def test_numbers_of_frames_are_what_they_are_and_text_is_refused():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [9.832, 4.063], "b": ["5 a", "k.A."], "kind": ["x", "y"]})
    assert read_table(frame, decimal=",").inputs.cells(0) == [9.832, 4.063]
    for text in ("4.063", "1,5", "2.75"):
        frame["b"] = ["x", text]
        assert f"decimal=',': {text!r} is text in a frame or sheet; allowed" in refused(read_table, frame, decimal=",")


GAPS = "age,job,pay\n20,cook,1\nk.A.,-9,2\n-9,smith,1\n40,k.A.,k.A.\n"


def test_words_for_a_missing_value(write):
    data = read_table(write(GAPS), missing="median", missing_values=["k.A.", "-9"])
    assert repr(data.inputs.cells(0)) == "[20.0, nan, nan]" and data.inputs.cells(1) == ["cook", "", "smith"]
    assert data.classes == ["1", "2"]
    made = Preparation("mean").fit(data).transform(data).inputs
    assert made == [[20.0, 1.0, 0.0], [20.0, 0.0, 0.0], [20.0, 0.0, 1.0]]
    assert read_table(write("k.A.,1\n2,3\n"), missing_values=["k.A."]).inputs.columns is None
    assert "line 5, column 'pay': the label is empty" in refused(read_table, write(GAPS), missing_values=["k.A."])
    again = read_table(write(GAPS), missing="median", missing_values=(each for each in ("k.A.", "-9")))
    assert again.inputs.values[1] == data.inputs.values[1]
    for wrong in ("k.A.", None, 9, [-9], b"x"):
        message = refused(read_table, write(GAPS), missing_values=wrong)
        assert f"missing_values={wrong!r}: allowed: a list of words" in message


def test_words_for_a_missing_value_in_a_frame():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": ["20", "k.A."], "kind": ["x", "y"]})
    assert repr(read_table(frame, missing_values=["k.A."]).inputs.cells(0)) == "[20.0, nan]"
    frame = pandas.DataFrame({"age": [20.5, -999.0], "year": [-999, 7], "kind": ["x", "y"]})
    data = read_table(frame, missing_values=["-999"], missing="mean")
    assert repr(data.inputs.cells(0) + data.inputs.cells(1)) == "[20.5, nan, nan, 7.0]"
    preparation = Preparation.of(Preparation("mean").fit(data).document())  # which keeps the words
    assert preparation.transform(frame[["age", "year"]].assign(kind="x")) == [[20.5, 7.0], [20.5, 7.0]]


def test_a_preparation_keeps_how_its_table_was_read(write):
    data = read_table(write("1,5;2.000;x\n-9;4.063;y\n"), decimal=",", missing_values=["-9"], missing="mean")
    document = Preparation("mean").fit(data).document()
    assert (document["decimal"], document["missing_values"]) == (",", ["-9"])
    assert Preparation.of(document).document() == document
    for name in ("decimal", "missing_values"):
        with pytest.raises(ValueError, match=f"document: {name}"):
            Preparation.of({**document, name: None})
    old = {name: document[name] for name in ("missing", "total", "sources")}  # as refnet 0.1 had it
    assert Preparation.of(old).document() == {**document, "decimal": "auto", "missing_values": []}


@pytest.mark.parametrize("cells, word", [
    (["1", "2", "3"] * 10 + ["k.A."], "k.A."),  # few different numbers
    (["1", "2", "3+", "3+"] * 10 + ["x"], "x"),  # among classes of numbers
    (["1", "2", "3"] * 10 + ["l2"], "l2"),
    ([str(i) for i in range(40)] + ["-9.9.9"] * 20, "-9.9.9"),  # often, but always the same
])
def test_a_bad_cell_in_a_column_of_numbers_is_refused(write, cells, word):
    data = read_table(write("size,kind\n" + "".join(f"{cell},{'xy'[i % 2]}\n" for i, cell in enumerate(cells))))
    bad = cells.index(word)
    at = f"line {2 + bad}, column 'size': {word!r} is not a number, as other cells of the column are"
    for part in (data, data.take([i for i in range(len(cells)) if i != bad])):  # it may be in the part to test with
        message = refused(Preparation().fit, part)
        assert at in message and "missing_values=[…]" in message and "categories=[…]" in message
    assert word in "".join(Preparation(categories=["size"]).fit(data).columns)


@pytest.mark.parametrize("cells", [
    ["2", "4", "more"] * 10, ["0", "1", "2"] * 20 + ["3+"] * 4, ["1", "x", "2", "y"] * 9,
    ["?"] * 90 + ["1", "2", "high", "1"],  # where there is a value at all, words are not rare
])
def test_words_beside_a_few_numbers_are_categories(write, cells):
    data = read_table(write("size,kind\n" + "".join(f"{cell},{'xy'[i % 2]}\n" for i, cell in enumerate(cells))))
    assert len(Preparation("median").fit(data).columns) == len({*cells} - {"?"})
