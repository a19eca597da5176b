"""Does a table train, predict and evaluate in one line as it was published, and is what was chosen said and kept?"""

import re
from random import Random

import published
import pytest
from cli_helpers import accuracy, fingerprint

import refnet
from refnet.data import Preparation, read_table, split

# What is printed of each, and how good the network is: accuracy in %, or R².
SAYS = {
    "adult.data": (["delimiter comma, no header, label column 14; 6 columns of numbers, 8 of categories as 19 of",
                    "276 values: numbers become the training part's median, categories 0 (--missing)"], 85),
    "abalone.data": (["a number to predict", "label column 8; 7 columns of numbers, 1 of categories as 3 of"], 0.8),
    "car.data": (["label column 6; 0 columns of numbers, 6 of categories as 21", "4 classes (acc, good, unacc"], 95),
    "agaricus-lepiota.data": (["label column 0; 0 columns of numbers, 22 of categories", "2 classes (e, p)"], 95),
    "titanic.csv": (["header, label column 'Survived'; 5 columns of numbers, 2 of categories as 5",
                     "'PassengerId' (counts the rows), 'Name' (300 different words), 'Ticket' (", "'Cabin' (",
                     "57 values: "], 80),
    "winequality-red.csv": (["delimiter semicolon, header, label column 'quality'; 5 columns of numbers"], 70),
    "wdbc.data": (["label column 1; 30 columns of numbers",
                   "left out  column 0 (an identifier: whole numbers that all differ)"], 85),
    "glass.data": (["left out  column 0 (counts the rows); --drop none", "6 classes (1, 2, 3, 5, 6, 7)"], 90),
    "seeds_dataset.txt": (["delimiter white space, no header, label column 3; 3 columns of numbers"], 95),
    "german.data": (["delimiter white space, no header, label column 7; 4 columns of numbers, 3 of categories"], 85),
    "iris.data": (["delimiter comma, no header", "3 classes (Iris-setosa, Iris-versicolor, Iris-virginica)"], 95),
    "auto-mpg.data": (["delimiter white space, no header, label column 0; 7 columns of numbers",
                       "column 8 (200 different words)", "7 values: numbers become"], 0.9),
}


@pytest.mark.parametrize("name", published.TABLES)
def test_a_published_table_in_one_line(here, refnet_command, name):
    published.write(here, name)
    _, options, rows = published.TABLES[name]
    said, least = SAYS[name]
    status, out, err = refnet_command("train", name, *options, "--save", "net.refnet")
    assert (status, err) == (0, "")
    for text in said:
        assert text in out
    good = accuracy(out) if "--regression" not in options else float(re.search(r"R² (\S+)", out)[1])
    assert good >= least
    status, out, _ = refnet_command("evaluate", "net.refnet", name)
    assert status == 0 and f"{name}: {rows} examples" in out
    status, whole, _ = refnet_command("predict", "net.refnet", name)  # the label column is found and left out
    assert status == 0 and whole.count("\n") == rows
    _, same, _ = refnet_command("predict", "net.refnet", name, *options[:2] if "--label" in options else ())
    assert same == whole


@pytest.fixture
def wages(here, refnet_command):
    """A network trained on adult.data: adult.refnet."""
    published.write(here, "adult.data")
    assert refnet_command("train", "adult.data", "--epochs", 5, "--save", "adult.refnet")[0] == 0
    return here


def test_what_is_kept_was_fitted_on_the_training_part_alone(wages):
    data = read_table("adult.data", missing="median")
    train, _ = split(data, 0.2, seed=0, stratify=True)
    network = refnet.load("adult.refnet")
    note = network.notes["table"]["preparation"]
    scale, words = network.layers[1], ["=" in name for name in network.notes["columns"]]
    as_they_are = [(mean, std) == (0.0, 1.0) for mean, std in zip(scale.mean, scale.std)]
    words[21] = True  # not words, but 0 everywhere
    assert as_they_are == words and sum(words) == 20
    assert note == Preparation("median").fit(train).document() != Preparation("median").fit(data).document()
    fills = [source[3] for source in note["sources"] if source[2] is None]
    assert fills[0] == sorted(train.inputs.cells(0))[159:161][0] / 2 + sorted(train.inputs.cells(0))[160] / 2


