"""What turns the chapters into the site: one Sphinx extension; each part owns one thing."""

import gc
from importlib import import_module

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

PARTS = (
    "addresses", "answers", "api", "board", "boxes", "drawings", "edition", "explore", "folding",
    "formulas", "jupyter_book", "live", "margins", "mistakes", "pages", "pieces", "previews",
    "processes", "published", "recurring", "references", "scripts", "search", "sheets", "slides",
    "styles", "terms", "translator", "whole",
)  # fmt: skip


def search_anew(app: Sphinx, exception: Exception | None) -> None:
    """Look for garbage again, but not among what this build has made: the process ends soon."""
    gc.freeze()
    gc.enable()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up every part."""
    # To look for garbage among a million nodes takes a fifth of a build; to let it lie, 200 MB.
    gc.disable()
    app.connect("build-finished", search_anew, priority=1000)
    # For what a part gathers of each page, and what it makes of all once they are there.
    app.add_event("page-written")
    app.add_event("pages-written")
    for part in PARTS:
        import_module(f"{__name__}.{part}").setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
