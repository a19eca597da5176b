"""Is a step in another number format written down, opened, explained, dumped and read in that format?"""

import json

import pytest

import refnet as rn
from refnet.arithmetic.formats import as_format
from refnet.files import FileError
from refnet.kernels import SEAM, native_or_none
from refnet.trace import dumps
from refnet.trace.explained.origins import Origins
from refnet.trace.explained.worked import loss_term

NUMBERS = ["binary32", "binary16:binary32", "bfloat16", "Q7.8", "Q9.20-truncate-wrap:Q19.30"]
X = [[0.5, -1.0, 2.0], [0.25, 0.75, -0.5], [1.5, 0.1, 0.3]]
Y = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]


def traced(number, backend="python"):
    layers = [rn.Input(3), rn.Dense(3), rn.BatchNorm(), rn.Tanh(), rn.Dropout(0.5), rn.Dense(2, penalty=rn.L2(0.1)),
              rn.Softmax()]
    net = rn.Network(layers, number=number, backend=backend, seed=1)
    return rn.traced(net, X, Y, optimizer=rn.Adam(0.1, clip=rn.ClipNorm(0.01)))


@pytest.mark.parametrize("number", NUMBERS)
def test_each_number_is_one_of_the_format_and_can_be_opened(number):
    trace, form = traced(number), as_format(number)
    accumulator = form.accumulator or form
    step, origins = trace.only(), Origins(trace.only())
    assert trace.number == number
    opened, rounded = 0, 0
    for name, numbers in step.values.items():
        is_wide = name in ("rate", "loss") or name.startswith("step.") or "drawn" in name
        assert numbers.number == ("binary64" if is_wide else number), name
        for i in range(numbers.rows):
            for j in range(numbers.columns):
                value, element = numbers.at(i, j), step.element(name, i, j)
                assert element.value == float(value) == float(value if is_wide else form.number(float(value))), name
                if element.operations:
                    assert element.operations[-1].result == value
                    opened += 1
                of = accumulator if element.kernel and SEAM[element.kernel].accumulates else form
                for each in element.operations:
                    rounded += each.sign == "rounded"
                    values = [float(operand) for _, operand in each.operands]
                    names = [each_name for each_name, _ in each.operands]
                    if len(values) == 2:
                        # βᵗ and 1 − βᵗ are binary64; all else is of the kernel's own format
                        is_power = element.kernel == "advance_power" or names[1].startswith("step.power")
                        signs = {"+": lambda a, b: a + b, "−": lambda a, b: a - b, "·": lambda a, b: a * b,
                                 "/": lambda a, b: a / b}
                        made = signs[each.sign](*(values if is_power else map(of.number, values)))
                        assert each.result == float(made), (name, each)
                if name != "loss":
                    assert float(origins.term(name, i, j).value) == value, name
    assert opened > 60 and (rounded > 20) == (accumulator is not form)


def test_an_operation_is_rounded_in_the_format():
    net = rn.Network([rn.Input(2), rn.Dense(1)], number="bfloat16", backend="python")
    net.weights, net.biases = [[[0.1, 1.0]]], [[1.0]]
    lines = str(rn.traced(net, [[0.1, 2.0**-8]]).element("dense1.z")).split("\n")
    assert lines == [
        "dense1.z[0][0] = 1.015625 (0x1.0400000000000p+0), by affine",
        "  dense1.weights[0][0] · input.o[0][0] = 0.10009765625 · 0.10009765625 = 0.010009765625 "
        "(0x1.4800000000000p-7)",
        "  dense1.bias[0][0] + 0.010009765625 = 1.0 + 0.010009765625 = 1.0078125 (0x1.0200000000000p+0)",
        "  dense1.weights[0][1] · input.o[0][1] = 1.0 · 0.00390625 = 0.00390625 (0x1.0000000000000p-8)",
        "  1.0078125 + 0.00390625 = 1.015625 (0x1.0400000000000p+0)",  # half-way: to even
    ]


@pytest.mark.skipif(native_or_none() is None, reason="needs the C core")
def test_c_and_the_reference_have_one_trace_in_binary32():
    ours, theirs = traced("binary32", "c"), traced("binary32")
    assert not ours.difference(theirs)
    assert [repr(call) for call in ours.calls] == [repr(call) for call in theirs.calls]
    with rn.trace.lockstep(ours.network, "python") as pair:
        ours.network.forward(X)
    assert pair.calls > 5 and pair.second.number == "binary32"


@pytest.mark.parametrize("number", NUMBERS)
def test_a_dump_comes_back(tmp_path, number):
    trace, path = traced(number), tmp_path / "run.json"
    dumps.write(trace, path)
    (step,) = dumps.read(path)
    assert json.loads(path.read_text(encoding="utf-8"))["number"] == number
    assert {name: (each.shape, list(each.values), each.number) for name, each in step.items()} == {
        name: (each.shape, list(each.values), each.number) for name, each in trace.only().values.items()}
    assert not trace.difference(path)
    widths = {len(digits) for entry in json.loads(path.read_text(encoding="utf-8"))["steps"][0]["values"].values()
              for digits in entry["bits"]}
    assert widths == {dumps.digits_of(as_format(number)), 16}


