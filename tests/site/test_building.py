"""What the build refuses, and what it adds once the site has an address."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from contents import ROOT
from lxml import etree, html

SmallBook = Callable[..., "subprocess.CompletedProcess[str]"]
TEXT = "# A page\n\nWith a paragraph that describes it.\n"


@pytest.mark.parametrize("latex", [r"\frac{a", r"\nosuchcommand", r"a} b"])
def test_malformed_latex_ends_the_build_with_its_place(latex: str, small_book: SmallBook) -> None:
    result = small_book(f"{TEXT}\n$$\n{latex}\n$$ (eq-bad)\n")
    assert result.returncode != 0
    assert "index.md: line 5: KaTeX parse error" in result.stderr
    assert latex in result.stderr


def test_letters_of_the_net_are_coloured_and_nothing_else(small_book: SmallBook, tmp_path: Path):
    formula = (
        r"$x_1 \mathbf{h} y t \delta \boldsymbol{\delta} \Delta \mathbf{X} a w \max(\text{x})"
        r" \mathbf{h}^\top$"
    )
    assert small_book(f"{TEXT}\n{formula}\n").returncode == 0
    page = html.parse(str(tmp_path / "_build" / "html" / "index.html"))
    letters = [
        (span.get("class"), span.text)
        for span in page.xpath("//span[@class='katex-html']//span")
        if span.get("class") in {"input", "hidden", "output", "target", "delta"}
    ]
    assert letters == [
        ("input", "x"),
        ("hidden", "h"),
        ("output", "y"),
        ("target", "t"),
        ("delta", "δ"),
        ("delta", "δ"),
        ("delta", "Δ"),
        ("input", "X"),
        ("hidden", "h"),
    ]


def test_a_lone_letter_stays_with_its_word(small_book: SmallBook, tmp_path: Path) -> None:
    assert small_book(f"{TEXT}\nFrom input $x_1$ to $h$, but ($y$) and $a = b$.\n").returncode == 0
    page = html.parse(str(tmp_path / "_build" / "html" / "index.html"))
    (paragraph,) = page.xpath("//main//p[span]")
    texts = [text for text in (paragraph.text, *(span.tail for span in paragraph)) if text]
    assert texts == ["From input\xa0", " to\xa0", ", but (", ") and ", "."]


def test_a_page_does_not_name_an_address_that_is_not_set(small_book: SmallBook, tmp_path: Path):
    assert small_book(TEXT).returncode == 0
    site = tmp_path / "_build" / "html"
    assert not (site / "sitemap.xml").exists()
    page = html.parse(str(site / "index.html"))
    assert not page.xpath("//link[@rel='canonical'] | //meta[@property='og:image']")


def test_an_address_that_is_set_is_on_every_page(small_book: SmallBook, tmp_path: Path) -> None:
    base = "https://book.example/backpropagation/"
    assert small_book(TEXT, lambda config: config.update(html={"baseurl": base})).returncode == 0
    site = tmp_path / "_build" / "html"
    for name, canonical in (("index", base), ("search", base + "search.html")):
        page = html.parse(str(site / f"{name}.html"))
        assert page.xpath("//link[@rel='canonical']/@href") == [canonical]
        assert page.xpath("//meta[@property='og:url']/@content") == [canonical]
        (card,) = page.xpath("//meta[@property='og:image']/@content")
        assert (site / card.removeprefix(base)).is_file()
    assert html.parse(str(site / "404.html")).xpath("//base/@href") == [base]
    locations = etree.parse(str(site / "sitemap.xml")).xpath("//*[local-name()='loc']/text()")
    assert locations == [base]


def test_a_page_that_moved_leads_to_its_new_place(small_book: SmallBook, tmp_path: Path) -> None:
    def change(config: dict) -> None:
        config["sphinx"]["config"]["moved_pages"] = {"old/place.html": "../index.html"}

    assert small_book(TEXT, change).returncode == 0
    moved = tmp_path / "_build" / "html" / "old" / "place.html"
    (target,) = html.parse(str(moved)).xpath("//main//a/@href")
    assert (moved.parent / target).resolve().is_file()


def test_no_address_is_set_in_the_book() -> None:
    assert "baseurl" not in (ROOT / "_config.yml").read_text(encoding="utf-8")
