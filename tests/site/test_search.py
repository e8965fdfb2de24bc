"""The search, from a disk."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from contents import PAGES
from opening import opened
from playwright.sync_api import Browser, Page


@pytest.mark.parametrize("query", ["delta", "δ", "sigmoid", "chain rule", "∂L"])
def test_search_finds_words_and_symbols_offline(query: str, browser: Browser, site: Path) -> None:
    with opened(browser, (site / PAGES[0]).as_uri()) as shown:
        shown.get_by_role("searchbox").fill(query)
        shown.keyboard.press("Enter")
        shown.wait_for_url("**/search.html?*")
        links = shown.locator("#results a")
        links.first.wait_for()
        assert f" with “{query}”" in shown.get_by_role("status").inner_text()
        links.first.click()
        shown.wait_for_url(lambda url: "search.html" not in url)
        shown.locator("h1").wait_for()


def found(page: Page, query: str) -> list[tuple[str, str]]:
    """Return the address and the excerpt of every section that a query finds."""
    page.goto(f"{page.url.split('?')[0]}?{urlencode({'q': query})}")
    page.wait_for_function("document.querySelector('#found').textContent")
    return [
        tuple(hit)
        for hit in page.evaluate("""
        [...document.querySelectorAll("#results li")].map(item =>
            [item.querySelector("a").getAttribute("href"), item.querySelector("p").innerHTML])
    """)
    ]


def test_search_finds_the_same_however_it_is_typed(browser: Browser, site: Path) -> None:
    twins = [
        ("chain rule", "“chain rule”", "chain  RULE"),
        ("'chain rule'"[1:-1], '"chain rule"'),
        ("source’s", "source's", "source′s"),
        ("σ′", "σ'", "σ’"),
        ("backpropagation", "back-propagation"),
        ("learning rate", "learning-rate"),
        ("−0.7", "-0.7"),
        ("½", "1/2", "1⁄2"),
        ("u_11", "u11", "u_{11}"),
        ("x^2", "x²"),
    ]
    with opened(browser, (site / "search.html").as_uri()) as shown:
        for first, *others in twins:
            want = {address for address, _ in found(shown, first)}
            assert want, first
            for other in others:
                got = {address for address, _ in found(shown, other)}
                # Words in quotes must follow each other, so they may be found less often.
                assert got == want or (('"' in other or "“" in other) and got and got < want), other


def test_excerpts_show_what_was_found_and_whole_words(browser: Browser, site: Path) -> None:
    with opened(browser, (site / "search.html").as_uri()) as shown:
        for query in ("sigma", "chain rule", "error signal", "1/2", "δ"):
            hits = found(shown, query)
            assert len(hits) > 3
            marked = sum("<mark>" in text for _, text in hits)
            # Where it stands in the title alone, nothing in the text is marked.
            assert marked >= len(hits) - 3, query
            data = shown.evaluate("Object.fromEntries(searchData.map(([a, , , t]) => [a, t]))")
            for address, excerpt in hits:
                shown_text = unescape(re.sub(r"</?mark>", "", excerpt)).strip("… ")
                assert f" {shown_text} " in f" {data[address]} ", excerpt


def test_search_says_so_when_it_finds_nothing(browser: Browser, site: Path) -> None:
    with opened(browser, (site / "search.html").as_uri() + "?q=xyzzy") as shown:
        assert shown.get_by_role("status").inner_text() == "Nothing is found for “xyzzy”."
