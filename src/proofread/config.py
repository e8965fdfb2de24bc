r"""What ``[tool.proofread]`` in a ``pyproject.toml`` says.

::

    [tool.proofread]
    toc = "_toc.yml"             # a Jupyter Book's table of contents: the order of the chapters
    files = ["chapters/*.qmd"]   # or, without such a table, the chapters in order
    symbols = "book/symbols.md"  # the tables of the book's own symbols; optional
    pins = "bp.pins:pins"        # what the book's code computes for each definition; optional
    macros = { "\\R" = "\\mathbb{R}" }  # the book's own macros without arguments; optional

    [tool.proofread.labels]      # other prefixes, or whole labels, beside the four; optional
    "eq:" = "claim"              # definition, claim, expression or refuted
    "eq:loss" = "definition"     # the longest that fits decides

A file that the table names is judged as part of the book, also when it is checked alone. Any other
file of the project is judged by itself, with its own tables and the project's macros and labels.
"""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from proofread import labels as kinds
from proofread.labels import Labels

KINDS = {
    "definition": kinds.DEFINITION, "claim": kinds.CLAIM, "expression": kinds.EXPRESSION,
    "refuted": kinds.REFUTED,
}  # fmt: skip


class NoBook(Exception):
    """There is no book here, or its configuration cannot be used."""


@dataclass(frozen=True)
class Settings:
    """The table, checked.

    Attributes
    ----------
    root : Path
        The folder of the ``pyproject.toml``.
    toc, symbols, pins : str
        As they stand there; empty where they do not.
    files : tuple of str
        The patterns of the chapters.
    macros : mapping
        The book's own macros.
    labels : Labels
        What labels say.
    """

    root: Path
    toc: str = ""
    files: tuple[str, ...] = ()
    symbols: str = ""
    pins: str = ""
    macros: Mapping[str, str] = field(default_factory=dict)
    labels: Labels = field(default_factory=Labels)


def settings_around(start: Path) -> Settings | None:
    """Return the nearest table upwards, if there is one.

    Raises
    ------
    NoBook
        When a ``pyproject.toml`` on the way cannot be read, or the table cannot be used.
    """
    start = start.resolve()
    for directory in (start, *start.parents):
        if (settings := settings_of(directory)) is not None:
            return settings
    return None


def settings_of(directory: Path) -> Settings | None:
    """Return the table of a folder's own ``pyproject.toml``, if it has one."""
    path = directory / "pyproject.toml"
    if not path.is_file():
        return None
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NoBook(f"pyproject.toml cannot be read: {error}") from None
    found = content.get("tool", {}).get("proofread")
    return _checked(found, directory) if isinstance(found, dict) else None


def _checked(found: Mapping[str, Any], root: Path) -> Settings:
    known = ["toc", "files", "symbols", "pins", "macros", "labels"]
    for key in found:
        if key not in known:
            close = get_close_matches(key, known, 1, 0.5)
            hint = f" (the nearest known one is {close[0]})" if close else ""
            raise NoBook(f"[tool.proofread] has the unknown key {key}{hint}")
    for key in ("toc", "symbols", "pins"):
        _expect(isinstance(found.get(key, ""), str), key, "a text")
    files, macros, prefixes = (found.get(key) for key in ("files", "macros", "labels"))
    for key, mapping in (("macros", macros or {}), ("labels", prefixes or {})):
        fine = isinstance(mapping, dict) and all(isinstance(v, str) for v in mapping.values())
        _expect(fine, key, "a table of texts")
    listed = isinstance(files or [], list) and all(isinstance(one, str) for one in files or [])
    _expect(listed, "files", "a list of patterns")
    for prefix, kind in (prefixes or {}).items():
        _expect(kind in KINDS and prefix, f'labels."{prefix}"', f"one of {', '.join(KINDS)}")
    labels = Labels({prefix: KINDS[kind] for prefix, kind in (prefixes or {}).items()})
    toc = found.get("toc", "" if files or not (root / "_toc.yml").is_file() else "_toc.yml")
    return Settings(
        root, toc, tuple(files or ()), found.get("symbols", ""), found.get("pins", ""),
        macros or {}, labels,
    )  # fmt: skip


def _expect(fine: object, key: str, what: str) -> None:
    if not fine:
        raise NoBook(f"[tool.proofread] {key} is wrong; expected {what}")


def pins_of(settings: Settings) -> Callable[[str, Mapping[str, Any]], Mapping[str, Any]] | None:
    """Import what the project's code computes for its definitions, if it is named.

    Raises
    ------
    NoBook
        When it cannot be imported, or is not callable.
    """
    if not settings.pins:
        return None
    name = settings.pins
    module, _, attribute = name.partition(":")
    for directory in (settings.root, settings.root / "src"):
        if str(directory) not in sys.path:
            sys.path.append(str(directory))
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise NoBook(f"pins = “{name}” cannot be imported: {error}") from None
    if not callable(found):
        raise NoBook(f"pins = “{name}” is not callable")
    pins: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] = found
    return pins
