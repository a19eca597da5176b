"""Does the command line do with a table what somebody means who has only that table?"""

import pytest

import refnet


def orders(path):
    """90 orders: an identifier of words, a date, an amount, and whether they came back."""
    rows = [f"K{i * 37 % 1000:03},2024-{1 + i % 12:02}-{1 + i * 7 % 28:02},{i * 13 % 50}.5,{'ny'[i * 13 % 50 > 25]}\n"
            for i in range(90)]
    path.write_text("customer,date,amount,back\n" + "".join(rows))


def used(path):
    """The columns of a saved network's table, by name, and all that are noted as left out."""
    notes = refnet.load(path).notes
    return [name for _, name, *_ in notes["table"]["preparation"]["sources"]], notes["settings"]["drop"]


def test_what_is_dropped_is_dropped_beside_what_tells_nothing(here, refnet_command):
    orders(here / "orders.csv")
    found = {}
    for words in ([], ["date"], ["date,customer"], ["none"], ["none,date"], ["0,1,2"]):
        drop = ["--drop", *words] if words else []
        status, out, err = refnet_command("train", "orders.csv", *drop, "--epochs", 1, "--save", "net.refnet")
        if words == ["0,1,2"]:
            assert status == 2 and "drop: [0, 1, 2]; allowed: not all 3 columns" in err
            continue
        assert status == 0 and bool(err) == (words[:1] in (["none"], ["none,date"]))  # which has words of its own
        found[" ".join(words)] = used("net.refnet")
        assert ("'customer' (90 different words)" in out) == (words in ([], ["date"]))
        # The same again, with the same words, others, and none.
        assert refnet_command("verify", "net.refnet", "orders.csv")[0] == 0
        assert refnet_command("train", "orders.csv", "--resume", "net.refnet", "--epochs", 2, *drop)[0] == 0
        status, _, err = refnet_command("train", "orders.csv", "--resume", "net.refnet", "--drop", "amount")
        assert status == 2 and "--drop amount: net.refnet was trained with" in err
    assert found == {
        "": (["date", "amount"], ["customer"]), "date": (["amount"], ["date", "customer"]),
        "date,customer": (["amount"], ["date", "customer"]), "none": (["customer", "date", "amount"], []),
        "none,date": (["customer", "amount"], ["date"]),
    }


def test_an_old_file_keeps_what_it_noted(here, refnet_command):
    """Up to 0.1 --drop took the place of what is left out unasked."""
    orders(here / "orders.csv")
    assert refnet_command("train", "orders.csv", "--drop", "none,date", "--epochs", 1, "--save", "net.refnet")[0] == 0
    assert used("net.refnet")[1] == ["date"]  # as an old file notes --drop date
    assert " --drop none,date" in refnet_command("info", "net.refnet")[1]  # which comes to the same now
    status, out, _ = refnet_command("verify", "net.refnet", "orders.csv")
    assert status == 0 and "✓ the same" in out
    status, _, _ = refnet_command("train", "orders.csv", "--resume", "net.refnet", "--epochs", 2, "--drop", "date")
    assert status == 0 and len(used("net.refnet")[0]) == 2


GERMAN = "".join(f"{1 + i % 28:02}.{1 + i % 12:02}.2024;{(i * 97 % 9000) / 1000 + 1:.3f};{i * 31 % 90},{i % 10}5;"
                 f"{'ja' if i * 31 % 90 > 45 else 'nein'}\n" for i in range(120))


