"""The equations that pages refer to across pages, in one script that a reader loads at need.

A reference shows its equation before it is followed. One on the same page is there already; for
the others there is this file: a script, because a page on a disk may read no other page.
"""

import json
import re
from pathlib import Path

from lxml import html
from sphinx.application import Sphinx

REFERENCE = re.compile(r'href="([^"#:]+\.html)#(equation-[^"]+)"')


def write(app: Sphinx) -> None:
    """Write each equation once under its id; a label, and so an id, is that of one equation."""
    site = Path(app.outdir)
    wanted: dict[str, set[str]] = {}
    for page in sorted(site.rglob("*.html")):
        for target, name in REFERENCE.findall(page.read_text(encoding="utf-8")):
            wanted.setdefault(target, set()).add(name)
    found: dict[str, str] = {}
    for target, names in sorted(wanted.items()):
        for display in html.parse(str(site / target)).getroot().find_class("display"):
            if (name := display.get("id")) in names:
                display.tail = None
                found[name] = html.tostring(display, encoding="unicode")
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (site / "_static" / "equations.js").write_text(f"window.equations={text}", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write them once all pages are there."""
    app.connect("pages-written", write)
