"""Make one PDF of the whole book out of the built site: `python tools/pdf.py`.

The pages are joined in their order, every link between two of them becomes a link inside the
document, and the browser prints the whole. So the PDF has the numbers of the site.
"""

import argparse
import json
import posixpath
import re
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

from lxml import html

import browser
from files import replace

ROOT = Path(__file__).parent.parent
PLACES = re.compile(r'(\bid="|\bhref="#|url\(#|\baria-labelledby="|\bfor="|\bheaders=")')
LINK = re.compile(r'\bhref="([\w./-]+)\.html(?:#([^"]*))?"')


def joined(site: Path) -> str:
    """Return all pages of a site as one document."""
    cover = html.parse(str(site / "index.html")).getroot()
    names = [link.removesuffix(".html") for link in cover.xpath("//nav[@id='menu']//ol//@href")]
    chapters = "\n".join(chapter(site, name) for name in ["index", *names])
    style = (site / "_static" / "book.css").as_uri()
    return (
        f'<!DOCTYPE html><html lang="{cover.get("lang")}"><head><meta charset="utf-8">'
        f"<title>{cover.findtext('.//title')}</title>"
        f'<link rel="stylesheet" href="{style}"><style>{heads(site, names)}</style></head>'
        f'<body><main class="whole">{chapters}</main></body></html>'
    )


def heads(site: Path, names: Sequence[str]) -> str:
    """Return the style that sets the name of each page at the head of its sheets."""
    rules = []
    for name in names:
        page = html.parse(str(site / f"{name}.html")).getroot()
        title = json.dumps(page.xpath("string(//*[@class='here'])"), ensure_ascii=False)
        kind = f"of-{prefix(name)}"
        rules.append(f"@page {kind}{{@top-center{{content:{title}}}}}")
        rules.append(f'[id="{prefix(name)}content"]{{page:{kind}}}')
    return "".join(rules)


def prefix(name: str) -> str:
    """Return what makes the ids of a page its own."""
    return name.replace("/", "-") + "--"


def chapter(site: Path, name: str) -> str:
    """Return one page as a part of the document, its ids made unique by its name."""
    page = site / f"{name}.html"
    main = html.parse(str(page)).getroot().find(".//main")
    for element in main.xpath(".//*[contains(@class, 'headerlink')] | ./nav"):
        element.drop_tree()
    for details in main.iter("details"):
        details.set("open", "")
    for image in main.iter("img"):
        image.set("src", urljoin(page.as_uri(), image.get("src")))

    def inside(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), link[1]))
        return f'href="#{prefix(target)}{link[2] or "content"}"'

    text = html.tostring(main, encoding="unicode", with_tail=False)
    text = LINK.sub(inside, PLACES.sub(rf"\1{prefix(name)}", text))
    return re.sub("^<main|main>$", lambda tag: tag[0].replace("main", "article"), text)


def write(site: Path, target: Path) -> None:
    """Print the site into a PDF file.

    Parameters
    ----------
    site : Path
        The folder of the built site.
    target : Path
        The file to write.

    Raises
    ------
    FileNotFoundError
        If the site is not built, or there is no browser.
    FileExistsError
        If the file is there and is something else than a PDF.
    """
    if not (site / "index.html").is_file():
        raise FileNotFoundError(f"no site in {site}: build it first")
    if target.is_file() and not target.read_bytes().startswith(b"%PDF"):
        raise FileExistsError(f"{target} is there and no PDF: choose another name")
    with tempfile.TemporaryDirectory() as folder, browser.started() as chromium:
        page_file = Path(folder) / "book.html"
        page_file.write_text(joined(site.resolve()), encoding="utf-8")
        page = chromium.new_page()
        # The whole book on one page, perhaps on a machine that does other things as well.
        page.goto(page_file.as_uri(), timeout=150_000)
        page.evaluate("Promise.all([...document.fonts].map(font => font.load()))")
        content = page.pdf(
            format="A4",
            outline=True,
            tagged=True,
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    replace(target, content)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the PDF; return 0, or 1 if something is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--to", type=Path, default=ROOT / "_build" / "backpropagation.pdf")
    options = parser.parse_args(arguments)
    return browser.finished(partial(write, options.site), options.to)


if __name__ == "__main__":
    sys.exit(main())
