"""The drawing of a net, as SVG: one for the cover, the figures and what a reader plays with.

Here stands where the parts of a net are and what they look like. Lengths are the user units of the
SVG; y goes down. A part has the name that it has in the code: ``x1``, ``w12``, ``b21``. Colours are
those of `bp.palette.LIGHT`, in attributes, so that a page can give each part another one. Letters
are text, which can be read on a phone, found and copied.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bp.palette import LIGHT

Point = tuple[float, float]
Box = tuple[float, float, float, float]

ROLES = {"x": "input", "h": "hidden", "y": "output", "t": "target", "a": "ink", "L": "ink"}
"""The colour of each letter."""

UNITS = {"x": ["x1", "x2"], "h": ["h1", "h2", "h3"], "y": ["y1", "y2"], "t": ["t1", "t2"]}
"""The units of each column, from left to right."""

WEIGHTS = {
    f"{name}{start[1]}{end[1]}": (start, end)
    for name, before, after in (("w", "x", "h"), ("u", "h", "y"))
    for start in UNITS[before]
    for end in UNITS[after]
}
"""The units that each weight joins."""

BIASES = {
    f"b{layer}{unit[1]}": unit for layer, after in (("1", "h"), ("2", "y")) for unit in UNITS[after]
}
"""The unit that each bias belongs to."""

PARTS = [*WEIGHTS, *BIASES, *(unit for column in UNITS.values() for unit in column)]
"""The names of all parts of the 2-3-2 net."""

LETTER, NUMBER = 16, 12.5
"""The sizes of a symbol and of a number. An index has three quarters of its symbol."""


class Drawing(str):
    """An SVG that a notebook shows, the same text on every run."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return what a notebook stores as text."""
        return f"<Drawing of a net with {self.count('<text')} labels>"

    def _repr_svg_(self) -> str:
        return str(self)


class Arrow(NamedTuple):
    """The ways of an arrow: its shaft, and its head, which is filled."""

    shaft: str
    head: str


def _way(*points: Point) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


@dataclass(frozen=True)
class Net:
    """Where the centres of the units are, and the radius of each."""

    places: Mapping[str, Point]
    radius: float = 23

    def between(self, start: str, end: str, share: float) -> Point:
        """Return the point that has gone a share of the way from one unit to another."""
        (x0, y0), (x1, y1) = self.places[start], self.places[end]
        return round(x0 + share * (x1 - x0), 1), round(y0 + share * (y1 - y0), 1)

    def arrow(self, start: str, end: str) -> Arrow:
        """Return the arrow from unit to unit, with a hair between it and their rims."""
        gap = (self.radius + 1) / math.dist(self.places[start], self.places[end])
        return self._arrow(self.between(start, end, gap), self.between(start, end, 1 - gap))

    def bias(self, unit: str) -> Arrow:
        """Return the short arrow that comes into a unit from above."""
        x, y = self.places[unit]
        rim = y - self.radius - 1
        return self._arrow((x, rim - 0.75 * self.radius), (x, rim))

    def _arrow(self, start: Point, end: Point) -> Arrow:
        (x0, y0), (x1, y1) = start, end
        angle = math.atan2(y1 - y0, x1 - x0)
        cos, sin = self.radius / 3 * math.cos(angle), self.radius / 3 * math.sin(angle)
        left, right = ((x1 - cos - side * sin, y1 - sin + side * cos) for side in (0.33, -0.33))
        return Arrow(_way(start, (x1 - cos, y1 - sin)), _way(end, left, right) + "z")

    def unit(self, name: str, *, lit: bool = True) -> str:
        """Return the circle of a unit, or the box of a target and the dots that lead to it."""
        (x, y), role = self.places[name], ROLES[name[0]] if lit else "grid"
        look = {"fill": LIGHT["paper"], "stroke": LIGHT[role], "stroke_width": 1.65}
        if name[0] != "t":
            return element("circle", cx=x, cy=y, r=self.radius, **look)
        half, start = 0.75 * self.radius, self.places[f"y{name[1]}"][0] + self.radius + 3
        box = {"x": x - half, "y": y - half, "width": 2 * half, "height": 2 * half}
        dots = {"stroke": LIGHT["muted" if lit else "grid"], "stroke_dasharray": "1.5 2.5"}
        line = element("path", d=f"M{start:g} {y:g}H{x - half - 2:g}", **dots)
        return line + element("rect", rx=round(half / 5), **box, **look)


def two_layer(column: float = 140, row: float = 92, radius: float = 23) -> Net:
    """Return the 2-3-2 net: the distance of its layers, of the units in each, and their radius."""
    across = {"x": 0, "h": column, "y": 2 * column, "t": 2.45 * column}
    return Net(
        {
            unit: (across[letter], row * (k - (len(units) - 1) / 2))
            for letter, units in UNITS.items()
            for k, unit in enumerate(units)
        },
        radius,
    )


def share(weight: str) -> float:
    """Return how far along its arrow the label of a weight stands, clear of all other arrows.

    Arrows cross at the same shares in every net of two, three and two units, whatever its
    measures. The second layer is the first, seen in a mirror.
    """
    at = 0.72 if weight in ("w13", "w21", "u12", "u31") else 0.35
    return at if weight[0] == "w" else 1 - at


