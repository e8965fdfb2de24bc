"""One style sheet for the site: the palette, the theme and KaTeX's, with the fonts inside.

Formulas are set in KaTeX's fonts, cut down to the signs that the book uses and put into the style
sheet itself. A script of one line shows a page once they are read, so nothing ever moves.
"""

import base64
import re
from functools import cache
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from lxml import html
from sphinx.application import Sphinx

from bp.palette import DARK, LIGHT

from .npm import package

THEME = Path(__file__).parent / "theme"
KATEX = package("katex") / "dist"
FACE = re.compile(r"@font-face\{[^}]*url\(fonts/KaTeX_([\w-]+)\.woff2\)[^}]*\}")
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


def palette() -> str:
    """Return the colours as CSS variables: light, dark, and light on paper."""
    light, dark = (
        "".join(f"--{name}:{colour};" for name, colour in colours.items())
        for colours in (LIGHT, DARK)
    )
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f"@media screen{{:root[data-theme=light]{{color-scheme:light;{light}}}"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
    )


@cache
def cut(name: str, signs: str) -> str:
    """Return a font with these signs alone, as the URL of its data."""
    # The time of the cut would make each build another.
    font = TTFont(KATEX / "fonts" / f"KaTeX_{name}.woff2", recalcTimestamp=False)
    subsetter = subset.Subsetter(subset.Options(hinting=False, layout_features=["kern"]))
    subsetter.populate(text=signs)
    subsetter.subset(font)
    file = BytesIO()
    font.save(file)
    return "data:font/woff2;base64," + base64.b64encode(file.getvalue()).decode()


def katex(pages: list[str]) -> str:
    """Return the style sheet of KaTeX with the fonts that the pages use."""
    signs: set[str] = set()
    for page in pages:
        for formula in html.fromstring(page).iterfind('.//span[@class="katex-html"]'):
            signs.update(*formula.itertext())
    text = "".join(sorted(signs))

    def face(rule: re.Match[str]) -> str:
        name = rule[1]
        if not any(re.search(USES[name], page) for page in pages):
            return ""
        return SOURCES.sub(f'url({cut(name, text)}) format("woff2")', rule[0])

    return FACE.sub(face, (KATEX / "katex.min.css").read_text(encoding="utf-8"))


def write(app: Sphinx) -> None:
    """Write the style sheet, once all pages are there."""
    site = Path(app.outdir)
    pages = [page.read_text(encoding="utf-8") for page in sorted(site.rglob("*.html"))]
    theme = (THEME / "book.css").read_text(encoding="utf-8")
    static = site / "_static"
    # No page links the sheets that extensions bring along.
    for sheet in static.glob("*.css"):
        sheet.unlink()
    (static / "book.css").write_text(palette() + theme + katex(pages), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the style sheet at the end of the build."""
    app.connect("pages-written", write)
