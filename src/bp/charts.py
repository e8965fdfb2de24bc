"""The figures of Part II, drawn as those of `bp.figures` are. Each function returns a `Figure`.

A figure shows what it is given. It computes no result of the book.
"""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from bp import drawing
from bp._validate import Array
from bp.drawing import Drawing, Net
from bp.figures import STYLE, Figure, _figure, _label_curves, _looks
from bp.palette import LIGHT as PALETTE


def work(nets: Sequence[str], counts: Mapping[str, Sequence[int]]) -> Figure:
    """Draw what a gradient takes, counted for several nets.

    Parameters
    ----------
    nets : sequence of str
        The names of the nets, from top to bottom.
    counts : mapping of str to sequence of int
        For every way to find the gradient its count for each net.

    Returns
    -------
    Figure
        One mark a count, four ways at most, on a logarithmic axis.
    """
    looks = _looks("counts", counts, ["o", "^", "s", "D"])
    with _figure(5.4, 0.55 * len(nets) + 1.3) as (figure, axes):
        rows = list(range(len(nets)))[::-1]
        for (name, numbers), (mark, colour) in zip(counts.items(), looks, strict=True):
            axes.plot(
                [float(n) for n in numbers], rows, mark, color=PALETTE[colour], ms=6, label=name
            )
        axes.set(xscale="log", xlabel="count", yticks=rows, yticklabels=nets)
        axes.set_ylim(-0.6, len(nets) - 0.4)
        axes.grid(True)
        axes.minorticks_off()
        figure.legend(loc="outside lower center")
    return figure


def digits(routes: Sequence[str], right: Sequence[int], runs: Sequence[str]) -> Figure:
    """Draw how many digits of a derivative each route gets right, and what it takes.

    Parameters
    ----------
    routes : sequence of str
        The names, from top to bottom.
    right : sequence of int
        The digits that are right.
    runs : sequence of str
        What each route takes, written beside its bar.

    Returns
    -------
    Figure
        One bar a route.
    """
    with _figure(5.4, 0.42 * len(routes) + 0.8) as (figure, axes):
        rows = np.arange(len(routes))[::-1]
        axes.barh(rows, right, height=0.62, color=PALETTE["muted"])
        for row, count, run in zip(rows, right, runs, strict=True):
            axes.text(count - 0.3, row, f"{count}", ha="right", va="center", color=PALETTE["paper"])
            axes.text(count + 0.25, row, run, va="center", color=PALETTE["ink"])
        axes.set(
            yticks=rows, yticklabels=routes, xlabel="digits that are right", xlim=(0, 25),
            xticks=[0, 5, 10, 15],
        )  # fmt: skip
    return figure


def curves(
    x: Array,
    lines: Mapping[str, Array],
    *,
    xlabel: str,
    ylabel: str,
    log: bool = False,
) -> Figure:
    """Draw several functions of one number.

    Parameters
    ----------
    x : ndarray, shape (n,)
        The arguments.
    lines : mapping of str to ndarray, shape (n,)
        The values of each function, four at most.
    xlabel, ylabel : str
        What the axes are called.
    log : bool
        Whether the values are drawn on a logarithmic axis.

    Returns
    -------
    Figure
        One curve a function.
    """
    looks = _looks("lines", lines, ["-", "--", ":", "-."])
    with _figure(5.0, 2.9) as (figure, axes):
        for values, (mark, colour) in zip(lines.values(), looks, strict=True):
            axes.plot(x, values, mark, color=PALETTE[colour])
        axes.set(xlabel=xlabel, ylabel=ylabel)
        if log:
            axes.set_yscale("log")
        axes.grid(True)
        if len(lines) > 1:
            tones = {label: tone for label, (_, tone) in zip(lines, looks, strict=True)}
            _label_curves(figure, axes, tones)
    return figure


def softmax_links(y: Array) -> Drawing:
    """Draw how two linear combinations reach two outputs under softmax, with the four slopes.

    Parameters
    ----------
    y : ndarray, shape (1, 2)
        The outputs.

    Returns
    -------
    Drawing
        Two circles for the linear combinations, two for the outputs, and an arrow for each slope.
    """
    slopes = np.diag(y[0]) - np.outer(y[0], y[0])
    net = Net({f"{name}{k}": (x, 90.0 * k) for name, x in (("a2", 0), ("y", 270)) for k in (1, 2)})
    links = [(f"a2{k}", f"y{m}") for k in (1, 2) for m in (1, 2)]
    parts = [drawing.arrows(net.arrow(*link) for link in links)]
    for (start, end), slope in zip(links, slopes.ravel(), strict=True):
        # The labels of the arrows that cross stand before the crossing.
        at = net.between(start, end, 0.5 if start[-1] == end[-1] else 0.28)
        parts.append(drawing.on_arrow(at, "", drawing.number(slope)))
    parts += [drawing.unit(net, name) for name in net.places]
    for k, value in enumerate(y[0], start=1):
        parts.append(drawing.text((320, 90 * k), drawing.number(value), "output"))
    return drawing.on_paper((-25, 62, 375, 146), *parts)


