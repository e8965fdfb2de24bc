"""The formats beside the site: an EPUB, an archive of figures, formulas as LaTeX."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from contents import CHAPTERS, PAGES, ROOT
from lxml import etree, html

import epub
import figures
import reading

Trees = dict[str, html.HtmlElement]
SPACES = {
    "h": "http://www.w3.org/1999/xhtml",
    "m": "http://www.w3.org/1998/Math/MathML",
    "s": "http://www.w3.org/2000/svg",
    "o": "http://www.idpf.org/2007/opf",
    "dc": "http://purl.org/dc/elements/1.1/",
    "epub": "http://www.idpf.org/2007/ops",
}
COVER = """<html lang="en"><title>Book</title><nav id="menu"><p class="part">Part I</p><ol>
<li><a href="two.html">Two</a></li></ol></nav><main id="content">
<svg class="hero" viewBox="0 0 1 1"><g stroke="var(--ink)"/></svg><h1>Book</h1>
<div class="ways"><p><a href="two.html">Begin</a></p></div>
<p><a href="two.html#a">A</a> <a href="search.html">Search</a></p></main>"""
PAGE = """<html lang="en"><a class="here">2 Two</a><main id="content">
<section id="two"><h1>Two</h1><p id="a"><span class="math" data-latex="a &lt; b">
<span class="katex"><math><mi>a</mi></math></span></span></p></section></main>"""


class Archive(dict[str, bytes]):
    """The members of a ZIP file, by name."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(BytesIO(content)) as file:
            assert file.testzip() is None
            self.infos = file.infolist()
            super().__init__({info.filename: file.read(info) for info in self.infos})

    def tree(self, name: str) -> "etree._Element":
        return etree.fromstring(self[name])


@pytest.fixture(scope="module")
def book(site: Path) -> Archive:
    return Archive(epub.made(site))


@pytest.fixture(scope="module")
def documents(book: Archive) -> dict[str, "etree._Element"]:
    """Return the documents of the EPUB; one that is not well-formed is an error here."""
    return {name.removeprefix("book/"): book.tree(name) for name in book if name.endswith(".xhtml")}


def find(tree: "etree._Element", path: str) -> list:
    return tree.xpath(path, namespaces=SPACES)


