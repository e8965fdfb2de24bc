"""Which pages the site must have."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def toc() -> list[str]:
    """Return the files of all pages in `_toc.yml`, the cover first."""
    tree = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = tree["parts"]
    return [tree["root"], *(page["file"] for part in parts for page in part["chapters"])]


PAGES = [file.removeprefix("book/") + ".html" for file in toc()]
"""The pages that authors write."""

CHAPTERS = [
    file.removeprefix("book/") + ".html"
    for file in toc()
    if (ROOT / file).with_suffix(".ipynb").is_file() and file != "book/checking"
]
"""The chapters that derive something."""

MADE = ["genindex.html", "search.html", "404.html"]
"""The pages that the build makes."""

ALL = [*PAGES, *MADE]
