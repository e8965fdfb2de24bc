r"""Puts proposed labels and tables into a file; nothing else of it changes.

A label goes where the form of its display has it: behind the dollar signs that close it, as an
option of its directive, or as ``\label`` in its environment. Whatever does not have one of these
forms is left to the author.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from proofread.parse import refuse
from proofread.propose import Proposal
from proofread.sources import Display, Heading, decoded, parse

_FENCE = re.compile(r"([\s>]*)(?:`{3,}|:{3,}|~{3,})\s*\{math\}")
_BEGIN = re.compile(r"[\s>]*\\begin\{\w+\*?\}")
_ROW = re.compile(r"[\s>]*")


def insert(proposal: Proposal, path: Path) -> list[str]:
    """Put the labels and the tables, after the first heading, into a Markdown file or a notebook.

    Returns
    -------
    list of str
        The labels that could not be put where they belong.

    Raises
    ------
    Fault
        When the file cannot be read, or is not set as programs write it.
    OSError
        When it cannot be written; it is then as it was.
    """
    path = path.resolve()
    content = path.read_bytes()
    text = decoded(content, str(path))
    into = _into_notebook if path.suffix == ".ipynb" else _into_markdown
    written, left = into(proposal, path, text)
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    newline = "\r\n" if b"\r\n" in content else "\n"

    def encoded(text: str) -> bytes:
        return mark + text.replace("\n", newline).encode()

    refuse(encoded(text) != content, "its lines end in several ways")
    _replace(path, encoded(written))
    return left


def _into_markdown(proposal: Proposal, path: Path, text: str) -> tuple[str, list[str]]:
    lines, left = _labelled(text, proposal.labels, path.suffix == ".qmd")
    at = _after_heading(path, text)
    tables = str(proposal).split("\n") if str(proposal) else []
    if tables:
        tables = [""] * bool(at and lines[at - 1].strip()) + tables
        tables += [""] * bool(at >= len(lines) or lines[at].strip())
    return "\n".join([*lines[:at], *tables, *lines[at:]]), left


def _into_notebook(proposal: Proposal, path: Path, text: str) -> tuple[str, list[str]]:
    """Label the displays of each cell, and put the tables into a cell of their own."""
    notebook: dict[str, Any] = json.loads(text)
    indent = 1 if text.startswith("{\n ") else None
    end = "\n" * text.endswith("\n")
    known = json.dumps(notebook, indent=indent, ensure_ascii=False) + end == text
    refuse(not known, "it is not set as notebooks are; open and save it, or copy the proposal")
    cells, left = notebook["cells"], list[str]()
    for number, cell in enumerate(cells, 1):
        wanted = [one for one in proposal.labels if one[0].place.cell == number]
        if wanted:
            lines, missed = _labelled("".join(cell["source"]), wanted, quarto=False)
            cell["source"] = "\n".join(lines).splitlines(keepends=True)
            left += missed
    if str(proposal):
        heading = next((event for event in parse(text, path, path.name)
                        if isinstance(event, Heading)), None)  # fmt: skip
        at = heading.place.cell or 0 if heading else 0
        cell = {"cell_type": "markdown", "id": "proofread-tables", "metadata": {}}
        new = notebook.get("nbformat_minor", 0) >= 5
        cell = {key: value for key, value in cell.items() if new or key != "id"}
        cells.insert(at, cell | {"source": str(proposal).splitlines(keepends=True)})
    return json.dumps(notebook, indent=indent, ensure_ascii=False) + end, left


def _labelled(
    text: str, wanted: Sequence[tuple[Display, str]], quarto: bool
) -> tuple[list[str], list[str]]:
    """Return the lines of a text with labels, and the labels that found no place."""
    lines, left = text.split("\n"), list[str]()
    for display, label in reversed(wanted):
        at = display.place.line - 1
        if fence := _FENCE.match(lines[at]):
            lines.insert(at + 1, f"{fence[1]}:label: {label}")
        elif begin := _BEGIN.match(lines[at]):
            lines[at] = f"{begin[0]}\\label{{{label}}}{lines[at][begin.end() :]}"
        elif (end := _end_of(display, lines)) is not None:
            lines[end] = lines[end].rstrip() + (f" {{#{label}}}" if quarto else f" ({label})")
        else:
            left.insert(0, f"({label}) of {' '.join(display.latex.split())}")
    return lines, left


def _end_of(display: Display, lines: Sequence[str]) -> int | None:
    """Return the line that ends with the dollar signs of a display that has lines of its own."""
    first = display.place.line - 1
    if not _ROW.sub("", lines[first], count=1).startswith("$$"):
        return None
    for last in range(first, min(first + display.latex.count("\n") + 2, len(lines))):
        whole = "\n".join(_ROW.sub("", line, count=1) for line in lines[first : last + 1]).strip()
        same = "".join(whole.split()) == "$$" + "".join(display.latex.split()) + "$$"
        if same:
            return last
    return None


def _after_heading(path: Path, text: str) -> int:
    """Return the line, from 0, before which the tables go: they hold from there to the end."""
    lines = text.split("\n")
    for event in parse(text, path, path.name):
        if not isinstance(event, Heading):
            break
        at = event.place.line
        underlined = re.fullmatch(r"\s{0,3}(=+|-+)\s*", lines[at]) if at < len(lines) else None
        return at + 1 if underlined else at
    if lines[0].rstrip() == "---":
        ends = (n for n, line in enumerate(lines[1:], 2) if line.rstrip() in ("---", "..."))
        return next(ends, 0)
    return 0


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole, or not at all."""
    written, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(written, "wb") as file:
            file.write(content)
        os.chmod(name, path.stat().st_mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
