"""The specification: what is accepted, what is refused, and why, each as the program judges it.

``verdicts.yaml`` holds the rows. The tests hold every verdict to it, and a page can show it with
the directive ``proofread-specification``; see :mod:`proofread.sphinx_ext`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from proofread.contents import LOADER
from proofread.judge import Verdict
from proofread.text import Text, read_text

NETWORKS = 100


@dataclass(frozen=True)
class Group:
    """Rows that share their tables and definitions.

    Attributes
    ----------
    name : str
        What the group shows.
    tables : str
        Its tables, as Markdown.
    definitions : dict
        The LaTeX of each definition, by label.
    rows : tuple
        The verdict on each row, and what the specification demands: nothing where the row is to be
        in order, else a regular expression that the message fits.
    """

    name: str
    tables: str
    definitions: dict[str, str]
    rows: tuple[tuple[Verdict, str | None], ...]


def file() -> Traversable:
    """Return the file of the specification."""
    return resources.files("proofread") / "verdicts.yaml"


def groups() -> list[dict[str, Any]]:
    """Return the groups as they stand in the file."""
    found: list[dict[str, Any]] = yaml.load(file().read_text(encoding="utf-8"), LOADER)
    return found


def read(group: dict[str, Any]) -> tuple[Text, dict[str, str | None]]:
    """Return the text of one group, and what is demanded of each row, by its label.

    Nothing is demanded of a row that is to be in order, and of a definition; else a regular
    expression that the message fits.
    """
    definitions = group.get("definitions", {})
    reasons = {label: rest[0] if rest else None for label, _, *rest in group["rows"]}
    shown = [*definitions.items(), *((label, latex) for label, latex, *_ in group["rows"])]
    displays = "".join(f"$$ {latex} $$ ({label})\n\n" for label, latex in shown)
    text = read_text(f"{group['tables']}\n{displays}", Path("verdicts.md"), "verdicts.md")
    return text, reasons


def judged(group: dict[str, Any]) -> Group:
    """Return one group with the program's verdicts.

    Raises
    ------
    ValueError
        When the tables or definitions of the group are not in order themselves.
    """
    definitions = group.get("definitions", {})
    text, reasons = read(group)
    verdicts = text.verdicts(NETWORKS)
    broken = [*text.problems, *(one for one in verdicts if one.display.label in definitions)]
    if wrong := [one.report() for one in broken if not one.in_order]:
        raise ValueError(f"the group “{group['group']}” is not in order: {wrong[0]}")
    rows = [(one, reasons[one.display.label]) for one in verdicts
            if one.display.label not in definitions]  # fmt: skip
    return Group(group["group"], group["tables"], definitions, tuple(rows))


def specification() -> Iterator[Group]:
    """Yield every group with the program's verdicts."""
    return (judged(group) for group in groups())
