"""Does a network in another number format than binary64 come back in it, with every bit, and never as another one?"""

import copy
import json
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from file_helpers import contents, everything, points, refused, rewrite, small
from test_files_resuming import interrupted_in_step

import refnet as rn
from refnet import FileError, load, save
from refnet.kernels import Wrapper, choose

NAMES = ["binary32", "binary16", "bfloat16", "binary16:binary32", "Q7.8", "Q5.10-truncate-wrap:Q15.20"]
INPUTS, CLASSES = points(11)
W = "parameters", "dense1.weights", "rows", 0


@pytest.fixture(params=[*((name, "python", "python") for name in NAMES), ("binary32", "python", "c"),
                        ("binary32", "c", "python"), ("binary32", "c", "c")], ids=" ".join)
def where(request):
    """A format, the backend that computes in it, and the one that goes on from the file."""
    if "c" in request.param:
        request.getfixturevalue("native")
    return request.param


def begin(number, backend="python"):
    """An untrained network with all that the formats treat in their own way: running means, draws, several steps."""
    layers = [rn.Input(2), rn.Standardize([0.5, -0.5], [0.75, 1.5]), rn.Dense(4), rn.BatchNorm(eps=0.0625), rn.ReLU(),
              rn.Dropout(0.2), rn.Dense(3), rn.Softmax()]
    return rn.Network(layers, backend, seed=3, number=number)


def fit(net, epochs=1, **more):
    """beta2 and ε are numbers of each of these formats, so that nothing is warned of."""
    if net.optimizer is None:
        more["optimizer"] = rn.Adam(rn.InverseTimeDecay(0.0625, 0.5), beta2=0.984375, epsilon=0.0078125)
        more["penalty"] = rn.L2(0.03125)
    return net.fit(INPUTS, CLASSES, batch_size=4, epochs=epochs, **more)


def test_it_goes_on_as_if_never_stopped(where, path):
    number, start, end = where
    whole = begin(number, start)
    history = fit(whole, 3, validation=(INPUTS[:3], CLASSES[:3]))
    net = begin(number, start)
    fit(net, 2, validation=(INPUTS[:3], CLASSES[:3]))
    net.save(path)
    back = load(path, end, number)
    assert (back.number, back.backend) == (number, end) and everything(back) == everything(net)
    assert back.forward(INPUTS) == net.forward(INPUTS)
    more = fit(back, validation=(INPUTS[:3], CLASSES[:3]))
    assert more == {name: values[2:] for name, values in history.items()}
    assert everything(back) == everything(whole) and back.fingerprint() == whole.fingerprint()


@pytest.mark.parametrize("steps", [1, 4])  # an epoch has 3
def test_also_from_the_middle_of_an_epoch(where, path, steps):
    number, start, end = where
    whole, net = begin(number, start), begin(number, start)
    fit(whole, 2)
    with interrupted_in_step(steps):
        fit(net, 2)
    assert net.progress.position == steps % 3 * 4
    net.save(path)
    back = load(path, end)
    fit(back, 2 - net.epoch)
    assert everything(back) == everything(whole)


