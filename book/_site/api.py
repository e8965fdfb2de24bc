"""Docstrings name equations by label; on the API page each becomes a link with its number."""

import re

from docutils import nodes
from sphinx.application import Sphinx

from proofread.labels import PREFIXES

LABEL = re.compile(rf"(?<!:)`((?:{'|'.join(PREFIXES)})[a-z0-9-]+)`")


def link_equations(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Turn each label of an equation into a reference."""
    lines[:] = [LABEL.sub(r":eq:`\1`", line) for line in lines]


def free_lists(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Take lists out of paragraphs, where Sphinx puts several returned values: HTML forbids it."""
    for paragraph in list(doctree.findall(nodes.paragraph)):
        if any(isinstance(child, nodes.bullet_list) for child in paragraph):
            paragraph.replace_self(paragraph.children)


def setup(app: Sphinx) -> None:
    """Read docstrings before they are parsed, and mend what becomes of them."""
    app.connect("autodoc-process-docstring", link_equations)
    app.connect("doctree-resolved", free_lists)
