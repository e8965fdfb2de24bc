"""The 2-3-2 net of the source, as a text that tests can add to."""

import dataclasses
from pathlib import Path

import pytest

from proofread.sources import Display, Place
from proofread.text import Entry, Text, read_file

HERE = Path(__file__).parent


def pytest_addoption(parser):
    parser.addoption("--expressions", type=int, default=40, help="how many to try with SymPy")


class Net:
    """A text, and one more display in the scope of one of its own."""

    def __init__(self, name: str) -> None:
        self.path = HERE / name
        self.text: Text = read_file(self.path)

    def entries(self, prefix: str) -> list[Entry]:
        return [e for e in self.text.entries if e.display.label.startswith(prefix)]

    def verdict(
        self, latex: str, label: str = "eq-new", near: str | None = None, networks: int = 20
    ):
        scope = self.text.find(near).scope if near else self.text.entries[-1].scope
        display = Display(label, latex, Place("new.md", 1))
        return self.text.verdict(Entry(display, scope), networks)

    def changed(self, entry: Entry, latex: str, networks: int = 20):
        display = dataclasses.replace(entry.display, latex=latex)
        return self.text.verdict(Entry(display, entry.scope), networks)


@pytest.fixture(scope="session")
def source() -> Net:
    return Net("source-equations.md")


@pytest.fixture(scope="session")
def deep() -> Net:
    return Net("deep-net.md")


@pytest.fixture(scope="session")
def batch() -> Net:
    return Net("batch-softmax.md")


@pytest.fixture
def write(tmp_path):
    """Write a file of a text, and read it."""

    def writer(content: str | bytes, name: str = "text.md") -> Text:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_file(path)

    return writer
