"""Keep the numbers of equations, figures and exercises where readers know them.

`python tools/numbers_kept.py` reads the built site and writes their numbers, by label, into the
list that a test compares with each site. A number that moved, or is gone, must be named in the
newest section of CHANGELOG.md; until then nothing is written. What is new is added.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import html

import reading
from files import replace

ROOT = Path(__file__).parent.parent
LIST = ROOT / "tests" / "site" / "numbers.txt"
CHANGES = ROOT / "CHANGELOG.md"
Numbers = dict[str, str]


def on_page(page: html.HtmlElement) -> Iterator[tuple[str, str]]:
    """Yield the label and the number of each equation, figure and exercise of a page."""
    for equation in page.xpath("//main//*[starts-with(@id, 'equation-')][.//a[@class='eqno']]"):
        number = re.search(r"[\d.]*\d", equation.find_class("eqno")[0].text_content())
        yield equation.get("id").removeprefix("equation-"), f"Equation {number[0]}"
    for caption in page.xpath("//main//*[contains(@class, 'caption-number')]"):
        owner = caption.xpath("ancestor::*[starts-with(@id, 'fig-') or starts-with(@id, 'ex-')][1]")
        words = caption.text_content().split()
        if owner:
            yield owner[0].get("id"), " ".join(words)


def on_site(site: Path) -> Numbers:
    """Return the numbers of a site by label, in the order of its pages.

    Parameters
    ----------
    site : Path
        The folder of the built site.

    Raises
    ------
    FileNotFoundError
        If the site is not built.
    """
    pages = (reading.parsed(site, name) for name in reading.order(site))
    return dict(found for page in pages for found in on_page(page))


def stored(file: Path = LIST) -> Numbers:
    """Return the numbers of the list."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return dict(line.split(" ", 1) for line in lines)


def newest(changes: str) -> str:
    """Return the newest section of the list of changes, or nothing where it is released."""
    section = re.search(r"^## (.*)\n(?:(?!## ).*\n?)*", changes, flags=re.MULTILINE)
    return section[0] if section and "not released" in section[1] else ""


def unsaid(old: Numbers, new: Numbers, changes: str) -> list[str]:
    """Return what moved and is not named: each as a line for the list of changes."""
    said = newest(changes)
    return [
        f"- `{label}`: {number} is now {new.get(label, 'gone')}"
        for label, number in old.items()
        if new.get(label) != number and f"`{label}`" not in said
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the list; return 0, or 1 if a number moved and nobody said so."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--to", type=Path, default=LIST)
    options = parser.parse_args(arguments)
    try:
        new = on_site(options.site)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    lines = unsaid(stored(options.to), new, CHANGES.read_text(encoding="utf-8"))
    if lines:
        place = 'under "Moved" in the newest section of CHANGELOG.md, which must be "not released"'
        print(f"numbers moved; say so {place}:", *lines, sep="\n", file=sys.stderr)
        return 1
    replace(options.to, "".join(f"{label} {number}\n" for label, number in new.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