def test_from_a_checkpoint_and_from_copies(where, path):
    number, start, end = where
    whole, net = begin(number, start), begin(number, start)
    fit(whole, 3)
    fit(net, 2, callbacks=[rn.Checkpoint(path, every=2)])
    for back in (load(path, end), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert back.number == number
        fit(back, callbacks=[])
        assert everything(back) == everything(whole)


def trained(net):
    fit(net)
    return net.number, net.fingerprint()


def test_a_pickle_goes_on_in_another_process():
    net = begin("Q7.8")
    fit(net)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(trained, net).result() == trained(net)


def test_best_weights_of_early_stopping_are_kept(where, path):
    number, start, end = where
    net = begin(number, start)
    fit(net, 2, validation=0.3, callbacks=[rn.EarlyStopping(5)])
    net.save(path)
    back = load(path, end)
    assert back.callbacks[0].kept == net.callbacks[0].kept is not None
    assert fit(back, 2, validation=0.3) == fit(net, 2, validation=0.3)
    assert everything(back) == everything(net)


# --- The file ---


@pytest.mark.parametrize("number", NAMES)
def test_version_4_has_the_formats_name_and_is_else_version_3(path, number):
    net = small()
    net.save(path)
    before = contents(path)
    assert before["version"] == 3 and "number" not in before
    net.to(number=number).save(path)
    after = contents(path)
    assert after.pop("version") == 4 and after.pop("number") == number
    assert list(after) == [key for key in before if key != "version"]
    convert = net.k.convert
    rows = [[float(convert(value)) for value in row] for row in before["parameters"]["dense1.weights"]["rows"]]
    assert after["parameters"]["dense1.weights"]["rows"] == rows
    assert after["optimizer"]["rate"] == before["optimizer"]["rate"]  # binary64 in every format


def test_both_backends_write_the_same_bytes(path, both):
    files = []
    for backend in ("python", "c"):
        net = begin("binary32", backend)
        fit(net)
        net.save(path)
        files.append(path.read_bytes())
    assert files[0] == files[1]


@pytest.mark.parametrize("number", NAMES)
@pytest.mark.parametrize("place", [W, ("buffers", "batchnorm1.variance", "rows", 0),
                                   ("optimizer", "state", "dense2.weights", "mean", "rows", 0)])
def test_a_number_that_is_none_of_the_format(path, number, place):
    net = begin(number)
    fit(net)
    net.save(path)
    document = contents(path)
    row = document
    for key in place:
        row = row[key]
    row[1] = 0.1
    rewrite(path, document)
    refused(path, rf"^{'.'.join(place[:-2])}: row 0, column 1: 0\.1 is no {number} number$")


@pytest.mark.parametrize("number, given", [
    ("binary32", 1e300), ("binary16", 65520.0), ("Q7.8", 128.0), ("Q7.8", "inf"), ("Q7.8", "nan")])
def test_a_number_beyond_the_format(path, number, given):
    begin(number).save(path)
    document = contents(path)
    document["parameters"]["dense1.weights"]["rows"][0][0] = given
    rewrite(path, document)
    refused(path, f"^parameters.dense1.weights: row 0, column 0: .* is no {number} number$")


def test_what_stays_binary64_may_be_any_number(path):
    net = begin("binary16")
    fit(net)
    net.save(path)
    document = contents(path)
    document["optimizer"]["rate"] = document["optimizer"]["state"]["step"]["power1"]["rows"][0][0] = 0.1
    document["buffers"]["dropout1.drawn"]["rows"] = [[2.0**40 + 1.0]]
    rewrite(path, document)
    back = load(path)
    assert back.optimizer.rate == 0.1 and back.k.tolist(back.optimizer.state["step"]["power1"]) == [[0.1]]
    assert back.k.tolist(back.layers[5].buffers["drawn"]) == [[2.0**40 + 1.0]]


def test_numbers_that_a_format_has_come_back(path):
    net = rn.Network([rn.Input(3), rn.Dense(2)], "python", number="binary16")
    rows = [[float("inf"), -0.0, 65504.0], [float("nan"), 2.0**-24, -float("inf")]]
    net.set("dense1.weights", rows)
    net.save(path)
    assert repr(load(path).get("dense1.weights")) == repr(rows)


@pytest.mark.parametrize("name, message", [
    ("binary8", "^number: 'binary8'; allowed: 'binary64', 'binary32'"), ("Q40.40", "Q40.40"), (32, "number: an int"),
    (None, "number: a NoneType"), ("Q7.8:Q3.4", "Q7.8:Q3.4"),
])
def test_unknown_formats(path, name, message):
    begin("Q7.8").save(path)
    document = contents(path)
    document["number"] = name
    rewrite(path, document)
    refused(path, message)


def test_a_format_belongs_to_version_4_and_only_there(path):
    begin("Q7.8").save(path)
    document = contents(path)
    rewrite(path, {**document, "version": 3})
    refused(path, "top level: 'number' is not expected")
    del document["number"]
    rewrite(path, document)
    refused(path, "top level: 'number' is missing")


# --- One format is not loaded as another ---


def test_another_format_than_the_files(path):
    begin("bfloat16").save(path)
    for asked in ("binary64", rn.Floating("binary16"), "Q7.8"):
        with pytest.raises(FileError, match=r"number: 'bfloat16' in the file, not .*load\(path\)\.to\(number='"):
            load(path, number=asked)
    assert load(path, number="bfloat16").number == load(path, number=rn.Floating("bfloat16")).number == "bfloat16"
    begin("binary64").save(path)
    with pytest.raises(FileError, match="'binary64' in the file, not 'binary16'"):
        load(path, number="binary16")
    assert load(path, number="binary64").number == "binary64"
    with pytest.raises(ValueError, match=r"^number: 'float16'; allowed: 'binary64'"):
        load(path, number="float16")


def test_a_backend_that_has_not_the_files_format(path, native):
    begin("bfloat16").save(path)
    with pytest.raises(rn.BackendError, match="the C core has binary64 and binary32, not bfloat16"):
        load(path, "c")
    assert load(path).backend == "python"
    with pytest.raises(FileError, match="'bfloat16' in the file, not 'binary64'"):
        load(path, Wrapper(choose("python")))
    assert load(path, Wrapper(choose("python", "bfloat16"))).number == "bfloat16"


def test_rounding_to_another_format_is_said_and_saved(path):
    """`to` is the way from one format to another; the file is then one of the new format."""
    net = begin("binary64")
    fit(net)
    save(net, path)
    twin = load(path).to(number="binary16")
    save(twin, path)
    assert json.loads(path.read_text())["number"] == "binary16" and load(path).fingerprint() == twin.fingerprint()
    assert twin.fingerprint() != net.fingerprint()
