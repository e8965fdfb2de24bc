"""What only a browser sees, from a disk and from a server, with no network."""

from pathlib import Path
from typing import Any

from contents import PAGES
from lxml import html
from opening import NARROW, STILL, WIDE, go, opened, watched
from playwright.sync_api import Browser, Page

# What a script, or paper, shows in another way.
SHOWN = (
    "//details | //figure | //form | //fieldset | //table | //dl | //svg[@class] | //script[@src]"
)
PLAIN: dict[str, Any] = {"java_script_enabled": False, **STILL}


def test_menu_opens_and_closes_by_keyboard_and_without_script(browser: Browser, site: Path) -> None:
    address = (site / PAGES[1]).as_uri()
    with opened(browser, address, NARROW, java_script_enabled=False) as shown:
        menu = shown.locator("#menu")
        assert not menu.is_visible()
        shown.get_by_role("button", name="Contents").focus()
        shown.keyboard.press("Enter")
        assert menu.is_visible()
        shown.keyboard.press("Escape")
        assert not menu.is_visible()


def of_every_kind(trees: dict[str, html.HtmlElement]) -> list[str]:
    """Return pages that have, together, each kind of what a page of an author shows."""
    kinds = {
        page: {(one.tag, one.get("class"), one.get("src")) for one in trees[page].xpath(SHOWN)}
        for page in PAGES
    }
    chosen, left = [], set().union(*kinds.values())
    while left:
        chosen.append(max(PAGES, key=lambda page: len(kinds[page] & left)))
        left -= kinds[chosen[-1]]
    return chosen


def test_pages_of_every_kind_can_be_read_and_printed_without_script(
    browser: Browser, site: Path, trees: dict[str, html.HtmlElement]
) -> None:
    heights = """
        [...document.querySelectorAll("main > section > .display .katex-html, main > section svg")]
        .map(box => box.getBoundingClientRect().height)
    """
    folded = """
        [...document.querySelectorAll("details.solution > :last-child")]
        .map(box => box.checkVisibility({contentVisibilityAuto: true}))
    """
    pages = of_every_kind(trees)
    assert len(pages) > 6
    with watched(browser, f"{site.as_uri()}/", WIDE, **PLAIN) as (page, complaints):
        for name in pages:
            page.emulate_media(media="screen")
            go(page, (site / name).as_uri())
            assert page.get_by_role("navigation", name="Contents").is_visible(), name
            assert all(height > 10 for height in page.evaluate(heights)), name
            assert not any(page.evaluate(folded)), name
            for details in page.locator("main details").all()[:1]:
                details.locator("summary").click()
                assert details.get_attribute("open") is not None, name
            page.emulate_media(media="print")
            if page.evaluate(folded):
                # Asks for a frame, and with it what was folded is laid out.
                page.screenshot(clip={"x": 0, "y": 0, "width": 1, "height": 1})
                page.wait_for_function(f"{folded}.every(Boolean)", polling=100)
            assert not page.locator(".side").is_visible(), name
        assert complaints == []


def test_first_tab_leads_past_the_contents(browser: Browser, site: Path) -> None:
    with opened(browser, (site / PAGES[1]).as_uri()) as shown:
        shown.keyboard.press("Tab")
        assert shown.evaluate("document.activeElement.className") == "skip"
        assert shown.locator(".skip").bounding_box()["x"] == 0
        shown.keyboard.press("Enter")
        assert shown.evaluate("location.hash") == "#content"


def test_theme_is_chosen_and_kept(browser: Browser, server: str) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    with opened(browser, server + PAGES[1], color_scheme="light") as shown:
        light = shown.evaluate(ground)
        button = shown.get_by_role("button", name="Theme")
        button.click()
        assert (button.inner_text(), shown.evaluate(ground)) == ("Theme: light", light)
        button.click()
        assert button.inner_text() == "Theme: dark"
        dark = shown.evaluate(ground)
        assert dark != light
        shown.goto(server + PAGES[2])
        assert shown.evaluate(ground) == dark


def copied(page: Page, select: str) -> str:
    """Return what a reader gets who selects from one place to another and copies."""
    page.evaluate(f"""() => {{
        const range = document.createRange();
        {select}
        getSelection().removeAllRanges();
        getSelection().addRange(range);
    }}""")
    page.keyboard.press("Control+C")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_a_formula_is_copied_as_its_latex_once_and_code_as_code(
    browser: Browser, server: str
) -> None:
    with opened(browser, server + "output-layer.html") as shown:
        shown.context.grant_permissions(["clipboard-read", "clipboard-write"])
        # From a sign inside the formula to another one.
        signs = "[id$=eq-output-delta] .katex-html .mathnormal"
        inside = f"const all = document.querySelectorAll('{signs}');"
        inside += "range.setStart(all[1], 0); range.setEnd(all[all.length - 1], 0);"
        latex = shown.locator("[id$=eq-output-delta] .scroll").get_attribute("data-latex")
        assert latex
        assert copied(shown, inside) == latex
        prose = """const all = [...document.querySelectorAll("main p")];
            range.selectNodeContents(all.find(p => p.querySelector(".math")));"""
        text = copied(shown, prose)
        assert text.count("$") >= 2
        assert "\n" not in text.strip()
        box = "document.querySelector('.cell_input .highlight')"
        text = copied(shown, f"range.selectNode({box});")
        assert "Copy" not in text
        assert text.strip() == shown.evaluate(f"{box}.querySelector('pre').textContent.trim()")


def test_an_old_address_leads_to_where_its_figure_is_now(browser: Browser, server: str) -> None:
    with opened(browser, f"{server}/generalization.html#fig-learning") as shown:
        shown.wait_for_url("**/learning.html#fig-learning")
        assert shown.locator("#fig-learning").is_visible()
        shown.goto(f"{server}/generalization.html")
        assert not shown.locator(".moved a").first.is_visible()


def test_without_script_an_old_address_shows_the_way(browser: Browser, site: Path) -> None:
    address = f"{(site / 'generalization.html').as_uri()}#fig-learning"
    with opened(browser, address, **PLAIN) as shown:
        shown.locator(".moved a:visible").click()
        assert shown.url.endswith("learning.html#fig-learning")
