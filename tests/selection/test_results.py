"""Is what is printed of a search short? Not the histories of all its fits, which may be thousands of numbers."""

import refnet as rn
from refnet import selection
from refnet.arithmetic.elementary import sqrt
from refnet.kernels.reference.sums import total_of

DATA = rn.data.two_moons(24, noise=0.1, seed=1)


def make(seed, backend):
    return rn.Network([rn.Input(2), rn.Dense(2), rn.Tanh(), rn.Dense(2), rn.Softmax()], backend=backend, seed=seed)


def test_lines_fits_and_results(backend, capsys):
    result = selection.grid(make(3, backend), {"epochs": [40, 80]}, DATA.inputs, DATA.targets, folds=2,
                            score="accuracy", executor="serial", report=print, refit=False, batch_size=24)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines == list(map(str, result.table)) and max(map(len, lines)) < 200
    for line, text in zip(result.table, lines):
        epochs = line.parameters["epochs"]
        assert text.startswith(f"Line(epochs={epochs}, score {line.score:.6g} ± {line.deviation:.3g}, training loss ")
        assert f"training loss {line.training['loss']:.6g}, training accuracy {line.training['accuracy']:.6g}" in text
        assert f"validation loss {line.validation['loss']:.6g}" in text and text.endswith(", 2 fits)")
        for fit in line.fits:
            assert f"seed={fit.seed}" in repr(fit) and f"history of {epochs} epochs" in repr(fit)
            assert len(repr(fit)) < 350 and fit.fingerprint[:12] in repr(fit)
    assert repr(result) == str(result) and len(repr(result).splitlines()) == 3


def test_a_single_fit_without_validation(backend):
    def maker(seed):
        return make(seed, backend)

    (line,) = selection.restarts(maker, 1, DATA.inputs, DATA.targets, executor="serial", epochs=1).table
    assert "±" not in str(line) and "validation" not in str(line) and str(line).endswith(", 1 fit)")
    assert "history of 1 epoch," in repr(line.fits[0])


def by_name(activation, seed):
    return rn.Network([rn.Input(2), rn.Dense(3), activation, rn.Dense(2), "softmax"], seed=seed)


def test_activations_to_try_by_name():
    """Text is natural here: it is what the table shows."""
    result = selection.grid(by_name, {"activation": ["relu", "tanh"]}, DATA.inputs, DATA.targets, folds=2, epochs=2)
    assert [line.parameters["activation"] for line in result.table] == ["relu", "tanh"]
    assert str(result).count("'tanh'") == 1 and result.table[0].score != result.table[1].score


def test_optimizers_are_shown_by_what_is_not_their_default(backend):
    optimizers = [rn.Adam(0.01), rn.Adam(weight_decay=0.25), rn.Adam(0.01, weight_decay=0.25, clip=rn.ClipNorm(1.0)),
                  rn.SGD(rn.CosineDecay(0.5, epochs=3)), rn.SGD(), rn.Momentum(rn.Warmup(0.1, 2, start=0.05), 0.5)]
    result = selection.grid(make(3, backend), {"optimizer": optimizers}, DATA.inputs, DATA.targets, folds=2,
                            executor="serial", refit=False, epochs=1)
    shown = ["Adam(rate=0.01)", "Adam(weight_decay=0.25)",
             "Adam(rate=0.01, weight_decay=0.25, clip=ClipNorm(limit=1.0))",
             "SGD(rate=CosineDecay(rate=0.5, epochs=3))", "SGD()",
             "Momentum(rate=Warmup(rate=0.1, epochs=2, start=0.05), mu=0.5)"]
    for line, written, row in zip(result.table, shown, str(result).splitlines()[1:]):
        assert row.strip().startswith(f"{written[:60]}  ") and str(line).startswith(f"Line(optimizer={written[:60]},")


