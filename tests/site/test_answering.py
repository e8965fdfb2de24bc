"""Answers to exercises and drills, as a reader gives them in a browser."""

import json
import re
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from contents import ROOT
from opening import NARROW, SLOW, STILL, opened
from playwright.sync_api import Browser, Locator

from _site.answers.keys import keys

KEYS = keys(ROOT / "book" / "answers")


def check(box: Locator, *given: str) -> str:
    """Type answers, press Check, and return what is said."""
    for count, text in enumerate(given, 1):
        name = "Your answer" if len(given) == 1 else f"Your answer {count}"
        box.get_by_label(name, exact=True).fill(text)
    box.get_by_role("button", name="Check").click()
    return box.get_by_role("status").inner_text()


def test_an_exercise_answers_marks_what_is_done_and_forgets(browser: Browser, site: Path) -> None:
    with opened(browser, (site / "output-layer.html").as_uri(), **STILL) as page:
        box = page.locator("#ex-fastest")
        # Only what is there before it says anything is announced.
        assert box.get_by_role("status").count() == 1
        assert check(box, "0.5", "4/27").startswith("Wrong (1 of 2 are right): 1: There the slope")
        assert box.get_by_label("Your answer 1").get_attribute("aria-invalid") == "true"
        assert check(box, "", "0.148").startswith("Not yet")
        assert re.fullmatch(r"Wrong: 1: There .+\n2: That is .+", check(box, "0.5", "2/3"))
        assert page.locator(".done").count() == 0
        assert check(box, "2/3", "0.148") == "Right."
        assert box.get_by_label("Your answer 1").get_attribute("aria-invalid") is None
        assert page.get_by_label("1 exercise done").count() == 1
        box.get_by_role("button", name="Hint").click()
        assert box.get_by_role("status").inner_text() == "Hint 1 of 2."
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        assert box.get_by_role("status").inner_text() == "Hint 2 of 2."
        assert page.evaluate("document.activeElement.textContent") == "Hint"
        assert box.locator(".hints li").first.inner_text().startswith("With the target 0")
        signs = page.locator("#ex-output-signs")
        signs.get_by_label("the first column of").check()
        signs.get_by_role("button", name="Check").click()
        assert signs.get_by_role("status").inner_text().startswith("Wrong: Its gradients")

        page.goto((site / "exercises.html").as_uri())
        status = page.locator(".progress [role=status]")
        assert status.inner_text() == "1 exercise is marked as done on this device."
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save as a file").click()
        file = saved.value.path()
        assert json.loads(file.read_text()) == {"output-layer.html#ex-fastest": True}
        page.get_by_role("button", name="Forget").click()
        assert status.inner_text().startswith("Forgotten. 0 exercises")
        assert page.locator("#menu .done").count() == 0
        page.locator("[type=file]").set_input_files(file)
        page.get_by_label("1 exercise done").wait_for()
        for wrong in (b"no JSON", b'{"x": 1}', b"[]", b"null"):
            page.locator("[type=file]").set_input_files(
                {"name": "x.json", "mimeType": "application/json", "buffer": wrong}
            )
            status.and_(page.get_by_text("This file was not saved here")).wait_for()
        page.goto((site / "output-layer.html").as_uri())
        assert page.locator("#ex-fastest").get_by_label("done", exact=True).count() == 1


def test_numbers_are_listed_with_their_digits(trees: dict[str, Any]) -> None:
    listed = trees["exercises.html"].find(".//main").text_content()
    assert not re.search(r"\de[-+−]?\d", listed)
    # Of 12.01 three digits are asked for, and 12 would be too few.
    assert "✓ 12.0\n" in listed and "✓ 1\n" in listed


