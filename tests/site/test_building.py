"""What the build refuses, and what it adds once the site has an address."""

import hashlib
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from contents import ROOT
from lxml import etree, html
from opening import opened
from playwright.sync_api import Browser

SmallBook = Callable[..., "subprocess.CompletedProcess[str]"]
TEXT = "# A page\n\nWith a paragraph that describes it.\n"


def build_in(processes: int, config: dict) -> None:
    """Set how many processes read and write the pages."""
    config["sphinx"]["config"]["processes"] = processes


def test_all_formulas_that_cannot_be_read_are_named_with_their_places(small_book: SmallBook):
    faults = [r"\frac{a", r"\nosuchcommand", r"a} b"]
    texts = [f"# Page {n}\n\n$$\n{latex}\n$$ (eq-bad-{n})\n" for n, latex in enumerate(faults)]
    pages = {"index": texts[0], "one": texts[1], "two": f"{texts[2]}\n# With ${faults[1]}$\n"}
    # The title stands in the menu of each page, whichever process writes it.
    pages |= {"three": f"# Three ${faults[0]}$\n", "four": TEXT, "five": TEXT}
    # A fault that was reported once stays one: the second build is no better than the first.
    for _ in range(2):
        result = small_book(pages, partial(build_in, 2))
        assert result.returncode != 0
        for place in ("index.md:3", "one.md:3", "two.md:3", "two.md:7", "three.md:1"):
            assert f"{place}: WARNING: KaTeX parse error" in result.stderr
        assert all(latex in result.stderr for latex in faults)
        assert result.stderr.count("KaTeX parse error") == 5, result.stderr


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file in a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# Pages that say what others need to know: enough of them for two processes to read.
SHARED = {
    "three": "# Three\n\nA {define}`net` of {cite}`rumelhart1986`. See {numref}`fig-one`.\n",
    "glossary": "# Glossary\n\n```{glossary}\nnet\n  What is here.\n```\n",
    "figures": "# Figures\n\n```{figure} _static/card.png\n:name: fig-one\nA dot.\n```\n",
    "exercises": (
        "# Exercises\n\n```{exercise}\n:label: ex-one\nWhat is it?\n```\n\n"
        "```{solution} ex-one\nA dot.\n```\n"
    ),
    "ledger": "# Ledger\n\n```{proofread-verdicts}\n```\n",
    "references": "# References\n\nOf {ref}`ex-one`.\n\n```{bibliography}\n```\n",
}


def test_a_build_by_two_processes_after_changes_is_a_fresh_one_by_one(
    small_book: SmallBook, tmp_path: Path
) -> None:
    def page(title: str, label: str) -> str:
        symbols = table(("x", "a number"), (r"\Phi", "another"))
        equation = f"$$\n2 x = x + x\n$$ ({label})"
        return f"# {title}\n\nIt has an equation.\n\n{symbols}\n\n{equation}\n\nSee {{eq}}`eq-b`.\n"

    pages = {"index": TEXT, "one": page("One", "eq-a"), "part/two": page("Two", "eq-b"), **SHARED}
    changed = partial(small_book, change=partial(build_in, 2), folder="changed")
    assert changed({**pages, "gone": "# Gone\n\nA page.\n"}).returncode == 0
    site = tmp_path / "changed" / "_build" / "html"
    (site / "notes.txt").write_text("of somebody else", encoding="utf-8")
    pages["one"] = page("Won", "eq-a") + "\n$$\n2 \\Phi = \\Phi + \\Phi\n$$ (eq-new)\n"
    pages["part/two"] = page("Two", "eq-b") + "\n$$\n3 x = 2 x + x\n$$ (eq-more)\n"
    assert changed(pages).returncode == 0
    alone = partial(build_in, 1)
    assert small_book(pages, alone, folder="fresh", apart=True).returncode == 0
    built = files(site)
    assert built.pop("notes.txt") == b"of somebody else"
    assert {"part/two.html", "_images/card.png"} <= built.keys() and "gone.html" not in built
    assert built == files(tmp_path / "fresh" / "_build" / "html")

    # A build without changes touches no file; one that is missing or damaged is made again.
    times = {path: path.stat().st_mtime_ns for path in site.rglob("*") if path.is_file()}
    again = changed(pages)
    assert again.returncode == 0 and "The site is up to date" in again.stdout
    assert {path: path.stat().st_mtime_ns for path in times} == times
    (site / "one.html").write_text("damaged", encoding="utf-8")
    assert changed(pages).returncode == 0
    assert files(site) == {**built, "notes.txt": b"of somebody else"}


