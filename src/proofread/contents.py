"""The table of contents of a Jupyter Book: its files, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

# The one in C, ten times as quick, where there is one: tables are read for every question.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LISTS = ("parts", "subtrees", "chapters", "sections", "entries")


class NoContents(Exception):
    """The table of contents cannot be used."""


def chapters_of(toc: Path, suffixes: Sequence[str] = (".ipynb", ".md")) -> Iterator[str]:
    """Yield the files of a Jupyter Book table of contents, in order, as they stand there.

    Parameters
    ----------
    toc : Path
        The file ``_toc.yml``.
    suffixes : sequence of str
        The files that a ``glob`` may mean.

    Yields
    ------
    str
        A file, relative to the folder of the table, mostly without suffix. Files that a ``glob``
        names come sorted, and those that come before are left out.

    Raises
    ------
    NoContents
        When the file is no such table.
    """
    try:
        content = yaml.load(toc.read_text(encoding="utf-8-sig"), LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise NoContents(f"{toc.name} cannot be read: {error}") from None
    if not isinstance(content, dict) or "root" not in content:
        message = f"{toc.name} has no root; expected the table of contents of a Jupyter Book"
        raise NoContents(message)
    seen: set[str] = set()
    for name in (str(content["root"]), *_files(content, toc, suffixes)):
        if _stem(name, suffixes) not in seen:
            seen.add(_stem(name, suffixes))
            yield name


def _stem(name: str, suffixes: Sequence[str]) -> str:
    return next((name.removesuffix(one) for one in suffixes if name.endswith(one)), name)


def _files(node: dict[str, Any], toc: Path, suffixes: Sequence[str]) -> Iterator[str]:
    for key in _LISTS:
        if not isinstance(node.get(key) or [], list):
            raise NoContents(f"{toc.name}: {key} is no list")
        for entry in node.get(key) or []:
            if isinstance(entry, str):
                yield entry
                continue
            if not isinstance(entry, dict):
                raise NoContents(f"{toc.name}: the entry {entry!r} of {key} names no file")
            if "file" in entry:
                yield str(entry["file"])
            elif "glob" in entry:
                yield from _matching(str(entry["glob"]), toc, suffixes)
            elif not ({"url", *_LISTS} & entry.keys()):
                raise NoContents(f"{toc.name}: an entry of {key} has no file, glob or url")
            yield from _files(entry, toc, suffixes)


def _matching(pattern: str, toc: Path, suffixes: Sequence[str]) -> list[str]:
    found = set[str]()
    for suffix in suffixes:
        for path in toc.parent.glob(pattern.removesuffix(suffix) + suffix):
            found.add(path.relative_to(toc.parent).as_posix().removesuffix(suffix))
    return sorted(found)
