"""Is a number in another notation read as what it is, and a gap of one's own as a gap?"""

import warnings

import pytest
from data_helpers import refused

from refnet.data import Preparation, read_table


def columns(path, **options):
    """The cells of all columns but the label's."""
    table = read_table(path, **options).inputs
    return [table.cells(j) for j in range(table.width)]


TOWNS = "town;people;rent;kind\nA;4.063;1.296,55;x\nB;515;980,00;y\nC;1.200.450;12.000,5;x\n"


def test_points_between_thousands_where_a_column_has_decimal_commas(write):
    with pytest.warns(RuntimeWarning, match="column 'people': 4.063 is read as 4063, as other columns have decimal "
                                            r"commas \(column 'rent'\)"):
        found = columns(write(TOWNS))
    assert found == [["A", "B", "C"], [4063.0, 515.0, 1200450.0], [1296.55, 980.0, 12000.5]]
    assert read_table(write("a;b\n1.296,55;x\n4.063;y\n-1.000;x\n")).inputs.cells(0) == [1296.55, 4063.0, -1000.0]


def test_a_table_with_both_signs_is_read_as_it_stands(write):
    """As before refnet 1.1, so that a column is read alike where the others have no fraction."""
    with pytest.warns(RuntimeWarning, match=r"column 'c': 4.063 is read with a decimal point, as other columns have "
                                            r"decimal points \(column 'b'\)"):
        found = columns(write("a;b;c;d;e\n1,5;2.75;4.063;1.296,5;x\n2,5;0.5;515;3,5;y\n"))
    assert found == [[1.5, 2.5], [2.75, 0.5], [4.063, 515.0], ["1.296,5", "3.5"]]


def test_one_bad_cell_is_no_sign_of_decimal_points(write):
    """The column with the commas may be left out: the other one is read as it would be beside it."""
    rows = "".join(f"4.{i:03};{i},5;x\n" for i in range(12))
    with pytest.warns(RuntimeWarning, match="4.000 is read as 4000"):
        assert columns(write("a;b;c\n" + rows + "7;k.A.;x\n"))[0] == [4000.0 + i for i in range(12)] + [7.0]


@pytest.mark.parametrize("text, cells", [
    ("a;b;c\n4.063;1;x\n515;2;y\n", [4.063, 515.0]),  # no column has a decimal comma
    ("a;b;c\n4.063;1,5;x\n2.75;2,5;y\n", [4.063, 2.75]),  # not all points can stand between thousands
    ("a;b;c\n0.063;1,5;x\n515;2,5;y\n", [0.063, 515.0]),
    ("a;b;c\n4.063;1,5 m;x\n515;2,5 m;y\n", [4.063, 515.0]),
    ("a,b,c\n4.063,1,x\n515,2,y\n", [4.063, 515.0]),
])
def test_points_that_are_decimal_points(write, text, cells):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert columns(write(text))[0] == cells


def test_a_column_with_both_is_refused_in_pieces_too(write, monkeypatch):
    message = "numbers with a decimal comma, '2,5', and a decimal point, '1.5'"
    assert message in refused(read_table, write("a;b\n1.5;x\n2,5;y\n"))
    monkeypatch.setattr("refnet.data.table_files.CELLS", 4)
    assert message in refused(read_table, write("a;b\n1.5;x\n" + "7;y\n" * 9 + "2,5;y\n"))


def test_thousands_and_decimal_points_are_refused(write, monkeypatch):
    assert "numbers with points between thousands, '4.063', and a decimal point, '2.75'" in refused(
        read_table, write("a;b\n4.063;x\n2.75;y\n"), decimal=",")
    monkeypatch.setattr("refnet.data.table_files.CELLS", 6)
    with pytest.warns(RuntimeWarning, match="4.063 is read as 4063"):
        message = refused(read_table, write("a;b;c\n4.063;1,5;x\n" + "7;2,5;y\n" * 9 + "2.75;3,5;y\n"))
    assert "numbers with points between thousands, '4.063', and a decimal point, '2.75'" in message


def test_the_decimal_sign_can_be_said(write):
    quoted = write('a,b\n"5,1",x\n"4.063",y\n"1.296,5",y\n')
    assert columns(quoted, decimal=",") == [[5.1, 4063.0, 1296.5]]
    assert columns(quoted, header=True) == [["5,1", "4.063", "1.296,5"]]
    assert columns(write(TOWNS), decimal=".", header=True)[2] == ["1.296,55", "980,00", "12.000,5"]
    assert refused(read_table, quoted, decimal=";") == "decimal: ';'; allowed: 'auto', '.', ','"


GAPS = "age,job,pay\n20,cook,1\nk.A.,-9,2\n-9,smith,1\n40,k.A.,k.A.\n"


def test_words_for_a_missing_value(write):
    data = read_table(write(GAPS), missing="median", missing_values=["k.A.", "-9"])
    assert repr(data.inputs.cells(0)) == "[20.0, nan, nan]" and data.inputs.cells(1) == ["cook", "", "smith"]
    assert data.classes == ["1", "2"]
    made = Preparation("mean").fit(data).transform(data).inputs
    assert made == [[20.0, 1.0, 0.0], [20.0, 0.0, 0.0], [20.0, 0.0, 1.0]]
    assert read_table(write("k.A.,1\n2,3\n"), missing_values=["k.A."]).inputs.columns is None
    assert "line 5, column 'pay': the label is empty" in refused(read_table, write(GAPS), missing_values=["k.A."])
    assert "missing_values='k.A.': allowed: a list of words" in refused(read_table, write(GAPS), missing_values="k.A.")


def test_words_for_a_missing_value_in_a_frame():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": ["20", "k.A."], "kind": ["x", "y"]})
    assert repr(read_table(frame, missing_values=["k.A."]).inputs.cells(0)) == "[20.0, nan]"


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
