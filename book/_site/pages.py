"""The pages of the site: where they lie, and what the theme is told about each."""

import pickle
import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from lxml import html
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.environment.adapters.toctree import document_toc
from sphinx.errors import SphinxError
from sphinx.util import logging
from sphinx.util.build_phase import BuildPhase

from .formulas import katex, plain
from .processes import share
from .whole import Record

THEME = Path(__file__).parent / "theme"
DESCRIPTION = 155
LOGGER = logging.getLogger(__name__)


class SiteBuilder(StandaloneHTMLBuilder):
    """Builds HTML with the cover at the root of the site and the chapters beside it."""

    name = "html"
    # The book has a search of its own, which shows where the words are.
    search = False

    def build(self, docnames: Any, summary: str | None = None, method: Any = "update") -> None:
        """Build all pages, or none where the site is up to date."""
        self.record = Record(self.app)
        self.built = not self.record.holds()
        # For each part what it has gathered, by the name of the page.
        self.gathered: dict[str, dict[str, Any]] = {}
        if self.built:
            self.record.clear()
            super().build(None, "all pages", "all")
        else:
            LOGGER.info("The site is up to date.")

    def _read_parallel(self, docnames: list[str], nproc: int) -> None:
        """Read pages in several processes, and merge what they found in the order of the pages."""
        for name in docnames:
            self.events.emit("env-purge-doc", self.env, name)
            self.env.clear_doc(name)

        def read(name: str) -> None:
            self.read_doc(name, _cache=False)

        def found(names: list[str]) -> bytes:
            return pickle.dumps(self.env, pickle.HIGHEST_PROTOCOL)

        owners: dict[str, BuildEnvironment] = {}
        for names, sent in share(sorted(docnames, key=self._written), nproc, read, found):
            owners |= dict.fromkeys(names, pickle.loads(sent))
        for name in docnames:
            self.env.merge_info_from([name], owners[name], self.app)

    def _written(self, name: str) -> tuple[bool, int]:
        """Return how much is written in a page; notebooks, in which nothing is computed, are last.

        Where little is written, most is computed: what takes long is begun first.
        """
        file = Path(self.env.doc2path(name))
        return file.suffix == ".ipynb", file.stat().st_size

    def _write_parallel(self, docnames: Sequence[str], nproc: int) -> None:
        """Write pages in several processes, and take over what they show and what is gathered."""
        if katex.cache_info().currsize:
            # Its threads would be missing in a copy of this process.
            self._write_serial(docnames)
            return

        def write(name: str) -> None:
            self.app.phase = BuildPhase.RESOLVING
            # A tree of its own: what other pages look up their numbers in stays as it is.
            doctree = BuildEnvironment.get_doctree(self.env, name)
            doctree = self.env.get_and_resolve_doctree(name, self, doctree)
            self.app.phase = BuildPhase.WRITING
            self.write_doc_serialized(name, doctree)
            self.write_doc(name, doctree)

        # Sphinx does half of it here, and so asks for a process less.
        sent = share(docnames, nproc + 1, write, lambda names: (self.images, self.gathered))
        for _, (images, gathered) in sent:
            self.images |= images
            for part, found in gathered.items():
                self.gathered.setdefault(part, {}).update(found)

    def handle_page(
        self,
        pagename: str,
        addctx: dict[str, Any],
        templatename: str = "page.html",
        outfilename: str | None = None,
        event_arg: Any = None,
    ) -> None:
        """Write a page, and let each part gather what it needs of it: it is parsed but once."""
        super().handle_page(pagename, addctx, templatename, outfilename, event_arg)
        file = Path(outfilename or self.get_outfilename(pagename))
        page = html.fromstring(file.read_text(encoding="utf-8"))
        for part, found in filter(None, self.events.emit("page-written", pagename, page)):
            self.gathered.setdefault(part, {})[pagename] = found

    def address(self, page: str) -> str:
        """Return the address of a page below the root of the site."""
        return page.removeprefix(posixpath.dirname(self.config.root_doc) + "/") + ".html"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return where a link to a page leads."""
        return self.address(docname)

    def get_outfilename(self, pagename: str) -> str:
        """Return the file that a page is written to."""
        return str(Path(self.outdir) / self.address(pagename))

    def create_pygments_style_file(self) -> None:
        """Leave it out: the theme colours code from the palette."""

    def copy_translation_js(self) -> None:
        """Leave it out: the book is in one language."""


class WrongBuilder(SphinxError):
    """Another builder was asked for than the one there is."""

    category = "Wrong builder"


def refuse_others(app: Sphinx) -> None:
    """End a build that would not be this site."""
    if not isinstance(app.builder, SiteBuilder):
        raise WrongBuilder(
            f"this book is built as html, not as {app.builder.name}; "
            "tools/formats.py makes a PDF and an EPUB of the site"
        )


def parts(app: Sphinx) -> list[dict[str, Any]]:
    """Return the table of contents: parts with captions, and their pages."""
    env = app.env
    return [
        {
            "caption": toctree["caption"],
            "pages": [
                {
                    "name": name,
                    "title": plain(env.titles[name]),
                    "number": ".".join(map(str, env.toc_secnumbers.get(name, {}).get("", ()))),
                }
                for _, name in toctree["entries"]
            ],
        }
        for toctree in env.get_doctree(app.config.root_doc).findall(addnodes.toctree)
    ]


def sections(builder: StandaloneHTMLBuilder, name: str) -> str:
    """Return the sections of a page as a nested list of links, or nothing."""
    toc = document_toc(builder.env, name, builder.tags)
    below = [item[1] for item in toc if isinstance(item, nodes.list_item) and len(item) > 1]
    return str(builder.render_partial(below[0])["fragment"]) if below else ""


def description(doctree: nodes.document | None) -> str:
    """Return the first paragraph of a page, as long as a search engine shows."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree else ()
    text = next(map(plain, paragraphs), "")
    if len(text) > DESCRIPTION:
        text = text[:DESCRIPTION].rsplit(" ", 1)[0] + " …"
    return text


