"""Python in the page: every cell of every chapter gives what is printed."""

import pytest
from contents import NOTEBOOKS
from opening import IDLE, SLOW, opened, shown
from playwright.sync_api import Browser

pytestmark = [pytest.mark.live, pytest.mark.timeout(600), pytest.mark.usefixtures("runtime")]

BEGUN = "[...document.querySelectorAll('.cell > .live .verdict')].some(said => said.textContent)"


# Those that are run on every change: the longest of Part I, and the one that checks the checker.
OFTEN = {"hidden-layer", NOTEBOOKS[-1]}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in OFTEN else pytest.mark.whole) for name in NOTEBOOKS],
)
def test_every_cell_gives_what_is_printed(name: str, browser: Browser, below: str) -> None:
    with opened(browser, f"{below}{name}.html") as chapter:
        chapter.set_default_timeout(SLOW)
        chapter.get_by_role("button", name="Run all").click()
        chapter.wait_for_function(BEGUN)
        chapter.wait_for_function(IDLE)
        stored = chapter.evaluate(
            """async () => {
                const top = document.querySelector(".live[data-cells]");
                const base = new URL("./", new URL(top.dataset.script, location));
                const cells = await fetch(new URL(`cells/${top.dataset.cells}.json`, base));
                return await cells.json();
            }"""
        )
        assert stored
        for cell in stored:
            bar = chapter.locator(f".live[data-cell='{cell['index']}']")
            if not bar.count():
                continue
            verdict = bar.locator(".verdict").text_content() or ""
            expected = "differs from what is printed" if cell["differs"] else "same as printed"
            box = chapter.locator(".cell").filter(has=bar)
            assert verdict.startswith(expected), (cell["source"], verdict, shown(box))
            if cell["differs"]:
                assert "as it must in a browser" in verdict
            drawn = [one for one in cell["outputs"] if "image/svg+xml" in one.get("data", {})]
            svgs = box.locator(".cell-live svg[role=img]")
            assert svgs.count() == len(drawn)
            for svg in svgs.all():
                assert "var(--" in svg.inner_html() and svg.get_attribute("aria-label")
