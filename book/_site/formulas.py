r"""Formulas become HTML and MathML while the site is built; a page carries no maths script.

KaTeX runs in the V8 of `mini_racer`, inside the build itself. A formula that KaTeX cannot read is
a warning, with the place where it stands. Letters take the colours of the palette,
as the table of symbols at their place says what they mean.
"""

import atexit
import html
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from proofread.sphinx_ext import told

from .npm import package
from .slimming import height, slim

PROGRAM = package("katex") / "dist" / "katex.min.js"
WRITER = Path(__file__).with_name("formulas.js")
LOGGER = logging.getLogger(__name__)
# A letter, perhaps with one or two indices.
SHORT = re.compile(r"\w{1,3}")
# So many signs fit on the line of a phone, with a word before them.
UNBROKEN = 14
# The sizes of a net, layer by layer: 2-3-2.
SIZES = re.compile(r"(\d+(?:-\d+)+)")
START = re.compile(r"[(‘“]+$")
STOP = re.compile(r"[.,;:)?!’”]+")

# KaTeX sets Greek capitals upright, in a class that words in a formula have too.
LETTERS = re.compile(
    r'(<span class="mord (?:mathnormal|mathbf|boldsymbol)[^>]*>|<span class="mord">(?=Δ<))'
    r"([^<]+)(?=</span>)"
)

# The page whose tables hold for the whole book.
SYMBOLS = "book/symbols"
# What a symbol means says which part of the net it is, and so its class in the style sheet.
CLASSES = {
    "input": "net-input",
    "hidden unit": "net-hidden",
    "unit": "net-hidden",
    "output": "net-output",
    "target": "net-target",
    "error signal": "net-delta",
}
PART = re.compile("|".join(CLASSES))
# Letters with their classes.
Colours = frozenset[tuple[str, str]]

# What no reader meets: the LaTeX once more, and a name space that HTML knows anyway.
UNREAD = re.compile(
    r'</?semantics>|<annotation .*?</annotation>|(?<=<math) xmlns="[^"]*"', flags=re.DOTALL
)


# What KaTeX has written so far, with its width, or why it could not; each page that is read adds
# to it.
Formula = tuple[str, bool]
WRITTEN: dict[Formula, tuple[str, float, str]] = {}


class Unreadable(ValueError):
    """A formula that KaTeX cannot read; the message says why."""


@cache
def katex() -> MiniRacer:
    """Start KaTeX."""
    engine = MiniRacer()
    # Left to the end of the interpreter, it waits now and then for a thread that is gone.
    atexit.register(engine.close)
    for script in (PROGRAM, WRITER):
        engine.eval(script.read_text(encoding="utf-8"))
    return engine


def write_all(formulas: Iterable[Formula]) -> None:
    """Let KaTeX write formulas, all at once: most of the time of one is to get to V8 and back."""
    new = [formula for formula in dict.fromkeys(formulas) if formula not in WRITTEN]
    if new:
        WRITTEN.update(zip(new, map(tuple, katex().call("writeAll", new)), strict=True))


def written(latex: str, display: bool) -> str:
    """Return what KaTeX writes for a formula; raise `Unreadable` if it cannot read it."""
    write_all([(latex, display)])
    text, _, reason = WRITTEN[latex, display]
    if reason:
        raise Unreadable(reason.removeprefix("ParseError: "))
    return text


def width(latex: str) -> float:
    """Return how wide a displayed formula is in its own em, or a little more."""
    write_all([(latex, True)])
    return 1.055 * WRITTEN[latex, True][1]


@cache
def rendered(latex: str, display: bool, colours: Colours = frozenset()) -> str:
    """Return a formula as HTML with MathML; raise `Unreadable` if KaTeX cannot read it."""
    classes = dict(colours)

    def coloured(span: re.Match[str]) -> str:
        opening, letters = span.groups()
        return opening + "".join(
            f'<span class="{classes[letter]}">{letter}</span>' if letter in classes else letter
            for letter in letters
        )

    formula = LETTERS.sub(coloured, UNREAD.sub("", written(latex, display)))
    return slim(formula, frozenset(classes.values()))


