r"""The keys of the exercises: what is right, which slips are typical, and what is said of each.

`book/answers` holds a file for each chapter, and in it an entry for each exercise:

``given``
    Python that prepares the numbers of the key, so that none is worked out by hand. NumPy is there,
    and the modules of `bp`.
``hints``
    From the faintest to the plainest.
``ask``
    What the reader is asked for, in one or more parts. Each part has ``say``, the question, and one
    of four kinds:

    ``number``
        a Python expression. ``slips`` is a list of pairs: an expression, and what is said to a
        reader whose number that is. ``digits`` is how many digits are asked for, by default 3.
    ``choice``
        a list of options, each with ``say`` and ``because``, and one of them with ``right: true``.
        Readers see them in the order of their words, so that no place tells which is right.
    ``formula``
        the LaTeX of a right side; ``left`` is the left side as the checker of equations reads it,
        ``slips`` a list of pairs of LaTeX and what is said, ``without`` a list of pairs: a symbol
        that a finished answer does not hold, and the reason; ``symbols``, what the buttons offer,
        and all that a finished answer may hold; ``names``, other left sides that a reader may write
        before the answer; ``at``, the label of the equation beside which its symbols count, by
        default the last of the chapter.
    ``code``
        what the field holds at first; ``function`` is one of `bp.answers.CASES`, ``right`` a right
        answer, ``slips`` a list: pairs of code and what is said, or names out of
        `book/mistakes.yml`, which has both.

A slip of any kind may name a mistake as its third item, place and name as in "delta_hidden: sign":
what is said then leads to where that mistake is measured.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import bp.deep
import bp.descent
import bp.equations
import bp.two_layer
from _site import listed
from _site.mistakes import named

KINDS = ("number", "choice", "formula", "code")
WITH: dict[str, set[str]] = {
    "number": {"slips", "digits"},
    "choice": set(),
    "formula": {"at", "left", "names", "slips", "without", "symbols"},
    "code": {"function", "right", "slips"},
}
# What is no part of a sentence or of LaTeX as they are spoken.
SIGNS = re.compile(r"[\\{}$`]")
NEEDED = {"formula": {"left"}, "code": {"function", "right"}}


class BadKey(ValueError):
    """A key cannot be used; the message names the file, the exercise and the part."""


@dataclass(frozen=True)
class Part:
    """One thing that a reader is asked for.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    say : str
        The question, with formulas between dollar signs.
    right : float, str or list of dict
        A number, the LaTeX of a formula, the code of a function, or the options of a choice.
    slips : list of pair
        A number, LaTeX or code, and what is said to the reader who gives it.
    more : dict
        What else the kind needs, and ``links``: for what is said of a slip, where on the page of
        mistakes that slip is measured.
    """

    kind: str
    say: str
    right: Any
    slips: list[tuple[Any, str]]
    more: dict[str, Any]


@dataclass(frozen=True)
class Key:
    """The key of one exercise."""

    label: str
    chapter: str
    parts: list[Part] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)


def number(source: Any, names: dict[str, Any]) -> float:
    """Return the value of an expression: a number, or an array that holds one."""
    return float(np.asarray(eval(str(source), names)).item())


def as_answer(function: str, name: str) -> tuple[str, str, str]:
    """Return a mistake as a reader would hand it in, what is said of it, and its label."""
    mistake = named(f"{function}: {name}")
    arguments = ", ".join(signature(mistake.function).parameters)
    return f"def {function}({arguments}):\n    return {mistake.code}\n", mistake.says, mistake.label


def part(source: dict[str, Any], names: dict[str, Any]) -> Part:
    """Return one part of a key, its numbers computed.

    Raises
    ------
    ValueError
        If it says too little, too much, or something that has no value.
    """
    kinds = [kind for kind in KINDS if kind in source]
    if len(kinds) != 1 or "say" not in source:
        raise ValueError(f"expects “say” and one of {', '.join(KINDS)}")
    (kind,) = kinds
    missing = NEEDED.get(kind, set()) - source.keys()
    if missing:
        raise ValueError(f"a {kind} needs {', '.join(sorted(missing))}")
    more = {name: value for name, value in source.items() if name not in ("say", kind)}
    if unknown := more.keys() - WITH[kind]:
        raise ValueError(f"a {kind} has no {', '.join(sorted(unknown))}")
    listed = [
        as_answer(more["function"], slip) if isinstance(slip, str) else slip
        for slip in more.pop("slips", [])
    ]
    slips = [(slip[0], str(slip[1])) for slip in listed]
    if links := {str(says): named(label).anchor for _, says, *labels in listed for label in labels}:
        more["links"] = links
    right = source[kind]
    if kind == "number":
        right = number(right, names)
        slips = [(number(first, names), says) for first, says in slips]
        more.setdefault("digits", 3)
    elif kind == "choice":
        if sum(bool(option.get("right")) for option in right) != 1:
            raise ValueError("one option of a choice is right")
        if not all(option.keys() >= {"say", "because"} for option in right):
            raise ValueError("each option of a choice has “say” and “because”")
        right = sorted(right, key=lambda option: SIGNS.sub("", option["say"]).casefold())
    elif kind == "code":
        more["starts"], right = right, more.pop("right")
    return Part(kind, str(source["say"]), right, slips, more)


def keys_in(file: Path) -> Iterator[Key]:
    """Yield the keys of a file.

    Raises
    ------
    BadKey
        If one of them cannot be used.
    """
    try:
        entries = listed.read(file) or {}
    except yaml.YAMLError as error:
        raise BadKey(f"{file.name}: {error}") from None
    for label, entry in entries.items():
        names = {"np": np, **{name: getattr(bp, name) for name in MODULES}}
        place = f"{file.name}, {label}"
        try:
            exec(str(entry.get("given", "")), names)
            parts = []
            for count, source in enumerate(entry["ask"], 1):
                place = f"{file.name}, {label}, part {count}"
                parts.append(part(source, names))
        except Exception as error:
            raise BadKey(f"{place}: {type(error).__name__}: {error}") from error
        yield Key(label, file.stem, parts, [str(hint) for hint in entry.get("hints", [])])


MODULES = ("deep", "descent", "equations", "two_layer")


def keys(folder: Path) -> dict[str, Key]:
    """Return the keys of all exercises, by label.

    Raises
    ------
    BadKey
        If one of them cannot be used, or two have one label.
    """
    found: dict[str, Key] = {}
    for file in sorted(folder.glob("*.yml")):
        for key in keys_in(file):
            if key.label in found:
                raise BadKey(f"{file.name}: {key.label} has a key in another file")
            found[key.label] = key
    return found
