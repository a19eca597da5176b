"""Is what is printed of a search short? Not the histories of all its fits, which may be thousands of numbers."""

import refnet as rn
from refnet import selection

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
