"""What the search looks through: every section of every page, as a reader sees it.

The data is a script and no JSON file, since a page opened from a disk may load only the former.
"""

import json
import re
from itertools import pairwise
from pathlib import Path

from lxml import html
from sphinx.application import Sphinx

FILE = "search-data.js"
HEADINGS = ("h1", "h2", "h3", "h4")
BLOCKS = set("dd details div dt figcaption figure label li p pre summary".split())
CELLS = {"td", "th"}
# What there is for the eye or the mouse alone, and what tells an answer to whoever unfolds it only.
UNREAD = {"katex-html", "headerlink", "key"}
ACCENTS = {"^": "\u0302", "ˉ": "\u0304", "~": "\u0303", "→": "\u20d7", "˙": "\u0307"}


def grouped(text: str) -> str:
    """Return a part of a formula, in brackets if it would fall apart in a line."""
    return f"({text})" if re.search(r"(?<!^)[-+−=·, ]", text) else text


def formula(element: html.HtmlElement) -> str:
    """Return a formula, from its MathML, as one types it: a fraction as 1/2, an index as y_k."""
    children = [child for child in element if isinstance(child.tag, str)]
    parts = [formula(child) for child in children]
    match element.tag, parts:
        case "mfrac", [above, below]:
            return f"{grouped(above)}/{grouped(below)}"
        case "msub" | "munder", [base, index]:
            return f"{base}_{grouped(index)}"
        case "msup", [base, "′" | "⊤" as sign]:
            return base + sign
        case "msup", [base, power]:
            return f"{base}^{grouped(power)}"
        case "mover", [base, over]:
            return base + ACCENTS.get(over, f"^{grouped(over)}")
        case "msubsup" | "munderover", [base, index, power]:
            return f"{base}_{grouped(index)}^{grouped(power)}"
        case "msqrt" | "mroot", [inside, *_]:
            return f"√{grouped(inside)}"
        case "mtable", rows:
            return "; ".join(rows)
    # KaTeX marks a function that is applied by a sign that nobody sees.
    text = (element.text or "").replace("\N{FUNCTION APPLICATION}", "")
    # A product of fractions falls apart without a space between them.
    for k, (one, next_) in enumerate(pairwise(children)):
        if "mfrac" in (one.tag, next_.tag) and "mo" not in (one.tag, next_.tag):
            parts[k] += " "
    return "".join(parts) or re.sub(r"\s+", " ", text)


def text_of(element: html.HtmlElement, without: html.HtmlElement | None = None) -> str:
    """Return the text of an element, without one child, sections, and what is for the eye."""
    if not isinstance(element.tag, str) or element.tag in {"svg", "button"}:
        return ""
    if not UNREAD.isdisjoint(element.get("class", "").split()):
        return ""
    if element.tag == "math":
        return formula(element)
    parts = [element.text or ""]
    for child in element:
        if child.tag != "section" and child is not without:
            parts.append(text_of(child))
        parts.append(child.tail or "")
    text = "".join(parts)
    if element.tag in CELLS:
        return f"{text} · " if element.getnext() is not None else f"{text} "
    return f" {text} " if element.tag in BLOCKS else text


def line(text: str) -> str:
    """Return a text in one line."""
    return re.sub(r"\s+", " ", text).strip()


def entries(address: str, page: html.HtmlElement) -> list[list[str]]:
    """Return address, page, section and text of each section of a page."""
    found = []
    title = ""
    for section in page.iterfind(".//main//section"):
        heading = next((child for child in section if child.tag in HEADINGS), None)
        name = "" if heading is None else line(text_of(heading))
        title = title or name
        text = line(text_of(section, heading))
        found.append([f"{address}#{section.get('id')}", title, name, text])
    return found


def gather(app: Sphinx, name: str, page: html.HtmlElement) -> tuple[str, list[list[str]]] | None:
    """Return what the search looks through on a page that an author wrote."""
    if name not in app.env.found_docs:
        return None
    return FILE, entries(app.builder.get_target_uri(name), page)


def write(app: Sphinx) -> None:
    """Write the data of the search, once all pages are there."""
    data = [entry for _, found in sorted(app.builder.gathered[FILE].items()) for entry in found]
    script = f"const searchData = {json.dumps(data, ensure_ascii=False, separators=(',', ':'))};\n"
    (Path(app.outdir) / "_static" / FILE).write_text(script, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the data at the end of the build."""
    app.connect("page-written", gather)
    app.connect("pages-written", write)
