"""Slides to teach a chapter from: `slides/CHAPTER.html`, made of what the chapter's page shows.

A plan says what goes on which slide, and no more: `book/slides/CHAPTER.txt`. Blank lines stand
between slides. Each line points at something that the page shows once:

- `eq-output-delta`, `fig-two-paths`, `ex-fastest`: an equation with its reasons, a figure, or the
  question of an exercise, by its label;
- `prints: print(y - t)`: what the cell with this code printed; `code: def loss_of`: the code too;
- `block: A list of`: the whole list, table or paragraph that has these words;
- anything else: the one sentence that has these words, its formulas in dollars.

The heading of a slide is that of the section its first line points into. A link of the chapter
into *The net, alive* goes to the slide whose content stands before it. All targets are looked
up each time the book is built, and a line that has lost its own is a warning.
"""

import posixpath
import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from lxml import html
from lxml.html import HtmlElement
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from .slimming import fragment
from .styles import THEME

LOGGER = logging.getLogger(__name__)
FOLDER = "slides"
LABEL = re.compile(r"[a-z]+(?:-\w+)+")
KIND = re.compile(r"(prints|code|block): +(.+)")
STOP = re.compile(r"[.!?][”’)]*$")
ALIVE = "explore.html#"
# What no slide shows: answers, buttons, and marks for those who read a page.
UNSHOWN = {"solution", "answers", "live", "take", "headerlink"}
# An operator has room around it.
OPERATORS = frozenset("=←→+−≈<>≤≥⊙")


class Lost(LookupError):
    """A line of a plan does not point at exactly one thing."""


class Target(NamedTuple):
    """What a line of a plan points at: where it stands, and what it puts on a slide."""

    place: HtmlElement
    parts: list[HtmlElement]


class Slide(NamedTuple):
    """One slide: the section it is from, what it shows, and links into *The net, alive*."""

    section: HtmlElement
    parts: list[HtmlElement]
    alive: list[HtmlElement]


def pointers(plan: str) -> list[list[tuple[int, str]]]:
    """Return the lines of a plan with their numbers, slide by slide."""
    slides: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(plan.splitlines(), 1):
        if line.strip():
            slides[-1].append((number, line.strip()))
        elif slides[-1]:
            slides.append([])
    return [slide for slide in slides if slide]


def written(element: HtmlElement) -> str:
    """Return the text of an element as its author wrote it: formulas in dollars, one space."""

    def text(part: HtmlElement) -> str:
        if latex := part.get("data-latex"):
            return f"${latex}$"
        return (part.text or "") + "".join(text(child) + (child.tail or "") for child in part)

    return " ".join(text(element).split())


def sentences(paragraph: HtmlElement) -> list[HtmlElement]:
    """Return the sentences of a paragraph, each as a paragraph of its own."""
    found = [html.Element("p")]

    def add(text: str, before: str) -> None:
        for chunk in re.split(r"(\s+)", text):
            if chunk.isspace() and STOP.search(before):
                found.append(html.Element("p"))
            elif len(found[-1]):
                found[-1][-1].tail = (found[-1][-1].tail or "") + chunk
            else:
                found[-1].text = (found[-1].text or "") + chunk
            before = chunk or before

    add(paragraph.text or "", "")
    for child in paragraph:
        copy = deepcopy(child)
        copy.tail = None
        found[-1].append(copy)
        add(child.tail or "", written(child))
    return [sentence for sentence in found if written(sentence)]


def only(found: Iterable[Target], what: str) -> Target:
    """Return the one thing that was found."""
    targets = list(found)
    if len(targets) != 1:
        raise Lost(f"{len(targets) or 'no'} {what}, where one was expected")
    return targets[0]


