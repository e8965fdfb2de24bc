"""Which pages the site must have."""

from pathlib import Path

from proofread.contents import chapters_of

ROOT = Path(__file__).parents[2]
FILES = list(chapters_of(ROOT / "_toc.yml"))

PAGES = [file.removeprefix("book/") + ".html" for file in FILES]
"""The pages that authors write."""

NOTEBOOKS = [file.removeprefix("book/") for file in FILES if (ROOT / f"{file}.ipynb").is_file()]
"""The pages that have cells."""

CHAPTERS = [f"{name}.html" for name in NOTEBOOKS if name != "checking"]
"""The chapters that derive something."""

DECKS = [f"slides/{chapter}" for chapter in CHAPTERS]
"""The slides of the chapters."""

MADE = ["genindex.html", "search.html", "404.html"]
"""The pages that the build makes."""

ALL = [*PAGES, *MADE]
