"""The whole book as one PDF: its chapters, links and solutions."""

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from contents import PAGES, ROOT
from lxml import html
from playwright.sync_api import Browser
from pypdf import PdfReader
from pypdf.generic import Destination

Trees = dict[str, html.HtmlElement]


def pdf(*options: object, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run the command that makes the PDF, in a folder."""
    command = [sys.executable, ROOT / "tools" / "pdf.py", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def book(site: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    """Make the PDF; without a browser there is none."""
    file = tmp_path_factory.mktemp("pdf") / "book.pdf"
    result = pdf("--site", site, "--to", file)
    assert result.returncode == 0, result.stderr
    assert [left.name for left in file.parent.iterdir()] == ["book.pdf"]
    return PdfReader(file)


def words(text: str) -> str:
    return re.sub(r"\W", "", text)


def test_every_page_is_in_the_outline_in_order(book: PdfReader, trees: Trees) -> None:
    outline = [words(str(entry.title)) for entry in book.outline if isinstance(entry, Destination)]
    headings = [words(trees[page].xpath("string(//main//h1)").rstrip("#")) for page in PAGES]
    assert outline == headings


def test_every_link_leads_into_the_document_or_to_the_web(book: PdfReader) -> None:
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
    assert inside > 50


def test_solutions_are_unfolded_and_menus_are_gone(book: PdfReader, trees: Trees) -> None:
    # pypdf needs half a minute for the text of the book.
    pages = pypdfium2.PdfDocument(book.stream)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in pages)
    solutions = sum(len(trees[page].find_class("solution")) for page in PAGES)
    assert text.splitlines().count("Solution") == solutions > 10
    assert "Theme: auto" not in text
    # Each sheet has its number at the foot, and the name of its chapter at the head.
    sheets = [page.get_textpage().get_text_bounded().split() for page in pages]
    assert all(str(k) in sheet for k, sheet in enumerate(sheets, 1))
    assert text.count("5 The hidden layer") > 5
    assert "Skip to the text" not in text


def test_a_site_that_is_not_built_is_named(tmp_path: Path) -> None:
    result = pdf("--site", tmp_path)
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
        '<html lang="en"><title>Book</title><nav id="menu"><ol><li><a href="{0}part/two.html">Two'
        '</a></ol></nav><main id="content"><h1>{1}</h1><a href="{2}#content">There</a></main>'
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
    result = pdf("--site", "site", "--to", "site/index.pdf", folder=small_site.parent)
    assert result.returncode == 0, result.stderr
    after = files()
    made = PdfReader(BytesIO(after.pop(small_site / "index.pdf")))
    assert after == before
    links = [link.get_object() for page in made.pages for link in page.get("/Annots") or []]
    assert len(links) == 2 and all("/Dest" in link for link in links)

    result = pdf("--site", "site", "--to", "site/index.html", folder=small_site.parent)
    assert result.returncode == 1
    assert "index.html is there and no PDF" in result.stderr
    assert {**after, small_site / "index.pdf": b""}.keys() == files().keys()
    assert (small_site / "index.html").read_bytes() == before[small_site / "index.html"]
