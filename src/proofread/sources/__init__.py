r"""Where texts come from, and what is found in them.

Each source turns a file into the same events, in the order of the text:

``markdown``
    a Markdown file, as MyST, Quarto and GitHub read it;
``notebook``
    the Markdown cells of a notebook, and what its cells print;
``doctree``
    what Sphinx has read, so that what is rendered is what is judged.

Nothing is dropped without a word: what may hold mathematics and is not judged becomes an
:class:`Inline` or an :class:`Unread`, which a report counts and names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from proofread.labels import Labels
from proofread.parse import Fault

MAX_BYTES = 5_000_000
MAX_TEXT = 1_000_000
SUFFIXES = (".ipynb", ".md", ".qmd", ".markdown")


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
    column : int or None
        The column, from 1, where it is known.
    raw : tuple of int or None
        Line and column in the notebook's file itself, for programs that open it as text.
    """

    file: str
    line: int
    cell: int | None = None
    column: int | None = None
    raw: tuple[int, int] | None = None

    def __str__(self) -> str:
        """Return the place as a report shows it."""
        if self.cell is None:
            return f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "")
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}, cell {self.cell}, line {self.line}{column}"

    @property
    def position(self) -> tuple[int, int]:
        """Line and column in the file as text."""
        return self.raw or (self.line, self.column or 1)

    def right(self, text: str) -> Place:
        """Return the place behind a text that begins here."""
        raw = self.raw and (self.raw[0], self.raw[1] + len(escaped(text)))
        return replace(self, column=(self.column or 1) + len(text), raw=raw)