def place(node: nodes.Node) -> str:
    """Return the file and line of a node, and for a notebook the cell and its line."""
    while node.line is None and node.parent is not None:
        node = node.parent
    # The reader of notebooks counts ten thousand lines a cell.
    cell, line = divmod(node.line or 0, 10_000)
    return f"{node.source}:" + (f"cell {cell}, line {line}" if cell else f"{line}")


def of_formula(node: nodes.Node) -> Formula:
    """Return the LaTeX of a formula, and whether it stands on a line of its own."""
    # The list of the equations has them without the ends of their lines: they are the same.
    return node.astext().strip(), isinstance(node, nodes.math_block)


def read_formulas(app: Sphinx, doctree: nodes.document) -> None:
    """Write all formulas of a page, and warn of each that cannot be read."""
    found = [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]
    # One in a line that has a label stands on a line of its own in the list of the equations.
    alone = [(of_formula(node)[0], True) for node in found if node.parent.get("ids")]
    write_all([*map(of_formula, found), *alone])
    for node in found:
        latex, display = of_formula(node)
        try:
            written(latex, display)
        except Unreadable as reason:
            LOGGER.warning("%s\n%s", reason, latex, location=place(node), type="formula")
    # Another process that reads pages sends it along.
    app.env.written_formulas = WRITTEN  # type: ignore[attr-defined]


def take_over(app: Sphinx, env: BuildEnvironment, pages: set[str], other: Any) -> None:
    """Know what another process has written."""
    WRITTEN.update(other.written_formulas)


def render(node: nodes.math | nodes.math_block, colours: Colours = frozenset()) -> str:
    """Return a formula as HTML, or its LaTeX where it cannot be read."""
    latex, display = of_formula(node)
    try:
        return rendered(latex, display, colours)
    except Unreadable:
        return f"<code>{html.escape(latex)}</code>"


@cache
def spoken(latex: str, display: bool) -> str:
    """Return a formula as a reader sees it, or its LaTeX where it cannot be read."""
    try:
        mathml = UNREAD.sub("", written(latex, display)).partition("</math>")[0]
    except Unreadable:
        return latex
    return html.unescape(re.sub("<[^>]*>", "", mathml)).replace("\N{FUNCTION APPLICATION}", "")


def plain(node: nodes.Node) -> str:
    """Return the text of a node with its formulas as a reader sees them, not as LaTeX."""
    if isinstance(node, nodes.math | nodes.math_block):
        return spoken(*of_formula(node))
    if isinstance(node, nodes.Text):
        return node.astext()
    return " ".join("".join(map(plain, node.children)).split())


class TieLetters(SphinxPostTransform):
    """Keep a lone letter with the word before it: *input i*, not *i* alone on the next line."""

    default_priority = 200

    def run(self) -> None:
        """Turn the space before each short formula into one that does not break."""
        for node in list(self.document.findall(nodes.math)):
            before = node.previous_sibling()
            if isinstance(before, nodes.Text) and re.search(r"\w $", before):
                if SHORT.fullmatch(plain(node)):
                    before.parent.replace(before, nodes.Text(before[:-1] + "\N{NO-BREAK SPACE}"))


class TieStops(SphinxPostTransform):
    """Keep a bracket and a stop with the formula: no line begins with a stop or ends with a "("."""

    # After the letters are tied, for these look at what stands beside a formula.
    default_priority = 201

    def run(self) -> None:
        """Put each formula, the bracket before it and the stop behind it into one element."""
        for node in list(self.document.findall(nodes.math)):
            parent, k, parts = node.parent, node.parent.index(node), [node]
            before, after = node.previous_sibling(), node.next_node(descend=False, siblings=True)
            if isinstance(before, nodes.Text) and (start := START.search(before)):
                parts.insert(0, nodes.Text(start[0]))
                parent[k - 1] = nodes.Text(before[: start.start()])
            if isinstance(after, nodes.Text) and (stop := STOP.match(after)):
                parts.append(nodes.Text(stop[0]))
                parent[k + 1] = nodes.Text(after[stop.end() :])
            if len(parts) > 1:
                parent[k] = nodes.inline("", "", *parts, classes=["tie"])


