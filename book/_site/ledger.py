"""The page of all equations, made from a run of the checker while the site is built."""

import importlib
import inspect
import re
from collections import defaultdict
from pathlib import Path

import nbformat
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError

from proofread.judge import Verdict
from proofread.project import read_book, settings_here
from proofread.report import last_line

PAGE = "book/ledger"
MARK = "<!-- ledger -->"
NETWORKS = 100
MODULES = ("equations", "two_layer", "deep", "descent", "gradient_check")


class EquationError(SphinxError):
    """An equation of the book is not in order."""

    category = "Equation error"


def functions() -> dict[str, list[str]]:
    """Return for each label the functions whose docstrings name it."""
    found = defaultdict(list)
    for module in MODULES:
        for name, function in inspect.getmembers(importlib.import_module(f"bp.{module}")):
            if not inspect.isfunction(function) or function.__module__ != f"bp.{module}":
                continue
            for label in re.findall(r"`((?:def|eq|show)-[\w-]+)`", function.__doc__ or ""):
                found[label].append(f"bp.{module}.{name}")
    return found


def entry(verdict: Verdict, computed_by: list[str]) -> str:
    """Return one equation of the page, as Markdown."""
    label = verdict.display.label
    result = {
        "definition": f"agrees with `{verdict.pinned}` in the code",
        "expression": "can be computed",
        "refuted claim": f"false: {verdict.counterexample or verdict.message}",
        "claim": f"holds for {verdict.compared}",
    }[verdict.kind]
    # A formula in a line has no number; its label is the target of a link.
    link = f"[in a line](#{label})" if verdict.display.inline else f"{{eq}}`{label}`"
    by = ", ".join(f"{{py:obj}}`{name}`" for name in computed_by)
    return (
        f"{link} **{verdict.kind}** `{label}`, {result}"
        f"{'. Function: ' + by if by else ''}.\n\n"
        f"$$\n{verdict.display.latex.strip()}\n$$\n"
    )


def title(chapter: Path) -> str:
    """Return the first heading of a chapter."""
    text = chapter.read_text(encoding="utf-8")
    if chapter.suffix == ".ipynb":
        text = nbformat.reads(text, as_version=4).cells[0].source
    return text.partition("\n")[0].removeprefix("# ")


def page(root: Path) -> str:
    """Return the Markdown of the page, or end the build if an equation is not in order."""
    text = read_book(settings_here(root))
    verdicts = [*text.problems, *text.verdicts(NETWORKS)]
    if wrong := [verdict.report() for verdict in verdicts if not verdict.in_order]:
        raise EquationError("\n".join(wrong))
    computed_by = functions()
    chapters: dict[str, list[str]] = defaultdict(list)
    for verdict in verdicts:
        chapter = chapters[verdict.display.place.file]
        chapter.append(entry(verdict, computed_by[verdict.display.label]))
    parts = [f"{last_line(verdicts)}.\n"]
    for file, entries in chapters.items():
        parts += [f"## {title(root / file)}\n", *entries]
    return "\n".join(parts)


def always(app: Sphinx, env: BuildEnvironment, *changes: set[str]) -> list[str]:
    """Read the page anew in every build: a change of any chapter or function may change it."""
    return [PAGE] if PAGE in env.found_docs else []


def fill(app: Sphinx, name: str, source: list[str]) -> None:
    """Put the equations in the place of the mark."""
    if name == PAGE:
        source[0] = source[0].replace(MARK, page(settings_here(Path(app.srcdir)).root))


def setup(app: Sphinx) -> None:
    """Make the page when Sphinx reads it."""
    app.connect("env-get-outdated", always)
    app.connect("source-read", fill)
