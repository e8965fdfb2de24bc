"""What a page loads has a digest in its address: after a change no cache shows the old one."""

import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

from sphinx.application import Sphinx

LINK = re.compile(r'\s((?:href|src)=")([^"?#:]+)(?=")')
IMPORT = re.compile(r"""((?:\bfrom|\bimport)\s*\(?\s*["'])(\.[^"'?]+\.js)(?=["'])""")


class Stamps:
    """The digests of the files of a site, each found once."""

    def __init__(self) -> None:
        self.found: dict[Path, str] = {}

    def of(self, file: Path) -> str:
        """Return the digest of a file; a script's imports get theirs first."""
        file = file.resolve()
        if file not in self.found:
            if file.suffix == ".js":
                self.stamp(file, IMPORT)
            self.found[file] = sha256(file.read_bytes()).hexdigest()[:12]
        return self.found[file]

    def stamp(self, file: Path, link: re.Pattern[str]) -> None:
        """Add the digest to each link of a file to something that is no page."""

        def stamped(match: re.Match[str]) -> str:
            target = file.parent / unquote(match[2])
            known = target.is_file() and target.suffix != ".html"
            return f"{match[0]}?v={self.of(target)}" if known else match[0]

        text = file.read_text(encoding="utf-8")
        if (changed := link.sub(stamped, text)) != text:
            file.write_text(changed, encoding="utf-8")


def stamp_all(app: Sphinx) -> None:
    """Stamp the links of all pages."""
    stamps = Stamps()
    for page in sorted(Path(app.outdir).rglob("*.html")):
        stamps.stamp(page, LINK)


def setup(app: Sphinx) -> None:
    """Stamp once all else is written."""
    app.connect("pages-written", stamp_all, priority=900)
