"""Docstrings name equations by label; on the API page each becomes a link with its number."""

import re

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

LABEL = re.compile(r"(?<!:)`((?:def|eq|show|wrong)-[a-z0-9-]+)`")


def link_equations(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Turn each label of an equation into a reference."""
    lines[:] = [LABEL.sub(r":eq:`\1`", line) for line in lines]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Read docstrings before they are parsed."""
    app.connect("autodoc-process-docstring", link_equations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
