"""Does `fit` say which numbers are lost in the network's format, once, and nothing where none is?"""

import warnings
from array import array

import pytest

import refnet as rn

X = [[0.5, -0.25], [0.125, 1.0], [-1.0, 0.75], [0.25, 0.5], [1.0, 0.0]]
Y = [0, 1, 2, 0, 1]
FINE = {"beta2": 0.984375, "epsilon": 0.0078125}  # of Adam; numbers of each format here


def network(number, *layers, backend="python"):
    return rn.Network([rn.Input(2), *layers, rn.Dense(3), rn.Softmax()], backend, seed=1, number=number)


def told(net, x=X, y=Y, **settings):
    """What fit warns of, without its name in front."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        net.fit(x, y, **{"optimizer": rn.SGD(0.125), "batch_size": 4, **settings})
    assert all(each.category is RuntimeWarning and each.filename == __file__ for each in caught)
    texts = [str(each.message) for each in caught]
    assert all(text.startswith("fit: ") for text in texts)
    return [text[len("fit: "):] for text in texts]


@pytest.mark.parametrize("number", ["binary64", "binary32", "binary16", "bfloat16", "Q7.8", "Q15.16-truncate-wrap"])
def test_nothing_where_nothing_is_lost(number):
    layers = [rn.Standardize([0.0, 0.5], [1.0, 0.5]), rn.BatchNorm(momentum=0.875, eps=0.0625), rn.Dropout(0.25)]
    assert told(network(number, *layers), optimizer=rn.Adam(0.0625, **FINE), penalty=rn.L2(0.0625)) == []


@pytest.mark.parametrize("number, lost", [
    ("binary32", []),
    ("binary16", ["Adam's epsilon=1e-08 is 0.0 in binary16; the smallest number above 0 is 5.960464477539063e-08"]),
    ("bfloat16", ["Adam's beta2=0.999 is 1.0 in bfloat16, so that 1 - beta2 is 0.0; the largest number below is "
                  "0.99609375"]),
    ("Q7.8", ["the rate 0.001 is 0.0 in Q7.8, so that no weight changes; the smallest number above 0 is 0.00390625",
              "Adam's beta2=0.999 is 1.0 in Q7.8, so that 1 - beta2 is 0.0; the largest number below is 0.99609375",
              "Adam's epsilon=1e-08 is 0.0 in Q7.8; the smallest number above 0 is 0.00390625"]),
    ("Q0.15", ["Adam's epsilon=1e-08 is 0.0 in Q0.15; the smallest number above 0 is 3.0517578125e-05",
               "the losses of a batch of 4 rows are divided by 4.0, which is 0.999969482421875 in Q0.15"]),
])
def test_adam_with_its_defaults(number, lost):
    assert told(network(number)) == [] or number == "Q0.15"
    assert told(network(number), optimizer=rn.Adam(0.001))[: len(lost)] == lost


def test_the_largest_number_below_1_is_one_that_is_kept():
    assert told(network("bfloat16"), optimizer=rn.Adam(0.0625, beta2=0.99609375)) == []
    text, _ = told(network("Q0.15"), optimizer=rn.Momentum(0.0625, 0.99999), loss=rn.CrossEntropy("sum"))
    assert text == "Momentum's mu=0.99999 is 0.999969482421875 in Q0.15; the largest number below is 0.99993896484375"


@pytest.mark.parametrize("form", ["velocity", "average", "sum"])
def test_momentum_computes_1_minus_mu_of_mu_unrounded(form):
    optimizer = rn.Momentum(0.125, 0.999, form)
    assert told(network("bfloat16"), optimizer=optimizer) == [
        "Momentum's mu=0.999 is 1.0 in bfloat16; the largest number below is 0.99609375"]


def test_settings_of_layers_penalties_constraints_losses_and_clipping():
    layers = [rn.Standardize([0.0, 0.001], [1.0, 0.0001]), rn.BatchNorm(),
              rn.Dense(3, penalty=rn.L1(0.0001), constraint=rn.MaxNorm(1000.0)), rn.Dropout(0.0001)]
    texts = told(network("Q7.8", *layers), penalty=rn.L2(0.0005), optimizer=rn.SGD(0.125, clip=rn.ClipNorm(500.0)))
    assert [text.partition(" in Q7.8; ")[0] for text in texts] == [
        "ClipNorm's limit=500.0 is 127.99609375", "L2's lam=0.0005 is 0.0", "standardize1's mean[1]=0.001 is 0.0",
        "standardize1's std[1]=0.0001 is 0.0", "batchnorm1's eps=1e-05 is 0.0", "L1's lam=0.0001 is 0.0",
        "MaxNorm's limit=1000.0 is 127.99609375"]  # a share of dropout is compared in binary64
    both = rn.MultiTask([rn.Huber(0.0001)])
    net = rn.Network([rn.Input(2), rn.Dense(1)], "python", number="Q7.8")
    assert [text[:27] for text in told(net, y=[0.5] * 5, loss=both)] == ["Huber's delta=0.0001 is 0.0"]


@pytest.mark.parametrize("number, size, over, lost", [
    ("bfloat16", 256, "rows", []),
    ("bfloat16", 257, "rows", ["257 rows are divided by 257.0, which is 256.0"]),
    ("bfloat16", 100, "elements", []),
    ("bfloat16", 99, "elements", ["99 rows are divided by 297.0, which is 296.0"]),
    ("bfloat16", 257, "sum", []),
    ("Q7.8", 129, "rows", ["129 rows are divided by 129.0, which is 127.99609375"]),
    ("Q7.8", 128, "rows", []),  # the largest number is next to it
    ("Q7.8-wrap", 150, "rows", ["150 rows are divided by 150.0, which is -106.0"]),
    ("Q7.8", 500, "rows", ["300 rows are divided by 300.0, which is 127.99609375"]),  # all there are
    ("binary16", 300, "rows", []),
])
def test_what_the_losses_of_a_batch_are_divided_by(number, size, over, lost):
    net = network(number)
    texts = told(net, X * 60, Y * 60, batch_size=size, loss=rn.MeanSquaredError(over), epochs=1)
    texts = [text for text in texts if "add up" not in text]
    assert texts == [f"the losses of a batch of {text} in {number}" for text in lost]


def test_the_last_smaller_batch_counts_too():
    (text,) = told(network("bfloat16"), (X * 104)[:519], (Y * 104)[:519], batch_size=260)
    assert text == "the losses of a batch of 259 rows are divided by 259.0, which is 260.0 in bfloat16"


@pytest.mark.parametrize("x, text", [
    ([[0.5, -200.0], [0.5, 1.0]], "an input, -200.0, is -128.0 in Q7.8; the largest number is 127.99609375"),
    (memoryview(array("f", [1.0, 1000.0, 0.0, 0.0])).cast("B").cast("f", (2, 2)),
     "an input, 1000.0, is 127.99609375 in Q7.8; the largest number is 127.99609375"),
    ([[-128.0, 127.99], [0.0, 0.0]], None),
])
def test_data_beyond_the_format(x, text):
    assert told(network("Q7.8"), x, [0, 1]) == ([text] if text else [])


@pytest.mark.parametrize("number", ["binary32", "bfloat16"])
def test_data_beyond_the_large_formats(number):
    limit = rn.Floating(number).largest
    texts = told(network(number), [[1e300, 0.1], *X[1:]])
    assert texts[0] == f"an input, 1e+300, is inf in {number}; the largest number is {limit!r}"
    net = rn.Network([rn.Input(2), rn.Dense(1)], "python", number=number)
    assert told(net, y=[1.0, 2.0, -1e300, 4.0, 5.0])[0].startswith(f"a target, -1e+300, is -inf in {number}; ")
    assert not [text for text in told(network(number), [[limit * (1.0 + 1e-9), 0.1], *X[1:]]) if "an input" in text]


@pytest.mark.parametrize("number, size, held, hint", [
    ("Q3.12", 5, "7.999755859375", "; smaller batches help"), ("Q3.12", 4, "7.999755859375", "; smaller batches help"),
    ("Q1.2-wrap", 15, "", ""),  # 33.75 wraps to 1.75, the largest number
    ("Q3.12", 2, "", ""), ("Q5.10", 5, "", ""), ("Q1.14", 1, "1.99993896484375", ""),
])
def test_losses_of_a_batch_that_saturate(number, size, held, hint):
    net = rn.Network([rn.Input(2), rn.Dense(1, weights=rn.Zeros())], "python", number=number)
    y = [1.5] * 15  # a row's loss is 2.25
    texts = told(net, X * 3, y, batch_size=size, optimizer=rn.SGD(0.0009765625), epochs=3)
    assert [text for text in texts if "add up" in text] == ([
        f"the losses of a batch add up to more than {number} holds ({held}), so the loss shown is too small{hint}"
    ] if held else [])


def test_targets_beyond_the_format():
    net = rn.Network([rn.Input(2), rn.Dense(1)], "python", number="Q7.8-wrap")
    (text,) = told(net, y=[1.0, 2.0, 300.0, 4.0, 5.0])
    assert text == "a target, 300.0, is 44.0 in Q7.8-wrap; the largest number is 127.99609375"


def test_said_before_anything_has_changed_and_once_a_line():
    net = network("bfloat16")
    before = net.fingerprint()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="beta2"):
            net.fit(X, Y, optimizer=rn.Adam(0.0625))
    assert net.fingerprint() == before and net.optimizer is None and net.epoch == 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            net.fit(X, Y, optimizer="adam" if net.optimizer is None else None)
    assert len(caught) == 1


def test_a_schedule_is_looked_at_where_the_training_stands():
    net = network("binary16")
    assert told(net, optimizer=rn.SGD(rn.ExponentialDecay(0.125, 1e-4)), epochs=2) == []
    assert told(net, optimizer=None)[0].startswith("the rate 1.25e-09 is 0.0 in binary16, so that no weight changes")


def test_binary32_in_c_says_what_python_says(both):
    texts = [told(network("binary32", backend=backend), optimizer=rn.Adam(1e-50)) for backend in ("python", "c")]
    assert texts[0] == texts[1] and len(texts[0]) == 1 and texts[0][0].startswith("the rate 1e-50 is 0.0 in binary32")
