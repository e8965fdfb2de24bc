"""Events of what Sphinx has read: what is rendered is what is judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from docutils import nodes

from proofread.labels import Labels
from proofread.parse import Fault
from proofread.sources import (
    MATHS,
    STATES,
    Display,
    Event,
    Heading,
    Inline,
    Origin,
    Place,
    Table,
    Unread,
    display,
    table,
    text_of,
)

# The reader of notebooks counts so many lines a cell, and one more at the head of each.
LINES_A_CELL = 10_000


def events(
    document: nodes.document, path: Path, shown: Callable[[Path], str], labels: Labels
) -> Iterator[Event]:
    """Yield the events of a page.

    Parameters
    ----------
    document : docutils.nodes.document
        The page as Sphinx has read it, before references are resolved.
    path : Path
        Its file.
    shown : callable
        Gives the path that reports show for a file.
    labels : Labels
        What labels say.
    """
    return _Reader(path, shown, labels).walk(document, 0, False)


def _lines(path: Path) -> tuple[tuple[str, ...], ...]:
    """Return the lines of a file, or of each cell of a notebook."""
    try:
        text = text_of(path, str(path))
        if path.suffix != ".ipynb":
            return (tuple(text.split("\n")),)
        cells = json.loads(text)["cells"]
        return tuple(tuple("".join(cell["source"]).split("\n")) for cell in cells)
    except (Fault, ValueError, KeyError, TypeError):
        return ((),)


REPEATS = "proofread-chapter"
"""The class of what repeats formulas that are judged elsewhere, such as the list of verdicts."""


class _Reader:
    """Walks one page; `at` is the last line that a node named."""

    def __init__(self, path: Path, shown: Callable[[Path], str], labels: Labels) -> None:
        self.path, self.labels = path, labels
        self.shown, self.lines = cache(shown), cache(_lines)
        self.at = ("", 1)

    def walk(self, node: nodes.Element, level: int, printed: bool) -> Iterator[Event]:
        """Yield the events below a node; `printed` is whether a cell's output holds it."""
        for child in node.children:
            if not isinstance(child, nodes.Element):
                continue
            self._move(child)
            if REPEATS in child.get("classes", ()):
                continue
            if isinstance(child, nodes.section):
                yield Heading(level + 1, self._place())
                yield from self.walk(child, level + 1, printed)
            elif isinstance(child, nodes.math_block | nodes.math):
                yield from self._formula(child, printed)
            elif isinstance(child, nodes.raw):
                if child.get("format") == "html" and MATHS.search(child.astext()):
                    yield Unread("a formula in raw HTML", self._place())
            elif not isinstance(child, nodes.comment | nodes.literal_block):
                if isinstance(child, nodes.table) and not printed:
                    yield from self._table(child)
                inside = printed or child.get("nb_element") == "cell_code_output"
                yield from self.walk(child, level, inside)

    def _move(self, node: nodes.Element) -> None:
        if node.line is not None and node.line > 0:
            self.at = str(node.source or "").split(":docstring of ")[0], node.line

    def _origin(self) -> tuple[Origin, int]:
        """Return the text around the current node, and the line, from 0."""
        file, line = self.at
        path = Path(file) if file and Path(file).is_absolute() else self.path
        cell = None
        if path.suffix == ".ipynb":
            cell, line = divmod(line - 1, LINES_A_CELL)
        cells = self.lines(path)
        number = (cell or 1) - 1
        lines = cells[number] if 0 <= number < len(cells) else ()
        name = self.shown(path)
        return Origin(name, lines or ("",) * (line + 1), cell, folder=path.parent), line - 1

    def _place(self) -> Place:
        origin, line = self._origin()
        return origin.place(line)

    def _formula(self, node: nodes.Element, printed: bool) -> Iterator[Event]:
        latex = node.astext()
        origin, line = self._origin()
        if printed:
            if isinstance(node, nodes.math_block):
                yield Unread("a formula that a cell prints", origin.place(line))
            elif STATES.search(latex):
                yield Inline(latex, origin.place(line))
            return
        if isinstance(node, nodes.math_block):
            # The reader of amsmath invents a label where there is none.
            label = "" if "amsmath" in node["classes"] else str(node.get("label") or "")
            yield from display(label, latex, origin, line, self.labels)
            return
        names = [one for one in node.parent.get("ids", ()) if self.labels.kind_of(one)]
        if isinstance(node.parent, nodes.inline) and names and len(node.parent.children) == 1:
            for event in display(names[0], latex, origin, line, self.labels):
                yield replace(event, inline=True) if isinstance(event, Display) else event
        elif STATES.search(latex):
            yield Inline(latex, origin.place(*origin.find(latex, line)))

    def _table(self, node: nodes.Element) -> Iterator[Table]:
        rows = []
        for row in node.findall(nodes.row):
            self._move(row)
            cells = tuple(_cell(entry) for entry in row.findall(nodes.entry))
            rows.append((cells, self._place()))
        if rows:
            yield table(rows, rows[0][1])


def _cell(node: nodes.Node) -> str:
    """Return the text of a cell as its author wrote it."""
    if isinstance(node, nodes.math):
        return f"${node.astext()}$"
    if isinstance(node, nodes.literal):
        return f"`{node.astext()}`"
    if isinstance(node, nodes.Text):
        return str(node.astext())
    return "".join(_cell(child) for child in node.children)