# --- What the parts look like -------------------------------------------------------------------


def element(tag: str, *inside: str, **attributes: object) -> str:
    """Return an element of SVG; `_` in the name of an attribute stands for `-`."""
    written = "".join(
        f' {name.replace("_", "-")}="{f"{value:g}" if isinstance(value, float) else value}"'
        for name, value in attributes.items()
    )
    # A line for each part of a whole, so that a change of one is seen.
    apart = "\n" if tag in ("g", "svg") else ""
    within = "".join(apart + each for each in inside if each)
    return f"<{tag}{written}>{within}</{tag}>" if inside else f"<{tag}{written}/>"


def arrows(
    drawn: Iterable[Arrow], colour: str = "muted", width: float = 1.3, when: str = ""
) -> str:
    """Return arrows of one colour of the palette; `when` is a class of those that move."""
    moving = {"class": when, "pathLength": 1} if when else {}
    paths = [element("path", d="".join(arrow), **moving) for arrow in drawn]
    return element("g", *paths, stroke=LIGHT[colour], fill=LIGHT[colour], stroke_width=width)


def unit(net: Net, name: str, value: str = "", *, lit: bool = True) -> str:
    """Return a unit or a target with its symbol or value in it; faint if it is not lit."""
    ink = ROLES[name[0]] if lit else "muted"
    return net.unit(name, lit=lit) + named(net.places[name], name, value, ink)


def number(value: float, digits: int = 4) -> str:
    """Return a number as the figures show it."""
    return f"{value:.{digits}f}".replace("-", "\u2212")


def text(at: Point, words: str, colour: str = "ink", **more: object) -> str:
    """Return a number or other words, in the middle of a place."""
    x, y = at
    return element(
        "text", words, x=round(x, 1), y=round(y + 0.33 * NUMBER, 1), fill=LIGHT[colour], **more
    )


def symbol(at: Point, name: str, colour: str = "ink", after: str = "") -> str:
    """Return a symbol and what follows it, in the middle of a place."""
    index = {"font_style": "normal", "font_size": 0.75 * LETTER}
    layer, k = (name[1], name[2:]) if name[0] in "abd" else ("", name[1:])
    signs = name[0].replace("d", "δ")
    if k:
        signs += element("tspan", k, dy=0.25 * LETTER, **index)
    if layer:
        # It stands above the subscript, which is one digit wide: half an em.
        signs += element("tspan", f"({layer})", dx="-.5em", dy=-0.7 * LETTER, **index)
    if after:
        back = (0.7 if layer else 0) - (0.25 if k else 0)
        signs += element("tspan", after, dy=back * LETTER, **index | {"font_size": NUMBER})
    return text(at, signs, colour, font_style="italic", font_size=LETTER)


def named(at: Point, name: str, value: str = "", colour: str = "ink") -> str:
    """Return what stands for a part: its value if it is given, or else its symbol."""
    return text(at, value, colour) if value else symbol(at, name, colour)


def on_arrow(at: Point, name: str, value: str = "") -> str:
    """Return a symbol or a value that lies on its arrow, with paper behind it."""
    width, height = 4 + 0.5 * NUMBER * (len(value) or 4), 17
    x, y = at
    corner = {"x": round(x - width / 2, 1), "y": round(y - height / 2, 1)}
    paper = element("rect", **corner, width=width, height=height, fill=LIGHT["paper"])
    return paper + named(at, name, value)


def whole(box: Box, *parts: str, **more: object) -> str:
    """Return a whole SVG that shows a box: its left and upper edge, its width and height."""
    look = {"font_family": "'STIXGeneral', serif", "font_size": NUMBER, "text_anchor": "middle"}
    return element("svg", *parts, viewBox=" ".join(map(str, box)), **look, **more)


def on_paper(box: Box, *parts: str) -> Drawing:
    """Return a drawing that stands on its own, on the paper of the book whatever lies around."""
    own = {"xmlns": "http://www.w3.org/2000/svg", "style": f"background: {LIGHT['paper']}"}
    return Drawing(whole(box, *parts, width=1.25 * box[2], height=1.25 * box[3], **own))


def cover() -> str:
    """Return the picture of the cover: the net, and the way back from both outputs to an input.

    The classes are for the style of the cover: it draws the arrows forward, then the way back.
    """
    net = two_layer(column=155, row=66, radius=20)
    back = {("y1", "h1"): "third", ("y2", "h1"): "third", ("h1", "x1"): "fourth"}
    # An arrow that is gone back along has its head there.
    ahead = [
        net.arrow(*ends)._replace(**{"head": ""} if ends[::-1] in back else {})
        for ends in WEIGHTS.values()
    ]
    return whole(
        (-21, -87, 417, 174),
        arrows(ahead, "grid"),
        arrows(ahead[:6], when="first"),
        arrows(ahead[6:], when="second"),
        *(arrows([net.arrow(*ends)], "delta", 2.2, when) for ends, when in back.items()),
        *(unit(net, name) for name in net.places),
        **{"class": "hero", "aria_hidden": "true", "focusable": "false"},
    )
