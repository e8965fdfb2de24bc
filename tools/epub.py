"""Make one EPUB of the whole book out of the built site: `python tools/epub.py`.

Each page becomes a document of the book. Its formulas are the MathML that stands in the page, its
drawings stay where they are, and what needs a script or the web is left out. An EPUB is a ZIP file
of XHTML and two lists, which lxml and zipfile write; a library for it would add little but itself.
"""

import posixpath
import re
import sys
import uuid
from collections.abc import Iterator
from html import escape
from pathlib import Path

from lxml import etree, html

import reading

NAME = "backpropagation.epub"
STYLE = Path(__file__).parent / "epub.css"
MATHML = "http://www.w3.org/1998/Math/MathML"
XHTML = "http://www.w3.org/1999/xhtml"
OPS = "http://www.idpf.org/2007/ops"
# What a page has for the web alone: it works by a script, or leads to a file of the site.
TAGS = ("nav", "script", "style", "link", "button", "form", "fieldset", "input", "select")
CLASSES = (
    *("headerlink", "live", "answers", "take", "ways", "hero"),
    *("with-script", "drawing", "choices", "checker"),
)
STILL = (
    "<p>On the web this page answers its reader. Here it stands still, with the steps and the "
    "numbers of the running example.</p>"
)
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
# What the book offers to readers who hear or feel it. The aim is level AA of the guidelines, but
# nobody has audited the book, so no conformance is claimed.
ACCESS = {
    "accessMode": ["textual", "visual"],
    "accessModeSufficient": ["textual", "textual,visual"],
    "accessibilityFeature": [
        "alternativeText",
        "displayTransformability",
        "index",
        "MathML",
        "readingOrder",
        "structuralNavigation",
        "tableOfContents",
    ],
    "accessibilityHazard": ["none"],
    "accessibilitySummary": [
        "Formulas are MathML, figures have alternative texts, and tables have heads. No person "
        "with a disability has tested the book as a whole; its page on accessibility says more."
    ],
}


