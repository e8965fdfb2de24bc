"""The site, built once for all tests, and a browser to look at it with."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from contents import ROOT
from filelock import FileLock
from lxml import html
from playwright.sync_api import Browser, Error

import browser as chromium
from serving import served

RUNTIME = ROOT / "_build" / "live"


# Any warning is an error.
BUILD = ["jupyter-book", "build", ".", "-W", "-n", "--keep-going"]


def run(folder: Path, name: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run a program that is installed beside Python in a folder."""
    program = shutil.which(name, path=str(Path(sys.executable).parent))
    assert program, f"{name} is not installed beside Python"
    command = [program, *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def builder() -> Iterator[Callable[..., "subprocess.CompletedProcess[str]"]]:
    """Return a function that runs jupyter-book or sphinx-build, which are loaded once."""
    command = [sys.executable, str(Path(__file__).with_name("builder.py"))]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:

        def build(folder: Path, *line: str) -> "subprocess.CompletedProcess[str]":
            streams = [folder / "stdout", folder / "stderr"]
            order = [str(folder), [*map(str, streams)], *line]
            print(json.dumps(order), file=process.stdin, flush=True)
            code = int(process.stdout.readline())
            said = [stream.read_text(encoding="utf-8") for stream in streams]
            return subprocess.CompletedProcess(line, code, *said)

        yield build
        process.stdin.close()


def lend(folder: Path, *names: str) -> None:
    """Let a copy of the book use what is installed or assembled here."""
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        try:
            (folder / name).symlink_to(ROOT / name, target_is_directory=True)
        except FileExistsError:
            pass
        except OSError:  # Windows makes links only for developers.
            shutil.copytree(ROOT / name, folder / name)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the site of the book, which the first process that asks for it builds for all."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "book"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            built(folder)
    site = folder / "_build" / "html"
    assert (site / "index.html").is_file(), "the book could not be built; another test says why"
    return site


def built(folder: Path) -> None:
    """Build the book in a folder as littered as a developer's."""
    folder.mkdir()
    for name in ("_config.yml", "_toc.yml", "pyproject.toml", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder)
    for name in ("book", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    lend(folder, "node_modules", *(["_build/live"] if RUNTIME.is_dir() else []))
    for litter in ("README.md", ".venv/lib/README.md", ".pytest_cache/README.md"):
        (folder / litter).parent.mkdir(parents=True, exist_ok=True)
        (folder / litter).write_text("# Litter\n", encoding="utf-8")
    result = run(folder, *BUILD)
    if result.returncode:
        shutil.rmtree(folder / "_build" / "html", ignore_errors=True)
        pytest.fail(result.stdout + result.stderr)


@pytest.fixture(scope="session")
def trees(site: Path) -> dict[str, html.HtmlElement]:
    """Return every page of the site, parsed."""
    return {
        page.relative_to(site).as_posix(): html.fromstring(page.read_text(encoding="utf-8"))
        for page in sorted(site.rglob("*.html"))
    }


@pytest.fixture
def small_book(
    tmp_path: Path, builder: Callable[..., "subprocess.CompletedProcess[str]"]
) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Return a function that builds a book of some pages with the book's own configuration.

    The pages are a text for the cover, or texts by name, the cover first. The book lies in a folder
    of `tmp_path`, or in this one. It is built by a process of its own if sets are to have another
    order there.
    """

    def build(
        pages: str | dict[str, str],
        change: Callable[[dict], object] = lambda config: None,
        *options: str,
        folder: str = ".",
        apart: bool = False,
    ) -> "subprocess.CompletedProcess[str]":
        texts = {"index": pages} if isinstance(pages, str) else pages
        root, book = tmp_path / folder, tmp_path / folder / "book"
        config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
        change(config)
        book.mkdir(parents=True, exist_ok=True)
        (root / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        names = [f"book/{name}" for name in texts]
        toc = {"format": "jb-book", "root": names[0]}
        if names[1:]:
            chapters = [{"file": name} for name in names[1:]]
            toc["parts"] = [{"caption": "Part", "numbered": True, "chapters": chapters}]
        (root / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
        others = shutil.ignore_patterns("*.ipynb", "*.md")
        shutil.copytree(ROOT / "book", book, ignore=others, dirs_exist_ok=True)
        lend(root, "node_modules")
        for page in book.rglob("*.md"):
            page.unlink()
        for name, text in texts.items():
            (book / name).parent.mkdir(parents=True, exist_ok=True)
            (book / f"{name}.md").write_text(text, encoding="utf-8")
        return (run if apart else builder)(root, *BUILD, *options)

    return build


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the browser; without one skip the test, or fail it where a browser is demanded."""
    absent = pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip
    try:
        # A page is here for a second: to compile its scripts for speed takes longer than it saves.
        with chromium.started("--js-flags=--no-opt") as started:
            yield started
    except FileNotFoundError as error:
        absent(str(error))
    except Error as error:
        absent(f"the browser does not start: {error.message.splitlines()[0]}")


@pytest.fixture(scope="session")
def runtime() -> Path:
    """Return the runtime of live pages; without it skip the test, or fail it where none may be."""
    if not (RUNTIME / "runtime.json").is_file():
        absent = pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip
        absent("no runtime of live pages: python3 tools/run.py python tools/live.py")
    return RUNTIME


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[str]:
    """Serve the site on this machine and return its address."""
    with served(site) as address:
        yield address


@pytest.fixture(scope="session")
def below(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the site below a path of a server, and return its address."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "some").mkdir()
    (folder / "some" / "book").symlink_to(site, target_is_directory=True)
    with served(folder) as address:
        yield f"{address}some/book/"
