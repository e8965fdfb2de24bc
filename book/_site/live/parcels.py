"""What a reader can take away, or run in a page: the package of the book, with its text inside."""

import json
import os
import posixpath
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

PACKAGE = "bp"
# The oldest time that a ZIP file can hold.
EPOCH = "315532800"

DOWNLOADS = "downloads"
ARCHIVE = "backpropagation-notebooks.zip"

# What is installed stays the same meanwhile, and is looked through once instead of sixteen times.
BUILD = """
import sys
from functools import cache
from importlib import metadata
metadata.entry_points = cache(metadata.entry_points)
from setuptools.build_meta import build_wheel
build_wheel(sys.argv[1])
"""


def is_notebook(app: Sphinx, name: str) -> bool:
    """Tell whether a page is a notebook."""
    return Path(app.env.doc2path(name)).suffix == ".ipynb"


def notebook_of(app: Sphinx, name: str) -> Any:
    """Return the notebook of a page, or nothing."""
    if not is_notebook(app, name):
        return None
    path = Path(app.env.doc2path(name))
    # The chapters have been read before, so nothing is to be found wrong with them here.
    return nbformat.v4.reads(path.read_text(encoding="utf-8"))


def begin_wheel(app: Sphinx) -> Callable[[], tuple[str, bytes]]:
    """Begin to build the wheel of the book's package, with the text of the book inside.

    Returns
    -------
    callable
        Waits for the wheel, and returns its name and its content.
    """
    root, folder = Path(app.srcdir), TemporaryDirectory()
    stage = Path(folder.name) / "stage"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(root / "src", stage / "src", ignore=ignored)
    shutil.copy(root / "pyproject.toml", stage)
    (stage / "README.md").write_text("The code of the book, and its text.\n", encoding="utf-8")
    add_text(app, stage / "src" / PACKAGE / "_book")
    process = subprocess.Popen(
        [sys.executable, "-c", BUILD, folder.name],
        cwd=stage,
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )

    def wheel() -> tuple[str, bytes]:
        with folder:
            _, errors = process.communicate()
            if process.returncode:
                raise ExtensionError(f"the wheel cannot be built: {errors.strip()[-2000:]}")
            (made,) = Path(folder.name).glob("*.whl")
            return made.name, made.read_bytes()

    return wheel


def add_text(app: Sphinx, folder: Path) -> None:
    """Put the text that the checker of the equations reads into a folder."""
    root = Path(app.srcdir)
    folder.mkdir()
    for name in ("pyproject.toml", "_toc.yml"):
        shutil.copy(root / name, folder)
    for page in app.env.found_docs:
        source = Path(app.env.doc2path(page))
        target = folder / source.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix != ".ipynb":
            shutil.copy(source, target)
            continue
        cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
        # The checker reads the text alone, and says in which cell it stands.
        kept = [
            {"cell_type": cell["cell_type"], "source": cell["source"]}
            if cell["cell_type"] == "markdown"
            else {"cell_type": "raw", "source": ""}
            for cell in cells
        ]
        text = json.dumps({"cells": kept}, ensure_ascii=False, separators=(",", ":"))
        target.write_text(text, encoding="utf-8")


def taken(app: Sphinx, name: str, wheel_name: str) -> bytes:
    """Return the notebook of a page as it runs elsewhere: its first cell installs the wheel.

    The wheel lies beside it, or at the site's address where that is known.
    """
    notebook, base = notebook_of(app, name), app.config.html_baseurl
    beside = f"./{wheel_name}[proofread]"
    there = f"{PACKAGE}[proofread] @ {posixpath.join(base, DOWNLOADS, wheel_name)}"
    lines = [
        "# Run this first: it installs the code of the book, and its text, which check() reads.",
        f'%pip install --quiet "{there if base else beside}" matplotlib',
        "import os",
        f"import {PACKAGE}",
        f'os.environ["PROOFREAD_BOOK"] = os.path.join({PACKAGE}.__path__[0], "_book")',
    ]
    first = {
        "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [],
        "source": "\n".join(lines),
    }  # fmt: skip
    notebook.cells.insert(0, nbformat.from_dict(first))
    return (nbformat.v4.writes(notebook) + "\n").encode()


def write_notebook(app: Sphinx, name: str, wheel_name: str) -> None:
    """Write the notebook of a page to take away."""
    folder = Path(app.outdir) / DOWNLOADS
    folder.mkdir(exist_ok=True)
    (folder / f"{posixpath.basename(name)}.ipynb").write_bytes(taken(app, name, wheel_name))


def write_archive(app: Sphinx, wheel_name: str, content: bytes) -> None:
    """Write the wheel, and one archive of it and of all notebooks."""
    folder = Path(app.outdir) / DOWNLOADS
    (folder / wheel_name).write_bytes(content)
    pages = sorted(name for name in app.env.found_docs if is_notebook(app, name))
    with zipfile.ZipFile(folder / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in [*(f"{posixpath.basename(page)}.ipynb" for page in pages), wheel_name]:
            entry = zipfile.ZipInfo(f"backpropagation/{name}")
            archive.writestr(entry, (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)
