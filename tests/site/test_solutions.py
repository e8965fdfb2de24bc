"""The problem sheets on the site: without solutions unless the configuration asks for them."""

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from contents import ROOT
from lxml import html
from opening import opened
from playwright.sync_api import Browser
from pypdf import PdfReader

SHEET = """# Sheets

One sheet, with a problem.

(sheet-one)=
## One

(sheet-one-proof)=
### Proof: two halves

Show it.
"""
SOLUTION = """# Solutions: One

## Proof

The secret way:

$$
\\frac{1}{2} + \\frac{1}{2} = 1
$$ (eq-halves)

```python
print("the secret code")
```
"""


def marks() -> set[bytes]:
    """Return what tells a solution: its labels, and lines that stand nowhere else in the book."""
    # An import is no secret, and the package has the same.
    book = ROOT / "book"
    found = set()
    for path in (book / "solutions").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"\((\w+-sheet-[\w-]+)\)", text))
        found |= {
            line.strip() for line in re.findall(r"^(?!from )[\w .,()=]{30,}$", text, re.MULTILINE)
        }
    others = [path.read_bytes() for path in book.iterdir() if path.suffix in (".ipynb", ".md")]
    return {mark for mark in map(str.encode, found) if not any(mark in text for text in others)}


def test_no_file_of_the_public_site_holds_a_solution(site: Path) -> None:
    files = {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*.*")}
    for path in [*site.rglob("*.whl"), *site.rglob("*.zip")]:
        with zipfile.ZipFile(path) as archive:
            files |= {f"{path.name}/{name}": archive.read(name) for name in archive.namelist()}
    secrets = marks()
    assert len(secrets) > 60 and "sheets-1.html" in files
    for name, content in files.items():
        assert "solutions/" not in name
        assert not [mark for mark in secrets if mark in content], name


def test_the_switch_folds_a_solution_below_its_problem(small_book: Any, tmp_path: Path) -> None:
    def switched(config: dict[str, Any]) -> None:
        config["sphinx"]["config"]["sheet_solutions"] = True

    pages = {"index": "# A book\n\nOf one sheet.\n", "sheets": SHEET, "solutions/one": SOLUTION}
    result = small_book(pages, switched)
    # Here the solution is a page of its own as well, so its label is there twice, and no more.
    warnings = [line for line in result.stderr.splitlines() if "WARNING" in line]
    assert all("eq-halves" in line for line in warnings), result.stderr
    page = html.parse(str(tmp_path / "_build" / "html" / "sheets.html"))
    (solution,) = page.xpath("//details[@class='solution']")
    assert "Show it." in "".join(solution.xpath("preceding-sibling::p/text()"))
    assert solution.findtext("summary") == "Solution"
    assert "The secret way:" in solution.text_content()
    assert "the secret code" in solution.text_content() and solution.xpath(".//math")


def test_each_sheet_is_printed_on_paper_of_its_own(site: Path, browser: Browser) -> None:
    with opened(browser, (site / "sheets-2.html").as_uri()) as page:
        headings = page.locator("main h2").count()
        printed = PdfReader(BytesIO(page.pdf(format="A4")))
    found = [sheet.extract_text().count("Needs") for sheet in printed.pages]
    assert headings > 1 and sorted(filter(None, found)) == [1] * headings
