"""The 2-3-2 net of the source, as a text that tests can add to."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from proofread.definitions import Definitions
from proofread.mutate import Change, changes
from proofread.sources import Display, Place
from proofread.text import Entry, Text, Verdict, read_file

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


def redefined(text: Text, entry: Entry) -> Text:
    """Return the text with another definition in the place of the one of this label."""
    kept = {
        slot: found
        for slot, found in text.definitions.slots.items()
        if all(definition.label != entry.display.label for definition in found)
    }
    changed = Text(text.macros, text.pins, Definitions(kept), [entry])
    changed.define()
    return changed


@pytest.fixture
def mutants() -> Callable[[Text, Callable[[str], bool]], Iterator[tuple[Entry, Change, Verdict]]]:
    """Return a function that plants every slip, one by one, in the displays whose labels it asks.

    It yields the display, the slip, and the verdict on it, display by display in their order.
    """

    def planted(text, asked):
        for entry in text.entries:
            label, latex = entry.display.label, entry.display.latex
            if not asked(label):
                continue
            for change in sorted(changes(latex, entry.scope), key=lambda change: change.place):
                display = dataclasses.replace(entry.display, latex=change.latex)
                other = Entry(display, entry.scope)
                judge = redefined(text, other) if label.startswith("def-") else text
                yield entry, change, judge.verdict(other, 20)

    return planted


@pytest.fixture
def write(tmp_path):
    """Write a file of a text, and read it."""

    def writer(content: str | bytes, name: str = "text.md") -> Text:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_file(path)

    return writer
