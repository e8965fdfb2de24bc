"""Measure what a live page costs a reader: `python tools/live_cost.py`, after a build.

It serves the built site and clicks. Times depend on the machine and on what else it does.
"""

import argparse
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 0, or 1 if there is no live site."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--page", default="output-layer")
    options = parser.parse_args(arguments)
    if not (options.site / "_static" / "live" / "live.json").is_file():
        print(f"no live pages in {options.site}: assemble the runtime and build", file=sys.stderr)
        return 1
    script = (options.site / "_static" / "book.js").read_text(encoding="utf-8")
    part = re.search(r"\n// A cell runs where it stands.*?\n}\n", script, re.DOTALL)
    print(f"script of each page for it: {len(part[0].encode()) if part else 0} bytes")
    with served(options.site) as address, browser.started() as chromium:
        visits(chromium, f"{address}{options.page}.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
