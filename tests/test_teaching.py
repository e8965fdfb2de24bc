"""The page for those who teach: its numbers are true, its plans whole, its chapters all there."""

import re
from pathlib import Path

import numpy as np
import pytest

from _site import board
from bp import equations, two_layer
from bp.gradient_check import central_difference
from proofread.contents import chapters_of

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
CHAPTERS = [
    name.removeprefix("book/")
    for name in chapters_of(ROOT / "_toc.yml")
    if (ROOT / f"{name}.ipynb").is_file() and name != "book/checking"
]


def section(heading: str) -> str:
    return re.search(rf"^## {heading}[^\n]*\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]


def numbers(latex: str) -> np.ndarray:
    inside = re.search(r"pmatrix} (.*) \\end", latex)[1]
    return np.array([[float(n) for n in row.split("&")] for row in inside.split(r"\\")])


def test_the_board_has_the_gradient_that_differences_find():
    params, x, t = two_layer.worked_example()
    lines = list(board.rows())
    found = [numbers(latex) for what, latex, _ in lines if what == "gradient"]

    def loss(moved):
        return equations.loss(two_layer.forward(moved, x).y, t)

    checked = central_difference(loss, params, eps=1e-5)
    for got, want in zip(found, (checked.u, checked.w), strict=True):
        np.testing.assert_allclose(got, want, atol=0.51e-4)
    before, after = (float(latex.split("=")[1]) for _, latex, _ in lines if latex[0] == "L")
    moved = two_layer.Params(*(p - board.ETA * g for p, g in zip(params, checked, strict=True)))
    assert before == pytest.approx(loss(params), abs=0.51e-4)
    assert after == pytest.approx(loss(moved), abs=0.51e-4)


def test_the_minutes_of_each_plan_add_up():
    spent: list[int] = []
    for session, minutes in re.findall(r"^\| (\d*) *\| (\d+) \|", section("Three"), re.MULTILINE):
        spent += [0] * bool(session)
        spent[-1] += int(minutes)
    assert spent == [90] * 3
    board_work = re.findall(r"^\| \d \|([^|]*)\| (\d+) \|", section("Six"), re.MULTILINE)
    assert len(board_work) == 6
    for what, minutes in board_work:
        parts = re.findall(r" (\d+)(?=,| *$)", what)
        assert sum(map(int, parts)) == int(minutes) == 50, what


@pytest.mark.parametrize("heading", ["What each chapter", "Twelve"])
def test_every_chapter_is_in_the_table_and_in_the_longest_plan(heading: str):
    named = re.findall(r"{doc}`([\w-]+)`", section(heading))
    assert [name for name in dict.fromkeys(named) if name in CHAPTERS] == CHAPTERS
