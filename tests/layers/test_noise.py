"""Which units do dropout, noise and jitter change, how, and which random draws do they use?"""

import math

import pytest
from kernel_helpers import same
from refusals import refused_with

import refnet as rn
from refnet.arithmetic import random
from refnet.arithmetic.random import stream_key
from refnet.arithmetic.streams import LAYER_STREAM

INF, NAN = math.inf, math.nan
ROWS = [[1.0, -2.0, 3.5, 0.1], [0.7, 0.0, -0.0, 5.0], [-1e9, 1e-9, 2.0, 3.0]]
SEED = 5
KEY = stream_key(SEED, LAYER_STREAM + 1)  # of the layer behind Input
MAKE = [
    lambda: rn.Dropout(0.4), lambda: rn.Dropout(0.4, scaling="prediction"), lambda: rn.GaussianNoise(0.5),
    lambda: rn.MultiplicativeNoise(0.5), lambda: rn.Jitter(2, 2),
]  # fmt: skip
NAMES = ["Dropout", "Dropout(scaling='prediction')", "GaussianNoise", "MultiplicativeNoise", "Jitter"]
every_layer = pytest.mark.parametrize("make", MAKE, ids=NAMES)


def network(layer, backend, units=4):
    """Input and the layer alone: outputs and input gradients are those of the layer."""
    return rn.Network([rn.Input(units), layer], backend=backend, seed=SEED)


def gradient(net, d):
    return net.backward(d, input_gradient=True)


def drawn(net, layer=1):
    return net.k.tolist(net.layers[layer].buffers["drawn"])[0][0]


def uniforms(rows, columns, first=0):
    return [[random.uniform(KEY, first + i * columns + j) for j in range(columns)] for i in range(rows)]


def normals(rows, columns, first=0):
    return [[random.normal(KEY, first + i * columns + j) for j in range(columns)] for i in range(rows)]


# --- Dropout ----------------------------------------------------------------------------------------------------


def test_dropout_keeps_where_u_is_at_least_p_and_divides_by_1_minus_p(backend):
    net = network(rn.Dropout(0.3), backend)
    kept = [[u >= 0.3 for u in row] for row in uniforms(3, 4)]
    assert {keep for row in kept for keep in row} == {True, False}
    expected = [[x / (1.0 - 0.3) if keep else 0.0 for x, keep in zip(*each)] for each in zip(ROWS, kept)]
    same(net.forward(ROWS, training=True), expected)
    same(gradient(net, ROWS), expected)  # linear: the gradient is scaled alike
    reciprocal = [[x * (1.0 / (1.0 - 0.3)) if keep else 0.0 for x, keep in zip(*each)] for each in zip(ROWS, kept)]
    assert reciprocal != expected  # with these numbers x/(1−p) and x·(1/(1−p)) differ


def test_dropout_at_prediction_lets_everything_pass(backend):
    net = network(rn.Dropout(0.3), backend)
    same(net.forward(ROWS), ROWS)
    same(gradient(net, ROWS), ROWS)
    assert net.predict(ROWS) == ROWS


def test_dropout_as_in_lecture_004_scales_at_prediction(backend):
    net = network(rn.Dropout(0.25, scaling="prediction"), backend)
    kept = [[u >= 0.25 for u in row] for row in uniforms(3, 4)]
    expected = [[x if keep else 0.0 for x, keep in zip(*each)] for each in zip(ROWS, kept)]
    same(net.forward(ROWS, training=True), expected)
    same(gradient(net, ROWS), expected)
    assert net.forward([[4.0, -8.0, 0.5, 0.0]]) == [[3.0, -6.0, 0.375, 0.0]]
    assert gradient(net, [[4.0, -8.0, 0.5, 0.0]]) == [[3.0, -6.0, 0.375, 0.0]]


def test_a_unit_switched_off_is_0_whatever_it_was(k):
    wild = [[NAN, INF, -INF, -0.0, -1.0]]
    start = k.matrix([[0.0]])
    same(k.tolist(k.dropout(k.matrix(wild), 9, start, 1.0, 1.0)), [[0.0] * 5])
    same(k.tolist(k.dropout(k.matrix(wild), 9, start, 0.0, 1.0)), wild)


