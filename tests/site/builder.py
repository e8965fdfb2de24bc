"""A builder of books: each is built in a copy of this process, which has loaded what it takes.

To load it takes longer than to build a book of some pages. Each line of the input is a folder, a
file for each of the two streams, and the program with its arguments, as JSON; the answer to it is
the exit code.
"""

import json
import multiprocessing
import os
import sys
from importlib import import_module

import yaml
from contents import ROOT
from jupyter_book.cli.main import main as jupyter_book
from sphinx.application import builtin_extensions
from sphinx.cmd.build import main as sphinx

PROGRAMS = {"jupyter-book": jupyter_book, "sphinx-build": sphinx}
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
for name in (*builtin_extensions, "myst_nb.sphinx_ext", *CONFIG["sphinx"]["config"]["extensions"]):
    # Each book has its own copy of those.
    if not name.startswith("_site"):
        import_module(name)


def build(folder: str, streams: list[str], program: str, *arguments: str) -> None:
    """Build a book, as the program does, and end this process."""
    os.chdir(folder)
    for descriptor, file in enumerate(streams, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    sys.exit(PROGRAMS[program](arguments))


if __name__ == "__main__":
    # Copies are not safe on macOS, and Windows makes none: what is new there loads it all again.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    for line in sys.stdin:
        process = context.Process(target=build, args=json.loads(line))
        process.start()
        process.join()
        print(process.exitcode, flush=True)