def test_pages_may_lie_in_folders_and_what_they_load_has_its_digest_in_the_address(
    small_book: SmallBook, tmp_path: Path
) -> None:
    pages = {
        "index": TEXT,
        "one": "# One\n\nSee [there](part/two).\n",
        "part/two": "# Two\n\nSee [here](../one), and {alive}`a net <mode=step>`.\n",
        "explore": "# Explore\n\nA net.\n",
    }
    assert small_book(pages).returncode == 0
    site = tmp_path / "_build" / "html"
    for page in site.rglob("*.html"):
        links = html.parse(str(page)).xpath("//@href | //@src | //form/@action")
        assert links
        for link in map(urlsplit, links):
            if link.scheme or not link.path:
                continue
            target = page.parent / link.path
            assert target.is_file(), (page, link)
            digest = hashlib.sha256(target.read_bytes()).hexdigest()
            assert link.query == ("" if target.suffix == ".html" else f"v={digest[:12]}")
    search = (site / "_static" / "search-data.js").read_text(encoding="utf-8")
    assert '"part/two.html#two"' in search


def test_another_builder_is_refused_with_a_sentence(small_book: SmallBook) -> None:
    result = small_book(TEXT, lambda config: None, "--builder", "dirhtml")
    assert result.returncode != 0
    assert "this book is built as html, not as dirhtml" in result.stderr


def table(*rows: tuple[str, str]) -> str:
    """Return a table of symbols with their meanings."""
    return "\n".join(
        [
            "| Symbol | Over | Value | Meaning |",
            "|-|-|-|-|",
            *(f"| ${s}$ | | any number | {m} |" for s, m in rows),
        ]
    )


def test_letters_take_the_colours_that_the_table_of_their_place_gives(
    small_book: SmallBook, tmp_path: Path
) -> None:
    formula = (
        r"$x_1 \mathbf{h} y t \delta \boldsymbol{\delta} \Delta \mathbf{X} a w \max(\text{x})"
        r" \mathbf{h}^\top$"
    )
    symbols = table(
        ("x_i", "input $i$"),
        ("w_{ij}", "weight from input $i$ to hidden unit $j$"),
        ("h_j", "hidden unit $j$"),
        ("y_k", "output $k$"),
        ("t_k", "target of output $k$"),
        (r"\delta_k", "error signal of output $k$"),
        ("a_j", "linear combination at hidden unit $j$"),
    )
    own = table(("t", "number of the step"), ("z", "input $z$"))
    pages = {
        "index": f"{TEXT}\n{formula}\n",
        "symbols": f"# Symbols\n\n{symbols}\n",
        "one": f"# One\n\n{own}\n\nAt step $t + z$ is $y$.\n",
    }
    assert small_book(pages).returncode == 0

    def coloured(page: str, where: str) -> list[tuple[str, str]]:
        tree = html.parse(str(tmp_path / "_build" / "html" / page))
        spans = tree.xpath(
            f"//{where}//span[@class='katex-html']//span[starts-with(@class, 'net')]"
        )
        return [(span.get("class").removeprefix("net-"), span.text) for span in spans]

    assert coloured("index.html", "p") == [
        ("input", "x"),
        ("hidden", "h"),
        ("output", "y"),
        ("target", "t"),
        ("delta", "δ"),
        ("delta", "δ"),
        ("delta", "Δ"),
        ("input", "X"),
        ("hidden", "h"),
    ]
    assert coloured("one.html", "section/p") == [("input", "z"), ("output", "y")]


