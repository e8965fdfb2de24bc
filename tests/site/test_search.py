"""The search, from a disk."""

import re
from html import unescape
from pathlib import Path

from contents import PAGES
from opening import opened
from playwright.sync_api import Browser


def test_search_finds_words_and_symbols_offline(browser: Browser, site: Path) -> None:
    with opened(browser, (site / PAGES[0]).as_uri()) as shown:
        for query in ("delta", "δ", "sigmoid", "∂L", "chain rule"):
            shown.get_by_role("searchbox").fill(query)
            shown.keyboard.press("Enter")
            shown.get_by_role("status").filter(has_text=f" with “{query}”").wait_for()
            links = shown.locator("#results a")
            found = links.evaluate_all("all => all.map(link => link.getAttribute('href'))")
            assert found, query
            for link in found:
                assert (site / link.partition("#")[0]).is_file(), link
        links.first.click()
        shown.wait_for_url(lambda url: "search.html" not in url)
        shown.locator("h1").wait_for()


# Of the sections that a query finds.
ADDRESSES = "query => hitsOf(patternsOf(query)).map(({ address }) => address)"
EXCERPTS = """query => {
    const patterns = patternsOf(query), words = document.createElement("p");
    return hitsOf(patterns).map(({ address, text }) => {
        words.replaceChildren(...excerpt(text, patterns));
        return [address, words.innerHTML];
    });
}"""


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
            want, *found = map(
                set, shown.evaluate(f"queries => queries.map({ADDRESSES})", [first, *others])
            )
            assert want, first
            for other, got in zip(others, found, strict=True):
                # Words in quotes must follow each other, so they may be found less often.
                assert got == want or (('"' in other or "“" in other) and got and got < want), other


def test_excerpts_show_what_was_found_and_whole_words(browser: Browser, site: Path) -> None:
    with opened(browser, (site / "search.html").as_uri()) as shown:
        for query in ("sigma", "chain rule", "error signal", "1/2", "δ"):
            hits = shown.evaluate(EXCERPTS, query)
            assert len(hits) > 3
            marked = sum("<mark>" in text for _, text in hits)
            # Where it stands in the title alone, nothing in the text is marked.
            assert marked >= len(hits) - 3, query
            data = shown.evaluate("Object.fromEntries(searchData.map(([a, , , t]) => [a, t]))")
            for address, excerpt in hits:
                shown_text = unescape(re.sub(r"</?mark>", "", excerpt)).strip("… ")
                assert f" {shown_text} " in f" {data[address]} ", excerpt
        # What is folded since it tells the answers is not told here.
        assert "what it says" not in data["exercises.html#exercises"]


def test_search_says_so_when_it_finds_nothing(browser: Browser, site: Path) -> None:
    with opened(browser, (site / "search.html").as_uri() + "?q=xyzzy") as shown:
        assert shown.get_by_role("status").inner_text() == "Nothing is found for “xyzzy”."