def test_a_table_with_decimal_commas(here, refnet_command):
    """Points between thousands, dates, and gaps that are called so: said in training, and kept for prediction."""
    (here / "orte.csv").write_text("Datum;Einwohner;Miete;teuer\n" + GERMAN)
    status, _, err = refnet_command("train", "orte.csv", "--epochs", 1)
    assert status == 0 and err == (
        "refnet: orte.csv, column 'Einwohner': 1.000 is read as 1.0, with a decimal point, though column 'Miete' has "
        "decimal commas; if points stand between thousands, say --decimal ,\n")
    (here / "orte.csv").write_text("Datum;Einwohner;Miete;teuer\n" + GERMAN + "k.A.;k.A.;1.200,50;ja\n")
    status, out, err = refnet_command("train", "orte.csv", "--epochs", 3, "--missing-values", "k.A.,-9",
                                      "--decimal", ",", "--save", "net.refnet")
    assert (status, err) == (0, "")
    assert "delimiter semicolon, decimal comma, header" in out and "2 columns of numbers" in out
    assert "words     dates are words here: column 'Datum'; year, month … in columns of their own are numbers" in out
    assert "missing   1 value:" in out
    note = refnet.load("net.refnet").notes["table"]["preparation"]
    assert (note["decimal"], note["missing_values"]) == (",", ["k.A.", "-9"])
    rows = {"as.csv": "01.02.2024;4.063;50,00\n01.02.2024;k.A.;1.200,50\n",
            "one.csv": "01.02.2024;4.063;50\n01.02.2024;k.A.;1200,50\n",
            "plain.csv": "01.02.2024,4063,50\n01.02.2024,,1200.5\n"}
    said = set()
    for name, text in rows.items():
        (here / name).write_text("Datum;Einwohner;Miete\n".replace(";", "," if name == "plain.csv" else ";") + text)
        options = ["--delimiter", ",", "--decimal", "."] if name == "plain.csv" else []
        status, out, err = refnet_command("predict", "net.refnet", name, "--proba", *options)
        assert status == 0 and err.count("\n") == 1 and "1 row with missing values filled" in err
        said.add(out)
    assert len(said) == 1
    status, _, err = refnet_command("predict", "net.refnet", "plain.csv", "--delimiter", ",")
    assert status == 2 and "line 3, column 'Miete': '1200.5' with --decimal ,; allowed: points between thousands" in err
    assert refnet_command("verify", "net.refnet", "orte.csv")[0] == 0


def test_the_same_numbers_in_other_notations(here, refnet_command):
    """What a cell means follows from the cell, however the others of its file are written."""
    rows = [(9832 - 131 * i % 7000, 9071 - 97 * i % 6000) for i in range(60)]

    def written(name, line):
        text = "".join(line.format(a / 1000, b / 1000, "u" if a > b else "v") for a, b in rows)
        (here / name).write_text(text if "," in line else text.replace(".", ","))
        return name

    written("train.csv", "{:.3f};{:.3f};{}\n")
    assert refnet_command("train", "train.csv", "--epochs", 2, "--save", "net.refnet")[::2] == (0, "")
    names = {"train.csv": [], "e3.csv": ["--delimiter", ","], "e2.csv": []}
    written("e3.csv", "{:.3f},{:.3f},{}\n")
    (here / "e2.csv").write_text((here / "train.csv").read_text().replace(",", "."))
    outs = [refnet_command("evaluate", "net.refnet", name, *options) for name, options in names.items()]
    assert {out.partition("\n")[2] for _, out, _ in outs} == {outs[0][1].partition("\n")[2]}
    assert all((status, err) == (0, "") for status, _, err in outs)
    # All rows at once, or each in a file of its own.
    alone = []
    for line in (here / "train.csv").read_text().splitlines()[:5]:
        (here / "row.csv").write_text(line + "\n")
        alone.append(refnet_command("predict", "net.refnet", "row.csv", "--proba", "--no-header")[1].splitlines()[1])
    assert alone == refnet_command("predict", "net.refnet", "train.csv", "--proba")[1].splitlines()[1:6]


@pytest.mark.parametrize("decimal", ["auto", ",", "."])
def test_numbers_of_a_sheet_are_numbers_whatever_the_decimal_sign(here, refnet_command, decimal):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("openpyxl")
    rows = [(i * 37 % 100 / 8, i * 1.03125, "uv"[i % 2]) for i in range(40)]
    pandas.DataFrame(rows, columns=["a", "b", "kind"]).to_excel("t.xlsx", index=False)
    (here / "t.csv").write_text("a,b,kind\n" + "".join(f"{a!r},{b!r},{kind}\n" for a, b, kind in rows))
    assert refnet_command("train", "t.xlsx", "--epochs", 1, "--decimal", decimal, "--save", "net.refnet")[0] == 0
    sheet, text = (refnet_command("predict", "net.refnet", name, "--proba", *more)
                   for name, more in (("t.xlsx", []), ("t.csv", ["--decimal", "."])))
    assert sheet == text and sheet[0] == 0
    pandas.DataFrame([["1,5", 2.5, "u"], [3.5, 4.5, "v"]], columns=["a", "b", "kind"]).to_excel("new.xlsx", index=False)
    status, _, err = refnet_command("predict", "net.refnet", "new.xlsx")
    said = "--decimal ,: '1,5' is text in a frame or sheet" if decimal == "," else "'1,5' is not a number"
    assert status == 2 and said in err


def test_classes_with_points_and_commas_are_words_in_every_command(here, refnet_command):
    (here / "t.csv").write_text("".join(f"{i % 9},5;{'1.000' if i % 9 > 4 else '2,5'}\n" for i in range(40)))
    for more in ([], ["--decimal", ","]):
        assert refnet_command("train", "t.csv", "--epochs", 1, *more, "--save", "net.refnet")[0] == 0
        status, out, err = refnet_command("evaluate", "net.refnet", "t.csv")
        assert (status, err) == (0, "") and "2 classes (1.000, 2,5)" in out


