"""Python in the page: what a reader can do with its cells."""

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from axe import AXE, RULES
from contents import NOTEBOOKS
from nbclient import NotebookClient
from opening import IDLE, NARROW, SLOW, opened, shown
from playwright.sync_api import Browser, Locator, Page, Route

pytestmark = [pytest.mark.live, pytest.mark.timeout(600), pytest.mark.usefixtures("runtime")]

PAGE = "output-layer"


@pytest.fixture(scope="module")
def page(browser: Browser, below: str) -> Iterator[Page]:
    """Open a chapter; what one test has started is there for the next."""
    with opened(browser, f"{below}{PAGE}.html") as chapter:
        chapter.set_default_timeout(SLOW)
        yield chapter


def run(page: Page, code: str, *, wait: bool = True) -> Locator:
    """Put code into the first cell, run it from the keyboard, and return the cell."""
    cell = page.locator(".cell:has(> .live)").first
    if not cell.locator(".cm-content").count():
        if not cell.get_by_role("button", name="Edit").count():
            # Before the first click there is the code alone.
            cell.locator("summary").first.click()
            cell.locator(".highlight").first.click()
        else:
            cell.get_by_role("button", name="Edit").click()
    editor = cell.locator(".cm-content")
    editor.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")
    if wait:
        page.wait_for_function(IDLE)
    return cell


def test_nothing_of_it_loads_with_a_page(browser: Browser, below: str) -> None:
    asked: list[str] = []
    with opened(browser, f"{below}{PAGE}.html") as one:
        one.on("request", lambda request: asked.append(request.url))
        one.reload()
        one.wait_for_load_state("networkidle")
    assert asked and not [url for url in asked if "/live/" in url]


def test_missing_state_is_made_first_and_said(page: Page) -> None:
    cell = page.locator(".cell:has(> .live)").nth(2)
    names = "['background-color', 'border-left', 'padding']"
    style = f"pre => {names}.map(name => getComputedStyle(pre)[name])"
    printed = cell.locator(".cell_output pre").first.evaluate(style)
    cell.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_function("document.querySelector('.live [aria-disabled=true]')")
    assert "first" in (cell.locator(".verdict").text_content() or "")
    page.wait_for_function(IDLE)
    for place in range(3):
        verdict = page.locator(".cell > .live .verdict").nth(place).text_content() or ""
        assert verdict.startswith("same as printed")
    assert (page.get_by_role("status").last.text_content() or "").startswith("same as printed")
    assert cell.locator(".cell-live pre").first.evaluate(style) == printed


def test_an_error_is_cut_to_the_lines_of_the_reader(page: Page) -> None:
    cell = run(
        page, "import json\n\n\ndef reading(text):\n    return json.loads(text)\n\n\nreading('[')"
    )
    text = shown(cell)
    assert text.startswith(
        "Line 8 of this cell:\n    reading('[')\nLine 5 of this cell, in reading:"
    )
    assert "JSONDecodeError" in text and "decoder.py" not in text and "runner" not in text
    assert cell.locator(".raised").text_content() == "reading('[')" or (
        cell.locator(".raised").text_content() or ""
    ).strip().startswith("return json")
    cell = run(page, "def broken(:\n    pass")
    assert "SyntaxError" in shown(cell)
    assert (cell.locator(".raised").text_content() or "") == "def broken(:"


def test_checks_and_listings_have_numbers_and_links_that_lead_somewhere(page: Page) -> None:
    cell = run(page, "from proofread import check\ncheck('eq-output-delta')")
    link = cell.locator(".cell-live a").first
    assert (link.text_content() or "").startswith("(")
    cell_link = str(link.evaluate("link => link.href"))
    cell = run(
        page, "from bp import equations\nfrom bp.listing import source\nsource(equations.loss)"
    )
    assert "def loss" in (cell.locator(".cell-live pre").first.text_content() or "")
    links = [cell_link, str(cell.locator(".cell-live a").first.evaluate("link => link.href"))]
    for address in links:
        found = page.evaluate(
            """async address => {
                const text = await (await fetch(address)).text();
                const page = new DOMParser().parseFromString(text, "text/html");
                return !!page.getElementById(decodeURIComponent(new URL(address).hash.slice(1)));
            }""",
            address,
        )
        assert found, address


