"""Events of a notebook: its Markdown cells, and the formulas that its cells print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from proofread.labels import Labels
from proofread.parse import Fault
from proofread.sources import (
    MATHS,
    MAX_TEXT,
    Broken,
    Display,
    Event,
    Inline,
    Origin,
    Unread,
    escaped,
    markdown,
)

# A cell of which the page does not show the output, or nothing at all.
HIDDEN = {"remove-cell", "remove_cell", "remove-output", "remove_output"}


def events(text: str, path: Path, name: str, labels: Labels) -> Iterator[Event]:
    """Yield the events of a notebook.

    Raises
    ------
    Fault
        When the text is no notebook.
    """
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
        kinds = [cell["cell_type"] for cell in cells]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Fault(
            f"{name} is no notebook: {type(error).__name__} while reading its cells"
        ) from None
    if sum(len(s) for s, kind in zip(sources, kinds, strict=True) if kind != "code") > MAX_TEXT:
        raise Fault(f"{name} holds more than {MAX_TEXT // 1_000_000} MB of text")
    finder = _Finder(text)
    for number, (cell, source, kind) in enumerate(zip(cells, sources, kinds, strict=True), 1):
        lines = tuple(source.split("\n"))
        origin = Origin(name, lines, number, finder.lines(cell["source"]), path.parent)
        if kind == "markdown":
            yield from markdown.events(source, origin, labels)
        elif kind == "raw" and MATHS.search(source):
            yield Unread("a raw cell with a formula", origin.place(0))
        elif kind == "code":
            yield from _printed(cell, origin, labels)


class _Finder:
    """Finds where each line of each cell stands in the notebook's file."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.line = text, 0, 1

    def lines(self, source: Any) -> tuple[tuple[int, int], ...]:
        """Return line and column of the lines of the next cell."""
        found: list[tuple[int, int]] = []
        for part in source if isinstance(source, list) else [source]:
            written = '"' + escaped(part) + '"'
            at = self.text.find(written, self.at)
            if at < 0:
                at = self.text.find(json.dumps(part), self.at)
            if at < 0:
                return ()
            self.line += self.text.count("\n", self.at, at)
            self.at = at
            column = at - self.text.rfind("\n", 0, at) + 1
            # A part is one line in most files; where it is many, they share its line.
            lines = part.splitlines(keepends=True) or [""]
            for line in lines:
                found.append((self.line, column))
                column += len(escaped(line)) if len(lines) > 1 else 0
        if not found or (isinstance(source, list) and source[-1:] and source[-1].endswith("\n")):
            found.append(found[-1] if found else (self.line, 1))
        return tuple(found)


def _printed(cell: Any, origin: Origin, labels: Labels) -> Iterator[Event]:
    """Yield the formulas in what a cell prints; they are counted, and never judged."""
    outputs, metadata = cell.get("outputs"), cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    if not isinstance(outputs, list) or (isinstance(tags, list) and HIDDEN & set(map(str, tags))):
        return
    place = origin.place(0)
    for data in (one.get("data") for one in outputs if isinstance(one, dict)):
        if not isinstance(data, dict):
            continue
        if "text/markdown" in data:
            text = "".join(data["text/markdown"])
            inside = Origin(origin.file, tuple(text.split("\n")), origin.cell)
            for event in markdown.events(text, inside, labels):
                if isinstance(event, Inline):
                    yield Inline(event.latex, place)
                elif isinstance(event, Display | Unread | Broken):
                    yield Unread("a formula that a cell prints", place)
        elif "text/latex" in data:
            yield Unread("a formula that a cell prints", place)
        elif "text/html" in data and MATHS.search("".join(data["text/html"])):
            yield Unread("a formula in the HTML that a cell prints", place)