def escaped(text: str) -> str:
    """Return a text as a notebook's file holds it."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


@dataclass(frozen=True)
class Origin:
    """The lines of a file, or of a notebook's cell, and where they stand.

    Attributes
    ----------
    file : str
        The path as reports show it.
    lines : tuple of str
        The text.
    cell : int or None
        The number of the notebook's cell.
    raw : tuple
        For each line of a cell, line and column of its first character in the notebook's file.
    folder : Path
        Where the paths in the text start.
    """

    file: str
    lines: tuple[str, ...]
    cell: int | None = None
    raw: tuple[tuple[int, int], ...] = ()
    folder: Path = Path()

    def place(self, line: int, column: int | None = None) -> Place:
        """Return the place of a line, counted from 0, and of a column in it, also from 0."""
        line = max(0, min(line, len(self.lines) - 1))
        if column is None:
            return Place(self.file, line + 1, self.cell, raw=self.raw[line] if self.raw else None)
        start = self.raw[line] if self.raw else None
        return Place(self.file, line + 1, self.cell, 1, start).right(self.lines[line][:column])

    def find(self, text: str, line: int, column: int = 0, lines: int = 3) -> tuple[int, int]:
        """Return line and column of a text, looked for from a line on; or where looking began."""
        for number in range(line, min(line + lines, len(self.lines))):
            found = self.lines[number].find(text, column if number == line else 0)
            if found >= 0:
                return number, found
        return line, column


@dataclass(frozen=True)
class Display:
    r"""A display, or a labelled formula in a line; the label is empty where there is none.

    Attributes
    ----------
    label, latex : str
        The label, and what stands between the dollar signs; a ``\\label`` is blanked out.
    place : Place
        Where it begins.
    inline : bool
        Whether it stands in a line.
    starts : tuple of Place
        For each line of the LaTeX, the place of its first character that is no blank.
    number : str
        The number that the reader sees, where the source knows it.
    """

    label: str
    latex: str
    place: Place
    inline: bool = False
    starts: tuple[Place, ...] = ()
    number: str = ""

    def at(self, offset: int | None) -> Place:
        """Return the place of a character of the LaTeX."""
        line = self.latex.count("\n", 0, offset or 0)
        if offset is None or line >= len(self.starts):
            return self.place
        before = self.latex[self.latex.rfind("\n", 0, offset) + 1 : offset]
        return self.starts[line].right(before.lstrip())


@dataclass(frozen=True)
class Table:
    """A table: its headings in lower case, and its rows with their places."""

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
    """A formula in a line of text that states something and has no label."""

    latex: str
    place: Place


@dataclass(frozen=True)
class Unread:
    """Something that may hold mathematics and is not read, and what it is."""

    what: str
    place: Place


@dataclass(frozen=True)
class Broken:
    """A place that cannot be read, and why."""

    message: str
    place: Place


Event = Display | Table | Heading | Inline | Unread | Broken

STATES = re.compile(
    r"(?<![\\<>])=|\\(?:leftarrow|gets|coloneqq|approx|ne|neq|leq?|geq?|equiv)(?![A-Za-z])|[<>]"
)
_INNER = re.compile(r"\\label\s*\{([^{}]*)\}")
# What a browser may still show as mathematics inside raw HTML.
MATHS = re.compile(r"\$\$|\\\[|\\\(|<math\b|\\begin\{|\$[^$\n]+\$")


def display(
    label: str, latex: str, origin: Origin, line: int, labels: Labels, column: int = 0
) -> Iterator[Event]:
    r"""Yield a display that begins at a line of its origin, with the ``\label`` in it, if any."""
    inner = _INNER.findall(latex)
    latex = _INNER.sub(lambda found: " " * len(found[0]), latex)
    if not label and len({labels.kind_of(one) for one in inner}) > 1:
        yield Broken("labels of several kinds in one display", origin.place(line))
    starts, at = [], (line, column)
    for number, part in enumerate(latex.split("\n")):
        if part.strip():
            at = origin.find(part.strip(), at[0], at[1], lines=200 if number == 0 else 3)
        starts.append(origin.place(*at))
        at = (at[0] + 1, 0)
    yield Display(label or "".join(inner[:1]), latex, origin.place(line), starts=tuple(starts))


def table(rows: list[tuple[tuple[str, ...], Place]], place: Place) -> Table:
    """Return a table out of its rows, the headings first."""
    head = tuple(cell.strip().strip("*").casefold() for cell in rows[0][0])
    return Table(head, tuple(rows[1:]), place)


def read(path: Path, shown: str | None = None, labels: Labels | None = None) -> list[Event]:
    """Read the events of one file, in order.

    Parameters
    ----------
    path : Path
        A Markdown file, or a notebook, by its suffix.
    shown : str, optional
        The path to show in reports.
    labels : Labels, optional
        What the labels say.

    Returns
    -------
    list of Event
        Displays, tables, headings, and what is broken or not read.

    Raises
    ------
    Fault
        When the file cannot be read at all.
    """
    name = shown or str(path)
    return parse(text_of(path, name), path, name, labels)


def parse(text: str, path: Path, name: str, labels: Labels | None = None) -> list[Event]:
    """Read the events of a text, which stands in the file `path`; see :func:`read`."""
    from proofread.sources import markdown, notebook

    reader = notebook.events if path.suffix == ".ipynb" else markdown.events_of_file
    return list(reader(text, path, name, labels or Labels()))


def text_of(path: Path, name: str) -> str:
    """Return the text of a file.

    Raises
    ------
    Fault
        When it cannot be read, is too large, or is no text.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Fault(f"{name} is larger than {MAX_BYTES // 1_000_000} MB")
        return decoded(path.read_bytes(), name)
    except OSError as error:
        raise Fault(f"{name} cannot be read: {error.strerror}") from None


def decoded(content: bytes, name: str) -> str:
    """Return the text of a file's bytes, without a byte-order mark.

    Raises
    ------
    Fault
        When it is no text in UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"line {line} holds the byte {content[error.start]:#04x}"
        raise Fault(f"{name} is no UTF-8 text: {byte}; save it as UTF-8") from None
    if "\0" in text:
        raise Fault(f"{name} holds a zero byte: it is no text")
    return text.replace("\r\n", "\n").replace("\r", "\n")
