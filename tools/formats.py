"""Make all formats of the book out of the built site: `python tools/formats.py`.

Each also has a command of its own. The PDF takes longest, so the others are made meanwhile.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import epub
import figures
import pdf
import reading

MADE = {pdf.NAME: pdf.made, epub.NAME: epub.made, figures.NAME: figures.made}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make every format beside the pages; return 0, or 1 if one of them cannot be made."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--site", type=Path, default=reading.SITE, help="the folder of the site")
    site = parser.parse_args(arguments).site.resolve()
    with ProcessPoolExecutor() as pool:
        made = {name: pool.submit(function, site) for name, function in MADE.items()}
        # One that fails keeps no other from being stored.
        failures = [reading.stored(site, site / name, name, made[name].result) for name in MADE]
    return max(failures)


if __name__ == "__main__":
    sys.exit(main())
