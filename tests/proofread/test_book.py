# ruff: noqa: E501 (a formula stands on one line)
"""A small book: its configuration, check() in a cell, the pins, and the command line."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from proofread import NoBook, NotInOrder, check
from proofread.command import main
from proofread.project import read_book, settings_here
from proofread.report import line_of

SYMBOLS = """\
# Symbols

| Layer | Units |
|-|-|
| inputs | 2 |
| outputs | 3 |

| Symbol | Code | Over | Value | Meaning | Shape |
|-|-|-|-|-|-|
| $x_i$ | `x` | inputs | any number | input | (1, 2) |
| $w_{ij}$ | `w` | inputs × outputs | any number | weight | (2, 3) |
| $b_j$ | `b` | outputs | any number | bias | (1, 3) |
| $a_j$ | `a` | outputs | defined | sum | (1, 3) |
| $h_j$ | `h` | outputs | defined | output | (1, 3) |
| $L$ | `loss` | | defined | the loss | |
| $\\eta$ | | | positive | learning rate | |
| $\\sigma(z)$ | `sigmoid` | | defined | sigmoid | |
| $z$ | | | any number | argument | |
| $e$ | | | Euler's number | | |
| $\\delta_j$ | | outputs | $\\frac{\\partial L}{\\partial a_j}$ | error signal | (1, 3) |
"""
FIRST = """\
# First

$$ \\mathbf{a} = \\mathbf{x}\\mathbf{w} + \\mathbf{b} $$ (def-a)

$$ \\mathbf{h} = \\sigma(\\mathbf{a}) $$ (def-h)

$$ L = \\sum_j h_j^2 = \\lVert \\mathbf{h} \\rVert^2 $$ (def-loss)

The slope is $\\sigma' = \\sigma(1 - \\sigma)$.
"""
SECOND = """\
# Second

$$ \\sigma(z) = \\frac{1}{1 + e^{-z}} $$ (def-sigmoid)

$$ \\delta_j = 2 h_j^2 (1 - h_j) $$ (eq-delta)

$$ \\delta_j = 2 h_j (1 - h_j) $$ (wrong-delta)

$$ \\nabla_{\\W} L = \\mathbf{x}^\\top \\boldsymbol{\\delta} $$ (eq-weights)

$$ \\mathbf{x} \\W $$ (show-product)
"""
PINS = """\
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def pins(label, values):
    a = values["x"] @ values["w"] + values["b"]
    return {"a": a, "h": sigmoid(a), "loss": float(np.sum(sigmoid(a) ** 2)), "sigmoid": sigmoid}