def test_the_package_lists_what_is_there_in_the_order_of_the_book(book: Archive) -> None:
    first = book.infos[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert book["mimetype"] == b"application/epub+zip"
    package = book.tree("book/package.opf")
    listed = [f"book/{href}" for href in find(package, "//o:item/@href")]
    outside = {"mimetype", "META-INF/container.xml", "book/package.opf"}
    assert sorted([*listed, *outside]) == sorted(book)
    files = dict(zip(find(package, "//o:item/@id"), listed, strict=True))
    spine = [files[name] for name in find(package, "//o:itemref/@idref")]
    pages = [f"book/{page.replace('.html', '.xhtml')}" for page in PAGES]
    assert spine == ["book/cover.xhtml", "book/nav.xhtml", *pages, "book/genindex.xhtml"]
    contents = find(book.tree("book/nav.xhtml"), "//h:nav[@epub:type='toc']//h:a/@href")
    assert [f"book/{href}" for href in contents if "#" not in href] == spine[2:]


def test_the_package_says_what_the_book_is(book: Archive) -> None:
    package, facts = book.tree("book/package.opf"), reading.facts()
    told = [find(package, f"string(//dc:{name})") for name in ("title", "creator", "language")]
    assert told == [facts.title, facts.author, facts.language]
    met = {meta.get("property"): meta.text for meta in find(package, "//o:meta")}
    assert met["schema:version"] == facts.version
    assert met["schema:accessibilityHazard"] == "none"
    # Nobody has audited the book.
    assert "dcterms:conformsTo" not in met


def test_every_link_of_the_epub_leads_to_its_place(
    book: Archive, documents: dict[str, "etree._Element"]
) -> None:
    ids = {name: find(tree, "//@id") for name, tree in documents.items()}
    for name, places in ids.items():
        assert len(places) == len(set(places)), name
    inside = 0
    for name, tree in documents.items():
        for link in find(tree, "//h:a/@href | //h:img/@src | //h:link/@href"):
            if link.startswith("http"):
                continue
            file, _, place = link.partition("#")
            assert f"book/{file}" in book, (name, link)
            assert not place or place in ids[file], (name, link)
            inside += 1
        for link in find(tree, "//s:*/@*[local-name() = 'href']"):
            assert link[1:] in ids[name], (name, link)
    assert inside > 1000


def test_an_epub_has_no_script_and_nothing_that_needs_one(
    book: Archive, documents: dict[str, "etree._Element"]
) -> None:
    # EPUBCheck, and older readers with it, know no selectors with lists, and no variables.
    assert not re.search(r":(is|where|has)\(|var\(", book["book/book.css"].decode())
    for name, tree in documents.items():
        tags = {etree.QName(element).localname for element in tree.iter(etree.Element)}
        assert not tags & {"script", "button", "input", "form", "select", "noscript"}, name
        assert "var(--" not in etree.tostring(tree, encoding="unicode"), name


def test_every_formula_and_figure_of_the_site_is_in_the_epub(
    documents: dict[str, "etree._Element"], trees: Trees
) -> None:
    # What is there for the web: controls, and what a table tells the checker of equations.
    classes = ("with-script", "checker")
    of_class = " or ".join(f"ancestor::*[contains(@class, '{name}')]" for name in classes)
    web = f"ancestor::form or ancestor::fieldset or {of_class}"
    total = 0
    for page in PAGES:
        tree, main = documents[page.replace(".html", ".xhtml")], trees[page].find(".//main")
        latex = main.xpath(f".//*[@data-latex and not({web})]/@data-latex")
        assert find(tree, "//m:math/@alttext") == latex, page
        drawn = main.xpath(".//figure//svg/@aria-label")
        assert find(tree, "//h:figure//s:svg/@aria-label") == drawn, page
        numbers = [text.text_content() for text in main.find_class("eqno")]
        assert [text.text for text in find(tree, "//h:span[@class='eqno']")] == numbers, page
        total += len(latex)
    assert total > 2000


@pytest.mark.whole
def test_epubcheck_finds_nothing(book: Archive, site: Path, tmp_path: Path) -> None:
    program = shutil.which("epubcheck")
    if program is None:
        pytest.skip("no epubcheck: it is a package of Debian")
    file = tmp_path / "book.epub"
    file.write_bytes(epub.made(site))
    # Where the system cannot start a Java archive as a program.
    java = ["java", "-jar"] if Path(program).read_bytes()[:2] == b"PK" else []
    done = subprocess.run([*java, program, file], capture_output=True, text=True, check=False)
    assert "0 fatals / 0 errors / 0 warnings" in done.stdout + done.stderr, done.stderr


def test_the_archive_has_every_figure_with_what_is_said_of_it(site: Path, trees: Trees) -> None:
    archive = Archive(figures.made(site))
    entries = json.loads(archive["backpropagation-figures/figures.json"])
    shown = html.fromstring(archive["backpropagation-figures/index.html"].decode())
    drawn = [figure for page in PAGES for figure in trees[page].xpath("//main//figure[@id]")]
    assert [entry["file"] for entry in entries] == [f"{figure.get('id')}.svg" for figure in drawn]
    assert shown.xpath("//img/@src") == [entry["file"] for entry in entries]
    assert len(archive) == len(entries) + 2 > 30
    for entry, figure in zip(entries, drawn, strict=True):
        assert figure.find_class("caption-number")[0].text.strip() == entry["number"]
        assert figure.find(".//svg").get("aria-label") == entry["alternative"]
        assert entry["caption"] and "#" not in entry["caption"][-2:]
        assert reading.facts().cited in entry["credit"]
        svg = archive.tree(f"backpropagation-figures/{entry['file']}")
        assert etree.QName(svg).namespace == SPACES["s"] and svg.get("viewBox")
        text = etree.tostring(svg, encoding="unicode")
        assert "var(--" not in text
        ids = set(find(svg, "//@id"))
        for place in re.findall(r'(?:href="|url\()#([^")]+)', text):
            assert place in ids, (entry["file"], place)
    # The line is the one that the book itself asks for.
    assert reading.facts().cited in trees["edition.html"].text_content()


def latex_of(site: Path, page: str) -> str:
    return (site / "downloads" / page.replace(".html", ".tex")).read_text(encoding="utf-8")


def test_each_chapter_offers_its_formulas_as_they_are_printed(site: Path, trees: Trees) -> None:
    with_formulas = 0
    for page in CHAPTERS:
        main = trees[page].find(".//main")
        solution = "ancestor::*[contains(concat(' ', @class, ' '), ' solution ')]"
        displays = main.xpath(
            f".//*[contains(@class, 'display')][not({solution})][div/@data-latex]"
        )
        offered = [link for link in main.xpath(".//a[@download]/@href") if ".tex" in link]
        assert len(offered) == bool(displays), page
        if not displays:
            continue
        text = latex_of(site, page)
        found = re.findall(r"\\begin\{equation\*?\}(.*)\n((?s:.*?))\n\\end\{equation", text)
        assert [body for _, body in found] == [d.xpath("string(div/@data-latex)") for d in displays]
        for (head, _), display in zip(found, displays, strict=True):
            number = "".join(eqno.text for eqno in display.find_class("eqno")).removesuffix(" ✓")
            tag = re.search(r"\\tag(\*?)\{(.*?)\}", head)
            assert ((tag and (tag[2] if tag[1] else f"({tag[2]})")) or "") == number, (page, head)
            if number:
                label = re.search(r"\\label\{(.*?)\}", head)
                assert label and f"equation-{label[1]}" == display.get("id"), (page, head)
        with_formulas += 1
    assert with_formulas > 10


@pytest.mark.whole
@pytest.mark.parametrize("page", CHAPTERS)
def test_the_formulas_of_a_chapter_compile(site: Path, page: str, tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex: it is in texlive-latex-base of Debian")
    file = site / "downloads" / page.replace(".html", ".tex")
    if not file.exists():
        return
    line = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-output-directory", tmp_path]
    done = subprocess.run([*line, file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "multiply defined" not in done.stdout


@pytest.fixture
def small_site(tmp_path: Path) -> Path:
    site = tmp_path / "_build" / "html"
    site.mkdir(parents=True)
    for name, text in {"index": COVER, "two": PAGE, "genindex": PAGE}.items():
        (site / f"{name}.html").write_text(text, encoding="utf-8")
    return site


def run(tool: str, *options: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, ROOT / "tools" / f"{tool}.py", *options]
    env = {**os.environ, **environment}
    return subprocess.run(line, capture_output=True, text=True, check=False, env=env)


def test_a_command_writes_the_same_bytes_again_and_links_them_from_the_cover(
    small_site: Path,
) -> None:
    file, cover = small_site / "backpropagation.epub", small_site / "index.html"
    made = []
    for seed in "12":
        result = run("epub", "--site", small_site, PYTHONHASHSEED=seed)
        assert result.returncode == 0, result.stderr
        made.append(file.read_bytes())
        assert cover.read_text(encoding="utf-8").count("backpropagation.epub") == 1
    assert made[0] == made[1]
    links = html.fromstring(cover.read_text(encoding="utf-8")).xpath("//p[@id='formats']/a/@href")
    assert links == ["backpropagation.epub"]
    # What is not in the book has no link in it, and what was on the page still is.
    (kept,) = find(Archive(made[1]).tree("book/index.xhtml"), "//h:p/h:a/@href")
    assert kept == "two.xhtml#a"

    file.write_text("mine", encoding="utf-8")
    result = run("epub", "--site", small_site)
    assert result.returncode == 1 and "is there and no EPUB" in result.stderr
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_site_that_is_not_built_is_named(tmp_path: Path) -> None:
    result = run("figures", "--site", tmp_path)
    assert result.returncode == 1
    assert f"no site in {tmp_path}: build it first" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.whole
def test_a_build_keeps_the_formats_or_takes_them_away_with_its_pages(
    tmp_path: Path, small_book: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    cover = "# Book\n\n:::{container} ways\n[Begin](two.md)\n:::\n\n"
    pages, site = {"index": cover, "two": "# Two\n\n$a$\n"}, tmp_path / "_build" / "html"
    file = site / "backpropagation-figures.zip"
    small_book(pages)
    assert run("figures", "--site", site).returncode == 0
    assert "up to date" in small_book(pages).stdout
    assert file.is_file() and file.name in (site / "index.html").read_text(encoding="utf-8")
    small_book(pages | {"two": "# Two\n\n$b$\n"})
    assert not file.exists()
    assert file.name not in (site / "index.html").read_text(encoding="utf-8")


def test_a_format_that_cannot_be_made_keeps_no_other_from_it(small_site: Path) -> None:
    # Without a browser there is no PDF.
    result = run("formats", "--site", small_site, PATH="", CHROMIUM="")
    assert result.returncode == 1 and "no browser" in result.stderr
    there = {file.name for file in small_site.iterdir()} - {"index.html", "two.html"}
    assert there == {"genindex.html", "backpropagation.epub", "backpropagation-figures.zip"}
    cover = html.fromstring((small_site / "index.html").read_text(encoding="utf-8"))
    assert set(cover.xpath("//p[@id='formats']/a/@href")) == there - {"genindex.html"}
