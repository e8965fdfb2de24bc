"""One style sheet for the site: the palette, the theme and KaTeX's, with the fonts inside.

Text is set in Source Serif, formulas in KaTeX's fonts. Both are cut down to the signs that the book
uses and put into the style sheet itself. A script of one line shows a page once they are read, so
nothing ever moves, and a line has as many characters on every system.
"""

import base64
import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from string import ascii_letters

import rcssmin
from lxml import html
from sphinx.application import Sphinx

from bp.palette import DARK, LIGHT

from .npm import kept, package

FILE = "book.css"
THEME = Path(__file__).parent / "theme"
KATEX = package("katex") / "dist"
FACE = re.compile(r"@font-face\{[^}]*url\(fonts/KaTeX_([\w-]+)\.woff2\)[^}]*\}")
SERIF = package("@fontsource/source-serif-4") / "files"
LICENCE = "/*! Source Serif 4: Adobe, SIL Open Font License 1.1, https://openfontlicense.org */\n"
# A cut of the font, and where on a page it is used; the first is used everywhere.
CUTS = {
    "400-normal": "html",
    "400-italic": "em|i|cite|text|h4",
    "600-normal": "strong|b|h1|h2|h3|th|dt|caption|figcaption|mark",
}
CUT_OF = {tag: cut for cut, tags in CUTS.items() for tag in tags.split("|")}
OTHER_FONTS = {"code", "pre", "math"}
# What scripts write is in no page.
LETTERS = frozenset(filter(str.isalnum, map(chr, range(32, 127)))) | frozenset(" .,:;()-’")
ALWAYS = frozenset(map(chr, range(32, 127))) | frozenset("–—‘’“”…·×−½²³")
# Which size of letters stands in which, and the rules for that.
NESTED = re.compile(r"(reset-size\d+)[ .](size\d+)")
NESTING = re.compile(r"([^{}]*reset-size[^{}]*)(\{[^}]*\})")
# What a reader writes as an answer is drawn as well.
ANSWERS = {
    "Main-Regular": set("0123456789+−=()[].,/|·′"),
    "Math-Italic": set(ascii_letters),
    "sizes": {f"reset-size{one} size{other}" for one in "136" for other in "136"},
}
SOURCES = re.compile(r"(?<=src:)[^;}]*")
# Which font is used is told by the classes that KaTeX gives.
USES = {
    "Main-Regular": "katex-html",
    "Main-Bold": "mathbf|textbf",
    "Main-BoldItalic": "textbf",
    "Main-Italic": "mathit|textit",
    "Math-Italic": "mathnormal",
    "Math-BoldItalic": "boldsymbol",
    "Size1-Regular": "delimsizing size1|small-op|delim-size1",
    "Size2-Regular": "delimsizing size2|large-op",
    "Size3-Regular": "delimsizing size3",
    "Size4-Regular": "delimsizing size4|delim-size4",
    "AMS-Regular": "amsrm|mathbb|textbb",
    "Caligraphic-Regular": "mathcal",
    "Caligraphic-Bold": "mathcal",
    "Fraktur-Regular": "mathfrak|textfrak",
    "Fraktur-Bold": "mathboldfrak|textboldfrak",
    "SansSerif-Regular": "mathsf|textsf",
    "SansSerif-Bold": "mathboldsf|textboldsf",
    "SansSerif-Italic": "mathsfit|mathitsf|textitsf",
    "Script-Regular": "mathscr|textscr",
    "Typewriter-Regular": "mathtt|texttt",
}


OWN = {"paper": "Canvas", "grid": "GrayText"}


def palette() -> str:
    """Return the colours as CSS variables: light, dark, light on paper, and the reader's own."""
    light, dark = (
        "".join(f"--{name}:{colour};" for name, colour in colours.items())
        for colours in (LIGHT, DARK)
    )
    own = "".join(f"--{name}:{OWN.get(name, 'CanvasText')};" for name in LIGHT)
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f"@media screen{{:root[data-theme=light]{{color-scheme:light;{light}}}"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
        # Drawings are not forced into the reader's own colours: they take them.
        f"@media (forced-colors:active){{:root:root{{{own}}}}}\n"
    )


FONTTOOLS = version("fonttools")
OPTIONS = {
    "hinting": False,
    "name_IDs": [],
    "layout_features": ["kern", "liga", "lnum", "tnum"],
}


@cache
def cut(file: Path, signs: str) -> str:
    """Return a font with these signs alone, as the URL of its data."""
    parts = (file.read_bytes(), signs.encode(), repr((OPTIONS, FONTTOOLS)).encode())
    content = kept("fonts", parts, lambda: shortened(file, signs))
    return "data:font/woff2;base64," + base64.b64encode(content).decode()


