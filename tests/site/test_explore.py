"""The page "The net, alive": its numbers against bp, and what a reader can do with it."""

import gzip
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
import pytest
from axe import violations
from contents import ROOT
from lxml import html
from opening import NARROW, SETTLED, WIDE, opened
from playwright.sync_api import Browser, Page

from _site import explore
from bp import two_layer
from proofread.project import read_book, settings_here
from proofread.sources import Display, Place
from proofread.text import Entry

STATIC = ROOT / "book" / "_static"
BAD = ["letters", "", "1e999", "-", "NaN", "Infinity", "1,5", "0x10", "2000000"]


@pytest.fixture(scope="module")
def address(site: Path) -> str:
    return (site / "explore.html").as_uri()


@pytest.fixture(scope="module")
def shared(browser: Browser, address: str) -> Iterator[Page]:
    with opened(browser, address) as page:
        yield page


@pytest.fixture
def page(shared: Page) -> Page:
    """Return the page, which is loaded once for all tests, as it is at its start.

    It is still: one that glides to what is clicked takes a second for it.
    """
    shared.set_viewport_size({"width": WIDE, "height": 900})
    shared.emulate_media(color_scheme="light", reduced_motion="reduce")
    shared.mouse.move(0, 0)
    go(shared, "")
    return shared


def go(page: Page, situation: str) -> None:
    """Open a situation, as who follows a link to it on the page does."""
    page.evaluate(
        """situation => {
            document.activeElement.blur();
            scrollTo({ top: 0, behavior: "instant" });
            document.querySelector("#pace").value = "1";
            history.replaceState(null, "", situation ? `#${situation}` : location.pathname);
            dispatchEvent(new HashChangeEvent("hashchange"));
        }""",
        situation,
    )


def text(page: Page, name: str) -> str:
    return page.locator(f".drawing [data-value={name}]").first.text_content() or ""


def hash_of(page: Page) -> str:
    """Return the situation in the address, which is written at once where a reader leaves."""
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    return str(page.evaluate("location.hash"))


# --- The page against the numbers ---


def test_the_page_shows_the_same_before_and_after_the_script(
    browser: Browser, address: str, trees: dict[str, html.HtmlElement]
) -> None:
    # What a difference is off by is rounding alone, and its digits are the machine's own.
    exact = "//*[@data-value][not(starts-with(@data-value, 'o'))][@data-value != 'worst']"
    written = [place.text_content() for place in trees["explore.html"].xpath(exact)]
    assert len(written) > 200
    with opened(browser, address) as page:
        assert page.locator(f"xpath={exact}").all_text_contents() == written


def test_every_place_shows_its_number(page: Page) -> None:
    go(page, "mode=change&w=3,-2e-7,41,-0.00005,0.5,9&x=20000,-3")
    params, _, t = two_layer.worked_example()
    params = params._replace(w=np.array([[3, -2e-7, 41], [-0.00005, 0.5, 9]]))
    want = explore.values(params, np.array([[20000.0, -3.0]]), t)
    places = "all => all.map(place => [place.dataset.value, place.textContent])"
    found = page.locator(".drawing [data-value]").evaluate_all(places)
    assert len(found) > 50
    assert found == [[name, explore.shown(name, want[name])] for name, _ in found]


def test_every_formula_of_the_steps_holds() -> None:
    book = read_book(settings_here(ROOT))
    checked = 0
    for step in explore.steps():
        for line in step.lines:
            scope = book.find(line.label).scope
            label = "eq-step" if "=" in line.latex else "show-step"
            verdict = book.verdict(Entry(Display(label, line.latex, Place("step", 1)), scope), 20)
            assert verdict.in_order, (line.latex, verdict.message)
            checked += 1
    assert checked > 50


# --- What a reader does ---


def test_steps_go_forward_and_back(page: Page) -> None:
    title = page.locator(".steps .now .title")
    assert title.inner_text() == "Forward: hidden unit 1"
    assert page.locator(".unit[data-part=h2] .value tspan").is_hidden()
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    assert title.inner_text() == "Forward: hidden unit 2"
    assert "Forward: hidden unit 2" in page.get_by_role("status").inner_text()
    assert page.locator(".unit[data-part=h2] .value tspan").is_visible()
    lit = page.locator(".edge.lit").evaluate_all("all => all.map(e => e.dataset.part)")
    assert sorted(lit) == ["w12", "w22"]
    page.get_by_role("button", name="Back").click()
    assert page.get_by_role("button", name="Back").is_disabled()
    page.locator("#step").select_option("33")
    page.wait_for_function("location.hash === '#step=33'")
    prices = [page.locator("[data-value=q1]").first, page.locator("[data-value=q2]").first]
    assert prices[0].text_content() == "−0.0120"
    assert page.get_by_role("button", name="Next").is_enabled()


