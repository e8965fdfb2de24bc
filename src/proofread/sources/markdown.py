r"""Events of a Markdown text.

It is read as MyST reads it: ``$$ … $$ (label)``, ``{math}`` directives and roles, tables and
headings, also inside lists, quotes, admonitions, exercises and any other nested directive; files
that ``{include}`` names are read in place. Quarto's ``$$ … $$ {#eq-label}``, the environments of
amsmath with ``\label``, and ``math`` fences are displays too.

A formula in a line of text is checked like a display where it has a label of its own, which MyST's
extension ``attrs_inline`` makes a target for links: ``[$a = b$]{#eq-label}``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from proofread.labels import Labels
from proofread.parse import Fault
from proofread.sources import (
    MATHS,
    MAX_TEXT,
    STATES,
    Broken,
    Display,
    Event,
    Heading,
    Inline,
    Origin,
    Place,
    Table,
    Unread,
    display,
    table,
    text_of,
)

MAX_NESTING = 20
# Markdown leaves out without a word what is nested 20 deep.
_DEEPEST = 19
# What the page shows as it stands: nothing in it is mathematics.
_CODE = set(
    "code code-block code-cell sourcecode literalinclude mermaid parsed-literal highlight prompt"
    " python r julia ojs bash sh sql dot graphviz bibliography toctree tableofcontents".split()
)
# What may begin a formula, a table or a directive.
_SAYS = re.compile(r"[$\\|{<`~:]")
_NO_TITLE = {"figure", "image", "include", "math", "table", "list-table", "csv-table"}


@lru_cache(maxsize=2)
def _markdown(myst: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    # Emphasis says nothing here, and its search for pairs takes quadratic time.
    parser.disable(["emphasis", "balance_pairs"])
    parser.use(
        dollarmath_plugin,
        allow_labels=True,
        allow_space=True,
        allow_digits=True,
        double_inline=True,
    )
    parser.use(front_matter_plugin).use(amsmath_plugin).use(attrs_plugin, spans=True)
    parser.use(colon_fence_plugin).use(deflist_plugin).use(footnote_plugin).use(myst_role_plugin)
    return parser.use(myst_block_plugin) if myst else parser


def events_of_file(text: str, path: Path, name: str, labels: Labels) -> Iterator[Event]:
    """Yield the events of a Markdown file.

    Raises
    ------
    Fault
        When the file is too large.
    """
    return events(text, Origin(name, tuple(text.split("\n")), folder=path.parent), labels)


def events(text: str, origin: Origin, labels: Labels) -> Iterator[Event]:
    """Yield the events of a whole text; see :func:`events_of_file`."""
    if len(text) > MAX_TEXT:
        raise Fault(f"{origin.file} holds more than {MAX_TEXT // 1_000_000} MB of text")
    return _Reader(origin, labels).read(text, 0, 0)


class _Reader:
    """Reads one file; `including` are the files around it."""

    def __init__(self, origin: Origin, labels: Labels, including: tuple[Path, ...] = ()) -> None:
        self.origin, self.labels, self.including = origin, labels, including

    def read(self, text: str, offset: int, depth: int) -> Iterator[Event]:
        """Yield the events of a text that begins `offset` lines into the file."""
        if depth > MAX_NESTING:
            message = f"directives are nested more than {MAX_NESTING} deep"
            yield Broken(message, self.origin.place(offset))
            return
        if depth and not _SAYS.search(text):
            return
        if name := _unclosed(text):
            yield Broken(f"environments {name} that are opened and never closed",
                         self.origin.place(offset))  # fmt: skip
            return
        tokens = _markdown(not self.origin.file.endswith(".qmd")).parse(text)
        for number, token in enumerate(tokens):
            line = offset + (token.map[0] if token.map else 0)
            if token.level >= _DEEPEST:
                yield Broken(f"this is nested more than {_DEEPEST} deep", self.origin.place(line))
                return
            if token.type == "heading_open" and depth == 0:
                yield Heading(int(token.tag[1:]), self.origin.place(line))
            elif token.type in ("math_block", "math_block_label", "amsmath"):
                label = token.info if token.type == "math_block_label" else ""
                yield from display(label, token.content, self.origin, line, self.labels)
            elif token.type == "table_open":
                yield self._table(tokens[number:], offset)
            elif token.type in ("fence", "colon_fence"):
                yield from self._fence(token, line, depth)
            elif token.type == "inline":
                yield from self._inline(token, line)
            elif token.type == "html_block":
                shown = re.sub(r"<!--.*?(-->|$)", "", token.content, flags=re.DOTALL)
                if MATHS.search(shown):
                    yield Unread("a formula in raw HTML", self.origin.place(line))

    def _table(self, tokens: list[Token], offset: int) -> Table:
        rows: list[tuple[tuple[str, ...], Place]] = []
        cells: list[str] = []
        line = offset + (tokens[0].map or [0])[0]
        for token in tokens:
            if token.type == "table_close":
                break
            if token.type == "tr_open":
                cells, line = [], offset + (token.map or [0])[0]
            elif token.type == "inline":
                cells.append(token.content)
            elif token.type == "tr_close":
                rows.append((tuple(cells), self.origin.place(line)))
        return table(rows, rows[0][1])

    def _inline(self, token: Token, line: int) -> Iterator[Event]:
        children = token.children or []
        at, taken = (line, 0), set[int]()
        length = token.content.count("\n") + 1

        def place() -> Place:
            return self.origin.place(*at)

        for number, child in enumerate(children):
            kind, content = child.type, child.content
            if kind == "text" and "$$" not in content and "{#" not in content and number:
                continue
            if kind == "myst_role":
                kind = {"math": "math_inline"}.get(child.meta["name"], kind)
            if kind in ("math_inline", "math_inline_double"):
                at = self.origin.find(content, *at, lines=length)
            label = str(child.attrs.get("id", ""))
            if (label and self.labels.kind_of(label)) or self._bare_label(children, number):
                inside = children[number + 1 : number + 3]
                if [one.type for one in inside] != ["math_inline", "span_close"]:
                    yield Broken("a label in a line is written [$…$]{#eq-…}, with one formula",
                                 place())  # fmt: skip
                    continue
                taken.add(number + 1)
                found = self.origin.find(inside[0].content, *at, lines=length)
                for event in display(label, inside[0].content, self.origin, *self._at(found)):
                    yield replace(event, inline=True) if isinstance(event, Display) else event
            elif kind == "math_inline_double":
                after = children[number + 1 : number + 2]
                quarto = re.match(r"\s*\{#([^\s{}]+)[^{}]*\}", after[0].content if after else "")
                named = quarto[1] if quarto else ""
                yield from display(named, content, self.origin, at[0], self.labels, at[1])
            elif kind == "math_inline" and number not in taken:
                if STATES.search(content):
                    yield Inline(content, place())
            elif kind == "math_single":
                yield Inline(content, place())
            elif kind == "myst_role" and "math" in child.meta["name"]:
                yield Unread(f"a formula in the role {child.meta['name']}", place())
            elif kind == "html_inline" and re.match(r"<math\b", content):
                yield Unread("a formula in raw HTML", place())
            elif kind == "text" and "$$" in content:
                yield Broken("a display that is opened with $$ and never closed", place())
            elif kind == "text" and number == 0 and re.search(r"\\\[|\\\(", token.content):
                yield from self._brackets(token, line)

    def _at(self, found: tuple[int, int]) -> tuple[int, Labels, int]:
        return found[0], self.labels, found[1]

    def _bare_label(self, children: list[Token], number: int) -> bool:
        r"""Say whether a text holds a label that belongs to no display: ``$k = 2${#eq-one}``."""
        text = children[number].content if children[number].type == "text" else ""
        found = "{#" in text and re.search(r"\{#([^\s{}]+)", text)
        display_before = number and children[number - 1].type == "math_inline_double"
        return bool(found and not display_before and self.labels.kind_of(found[1]))

    def _brackets(self, token: Token, line: int) -> Iterator[Event]:
        r"""Yield what stands between ``\[`` and ``\]``, which Markdown does not read as maths."""
        pairs = r"\\\[.+?\\\]|\\\(.+?\\\)"
        for found in re.finditer(pairs, token.content, re.DOTALL):
            at = line + token.content.count("\n", 0, found.start())
            what = f"a formula between {found[0][:2]} and {found[0][-2:]}; write dollar signs"
            yield Unread(what, self.origin.place(at))

    def _fence(self, token: Token, line: int, depth: int) -> Iterator[Event]:
        """Read the body of a directive as Markdown, or as mathematics when it is ``{math}``."""
        info = token.info.strip()
        match = re.match(r"\{([\w:.+-]+)\}\s*(.*)", info)
        if not match and token.type == "fence":
            if info.split()[:1] == ["math"]:
                yield from display("", token.content, self.origin, line, self.labels)
            return
        name, argument = (match[1].casefold(), match[2]) if match else ("", "")
        if name in _CODE:
            return
        options, skipped = _options(token.content.split("\n"))
        body = "\n".join(token.content.split("\n")[skipped:])
        if name == "math":
            latex = "\n\n".join(part for part in (argument, body.rstrip("\n")) if part.strip())
            label = options.get("label", options.get("name", ""))
            yield from display(label, latex, self.origin, line, self.labels)
        elif name == "include":
            yield from self._include(argument.strip(), options, line)
        elif name == "eval-rst":
            yield from self._rst(body, line + 1 + skipped)
        elif name == "raw" or name.startswith("glue"):
            if name != "raw" or MATHS.search(body):
                yield Unread(f"a formula in the directive {name}", self.origin.place(line))
        else:
            if argument and name not in _NO_TITLE:
                for event in self.read(argument, line, depth + 1):
                    if isinstance(event, Display | Inline | Unread | Broken):
                        yield event
            yield from self.read(body, line + 1 + skipped, depth + 1)

    def _include(self, file: str, options: dict[str, str], line: int) -> Iterator[Event]:
        place, path = self.origin.place(line), self.origin.folder / file
        around = (*self.including, Path(self.origin.file).resolve())
        if {"literal", "code"} & options.keys():
            return
        if path.suffix not in (".md", ".markdown", ".qmd", ".txt", ""):
            yield Unread(f"the included file {file}", place)
            return
        shown = (Path(self.origin.file).parent / file).as_posix()
        if path.resolve() in around or len(around) > MAX_NESTING:
            yield Broken(f"{file} includes itself", place)
            return
        try:
            text = text_of(path, shown)
        except Fault as fault:
            yield Broken(f"the included file cannot be read: {fault.message}", place)
            return
        origin = Origin(shown, tuple(text.split("\n")), folder=path.parent)
        part, offset = _part(text, options)
        yield from _Reader(origin, self.labels, around).read(part, offset, 0)

    def _rst(self, body: str, line: int) -> Iterator[Event]:
        """Yield the ``math`` directives and roles of reStructuredText."""
        lines = body.split("\n")
        for number, text in enumerate(lines):
            if found := re.match(r"(\s*)\.\. math::(.*)", text):
                indented = []
                for after in lines[number + 1 :]:
                    if after.strip() and not after.startswith(found[1] + " "):
                        break
                    indented.append(after)
                options, skipped = _options([one.strip() for one in indented])
                content = "\n".join(indented[skipped:]).rstrip()
                latex = "\n\n".join(part for part in (found[2].strip(), content) if part.strip())
                label = options.get("label", options.get("name", ""))
                yield from display(label, latex, self.origin, line + number, self.labels)
            elif re.match(r"\s*\.\. (include|raw)::", text):
                yield Unread(f"the directive {text.strip()}", self.origin.place(line + number))
            for formula in re.findall(r":math:`([^`]+)`", text):
                if STATES.search(formula):
                    yield Inline(formula, self.origin.place(line + number))


def _options(lines: list[str]) -> tuple[dict[str, str], int]:
    """Return the options at the head of a directive, and how many lines they take."""
    options: dict[str, str] = {}
    skipped = 0
    if lines[0].strip() == "---":
        skipped = next((n for n, line in enumerate(lines[1:], 2) if line.strip() == "---"), 1)
        pairs = (line.partition(":") for line in lines[1:skipped])
        options = {key.strip(): _bare(value) for key, colon, value in pairs if colon}
    while skipped < len(lines) and (found := re.match(r"\s*:([\w-]+):\s*(.*)", lines[skipped])):
        options[found[1]] = _bare(found[2])
        skipped += 1
    return options, skipped


def _bare(value: str) -> str:
    """Return the value of an option without the quotes that YAML allows around it."""
    value = value.strip()
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _part(text: str, options: dict[str, str]) -> tuple[str, int]:
    """Return the part of an included file that its options choose, and its first line."""
    lines = text.split("\n")
    first, last = (options.get(key, "") for key in ("start-line", "end-line"))
    start = int(first) if re.fullmatch(r"-?\d{1,6}", first) else 0
    stop = int(last) if re.fullmatch(r"-?\d{1,6}", last) else len(lines)
    start = max(0, start + len(lines)) if start < 0 else start
    part = "\n".join(lines[start:stop])
    if (after := options.get("start-after")) and after in part:
        before, _, part = part.partition(after)
        start += before.count("\n") + after.count("\n")
    if (before_ := options.get("end-before")) and before_ in part:
        part = part.partition(before_)[0]
    return part, start


def _unclosed(text: str) -> str:
    """Return the environment of amsmath that is opened far more often than closed, if any.

    For each of them the reader of amsmath looks through the whole rest of the text.
    """
    opened = Counter(re.findall(r"^[ >]*\\begin\{(\w+\*?)\}", text, re.MULTILINE))
    return next((n for n, k in opened.items() if k > text.count(f"\\end{{{n}}}") + 50), "")
