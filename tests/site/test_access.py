"""What every page must be for everyone, in each width and theme."""

from typing import Any

import pytest
from axe import violations
from contents import PAGES
from opening import NARROW, SMALL, opened
from playwright.sync_api import Browser

import browser as chromium


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


@pytest.mark.parametrize(("page", "theme"), [(PAGES[1], "light"), (PAGES[2], "dark")])
def test_the_open_menu_is_for_every_eye_and_finger(
    page: str, theme: Any, browser: Browser, server: str
) -> None:
    touch = {"color_scheme": theme, "has_touch": True, "is_mobile": True}
    with opened(browser, server + page, NARROW, **touch) as shown:
        shown.get_by_role("button", name="Contents").click()
        assert shown.get_by_role("navigation", name="Contents").is_visible()
        assert shown.evaluate(SMALL) == []
        assert violations(shown) == []


def test_axe_finds_what_is_wrong(browser: Browser, server: str) -> None:
    with opened(browser, server + PAGES[1]) as shown:
        shown.evaluate("document.querySelector('main p').style.color = '#ddd'")
        shown.evaluate("document.documentElement.lang = ''")
        assert {text.partition(":")[0] for text in violations(shown)} == {
            "color-contrast",
            "html-has-lang",
        }
