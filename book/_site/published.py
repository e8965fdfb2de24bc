"""The page of formulas that others have published, each read by the checker of equations."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from proofread.judge import Verdict

from . import texts

FILE = "published.yml"


class Published(SphinxDirective):
    """``published``: every text with its displays, and what the program says of each."""

    def run(self) -> list[nodes.Node]:
        """Return a summary and a section for each text."""
        for file in (texts.BOOK / FILE, Path(__file__), Path(texts.__file__)):
            self.env.note_dependency(str(file))
        read = texts.read(FILE)
        verdicts = [texts.judged(text) for text in read]
        rows = sum(len(text["rows"]) for text in read)
        refused = sum(
            not found[row["label"]].in_order
            for text, found in zip(read, verdicts, strict=True)
            for row in text["rows"]
        )
        summary = (
            f"Of **{rows}** formulas from **{len(read)}** texts it accepts "
            f"**{rows - refused}** and refuses **{refused}**."
        )
        return [*self.parse_text_to_nodes(summary), *map(self._section, read, verdicts)]

    def _section(self, text: dict[str, Any], found: dict[str, Verdict]) -> nodes.section:
        title = self.parse_text_to_nodes(text["text"])[0].children
        name = text["cite"]
        made = nodes.section("", nodes.title("", "", *title), ids=[nodes.make_id(f"text-{name}")])
        self.state.document.note_implicit_target(made, made)
        made += self.parse_text_to_nodes(f"{text['author']} {{cite}}`{name}`. {text['copy']}.")
        for row in text["rows"]:
            made += self._row(row, found[row["label"]])
            if "right" in row:
                made += self._row({"latex": row["right"]}, found[row["label"] + "-right"])
        return made

    def _row(self, row: dict[str, Any], verdict: Verdict) -> list[nodes.Node]:
        lead = f"{row['place'][0].upper()}{row['place'][1:]}." if "place" in row else "So it holds:"
        said = "✓ holds" if verdict.in_order else f"✗ {verdict.message}"
        if verdict.in_order and verdict.compared:
            said += f" for {verdict.compared}"
        words, _, latex = verdict.repair.partition(": ")
        if words:
            said += f". It would hold with {words}: ${latex}$"
        return [
            *self.parse_text_to_nodes(f"{lead} {row.get('says', '')}"),
            texts.shown(row["latex"], not verdict.in_order),
            nodes.container("", *self.parse_text_to_nodes(f"{said}."), classes=["said"]),
        ]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("published", Published)
