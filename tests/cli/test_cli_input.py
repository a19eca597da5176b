"""Does each mistake on the command line end in one clear line, with nothing changed?"""

import gzip
import os
import sys
from pathlib import Path

import pytest

import refnet
from refnet.cli import provenance, train_data


@pytest.fixture
def bad(clouds, model, pictures, here):
    """Files with something wrong in them."""
    (here / "ragged.csv").write_text("1,2,x\n1,2\n")
    (here / "word.csv").write_text("a,b,kind\n" + "".join(f"1,{i},x\n" for i in range(50)) + "1,two,y\n" * 3)
    (here / "inf.csv").write_text("1,2,x\ninf,2,y\n" * 9)
    (here / "one.csv").write_text("1,2,x\n2,3,x\n")
    (here / "few.csv").write_text("1,2,x\n2,3,x\n4,5,y\n")
    (here / "empty.csv").write_text("")
    (here / "binary.csv").write_bytes(b"\xff\xfe\0\0" * 9)
    (here / "cut.csv.gz").write_bytes(gzip.compress((here / clouds).read_bytes())[:99])
    (here / "wide.csv").write_text("1,2,3,fern\n")
    (here / "rose.csv").write_text("width,height,kind\n1,2,rose\n")
    (here / "other.csv").write_text("height,depth,kind\n1,2,oak\n")
    (here / "folder").mkdir()
    whole = Path(model).read_bytes()
    (here / "cut.refnet").write_bytes(whole[:900])
    (here / "flipped.refnet").write_bytes(whole.replace(b"1", b"2", 1))
    (here / "foreign.refnet").write_bytes(b"PK\x03\x04 something else")
    (here / "lying.refnet").write_bytes(b"{}")
    network = refnet.load(model)
    refnet.save(network, "notes.refnet", {**network.notes, "classes": ["fern", "moss"]})
    refnet.save(network, "odd.refnet", {"classes": 7})
    return here