def bars(groups: Sequence[str], heights: Sequence[int], *, of: int, ylabel: str) -> Figure:
    """Draw a count for each of several groups.

    Parameters
    ----------
    groups : sequence of str
        What is counted for.
    heights : sequence of int
        The counts.
    of : int
        The largest count possible: the height of the axis.
    ylabel : str
        What is counted.

    Returns
    -------
    Figure
        One bar a group, its count above it.
    """
    with _figure(4.6, 2.6) as (figure, axes):
        places = range(len(groups))
        axes.bar(places, heights, width=0.6, color=PALETTE["muted"])
        for place, height in zip(places, heights, strict=True):
            axes.text(place, height + 0.02 * of, f"{height}", ha="center", va="bottom")
        axes.set(xticks=places, xticklabels=groups, ylim=(0, 1.1 * of), ylabel=ylabel)
    return figure


def values_and_slopes(a: Array, functions: Mapping[str, tuple[Array, Array]]) -> Figure:
    """Draw activation functions, and beside them their slopes.

    Parameters
    ----------
    a : ndarray, shape (n,)
        Arguments.
    functions : mapping of str to (ndarray, ndarray), each of shape (n,)
        The values and the slopes of each function, four at most.

    Returns
    -------
    Figure
        Two panels.
    """
    looks = _looks("functions", functions, ["-", "--", ":", "-."])
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.4, 2.9), layout="constrained")
        left, right = figure.subplots(1, 2)
        # Where two run together, the thinner one on top leaves the other to be seen.
        widths = (1.4, 1.4, 3.2, 1.4)
        for (name, both), (mark, colour), width in zip(
            functions.items(), looks, widths[: len(functions)], strict=True
        ):
            for axes, numbers in zip((left, right), both, strict=True):
                axes.plot(a, numbers, mark, color=PALETTE[colour], label=name, linewidth=width)
        left.set(xlabel="$a$", title="value")
        right.set(xlabel="$a$", title="slope")
        for axes in (left, right):
            axes.grid(True)
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def turns(panels: Mapping[str, Mapping[str, Array]]) -> Figure:
    """Draw how far each dial turns, by the arrays that the dials stand in.

    Parameters
    ----------
    panels : mapping of str to mapping of str to ndarray
        For each panel its title, and for each array of dials its name and the turns.

    Returns
    -------
    Figure
        One panel beside the other, with a bar for each dial.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.4, 2.4), layout="constrained")
        every = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (title, arrays) in zip(every, panels.items(), strict=True):
            left, middles = 0.0, []
            for array in arrays.values():
                places = left + np.arange(array.size)
                axes.bar(places, array.ravel(), width=0.8, color=PALETTE["muted"])
                middles.append(places.mean())
                left = places[-1] + 2
            axes.axhline(0, color=PALETTE["ink"], linewidth=0.8)
            axes.set(title=title, xticks=middles, xticklabels=list(arrays))
            axes.tick_params(axis="x", length=0)
    return figure


def landscape(
    x: Array, y: Array, loss: Array, paths: Mapping[str, Array], *, xlabel: str, ylabel: str
) -> Figure:
    """Draw the loss over two dials as lines of equal loss, and paths on it.

    Parameters
    ----------
    x : ndarray, shape (m,)
        Settings of the dial that is drawn to the right.
    y : ndarray, shape (n,)
        Settings of the dial that is drawn upwards.
    loss : ndarray, shape (n, m)
        The loss for each pair of settings.
    paths : mapping of str to ndarray, shape (steps, 2)
        For each path its name and its pairs of settings, four paths at most.
    xlabel, ylabel : str
        What the dials are called.

    Returns
    -------
    Figure
        A mark for each step of a path.
    """
    looks = _looks("paths", paths, ["o-", "s--", "^:", "v-."])
    with _figure(5.0, 3.2) as (figure, axes):
        lines = axes.contour(x, y, loss, levels=8, colors=PALETTE["muted"], linewidths=0.8)
        # The outermost line is too short for its number.
        axes.clabel(lines, list(lines.levels)[::2][:-1], fmt="%.2f")
        for (label, path), (mark, colour) in zip(paths.items(), looks, strict=True):
            axes.plot(*path.T, mark, color=PALETTE[colour], label=label, markersize=3)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def scatter(
    points: Mapping[str, tuple[float, float, float]],
    named: Mapping[str, str],
    *,
    level: float,
    xlabel: str,
    ylabel: str,
) -> Figure:
    """Draw numbers with their spread against other numbers, on a logarithmic axis.

    Parameters
    ----------
    points : mapping of str to (float, float, float)
        For each point the number across, the number up and its spread.
    named : mapping of str to {"left", "right", "above", "below"}
        Which points have their names, and on which side.
    level : float
        Where a line runs across, to compare with.
    xlabel, ylabel : str
        What the axes are called.

    Returns
    -------
    Figure
        A dot with a bar for each point.
    """
    beside = {
        "left": (-7, 0, "right", "center"),
        "right": (7, 0, "left", "center"),
        "above": (6, 7, "right", "bottom"),
        "below": (-6, -14, "left", "top"),
    }
    with _figure(5.4, 3.6) as (figure, axes):
        axes.axhline(level, color=PALETTE["muted"], ls="--", lw=1)
        for name, (x, y, spread) in points.items():
            axes.errorbar(x, y, spread, fmt="o", color=PALETTE["ink"], ms=5, lw=1.2)
            if name in named:
                right, up, ha, va = beside[named[name]]
                axes.annotate(name, (x, y), (right, up), textcoords="offset points", ha=ha, va=va)
        first, last = (np.log10(end([x for x, *_ in points.values()])) for end in (min, max))
        # 1 and 3 of every power of ten.
        ticks = [
            tick
            for power in range(int(np.floor(first)), int(np.ceil(last)) + 1)
            for tick in (10.0**power, 3 * 10.0**power)
            if first - 0.2 <= np.log10(tick) <= last + 0.2
        ]
        axes.set(xscale="log", xlabel=xlabel, ylabel=ylabel)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.margins(0.1, 0.12)
        axes.grid(True)
        axes.minorticks_off()
    return figure


def valleys(steps: Array, measured: Mapping[str, Array], predicted: Mapping[str, Array]) -> Figure:
    """Draw errors against steps, measured and predicted, on logarithmic axes.

    Parameters
    ----------
    steps : ndarray, shape (n,)
        The steps.
    measured, predicted : mapping of str to ndarray, shape (n,)
        The errors, one or two curves each with the same names.

    Returns
    -------
    Figure
        Marks for what was measured, a line through what was predicted.
    """
    looks = _looks("measured", measured, ["o", "s", "D", "^"])
    with _figure(5.2, 3.3) as (figure, axes):
        for (name, values), (mark, colour) in zip(measured.items(), looks, strict=True):
            axes.plot(steps, values, mark, color=PALETTE[colour], ms=4.5, label=f"{name}, measured")
            axes.plot(steps, predicted[name], color=PALETTE[colour], label=f"{name}, predicted")
        axes.set(xscale="log", yscale="log", xlabel="step", ylabel="error")
        axes.grid(True)
        axes.minorticks_off()
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def weights(rows: Mapping[str, Array]) -> Figure:
    """Draw what feeds some units, as images: a square for each weight, larger for a larger one.

    Parameters
    ----------
    rows : mapping of str to ndarray, shape (n, 64)
        For each row of images its name, and the weights into its n units, from 8 × 8 pixels.

    Returns
    -------
    Figure
        A square in the colour of the text is a positive weight, in that of the page a negative one.
    """
    count = max(len(images) for images in rows.values())
    with _figure(0.82 * count + 0.2, 1.22 * len(rows)) as (figure, axes):
        for row, (name, images) in enumerate(rows.items()):
            top = -12.4 * row
            axes.text(0, top + 0.7, name, va="bottom", fontsize=14)
            for column, image in enumerate(images):
                _image(axes, 9.0 * column, top, image.reshape(8, 8))
        axes.set(xlim=(-0.2, 9 * count - 0.8), ylim=(-12.4 * len(rows) + 4, 2.8), aspect="equal")
        axes.set_axis_off()
    return figure


def _image(axes: Axes, left: float, top: float, image: Array) -> None:
    """Draw one image, in proportion to its largest weight; the squares of a sign are one path."""
    axes.add_patch(Rectangle((left, top - 8), 8, 8, fc=PALETTE["grid"], ec="none"))
    halves = np.sqrt(np.abs(image) / np.abs(image).max()) / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    for colour, chosen in (("ink", image > 0), ("paper", image < 0)):
        squares = [
            Path((left + j + 0.5, top - i - 0.5) + halves[i, j] * corners, codes)
            for i, j in np.argwhere(chosen & (halves > 0.05))
        ]
        if squares:
            path = Path.make_compound_path(*squares)
            axes.add_patch(PathPatch(path, fc=PALETTE[colour], ec="none"))