def test_a_uniform_of_exactly_p_is_kept(k):
    u = random.uniform(9, 3)
    ones, third = k.matrix([[1.0]]), k.matrix([[3.0]])
    assert k.tolist(k.dropout(ones, 9, third, u, 1.0)) == [[1.0]]
    assert k.tolist(k.dropout(ones, 9, third, math.nextafter(u, 1.0), 1.0)) == [[0.0]]


def test_dropout_switches_off_a_share_of_p_and_keeps_the_mean(backend):
    rows = 100 if backend == "python" else 1000
    net = network(rn.Dropout(0.2), backend, units=100)
    values = [value for row in net.forward([[1.0] * 100] * rows, training=True) for value in row]
    n = len(values)
    assert set(values) == {0.0, 1.25}
    # four standard deviations √(p(1 − p)/n) of a share; fixed draws, so this never flakes
    assert abs(values.count(0.0) / n - 0.2) < 4.0 * math.sqrt(0.16 / n)


# --- Gaussian noise ---------------------------------------------------------------------------------------------


def test_gaussian_noise_adds_sigma_times_a_normal(backend):
    net = network(rn.GaussianNoise(0.3), backend)
    expected = [[x + 0.3 * number for x, number in zip(*each)] for each in zip(ROWS, normals(3, 4))]
    assert net.forward(ROWS, training=True) == expected != ROWS
    assert gradient(net, ROWS) == ROWS
    assert net.forward(ROWS) == ROWS


def test_multiplicative_noise_multiplies_by_1_plus_sigma_times_a_normal(backend):
    net = network(rn.MultiplicativeNoise(0.3), backend)
    expected = [[x * (1.0 + 0.3 * number) for x, number in zip(*each)] for each in zip(ROWS, normals(3, 4))]
    assert net.forward(ROWS, training=True) == expected != ROWS
    assert gradient(net, ROWS) == expected
    assert net.forward(ROWS) == ROWS
    assert gradient(net, ROWS) == ROWS


# --- Jitter -----------------------------------------------------------------------------------------------------

IMAGE = [1.0, 2.0, 3.0,
         4.0, 5.0, 6.0]  # fmt: skip
