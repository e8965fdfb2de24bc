"""The whole book as one PDF: its chapters, links and solutions."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from contents import PAGES, ROOT
from lxml import html
from playwright.sync_api import Browser
from pypdf import PdfReader
from pypdf.generic import Destination

Trees = dict[str, html.HtmlElement]


def pdf(*options: object) -> "subprocess.CompletedProcess[str]":
    """Run the command that makes the PDF."""
    command = [sys.executable, ROOT / "tools" / "pdf.py", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


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
    text = "\n".join(page.extract_text() for page in book.pages)
    solutions = sum(len(trees[page].find_class("solution")) for page in PAGES)
    assert len(re.findall(r"^Solution$", text, re.MULTILINE)) == solutions
    assert "Theme: auto" not in text
    assert "Skip to the text" not in text


def test_a_site_that_is_not_built_is_named(tmp_path: Path) -> None:
    result = pdf("--site", tmp_path)
    assert result.returncode == 1
    assert f"no site in {tmp_path}: build it first" in result.stderr
