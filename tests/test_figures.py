"""The figures, by their artists and elements: what is drawn, not what it looks like."""

import re

import numpy as np
import pytest
from lxml import html
from matplotlib.colors import to_hex

from bp import drawing, figures, two_layer
from bp.palette import LIGHT

PARAMS, X, T = two_layer.worked_example()
TRACE = two_layer.forward(PARAMS, X)
DELTAS = two_layer.deltas(PARAMS, TRACE, T)


def labels(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def curve(figure, k: int = 0, panel: int = 0):
    return figure.axes[panel].get_lines()[k].get_xydata()


def written(net) -> dict[str, html.HtmlElement]:
    """Return the texts of a drawing of the net by what they say."""
    return {text.text_content(): text for text in html.fromstring(net._repr_svg_()).iter("text")}


def arrows(net) -> int:
    return len(re.findall(r"z\"", net._repr_svg_()))


def test_network_shows_every_unit_weight_bias_and_target_with_an_arrow_for_each_parameter():
    weights = {*drawing.WEIGHTS}
    assert {f"w{i}{j}" for i in (1, 2) for j in (1, 2, 3)} < weights and len(weights) == 12
    biases = {f"b{j}(1)" for j in (1, 2, 3)} | {f"b{k}(2)" for k in (1, 2)}
    units = {"x1", "x2", "h1", "h2", "h3", "y1", "y2", "t1", "t2"}
    assert {*written(figures.network())} == weights | biases | units
    assert arrows(figures.network()) == 17
    assert arrows(figures.network(PARAMS, TRACE, T, DELTAS)) == 12


def test_network_shows_the_numbers_of_the_forward_pass():
    shown = written(figures.network(PARAMS, TRACE, T))
    for array in (PARAMS.w, PARAMS.b1, PARAMS.u, PARAMS.b2, X, T):
        for value in array.ravel():
            assert f"{value:.1f}".replace("-", "−") in shown
    for value in [*TRACE.h.ravel(), *TRACE.y.ravel()]:
        assert f"{value:.4f}" in shown


def test_each_weight_is_written_on_its_own_arrow_and_clear_of_all_others():
    net, shown = drawing.two_layer(), written(figures.network())

    def apart(at: np.ndarray, start: str, end: str) -> float:
        """Return how far a point is from an arrow."""
        a, b = (np.array(net.places[unit]) for unit in (start, end))
        share = np.clip((at - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        return float(np.linalg.norm(at - a - share * (b - a)))

    for weight, ends in drawing.WEIGHTS.items():
        x, y = (float(shown[weight].get(name)) for name in "xy")
        middle = np.array([x, y - 0.33 * drawing.NUMBER])
        assert apart(middle, *ends) < 0.2
        others = [other for other in drawing.WEIGHTS.values() if other != ends]
        assert min(apart(middle, *other) for other in others) > 16
        for place in net.places.values():
            assert np.linalg.norm(middle - place) > net.radius + 16


def test_error_signals_stand_in_the_place_of_the_biases():
    shown = written(figures.network(PARAMS, TRACE, T, DELTAS))
    for layer, row in ((1, DELTAS.delta1), (2, DELTAS.delta2)):
        for j, value in enumerate(row[0], start=1):
            text = f"δ{j}({layer}) = {value:.4f}".replace("-", "−")
            assert shown[text].get("fill") == LIGHT["delta"]


def test_only_what_is_lit_is_labelled():
    shown = written(figures.network(PARAMS, TRACE, T, DELTAS, lit=["h1", "u11", "y1"]))
    assert "−0.7" in shown and "0.5" not in shown
    assert sum("δ" in text for text in shown) == 2


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="lit must hold names such as 'w11', got w44"):
        figures.network(lit=["w44"])


def test_parts_of_the_net_have_their_colours():
    shown = written(figures.network(lit=["x1", "h1", "y1", "t1"]))
    for letter, part in (("x", "input"), ("h", "hidden"), ("y", "output"), ("t", "target")):
        assert shown[f"{letter}1"].get("fill") == LIGHT[part]
        assert shown[f"{letter}2"].get("fill") == LIGHT["muted"]


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
    svg = figures.loss_curves({"0.8481": [4.0, 2.0], "two": [1 / 3, 1 / 7]})._repr_svg_()
    assert ">0.8481<" in svg
    assert not re.search(r"\.\d{3,}", "".join(re.findall(r"<[^>]*>", svg)))


def test_svg_is_the_same_where_a_processor_rounds_the_last_digit_otherwise():
    one, other = (
        figures.loss_curves({"one": [4.0, 2.0, digit / 3]})._repr_svg_() for digit in (1, 1 + 1e-15)
    )
    assert one == other
    assert one.startswith("<svg") and "<dc:creator>" not in one and "<dc:date>" not in one
    far = figures.loss_curves({"one": [4.0, 2.0, 1 / 7]})._repr_svg_()
    named = r'id="(p[0-9a-f]{8}-\d+)"'
    assert re.findall(named, one) and not {*re.findall(named, one)} & {*re.findall(named, far)}


def test_words_have_room_for_a_wider_serif_and_formulas_keep_their_font():
    svg = html.fromstring(figures.loss_curves({"one": [4.0, 2.0], "$L$": [3.0, 1.0]})._repr_svg_())
    fonts = {
        text.text_content().strip(): "".join(text.xpath("descendant-or-self::*/@style"))
        for text in svg.iter("text")
    }
    # The labels of ticks too, which Matplotlib makes late.
    for said, wide in {"one": True, "step": True, "0.2": True, "L": False}.items():
        assert ("DejaVu Serif" in fonts[said]) is wide


def test_svg_uses_no_colour_outside_the_palette():
    net = figures.network(PARAMS, TRACE, T, DELTAS)
    for svg in (net._repr_svg_(), figures.loss_curves({"one": [4.0, 2.0]})._repr_svg_()):
        assert {*re.findall(r"#[0-9a-f]{6}\b", svg)} <= set(LIGHT.values())
