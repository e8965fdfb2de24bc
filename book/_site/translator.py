r"""The page that says the same formulas in the notations of other texts.

A notation is a set of letters, rows or columns for a layer, and the order of the indices of a weight.
The formulas follow from these three; the checker judges what comes out.
"""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bp import two_layer

from . import texts
from .mistakes import table

FILE = "translator.yml"
OWN = "This book"
LAYERS = {"inputs": 2, "hidden": 3, "outputs": 2}
ARRAYS = {"rows": "rows", "columns": "columns"}
WEIGHTS = {"from-to": "from–to", "to-from": "to–from"}


def notations() -> list[dict[str, Any]]:
    """Return the notation of each text, this book's in all four arrangements first."""
    own, *others = texts.read(FILE)
    return [own | {"arrays": a, "weights": w} for a, w in product(ARRAYS, WEIGHTS)] + others


def formulas(notation: dict[str, Any]) -> dict[str, str]:
    """Return the formulas of a notation as LaTeX, by what each computes."""
    n = notation["letters"]
    rows, from_to = notation["arrays"] == "rows", notation["weights"] == "from-to"

    def through(v: str, w: str, back: bool = False) -> str:
        """Return a layer times weights, on the way forward or back."""
        # A row stands before its weights and a column behind them.
        turned = w if (from_to == rows) != back else rf"{w}^\top"
        return f"{v} {turned}" if rows else f"{turned} {v}"

    def table_of(v: str, delta: str) -> str:
        """Return what comes in times the error signal, in the shape of the weights."""
        first, last = (v, delta) if from_to else (delta, v)
        return rf"{first}^\top {last}" if rows else rf"{first} {last}^\top"

    # Nothing is written behind a letter that is an expression, such as a derivative.
    d1, d2 = (rf"\left({n[d]}\right)" if r"\nabla" in n[d] else n[d] for d in ("d1", "d2"))
    return {
        "Forward": f"{n['a1']} = {through(n['x'], n['w1'])} + {n['b1']}",
        "Error signal of the outputs": (
            rf"{n['d2']} = ({n['y']} - {n['t']}) \odot {n['y']} \odot (1 - {n['y']})"
        ),
        "Error signal of the hidden layer": (
            rf"{n['d1']} = ({through(d2, n['w2'], back=True)}) \odot {n['h']} \odot (1 - {n['h']})"
        ),
        "Gradient of the weights": rf"\nabla_{{{n['w2']}}} {n['L']} = {table_of(n['h'], d2)}",
        "Gradient of the biases": rf"\nabla_{{{n['b1']}}} {n['L']} = {d1}".replace(
            rf"\left({n['d1']}\right)", n["d1"]
        ),
    }


def text(notation: dict[str, Any]) -> dict[str, Any]:
    """Return a notation as a text for the checker."""
    n = notation["letters"]
    rows, from_to = notation["arrays"] == "rows", notation["weights"] == "from-to"
    over = {kind: f"1 × {kind}" if rows else f"{kind} × 1" for kind in LAYERS}

    def between(one: str, other: str) -> str:
        return f"{one} × {other}" if from_to else f"{other} × {one}"

    said = formulas(notation)
    forward = said["Forward"].partition(" = ")[2]
    # The second layer computes as the first does.
    second = forward
    for old, new in (("x", "h"), ("w1", "w2"), ("b1", "b2")):
        second = second.replace(n[old], f"<{new}>")
    for new in ("h", "w2", "b2"):
        second = second.replace(f"<{new}>", n[new])
    symbols = [
        (n["x"], over["inputs"], "any number"),
        (n["w1"], between("inputs", "hidden"), "any number"),
        (n["b1"], over["hidden"], "any number"),
        (n["w2"], between("hidden", "outputs"), "any number"),
        (n["b2"], over["outputs"], "any number"),
        (n["t"], over["outputs"], "any number"),
        (r"\sigma(s)", "", r"\frac{1}{1 + \exp(-s)}"),
        ("s", "", "any number"),
        (n["a1"], over["hidden"], forward),
        (n["h"], over["hidden"], rf"\sigma({n['a1']})"),
        (n["a2"], over["outputs"], second),
        (n["y"], over["outputs"], rf"\sigma({n['a2']})"),
        (n["L"], "", rf"\frac{{1}}{{2}} \lVert {n['y']} - {n['t']} \rVert^2"),
    ]
    for delta, a, kind in (("d1", "a1", "hidden"), ("d2", "a2", "outputs")):
        if r"\nabla" not in n[delta]:
            symbols.append((n[delta], over[kind], rf"\nabla_{{{n[a]}}} {n['L']}"))
    lines = [
        (f"${symbol}$", where, value if value == "any number" else f"${value}$")
        for symbol, where, value in symbols
    ]
    layers = table([(name, str(size)) for name, size in LAYERS.items()], ("Layer", "Units"))
    claims = [(name, latex) for name, latex in said.items() if name != "Forward"]
    return {
        "tables": f"{layers}\n\n{table(lines, ('Symbol', 'Over', 'Value'))}",
        "rows": [{"label": f"eq-{nodes.make_id(k)}", "latex": latex} for k, latex in claims],
    }
