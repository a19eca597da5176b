"""What holds for every picture? 800 pixels, text of at least 10 points, labelled axes, the axes of the caller."""

import re
import sys
from functools import lru_cache
from pathlib import Path

import pictures
import pytest

import refnet as rn
from refnet import plots

NOT_DRAWN = {"digits", "duration", "in_order", "new_figure", "draw_graph", "draw_benchmarks"}  # files of another kind
ALL = {**pictures.ON_AXES, **pictures.ON_FIGURE}


@lru_cache(None)
def figure_of(name):
    pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")
    return pictures.ON_AXES[name]().figure if name in pictures.ON_AXES else pictures.ON_FIGURE[name]()


def test_every_picture_is_tested_here():
    assert set(ALL) == set(plots.__all__) - NOT_DRAWN


def test_the_gallery_lists_every_function():
    page = (Path(__file__).resolve().parents[2] / "docs" / "gallery.md").read_text(encoding="utf-8")
    table = [line for line in page.splitlines() if line.startswith("| ")]
    listed = re.findall(r"`plots\.(\w+)", "".join(table))
    assert sorted(listed) == sorted(plots.__all__)


@pytest.mark.parametrize("name", ALL)
def test_it_is_legible_at_800_pixels(name, monkeypatch):
    figure = figure_of(name)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    drawn, draw = [], Text.draw
    monkeypatch.setattr(Text, "draw", lambda text, renderer: (drawn.append(text), draw(text, renderer)))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    assert canvas.get_width_height()[0] == 800
    words = [text for text in drawn if text.get_visible() and text.get_text().strip()]
    assert words and min(text.get_fontsize() for text in words) >= 10
    for text in words:
        found = text.get_window_extent()
        inside = figure.bbox.x0 <= found.x0 + 1 and found.x1 <= figure.bbox.x1 + 1
        assert inside and figure.bbox.y0 <= found.y0 + 1 and found.y1 <= figure.bbox.y1 + 1, text


def labelled(axes, which, panels):
    """Whether an axis has a label, or a panel in the same column (or row) has it."""
    columns_or_rows = "colspan" if which == "x" else "rowspan"
    place = getattr(axes.get_subplotspec(), columns_or_rows)
    return any(getattr(each, f"get_{which}label")() for each in panels
               if each is axes or getattr(each.get_subplotspec(), columns_or_rows) == place)


@pytest.mark.parametrize("name", ALL)
def test_it_says_what_it_shows(name):
    """A title above, and a label at each axis that is drawn, or at that of the panel below or on its left."""
    figure = figure_of(name)
    own = [axes for axes in figure.axes if not hasattr(axes, "_colorbar")]
    titles = [axes.get_title() for axes in own] + [part.get_suptitle() for part in (figure, *figure.subfigs)]
    titles += [part.get_suptitle() for band in figure.subfigs for part in band.subfigs]
    assert any(titles)
    for axes in own:
        if axes.axison:
            assert labelled(axes, "x", own) and labelled(axes, "y", own)


@pytest.mark.parametrize("name", pictures.ON_AXES)
def test_it_draws_on_axes_that_it_is_given(name):
    figure = pytest.importorskip("matplotlib.figure").Figure()
    first, second = figure.subplots(1, 2)
    assert pictures.ON_AXES[name](axes=second) is second
    assert second.has_data() and not first.has_data()


@pytest.mark.parametrize("name", pictures.ON_FIGURE)
def test_it_draws_into_a_figure_that_it_is_given(name):
    figure = pytest.importorskip("matplotlib.figure").Figure()
    first, second = figure.subfigures(1, 2)
    assert pictures.ON_FIGURE[name](figure=second) is second
    assert second.axes or second.subfigs
    assert not first.axes and not first.subfigs


@pytest.mark.parametrize("name", ALL)
def test_other_axes_are_refused(name):
    pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")
    argument = "axes" if name in pictures.ON_AXES else "figure"
    with pytest.raises(TypeError, match=f"{argument}: 'x'; expected matplotlib's"):
        ALL[name](**{argument: "x"})


STRANGE = ["$5 to $10", r"$\frac$", "_x"]


def strange_pictures():
    """Pictures with texts of a user that matplotlib would take for something else."""
    rows, names = pictures.three_examples()
    names = [STRANGE[("left", "right", "top").index(name)] for name in names]
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Softmax()], seed=1, backend="python")
    net.fit(rows, names, epochs=2)
    histories = {name: {"loss": [1.0, 0.5]} for name in STRANGE}
    yield plots.decision_surface(net, rows, names, points=5).figure, STRANGE
    yield plots.hidden_units(net, rows, names, points=5), STRANGE
    yield plots.confusion_matrix(names, names).figure, STRANGE
    scores = {name: [0.1, 0.9] for name in STRANGE}
    yield plots.roc([0, 1], scores).figure, [f"{name}, AUC 1.0000" for name in STRANGE]
    yield plots.compare_histories(histories).figure, STRANGE
    yield plots.history({"$a$_$b$": [1.0]}), ["$a$_$b$"]
    yield plots.layer_sizes([{"epoch": 1, "gradient": dict.fromkeys(STRANGE, 1.0)}]), STRANGE
    yield plots.optimizer_paths({name: rn.SGD(0.1) for name in STRANGE}, steps=1).figure, STRANGE
    yield plots.firing_rate(dict.fromkeys(STRANGE, pictures.NEURON), [0.0, 3.0]).figure, STRANGE
    yield plots.spike_raster([[1.0]] * 3, STRANGE).figure, STRANGE


def test_texts_of_users_are_drawn_as_they_are(monkeypatch):
    pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

    drawn, draw = [], RendererAgg.draw_text

    def note(self, gc, x, y, text, prop, angle, ismath=False, mtext=None):
        drawn.append((text, ismath))
        draw(self, gc, x, y, text, prop, angle, ismath, mtext)

    monkeypatch.setattr(RendererAgg, "draw_text", note)
    for figure, texts in strange_pictures():
        drawn.clear()
        FigureCanvasAgg(figure).draw()
        assert not any(ismath for _, ismath in drawn)
        shown = [text.strip() for text, _ in drawn]
        assert all(line in shown for text in texts for line in text.split("\n")), (texts, shown)


def test_titles_stay_inside_of_small_axes():
    pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = plots.new_figure(8.0, 6.0)
    names = [name for name in pictures.ON_AXES if name not in ("network", "spike_raster")]
    panels = list(figure.subplots(2, 3).flat)
    for axes, name in zip(panels, names[-6:]):
        pictures.ON_AXES[name](axes=axes)
    FigureCanvasAgg(figure).draw()
    boxes = [axes.title.get_window_extent() for axes in panels]
    assert all(box.x0 >= 0 and box.x1 <= 800 and box.y0 >= 0 and box.y1 <= 600 for box in boxes)
    assert all(left.x1 < right.x0 for row in (boxes[:3], boxes[3:]) for left, right in zip(row, row[1:]))


@pytest.mark.parametrize("name", ALL)
def test_without_matplotlib_the_extra_is_named(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'refnet\[plot\]'"):
        ALL[name]()