def test_a_field_says_what_it_expects(page: Page) -> None:
    expects = "Expects a number from −1000000 to 1000000, such as −0.7 or 2.5e−3. Still 0.3."
    go(page, "mode=change")
    field = page.get_by_label("weight w11")
    for bad in BAD:
        field.fill("0.3")
        field.fill(bad)
        field.press("Tab")
        assert page.locator("#error-w11").inner_text() == expects, bad
        assert field.get_attribute("aria-invalid") == "true"
        assert text(page, "w11") == "0.3"
        assert "NaN" not in (page.locator(".alive").text_content() or "")
    field.fill("−0.25")
    assert text(page, "w11") == "−0.25"
    assert field.get_attribute("aria-invalid") is None


@pytest.mark.parametrize(
    ("label", "bad"), [("learning rate η", "0"), ("learning rate η", "-1"), ("step ε", "0")]
)
def test_eta_and_eps_are_positive(label: str, bad: str, page: Page) -> None:
    mode = "check" if "ε" in label else "change"
    go(page, f"mode={mode}")
    page.get_by_label(label).fill(bad)
    page.keyboard.press("Tab")
    assert "a number from" in page.locator(".error:visible").inner_text()


def test_arrow_keys_change_a_field(page: Page) -> None:
    go(page, "mode=change")
    field = page.get_by_label("weight w11")
    field.press("ArrowUp")
    field.press("ArrowUp")
    assert (field.input_value(), text(page, "w11")) == ("0.3", "0.3")
    assert "weight w11 is 0.3" in page.get_by_role("status").inner_text()


def test_a_number_can_be_dragged(page: Page) -> None:
    go(page, "mode=change")
    box = page.locator("[data-drag=x1]").bounding_box()
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + 50, at[1])
    page.mouse.up()
    assert text(page, "x1") == "2.2"
    assert page.get_by_label("input x1").input_value() == "2.2"


def test_only_the_first_button_drags_or_chooses(page: Page) -> None:
    at = centre(page, "[data-drag=x1]")
    for button in ("right", "middle"):
        page.mouse.move(*at)
        page.mouse.down(button=button)
        page.mouse.move(at[0] + 50, at[1])
        page.mouse.up(button=button)
    page.mouse.move(at[0], 1)
    page.mouse.down()
    page.mouse.move(*at)
    page.mouse.up()
    assert text(page, "x1") == "1.2"
    assert page.locator(".alive").get_attribute("data-mode") == "step"


