"""Exercises take an answer: a form in the box of each exercise that has a key.

The key goes into the page in a form that a glance does not read. Without scripts an exercise reads
as ever.
"""

import json
import posixpath
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import is_exercise_node, is_solution_node

from proofread.contents import chapters_of
from proofread.sources.doctree import REPEATS

from .. import live
from ..folding import numbered
from ..npm import package
from .keys import SIGNS, BadKey, Key, Part, keys

LOG = logging.getLogger(__name__)
FOLDER = "book/answers"
SCRIPTS = "_static/answers"
INLINE = re.compile(r"\$([^$]+)\$|`([^`]+)`")


def read(app: Sphinx, config: Any) -> None:
    """Read all keys. One that cannot be used is a warning, and the site takes no answers."""
    app.exercise_keys = {}  # type: ignore[attr-defined]
    try:
        app.exercise_keys = keys(Path(app.srcdir) / FOLDER)  # type: ignore[attr-defined]
    except BadKey as reason:
        LOG.warning("%s/%s", FOLDER, reason)


def spoken(text: str) -> list[nodes.Node]:
    """Return a sentence with formulas and code as nodes."""
    found: list[nodes.Node] = []
    end = 0
    for match in INLINE.finditer(text):
        found.append(nodes.Text(text[end : match.start()]))
        latex, code = match.groups()
        found.append(nodes.math(latex, latex) if latex else nodes.literal(code, code))
        end = match.end()
    return [*found, nodes.Text(text[end:])]


def raw(text: str) -> nodes.raw:
    """Return HTML as a node."""
    return nodes.raw("", text, format="html")


def line(*parts: str | list[nodes.Node], tag: str = "p", **attributes: str) -> list[nodes.Node]:
    """Return a line of HTML and of nodes between the tags of an element."""
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    found: list[nodes.Node] = [raw(f"<{tag}{written}>")]
    for one in parts:
        found += [raw(one)] if isinstance(one, str) else one
    return [*found, raw(f"</{tag}>")]


def field(key: Key, count: int, part: Part) -> list[nodes.Node]:
    """Return the question and the field of one part."""
    name = "Your answer" + (f" {count}" if len(key.parts) > 1 else "")
    place = f"{key.label}-{count}"
    question = line(spoken(part.say), tag="span", id=f"ask-{place}")
    told = f'aria-label="{name}" aria-describedby="ask-{place}"'
    plain = 'autocomplete="off" autocapitalize="off" spellcheck="false"'
    if part.kind == "choice":
        options: list[nodes.Node] = []
        for number, option in enumerate(part.right):
            words = escape(SIGNS.sub("", option["say"]))
            dot = f'<input type="radio" name="{place}" value="{number}" aria-label="{words}">'
            options += line(dot, line(spoken(option["say"]), tag="span"), tag="label")
        group = f'<div role="radiogroup" data-kind="choice" {told}>'
        return [*line(question), raw(group), *options, raw("</div>")]
    if part.kind == "code":
        rows = part.more["starts"].count("\n") + 3
        area = f'<textarea data-kind="code" rows="{rows}" {told} {plain}>'
        return [*line(question), raw(f"{area}{escape(part.more['starts'])}</textarea>")]
    # The keyboard of digits that a phone may offer lacks the minus, the stroke and the letter e.
    entry = f'<input type="text" data-kind="{part.kind}" {told} {plain}>'
    if part.kind == "number":
        return line(question, " ", entry)
    signs: list[nodes.Node] = []
    for symbol in part.more.get("symbols", []):
        words = escape(SIGNS.sub("", symbol))
        button = f'<button type="button" data-spoken="{words}" aria-label="{words}">'
        signs += [raw(button), nodes.math(symbol, symbol), raw("</button>")]
    shown = '<p class="reading"></p>'
    return [*line(question, " ", entry), raw(shown), *(line(signs) if signs else [])]


def told(key: Key) -> str:
    """Return the key as the page's script reads it."""
    parts: list[dict[str, Any]] = []
    for part in key.parts:
        one: dict[str, Any] = {"kind": part.kind, "slips": part.slips, **part.more}
        if part.kind == "number":
            one["right"] = part.right
        elif part.kind == "choice":
            one["right"] = [bool(option.get("right")) for option in part.right]
            one["because"] = [option["because"] for option in part.right]
        elif part.kind == "formula":
            one["chapter"] = f"{key.chapter}.ipynb"
        parts.append(one)
    # Backwards, nobody reads it by accident, and it is packed as well as the text around it.
    return json.dumps({"parts": parts, "hints": key.hints}, ensure_ascii=False)[::-1]


def form(key: Key) -> list[nodes.Node]:
    """Return the form of an exercise."""
    found: list[nodes.Node] = [raw(f'<form class="answer" data-key="{escape(told(key))}">')]
    for count, part in enumerate(key.parts, 1):
        found += field(key, count, part)
    hint = '<button type="button" class="hint">Hint</button>' if key.hints else ""
    found.append(raw(f'<p><button type="submit">Check</button> {hint}</p>'))
    return [*found, raw('<ol class="hints" aria-live="polite"></ol><p role="status"></p></form>')]


def add_forms(app: Sphinx, doctree: nodes.document) -> None:
    """Put the form of each exercise into its box."""
    found: dict[str, Key] = app.exercise_keys  # type: ignore[attr-defined]
    for box in list(doctree.findall(is_exercise_node)):
        if key := found.get(box["label"]):
            box += nodes.container("", *form(key), is_div=True, classes=["answers"])


