"""The problem sheets and their solutions: one for each chapter, and the code prints what it says.

The displays of the solutions are tests of the checker, `pytest book/solutions`.
"""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from sphinx.errors import ExtensionError

from _site.sheets import add_solutions, solution
from test_chapters import PAGES, markdown

ROOT = Path(__file__).parent.parent
SOLUTIONS = sorted((ROOT / "book" / "solutions").glob("*.md"))
PARTS = [
    [Path(page["file"]).name for page in part["chapters"]]
    for part in yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"][:2]
]
KINDS = ("proof", "calculation", "program")
# Code, and what it prints where it prints something.
CELL = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)

each_part = pytest.mark.parametrize(("number", "chapters"), [*enumerate(PARTS, 1)])
each_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)


def sheet(number: int) -> Path:
    return ROOT / "book" / f"sheets-{number}.md"


def sections(path: Path) -> dict[str, str]:
    """Return the sections of a file of solutions by their headings."""
    _, *parts = re.split(r"^## (.+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(map(str.lower, parts[::2]), parts[1::2], strict=True))


@each_part
def test_every_chapter_has_a_sheet_in_the_order_of_the_book(number, chapters):
    labels = re.findall(r"^\(sheet-([\w-]+)\)=$", sheet(number).read_text("utf-8"), re.MULTILINE)
    expected = [[name, *(f"{name}-{kind}" for kind in KINDS)] for name in chapters]
    assert labels == [label for labels in expected for label in labels]


def test_every_sheet_has_its_solutions():
    assert {path.stem for path in SOLUTIONS} == {name for part in PARTS for name in part}
    assert all(tuple(sections(path)) == KINDS for path in SOLUTIONS)


@each_solution
def test_the_code_of_a_solution_prints_what_stands_below_it(path):
    for kind, text in sections(path).items():
        known, cells = {}, list(CELL.finditer(text))
        for code, said in (cell.groups() for cell in cells):
            printed = io.StringIO()
            with redirect_stdout(printed):
                exec(compile(code, f"{path.name}, {kind}", "exec"), known)
            lines = [line.rstrip() for line in printed.getvalue().splitlines()]
            assert lines == (said or "").splitlines()
        assert kind == "proof" or any(said for _, said in (cell.groups() for cell in cells))
        assert text.count("```python") == len(cells)
        assert text.count("```text") == sum(bool(said) for _, said in map(re.Match.groups, cells))


@each_solution
def test_a_program_is_as_short_as_its_sheet_says(path):
    code = CELL.search(sections(path)["program"])[1]
    lines = [line for line in code.splitlines() if line.strip()]
    assert sum(not line.startswith(("import ", "from ")) for line in lines) <= 25


def test_what_a_solution_refers_to_is_in_the_book():
    files = [page.with_suffix(".ipynb") for page in PAGES]
    files = [file if file.exists() else file.with_suffix(".md") for file in files]
    book = "\n".join(map(markdown, files))
    texts = "\n".join(path.read_text(encoding="utf-8") for path in SOLUTIONS)
    labels = set(re.findall(r"\{eq\}`([\w-]+)`", texts))
    assert labels and {label for label in labels if f"({label})" not in book} == set()
    assert set(re.findall(r"\{doc\}`([\w-]+)`", texts)) <= {page.name for page in PAGES}


def with_solutions(number: int, switch: bool) -> str:
    """Return the text of a sheet as the build reads it."""
    env = SimpleNamespace(doc2path=lambda name: str(ROOT / f"{name}.md"))
    app = SimpleNamespace(config=SimpleNamespace(sheet_solutions=switch), env=env)
    text = [sheet(number).read_text(encoding="utf-8")]
    add_solutions(app, f"book/sheets-{number}", text)
    return text[0]


@each_part
def test_the_switch_puts_each_solution_below_its_problem(number, chapters):
    plain = sheet(number).read_text(encoding="utf-8")
    assert with_solutions(number, False) == plain
    parts = re.split(r"^\(sheet-.+\)=$", with_solutions(number, True), flags=re.MULTILINE)
    originals = re.split(r"^\(sheet-.+\)=$", plain, flags=re.MULTILINE)
    added = [part.removeprefix(original) for part, original in zip(parts, originals, strict=True)]
    for place, chapter in enumerate(chapters):
        heading, *solved = added[1 + 4 * place : 5 + 4 * place]
        assert not heading
        found = sections(ROOT / "book" / "solutions" / f"{chapter}.md")
        assert all(found[kind].strip() in one for kind, one in zip(KINDS, solved, strict=True))


@pytest.mark.parametrize("chapter, kind", [("motivation", "essay"), ("no-chapter", "proof")])
def test_a_solution_that_is_missing_is_named(chapter, kind):
    with pytest.raises(ExtensionError, match=rf"{chapter}\.md has no section {kind.title()}"):
        solution(ROOT / "book" / "solutions", chapter, kind)
