r"""Small changes of a formula: the slips that authors make.

They serve twice. A report tries each of them on a claim that is false, and names the one with
which it would hold. The tests try each of them on a claim that is true, and expect it to fail.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from time import monotonic

from lark import Token, Tree

from proofread.parse import Fault, Node, Statement, name_of
from proofread.scope import Scope, Symbol
from proofread.text import Entry, Text

TRIES = 400
NETWORKS = 10, 500
"""On how many networks a change is tried: on few, and where it holds there on many."""


@dataclass(frozen=True)
class Change:
    """One small change of a display.

    Attributes
    ----------
    what : str
        The change in words, as it stands after “It would hold with …”.
    latex : str
        The whole display after the change.
    place : int
        The offset of the change in the original LaTeX.
    """

    what: str
    latex: str
    place: int


def changes(latex: str, scope: Scope) -> Iterator[Change]:
    """Yield every small change of a display: signs, indices, factors, terms, layers, symbols.

    Parameters
    ----------
    latex : str
        A display that can be read.
    scope : Scope
        What is declared at the display.

    Yields
    ------
    Change
        In the order in which slips are likely.
    """
    read = scope.read(latex)
    texts = [statement.text for statement, _ in read]
    found: list[tuple[int, bool, Change]] = []
    for number, (statement, tree) in enumerate(read):
        for rank, what, start, end, new in _edits(statement, tree, scope):
            changed = statement.text[:start] + new + statement.text[end:]
            if changed == statement.text:
                continue
            whole = r" \\ ".join([*texts[:number], changed, *texts[number + 1 :]])
            clauses = "".join(rf" \text{{for }} {clause}" for clause in statement.ranges)
            place = statement.places[min(start, len(statement.places) - 1)]
            # Of two changes that will do, an author expects the one on the right.
            on_the_left = start < statement.span(tree.children[0])[1]
            found.append((rank, on_the_left, Change(what, whole + clauses, place)))
    seen: set[str] = set()
    for *_, change in sorted(found, key=lambda one: one[:2]):
        if change.latex not in seen:
            seen.add(change.latex)
            yield change


_Edit = tuple[int, str, int, int, str]


def _edits(statement: Statement, tree: Node, scope: Scope) -> Iterator[_Edit]:
    for node in tree.iter_subtrees_topdown():
        method = _RULES.get(str(node.data))
        if method and not node.meta.empty:
            yield from method(node, statement, scope)


def _signs(node: Node, statement: Statement, scope: Scope) -> Iterator[_Edit]:
    parts = list(node.children)
    for number, part in enumerate(parts):
        if isinstance(part, Token):
            other = "-" if part == "+" else "+"
            start, end = statement.span(part)
            following = statement.source(parts[number + 1])
            yield 0, f"another sign before {following}", start, end, other
            yield 4, f"no term {following}", start, statement.span(parts[number + 1])[1], ""
        elif number == 0:
            start, end = statement.span(part)
            yield 1, f"another sign before {statement.source(part)}", start, start, "-"
            if len(parts) > 1:
                yield 4, f"no term {statement.source(part)}", start, end, ""


def _factors(node: Node, statement: Statement, scope: Scope) -> Iterator[_Edit]:
    parts = [
        part for part in node.children if not (isinstance(part, Token) and part.type == "TIMES")
    ]
    for part in parts:
        start, end = statement.span(part)
        shown = statement.source(part)
        if isinstance(part, Tree) and part.data == "total":
            continue
        if len(parts) > 1:
            yield 3, f"no factor {shown}", start, end, " "
        if isinstance(part, Tree):
            yield 3, f"the factor {shown} twice", start, end, f"{shown} {shown}"


def _fractions(node: Node, statement: Statement, scope: Scope) -> Iterator[_Edit]:
    above, below = (statement.source(child) for child in node.children)
    start, end = statement.span(node)
    yield 5, f"{statement.source(node)} upside down", start, end, rf"\frac{{{below}}}{{{above}}}"


def _scripts(node: Node, statement: Statement, scope: Scope) -> Iterator[_Edit]:
    items = [item for item in node.children if isinstance(item, Token)]
    letters = sorted({c for c in _index_letters(statement, scope)})
    for number, item in enumerate(items):
        start, end = statement.span(item)
        others = letters if item.type == "NAME" else [d for d in "123" if d != item]
        for other in others:
            if other != item and (item.type == "NAME") == other.isalpha():
                yield 1, f"the index {other} for {item}", start, end, other
        if number and items[number - 1] != item:
            first = statement.span(items[number - 1])[0]
            yield 1, "these two indices swapped", first, end, f"{item}{items[number - 1]}"


def _index_letters(statement: Statement, scope: Scope) -> set[str]:
    tree = scope.parse(statement)
    found = set()
    for node in tree.iter_subtrees():
        if node.data == "sub":
            found |= {str(c) for c in node.children if isinstance(c, Token) and c.type == "NAME"}
    return {letter for letter in found if letter.isalpha() and len(letter) == 1}


def _superscripts(node: Node, statement: Statement, scope: Scope) -> Iterator[_Edit]:
    start, end = statement.span(node)
    inner = statement.source(node.children[0])
    if inner.startswith("("):
        body = inner[1:].split(")")[0]
        if body.isdigit():
            options = [str(int(body) + step) for step in (-1, 1)]
        else:
            head = body.rstrip("0123456789").rstrip("+-") if body[-1].isdigit() else body
            options = [head, f"{head}+1", f"{head}-1"]
        for option in options:
            yield 2, f"the layer {option}", start, end, f"^{{({option})}}"
        return
    yield 2, f"no power {inner}", start, end, ""


def _turns(node: Node, statement: Statement, scope: Scope) -> Iterator[_Edit]:
    yield 2, "no transpose", *statement.span(node), ""


def _symbols(node: Node, statement: Statement, scope: Scope) -> Iterator[_Edit]:
    head = node.children[0]
    start, end = statement.span(head)
    name, bold = name_of(str(head))
    if bold and all(script.data != "turn" for script in node.children[1:]):
        after = statement.span(node)[1]
        yield 6, f"{head} transposed", after, after, "^{\\top}"
    rows = scope.symbols.get(name, ())
    kinds = {len(row.letters) for row in rows}
    for other, others in scope.symbols.items():
        if other == name or any(row.parameters for row in others):
            continue
        alike = kinds & {len(row.letters) for row in others}
        if alike and not other.endswith("}") and any(_takes(row, node, bold) for row in others):
            yield 7, f"{other} for {name}", start, end, f"\\mathbf{{{other}}}" if bold else other


def _takes(row: Symbol, node: Node, bold: bool) -> bool:
    """Tell whether a row can stand with the indices and the layer of another symbol."""
    if row.superscript == "sample" or row.below:
        return True
    written = [item for script in node.find_data("sub") for item in script.children]
    labelled = any(next(sup.find_data("bracket"), None) for sup in node.find_data("sup"))
    whole = (bold or row.whole) and not written
    return labelled == (row.superscript is not None) and (whole or len(written) == len(row.letters))


def _slopes(node: Node, statement: Statement, scope: Scope) -> Iterator[_Edit]:
    head = node.children[0]
    end = statement.span(head)[1]
    if len(node.children) == 2:
        yield 2, f"the derivative of {head}", end, end, "'"
    for prime in node.children[1:-1]:
        first, last = statement.span(prime)
        yield 2, f"no prime on {head}", first, last, ""


def _numbers(node: Node, statement: Statement, scope: Scope) -> Iterator[_Edit]:
    for part in node.children:
        if isinstance(part, Token) and part.type == "NUMBER":
            start, end = statement.span(part)
            yield 5, f"{float(part) + 1:g} for {part}", start, end, f"{float(part) + 1:g}"


def _products(node: Node, statement: Statement, scope: Scope) -> Iterator[_Edit]:
    yield from _factors(node, statement, scope)
    yield from _numbers(node, statement, scope)


def _entrywise(node: Node, statement: Statement, scope: Scope) -> Iterator[_Edit]:
    left, right = (statement.source(child) for child in node.children)
    start, end = statement.span(node)
    yield 4, f"no factor {left}", start, end, right
    yield 4, f"no factor {right}", start, end, left
    yield 6, "a matrix product for ⊙", start, end, f"{left} {right}"


_RULES = {
    "sum": _signs, "product": _products, "frac": _fractions,
    "derivative": lambda n, s, c: iter(()), "sub": _scripts, "sup": _superscripts, "turn": _turns,
    "symbol": _symbols, "call": _slopes, "hadamard": _entrywise, "quotient": _numbers,
}  # fmt: skip


def anything(tree: Node) -> bool:
    """Say that any change will do."""
    return True


def repair(
    text: Text, entry: Entry, after: int = 0,
    fits: Callable[[Node], bool] = anything, seconds: float = inf,
) -> str:  # fmt: skip
    """Find the one small change with which a false claim would hold.

    Parameters
    ----------
    text : Text
        The text that the claim stands in.
    entry : Entry
        The claim.
    after : int
        The offset in the LaTeX from which on a change is tried: what stands before is not in doubt.
    fits : callable
        Tells of the last side after a change, a tree, whether it may be named.
    seconds : float
        After which time no further change is tried.

    Returns
    -------
    str
        The change in words and the formula after it; empty when no single change will do.
    """
    try:
        candidates = [
            change for change in changes(entry.display.latex, entry.scope) if change.place >= after
        ]
    except Fault:
        return ""
    begun = monotonic()
    for change in candidates[:TRIES]:
        if monotonic() - begun > seconds:
            break
        try:
            read = entry.scope.read(change.latex)
        except Fault:
            continue
        if not fits(read[-1][1].children[-1]):
            continue
        display = dataclasses.replace(entry.display, latex=change.latex)
        changed = Entry(display, entry.scope)
        if all(text.verdict(changed, networks).in_order for networks in NETWORKS):
            return f"{change.what}: {change.latex}"
    return ""
