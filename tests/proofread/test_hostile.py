# ruff: noqa: E501 (a formula stands on one line)
"""Files that nobody should write: a clear error each, in bounded time, never a pass."""

import re
import time
import tracemalloc

import pytest

from proofread.command import main

TABLES = """\
| Layer | Units |
|-|-|
| units | 2 |

| Symbol | Over | Value | Meaning |
|-|-|-|-|
| $x_i$ | units | any number | |
| $y_i$ | units | defined | |
| $z_i$ | units | defined | |
| $f(s)$ | | defined | |
| $s$ | | any number | |

"""
ROW = "| $q_i$ | units | any number | |\n"


def display(latex: str, label: str = "eq-one") -> str:
    return f"$$\n{latex}\n$$ ({label})\n\n"


def row(symbol: str, over: str, value: str) -> str:
    head = "| Layer | Units |\n|-|-|\n| layer 0 | 2 |\n| layer 1 | 3 |\n| units | 2 |\n| steps | 0 to 4 |\n\n"
    return f"{head}| Symbol | Over | Value |\n|-|-|-|\n| $s$ | | any number |\n| {symbol} | {over} | {value} |\n"


CASES = {
    "unclosed": (TABLES + "$$ x_i = x_i\n\n", "never closed"),
    "unclosed brace": (TABLES + display("x_{i = 2"), "never closed"),
    "stray brace": (TABLES + display("x_i} = 2"), "closes nothing"),
    "deep braces": (TABLES + display("{" * 3000 + "x_i" + "}" * 3000), "nested"),
    "deeper braces": (TABLES + display("{" * 10_000 + "x_i" + "}" * 10_000), "characters"),
    "deep brackets": (TABLES + display("(" * 3000 + "x_i" + ")" * 3000 + " = x_i"), "nested"),
    "deep fractions": (TABLES + display(r"\frac{1}{" * 100 + "x_i" + "}" * 100), "nested"),
    "deep sums": (TABLES + display("x_j = " + r"\sum_i " * 900 + "x_i"), "index letters|nested"),
    "deep functions": (TABLES + display(r"x_i = " + r"\exp \sum_i " * 500 + "x_i"), "letters|nested"),
    "long": (TABLES + display("x_i = " + "+ x_i " * 10_000), "characters"),
    "many terms": (TABLES + display("x_i = x_i" + "+ x_i" * 1500), "not hold|characters"),
    "tower": (TABLES + display("s = " + "2^{" * 30 + "2" + "}" * 30), "exponent|finite|largest"),
    "unknown macro": (TABLES + display(r"\foo x_i = 2"), r"\\foo is outside the dialect"),
    "unknown symbol": (TABLES + display("x_i = w_i"), "unknown symbol w"),
    "unlabelled": (TABLES + "$$ x_i = x_i $$\n", "without a label"),
    "inline display": (TABLES + "Words $$ x_i = x_i $$ words.\n", "without a label"),
    "label of nothing": (TABLES + "[words]{#eq-one}\n", "one formula"),
    "label of two": (TABLES + "[$x_i = 2$ $x_i = 2$]{#eq-one}\n", "one formula"),
    "label beside": (TABLES + "$x_i = 2$ {#eq-one}\n", "one formula"),
    "label on a formula": (TABLES + "$x_i = 2${#wrong-one}\n", "one formula"),
    "label twice, in a line": (TABLES + display("y_i = 2 x_i", "def-y") + "[$y_i = 2 x_i$]{#def-y}\n", "used twice"),
    "environment": (TABLES + "\\begin{align}\nx_i = x_i\n\\end{align}\n", "without a label"),
    "prefix": (TABLES + display("x_i = x_i", "claim-one"), "says none of"),
    "label twice": (TABLES + display("y_i = 2 x_i", "def-y") * 2, "used twice"),
    "no formula": (TABLES + display(r"\quad"), "no formula"),
    "environment open": (TABLES + display(r"\begin{aligned} x_i = 2"), "is never closed"),
    "environment closed": (TABLES + display(r"x_i = 2 \end{aligned}"), "closes nothing"),
    "breaks off": (TABLES + display("x_i = 2 +"), "breaks off here"),
    "shape of a definition": (TABLES + display(r"\mathbf{y} = s", "def-y") + display("y_i = s"), "right side is a single number"),
    "array in a function": (TABLES + display(r"f(s) = \lVert s \mathbf{x} \rVert", "def-f") + display(r"f(\mathbf{x}) = \mathbf{x}"), "does not hold"),
    "full stops": (TABLES + display(". . \\\\ \\\\ x_i = 2"), "fit here"),
    "only text": (TABLES + display(r"\text{words}"), "equality is expected"),
    "circular": (TABLES + display("y_i = z_i", "def-y") + display("z_i = y_i", "def-z"), "circular"),
    "circular function": (TABLES + display("f(s) = f(s) + 1", "def-f") + display("f(s) = 1"), "circular"),
    "defined by itself": (TABLES + display("y_i = y_i + 1", "def-y"), "circular"),
    "defined twice": (TABLES + display("y_i = x_i", "def-a") + display("y_i = 2 x_i", "def-b"), "already"),
    "never defined": (TABLES + display("y_i = x_i"), "no def- display defines it"),
    "drawn and defined": (TABLES + display("x_i = 2", "def-x"), "cannot be defined"),
    "declared twice": (TABLES.replace("| $y_i$", ROW + ROW + "| $y_i$"), r"md:9\b.*declared twice"),
    "layer twice": ("| Layer | Units |\n|-|-|\n| a | 1 |\n| a | 2 |\n", "declared twice"),
    "no units": ("| Layer | Units |\n|-|-|\n| a | many |\n", "whole number"),
    "zero units": ("| Layer | Units |\n|-|-|\n| a | 0 |\n", "whole number"),
    "huge layer": ("| Layer | Units |\n|-|-|\n| a | 999999999 |\n", "whole number"),
    "no Over": ("| Symbol | Value |\n|-|-|\n| $x$ | positive |\n", "no column Over"),
    "no Value": ("| Symbol | Over |\n|-|-|\n| $x$ | |\n", "no column Value"),
    "no Units": ("| Layer | Size |\n|-|-|\n| a | 2 |\n", "no column Units"),
    "two Overs": ("| Symbol | Over | Over | Value |\n|-|-|-|-|\n| $x$ | | | positive |\n", "two columns"),
    "unknown kind": (TABLES + ROW.replace("units", "unit").join(["\n" + TABLES.split("\n\n")[1].split("| $x")[0], ""]), "nearest known one is units"),
    "unknown word": ("| Symbol | Over | Value |\n|-|-|-|\n| $x$ | | anything |\n", "expected one of"),
    "two symbols": ("| Symbol | Over | Value |\n|-|-|-|\n| $x$, $y$ | | positive |\n", "expected one formula"),
    "no symbol": ("| Symbol | Over | Value |\n|-|-|-|\n| x | | positive |\n", "dollar signs"),
    "broken symbol": ("| Symbol | Over | Value |\n|-|-|-|\n| $x_{$ | | positive |\n", "never closed"),
    "no index": (TABLES + display("x = 2"), "without its indices"),
    "index too many": (TABLES + display("x_{ij} = 2"), "1 indices, not 2"),
    "index outside": (TABLES + display("x_3 = 2"), "outside 1 to 2"),
    "vacuous, identical": (TABLES + display("(x_i) = x_i"), "identical"),
    "vacuous, zero": (TABLES + display("x_i - x_i = 0"), "always 0"),
    "vacuous, derivative": (TABLES + display(r"\frac{\partial x_i}{\partial s} = 0"), "0 by construction"),
    "no equality": (TABLES + display("x_i"), "expression alone"),
    "equality shown": (TABLES + display("x_i = 1", "show-x"), "claims nothing"),
    "true and refuted": (TABLES + display("x_i + x_i = 2 x_i", "wrong-x"), "says that it is wrong"),
    "division by zero": (TABLES + display(r"x_i = \frac{1}{0}"), "division by zero"),
    "not finite": (TABLES + display(r"\ln x_i = \ln (x_i + 1)"), "not finite"),
    "inequality": (TABLES + display(r"x_i \le 2"), "inequalities are outside"),
    "integral": (TABLES + display(r"\int x_i = 2"), "integrals are outside"),
    "second derivative": (TABLES + display(r"\frac{\partial}{\partial s}(\frac{\partial s}{\partial s}) = 0"), "second derivatives"),
    "long product": (TABLES + display(r"s = \sum_{a,b,c,d,e,f,g,h} x_a x_b x_c x_d x_e x_f x_g x_h"), "not hold|too many"),
    "no such layer": ("| Layer | Units |\n|-|-|\n| layer 1 | 2 |\n\n| Symbol | Over | Value |\n|-|-|-|\n| $h^{(l)}_j$ | layer l, l ≥ 2 | any number |\n", "exists in no layer"),
    "layer without a name": ("| Layer | Units |\n|-|-|\n| | 2 |\n", "without a name"),
    "65 units": ("| Layer | Units |\n|-|-|\n| a | 65 |\n", "from 1 to 64"),
    "steps down": ("| Layer | Units |\n|-|-|\n| a | 4 to 2 |\n", "steps such as 0 to 4"),
    "65 steps": ("| Layer | Units |\n|-|-|\n| a | 0 to 64 |\n", "from 1 to 64"),
    "power in a symbol": (row("$x^{a^b}_i$", "units", "positive"), "is no symbol"),
    "two subscripts": (row("$x_i_j$", "units × units", "positive"), "is no symbol"),
    "two superscripts": (row("$x^{(n)}^{(m)}$", "units × units", "positive"), "is no symbol"),
    "number of layers": ("| Layer | Number |\n|-|-|\n| a | 2 |\n", "no column Units"),
    "sum as a symbol": (row("$x + y$", "", "positive"), "is no symbol"),
    "steps without a letter": (row("$x_t$", "steps", "positive"), "“steps” without a letter; expected “steps t”"),
    "condition that is no bound": (row("$x^{(l)}_i$", "layer l, many", "positive"), "expected a bound such as"),
    "layer without a letter": (row("$x_i$", "layer l", "positive"), "no superscript of x_i"),
    "layer of another letter": (row("$x^{(n)}_i$", "layer l", "positive"), "layer l, which is no superscript"),
    "two layer letters": (row("$x^{(l)}_i$", "layer l × layer m", "positive"), "names the layer lm"),
    "strange superscript": (row("$x^{(2n)}_i$", "units", "positive"), r"expected \(l\), \(n\) or a number"),
    "sample over one kind": (row("$x^{(n)}_i$", "units", "positive"), "has 2 indices, Over names 1"),
    "Kronecker of one index": (row(r"$\delta_i$", "units", "Kronecker delta"), "two indices of one kind"),
    "Kronecker of two kinds": (row(r"$\delta_{ij}$", "units × layer 1", "Kronecker delta"), "two indices of one kind"),
    "one-hot number": (row("$t$", "", "one-hot"), "“one-hot” over nothing"),
    "probability of nothing": (row("$t$", "", "probability vector"), "“probability vector” over nothing"),
    "positive function": (row("$f(s)$", "", "positive"), "must be “defined”"),
    "function of nothing": (row("$f$", "", "any function"), "a function of nothing"),
    "two values": (row("$x$", "", "$s, 2s$"), "holds 2 formulas"),
    "misspelt value": (row("$x$", "", "any numbr"), "nearest known one is any number"),
    "layer beyond": (row("$x^{(l)}_i$", "layer l+1, l ≥ 1", "positive"), "exists in no layer"),
    "layer bounded": (row("$x^{(l)}_i$", "layer l, l ≤ 0", "positive") + "\n" + display("x^{(1)}_i + x^{(1)}_i = 2 x^{(1)}_i"), "no layer in which"),
    "zero byte": ("x\0y", "zero byte"),
    "binary": (bytes(range(256)) * 40, "no UTF-8"),
    "huge": (b"x" * 5_000_001, "larger than 5 MB"),
}  # fmt: skip