"""
TOC = "format: jb-book\nroot: book/index\nparts:\n- caption: One\n  chapters:\n  - file: book/first\n  - file: book/second\n"
CONFIG = """\
[tool.proofread]
toc = "_toc.yml"
symbols = "book/symbols.md"
pins = "{}:pins"
macros = {{ "\\\\W" = "\\\\mathbf{{w}}" }}
"""


class Book:
    count = 0

    def __init__(self, root: Path) -> None:
        Book.count += 1
        self.root, self.module = root, f"pins_of_book_{Book.count}"
        (root / "book").mkdir()
        cells = [{"cell_type": "markdown", "source": part + "\n"} for part in SECOND.split("\n\n")]
        self.write("pyproject.toml", CONFIG.format(self.module))
        self.write("_toc.yml", TOC)
        self.write(f"{self.module}.py", PINS)
        self.write("book/index.md", "# Cover\n")
        self.write("book/symbols.md", SYMBOLS)
        self.write("book/first.md", FIRST)
        self.write("book/second.ipynb", json.dumps({"cells": cells}))

    def write(self, name: str, content: str) -> None:
        (self.root / name).write_text(content)

    def change(self, name: str, old: str, new: str) -> None:
        content = (self.root / name).read_text()
        assert old in content
        self.write(name, content.replace(old, new))

    def reports(self) -> str:
        text = read_book(settings_here(self.root))
        return "\n".join(v.report() for v in [*text.problems, *text.verdicts(20)] if not v.in_order)


@pytest.fixture
def book(tmp_path, monkeypatch) -> Book:
    made = Book(tmp_path)
    monkeypatch.chdir(tmp_path / "book")
    return made


def test_the_book_is_in_order_in_the_order_of_its_contents(book, capsys):
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[-1] == "8 displays: 4 definitions, 2 claims, 1 expressions, 1 refuted; 0 not in order"
    )
    assert [line.split()[0] for line in lines[:8]] == [
        "def-a", "def-h", "def-loss", "def-sigmoid", "eq-delta", "wrong-delta", "eq-weights", "show-product",
    ]  # fmt: skip
    assert "1 inline formulas" in lines[-2]


@pytest.mark.parametrize(
    ("label", "line"),
    [
        (
            "eq-delta",
            "Equation eq-delta holds: 3 index values × 100 random networks, every error below 1e-15.",
        ),
        (
            "eq-weights",
            "Equation eq-weights holds: 6 entries × 100 random networks, every error below 1e-15.",
        ),
        ("def-a", "Definition def-a agrees with the code, a."),
        ("show-product", "Expression show-product can be evaluated on 100 random networks."),
    ],
)
def test_check_prints_one_line(book, capsys, label, line):
    check(label)
    assert capsys.readouterr().out == line + "\n"


def test_a_refuted_claim_shows_a_counterexample(book, capsys):
    check("wrong-delta")
    out = capsys.readouterr().out
    assert out.startswith("Equation wrong-delta is false: at j = ")
    assert out.count("\n") == 1


def test_the_line_has_two_forms(book):
    text = read_book(settings_here())
    line = line_of(text.verdict(text.find("eq-delta"), 1000))
    bundle = line._repr_mimebundle_()
    assert set(bundle) == {"text/markdown", "text/plain"}
    assert bundle["text/markdown"].startswith("Equation {eq}`eq-delta` holds: 3 index values")
    assert bundle["text/plain"].startswith("Equation eq-delta holds: 3 index values")


def test_a_page_shows_the_signs_of_a_verdict_as_those_of_a_formula(source):
    line = line_of(source.verdict(r"\delta_j = -9", "wrong-new"))
    assert re.search(r"at \$j = \d\$ the left .+ the right side −9\.", line.markdown)
    assert re.search(r"at j = \d the left .+ the right side -9\.", line.plain)
    line = line_of(source.verdict(r"L = \sum_j w_{jj}", "wrong-new"))
    assert "index $j$ of $w_{jj}$ runs" in line.markdown
    assert "index j of w_{jj} runs" in line.plain
    line = line_of(source.verdict(r"t_\beta = -9", "wrong-new"))
    assert re.search(r"at \$\\beta = \d\$ the left", line.markdown)
    line = line_of(source.verdict(r"L = \sum_j \sum_\beta t_\beta u_{\beta j}", "wrong-new"))
    assert r"index $\beta$ of $u_{\beta j}$ runs" in line.markdown


def test_check_is_an_error_where_the_equation_is_not_in_order(book):
    book.change("book/first.md", "h_j^2 = ", "h_j^2 = 2 ")
    with pytest.raises(NotInOrder, match=r"book/first.md:7:23 \(def-loss\): does not hold"):
        check("def-loss")
    book.change("book/first.md", "h_j^2 = 2 ", "h_j^2 = ")
    check("def-loss")


def test_check_of_an_unknown_label_names_the_nearest(book):
    with pytest.raises(ValueError, match="the nearest known one is eq-delta"):
        check("eq-detla")


def test_check_outside_a_notebook_does_not_load_ipython(book):
    script = "import sys; from proofread import check; check('eq-delta'); assert 'IPython' not in sys.modules"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=book.root / "book"
    )
    assert run.stdout.startswith("Equation eq-delta holds"), run.stderr
    assert run.returncode == 0, run.stderr


PIN_SLIPS = [
    ("{module}.py", "+ values", "- values", "def-a disagrees with a"),
    ("{module}.py", "1 + np.exp", "1 - np.exp", "def-sigmoid disagrees with sigmoid"),
    ("{module}.py", "** 2", "** 3", "def-loss disagrees with loss"),
    # Cut where it is nearly flat, more than rounding, and what loses the digits of small values.
    ("{module}.py", "np.exp(-z)", "np.exp(-np.clip(z, -20, 20))", "def-sigmoid disagrees with sigmoid"),
    ("{module}.py", "return 1 / (1 + np.exp(-z))", "return (1 + 1e-12) / (1 + np.exp(-z))", "def-sigmoid disagrees with sigmoid"),
    ("{module}.py", "1 / (1 + np.exp(-z))", "0.5 * (1 + np.tanh(z / 2))", "def-sigmoid disagrees with sigmoid"),
    ("{module}.py", '"h": sigmoid(a), ', "", "no pin for def-h"),
    ("{module}.py", '"h": sigmoid(a)', '"h": sigmoid(a).T', "shape"),
    ("{module}.py", '"h": sigmoid(a)', '"h": np.nan * a', "not finite"),
    ("{module}.py", 'values["b"]', 'values["c"]', "no pin for def-a"),
    ("{module}.py", '"sigmoid": sigmoid', '"sigmoid": 3', "must return a callable"),
    ("{module}.py", "return {", "raise ValueError('no')\n    return {", "raised ValueError: no"),
    ("book/symbols.md", "`h`", "", "no name in the Code column"),
    ("book/symbols.md", "`b`", "`x`", "two symbols in scope have the name x"),
    ("book/second.ipynb", "{1 + e", "{1 - e", "def-sigmoid disagrees with sigmoid"),
    ("book/first.md", "= \\sigma(", "= 1 - \\sigma(", "def-h disagrees with h"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "message"), PIN_SLIPS)
def test_pins_catch_a_slip_on_either_side(book, file, old, new, message):
    book.change(file.format(module=book.module), old, new)
    assert message in book.reports()


SECTIONS = """\

