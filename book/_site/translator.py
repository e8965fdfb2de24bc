r"""The page that says the same formulas in the notations of other texts.

A notation is a set of letters, rows or columns for a layer, and the order of the indices of a
weight. The formulas follow from these three; the checker judges what comes out. The choice of a
reader needs no script: radio buttons, and rules of style that hide what does not fit them.
"""

from itertools import product
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bp import two_layer
from proofread.sources.doctree import REPEATS

from . import texts
from .mistakes import table

FILE = "translator.yml"
LAYERS = {"inputs": 2, "hidden": 3, "outputs": 2}
ARRAYS = ("rows", "columns")
WEIGHTS = ("from-to", "to-from")


def notations() -> list[dict[str, Any]]:
    """Return the notation of each text, this book's in all four arrangements first."""
    own, *others = texts.read(FILE)
    return [own | {"arrays": a, "weights": w} for a, w in product(ARRAYS, WEIGHTS)] + others


def transposed(letter: str) -> str:
    """Return the transpose of a letter, whose number of a layer shares the superscript."""
    return letter[:-1] + r"\top}" if letter.endswith(")}") else rf"{letter}^\top"


def formulas(notation: dict[str, Any]) -> dict[str, str]:
    """Return the formulas of a notation as LaTeX, by what each computes."""
    n = notation["letters"]
    rows, from_to = notation["arrays"] == "rows", notation["weights"] == "from-to"

    def through(v: str, w: str, back: bool = False) -> str:
        """Return a layer times weights, on the way forward or back."""
        # A row stands before its weights and a column behind them.
        turned = w if (from_to == rows) != back else transposed(w)
        return f"{v} {turned}" if rows else f"{turned} {v}"

    def table_of(v: str, delta: str) -> str:
        """Return what comes in times the error signal, in the shape of the weights."""
        first, last = (v, delta) if from_to else (delta, v)
        return f"{transposed(first)} {last}" if rows else f"{first} {transposed(last)}"

    # An expression, such as a derivative, is put in brackets where something stands beside it.
    d2 = rf"\left({n['d2']}\right)" if r"\nabla" in n["d2"] else n["d2"]
    slope = r"{0} \odot (1 - {0})"
    return {
        "Forward": f"{n['a1']} = {through(n['x'], n['w1'])} + {n['b1']}",
        "Error signal of the outputs": (
            rf"{n['d2']} = ({n['y']} - {n['t']}) \odot {slope.format(n['y'])}"
        ),
        "Error signal of the hidden layer": (
            rf"{n['d1']} = ({through(d2, n['w2'], back=True)}) \odot {slope.format(n['h'])}"
        ),
        "Gradient of the weights": rf"\nabla_{{{n['w2']}}} {n['L']} = {table_of(n['h'], d2)}",
        "Gradient of the biases": rf"\nabla_{{{n['b2']}}} {n['L']} = {n['d2']}",
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


# --- The page -----------------------------------------------------------------------------------

NAMED = (
    ("x", "x", "input"), ("w1", "w", "weights"), ("h", "h", "hidden units"),
    ("w2", "u", "weights"), ("y", "y", "outputs"), ("t", "t", "targets"),
    ("d2", "delta2", "error signal"), ("d1", "delta1", "error signal"),
)  # fmt: skip


def numbers(notation: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each array: its letters here, what it is, its shape, the running example."""
    params, x, t = two_layer.worked_example()
    trace = two_layer.forward(params, x)
    values = params._asdict() | trace._asdict() | {"t": t}
    values |= two_layer.deltas(params, trace, t)._asdict()
    found = []
    for letter, name, meaning in NAMED:
        turned = notation["weights"] == "to-from" if name in "wu" else notation["arrays"] != "rows"
        array = values[name].T if turned else values[name]
        lines = ", ".join("[" + ", ".join(f"{v:.4g}" for v in row) + "]" for row in array)
        shape = " × ".join(map(str, array.shape))
        found.append((f"${notation['letters'][letter]}$", meaning, shape, f"`[{lines}]`"))
    return found


def title(notation: dict[str, Any]) -> str:
    """Return the heading of a notation."""
    return f"{notation['name']}: {notation['arrays']}, {notation['weights'].replace('-', '–')}"


def classes(notation: dict[str, Any]) -> list[str]:
    """Return the classes by which a notation is chosen."""
    return [f"{kind}-{nodes.make_id(notation[kind])}" for kind in ("name", "arrays", "weights")]


def chooser() -> str:
    """Return the radio buttons, and the rules that hide what is not chosen."""
    names = list(dict.fromkeys(notation["name"] for notation in notations()))
    groups = (
        ("name", "Letters of", names), ("arrays", "A layer is in", ARRAYS),
        ("weights", "A weight is named", WEIGHTS),
    )  # fmt: skip
    fields, rules = [], []
    for kind, legend, options in groups:
        buttons = [f'<label><input type="radio" name="{kind}" checked> any</label>']
        for option in options:
            one = f"{kind}-{nodes.make_id(option)}"
            shown = option.replace("-", "–") if kind == "weights" else option
            buttons.append(f'<label><input type="radio" name="{kind}" id="{one}"> {shown}</label>')
            rules.append(f"main:has(#{one}:checked) .variant:not(.{one}):not(:target)")
        fields.append(f"<fieldset><legend>{legend}</legend>{' '.join(buttons)}</fieldset>")
    have = {tuple(classes(notation)) for notation in notations()}
    empty = [
        f"main:has(#{name}:checked):has(#{other}:checked) .none"
        for name, other in product({one[0] for one in have}, {o for one in have for o in one[1:]})
        if not any(name in one and other in one for one in have)
    ]
    style = f"{','.join(rules)}{{display:none}}{','.join(sorted(empty))}{{display:block}}"
    said = "None of these texts writes so. “Any” in one of the rows leaves more."
    return (
        f"<div hidden><style>.none{{display:none}}{style}</style></div>"
        f'<div class="choices">{"".join(fields)}'
        f'<p class="none" role="status">{said}</p></div>'
    )


class Translator(SphinxDirective):
    """``translator``: the formulas in every notation, and the buttons that choose."""

    def run(self) -> list[nodes.Node]:
        """Return the buttons and a section for each notation."""
        for file in (texts.BOOK / FILE, Path(__file__), Path(texts.__file__)):
            self.env.note_dependency(str(file))
        return [nodes.raw("", chooser(), format="html"), *map(self._section, notations())]

    def _section(self, notation: dict[str, Any]) -> nodes.section:
        verdicts = texts.judged(text(notation))
        if wrong := [one.report() for one in verdicts.values() if not one.in_order]:
            raise self.error(f"{title(notation)}: {wrong[0]}")
        shown = title(notation)
        made = nodes.section("", nodes.title("", shown), ids=[nodes.make_id(shown)])
        made["classes"] += ["variant", *classes(notation)]
        self.state.document.note_implicit_target(made, made)
        cited = f" {{cite}}`{notation['cite']}`" if "cite" in notation else ""
        made += self.parse_text_to_nodes(f"{notation['says']}{cited}")
        for what, latex in formulas(notation).items():
            made += [nodes.paragraph("", what), texts.shown(latex)]
        cells = table(numbers(notation), ("Letter", "What", "Shape", "Numbers"))
        made += nodes.container("", *self.parse_text_to_nodes(cells), classes=[REPEATS])
        return made


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("translator", Translator)
