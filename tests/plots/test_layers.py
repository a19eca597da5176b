"""Are activation functions, first weights and layer sizes drawn as the layers and records have them?"""

import math

import pictures
import pytest

import refnet as rn
from refnet import plots
from refnet.kernels import REFERENCE

pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")


def lines(axes):
    return {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()}


def test_functions_and_derivatives_are_those_of_the_layers():
    leaky = rn.LeakyReLU(0.125)
    figure = plots.activation_functions(["sigmoid", "ReLU", leaky, rn.SiLU()], limit=2.0)
    panels = [axes for axes in figure.axes if axes.get_lines()]
    titles = [axes.get_title() for axes in panels]
    assert titles == ["sigmoid", "ReLU", "LeakyReLU(slope=0.125)", "SiLU()"]
    drawn = [lines(axes) for axes in panels]
    z = drawn[0]["o(z)"][0]
    assert (z[0], z[200], z[-1], len(z)) == (-2.0, 0.0, 2.0, 401)
    column = [[each] for each in z]
    o = REFERENCE.sigmoid(column)
    assert drawn[0]["o(z)"][1] == [each for (each,) in o]
    assert drawn[0]["do/dz"][1] == [each for (each,) in REFERENCE.sigmoid_backward(o, [[1.0]] * 401)]
    assert drawn[1]["do/dz"][1] == [0.0] * 201 + [1.0] * 200  # at 0 it is 0
    assert drawn[2]["o(z)"][1] == [0.125 * each if each < 0.0 else each for each in z]
    assert drawn[2]["do/dz"][1] == [0.125] * 200 + [1.0] * 201
    assert not leaky.name  # it is still free


