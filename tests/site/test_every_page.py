"""What every page keeps to, on a desk and on a phone: each is opened once there for all of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from contents import ALL, CHAPTERS
from opening import NARROW, NEAR, SETTLED, SMALL, TINY, WIDE, go, watched
from playwright.sync_api import Browser, Page

# Boxes far from the screen count as near it, once the screen changes.
ALL_NEAR = """
    window.IntersectionObserver = class extends IntersectionObserver {
        constructor(see, options) {
            const near = options?.rootMargin === "100%";
            super(see, near ? { rootMargin: "100000%" } : options);
        }
    };
"""
OPEN = "document.querySelectorAll('details').forEach(details => { details.open = true; })"
# Formulas that no break makes narrow enough for a phone.
WIDER = {"equation-eq-next-linear", "equation-eq-first-hidden", "equation-eq-order-of-updates"}


@pytest.fixture(scope="module")
def desk(browser: Browser, site: Path) -> Iterator[tuple[Page, list[str]]]:
    """Give a wide screen whose pages come from the disk."""
    with watched(browser, f"{site.as_uri()}/", WIDE, color_scheme="dark") as (page, complaints):
        page.add_init_script(ALL_NEAR)
        yield page, complaints


@pytest.fixture(scope="module")
def phone(browser: Browser, server: str) -> Iterator[tuple[Page, list[str]]]:
    """Give a phone whose pages come from a server."""
    touch = {"color_scheme": "light", "has_touch": True, "is_mobile": True}
    with watched(browser, server, NARROW, **touch) as (page, complaints):
        page.add_init_script(ALL_NEAR)
        yield page, complaints


@pytest.mark.parametrize("name", ALL)
def test_page_on_a_desk(name: str, desk: tuple[Page, list[str]], site: Path) -> None:
    page, complaints = desk
    # The last page is not laid out once more for the size of this one's screen.
    page.evaluate("document.documentElement.style.display = 'none'")
    page.set_viewport_size({"width": WIDE, "height": 900})
    complaints.clear()
    go(page, (site / name).as_uri())
    assert page.evaluate("getComputedStyle(document.body).display") == "grid"
    keeps_still(page)
    page.add_style_tag(content=NEAR)
    draws_formulas_with_fonts_of_the_site(page)
    if name in CHAPTERS:
        has_lines_of_66_to_72_characters(page)
        has_boxes_of_two_widths(page)
        has_notes_in_the_margin(page)
    page.evaluate(OPEN)
    # As wide as it is first, for each change has the whole page laid out anew.
    for width in (WIDE, 820, *([1920] if name in CHAPTERS else [])):
        fits(page, width)
        if name in CHAPTERS:
            begins_no_line_with_a_stop(page)
        # Pages take turns: every other one is asked here, the rest on the phone.
        if width == WIDE and ALL.index(name) % 2 == 0:
            assert violations(page) == []
    assert complaints == []


@pytest.mark.parametrize("name", ALL)
def test_page_on_a_phone(name: str, phone: tuple[Page, list[str]], server: str) -> None:
    page, complaints = phone
    complaints.clear()
    page.set_viewport_size({"width": NARROW, "height": 900})
    go(page, server + name)
    keeps_still(page)
    assert page.evaluate(SMALL) == []
    assert page.evaluate(CRAMPED) == []
    keeps_the_height_of_formulas_far_away(page)
    if name in CHAPTERS:
        has_notes_in_the_text(page)
        has_formulas_as_large_as_fits(page)
    page.evaluate(OPEN)
    if name in CHAPTERS:
        assert set(page.evaluate(CUT)) <= WIDER
    for width in (TINY, NARROW):
        fits(page, width)
        if name in CHAPTERS:
            begins_no_line_with_a_stop(page)
    if ALL.index(name) % 2 == 1:
        assert violations(page) == []
    assert complaints == []


# Names in tables of symbols that are broken in two, and rows whose cells do not end together.
CRAMPED = """() => [
    ...[...document.querySelectorAll(".symbols td code")].filter(
        code => code.getClientRects().length > 1),
    ...[...document.querySelectorAll("main tr")].filter(row => {
        const ends = [...row.cells].map(cell => cell.getBoundingClientRect().bottom);
        return getComputedStyle(row).display === "table-row" && Math.max(...ends) > ends[0] + 1;
    }),
].map(part => part.outerHTML.slice(0, 80))"""


def keeps_still(page: Page) -> None:
    """Fail where a page moves while it loads."""
    # A line that is parsed in two parts may move once; a fault of the page does each time.
    for _ in range(3):
        if (shift := page.evaluate("window.shift")) == 0:
            break
        page.reload()
        page.evaluate(SETTLED)
    assert shift == 0


# One sign of each kind of font.
SIGNS = """() => {
    const kinds = new Map();
    for (const sign of document.querySelectorAll(".katex-html *")) {
        const text = [...sign.childNodes].find(node => node.nodeType === 3);
        const kind = `${sign.parentElement.className} > ${sign.className}`;
        if (!text || text.data === "\u200b" || kinds.has(kind) || !sign.checkVisibility()) continue;
        kinds.set(kind, sign);
    }
    for (const sign of kinds.values()) sign.dataset.probe = "";
}"""


def draws_formulas_with_fonts_of_the_site(page: Page) -> None:
    """Fail where the browser draws a sign of a formula with a font of the system."""
    page.evaluate(SIGNS)
    session = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        session.send(f"{domain}.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    query = {"nodeId": root, "selector": "[data-probe]"}
    for node in session.send("DOM.querySelectorAll", query)["nodeIds"]:
        fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        assert fonts
        assert all(font["isCustomFont"] for font in fonts), fonts
    session.detach()


# The full lines of paragraphs of plain text.
LINES = """() => {
    const all = [];
    for (const p of document.querySelectorAll("main > section p")) {
        if (p.closest(":is(.margin, .reasons, figure, table, details, .exercise, .live, .take)")
            || p.matches("h1 + p, .names") || p.querySelector(".math, code")) continue;
        const range = document.createRange(), found = new Map();
        const walk = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
        for (let node = walk.nextNode(); node; node = walk.nextNode())
            for (let k = 0; k < node.length; k++) {
                range.setStart(node, k);
                range.setEnd(node, k + 1);
                const { bottom, width } = range.getBoundingClientRect();
                const line = Math.round(bottom / 10);
                if (width) found.set(line, (found.get(line) ?? 0) + 1);
            }
        all.push(...[...found.values()].slice(0, -1));
    }
    return all.sort((a, b) => a - b);
}"""


def has_lines_of_66_to_72_characters(page: Page) -> None:
    """Fail where the lines of a chapter are too long or too short to be read with ease."""
    counts = page.evaluate(LINES)
    if len(counts) > 8:
        assert 66 <= counts[len(counts) // 2] <= 72


def has_boxes_of_two_widths(page: Page) -> None:
    """Fail where code is neither as wide as the text nor as the column, or a button covers it."""
    text = page.evaluate("document.querySelector('main h1').getBoundingClientRect().width")
    widths = page.evaluate("""[...document.querySelectorAll("main .highlight")]
        .filter(box => box.checkVisibility() && !box.closest("details, .exercise"))
        .map(box => Math.round(box.getBoundingClientRect().width))""")
    assert set(widths) <= {round(text), 768}
    # Code has the wider box before it has to be scrolled.
    assert page.evaluate("""[...document.querySelectorAll("main .highlight")].every(box =>
        box.closest("details") || box.offsetWidth >= 768
        || box.querySelector("pre").scrollWidth <= box.offsetWidth)""")
    assert page.evaluate("""[...document.querySelectorAll("details.code")].every(fold => {
        fold.open = true;
        const long = [...fold.querySelectorAll(".long > .highlight")];
        const wide = long.every(box => box.offsetWidth >= 768);
        fold.open = false;
        return wide;
    })""")
    # The button that copies lies above the code.
    assert page.evaluate("""[...document.querySelectorAll(".copy")].every(button =>
        !button.checkVisibility() || button.getBoundingClientRect().bottom
            <= button.parentElement.querySelector("pre").getBoundingClientRect().top + 1)""")


# What a note covers, or is covered by, and how much room is left and right of it.
NOTES = """() => {
    const others = "p, li, pre, h1, h2, h3, svg, table, .display, .admonition, details";
    const boxes = [...document.querySelectorAll(`main :is(${others}), .side`)]
        .filter(other => other.checkVisibility())
        .map(other => [other, other.getBoundingClientRect()]);
    return [...document.querySelectorAll(".margin, .reasons")].map(note => {
        const box = note.getBoundingClientRect();
        const covered = boxes.filter(([other, { left, right, top, bottom }]) =>
            !other.contains(note) && !note.contains(other)
            && Math.min(right, box.right) - Math.max(left, box.left) > 1
            && Math.min(bottom, box.bottom) - Math.max(top, box.top) > 1);
        const text = document.querySelector("main p").getBoundingClientRect();
        const mate = note.previousElementSibling.getBoundingClientRect();
        return {
            margin: note.matches(".margin"),
            wide: note.closest(".derivation")?.querySelector(".display").offsetWidth > text.width,
            covered: covered.map(([other]) => other.textContent.slice(0, 60)),
            before: box.left - text.left,
            past: box.left - text.right,
            after: innerWidth - box.right,
            below: box.top - mate.bottom,
        };
    });
}"""


def has_notes_in_the_margin(page: Page) -> None:
    """Fail where a note touches the text, or what it is a note on is elsewhere."""
    notes = page.evaluate(NOTES)
    assert 1 <= sum(note["margin"] for note in notes) <= 3
    for note in notes:
        assert note["covered"] == []
        assert note["after"] >= 16
        if not note["wide"]:
            assert note["past"] >= 16
            assert note["margin"] or note["below"] < 0


def has_notes_in_the_text(page: Page) -> None:
    """Fail where a note does not stand below what it is a note on."""
    for note in page.evaluate(NOTES):
        assert note["covered"] == []
        assert 0 <= note["before"] < 32
        assert note["after"] >= 16
        assert note["below"] >= 0


# A stop whose own box lies lower than the end of the formula before it.
STOPS = """() => [...document.querySelectorAll("main .math:not(.display)")].filter(math => {
    const after = math.nextSibling;
    if (!math.checkVisibility() || after?.nodeType !== 3 || !/^[.,;:)?!’”]/u.test(after.data))
        return false;
    const range = document.createRange();
    range.setStart(after, 0);
    range.setEnd(after, 1);
    return range.getBoundingClientRect().left
        < [...math.querySelectorAll(".base")].at(-1).getBoundingClientRect().right - 2;
}).map(math => math.dataset.latex)"""


def begins_no_line_with_a_stop(page: Page) -> None:
    """Fail where a stop has left the formula that it ends."""
    assert page.locator(".tie").count() > 5
    assert page.evaluate(STOPS) == []


# The boxes that scroll and are no stop of the Tab key with a name, or the reverse.
STRAY = """async () => {
    const stray = () => [...document.querySelectorAll("main :not(textarea, .katex *, svg *)")]
        .filter(box => ["auto", "scroll"].includes(getComputedStyle(box).overflowX)
            && box.checkVisibility()
            && (box.scrollWidth > box.clientWidth)
                !== (box.tabIndex === 0 && !!box.getAttribute("aria-label")));
    // A formula takes its size in one frame, and the script sees it in the next.
    let found = stray();
    for (let k = 0; k < 100 && found.length; k++) {
        await new Promise(requestAnimationFrame);
        found = stray();
    }
    return found.map(box => box.outerHTML.slice(0, 100));
}"""


def fits(page: Page, width: int) -> None:
    """Fail where a page is wider than the screen, or a box on it cannot be scrolled."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(SETTLED)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(STRAY) == []


