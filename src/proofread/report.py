"""Verdicts for people and for programs: text, JSON, SARIF, and the one line that a cell shows."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proofread import labels as kinds
from proofread.judge import HOLDS, Verdict
from proofread.parse import Cause
from proofread.sources import Inline, Place, Unread

SHORT = {kinds.REFUTED: "refuted"}


def program_version() -> str:
    """Return the version of the program."""
    # Few ask for it, and its module takes long to load.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("bp")
    except PackageNotFoundError:
        return "unknown"


def printable(text: str) -> str:
    """Return a text without control characters: a report must not move the cursor."""
    return "".join(
        one if one == "\n" or unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn")
        else f"\\x{ord(one):02x}"
        for one in text
    )  # fmt: skip


_SPELT = {
    "→": "->", "≥": ">=", "≤": "<=", "≠": "!=", "×": "x", "−": "-", "–": "-", "…": "...",
    "“": '"', "”": '"', "’": "'", "⊙": "(.)", "∏": "prod", "∂": "d", "←": "<-", "⋆": "*",
}  # fmt: skip


def spelt(error: UnicodeError) -> tuple[str, int]:
    """Spell what a console has no sign for, in the signs that every console has."""
    assert isinstance(error, UnicodeEncodeError)
    lost = error.object[error.start : error.end]
    shown = (_SPELT.get(one, one.encode("ascii", "backslashreplace").decode()) for one in lost)
    return "".join(shown), error.end


def what_of(one: Inline | Unread) -> str:
    """Say what is not checked."""
    return f"a formula in a line: {one.latex}" if isinstance(one, Inline) else one.what


def counts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """Count the displays by kind, and what is not in order."""
    verdicts = list(verdicts)
    displays = [v for v in verdicts if v.display.label or v.display.latex]
    every = (kinds.DEFINITION, kinds.CLAIM, kinds.EXPRESSION, kinds.REFUTED)
    found = [sum(v.kind == kind for v in displays) for kind in every]
    return {
        "displays": len(displays),
        **dict(zip(("definitions", "claims", "expressions", "refuted"), found, strict=True)),
        "not_in_order": sum(not v.in_order for v in verdicts),
        "faults_of_the_program": sum(v.crashed for v in verdicts),
    }


def last_line(verdicts: Iterable[Verdict]) -> str:
    """Return the line that ends every run."""
    n = counts(verdicts)
    return (
        f"{n['displays']} displays: {n['definitions']} definitions, {n['claims']} claims, "
        f"{n['expressions']} expressions, {n['refuted']} refuted; {n['not_in_order']} not in order"
    )


def listed(verdict: Verdict) -> str:
    """Return a display with its verdict in one line."""
    shown = [
        verdict.display.label or "(no label)",
        verdict.kind or "unknown",
        str(verdict.display.place),
        "in order" if verdict.in_order else "NOT IN ORDER",
    ]
    if verdict.kind == kinds.CLAIM and verdict.in_order:
        shown.append(f"{verdict.compared}, error {verdict.error:.1e}")
    if verdict.kind == kinds.REFUTED and verdict.in_order:
        shown.append(verdict.message)
    return "  ".join(shown)


class Reporter:
    """Says each thing that is not in order once: what follows from another is named at the end."""

    def __init__(self) -> None:
        self.said: dict[str, list[Verdict]] = {}
        self.waiting: dict[str, list[Verdict]] = {}

    def report(self, verdict: Verdict) -> str:
        """Return the report of a verdict, or nothing where its cause has been reported."""
        if verdict.in_order:
            return ""
        if verdict.waits:
            self.waiting.setdefault(verdict.waits, []).append(verdict)
            return ""
        if verdict.cause is Cause.UNKNOWN:
            before = self.said.setdefault(verdict.message, [])
            before.append(verdict)
            if len(before) > 1:
                return ""
        return verdict.report()

    def rest(self) -> list[str]:
        """Return what follows from the causes that were reported."""
        lines = [
            f"not judged, since {label} is not in order: {_names(verdicts)}"
            for label, verdicts in self.waiting.items()
        ]
        lines += [
            f"{message}, also: {_names(verdicts[1:])}"
            for message, verdicts in self.said.items() if verdicts[1:]
        ]  # fmt: skip
        return lines


def _names(verdicts: Sequence[Verdict]) -> str:
    return ", ".join(f"{v.display.label or 'a display'} ({v.where})" for v in verdicts)


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def as_json(
    verdicts: Sequence[Verdict], unread: Sequence[Inline | Unread], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a run as the document that ``--format json`` prints.

    Parameters
    ----------
    verdicts : sequence of Verdict
        Of every display, and of what is broken and belongs to none.
    unread : sequence of Inline and Unread
        What was not checked.
    settings : mapping
        How it was checked, for the summary.
    """
    return {
        "displays": [_display(verdict) for verdict in verdicts],
        "not_read": [
            {"file": one.place.file, "line": one.place.position[0], "what": what_of(one)}
            for one in unread
        ],
        "summary": {**counts(verdicts), "not_read": len(unread), **settings},
    }


