"""Tables, outputs and references, as boxes that the eye and a screen reader can tell apart."""

import re
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

# The theme colours but few kinds of token, and thousands of spans cost a slow phone a second.
PLAIN = re.compile(r'<span class="(?:n|p|o|w|nn|nb|bp|x|err|go|fm|vm|sd?b|ne)">([^<]*)</span>')


# A table with so many columns may be too wide for a phone.
MANY = 4
# So many columns of code fit into a box as wide as the text.
COLUMNS = 64


class BookTranslator(HTML5Translator):
    """Writes HTML for the theme of the book."""

    def visit_table(self, node: nodes.table) -> None:
        """Open the box of a table."""
        self.body.append('<div class="scroll" data-label="Table">')
        head, *rows = node.findall(nodes.row)
        if len(head) >= MANY:
            for row in rows:
                for title, entry in zip(head, row, strict=True):
                    entry["head"] = title.astext()
        super().visit_table(node)

    def depart_table(self, node: nodes.table) -> None:
        """Close the box of a table."""
        super().depart_table(node)
        if "symbols" in node["classes"]:
            self.body.append(
                '<label class="checker"><input type="checkbox"> as the checker reads it</label>'
            )
        self.body.append("</div>\n")

    def visit_entry(self, node: nodes.entry) -> None:
        """Open a field; on a phone it may stand alone, with the head of its column before it."""
        super().visit_entry(node)
        if head := node.get("head"):
            self.body[-1] = self.body[-1].replace("<td", f'<td data-head="{escape(head)}"', 1)

    def visit_container(self, node: nodes.container) -> None:
        """Open the input or the output of a cell."""
        if node.get("nb_element") == "cell_code_output":
            tag = self.starttag(node, "div", role="group", **{"aria-label": "Output"})
            self.body.append(tag)
        else:
            super().visit_container(node)

    def visit_literal_block(self, node: nodes.literal_block) -> None:
        """Write code, with spans for the tokens alone that the theme sets apart.

        There are boxes of two widths, and the longest line tells which one this needs.
        """
        if max(map(len, node.astext().splitlines()), default=0) > COLUMNS:
            node["classes"].append("long")
        try:
            super().visit_literal_block(node)
        finally:
            self.body[-1] = PLAIN.sub(r"\1", self.body[-1])

    def visit_citation(self, node: nodes.citation) -> None:
        """Open an entry of the references; the role that docutils gives it is deprecated."""
        if not isinstance(node.previous_sibling(), nodes.citation):
            self.body.append('<div role="list" class="citation-list">\n')
        self.body.append(self.starttag(node, "div", CLASS="citation", role="listitem"))


def setup(app: Sphinx) -> None:
    """Make the builder write with this translator."""
    app.set_translator("html", BookTranslator)
