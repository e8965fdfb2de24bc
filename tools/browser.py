"""The browser that prints the book, draws its card and tests its pages."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

# The shell has no window to draw, which makes it the quickest.
NAMES = ("chromium-headless-shell", "chromium", "google-chrome")


def path() -> str:
    """Return the path of a Chromium: that in the variable CHROMIUM, or that of the system.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise FileNotFoundError("no browser: install chromium, or give its path as CHROMIUM")
    return found


@contextmanager
def started(*more: str) -> Iterator[Browser]:
    """Start the browser, with more arguments of its command, and close it in the end."""
    with sync_playwright() as playwright:
        # A container has no user namespaces for the sandbox, and all pages are our own.
        # None of them needs more than this machine.
        alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        # The shell would round the width of each letter, as no reader's browser does.
        true = "--font-render-hinting=none"
        arguments = ["--no-sandbox", alone, true, *more]
        browser = playwright.chromium.launch(executable_path=path(), args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def finished(write: Callable[[Path], None], target: Path) -> int:
    """Write a file and say where; return 0, or 1 with the reason if something is missing."""
    try:
        write(target)
    except (OSError, Error) as error:
        print(error, file=sys.stderr)
        return 1
    print(target)
    return 0
