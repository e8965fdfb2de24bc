"""The site, built once for all tests, and a browser to look at it with."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from contents import ROOT
from lxml import html
from playwright.sync_api import Browser, Error

import browser as chromium

RUNTIME = ROOT / "_build" / "live"


def jupyter_book(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Build the book in a folder with the options under which any warning is an error."""
    program = shutil.which("jupyter-book", path=Path(sys.executable).parent)
    assert program, "jupyter-book is not installed beside Python"
    command = [program, "build", ".", "-W", "-n", "--keep-going"]
    return subprocess.run(
        [*command, *options], cwd=folder, capture_output=True, text=True, check=False
    )


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
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the book in a folder as littered as a developer's, and return the site."""
    folder = tmp_path_factory.mktemp("book")
    for name in ("_config.yml", "_toc.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("book", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    lend(folder, "node_modules", *(["_build/live"] if RUNTIME.is_dir() else []))
    for litter in ("README.md", ".venv/lib/README.md", ".pytest_cache/README.md"):
        (folder / litter).parent.mkdir(parents=True, exist_ok=True)
        (folder / litter).write_text("# Litter\n", encoding="utf-8")
    result = jupyter_book(folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "_build" / "html"


@pytest.fixture(scope="session")
def trees(site: Path) -> dict[str, html.HtmlElement]:
    """Return every page of the site, parsed."""
    return {
        page.name: html.fromstring(page.read_text(encoding="utf-8"))
        for page in sorted(site.glob("*.html"))
    }


@pytest.fixture
def small_book(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Return a function that builds a book of one page with the book's own configuration."""

    def build(text: str, change: Callable[[dict], object] = lambda config: None):
        config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
        change(config)
        (tmp_path / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/index\n", encoding="utf-8")
        shutil.copytree(
            ROOT / "book",
            tmp_path / "book",
            ignore=shutil.ignore_patterns("*.ipynb", "*.md", "__pycache__"),
            dirs_exist_ok=True,
        )
        lend(tmp_path, "node_modules")
        (tmp_path / "book" / "index.md").write_text(text, encoding="utf-8")
        return jupyter_book(tmp_path)

    return build


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the browser; without one skip the test, or fail it where a browser is demanded."""
    absent = pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip
    try:
        with chromium.started() as started:
            yield started
    except FileNotFoundError as error:
        absent(str(error))
    except Error as error:
        absent(f"the browser does not start: {error.message.splitlines()[0]}")


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[str]:
    """Serve the site on this machine and return its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}/"
        http.shutdown()