def test_output_and_memory_have_bounds(page: Page) -> None:
    cell = run(page, "for number in range(1_000_000):\n    print(number)")
    text = shown(cell)
    assert text.startswith("0\n1\n2\n") and text.endswith("the rest is not shown.")
    assert len(text) < 110_000
    cell = run(page, "much = bytearray(1_900_000_000)")
    assert "MemoryError" in shown(cell) and "1 GB" in shown(cell)
    cell = run(page, "print('still here')")
    assert shown(cell) == "still here\n"


def test_an_endless_loop_is_stopped_and_python_begins_anew(page: Page) -> None:
    run(page, "kept = 1")
    cell = run(page, "print('begun')\nwhile True:\n    pass", wait=False)
    stop = cell.get_by_role("button", name="Stop")
    stop.wait_for()
    # The page answers meanwhile.
    page.evaluate("new Promise(done => requestAnimationFrame(done))")
    cell.locator(".cell-live").get_by_text("begun").wait_for()
    stop.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(IDLE)
    assert page.evaluate("document.activeElement.textContent") == "Run"
    assert "stopped" in (cell.locator(".verdict").text_content() or "")
    cell = run(page, "print('kept' in globals())")
    assert shown(cell) == "False\n"


def test_a_run_page_is_accessible_and_fits_a_phone(page: Page) -> None:
    run(page, "print('x' * 300)\n1 / 0")
    page.set_viewport_size({"width": NARROW, "height": 800})
    # The rest is looked at with the pages; boxes far from the screen are not marked.
    parts = [[".live"], [".cell-live"], [".cell-editor"]]
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found = AXE.run(page, context={"include": parts}, options=options).response["violations"]
    assert [one["id"] for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1300, "height": 900})


def test_paper_shows_what_the_book_has_printed(page: Page) -> None:
    run(page, "print('mine')")
    page.emulate_media(media="print")
    for hidden in (".live", ".cell-live", ".cell-editor"):
        assert not page.locator(hidden).first.is_visible()
    assert page.locator(".cell_output").first.is_visible()
    page.emulate_media(media="screen")


def test_a_change_is_run_and_kept_and_forgotten(page: Page) -> None:
    cell = run(page, "answer = 6 * 7\nprint(answer)")
    assert shown(cell) == "42\n"
    assert (cell.locator(".verdict").text_content() or "").startswith("edited")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Run"
    assert cell.get_by_role("group", name="Output of this run").count() == 1
    page.reload()
    page.wait_for_function("document.querySelector('.cm-content')")
    assert "6 * 7" in (page.locator(".cm-content").first.text_content() or "")
    page.get_by_role("button", name="Forget my changes").click()
    assert page.locator(".cm-content").count() == 0
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('cells:'))") == []


