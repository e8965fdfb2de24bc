"""The figures of the book: the net as a `Drawing`, and charts as Matplotlib's `Figure`.

A figure shows what it is given. It computes no result of the book, so that every number in it comes
from the cell that calls it. Its letters are text, which can be read on a phone, found and copied.
A colour tells a part of the net; curves are in ink and grey, with dashes and labels at their ends.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from hashlib import sha256
from itertools import pairwise
from typing import Any, SupportsFloat

import matplotlib as mpl
import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.text import Text

from bp import drawing
from bp._validate import Array
from bp.drawing import Drawing, Net
from bp.palette import LIGHT as PALETTE
from bp.two_layer import Deltas, Params, Trace

# Matplotlib types its options one by one, so a plain dict of them has to be Any.
STYLE: Any = {
    "axes.edgecolor": PALETTE["muted"],
    "axes.labelcolor": PALETTE["ink"],
    "axes.labelsize": 13,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": True,
    "axes.titlesize": 12,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    # A narrow serif, for which the site puts its own.
    "font.family": "STIXGeneral",
    "font.size": 12,
    "grid.color": PALETTE["grid"],
    "legend.frameon": False,
    "mathtext.fontset": "stix",
    "svg.fonttype": "none",
    # Without a salt of our own the ids in an SVG file differ from run to run.
    "svg.hashsalt": "bp",
    "text.color": PALETTE["ink"],
    "xtick.color": PALETTE["muted"],
    "xtick.labelcolor": PALETTE["ink"],
    "ytick.color": PALETTE["muted"],
    "ytick.labelcolor": PALETTE["ink"],
}


WIDE = "DejaVu Serif"
LONG = re.compile(r"\d+\.\d{3,}")
HASHED = re.compile(r'(?<=[#"])\w*[0-9a-f]{10}(?=[")])')


class Figure(matplotlib.figure.Figure):
    """A Matplotlib figure that a notebook shows as SVG, the same text on every run."""

    def _repr_svg_(self) -> str:
        """Return the figure as SVG, without a date and with two decimals a coordinate."""
        file = io.StringIO()
        with mpl.rc_context(STYLE):
            self._widen()
            self.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        svg = file.getvalue()
        svg = svg[svg.index("<svg") :]
        # What a figure says, outside the tags, stays as it is.
        return _renamed(re.sub(r"<[^>]*>", lambda tag: LONG.sub(_two_decimals, tag[0]), svg))

    def _widen(self) -> None:
        """Leave room for a serif wider than the site's, so that nothing is cut.

        A formula keeps its font, which gives each of its signs a place of its own.
        """
        for axis in self.findobj(Axis):
            # Asked for, the labels of ticks have their texts. More ticks may come with the layout.
            if not any("$" in label.get_text() for label in axis.get_ticklabels(which="both")):
                axis.set_tick_params(which="both", labelfontfamily=WIDE)
        for text in self.findobj(Text):
            if "$" not in text.get_text():
                text.set_fontfamily(WIDE)


def _two_decimals(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}"


def _renamed(svg: str) -> str:
    """Name the parts of a figure after what it shows: a page may hold several figures.

    Matplotlib's names come from every digit of a coordinate; the last differ between processors.
    """
    places = {name: k for k, name in enumerate(dict.fromkeys(HASHED.findall(svg)))}
    written = sha256(HASHED.sub("", svg).encode()).hexdigest()[:8]
    return HASHED.sub(lambda match: f"p{written}-{places[match[0]]}", svg)


@contextmanager
def _figure(width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure of a size in inches, and its axes, to draw in the style of the book."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.add_subplot()


def _looks(name: str, curves: Sized, lines: list[str]) -> list[tuple[str, str]]:
    """Return a line and a tone for each curve, or say that there are too many to tell apart."""
    if len(curves) > len(lines):
        raise ValueError(f"{name} must hold {len(lines)} curves or fewer, got {len(curves)}")
    return list(zip(lines, ("ink", "muted", "ink", "muted"), strict=True))[: len(curves)]


LINE = 0.09
"""The height of a line of text, in parts of the height of the axes."""


def _label_curves(figure: Figure, axes: Axes, labels: Mapping[str, str]) -> None:
    """Write each label at the right end of its curve, in its tone; none lies on another.

    The labels stand in the order of the curves that the axes hold. Where curves end together, the
    place of a label would not tell which is meant: these labels stand below, each by its line.
    """
    axes.autoscale_view()
    ends = []
    for curve, (label, tone) in zip(axes.get_lines(), labels.items(), strict=False):
        _, y = axes.transData.transform(np.asarray(curve.get_xydata())[-1])
        ends.append((float(axes.transAxes.inverted().transform((0, y))[1]), label, tone))
    ends.sort()
    if any(high - low < LINE for (low, *_), (high, *_) in pairwise(ends)):
        figure.legend(axes.get_lines(), list(labels), loc="outside lower center", ncols=2)
        return
    for y, label, tone in ends:
        axes.text(1.02, y, label, va="center", color=PALETTE[tone], transform=axes.transAxes)


# --- The net ------------------------------------------------------------------------------------


def network(
    params: Params | None = None,
    trace: Trace | None = None,
    t: Array | None = None,
    deltas: Deltas | None = None,
    *,
    lit: Sequence[str] | None = None,
) -> Drawing:
    """Draw the 2-3-2 net: with its symbols, or with the numbers it is given.

    Parameters
    ----------
    params : Params, optional
        The 17 parameters. Weights and biases are labelled with their numbers in place of symbols.
    trace : two_layer.Trace, optional
        The values of a forward pass of one example, written into the units.
    t : ndarray, shape (1, 2), optional
        The targets, written into their boxes.
    deltas : Deltas, optional
        The error signals, written beside their units.
    lit : sequence of str, optional
        The weights, biases and units to stress, as in ``["w11", "h1", "u11"]``. The rest is faint.

    Returns
    -------
    Drawing
        The drawing.

    Raises
    ------
    ValueError
        If a name in `lit` is none of the net's.
    """
    stressed = set(drawing.PARTS if lit is None else lit)
    if unknown := sorted(stressed - set(drawing.PARTS)):
        raise ValueError(f"lit must hold names such as 'w11', got {', '.join(unknown)}")
    net = drawing.two_layer()
    arrows = {weight: net.arrow(*ends) for weight, ends in drawing.WEIGHTS.items()}
    # The error signals need the room of the biases, which have no part in sending them back.
    if deltas is None:
        arrows |= {bias: net.bias(unit) for bias, unit in drawing.BIASES.items()}
    on = [part for part in arrows if part in stressed]
    shapes = [
        drawing.arrows((arrows[part] for part in arrows if part not in stressed), "grid", 0.8),
        drawing.arrows(arrows[part] for part in on),
    ]
    texts = [_parameter(net, part, params) for part in on]
    if deltas is not None:
        shown = (unit for unit in drawing.BIASES.values() if unit in stressed)
        texts += [_error_signal(net, unit, deltas) for unit in shown]
    for letter, column in drawing.UNITS.items():
        row = t if letter == "t" else None if trace is None else getattr(trace, letter)
        for k, unit in enumerate(column):
            value = "" if row is None else drawing.number(row[0, k], 4 if letter in "hy" else 1)
            shapes.append(drawing.unit(net, unit, value, lit=unit in stressed))
    top, height = (-140, 280) if deltas else (-155, 272)
    return drawing.on_paper((-25, top, 387, height), *shapes, *texts)


def _parameter(net: Net, part: str, params: Params | None) -> str:
    """Write a weight on its arrow, or a bias above its own: the symbol, or the number if given."""
    unit = drawing.BIASES.get(part)
    name, row = (part[:2], 0) if unit else (part[0], int(part[1]) - 1)
    value = (
        "" if params is None else drawing.number(getattr(params, name)[row, int(part[2]) - 1], 1)
    )
    if unit is None:
        at = net.between(*drawing.WEIGHTS[part], drawing.share(part))
        return drawing.on_arrow(at, part, value)
    x, y = net.places[unit]
    return drawing.named((x, y - 2.27 * net.radius), part, value)


def _error_signal(net: Net, unit: str, deltas: Deltas) -> str:
    """Write an error signal on that side of its unit that no arrow crosses."""
    x, y = net.places[unit]
    side = -1 if unit in ("h1", "y1") else 1
    layer, row = ("1", deltas.delta1) if unit[0] == "h" else ("2", deltas.delta2)
    value = drawing.number(row[0, int(unit[1]) - 1])
    at = (x, y + 1.55 * side * net.radius)
    return drawing.symbol(at, f"d{layer}{unit[1]}", "delta", f" = {value}")


# --- Curves -------------------------------------------------------------------------------------


def descent_on_parabola(
    loss: Callable[[Array], Array], visited: Mapping[str, Sequence[float]]
) -> Figure:
    """Draw a loss of one parameter, and the parameters that gradient descent visits on it.

    Parameters
    ----------
    loss : callable
        The loss of an array of parameters.
    visited : mapping of str to sequence of float
        For each label the parameters, in order.

    Returns
    -------
    Figure
        One panel a label.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.0, 2.5), layout="constrained")
        panels = figure.subplots(1, len(visited), sharey=True, squeeze=False)[0]
        for axes, (label, steps) in zip(panels, visited.items(), strict=True):
            at = np.asarray(steps, dtype=float)
            p = np.linspace(min(-2.6, at.min()), max(6.6, at.max()), 200)
            axes.plot(p, loss(p), color=PALETTE["muted"])
            axes.plot(at, loss(at), "o-", color=PALETTE["ink"], ms=4, lw=1)
            axes.set(xlabel="parameter $p$", title=label)
        panels[0].set_ylabel("loss $L$")
    return figure