def swipe(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    """Put a finger on the screen, move it and lift it, as the browser gets it from a phone."""
    session = page.context.new_cdp_session(page)
    steps = 10
    for k in range(steps + 2):
        kind = "touchStart" if k == 0 else "touchEnd" if k > steps else "touchMove"
        place = {"x": start[0] + by[0] * k / steps, "y": start[1] + by[1] * k / steps}
        points = [] if kind == "touchEnd" else [place]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def centre(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


# The places of the drawing, on a grid as fine as half a finger, where nothing can be dragged.
BETWEEN = """() => {
    const { left, right, top, bottom } = document.querySelector(".drawing").getBoundingClientRect();
    const found = [];
    for (let y = Math.max(top, 160); y < bottom; y += 12)
        for (let x = left + 12; x < right - 12; x += 12)
            if (!document.elementFromPoint(x, y).closest("[data-drag]")) found.push([x, y]);
    return found;
}"""


def test_a_number_can_be_dragged_by_touch_and_the_page_still_scrolls(
    browser: Browser, address: str
) -> None:
    phone = {"has_touch": True, "is_mobile": True}
    with opened(browser, address + "#mode=change", NARROW, **phone) as page:
        for name, before, after in [("x1", 1.2, 2.2), ("w11", 0.1, 1.1), ("b21", -0.3, 0.7)]:
            page.evaluate(
                f"""document.querySelector("[data-drag={name}]")
                    .scrollIntoView({{ block: "center", behavior: "instant" }})"""
            )
            here = page.evaluate("scrollY")
            swipe(page, centre(page, f"[data-drag={name}]"), (50, 40))
            assert float(text(page, name).replace("−", "-")) == pytest.approx(after), before
            assert page.evaluate("scrollY") == here
        # A finger that comes down between the numbers moves the page.
        free = page.evaluate(BETWEEN)
        assert free
        state = hash_of(page)
        swipe(page, free[len(free) // 2], (0, -150))
        page.wait_for_function(f"scrollY > {here} + 100")
        assert hash_of(page) == state


def test_what_can_be_dragged_is_large_enough_for_a_finger(page: Page) -> None:
    page.set_viewport_size({"width": NARROW, "height": 900})
    go(page, "mode=change")
    sizes = page.locator("[data-drag]").evaluate_all("""grips => grips.map(grip => {
        const { width, height } = grip.getBoundingClientRect();
        return Math.min(width, height);
    })""")
    assert len(sizes) == 21 and min(sizes) >= 24


def test_a_step_lowers_the_loss_and_reset_returns(page: Page) -> None:
    params, x, t = two_layer.worked_example()
    want = explore.values(params, x, t)
    go(page, "mode=change")
    page.get_by_role("button", name="Take a step").click()
    assert text(page, "L") == explore.shown("L", want["Lnext"])
    assert text(page, "w11") == explore.shown("w11", want["nw11"])
    assert page.get_by_role("status").inner_text() == (
        f"The loss was {explore.shown('L', want['L'])} and is {text(page, 'L')}."
    )
    page.get_by_role("button", name="Reset").click()
    assert text(page, "L") == explore.shown("L", want["L"])
    assert hash_of(page) == "#mode=change"


def test_running_pauses(page: Page) -> None:
    page.emulate_media(reduced_motion="no-preference")
    go(page, "mode=change")
    page.get_by_role("button", name="Run").click()
    page.wait_for_function("+document.querySelector('#taken').textContent > 5")
    page.get_by_role("button", name="Pause").click()
    taken = page.locator("#taken").inner_text()
    page.wait_for_timeout(100)
    assert page.locator("#taken").inner_text() == taken
    assert page.locator(".curve polyline").get_attribute("points").count(",") == int(taken) + 1


def test_reduced_motion_runs_at_once(page: Page) -> None:
    go(page, "mode=change")
    page.get_by_role("button", name="Run").click()
    assert page.locator("#taken").inner_text() == "600"
    assert page.get_by_role("button", name="Run").is_visible()


def test_the_steps_show_the_right_gradient_and_say_so(page: Page) -> None:
    go(page, "step=20")
    note = page.locator("#which")
    assert not note.is_visible()
    right = page.locator(".steps .path").all_text_contents()
    page.locator("#preset").select_option(index=3)
    assert text(page, "gw11") != "−0.0234"
    page.locator("[name=mode][value=step]").check(force=True)
    assert note.is_visible()
    assert "“mistake: the source’s w for u”." in note.inner_text()
    assert page.locator(".steps .path").all_text_contents() == right
    page.locator("#preset").select_option(index=0)
    assert not note.is_visible()


@pytest.mark.parametrize("choice", [0, 1, 2, 3])
def test_presets(choice: int, page: Page) -> None:
    params, x, t = two_layer.worked_example()
    page.locator("#preset").select_option(index=choice)
    page.locator("[name=mode][value=change]").check(force=True)
    got = {name: text(page, name) for name in ("L", "d21", "gw11", "gu11")}
    if choice == 1:
        params = params._replace(b2=np.array([[6.0, -0.4]]))
    eta, rule = (5.0, "u-first") if choice == 2 else (0.5, "source" if choice == 3 else "right")
    want = explore.values(params, x, t, eta, 1e-5, explore.Choices(rule))
    assert got == {name: explore.shown(name, want[name]) for name in got}
    if choice == 1:
        assert want["y1"] > 0.99
        assert abs(want["d21"]) < 0.003
    page.locator("#pace").select_option("10")
    page.get_by_role("button", name="Run").click()
    losses = float(text(page, "L").replace("−", "-"))
    # All of them train, the wrong rules as well.
    assert losses < want["L"] / 4


def test_the_address_holds_the_situation(page: Page, browser: Browser, address: str) -> None:
    wanted = "mode=check&rule=u-first&u=0,0,0.3,-0.9,0.8,-0.5&eta=2&eps=0.001"
    go(page, wanted)
    page.get_by_label("weight w11").fill("0.123456789")
    page.keyboard.press("Tab")
    found = hash_of(page)
    assert found == "#" + wanted.replace("&u=", "&w=0.123456789,-1,0.6,1.2,0.4,-0.8&u=")
    # What is not seen in this mode is what another has left there.
    numbers = page.locator("[data-value]:not(.steps *)")
    shown = numbers.all_text_contents()
    with opened(browser, address + found) as other:
        assert other.locator("[data-value]:not(.steps *)").all_text_contents() == shown


def test_a_change_is_kept_by_whoever_leaves_at_once(browser: Browser, server: str) -> None:
    with opened(browser, server + "explore.html#mode=change") as page:
        page.get_by_label("weight w11").press("ArrowUp")
        page.evaluate("location.href = 'symbols.html'")
        page.wait_for_url("**/symbols.html")
        page.go_back()
        page.locator("h1").wait_for()
        assert "w=0.2," in page.url
        assert text(page, "w11") == "0.2"


def test_a_link_to_a_heading_keeps_the_situation(page: Page) -> None:
    go(page, "mode=change&b2=6,-0.4")
    heading = page.locator("h2").first
    heading.hover()
    heading.locator(".headerlink").click()
    page.wait_for_function("scrollY > 100")
    # The page hears of the new address a moment after it has scrolled.
    page.wait_for_function("location.hash === '#mode=change&b2=6,-0.4'")
    assert text(page, "b21") == "6.0"


def test_a_wrong_address_is_reported(page: Page) -> None:
    for bad in ["w=1,2", "eta=-1", "x=1,letters", "mode=none", "u=", "nothing=1", "t=%2"]:
        page.evaluate("hash => { location.hash = hash; }", bad)
        page.wait_for_function("document.querySelector('#said').textContent !== ''")
        assert "The address cannot be read" in page.get_by_role("status").inner_text(), bad
        assert page.locator("#said").bounding_box()["height"] > 10
        assert text(page, "w11") == "0.1"
        page.evaluate("location.hash = 'step=2'")
        page.wait_for_function("document.querySelector('#said').textContent === ''")


def test_links_of_the_book_lead_to_situations(
    page: Page, trees: dict[str, html.HtmlElement]
) -> None:
    links = {link for tree in trees.values() for link in tree.xpath("//a/@href") if "html#" in link}
    states = [link.partition("#")[2] for link in links if link.startswith("explore.html#")]
    states = [state for state in states if "=" in state]
    assert states
    for state in states:
        assert explore.mistake(state) == ""
        page.evaluate(
            """hash => new Promise(done => {
                addEventListener("hashchange", done, { once: true });
                location.hash = hash;
            })""",
            state,
        )
        assert page.get_by_role("status").inner_text() == ""


@pytest.mark.parametrize("state", ["w=1,2", "steps=3", "step=99", "rule=wrong", "eta=big"])
def test_a_link_to_no_situation_ends_the_build(state: str) -> None:
    assert explore.mistake(state)


# --- The page itself ---


# Each two of mode, theme and width meet.
@pytest.mark.parametrize(
    ("theme", "width", "modes"),
    [
        ("light", WIDE, ["step", "check"]),
        ("dark", NARROW, ["step", "check"]),
        ("light", NARROW, ["change"]),
        ("dark", WIDE, ["change"]),
    ],
)
def test_axe_finds_nothing_in_any_mode(
    theme: Any, width: int, modes: list[str], page: Page
) -> None:
    page.emulate_media(color_scheme=theme)
    for mode in modes:
        go(page, "step=20" if mode == "step" else f"mode={mode}")
        if mode == "change":
            page.get_by_label("weight w11").fill("x")
            page.keyboard.press("Tab")
        assert page.locator(".alive").get_attribute("data-mode") == mode
        page.set_viewport_size({"width": width, "height": 900})
        # On a screen as high as the page nothing is far away, or below the drawing that stays.
        high = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": high})
        page.evaluate(SETTLED)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_control_is_reached_by_keyboard(page: Page) -> None:
    go(page, "mode=change")
    wanted = page.locator(
        ".alive :is(input:not([type=radio]), select, button:enabled):visible"
    ).count()
    # The group of radio buttons is one stop of its own, the first.
    page.locator("[name=mode]:checked").focus()
    page.evaluate("""
        window.reached = new Set();
        const note = ({ target }) => reached.add(target.id);
        document.querySelector(".alive").addEventListener("focusin", note);
    """)
    for _ in range(60):
        page.keyboard.press("Tab")
    assert page.evaluate("reached.size") == wanted


TOUCHING = """() => {
    const labels = [...document.querySelectorAll(".drawing text")]
        .filter(text => [...text.querySelectorAll("tspan")].some(span =>
            getComputedStyle(span).visibility === "visible" && span.getClientRects().length))
        .map(text => {
            // The signs themselves: a line of text is higher than its digits.
            const box = text.getBBox(), { a, e, f } = text.getScreenCTM();
            const middle = f + (box.y + box.height / 2) * a;
            const half = 0.38 * a * parseFloat(getComputedStyle(text).fontSize);
            return { text, left: e + box.x * a, right: e + (box.x + box.width) * a,
                     top: middle - half, bottom: middle + half };
        });
    const meet = (one, other) =>
        Math.min(one.right, other.right) > Math.max(one.left, other.left)
        && Math.min(one.bottom, other.bottom) > Math.max(one.top, other.top);
    const found = [];
    labels.forEach((one, k) => {
        for (const other of labels.slice(k + 1))
            if (meet(one, other)) found.push([one.text.textContent, other.text.textContent]);
        for (const head of document.querySelectorAll(".drawing .head"))
            if (meet(one, head.getBoundingClientRect()))
                found.push([one.text.textContent, "arrow"]);
        for (const circle of document.querySelectorAll(".drawing circle")) {
            const box = circle.getBoundingClientRect();
            const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
            const inside = circle.parentElement === one.text.parentElement;
            const across = inside
                ? Math.max(one.right - x, x - one.left)
                : Math.max(one.left - x, 0, x - one.right);
            const down = inside
                ? Math.max(one.bottom - y, y - one.top)
                : Math.max(one.top - y, 0, y - one.bottom);
            if (inside === (Math.hypot(across, down) > box.width / 2))
                found.push([one.text.textContent, "circle"]);
        }
    });
    return found;
}"""


@pytest.mark.parametrize("width", [NARROW, 820, 1280, WIDE, 1440])
def test_no_label_of_the_drawing_touches_anything(width: int, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for state in ("step=33", "mode=change", "mode=check"):
        go(page, state)
        assert page.evaluate(TOUCHING) == [], state


@pytest.mark.parametrize(("width", "height"), [(1440, 789), (1280, 720)])
def test_the_net_its_button_and_its_formula_share_a_screen(
    width: int, height: int, page: Page
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    # The step with the most formulas.
    page.locator("#step").select_option("20")
    for part in (".drawing", "#next", ".steps .now", ".modes"):
        box = page.locator(part).bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= height, part


def test_the_drawing_stays_beside_its_controls_and_covers_no_table(page: Page) -> None:
    page.set_viewport_size({"width": WIDE, "height": 900})
    go(page, "mode=change")
    for place, kept in ((".hint", True), (".tables", False)):
        page.evaluate(
            """place => {
            const up = document.querySelector(place).getBoundingClientRect().top - innerHeight / 2;
            scrollBy({ top: up, behavior: "instant" });
        }""",
            place,
        )
        drawing, tables = (page.locator(part).bounding_box() for part in (".drawing", ".tables"))
        assert drawing and tables
        assert drawing["y"] + drawing["height"] <= tables["y"]
        assert (drawing["y"] >= 0) is kept, place


def test_on_a_phone_the_button_the_net_and_the_formula_are_seen_together(page: Page) -> None:
    page.set_viewport_size({"width": NARROW, "height": 844})
    go(page, "step=20")
    boxes = [page.locator(part).bounding_box() for part in (".drawing", ".steps .now")]
    assert boxes[0] and boxes[1]
    assert boxes[1]["y"] + boxes[1]["height"] - boxes[0]["y"] <= 844


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_labels_of_the_drawing_can_be_read_and_are_not_cut_off(width: int, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    go(page, "mode=change")
    scale = page.evaluate("document.querySelector('.drawing').getScreenCTM().a")
    sizes = page.evaluate("""
        [...document.querySelectorAll(".drawing text, .drawing tspan")]
        .filter(text => text.getClientRects().length)
        .map(text => parseFloat(getComputedStyle(text).fontSize))
    """)
    assert len(sizes) > 50
    assert min(sizes) * scale >= 12
    for left, right in page.evaluate("""
        [...document.querySelectorAll(".drawing text")]
        .filter(text => text.getClientRects().length)
        .map(text => text.getBoundingClientRect()).map(({ left, right }) => [left, right])
    """):
        assert 0 <= left < right <= width


def test_without_script_the_figure_and_all_steps_are_there(browser: Browser, address: str) -> None:
    with opened(browser, address, java_script_enabled=False) as page:
        assert text(page, "L") == "0.3419"
        assert page.locator(".drawing").is_visible()
        assert page.locator(".steps > li:visible").count() == len(explore.steps())
        assert page.locator(".alive :is(button, input, select):visible").count() == 0


def test_script_and_style_are_small(site: Path) -> None:
    files = sorted((site / "_static" / "explore").iterdir())
    assert [file.name for file in files] == [
        "explore.css", "explore.js", "net.js", "pieces.js", "state.js"
    ]  # fmt: skip
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= 30 * 1024


# Two hundred numbers in a plain table: what any page of this kind costs on a machine.
PLAIN = """<!doctype html><meta charset=utf-8><title>200 numbers</title><h1>200 numbers</h1>
<style>td { font: 14px sans-serif; width: 5rem }</style><table></table><script>
for (let i = 0; i < 50; i++) {
    const row = document.querySelector("table").insertRow();
    for (let j = 0; j < 4; j++) row.insertCell().textContent = "0";
}
const cells = document.querySelectorAll("td");
addEventListener("keydown", () => {
    for (const cell of cells) cell.firstChild.data = Math.random().toFixed(4);
});
</script>"""


def work(browser: Browser, page: Page, name: str) -> float:
    """Return the milliseconds that a page works from a key to the painted frame.

    The browser hands a frame on in the event *Commit*. A program beside it on the processor can add
    to the time and never take away, so the quicker quarter of the changes tells.
    """
    categories = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
    page.wait_for_timeout(200)
    browser.start_tracing(page=page, categories=categories)
    for _ in range(12):
        page.keyboard.press("ArrowUp")
        page.wait_for_timeout(40)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    keys = [
        event
        for event in events
        if event["name"] == "EventDispatch" and event["args"]["data"]["type"] == "keydown"
    ]
    commits = [
        event
        for event in sorted(events, key=lambda event: event["ts"])
        if event["name"] == "Commit" and event["tid"] == keys[0]["tid"] and "tdur" in event
    ]
    assert len(keys) == 12
    passed, worked = [], []
    for key in keys:
        commit = next(event for event in commits if event["ts"] > key["ts"])
        passed.append((commit["ts"] + commit["dur"] - key["ts"]) / 1000)
        worked.append((commit["tts"] + commit["tdur"] - key["tts"]) / 1000)
    quicker = quantiles(worked, n=4)[0]
    print(f"{name}: {quicker:.1f} ms of work, {median(passed):.1f} ms passed")
    return quicker


def test_a_change_is_on_the_screen_within_a_frame(
    browser: Browser, page: Page, tmp_path: Path
) -> None:
    """A frame has 16 ms. Machines differ, so a plain page of as many numbers is the measure."""
    plain = tmp_path / "plain.html"
    plain.write_text(PLAIN)
    page.emulate_media(reduced_motion="no-preference")
    slow = ["change", "check"]
    with opened(browser, plain.as_uri()) as table:
        # The pages one right after the other; what is beside them for a while is not theirs.
        for _ in range(5):
            yardstick = work(browser, table, "200 numbers in a plain table")
            for mode in slow[:]:
                go(page, f"mode={mode}")
                page.get_by_label("weight w11").focus()
                if 0 < work(browser, page, mode) < 2.5 * yardstick:
                    slow.remove(mode)
            if not slow:
                break
    assert slow == []


def test_types_of_the_scripts_hold() -> None:
    options = "--noEmit --allowJs --checkJs --strict --module es2022 --target es2023"
    tsc = shutil.which("tsc", path=str(ROOT / "node_modules" / ".bin"))
    assert tsc, "no TypeScript: python3 tools/run.py"
    # What TypeScript itself says of a browser is not checked here.
    command = [tsc, *options.split(), "--lib", "es2023,dom,dom.iterable", "--skipLibCheck"]
    files = [
        str(file) for folder in ("explore", "answers") for file in STATIC.glob(f"{folder}/*.js")
    ]
    assert len(files) >= 7
    result = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
