"""The numbers of the running example, as a teacher writes them on a board: all made by `bp`."""

from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bp import descent, equations, two_layer
from bp._validate import Array
from proofread.sources.doctree import REPEATS

ETA = 0.5
SYMBOLS = {
    "w": r"\mathbf{w}", "b1": r"\mathbf{b}^{(1)}", "u": r"\mathbf{u}", "b2": r"\mathbf{b}^{(2)}",
}  # fmt: skip

UPDATES = {
    "u": "eq-output-update-matrix", "b2": "eq-output-bias-update",
    "w": "eq-hidden-update", "b1": "eq-hidden-bias-update",
}  # fmt: skip


def table(array: Array, digits: int | None = 4) -> str:
    """Return the LaTeX of an array: its rows with so many digits, or as they are given."""
    form = str if digits is None else f"{{:.{digits}f}}".format
    lines = r" \\ ".join(" & ".join(form(float(value)) for value in row) for row in array)
    return rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}"


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield what is written on the board, in order: what it is, its LaTeX, and an equation."""
    params, x, t = two_layer.worked_example()
    trace = two_layer.forward(params, x)
    signals, slopes = two_layer.deltas(params, trace, t), two_layer.gradients(params, trace, t)
    after = descent.update(params, slopes, eta=ETA)
    losses = [equations.loss(two_layer.forward(p, x).y, t) for p in (params, after)]
    yield "input", rf"\mathbf{{x}} = {table(x, None)}", ""
    yield "target", rf"\mathbf{{t}} = {table(t, None)}", ""
    for name, value in params._asdict().items():
        yield "given", f"{SYMBOLS[name]} = {table(value, None)}", ""
    yield "hidden units", rf"\mathbf{{a}}^{{(1)}} = {table(trace.a1)}", "eq-hidden-linear"
    yield "", rf"\mathbf{{h}} = {table(trace.h)}", "eq-hidden"
    yield "outputs", rf"\mathbf{{a}}^{{(2)}} = {table(trace.a2)}", "eq-output-linear"
    yield "", rf"\mathbf{{y}} = {table(trace.y)}", "eq-output"
    yield "loss", f"L = {losses[0]:.4f}", "def-loss"
    delta = r"\boldsymbol{\delta}"
    yield "error signals", f"{delta}^{{(2)}} = {table(signals.delta2)}", "eq-output-delta"
    yield "", f"{delta}^{{(1)}} = {table(signals.delta1)}", "eq-hidden-delta"
    for name, label in {"u": "eq-output-gradient-matrix", "w": "eq-hidden-gradient-matrix"}.items():
        slope = rf"\frac{{\partial L}}{{\partial {SYMBOLS[name]}}}"
        yield "gradient", f"{slope} = {table(getattr(slopes, name))}", label
    for name, label in UPDATES.items():
        moved = f"{SYMBOLS[name]} = {table(getattr(after, name))}"
        yield rf"after one update, $\eta = {ETA}$", moved, label
    yield "loss after it", f"L = {losses[1]:.4f}", "def-loss"


class Board(SphinxDirective):
    """``{board}``: one sheet with all numbers of the running example."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        lines = ["| What | Numbers | By |", "|-|-|-|"]
        for what, latex, label in rows():
            lines.append(f"| {what} | ${latex}$ | " + (f"{{eq}}`{label}`" if label else "") + " |")
        found = self.parse_text_to_nodes("\n".join(lines))
        return [nodes.container("", *found, is_div=True, classes=[REPEATS, "board"])]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("board", Board)