MOVED = [
    (0.0, 0.0, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
    (1.0, 0.0, [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]),
    (-1.0, 0.0, [4.0, 5.0, 6.0, 0.0, 0.0, 0.0]),
    (0.0, 1.0, [0.0, 1.0, 2.0, 0.0, 4.0, 5.0]),
    (0.0, -2.0, [3.0, 0.0, 0.0, 6.0, 0.0, 0.0]),
    (1.0, -1.0, [0.0, 0.0, 0.0, 2.0, 3.0, 0.0]),
    (-1.0, 2.0, [0.0, 0.0, 4.0, 0.0, 0.0, 0.0]),
    (2.0, 0.0, [0.0] * 6),
    (0.0, 3.0, [0.0] * 6),
]


@pytest.mark.parametrize("down, right, expected", MOVED)
def test_an_image_is_moved_down_and_right(k, down, right, expected):
    found = k.shift_images(k.matrix([IMAGE]), k.matrix([[down, right]]), 3, 0.0)
    assert k.tolist(found) == [expected]


@pytest.mark.parametrize("far", [1e300, -1e300, INF, -INF, NAN, 2.0**63, -(2.0**63)])
def test_moved_out_of_any_sight(k, far):
    for move in ([far, 0.0], [0.0, far], [far, far]):
        assert k.tolist(k.shift_images(k.matrix([IMAGE]), k.matrix([move]), 3, 0.0)) == [[0.0] * 6]


def test_a_last_line_that_is_short(k):
    """A width that does not divide the row: places beyond its end are left out."""
    image, moves = k.matrix([[1.0, 2.0, 3.0, 4.0, 5.0]]), k.matrix([[-1.0, 0.0]])
    assert k.tolist(k.shift_images(image, moves, 3, 0.0)) == [[4.0, 5.0, 0.0, 0.0, 0.0]]
    assert k.tolist(k.shift_images(image, moves, 7, 0.0)) == [[0.0] * 5]
    assert k.tolist(k.shift_images(image, moves, 2**62, 0.0)) == [[0.0] * 5]


def test_moves_are_whole_and_as_likely_as_one_another(k):
    moves = [m for row in k.tolist(k.random_moves(3, k.matrix([[0.0]]), 2.0, 500, 2)) for m in row]
    assert moves[:8] == [math.floor(5.0 * random.uniform(3, n)) - 2.0 for n in range(8)]
    assert set(moves) == {-2.0, -1.0, 0.0, 1.0, 2.0}
    # 1000 of 5 kinds: 200 ± four standard deviations √(1000 · 0.2 · 0.8)
    assert all(abs(moves.count(m) - 200) < 51 for m in set(moves))


def test_jitter_moves_each_row_and_its_gradient_back(backend):
    net = network(rn.Jitter(width=3, height=2, shift=1), backend, units=6)
    moves = [[math.floor(3.0 * u) - 1.0 for u in row] for row in uniforms(20, 2)]
    assert len({tuple(move) for move in moves}) > 5
    images = [[10.0 * i + pixel for pixel in IMAGE] for i in range(20)]
    found = net.forward(images, training=True)
    back = gradient(net, images)
    for image, (down, right), after, d in zip(images, moves, found, back):
        for line in range(2):
            for column in range(3):
                for sign, value in ((1, after), (-1, d)):
                    y, x = int(line - sign * down), int(column - sign * right)
                    inside = 0 <= y < 2 and 0 <= x < 3
                    assert value[3 * line + column] == (image[3 * y + x] if inside else 0.0)
    assert net.forward(images) == images == gradient(net, images)


def test_jitter_says_which_inputs_it_expects(backend):
    with pytest.raises(ValueError, match=r"jitter1: 4 .*3×2"):
        network(rn.Jitter(3, 2), backend)


# --- Which draws are used up ------------------------------------------------------------------------------------


@every_layer
def test_only_a_committed_training_step_uses_draws_up(backend, make):
    net = network(make(), backend)
    first = net.forward(ROWS, training=True)
    assert first != ROWS
    net.forward(ROWS)
    net.predict(ROWS)
    assert drawn(net) == 0.0
    assert net.forward(ROWS, training=True) == first  # the same draws
    net.layers[1].commit()
    per_row = 2 if isinstance(net.layers[1], rn.Jitter) else 4
    assert drawn(net) == 3.0 * per_row
    assert net.forward(ROWS, training=True) != first  # the draws after them
    net.forward(ROWS)
    net.layers[1].commit()  # the last forward pass was a prediction
    assert drawn(net) == 3.0 * per_row


@every_layer
def test_a_row_meets_the_same_noise_however_the_batch_is_split(backend, make):
    whole = network(make(), backend).forward(ROWS, training=True)
    split = network(make(), backend)
    rows = []
    for part in (ROWS[:1], ROWS[1:]):
        rows += split.forward(part, training=True)
        split.layers[1].commit()
    same(rows, whole)


@every_layer
def test_training_counts_the_draws_of_its_steps(backend, make):
    layers = [rn.Input(4), make(), rn.Dense(2)]
    net = rn.Network(layers, backend=backend, seed=SEED)
    per_row = 2.0 if isinstance(layers[1], rn.Jitter) else 4.0
    net.fit(ROWS, [[1.0, 2.0]] * 3, epochs=5, batch_size=2, optimizer=rn.SGD(1e-20))
    assert drawn(net) == 5 * 3 * per_row
    rn.gradient_check(net, ROWS, [[1.0, 2.0]] * 3, training=True)
    net.evaluate(ROWS, [[1.0, 2.0]] * 3)
    assert drawn(net) == 5 * 3 * per_row
    net.fit(ROWS, [[1.0, 2.0]] * 3, epochs=1, validation=(ROWS, [[1.0, 2.0]] * 3))
    assert drawn(net) == 6 * 3 * per_row


@every_layer
def test_a_loop_of_ones_own_and_fit_meet_the_same_noise(backend, make):
    def fresh():
        return rn.Network([rn.Input(4), rn.Dense(4), make(), rn.Dense(2)], backend=backend, seed=SEED)

    inputs, targets = [[0.5, -1.0, 2.0, 0.25]] * 3, [[1.0, 2.0]] * 3
    fitted, own = fresh(), fresh()
    fitted.fit(inputs, targets, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.1), epochs=4, shuffle=False)
    optimizer = rn.SGD(0.1)
    for _ in range(4):
        own.forward(inputs, training=True)
        own.loss(targets, rn.HalfSquaredError())
        own.backward()
        optimizer.update(own)
    assert own.fingerprint() == fitted.fingerprint()
    assert drawn(own, 2) == drawn(fitted, 2) > 0.0