## Inner

| Symbol | Code | Over | Value |
|-|-|-|-|
| $T_{ij}$ | `b` | inputs × outputs | any number |
| $s$ | `inner` | | defined |

$$ s = \\sum_i \\sum_j T_{ij} $$ (def-inner)

## After

| Symbol | Code | Over | Value |
|-|-|-|-|
| $r$ | `outer` | | defined |

$$ r = \\sum_j b_j $$ (def-outer)
"""


@pytest.fixture
def sections(book) -> Book:
    book.write("book/first.md", FIRST + SECTIONS)
    sums = '"inner": float(np.sum(values["b"])), "outer": float(np.sum(values["b"])), '
    book.change(f"{book.module}.py", "return {", "return {" + sums)
    return book


def test_a_name_in_code_is_hidden_to_the_end_of_its_section(sections):
    assert sections.reports() == ""


def test_a_definition_that_rests_on_a_hidden_name_is_refused(sections):
    sections.change("book/first.md", "\\sum_i \\sum_j T_{ij}", "\\sum_j b_j")
    assert "rests on b_j, and here T_{ij} has its name in code, b" in sections.reports()


def test_two_rows_of_one_section_may_not_share_a_name_in_code(sections):
    row = "| $s$ | `inner` |"
    sections.change("book/first.md", row, f"| $q$ | `b` | | positive |\n{row}")
    assert "two symbols in scope have the name b in code" in sections.reports()


def test_a_labelled_formula_in_a_line_is_checked(book, capsys):
    book.change("book/first.md", "$\\sigma'", "[$h_j = \\sigma(a_j) + 0$]{#eq-line}: $\\sigma'")
    check("eq-line")
    assert capsys.readouterr().out.startswith("Equation eq-line holds: 3 index values")
    text = read_book(settings_here(book.root))
    line = line_of(text.verdict(text.find("eq-line"), 1000))
    assert line.markdown.startswith(r"Equation $h_j = \sigma(a_j) + 0$ holds: ")
    assert len(text.unread) == 1
    book.change("book/first.md", "+ 0$]", "+ 1$]")
    assert r"book/first.md:9:22 (eq-line): does not hold" in book.reports()


def test_a_chapter_that_is_missing(book):
    book.change("_toc.yml", "book/first", "book/frist")
    assert "_toc.yml:1: book/frist is listed as a chapter" in book.reports()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[tool.proofread]\nsymbol = 'x'", "unknown key symbol (the nearest known one is symbols)"),
        ("[tool.proofread]\npins = 'nowhere:pins'", "cannot be imported"),
        ("[tool.proofread]\nlabels = { 'eq:' = 'equation' }", "one of definition, claim, expression, refuted"),
        ("[tool.proofread]\nmacros = ['a']", "a table of texts"),
        ("[tool.proofread]\nfiles = 'a.md'", "a list of patterns"),
        ("[tool.proofread]\ntoc = 3", "a text"),
        ("[tool.proofread", "cannot be read"),
        ("- one", "no root"),
        ("a: [", "cannot be read"),
    ],
)  # fmt: skip
def test_a_configuration_that_cannot_be_used_says_what_was_expected(book, content, message, capsys):
    book.write("pyproject.toml" if content.startswith("[tool") else "_toc.yml", content + "\n")
    assert main([]) == 2
    assert message in capsys.readouterr().err


def test_a_variable_names_the_book_where_there_is_none_around(
    book, tmp_path, tmp_path_factory, monkeypatch
):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    monkeypatch.setenv("PROOFREAD_BOOK", str(tmp_path))
    assert settings_here().root == tmp_path


def test_no_book(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    with pytest.raises(NoBook, match=r"no pyproject\.toml"):
        check("eq-delta")


def test_a_file_of_the_book_is_judged_as_part_of_it(book, capsys):
    """From any folder, with the book's symbols, definitions, macros and pins; alone."""
    assert main(["first.md"]) == 0
    assert capsys.readouterr().out.endswith("3 displays: 3 definitions, 0 claims, 0 expressions, 0 refuted; 0 not in order\n")  # fmt: skip
    book.change("book/first.md", "h_j^2 = ", "h_j^2 = 2 ")
    assert main(["second.ipynb"]) == 0
    assert main(["first.md"]) == 1
    assert "first.md:7:23 (def-loss): does not hold" in capsys.readouterr().out


