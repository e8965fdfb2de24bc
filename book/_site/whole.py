"""A build is whole: either nothing has changed since the last one, or everything is made anew.

Numbers, titles, the menu, the search data and the fonts of one page depend on all others, and the
numbers of some on the code. So what went into a build and what came out of it are kept as digests
beside the doctrees. Where both are as they were, there is nothing to do. Otherwise what the last
build wrote is taken away, and the next starts from nothing. Files of others are left alone.
"""

import importlib
import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.config import Config

SETTINGS = (
    "_config.yml", "_toc.yml", "pyproject.toml", "package-lock.json",
    "CITATION.cff", "CHANGELOG.md",
)  # fmt: skip
# Packages whose code decides what pages show.
PACKAGES = ("bp", "proofread", __package__)


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, without hidden ones and what Python compiles."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and not any(p[0] == "." or p == "__pycache__" for p in inside):
            yield path


def sources(srcdir: Path) -> Iterator[Path]:
    """Yield the files that a build is made from."""
    yield from (path for name in SETTINGS if (path := srcdir / name).is_file())
    yield from files_in(srcdir / "book")
    for name in PACKAGES:
        if file := importlib.import_module(name).__file__:
            yield from files_in(Path(file).parent)


def made_from(app: Sphinx) -> str:
    """Return the digest of all that a build is made from: files, programs and options."""
    digest = sha256()
    for path in sources(Path(app.srcdir)):
        digest.update(f"{path}\n".encode() + sha256(path.read_bytes()).digest())
    # Its folder bears name and version of a package; to read them inside takes a while.
    packages = {path.name for folder in sys.path for path in Path(folder).glob("*-info")}
    options = {setting.name: setting.value for setting in app.config}
    rest = [sys.version, sorted(packages), sorted(app.tags), options]
    # Of functions and classes the name alone is the same in the next process.
    digest.update(json.dumps(rest, default=lambda value: type(value).__name__).encode())
    return digest.hexdigest()


class Record:
    """What the last build was made from, and what it wrote.

    Parameters
    ----------
    app : Sphinx
        The build that begins.
    """

    def __init__(self, app: Sphinx) -> None:
        self.site = Path(app.outdir)
        self.file = Path(app.doctreedir) / "whole.json"
        # What changes during the build is for the next one.
        self.sources = made_from(app)
        self.made_from, self.written = "", dict[str, str]()
        if self.file.is_file():
            self.made_from, self.written = json.loads(self.file.read_text(encoding="utf-8"))

    def present(self) -> dict[str, str]:
        """Return the digest of each file in the folder of the site."""
        return {
            path.relative_to(self.site).as_posix(): sha256(path.read_bytes()).hexdigest()
            for path in self.site.rglob("*")
            if path.is_file()
        }

    def holds(self) -> bool:
        """Tell whether what would be built is there already; what was left beside it may stay."""
        there = self.present()
        self.others = there.keys() - self.written.keys()
        as_written = all(there.get(name) == digest for name, digest in self.written.items())
        return as_written and self.made_from == self.sources

    def clear(self) -> None:
        """Take away what the last build wrote; what remains is not the build's."""
        for name in self.written:
            (self.site / name).unlink(missing_ok=True)
        self.others = self.present().keys()

    def keep(self, complete: bool) -> None:
        """Store what was written; a build that is not complete is never up to date."""
        written = {name: code for name, code in self.present().items() if name not in self.others}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        content = [self.sources if complete else "", written]
        self.file.write_text(json.dumps(content), encoding="utf-8")

    def clear_new(self) -> None:
        """Take away what extensions left though nothing was built."""
        for name in self.present().keys() - self.written.keys() - self.others:
            (self.site / name).unlink()


def start_from_nothing(app: Sphinx, config: Config) -> None:
    """Forget what Sphinx remembers of the last build."""
    (Path(app.doctreedir) / ENV_PICKLE_FILENAME).unlink(missing_ok=True)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Let all parts write what they make of the finished pages, and keep the record."""
    record, built = app.builder.record, app.builder.built
    if not built:
        record.clear_new()
        return
    try:
        if exception is None:
            app.emit("pages-written")
    finally:
        # A warning would not be seen again.
        record.keep(complete=exception is None and not app._warncount)


def setup(app: Sphinx) -> None:
    """Begin each build from nothing, and end it with a record."""
    app.connect("config-inited", start_from_nothing)
    # After the extensions have left their sheets.
    app.connect("build-finished", finish, priority=900)
