"""What the built site holds, for all that is made out of it: pages in order, drawings, facts."""

import argparse
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import yaml
from lxml import etree, html

import browser
from bp.palette import LIGHT
from files import replace

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build" / "html"
MOTTO = "derived, run and checked"
# What can be made of the site, each by a command, and how the cover offers it.
OFFERS = {
    "backpropagation.pdf": "the book as PDF",
    "backpropagation.epub": "the book as EPUB",
    "backpropagation-figures.zip": "its figures as SVG",
}
# The place on the cover after which they are offered.
WAYS = re.compile(r'<div class="ways[^>]*>.*?</div>\n', re.DOTALL)
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
# Reading HTML loses the capitals that XML wants; these are the names of SVG that have some here.
CAPITALS = {
    name.lower(): name
    for name in ("clipPath", "pathLength", "viewBox", "preserveAspectRatio", "textLength")
}
# A standalone picture has no fonts of its own: the metrics of these are those it was set with.
FONTS = "'STIX Two Text', STIXGeneral, 'Times New Roman', Times, serif"
COLOURS = {**LIGHT, "serif": FONTS}
# The earliest moment that a ZIP file can name: archives of the same files are the same bytes.
MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Facts:
    """What the book says of itself."""

    title: str
    author: str
    date: str
    language: str
    abstract: str
    version: str
    licence: str

    @property
    def year(self) -> str:
        """Return the year of the release, or of the copyright where there is none yet."""
        return self.date[:4]

    @property
    def cited(self) -> str:
        """Return the line that names the book as a source."""
        return f"{self.author}. {self.title}. Version {self.version}, {self.year}."


@cache
def facts() -> Facts:
    """Return what the configuration and the citation file say of the book."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    return Facts(
        title=config["title"],
        author=config["author"],
        date=str(citation.get("date-released", f"{config['copyright']}-01-01")),
        language=config["sphinx"]["config"]["language"],
        abstract=" ".join(citation["abstract"].split()),
        version=version("bp"),
        licence=citation.get("license", ""),
    )


def parsed(site: Path, name: str) -> html.HtmlElement:
    """Return a page of the site.

    Raises
    ------
    FileNotFoundError
        If the site is not built.
    """
    page = site / f"{name}.html"
    if not page.is_file():
        raise FileNotFoundError(f"no site in {site}: build it first")
    # The names in a drawing lose their capitals here, and get them back in `drawing`.
    return html.fromstring(page.read_text(encoding="utf-8"))


def parts(site: Path) -> list[tuple[str, list[str]]]:
    """Return the parts of the book: their captions and the names of their pages, in order."""
    menu = parsed(site, "index").get_element_by_id("menu")
    return [
        (
            part.text_content(),
            [link.removesuffix(".html") for link in part.getnext().xpath("./li/a/@href")],
        )
        for part in menu.find_class("part")
        if part.getnext() is not None and part.getnext().tag == "ol"
    ]


def order(site: Path) -> list[str]:
    """Return the names of all pages that are read, in order, the cover first."""
    return ["index", *(name for _, names in parts(site) for name in names)]


def title(page: html.HtmlElement) -> str:
    """Return the heading of a page with its number, as plain text."""
    return str(page.xpath("string(//*[@class='here'])")).strip()


def light(text: str) -> str:
    """Return a style with the light colours in the place of the theme's variables."""
    text = re.sub(r"var\(--(\w+)\)", lambda name: COLOURS[name[1]], text)
    return text.replace("'STIXGeneral'", FONTS)


def drawing(svg: html.HtmlElement) -> str:
    """Return a drawing of a page as SVG that stands on its own, in the light colours."""
    svg = html.fromstring(light(etree.tostring(svg, encoding="unicode", with_tail=False)))
    for element in svg.iter(etree.Element):
        element.tag = CAPITALS.get(element.tag, element.tag)
        for name in [*filter({"href", *CAPITALS}.__contains__, element.keys())]:
            # Programs that are not browsers often know the link of XLink alone.
            new = "xlink:href" if name == "href" else CAPITALS[name]
            element.set(new, element.attrib.pop(name))
    for path in svg.xpath(".//path"):
        # Matplotlib writes a line that lies outside the axes as a path without a way.
        path.set("d", " ".join((path.get("d") or "M 0 0").split()))
    text = etree.tostring(svg, encoding="unicode")
    return text.replace("<svg", f'<svg xmlns="{SVG}" xmlns:xlink="{XLINK}"', 1)


def archive(members: dict[str, str | bytes]) -> bytes:
    """Return a ZIP file of the members in their order, the same bytes for the same members.

    What is called ``mimetype`` is stored as it is, as EPUB asks for.
    """
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, MOMENT)
            # Else the system that wrote it stands in the file.
            member.create_system, member.external_attr = 3, 0o644 << 16
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            target.writestr(member, content, method)
    return file.getvalue()


def command(about: str | None, made: Callable[[Path], bytes], name: str) -> int:
    """Make something of a site and store it, as the command line asks for; return 0 or 1.

    Parameters
    ----------
    about : str or None
        What the command does; its first line is for ``--help``.
    made : callable
        Takes the folder of the site, and returns the content of the file.
    name : str
        The name of the file, unless another one is asked for.
    """
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--site", type=Path, default=SITE, help="the folder of the built site")
    parser.add_argument("--to", type=Path, help="the file to write, if not beside the pages")
    options = parser.parse_args()
    site = options.site.resolve()
    return stored(site, options.to or options.site / name, name, partial(made, site))


def stored(site: Path, target: Path, name: str, made: Callable[[], bytes]) -> int:
    """Write what is made into a file and link it from the cover; return 0, or 1 with the reason.

    A file that is there is replaced if it begins as one of this name does, and else left alone.
    """
    start = b"%PDF" if name.endswith(".pdf") else b"PK"

    def write(target: Path) -> None:
        if target.is_file() and not target.read_bytes().startswith(start):
            kind = Path(name).suffix[1:].upper()
            raise FileExistsError(f"{target} is there and no {kind}: choose another name")
        content = made()
        target.parent.mkdir(parents=True, exist_ok=True)
        replace(target, content)
        offer(site)

    return browser.finished(write, target)


def offer(site: Path) -> None:
    """Link from the cover what lies beside the pages, and count it as a part of the build.

    So the next build leaves all of it alone if nothing has changed, and otherwise takes it away
    with the pages that it was made of. `book/_site/whole.py` keeps the record of a build.
    """
    cover = site / "index.html"
    there = [name for name in OFFERS if (site / name).is_file()]
    links = ", ".join(
        f'<a href="{name}" download>{OFFERS[name]}</a> ({size(site / name)})' for name in there
    )
    # Of the class of all that is to take away: neither paper nor an EPUB shows it.
    text = f'<p class="take" id="formats" style="margin:-1rem 0 2.5rem">To take away: {links}.</p>'
    page = re.sub('<p class="take" id="formats".*?</p>', "", cover.read_text(encoding="utf-8"))
    if there:
        page = WAYS.sub(rf"\g<0>{text}", page, count=1)
    replace(cover, page)
    record = site.parent / ".doctrees" / "whole.json"
    if record.is_file():
        made_from, written = json.loads(record.read_text(encoding="utf-8"))
        for name in ["index.html", *there]:
            written[name] = sha256((site / name).read_bytes()).hexdigest()
        replace(record, json.dumps([made_from, written]))


def size(file: Path) -> str:
    """Return the size of a file as a reader wants to know it."""
    return f"{max(file.stat().st_size / 1e6, 0.1):.1f} MB"
