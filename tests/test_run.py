"""The environment is made once, and again where what it is made of has changed."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import run

FILES = ("pyproject.toml", "constraints.txt", "package.json", "package-lock.json")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put the environment into an empty folder, and return what is done to make it."""
    done: list[str] = []

    def call(*command: object, doing: str) -> None:
        done.append(doing)
        if doing == "python -m venv":
            run.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            run.PYTHON.touch(mode=0o755)
        if doing == "npm ci":
            (run.ROOT / "node_modules").mkdir(exist_ok=True)

    monkeypatch.setattr(run, "call", call)
    monkeypatch.setattr(run, "npm", lambda: "npm")
    move(tmp_path, monkeypatch)
    return done


def move(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a folder be that of the book."""
    monkeypatch.setattr(run, "ROOT", folder)
    monkeypatch.setattr(run, "VENV", folder / ".venv")
    monkeypatch.setattr(run, "SCRIPTS", folder / ".venv" / "bin")
    monkeypatch.setattr(run, "PYTHON", folder / ".venv" / "bin" / "python")
    for name in FILES:
        if not (folder / name).exists():
            (folder / name).write_text(name, encoding="utf-8")


ALL = ["python -m venv", "pip install", "npm ci"]


def test_it_is_made_once(made: list[str]) -> None:
    assert run.main([]) == run.main([]) == 0
    assert made == ALL


@pytest.mark.parametrize(
    ("name", "again"), list(zip(FILES, (ALL[:2], ALL[:2], ALL[2:], ALL[2:]), strict=True))
)
def test_a_change_of_what_is_installed_makes_it_anew(
    name: str, again: list[str], made: list[str]
) -> None:
    run.main([])
    (run.ROOT / name).write_text("changed", encoding="utf-8")
    made.clear()
    assert run.main([]) == 0
    assert made == again


def test_a_moved_folder_and_another_python_make_it_anew(
    made: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.main([])
    made.clear()
    (tmp_path / "there").mkdir()
    for name in (*FILES, ".venv", "node_modules"):
        (tmp_path / name).rename(tmp_path / "there" / name)
    move(tmp_path / "there", monkeypatch)
    assert run.main([]) == 0
    assert made == ALL[:2]
    made.clear()
    monkeypatch.setattr(run.sys, "version", "another")
    assert run.main([]) == 0
    assert made == ALL[:2]


@pytest.mark.parametrize("failing", ALL)
def test_what_fails_is_named_and_tried_again(
    failing: str,
    made: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    call = run.call

    def fails(*command: object, doing: str) -> None:
        if doing == failing:
            raise run.Failed(f"{doing} failed")
        call(*command, doing=doing)

    with monkeypatch.context() as patch:
        patch.setattr(run, "call", fails)
        assert run.main(["python"]) == 1
    assert f"{failing} failed" in capsys.readouterr().err
    made.clear()
    assert run.main([]) == 0
    assert failing in made


def test_a_command_that_fails_is_a_failure() -> None:
    with pytest.raises(run.Failed, match="counting failed"):
        run.call(sys.executable, "-c", "raise SystemExit(3)", doing="counting")


def test_a_machine_without_node_gets_it_as_a_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(run, "install", installed.append)
    found = iter([None, "npm"])
    monkeypatch.setattr(run, "shutil", SimpleNamespace(which=lambda *_, **__: next(found)))
    assert run.npm() == "npm"
    assert installed == ["node"]
    found = iter([None, None])
    with pytest.raises(run.Failed, match="install Node"):
        run.npm()


def test_an_old_python_is_told_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run.sys, "version_info", (3, 9, 1))
    assert run.main([]) == 1
    assert "needs Python 3.11 or newer" in capsys.readouterr().err


def test_settings_of_the_user_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in run.OTHERS:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("SOMETHING", "else")
    variables = run.environment()
    assert not variables.keys() & set(run.OTHERS)
    assert variables["SOMETHING"] == "else"
    assert variables["PATH"].split(os.pathsep)[0] == str(run.SCRIPTS)


def test_a_program_that_is_not_there_is_named_and_others_end_as_they_end(
    made: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run.main([])
    assert run.main(["nothing"]) == 1
    assert "nothing is no program of the environment" in capsys.readouterr().err
    program = run.SCRIPTS / "program"
    program.write_text('#!/bin/sh\nexit "$1"\n', encoding="utf-8")
    program.chmod(0o755)
    if os.name != "nt":
        assert run.main(["program", "7"]) == 7
