"""The figures, by their artists: what is drawn, not what it looks like."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from bp import figures, two_layer
from bp.palette import LIGHT

PARAMS, X, T = two_layer.worked_example()
TRACE = two_layer.forward(PARAMS, X)
DELTAS = two_layer.deltas(PARAMS, TRACE, T)


def labels(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def arrows(figure):
    return [
        text
        for text in figure.axes[0].texts
        if isinstance(text, Annotation) and text.arrow_patch is not None
    ]


def curve(figure, k: int = 0, panel: int = 0):
    return figure.axes[panel].get_lines()[k].get_xydata()


def test_network_shows_every_unit_weight_bias_and_target():
    shown = set(labels(figures.network()))
    assert {f"$w_{{{i}{j}}}$" for i in (1, 2) for j in (1, 2, 3)} <= shown
    assert {f"$u_{{{j}{k}}}$" for j in (1, 2, 3) for k in (1, 2)} <= shown
    assert {f"$b^{{(1)}}_{j}$" for j in (1, 2, 3)} <= shown
    assert {f"$b^{{(2)}}_{k}$" for k in (1, 2)} <= shown
    units = {"x": 2, "h": 3, "y": 2, "t": 2}
    assert {f"${letter}_{k}$" for letter, n in units.items() for k in range(1, n + 1)} <= shown
    assert len(shown) == 17 + 9


def test_network_has_an_arrow_for_each_of_the_seventeen_parameters():
    drawn = arrows(figures.network())
    assert len(drawn) == 17
    ends = {(tuple(np.round(a.xyann, 6)), tuple(np.round(a.xy, 6))) for a in drawn}
    assert len(ends) == 17
    for start, end in ends:
        assert start[0] < end[0] or (start[0] == end[0] and start[1] > end[1])


def test_network_shows_the_numbers_of_the_forward_pass():
    shown = labels(figures.network(PARAMS, TRACE, T))
    for array in (PARAMS.w, PARAMS.b1, PARAMS.u, PARAMS.b2, X, T):
        for number in array.ravel():
            assert f"{number:.1f}".replace("-", "−") in shown
    for number in [*TRACE.h.ravel(), *TRACE.y.ravel()]:
        assert f"{number:.4f}" in shown


def test_each_weight_is_written_on_its_own_arrow():
    figure = figures.network(PARAMS, TRACE, T)
    w21 = next(
        text
        for text in figure.axes[0].texts
        if text.get_text() == f"{PARAMS.w[1, 0]:.1f}"
        and text.get_position()[0] < figures.COLUMN["h"]
    )
    start, end = figures._place("x", 2, 2), figures._place("h", 1, 3)
    at = np.array(w21.get_position())
    along = (at - start)[0] / (np.array(end) - start)[0]
    assert 0 < along < 1
    assert np.allclose(at, start + along * (np.array(end) - start))


def test_error_signals_stand_in_the_place_of_the_biases():
    shown = labels(figures.network(PARAMS, TRACE, T, DELTAS))
    for layer, row in ((1, DELTAS.delta1), (2, DELTAS.delta2)):
        for j, number in enumerate(row[0], start=1):
            text = f"{number:.4f}".replace("-", "−")
            # The number is no part of the formula, in which a minus would stand apart from it.
            assert {rf"$\delta^{{({layer})}}_{j}$", f"= {text}"} <= set(shown)
    assert len(arrows(figures.network(PARAMS, TRACE, T, DELTAS))) == 12


def test_only_what_is_lit_is_labelled():
    shown = labels(figures.network(PARAMS, TRACE, T, DELTAS, lit=["h1", "u11", "y1"]))
    assert "−0.7" in shown and "0.5" not in shown
    assert sum("delta" in text for text in shown) == 2


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="lit must hold names such as 'w11', got w44"):
        figures.network(lit=["w44"])


def test_parts_of_the_net_have_their_colours():
    figure = figures.network()
    colour = {text.get_text(): to_hex(text.get_color()) for text in figure.axes[0].texts}
    for letter, part in figures.KIND.items():
        assert colour[f"${letter}_1$"] == LIGHT[part]


def test_descent_draws_each_rule_on_the_loss():
    visited = {"one": [5.0, 4.0], "two": [5.0, -1.0, 0.0]}
    figure = figures.descent_on_parabola(lambda p: (p - 2) ** 2 / 2, visited)
    for panel, (label, steps) in enumerate(visited.items()):
        assert figure.axes[panel].get_title() == label
        assert np.array_equal(curve(figure, 1, panel)[:, 0], steps)
        assert np.array_equal(curve(figure, 1, panel)[:, 1], (np.array(steps) - 2) ** 2 / 2)


def test_passes_are_drawn_as_given():
    figure = figures.passes([17, 100], [34, 200], [3, 3])
    assert curve(figure, 0).tolist() == [[17, 34], [100, 200]]
    assert curve(figure, 1).tolist() == [[17, 3], [100, 3]]
    assert figure.axes[0].get_xscale() == figure.axes[0].get_yscale() == "log"


def test_times_are_drawn_as_given():
    times = {"nudging": [(17, 1e-3), (100, 1e-2)], "backpropagation": [(17, 2e-5), (100, 3e-5)]}
    figure = figures.gradient_times(times)
    assert curve(figure, 0).tolist() == [[17, 1e-3], [100, 1e-2]]
    assert curve(figure, 1).tolist() == [[17, 2e-5], [100, 3e-5]]
    assert set(labels(figure)) == set(times)
    assert figure.axes[0].get_xscale() == figure.axes[0].get_yscale() == "log"


def test_sigmoid_and_slope_are_drawn_as_given():
    figure = figures.sigmoid_and_slope(
        np.array([0.0, 1.0]), np.array([0.5, 0.7]), np.array([0.25, 0.2])
    )
    assert curve(figure, 0).tolist() == [[0, 0.5], [1, 0.7]]
    assert curve(figure, 1).tolist() == [[0, 0.25], [1, 0.2]]


def test_an_error_of_zero_is_drawn_at_the_bottom():
    figure = figures.difference_errors([1e-3, 1e-1], {"kind": [0.0, 1e-2]})
    assert curve(figure).tolist() == [[1e-3, 1e-17], [1e-1, 1e-2]]


def test_the_top_of_the_error_signal_is_marked():
    y, delta = np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.3, 0.1])
    figure = figures.confidently_wrong(y, delta)
    assert curve(figure, 0)[:, 1].tolist() == delta.tolist()
    assert curve(figure, 1).tolist() == [[0.5, 0.3]]


def test_order_of_updates_is_drawn_as_given():
    figure = figures.order_of_updates(np.array([0.1, 1.0]), np.array([0.01, 0.1]))
    assert curve(figure).tolist() == [[0.1, 0.01], [1.0, 0.1]]


@pytest.mark.parametrize("log", [True, False])
def test_loss_curves_start_at_step_zero(log):
    figure = figures.loss_curves({"one": [4.0, 2.0, 1.0], "two": [3.0, 2.5]}, log=log)
    assert curve(figure, 0).tolist() == [[0, 4], [1, 2], [2, 1]]
    assert curve(figure, 1).tolist() == [[0, 3], [1, 2.5]]
    assert figure.axes[0].get_yscale() == ("log" if log else "linear")
    assert labels(figure) == ["one", "two"]


@pytest.mark.parametrize(
    "draw",
    [
        figures.loss_curves,
        lambda curves: figures.difference_errors([1.0, 2.0], curves),
        lambda curves: figures.gradient_times(
            {k: [(1, v[0]), (2, v[1])] for k, v in curves.items()}
        ),
    ],
)
def test_no_curve_is_dropped(draw):
    """Four are drawn, each in a look of its own, and a fifth is refused."""
    curves = {name: [1.0, 0.5] for name in "abcd"}
    drawn = draw(curves).axes[0].get_lines()
    assert len({(line.get_color(), line.get_linestyle()) for line in drawn}) == 4
    with pytest.raises(ValueError, match=r"^\w+ must hold 4 curves or fewer, got 5$"):
        draw({**curves, "e": [1.0, 0.5]})


def test_decision_maps_mark_examples_by_their_targets():
    x, t = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[0, 1], [1, 0]])
    figure = figures.decision_maps(lambda points: np.clip(points, 0, 1), x, t, ["left", "right"])
    for k, (axes, title) in enumerate(zip(figure.axes, ["left", "right"], strict=True)):
        assert axes.get_title() == title
        marks = {
            tuple(line.get_xydata()[0]): to_hex(line.get_markerfacecolor())
            for line in axes.get_lines()
        }
        for row, target in zip(x, t[:, k], strict=True):
            assert marks[tuple(row)] == (LIGHT["target"] if target else LIGHT["paper"])


def test_svg_is_the_same_on_every_run_and_names_no_date_or_program():
    one, two = (figures.network(PARAMS, TRACE, T)._repr_svg_() for _ in range(2))
    assert one == two
    assert one.startswith("<svg") and "matplotlib" not in one.lower() and "<dc:date>" not in one


def test_curves_have_their_labels_at_their_ends_in_no_colour_of_a_part():
    axes = figures.loss_curves({"low": [1.0, 0.2], "high": [1.0, 0.5], "top": [1.0, 0.9]}).axes[0]
    heights = [text.get_position()[1] for text in axes.texts]
    assert labels(axes.figure) == ["low", "high", "top"] and heights == sorted(heights)
    drawn = [*axes.get_lines(), *axes.texts]
    assert {to_hex(artist.get_color()) for artist in drawn} == {LIGHT["ink"], LIGHT["muted"]}


def test_curves_that_end_together_are_named_below_with_their_lines():
    figure = figures.loss_curves({name: [1.0, 0.5] for name in "abcd"})
    assert labels(figure) == []
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list("abcd")
    assert [line.get_linestyle() for line in legend.get_lines()] == ["-", "--", ":", "-."]


def test_svg_coordinates_have_two_decimals_and_what_is_written_keeps_its_own():
    svg = figures.network(PARAMS, TRACE, T)._repr_svg_()
    assert ">0.8481<" in svg
    assert not re.search(r"\.\d{3,}", "".join(re.findall(r"<[^>]*>", svg)))


def test_svg_uses_no_colour_outside_the_palette():
    drawn = set(
        re.findall(r"#[0-9a-f]{6}\b", figures.network(PARAMS, TRACE, T, DELTAS)._repr_svg_())
    )
    assert drawn <= set(LIGHT.values())
