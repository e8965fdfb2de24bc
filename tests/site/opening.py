"""How the tests look at a page: opened with no network."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Locator, Page

WIDE, NARROW, TINY = 1300, 390, 320
SHIFTS = """
    window.shift = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({type: "layout-shift", buffered: true});
"""
# A page is laid out as if a link had been followed.
WHOLLY = """
    addEventListener("DOMContentLoaded", () => document.documentElement.classList.remove("begun"));
"""
# Formulas far from the screen are laid out as well.
NEAR = ".display .scroll { content-visibility: visible !important; }"
# Two frames on, whatever reacts to the size of a box has done so.
SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# What a finger would miss.
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
# A page that glides to what is clicked takes a second for it.
STILL: dict[str, Any] = {"reduced_motion": "reduce"}
# Python in the page needs its time to start.
SLOW = 300_000
IDLE = "() => !document.querySelector('.live [aria-disabled=true]')"


@contextmanager
def opened(
    browser: Browser,
    address: str,
    width: int = WIDE,
    *,
    home: str = "",
    begun: bool = False,
    **options: Any,
) -> Iterator[Page]:
    """Open a page with no network; fail on any request out of its folder and any message.

    `home` is the folder of a page that loads from above its own. A page is laid out as if a link
    had been followed, unless it is `begun`: then only what is near the screen is.
    """
    home = home or address[: address.rindex("/") + 1]
    with watched(browser, home, width, begun=begun, **options) as (page, complaints):
        go(page, address)
        yield page
    assert complaints == []


@contextmanager
def watched(
    browser: Browser, home: str, width: int, *, begun: bool = False, **options: Any
) -> Iterator[tuple[Page, list[str]]]:
    """Give an empty page, and the list of what it will complain of.

    Of the network there is only what lies at `home`: the browser finds no other host.
    """
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on(
        "request",
        lambda request: (
            complaints.append(f"request: {request.url}")
            if not request.url.startswith((home, "blob:", "data:"))
            else None
        ),
    )
    # What is still loading when a test goes on to another page is given up, not missing.
    page.on(
        "requestfailed",
        lambda request: (
            complaints.append(f"{request.failure}: {request.url}")
            if request.failure != "net::ERR_ABORTED"
            else None
        ),
    )
    page.on(
        "response",
        lambda got: complaints.append(f"{got.status}: {got.url}") if got.status >= 400 else None,
    )
    page.add_init_script(SHIFTS)
    if not begun:
        page.add_init_script(WHOLLY)
    try:
        yield page, complaints
    finally:
        context.close()


def go(page: Page, address: str) -> None:
    """Load a page, and wait until it is drawn."""
    page.goto(address)
    page.locator("h1").wait_for()
    if page.evaluate("document.documentElement.matches('.js')"):
        page.evaluate(SETTLED)


def shown(cell: Locator) -> str:
    """Return the text that a run has put below a cell."""
    text = cell.locator(".cell-live").text_content() or ""
    return text.partition("As printed")[0]
