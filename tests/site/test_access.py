"""What every page must be for everyone, in each width and theme."""

from typing import Any

import pytest
from contents import ALL, PAGES
from opening import NARROW, SETTLED, TINY, WIDE, opened, violations
from playwright.sync_api import Browser, Page

import browser as chromium


def stray(page: Page) -> list[str]:
    """Return the boxes that scroll and are no stop of the Tab key with a name, or the reverse.

    The script looks at boxes near the screen, so here the screen is as high as the page.
    """
    size = page.viewport_size
    assert size
    high = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": high})
    found: list[str] = page.evaluate("""async () => {
        const stray = () => [...document.querySelectorAll("main *:not(textarea)")].filter(box =>
            ["auto", "scroll"].includes(getComputedStyle(box).overflowX)
            && box.checkVisibility() && !box.closest("details:not([open])")
            && (box.scrollWidth > box.clientWidth)
                !== (box.tabIndex === 0 && !!box.getAttribute("aria-label")));
        // A formula takes its size in one frame, and the script sees it in the next.
        const frames = async (count) => {
            while (count--) await new Promise(requestAnimationFrame);
        };
        await frames(4);
        let found = stray();
        for (let k = 0; k < 40 && found.length; k++) {
            await frames(3);
            found = stray();
        }
        return found.map(box => box.outerHTML.slice(0, 100));
    }""")
    page.set_viewport_size(size)
    page.evaluate(SETTLED)
    return found


def test_a_screen_reader_finds_every_formula(browser: Browser, server: str) -> None:
    # As a browser is while a screen reader runs; else it leaves out what it has not laid out.
    served = browser.browser_type.launch(
        executable_path=chromium.path(), args=["--no-sandbox", "--force-renderer-accessibility"]
    )
    try:
        with opened(served, server + "hidden-layer.html", NARROW) as shown:
            wanted = shown.evaluate("""[...document.querySelectorAll("main math")]
                .filter(formula => !formula.closest("details:not([open])")).length""")
            assert wanted > 50
            session = shown.context.new_cdp_session(shown)
            tree = session.send("Accessibility.getFullAXTree")["nodes"]
            spoken = [node for node in tree if node.get("role", {}).get("value") == "MathMLMath"]
            assert len(spoken) == wanted
            hidden = shown.locator(".display .scroll").last
            assert hidden.evaluate("box => box.getBoundingClientRect().top") > 5000
    finally:
        served.close()


def fits(page: Page, *widths: int) -> None:
    """Fail where a page is wider than one of the widths, or a box on it cannot be scrolled."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SETTLED)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert stray(page) == []


SMALL = """[...document.querySelectorAll(
        "button, summary, select, label, input:not([type=radio], [type=checkbox]), a[href]")]
    .filter(one => one.checkVisibility({ visibilityProperty: true }))
    // A link within a sentence is as high as its line.
    .filter(one => getComputedStyle(one).display !== "inline" || one.parentElement
        .closest("p, li, td, th, dt, dd, div").textContent.trim().length
        < one.textContent.trim().length + 3)
    .filter(one => {
        const { width, height, right } = one.getBoundingClientRect();
        return right > 0 && Math.min(width, height) < 39.5;
    })
    .map(one => one.outerHTML.slice(0, 100))"""
# The narrow one is a phone.
FORMS: dict[int, Any] = {
    WIDE: {"color_scheme": "light"},
    NARROW: {"color_scheme": "dark", "has_touch": True, "is_mobile": True},
}


@pytest.mark.parametrize("width", FORMS)
@pytest.mark.parametrize("page", ALL)
def test_page_fits_keeps_still_and_is_accessible(
    page: str, width: int, browser: Browser, server: str
) -> None:
    with opened(browser, server + page, width, **FORMS[width]) as shown:
        # A line that is parsed in two parts may move once; a fault of the page does each time.
        for _ in range(3):
            if (shift := shown.evaluate("window.shift")) == 0:
                break
            shown.reload()
            shown.evaluate(SETTLED)
        assert shift == 0
        if width == NARROW:
            assert shown.evaluate(SMALL) == []
        # What is folded away is no wider than what is not, so a page is measured open.
        shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        shown.emulate_media(color_scheme="dark" if width == WIDE else "light")
        fits(shown, *([width] if width == WIDE else [TINY, NARROW]))
        # Pages take turns: every other one is asked wide and dark, the rest narrow and light.
        if width == (WIDE, NARROW)[ALL.index(page) % 2]:
            assert violations(shown) == []


@pytest.mark.parametrize("page", PAGES[1:3])
def test_a_finger_hits_what_the_menu_holds(page: str, browser: Browser, server: str) -> None:
    with opened(browser, server + page, NARROW, **FORMS[NARROW]) as shown:
        shown.get_by_role("button", name="Contents").click()
        assert shown.evaluate(SMALL) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_open_menu(theme: Any, browser: Browser, server: str) -> None:
    with opened(browser, server + PAGES[1], NARROW, color_scheme=theme) as shown:
        shown.get_by_role("button", name="Contents").click()
        assert shown.get_by_role("navigation", name="Contents").is_visible()
        assert violations(shown) == []


def test_axe_finds_what_is_wrong(browser: Browser, server: str) -> None:
    with opened(browser, server + PAGES[1]) as shown:
        shown.evaluate("document.querySelector('main p').style.color = '#ddd'")
        shown.evaluate("document.documentElement.lang = ''")
        assert {text.partition(":")[0] for text in violations(shown)} == {
            "color-contrast",
            "html-has-lang",
        }