def test_numbers_in_another_notation_are_said(here, refnet_command):
    rows = "".join(f'"{i},5",{i * 7 % 40} %,{"ab"[i % 2]}\n' for i in range(40))
    (here / "quoted.csv").write_text("length,share,kind\n" + rows)
    words = ["train", "quoted.csv", "--header", "--epochs", 1]
    out = refnet_command(*words)[1]
    assert ("words     numbers in another notation are words here: column 'length' (such as '0,5'), column 'share' "
            "(such as '0 %'); --decimal , (or .) says what the decimal sign is, units have to go\n") in out
    status, out, _ = refnet_command(*words, "--decimal", ",", "--drop", "share")
    assert status == 0 and "1 column of numbers\n" in out and "words  " not in out


def test_a_bad_cell_is_named_with_what_helps(here, refnet_command):
    rows = "".join(f"{i % 5},{i % 7}.5,{'ab'[i % 2]}\n" for i in range(60))
    (here / "bad.csv").write_text("age,size,kind\n" + rows + "k.A.,3.5,a\n")
    status, _, err = refnet_command("train", "bad.csv", "--epochs", 1)
    assert status == 2 and err == (
        "refnet: bad.csv, line 62, column 'age': 'k.A.' is not a number, as other cells of the column are; "
        "--missing-values WORD takes it for a gap, --categories COLUMN all cells for words\n")
    assert "missing   1 value: numbers become" in refnet_command("train", "bad.csv", "--missing-values", "k.A.",
                                                                 "--epochs", 1, "--save", "net.refnet")[1]
    status, _, err = refnet_command("train", "bad.csv", "--resume", "net.refnet", "--missing-values", "x")
    assert status == 2 and "--missing-values x: net.refnet was trained with k.A." in err


def test_a_file_of_refnet_0_1_reads_its_table_as_it_did(here, refnet_command):
    """Without decimal and missing_values; with a bad cell that made categories of a column of numbers."""
    (here / "t.csv").write_text("".join(f"{i % 5};{i % 7},5;{'ab'[i % 2]}\n" for i in range(60)) + "k.A.;3,5;a\n")
    assert refnet_command("train", "t.csv", "--epochs", 2, "--categories", "0", "--save", "net.refnet")[0] == 0
    network = refnet.load("net.refnet")
    settings, document = network.notes["settings"], network.notes["table"]["preparation"]
    settings["categories"] = None
    for name in ("decimal", "missing_values"):
        del settings[name], document[name]
    network.save("old.refnet")
    assert refnet_command("train", "t.csv", "--epochs", 1)[0] == 2  # which is refused today
    status, out, err = refnet_command("verify", "old.refnet", "t.csv")
    assert (status, err) == (0, "") and "✓ the same" in out
    assert refnet_command("train", "t.csv", "--resume", "old.refnet", "--epochs", 3)[0] == 0
    (here / "new.csv").write_text("3;4.063\n4;1,5\n".replace("4.063;", "4.063;"))
    assert refnet_command("info", "old.refnet")[1].count("--decimal") == 0


def test_a_network_of_python_code_with_its_preparation(here, refnet_command):
    """notes["preparation"] alone: the label is the last column that it does not use."""
    text = "".join(f"{i},{['saw', 'axe'][i % 2]},{'ab'[i % 2]},{i % 4 or '?'}\n" for i in range(20))
    (here / "tools.csv").write_text("number,tool,kind,size\n" + text)
    data = refnet.data.read_table("tools.csv", label="kind", missing="median")
    preparation = refnet.data.Preparation("median", drop=["number"]).fit(data)
    rows = preparation.transform(data)
    network = refnet.Network([refnet.Input(3), refnet.Dense(2), refnet.Softmax()], seed=1)
    network.notes = {"preparation": preparation.document(), "classes": data.classes}
    network.save("net.refnet")
    status, out, err = refnet_command("predict", "net.refnet", "tools.csv")
    assert status == 0 and out.splitlines() == network.predict_class(rows.inputs) and "5 rows with missing" in err
    (here / "new.csv").write_text("size,tool\n2,axe\n1,saw\n")
    assert refnet_command("predict", "net.refnet", "new.csv")[1] == "".join(
        f"{each}\n" for each in network.predict_class([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]))
    status, out, _ = refnet_command("evaluate", "net.refnet", "tools.csv")
    assert status == 0 and "20 examples, 3 features, 2 classes (a, b)" in out
    # Rows are read by it as it was: with its decimal sign and words for a missing value.
    (here / "comma.csv").write_text("number;tool;kind;size\n" + "1;axe;a;1.000\n2;saw;b;k.A.\n3;axe;b;2,5\n")
    data = refnet.data.read_table("comma.csv", label="kind", missing="mean", decimal=",", missing_values=["k.A."])
    preparation = refnet.data.Preparation("mean", drop=["number"]).fit(data)
    network.notes["preparation"] = preparation.document()
    network.save("net.refnet")
    status, out, _ = refnet_command("predict", "net.refnet", "comma.csv", "--proba")
    probabilities = network.predict(preparation.transform(data).inputs)
    assert [[*map(float, line.split(",")[1:])] for line in out.splitlines()[1:]] == probabilities
    network.notes["preparation"] = {"sources": 3}
    network.save("net.refnet")
    status, _, err = refnet_command("predict", "net.refnet", "tools.csv")
    assert status == 2 and "net.refnet: its note of the table" in err