@pytest.mark.parametrize("content", ["", "\n \n", "# A heading\n\nSome words.\n"])
def test_a_file_without_a_display_is_told_so(content, tmp_path, capsys):
    (tmp_path / "words.md").write_text(content)
    assert main([str(tmp_path / "words.md")]) == 0
    assert "words.md: no display to check\n0 displays" in capsys.readouterr().out


@pytest.mark.parametrize("name", CASES)
def test_a_clear_error(name, write):
    content, expected = CASES[name]
    started = time.process_time()
    text = write(content)
    found = [v for v in [*text.problems, *text.verdicts(20)] if not v.in_order]
    assert time.process_time() - started < 5
    reports = "\n".join(v.report() for v in found)
    assert found, "it passed"
    assert re.search(expected, reports), reports


@pytest.mark.parametrize("content", ["", "[]", "{}", "{", '{"cells": 3}', '{"cells": []}', '{"cells": [{}]}',
                                     '{"cells": [{"source": 1, "cell_type": "markdown"}]}', "[" * 100_000])  # fmt: skip
def test_a_broken_notebook(content, write):
    text = write(content, "chapter.ipynb")
    assert not text.entries
    assert content == '{"cells": []}' or "notebook" in text.problems[0].report()


WIDE = (
    "| Layer | Units |\n|-|-|\n| a | 64 |\n\n| Symbol | Over | Value |\n|-|-|-|\n"
    "| $A_{ij}$ | a × a | any number |\n| $x_i$ | a | any number |\n"
    "| $T_{ijk}$ | a × a × a | any number |\n"
    "| $E$ | | $\\sum_i \\sum_j A_{ij}^2$ |\n| $L$ | | $\\sum_i x_i^2$ |\n\n"
)


@pytest.mark.parametrize("latex", [
    "T_{ijk} = 1", r"\frac{\partial E}{\partial A_{ij}} = 2 A_{ij}", "A_{ij} + A_{kl} = A_{kl} + A_{ij}",
    r"A_{ij} A_{kl} = 1", r"\frac{A_{ij}}{1 + A_{kl}^2} = 1", r"\mathbf{A} \mathbf{A} x_i x_j = 1",
    r"\begin{pmatrix} A_{ij} & A_{ik} \\ x_i x_k & x_j \end{pmatrix} = 1", r"\frac{\partial x_i x_j x_k}{\partial x_l} = 1",
    r"\sum_{j \neq i} A_{jk} = \sum_{j \neq i} A_{kj}",
])  # fmt: skip
def test_nothing_is_allocated_that_is_too_large(write, latex):
    tracemalloc.start()
    (verdict,) = write(WIDE + display(latex)).verdicts(100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not verdict.in_order and "too many index values" in verdict.message, verdict.report()
    assert peak < 200_000_000
