"""Does a table become the rows that were agreed on, with nothing learnt but from the training part?"""

import json

import pytest
from data_helpers import refused

import refnet as rn
from refnet.data import Dataset, FloatMatrix, Preparation, door, read_table, split

TEXT = "age,job,town,pay\n20,cook,A,1\n30,?,B,2\n?,cook,B,1\n70,smith,?,2\n"


@pytest.fixture
def data(write):
    return read_table(write(TEXT))


def test_numbers_stay_and_words_become_columns(data):
    preparation = Preparation("median").fit(data)
    made = preparation.transform(data)
    assert preparation.columns == made.columns == ["age", "job=cook", "job=smith", "town=A", "town=B"]
    assert isinstance(made.inputs, FloatMatrix) and made.inputs == [
        [20.0, 1.0, 0.0, 1.0, 0.0], [30.0, 0.0, 0.0, 0.0, 1.0], [30.0, 1.0, 0.0, 0.0, 1.0], [70.0, 0.0, 1.0, 0.0, 0.0],
    ]
    assert (made.targets, made.classes, preparation.indicators) == ([0, 1, 0, 1], ["1", "2"], [1, 2, 3, 4])
    assert preparation.transform(data.inputs) == made.inputs


@pytest.mark.parametrize("missing, fill", [("mean", 40.0), ("median", 30.0)])
def test_gaps_are_filled_from_the_training_part(data, missing, fill):
    preparation = Preparation(missing).fit(data)
    assert preparation.transform(data).inputs[2][0] == fill
    first = Preparation(missing).fit(data.take([0, 1]))
    with pytest.warns(RuntimeWarning, match="column 'job': not among the categories of the training part, so 0 in "
                                            r"all of them: 'smith' \(1\)"):
        made = first.transform(data)
    assert first.columns == ["age", "job=cook", "town=A", "town=B"]
    assert made.inputs[2][0] == 25.0 and made.inputs[3] == [70.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("cells, missing, fill", [
    (["1e308", "1.5e308"], "mean", "inf"), (["1e308", "1.5e308"], "median", "inf"), (["inf", "1"], "mean", "inf"),
    (["-inf", "inf"], "median", "nan"),
])  # fmt: skip
def test_a_fill_that_is_not_finite_is_refused(write, cells, missing, fill):
    """A file could not keep it, and its column would make every prediction NaN."""
    data = read_table(write("x,kind\n" + "".join(f"{cell},a\n{cell},b\n" for cell in cells)), allow_nonfinite=True)
    said = refused(Preparation(missing, allow_nonfinite=True).fit, data)
    assert f"column 'x': the {missing} is {fill}, which fills no gap; drop=[…] leaves the column out" in said


def test_the_median_of_an_even_number(write):
    data = read_table(write("x,y\n4,1\n1,2\n?,1\n3,2\n9,1\n"))
    assert Preparation("median").fit(data).transform(data).inputs[2] == [3.5]
    assert Preparation("mean").fit(data).transform(data).inputs[2] == [(4.0 + 1.0 + 3.0 + 9.0) / 4]


def test_rows_are_dropped(data):
    preparation = Preparation("drop").fit(data)
    assert preparation.columns == ["age", "job=cook", "town=A"]  # the words of the rows that are used
    made = preparation.transform(data)
    assert (made.inputs, made.targets) == ([[20.0, 1.0, 1.0]], [0])
    assert "every row has a missing value" in refused(Preparation("drop").fit, data.take([1, 2]))


def test_no_row_is_left_and_the_columns_stay(data):
    preparation = Preparation("median", categories=["age"]).fit(data)
    assert preparation.transform(data.take([])).inputs.columns == len(preparation.columns) > 1


def test_missing_values_are_refused_unless_a_choice_is_made(data):
    preparation = Preparation()
    message = refused(preparation.fit, data)
    assert "line 4, column 'age': the cell is empty or stands for a missing value" in message
    assert "allowed with missing='drop' (leaves the row out), missing='mean' and missing='median'" in message
    assert "fit it to the training part first" in refused(preparation.transform, data)
    preparation.fit(data.take([0]))
    assert "line 3, column 'job'" in refused(preparation.transform, data.take([0, 1]))
    assert "column 'age': no value, so no mean" in refused(Preparation("mean").fit, data.take([2]))
    assert refused(Preparation, "mode") == "missing: 'mode'; allowed: 'refuse', 'drop', 'mean', 'median'"


def test_columns_left_out_and_codes(data, write):
    assert Preparation("median", drop=["job", 0]).fit(data).columns == ["town=A", "town=B"]
    codes = read_table(write("3,1,a\n10,2,b\n3.0,2,b\n"))
    preparation = Preparation(categories=[0], drop=[]).fit(codes)
    assert preparation.columns == ["0=3", "0=10", "1"]
    assert preparation.transform(codes).inputs == [[1.0, 0.0, 1.0], [0.0, 1.0, 2.0], [1.0, 0.0, 2.0]]
    assert "drop='jobs': no column of this name" in refused(Preparation(drop=["jobs"]).fit, data)
    assert "drop=3: is the label column" in refused(Preparation(drop=[3]).fit, data)
    assert "drop=7: allowed: -4 to 3" in refused(Preparation(drop=[7]).fit, data)
    assert "allowed: not all 3 columns" in refused(Preparation(drop=["age", "job", "town"]).fit, data)


def test_a_word_among_many_numbers_is_a_mistake(write):
    text = "".join(f"{i * 0.5},a\n{i * 0.5},b\n" for i in range(30)) + "4O,a\n"
    data = read_table(write(text))
    assert "line 61, column 0 (from 0): '4O' is not a number, as other cells" in refused(Preparation().fit, data)
    assert len(Preparation(categories=[0]).fit(data).columns) == 31


def test_other_tables(data, write):
    preparation = Preparation("median").fit(data)
    other = read_table(write("town,x,age,job\nB,1,50,cook\n", "other.csv"), label=None)
    assert preparation.transform(other).inputs == [[50.0, 1.0, 0.0, 0.0, 1.0]]
    assert "no column job, town among age" in refused(
        preparation.transform, read_table(write("age\n1\n", "other.csv"), label=None))
    assert "line 2, column 'age': 'old' is not a number" in refused(
        preparation.transform, read_table(write("age,job,town\nold,cook,A\n", "other.csv"), label=None, header=True))
    nameless = Preparation(drop=[]).fit(read_table(write("1,x,0\n2,y,1\n", "other.csv")))
    assert "2 columns; the training part had 3" in refused(
        nameless.transform, read_table(write("1,x\n2,y\n", "other.csv"), label=None))
    with pytest.raises(TypeError, match="data: a list; expected a Table, a Dataset that has one"):
        preparation.transform([[1.0]])


def test_a_frame_goes_the_same_way(data):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": [20, 30, None, 70], "job": ["cook", None, "cook", "smith"],
                              "town": ["A", "B", "B", None]})
    expected = Preparation("median").fit(data)
    preparation = Preparation("median").fit(frame)
    assert preparation.columns == expected.columns
    assert preparation.transform(frame) == expected.transform(data).inputs == preparation.transform(data).inputs


