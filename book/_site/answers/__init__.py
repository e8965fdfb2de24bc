"""Exercises take an answer: a form in the box of each exercise that has a key.

The key goes into the page in a form that a glance does not read. Without scripts an exercise reads
as ever.
"""

import base64
import json
import posixpath
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx_exercise.nodes import is_exercise_node

from .. import live
from ..npm import package
from .keys import BadKey, Key, Part, keys

LOG = logging.getLogger(__name__)
FOLDER = "book/answers"
SCRIPTS = "_static/answers"
INLINE = re.compile(r"\$([^$]+)\$|`([^`]+)`")
# What a button types: LaTeX as it is spoken.
SPOKEN = re.compile(r"[\\{}]")


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
            dot = f'<input type="radio" name="{place}" value="{number}">'
            options += line(dot, line(spoken(option["say"]), tag="span"), tag="label")
        group = f'<div role="radiogroup" data-kind="choice" {told}>'
        return [*line(question), raw(group), *options, raw("</div>")]
    if part.kind == "code":
        rows = part.more["starts"].count("\n") + 3
        area = f'<textarea data-kind="code" rows="{rows}" {told} {plain}>'
        return [*line(question), raw(f"{area}{escape(part.more['starts'])}</textarea>")]
    mode = ' inputmode="decimal"' if part.kind == "number" else ""
    entry = f'<input type="text" data-kind="{part.kind}"{mode} {told} {plain}>'
    if part.kind == "number":
        return line(question, " ", entry)
    signs: list[nodes.Node] = []
    for symbol in part.more.get("symbols", []):
        button = f'<button type="button" data-spoken="{escape(SPOKEN.sub("", symbol))}">'
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
    text = json.dumps({"parts": parts, "hints": key.hints}, ensure_ascii=False)
    return base64.b64encode(text.encode()).decode()


def form(key: Key) -> list[nodes.Node]:
    """Return the form of an exercise."""
    found: list[nodes.Node] = [raw(f'<form class="answer" data-key="{told(key)}">')]
    for count, part in enumerate(key.parts, 1):
        found += field(key, count, part)
    hint = '<button type="button" class="hint">Hint</button>' if key.hints else ""
    found.append(raw(f'<p><button type="submit">Check</button> {hint}</p>'))
    return [*found, raw('<ol class="hints"></ol><p role="status"></p></form>')]


def add_forms(app: Sphinx, doctree: nodes.document) -> None:
    """Put the form of each exercise into its box."""
    found: dict[str, Key] = app.exercise_keys  # type: ignore[attr-defined]
    for box in list(doctree.findall(is_exercise_node)):
        if key := found.get(box["label"]):
            box += nodes.container("", *form(key), is_div=True, classes=["answers"])


def add_script(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Let a page with forms load what judges them; all of it is asked for by a click or a key."""
    boxes = [box for box in doctree.findall(nodes.container) if "answers" in box["classes"]]
    if not boxes:
        return
    up = posixpath.dirname(app.builder.get_target_uri(name)) or "."
    where = posixpath.relpath(SCRIPTS, up)
    made = live.scripts(app).get("judge", "")
    judge = f' data-judge="{posixpath.relpath(live.LIVE, up)}/{made}"' if made else ""
    scripts = f'<script defer src="{where}/speak.js"></script>'
    scripts += f'<script defer src="{where}/answers.js"{judge}></script>'
    boxes[0].insert(0, raw(scripts))


def publish(app: Sphinx) -> None:
    """Lay beside the scripts what draws a formula while it is typed."""
    shutil.copy(package("katex") / "dist" / "katex.min.js", Path(app.outdir) / SCRIPTS / "katex.js")


def setup(app: Sphinx) -> None:
    """Read the keys, and add the forms."""
    app.connect("config-inited", read)
    app.connect("doctree-read", add_forms)
    app.connect("doctree-resolved", add_script)
    app.connect("pages-written", publish)