class Chapter:
    """The page of a chapter, and where on it things are.

    Parameters
    ----------
    name : str
        The name of the page, such as ``output-layer``.
    page : HtmlElement
        The page as it was written.
    """

    def __init__(self, name: str, page: HtmlElement) -> None:
        self.name = name
        self.main = page.find(".//main")
        for element in list(self.main.iter("*")):
            if UNSHOWN.intersection(element.get("class", "").split()):
                element.drop_tree()
        self.ids = {element.get("id"): element for element in self.main.xpath(".//*[@id]")}

    @cached_property
    def paragraphs(self) -> list[tuple[HtmlElement, str]]:
        """Return the paragraphs of the chapter, and what is written in each."""
        return [(one, written(one)) for one in self.main.xpath(".//p | .//li[not(p)]")]

    @cached_property
    def cells(self) -> list[tuple[HtmlElement, str]]:
        """Return the cells of the chapter, and the code and output in each."""
        found = self.main.xpath(".//div[contains(concat(' ', @class, ' '), ' cell ')]")
        return [(one, " ".join(one.text_content().split())) for one in found]

    def find(self, pointer: str) -> Target:
        """Return what a line of a plan points at.

        Raises
        ------
        Lost
            If there is nothing, or more than one thing, that it may mean.
        """
        if LABEL.fullmatch(pointer):
            return self.labelled(pointer)
        if kind := KIND.fullmatch(pointer):
            ways: dict[str, Callable[[str], Target]] = {
                "prints": self.printed, "code": self.cell, "block": self.block,
            }  # fmt: skip
            return ways[kind[1]](kind[2])
        return only(
            (
                Target(paragraph, [sentence])
                for paragraph, text in self.paragraphs
                if pointer in text
                for sentence in sentences(paragraph)
                if pointer in written(sentence)
            ),
            "sentences with these words",
        )

    def labelled(self, label: str) -> Target:
        """Return an equation with the reasons for its lines, a figure, or an exercise."""
        place = self.ids.get(f"equation-{label}", self.ids.get(label))
        if place is None:
            raise Lost("no part has this label")
        if "display" not in place.classes:
            return Target(place, [place])
        derived = html.Element("div", {"class": "derived"})
        derived.append(equation(place))
        box = place.getparent()
        if "derivation" in box.classes:
            reasons = html.Element("div", {"class": "why"})
            for paragraph in box.xpath("./*[contains(@class, 'reasons')]/p[not(@class)]"):
                reasons.extend(sentences(paragraph))
            derived.append(reasons)
        return Target(place, [derived])

    def cell(self, code: str) -> Target:
        """Return a cell: its code, and what it printed or listed."""
        found = (Target(cell, [cell]) for cell, text in self.cells if code in text)
        return only(found, "cells with this code")

    def printed(self, code: str) -> Target:
        """Return what the cell with some code printed."""
        place, _ = self.cell(code)
        outputs = place.xpath("./div[contains(@class, 'cell_output')]")
        return only((Target(place, [output]) for output in outputs), "outputs of this cell")

    def block(self, words: str) -> Target:
        """Return the list, table or paragraph with some words; a list before its own parts."""
        found = [one for one in self.main.iter("ul", "ol", "table", "p") if words in written(one)]
        outer = [one for one in found if not set(one.iterancestors()) & set(found)]
        return only((Target(one, [one]) for one in outer), "blocks with these words")


def width(formula: HtmlElement) -> float:
    """Return about how many letters wide a formula is, from its MathML."""
    parts = [width(child) for child in formula if isinstance(child.tag, str)]
    match formula.tag:
        case "mfrac" | "mtable" | "munder" | "mover" | "munderover":
            return max(parts)
        case "msub" | "msup" | "msubsup":
            return parts[0] + 0.7 * max(parts[1:])
    text = (formula.text or "").strip()
    return sum(parts) + len(text) + sum(sign in OPERATORS for sign in text)


def equation(display: HtmlElement) -> HtmlElement:
    """Return a copy of an equation that says how wide and how high it is."""
    copy = deepcopy(display)
    copy.tail = None
    (formula,) = copy.iter("math")
    (box,) = copy.find_class("scroll")
    high = re.search(r"--height:([\d.]+)em", box.get("style", ""))
    copy.set("style", f"--signs:{width(formula):.0f};--high:{high[1] if high else 1}")
    return copy


def clean(chapter: str, part: HtmlElement) -> HtmlElement:
    """Return a copy of a part for a slide: without names, its links into the book."""
    copy = deepcopy(part)
    copy.tail = None
    for element in copy.iter():
        if "id" in element.attrib and not any(one.tag == "svg" for one in element.iterancestors()):
            del element.attrib["id"]
    for code in copy.iter("pre"):
        lines = code.text_content().rstrip().splitlines()
        widest = max(map(len, lines), default=0)
        code.set("style", f"--lines:{len(lines)};--columns:{widest}")
    for link in copy.iter("a"):
        link.set("href", address(chapter, link.get("href", "")))
    return copy


def address(chapter: str, link: str) -> str:
    """Return a link of a chapter as it reads from its slides."""
    if re.match(r"[a-z]+:", link):
        return link
    return f"../{chapter}.html{link}" if link.startswith("#") else f"../{link}"


def arranged(chapter: Chapter, plan: str) -> tuple[list[Slide], list[tuple[int, str]]]:
    """Return the slides that a plan asks for, and what is wrong with which line.

    Parameters
    ----------
    chapter : Chapter
        The page of the chapter.
    plan : str
        The text of its plan.

    Returns
    -------
    slides : list of Slide
        In the order of the plan, without what was not found.
    faults : list of (int, str)
        The number of a line, and what was wrong with it.
    """
    slides: list[Slide] = []
    faults: list[tuple[int, str]] = []
    owners: dict[HtmlElement, Slide] = {}
    for lines in pointers(plan):
        targets = []
        for number, pointer in lines:
            try:
                targets.append(chapter.find(pointer))
            except Lost as lost:
                faults.append((number, f"{pointer!r}: {lost}"))
        if targets:
            parts = [clean(chapter.name, part) for target in targets for part in target.parts]
            slide = Slide(next(targets[0].place.iterancestors("section")), parts, [])
            slides.append(slide)
            owners |= {target.place: slide for target in targets}
    give_links(chapter, owners)
    return slides, faults


