"""What the search looks through: every section of every page, as a reader sees it.

The data is a script and no JSON file, since a page opened from a disk may load only the former.
"""

import json
import re
import unicodedata
from pathlib import Path

from lxml import html
from sphinx.application import Sphinx

BLOCKS = set("dd details div dt figcaption figure h1 h2 h3 h4 li math p pre summary td th".split())


def text_of(element: html.HtmlElement) -> str:
    """Return the text of an element, without the sections in it and what is there for the eye."""
    if not isinstance(element.tag, str) or element.tag == "svg":
        return ""
    if not element.classes.isdisjoint({"katex-html", "headerlink"}):
        return ""
    parts = [element.text or ""]
    for child in element:
        if child.tag != "section":
            parts.append(text_of(child))
        parts.append(child.tail or "")
    gap = " " if element.tag in BLOCKS else ""
    return gap + "".join(parts) + gap


def spelled(text: str) -> str:
    """Return the names of the Greek letters in a text, by which they are found as well."""
    names = (unicodedata.name(sign, "").split() for sign in sorted(set(text)))
    return " ".join(name[3].lower() for name in names if len(name) == 4 and name[0] == "GREEK")


def entries(address: str, page: html.HtmlElement) -> list[list[str]]:
    """Return address, page, section and text of each section of a page."""
    found = []
    title = ""
    for section in page.iterfind(".//main//section"):
        heading = re.sub(r"\s+", " ", text_of(section[0] if len(section) else section)).strip()
        for child in section:
            if child.tag in {"h1", "h2", "h3", "h4"}:
                heading = re.sub(r"\s+", " ", text_of(child)).strip()
                break
        title = title or heading
        text = re.sub(r"\s+", " ", text_of(section)).strip()
        found.append([f"{address}#{section.get('id')}", title, heading, text, spelled(text)])
    return found


def write(app: Sphinx) -> None:
    """Write the data of the search, once all pages are there."""
    site = Path(app.outdir)
    data = []
    for name in sorted(app.env.found_docs):
        address = app.builder.get_target_uri(name)
        data += entries(address, html.fromstring((site / address).read_text(encoding="utf-8")))
    script = f"const searchData = {json.dumps(data, ensure_ascii=False, separators=(',', ':'))};\n"
    (site / "_static" / "search-data.js").write_text(script, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the data at the end of the build."""
    app.connect("pages-written", write)
