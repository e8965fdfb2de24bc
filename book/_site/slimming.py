"""Some of the elements that KaTeX writes do nothing: they carry classes without a rule.

Each costs a slow phone time to read and to lay out, so what the style sheet does not name goes.
"""

import re
from functools import cache

from lxml import etree, html

from .npm import package

SHEET = package("katex") / "dist" / "katex.min.css"
VISIBLE = '<span class="katex-html"'


@cache
def named() -> frozenset[str]:
    """Return the classes that the style sheet of KaTeX has a rule for."""
    return frozenset(re.findall(r"\.([a-z][\w-]*)", SHEET.read_text(encoding="utf-8")))


@cache
def owners() -> frozenset[str]:
    """Return the classes whose rules reach the children of an element, whatever these are."""
    found = re.findall(r"\.([\w-]+)>", SHEET.read_text(encoding="utf-8"))
    # The children of the whole have classes of their own.
    return frozenset(found) - {"katex-html"}


def classes(element: html.HtmlElement | None) -> set[str]:
    """Return the classes of an element, or of none."""
    return set() if element is None else set(element.get("class", "").split())


def is_idle(element: html.HtmlElement) -> bool:
    """Tell whether an element without attributes can go: no rule reaches it by where it stands."""
    if element.attrib:
        return False
    parent = element.getparent()
    return owners().isdisjoint(classes(parent) | classes(parent.getparent()))


@cache
def known(names: str, own: frozenset[str]) -> str:
    """Return of the classes of an element those that a rule names."""
    return " ".join(name for name in names.split() if name in named() or name in own)


def slim(formula: str, own: frozenset[str]) -> str:
    """Return the HTML of a formula without what has no effect.

    Parameters
    ----------
    formula : str
        What KaTeX wrote.
    own : frozenset of str
        Classes that the theme gives, which stay.

    Returns
    -------
    str
        HTML that looks the same.
    """
    spoken, _, visible = formula.partition(VISIBLE)
    # What is open around the visible part closes behind it.
    end = "</span>" * (spoken.count("<span") - spoken.count("</span>"))
    box = html.fragment_fromstring(VISIBLE + visible.removesuffix(end))
    spans = list(box.iterdescendants("span"))
    for element in spans:
        if (names := element.get("class")) is not None:
            if kept := known(names, own):
                element.set("class", kept)
            else:
                del element.attrib["class"]
        if style := element.get("style"):
            # No browser takes a height below zero, and a checker of HTML refuses it.
            style = re.sub(r"(?<![\w-])height:-[^;]*;?", "", style)
            # A thousandth of an em is a fiftieth of a pixel.
            style = re.sub(r"\d*\.\d{4,}", lambda match: f"{float(match[0]):.3f}", style)
            if style:
                element.set("style", re.sub(r"(?<=[:-])0(?=\.\d)", "", style.rstrip(";")))
            else:
                del element.attrib["style"]
    for element in spans:
        if is_idle(element):
            element.drop_tag()
    return spoken + fragment(box) + end


def fragment(element: html.HtmlElement) -> str:
    """Return an element as HTML, without what follows it."""
    written = etree.tostring(element, encoding="unicode", method="html", with_tail=False)
    # The writer does not know that a place to break has no end.
    return written.replace("</wbr>", "")


def height(formula: str) -> float:
    """Return a height in its own em that a formula fits into; KaTeX writes it on the struts."""
    struts = re.findall(
        r'<span class="strut" style="height:([\d.]+)em(?:;vertical-align:-([\d.]+)em)?', formula
    )
    below = [float(depth or 0) for _, depth in struts]
    above = [float(whole) - depth for (whole, _), depth in zip(struts, below, strict=True)]
    # A line of text alone, and a hair for heights that the browser rounds to pixels.
    return max([0.94, *above]) + max([0.4, *below]) + 0.06
