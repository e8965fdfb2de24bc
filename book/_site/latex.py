r"""The formulas of a chapter as LaTeX to take away: a document that compiles as it stands.

Each formula is the very LaTeX that the page is made from. A numbered one has the number of the book
as its tag and its label as its label, so ``\ref{eq-hidden-chain}`` reads as it does here.
"""

from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_exercise.nodes import is_solution_node

from .edition import cited

# The signs that mean something to LaTeX, and how they are written.
SIGNS = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)
LEVELS = (r"\section*", r"\subsection*", r"\subsubsection*")
DOCUMENT = r"""%% {title}: the displayed formulas, in the order of the chapter.
%% {source}
\documentclass{{article}}
\usepackage[utf8]{{inputenc}}
\usepackage[T1]{{fontenc}}
\usepackage{{amsmath,amssymb}}
\begin{{document}}
{body}
\end{{document}}
"""


def text_of(node: nodes.Node) -> str:
    """Return the text of a heading as LaTeX."""
    if isinstance(node, nodes.math):
        return f"${node.astext().strip()}$"
    if isinstance(node, nodes.Text):
        return node.astext().translate(SIGNS)
    return "".join(map(text_of, node.children))


def heading(app: Sphinx, name: str, title: nodes.title) -> str:
    """Return the heading of a section with its number."""
    section, depth = title.parent, -1
    above = section
    while isinstance(above, nodes.section):
        above, depth = above.parent, depth + 1
    anchor = f"#{section['ids'][0]}" if depth else ""
    number = ".".join(map(str, app.env.toc_secnumbers.get(name, {}).get(anchor, ())))
    return f"{LEVELS[min(depth, 2)]}{{{f'{number} {text_of(title)}'.strip()}}}"


def equation(app: Sphinx, name: str, node: nodes.math_block) -> str:
    """Return a formula on its own line, with the number and the label that it has in the book."""
    latex = node.astext().strip()
    numbers = app.env.toc_fignumbers.get(name, {}).get("displaymath", {})
    number = ".".join(map(str, numbers.get(next(iter(node["ids"]), ""), ())))
    if not number:
        return f"\\begin{{equation*}}\n{latex}\n\\end{{equation*}}"
    # What the book refutes is marked as false there and here.
    tag = (
        rf"\tag*{{false ({number})}}"
        if node["label"].startswith("wrong-")
        else rf"\tag{{{number}}}"
    )
    return f"\\begin{{equation}}{tag}\\label{{{node['label']}}}\n{latex}\n\\end{{equation}}"


def body(app: Sphinx, doctree: nodes.document, name: str) -> Iterator[str]:
    """Yield the formulas of a chapter, each section that has some under its heading.

    Solutions have none here: a page may be made without them.
    """
    titles: list[nodes.title] = []
    for node in doctree.findall():
        if isinstance(node, nodes.title) and isinstance(node.parent, nodes.section):
            titles = [*(title for title in titles if above(title, node)), node]
        elif isinstance(node, nodes.math_block) and not in_solution(node):
            yield from (heading(app, name, title) for title in titles)
            yield equation(app, name, node)
            titles = []


def above(title: nodes.title, below: nodes.title) -> bool:
    """Tell whether a heading is that of a section around another."""
    parent = below.parent.parent
    while parent is not None and parent is not title.parent:
        parent = parent.parent
    return parent is not None


def in_solution(node: nodes.Node) -> bool:
    """Tell whether a formula belongs to the solution of an exercise."""
    while node is not None and not is_solution_node(node):
        node = node.parent
    return node is not None


def write(app: Sphinx, doctree: nodes.document, name: str, file: Path) -> bool:
    """Write the formulas of a chapter into a file; return whether it has any."""
    found = list(body(app, doctree, name))
    if found:
        config = app.config
        source, _ = cited(Path(app.srcdir), config.copyright, config.html_baseurl)
        title = next(iter(doctree.findall(nodes.title))).astext()
        file.parent.mkdir(exist_ok=True)
        text = DOCUMENT.format(title=title, source=source, body="\n\n".join(found))
        file.write_text(text, encoding="utf-8")
    return bool(found)