def test_the_test_file_of_adult(wages, refnet_command):
    """It begins with a comment, its labels end with a full stop, and some words are not in the training file."""
    text = published.text_of("adult.data", 50, 2, end=".").replace("Mexico", "Holand")
    (wages / "adult.test").write_text(text)
    status, out, err = refnet_command("evaluate", "adult.refnet", "adult.test")
    assert status == 0 and "50 examples" in out and accuracy(out) > 80
    strange = text.count("Holand")
    assert (f"column 13 (from 0): not among the categories of the training part, so 0 in all of them: 'Holand' "
            f"({strange})") in err
    assert re.search(r"adult.test: \d+ rows with missing values filled with the training part's median", err)


def test_columns_are_found_by_their_names(here, refnet_command):
    published.write(here, "titanic.csv")
    assert refnet_command("train", "titanic.csv", "--label", "Survived", "--save", "net.refnet")[0] == 0
    _, expected, _ = refnet_command("predict", "net.refnet", "titanic.csv")
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_csv("titanic.csv")
    frame.drop(columns=["Survived", "Name", "Cabin"])[list(frame.columns[:1:-1].drop(["Name", "Cabin"]))].to_csv(
        "new.csv", index=False)  # other order, no label, without what is left out anyway
    assert refnet_command("predict", "net.refnet", "new.csv")[:2] == (0, expected)
    (here / "short.csv").write_text("Pclass,Sex,Age\n1,male,3\n")
    status, _, err = refnet_command("predict", "net.refnet", "short.csv")
    assert status == 2 and "short.csv: no column SibSp, Parch, Fare, Embarked among Pclass, Sex, Age" in err


def test_a_header_is_known_by_the_names_of_training(here, refnet_command):
    """Words above words are no header for themselves."""
    (here / "car.csv").write_text("buying,maint,doors,persons,boot,safety,kind\n" + published.text_of("car.data"))
    assert refnet_command("train", "car.csv", "--save", "net.refnet", "--epochs", 2)[0] == 0
    (here / "new.csv").write_text("safety,buying,maint,doors,persons,boot\nhigh,low,low,3,2,big\n")
    status, out, err = refnet_command("predict", "net.refnet", "new.csv")
    assert (status, out, err) == (0, "unacc\n", "")


def test_predict_remembers_the_delimiter(here, refnet_command):
    published.write(here, "winequality-red.csv")
    assert refnet_command("train", "winequality-red.csv", "--save", "net.refnet", "--epochs", 2)[0] == 0
    (here / "new.csv").write_text("7,5;0,3;0;2,5;11\n")  # without header and label, with decimal commas
    (here / "same.csv").write_text("7.5;0.3;0;2.5;11\n")
    answers = [refnet_command("predict", "net.refnet", name) for name in ("new.csv", "same.csv")]
    assert answers[0][0] == 0 and answers[0][1] in ("4\n", "5\n", "6\n") and answers[0] == answers[1]
    status, _, err = refnet_command("predict", "net.refnet", "new.csv", "--delimiter", ",")
    assert status == 2 and "new.csv" in err


def test_missing_values_as_asked_for(wages, refnet_command):
    status, _, err = refnet_command("train", "adult.data", "--missing", "refuse")
    assert status == 2 and err.count("\n") == 1
    assert "the cell is empty or stands for a missing value; allowed with --missing drop" in err and "='" not in err
    status, out, _ = refnet_command("train", "adult.data", "--missing", "drop", "--save", "drop.refnet", "--epochs", 2)
    assert status == 0 and "276 values: their rows are left out" in out
    rows = sum("?" not in line for line in (wages / "adult.data").read_text().splitlines() if line)
    assert f"adult.data: {rows} examples" in out
    status, out, err = refnet_command("evaluate", "drop.refnet", "adult.data")
    assert status == 0 and f"{rows} examples" in out and f"{400 - rows} rows with missing values left out" in err
    status, out, err = refnet_command("predict", "drop.refnet", "adult.data")
    assert (status, out) == (2, "") and re.search(r"adult.data, line \d+: has a missing value; drop.refnet was", err)