def passes(parameters: Sequence[int], nudging: Sequence[int], backward: Sequence[int]) -> Figure:
    """Draw the number of passes that a gradient costs against the number of parameters.

    Parameters
    ----------
    parameters : sequence of int
        The number of parameters of each net.
    nudging, backward : sequence of int
        The passes that central differences and backpropagation need for each net.

    Returns
    -------
    Figure
        Both curves, on logarithmic axes.
    """
    with _figure(5.0, 3.0) as (figure, axes):
        axes.loglog(parameters, nudging, "o-", color=PALETTE["ink"])
        axes.loglog(parameters, backward, "s--", color=PALETTE["muted"])
        axes.annotate(
            "nudging each parameter",
            (parameters[-1], nudging[-1]),
            (-16, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            color=PALETTE["ink"],
        )
        axes.text(
            parameters[-1],
            backward[-1] * 2,
            "backpropagation",
            ha="right",
            va="bottom",
            color=PALETTE["muted"],
        )
        axes.set(xlabel="number of parameters", ylabel="passes for one gradient")
        axes.grid(True)
    return figure


def gradient_times(curves: Mapping[str, Sequence[tuple[int, float]]]) -> Figure:
    """Draw the time of one gradient against the number of parameters.

    Parameters
    ----------
    curves : mapping of str to sequence of (int, float)
        For every way to find a gradient, numbers of parameters and seconds.

    Returns
    -------
    Figure
        The curves, four at most, on logarithmic axes.
    """
    looks = _looks("curves", curves, ["o-", "^-.", "s--", "D:"])
    with _figure(5.0, 3.7) as (figure, axes):
        for points, (line, colour) in zip(curves.values(), looks, strict=True):
            parameters, seconds = zip(*points, strict=True)
            axes.loglog(parameters, seconds, line, color=PALETTE[colour], markersize=4)
        axes.set(xlabel="number of parameters", ylabel="seconds for one gradient")
        axes.minorticks_off()
        axes.grid(True)
        _label_curves(
            figure, axes, {name: tone for name, (_, tone) in zip(curves, looks, strict=True)}
        )
    return figure


def sigmoid_and_slope(a: Array, sigma: Array, slope: Array) -> Figure:
    """Draw the sigmoid and its derivative.

    Parameters
    ----------
    a, sigma, slope : ndarray, shape (n,)
        Arguments, values and slopes.

    Returns
    -------
    Figure
        Both curves.
    """
    with _figure(5.0, 2.8) as (figure, axes):
        axes.plot(a, sigma, color=PALETTE["ink"])
        axes.plot(a, slope, "--", color=PALETTE["muted"])
        for level in (0.25, 1):
            axes.axhline(level, color=PALETTE["grid"], lw=0.8, zorder=0)
        axes.set(xlabel="$a$", yticks=[0, 0.25, 0.5, 0.75, 1])
        _label_curves(figure, axes, {r"$\sigma\,(a)$": "ink", r"$\sigma$′$\,(a)$": "muted"})
    return figure


def difference_errors(
    steps: Sequence[SupportsFloat], errors: Mapping[str, Sequence[SupportsFloat]]
) -> Figure:
    """Draw the error of numerical derivatives against the step.

    Parameters
    ----------
    steps : sequence of float
        The steps, each greater than 0.
    errors : mapping of str to sequence of float
        The relative error of each method at each step.

    Returns
    -------
    Figure
        One curve a method, four at most, on logarithmic axes.
    """
    looks = _looks("errors", errors, ["o-", "s--", "^-.", "D:"])
    with _figure(5.0, 3.2) as (figure, axes):
        for values, (mark, tone) in zip(errors.values(), looks, strict=True):
            # An error of exactly 0 has no place on a logarithmic axis; it is drawn at the bottom.
            axes.loglog(
                [float(step) for step in steps],
                [max(float(value), 1e-17) for value in values],
                mark,
                ms=3,
                lw=1,
                color=PALETTE[tone],
            )
        axes.set(xlabel=r"step $\varepsilon$", ylabel="relative error")
        axes.grid(True)
        _label_curves(
            figure, axes, {label: tone for label, (_, tone) in zip(errors, looks, strict=True)}
        )
    return figure


def confidently_wrong(y: Array, delta: Array) -> Figure:
    """Draw the size of an output's error signal against the output, for the target 0.

    Parameters
    ----------
    y, delta : ndarray, shape (n,)
        Outputs and error signals.

    Returns
    -------
    Figure
        The curve, with its highest point marked.
    """
    with _figure(5.0, 2.8) as (figure, axes):
        axes.plot(y, delta, color=PALETTE["delta"])
        top = int(np.argmax(delta))
        axes.plot(y[top], delta[top], "o", color=PALETTE["delta"], ms=5)
        axes.text(0.03, 0.108, "right:\nlittle\nto learn", color=PALETTE["muted"])
        axes.text(1.02, 0.075, "confidently\nwrong:\nhardly\nlearns", color=PALETTE["muted"])
        axes.set(
            xlabel="output $y$, where the target is 0",
            ylabel=r"error signal $\delta$",
            xlim=(0, 1.45),
            xticks=np.linspace(0, 1, 6),
            ylim=(0, None),
        )
        axes.grid(True)
    return figure


def order_of_updates(etas: Array, errors: Array) -> Figure:
    """Draw the error that an update in the wrong order makes, against the learning rate.

    Parameters
    ----------
    etas, errors : ndarray, shape (n,)
        Learning rates, and relative errors of the gradient.

    Returns
    -------
    Figure
        The curve, on logarithmic axes.
    """
    with _figure(5.0, 2.6) as (figure, axes):
        axes.loglog(etas, errors, "o-", color=PALETTE["ink"], ms=4)
        axes.set(
            xlabel=r"learning rate $\eta$", ylabel=r"relative error of $\nabla_{\mathbf{w}} L$"
        )
        axes.grid(True)
    return figure


def loss_curves(losses: Mapping[str, Sequence[float]], *, log: bool = True) -> Figure:
    """Draw the loss against the number of steps.

    Parameters
    ----------
    losses : mapping of str to sequence of float
        For each label the losses, in order.
    log : bool
        Whether the loss is drawn on a logarithmic axis.

    Returns
    -------
    Figure
        One curve a label, four at most.
    """
    looks = _looks("losses", losses, ["-", "--", ":", "-."])
    with _figure(5.0, 2.9) as (figure, axes):
        for values, (mark, tone) in zip(losses.values(), looks, strict=True):
            axes.plot(range(len(values)), values, mark, color=PALETTE[tone])
        axes.set(xlabel="step", ylabel="loss $L$")
        if log:
            axes.set_yscale("log")
        axes.grid(True)
        if len(losses) > 1:
            tones = {label: tone for label, (_, tone) in zip(losses, looks, strict=True)}
            _label_curves(figure, axes, tones)
    return figure


def decision_maps(
    outputs: Callable[[Array], Array], x: Array, t: Array, titles: Sequence[str]
) -> Figure:
    """Draw what each output of a net says at every point of the plane of its two inputs.

    Parameters
    ----------
    outputs : callable
        Takes inputs of shape (N, 2), returns outputs of shape (N, k).
    x : ndarray, shape (N, 2)
        The examples, marked.
    t : ndarray, shape (N, k)
        Their targets, 0 or 1: a ring or a disc.
    titles : sequence of str
        One for each output.

    Returns
    -------
    Figure
        One panel an output: lines where the output is 0.1, 0.5 and 0.9.
    """
    grid = np.linspace(-0.35, 1.35, 69)
    x1, x2 = np.meshgrid(grid, grid)
    y = outputs(np.column_stack([x1.ravel(), x2.ravel()]))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.0, 3.0), layout="constrained")
        panels = figure.subplots(1, len(titles), sharey=True, squeeze=False)[0]
        for k, (axes, title) in enumerate(zip(panels, titles, strict=True)):
            level = y[:, k].reshape(x1.shape)
            axes.contourf(x1, x2, level, [0.5, 1.01], colors=[PALETTE["grid"]])
            axes.contour(
                x1,
                x2,
                level,
                [0.1, 0.5, 0.9],
                colors=[PALETTE["output"]],
                linewidths=[0.8, 1.8, 0.8],
                linestyles=["dotted", "solid", "dashed"],
            )
            for row, target in zip(x, t[:, k], strict=True):
                axes.plot(
                    *row,
                    "o",
                    ms=8,
                    mec=PALETTE["target"],
                    mew=1.8,
                    mfc=PALETTE["target"] if target else PALETTE["paper"],
                )
            axes.set(xlabel="$x_1$", title=title, aspect="equal", xticks=[0, 1], yticks=[0, 1])
        panels[0].set_ylabel("$x_2$")
    return figure
