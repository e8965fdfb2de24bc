"""A Sphinx extension: the build checks every displayed equation, and a page can list them.

Put ``proofread.sphinx_ext`` into ``extensions``. Each equation that is not in order is a warning
with its file and line, so ``sphinx-build -W`` fails. What is judged is what Sphinx has read, in the
order of the table of contents. ``[tool.proofread]`` of the nearest ``pyproject.toml``, if there is
one, gives the symbol page, pins, macros and labels; see :mod:`proofread.config`.

A builder learns from :func:`told` what was found, to show it beside an equation. The directive
``proofread-verdicts`` lists every equation with its verdict::

    ```{proofread-verdicts}
    :modules: package.module package.other
    ```

Its option names modules of Python whose docstrings name equations by their labels; the list then
links to these functions. The directive ``proofread-specification`` shows what is accepted, what is
refused and why: the rows that the tests of this program hold it to.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode
from sphinx.util.parallel import ParallelTasks, parallel_available
from sphinx.util.typing import ExtensionMetadata

from proofread import labels as kinds
from proofread import specification
from proofread.config import Settings, settings_around
from proofread.judge import Verdict
from proofread.mutate import repair
from proofread.project import assemble, shown_from
from proofread.report import Reporter, last_line
from proofread.sources import Event, Place
from proofread.sources.doctree import REPEATS, events
from proofread.text import Text

logger = logging.getLogger(__name__)
LABEL = re.compile(r"`([\w:-]+)`")


class Verdicts(SphinxDirective):
    """``proofread-verdicts``: the list of all equations."""

    option_spec: ClassVar[dict[str, Any]] = {"modules": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Leave a mark, to be filled when every page has been read."""
        modules = self.options.get("modules", "").split()
        return [nodes.container(modules=modules, classes=["proofread-verdicts"])]


class Specification(SphinxDirective):
    """``proofread-specification``: what is accepted, what is refused, and why."""

    def run(self) -> list[nodes.Node]:
        """Return a section for each group of rows."""
        self.env.note_dependency(str(specification.file()))
        return [self._group(group) for group in specification.specification()]

    def _group(self, group: specification.Group) -> nodes.section:
        made = nodes.section("", nodes.title("", group.name), ids=[nodes.make_id(group.name)])
        self.state.document.note_implicit_target(made, made)
        definitions = [f"$$ {latex} $$ ({label})" for label, latex in group.definitions.items()]
        made += nodes.literal_block("", "\n".join([group.tables, *definitions]).strip())
        made += Judged(verdicts=[verdict for verdict, _ in group.rows])
        return made


class Judged(nodes.General, nodes.Element):
    """Verdicts that become a table when all else is done: each search of a page would go there."""


class ShowJudged(SphinxPostTransform):
    """Make the tables of verdicts."""

    default_priority = 900

    def run(self, **kwargs: Any) -> None:
        """Put a table in the place of each mark."""
        for mark in list(self.document.findall(Judged)):
            rows = [[_written(verdict), *_why(verdict)] for verdict in mark["verdicts"]]
            mark.replace_self(_table(["What is written", "Verdict", "Why"], rows))


def _written(verdict: Verdict) -> nodes.Node:
    """Return what an author writes, as text; as a formula it would weigh more than it tells."""
    shown = nodes.paragraph("", "", nodes.literal("", verdict.display.latex))
    if verdict.kind == kinds.REFUTED:
        shown += nodes.Text(", said to be wrong")
    return shown


def _why(verdict: Verdict) -> list[nodes.Node]:
    """Return a verdict, and its reason."""
    said = "accepted" if verdict.in_order else "refused"
    why = verdict.message or f"holds for {verdict.compared}"
    return [nodes.paragraph("", said), nodes.paragraph("", why)]