@every_layer
def test_two_layers_and_two_seeds_have_noise_of_their_own(backend, make):
    net = rn.Network([rn.Input(4), make(), rn.Dense(4, bias=False), make()], backend=backend, seed=SEED)
    assert net.layers[1].key != net.layers[3].key
    other = rn.Network([rn.Input(4), make()], backend=backend, seed=SEED + 1)
    assert other.forward(ROWS, training=True) != network(make(), backend).forward(ROWS, training=True)


@every_layer
def test_both_backends_count_and_predict_alike_after_training(both, make):
    nets = []
    for name in ("python", "c"):
        net = rn.Network([rn.Input(4), rn.Dense(4), make(), rn.Dense(2)], backend=name, seed=SEED)
        net.fit(ROWS[:2], [[1.0, 2.0]] * 2, epochs=20, batch_size=1, optimizer=rn.SGD(0.01))
        nets.append(net)
    assert drawn(nets[0], 2) == drawn(nets[1], 2) > 0.0
    assert nets[0].fingerprint() == nets[1].fingerprint()
    for training in (True, False):
        same(nets[0].forward(ROWS[:2], training), nets[1].forward(ROWS[:2], training))


# --- Bad input --------------------------------------------------------------------------------------------------

BAD = [
    (lambda: rn.Dropout(1.0), ValueError, "p: 1.0; allowed: finite numbers >= 0 and < 1"),
    (lambda: rn.Dropout(-0.1), ValueError, "p: -0.1; allowed: finite numbers >= 0 and < 1"),
    (lambda: rn.Dropout(NAN), ValueError, "p: nan; allowed: finite numbers >= 0 and < 1"),
    (lambda: rn.Dropout("0.5"), TypeError, "p: '0.5' is a str; allowed: numbers >= 0 and < 1"),
    (lambda: rn.Dropout(True), TypeError, "p: True is a bool; allowed: numbers >= 0 and < 1"),
    (lambda: rn.Dropout(0.5, scaling="never"), ValueError, "scaling: 'never'; allowed: 'training', 'prediction'"),
    (lambda: rn.GaussianNoise(-1.0), ValueError, "sigma: -1.0; allowed: finite numbers >= 0"),
    (lambda: rn.GaussianNoise(INF), ValueError, "sigma: inf; allowed: finite numbers >= 0"),
    (lambda: rn.GaussianNoise(None), TypeError, "sigma: None is a NoneType; allowed: numbers >= 0"),
    (lambda: rn.MultiplicativeNoise(-1.0), ValueError, "sigma: -1.0; allowed: finite numbers >= 0"),
    (lambda: rn.MultiplicativeNoise(INF), ValueError, "sigma: inf; allowed: finite numbers >= 0"),
    (lambda: rn.Jitter(0, 2), ValueError, "width: 0; allowed: whole numbers >= 1"),
    (lambda: rn.Jitter(2, 0), ValueError, "height: 0; allowed: whole numbers >= 1"),
    (lambda: rn.Jitter(2.0, 2), TypeError, "width: 2.0 is a float; allowed: whole numbers >= 1"),
    (lambda: rn.Jitter(2, 2, shift=0), ValueError, "shift: 0; allowed: whole numbers >= 1"),
    (lambda: rn.Jitter(2, 2, shift=0.5), TypeError, "shift: 0.5 is a float; allowed: whole numbers >= 1"),
]  # fmt: skip


@pytest.mark.parametrize("make, kind, message", BAD)
def test_bad_settings_are_refused(make, kind, message):
    refused_with(make, kind, message.split("; allowed: "))
