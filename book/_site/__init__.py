"""What turns the chapters into the site: one Sphinx extension; each part owns one thing."""

from importlib import import_module

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

PARTS = (
    "api", "boxes", "drawings", "explore", "folding", "formulas", "ledger", "live", "margins",
    "pages", "search", "settings", "styles", "terms",
)  # fmt: skip


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up every part."""
    for part in PARTS:
        import_module(f"{__name__}.{part}").setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
