"""SVG figures become part of the page, so that they follow its theme.

A figure is drawn in the light colours of the palette; on the page each is a CSS variable.
"""

import html
import re
from itertools import count
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from bp import drawing
from bp.palette import LIGHT

NAMES = {colour: name for name, colour in LIGHT.items()}
COLOURS = re.compile("|".join(NAMES), re.IGNORECASE)
# On a page the sheet of one drawing would hold for all, and the page be styled anew behind each.
SHEET = re.compile(r"<defs>\s*<style[^>]*>\*\{([^}]*)\}</style>\s*</defs>")
# Matplotlib writes a rectangle by its four corners.
NUMBER = r"(-?[\d.]+)"
CORNERS = re.compile(rf"M {NUMBER} {NUMBER} L {NUMBER} \2 L \3 {NUMBER} L \1 \4 z ?")
PROLOG = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)


def themed(svg: str) -> str:
    """Return a drawing with the colours of the theme in place of the light ones."""
    return COLOURS.sub(lambda match: f"var(--{NAMES[match[0].lower()]})", svg)


def show_cover(app: Sphinx, page: str, _template: str, context: dict[str, Any], _: object) -> None:
    """Give the template of the cover its picture."""
    if page == app.config.root_doc:
        context["hero"] = themed(drawing.cover())


def by_its_sides(corners: re.Match[str]) -> str:
    """Return a rectangle by one corner and its sides, to a tenth of a unit."""
    left, top, right, bottom = map(float, corners.groups())
    across, down = right - left, bottom - top
    return f"M{left:.1f} {top:.1f}h{across:.1f}v{down:.1f}h{-across:.1f}z"


def inlined(svg: str, alt: str, prefix: str) -> str:
    """Return an SVG document as an element of a page.

    Its ids get a prefix, since those of two figures on a page are often the same.
    """
    svg = PROLOG.sub("", svg).strip()
    if sheet := SHEET.search(svg):
        svg = SHEET.sub("", svg).replace("<svg", f'<svg style="{sheet[1]}"', 1)
    svg = themed(svg)
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    svg = re.sub(r'(href="|url\()#', rf"\1#{prefix}", svg)
    svg = re.sub(r'\s+xmlns(:\w+)?="[^"]*"|\s+version="[^"]*"', "", svg)
    svg = svg.replace("xlink:href", "href")
    # Nobody refers to most ids, and lines are for who reads a file.
    used = set(re.findall(r'(?:href="|url\()#([^")]*)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda match: match[0] if match[1] in used else "", svg)
    svg = re.sub(r">\s*\n\s*<", "><", svg)
    svg = re.sub(r"\s*\n\s*", " ", svg)
    svg = CORNERS.sub(by_its_sides, svg)
    return svg.replace("<svg", f'<svg role="img" aria-label="{html.escape(alt)}"', 1)


class InlineDrawings(SphinxPostTransform):
    """Replace each SVG image by its drawing."""

    # Before the images are collected for copying.
    default_priority = 5
    formats = ("html",)

    def run(self) -> None:
        """Read the drawings of one page."""
        number = count(1)
        for node in list(self.document.findall(nodes.image)):
            file = Path(self.app.srcdir, node["uri"])
            if file.suffix == ".svg" and file.exists():
                svg = inlined(file.read_text("utf-8"), node.get("alt", ""), f"svg{next(number)}-")
                node.replace_self(nodes.raw("", svg, format="html"))


def setup(app: Sphinx) -> None:
    """Inline drawings on every page."""
    app.connect("html-page-context", show_cover)
    app.add_post_transform(InlineDrawings)
