"""Do the curves have the numbers of the history and of the tables of selection?"""

import math

import pictures
import pytest

from refnet import plots, selection

pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")


def lines(axes):
    """label → (x, y)"""
    return {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()}


def test_a_history_has_a_panel_for_each_quantity():
    history = pictures.single().history
    assert set(history) == {"loss", "rate", "validation_loss", "validation_accuracy", "validation_f1"}
    loss, accuracy, f1 = plots.history(history).axes
    assert [axes.get_ylabel() for axes in (loss, accuracy, f1)] == ["loss", "accuracy", "f1"]
    assert lines(loss)["training"] == ([1, 2, 3, 4], history["loss"])
    assert lines(loss)["validation"] == ([1, 2, 3, 4], history["validation_loss"])
    assert lines(accuracy)["validation"] == ([1, 2, 3, 4], history["validation_accuracy"])
    assert "training" not in lines(accuracy) and f1.get_xlabel() == "epoch"


def test_the_best_epoch_is_marked():
    values = [0.5, 0.25, math.nan, 0.25, 0.75]
    history = {"loss": values, "validation_loss": values, "validation_f1": values, "validation_own": values}
    loss, f1, own = plots.history(history, log=True).axes
    assert lines(loss)["best: 0.25, epoch 2"] == ([2], [0.25]) and lines(f1)["best: 0.75, epoch 5"] == ([5], [0.75])
    assert len(lines(loss)) == 3 and len(lines(own)) == 1  # nobody knows whether more of one's own is better
    assert loss.get_yscale() == "log"


def test_zero_has_no_place_on_a_logarithmic_scale():
    (axes,) = plots.history({"loss": [0.5, 0.0], "validation_loss": [0.5, 0.0]}, log=True).axes
    drawn = lines(axes)
    assert drawn["training"][1][0] == 0.5 and math.isnan(drawn["training"][1][1]) and len(drawn) == 2


def test_chosen_quantities():
    history = pictures.single().history
    assert [axes.get_ylabel() for axes in plots.history(history, ["rate", "loss"]).axes] == ["rate", "loss"]
    (axes,) = plots.history(history, "f1").axes
    assert lines(axes)["validation"][1] == history["validation_f1"]
    assert [axes.get_ylabel() for axes in plots.history({"rate": [0.1]}).axes] == ["rate"]


def test_histories_are_compared():
    here, other = pictures.single().history, {"loss": [3.0, 2.0, 1.0]}
    axes = plots.compare_histories({"here": here, 0.5: other})
    assert lines(axes) == {"here": ([1, 2, 3, 4], here["loss"]), "0.5": ([1, 2, 3], other["loss"])}
    first, second = axes.get_lines()
    assert first.get_color() != second.get_color() and first.get_linestyle() != second.get_linestyle()


def test_a_learning_curve():
    table = pictures.curve()
    drawn = lines(plots.learning_curve(table, "accuracy", desired=0.9))
    assert drawn["training"] == ([5, 10, 15], [line.training["accuracy"] for line in table])
    assert drawn["validation"] == ([5, 10, 15], [line.validation["accuracy"] for line in table])
    assert drawn["desired"][1] == [0.9, 0.9]


def test_each_fold_is_a_point():
    table = pictures.curve(folds=2)
    axes = plots.learning_curve(table)
    training, validation = (each.get_offsets().tolist() for each in axes.collections)
    assert validation == [[line.parameters["examples"], fit.validation["loss"]] for line in table for fit in line.fits]
    assert training == [[line.parameters["examples"], fit.training["loss"]] for line in table for fit in line.fits]
    assert len(validation) == 6 and not plots.learning_curve(pictures.curve()).collections


def test_error_against_lambda():
    result = pictures.grid(0.01, 0.02, 0.04)
    axes = plots.error_against_lambda(result)
    drawn = lines(axes)
    assert drawn["training"] == ([0.01, 0.02, 0.04], [line.training["loss"] for line in result.table])
    assert drawn["validation"] == ([0.01, 0.02, 0.04], [line.validation["loss"] for line in result.table])
    best = result.best.parameters["lam"]
    assert drawn[f"best: λ = {best}"][0] == [best, best]
    assert (axes.get_xscale(), axes.get_xlabel(), axes.get_title()) == ("log", "λ", "Loss against λ")


def test_values_that_have_no_logarithm_stand_side_by_side():
    axes = plots.error_against_lambda(pictures.grid(0.0, 0.01, 0.1))
    assert lines(axes)["validation"][0] == [0, 1, 2] and axes.get_xscale() == "linear"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0.0", "0.01", "0.1"]


RESULT = selection.Result(None, None, [selection.Line({"lam": 1.0, "units": 2}, 0.5, 0.0, {"loss": 0.5}, {}, [])],
                          "loss", "min")


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: plots.history([1.0]), TypeError, "history"),
    (lambda: plots.history({}), ValueError, "no epoch"),
    (lambda: plots.history({"loss": []}), ValueError, "no epoch"),
    (lambda: plots.history({"loss": [1.0]}, ["f1"]), ValueError, "quantities: 'f1'; allowed: 'loss'"),
    (lambda: plots.history({"loss": [1.0]}, []), ValueError, "quantities: none; allowed: 'loss'"),
    (lambda: plots.compare_histories({"loss": [1.0]}), TypeError, "histories"),
    (lambda: plots.compare_histories([]), TypeError, "histories"),
    (lambda: plots.compare_histories({"a": {"loss": [1.0]}}, "f1"), ValueError, "quantity: 'f1'; 'a' has 'loss'"),
    (lambda: plots.learning_curve([]), TypeError, "lines"),
    (lambda: plots.learning_curve([1.0]), TypeError, "lines"),
    (lambda: plots.learning_curve(pictures.curve(), "f1"), ValueError, "quantity: 'f1'"),
    (lambda: plots.learning_curve(pictures.curve(), desired="low"), TypeError, "desired"),
    (lambda: plots.error_against_lambda([]), TypeError, "result"),
    (lambda: plots.error_against_lambda(RESULT), ValueError, "its parameters are lam, units; allowed: one"),
    (lambda: plots.error_against_lambda(pictures.grid(0.01, 0.02), "f1"), ValueError, "quantity: 'f1'"),
])  # fmt: skip
def test_what_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
