"""The small pieces in the chapters: their numbers, and what a reader does with them."""

import json

import pytest
from contents import ROOT
from opening import NARROW, WIDE, opened
from playwright.sync_api import Browser
from py_mini_racer import MiniRacer

from _site import pieces
from bp.drawing import number

STATIC = ROOT / "book" / "_static" / "explore"
PAGES = {"dial": "motivation", "saturated": "output-layer", "paths": "hidden-layer"}


@pytest.mark.parametrize("kind", pieces.SLIDING)
def test_every_number_is_that_of_bp(kind: str) -> None:
    piece = pieces.SLIDING[kind]
    at = [piece.least + (piece.most - piece.least) * k / 40 for k in range(41)]
    engine = MiniRacer()
    for name in ("net.js", "pieces.js"):
        engine.eval((STATIC / name).read_text(encoding="utf-8"))
    found = json.loads(str(engine.eval(f"JSON.stringify({at}.map(pieces.{kind}))")))
    engine.close()
    for value, got in zip(at, found, strict=True):
        assert got == pytest.approx(piece.numbers(value), rel=1e-12, abs=1e-15)


def test_a_slider_moves_dots_and_numbers_and_says_so(browser: Browser, server: str) -> None:
    for kind, piece in pieces.SLIDING.items():
        with opened(browser, f"{server}{PAGES[kind]}.html", NARROW) as page:
            shown = page.locator(f"[data-piece={kind}]")
            slider = shown.get_by_role("slider")
            values = shown.locator("[data-value]")
            # What the script writes at first is what stood there.
            assert values.all_text_contents() == list(piece.shown.values())
            before = [dot.get_attribute("cy") for dot in shown.locator("circle").all()]
            slider.focus()
            for _ in range(3):
                page.keyboard.press("ArrowRight")
            numbers = piece.numbers(piece.start + 0.3)
            wanted = [number(numbers[name], pieces.DIGITS[name]) for name in numbers]
            assert values.all_text_contents() == wanted
            said = slider.get_attribute("aria-valuetext") or ""
            assert all(number in said for number in wanted)
            after = [float(dot.get_attribute("cy") or "") for dot in shown.locator("circle").all()]
            for (name, zero, one), old, new in zip(piece.heights, before, after, strict=True):
                assert new != pytest.approx(float(old or ""), abs=0.05)
                assert new == pytest.approx(zero + (one - zero) * numbers[name], abs=1)
            box = shown.bounding_box()
            assert box and box["height"] < 900 and box["x"] + box["width"] <= NARROW


def test_a_path_is_chosen_and_all_is_there_without_a_script(browser: Browser, server: str) -> None:
    colour = "way => getComputedStyle(way).stroke"
    with opened(browser, server + "hidden-layer.html", WIDE, java_script_enabled=False) as page:
        shown = page.locator("[data-piece=paths]")
        first, second = shown.locator(".way path:first-child").all()
        assert first.evaluate(colour) == second.evaluate(colour)
        shown.get_by_label("through output 1: 0.1113 · (−0.7) = −0.0779").check()
        assert first.evaluate(colour) != second.evaluate(colour)
        shown.get_by_label("along both").check()
        assert first.evaluate(colour) == second.evaluate(colour)
        assert shown.locator("b").all_text_contents() == ["−0.0779", "−0.0737", "−0.1516"]
    with opened(browser, server + "motivation.html", WIDE, java_script_enabled=False) as page:
        shown = page.locator("[data-piece=dial]")
        assert shown.get_by_role("slider").count() == 0
        assert "At p = 5.0 the loss is 4.500" in shown.inner_text()
