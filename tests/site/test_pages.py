"""What can be seen in the files of the site without a browser."""

import base64
import itertools
import json
import re
import tomllib
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from contents import ALL, CHAPTERS, DECKS, PAGES, ROOT
from fontTools.ttLib import TTFont
from lxml import html

import numbers_kept
from bp.palette import LIGHT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
Trees = dict[str, html.HtmlElement]
# The name of a host that anybody may ask, without a port.
PUBLIC = re.compile(r"([\w-]+\.)+[a-z]{2,}")


def test_exactly_the_pages_of_the_table_of_contents_are_published(site: Path) -> None:
    published = {str(page.relative_to(site)) for page in site.rglob("*.html")}
    assert published == {*ALL, *DECKS}


@pytest.fixture(scope="module")
def anchors(trees: Trees) -> dict[str, set[str]]:
    return {page: set(tree.xpath("//@id")) for page, tree in trees.items()}


@pytest.mark.parametrize("page", ALL)
def test_links_and_anchors_lead_somewhere(
    page: str, site: Path, trees: Trees, anchors: dict[str, set[str]]
) -> None:
    links = trees[page].xpath("//@href | //@src | //form/@action")
    assert links
    for link in map(urlsplit, links):
        if link.scheme:
            # What an author has open: a file of this machine, a server on it.
            assert link.scheme in ("https", "http", "mailto"), link.geturl()
            assert link.scheme == "mailto" or PUBLIC.fullmatch(link.netloc), link.geturl()
            continue
        target = unquote(link.path) or page
        assert (site / target).is_file(), link.geturl()
        # A fragment with "=" is a situation of the net, which has tests of its own.
        situation = target == "explore.html" and "=" in link.fragment
        if link.fragment and not situation and target.endswith(".html"):
            assert unquote(link.fragment) in anchors[target], link.geturl()


def test_every_file_is_asked_for(site: Path, trees: Trees) -> None:
    links = {
        urlsplit(urljoin(page, link)).path
        for page, tree in trees.items()
        for link in tree.xpath("//@href | //@src")
        if urlsplit(link).path
    }
    # What other programs read: those that share a link, other books, and the next build.
    others = {"_static/card.png", "objects.inv", ".buildinfo", "404.html"}
    files = {str(file.relative_to(site)) for file in site.rglob("*") if file.is_file()}
    # A notebook that was taken away installs the wheel; a click on Run loads what lies in live/,
    # and a field for a formula what reads and draws it.
    late = re.compile(r"downloads/bp-.*\.whl|_static/live/.*|_static/answers/(katex|speak)\.js")
    others |= set(filter(late.fullmatch, files - links))
    assert files - links == others


@pytest.mark.parametrize("page", [*ALL, *DECKS])
def test_nothing_is_loaded_from_elsewhere(page: str, trees: Trees) -> None:
    media = "//@src | //@srcset | //@poster | //object/@data"
    loaded = trees[page].xpath(f"{media} | //link/@href | //image/@href")
    for link in [*loaded, *trees[page].xpath("//use/@href | //form/@action")]:
        assert not urlsplit(link).scheme, link
        assert not link.startswith("//"), link


def test_style_sheet_loads_nothing(site: Path) -> None:
    text = (site / "_static" / "book.css").read_text(encoding="utf-8")
    assert "@import" not in text
    urls = re.findall(r"url\(([^)]*)\)", text)
    assert urls
    assert all(url.startswith("data:font/woff2;base64,") for url in urls)


def test_no_script_and_no_style_names_another_host(site: Path) -> None:
    """Nor does what no test clicks on, or a page does as it is left."""
    files = [file for kind in ("js", "css") for file in (site / "_static").rglob(f"*.{kind}")]
    # The text of the book; and what runs Python, which a test runs without a network.
    ours = [file for file in files if file.name != "search-data.js" and file.parent.name != "live"]
    assert len(ours) > 8
    for file in ours:
        text = file.read_text(encoding="utf-8")
        hosts = re.findall(r"(?:\bhttps?:|\bwss?:|[\"'`(])//([\w.-]+)", text)
        # Names of languages and of a licence, which nothing asks for.
        assert set(hosts) <= {"www.w3.org", "openfontlicense.org"}, file.name


@pytest.mark.parametrize("page", ALL)
def test_page_tells_what_it_is(page: str, trees: Trees) -> None:
    tree = trees[page]
    assert tree.get("lang") == "en"
    (title,) = tree.xpath("//head/title/text()")
    (description,) = tree.xpath("//meta[@name='description']/@content")
    assert title.strip()
    assert 10 < len(description) <= 160
    assert "\\" not in title + description
    assert len(tree.xpath("//h1")) == 1
    assert len(tree.xpath("//main")) == 1
    assert f"Version {VERSION}" in tree.find(".//footer").text_content()


def test_titles_and_descriptions_are_all_different(trees: Trees) -> None:
    for what in ("//head/title/text()", "//meta[@name='description']/@content"):
        texts = [text for page in ALL for text in trees[page].xpath(what)]
        assert len(set(texts)) == len(ALL)