def shortened(file: Path, signs: str) -> bytes:
    """Return a font with these signs alone."""
    # Where no font is to be cut, as in most builds, this is not loaded.
    from fontTools import subset
    from fontTools.ttLib import TTFont

    # The time of the cut would make each build another.
    font = TTFont(file, recalcTimestamp=False)
    subsetter = subset.Subsetter(subset.Options(**OPTIONS))
    subsetter.populate(text=signs)
    subsetter.subset(font)
    content = BytesIO()
    font.save(content)
    return content.getvalue()


Signs = dict[str, set[str]]


def signs_by_cut(page: html.HtmlElement) -> Signs:
    """Return the signs that a page shows in each cut of the font of the text."""
    found: Signs = {name: set() for name in CUTS}

    def read(element: html.HtmlElement, cuts: frozenset[str]) -> None:
        # A comment has no name.
        if not isinstance(element.tag, str) or element.tag in OTHER_FONTS:
            return
        if element.get("class") == "katex-html":
            return
        own = cuts | {CUT_OF[element.tag]} if element.tag in CUT_OF else cuts
        signs = {*(element.text or "")}
        for child in element:
            read(child, own)
            signs.update(child.tail or "")
        for name in own:
            found[name] |= signs

    read(page, frozenset())
    return found


def serif(used: Signs) -> str:
    """Return the rules of the font of the text, with the signs that are used in each cut."""
    rules = []
    for name, tags in CUTS.items():
        signs = used[name] | (LETTERS if tags != "html" else ALWAYS)
        weight, style = name.split("-")
        for part, range_ in (("latin", ""), ("greek", "unicode-range:U+370-3FF;")):
            if range_ and not any("Ͱ" <= sign <= "Ͽ" for sign in signs):
                continue
            url = cut(SERIF / f"source-serif-4-{part}-{name}.woff2", "".join(sorted(signs)))
            rules.append(
                f'@font-face{{font-family:"Source Serif 4";font-weight:{weight};font-style:{style};'
                f'{range_}src:url({url}) format("woff2")}}\n'
            )
    return "".join(rules)


@cache
def nested(classes: str) -> frozenset[str]:
    """Return which sizes of letters classes, or a selector, put into which."""
    return frozenset(map(" ".join, NESTED.findall(classes)))


@cache
def fonts_of(classes: str) -> tuple[str, ...]:
    """Return the fonts that the classes of an element ask for."""
    return tuple(name for name, use in USES.items() if re.search(rf"\b(?:{use})\b", classes))


def signs_by_font(page: html.HtmlElement) -> Signs:
    """Return the signs that the formulas of a page show in each font, and their sizes."""
    found: Signs = {"sizes": set()}

    def read(element: html.HtmlElement, fonts: tuple[str, ...]) -> None:
        classes = element.get("class", "")
        found["sizes"] |= nested(classes)
        own = fonts_of(classes) or fonts
        for name in own:
            found.setdefault(name, set()).update(element.text or "")
        for child in element:
            read(child, own)
            for name in own:
                found[name].update(child.tail or "")

    for formula in page.iterfind('.//span[@class="katex-html"]'):
        read(formula, ())
    return found


def katex(used: Signs) -> str:
    """Return the style sheet of KaTeX with the signs that are used in each font."""
    signs = joined([ANSWERS, used])

    def face(rule: re.Match[str]) -> str:
        if rule[1] not in signs:
            return ""
        file = KATEX / "fonts" / f"KaTeX_{rule[1]}.woff2"
        return SOURCES.sub(
            f'url({cut(file, "".join(sorted(signs[rule[1]])))}) format("woff2")', rule[0]
        )

    def nesting(rule: re.Match[str]) -> str:
        kept = [one for one in rule[1].split(",") if signs["sizes"].issuperset(nested(one))]
        return ",".join(kept) + rule[2] if kept else ""

    sheet = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    # The fonts come last: their data is long, and is not to be searched.
    return FACE.sub(face, NESTING.sub(nesting, sheet))


def joined(found: Iterable[Signs]) -> Signs:
    """Return all signs that are used in each cut or font."""
    signs: Signs = {}
    for one in found:
        for name, used in one.items():
            signs.setdefault(name, set()).update(used)
    return signs


def gather(app: Sphinx, name: str, page: html.HtmlElement) -> tuple[str, tuple[Signs, Signs]]:
    """Return the signs that a page shows in each cut of the text and in each font of formulas."""
    return FILE, (signs_by_cut(page), signs_by_font(page))


def write(app: Sphinx) -> None:
    """Write the style sheet, once all pages are there."""
    text, formulas = map(joined, zip(*app.builder.gathered[FILE].values(), strict=True))
    theme = rcssmin.cssmin((THEME / "book.css").read_text(encoding="utf-8"))
    static = Path(app.outdir) / "_static"
    # No page links the sheets that extensions bring along.
    for sheet in static.glob("*.css"):
        sheet.unlink()
    (static / FILE).write_text(
        LICENCE + serif(text) + palette() + theme + katex(formulas), encoding="utf-8"
    )


def setup(app: Sphinx) -> None:
    """Write the style sheet at the end of the build."""
    app.connect("page-written", gather)
    app.connect("pages-written", write)