def test_another_file_of_the_project_is_by_itself_with_its_macros_and_labels(book, capsys):
    book.change("pyproject.toml", "[tool.proofread]", "[tool.proofread]\nlabels = { 'eq:' = 'claim' }")  # fmt: skip
    book.change("pyproject.toml", "\\\\mathbf{w}", "w")
    table = "| Symbol | Over | Value |\n|-|-|-|\n| $w$ | | any number |\n\n"
    book.write("draft.md", table + "$$ \\W + \\W = 2 \\W $$ (eq:twice)\n\n$$ h_j = 1 $$ (eq-h)\n")
    assert main([str(book.root / "draft.md")]) == 1
    out = capsys.readouterr().out
    assert "draft.md:7:4 (eq-h): unknown symbol h" in out
    assert out.endswith("2 displays: 0 definitions, 2 claims, 0 expressions, 0 refuted; 1 not in order\n")  # fmt: skip


def test_a_book_without_a_display_is_an_error(book):
    for name in ("first.md", "second.ipynb", "symbols.md"):
        book.write(f"book/{name}", '{"cells": []}' if name.endswith("b") else "# Words\n")
    assert "no display to check in the whole book" in book.reports()


def test_exit_codes(source, tmp_path, capsys):
    assert main([str(source.path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "23 displays: 6 definitions, 16 claims, 1 expressions, 0 refuted; 0 not in order"
    )
    false = tmp_path / "false.md"
    false.write_text(source.path.read_text().replace(r"\delta_j h_i", r"\delta_j h_j"))
    assert main([str(source.path), str(false)]) == 1
    out = capsys.readouterr().out
    assert out.splitlines()[-1].startswith("46 displays: ") and out.splitlines()[-1].endswith(
        "2 not in order"
    )
    for wrong in (["--nothing"], [str(tmp_path / "none.md")], [str(tmp_path)], ["--networks", "0"]):
        with pytest.raises(SystemExit) as stop:
            main(wrong)
        assert stop.value.code == 2
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    assert "wrong-" in capsys.readouterr().out
