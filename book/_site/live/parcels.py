"""What a reader can take away, or run in a page: the package of the book, with its text inside."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

PACKAGE = "bp"
# The oldest time that a ZIP file can hold.
EPOCH = "315532800"

BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"


def notebook_of(app: Sphinx, name: str) -> Any:
    """Return the notebook of a page, or nothing."""
    path = Path(app.env.doc2path(name))
    return nbformat.read(path, as_version=4) if path.suffix == ".ipynb" else None


def wheel(app: Sphinx) -> tuple[str, bytes]:
    """Build the wheel of the book's package, with the text of the book inside."""
    root = Path(app.srcdir)
    with TemporaryDirectory() as folder:
        stage = Path(folder) / "stage"
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(root / "src", stage / "src", ignore=ignored)
        shutil.copy(root / "pyproject.toml", stage)
        (stage / "README.md").write_text("The code of the book, and its text.\n", encoding="utf-8")
        add_text(app, stage / "src" / PACKAGE / "_book")
        done = subprocess.run(
            [sys.executable, "-c", BUILD, folder],
            cwd=stage,
            env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ExtensionError(f"the wheel cannot be built: {done.stderr.strip()[-2000:]}")
        (made,) = Path(folder).glob("*.whl")
        return made.name, made.read_bytes()


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
