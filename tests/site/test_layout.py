"""Where things stand on a page, near the screen and far from it."""

import pytest
from contents import CHAPTERS
from lxml import html
from opening import NARROW, NEAR, SETTLED, SHIFTS, STILL, TINY, WIDE, opened
from playwright.sync_api import Browser


def test_a_wide_formula_can_be_scrolled_by_keyboard(browser: Browser, server: str) -> None:
    # The widest formula of the book, which is looked for where the reader is.
    with opened(browser, server + "hidden-layer.html#equation-eq-first-hidden", TINY) as shown:
        box = shown.locator("[tabindex='0']:visible").first
        box.focus()
        shown.keyboard.press("ArrowRight")
        shown.wait_for_function("document.activeElement.scrollLeft > 0")


def test_a_box_that_scrolls_is_a_stop_once_it_is_near(browser: Browser, server: str) -> None:
    far = ".display .scroll"
    with opened(browser, server + "hidden-layer.html", TINY, **STILL) as shown:
        last = shown.locator(".display .scroll[tabindex]").last
        shown.evaluate("location.hash = 'equation-eq-order-of-updates'")
        shown.wait_for_function(f"""[...document.querySelectorAll("{far}")].some(box =>
            box.tabIndex === 0 && box.getBoundingClientRect().top + scrollY > 5000)""")
        assert last.get_attribute("aria-label").endswith("scrolls sideways")


def test_a_formula_that_fits_is_not_shown_as_cut(browser: Browser, server: str) -> None:
    cut = """() => [...document.querySelectorAll(".display .scroll[tabindex]")].filter(box => {
        const signs = [...box.querySelectorAll(".katex-html .base")];
        const right = Math.max(...signs.map(sign => sign.getBoundingClientRect().right));
        return right - box.getBoundingClientRect().right < 3;
    }).map(box => box.dataset.latex)"""
    with opened(browser, server + "hidden-layer.html", WIDE) as shown:
        for width in (WIDE, 820):
            shown.set_viewport_size({"width": width, "height": 20_000})
            shown.add_style_tag(content=NEAR)
            shown.evaluate(SETTLED)
            assert shown.evaluate(cut) == []
        shown.set_viewport_size({"width": TINY, "height": 40_000})
        shown.locator(".scroll[tabindex]").first.wait_for()
        shown.emulate_media(media="print")
        shadow = "getComputedStyle(document.querySelector('.scroll[tabindex]')).boxShadow"
        assert shown.evaluate(shadow) == "none"


def test_the_columns_of_the_longest_table_do_not_wait_for_its_rows(
    browser: Browser, server: str
) -> None:
    with opened(browser, server + "source.html", WIDE) as shown:
        tables = "[...document.querySelectorAll('main table')]"
        layouts = f"{tables}.map(table => getComputedStyle(table).tableLayout)"
        assert shown.evaluate(layouts) == ["fixed"]


@pytest.mark.whole
@pytest.mark.parametrize(
    ("page", "slower"),
    [
        ("source.html", 25),
        ("api.html", 8),
        ("notation.html", 8),
    ],
)
def test_what_is_shown_before_its_end_keeps_still(
    page: str, slower: int, browser: Browser, server: str
) -> None:
    # The longest tables and lists, and a drawing: on a slow machine they are shown part by part.
    slow = {"offline": False, "latency": 40, "downloadThroughput": 1e5, "uploadThroughput": 1e5}
    shifts: list[float] = []
    # Columns that move do so five times in six. What moves once on a busy machine does not count.
    while len(shifts) < 2 or (len(shifts) == 2 and any(shifts)):
        context = browser.new_context(viewport={"width": WIDE, "height": 900})
        shown = context.new_page()
        session = context.new_cdp_session(shown)
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        session.send("Network.emulateNetworkConditions", slow)
        shown.add_init_script(SHIFTS)
        shown.goto(server + page, timeout=90_000)
        shown.wait_for_timeout(1500)
        shifts.append(shown.evaluate("window.shift"))
        context.close()
    assert shifts.count(0) >= 2


