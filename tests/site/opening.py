"""How the tests look at a page: opened with no network, and judged by axe."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page

WIDE, NARROW, TINY = 1300, 390, 320
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe()
DRAWN = {"exclude": [[".katex-html"]]}
OPTIONS = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
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
# What axe need not see, for it would take ten times as long. Of what a formula draws, nine elements
# in ten, and of what it says it sees a box of that size; of a drawing its name, of a program its
# text in one colour, for test_palette.py judges the colours. Of paragraphs, items and rows it sees
# three of a kind on the whole site: those of one kind have elements of the same kinds, all the way
# down and all the way up. So has a text its colour from three of its kind.
LESS = """seen => {
    window.less = [];
    const put = (one, ...children) => {
        const kept = [...one.childNodes], style = one.getAttribute("style");
        window.less.push(() => {
            one.replaceChildren(...kept);
            style === null ? one.removeAttribute("style") : one.setAttribute("style", style);
        });
        one.replaceChildren(...children);
    };
    const drawn = [...document.querySelectorAll(".katex-html")];
    const sizes = drawn.map(one => one.getBoundingClientRect());
    drawn.forEach((one, k) => {
        put(one);
        const { width, height } = sizes[k];
        one.style.cssText += `;display:inline-block;width:${width}px;height:${height}px`;
    });
    for (const one of document.querySelectorAll("main math, svg[role=img]")) put(one);
    for (const one of document.querySelectorAll("pre:not(:has(a, button))"))
        put(one, one.textContent);

    const FREE = /^(id|href|title|src|data-.*|aria-label.*|aria-desc.*)$/;
    const name = one => [one.localName, ...[...one.attributes].map(({ name, value }) =>
        FREE.test(name) ? name.split("-")[0] : `${name}=${value}`)].join(" ");
    const above = one => one === document.body ? "" : above(one.parentElement) + "/" + name(one);
    const below = node => node.nodeType === 3 ? (node.data.trim() ? "text" : "")
        : node.nodeType === 1 ? name(node) + within(node) : "";
    const within = one => `(${[...new Set([...one.childNodes].map(below))].sort()})`;
    const often = {}, isOften = kind => {
        often[kind] ??= seen[kind] ?? 0;
        return ++often[kind] > 3;
    };
    const needed = ["aria-labelledby", "aria-describedby", "for"].flatMap(what =>
        [...document.querySelectorAll(`[${what}]`)]
            .flatMap(one => one.getAttribute(what).split(" "))
            .map(id => document.getElementById(id))).filter(Boolean);
    const parts = "section > p, dd > p, li, tbody > tr:not(:first-child)", out = [];
    for (const one of document.querySelectorAll(`main :is(${parts})`)) {
        if (out.at(-1)?.contains(one) || !one.checkVisibility()) continue;
        if (isOften(above(one) + within(one)) && !needed.some(other => one.contains(other)))
            out.push(one);
    }
    for (const one of out) {
        const place = document.createComment("");
        window.less.push(() => place.replaceWith(one));
        one.replaceWith(place);
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        const one = text.parentElement;
        if (text.data.trim() && one.checkVisibility() && !isOften(above(one)))
            one.dataset.contrast = "";
    }
    axe.configure({ rules: [{ id: "color-contrast", selector: "[data-contrast]" }] });
    return often;
}"""
ALL_OF_IT = """() => {
    while (window.less.length) window.less.pop()();
    for (const one of document.querySelectorAll("[data-contrast]")) delete one.dataset.contrast;
}"""
FORM = """[innerWidth, matchMedia("(prefers-color-scheme: dark)").matches,
    document.documentElement.dataset.theme, document.documentElement.className,
    ...[...document.styleSheets].map(sheet => sheet.href)].join(" ")"""
SEEN: dict[str, dict[str, int]] = {}
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


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page as it stands."""
    # What is drawn of a formula is hidden from assistive technology: MathML stands for it, and the
    # contrast of its colours is tested with the palette.
    page.evaluate(AXE.axe_script)
    seen = SEEN.setdefault(page.evaluate(FORM), {})
    seen |= page.evaluate(LESS, seen)
    found = page.evaluate("([context, options]) => axe.run(context, options)", [DRAWN, OPTIONS])
    page.evaluate(ALL_OF_IT)
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:200]}"
        for violation in found["violations"]
    ]


def shown(cell: Locator) -> str:
    """Return the text that a run has put below a cell."""
    text = cell.locator(".cell-live").text_content() or ""
    return text.partition("As printed")[0]
