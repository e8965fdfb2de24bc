"""Make one PDF of the whole book out of the built site: `python tools/pdf.py`.

The pages are joined in their order, every link between two of them becomes a link inside the
document, and the browser prints the whole. So the PDF has the numbers of the site.
"""

import json
import posixpath
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urljoin

from lxml import html
from playwright.sync_api import Browser

import browser
import reading

NAME = "backpropagation.pdf"
PLACES = re.compile(r'(\bid="|\bhref="#|url\(#|\baria-labelledby="|\bfor="|\bheaders=")')


def joined(site: Path, names: Sequence[str]) -> str:
    """Return pages of a site as one document."""
    facts = reading.facts()
    pages = {name: reading.parsed(site, name) for name in names}
    chapters = "\n".join(chapter(site, name, page, names) for name, page in pages.items())
    style = (site / "_static" / "book.css").as_uri()
    foot = json.dumps(f"{facts.title}, version {facts.version}", ensure_ascii=False)
    return (
        f'<!DOCTYPE html><html lang="{facts.language}"><head><meta charset="utf-8">'
        f'<title>{facts.title}</title><link rel="stylesheet" href="{style}">'
        f"<style>@page{{@bottom-left{{content:{foot};font:9pt var(--serif);color:var(--muted)}}}}"
        f"{''.join(head(name, page) for name, page in pages.items())}</style></head>"
        f'<body><main class="whole">{chapters}</main></body></html>'
    )


def head(name: str, page: html.HtmlElement) -> str:
    """Return the style that sets the name of a page at the head of its sheets."""
    title = json.dumps(reading.title(page), ensure_ascii=False)
    kind = f"of-{prefix(name)}"
    return (
        f'@page {kind}{{@top-center{{content:{title}}}}}[id="{prefix(name)}content"]{{page:{kind}}}'
    )


def prefix(name: str) -> str:
    """Return what makes the ids of a page its own."""
    return name.replace("/", "-") + "--"


def chapter(site: Path, name: str, page: html.HtmlElement, names: Sequence[str]) -> str:
    """Return one page as a part of the document, its ids made unique by its name."""
    main, address = page.find(".//main"), (site / f"{name}.html").as_uri()
    for element in main.xpath(".//*[contains(@class, 'headerlink')] | ./nav"):
        element.drop_tree()
    # The browser hands none of the MathML on to the PDF, and takes 40% longer for having it.
    for spoken in main.find_class("katex-mathml"):
        spoken.drop_tree()
    for details in main.iter("details"):
        details.set("open", "")
    for element in main.xpath(".//*[@src]"):
        element.set("src", urljoin(address, element.get("src")))
    for sheet in main.iter("link"):
        sheet.set("href", urljoin(address, sheet.get("href")))
    text = PLACES.sub(
        rf"\1{prefix(name)}", html.tostring(main, encoding="unicode", with_tail=False)
    )

    def inside(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), link[1]))
        return f'href="#{prefix(target)}{link[2] or "content"}"' if target in names else ""

    # Whatever leads out of the document, and not to the web, leads nowhere.
    text = re.sub(r'\bhref="([\w./-]+)\.html(?:#([^"]*))?"', inside, text)
    return re.sub("^<main|main>$", lambda tag: tag[0].replace("main", "article"), text)


def printed(document: str, chromium: Browser) -> bytes:
    """Return a document as the browser prints it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "book.html"
        file.write_text(document, encoding="utf-8")
        page = chromium.new_page(java_script_enabled=False)
        # The whole book on one page, perhaps on a machine that does other things as well.
        page.goto(file.as_uri(), timeout=150_000)
        content = page.pdf(format="A4", outline=True, tagged=True)
        page.close()
    return content


def made(site: Path) -> bytes:
    """Return a site as a PDF.

    Parameters
    ----------
    site : Path
        The folder of the built site.

    Raises
    ------
    FileNotFoundError
        If the site is not built, or there is no browser.
    """
    document = joined(site, reading.order(site))
    with browser.started() as chromium:
        return printed(document, chromium)


if __name__ == "__main__":
    sys.exit(reading.command(__doc__, made, NAME))
