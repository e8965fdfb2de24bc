r"""The whole book: what ``[tool.proofread]`` in its ``pyproject.toml`` says, and :func:`check`.

::

    [tool.proofread]
    toc = "_toc.yml"             # the Jupyter Book table of contents: the order of the chapters
    symbols = "book/symbols.md"  # the tables of the book's own symbols; optional
    pins = "bp.pins:pins"        # what the book's code computes for each definition
    macros = { "\\R" = "\\mathbb{R}" }  # the book's own macros without arguments; optional

The book is found by walking up from the current directory, so a chapter's cells may run anywhere
in it. Where there is none, the variable ``PROOFREAD_BOOK`` may name its directory.
"""

from __future__ import annotations

import importlib
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from proofread.chapters import Place, chapter
from proofread.judge import HOLDS, Verdict
from proofread.mutate import repair
from proofread.parse import Fault
from proofread.pins import Pins
from proofread.scope import Notation, nearest
from proofread.text import Text

NETWORKS = 1000
ELSEWHERE = "PROOFREAD_BOOK"


class NoBook(Exception):
    """There is no book here, or its configuration cannot be used."""


class NotInOrder(Exception):
    """The equation that a cell checks is not in order; the message is the report."""


def find_root(start: Path | None = None) -> Path:
    """Return the nearest directory upwards whose ``pyproject.toml`` has ``[tool.proofread]``.

    Where there is none above the current directory, it is that which ``PROOFREAD_BOOK`` names.

    Raises
    ------
    NoBook
        When there is none.
    """
    named = [Path(os.environ[ELSEWHERE])] if start is None and ELSEWHERE in os.environ else []
    start = (start or Path.cwd()).resolve()
    for directory in (start, *start.parents, *named):
        if _settings(directory) is not None:
            return directory
    raise NoBook("no pyproject.toml with a table [tool.proofread] here or in a directory above")


def _settings(directory: Path) -> dict[str, Any] | None:
    path = directory / "pyproject.toml"
    if not path.is_file():
        return None
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("proofread")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NoBook(f"pyproject.toml cannot be read: {error}") from None
    return found if isinstance(found, dict) else None


