"""The command line: ``python -m proofread [FILE…]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from proofread.book import NoBook, find_root, read_book
from proofread.judge import Verdict
from proofread.mutate import repair
from proofread.text import Text, read_file

_HELP = """\
Checks every displayed equation from its own LaTeX, on random networks.

Without files: the whole book, in the order of its table of contents, as the table
[tool.proofread] of its pyproject.toml says. With files (.md or .ipynb): each by itself, with
its own tables.

Every display has a label, and its prefix says what it is:
  def-    a definition: it gives a symbol its value, and is compared with the book's code
  eq-     a claim: every equality must hold
  show-   an expression: it must evaluate
  wrong-  a claim that the text refutes: it must be false, or fit no reading
A formula in a line is checked like a display where it has a label: [$a = b$]{#eq-label}. The others
that state an equality are counted, and --list shows them.

Tables declare what the letters mean:
  | Layer | Units |                    the kinds of index and their sizes
  | Symbol | Over | Value | Meaning |  the symbols: Over joins kinds by ×; Value is any number,
                                       positive, between 0 and 1, one-hot, ones,
                                       Kronecker delta, Euler's number, number of …, defined,
                                       or a formula
"""
_EPILOG = "Exit status: 0 all is in order, 1 something is not, 2 wrong usage."


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m proofread", description=_HELP, epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="a Markdown file or a notebook"
    )
    parser.add_argument("--list", action="store_true", help="print every display with its verdict")
    parser.add_argument(
        "--networks", type=int, default=100, metavar="N", help="random networks (default 100)"
    )
    arguments = parser.parse_args(argv)
    if not 1 <= arguments.networks <= 10_000:
        parser.error("--networks takes a number from 1 to 10000")
    for path in arguments.files:
        if not path.is_file():
            parser.error(f"{path} is no file")
    return arguments


def last_line(verdicts: Iterable[Verdict]) -> str:
    """Return the line that ends every run."""
    displays = [v for v in verdicts if v.display.label or v.display.latex]
    counts = [sum(v.kind == kind for v in displays)
              for kind in ("definition", "claim", "expression", "refuted claim")]  # fmt: skip
    broken = sum(not v.in_order for v in verdicts)
    return (
        f"{len(displays)} displays: {counts[0]} definitions, {counts[1]} claims, "
        f"{counts[2]} expressions, {counts[3]} refuted; {broken} not in order"
    )


def _listed(verdict: Verdict) -> str:
    state = "in order" if verdict.in_order else "NOT IN ORDER"
    shown = [
        verdict.display.label or "(no label)",
        verdict.kind or "unknown",
        str(verdict.display.place),
        state,
    ]
    if verdict.kind == "claim" and verdict.in_order:
        shown.append(f"{verdict.compared}, error {verdict.error:.1e}")
    if verdict.kind == "refuted claim" and verdict.in_order:
        shown.append(verdict.message)
    return "  ".join(shown)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns
    -------
    int
        0 when all is in order, 1 when something is not, 2 for wrong usage.
    """
    arguments = _arguments(argv)
    try:
        texts: list[Text] = [read_file(path) for path in arguments.files] or [
            read_book(find_root())
        ]
    except NoBook as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    verdicts: list[Verdict] = []
    for text in texts:
        verdicts += text.problems
        for entry in text.entries:
            verdict = text.verdict(entry, arguments.networks)
            if verdict.kind == "claim" and not verdict.in_order:
                verdict.repair = repair(text, entry)
            verdicts.append(verdict)
    for verdict in verdicts:
        if arguments.list and verdict.display.label:
            print(_listed(verdict))
        if not verdict.in_order:
            print(verdict.report())
    inline = [formula for text in texts for formula in text.inline]
    if arguments.list:
        for formula in inline:
            print(f"inline, not checked  {formula.place}  {formula.latex}")
    if inline:
        print(f"{len(inline)} inline formulas state an equality and are not checked")
    print(last_line(verdicts))
    return int(any(not verdict.in_order for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
