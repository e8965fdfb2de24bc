"""The slides of the chapters: made of what a chapter shows, and fit to teach from."""

import gzip
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from axe import violations
from contents import DECKS
from lxml import html
from opening import NARROW, opened
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from _site.slides import Chapter, Slide, arranged

Trees = dict[str, html.HtmlElement]
WIDEST, LOWEST = 1280, 720
KIB = 1024
# The slide in view, what the address says, and how many elements are held back.
SEEN = """() => {
    const slide = document.elementFromPoint(innerWidth / 2, innerHeight / 2).closest(".slide");
    return [slide.id, location.hash.slice(1), document.querySelectorAll(".held").length];
}"""
# The number of the first slide with a derivation of several lines.
DERIVED = "+document.querySelector('.why p + p').closest('.slide').id"


def written(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize("deck", DECKS)
def test_a_deck_has_what_a_lesson_needs(deck: str, trees: Trees) -> None:
    tree, chapter = trees[deck], trees[deck.removeprefix("slides/")]
    slides = tree.find_class("slide")
    assert 12 <= len(slides) <= 25
    assert [slide.get("id") for slide in slides] == [str(k) for k in range(1, len(slides) + 1)]
    for slide in slides:
        (shown,) = slide.find_class("shown")
        assert slide[0].tag == ("h1" if slide is slides[0] else "h2")
        assert written(slide[0]) and len(shown) and written(shown), slide.get("id")
    assert slides[-1].find_class("exercise")
    # Questions, and nothing of their answers.
    assert not tree.xpath("//form | //details")
    text = written(tree)
    for solution in chapter.find_class("solution"):
        assert not any(written(p) in text for p in solution.iter("p") if len(written(p)) > 40)


@pytest.mark.parametrize("deck", DECKS)
def test_slides_show_what_the_chapter_shows(deck: str, trees: Trees) -> None:
    page = deck.removeprefix("slides/")
    chapter = trees[page]
    for number in trees[deck].find_class("eqno"):
        target = urlsplit(number.get("href"))
        assert urljoin(deck, target.path) == page
        (equation,) = chapter.xpath("//*[@id=$name]", name=target.fragment)
        assert number.text == equation.find_class("eqno")[0].text
        latex = [box.get("data-latex") for box in number.getparent().find_class("scroll")]
        assert latex == [box.get("data-latex") for box in equation.find_class("scroll")]
    printed = {written(output) for output in chapter.find_class("output")}
    assert printed >= {written(output) for output in trees[deck].find_class("output")}
    captions = {written(caption) for caption in chapter.find_class("caption-text")}
    assert captions >= {written(caption) for caption in trees[deck].find_class("caption-text")}


@pytest.mark.parametrize("deck", DECKS)
def test_links_of_slides_lead_into_the_book(deck: str, trees: Trees) -> None:
    for link in map(urlsplit, trees[deck].xpath("//main//a/@href")):
        if link.scheme:
            continue
        target = urljoin(deck, link.path)
        # A fragment with "=" is a situation of the net.
        if link.fragment and "=" not in link.fragment:
            assert trees[target].xpath("//@id[. = $name]", name=link.fragment), link.geturl()
        assert target in trees, link.geturl()
    places = trees[deck].xpath("//*[@class='foot']/a[1]/@href")
    assert len(places) == len(trees[deck].find_class("slide"))


def test_steps_of_the_net_stand_where_the_chapter_has_them(trees: Trees) -> None:
    (signal,) = trees["slides/output-layer.html"].xpath("//a[@href='../explore.html#step=7']")
    (slide,) = signal.iterancestors("section")
    assert "delta_output" in written(slide)


@pytest.mark.parametrize("deck", DECKS)
def test_a_deck_is_light(deck: str, site: Path, trees: Trees) -> None:
    loaded = trees[deck].xpath("//link[@rel='stylesheet']/@href | //script/@src")
    files = [deck, *(urljoin(deck, urlsplit(link).path) for link in loaded)]
    sizes = [len(gzip.compress((site / file).read_bytes())) for file in files]
    print(f"{deck}: {sum(sizes) / KIB:.0f} KiB, of which the deck itself {sizes[0] / KIB:.0f}")
    assert len(files) == 4
    assert sum(sizes) <= 150 * KIB


def too_large(page: Page) -> list[str]:
    """Return the slides that are higher than the screen, or hold something that is too wide."""
    found: list[str] = page.evaluate("""() => [...document.querySelectorAll(".slide")].filter(
        slide => slide.getBoundingClientRect().height > innerHeight + 1
        || [...slide.querySelectorAll(".shown, .scroll, pre")].some(
            box => box.scrollWidth > box.clientWidth + 1))
        .map(slide => slide.id)""")
    return found


@pytest.mark.parametrize("name", ["useful-formulas", "hidden-layer", "how-far-back"])
def test_no_slide_is_too_full(name: str, browser: Browser, server: str) -> None:
    with opened(browser, f"{server}slides/{name}.html", WIDEST, home=server) as shown:
        shown.set_viewport_size({"width": WIDEST, "height": LOWEST})
        assert too_large(shown) == []
        shown.evaluate("document.querySelector('.slide .shown').append('x '.repeat(2000))")
        assert too_large(shown) == ["1"]


@pytest.mark.parametrize(
    ("name", "width", "theme"), [("motivation", WIDEST, "light"), ("silent-shapes", NARROW, "dark")]
)
def test_axe_finds_nothing_in_a_deck(
    name: str, width: int, theme: Any, browser: Browser, server: str
) -> None:
    address = f"{server}slides/{name}.html"
    with opened(browser, address, width, home=server, color_scheme=theme) as shown:
        assert violations(shown) == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_keys_and_taps_turn_the_slides_and_bring_line_by_line(
    browser: Browser, server: str
) -> None:
    with opened(browser, server + "slides/motivation.html", WIDEST, home=server) as shown:
        shown.set_viewport_size({"width": WIDEST, "height": LOWEST})

        def after(key: str) -> tuple[int, int]:
            shown.keyboard.press(key)
            seen, said, held = shown.evaluate(SEEN)
            assert seen == said
            assert shown.evaluate("document.activeElement.closest('.slide').id") == seen
            return int(seen), held

        place, last = shown.evaluate(DERIVED), shown.locator(".slide").count()
        assert after("ArrowDown") == (2, 0)
        assert after("ArrowUp") == (1, 0)
        shown.evaluate(f"location.hash = {place}")
        shown.wait_for_function(f"({SEEN})()[0] === '{place}'")
        assert after("PageUp") == (place - 1, 0)
        # A derivation that one comes to from before it begins with its first line.
        slide, held = after("ArrowRight")
        assert slide == place and held
        lines = shown.locator(f"[id='{place}'] .why p").count()
        for key, to_come in zip(("PageDown", " "), reversed(range(lines - 1)), strict=True):
            assert bool(after(key)[1]) == bool(to_come)
        assert after("ArrowRight")[0] == place + 1
        assert after("ArrowLeft") == (place, 0)
        assert after("End") == (last, 0)
        assert after("PageDown") == (last, 0)
        assert after("Home") == (1, 0)
        # However fast one taps: within a frame too.
        for wait, (number, edge) in enumerate([("2", WIDEST - 20), ("1", 20)] * 15):
            shown.mouse.click(edge, LOWEST / 2)
            shown.wait_for_timeout(wait % 16)
            assert shown.evaluate(SEEN)[:2] == [number, number]


def test_slides_print_one_to_a_sheet_and_whole(browser: Browser, server: str) -> None:
    with opened(browser, server + "slides/motivation.html", WIDEST, home=server) as shown:
        sheets = PdfReader(BytesIO(shown.pdf(prefer_css_page_size=True))).pages
        assert len(sheets) == shown.locator(".slide").count()
        assert all(sheet.mediabox.width > sheet.mediabox.height for sheet in sheets)
        # What is still to come on the screen is there on paper.
        shown.evaluate("document.querySelector('h1').classList.add('held')")
        assert shown.locator("h1").is_hidden()
        shown.emulate_media(media="print")
        assert shown.locator("h1").is_visible()


def test_without_scripts_all_is_there_to_scroll(browser: Browser, server: str) -> None:
    address = server + "slides/motivation.html"
    with opened(browser, address, WIDEST, home=server, java_script_enabled=False) as shown:
        assert shown.get_by_text("for the full screen").is_hidden()
        assert shown.locator(".slide").last.locator(".exercise").is_visible()


PAGE = """<main><section id="top"><h1><span class="section-number">4 </span>Chapter</h1>
<p>One sentence. Another with <span data-latex="a_1">a</span>. One <b>more.</b> See
<a href="#there">it</a>.</p><section id="there"><h2>There</h2><p>Last one.</p>
<div class="cell"><div class="cell_input"><pre>print(1)</pre></div>
<div class="cell_output"><pre>1</pre></div></div>
<div class="cell"><div class="cell_input"><pre>n = 2</pre></div></div>
<details class="solution"><p>The answer.</p></details></section></section></main>"""


def slides_of(plan: str) -> tuple[list[Slide], list[tuple[int, str]]]:
    return arranged(Chapter("chapter", html.fromstring(f"<html><body>{PAGE}</body></html>")), plan)


def test_a_plan_points_at_sentences_and_cells() -> None:
    slides, faults = slides_of("with $a_1$\nSee\n\n\nprints: print(1)\nLast\n")
    assert faults == []
    assert [[written(part) for part in slide.parts] for slide in slides] == [
        ["Another with a.", "See it."],
        ["1", "Last one."],
    ]
    assert [slide.section.get("id") for slide in slides] == ["top", "there"]
    assert slides[0].parts[1].find("a").get("href") == "../chapter.html#there"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("One", "2 sentences with these words"),
        ("Nothing", "no sentences with these words"),
        ("The answer", "no sentences with these words"),
        ("eq-lost", "no part has this label"),
        ("code: print(2)", "no cells with this code"),
        ("prints: n = 2", "no outputs of this cell"),
        ("block: Nothing", "no blocks with these words"),
    ],
)
def test_a_line_that_has_lost_its_target_is_named(line: str, fault: str) -> None:
    slides, faults = slides_of(f"Last\n\n{line}\n")
    assert len(slides) == 1
    ((number, told),) = faults
    assert number == 3
    assert line in told and fault in told
