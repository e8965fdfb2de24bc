"""How much of what others write is checked: ``python tests/proofread/published/count.py``.

Each file beside this one is a published text in its author's notation, with tables added. A display
with a label is checked as it stands, but for labels, dollar signs and spacing. Where the checker
refuses what the author wrote, that stands in a block of code; the same statement in the dialect
follows it, or nothing does.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
PRINTED = re.compile(
    r"^```latex\n(.*?)\n```\n(\nIn the dialect:\n\n\$\$\n.*?\n\$\$ \((\S+)\))?", re.M | re.S
)
DISPLAY = re.compile(r"^\$\$\n.*?\n\$\$ \((\S+)\)$", re.M | re.S)


def texts() -> dict[str, list[Path]]:
    """Return the files of each author, by the first word of their names."""
    found = defaultdict(list)
    for path in sorted(HERE.glob("*.md")):
        found[path.stem.split("-")[0]].append(path)
    return found


def count(path: Path) -> tuple[int, int, int]:
    """Count a text's displays: as they stand, after rewriting, not expressible."""
    content = path.read_text(encoding="utf-8")
    printed = list(PRINTED.finditer(content))
    rewritten = sum(bool(one[2]) for one in printed)
    return len(DISPLAY.findall(content)) - rewritten, rewritten, len(printed) - rewritten


def main() -> None:
    """Print the table, author by author."""
    total = (0, 0, 0)
    line = "{:12} {:>8} {:>14} {:>10} {:>16}".format
    print(line("author", "displays", "as they stand", "rewritten", "not expressible"))
    for author, paths in texts().items():
        here = tuple(map(sum, zip(*map(count, paths), strict=True)))
        total = tuple(map(sum, zip(total, here, strict=True)))
        print(line(author, sum(here), *here))
    print(line("all", sum(total), *total))
    print(line("", "", *(f"{one / sum(total):.1%}" for one in total)))


if __name__ == "__main__":
    sys.exit(main())
