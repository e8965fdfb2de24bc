"""The problem sheets: their solutions, which `sheet_solutions` takes into the site.

A problem has the label `sheet-CHAPTER-KIND`, and its solution is the section of that kind in
`solutions/CHAPTER.md`, beside the sheets. No page but the sheet shows it, and none does by default.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

LABEL = re.compile(r"^\(sheet-([\w-]+)\)=$", re.MULTILINE)
KINDS = ("proof", "calculation", "program")


def solution(folder: Path, chapter: str, kind: str) -> str:
    """Return the solution of one problem.

    Raises
    ------
    ExtensionError
        If there is no file for the chapter, or no section of this kind in it.
    """
    path = folder / f"{chapter}.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    sections = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)[1:]
    found = dict(zip(map(str.lower, sections[::2]), sections[1::2], strict=True))
    if kind not in found:
        raise ExtensionError(f"{path} has no section {kind.capitalize()}, which a sheet asks for")
    return found[kind].strip()


def add_solutions(app: Sphinx, name: str, source: list[str]) -> None:
    """Put a folded solution below each problem of a page, where the configuration says so."""
    if not app.config.sheet_solutions:
        return
    folder = Path(app.env.doc2path(name)).parent / "solutions"
    start, *parts = LABEL.split(source[0])
    for label, text in zip(parts[::2], parts[1::2], strict=True):
        chapter, _, kind = label.rpartition("-")
        start += f"(sheet-{label})={text}"
        if kind in KINDS:
            solved = solution(folder, chapter, kind)
            start += f"\n````{{admonition}} Solution\n:class: solved\n\n{solved}\n````\n\n"
    source[0] = start


def setup(app: Sphinx) -> None:
    """Register the switch."""
    app.add_config_value("sheet_solutions", False, "env", bool)
    app.connect("source-read", add_solutions)
