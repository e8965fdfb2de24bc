"""Formulas of other notations: short texts with tables of their own, judged by the checker.

A text is a mapping with ``tables``, perhaps ``definitions``, and ``rows``, each with a ``label``,
``latex`` and, where that is wrong, how it is ``right``. Two pages are made of such texts.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from docutils import nodes

from proofread.judge import Verdict
from proofread.mutate import repair
from proofread.sources.doctree import REPEATS
from proofread.text import read_text

from . import listed

BOOK = Path(__file__).parents[1]
NETWORKS = 100


def read(file: str) -> list[dict[str, Any]]:
    """Return the texts of a file beside the chapters."""
    found: list[dict[str, Any]] = listed.read(BOOK / file)
    return found


def judged(text: dict[str, Any]) -> dict[str, Verdict]:
    """Return the verdict on each row of a text by its label, with the repair where one is found.

    How a row would be right is judged as well, under its label with ``-right`` after it.

    Raises
    ------
    ValueError
        If its tables or definitions are not in order themselves.
    """
    definitions = text.get("definitions", {})
    displays = definitions | {row["label"]: row["latex"] for row in text["rows"]}
    displays |= {f"{row['label']}-right": row["right"] for row in text["rows"] if "right" in row}
    source = "\n\n".join(f"$$ {latex} $$ ({label})" for label, latex in displays.items())
    book = read_text(f"{text['tables']}\n\n{source}\n", Path("text.md"), "text.md")
    found: dict[str, Verdict] = {}
    for entry in book.entries:
        verdict = book.verdict(entry, NETWORKS)
        if verdict.counterexample and not verdict.in_order:
            verdict = replace(verdict, repair=repair(book, entry))
        found[entry.display.label] = verdict
    broken = [*book.problems, *(found[label] for label in definitions)]
    if wrong := [one.report() for one in broken if not one.in_order]:
        raise ValueError(wrong[0])
    return {label: verdict for label, verdict in found.items() if label not in definitions}


def shown(latex: str, refuted: bool = False) -> nodes.container:
    """Return a display that is judged by its own text, not by that of the book."""
    classes = [REPEATS, *(["untrue"] if refuted else [])]
    formula = nodes.math_block(latex, latex, nowrap=False, number=None, label=None)
    return nodes.container("", formula, classes=classes)
