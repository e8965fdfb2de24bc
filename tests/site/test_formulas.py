"""Formulas: what is taken out of KaTeX's HTML changes nothing that a reader sees."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from contents import ROOT
from lxml import html
from playwright.sync_api import Browser

from _site import formulas, slimming

Trees = dict[str, html.HtmlElement]
OWN = frozenset(formulas.CLASSES.values())
# Where each sign stands, seen from the corner of its formula.
SIGNS = """() => [...document.querySelectorAll(".katex-html")].map(formula => {
    const { x, y } = formula.getBoundingClientRect();
    const walker = document.createTreeWalker(formula, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node; (node = walker.nextNode()); ) {
        for (let k = 0; k < node.length; k++) {
            const range = new Range();
            range.setStart(node, k);
            range.setEnd(node, k + 1);
            const box = range.getBoundingClientRect();
            found.push([box.x - x, box.y - y, box.width]);
        }
    }
    return found;
})"""


def displays() -> list[str]:
    """Return the LaTeX of all displayed formulas of the chapters."""
    texts = [
        cell.source
        for file in sorted((ROOT / "book").glob("*.ipynb"))
        for cell in nbformat.read(file, as_version=4).cells
        if cell.cell_type == "markdown"
    ]
    return re.findall(r"^\$\$\n(.*?)\n\$\$", "\n".join(texts), re.MULTILINE | re.DOTALL)


def test_every_sign_stands_where_katex_puts_it(browser: Browser, site: Path) -> None:
    latex = [
        *displays(),
        r"\left( \frac{a}{b} \right]",
        r"\left\{ \begin{matrix} a \\ b \\ c \\ d"
        r" \end{matrix} \right.",
        r"\sqrt{x} \hat{y} \overline{ab} \underbrace{c}_{d}",
    ]
    assert len(latex) > 70
    places = []
    for text in latex:
        slim = slimming.slim(formulas.written(text, True), OWN)
        assert slim.count("<span") == slim.count("</span>")
    for change in (lambda formula: formula, lambda formula: slimming.slim(formula, OWN)):
        shown = "".join(f"<p>{change(formulas.written(text, True))}</p>" for text in latex)
        page = browser.new_page(viewport={"width": 2000, "height": 900})
        page.goto((site / "404.html").as_uri())
        page.evaluate("shown => { document.querySelector('main').innerHTML = shown; }", shown)
        page.evaluate("document.fonts.ready")
        places.append(page.evaluate(SIGNS))
        page.close()
    for text, before, after in zip(latex, *places, strict=True):
        assert len(before) == len(after) > 0
        np.testing.assert_allclose(after, before, atol=0.1, err_msg=text)


def test_no_element_is_idle(trees: Trees) -> None:
    named = slimming.named() | OWN
    for tree in trees.values():
        for formula in tree.find_class("katex-html"):
            for span in formula.iterdescendants("span"):
                assert slimming.classes(span) <= named
                assert not slimming.is_idle(span)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<span class="mord">a</span>', "a"),
        ('<span class="mord mathnormal">a</span>', '<span class="mathnormal">a</span>'),
        ('<span style="top:-0.5em;">a</span>', '<span style="top:-.5em">a</span>'),
        # What a checker of HTML refuses: a browser would not have it either.
        ('<span class="vlist" style="height:-0.5486em;"></span>', '<span class="vlist"></span>'),
        ("a<wbr>b", None),
        (
            '<span class="mord"><span class="net-input">x</span></span>',
            '<span class="net-input">x</span>',
        ),
        ('<span class="vlist"><span><span class="mord">a</span></span></span>', None),
    ],
)
def test_only_what_has_no_effect_goes(before: str, after: str | None) -> None:
    frame = '<span class="katex"><span class="katex-html" aria-hidden="true">{}</span></span>'
    kept = before.replace(' class="mord"', "") if after is None else after
    assert slimming.slim(frame.format(before), OWN) == frame.format(kept)


@pytest.mark.parametrize(
    ("latex", "lines"),
    [
        # At the sign of the relation first, even if a line is then short.
        (
            r"p - \eta (\beta v + p - 2) - 2 = (1 - \eta + \beta)(p - 2) - \beta (p + \eta v - 2)",
            ["p−η(βv+p−2)−2", "=(1−η+β)(p−2)−β(p+ηv−2)"],
        ),
        # Where a sum in brackets is too long, before its signs, and behind a bracket.
        (
            r"s = \left[ (y_1 - t_1)\, y_1 (1 - y_1)\, u_{11} + (y_2 - t_2)\, y_2 (1 - y_2)\,"
            r" u_{12} \right] h_1 (1 - h_1)\, x_1",
            ["s", "=[(y1−t1)y1(1−y1)u11", "+(y2−t2)y2(1−y2)u12]", "h1(1−h1)", "x1"],
        ),
        ("a = b + c", ["a=b+c"]),
    ],
)
def test_a_long_formula_may_break_where_a_printer_would_break_it(
    latex: str, lines: list[str]
) -> None:
    drawn = formulas.written(latex, True).partition('class="katex-html"')[2].partition(">")[2]
    pieces = [re.sub(r"<[^>]*>|\N{ZERO WIDTH SPACE}", "", piece) for piece in drawn.split("<wbr>")]
    assert pieces == lines
    assert "<wbr>" not in formulas.written(latex, False)


@pytest.mark.parametrize(
    ("latex", "pieces"),
    [
        (r"(1 \times 2)(2 \times 3) + (1 \times 3)", ["(1×2)(2×3)+", "(1×3)"]),
        # Two brackets of a kind are one sign to KaTeX.
        (r"4 (1 + \tanh(a)) - (b + \tanh(a))", ["4(1+tanh(a))−", "(b+tanh(a))"]),
        # In brackets that are too long, but not in those inside.
        (r"(p(a + b) + q(a + b) + r(a + b))", ["(p(a+b)+", "q(a+b)+", "r(a+b))"]),
    ],
)
def test_no_line_of_the_text_ends_in_short_brackets(latex: str, pieces: list[str]) -> None:
    drawn = formulas.written(latex, False).partition('class="katex-html"')[2]
    bases = drawn.split('<span class="base">')[1:]
    assert [re.sub(r"<[^>]*>|\N{ZERO WIDTH SPACE}", "", base) for base in bases] == pieces


def test_the_width_of_a_formula_is_known(browser: Browser, site: Path) -> None:
    latex = [*displays(), r"\ln \tanh a \qquad \text{for } k = 1, 2", r"\sqrt{\frac{x}{y + z}}"]
    shown = "".join(f"<p>{formulas.written(text, True)}</p>" for text in latex)
    page = browser.new_page(viewport={"width": 2000, "height": 900})
    page.goto((site / "404.html").as_uri())
    page.evaluate("shown => { document.querySelector('main').innerHTML = shown; }", shown)
    page.evaluate("document.fonts.ready")
    drawn = page.evaluate("""[...document.querySelectorAll(".katex-html")].map(formula => {
        const bases = [...formula.children].map(base => base.getBoundingClientRect());
        return (Math.max(...bases.map(base => base.right)) - bases[0].left)
            / parseFloat(getComputedStyle(formula).fontSize);
    })""")
    page.close()
    for text, width in zip(latex, drawn, strict=True):
        # Never less than it takes: a formula that is shown as fitting fits.
        assert width <= formulas.width(text) < 1.1 * width + 0.1, text