def _table(head: list[str], rows: list[list[nodes.Node]]) -> nodes.table:
    """Return a table."""
    group = nodes.tgroup("", cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    named = nodes.row("", *(nodes.entry("", nodes.paragraph("", one)) for one in head))
    group += nodes.thead("", named)
    group += nodes.tbody("", *(nodes.row("", *(nodes.entry("", one) for one in r)) for r in rows))
    return nodes.table("", group)


def marks(document: nodes.document) -> list[nodes.container]:
    """Return the places of a page where the list stands."""
    return [
        one for one in document.findall(nodes.container) if "proofread-verdicts" in one["classes"]
    ]


@dataclass(frozen=True)
class Page:
    """What Sphinx's environment keeps of a page: its events, and whether it has the list."""

    events: list[Event]
    lists: bool


def _settings(app: Sphinx) -> Settings:
    return settings_around(Path(app.srcdir)) or Settings(Path(app.srcdir))


def _stored(env: BuildEnvironment) -> dict[str, Page]:
    found: dict[str, Page] = env.__dict__.setdefault("proofread_pages", {})
    return found


def store(app: Sphinx, document: nodes.document) -> None:
    """Keep what a page says, when Sphinx has read it."""
    settings = _settings(app)
    path = Path(app.env.doc2path(app.env.docname))
    shown = partial(shown_from, settings.root)
    found = list(events(document, path, shown, settings.labels))
    _stored(app.env)[app.env.docname] = Page(found, bool(marks(document)))


def purge(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget a page that is read anew or gone."""
    _stored(env).pop(page, None)


def merge(app: Sphinx, env: BuildEnvironment, pages: Iterable[str], other: Any) -> None:
    """Take over what another process has read."""
    _stored(env).update({page: _stored(other)[page] for page in pages if page in _stored(other)})


def order(env: BuildEnvironment, page: str, seen: dict[str, None]) -> Iterator[str]:
    """Yield the pages below a page in the order of the table of contents."""
    if page not in seen:
        seen[page] = None
        yield page
        for below in env.toctree_includes.get(page, ()):
            yield from order(env, below, seen)


def read(app: Sphinx, env: BuildEnvironment) -> Text:
    """Make one text of all pages that were read; those of no table of contents come last."""
    settings = _settings(app)
    seen: dict[str, None] = {}
    pages = [*order(env, app.config.root_doc, seen), *sorted(env.found_docs - seen.keys())]
    paths = {page: Path(env.doc2path(page)) for page in pages}
    symbols = settings.root / settings.symbols if settings.symbols else None
    pages.sort(key=lambda page: paths[page] != symbols)
    shown = partial(shown_from, settings.root)
    stored = [(paths[page], _stored(env)[page].events) for page in pages if page in _stored(env)]
    chapters = [(path, shown(path), partial(iter, events)) for path, events in stored]
    return assemble(settings, chapters, settings.root)


def judge(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Judge every equation when all pages have been read; return the pages that list them."""
    text = read(app, env)
    found: list[tuple[str, Verdict]] = [(one.display.place.file, one) for one in text.problems]
    verdicts = judge_all(text, app.config.proofread_networks, app.parallel)
    found += zip((entry.chapter for entry in text.entries), verdicts, strict=True)
    warn(_settings(app).root, [verdict for _, verdict in found])
    env.__dict__["proofread_told"] = {
        verdict.display.label: result(verdict) for _, verdict in found if verdict.in_order
    }
    if text.unread:
        logger.info("proofread: %d formulas are not checked", len(text.unread))
    lists = [page for page, stored in _stored(env).items() if stored.lists]
    for page in lists:
        fill(app, page, text, found)
    return lists


def judge_all(text: Text, networks: int, processes: int) -> list[Verdict]:
    """Judge every equation of a text in its order, by so many processes where these can be had."""
    count = processes if parallel_available else 1
    found: dict[int, Verdict] = {}

    def work(first: int) -> dict[int, Verdict]:
        verdicts = {}
        for number in range(first, len(text.entries), count):
            verdict = text.verdict(text.entries[number], networks)
            if verdict.counterexample and not verdict.in_order:
                verdict.repair = repair(text, text.entries[number])
            verdicts[number] = verdict
        return verdicts

    if count > 1:
        tasks = ParallelTasks(count)
        for first in range(count):
            tasks.add_task(work, first, lambda _, verdicts: found.update(verdicts))
        tasks.join()
    else:
        found = work(0)
    return [found[number] for number in range(len(text.entries))]


def told(env: BuildEnvironment) -> dict[str, str]:
    """Return for the label of each equation that is in order what was found: a few words."""
    found: dict[str, str] = env.__dict__.get("proofread_told", {})
    return found


def result(verdict: Verdict) -> str:
    """Return in a few words what was found."""
    if not verdict.in_order:
        return f"not in order: {verdict.message}"
    return {
        kinds.DEFINITION: "agrees with the code" if verdict.pinned else "can be evaluated",
        kinds.EXPRESSION: "can be computed",
        kinds.REFUTED: f"false: {verdict.counterexample or verdict.message}",
        kinds.CLAIM: f"holds for {verdict.compared}",
    }[verdict.kind]


def warn(root: Path, found: Iterable[Verdict]) -> None:
    """Warn of each equation that is not in order, where it stands."""
    reporter = Reporter()
    for verdict in found:
        if report := reporter.report(verdict):
            place = verdict.where
            _, _, message = report.partition(str(place))
            logger.warning(message.lstrip(": "), location=location(root, place), type="proofread",
                           subtype="fault" if verdict.crashed else "equation")  # fmt: skip
    for line in reporter.rest():
        logger.info("proofread: %s", line)


def location(root: Path, place: Place) -> str:
    """Return a place as Sphinx shows it: file and line, and for a notebook the cell too."""
    file = root / place.file
    cell = f" (cell {place.cell})" if place.cell is not None else ""
    return f"{file}:{place.line}{cell}"


def computed_by(modules: Iterable[str]) -> dict[str, list[str]]:
    """Return for each label the functions of these modules whose docstrings name it."""
    found: dict[str, list[str]] = {}
    for module in modules:
        for name, function in inspect.getmembers(importlib.import_module(module)):
            if inspect.isfunction(function) and function.__module__ == module:
                for label in LABEL.findall(function.__doc__ or ""):
                    found.setdefault(label, []).append(f"{module}.{name}")
    return found


def fill(app: Sphinx, page: str, text: Text, found: Iterable[tuple[str, Verdict]]) -> None:
    """Write the list of verdicts into a page that Sphinx has read already."""
    env = app.env
    document = env.get_doctree(page)
    pages = {shown: env.path2doc(str(path)) for path, shown in text.chapters.items()}
    chapters: dict[str, list[Verdict]] = {}
    for chapter, verdict in found:
        chapters.setdefault(chapter, []).append(verdict)
    for mark in marks(document):
        functions = computed_by(mark["modules"])
        mark.clear()
        mark += nodes.paragraph("", last_line(v for _, v in found) + ".")
        around = mark.parent
        assert isinstance(around, nodes.Element)
        for old in list(around.findall(nodes.section, descend=True)):
            if REPEATS in old["classes"]:
                around.remove(old)
        for chapter, listed in chapters.items():
            around += section(env, chapter, pages.get(chapter), listed, functions, page)
    env.temp_data["docname"] = page
    TocTreeCollector().process_doc(app, document)
    env.temp_data.pop("docname", None)
    app.builder.write_doctree(page, document)


def section(
    env: BuildEnvironment, chapter: str, page: str | None, listed: Iterable[Verdict],
    functions: dict[str, list[str]], here: str,
) -> nodes.section:  # fmt: skip
    """Return the list of one chapter."""
    title = env.titles[page].deepcopy() if page in env.titles else nodes.title("", chapter)
    name = nodes.make_id(chapter)
    made = nodes.section("", title, ids=[f"verdicts-{name}"], classes=[REPEATS])
    for verdict in listed:
        made += entry(verdict, functions.get(verdict.display.label, []), here, page or here)
    return made


def entry(verdict: Verdict, functions: list[str], here: str, page: str) -> list[nodes.Node]:
    """Return one equation: its number, kind, label and verdict, and the formula itself."""
    display = verdict.display
    line = nodes.paragraph()
    if not display.label:
        line += nodes.Text("A display without a label" if display.latex else "The text")
    else:
        line += link(display.label, display.inline, here, page)
        line += [nodes.Text(" "), nodes.strong("", verdict.kind or "unknown"), nodes.Text(" ")]
        line += nodes.literal("", display.label)
    line += nodes.Text(f", {result(verdict)}")
    if verdict.in_order and verdict.pinned:
        line += [nodes.Text(", "), nodes.literal("", verdict.pinned)]
    for number, function in enumerate(functions):
        line += nodes.Text(", " if number else ". Function: ")
        line += addnodes.pending_xref(
            "", nodes.literal("", function, classes=["xref", "py", "py-obj"]), refdomain="py",
            reftype="obj", reftarget=function, refdoc=here, refexplicit=False, refwarn=False,
        )  # fmt: skip
    line += nodes.Text(".")
    if not display.latex:
        return [line]
    latex = display.latex.strip()
    return [line, nodes.math_block(latex, latex, nowrap=False, number=None, label=None)]


def link(label: str, inline: bool, here: str, page: str) -> nodes.Node:
    """Return a reference to an equation by its number, or to a formula in a line."""
    if inline:
        return addnodes.pending_xref(
            "", nodes.inline("", "in a line"), refdomain="", reftype="proofread", reftarget=label,
            refdoc=here, topage=page, refexplicit=True, refwarn=False,
        )  # fmt: skip
    return addnodes.pending_xref(
        "", nodes.literal("", label), refdomain="math", reftype="eq", reftarget=label, refdoc=here,
        refexplicit=False, refwarn=True,
    )  # fmt: skip


def resolve(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, shown: nodes.Node
) -> nodes.Node | None:
    """Lead to a formula in a line, which has a label and no number."""
    if node["reftype"] != "proofread":
        return None
    return make_refnode(app.builder, node["refdoc"], node["topage"], node["reftarget"], shown)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_config_value("proofread_networks", 100, "env", [int])
    app.add_directive("proofread-verdicts", Verdicts)
    app.add_directive("proofread-specification", Specification)
    app.add_node(Judged)
    app.add_post_transform(ShowJudged)
    app.connect("doctree-read", store)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("missing-reference", resolve)
    # Before Sphinx numbers the sections, which the list adds to.
    app.connect("env-updated", judge, priority=400)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
