"""Do `refnet predict` and `refnet evaluate` say what the network says?"""

import csv

import pytest
from cli_helpers import accuracy

import refnet
from refnet.cli import train_screen


def test_predictions_are_class_names(clouds, refnet_command, model, here):
    lines = (here / clouds).read_text().splitlines()
    (here / "new.csv").write_text("\n".join(line.rpartition(",")[0] for line in lines))
    status, out, err = refnet_command("predict", model, "new.csv")
    assert (status, err) == (0, "") and out.split() == ["fern", "moss", "oak"] * 30
    assert refnet_command("predict", model, clouds, "--label", "kind")[1] == out
    status, said, _ = refnet_command("predict", model, "new.csv", "--output", "classes.txt")
    assert status == 0 and said == "90 predictions written to classes.txt\n"
    assert (here / "classes.txt").read_text() == out


def test_probabilities_keep_every_bit(clouds, refnet_command, model):
    status, out, _ = refnet_command("predict", model, clouds, "--label", "kind", "--proba")
    header, *rows = csv.reader(out.splitlines())
    assert status == 0 and header == ["prediction", "fern", "moss", "oak"]
    network, data = refnet.load(model), refnet.data.read_csv(clouds)
    assert [[float(cell) for cell in row[1:]] for row in rows] == network.predict(data.inputs)
    assert all(row[0] == header[1:][max(range(3), key=lambda j: float(row[1 + j]))] for row in rows)


def test_evaluation_counts_who_was_taken_for_whom(clouds, refnet_command, model, here):
    lines = (here / clouds).read_text().splitlines()
    lines[1] = lines[1].replace("fern", "oak")  # an example of class fern that says oak
    (here / "mixed.csv").write_text("\n".join(lines))
    status, out, err = refnet_command("evaluate", model, "mixed.csv")
    assert (status, err) == (0, "") and "accuracy 98.89 % (89 of 90)" in out
    assert out.splitlines()[3:] == [
        "class  precision  recall      F1  examples",
        "fern      0.9667  1.0000  0.9831        29",  # 29/30, 29/29, 58/59
        "moss      1.0000  1.0000  1.0000        30",
        "oak       1.0000  0.9677  0.9836        31",  # 30/30, 30/31, 60/61
        "mean      0.9889  0.9892  0.9889        90",
        "",
        "Confusion matrix: rows true, columns predicted",
        "      fern  moss  oak",
        "fern    29     ·    ·",
        "moss     ·    30    ·",
        "oak      1     ·   30",
    ]


def test_a_class_that_neither_occurs_nor_is_decided_for(clouds, refnet_command, model, here):
    lines = (here / clouds).read_text().splitlines()
    (here / "some.csv").write_text("\n".join([lines[0], *(line for line in lines if line.endswith("oak"))]))
    status, out, _ = refnet_command("evaluate", model, "some.csv")
    assert status == 0 and "ROC" not in out  # there are three classes
    assert out.splitlines()[3:8] == [
        "class  precision  recall      F1  examples",
        "fern           —       —       —         0",
        "moss           —       —       —         0",
        "oak       1.0000  1.0000  1.0000        30",
        "mean      1.0000  1.0000  1.0000        30",
    ]


def test_what_is_0_divided_by_0_is_no_number(clouds, refnet_command, model, here):
    """Of 30 ferns one is taken for an oak, and the moss for a fern: no moss is decided for, and there is no oak."""
    lines = (here / clouds).read_text().splitlines()
    ferns, mosses, oaks = lines[1::3], lines[2::3], lines[3::3]
    assert {line.rpartition(",")[2] for line in mosses} == {"moss"}
    wrong = [oaks[0].replace("oak", "fern"), ferns[0].replace("fern", "moss")]
    (here / "wrong.csv").write_text("\n".join([lines[0], *ferns[1:], *wrong]))
    assert refnet_command("evaluate", model, "wrong.csv")[1].splitlines()[4:8] == [
        "fern      0.9667  0.9667  0.9667        30",  # 29/30, 29/30, 58/60
        "moss           —  0.0000  0.0000         1",
        "oak       0.0000       —  0.0000         0",
        "mean      0.3222  0.3222  0.3222        31",
    ]


