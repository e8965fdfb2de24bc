"""The book as one PDF: its chapters, links, figures and solutions.

Three pages are printed for every change, the whole book where there is time.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from contents import PAGES, ROOT
from lxml import html
from playwright.sync_api import Browser
from pypdf import PdfReader
from pypdf.generic import Destination, DictionaryObject, IndirectObject, PdfObject

import pdf

Trees = dict[str, html.HtmlElement]
FEW = ["index.html", "motivation.html", "output-layer.html"]
# On a machine that does other things as well, the whole book takes minutes.
ALL = [pytest.mark.whole, pytest.mark.timeout(1200)]
Printed = tuple[list[str], PdfReader]


def command(*options: object, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run the command that makes the PDF, in a folder."""
    line = [sys.executable, ROOT / "tools" / "pdf.py", *options]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(
    scope="module",
    params=[pytest.param(FEW, id="few"), pytest.param(PAGES, marks=ALL, id="all")],
)
def printed(request: pytest.FixtureRequest, site: Path, browser: Browser) -> Printed:
    """Print pages; without a browser there is no PDF."""
    pages = request.param
    document = pdf.joined(site, [page.removesuffix(".html") for page in pages])
    return pages, PdfReader(BytesIO(pdf.printed(document, browser)))


def words(text: str) -> str:
    return re.sub(r"\W", "", text)


def test_every_page_is_in_the_outline_in_order(printed: Printed, trees: Trees) -> None:
    pages, book = printed
    outline = [words(str(entry.title)) for entry in book.outline if isinstance(entry, Destination)]
    headings = [words(trees[page].xpath("string(//main//h1)").rstrip("#")) for page in pages]
    assert outline == headings


def test_every_link_leads_into_the_document_or_to_the_web(printed: Printed) -> None:
    pages, book = printed
    inside = 0
    for page in book.pages:
        for annotation in page.get("/Annots") or []:
            link = annotation.get_object()
            if "/A" in link:
                assert link["/A"]["/URI"].startswith("http"), link["/A"]["/URI"]
            else:
                target = link["/Dest"]
                assert not isinstance(target, str) or target in book.named_destinations, target
                inside += 1
    assert inside > 10 * len(pages)


def test_solutions_are_unfolded_and_menus_are_gone(printed: Printed, trees: Trees) -> None:
    names, book = printed
    # pypdf needs half a minute for the text of the book.
    pages = pypdfium2.PdfDocument(book.stream)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in pages)
    solutions = sum(len(trees[name].find_class("solution")) for name in names)
    assert text.splitlines().count("Solution") == solutions > 5
    assert "Theme: auto" not in text
    # Each sheet has its number and the version at the foot, the name of its chapter at the head.
    sheets = [page.get_textpage().get_text_bounded().split() for page in pages]
    assert all(str(k) in sheet for k, sheet in enumerate(sheets, 1))
    assert text.count(f"Backpropagation, version {version('bp')}") == len(sheets)
    assert text.count("4 The output layer") > 5
    assert "Skip to the text" not in text


def elements(node: PdfObject | None, page: int = 0) -> Iterator[tuple[DictionaryObject, set[int]]]:
    """Yield what is tagged below a node, each with the sheets that its content stands on."""
    node = node.get_object() if node is not None else None
    if isinstance(node, list):
        for child in node:
            yield from elements(child, page)
    elif isinstance(node, DictionaryObject):
        here = node.raw_get("/Pg") if "/Pg" in node else None
        own = here.idnum if isinstance(here, IndirectObject) else page
        below = list(elements(node.get("/K"), own))
        direct = node.get("/K") is not None and not below
        yield node, {own} if direct or "/MCID" in node else set().union(*(s for _, s in below))
        yield from below


def test_it_is_tagged_and_no_figure_is_split(printed: Printed, trees: Trees) -> None:
    names, book = printed
    root = book.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    figures = [(e, on) for e, on in elements(root["/StructTreeRoot"]) if e.get("/S") == "/Figure"]
    for figure, sheets in figures:
        assert len(sheets) == 1, (figure.get("/Alt"), sheets)
    told = {str(figure["/Alt"]) for figure, _ in figures if "/Alt" in figure}
    drawn = {svg.get("aria-label") for name in names for svg in trees[name].xpath("//figure//svg")}
    assert drawn and drawn <= told


def test_a_site_that_is_not_built_is_named(tmp_path: Path) -> None:
    result = command("--site", tmp_path)
    assert result.returncode == 1
    assert f"no site in {tmp_path}: build it first" in result.stderr


@pytest.fixture
def small_site(tmp_path: Path) -> Path:
    """Return a site of two pages, one of them in a folder."""
    site = tmp_path / "site"
    (site / "_static").mkdir(parents=True)
    (site / "_static" / "book.css").touch()
    (site / "part").mkdir()
    page = (
        '<html lang="en"><title>Book</title><nav id="menu"><p class="part">Part</p><ol><li>'
        '<a href="{0}part/two.html">Two</a></ol></nav><main id="content"><h1>{1}</h1>'
        '<a href="{2}#content">There</a> <a href="{0}genindex.html">Index</a></main>'
    )
    (site / "index.html").write_text(page.format("", "One", "part/two.html"), encoding="utf-8")
    other = site / "part" / "two.html"
    other.write_text(page.format("../", "Two", "../index.html"), encoding="utf-8")
    return site


@pytest.mark.usefixtures("browser")
def test_it_writes_its_file_and_no_other(small_site: Path) -> None:
    def files() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in small_site.parent.rglob("*") if p.is_file()}

    before = files()
    # A name beside the pages, and a site that is given from where one stands.
    result = command("--site", "site", "--to", "site/index.pdf", folder=small_site.parent)
    assert result.returncode == 0, result.stderr
    after = files()
    made = PdfReader(BytesIO(after.pop(small_site / "index.pdf")))
    assert after == before
    # What is no page of the document has no link: the index of the site.
    links = [link.get_object() for page in made.pages for link in page.get("/Annots") or []]
    assert len(links) == 2 and all("/Dest" in link for link in links)

    result = command("--site", "site", "--to", "site/index.html", folder=small_site.parent)
    assert result.returncode == 1
    assert "index.html is there and no PDF" in result.stderr
    assert {**after, small_site / "index.pdf": b""}.keys() == files().keys()
    assert (small_site / "index.html").read_bytes() == before[small_site / "index.html"]