def _display(verdict: Verdict) -> dict[str, Any]:
    line, column = verdict.where.position
    example = verdict.counterexample
    return {
        "file": verdict.display.place.file,
        "line": line,
        "column": column,
        "label": verdict.display.label or None,
        "number": verdict.display.number or None,
        "kind": SHORT.get(verdict.kind, verdict.kind) or None,
        "in_order": verdict.in_order,
        "message": verdict.message or line_of(verdict).plain,
        "counterexample": example and {
            "indices": dict(example.indices),
            "left": _number(example.left),
            "right": _number(example.right),
        },
        "repair": verdict.repair or None,
    }  # fmt: skip


_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_RULES = {
    "not-in-order": "A displayed equation is not what its label says.",
    "fault-of-the-program": "The check of a display failed in the program itself.",
    "not-read": "Something that may hold mathematics is not checked.",
}


def as_sarif(verdicts: Sequence[Verdict], unread: Sequence[Inline | Unread]) -> dict[str, Any]:
    """Return a run in the format of static analysis results, version 2.1.0."""
    results = [
        _result("fault-of-the-program" if v.crashed else "not-in-order", "error",
                " ".join(v.report().split("\n", 1)[0].split(": ", 1)[1:]), v.where)
        for v in verdicts if not v.in_order
    ]  # fmt: skip
    results += [
        _result("not-read", "note", what_of(one), one.place)
        for one in unread if isinstance(one, Unread)
    ]  # fmt: skip
    rules = [{"id": name, "shortDescription": {"text": text}} for name, text in _RULES.items()]
    driver = {"name": "proofread", "version": program_version(), "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}


def _result(rule: str, level: str, message: str, place: Place) -> dict[str, Any]:
    line, column = place.position
    region = {"startLine": line, "startColumn": column}
    physical = {"artifactLocation": {"uri": place.file}, "region": region}
    return {
        "ruleId": rule, "level": level, "message": {"text": message},
        "locations": [{"physicalLocation": physical}],
    }  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a verdict, in the two forms that a page can show."""

    markdown: str
    plain: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/markdown": self.markdown, "text/plain": self.plain}


_LETTER = r"(\\[a-zA-Z]+|\w)"
# How a page shows what a verdict says in the signs of a keyboard.
_SHOWN = {
    r"(?<= )-(?=\d)": "−",
    rf"(?<![\\\w]){_LETTER} = (\d+)": r"$\1 = \2$",
    rf"\bindex {_LETTER} (?=of|on|stands)": r"index $\1$ ",
    r"(?<=\$ of )(.+?)(?= runs | is outside )": r"$\1$",
}


def line_of(verdict: Verdict) -> Line:
    """Say a verdict in one line, the same on every machine."""
    below = f"every error below {HOLDS:.0e}"
    if verdict.kind == kinds.CLAIM:
        what = f"Equation {{}} holds: {verdict.compared}, {below}."
    elif verdict.kind == kinds.REFUTED:
        what = f"Equation {{}} is false: {verdict.message.removeprefix('false: ')}."
    elif verdict.kind == kinds.DEFINITION:
        pinned = (
            f"agrees with the code, `{verdict.pinned}`" if verdict.pinned else "can be evaluated"
        )
        more = f"; what follows from it holds: {verdict.compared}, {below}" if verdict.count else ""
        what = f"Definition {{}} {pinned}{more}."
    else:
        what = f"Expression {{}} can be evaluated on {verdict.networks} random networks."
    label = verdict.display.label
    plain = what.replace("`", "").replace("{}", label, 1)
    for written, shown in _SHOWN.items():
        what = re.sub(written, shown, what)
    if verdict.display.inline:
        return Line(what.replace("{}", f"${verdict.display.latex}$", 1), plain)
    return Line(what.replace("{}", f"{{eq}}`{label}`", 1), plain)
