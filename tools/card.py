"""Draw the card that stands for the book where its address is shared: `python tools/card.py`.

The picture is that of the cover, in the light colours of the palette. The PNG holds a digest of
what it was drawn from, so a test can tell whether it is still the card of this book.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import yaml
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import browser
from bp.drawing import cover
from bp.palette import LIGHT
from files import replace
from reading import MOTTO

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "book"
CARD = BOOK / "_static" / "card.png"
SIZE = (1200, 630)
COLOURS = 64
STYLE = """
body { margin: 0; height: 100vh; display: grid; place-content: center; justify-items: center;
       background: var(--paper); color: var(--ink); font-family: P052, Palatino, serif; }
svg { width: 800px; } svg * { font-family: P052, Palatino, serif; }
h1 { font-size: 104px; margin: 30px 0 0; letter-spacing: -.01em; line-height: 1.25; }
p { font-size: 36px; color: var(--muted); margin: 8px 0 0; }
"""


def drawing() -> str:
    """Return the card as HTML."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    colours = "".join(f"--{name}:{colour};" for name, colour in LIGHT.items())
    return (
        f"<!DOCTYPE html><style>:root{{{colours}}}{STYLE}</style>"
        f"<body>{cover()}<h1>{config['title']}</h1><p>{MOTTO}</p>"
    )


def digest() -> str:
    """Return what tells one drawing from another."""
    return hashlib.sha256(drawing().encode()).hexdigest()


def write(target: Path) -> None:
    """Draw the card into a PNG file.

    Raises
    ------
    FileNotFoundError
        If there is no browser.
    """
    with browser.started() as chromium:
        # As the cover looks once its net has moved.
        size = {"width": SIZE[0], "height": SIZE[1]}
        page = chromium.new_page(viewport=size, reduced_motion="reduce")
        page.set_content(drawing())
        picture = Image.open(BytesIO(page.screenshot()))
    made_from = PngInfo()
    made_from.add_text("digest", digest())
    few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    file = BytesIO()
    few.save(file, format="PNG", optimize=True, pnginfo=made_from)
    replace(target, file.getvalue())


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the card; return 0, or 1 if there is no browser."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--to", type=Path, default=CARD)
    options = parser.parse_args(arguments)
    return browser.finished(write, options.to)


if __name__ == "__main__":
    sys.exit(main())
