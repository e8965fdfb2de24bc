"""The scripts of the pages are served without the lines that explain them."""

import re
from pathlib import Path

from sphinx.application import Sphinx

STATIC = Path(__file__).parent.parent / "_static"
# A line that is nothing but a comment.
COMMENT = re.compile(r"^\s*(//.*|/\*\*.*\*/)\n", re.MULTILINE)


def shorten(app: Sphinx) -> None:
    """Leave the comments of the book's own scripts out, once all pages are there."""
    for script in STATIC.rglob("*.js"):
        served = Path(app.outdir, "_static", script.relative_to(STATIC))
        served.write_text(COMMENT.sub("", script.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Shorten them at the end of the build."""
    app.connect("pages-written", shorten)
