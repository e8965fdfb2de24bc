"""Docstrings name equations by label; on the API page each becomes a link with its number."""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from proofread.labels import PREFIXES

from .folding import aside

# What has a fold of its own, or is none that shows.
FREE = (addnodes.desc, addnodes.index)
READABLE = 200
LABEL = re.compile(rf"(?<!:)`((?:{'|'.join(PREFIXES)})[a-z0-9-]+)`")


def link_equations(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Turn each label of an equation into a reference."""
    lines[:] = [LABEL.sub(r":eq:`\1`", line) for line in lines]


def keep_colons(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Put back what Napoleon takes for the type of a value: its description up to a colon."""
    if what in {"attribute", "data"}:
        for line in [line for line in lines if line.startswith(":type: ")]:
            lines.remove(line)
            lines[0] = f"{line.removeprefix(':type: ')}: {lines[0]}"


def leave_out_long_values(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Leave out values that nobody reads, such as a table of random numbers."""
    for value in list(doctree.findall(addnodes.desc_annotation)):
        if len(value.astext()) > READABLE and value.astext().startswith(" = "):
            value.parent.remove(value)


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
    app.connect("autodoc-process-docstring", keep_colons, priority=600)
    app.connect("doctree-resolved", leave_out_long_values)
    app.connect("doctree-resolved", free_lists)
    app.connect("doctree-resolved", fold_details)