@pytest.mark.parametrize("command, parts", [
    ("", ["COMMAND", "--help"]),
    ("learn", ["learn", "train"]),
    ("train", ["DATA", "train --help"]),
    ("train no.csv", ["no.csv", "No such file"]),
    ("train folder", ["folder: no IDX data here"]),
    ("train ragged.csv", ["ragged.csv, line 2: 2 cells"]),
    ("train word.csv", ["word.csv, line 52, column 'b'", "'two' is not a number", "--missing-values WORD"]),
    ("train inf.csv", ["inf.csv, line ", "'inf' is not finite"]),
    ("train one.csv", ["one.csv: all labels are 'x'"]),
    ("train few.csv", ["few.csv, --test 0.2: class 'x' has 2 examples, too few", "--test 0"]),
    ("train empty.csv", ["empty.csv: empty"]),
    ("train binary.csv", ["binary.csv"]),
    ("train cut.csv.gz", ["cut.csv.gz", "damaged gzip"]),
    ("train clouds.csv --label colour", ["clouds.csv: --label 'colour'", "width, height, kind"]),
    ("train clouds.csv --label 3", ["--label 3", "-3 to 2"]),
    ("train clouds.csv --delimiter ;", ["clouds.csv", "--delimiter"]),
    ("train clouds.csv --regression", ["clouds.csv, line 2, column 'kind': 'fern' is not a number"]),
    ("train clouds.csv --layers 2-x-3", ["--layers", "'2-x-3'", "784-30-10"]),
    ("train clouds.csv --layers 3", ["--layers", "'3'"]),
    ("train clouds.csv --layers 2-0-3", ["--layers", "'2-0-3'"]),
    ("train clouds.csv --layers 4-9-8-3", ["--layers 4-9-8-3: clouds.csv has 2 features and 3 classes, so 2-9-8-3"]),
    ("train clouds.csv --layers 2-9-2", ["so 2-9-3"]),
    ("train clouds.csv --rate 0", ["--rate: '0'", "> 0"]),
    ("train clouds.csv --rate inf", ["--rate: 'inf'"]),
    ("train clouds.csv --rate fast", ["--rate: 'fast'"]),
    ("train clouds.csv --batch-size 0", ["--batch-size: '0'", ">= 1"]),
    ("train clouds.csv --epochs 0", ["--epochs: '0'", ">= 1"]),
    ("train clouds.csv --epochs 1.5", ["--epochs: '1.5'"]),
    ("train clouds.csv --l2 -1", ["--l2: '-1'"]),
    ("train clouds.csv --decay -1", ["--decay: '-1'"]),
    ("train clouds.csv --test 1", ["--test: '1'", "< 1"]),
    ("train clouds.csv --momentum 0.5", ["--momentum 0.5: only with --optimizer momentum or nesterov"]),
    ("train clouds.csv --optimizer adam --momentum 0.5", ["--momentum 0.5: only with --optimizer momentum or"]),
    ("train clouds.csv --optimizer adamax", ["--optimizer", "'adamax'", "'nadam'"]),
    ("train clouds.csv --schedule linear", ["--schedule", "'linear'", "'cosine'"]),
    ("train clouds.csv --schedule cosine --decay 2", ["--decay 2.0: only with --schedule inverse"]),
    ("train clouds.csv --factor 0.5", ["--factor 0.5: only with --schedule step or exponential"]),
    ("train clouds.csv --schedule exponential --every 5", ["--every 5: only with --schedule step"]),
    ("train clouds.csv --schedule step --factor 1.5", ["--factor: '1.5'", "> 0 and <= 1"]),
    ("train clouds.csv --schedule step --factor 0", ["--factor: '0'", "> 0 and <= 1"]),
    ("train clouds.csv --schedule step --every 0", ["--every: '0'", ">= 1"]),
    ("train clouds.csv --schedule exponential --factor 0.1 --epochs 400", ["--epochs 400", "exponential", "most 323"]),
    ("train clouds.csv --dropout 1", ["--dropout: '1'", ">= 0 and < 1"]),
    ("train clouds.csv --dropout -0.1", ["--dropout: '-0.1'", ">= 0 and < 1"]),
    ("train clouds.csv --dropout 0.5 --layers 2-3", ["--dropout 0.5: --layers 2-3 has no hidden layer"]),
    ("train clouds.csv --batch-norm --layers 2-3", ["--batch-norm: --layers 2-3 has no hidden layer"]),
    ("train clouds.csv --noise -1", ["--noise: '-1'", ">= 0"]),
    ("train clouds.csv --noise inf", ["--noise: 'inf'", ">= 0"]),
    ("train clouds.csv --clip-norm 0", ["--clip-norm: '0'", "> 0"]),
    ("train clouds.csv --patience 0", ["--patience: '0'", ">= 1"]),
    ("train clouds.csv --patience 2 --validation 0", ["--validation 0: --patience 2 needs > 0"]),
    ("train clouds.csv --validation 1", ["--validation: '1'", ">= 0 and < 1"]),
    ("train clouds.csv --validation 0.01", ["clouds.csv, --validation 0.01: class 'fern' has 24 examples, too few",
                                            "--validation 0 holds out nothing"]),
    ("train clouds.csv --validation 0.01 --patience 2", ["--validation 0.01", "without --patience"]),
    ("train clouds.csv --jitter 1", ["--jitter 1: only for a folder of IDX files; clouds.csv"]),
    ("train pictures --jitter 1.5", ["--jitter: '1.5'", ">= 0"]),
    ("train clouds.csv --optimizer momentum --momentum 1", ["--momentum: '1'"]),
    ("train clouds.csv --loss cross-entropy --regression", ["--loss cross-entropy", "mean-squared-error"]),
    ("train clouds.csv --activation swish", ["--activation", "swish", "leaky-relu"]),
    ("train clouds.csv --speed 3", ["--speed"]),
    ("train clouds.csv --epo 3", ["--epo"]),
    ("train clouds.csv --backend fortran", ["--backend", "fortran"]),
    ("train clouds.csv --save nowhere/net.refnet", ["--save nowhere/net.refnet", "no folder nowhere"]),
    ("train clouds.csv --save folder", ["--save folder: is a folder"]),
    ("train clouds.csv --save ./clouds.csv", ["would overwrite clouds.csv"]),
    ("train clouds.csv --resume no.refnet", ["no.refnet", "No such file"]),
    ("train pictures --label 1", ["--label", "pictures is a folder of IDX files"]),
    ("train pictures --no-standardize", ["--no-standardize", "pictures"]),
    ("train pictures --test 0.3", ["--test 0.3: pictures has test data of its own", "t10k"]),
    ("train pictures/train-images-idx3-ubyte", ["one IDX file", "folder"]),
    ("predict no.refnet clouds.csv", ["no.refnet", "No such file"]),
    ("predict cut.refnet clouds.csv", ["cut.refnet"]),
    ("predict flipped.refnet clouds.csv", ["flipped.refnet"]),
    ("predict foreign.refnet clouds.csv", ["foreign.refnet: not a refnet file"]),
    ("predict lying.refnet clouds.csv", ["lying.refnet"]),
    ("predict notes.refnet clouds.csv", ["notes.refnet: its notes name 2 classes; the network has 3 outputs"]),
    ("predict odd.refnet clouds.csv", ["odd.refnet: its notes"]),
    ("predict folder clouds.csv", ["folder"]),
    ("predict clouds.refnet wide.csv --label -1", ["wide.csv: 3 features a row; clouds.refnet takes 2"]),
    ("predict clouds.refnet pictures", ["pictures: 4 features a row; clouds.refnet takes 2"]),
    ("predict clouds.refnet pictures --label 1", ["--label", "pictures"]),
    ("predict clouds.refnet pictures/t10k-labels-idx1-ubyte.gz", ["holds labels"]),
    ("predict clouds.refnet clouds.csv --label kind --output clouds.csv", ["would overwrite clouds.csv"]),
    ("predict clouds.refnet clouds.csv --label kind --output clouds.refnet", ["would overwrite clouds.refnet"]),
    ("evaluate clouds.refnet rose.csv", ["rose.csv, line 2", "'rose'", "fern, moss, oak"]),
    ("evaluate clouds.refnet other.csv", ["other.csv: no column width among height, depth"]),
    ("evaluate clouds.refnet wide.csv", ["wide.csv: 3 features"]),
    ("evaluate clouds.refnet pictures", ["pictures", "'0'", "fern, moss, oak"]),
    ("evaluate clouds.refnet no.csv", ["no.csv", "No such file"]),
    ("check --cases 0", ["--cases: '0'", ">= 1"]),
    ("check --seed x", ["--seed: 'x'"]),
])
def test_bad_input_is_one_clear_line_and_changes_nothing(bad, refnet_command, command, parts):
    before = {path.name: path.read_bytes() for path in bad.iterdir() if path.is_file()}
    status, out, err = refnet_command(*command.split())
    assert (status, out) == (2, "")
    assert err.startswith("refnet: ") and err.endswith("\n") and err.count("\n") == 1
    for part in parts:
        assert part in err
    assert "True" not in err and "None" not in err  # words of Python
    assert {path.name: path.read_bytes() for path in bad.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("words", [
    ["train", "clouds.csv", "--save", ""], ["train", "clouds.csv", "--resume", ""],
    ["predict", "clouds.refnet", "clouds.csv", "--output", ""], ["bench", "networks", "--plot", ""],
    ["train", ""], ["predict", "", "clouds.csv"], ["evaluate", "clouds.refnet", ""],
])
def test_an_empty_name_is_not_an_option_left_out(bad, refnet_command, words):
    status, out, err = refnet_command(*words)
    name = words[-2] if len(words) > 3 else "MODEL" if words[:2] == ["predict", ""] else "DATA"
    assert (status, out) == (2, "") and err.startswith(f"refnet: {name}: ''; expected the name of a file (see ")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no devices in folders")
@pytest.mark.parametrize("option", ["--save", "--resume"])
def test_what_cannot_be_written_is_found_before_training(bad, refnet_command, monkeypatch, option):
    """Nothing is read or trained, nothing is left behind."""
    monkeypatch.setattr(train_data, "read", None)
    monkeypatch.setattr(provenance, "read", None)
    os.mkfifo("pipe")
    os.symlink("nowhere/net.refnet", "link")
    folder = "is a folder; expected the name of a file"
    device = "is a device or a pipe; expected the name of a file"
    gone = "may not be written: No such file or directory"
    before = sorted(os.listdir())
    places = [("/dev/null", device), ("pipe", device), ("folder", folder), ("folder/", folder), ("link", gone),
              ("n" * 300, "may not be written: File name too long")]
    if sys.platform == "linux":
        places.append(("/proc/net.refnet", gone))
    for path, said in places:
        assert refnet_command("train", "clouds.csv", option, path) == (2, "", f"refnet: {option} {path}: {said}\n")
    assert sorted(os.listdir()) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(bad, refnet_command):
    os.chmod("folder", 0o555)
    status, out, err = refnet_command("train", "clouds.csv", "--save", "folder/net.refnet")
    assert (status, out) == (2, "") and "--save folder/net.refnet: may not be written: Permission denied" in err


def test_c_asked_for_where_there_is_none(clouds, refnet_command, model, monkeypatch):
    import refnet.kernels

    monkeypatch.setattr(refnet.kernels.choosing, "_native", None)
    why = refnet.BackendError("the C core is not built: for this test")
    monkeypatch.setattr(refnet.kernels.choosing, "_why_no_c", why)
    for words in (["train", clouds], ["predict", model, clouds], ["evaluate", model, clouds]):
        status, out, err = refnet_command(*words, "--backend", "c")
        assert (status, out, err) == (2, "", "refnet: backend='c', but the C core is not built: for this test\n")
    monkeypatch.setenv("REFNET_BACKEND", "c")
    status, out, _ = refnet_command("info")
    assert status == 1 and "none" in out and "REFNET_BACKEND='c', but the C core is not built" in out
