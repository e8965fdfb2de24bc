"""The command that runs the chapters: same text on every run, and a file whole or not at all."""

import importlib.util
import sys
from pathlib import Path

import nbformat
import pytest

TOOLS = Path(__file__).parent.parent / "tools"


@pytest.fixture(scope="module")
def execute():
    spec = importlib.util.spec_from_file_location("execute", TOOLS / "execute.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["execute"] = module
    spec.loader.exec_module(module)
    return module


def notebook(*sources: str):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])


@pytest.fixture
def one_chapter(execute, monkeypatch, tmp_path):
    """Make a book of a single chapter, and return what sets and what reads its file."""
    path = tmp_path / "only.ipynb"
    monkeypatch.setattr(execute, "chapters", lambda: [path])

    def store(*sources: str) -> None:
        path.write_text(execute.text(execute.normalised(notebook(*sources))), encoding="utf-8")

    store("1 + 1")
    return store, path


def test_every_chapter_comes_out_byte_for_byte_as_it_is_stored(execute):
    for path in execute.chapters():
        fresh = execute.text(execute.executed(nbformat.read(path, as_version=4)))
        assert fresh == path.read_text(encoding="utf-8"), path.stem


def test_outputs_are_stored_and_a_second_run_writes_nothing(execute, one_chapter, capsys):
    _, path = one_chapter
    assert execute.main([]) == 0
    assert "only: written" in capsys.readouterr().out
    assert '"2"' in path.read_text(encoding="utf-8")
    stamp = path.stat().st_mtime_ns
    assert execute.main(["only"]) == 0
    assert "only: unchanged" in capsys.readouterr().out
    assert path.stat().st_mtime_ns == stamp


def test_a_failing_cell_leaves_the_file_whole_and_is_named(execute, one_chapter, capsys):
    store, path = one_chapter
    store("1 + 1", "1 / 0", "3")
    before = path.read_bytes()
    assert execute.main([]) == 1
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    assert "only: cell 2 raised ZeroDivisionError: division by zero" in capsys.readouterr().err


def test_a_kernel_that_dies_is_reported(execute, one_chapter, capsys):
    store, path = one_chapter
    store("import os", "os._exit(1)")
    before = path.read_bytes()
    assert execute.main([]) == 1
    assert path.read_bytes() == before
    assert "only: cell 2" in capsys.readouterr().err


def test_what_differs_between_editors_is_dropped(execute):
    messy = notebook("1")
    messy.metadata["widgets"] = {}
    messy.cells[0].metadata.update({"tags": ["hide-input"], "collapsed": True, "execution": {}})
    clean = execute.normalised(messy)
    assert clean.nbformat_minor == 4
    assert set(clean.metadata) == {"kernelspec", "language_info"}
    assert clean.cells[0].metadata == {"tags": ["hide-input"]}
    assert "id" not in clean.cells[0]
    assert messy.metadata["widgets"] == {}


def test_an_unknown_chapter_is_refused_with_the_names_there_are(execute, capsys):
    with pytest.raises(SystemExit) as stop:
        execute.main(["no-such-chapter"])
    assert stop.value.code == 2
    message = capsys.readouterr().err
    assert "no-such-chapter" in message and "hidden-layer" in message
