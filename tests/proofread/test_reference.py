"""The reference of the dialect says what is so."""

import re
from pathlib import Path

import pytest

from proofread.text import read_text

PAGE = Path(__file__).parents[2] / "book" / "dialect.md"
TABLES = r"""
| Layer | Units |
|-|-|
| units | 3 |
| steps | 0 to 3 |

| Symbol | Over | Value |
|-|-|-|
| $r$ | | any number |
| $s$ | | any number |
| $c$ | | positive |
| $x_i$ | units | any number |
| $v_i$ | units | any number |
| $A_{ij}$ | units × units | any number |
| $f(r)$ | | defined |
| $g(r)$ | | any function |
| $I$ | units × units | Kronecker delta |
| $h_0$ | | any number |
| $h_t$ | steps t, t ≥ 1 | $r h_{t-1}$ |

$$ f(r) = r^3 $$ (def-f)

"""
ACCEPTED, BELOW = PAGE.read_text(encoding="utf-8").split("\nThese are refused")
MEANINGS = [re.findall(r"`([^`]+)`", line) for line in ACCEPTED.splitlines() if line[:3] == "| `"]
REFUSED = [
    r"\int_0^1 r", r"\lim r", r"\mathbb{E}[r]", "y(r)", "f r", "r / s r", r"r \approx s",
    r"\mathbf{x} \mathbf{v}",
    r"\frac13 r = 0.3333333333333 r", r"\mathbf{x} \ast \mathbf{v}",
    r"\frac{\partial^2 f(r)}{\partial r^2}",
]  # fmt: skip


def verdict(latex):
    text = read_text(f"{TABLES}$$ {latex} $$ (eq-row)\n", Path("row.md"), "row.md")
    assert not text.problems
    return text.verdict(text.find("eq-row"), 100)


@pytest.mark.parametrize(("written", "means", "not_"), MEANINGS, ids=lambda one: one)
def test_a_row_means_what_it_says_and_not_the_other(written, means, not_):
    holds = verdict(f"{written} = {means}")
    assert holds.in_order, holds.report()
    fails = verdict(f"{written} = {not_}")
    assert not fails.in_order and fails.counterexample, fails.report()


@pytest.mark.parametrize("latex", REFUSED)
def test_what_is_refused_is_refused_by_name(latex):
    assert f"| `{latex}`" in BELOW
    found = verdict(f"{latex} = r")
    assert not found.in_order and not found.counterexample and not found.crashed


def test_the_page_has_rows():
    assert len(MEANINGS) > 40
