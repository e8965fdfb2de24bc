"""The figures of Part II show what they are given."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex

from _site.drawings import inlined
from bp import charts
from bp.palette import LIGHT


def drawn(axes):
    return [line.get_xydata().tolist() for line in axes.get_lines()]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_work_has_a_mark_for_each_count_and_net():
    figure = charts.work(["small", "large"], {"paths": [26, 10**19], "kept": [7, 168]})
    axes = figure.axes[0]
    assert drawn(axes) == [[[26, 1], [1e19, 0]], [[7, 1], [168, 0]]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["small", "large"]
    assert axes.get_xscale() == "log"


def test_digits_have_a_bar_and_a_price_each():
    axes = charts.digits(["one", "two"], [6, 15], ["2 losses", "a tape"]).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [6, 15]
    assert texts(axes) == ["6", "2 losses", "15", "a tape"]


@pytest.mark.parametrize("log", [True, False])
def test_curves_are_drawn_as_given(log):
    x, y = np.array([0.0, 1.0]), np.array([2.0, 3.0])
    axes = charts.curves(x, {"one": y}, xlabel="step", ylabel="loss", log=log).axes[0]
    assert drawn(axes) == [[[0, 2], [1, 3]]]
    assert axes.get_yscale() == ("log" if log else "linear")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "loss")


def test_softmax_links_show_the_four_slopes():
    y = np.array([[0.2, 0.8]])
    shown = re.findall(r">([^<>]+)</text>", charts.softmax_links(y)._repr_svg_())
    assert sorted(text for text in shown if "0.16" in text) == ["0.1600"] * 2 + ["−0.1600"] * 2
    assert {"0.2000", "0.8000"} <= set(shown)


def test_bars_show_their_counts():
    axes = charts.bars(["tanh", "ReLU"], [40, 25], of=40, ylabel="starts").axes[0]
    assert [bar.get_height() for bar in axes.patches] == [40, 25]
    assert texts(axes) == ["40", "25"]


def test_values_stand_left_and_slopes_right():
    a, value, slope = np.array([0.0, 1.0]), np.array([0.5, 0.7]), np.array([0.25, 0.2])
    left, right = charts.values_and_slopes(a, {"one": (value, slope)}).axes
    assert drawn(left) == [[[0, 0.5], [1, 0.7]]] and drawn(right) == [[[0, 0.25], [1, 0.2]]]


def test_charts_use_the_palette_alone_and_refuse_a_fifth_curve():
    five = {name: np.array([1.0, 2.0]) for name in "abcde"}
    for draw in (
        lambda curves: charts.curves(np.array([0.0, 1.0]), curves, xlabel="", ylabel=""),
        lambda curves: charts.work(["s", "l"], curves),
        lambda curves: charts.values_and_slopes(
            np.array([0.0, 1.0]), {name: (one, one) for name, one in curves.items()}
        ),
    ):
        four = dict(list(five.items())[:4])
        lines = draw(four).axes[0].get_lines()
        assert {to_hex(line.get_color()) for line in lines} <= set(LIGHT.values())
        assert len(lines) == 4
        with pytest.raises(ValueError, match="must hold 4 curves or fewer, got 5"):
            draw(five)


def test_turns_have_a_bar_for_each_dial_in_each_panel():
    arrays = {"w": np.array([[0.1, -0.2]]), "b": np.array([0.3])}
    left, right = charts.turns({"one": arrays, "other": {"w": np.ones(2), "b": np.ones(1)}}).axes
    assert [bar.get_height() for bar in left.patches] == [0.1, -0.2, 0.3]
    assert [bar.get_height() for bar in right.patches] == [1, 1, 1]
    assert [label.get_text() for label in left.get_xticklabels()] == ["w", "b"]


def test_a_landscape_has_its_paths():
    x, y = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0])
    path = np.array([[0.0, 0.0], [1.0, 0.5]])
    axes = charts.landscape(x, y, x + y[:, None], {"p": path}, xlabel="a", ylabel="b").axes[0]
    assert drawn(axes) == [path.tolist()]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("a", "b")
    (lines,) = (one for one in axes.collections if len(one.levels) > 3)
    assert (lines.zmin, lines.zmax) == (0, 3)


def test_a_page_has_the_rectangles_of_a_figure_by_their_sides():
    corners = "M 4 83.1 \nL 58 83.1 \nL 58 23 \nL 4 23 \nz\n"
    assert 'd="M4.0 83.1h54.0v-60.1h-54.0z"' in inlined(f'<svg><path d="{corners}"/></svg>', "", "")
    # As Matplotlib writes them: on each image one, and one for each weight.
    svg = inlined(charts.weights({"units": np.ones((2, 64))})._repr_svg_(), "", "")
    assert len(re.findall(r"M[\d.]+ [\d.]+h[\d.-]+v[\d.-]+h[\d.-]+z", svg)) == 2 + 2 * 64
