"""Small pieces of the net, alive, that stand in a chapter where the text needs them.

``{piece} dial`` with a caption below it puts one there. It is complete before any script runs: its
numbers are computed here, by `bp`; `_static/explore/pieces.js` writes those of other settings into
the same places.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from _site.drawings import inlined
from _site.explore import TEMPLATES, raw
from bp import drawing, equations, two_layer
from bp.drawing import Net, number

DIGITS = {"p": 1, "L": 3, "slope": 1, "a": 1, "y": 4, "delta": 4}


def dial(p: float) -> dict[str, float]:
    """Return the loss of the machine with one dial, and its slope."""
    return {"p": p, "L": (p - 2) ** 2 / 2, "slope": p - 2}


def saturated(a: float) -> dict[str, float]:
    """Return the output of a unit whose target is 0, and its error signal."""
    y = equations.sigmoid(np.array([[a]]))
    return {
        "a": a,
        "y": float(y[0, 0]),
        "delta": float(equations.delta_output(y, np.zeros_like(y))[0, 0]),
    }


@dataclass(frozen=True)
class Sliding:
    """A piece with one slider: what it computes, the range, and where each curve is drawn.

    A curve is given by its name among the numbers, the height of 0 and the height of 1 in the
    drawing; `ends` are the left and the right end of the range there.
    """

    numbers: Callable[[float], dict[str, float]]
    least: float
    most: float
    start: float
    ends: tuple[int, int]
    heights: Sequence[tuple[str, float, float]]

    @property
    def shown(self) -> dict[str, str]:
        """Return each number at the start, as the page shows it."""
        return {
            name: number(value, DIGITS[name]) for name, value in self.numbers(self.start).items()
        }

    @property
    def dots(self) -> list[tuple[float, float]]:
        """Return where each curve has its dot at the start."""
        left, right = self.ends
        part = (self.start - self.least) / (self.most - self.least)
        return [
            (left + part * (right - left), zero + (one - zero) * self.numbers(self.start)[name])
            for name, zero, one in self.heights
        ]

    @property
    def curves(self) -> list[str]:
        """Return the points of each curve."""
        at = np.linspace(self.least, self.most, 61)
        across = np.linspace(*self.ends, 61)
        return [
            " ".join(
                f"{x:.1f},{zero + (one - zero) * self.numbers(float(value))[name]:.1f}"
                for x, value in zip(across, at, strict=True)
            )
            for name, zero, one in self.heights
        ]


SLIDING = {
    "dial": Sliding(dial, -2, 6, 5.0, (40, 440), [("L", 210, 187)]),
    "saturated": Sliding(
        saturated, -6, 6, -0.2, (40, 440), [("y", 130, 20), ("delta", 240, 240 - 80 / 0.15)]
    ),
}


def bracketed(text: str) -> str:
    """Return a number as it stands after a sign."""
    return f"({text})" if text.startswith("−") else text


def paths() -> dict[str, object]:
    """Return the numbers of the two paths from the loss to the first hidden unit."""
    params, x, t = two_layer.worked_example()
    delta = equations.delta_output(two_layer.forward(params, x).y, t)[0]
    price = [number(value) for value in delta * params.u[0]]
    u = [number(value, 1) for value in params.u[0]]
    deltas = [number(value) for value in delta]
    return {
        "drawing": draw_paths(u, deltas),
        "delta": deltas,
        "factor": [bracketed(value) for value in u],
        "price": price,
        "term": bracketed(price[1]),
        "sum": number(float(delta @ params.u[0])),
    }


def draw_paths(u: list[str], deltas: list[str]) -> str:
    """Return the way back from the loss to the first hidden unit: one through each output."""
    net = Net({"h1": (0, 0), "y1": (160, -52), "y2": (160, 52), "L": (320, 0)})
    parts = []
    for k, side in ((1, -1), (2, 1)):
        y = f"y{k}"
        ways = drawing.arrows([net.arrow("L", y), net.arrow(y, "h1")], "delta", 1.8)
        label = drawing.on_arrow(net.between("h1", y, 0.5), f"u1{k}", u[k - 1])
        price = drawing.symbol((160, side * 90), f"d2{k}", "delta", f" = {deltas[k - 1]}")
        parts += [drawing.element("g", ways, **{"class": "way"}, data_way=k), label, price]
    parts += [drawing.unit(net, name) for name in net.places]
    alt = "Two paths from the loss back to hidden unit 1, one through each output."
    return inlined(drawing.on_paper((-25, -106, 370, 212), *parts), alt, "")


class Piece(SphinxDirective):
    """Put a piece into a chapter, with its caption."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Draw it, and load what moves it."""
        kind = directives.choice(self.arguments[0], [*SLIDING, "paths"])
        piece = SLIDING[kind] if kind in SLIDING else paths()
        for file in (Path(__file__), Path(__file__).with_name("pieces.html")):
            self.env.note_dependency(str(file))
        html = TEMPLATES.get_template("pieces.html").render(kind=kind, piece=piece)
        scripts = {"dial": ["pieces"], "saturated": ["net", "pieces"]}.get(kind, [])
        loaded = "".join(
            f'<script defer src="_static/explore/{name}.js"></script>' for name in scripts
        )
        return [
            raw(f'<figure class="piece" data-piece="{kind}">{html}<figcaption>'),
            *self.parse_content_to_nodes(),
            raw(f"</figcaption></figure>{loaded}"),
        ]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("piece", Piece)
