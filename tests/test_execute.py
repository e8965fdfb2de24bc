"""The command that runs the chapters: same text on every run, and a file whole or not at all."""

import json
import os
import runpy
from pathlib import Path

import nbformat
import nbval.kernel
import pytest

import execute

ROOT = Path(__file__).parent.parent
CHAPTERS = execute.chapters()


def notebook(*sources: str):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])


@pytest.fixture
def one_chapter(monkeypatch, tmp_path):
    """Make a book of a single chapter, and return what sets and what reads its file."""
    path = tmp_path / "only.ipynb"
    monkeypatch.setattr(execute, "chapters", lambda: [path])

    def store(*sources: str) -> None:
        path.write_text(execute.text(execute.normalised(notebook(*sources))), encoding="utf-8")

    store("1 + 1")
    return store, path


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_is_stored_as_the_command_stores_it(path):
    # That its outputs are those of a fresh run is tested by nbval.
    stored = path.read_text(encoding="utf-8")
    assert execute.text(execute.normalised(execute.read(path))) == stored


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1 + 1", "1 / 0", "3"], "only: cell 2 raised ZeroDivisionError: division by zero"),
        (["import os", "os._exit(1)"], "only: cell 2"),
    ],
)
def test_a_cell_that_fails_leaves_the_file_whole_and_is_named(cells, said, one_chapter, capsys):
    store, path = one_chapter
    store(*cells)
    before = path.read_bytes()
    assert execute.main([]) == 1
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    assert said in capsys.readouterr().err


def test_what_differs_between_editors_is_dropped():
    messy = notebook("1")
    messy.metadata["widgets"] = {}
    messy.cells[0].metadata.update({"tags": ["hide-input"], "collapsed": True, "execution": {}})
    clean = execute.normalised(messy)
    assert clean.nbformat_minor == 4
    assert set(clean.metadata) == {"kernelspec", "language_info"}
    assert clean.cells[0].metadata == {"tags": ["hide-input"]}
    assert "id" not in clean.cells[0]
    assert messy.metadata["widgets"] == {}


def test_an_unknown_chapter_is_refused_with_the_names_there_are(capsys):
    with pytest.raises(SystemExit) as stop:
        execute.main(["no-such-chapter"])
    assert stop.value.code == 2
    message = capsys.readouterr().err
    assert "no-such-chapter" in message and "hidden-layer" in message


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: b"\xef\xbb\xbf" + data, "begins with a byte-order mark"),
        (lambda data: data[: len(data) // 2], "is no JSON, or cut off"),
        (lambda data: data.decode().encode("utf-16"), "is no notebook"),
        (lambda data: b"[]", "is no notebook"),
        (lambda data: b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}}', "is no notebook"),
    ],
)
def test_a_damaged_notebook_is_named_and_left_as_it_is(damage, said, one_chapter, capsys):
    _, path = one_chapter
    path.write_bytes(damage(path.read_bytes()))
    before = path.read_bytes()
    assert execute.main([]) == 1
    assert path.read_bytes() == before
    assert f"only: only.ipynb {said}" in capsys.readouterr().err


ASKS = """\
import numpy as np
import matplotlib as mpl
print(np.array([1 / 3]), np.geterr()["over"], mpl.rcParams["lines.linewidth"], mpl.get_backend())"""


def test_a_chapter_is_stored_and_tested_alike_whatever_the_user_has_set(
    one_chapter, monkeypatch, tmp_path, capsys
):
    own = tmp_path / "own"
    startup = own / "profile_default" / "startup" / "mine.py"
    startup.parent.mkdir(parents=True)
    changed = "import numpy\nnumpy.set_printoptions(precision=1)\nnumpy.seterr(over='raise')\n"
    startup.write_text(changed, encoding="utf-8")
    (own / "matplotlibrc").write_text("lines.linewidth: 9\nbackend: svg\n", encoding="utf-8")
    kernel = own / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    other = {"argv": ["no-such-python"], "display_name": "Other", "language": "python"}
    kernel.write_text(json.dumps(other), encoding="utf-8")
    for name in ("IPYTHONDIR", "MPLCONFIGDIR", "JUPYTER_PATH", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(own))
    monkeypatch.setenv("MPLBACKEND", "svg")
    monkeypatch.setenv("PYTHONSTARTUP", str(startup))
    # A home that nothing can be written to, whoever runs this.
    monkeypatch.setenv("HOME", str(kernel / "home"))
    variables = dict(os.environ)

    store, path = one_chapter
    store(ASKS)
    assert execute.main([]) == 0
    assert "only: written" in capsys.readouterr().out
    assert dict(os.environ) == variables
    (output,) = execute.read(path).cells[0].outputs
    assert output.text.startswith("[0.33333333] warn 1.5 ")
    assert "svg" not in output.text

    monkeypatch.setattr(nbval.kernel, "start_new_kernel", nbval.kernel.start_new_kernel)
    runpy.run_path(str(ROOT / "book" / "conftest.py"))
    kernel = nbval.kernel.RunningKernel("python3")
    try:
        kernel.execute_cell_input(ASKS)
        while (message := kernel.get_message("iopub", timeout=60))["msg_type"] != "stream":
            pass
    finally:
        kernel.stop()
    assert message["content"]["text"] == output.text

    monkeypatch.undo()
    stamp = path.stat().st_mtime_ns
    monkeypatch.setattr(execute, "chapters", lambda: [path])
    assert execute.main(["only"]) == 0
    assert "only: unchanged" in capsys.readouterr().out
    assert path.stat().st_mtime_ns == stamp