def test_without_a_network_a_started_page_goes_on(browser: Browser, below: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.goto(f"{below}{PAGE}.html")
    assert shown(run(page, "print(1)")) == "1\n"
    context.set_offline(True)
    assert shown(run(page, "print(2)")) == "2\n"
    cell = run(page, "import matplotlib")
    assert "Is there a network?" in (cell.locator(".verdict").text_content() or "")
    context.close()


def test_a_script_of_the_page_asks_python_and_gets_data(page: Page) -> None:
    page.evaluate(
        """async () => {
            const top = document.querySelector(".live[data-script]");
            const base = new URL("./", new URL(top.dataset.script, location));
            const live = await (await fetch(new URL("live.json", base))).json();
            window.python = await import(new URL(live.ask, base));
        }"""
    )

    def ask(call: str) -> dict[str, Any]:
        return page.evaluate(f"python.ask({call})")

    # The first question waits for the package, however busy the machine is.
    assert ask("'proofread', 'check', ['no-such-label'], {seconds: 300}")["kind"] == "failed"
    assert ask("'math', 'gcd', [12, 18]") == {"kind": "value", "value": 6}
    assert ask("'json', 'loads', ['[NaN]']")["kind"] == "failed"
    late = ask("'time', 'sleep', [1000], {seconds: 0.2}")
    assert late == {"kind": "late", "reason": "it took more than 0.2 s"}
    stopped, following = page.evaluate(
        """() => {
            const progress = state => state === "running" && python.stop();
            const long = python.ask("time", "sleep", [1000], {progress});
            return Promise.all([long, python.ask("math", "gcd", [8, 12])]);
        }"""
    )
    assert stopped["kind"] == "stopped"
    assert following == {"kind": "value", "value": 4}


@pytest.mark.parametrize("fault", ["missing", "tampered"])
def test_a_file_that_is_missing_or_tampered_with_is_named(
    fault: str, browser: Browser, below: str
) -> None:
    def answer(route: Route) -> None:
        if fault == "missing":
            route.fulfill(status=404, body="")
            return
        body = bytearray(route.fetch().body())
        body[100] ^= 1
        route.fulfill(status=200, body=bytes(body))

    context = browser.new_context()
    page = context.new_page()
    page.route("**/packages.zip.packed*", answer)
    page.goto(f"{below}{PAGE}.html")
    bar = page.locator(".cell > .live").first
    bar.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_function(
        "document.querySelector('.cell .verdict')?.textContent.includes('not there')"
    )
    said = bar.locator(".verdict").text_content() or ""
    assert "packages.zip.packed" in said
    assert ("missing on the server" if fault == "missing" else "refused") in said
    context.close()


def test_a_page_from_a_disk_says_what_to_do(browser: Browser, site: Path) -> None:
    with opened(browser, (site / f"{PAGE}.html").as_uri()) as one:
        one.locator(".cell > .live button").first.click()
        one.get_by_text("python3 -m http.server").wait_for()


def test_the_licences_of_all_that_runs_are_there_to_read(browser: Browser, below: str) -> None:
    with opened(browser, f"{below}{PAGE}.html") as one:
        address = one.get_by_role("link", name="licences").evaluate("link => link.href")
        text = one.evaluate("async address => (await fetch(address)).text()", address)
    for name in ("Pyodide", "== numpy-", "== matplotlib-", "== lark-", "== @codemirror/view"):
        assert name in text
    assert "Permission is hereby granted" in text


def test_without_scripts_there_are_no_buttons(browser: Browser, below: str) -> None:
    with opened(browser, f"{below}{PAGE}.html", java_script_enabled=False) as one:
        assert one.locator(".live").count()
        assert not any(bar.is_visible() for bar in one.locator(".live").all())


def test_the_build_says_once_that_there_is_no_runtime(small_book: Any, tmp_path: Path) -> None:
    done = small_book("# A page\n\nWith a paragraph.\n")
    assert done.returncode == 0
    assert (done.stdout + done.stderr).count("tools/live.py") == 1
    folder = tmp_path / "_build" / "live"
    folder.mkdir(parents=True)
    entry = {"name": "a", "file": "a.packed", "bytes": 1, "integrity": "sha256-0"}
    listed = {"licences": entry, "core": [], "figures": []}
    (folder / "runtime.json").write_text(json.dumps(listed), encoding="utf-8")
    done = small_book("# A page\n\nWith another paragraph.\n")
    assert done.returncode != 0 and "a.packed is not as assembled" in done.stderr


def test_a_notebook_taken_away_gives_what_is_printed(site: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(site / "downloads" / "backpropagation-notebooks.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "backpropagation"
    (wheel,) = folder.glob("*.whl")
    assert {path.stem for path in folder.glob("*.ipynb")} == set(NOTEBOOKS)
    notebook = nbformat.read(folder / f"{PAGE}.ipynb", as_version=4)
    install, *others = notebook.cells[0].source.splitlines()[1:]
    assert install == f'%pip install --quiet "./{wheel.name}[proofread]" matplotlib'
    # What pip would do: unpack the wheel where Python looks first.
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    notebook.cells[0].source = "\n".join([*others, "assert 'installed' in bp.__path__[0]"])
    stored = [cell.get("outputs") for cell in notebook.cells[1:]]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    client = NotebookClient(
        notebook, coalesce_streams=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=environment)
    for before, cell in zip(stored, notebook.cells[1:], strict=True):
        for old, new in zip(before or [], cell.get("outputs", []), strict=True):
            assert old.get("text") == new.get("text")
            for mime in ("text/plain", "text/markdown"):
                assert old.get("data", {}).get(mime) == new.get("data", {}).get(mime)
