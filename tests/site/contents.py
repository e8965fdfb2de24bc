"""Which pages the site must have."""

from pathlib import Path

from proofread.contents import chapters_of

ROOT = Path(__file__).parents[2]
FILES = list(chapters_of(ROOT / "_toc.yml"))

PAGES = [file.removeprefix("book/") + ".html" for file in FILES]
"""The pages that authors write."""

CHAPTERS = [
    file.removeprefix("book/") + ".html"
    for file in FILES
    if (ROOT / f"{file}.ipynb").is_file() and file != "book/checking"
]
"""The chapters that derive something."""

MADE = ["genindex.html", "search.html", "404.html"]
"""The pages that the build makes."""

ALL = [*PAGES, *MADE]
