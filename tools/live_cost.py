"""Measure what a live page costs a reader: `python tools/live_cost.py`, after a build.

It serves the built site and clicks. Times depend on the machine and on what else it does.
`--answers` measures the exercises instead: how many take an answer, what is said of how many wrong
ones, how long a verdict takes, and a drill, and how large the scripts are.
"""

import argparse
import gzip
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from lxml import html
from playwright.sync_api import Browser, Page

import browser
from serving import served

ROOT = Path(__file__).parent.parent
SLOW = 300_000
SAID = "place => document.querySelectorAll('.cell > .live .verdict')[place]?.textContent"
DONE = f"place => /^(same|differs|Python is not)/.test(({SAID})(place))"


def click(page: Page, place: int) -> float:
    """Run a cell, and return the seconds from the click to its verdict."""
    cell = page.locator(".cell:has(> .live)").nth(place)
    page.evaluate("for (const one of document.querySelectorAll('.verdict')) one.textContent = ''")
    begun = time.perf_counter()
    cell.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_function(DONE, arg=place, timeout=SLOW)
    seconds = time.perf_counter() - begun
    said = page.evaluate(SAID, place)
    if not said.startswith("same"):
        raise SystemExit(f"cell {place} is not as printed, so its time says nothing: {said}")
    return seconds


def visits(chromium: Browser, address: str) -> None:
    """Print the times of two visits, and the bytes of the first."""
    context = chromium.new_context()
    page = context.new_page()
    asked: dict[str, int] = {}

    def count(response: object) -> None:
        url = response.url  # type: ignore[attr-defined]
        if "/_static/live/" in url:
            asked[url] = int(response.headers.get("content-length", 0))  # type: ignore[attr-defined]

    page.on("response", count)
    page.goto(address)
    drawn = page.locator(".cell:has(> .live)").evaluate_all(
        "cells => cells.findIndex(cell => cell.querySelector(':scope > .cell_output svg'))"
    )
    print(f"asked for before a click: {len(asked)} files")
    print(f"from the click to the first output, first visit: {click(page, 0):.1f} s")
    print(f"bytes without figures: {sum(asked.values()) / 1e6:.2f} MB")
    again = [click(page, 0) for _ in range(5)]
    print(f"the same cell once more: {sorted(again)[2] * 1000:.0f} ms with its own work")
    print(f"the first cell that draws: {click(page, drawn):.1f} s")
    print(f"bytes with figures: {sum(asked.values()) / 1e6:.2f} MB")
    page.goto(address)
    print(f"from the click to the first output, later visit: {click(page, 0):.1f} s")
    context.close()


def forms(site: Path) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """Yield the page and the label of each exercise, with its key if it takes an answer."""
    for page in sorted(site.glob("*.html")):
        tree = html.fromstring(page.read_text(encoding="utf-8"))
        for box in tree.xpath("//main//div[starts-with(@id, 'ex-')]"):
            keys = box.xpath(".//form[@data-key]/@data-key")
            yield page.name, box.get("id"), json.loads(keys[0][::-1]) if keys else None


def exercises(site: Path) -> None:
    """Print how many exercises take an answer, and of how many wrong ones something is said."""
    found = list(forms(site))
    keyed = [key for _, _, key in found if key]
    share = len(keyed) / len(found)
    print(f"exercises that take an answer: {len(keyed)} of {len(found)}, {share:.1%}")
    parts = [part for key in keyed for part in key["parts"]]
    for kind in ("number", "formula", "code", "choice"):
        counts = [len(part["slips"]) for part in parts if part["kind"] == kind]
        if kind == "choice":
            counts = [len(part["right"]) - 1 for part in parts if part["kind"] == kind]
        print(f"{kind}: {len(counts)} fields, at least {min(counts)} wrong answers with a message")


def verdicts(chromium: Browser, address: str, site: Path, kind: str, count: int = 9) -> None:
    """Print how long the verdict on a right and a wrong answer of one kind takes, and the first."""
    page_name, label, part = next(
        (page, label, key["parts"][0])
        for page, label, key in forms(site)
        if key and len(key["parts"]) == 1 and key["parts"][0]["kind"] == kind
    )
    page = chromium.new_page()
    page.goto(f"{address}{page_name}")
    form = page.locator(f"#{label} form")
    status = form.locator("[role=status]")
    times = []
    for turn in range(count + 1):
        form.get_by_label("Your answer").fill(part["slips"][turn % len(part["slips"])][0])
        status.evaluate("place => { place.textContent = ''; }")
        begun = time.perf_counter()
        form.evaluate("form => form.requestSubmit()")
        said = "place => /^(Right|Wrong|Not yet)/.test(place.textContent)"
        page.wait_for_function(said, arg=status.element_handle(), timeout=SLOW)
        times.append(time.perf_counter() - begun)
        if not status.inner_text().startswith("Wrong"):
            raise SystemExit(f"{label} does not know its slip: {status.inner_text()}")
    print(f"{kind}, first verdict with Python's start: {times[0]:.1f} s")
    print(f"{kind}, later verdicts: {1000 * median(times[1:]):.0f} ms, median of {count}")
    page.close()


def drills(chromium: Browser, address: str) -> None:
    """Print how long a drill takes to appear."""
    page = chromium.new_page()
    page.goto(f"{address}drills.html")
    times = page.evaluate("""() => Array.from({ length: 21 }, () => {
        const begun = performance.now();
        document.querySelector(".drills .next").click();
        return performance.now() - begun;
    })""")
    print(f"a drill: {median(times):.1f} ms, median of {len(times)}")
    page.close()


def answers(site: Path) -> None:
    """Print what the answers of a site come to, and what they cost."""
    exercises(site)
    answering = "answers/answers answers/speak"
    drilling = "explore/net answers/answers answers/drills"
    for name, scripts in (("a page with exercises", answering), ("the drills", drilling)):
        code = [(site / "_static" / f"{script}.js").read_bytes() for script in scripts.split()]
        size = sum(len(gzip.compress(one, 9)) for one in code)
        print(f"scripts of {name}: {size / 1024:.1f} KiB gzipped")
    with served(site) as address, browser.started() as chromium:
        drills(chromium, address)
        for kind in ("formula", "code"):
            verdicts(chromium, address, site, kind)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 0, or 1 if there is no live site."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--page", default="output-layer")
    parser.add_argument("--answers", action="store_true", help="measure the exercises instead")
    options = parser.parse_args(arguments)
    if not (options.site / "_static" / "live" / "live.json").is_file():
        print(f"no live pages in {options.site}: assemble the runtime and build", file=sys.stderr)
        return 1
    if options.answers:
        answers(options.site)
        return 0
    script = (options.site / "_static" / "book.js").read_text(encoding="utf-8")
    part = re.search(r"\n// A cell runs where it stands.*?\n}\n", script, re.DOTALL)
    print(f"script of each page for it: {len(part[0].encode()) if part else 0} bytes")
    with served(options.site) as address, browser.started() as chromium:
        visits(chromium, f"{address}{options.page}.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
