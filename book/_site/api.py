"""Docstrings name equations by label; on the API page each becomes a link with its number."""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from proofread.labels import PREFIXES

from .folding import aside

# What has a fold of its own, or is none that shows.
FREE = (addnodes.desc, addnodes.index)
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


def fold_details(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Fold what follows the first sentence on a name, so that a reader can look over the page."""
    for content in doctree.findall(addnodes.desc_content):
        rest = [child for child in content[1:] if not isinstance(child, FREE)]
        fields = [field for part in rest for field in part.findall(nodes.field_name)]
        heads = [*fields, *(part for part in rest if isinstance(part, nodes.rubric))]
        if heads:
            names = [head.astext() for head in heads if head.astext() != "Return type"]
            for child in rest:
                content.remove(child)
            content.insert(1, aside("", *rest, handle=", ".join(names), ids=[]))


def setup(app: Sphinx) -> None:
    """Read docstrings before they are parsed, and mend what becomes of them."""
    app.connect("autodoc-process-docstring", link_equations)
    app.connect("doctree-resolved", free_lists)
    app.connect("doctree-resolved", fold_details)