def tell_theme(
    app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add to the context of a page what the templates of the theme use."""
    builder, base = app.builder, app.config.html_baseurl
    assert isinstance(builder, SiteBuilder)
    if name == "genindex":
        context["title"] = "Index"
    context["parts"] = parts(app)
    pages = (page for part in context["parts"] for page in part["pages"])
    own = next((page for page in pages if page["name"] == name), {"title": "", "number": ""})
    context["sections"] = sections(builder, name) if doctree else ""
    context["author"] = app.config.author
    context["root_doc"] = app.config.root_doc
    here = builder.address(name) + "#"
    context["moved"] = [
        (old.removeprefix(here), new)
        for old, new in app.config.moved.items()
        if old.startswith(here)
    ]
    meta = app.env.metadata.get(name, {})
    title = plain(nodes.Text(str(context.get("title", name))))
    context["here"] = f"{own['number']} {own['title'] or title}".strip()
    context["description"] = (
        meta.get("description") or description(doctree) or f"{app.config.html_title}: {title}"
    )
    if base and name != "404":
        page = "" if name == app.config.root_doc else builder.address(name)
        context["address"] = posixpath.join(base, page)
        context["card"] = posixpath.join(base, "_static/card.png")


def extra_pages(app: Sphinx) -> list[tuple[str, dict[str, Any], str]]:
    """Return the pages that no author writes: search, page not found, moved pages."""
    # A page not found may be asked for at any depth, so its links start at the site's address.
    lost = {"title": "Page not found", "base": app.config.html_baseurl}
    moved = [
        (old.removesuffix(".html"), {"target": new}, "moved.html")
        for old, new in app.config.moved.items()
        if "#" not in old
    ]
    return [("search", {"title": "Search"}, "search.html"), ("404", lost, "404.html"), *moved]


def write_sitemap(app: Sphinx) -> None:
    """List the pages for search engines, once the site has an address."""
    base = app.config.html_baseurl
    if not base:
        return
    names = [name for name in sorted(app.env.found_docs) if name != app.config.root_doc]
    pages = ["", *map(app.builder.address, names)]
    urls = "".join(f"<url><loc>{posixpath.join(base, page)}</loc></url>\n" for page in pages)
    Path(app.outdir, "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n',
        encoding="utf-8",
    )


def setup(app: Sphinx) -> None:
    """Register the builder, the theme and the pages."""
    app.add_builder(SiteBuilder, override=True)
    app.add_html_theme("book", str(THEME))
    app.add_config_value("moved", {}, "html", dict)
    app.connect("builder-inited", refuse_others)
    app.connect("html-page-context", tell_theme)
    app.connect("html-collect-pages", extra_pages)
    app.connect("pages-written", write_sitemap)