def test_a_dump_of_binary64_is_as_it_was(tmp_path):
    path = tmp_path / "run.json"
    dumps.write(traced("binary64"), path)
    assert "number" not in json.loads(path.read_text(encoding="utf-8"))
    (step,) = dumps.read(path)
    assert {each.number for each in step.values()} == {"binary64"}


@pytest.mark.parametrize("number, value, digits", [
    ("binary64", -0.1, "bfb999999999999a"), ("binary32", 0.10000000149011612, "3dcccccd"), ("binary16", -2.0, "c000"),
    ("bfloat16", 1.0078125, "3f81"), ("Q7.8", -1.5, "fe80"), ("Q2.1", -4.0, "f8"), ("Q9.20", 2.0**-20, "00000001"),
    ("binary16:binary32", float("inf"), "7c00"), ("binary32", 1e-45, "00000001"), ("binary32", -0.0, "80000000"),
])
def test_the_bits_of_a_number(number, value, digits):
    form = as_format(number)
    value = float(form.number(value))
    assert dumps.bits_of(value, form) == digits and dumps.number_of(digits, form) == value
    assert str(dumps.number_of(digits, form)) == str(value)  # -0.0


def test_a_dump_with_digits_of_another_format(tmp_path):
    path = tmp_path / "run.json"
    entry = {"shape": [1, 1], "bits": ["3dcc"]}
    path.write_text(json.dumps({"number": "binary32", "steps": [{"values": {"loss": entry}}]}), encoding="utf-8")
    with pytest.raises(FileError, match=r"steps\[0\].values\[loss\].bits\[0\]: '3dcc'; expected 8 hexadecimal digits"):
        dumps.read(path)
    path.write_text(json.dumps({"number": "binary31", "steps": []}), encoding="utf-8")
    with pytest.raises(FileError, match="number: 'binary31'; allowed: "):
        dumps.read(path)


def test_the_worked_solution_says_its_format_and_has_its_numbers():
    net = rn.Network([rn.Input(2), rn.Dense(1, bias=False)], number="Q7.8", backend="python")
    net.weights = [[[0.1, -0.1]]]
    text = str(rn.explain(net, [[1.0, 0.5]], [[0.3]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2), digits=None))
    title, *lines = text.split("\n")
    assert title == "A training step of input(2), dense1(1) in Q7.8"
    (line,) = [each for each in lines if each.startswith("forward")]
    # 0.1015625 is 26 units of 2⁻⁸, so all of this is exact
    assert line.endswith("= 0.1015625·1.0 + (−0.1015625)·0.5 = 0.05078125"), line
    assert "in binary" not in str(rn.explain(rn.Network([rn.Input(2), rn.Dense(1)]), [[1.0, 0.5]]))


@pytest.mark.parametrize("number", ["binary64", *NUMBERS])
def test_the_loss_is_the_sum_that_is_written(number):
    """The mean and the penalties are binary64: what is left is a layer's cost, and nothing where no layer has one."""
    for layers in ([rn.Dense(2)], [rn.ActivityPenalty(0.05), rn.Dense(2)]):
        layers = [rn.Input(3), rn.Dense(3, penalty=[rn.L2(0.1), rn.L1(0.3)]), *layers]
        net = rn.Network(layers, number=number, backend="python", seed=1)
        trace = rn.traced(net, X, Y, loss=rn.HalfSquaredError())
        term, step = loss_term(trace.network, Origins(trace.only())), trace.only()
        rest = 0.0
        if len(layers) > 3:
            term, rest = term.parts[0], term.parts[1].value
            net.forward(X)
            # the loss minus its other parts, in binary64
            assert rest == pytest.approx(net.layers[2].cost(), rel=1e-12) and rest > 0.01
        assert [part.sign for part in term.parts] == ["+", "·"] and term.value + rest == step.loss
        l1 = 0.3 * float(net.k.tolist(net.k.sum_of_magnitudes(net.k.matrix(net.weights[0])))[0][0])
        assert type(term.parts[1].value) is float and term.parts[1].value == l1


@pytest.mark.parametrize("number", ["binary64", *NUMBERS])
def test_the_loss_of_several_outputs_leaves_no_rest(number):
    hidden = rn.Dense(2)(rn.Input(3))
    net = rn.Network([rn.Dense(2)(hidden), rn.Dense(2)(hidden)], number=number, backend="python", seed=1)
    loss = rn.MultiTask([rn.HalfSquaredError(), rn.MeanSquaredError()], [1.0, 0.3])
    trace = rn.traced(net, X, [Y, Y], loss=loss, optimizer=rn.SGD(0.1))
    term = loss_term(trace.network, Origins(trace.only()))
    assert (term.sign, term.value) == ("/", trace.only().loss) and term.parts[0].name == ("loss.sum", 0, 0)
