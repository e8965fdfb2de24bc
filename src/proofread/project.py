"""A whole book, as :mod:`proofread.config` describes it, and :func:`check` for its cells."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from proofread.config import NoBook, Settings, pins_of, settings_around
from proofread.contents import NoContents, chapters_of
from proofread.mutate import repair
from proofread.parse import Fault
from proofread.report import line_of
from proofread.scope import Notation, nearest
from proofread.sources import SUFFIXES, Event, Place, read
from proofread.text import Crash, Text

NETWORKS = 100
ELSEWHERE = "PROOFREAD_BOOK"


class NotInOrder(Exception):
    """The equation that a cell checks is not in order; the message is the report."""


def settings_here(start: Path | None = None) -> Settings:
    """Return the settings of the book around a folder, by default the current one.

    Where there is no book around the current folder, the variable ``PROOFREAD_BOOK`` may name one.

    Raises
    ------
    NoBook
        When there is none.
    """
    settings = settings_around(start or Path.cwd())
    if settings is None and start is None and ELSEWHERE in os.environ:
        settings = settings_around(Path(os.environ[ELSEWHERE]))
    if settings is None:
        nowhere = "no pyproject.toml with a table [tool.proofread] here or in a directory above"
        raise NoBook(f"{nowhere}; without one, name the files: proofread FILE")
    return settings


def chapter_files(settings: Settings) -> Iterator[tuple[str, Path | None]]:
    """Yield the chapters of a book in order: the name that lists each, and its file.

    Raises
    ------
    NoBook
        When the table of contents cannot be used, or there is none.
    """
    for pattern in settings.files:
        paths = sorted(path for path in settings.root.glob(pattern) if path.suffix in SUFFIXES)
        yield from ((path.name, path) for path in paths)
        if not paths:
            yield pattern, None
    if not settings.toc:
        if not settings.files:
            raise NoBook("[tool.proofread] names neither toc nor files, and there is no _toc.yml")
        return
    toc = settings.root / settings.toc
    try:
        for name in chapters_of(toc, SUFFIXES):
            paths = [toc.parent / name, *(toc.parent / (name + suffix) for suffix in SUFFIXES)]
            yield name, next((p for p in paths if p.is_file() and p.suffix in SUFFIXES), None)
    except NoContents as error:
        raise NoBook(str(error)) from None


def read_book(settings: Settings, base: Path | None = None) -> Text:
    """Read a whole book: the symbol page, then every chapter.

    Parameters
    ----------
    settings : Settings
        What the project says.
    base : Path, optional
        The folder that the paths in reports start from, by default the project's own.

    Returns
    -------
    Text
        Ready to be checked: ``text.verdicts(networks)`` gives a verdict for each display, in order.

    Raises
    ------
    NoBook
        When the configuration cannot be used.
    """
    base = base or settings.root
    symbols = settings.root / settings.symbols if settings.symbols else None
    listed: list[tuple[str, Path | None]] = [(settings.symbols, symbols)] if symbols else []
    listed += [(name, path) for name, path in chapter_files(settings) if path != symbols]
    chapters: list[tuple[Path, str, Callable[[], Iterable[Event]]]] = []
    missing: list[str] = []
    for name, path in listed:
        if path is None:
            missing.append(name)
        else:
            shown = shown_from(base, path)
            chapters.append((path, shown, partial(read, path, shown, settings.labels)))
    text = assemble(settings, chapters, base)
    contents = shown_from(base, settings.root / (settings.toc or "pyproject.toml"))
    for name in missing:
        message = f"{name} is listed as a chapter, and there is no such {' or '.join(SUFFIXES)}"
        text.problem(message, Place(contents, 1))
    return text


def shown_from(base: Path, path: Path) -> str:
    """Return the path that reports show for a file."""
    try:
        return Path(os.path.relpath(path, base)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def assemble(
    settings: Settings,
    chapters: Iterable[tuple[Path, str, Callable[[], Iterable[Event]]]],
    base: Path,
) -> Text:
    """Make a book out of the events of its chapters.

    Parameters
    ----------
    settings : Settings
        What the project says.
    chapters : iterable
        The file of each chapter in order, the path to show for it, and what gives its events. The
        page of the book's own symbols, if there is one, comes first.
    base : Path
        The folder that the paths in reports start from.

    Returns
    -------
    Text
        Ready to be checked.
    """
    text = Text(settings.macros, pins_of(settings), labels=settings.labels)
    symbols = settings.root / settings.symbols if settings.symbols else None
    own = Notation(settings.macros)
    for path, shown, events in chapters:
        text.chapters[path.resolve()] = shown
        try:
            text.read(events(), own if path == symbols else own.chapter(), shown)
        except Fault as fault:
            text.problem(fault, Place(shown, 1))
        except Exception as error:
            text.problem(Crash(error), Place(shown, 1))
    if (settings.toc or settings.files) and not text.entries and not text.problems:
        contents = shown_from(base, settings.root / (settings.toc or "pyproject.toml"))
        text.problem("no display to check in the whole book", Place(contents, 1))
    text.define()
    return text


_books: dict[Path, tuple[dict[Path, int], Text]] = {}


def current_book(start: Path | None = None) -> Text:
    """Return the book around a folder; it is read again when a file has changed."""
    settings = settings_here(start)
    files = [settings.root / "pyproject.toml", settings.root / (settings.toc or "pyproject.toml")]
    files += [path for _, path in chapter_files(settings) if path]
    files += [settings.root / settings.symbols] if settings.symbols else []
    stamps = {path: path.stat().st_mtime_ns for path in files if path.is_file()}
    if settings.root not in _books or _books[settings.root][0] != stamps:
        _books[settings.root] = stamps, read_book(settings)
    return _books[settings.root][1]


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
        raise NotInOrder(replace(verdict, repair=repair(text, entry)).report())
    line = line_of(verdict)
    # A notebook has loaded IPython; elsewhere it would take longer to load than to check.
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython() is not None:
        from IPython.display import display

        display(line)  # type: ignore[no-untyped-call]
    else:
        print(line.plain)