def test_a_table_is_no_rows_of_numbers(data):
    net = rn.Network([rn.Input(3), rn.Dense(2), rn.Softmax()])
    with pytest.raises(TypeError, match=r"inputs: Table; expected rows of numbers \(data.Preparation makes them"):
        net.fit(data.inputs, data.targets)


def test_what_was_fitted_can_be_kept(data):
    preparation = Preparation("mean", drop=["town"]).fit(data)
    again = Preparation.of(json.loads(json.dumps(preparation.document())))
    assert again.document() == preparation.document() and again.transform(data) == preparation.transform(data)
    good = preparation.document()
    for bad in ({}, {**good, "missing": "no"}, {**good, "total": 0}, {**good, "sources": [[0, "age"], 3]},
                {**good, "sources": [[4, "age", None, 1.0]]}, {**good, "sources": [[0, "age", [1], None]]},
                {**good, "sources": [[0, "age", None, "one"]]}, {**good, "sources": [[-1, "age", None, 1.0]]}):
        assert "allowed: what Preparation.document() gives" in refused(Preparation.of, bad)


def test_split_of_a_table_is_that_of_its_rows(write):
    text = "".join(f"{i},{i % 3}.5,{'ab'[i % 2]}\n" for i in range(40))
    table = read_table(write(text))
    rows = Dataset([[float(i), i % 3 + 0.5] for i in range(40)], table.targets, table.classes)
    for options in ({}, {"stratify": True}):
        parts = zip(split(table, 0.25, seed=3, **options), split(rows, 0.25, seed=3, **options))
        for of_table, of_rows in parts:
            assert Preparation(drop=[]).fit(of_table).transform(of_table) == of_rows


@pytest.mark.parametrize("backend", ["python", "c"])
def test_a_network_takes_the_rows_where_they_are(write, backend):
    """The same weights, bit by bit, as from lists."""
    if backend == "c" and not rn.kernels.native_or_none():
        pytest.skip("the C core is not built")
    table = read_table(write("".join(f"{i / 7},{'xyz'[i % 3]},{i % 2}\n" for i in range(30))))
    made = Preparation(drop=[]).fit(table).transform(table)
    assert door.rows("rows", made.inputs).obj is made.inputs.values
    prints = []
    for inputs in (made.inputs, made.inputs.tolist()):
        net = rn.Network([rn.Input(4), rn.Dense(3), rn.Tanh(), rn.Dense(2), rn.Softmax()], backend=backend, seed=1)
        net.fit(inputs, made.targets, epochs=3, batch_size=7, loss=rn.CrossEntropy(), optimizer=rn.SGD(0.1),
                validation=(inputs[:5], made.targets[:5]))
        assert net.evaluate(inputs[3:], made.targets[3:]) == net.evaluate(made.inputs.tolist()[3:], made.targets[3:])
        assert isinstance(net.predict(inputs), list)
        prints.append(net.fingerprint())
    assert prints[0] == prints[1]
