"""A pytest plugin: each display of a book is a test, ``chapter.md::eq-label``.

It does nothing unless the configuration of pytest says ``proofread = true``, or the command line
``--proofread``. Then every chapter that ``[tool.proofread]`` lists is collected where pytest comes
across its file, and the table of contents where something is wrong with the book as a whole.

Nothing is imported before that: pytest loads this module for everyone who has it installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from proofread.text import Entry


class NotInOrder(Exception):
    """A display is not what its label says."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the option, and its twin in the configuration."""
    help_ = "check every displayed equation of the book that [tool.proofread] describes"
    parser.getgroup("proofread").addoption("--proofread", action="store_true", help=help_)
    parser.addini("proofread", help_, type="bool", default=False)


_FOUND = pytest.StashKey[bool]()
# The files of the book around each folder, and the names that reports show for them.
_FILES = pytest.StashKey[dict[Path, dict[Path, str]]]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Say so where ``--proofread`` asks for displays and there is no book."""
    if session.config.getoption("proofread") and not session.config.stash.get(_FOUND, False):
        expected = "expected one that a pyproject.toml with a table [tool.proofread] lists"
        alone = "a file by itself is checked by the command proofread FILE"
        raise pytest.UsageError(f"--proofread: no chapter of a book is here; {expected}; {alone}")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a chapter of the book around it."""
    config = parent.config
    if not (config.getini("proofread") or config.getoption("proofread")):
        return None
    known = config.stash.setdefault(_FILES, {})
    if file_path.parent not in known:
        known[file_path.parent] = _files_around(file_path.parent)
    shown = known[file_path.parent].get(file_path.resolve())
    if shown is None:
        return None
    config.stash[_FOUND] = True
    return Chapter.from_parent(parent, path=file_path, shown=shown)


def _files_around(folder: Path) -> dict[Path, str]:
    """Return the files of the book around a folder, its table of contents among them."""
    from proofread.config import NoBook, settings_around
    from proofread.project import chapter_files, shown_from

    try:
        if (settings := settings_around(folder)) is None:
            return {}
        listed = [path for _, path in chapter_files(settings) if path]
    except NoBook as error:
        raise pytest.UsageError(f"proofread: {error}") from None
    own = [settings.toc or "pyproject.toml", *([settings.symbols] if settings.symbols else [])]
    paths = [*(settings.root / name for name in own), *listed]
    return {path.resolve(): shown_from(settings.root, path) for path in paths}


class Chapter(pytest.File):
    """One chapter: a test for each display, and one for each thing that cannot be read."""

    def __init__(self, *, shown: str, **options: Any) -> None:
        super().__init__(**options)
        self.shown = shown

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the tests of the chapter."""
        from proofread.config import NoBook
        from proofread.project import current_book

        try:
            self.text = current_book(self.path.parent)
        except NoBook as error:
            raise self.CollectError(f"proofread: {error}") from None
        for problem in self.text.problems:
            if problem.display.place.file == self.shown:
                name = f"line {problem.display.place.line}"
                yield Display.from_parent(self, name=name, report=problem.report())
        for entry in self.text.entries:
            if entry.chapter == self.shown:
                name = entry.display.label or f"display in line {entry.display.place.line}"
                yield Display.from_parent(self, name=name, entry=entry)


class Display(pytest.Item):
    """One display, or a fault of the text that belongs to none."""

    def __init__(self, *, entry: Entry | None = None, report: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.entry, self.report = entry, report

    def runtest(self) -> None:
        """Judge the display."""
        if self.entry is None:
            raise NotInOrder(self.report)
        from dataclasses import replace

        from proofread.mutate import repair

        assert isinstance(self.parent, Chapter)
        verdict = self.parent.text.verdict(self.entry, 100)
        if verdict.counterexample and not verdict.in_order:
            verdict = replace(verdict, repair=repair(self.parent.text, self.entry))
        if not verdict.in_order:
            raise NotInOrder(verdict.report())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the report, without the lines of this program."""
        if isinstance(excinfo.value, NotInOrder):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the display stands."""
        line = self.entry.display.place.position[0] - 1 if self.entry else None
        return self.path, line, self.name
