"""The build judges the equations that it renders, and a page lists them."""

import json
import pickle
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contents import ROOT

from proofread.project import chapter_files, read_book, settings_here
from proofread.sources import Display, Inline, Table, read
from proofread.specification import groups

SETTINGS = settings_here(ROOT)
CHAPTERS = {
    path.relative_to(ROOT).with_suffix("").as_posix(): path
    for _, path in chapter_files(SETTINGS)
    if path
}


@pytest.fixture(scope="module")
def environment(site: Path) -> Any:
    """Return what Sphinx has kept of the book."""
    return pickle.loads((site.parent / ".doctrees" / "environment.pickle").read_bytes())


@pytest.mark.parametrize("name", CHAPTERS)
def test_all_sources_find_the_same_in_this_book(name: str, environment: Any) -> None:
    """Displays, their lines, tables and formulas in lines, in Markdown or a notebook and in
    what Sphinx has read."""
    path = CHAPTERS[name]
    rendered = environment.proofread_pages[name].events
    written = read(path, path.name)
    assert displays(rendered) == displays(written)
    assert tables(rendered) == tables(written)
    # The site draws two pages itself, with formulas that their source does not hold.
    drawn = name in ("book/explore", "book/published")
    assert drawn or inline(rendered) == inline(written)


def displays(found):
    return [
        (e.label, e.latex.strip(), e.inline, [(p.cell, p.line, p.column) for p in e.starts][1:-1])
        for e in found
        if isinstance(e, Display)
    ]


def tables(found):
    def plain(cell):
        return re.sub(r"[’'*_`]", "", " ".join(cell.split()))

    return [
        (e.headings, [[plain(cell) for cell in cells] for cells, _ in e.rows])
        for e in found
        if isinstance(e, Table) and "over" in e.headings
    ]


def inline(found):
    return [e.latex for e in found if isinstance(e, Inline)]


def test_the_list_of_equations_has_each_with_its_verdict(trees) -> None:
    page = trees["ledger.html"]
    entries = read_book(SETTINGS).entries
    text = page.text_content()
    displays = page.xpath("//main//div[contains(@class, 'display')]")
    assert len(displays) == len(entries)
    for entry in entries:
        assert entry.display.label in text
    assert "not in order" not in text.replace("0 not in order", "")
    for link in page.xpath("//main//a[contains(@class, 'reference')]"):
        file, _, name = link.get("href").partition("#")
        assert not name or trees[file].xpath("//*[@id=$name]", name=name), link.get("href")


def test_the_specification_is_shown_row_by_row(trees) -> None:
    page = trees["verdicts.html"]
    rows = [[cell.text_content().strip() for cell in row] for row in page.xpath("//main//tbody/tr")]
    wanted = [
        (latex, "refused" if reason and reason[0] else "accepted")
        for group in groups()
        for _, latex, *reason in group["rows"]
    ]
    shown = [(written.removesuffix(", said to be wrong"), verdict) for written, verdict, _ in rows]
    assert [(" ".join(a.split()), b) for a, b in shown] == [
        (" ".join(a.split()), b) for a, b in wanted
    ]
    assert all(why for *_, why in rows)
    # Formulas stand there as their authors write them, so the page stays light.
    assert not page.xpath("//main//*[contains(@class, 'katex')]")


TINY = """\
# Tiny

| Symbol | Over | Value |
|-|-|-|
| $k$ | | any number |

$$ k + k = 2k $$ (eq-a)

- An item

  $$
  k = 3k
  $$ (eq-b)

$$ k = \\kappa $$

```{proofread-verdicts}
```
"""
CONF = """\
extensions = ["myst_parser", "proofread.sphinx_ext"]
myst_enable_extensions = ["dollarmath"]
"""


Sphinx = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def sphinx(builder: Sphinx, tmp_path: Path) -> Sphinx:
    return lambda *options: builder(tmp_path, "sphinx-build", "-q", *options, ".", "out")


def test_a_plain_project_warns_where_an_equation_stands(sphinx: Sphinx, tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text(CONF)
    (tmp_path / "index.md").write_text(TINY + "\n```{toctree}\nmore\n```\n")
    (tmp_path / "more.md").write_text("# More\n\n$$ 1 + 1 = 3 $$ (eq-c)\n")
    run = sphinx("-b", "text", "-j", "2")
    assert run.returncode == 0
    warnings = re.findall(r"(\w+\.md:\d+): WARNING: (.*)", run.stderr)
    assert [place for place, _ in warnings] == ["index.md:12", "index.md:15", "more.md:3"]
    assert "does not hold" in warnings[0][1] and "without a label" in warnings[1][1]
    shown = " ".join((tmp_path / "out" / "index.txt").read_text().split())
    assert '(1) **claim** "eq-a", holds for 100 random networks.' in shown
    assert '(2) **claim** "eq-b", not in order: does not hold' in shown
    # A page that changes changes the list on the other; and what is mended warns no more.
    (tmp_path / "more.md").write_text("# More\n\n$$ 1 + 1 = 2 $$ (eq-c)\n")
    run = sphinx("-b", "text", "-W", "--keep-going")
    assert run.returncode != 0
    assert "more.md" not in run.stderr and "index.md:12" in run.stderr
    shown = " ".join((tmp_path / "out" / "index.txt").read_text().split())
    assert shown.count('"eq-c", holds') == 1 and shown.count('"eq-a"') == 1


def test_a_warning_names_cell_and_line_of_a_notebook(sphinx: Sphinx, tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text(
        'extensions = ["myst_nb", "proofread.sphinx_ext"]\nnb_execution_mode = "off"\n'
        'myst_enable_extensions = ["dollarmath"]\n'
    )
    wrong = "Two\nlines\n\n$$ 1 + 1 = 3 $$ (eq-{})"
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": source}
        for source in ("# Title", wrong.format("a"), wrong.format("b").replace("3 $$", "\n4 $$"))
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (tmp_path / "index.ipynb").write_text(json.dumps(notebook))
    run = sphinx("-b", "dummy")
    warnings = re.findall(r"index\.ipynb:(\d+ \(cell \d\)): WARNING: \((eq-.)", run.stderr)
    assert warnings == [("4 (cell 2)", "eq-a"), ("5 (cell 3)", "eq-b")], run.stderr
