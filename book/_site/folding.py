"""Solutions, hidden code, and what serves few readers fold as native `<details>`, without a script.

Few readers need the notes on the source, and the columns of a table that tell the checker of the
equations what to draw: the notes unfold, and the columns show where a box is ticked.
"""

import html
import re

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import is_exercise_node, is_solution_node, solution_node

# A cell that does nothing but show code of the package.
CALL = re.compile(r"source\([\w\s.,]*\)")
# The page that lists what the source gets wrong, and how a note names an entry of that list.
SOURCE = "book/source"
ENTRY = re.compile(r"\((E\d+)\)")


class NameExercises(SphinxPostTransform):
    """Make a link to an exercise read as its number, whichever way the link is written."""

    # Before sphinx-exercise, which knows only its own roles.
    default_priority = 4

    def run(self) -> None:
        """Turn each reference without words of its own into a numbered one."""
        for node in list(self.document.findall(nodes.reference)):
            # A link to a place on the same page is already resolved, with the bare title as text.
            if self.is_exercise(node.get("refid")) and self.is_made(node):
                node.replace_self(numbered(node["refid"], self.env.docname))
        for node in list(self.document.findall(addnodes.pending_xref)):
            if self.is_exercise(node["reftarget"]) and not node["refexplicit"]:
                node.replace_self(numbered(node["reftarget"], self.env.docname))

    def is_exercise(self, label: str | None) -> bool:
        """Tell whether a label is that of an exercise."""
        entry = getattr(self.env, "sphinx_exercise_registry", {}).get(label)
        return bool(entry) and is_exercise_node(entry["node"])

    def is_made(self, node: nodes.reference) -> bool:
        """Tell whether the text of a link was made by MyST, not written by an author."""
        return any("std-ref" in child.get("classes", ()) for child in node.findall(nodes.inline))


def numbered(label: str, docname: str) -> addnodes.pending_xref:
    """Return a reference on a page that reads as the number of an exercise."""
    kind = {"refdomain": "std", "reftype": "numref", "refexplicit": False, "refwarn": True}
    text = nodes.inline(classes=["std", "std-numref"])
    return addnodes.pending_xref("", text, reftarget=label, refdoc=docname, **kind)


class UnwrapExercises(SphinxPostTransform):
    """Take away the sections inside exercises: all bear one id, and none has a heading."""

    # After sphinx-exercise has written its titles.
    default_priority = 30

    def run(self) -> None:
        """Put the content of each exercise and solution into the box itself."""
        for box in list(self.document.findall(is_exercise_node)) + list(
            self.document.findall(is_solution_node)
        ):
            for section in [child for child in box if isinstance(child, nodes.section)]:
                box.replace(section, section.children)
            # The id of a solution is made from the page's path.
            box["ids"] = [nodes.make_id(name.rpartition("/")[2]) for name in box["ids"]]


class FoldNotes(SphinxPostTransform):
    """Fold what a chapter says about the source, linked, and what solves the problem of a sheet."""

    default_priority = 30

    def run(self) -> None:
        """Make each of these boxes a folded one, and each row of the list a place to go to."""
        for box in list(self.document.findall(nodes.admonition)):
            if "source" in box["classes"]:
                title = box.pop(0).astext()
                entries = ENTRY.findall(box.astext())
                self.link(box)
                handle = f"{title}: {', '.join(entries)}" if entries else title
                box.replace_self(aside("", *box.children, handle=handle, ids=box["ids"]))
            elif "solved" in box["classes"]:
                title = box.pop(0).astext()
                solved = aside("", *box.children, handle=title, kind="solution", ids=box["ids"])
                box.replace_self(solved)
        if self.env.docname == SOURCE:
            for row in self.document.findall(nodes.row):
                if re.fullmatch(r"E\d+", name := row[0].astext()):
                    row["ids"].append(name)

    def link(self, box: nodes.admonition) -> None:
        """Make each entry that a box names a link to its row in the list."""
        if SOURCE not in self.env.found_docs:
            return
        page = self.app.builder.get_relative_uri(self.env.docname, SOURCE)
        for text in list(box.findall(nodes.Text)):
            words = ENTRY.split(text)
            for k in range(1, len(words), 2):
                name = words[k]
                words[k] = nodes.reference("", name, internal=True, refuri=f"{page}#{name}")
                words[k - 1] += "("
                words[k + 1] = ")" + words[k + 1]
            if len(words) > 1:
                made = [nodes.Text(word) if isinstance(word, str) else word for word in words]
                text.parent[text.parent.index(text) : text.parent.index(text) + 1] = made