def test_what_is_cut_is_told_apart(backend):
    penalties = [[rn.L2(0.0001220703125), rn.L1(0.0001220703125), rn.L2(lam, start=2)] for lam in (0.25, 0.5)]
    result = selection.grid(make(3, backend), {"penalty": penalties, "epochs": [1, 1]}, DATA.inputs, DATA.targets,
                            folds=2, executor="serial", refit=False)
    rows = [row.split("]")[0].strip() for row in str(result).splitlines()[1:]]
    assert rows[0] == rows[1] == "[L2(lam=0.0001220703125), L1(lam=0.0001220703125), L2(lam=0.25, start=2)"
    assert rows[2] == rows[3] == rows[0].replace("0.25", "0.5")


# --- Over seeds ---

HELD_OUT = rn.data.two_moons(10, noise=0.1, seed=2)
VALIDATION = HELD_OUT.inputs, HELD_OUT.targets
OPTIMIZERS = {"optimizer": [rn.SGD(0.25), rn.Adam(0.05)]}


def test_a_line_over_seeds_is_the_mean_of_the_fits_with_each(backend):
    def maker(seed):
        return make(seed, backend)

    once = selection.grid(maker, OPTIMIZERS, DATA.inputs, DATA.targets, validation=VALIDATION, seeds=3, seed=5,
                          executor="serial", epochs=3)
    each = selection.grid(maker, {**OPTIMIZERS, "seed": selection.seeds(3, 5)}, DATA.inputs, DATA.targets,
                          validation=VALIDATION, executor="serial", epochs=3)
    fits, theirs = ([str(fit) for line in result.table for fit in line.fits] for result in (once, each))
    assert fits == theirs
    for i, line in enumerate(once.table):
        a, b, c = (each.table[3 * i + j].score for j in range(3))
        mean = (a + b + c) / 3
        assert line.score == line.validation["loss"] == mean and len(line.fits) == 3
        squares = [(score - mean) * (score - mean) for score in (a, b, c)]
        assert line.deviation == sqrt((squares[0] + squares[1] + squares[2]) / 3) > 0.0
    assert str(once).count("±") == 2 and str(once.best).endswith(", 3 fits)")
    # The network is that of the first seed, whichever was the luckiest.
    lucky = [min(line.fits, key=lambda fit: fit.validation["loss"]).seed for line in once.table]
    assert once.network.fingerprint() == once.best.fits[0].fingerprint and 5 not in lucky


def mean_of(values):
    return total_of(values) / len(values)


def test_seeds_and_folds(backend):
    """The first fits are those without seeds; each has a seed of its own, and all seeds have the same folds."""
    def maker(seed):
        return make(seed, backend)

    arguments = {"folds": 2, "executor": "serial", "seed": 7, "epochs": 2}
    line = selection.cross_validate(maker, DATA.inputs, DATA.targets, seeds=3, **arguments)
    plain = selection.cross_validate(maker, DATA.inputs, DATA.targets, **arguments)
    assert [fit.seed for fit in line.fits] == selection.seeds(6, 7) and len({fit.seed for fit in line.fits}) == 6
    assert list(map(str, line.fits[:2])) == list(map(str, plain.fits))
    assert line.score == mean_of([fit.validation["loss"] for fit in line.fits]) != plain.score
    result = selection.grid(maker, {"epochs": [2]}, DATA.inputs, DATA.targets, folds=2, seeds=3, seed=7,
                            executor="serial")
    assert result.table == [line._replace(parameters={"epochs": 2})]
    again = make(7, backend)
    again.fit(DATA.inputs, DATA.targets, epochs=2)
    assert result.network.fingerprint() == again.fingerprint()


def test_a_learning_curve_over_seeds(backend):
    lines = selection.learning_curve(lambda seed: make(seed, backend), [6, 12], DATA.inputs, DATA.targets,
                                     validation=VALIDATION, seeds=2, executor="serial", epochs=1)
    assert [(line.parameters, [fit.seed for fit in line.fits]) for line in lines] == [
        ({"examples": 6}, selection.seeds(2)), ({"examples": 12}, selection.seeds(2))]
