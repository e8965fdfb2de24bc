"""The Python of live pages: when a cell needs Matplotlib, and what a cell shows."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import proofread.project  # noqa: F401 -- loaded once for all tests
from _site.live import runner


class Absent:
    """Stands for a page that has not loaded Matplotlib yet."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0] == runner.DRAWING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.fixture
def sent() -> list[tuple[str, str]]:
    """Return what the runner has sent to the page."""
    return []


@pytest.fixture
def cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: list[tuple[str, str]]
) -> Iterator[runner.Runner]:
    """Start a small book whose figures draw, in a page without Matplotlib."""
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "__init__.py").touch()
    text = "import matplotlib\n__all__ = ['net']\n\n\ndef net():\n    return 7\n"
    (tmp_path / "small" / "figures.py").write_text(text, encoding="utf-8")
    for name in list(sys.modules):
        if name.partition(".")[0] in (runner.DRAWING, "IPython"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield runner.started(lambda kind, text: sent.append((kind, text)), "small")
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_an_import_of_the_figures_does_not_need_matplotlib_however_often(cells: runner.Runner):
    first = "from small import figures"
    for _ in range(3):
        assert not cells.needs_drawing(first)
        assert cells.run(1, first)
    assert cells.needs_drawing("figures.net()")


@pytest.mark.parametrize(
    "use",
    [
        "import matplotlib.pyplot as plt",
        "from small import figures\nfigures.net()",
        "from small import figures as f\nshow = lambda: f.net()",
        "from small.figures import net",
        "from small.figures import *",
        "import small.figures as f",
        "import small\nsmall.figures.net()",
        "dir(figures)",
        "draw = figures",
    ],
)
def test_whatever_uses_the_figures_needs_matplotlib(use: str, cells: runner.Runner):
    assert cells.run(1, "from small import figures")
    assert cells.needs_drawing(use)


def test_figures_that_failed_for_want_of_matplotlib_work_once_it_is_there(
    cells: runner.Runner, sent: list[tuple[str, str]]
):
    cells.run(1, "from small import figures")
    assert not cells.run(2, "getattr(globals()['fig' 'ures'], 'net')()")
    assert "No module named 'matplotlib'" in sent[-2][1]
    assert cells.needs_drawing("figures.net()")
    del sys.meta_path[sys.meta_path.index(next(f for f in sys.meta_path if type(f) is Absent))]
    assert cells.run(3, "from small.figures import *\nprint(net(), figures.net())")
    assert "".join(text for kind, text in sent if kind == "stdout") == "7 7\n"
    assert not cells.needs_drawing("figures.net()")


def test_a_check_shows_its_verdict_where_a_cell_runs(
    cells: runner.Runner, sent: list[tuple[str, str]]
):
    assert cells.run(1, "from proofread import check\ncheck('wrong-one-path')")
    assert [kind for kind, _ in sent] == ["show", "text/markdown", "text/plain"]
    assert "{eq}`wrong-one-path` is false" in sent[1][1]