def give_links(chapter: Chapter, owners: dict[HtmlElement, Slide]) -> None:
    """Give each link into *The net, alive* to the slide whose content stands before it."""
    last: Slide | None = None
    links = set(chapter.main.xpath(f".//a[starts-with(@href, '{ALIVE}')]"))
    for element in chapter.main.iter():
        last = owners.get(element, last)
        if last and element in links:
            shown = {link.get("href") for part in last.parts for link in part.iter("a")}
            if address(chapter.name, element.get("href")) not in shown:
                last.alive.append(clean(chapter.name, element))


def source(part: HtmlElement) -> str:
    """Return the HTML of a part."""
    return fragment(part)


def heading(section: HtmlElement) -> tuple[str, str]:
    """Return the number of a section, and its title as HTML."""
    title = clean("", next(one for one in section if one.tag in ("h1", "h2", "h3", "h4")))
    number = "".join(one.text_content() for one in title.find_class("section-number"))
    for one in title.find_class("section-number"):
        one.drop_tree()
    inside = re.sub(r"^<h\d[^>]*>|</h\d>$", "", source(title))
    return number.strip(), inside.strip()


def joined(parts: list[HtmlElement]) -> list[HtmlElement]:
    """Return parts with what is said beside a figure inside its caption, before it or after."""
    figure = next((part for part in parts if part.tag == "figure"), None)
    if figure is None:
        return parts
    (caption,) = figure.iter("figcaption")
    place = parts.index(figure)
    for k, part in enumerate(parts[:place]):
        caption.insert(k, part)
    caption.extend(parts[place + 1 :])
    return [figure]


def told(chapter: Chapter, slides: Iterable[Slide]) -> list[dict[str, Any]]:
    """Return what the template is told about each slide."""
    return [
        {
            "number": heading(slide.section)[0],
            "title": heading(slide.section)[1],
            "place": f"../{chapter.name}.html#{slide.section.get('id')}",
            "parts": [source(part) for part in joined(slide.parts)],
            "alive": [source(link) for link in slide.alive],
        }
        for slide in slides
    ]


def plan_of(app: Sphinx, name: str) -> Path | None:
    """Return the plan of a page, if it has one."""
    if name not in app.env.found_docs:
        return None
    plan = Path(app.env.doc2path(name)).parent / FOLDER / f"{posixpath.basename(name)}.txt"
    return plan if plan.is_file() else None


def write(app: Sphinx, name: str, page: HtmlElement) -> None:
    """Write the slides of a chapter that has a plan. What is not shown goes out of the page."""
    plan = plan_of(app, name)
    if plan is None:
        return
    file, folder = Path(app.builder.get_outfilename(name)), Path(app.outdir, FOLDER)
    chapter = Chapter(file.stem, page)
    slides, faults = arranged(chapter, plan.read_text(encoding="utf-8"))
    for line, fault in faults:
        LOGGER.warning(fault, location=f"{plan}:{line}", type="slides")
    number, title = heading(chapter.main.find("section"))
    context = {
        "language": app.config.language, "book": app.config.html_title, "name": chapter.name,
        "chapter": number, "title": title, "slides": told(chapter, slides),
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    text = app.builder.templates.render("slides.html", context)
    (folder / file.name).write_text(text, encoding="utf-8")


def write_sheet(app: Sphinx) -> None:
    """Write the style sheet of the slides, if there are any."""
    if Path(app.outdir, FOLDER).is_dir():
        sheet = (THEME / "slides.css").read_text(encoding="utf-8")
        Path(app.outdir, "_static", "slides.css").write_text(sheet, encoding="utf-8")


class Deck(SphinxRole):
    """``{slides}`output-layer` ``: a link to the slides of a chapter, which says how many."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, or an error if the chapter has no plan."""
        plan = Path(self.env.doc2path(self.env.docname)).parent / FOLDER / f"{self.text}.txt"
        if not plan.is_file():
            message = f"slides: no plan for the chapter {self.text!r}, which would be {plan.name}"
            return [], [self.inliner.reporter.error(message, line=self.lineno)]
        self.env.note_dependency(str(plan))
        count = len(pointers(plan.read_text(encoding="utf-8")))
        link = f'<a href="{FOLDER}/{self.text}.html">{count} slides</a>'
        return [nodes.raw("", link, format="html")], []


def setup(app: Sphinx) -> None:
    """Write the slides of a page when all else is gathered of it, and their sheet beside others."""
    app.add_role("slides", Deck())
    app.connect("page-written", write, priority=900)
    # Where the style sheet of the book takes those of extensions away.
    app.connect("pages-written", write_sheet, priority=600)