def test_a_formula_far_away_is_found_and_led_to(browser: Browser, server: str) -> None:
    far = """() => {
        const boxes = [...document.querySelectorAll("main > section .display")];
        return boxes.filter(box => box.id && box.checkVisibility()).at(-1).id;
    }"""
    at = "id => document.getElementById(id).getBoundingClientRect().top"
    with opened(browser, server + "hidden-layer.html", NARROW, **STILL) as shown:
        name = shown.evaluate(far)
        assert shown.evaluate(at, name) > 5000
        shown.evaluate("id => { location.hash = id; }", name)
        # A fifth of the screen below the header.
        shown.wait_for_function(f"Math.abs(({at})('{name}') - 64 - 180) < 4")
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


def test_a_page_that_has_begun_is_laid_out_where_it_is_read(browser: Browser, server: str) -> None:
    skipped = """[...document.querySelectorAll("main section > p > *")].filter(part =>
        part.checkVisibility() && !part.checkVisibility({ contentVisibilityAuto: true })).length"""
    with opened(browser, server + "hidden-layer.html", NARROW, begun=True) as shown:
        assert shown.evaluate(skipped) > 50
        shown.evaluate("""async () => {
            document.documentElement.style.scrollBehavior = "auto";
            while (scrollY + innerHeight < document.documentElement.scrollHeight - 1) {
                scrollBy(0, 600);
                await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            }
        }""")
        assert shown.evaluate("window.shift") == 0
        assert shown.evaluate("scrollY") > 10_000
    with opened(browser, server + "hidden-layer.html", NARROW, begun=True, **STILL) as shown:
        name = shown.evaluate("""() => {
            const link = [...document.querySelectorAll("#menu a")].findLast(one => one.hash);
            link.click();
            return decodeURIComponent(link.hash.slice(1));
        }""")
        assert shown.evaluate(skipped) == 0
        at = f"document.getElementById({name!r}).getBoundingClientRect().top"
        shown.wait_for_function(f"scrollY > 5000 && {at} >= 0 && {at} < 200")


def test_long_tables_are_laid_out_where_they_are_read(browser: Browser, server: str) -> None:
    skipped = """[...document.querySelectorAll("main table")].filter(table =>
        !table.checkVisibility({ contentVisibilityAuto: true })).length"""
    with opened(browser, server + "verdicts.html", NARROW, begun=True) as shown:
        assert shown.evaluate(skipped) > 10


# What is wrong with the letters of the figures on a page. The box of a text has room above and
# below its letters, which does not count; a formula has an index above or below as well.
LETTERS = """() => [...document.querySelectorAll("main figure > svg")].flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].filter(text => text.textContent.trim());
    const seen = texts.map(text => {
        const { a, b } = text.getScreenCTM();
        const sizes = [text, ...text.querySelectorAll("tspan")].map(getComputedStyle);
        const size = Math.max(...sizes.map(style => parseFloat(style.fontSize))) * Math.hypot(a, b);
        const { left, right, top, bottom } = text.getBoundingClientRect();
        const air = size * (text.querySelector("tspan") ? .35 : .22);
        const [across, up] = Math.abs(b) > Math.abs(a) ? [air, 0] : [0, air];
        return {
            words: text.textContent.replace(/\\s+/g, " "), size,
            left: left + across, right: right - across, top: top + up, bottom: bottom - up,
        };
    });
    const meet = (one, other) =>
        Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
        && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1;
    return seen.flatMap((one, k) => [
        ...(one.size < 12 ? [`small: ${one.words}`] : []),
        ...(Math.min(one.left - frame.left, frame.right - one.right,
            one.top - frame.top, frame.bottom - one.bottom) < -1 ? [`cut: ${one.words}`] : []),
        ...seen.slice(0, k).filter(other => meet(one, other))
            .map(other => `${one.words} lies on ${other.words}`),
    ]);
})"""


def test_the_letters_of_figures_are_large_whole_and_apart(
    browser: Browser, server: str, trees: dict[str, html.HtmlElement]
) -> None:
    # All figures of the book on one page, in the room that they have on theirs.
    figures = [figure for page in CHAPTERS for figure in trees[page].iter("figure")]
    drawn = "".join(html.tostring(figure, encoding="unicode") for figure in figures)
    with opened(browser, server + "404.html", WIDE) as shown:
        shown.evaluate("drawn => { document.querySelector('main').innerHTML = drawn; }", drawn)
        assert shown.locator("figure > svg").count() > 30
        for width in (WIDE, NARROW):
            shown.set_viewport_size({"width": width, "height": 900})
            assert shown.evaluate(LETTERS) == [], width