class Exercises(SphinxDirective):
    """The list of all exercises: what each asks, its wrong answers, and what is said to them."""

    def run(self) -> list[nodes.Node]:
        """Return the list, and where a reader's ticks are forgotten, saved and taken back."""
        buttons = (
            '<div class="progress"><p><button type="button" class="save">Save as a file</button> '
            '<label>Take from a file <input type="file" accept=".json,application/json"></label> '
            '<button type="button" class="forget">Forget</button></p><p role="status"></p></div>'
        )
        found: list[nodes.Node] = [
            nodes.container("", raw(buttons), is_div=True, classes=["answers"])
        ]
        found_keys: dict[str, Key] = self.env.app.exercise_keys  # type: ignore[attr-defined]
        order = list(chapters_of(Path(self.env.srcdir) / "_toc.yml"))
        chapters = [name.removeprefix("book/") for name in order]
        for key in sorted(found_keys.values(), key=lambda key: chapters.index(key.chapter)):
            link = numbered(key.label, self.env.docname)
            found.append(nodes.paragraph("", "", link, classes=["of-exercise"]))
            found.append(raw('<details class="key">'))
            found.append(raw("<summary>What it asks, and what it says</summary>"))
            found += [node for part in key.parts for node in listed(part)]
            found.append(raw("</details>"))
        # The checker looks at the chapters; here the keys of their exercises are told again.
        return [nodes.container("", *found, is_div=True, classes=[REPEATS])]


class Drills(SphinxDirective):
    """The place where drills appear."""

    def run(self) -> list[nodes.Node]:
        """Return it, and the scripts that fill it."""
        up = posixpath.dirname(self.env.app.builder.get_target_uri(self.env.docname)) or "."
        static = posixpath.relpath("_static", up)
        scripts = "".join(
            f'<script defer src="{static}/{name}.js"></script>'
            for name in ("explore/net", "answers/answers", "answers/drills")
        )
        controls = (
            '<p class="choose"><label>Drill in <select></select></label> '
            '<label>number <input type="number" min="1" max="999999" value="1"></label> '
            '<button type="button" class="paper">Ten on paper</button></p>'
        )
        rest = '<form class="answer"></form><div class="sheet"></div>'
        text = f'<div class="answers drills">{controls}{rest}</div>{scripts}'
        without = (
            "<noscript><p>Drills need a script: each is made when it is asked for.</p></noscript>"
        )
        return [raw(text + without)]


def listed(part: Part) -> list[nodes.Node]:
    """Return what a teacher wants to know of one part of a key."""
    items = nodes.bullet_list()

    def item(answer: list[nodes.Node], says: str) -> None:
        words = [nodes.Text(": "), *spoken(says)] if says else []
        items.append(nodes.list_item("", nodes.paragraph("", "", *answer, *words)))

    if part.kind == "choice":
        for option in part.right:
            mark = "✓ " if option.get("right") else ""
            item([nodes.Text(mark), *spoken(option["say"])], option["because"])
    else:
        item([nodes.Text("✓ "), *answer_of(part, part.right)], "")
        for slip, says in part.slips:
            item(answer_of(part, slip), says)
    return [nodes.paragraph("", "", *spoken(part.say)), items]


def answer_of(part: Part, answer: Any) -> list[nodes.Node]:
    """Return an answer as it is read."""
    if part.kind == "number":
        digits = f"{answer:,.0f}"
        if abs(answer) < 1000:
            # Three digits, and fewer where they are all there is.
            trim = "-" if np.isclose(answer, float(f"{answer:.3g}"), rtol=1e-9, atol=0) else "k"
            digits = np.format_float_positional(answer, 3, False, False, trim).rstrip(".")
        return [nodes.Text(digits.replace("-", "−"))]
    if part.kind == "formula":
        return [nodes.math(answer, answer)]
    return [nodes.literal(answer, answer.strip().partition("\n")[2].strip())]


def leave_out(app: Sphinx, doctree: nodes.document) -> None:
    """Leave the printed solutions out, where the configuration says so."""
    if app.config.exercise_solutions:
        return
    for box in list(doctree.findall(is_solution_node)):
        box.parent.remove(box)


def add_script(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Let a page with forms load what judges them; all of it is asked for by a click or a key."""
    boxes = [box for box in doctree.findall(nodes.container) if "answers" in box["classes"]]
    if not boxes:
        return
    up = posixpath.dirname(app.builder.get_target_uri(name)) or "."
    where = posixpath.relpath(SCRIPTS, up)
    made = live.scripts(app).get("ask", "")
    python = f' data-python="{posixpath.relpath(live.LIVE, up)}/{made}"' if made else ""
    boxes[0].insert(0, raw(f'<script defer src="{where}/answers.js"{python}></script>'))


def publish(app: Sphinx) -> None:
    """Lay beside the scripts what draws a formula while it is typed."""
    shutil.copy(package("katex") / "dist" / "katex.min.js", Path(app.outdir) / SCRIPTS / "katex.js")


def setup(app: Sphinx) -> None:
    """Read the keys, and add the forms."""
    app.add_config_value("exercise_solutions", True, "env", bool)
    app.add_directive("exercises", Exercises)
    app.add_directive("drills", Drills)
    app.connect("config-inited", read)
    app.connect("doctree-read", leave_out)
    app.connect("doctree-read", add_forms)
    app.connect("doctree-resolved", add_script)
    app.connect("pages-written", publish)
