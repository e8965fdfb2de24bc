"""Which edition of the book this is: its version, how it is cited, where its errors are told."""

import posixpath
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

from .listed import read

CITATION = "CITATION.cff"
EDITION = "book/edition"
# Pages about the book that the foot of every page leads to.
ABOUT = {EDITION: "Version {version}", "book/accessibility": "Accessibility"}
QUESTIONS = "What is wrong?\n\n\nWhat should it say?\n"


@cache
def own_version() -> str:
    """Return the version of the book: that of its package, which pyproject.toml alone names."""
    return version("bp")


def cited(srcdir: Path, year: str, address: str) -> tuple[str, str]:
    """Return how the book is cited: one line, and an entry for BibTeX.

    Parameters
    ----------
    srcdir : Path
        The folder that holds CITATION.cff.
    year : str
        The year to name where the release has no date yet.
    address : str
        The address of the site, or nothing.
    """
    facts = read(srcdir / CITATION)
    authors = " and ".join(author["name"] for author in facts["authors"])
    year = str(facts.get("date-released", year))[:4]
    release = f"Version {own_version()}"
    line = f"{authors}. {facts['title']}. {release}, {year}." + (f" {address}" if address else "")
    # A second brace keeps the name of a group whole.
    fields = {"author": f"{{{authors}}}", "title": facts["title"], "edition": release, "year": year}
    if address:
        fields["url"] = address
    entries = "".join(f",\n  {name} = {{{value}}}" for name, value in fields.items())
    return line, f"@book{{{facts['title'].lower()}{year}{entries}\n}}"


class HowToCite(SphinxDirective):
    """``{how-to-cite}``: the line and the entry that CITATION.cff makes."""

    def run(self) -> list[nodes.Node]:
        """Return both."""
        config = self.config
        line, entry = cited(Path(self.env.srcdir), config.copyright, config.html_baseurl)
        block = nodes.literal_block(entry, entry, language="bibtex")
        return [nodes.paragraph("", line), block]


def check(app: Sphinx, config: Config) -> None:
    """Refuse a template for reports that would lose what a report says."""
    if config.report_to and "{body}" not in config.report_to:
        raise ConfigError(
            f"report_to is {config.report_to!r}, which has no place for {{body}}: expected an "
            "address such as 'mailto:book@example.org?subject={title}&body={body}'"
        )


def report(template: str, title: str, place: str) -> str:
    """Return the link that reports an error at a place of the book, both filled in."""
    body = f"Place: {place}\nVersion: {own_version()}\n\n{QUESTIONS}"
    parts = {"title": f"Error in {title}", "body": body}
    for name, text in parts.items():
        template = template.replace(f"{{{name}}}", quote(text, safe=""))
    return template


def tell_theme(
    app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add the version, the pages about the book and the link for errors to each page."""
    context["edition"] = own_version()
    words = {page: text.format(version=own_version()) for page, text in ABOUT.items()}
    context["about"] = [item for item in words.items() if item[0] in app.env.found_docs]
    if app.config.report_to:
        place = posixpath.join(app.config.html_baseurl, app.builder.get_target_uri(name))
        context["report"] = report(app.config.report_to, context["here"], place)
        # The script of the page adds the section that is read.
        context["report_place"] = quote(place, safe="")


def setup(app: Sphinx) -> None:
    """Add the directive, the setting and what the theme is told."""
    app.add_config_value("report_to", "", "html", str)
    app.add_directive("how-to-cite", HowToCite)
    app.connect("config-inited", check)
    # After the page has its title.
    app.connect("html-page-context", tell_theme, priority=600)
