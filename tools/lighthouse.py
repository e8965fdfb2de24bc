"""Measure the built site as Lighthouse does on a slow phone: `python tools/lighthouse.py [PAGE…]`.

Needs Chromium, Node, and Lighthouse 13, which is no part of the book's set-up:
`npm install --prefix FOLDER lighthouse@13`, then `LIGHTHOUSE=FOLDER/node_modules/.bin/lighthouse`.
The site is served from this machine and compressed, as a web server does. Each page is measured
three times; what is printed is the median of each figure.
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import browser
from serving import Quiet, served

SITE = Path(__file__).parent.parent / "_build" / "html"
SCORES = {
    "performance": "perf.",
    "accessibility": "access.",
    "best-practices": "practices",
    "seo": "SEO",
}
AUDITS = {
    "total-blocking-time": "blocked ms",
    "first-contentful-paint": "first ms",
    "largest-contentful-paint": "largest ms",
    "cumulative-layout-shift": "shift",
    "total-byte-weight": "bytes",
}


class Compressed(Quiet):
    """Serves files compressed, whoever asks."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with a file, or with the page for what is not there."""
        file = Path(self.translate_path(self.path))
        status = HTTPStatus.OK if file.is_file() else HTTPStatus.NOT_FOUND
        body = gzip.compress(file.read_bytes()) if file.is_file() else b""
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip" if body else "identity")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def program() -> str:
    """Return the path of Lighthouse.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    found = os.environ.get("LIGHTHOUSE") or shutil.which("lighthouse")
    if found is None:
        raise FileNotFoundError("no Lighthouse: see the first lines of tools/lighthouse.py")
    return found


def measured(address: str) -> dict[str, float]:
    """Return the scores and the figures of one run on one page."""
    command = [program(), address, "--quiet", "--output=json", "--output-path=stdout"]
    command += ["--chrome-flags=--headless --no-sandbox", f"--only-categories={','.join(SCORES)}"]
    with TemporaryDirectory() as folder:
        result = subprocess.run(
            command,
            env=os.environ | {"CHROME_PATH": browser.path(), "TMPDIR": folder},
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode:
        raise RuntimeError(f"Lighthouse failed on {address}:\n{result.stderr[-2000:]}")
    report = json.loads(result.stdout)
    figures = {name: report["categories"][name]["score"] for name in SCORES}
    return figures | {name: report["audits"][name]["numericValue"] for name in AUDITS}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line a page; return 0, or 1 if something is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="*", help="such as hidden-layer.html; all, if none is named")
    parser.add_argument("--site", type=Path, default=SITE)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(arguments)
    pages = options.pages or sorted(page.name for page in options.site.glob("*.html"))
    missing = [page for page in pages if not (options.site / page).is_file()]
    if missing or not pages:
        print(f"not in {options.site}: {', '.join(missing) or 'any page'}", file=sys.stderr)
        return 1
    labels = {**SCORES, **AUDITS}
    print(" ".join(["page".ljust(24), *labels.values()]))
    try:
        with served(options.site, Compressed) as address:
            for page in pages:
                runs = [measured(address + page) for _ in range(options.runs)]
                row = {name: median(run[name] for run in runs) for name in labels}
                cells = [f"{row[name]:.2f}".rjust(len(SCORES[name])) for name in SCORES]
                cells += [f"{row[name]:.4g}".rjust(len(AUDITS[name])) for name in AUDITS]
                print(" ".join([page.ljust(24), *cells]), flush=True)
    except (FileNotFoundError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