COMMAS = "".join(f"{i % 7},{i % 5}.5,{i % 3}.25,{'ab'[i % 2]}\n" for i in range(40))


def test_another_delimiter_than_in_training_is_named(here, refnet_command):
    (here / "train.csv").write_text("p;q;r;kind\n" + COMMAS.replace(",", ";"))
    (here / "new.csv").write_text("p,q,r,kind\n" + COMMAS)
    assert refnet_command("train", "train.csv", "--epochs", 1, "--save", "net.refnet")[0] == 0
    for command in ("predict", "evaluate"):
        status, _, err = refnet_command(command, "net.refnet", "new.csv")
        assert (status, err) == (2, "refnet: new.csv: 1 column, with the delimiter semicolon, which was that of "
                                    "training; --delimiter CHAR says which character stands between two cells\n")
        assert refnet_command(command, "net.refnet", "new.csv", "--delimiter", ",")[0] == 0
    status, _, err = refnet_command("predict", "net.refnet", "new.csv", "--delimiter", "|")
    assert status == 2 and "1 column, with the delimiter |; --delimiter CHAR" in err


def test_verify_on_a_file_that_cannot_be_read_as_in_training(here, refnet_command):
    (here / "train.csv").write_text("p,q,r,kind\n" + COMMAS)
    (here / "other.csv").write_text("p,q,r,sort\n" + COMMAS)
    words = ["train", "train.csv", "--label", "kind", "--drop", "q", "--epochs", 1, "--save", "net.refnet"]
    assert refnet_command(*words)[0] == 0
    for words in (["verify", "net.refnet", "other.csv"], ["train", "other.csv", "--resume", "net.refnet"]):
        status, _, err = refnet_command(*words)
        assert (status, err) == (2, "refnet: other.csv: not the data that net.refnet was trained on: label 'kind': no "
                                    "column of this name among p, q, r, sort\n")


def test_latin_1_is_told_how_to_become_utf_8(here, refnet_command):
    (here / "latin.csv").write_bytes("größe,kind\n1,a\n2,b\n".encode("latin-1"))
    status, _, err = refnet_command("train", "latin.csv")
    assert status == 2 and "line 1: byte 0xf6 is not UTF-8 text; if it is Latin-1, `iconv -f latin1 -t utf-8" in err


@pytest.mark.parametrize("words, meant", [
    (["tran", "x.csv"], "train"), (["train", "x.csv", "--optimizer", "adm"], "adam"),
    (["train", "x.csv", "--optimzer", "adam"], "--optimizer"), (["train", "x.csv", "--optimzer=adam"], "--optimizer"),
    (["predict", "x", "y", "--proba", "--delimitr", ","], "--delimiter"),
])
def test_did_you_mean(refnet_command, words, meant):
    status, _, err = refnet_command(*words)
    assert status == 2 and f"; did you mean {meant}? (see refnet" in err and err.count("\n") == 1


@pytest.mark.parametrize("words", [["qqq"], ["train", "x.csv", "--qqq"], ["train", "x.csv", "y.csv"], ["weights"]])
def test_nothing_near_is_meant(refnet_command, words):
    status, _, err = refnet_command(*words)
    assert status == 2 and "did you mean" not in err and err.count("\n") == 1


def test_a_training_that_ends_far_off_is_hinted_at(here, refnet_command):
    (here / "train.csv").write_text("p,q,r,kind\n" + COMMAS)
    said = "hint      the loss is more than ten times that of one answer for all rows: try a smaller --rate\n"
    for more in ([], ["--regression", "--label", "1"]):
        assert said not in refnet_command("train", "train.csv", *more, "--epochs", 2)[1]
        assert said in refnet_command("train", "train.csv", *more, "--epochs", 2, "--rate", 300)[1]
