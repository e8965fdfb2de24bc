"""Each display is a test of pytest, where that is asked for; and the hook of pre-commit."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import proofread.project  # noqa: F401 (what a run imports first is forgotten after it)

pytest_plugins = "pytester"

HEAD = "| Symbol | Over | Value |\n|-|-|-|\n| $k$ | | any number |\n\n"
TEXT = HEAD + "$$ k + k = 2k $$ (eq-a)\n\n$$ k = 2k $$ (eq-b)\n\n$$ k $$\n"


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., str]:
    """Make a book of one chapter beside another file, and return what runs pytest on it."""
    (pytester.path / "pyproject.toml").write_text('[tool.proofread]\nfiles = ["one.md"]\n')
    (pytester.path / "one.md").write_text(TEXT)
    (pytester.path / "other.md").write_text(TEXT)

    def ran(*options: str) -> str:
        found = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-q", "-rA", *options)
        return f"{found.stdout}\n{found.stderr}"

    return ran


def test_each_display_of_a_chapter_is_a_test(run: Callable[..., str]) -> None:
    out = run("--proofread")
    assert "PASSED one.md::eq-a" in out
    assert "FAILED one.md::eq-b" in out and "FAILED one.md::display in line 9" in out
    assert "one.md:7:8 (eq-b): does not hold" in out and "Traceback" not in out
    assert "other.md" not in out
    assert "1 passed" in run("--proofread", "one.md::eq-a")


def test_it_is_silent_unless_it_is_asked_and_says_where_there_is_no_book(
    run: Callable[..., str], pytester: pytest.Pytester
) -> None:
    assert "no tests ran" in run()
    (pytester.path / "pyproject.toml").unlink()
    assert "ERROR: --proofread: no chapter of a book is here" in run("--proofread", "one.md")


def test_the_hook_runs_the_command_that_is_installed() -> None:
    root = Path(__file__).parents[2]
    (hook,) = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"].split()[0] == "proofread"
    script = Path(sys.executable).with_name("proofread")
    assert subprocess.check_output([script, "--version"]).startswith(b"proofread ")