def test_rows_without_a_label_are_left_out_and_counted(clouds, here, refnet_command):
    text = (here / clouds).read_text()
    (here / "gaps.csv").write_text(text + "1,2,?\n1,2,\n")
    _, with_gaps, _ = refnet_command("train", "gaps.csv", "--epochs", 2, "--save", "a.refnet")
    assert "missing   2 rows without a label left out" in with_gaps
    assert refnet_command("train", clouds, "--epochs", 2, "--save", "b.refnet")[0] == 0
    assert fingerprint("a.refnet") == fingerprint("b.refnet")
    assert "2 rows without a label left out" in refnet_command("evaluate", "a.refnet", "gaps.csv")[2]


def test_a_table_without_its_label_is_not_evaluated_by_another_column(here, refnet_command):
    """The last column, a number that training had left out, was taken for the label: R² -2.8 without a word."""
    draw = Random(1)
    rows = [(f"{draw.random():.4f}", f"{draw.random():.4f}", str(i + 1)) for i in range(60)]
    (here / "with.csv").write_text("y,a,b,id\n" + "".join(f"{float(row[0]) - 1:.4f},{','.join(row)}\n" for row in rows))
    (here / "without.csv").write_text("a,b,id\n" + "".join(f"{','.join(row)}\n" for row in rows))
    refnet_command("train", "with.csv", "--label", "y", "--regression", "--epochs", 2, "--save", "y.refnet")
    assert refnet_command("evaluate", "y.refnet", "with.csv")[0] == 0
    status, out, err = refnet_command("evaluate", "y.refnet", "without.csv")
    assert (status, out) == (2, "") and "without.csv: no label column 'y' among a, b, id; --label says which" in err
    published.write(here, "abalone.data")
    refnet_command("train", "abalone.data", "--regression", "--epochs", 2, "--save", "a.refnet")
    (here / "new.data").write_text("".join(line.rpartition(",")[0] + "\n"
                                           for line in (here / "abalone.data").read_text().splitlines()))
    status, out, err = refnet_command("evaluate", "a.refnet", "new.data")
    assert (status, out) == (2, "") and "new.data: 8 columns, one less than in training: without a label" in err


def test_a_label_whose_name_another_column_has(here, refnet_command):
    rows = "".join(f"{i % 3}.5,{i * 7 % 11},{'abc'[i % 3]}\n" for i in range(60))
    (here / "twice.csv").write_text("size,kind,kind\n" + rows)
    assert refnet_command("train", "twice.csv", "--save", "twice.refnet")[0] == 0
    status, out, err = refnet_command("predict", "twice.refnet", "twice.csv")
    assert (status, err, out.count("\n")) == (0, "", 60)


def test_row_numbers_are_left_out_unless_kept(here, refnet_command):
    """On rows sorted by class a network learns the number of the row by heart, and knows nothing of others."""
    published.write(here, "glass.data")
    results = {}
    for words in ([], ["--drop", "none"], ["--drop", "0"], ["--drop", "0,2"]):
        assert refnet_command("train", "glass.data", *words, "--epochs", 2, "--save", "net.refnet")[0] == 0
        network = refnet.load("net.refnet")
        results[" ".join(words)] = network.inputs, network.notes["settings"]["drop"]
    assert results == {"": (9, [0]), "--drop none": (10, []), "--drop 0": (9, [0]), "--drop 0,2": (8, [0, 2])}
    status, _, err = refnet_command("train", "glass.data", "--drop", "10")
    assert status == 2 and "glass.data: --drop 10: is the label column; allowed: the other columns" in err


def test_categories_by_number_and_by_name(here, refnet_command):
    published.write(here, "titanic.csv")
    status, out, _ = refnet_command("train", "titanic.csv", "--label", "Survived", "--categories", "Pclass,Parch",
                                    "--epochs", 2, "--save", "net.refnet")
    assert status == 0 and "3 columns of numbers, 4 of categories as 9" in out
    assert {"Pclass=1", "Pclass=2", "Pclass=3", "Parch=0"} < set(refnet.load("net.refnet").notes["columns"])