class Book:
    """The pages of a site, made ready to be documents of one book.

    Parameters
    ----------
    site : Path
        The folder of the built site.
    """

    def __init__(self, site: Path) -> None:
        self.facts, self.parts = reading.facts(), reading.parts(site)
        pages = {name: reading.parsed(site, name) for name in [*reading.order(site), "genindex"]}
        self.titles = {name: reading.title(page) for name, page in pages.items()}
        self.titles["index"] = self.facts.title
        (self.hero,) = map(reading.drawing, pages["index"].find_class("hero"))
        self.mains = {name: page.find(".//main") for name, page in pages.items()}
        for main in self.mains.values():
            without_the_web(main)
        # What a link can lead to, before any link is written.
        self.places = {name: set(main.xpath(".//@id")) for name, main in self.mains.items()}
        for name, main in self.mains.items():
            for link in main.xpath(".//a[@href]"):
                self.turn(link, name)

    def turn(self, link: html.HtmlElement, name: str) -> None:
        """Let a link lead to its place in the book, or be plain text if it has none."""
        page, _, place = link.get("href").partition("#")
        if re.match("https?:", page):
            return
        beside = posixpath.join(posixpath.dirname(name), page.removesuffix(".html"))
        target = posixpath.normpath(beside) if page else name
        if target not in self.mains:
            link.drop_tag()
            return
        # A step of the net is named in the address of the page on the web.
        place = place.replace("=", "-")
        link.set("href", file_of(target) + (f"#{place}" if place in self.places[target] else ""))

    def document(self, title: str, body: str) -> str:
        """Return an XHTML document of the book."""
        language = self.facts.language
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n<html xmlns="{XHTML}"'
            f' xmlns:epub="{OPS}" lang="{language}" xml:lang="{language}"><head>'
            f"<title>{escape(title)}</title>"
            '<link rel="stylesheet" href="book.css" type="text/css"/></head>\n'
            f"<body>{body}</body></html>\n"
        )

    def documents(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the text of each document, in the order of reading."""
        picture = f'<img src="cover.svg" alt="Cover: {escape(self.facts.title)}"/>'
        cover = f'<section epub:type="cover" class="cover">{picture}</section>'
        yield "cover.xhtml", self.document(self.facts.title, cover)
        yield "nav.xhtml", self.document("Contents", self.contents())
        for name, main in self.mains.items():
            yield file_of(name), self.document(self.titles[name], xhtml(main))

    def contents(self) -> str:
        """Return the table of contents, and the landmarks."""

        def pages(*names: str) -> str:
            return "".join(
                f'<li><a href="{file_of(name)}">{escape(self.titles[name])}</a>'
                f"{self.sections(name)}</li>"
                for name in names
            )

        parts = "".join(
            f"<li><span>{escape(caption)}</span><ol>{pages(*names)}</ol></li>"
            for caption, names in self.parts
        )
        begin = file_of(self.parts[0][1][0])
        return (
            '<nav epub:type="toc" id="toc" role="doc-toc"><h1>Contents</h1>'
            f"<ol>{pages('index')}{parts}{pages('genindex')}</ol></nav>"
            '<nav epub:type="landmarks" hidden="hidden"><h2>Landmarks</h2><ol>'
            '<li><a epub:type="toc" href="nav.xhtml#toc">Contents</a></li>'
            f'<li><a epub:type="bodymatter" href="{begin}">Begin</a></li>'
            f'<li><a epub:type="index" href="{file_of("genindex")}">Index</a></li></ol></nav>'
        )

    def sections(self, name: str) -> str:
        """Return the sections of a chapter as a list for the contents, or nothing."""
        found = self.mains[name].xpath(".//section[@id][h2/*[@class='section-number']]")
        file = file_of(name)
        entries = [
            f'<li><a href="{file}#{section.get("id")}">{plain(section.find("h2"))}</a></li>'
            for section in found
        ]
        return f"<ol>{''.join(entries)}</ol>" if entries else ""

    def cover(self) -> str:
        """Return the picture of the cover."""
        net = self.hero.replace("<svg", '<svg x="120" y="820" width="960" height="400"', 1)
        title, author = escape(self.facts.title), escape(self.facts.author)
        return reading.light(
            f'<svg xmlns="{reading.SVG}" viewBox="0 0 1200 1800" width="1200" height="1800">'
            f'<title>{title}</title><rect width="1200" height="1800" fill="var(--paper)"/>'
            '<g font-family="var(--serif)" text-anchor="middle">'
            f'<text x="600" y="520" font-size="130" fill="var(--ink)">{title}</text>'
            f'<text x="600" y="620" font-size="52" fill="var(--muted)">{reading.MOTTO}</text>'
            f'<text x="600" y="1660" font-size="36" fill="var(--muted)">{author}</text></g>'
            f"{net}</svg>"
        )

    def package(self, documents: dict[str, str]) -> str:
        """Return the list of all that belongs to the book, and what the book says of itself."""
        facts = self.facts
        access = "".join(
            f'<meta property="schema:{name}">{escape(value)}</meta>\n'
            for name, values in ACCESS.items()
            for value in values
        )
        items = "".join(
            f'<item id="{identity(name)}" href="{name}" media-type="application/xhtml+xml"'
            f"{properties(name, text)}/>\n"
            for name, text in documents.items()
        )
        spine = "".join(f'<itemref idref="{identity(name)}"/>\n' for name in documents)
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, facts.cited)}</dc:identifier>
<dc:title>{escape(facts.title)}</dc:title>
<dc:creator>{escape(facts.author)}</dc:creator>
<dc:language>{facts.language}</dc:language>
<dc:date>{facts.year}</dc:date>
<dc:description>{escape(facts.abstract)}</dc:description>
<meta property="dcterms:modified">{facts.date}T00:00:00Z</meta>
<meta property="schema:version">{facts.version}</meta>
{access}</metadata>
<manifest>
{items}<item id="cover" href="cover.svg" media-type="image/svg+xml" properties="cover-image"/>
<item id="style" href="book.css" media-type="text/css"/>
</manifest>
<spine>
{spine}</spine>
</package>
"""

    def members(self) -> dict[str, str | bytes]:
        """Return the files of the book, in their order."""
        documents = dict(self.documents())
        files = {
            "package.opf": self.package(documents),
            **documents,
            "cover.svg": self.cover(),
            "book.css": reading.light(STYLE.read_text(encoding="utf-8")),
        }
        return {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            **{f"book/{name}": content for name, content in files.items()},
        }


def without_the_web(main: html.HtmlElement) -> None:
    """Take from a page what an EPUB has not, and give each step of the net a place."""
    # What is drawn of formulas first: it is nine elements in ten.
    for formula in main.xpath(".//*[@data-latex]"):
        (math,) = formula.iter("math")
        math.set("alttext", formula.get("data-latex"))
        formula[:] = [math]
    for step, item in enumerate(main.xpath(".//ol[@class='steps']/li"), 1):
        item.set("id", f"step-{step}")
    classed = (element for name in CLASSES for element in main.find_class(name))
    for element in dict.fromkeys([*main.iter(*TAGS), *classed]):
        # The style of a drawing is a part of it.
        if element.tag != "style" or next(element.iterancestors("svg"), None) is None:
            element.drop_tree()
    for element in list(main.iter("noscript")):
        element.drop_tag()
    for net in main.find_class("alive"):
        net.addprevious(html.fragment_fromstring(STILL))
    for number in main.find_class("eqno"):
        number.tag = "span"
        del number.attrib["href"]
    for element in main.iter(etree.Element):
        for name, value in element.items():
            if name.startswith("data-") or value.startswith("--"):
                del element.attrib[name]


def xhtml(main: html.HtmlElement) -> str:
    """Return what stands in a page as XHTML, drawings and formulas in their name spaces."""
    drawings = [reading.drawing(svg) for svg in main.iter("svg")]
    text = etree.tostring(main, encoding="unicode", with_tail=False)
    text = text.replace("<math", f'<math xmlns="{MATHML}"')
    # No drawing has another one inside.
    return re.sub("<svg.*?</svg>", lambda _: drawings.pop(0), text, flags=re.DOTALL)


def plain(heading: html.HtmlElement) -> str:
    """Return the text of a heading, with its formulas as a line of signs."""
    text = heading.text_content().replace("\N{FUNCTION APPLICATION}", "")
    return escape(" ".join(text.split()))


def file_of(name: str) -> str:
    """Return the name of the document that a page becomes."""
    return name.replace("/", "-") + ".xhtml"


def identity(name: str) -> str:
    """Return the id of a document in the list."""
    return "page-" + name.removesuffix(".xhtml")


def properties(name: str, text: str) -> str:
    """Return what a reading system must know of a document before it opens it."""
    found = [word for word, sign in (("mathml", "<math"), ("svg", "<svg")) if sign in text]
    if name == "nav.xhtml":
        found.append("nav")
    return f' properties="{" ".join(found)}"' if found else ""


def made(site: Path) -> bytes:
    """Return a site as an EPUB: the same bytes for the same site.

    Parameters
    ----------
    site : Path
        The folder of the built site.

    Raises
    ------
    FileNotFoundError
        If the site is not built.
    """
    return reading.archive(Book(site).members())


if __name__ == "__main__":
    sys.exit(reading.command(__doc__, made, NAME))
