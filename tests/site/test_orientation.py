"""How a reader knows where they are, and sees what a reference leads to."""

from pathlib import Path

import pytest
from contents import CHAPTERS
from opening import NARROW, SETTLED, STILL, WIDE, opened
from playwright.sync_api import Browser, Page

PAGE = "hidden-layer.html"
# An equation of this page, and one of the page before.
HERE = "main > section a[href^='#equation-']:not(.eqno)"
THERE = "main > section a[href*='.html#equation-']"


def test_the_header_of_a_phone_stays_and_names_the_chapter(browser: Browser, server: str) -> None:
    with opened(browser, server + PAGE, NARROW, **STILL) as shown:
        shown.evaluate("scrollTo(0, 5000)")
        assert shown.locator(".side").bounding_box()["y"] == 0
        assert shown.locator(".here").inner_text() == "5 The hidden layer"
        # What a link leads to does not lie under the header.
        header = shown.locator(".side header").bounding_box()
        heading = "two => document.getElementById('exercises').getBoundingClientRect().top"
        shown.evaluate("location.hash = 'exercises'")
        shown.wait_for_function(f"({heading})() < 300")
        assert shown.evaluate(heading) >= header["height"]
        # From the header back to the top.
        shown.locator(".here").click()
        shown.wait_for_function("scrollY < 100")


def test_the_contents_mark_the_section_in_view(browser: Browser, server: str) -> None:
    with opened(browser, server + PAGE, WIDE, **STILL) as shown:
        for name in ("exercises", "any-weight-of-the-layer"):
            shown.evaluate("id => document.getElementById(id).scrollIntoView()", name)
            marked = shown.locator("#menu [aria-current='location']")
            shown.wait_for_function(f"""() =>
                document.querySelector("#menu [aria-current='location']")?.hash === "#{name}" """)
            assert marked.count() == 1


def previewed(page: Page, link: str) -> str:
    """Return the number of the equation that is shown beside a link, and judge where it is."""
    preview = page.locator("#preview")
    preview.wait_for()
    box, place = preview.bounding_box(), page.locator(link).first.bounding_box()
    assert box and place
    assert 0 <= box["x"] and box["x"] + box["width"] <= page.viewport_size["width"]
    assert box["y"] >= place["y"] + place["height"] or box["y"] + box["height"] <= place["y"]
    assert preview.locator(".katex-html").bounding_box()["height"] > 10
    return preview.locator(".eqno").inner_text()


@pytest.mark.parametrize("link", [HERE, THERE])
def test_a_reference_shows_its_equation(link: str, browser: Browser, site: Path) -> None:
    # From a disk, where no page can read another.
    with opened(browser, (site / PAGE).as_uri(), **STILL) as shown:
        first = shown.locator(link).first
        number = first.inner_text()
        first.scroll_into_view_if_needed()
        first.hover()
        assert number in previewed(shown, link)
        assert first.get_attribute("aria-describedby") == "preview"
        # It stays while the pointer is on it, and goes with Escape.
        shown.locator("#preview").hover()
        shown.wait_for_timeout(400)
        assert shown.locator("#preview").is_visible()
        shown.keyboard.press("Escape")
        assert not shown.locator("#preview").is_visible()
        # The keyboard shows it as well, and takes it away as it goes on.
        shown.mouse.move(0, 0)
        shown.keyboard.press("Tab")
        first.focus()
        # What a page that scrolls does under a mouse at rest.
        shown.dispatch_event("h1", "pointerover", {"pointerType": "mouse"})
        shown.wait_for_timeout(400)
        assert number in previewed(shown, link)
        shown.keyboard.press("Tab")
        assert first.get_attribute("aria-describedby") is None
        assert len(
            set(shown.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
        ) == (shown.evaluate("document.querySelectorAll('[id]').length"))


def test_a_finger_sees_the_equation_first_and_then_follows(browser: Browser, server: str) -> None:
    phone = {"has_touch": True, "is_mobile": True, **STILL}
    with opened(browser, server + PAGE, NARROW, **phone) as shown:
        first = shown.locator(THERE).first
        number = first.inner_text()
        first.scroll_into_view_if_needed()
        first.tap()
        assert number in previewed(shown, THERE)
        first.tap()
        shown.wait_for_url("**/*#equation-*")


def test_a_wide_screen_has_the_text_in_its_middle(browser: Browser, server: str) -> None:
    with opened(browser, server + PAGE, 1920) as shown:
        shown.evaluate(SETTLED)
        side = shown.locator(".side").bounding_box()["width"]
        left = shown.locator("main h1").bounding_box()["x"] - side
        ends = (
            "[...document.querySelectorAll('.reasons')].map(n => n.getBoundingClientRect().right)"
        )
        right = 1920 - max(shown.evaluate(ends))
        assert left > 200
        assert abs(left - right) < 20


def test_the_cover_moves_once_and_has_two_ways_on(browser: Browser, server: str) -> None:
    moving = "document.getAnimations().filter(a => a.playState === 'running').length"
    with opened(browser, server + "index.html", **STILL) as shown:
        assert shown.evaluate(moving) == 0
        assert (
            shown.evaluate(
                "getComputedStyle(document.querySelector('.hero .fourth')).strokeDashoffset"
            )
            == "0px"
        )
        ways = [link.get_attribute("href") for link in shown.locator(".ways a").all()]
        assert ways == [CHAPTERS[0], "explore.html"]
        first = shown.locator(".ways a").first.bounding_box()
        assert first["y"] + first["height"] < 900
    with opened(browser, server + "index.html", reduced_motion="no-preference") as shown:
        assert shown.evaluate(moving) > 10
        ends = "document.getAnimations().map(a => a.effect.getComputedTiming().iterations)"
        assert set(shown.evaluate(ends)) == {1}
