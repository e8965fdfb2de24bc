"""Put all figures of the book into one archive, out of the built site: `python tools/figures.py`.

Each is an SVG file in the light colours that stands on its own. `index.html` shows them with
their captions and says how to credit them; `figures.json` says the same to programs.
"""

import json
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

from lxml import html

import reading

FOLDER = "backpropagation-figures"
NAME = f"{FOLDER}.zip"
STYLE = """body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 serif; }
img { max-width: 100%; } figure { margin: 3rem 0; } figcaption p { margin: .3rem 0; }"""


def caption(figure: html.HtmlElement) -> tuple[str, str]:
    """Return the number of a figure and its caption, formulas as LaTeX between dollars."""
    text = figure.find("figcaption")
    for link in text.find_class("headerlink"):
        link.drop_tree()
    for formula in text.xpath(".//*[@data-latex]"):
        formula[:] = []
        formula.text = f"${formula.get('data-latex')}$"
    number = text.find_class("caption-number")[0]
    name = number.text.strip()
    number.drop_tree()
    return name, " ".join(text.text_content().split())


def picture(svg: html.HtmlElement, name: str, alt: str) -> str:
    """Return a drawing as a file: with its name, its description and its paper."""
    left, top, width, height = svg.get("viewbox").split()
    head = (
        f"<title>{escape(name)}</title><desc>{escape(alt)}</desc>"
        f'<rect id="paper" x="{left}" y="{top}" width="{width}" height="{height}"'
        f' style="fill: {reading.COLOURS["paper"]}"/>'
    )
    start, _, rest = reading.drawing(svg).partition(">")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{start}>{head}{rest}\n'


def figures(site: Path) -> Iterator[tuple[dict[str, str], str]]:
    """Yield what there is to say about each figure, and the figure."""
    credit = reading.facts().cited
    for page in reading.order(site):
        tree = reading.parsed(site, page)
        # A piece that moves has no number, and no place by which to credit it.
        for figure in tree.findall(".//main//figure[@id]"):
            svg, label = figure.find(".//svg"), figure.get("id")
            number, text = caption(figure)
            alt = svg.get("aria-label")
            about = {
                "file": f"{label}.svg",
                "number": number,
                "chapter": reading.title(tree),
                "address": f"{page}.html#{label}",
                "caption": text,
                "alternative": alt,
                "credit": f"{number} in: {credit}",
            }
            yield about, picture(svg, number, alt)


def index(entries: list[dict[str, str]]) -> str:
    """Return the page that shows all figures."""
    facts = reading.facts()
    licence = f"Licence: {facts.licence}." if facts.licence else "No licence is chosen yet."
    shown = "".join(
        f'<figure id="{each["file"].removesuffix(".svg")}">'
        f'<img src="{each["file"]}" alt="{escape(each["alternative"])}">'
        f"<figcaption><p><b>{each['number']}</b> {escape(each['caption'])}</p>"
        f"<p><small>{escape(each['credit'])}</small></p></figcaption></figure>\n"
        for each in entries
    )
    title = f"The figures of: {escape(facts.title)}"
    return (
        f'<!DOCTYPE html>\n<html lang="{facts.language}"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n"
        f"<p>Version {facts.version}. {licence} Who shows a figure gives the line below it as its"
        f" source. Formulas in captions are LaTeX.</p>\n{shown}</body></html>\n"
    )


def made(site: Path) -> bytes:
    """Return the archive of the figures of a site: the same bytes for the same site.

    Parameters
    ----------
    site : Path
        The folder of the built site.

    Raises
    ------
    FileNotFoundError
        If the site is not built.
    """
    found = list(figures(site))
    entries = [about for about, _ in found]
    members: dict[str, str | bytes] = {
        "index.html": index(entries),
        "figures.json": json.dumps(entries, ensure_ascii=False, indent=1) + "\n",
        **{about["file"]: drawn for about, drawn in found},
    }
    return reading.archive({f"{FOLDER}/{name}": text for name, text in members.items()})


if __name__ == "__main__":
    sys.exit(reading.command(__doc__, made, NAME))
