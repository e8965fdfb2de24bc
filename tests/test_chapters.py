"""What nbval does not see: it compares only cells that were executed and that nothing takes out."""

import functools
import importlib
import inspect
import pkgutil
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest

import bp
import execute
from bp import deep, equations, two_layer
from bp.descent import update
from nets import flat, identical
from proofread.contents import chapters_of
from proofread.labels import PREFIXES

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / name for name in chapters_of(ROOT / "_toc.yml")]
CHAPTERS = execute.chapters()
KINDS = "|".join(PREFIXES)
LABEL = rf"(?:{KINDS})[a-z0-9-]+"


@functools.cache
def read(path: Path):
    return nbformat.read(path, as_version=4)


def code_cells(path: Path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def printed(cell) -> str:
    """Return all text that a cell shows, figures left out."""
    texts = []
    for output in cell.outputs:
        texts.append(output.get("text", ""))
        texts += [text for kind, text in output.get("data", {}).items() if kind != "image/svg+xml"]
    return "\n".join(texts)


def markdown(path: Path) -> str:
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def sources() -> str:
    """Return the Markdown of the whole book."""
    files = [page.with_suffix(".ipynb") for page in PAGES]
    files = [file if file.exists() else file.with_suffix(".md") for file in files]
    return "\n\n".join(markdown(file) for file in files)


each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def test_the_six_chapters_of_the_source_stand_in_its_order():
    assert [path.stem for path in CHAPTERS[:6]] == [
        "motivation",
        "notation",
        "useful-formulas",
        "output-layer",
        "hidden-layer",
        "generalization",
    ]


def test_every_page_in_the_book_folder_is_in_the_toc():
    pages = {path.stem for path in (ROOT / "book").iterdir() if path.suffix in (".ipynb", ".md")}
    drafts = {stem for stem in pages if stem.endswith(".myst")}
    assert pages - drafts == {page.name for page in PAGES}


@each_chapter
def test_cells_were_executed_once_from_top_to_bottom(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@each_chapter
def test_the_text_says_why_a_cell_differs_in_a_browser(path):
    for before, cell in pairwise(read(path).cells):
        if "differs-in-a-browser" in cell.metadata.get("tags", []):
            assert "WebAssembly" in before.source


@each_chapter
def test_no_cell_is_empty_or_taken_out_of_the_comparison_and_none_warns(path):
    for cell in code_cells(path):
        # After a semicolon, nbval fails for a reason of its own.
        assert cell.source.strip() and not cell.source.rstrip().endswith(";")
        assert set(cell.metadata.get("tags", [])) <= {"hide-input", "differs-in-a-browser"}
        assert "nbval" not in cell.source.lower()
        assert not [one for one in cell.outputs if one.get("name") == "stderr"]


@each_chapter
def test_no_output_differs_from_machine_to_machine(path):
    for cell in code_cells(path):
        text = printed(cell)
        assert not re.search(r"0x[0-9a-f]{6,}", text), "the address of an object"
        assert not re.search(r"(^|[\s\"'(])/\w+/\w+", text), "a path"
        assert not re.search(r"\d\d:\d\d:\d\d|20\d\d-\d\d-\d\d", text), "a time or a date"
        assert not re.search(r"\d\.\d{13}", text), "more digits than are the same everywhere"


@each_chapter
def test_no_code_of_the_text_has_to_be_scrolled_on_a_desk(path):
    # So many columns fit into the wider of the two boxes.
    for cell in read(path).cells:
        if "## Exercises" in cell.source:
            break
        if cell.cell_type == "code" and "hide-input" not in cell.metadata.get("tags", ()):
            listed = cell.source.startswith("source(")
            code = cell.outputs[0].data["text/plain"] if listed else cell.source
            assert max(map(len, code.splitlines())) <= 87, cell.source


@each_chapter
def test_every_figure_has_a_name_a_caption_and_an_alternative_text(path):
    for cell in code_cells(path):
        if not any("image/svg+xml" in output.get("data", {}) for output in cell.outputs):
            assert "mystnb" not in cell.metadata
            continue
        figure, image = cell.metadata.mystnb.figure, cell.metadata.mystnb.image
        assert figure.name.startswith("fig-")
        assert len(image.alt) > 60
        assert image.alt != figure.caption
        assert "hide-input" in cell.metadata.tags


@each_chapter
def test_chapter_has_a_figure_three_exercises_with_solutions_and_a_box(path):
    if path not in CHAPTERS[:6]:
        pytest.skip("only the chapters of the source have this form")
    text = markdown(path)
    exercises = re.findall(r"```\{exercise\} .+\n:label: (ex-[\w-]+)", text)
    solved = re.findall(r"```\{solution-start\} (ex-[\w-]+)", text)
    assert len(exercises) >= 3
    assert exercises == solved
    assert text.count("{solution-end}") == len(solved)
    assert ":class: source" in text
    assert any(cell.metadata.get("mystnb") for cell in code_cells(path))


@each_chapter
def test_solutions_assert(path):
    cells = read(path).cells
    inside, asserted, label = False, False, ""
    for cell in cells:
        start = re.search(r"\{solution-start\} (\S+)", cell.source)
        if cell.cell_type == "code":
            asserted = asserted or (inside and "assert" in cell.source)
            continue
        if "{solution-end}" in cell.source and inside:
            assert asserted, f"the solution of {label} asserts nothing"
            inside = False
        if start:
            inside, asserted, label = True, False, start[1]
    assert not inside


def test_every_function_of_equations_is_shown_exactly_once():
    shown = re.findall(
        r"^source\(equations\.(\w+)\)$",
        "\n".join(cell.source for path in CHAPTERS for cell in code_cells(path)),
        flags=re.MULTILINE,
    )
    functions = [
        name
        for name, value in inspect.getmembers(equations, inspect.isfunction)
        if value.__module__ == "bp.equations" and not name.startswith("_")
    ]
    assert sorted(shown) == sorted(functions)


def test_labels_in_docstrings_are_equations_of_the_book():
    text = sources()
    named = 0
    for _, name, _ in pkgutil.iter_modules(bp.__path__):
        module = importlib.import_module(f"bp.{name}")
        functions = (value for _, value in inspect.getmembers(module, inspect.isfunction))
        for described in (module, *functions):
            for label in re.findall(f"`({LABEL})`", described.__doc__ or ""):
                assert f"({label})" in text, f"{name}: {described.__name__} names {label}"
                named += 1
    assert named > 20


def test_every_entry_of_the_errata_is_listed_and_has_its_box():
    table = (ROOT / "book" / "source.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (E\d+) \|.*\| (.+) \|$", table, flags=re.MULTILINE)
    assert [entry for entry, _ in rows] == [f"E{n}" for n in range(1, 40)]
    for entry, shown in rows:
        assert re.search(r"\{(eq|numref|doc)\}`|\]\(#says-", shown), f"{entry} has no link"
    boxes = "\n".join(
        re.findall(r":class: source\n.*?\n```", "\n".join(map(markdown, CHAPTERS)), flags=re.DOTALL)
    )
    for entry, _ in rows:
        assert re.search(rf"\b{entry}\b", boxes), f"no box tells of {entry}"


def test_every_reference_is_cited():
    keys = re.findall(
        r"^@\w+\{(\w+),", (ROOT / "book" / "references.bib").read_text(), re.MULTILINE
    )
    cited = re.findall(r"\{cite\}`([\w,]+)`", sources())
    # Pages that are made of a list cite in it.
    for listed in (ROOT / "book").glob("*.yml"):
        cited += re.findall(r"^ +cite: (\w+)$", listed.read_text(encoding="utf-8"), re.MULTILINE)
    assert keys and set(keys) == {key for group in cited for key in group.split(",")}


def copied_listings():
    """Run every listing of the book as a reader who copies it, one after the other."""
    known = {"np": np}
    for path in CHAPTERS:
        for cell in code_cells(path):
            if not cell.source.startswith("source("):
                continue
            text = cell.outputs[0].data["text/markdown"]
            exec(re.match(r"```python\n(.*?)\n```", text, flags=re.DOTALL)[1], known)
            yield cell.source, known


def test_every_listing_runs_when_copied_and_gives_what_the_package_gives():
    rng = np.random.default_rng(0)
    params = two_layer.init(rng, 3, 4, 2)
    layers = deep.init(rng, [3, 5, 4, 2])
    x, t = rng.normal(size=(6, 3)), rng.uniform(size=(6, 2))
    compared = []

    def same(one, other):
        assert flat(one) and identical(one, other)
        compared.append(one)

    for cell, mine in copied_listings():
        if cell == "source(two_layer.gradients)":
            own = mine["Params"](*params)
            trace = mine["forward"](own, x)
            same(tuple(trace), tuple(two_layer.forward(params, x)))
            found = mine["gradients"](own, trace, t)
            expected = two_layer.backpropagate(params, x, t)
            same(tuple(found), tuple(expected))
            same((mine["loss"](trace.y, t),), (equations.loss(trace.y, t),))
            same((mine["sigmoid_prime"](x),), (equations.sigmoid_prime(x),))
        if cell == "source(descent.update)":
            same(mine["update"](params, expected, eta=0.5), update(params, expected, eta=0.5))
        if cell == "source(deep.gradients)":
            own = tuple(mine["Layer"](*layer) for layer in layers)
            found = mine["gradients"](own, mine["forward"](own, x), t)
            same(found, deep.backpropagate(layers, x, t))
    assert len(compared) == 6
