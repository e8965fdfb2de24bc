r"""Displays, tables and headings of a chapter, in order, from Markdown or a notebook.

The Markdown is read as MyST reads it: ``$$ … $$ (label)``, ``{math}`` directives, tables and
headings, also inside lists, quotes, admonitions, exercises and any other nested directive.

A formula in a line of text is checked like a display where it has a label of its own, which MyST's
extension ``attrs_inline`` makes a target for links: ``[$a = b$]{#eq-label}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from proofread.parse import Fault

MAX_BYTES = 5_000_000
MAX_NESTING = 20
_CODE = (
    "code",
    "code-block",
    "code-cell",
    "sourcecode",
    "literalinclude",
    "raw",
    "mermaid",
    "eval-rst",
)


@dataclass(frozen=True)
class Place:
    """Where something stands.

    Attributes
    ----------
    file : str
        The path as it was given.
    line : int
        The line, from 1; in a notebook the line within the cell.
    cell : int or None
        The number of the notebook's cell, from 1.
    """

    file: str
    line: int
    cell: int | None = None

    def __str__(self) -> str:
        """Return the place as a report shows it."""
        cell = f"cell {self.cell}, " if self.cell is not None else ""
        return f"{self.file}, {cell}line {self.line}" if cell else f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Display:
    """A display, or a labelled formula in a line; the label is empty where there is none."""

    label: str
    latex: str
    place: Place
    inline: bool = False


@dataclass(frozen=True)
class Table:
    """A table: its headings in lower case, and its rows with their lines."""

    headings: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], Place], ...]
    place: Place


@dataclass(frozen=True)
class Heading:
    """A heading and its level."""

    level: int
    place: Place


@dataclass(frozen=True)
class Inline:
    """A formula in a line of text that states an equality and has no label."""

    latex: str
    place: Place


@dataclass(frozen=True)
class Broken:
    """A place that cannot be read, and why."""

    message: str
    place: Place


Event = Display | Table | Heading | Inline | Broken


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.use(
        dollarmath_plugin,
        allow_labels=True,
        allow_space=True,
        allow_digits=True,
        double_inline=True,
    )
    parser.use(amsmath_plugin)
    parser.use(attrs_plugin, spans=True)
    parser.use(colon_fence_plugin)
    return parser


def chapter(path: Path, shown: str | None = None) -> list[Event]:
    """Read the events of one file, in order.

    Parameters
    ----------
    path : Path
        A Markdown file, or a notebook, by its suffix.
    shown : str, optional
        The path to show in reports.

    Returns
    -------
    list of Event
        Displays, tables, headings, and what is broken.

    Raises
    ------
    Fault
        When the file cannot be read at all.
    """
    name = shown or str(path)
    text = _text(path, name)
    if path.suffix != ".ipynb":
        return list(_events(text, name, 0, None, 0))
    try:
        cells = json.loads(text)["cells"]
        sources = [("".join(cell["source"]), cell["cell_type"]) for cell in cells]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Fault(
            f"{name} is no notebook: {type(error).__name__} while reading its cells"
        ) from None
    events: list[Event] = []
    for number, (source, kind) in enumerate(sources, 1):
        if kind == "markdown":
            events += _events(source, name, 0, number, 0)
    return events


def _text(path: Path, name: str) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Fault(f"{name} is larger than {MAX_BYTES // 1_000_000} MB")
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise Fault(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Fault(f"{name} is no UTF-8 text") from None
    if "\0" in text:
        raise Fault(f"{name} holds a zero byte: it is no text")
    return text.replace("\r\n", "\n")


def _events(text: str, name: str, offset: int, cell: int | None, depth: int) -> Iterator[Event]:
    def place(token: Token) -> Place:
        return Place(name, offset + (token.map[0] if token.map else 0) + 1, cell)

    if depth > MAX_NESTING:
        yield Broken(
            f"directives are nested more than {MAX_NESTING} deep", Place(name, offset + 1, cell)
        )
        return
    tokens = _markdown().parse(text)
    for number, token in enumerate(tokens):
        if token.type == "heading_open" and depth == 0:
            yield Heading(int(token.tag[1:]), place(token))
        elif token.type in ("math_block", "math_block_label"):
            yield Display(
                token.info if token.type == "math_block_label" else "", token.content, place(token)
            )
        elif token.type == "amsmath":
            yield Display("", token.content, place(token))
        elif token.type == "table_open":
            yield _table(tokens, number, place)
        elif token.type in ("fence", "colon_fence"):
            yield from _directive(token, name, offset, cell, depth)
        elif token.type == "inline":
            yield from _inline(token, place(token))


_LABEL = re.compile(r"(def|eq|show|wrong)-.")
_LABEL_ALONE = re.compile(r"\{#(def|eq|show|wrong)-")
_EQUALITY = re.compile(r"(?<![\\<>])=|\\leftarrow")


def _inline(token: Token, place: Place) -> Iterator[Event]:
    children = token.children or []
    labelled: Token | None = None
    for number, child in enumerate(children):
        text = child.content if child.type == "text" else ""
        label = str(child.attrs.get("id", ""))
        if _LABEL.match(label) or _LABEL_ALONE.search(text):
            labelled, *after = children[number + 1 : number + 3] or [child]
            if labelled.type != "math_inline" or [one.type for one in after] != ["span_close"]:
                yield Broken("a label in a line is written [$…$]{#eq-…}, with one formula", place)
            else:
                yield Display(label, labelled.content, place, inline=True)
        elif child.type == "math_inline_double":
            yield Display("", child.content, place)
        elif child.type == "math_inline" and child is not labelled:
            if _EQUALITY.search(child.content):
                yield Inline(child.content, place)
        elif "$$" in text:
            yield Broken("a display that is opened with $$ and never closed", place)


def _directive(
    token: Token, name: str, offset: int, cell: int | None, depth: int
) -> Iterator[Event]:
    """Read the body of a directive as Markdown, or as mathematics when it is ``{math}``."""
    match = re.match(r"\{([\w:.-]+)\}\s*(.*)", token.info.strip())
    first = offset + (token.map[0] if token.map else 0)
    if not match or match.group(1) in _CODE:
        return
    lines = token.content.split("\n")
    skipped, label = 0, ""
    if lines[0].strip() == "---":
        skipped = next((n for n, line in enumerate(lines[1:], 2) if line.strip() == "---"), 1)
    while skipped < len(lines) and (option := re.match(r"\s*:([\w-]+):\s*(.*)", lines[skipped])):
        label = option.group(2).strip() if option.group(1) in ("label", "name") else label
        skipped += 1
    for line in lines[:skipped]:
        named = re.match(r"\s*(?:label|name):\s*(\S+)", line)
        label = named.group(1) if named else label
    body = "\n".join(lines[skipped:])
    if match.group(1) == "math":
        latex = "\n".join(part for part in (match.group(2), body) if part.strip())
        yield Display(label, latex, Place(name, first + 1, cell))
    else:
        yield from _events(body, name, first + 1 + skipped, cell, depth + 1)


def _table(tokens: list[Token], start: int, place: object) -> Table:
    where = place(tokens[start])  # type: ignore[operator]
    rows: list[tuple[tuple[str, ...], Place]] = []
    cells: list[str] = []
    for token in tokens[start:]:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            cells, line = [], place(token)  # type: ignore[operator]
        elif token.type == "inline":
            cells.append(token.content)
        elif token.type == "tr_close":
            rows.append((tuple(cells), line))
    head = tuple(cell.strip().strip("*").casefold() for cell in rows[0][0])
    return Table(head, tuple(rows[1:]), where)