class TieShort(SphinxPostTransform):
    """Keep short code on its line, and the sizes of a net: not *2-3-*, with *2* on the next."""

    default_priority = 202

    def run(self) -> None:
        """Mark the code that is short, and put the sizes into elements of their own."""
        for code in self.document.findall(nodes.literal):
            if len(code.astext()) <= UNBROKEN:
                code["classes"].append("short")
        for text in list(self.document.findall(nodes.Text)):
            parent, parts = text.parent, SIZES.split(text)
            if len(parts) > 1 and isinstance(parent, nodes.paragraph):
                parts[1::2] = [nodes.inline("", size, classes=["short"]) for size in parts[1::2]]
                parts[::2] = map(nodes.Text, parts[::2])
                k = parent.index(text)
                parent[k : k + 1] = parts


def read_letters(app: Sphinx, doctree: nodes.document) -> None:
    """Note the letters that the tables of symbols on a page declare, and the class of each."""
    letters: dict[str, str] = {}
    for table in doctree.findall(nodes.table):
        head, *rows = ([*row] for row in table.findall(nodes.row))
        names = [entry.astext() for entry in head]
        if names[:1] != ["Symbol"] or "Meaning" not in names:
            continue
        for row in rows:
            symbol, meaning = plain(row[0]), PART.match(plain(row[names.index("Meaning")]))
            letters[symbol[:1]] = CLASSES[meaning[0]] if meaning else ""
    app.env.metadata[app.env.docname]["letters"] = letters


def colours_at(translator: HTML5Translator) -> Colours:
    """Return the classes of letters on the page that is written: its own tables come first."""
    builder = translator.builder
    pages = [builder.env.metadata.get(SYMBOLS, {}), builder.env.metadata[builder.current_docname]]
    letters = {letter: name for page in pages for letter, name in page.get("letters", {}).items()}
    # A capital is the same for all examples of a batch.
    capitals = {letter.upper(): name for letter, name in letters.items()}
    return frozenset(item for item in {**capitals, **letters}.items() if item[1])


def source(node: nodes.math | nodes.math_block) -> str:
    """Return the LaTeX of a formula as an attribute: what a reader gets who copies it."""
    return f' data-latex="{html.escape(node.astext().strip())}"'


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in the line."""
    latex, formula = source(node), render(node, colours_at(translator))
    short = " short" if len(plain(node)) <= UNBROKEN else ""
    translator.body.append(f'<span class="math{short}"{latex}>{formula}</span>')
    raise nodes.SkipNode


def visit_display(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on its own line, with its number as a link to itself."""
    refuted = (node["label"] or "").startswith("wrong-")
    box = "math display refuted" if refuted else "math display"
    translator.body.append(translator.starttag(node, "div", CLASS=box))
    number = get_node_equation_number(translator, node) if node["number"] else ""
    label = f"Equation {number}" if number else "Formula"
    formula = render(node, colours_at(translator))
    # Far from the screen a browser leaves this room for the formula, and need not lay it out.
    room = f"--height:{height(formula):.2f}em;--width:{width(of_formula(node)[0]):.2f}"
    translator.body.append(
        f'<div class="scroll" data-label="{label}" style="{room}"{source(node)}>{formula}</div>'
    )
    if number:
        target = html.escape(node["ids"][0])
        found = told(translator.builder.env).get(node["label"])
        title = "Link to this equation" + (f". Checked: {found}" if found else "")
        shown = f"false ({number})" if refuted else f"({number})" + (" ✓" if found else "")
        translator.body.append(
            f'<a class="eqno" href="#{target}" title="{html.escape(title)}">{shown}</a>'
        )
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register KaTeX as the renderer of formulas."""
    # When other parts have put theirs into the page.
    app.connect("doctree-read", read_formulas, priority=900)
    app.connect("doctree-read", read_letters, priority=901)
    app.connect("env-merge-info", take_over)
    app.add_post_transform(TieLetters)
    app.add_post_transform(TieStops)
    app.add_post_transform(TieShort)
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