def chapters_of(toc: Path) -> Iterator[str]:
    """Yield the files of a Jupyter Book table of contents, in order, without suffix.

    Raises
    ------
    NoBook
        When the file is no such table.
    """
    try:
        content = yaml.safe_load(toc.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise NoBook(f"{toc.name} cannot be read: {error}") from None
    if not isinstance(content, dict) or "root" not in content:
        raise NoBook(f"{toc.name} has no root; expected the table of contents of a Jupyter Book")
    yield str(content["root"])
    yield from _files(content)


def _files(node: Any) -> Iterator[str]:
    for key in ("parts", "chapters", "sections"):
        for entry in node.get(key) or []:
            if isinstance(entry, dict):
                if "file" in entry:
                    yield str(entry["file"])
                yield from _files(entry)


def _pins(name: str, root: Path) -> Pins:
    module, _, attribute = name.partition(":")
    for directory in (root, root / "src"):
        if str(directory) not in sys.path:
            sys.path.append(str(directory))
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise NoBook(f"pins = “{name}” cannot be imported: {error}") from None
    if not callable(found):
        raise NoBook(f"pins = “{name}” is not callable")
    pins: Pins = found
    return pins


def read_book(root: Path) -> Text:
    """Read a whole book: the symbol page, then every chapter of the table of contents.

    Parameters
    ----------
    root : Path
        The directory of the book's ``pyproject.toml``.

    Returns
    -------
    Text
        Ready to be checked: ``text.verdicts(networks)`` gives a verdict for each display, in order.

    Raises
    ------
    NoBook
        When the configuration cannot be used.
    """
    settings = _settings(root)
    if settings is None:
        raise NoBook(f"{root} has no [tool.proofread]")
    known = ["toc", "symbols", "pins", "macros"]
    for key in settings:
        if key not in known:
            raise NoBook(f"[tool.proofread] has the unknown key {key}{nearest(key, known)}")
    macros: Mapping[str, str] = settings.get("macros", {})
    text = Text(macros, _pins(settings["pins"], root) if "pins" in settings else None)
    own = Notation(macros)
    symbols = settings.get("symbols")
    if symbols:
        _read(text, root / symbols, root, own)
    for file in chapters_of(root / settings.get("toc", "_toc.yml")):
        path = _source(root, file)
        if path is None:
            text.problem(
                f"{file} is in the table of contents, and there is no such .md or .ipynb",
                Place(file, 1),
            )
        elif not symbols or path != root / symbols:
            _read(text, path, root, own.chapter())
    text.define()
    return text


def _source(root: Path, file: str) -> Path | None:
    candidates = [root / file, root / f"{file}.ipynb", root / f"{file}.md"]
    return next(
        (path for path in candidates if path.is_file() and path.suffix in (".md", ".ipynb")), None
    )


def _read(text: Text, path: Path, root: Path, notation: Notation) -> None:
    shown = path.relative_to(root).as_posix()
    try:
        text.read(chapter(path, shown), notation)
    except Fault as fault:
        text.problem(fault.message, Place(shown, 1))


_books: dict[Path, tuple[dict[Path, int], Text]] = {}


def current_book() -> Text:
    """Return the book around the current directory; it is read again when a file has changed."""
    root = find_root()
    settings = _settings(root) or {}
    toc = root / settings.get("toc", "_toc.yml")
    files = [root / "pyproject.toml", toc, root / settings.get("symbols", "pyproject.toml")]
    files += [path for file in chapters_of(toc) if (path := _source(root, file))]
    stamps = {path: path.stat().st_mtime_ns for path in files if path.is_file()}
    if root not in _books or _books[root][0] != stamps:
        _books[root] = stamps, read_book(root)
    return _books[root][1]


@dataclass(frozen=True)
class Line:
    """One line of a verdict, in the two forms that a page can show."""

    markdown: str
    plain: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/markdown": self.markdown, "text/plain": self.plain}


def line_of(verdict: Verdict) -> Line:
    """Say a verdict in one line, the same on every machine."""
    below = f"every error below {HOLDS:.0e}"
    if verdict.kind == "claim":
        what = f"Equation {{}} holds: {verdict.compared}, {below}."
    elif verdict.kind == "refuted claim":
        what = f"Equation {{}} is false: {verdict.message.removeprefix('false: ')}."
    elif verdict.kind == "definition":
        pinned = (
            f"agrees with the code, `{verdict.pinned}`" if verdict.pinned else "can be evaluated"
        )
        more = f"; what follows from it holds: {verdict.compared}, {below}" if verdict.count else ""
        what = f"Definition {{}} {pinned}{more}."
    else:
        what = f"Expression {{}} can be evaluated on {verdict.networks} random networks."
    label = verdict.display.label
    plain = what.replace("`", "").replace("{}", label, 1)
    if verdict.display.inline:
        return Line(what.replace("{}", f"${verdict.display.latex}$", 1), plain)
    return Line(what.replace("{}", f"{{eq}}`{label}`", 1), plain)


def check(label: str) -> None:
    """Check one display of the book, and show the verdict in one line.

    In a notebook the line is Markdown with the equation's number as a link; elsewhere it is
    printed.

    Parameters
    ----------
    label : str
        The label of the display, such as ``"eq-output-delta"``.

    Raises
    ------
    NotInOrder
        When the display is not what its label says. The message is the report.
    NoBook
        When there is no book around the current directory.
    ValueError
        When the book has no display of this label.
    """
    text = current_book()
    entry = text.find(label)
    if entry is None:
        labels = [entry.display.label for entry in text.entries]
        raise ValueError(f"the book has no display labelled {label}{nearest(label, labels)}")
    verdict = text.verdict(entry, NETWORKS)
    if not verdict.in_order:
        verdict.repair = repair(text, entry)
        raise NotInOrder(verdict.report())
    line = line_of(verdict)
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        print(line.plain)
        return
    if get_ipython() is None:
        print(line.plain)
    else:
        display(line)  # type: ignore[no-untyped-call]