class aside(nodes.General, nodes.Element):
    """A folded note."""


class SetAsideColumns(SphinxPostTransform):
    """Mark what stands in a chapter for the checker alone: two columns, and sizes of layers."""

    default_priority = 30

    def run(self) -> None:
        """Mark them in every table of a numbered chapter."""
        if self.env.docname not in self.env.toc_secnumbers:
            return
        for table in list(self.document.findall(nodes.table)):
            rows = [list(row.findall(nodes.entry)) for row in table.findall(nodes.row)]
            headings = [cell.astext() for cell in rows[0]]
            if {"Symbol", "Over", "Value"} <= set(headings):
                table["classes"].append("symbols")
                for row in rows:
                    for heading, cell in zip(headings, row, strict=True):
                        if heading in ("Over", "Value"):
                            cell["classes"].append("checker")
            elif headings == ["Layer", "Units"]:
                handle = "Sizes, as the checker reads them"
                table.replace_self(aside("", table.deepcopy(), handle=handle, ids=[]))


def visit_aside(translator: HTML5Translator, node: aside) -> None:
    """Open a folded note. A link to what is inside unfolds it."""
    handle, kind = html.escape(node["handle"]), node.get("kind", "note")
    translator.body.append(f'<details class="{kind}"><summary>{handle}</summary>\n')
    translator.body.append(translator.starttag(node, "div"))


def depart_aside(translator: HTML5Translator, node: aside) -> None:
    """Close a folded note."""
    translator.body.append("</div></details>\n")


def visit_solution(translator: HTML5Translator, node: solution_node) -> None:
    """Open a folded solution; its title is the handle."""
    title = node.pop(0)
    translator.body.append(translator.starttag(node, "details", CLASS="solution"))
    translator.body.append(f"<summary>{html.escape(title.astext())}</summary>\n")


def name_code(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Say of each folded cell what it holds, and put what draws a figure below the figure.

    The cell bears a class from its start: what only a later part tells would move what is shown.
    """
    numbers = app.env.toc_fignumbers.get(name, {}).get("figure", {})
    cells = [
        cell for cell in doctree.findall(nodes.container) if cell.get("nb_element") == "cell_code"
    ]
    for place, cell in enumerate(cells):
        for fold in [child for child in cell if isinstance(child, HideCodeCellNode)]:
            figure = next(iter(cell.findall(nodes.figure)), None)
            if figure is not None and (number := numbers.get(figure["ids"][0])):
                fold["prompt_show"] = f"Code of Fig. {'.'.join(map(str, number))}"
                fold["classes"].append("drawn")
                cell["classes"].append("draws")
                cell.children.sort(key=is_output, reverse=True)
            elif place == 0:
                fold["prompt_show"] = "Setup"
                fold["classes"].append("setup")
                cell["classes"].append("sets-up")


def is_output(node: nodes.Node) -> bool:
    """Tell whether a part of a cell is what it showed."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code_output"


def name_listings(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Set the names of what a cell lists above the code, and mark the call, which says no more."""
    for cell in list(doctree.findall(nodes.container)):
        if cell.get("nb_element") != "cell_code":
            continue
        call = next(iter(cell.findall(nodes.literal_block)), None)
        if call is None or not CALL.fullmatch(call.astext().strip()):
            continue
        (output,) = filter(is_output, cell)
        code, names = output.children
        names["classes"].append("names")
        output.children = [names, code]
        cell["classes"].append("listing")


def visit_code(translator: HTML5Translator, node: HideCodeCellNode) -> None:
    """Open a folded piece of code."""
    kind = " ".join(["code", *node["classes"]])
    translator.body.append(f'<details class="{kind}"><summary>{node["prompt_show"]}</summary>\n')


def depart(translator: HTML5Translator, node: nodes.Node) -> None:
    """Close what is folded."""
    translator.body.append("</details>\n")


def setup(app: Sphinx) -> None:
    """Replace the boxes of sphinx-exercise and MyST-NB."""
    app.add_post_transform(NameExercises)
    app.add_post_transform(UnwrapExercises)
    app.add_post_transform(FoldNotes)
    app.add_post_transform(SetAsideColumns)
    app.add_node(aside, html=(visit_aside, depart_aside))
    app.add_node(solution_node, override=True, html=(visit_solution, depart))
    # After the cells have got their buttons.
    app.connect("doctree-resolved", name_code, priority=900)
    app.connect("doctree-resolved", name_listings, priority=900)
    app.add_node(HideCodeCellNode, override=True, html=(visit_code, depart))