def test_what_belongs_together_stays_on_its_line(small_book: SmallBook, tmp_path: Path) -> None:
    words = "From input $x_1$ to $h$, but ($y$) and $a = b$. In a 2-3-2 net `0.0 - a`."
    assert small_book(f"{TEXT}\n{words}\n").returncode == 0
    page = html.parse(str(tmp_path / "_build" / "html" / "index.html"))
    (paragraph,) = page.xpath("//main//p[span]")
    texts = paragraph.xpath("text()")
    assert texts == ["From input\xa0", " to\xa0", " but ", " and ", " In a ", " net ", "."]
    # A bracket and a stop stay with the formula between them.
    assert paragraph.xpath("span[@class='tie']/text()") == [",", "(", ")", "."]
    # So do the sizes of a net, and the parts of short code.
    assert paragraph.xpath("span[@class='short']/text()") == ["2-3-2"]
    assert paragraph.xpath("code[contains(@class, 'short')]/span/text()") == ["0.0", "-", "a"]


def test_an_address_that_is_set_is_on_every_page(
    small_book: SmallBook, tmp_path: Path, browser: Browser
) -> None:
    base = "https://book.example/backpropagation/"

    def change(config: dict) -> None:
        config["html"] = {"baseurl": base}
        config["sphinx"]["config"]["report_to"] = "https://errors.example/new?t={title}&b={body}"

    sections = "".join(f"\n## {name}\n\n" + "Text.\n\n" * 40 for name in ("First", "Second"))
    assert small_book(TEXT + sections, change).returncode == 0
    site = tmp_path / "_build" / "html"
    for name, canonical in (("index", base), ("search", base + "search.html")):
        page = html.parse(str(site / f"{name}.html"))
        assert page.xpath("//link[@rel='canonical']/@href") == [canonical]
        assert page.xpath("//meta[@property='og:url']/@content") == [canonical]
        (link,) = page.xpath("//a[@id='report']/@href")
        report = parse_qs(urlsplit(link).query)["b"][0]
        assert report.startswith(f"Place: {base}{name}.html\nVersion: ")
        (card,) = page.xpath("//meta[@property='og:image']/@content")
        assert (site / card.removeprefix(base)).is_file()
    with opened(browser, (site / "index.html").as_uri()) as shown:
        # A report names the section that is read when its link is followed.
        for section in ("second", "first"):
            at_once = "id => document.getElementById(id).scrollIntoView({behavior: 'instant'})"
            shown.evaluate(at_once, section)
            shown.evaluate("addEventListener('click', event => event.preventDefault())")
            shown.get_by_role("link", name="Report an error").click()
            place = parse_qs(urlsplit(shown.locator("#report").get_attribute("href")).query)["b"]
            assert place[0].startswith(f"Place: {base}index.html#{section}\n")
    assert html.parse(str(site / "404.html")).xpath("//base/@href") == [base]
    locations = etree.parse(str(site / "sitemap.xml")).xpath("//*[local-name()='loc']/text()")
    assert locations == [base]


def test_a_page_that_moved_leads_to_its_new_place(small_book: SmallBook, tmp_path: Path) -> None:
    def change(config: dict) -> None:
        config["sphinx"]["config"]["moved"] = {"old/place.html": "../index.html"}

    assert small_book(TEXT, change).returncode == 0
    moved = tmp_path / "_build" / "html" / "old" / "place.html"
    (target,) = html.parse(str(moved)).xpath("//main//a/@href")
    assert (moved.parent / target).resolve().is_file()


def test_no_address_is_set_in_the_book_and_no_page_names_one(
    site: Path, trees: dict[str, html.HtmlElement]
) -> None:
    text = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert "baseurl" not in text and 'report_to: ""' in text
    assert not (site / "sitemap.xml").exists()
    for tree in trees.values():
        assert not tree.xpath("//link[@rel='canonical'] | //meta[@property='og:image']")
        assert not tree.xpath("//*[@id='report']")


def test_a_place_for_reports_that_loses_them_is_refused(small_book: SmallBook) -> None:
    def change(config: dict) -> None:
        config["sphinx"]["config"]["report_to"] = "mailto:book@book.example"

    result = small_book(TEXT, change)
    assert result.returncode != 0
    assert "which has no place for {body}: expected an address such as" in result.stderr