def test_all_activations_of_refnet_are_drawn():
    titles = {axes.get_title() for axes in plots.activation_functions().axes if axes.get_lines()}
    assert titles == {"Sigmoid", "Tanh", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softplus", "SiLU", "GELU"}


def test_layers_of_a_network_and_of_ones_own():
    class Square(rn.Layer):
        def forward(self, x, training=False):
            self.x = x
            return self.k.multiply(x, x)

        def backward(self, d, input_gradient=True):
            return self.k.scale(self.k.multiply(self.x, d), 2.0)

    net = rn.Network([rn.Input(3), rn.Dense(2), rn.PReLU(0.5), rn.Dense(2), Square()])
    prelu, square = plots.activation_functions([net.layers[2], net.layers[4]], limit=1.0).axes
    assert lines(prelu)["do/dz"][1] == [0.5] * 200 + [1.0] * 201
    assert lines(square)["do/dz"][1] == [2.0 * z for z in lines(square)["o(z)"][0]]
    net.forward([[1.0, 2.0, 3.0]])  # the network is what it was


def test_first_weights_are_images():
    figure = plots.first_layer(pictures.IMAGES, most=9)
    weights = pictures.IMAGES.get("dense1.weights")
    panels = [axes for axes in figure.axes if axes.get_images()]
    drawn = [axes.get_images()[0].get_array().tolist() for axes in panels]
    assert drawn == [[row[0:3], row[3:6], row[6:9]] for row in weights[:9]]
    largest = max(abs(w) for row in weights[:9] for w in row)
    assert {axes.get_images()[0].get_clim() for axes in panels} == {(-largest, largest)}
    assert figure.get_suptitle() == "dense1.weights: first 9 of 10 units"
    assert [axes.get_title() for axes in panels] == [str(i) for i in range(1, 10)]


def test_another_shape():
    net = rn.Network([rn.Input(6), rn.Dense(1)])
    image = plots.first_layer(net, shape=(2, 3)).axes[0].get_images()[0].get_array().tolist()
    assert image == [net.weights[0][0][:3], net.weights[0][0][3:]]


def test_layer_sizes_are_the_records():
    activation, gradient, weight = plots.layer_sizes(pictures.RECORDS).axes
    assert lines(activation) == {"tanh1": ([1, 2, 3], [0.5] * 3), "tanh2": ([1, 2, 3], [0.25, 0.5, 0.75])}
    assert lines(gradient)["dense1"] == ([1, 2, 3], [0.001, 0.002, 0.003])
    assert all(map(math.isnan, lines(gradient)["dense2"][1]))  # 0 has no logarithm
    assert {axes.get_yscale() for axes in (activation, gradient, weight)} == {"log"}
    assert [axes.get_ylabel() for axes in (activation, gradient, weight)] == [
        "activation (rms)", "gradient (rms)", "weight (rms)"]
    (chosen,) = plots.layer_sizes(pictures.RECORDS, "weight").axes
    assert set(lines(chosen)) == {"dense1", "dense2"} and chosen.get_ylabel() == "weight (rms)"
    (alone,) = plots.layer_sizes([{"epoch": 1, "gradient": {"dense1": 1.0}}]).axes
    assert lines(alone) == {"dense1": ([1], [1.0])}


def test_no_two_of_twelve_layers_look_alike():
    records = [{"epoch": epoch, "gradient": {f"dense{i}": 0.5**i for i in range(12)}} for epoch in range(1, 31)]
    (axes,) = plots.layer_sizes(records).axes
    drawn = axes.get_lines()
    assert len({(line.get_color(), line.get_marker()) for line in drawn}) == 12
    assert len({line.get_marker() for line in drawn[:10]}) == 10  # in grey


def test_the_callback_s_records_are_drawn():
    data, sizes = pictures.circle(), rn.LayerSizes(pictures.circle().inputs, pictures.circle().targets)
    pictures.make(seed=1).fit(data.inputs, data.targets, optimizer=rn.SGD(0.1), epochs=2, callbacks=[sizes])
    update = plots.layer_sizes(sizes.records).axes[-1]
    assert update.get_ylabel() == "update / weight"
    assert lines(update)["dense2"] == ([1, 2], [record["update"]["dense2"] for record in sizes.records])


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: plots.activation_functions(["tahn"]), ValueError, "functions: 'tahn'.*did you mean"),
    (lambda: plots.activation_functions("tanh"), TypeError, "functions: 'tanh'; expected a list"),
    (lambda: plots.activation_functions([]), TypeError, "functions"),
    (lambda: plots.activation_functions([1.0]), TypeError, "functions: 1.0"),
    (lambda: plots.activation_functions(["softmax"]), ValueError, "functions: 'softmax'.*each unit by itself"),
    (lambda: plots.activation_functions([rn.Dense(3)]), ValueError, "functions: Dense"),
    (lambda: plots.activation_functions(["tanh"], limit=0.0), ValueError, "limit: 0.0"),
    (lambda: plots.first_layer([1.0]), TypeError, "network: .*; expected a Network"),
    (lambda: plots.first_layer(rn.Network([rn.Input(2), rn.Tanh()])), ValueError, "no layer with weights"),
    (lambda: plots.first_layer(rn.Network([rn.Input(5), rn.Dense(1)])), ValueError, "shape: 5 inputs are no square"),
    (lambda: plots.first_layer(pictures.IMAGES, (2, 4)), ValueError, r"shape: \(2, 4\) for 9 inputs"),
    (lambda: plots.first_layer(pictures.IMAGES, 9), TypeError, "shape: 9"),
    (lambda: plots.first_layer(pictures.IMAGES, most=0), ValueError, "most: 0"),
    (lambda: plots.layer_sizes([]), TypeError, "records"),
    (lambda: plots.layer_sizes([{"gradient": {}}]), TypeError, "records"),
    (lambda: plots.layer_sizes([{"epoch": 1}]), ValueError, "records: epoch; allowed beside the epoch"),
    (lambda: plots.layer_sizes([*pictures.RECORDS, {"epoch": 4}]), ValueError, "in all alike"),
    (lambda: plots.layer_sizes(pictures.RECORDS, "bias"), ValueError, "kinds: 'bias'; allowed: 'activation'"),
])  # fmt: skip
def test_what_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
