"""What only a browser sees: every page, from a disk and from a server, with no network."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from contents import ALL, CHAPTERS, PAGES
from playwright.sync_api import Browser, Page

WIDE, NARROW, TINY = 1300, 390, 320
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe()
SHIFTS = """
    window.shift = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({type: "layout-shift", buffered: true});
"""
# Formulas far from the screen are laid out as well.
NEAR = ".display .scroll { content-visibility: visible !important; }"
# Two frames on, whatever reacts to the size of a box has done so.
SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@contextmanager
def opened(browser: Browser, address: str, width: int = WIDE, **options: Any) -> Iterator[Page]:
    """Open a page with no network; fail on any request to elsewhere and any message."""
    home = address[: address.rindex("/") + 1]
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
    options = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
    # What is drawn of a formula is hidden from assistive technology: MathML stands for it, and the
    # contrast of its colours is tested with the palette.
    found = AXE.run(page, context={"exclude": [[".katex-html"]]}, options=options)
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:200]}"
        for violation in found.response["violations"]
    ]


@pytest.mark.parametrize("page", ALL)
def test_page_works_from_a_disk(page: str, browser: Browser, site: Path) -> None:
    with opened(browser, (site / page).as_uri()) as shown:
        assert shown.locator("h1").is_visible()
        assert shown.evaluate("getComputedStyle(document.body).display") == "grid"
        for fonts in fonts_of_formulas(shown):
            assert fonts
            assert all(font["isCustomFont"] for font in fonts), fonts


def fonts_of_formulas(page: Page) -> list[list[dict[str, Any]]]:
    """Return with which fonts the browser drew formulas, for one sign of each kind."""
    page.add_style_tag(content=NEAR)
    page.evaluate("""() => {
        const kinds = new Map();
        for (const sign of document.querySelectorAll(".katex-html *")) {
            const text = [...sign.childNodes].find(node => node.nodeType === 3);
            if (!text || text.data === "\u200b" || !sign.checkVisibility()) continue;
            const { fontFamily, fontWeight, fontStyle } = getComputedStyle(sign);
            kinds.set(`${fontFamily} ${fontWeight} ${fontStyle}`, sign);
        }
        for (const sign of kinds.values()) sign.dataset.probe = "";
    }""")
    session = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        session.send(f"{domain}.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    query = {"nodeId": root, "selector": "[data-probe]"}
    return [
        session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        for node in session.send("DOM.querySelectorAll", query)["nodeIds"]
    ]


def test_a_wide_formula_can_be_scrolled_by_keyboard(browser: Browser, server: str) -> None:
    # The widest formula of the book, which is looked for where the reader is.
    with opened(browser, server + "hidden-layer.html#equation-eq-first-hidden", TINY) as shown:
        box = shown.locator("[tabindex='0']:visible").first
        box.focus()
        shown.keyboard.press("ArrowRight")
        shown.wait_for_function("document.activeElement.scrollLeft > 0")


def stray(page: Page) -> list[str]:
    """Return the boxes that scroll and are no stop of the Tab key with a name, or the reverse.

    The script looks at boxes near the screen, so here the screen is as high as the page.
    """
    size = page.viewport_size
    assert size
    high = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": high})
    found: list[str] = page.evaluate("""async () => {
        const stray = () => [...document.querySelectorAll("main *")].filter(box =>
            ["auto", "scroll"].includes(getComputedStyle(box).overflowX)
            && box.checkVisibility() && !box.closest("details:not([open])")
            && (box.scrollWidth > box.clientWidth)
                !== (box.tabIndex === 0 && !!box.getAttribute("aria-label")));
        for (let k = 0; k < 40 && stray().length; k++)
            await new Promise(done => setTimeout(done, 50));
        return stray().map(box => box.outerHTML.slice(0, 100));
    }""")
    page.set_viewport_size(size)
    page.evaluate(SETTLED)
    return found


def test_a_box_that_scrolls_is_a_stop_once_it_is_near(browser: Browser, server: str) -> None:
    far = ".display .scroll"
    with opened(browser, server + "hidden-layer.html", TINY) as shown:
        last = shown.locator(".display .scroll[tabindex]").last
        shown.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
        shown.wait_for_function(f"""[...document.querySelectorAll("{far}")].some(box =>
            box.tabIndex === 0 && box.getBoundingClientRect().top + scrollY > 5000)""")
        assert last.get_attribute("aria-label").endswith("scrolls sideways")


def test_a_screen_reader_finds_every_formula(browser: Browser, server: str) -> None:
    with opened(browser, server + "hidden-layer.html", NARROW) as shown:
        session = shown.context.new_cdp_session(shown)
        wanted = shown.evaluate("""[...document.querySelectorAll("main math")]
            .filter(formula => !formula.closest("details:not([open])")).length""")
        assert wanted > 50
        # They are laid out one after the other.
        shown.wait_for_function("""[...document.querySelectorAll(".katex-mathml, .display .scroll")]
            .every(box => getComputedStyle(box).contentVisibility === "visible")""")
        tree = session.send("Accessibility.getFullAXTree")["nodes"]
        spoken = [node for node in tree if node.get("role", {}).get("value") == "MathMLMath"]
        assert len(spoken) == wanted


@pytest.mark.parametrize("page", ["source.html", "api.html"])
def test_what_is_shown_before_its_end_keeps_still(page: str, browser: Browser, server: str) -> None:
    # The longest tables and lists: on a slow machine they are shown row by row.
    slow = {"offline": False, "latency": 40, "downloadThroughput": 1e5, "uploadThroughput": 1e5}
    shifts: list[float] = []
    # Columns that move do so each time. What moves once on a busy machine does not count.
    while len(shifts) < 3 and 0 not in shifts:
        context = browser.new_context(viewport={"width": WIDE, "height": 900})
        shown = context.new_page()
        session = context.new_cdp_session(shown)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 25})
        session.send("Network.emulateNetworkConditions", slow)
        shown.add_init_script(SHIFTS)
        shown.goto(server + page)
        shown.wait_for_timeout(1500)
        shifts.append(shown.evaluate("window.shift"))
        context.close()
    assert 0 in shifts


# Each two of theme, width and folding meet at least once.
@pytest.mark.parametrize(
    ("width", "folded", "unfolded"),
    [(WIDE, "light", "dark"), (NARROW, "dark", "light"), (TINY, None, None)],
)
@pytest.mark.parametrize("page", ALL)
def test_page_fits_keeps_still_and_is_accessible(
    page: str, width: int, folded: Any, unfolded: Any, browser: Browser, server: str
) -> None:
    with opened(browser, server + page, width, color_scheme=folded) as shown:
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert shown.evaluate("window.shift") == 0
        assert stray(shown) == []
        if folded:
            assert violations(shown) == []
        shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        shown.emulate_media(color_scheme=unfolded)
        shown.evaluate(SETTLED)
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert stray(shown) == []
        if unfolded:
            assert violations(shown) == []


@pytest.mark.parametrize("page", CHAPTERS)
def test_notes_stand_beside_the_text_or_in_it(page: str, browser: Browser, server: str) -> None:
    # What a note covers, or is covered by, and how much room is left and right of it.
    look = """() => [...document.querySelectorAll(".margin, .reasons")].map(note => {
        const box = note.getBoundingClientRect();
        const others = "p, li, pre, h1, h2, h3, svg, table, .display, .admonition, details";
        const covered = [...document.querySelectorAll(`main :is(${others}), .side`)]
            .filter(other => !other.contains(note) && !note.contains(other))
            .filter(other => other.checkVisibility())
            .filter(other => {
                const { left, right, top, bottom } = other.getBoundingClientRect();
                return Math.min(right, box.right) - Math.max(left, box.left) > 1
                    && Math.min(bottom, box.bottom) - Math.max(top, box.top) > 1;
            });
        const text = document.querySelector("main p").getBoundingClientRect();
        const mate = note.previousElementSibling.getBoundingClientRect();
        return {
            margin: note.matches(".margin"),
            wide: note.closest(".derivation")?.querySelector(".display").offsetWidth > text.width,
            covered: covered.map(other => other.textContent.slice(0, 60)),
            before: box.left - text.left,
            past: box.left - text.right,
            after: innerWidth - box.right,
            below: box.top - mate.bottom,
        };
    })"""
    with opened(browser, server + page, WIDE) as shown:
        shown.add_style_tag(content=NEAR)
        notes = shown.evaluate(look)
        assert 1 <= sum(note["margin"] for note in notes) <= 3
        for note in notes:
            assert note["covered"] == []
            assert note["after"] >= 16
            if not note["wide"]:
                assert note["past"] >= 16
                assert note["margin"] or note["below"] < 0
        shown.set_viewport_size({"width": NARROW, "height": 900})
        shown.evaluate(SETTLED)
        for note in shown.evaluate(look):
            assert note["covered"] == []
            assert 0 <= note["before"] < 32
            assert note["after"] >= 16
            assert note["below"] >= 0


@pytest.mark.parametrize("page", PAGES)
def test_formulas_far_away_have_their_height(page: str, browser: Browser, server: str) -> None:
    height = "document.documentElement.scrollHeight"
    with opened(browser, server + page, NARROW) as shown:
        before = shown.evaluate(height)
        shown.add_style_tag(content=NEAR)
        assert shown.evaluate(height) == before
        assert all(
            shown.evaluate("""
                [...document.querySelectorAll(".display .scroll")]
                .filter(box => box.checkVisibility())
                .map(box => box.scrollHeight <= box.clientHeight)
            """)
        )


def test_a_formula_far_away_is_found_and_led_to(browser: Browser, server: str) -> None:
    far = """() => {
        const boxes = [...document.querySelectorAll("main > section .display")];
        return boxes.filter(box => box.id && box.checkVisibility()).at(-1).id;
    }"""
    at = "id => document.getElementById(id).getBoundingClientRect().top"
    with opened(browser, server + "hidden-layer.html", NARROW) as shown:
        name = shown.evaluate(far)
        assert shown.evaluate(at, name) > 5000
        shown.evaluate("id => { location.hash = id; }", name)
        shown.wait_for_function(f"Math.abs(({at})('{name}') - 16) < 2")
    with opened(browser, server + "ledger.html", NARROW) as shown:
        # A word in the last formula, which is not laid out yet.
        last = shown.locator(".display .scroll").last
        assert last.evaluate("box => box.getBoundingClientRect().top") > 5000
        shown.evaluate("""() => {
            const signs = document.querySelectorAll(".katex-html");
            signs[signs.length - 1].append("marked");
        }""")
        assert shown.evaluate("find('marked')")
        shown.wait_for_function("scrollY > 5000")


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


@pytest.mark.parametrize("page", PAGES)
def test_page_can_be_read_and_printed_without_script(
    page: str, browser: Browser, site: Path
) -> None:
    heights = """
        [...document.querySelectorAll("main > section > .display .katex-html, main > section svg")]
        .map(box => box.getBoundingClientRect().height)
    """
    folded = """
        [...document.querySelectorAll("details.solution > :last-child")]
        .map(box => box.checkVisibility({contentVisibilityAuto: true}))
    """
    with opened(browser, (site / page).as_uri(), java_script_enabled=False) as shown:
        assert shown.get_by_role("navigation", name="Contents").is_visible()
        assert all(height > 10 for height in shown.evaluate(heights))
        assert not any(shown.evaluate(folded))
        for details in shown.locator("main details").all()[:1]:
            details.locator("summary").click()
            assert details.get_attribute("open") is not None
        shown.emulate_media(media="print")
        shown.screenshot()  # Asks for a frame, and with it what was folded is laid out.
        shown.wait_for_function(f"{folded}.every(Boolean)", polling=100)
        assert not shown.locator(".side").is_visible()


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


@pytest.mark.parametrize("query", ["delta", "δ", "sigmoid", "chain rule", "∂L"])
def test_search_finds_words_and_symbols_offline(query: str, browser: Browser, site: Path) -> None:
    with opened(browser, (site / PAGES[0]).as_uri()) as shown:
        shown.get_by_role("searchbox").fill(query)
        shown.keyboard.press("Enter")
        shown.wait_for_url("**/search.html?*")
        links = shown.locator("#results a")
        links.first.wait_for()
        assert f" with “{query}”" in shown.get_by_role("status").inner_text()
        links.first.click()
        shown.wait_for_url(lambda url: "search.html" not in url)
        shown.locator("h1").wait_for()


def found(page: Page, query: str) -> list[tuple[str, str]]:
    """Return the address and the excerpt of every section that a query finds."""
    page.goto(f"{page.url.split('?')[0]}?{urlencode({'q': query})}")
    page.wait_for_function("document.querySelector('#found').textContent")
    return [
        tuple(hit)
        for hit in page.evaluate("""
        [...document.querySelectorAll("#results li")].map(item =>
            [item.querySelector("a").getAttribute("href"), item.querySelector("p").innerHTML])
    """)
    ]


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
            want = {address for address, _ in found(shown, first)}
            assert want, first
            for other in others:
                got = {address for address, _ in found(shown, other)}
                # Words in quotes must follow each other, so they may be found less often.
                assert got == want or (('"' in other or "“" in other) and got and got < want), other


def test_excerpts_show_what_was_found_and_whole_words(browser: Browser, site: Path) -> None:
    with opened(browser, (site / "search.html").as_uri()) as shown:
        for query in ("sigma", "chain rule", "error signal", "1/2", "δ"):
            hits = found(shown, query)
            assert len(hits) > 3
            marked = sum("<mark>" in text for _, text in hits)
            # Where it stands in the title alone, nothing in the text is marked.
            assert marked >= len(hits) - 3, query
            data = shown.evaluate("Object.fromEntries(searchData.map(([a, , , t]) => [a, t]))")
            for address, excerpt in hits:
                shown_text = unescape(re.sub(r"</?mark>", "", excerpt)).strip("… ")
                assert f" {shown_text} " in f" {data[address]} ", excerpt


def test_search_says_so_when_it_finds_nothing(browser: Browser, site: Path) -> None:
    with opened(browser, (site / "search.html").as_uri() + "?q=xyzzy") as shown:
        assert shown.get_by_role("status").inner_text() == "Nothing is found for “xyzzy”."


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


def test_a_formula_is_copied_as_its_latex_once(browser: Browser, server: str) -> None:
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


def test_selected_code_is_code(browser: Browser, server: str) -> None:
    with opened(browser, server + "output-layer.html") as shown:
        shown.context.grant_permissions(["clipboard-read", "clipboard-write"])
        box = "document.querySelector('.cell_input .highlight')"
        text = copied(shown, f"range.selectNode({box});")
        assert "Copy" not in text
        assert text.strip() == shown.evaluate(f"{box}.querySelector('pre').textContent.trim()")
