"""Each display is a test of pytest, where that is asked for; and the hook of pre-commit."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HEAD = "| Symbol | Over | Value |\n|-|-|-|\n| $k$ | | any number |\n\n"
TEXT = HEAD + "$$ k + k = 2k $$ (eq-a)\n\n$$ k = 2k $$ (eq-b)\n\n$$ k $$\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[tool.proofread]\nfiles = ["one.md"]\n')
    (tmp_path / "one.md").write_text(TEXT)
    (tmp_path / "other.md").write_text(TEXT)
    return tmp_path


def run(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rA", *options]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return found.stdout + found.stderr


def test_each_display_of_a_chapter_is_a_test(book: Path) -> None:
    out = run(book, "--proofread")
    assert "PASSED one.md::eq-a" in out
    assert "FAILED one.md::eq-b" in out and "FAILED one.md::display in line 9" in out
    assert "one.md:7:8 (eq-b): does not hold" in out and "Traceback" not in out
    assert "other.md" not in out
    assert "1 passed" in run(book, "--proofread", "one.md::eq-a")


def test_it_is_silent_unless_it_is_asked_and_says_where_there_is_no_book(book: Path) -> None:
    assert "no tests ran" in run(book)
    (book / "pyproject.toml").unlink()
    assert "--proofread: no chapter of a book is here" in run(book, "--proofread", "one.md")


def test_the_hook_runs_the_command_that_is_installed() -> None:
    root = Path(__file__).parents[2]
    (hook,) = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"].split()[0] == "proofread"
    script = Path(sys.executable).with_name("proofread")
    assert subprocess.run([script, "--version"], check=False).returncode == 0