@pytest.mark.parametrize("labels, said", [
    ("0001", "ROC AUC 1.0000"), ("0101", "ROC AUC 0.8750"),  # 2 + ½ + 1 of 4 pairs, two outputs being equal
    ("1111", None),
])
def test_two_classes_have_an_area_under_the_curve(here, refnet_command, labels, said):
    save_and_network()
    (here / "table.csv").write_text("".join(f"{i // 2},{i % 2},{label}\n" for i, label in enumerate(labels)))
    status, out, _ = refnet_command("evaluate", "and.refnet", "table.csv")
    result = out.splitlines()[1]
    assert status == 0 and (result.endswith(f" of 4), {said}") if said else "ROC" not in result)


@pytest.mark.parametrize("targets, said", [
    ([1, 2, 6], "loss 3.000000, root mean squared error 1.73205, R² 0.3571"),  # 9/3, its root, 1 − 9/14
    ([4, 4, 4], "loss 4.666667, root mean squared error 2.16025"),  # 14/3; targets that do not vary have no R²
])
def test_a_regression_is_evaluated_by_its_errors(here, refnet_command, targets, said):
    network = refnet.Network([refnet.Input(1), refnet.Dense(1)])
    network.weights, network.biases = [[[1.0]]], [[0.0]]
    network.objective = refnet.MeanSquaredError()
    refnet.save(network, "same.refnet")
    (here / "numbers.csv").write_text("".join(f"{x},{y}\n" for x, y in zip([1, 2, 3], targets)))
    status, out, _ = refnet_command("evaluate", "same.refnet", "numbers.csv")
    assert status == 0 and out.splitlines()[1:] == [f"result    {said}"]


def test_evaluation_agrees_with_the_library(clouds, refnet_command, model):
    data = refnet.data.read_csv(clouds)
    found = refnet.load(model).evaluate(data.inputs, data.targets)
    out = refnet_command("evaluate", model, clouds)[1]
    assert train_screen.number(found["loss"]) in out and accuracy(out) == round(100 * found["accuracy"], 2)


def test_a_confusion_matrix_wider_than_the_terminal_is_headed_by_numbers():
    from refnet.cli.evaluate import confusion

    classes = ["a very long name", "another long name", "x"]
    lines = confusion(classes, [[1, 0, 0], [0, 20, 3], [0, 0, 4]], 40)
    assert lines == [
        "                     0   1  2",
        "0 a very long name   1   ·  ·",
        "1 another long name  ·  20  3",
        "2 x                  ·   ·  4",
    ]


def save_and_network():
    """1 and 1 give σ(10), 0 and 0 σ(−30), the others σ(−10)."""
    network = refnet.Network([refnet.Input(2), refnet.Dense(1), refnet.Sigmoid()])
    network.weights, network.biases = [[[20.0, 20.0]]], [[-30.0]]
    refnet.save(network, "and.refnet")


def test_a_network_saved_by_python_code(here, refnet_command):
    save_and_network()
    (here / "table.csv").write_text("0,0,0\n0,1,0\n1,0,0\n1,1,1\n")
    status, out, _ = refnet_command("predict", "and.refnet", "table.csv", "--label", -1)
    assert (status, out.split()) == (0, ["0", "0", "0", "1"])
    status, out, _ = refnet_command("evaluate", "and.refnet", "table.csv")
    assert status == 0 and "accuracy 100.00 % (4 of 4)" in out


def test_the_label_is_found_where_training_had_it(here, refnet_command):
    (here / "first.csv").write_text("kind;x\n" + "".join(f"{'ab'[i % 2]};{i % 2 + i / 100}\n" for i in range(40)))
    options = ["--label", "kind", "--delimiter", ";"]
    assert refnet_command("train", "first.csv", *options, "--save", "net.refnet")[0] == 0
    status, out, _ = refnet_command("evaluate", "net.refnet", "first.csv")
    assert status == 0 and "40 examples, 1 feature, 2 classes (a, b)" in out