def keeps_the_height_of_formulas_far_away(page: Page) -> None:
    """Fail where a page changes its height as formulas are laid out, which it then has done."""
    height = "document.documentElement.scrollHeight"
    before = page.evaluate(height)
    page.add_style_tag(content=NEAR)
    assert page.evaluate(height) == before
    assert all(
        page.evaluate("""[...document.querySelectorAll(".display .scroll")]
            .filter(box => box.checkVisibility())
            .map(box => box.scrollHeight <= box.clientHeight)""")
    )


# How much larger the room is than what a formula and its number take on one line.
SIZES = """() => [...document.querySelectorAll(".display:has(> .eqno)")]
    .filter(display => display.checkVisibility()).map(display => {
        const [box, number] = display.children, katex = box.querySelector(".katex");
        const size = parseFloat(getComputedStyle(katex).fontSize);
        const full = 1.1 * parseFloat(getComputedStyle(box).fontSize);
        const room = display.clientWidth - parseFloat(getComputedStyle(display).paddingLeft);
        const needs = full * parseFloat(getComputedStyle(box).getPropertyValue("--width"));
        const below = number.getBoundingClientRect().top >= box.getBoundingClientRect().bottom;
        return [box.dataset.latex, room, needs, number.offsetWidth + 16, size / full, below];
    })"""


def has_formulas_as_large_as_fits(page: Page) -> None:
    """Fail where a formula is smaller than it must, or its number below it though there is room."""
    for latex, room, needs, number, size, below in page.evaluate(SIZES):
        assert below == (needs + number > room), latex
        assert size == pytest.approx(min(1, max((room - 4) / needs, 0.93 / 1.1)), 1e-3)


CUT = """[...document.querySelectorAll(".display .scroll")]
    .filter(box => box.scrollWidth > box.clientWidth + 2)
    .map(box => box.closest(".display").id)"""
