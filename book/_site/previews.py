"""The equations that pages refer to across pages, in one script that a reader loads at need.

A reference shows its equation before it is followed. One on the same page is there already; for
the others there is this file: a script, because a page on a disk may read no other page.
"""

import json
import posixpath
import re
from pathlib import Path
from typing import NamedTuple

from lxml import html
from sphinx.application import Sphinx

from .slimming import fragment

FILE = "equations.js"
REFERENCE = re.compile(r"([^#:]+\.html)#(equation-.+)")


class Found(NamedTuple):
    """What a page has to do with equations: those it refers to on others, and its own.

    The former are pairs of an address below the root of the site and an id, the latter HTML by id.
    """

    references: set[tuple[str, str]]
    equations: dict[str, str]


def gather(app: Sphinx, name: str, page: html.HtmlElement) -> tuple[str, Found]:
    """Return what a page has to do with equations."""
    folder = posixpath.dirname(app.builder.get_target_uri(name))
    references = {
        (posixpath.normpath(posixpath.join(folder, match[1])), match[2])
        for link in page.iter("a")
        if (match := REFERENCE.fullmatch(link.get("href", "")))
    }
    equations = {
        display.get("id"): fragment(display)
        for display in page.iter("div")
        if "id" in display.attrib and "display" in display.classes
    }
    return FILE, Found(references, equations)


def write(app: Sphinx) -> None:
    """Write each equation once under its id; a label, and so an id, is that of one equation."""
    gathered: dict[str, Found] = app.builder.gathered[FILE]
    pages = {app.builder.get_target_uri(name): found for name, found in gathered.items()}
    wanted = set().union(*(found.references for found in pages.values()))
    found = {
        name: equation
        for address, page in sorted(pages.items())
        for name, equation in page.equations.items()
        if (address, name) in wanted
    }
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (Path(app.outdir) / "_static" / FILE).write_text(f"window.equations={text}", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write them once all pages are there."""
    app.connect("page-written", gather)
    app.connect("pages-written", write)