def test_hints(here, refnet_command):
    published.write(here, "abalone.data", 600)
    text = published.text_of("titanic.csv").replace("Pclass", "class", 1)
    (here / "class.csv").write_text(text)
    out = refnet_command("train", "class.csv", "--label", "Survived", "--epochs", 1)[1]
    assert "label column 'Survived' (or is it --label class?)" in out
    status, out, err = refnet_command("train", "abalone.data", "--test", "0", "--epochs", 1)
    assert (status, err) == (0, "") and "20 numbers as classes (a number to predict? --regression)" in out
    assert "classes" not in refnet_command("train", "abalone.data", "--regression", "--epochs", 1)[1]


def test_resumed_training_reads_the_table_alike(wages, refnet_command):
    assert refnet_command("train", "adult.data", "--epochs", 8, "--save", "whole.refnet")[0] == 0
    status, _, err = refnet_command("train", "adult.data", "--resume", "adult.refnet", "--epochs", 8)
    assert (status, err) == (0, "") and fingerprint("adult.refnet") == fingerprint("whole.refnet")
    status, _, err = refnet_command("train", "adult.data", "--resume", "adult.refnet", "--drop", "2,3")
    assert status == 2 and "--drop 2,3: adult.refnet was trained with none" in err


def test_a_model_without_a_note_of_its_table(clouds, model, refnet_command):
    """Files that were saved before there were preparations have none."""
    expected = [refnet_command(*words) for words in (("predict", model, clouds), ("evaluate", model, clouds))]
    network = refnet.load(model)
    settings = {**network.notes["settings"], "delimiter": ","}
    for name in ("missing", "drop", "categories"):
        del settings[name]
    notes = {name: value for name, value in network.notes.items() if name != "table"}
    refnet.save(network, model, {**notes, "settings": settings})
    assert [refnet_command(*words) for words in (("predict", model, clouds), ("evaluate", model, clouds))] == expected
    refnet.save(network, model, {**network.notes, "table": {"preparation": {"missing": "sometimes"}}})
    status, _, err = refnet_command("predict", model, clouds)
    assert status == 2 and "clouds.refnet: its note of the table is not one of `refnet train`" in err


def test_a_sheet_and_a_parquet_file(here, refnet_command):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("openpyxl")
    pytest.importorskip("pyarrow")
    draw = Random(1)
    sizes = [round(draw.random(), 6) for _ in range(60)]
    frame = pandas.DataFrame({"size": sizes, "colour": ["red", "blue", None] * 20})
    frame["kind"] = ["big" if size > 0.5 else "small" for size in frame["size"]]
    frame.to_csv("table.csv", index=False)
    frame.to_parquet("table.parquet")
    frame.to_excel("table.xlsx", index=False)
    for name in ("table.csv", "table.parquet", "table.xlsx"):
        status, out, err = refnet_command("train", name, "--epochs", 2, "--save", f"{name}.refnet")
        assert (status, err) == (0, "") and "1 column of numbers, 1 of categories as 2" in out
        assert fingerprint(f"{name}.refnet") == fingerprint("table.csv.refnet")
        assert refnet_command("predict", "table.csv.refnet", name)[1].count("\n") == 60


def test_a_column_less_than_in_training_is_taken_for_the_label_and_said(here, refnet_command):
    """It may be the numbers of the rows, which are not in the network."""
    published.write(here, "glass.data")
    assert refnet_command("train", "glass.data", "--epochs", 2, "--save", "net.refnet")[0] == 0
    lines = (here / "glass.data").read_text().splitlines()
    (here / "new.data").write_text("".join(line.rpartition(",")[0] + "\n" for line in lines))
    status, out, err = refnet_command("predict", "net.refnet", "new.data")
    assert status == 0 and len(out.splitlines()) == len(lines)
    assert "new.data: 10 columns, one less than in training: read as without its label, column 10" in err
