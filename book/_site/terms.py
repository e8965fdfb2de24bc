"""Terms: a chapter defines each once, the glossary says it shortly, the index finds both."""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

LOGGER = logging.getLogger(__name__)


def label(term: str) -> str:
    """Return the label of the place that defines a term."""
    return nodes.make_id(f"term-{term}")


def standard(env: BuildEnvironment) -> StandardDomain:
    """Return what knows all labels and all terms of the glossary."""
    domain = env.get_domain("std")
    assert isinstance(domain, StandardDomain)
    return domain


class Define(SphinxRole):
    """``{define}`loss` `` sets a term in bold where it is defined, and enters it into the index."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the index entry and the term."""
        name = label(self.text)
        entry = addnodes.index(entries=[("single", self.text, name, "", None)])
        shown = nodes.strong(self.rawtext, self.text, ids=[name], classes=["term"])
        labels = standard(self.env)
        labels.anonlabels[name] = self.env.docname, name
        labels.labels[name] = self.env.docname, name, self.text
        return [entry, shown], []


class SetWholeWords(SphinxPostTransform):
    """Set a term in bold to the end of its word: **units**, and not **unit** with a plain s."""

    default_priority = 200

    def run(self) -> None:
        """Move the letters behind each term into it."""
        for term in list(self.document.findall(nodes.strong)):
            after = term.next_node(descend=False, siblings=True)
            if "term" in term["classes"] and isinstance(after, nodes.Text):
                ending = re.match(r"\w*", after)[0]
                term[0] = nodes.Text(term.astext() + ending)
                after.parent.replace(after, nodes.Text(after[len(ending) :]))


class LinkGlossary(SphinxPostTransform):
    """Lead from each entry of the glossary to the place that defines it."""

    # Before references are resolved.
    default_priority = 5

    def run(self) -> None:
        """Add the links on the page that has a glossary."""
        labels = standard(self.env).labels
        for item in [
            item
            for glossary in self.document.findall(addnodes.glossary)
            for item in glossary.findall(nodes.definition_list_item)
        ]:
            term = next(item.findall(nodes.term)).astext()
            if label(term) not in labels:
                LOGGER.warning("no chapter defines %s", term, location=item)
                continue
            docname, anchor, _ = labels[label(term)]
            number = self.env.toc_secnumbers.get(docname, {}).get("", ())
            words = f"chapter\N{NO-BREAK SPACE}{'.'.join(map(str, number))}" if number else "there"
            address = self.app.builder.get_relative_uri(self.env.docname, docname)
            link = nodes.reference("", words, refuri=f"{address}#{anchor}", internal=True)
            paragraph = list(item.findall(nodes.paragraph))[-1]
            paragraph += [nodes.Text(" ("), link, nodes.Text(")")]


def compare(app: Sphinx, env: BuildEnvironment) -> None:
    """Report terms that a chapter defines and the glossary does not have."""
    domain = standard(env)
    known = {label(name) for kind, name in domain.objects if kind == "term"}
    for name, (docname, _, term) in sorted(domain.labels.items()):
        if name.startswith("term-") and known and name not in known:
            LOGGER.warning("the glossary has no entry for %s", term, location=docname)


def setup(app: Sphinx) -> None:
    """Add the role, and what joins the glossary to the chapters."""
    app.add_role("define", Define())
    app.add_post_transform(SetWholeWords)
    app.add_post_transform(LinkGlossary)
    app.connect("env-check-consistency", compare)
