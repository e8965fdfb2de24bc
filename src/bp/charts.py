"""The figures of Part II, drawn as those of `bp.figures` are. Each function returns a `Figure`.

A figure shows what it is given. It computes no result of the book.
"""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from bp._validate import Array
from bp.figures import STYLE, Figure, _figure, _looks
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
        figure.legend(loc="outside lower center", ncols=2)
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
        for (label, values), (mark, colour) in zip(lines.items(), looks, strict=True):
            axes.plot(x, values, mark, color=PALETTE[colour], label=label)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        if log:
            axes.set_yscale("log")
        axes.legend()
        axes.grid(True)
    return figure


def softmax_links(y: Array) -> Figure:
    """Draw how two linear combinations reach two outputs under softmax, with the four slopes.

    Parameters
    ----------
    y : ndarray, shape (1, 2)
        The outputs.

    Returns
    -------
    Figure
        Two circles for the linear combinations, two for the outputs, and an arrow for each slope.
    """
    slopes = np.diag(y[0]) - np.outer(y[0], y[0])
    with _figure(4.6, 2.4) as (figure, axes):
        for k in range(2):
            _node(axes, 0.0, -1.5 * k, rf"$a^{{(2)}}_{k + 1}$", "hidden")
            _node(axes, 4.0, -1.5 * k, rf"$y_{k + 1}$", "output")
            axes.text(4.6, -1.5 * k, f"{y[0, k]:.4f}", va="center", color=PALETTE["output"])
            for m in range(2):
                axes.annotate(
                    "",
                    (3.58, -1.5 * m),
                    (0.42, -1.5 * k),
                    arrowprops={"arrowstyle": "-|>", "color": PALETTE["muted"], "lw": 1.1},
                )
                at = 0.5 if k == m else 0.28
                text = f"{slopes[m, k]:.4f}".replace("-", "−")
                box = {"boxstyle": "round,pad=0.12", "fc": PALETTE["paper"], "ec": "none"}
                axes.text(
                    0.42 + at * 3.16, -1.5 * (k + at * (m - k)), text,
                    ha="center", va="center", bbox=box,
                )  # fmt: skip
        axes.set(xlim=(-0.6, 5.8), ylim=(-2.1, 0.6), aspect="equal")
        axes.set_axis_off()
    return figure


def _node(axes: Axes, x: float, y: float, label: str, part: str) -> None:
    colour = PALETTE[part]
    axes.add_patch(Circle((x, y), 0.4, fc=PALETTE["paper"], ec=colour, lw=1.6, zorder=5))
    axes.text(x, y, label, ha="center", va="center", fontsize=14, color=colour, zorder=6)


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
