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
# Of what a formula draws, nine elements in ten, and of what it says, axe sees a box of that size;
# of a drawing its name, of a program its text in one colour. Of the colours test_palette.py judges.
BOXES = """() => {
    const drawn = [...document.querySelectorAll(".katex-html")];
    const sizes = drawn.map(one => one.getBoundingClientRect());
    const said = [...document.querySelectorAll("main math")];
    const code = [...document.querySelectorAll("pre:not(:has(a, button))")];
    const drawings = [...document.querySelectorAll("svg[role=img]")];
    window.whole = [...drawn, ...said, ...drawings, ...code].map((one, k) => {
        const kept = [one, [...one.childNodes], one.getAttribute("style")];
        one.replaceChildren(...(code.includes(one) ? [one.textContent] : []));
        if (k < drawn.length) {
            const { width, height } = sizes[k];
            one.style.cssText += `;display:inline-block;width:${width}px;height:${height}px`;
        }
        return kept;
    });
}"""
WHOLE = """() => window.whole.forEach(([one, children, style]) => {
    one.replaceChildren(...children);
    style === null ? one.removeAttribute("style") : one.setAttribute("style", style);
})"""
# Contrast would be nine tenths of what axe takes. Texts whose elements have the same names and
# classes, all the way up, have one colour, or those of two stripes: three of a kind stand for all.
KINDS = """() => {
    const kinds = new Map(), kind = one => one === document.body ? "" : kind(one.parentElement)
        + "/" + [one.localName, ...[...one.attributes]
            .filter(({ name }) => !/^(href|title|src|data-.*|aria-label.*|aria-desc.*)$/.test(name))
            .map(({ name, value }) => name === "id" ? "" : name + "=" + value)].join(" ");
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        if (!text.data.trim()) continue;
        const name = kind(text.parentElement), seen = kinds.get(name) ?? 0;
        kinds.set(name, seen + 1);
        if (seen < 3) text.parentElement.dataset.contrast = "";
    }
    axe.configure({ rules: [{ id: "color-contrast", selector: "[data-contrast]" }] });
}"""
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
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
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

    def local(route: Any) -> None:
        if route.request.url.startswith(home):
            route.continue_()
        else:
            complaints.append(f"request: {route.request.url}")
            route.abort()

    page.route("**/*", local)
    page.add_init_script(SHIFTS)
    if not begun:
        page.add_init_script(WHOLLY)
    page.goto(address)
    page.locator("h1").wait_for()
    if options.get("java_script_enabled", True):
        page.evaluate(SETTLED)
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page as it stands."""
    # What is drawn of a formula is hidden from assistive technology: MathML stands for it, and the
    # contrast of its colours is tested with the palette.
    page.evaluate(BOXES)
    page.evaluate(AXE.axe_script)
    page.evaluate(KINDS)
    found = page.evaluate("([context, options]) => axe.run(context, options)", [DRAWN, OPTIONS])
    page.evaluate(WHOLE)
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:200]}"
        for violation in found["violations"]
    ]


def shown(cell: Locator) -> str:
    """Return the text that a run has put below a cell."""
    text = cell.locator(".cell-live").text_content() or ""
    return text.partition("As printed")[0]