def test_a_slip_that_is_named_leads_to_where_it_is_measured(
    browser: Browser, site: Path, trees: dict[str, Any]
) -> None:
    linked: dict[str, set[str]] = {}
    for key in KEYS.values():
        for part in key.parts:
            linked.setdefault(part.kind, set()).update(part.more.get("links", {}).values())
    assert linked["code"] and linked["formula"] and linked["number"]
    rows = {row.get("id") for row in trees["mistakes.html"].xpath("//main//tr")}
    assert set().union(*linked.values()) <= rows
    with opened(browser, (site / "output-layer.html").as_uri(), NARROW, **STILL) as page:
        box = page.locator("#ex-by-hand-output")
        numbers = [part.right for part in KEYS["ex-by-hand-output"].parts]
        numbers[1] = numbers[0] - 1
        said = check(box, *(f"{number:.4g}" for number in numbers))
        assert said.endswith("sigmoid, y(1 − y), is missing. What this slip does"), said
        box.get_by_role("link", name="What this slip does").click()
        shown = page.locator(":target")
        assert shown.inner_text().startswith("slope missing")
        assert page.url.endswith("mistakes.html#mistake-delta-output-slope-missing")


def test_a_formula_is_drawn_as_it_is_typed_and_judged_by_python_alone(
    browser: Browser, site: Path
) -> None:
    with opened(browser, (site / "useful-formulas.html").as_uri(), **STILL) as page:
        box = page.locator("#ex-tanh")
        box.get_by_role("button", name="tanh").click()
        assert box.get_by_label("Your answer").input_value() == "tanh(a)"
        page.keyboard.type("/2")
        box.locator(".reading .katex .mfrac").wait_for()
        said = check(box, "1-tanh^2(a)")
        assert said.startswith("Not yet: Python in the page judges this answer")
        assert check(box, "1-(").startswith("Not yet: this cannot be read: the formula breaks off")


def test_without_scripts_there_is_no_form_and_no_key_can_be_read(
    browser: Browser, site: Path
) -> None:
    address = (site / "output-layer.html").as_uri()
    with opened(browser, address, java_script_enabled=False) as page:
        assert page.locator(".answer:visible").count() == 0
    text = (site / "output-layer.html").read_text(encoding="utf-8")
    assert "There the slope of the sigmoid is largest. The error grows further" not in text


def test_a_drill_is_there_at_once_named_by_its_address_and_printed(
    browser: Browser, site: Path
) -> None:
    address = (site / "drills.html").as_uri()
    with opened(browser, f"{address}#kind=rows&seed=17", NARROW, **STILL) as page:
        place = page.locator(".drills")
        given = place.locator("li").all_inner_texts()
        assert place.get_by_label("Your answer 3").count() == 1
        place.get_by_role("button", name="Next drill").click()
        assert page.url.endswith("#kind=rows&seed=18")
        assert place.locator("li").all_inner_texts() != given
        page.evaluate("location.hash = '#kind=rows&seed=17'")
        page.wait_for_function("document.querySelector('.drills [type=number]').value === '17'")
        assert place.locator("li").all_inner_texts() == given
        assert check(place, "9", "9", "9").startswith("Wrong")
        step = place.get_by_role("button", name="Show a step")
        step.click()
        assert place.locator(".way li").inner_text().startswith("first weight: ")
        assert place.get_by_role("status").inner_text() == "Step 1 of 3."
        for _ in range(3):
            page.keyboard.press("Enter")
        assert place.get_by_role("status").inner_text() == "Step 3 of 3."
        assert page.evaluate("document.activeElement.textContent") == "Show a step"
        # However busy the machine is, one of these is not disturbed.
        took = page.evaluate("""() => Math.min(...Array.from({ length: 9 }, () => {
            const button = document.querySelector(".drills .next");
            const begun = performance.now();
            button.click();
            return performance.now() - begun;
        }))""")
        print(f"a drill: {took:.1f} ms")
        assert took < 50
        page.evaluate("window.print = () => { window.printed = true; }")
        place.get_by_role("button", name="Ten on paper").click()
        assert page.evaluate("window.printed")
        page.emulate_media(media="print")
        assert page.locator(".sheet h3:visible").count() == 20
    with opened(browser, f"{address}#kind=toString&seed=x") as page:
        assert page.locator(".drills .answer li").count() > 0


