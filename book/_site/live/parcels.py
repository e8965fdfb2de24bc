"""The package of the book with the book's text inside, and what the package needs besides NumPy."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from packaging.requirements import Requirement
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

PACKAGE = "bp"
EXTRA = "proofread"
# What is compiled belongs to another machine, and NumPy comes with the runtime.
TEXT = (".py", ".lark")
APART = {"numpy"}
# The oldest time that a ZIP file can hold.
EPOCH = "315532800"

BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"


def notebook_of(app: Sphinx, name: str) -> Any:
    """Return the notebook of a page, or nothing."""
    path = Path(app.env.doc2path(name))
    return nbformat.read(path, as_version=4) if path.suffix == ".ipynb" else None


def parcels(app: Sphinx) -> dict[str, bytes]:
    """Return what a page installs: the wheel of the book, and the packages that it needs."""
    name, content = wheel(app)
    return {name: content, "packages.zip": packages()}


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


def needed() -> list[str]:
    """Return the packages that the checker needs, and those that these need."""
    found: dict[str, None] = {}

    def add(requirement: Requirement, extras: set[str]) -> None:
        name = requirement.name.lower()
        if name in found or name in APART:
            return
        found[name] = None
        for line in metadata.requires(name) or []:
            below = Requirement(line)
            wanted = [{"extra": extra} for extra in ("", *extras)]
            if below.marker is None or any(map(below.marker.evaluate, wanted)):
                add(below, set(below.extras))

    for line in metadata.requires(PACKAGE) or []:
        requirement = Requirement(line)
        if requirement.marker and requirement.marker.evaluate({"extra": EXTRA}):
            add(requirement, set(requirement.extras))
    return sorted(found)


def packages() -> bytes:
    """Return the pure part of these packages, as they are installed here, as one archive.

    Their versions are those of `constraints.txt`. Each file must have the hash that the package's
    own record gives it.
    """
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for name in needed():
            for file in metadata.files(name) or []:
                licence = ".dist-info" in file.parts[0] and "LICEN" in file.name.upper()
                if file.suffix not in TEXT and not licence:
                    continue
                content = Path(str(file.locate())).read_bytes()
                if file.hash is not None and digest(file.hash.mode, content) != file.hash.value:
                    raise ExtensionError(f"{file} of {name} is not as it was installed")
                made.writestr(zipfile.ZipInfo(file.as_posix()), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def digest(kind: str, content: bytes) -> str:
    """Return a hash as the record of a package writes it."""
    value = hashlib.new(kind, content).digest()
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