@pytest.mark.parametrize("page", ALL)
def test_no_id_is_used_twice(page: str, trees: Trees) -> None:
    ids = trees[page].xpath("//@id")
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("page", ALL)
def test_no_heading_skips_a_level(page: str, trees: Trees) -> None:
    headings = trees[page].xpath("//main//*[self::h1|self::h2|self::h3|self::h4|self::h5|self::h6]")
    levels = [int(heading.tag[1]) for heading in headings]
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))


@pytest.mark.parametrize("page", PAGES)
def test_every_formula_is_rendered_and_has_mathml(page: str, trees: Trees) -> None:
    for formula in trees[page].find_class("math"):
        if formula.tag in {"span", "div"}:
            assert len(list(formula.iter("math"))) == 1
            assert formula.find_class("katex-html")
    prose = " ".join(trees[page].xpath("//main//p//text()[not(ancestor::code)]"))
    # Nor is there a link that Markdown reads as text: of an address with a space, or to a file.
    assert not re.search(r"\\\(|\\\[|\$\$|\\frac|\]\(", prose)


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_derivation_has_its_reasons_beside_it(page: str, trees: Trees) -> None:
    for display in trees[page].find_class("display"):
        # A table with several rows is a derivation, line by line.
        if len(display.xpath(".//mtable/mtr")) > 1:
            following = display.getnext()
            assert following is not None, display.get("id")
            assert "reasons" in following.classes, display.get("id")


def test_a_tick_beside_an_equation_says_what_was_checked(trees: Trees) -> None:
    for page in CHAPTERS:
        for number in trees[page].xpath("//a[contains(@class, 'eqno')]"):
            assert re.fullmatch(r"(\(\d+\.\d+\) ✓|false \(\d+\.\d+\))", number.text_content())
            assert "Checked: " in number.get("title")
    (slope,) = trees["motivation.html"].xpath("//a[@class='eqno'][@href='#equation-eq-toy-slope']")
    assert slope.get("title").endswith("holds for 100 random networks")


def test_numbers_that_readers_know_stay(site: Path) -> None:
    known, changes = numbers_kept.stored(), numbers_kept.CHANGES.read_text(encoding="utf-8")
    assert len(known) > 200
    assert numbers_kept.unsaid(known, numbers_kept.on_site(site), changes) == []


@pytest.mark.parametrize("page", PAGES)
def test_pictures_say_what_they_show(page: str, trees: Trees) -> None:
    main = trees[page].find(".//main")
    # A formula draws its roots, and hides them as it hides all that it draws.
    hidden = "ancestor-or-self::*[@aria-hidden]"
    pictures = main.xpath(f".//img | .//*[local-name()='svg'][not({hidden})]")
    assert bool(pictures) >= bool(main.xpath(".//figure"))
    for picture in pictures:
        alt = picture.get("alt" if picture.tag == "img" else "aria-label", "")
        caption = " ".join(picture.xpath("ancestor::figure[1]/figcaption//text()"))
        assert picture.tag == "img" or picture.get("role") == "img"
        assert len(alt.split()) >= 5, alt
        assert alt.strip() not in caption
        assert not re.search(r"\.(svg|png)\b|[0-9a-f]{16}", alt), alt


def test_no_two_pictures_say_the_same(trees: Trees) -> None:
    """A figure that was copied and changed needs words of its own."""
    pictures = "//main//img/@alt | //main//*[local-name()='svg']/@aria-label"
    said = [words for page in PAGES for words in trees[page].xpath(pictures)]
    assert sorted(set(said)) == sorted(said)


@pytest.mark.parametrize("page", PAGES)
def test_drawings_take_their_colours_from_the_theme(page: str, trees: Trees) -> None:
    for drawing in trees[page].xpath("//main//*[local-name()='svg']"):
        text = html.tostring(drawing, encoding="unicode").lower()
        assert not [name for name, colour in LIGHT.items() if colour in text]


@pytest.mark.parametrize("page", PAGES)
def test_solutions_are_folded_without_script(page: str, trees: Trees) -> None:
    exercises = trees[page].find_class("exercise")
    solutions = trees[page].xpath("//details[contains(@class, 'solution')]")
    assert len(solutions) == len(exercises)
    for solution in solutions:
        assert solution.get("open") is None
        assert solution[0].tag == "summary"
        assert not solution[0].xpath("./*"), "a summary holds text alone"
        assert len(solution) > 1


def test_an_exercise_is_linked_by_its_number(trees: Trees) -> None:
    links = [
        link.text_content()
        for page in PAGES
        for link in trees[page].xpath("//main//a[starts-with(@href, '#ex-')]")
    ]
    assert all(re.fullmatch(r"Exercise \d+\.\d+", text) for text in links), links