def test_solutions_can_be_left_out(small_book: Any, tmp_path: Path) -> None:
    exercise = "```{exercise} One\n:label: ex-one\n\nAsk.\n```\n"
    solution = "```{solution} ex-one\n:class: dropdown\n\nThe secret.\n```\n"
    text = f"# A page\n\nWith a paragraph.\n\n{exercise}\n{solution}"

    def without(config: dict[str, Any]) -> None:
        config["sphinx"]["config"]["exercise_solutions"] = False

    page = tmp_path / "_build" / "html" / "index.html"
    assert small_book(text).returncode == 0
    assert "The secret." in page.read_text(encoding="utf-8")
    assert small_book(text, without).returncode == 0
    assert "The secret." not in page.read_text(encoding="utf-8")
    assert "Ask." in page.read_text(encoding="utf-8")


def test_a_key_that_cannot_be_used_fails_the_build(small_book: Any, tmp_path: Path) -> None:
    folder = tmp_path / "book" / "answers"
    folder.mkdir(parents=True)
    (folder / "zz.yml").write_text("ex-a: {ask: [{say: x}]}", encoding="utf-8")
    result = small_book("# A page\n\nWith a paragraph.\n")
    assert result.returncode != 0
    assert "zz.yml, ex-a, part 1" in result.stderr


def said(box: Locator) -> str:
    """Wait for a verdict and return it."""
    status = box.get_by_role("status")
    status.and_(box.page.get_by_text(re.compile("^(Right|Wrong|Not yet)"))).wait_for(timeout=SLOW)
    return status.inner_text()


@pytest.mark.live
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("runtime")
def test_formulas_and_functions_are_judged_in_the_page(browser: Browser, below: str) -> None:
    with opened(browser, f"{below}useful-formulas.html") as page:
        page.set_default_timeout(SLOW)
        box = page.locator("#ex-tanh")
        check(box, "1-tanh(a)")
        assert said(box) == "Wrong: The hyperbolic tangent is squared."
        for typed, verdict in (
            ("1-tanh^2(a)", "Right: both sides agree on 100 random networks."),
            ("1+tanh(a)^2", "Wrong: The sign before the square is a minus."),
            ("4sigma(2a)(1-sigma(2a))", "Not yet: it is true. Now write it with the hyperbolic"),
            ("3-tanh(a)", "Wrong: on a random network, with a = "),
            # Its mend is the first that is tried, however busy the machine is.
            ("-(1-tanh^2(a))", "Wrong: on a random network, with a = "),
        ):
            begun = perf_counter()
            page.evaluate("document.querySelector('#ex-tanh [role=status]').textContent = ''")
            check(box, typed)
            assert said(box).startswith(verdict)
            print(f"{typed}: {1000 * (perf_counter() - begun):.0f} ms")
        box.get_by_text("It would hold with another sign before (1-tanh^2(a)).").wait_for()
    with opened(browser, f"{below}hidden-layer.html") as page:
        page.set_default_timeout(SLOW)
        box = page.locator("#ex-write-delta-hidden")
        begin = "def delta_hidden(delta, u, h):\n    "
        for body, verdict in (
            ("return delta @ u.T", "Wrong: The slope of the sigmoid, h · (1 − h), is missing."),
            ("return delta @ u.T * h * (1 - h)", "Right: it agrees with complex steps"),
            ("while True: pass", "Not yet: it took more than 20 s"),
            ("return delta @ u.T * h * (1 - h)", "Right: it agrees with complex steps"),
        ):
            page.evaluate(
                "document.querySelector('#ex-write-delta-hidden [role=status]').textContent = ''"
            )
            check(box, begin + body)
            assert said(box).startswith(verdict)
            assert box.get_by_role("link", name="What this slip does").count() == (
                verdict.startswith("Wrong")
            )