def test_fonts_hold_every_sign_of_the_formulas(site: Path, trees: Trees) -> None:
    text = (site / "_static" / "book.css").read_text(encoding="utf-8")
    fonts = re.findall(r"data:font/woff2;base64,([^)\"]*)", text)
    held = {
        chr(code)
        for font in fonts
        for code in TTFont(BytesIO(base64.b64decode(font))).getBestCmap()
    }
    shown = {
        sign
        for tree in trees.values()
        for formula in tree.find_class("katex-html")
        for sign in "".join(formula.itertext())
    }
    assert shown - held <= {"\u200b", "\n"}


@pytest.mark.parametrize("page", [*CHAPTERS, "symbols.html"])
def test_columns_for_the_checker_are_set_aside_in_chapters_alone(page: str, trees: Trees) -> None:
    for table in trees[page].iter("table"):
        headings = [cell.text_content().strip() for cell in table.iter("th")]
        aside = [
            cell.text_content().strip() for cell in table.iter("th") if "checker" in cell.classes
        ]
        if page == "symbols.html":
            assert not aside
        elif "Over" in headings:
            assert aside == ["Over", "Value"]
            assert table.getnext().find("input").get("type") == "checkbox"
            for row in table.iter("tr"):
                assert sum("checker" in cell.classes for cell in row) == 2
        else:
            assert headings != ["Layer", "Units"] or table.xpath("ancestor::details")


def test_notes_on_the_source_are_folded_and_name_their_entries(trees: Trees) -> None:
    links = trees["source.html"].xpath("//a/@href[contains(., '#says-')]")
    assert links
    for link in map(urlsplit, links):
        (box,) = trees[link.path].xpath(f"//details/div[@id='{link.fragment}']")
        named = re.findall(r"E\d+", box.getprevious().text_content())
        assert named and named == re.findall(r"\((E\d+)\)", box.text_content())
        for name in named:
            (target,) = box.xpath(f".//a[text()='{name}']/@href")
            row = trees["source.html"].get_element_by_id(target.partition("#")[2])
            assert row.tag == "tr" and row.text_content().split()[0] == name


def test_the_index_has_the_terms_of_the_glossary_apart_from_the_names_in_the_code(
    trees: Trees,
) -> None:
    glossary = [term.text.strip() for term in trees["glossary.html"].iterfind(".//main//dt")]
    terms, names = trees["genindex.html"].xpath("//main//ul[@class='index']")
    assert [item.find("a").text for item in terms] == glossary
    assert len(names) > 40 and not names.xpath(".//a[contains(@href, 'glossary')]")
    for entry in trees["glossary.html"].iterfind(".//main//dd"):
        page, _, anchor = entry.xpath(".//a/@href")[-1].partition("#")
        term = trees[page].get_element_by_id(anchor)
        # Bold to the end of its word.
        assert term.tag == "strong" and not re.match(r"\w", term.tail)


@pytest.mark.parametrize("page", CHAPTERS)
def test_folded_code_says_what_it_holds_and_stands_below_its_figure(
    page: str, trees: Trees
) -> None:
    for fold in trees[page].xpath("//details[contains(@class, 'code')]"):
        handle = fold.find("summary").text
        figures = fold.getparent().xpath(".//figure//span[@class='caption-number']/text()")
        first = fold == trees[page].xpath("//details[contains(@class, 'code')]")[0]
        assert handle == (
            f"Code of {figures[0].strip()}" if figures else "Setup" if first else "Code"
        )
        assert not figures or fold.getprevious().find("figure") is not None


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_listing_has_its_names_above_it_in_place_of_the_call(page: str, trees: Trees) -> None:
    for cell in trees[page].find_class("cell"):
        call = " ".join(cell.xpath("./div[contains(@class, 'cell_input')]//text()"))
        listing = re.match(r"\s*source\s*\(", call)
        assert bool(listing) == ("listing" in cell.classes), call
        if listing:
            names, code = cell.find_class("cell_output")[0]
            assert names.xpath("./a/@href[starts-with(., 'api.html#bp.')]")
            assert code.xpath(".//pre")


def test_what_is_shown_before_a_reference_is_followed_is_the_equation(
    site: Path, trees: Trees
) -> None:
    text = (site / "_static" / "equations.js").read_text(encoding="utf-8")
    held = json.loads(text.removeprefix("window.equations="))
    for page in PAGES:
        for link in trees[page].xpath("//main//a[contains(@href, '.html#equation-')]"):
            shown = html.fromstring(held[urlsplit(link.get("href")).fragment])
            number = shown.find_class("eqno")[0].text
            assert link.text_content() in number or not link.text_content().startswith("(")


def test_the_api_folds_what_follows_the_first_sentence(trees: Trees) -> None:
    tree = trees["api.html"]
    folds = tree.xpath("//dl[contains(@class, 'function')]/dd/details/summary/text()")
    assert len(folds) > 20
    assert not tree.xpath("//dd//dl[contains(@class, 'field-list')][not(ancestor::details)]")
    # A description is no type, and a table of random numbers is left out.
    assert not tree.xpath("//dl[contains(@class, 'py')]//summary[.='Type']")
    assert max(len(value.text_content()) for value in tree.find_class("sig")) < 250
