"""What Sphinx and its extensions find out again and again, though it is always the same.

Without this file a build is the same, and a tenth slower.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from docutils.nodes import Node
from pybtex.plugin import find_plugin, register_plugin
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.pycode.parser import Parser

BACKEND = ("pybtex.backends", "plaintext")


def leave_out_places(app: Sphinx) -> None:
    """Let autodoc not look for the lines of definitions, which only links to sources need."""
    Parser.parse_definition = lambda parser: None  # type: ignore[method-assign]


def register_backend(app: Sphinx) -> None:
    """Let each citation find how it is written, without a look through all packages."""
    register_plugin(*BACKEND, find_plugin(*BACKEND), force=True)


def remember_doctrees(app: Sphinx, builder: Builder) -> None:
    """Load a page once for all numbers of what stands on it."""
    # The list of verdicts was written into a page after this had loaded it.
    app.env._pickled_doctree_cache.clear()
    app.env.get_doctree = cache(app.env.get_doctree)  # type: ignore[method-assign]


ORIGINAL = Node.findall
Condition = type | Callable[[Any], bool] | None


def below(top: Node, condition: Condition) -> Iterator[Node]:
    """Yield a node and all below it that fit, in their order."""
    kind, fits = (condition, None) if isinstance(condition, type) else (Node, condition)
    rest = [top]
    while rest:
        node = rest.pop()
        if isinstance(node, kind) and (fits is None or fits(node)):
            yield node
        if children := node.children:
            rest.extend(children[::-1])


def findall(
    self: Node,
    condition: Condition = None,
    include_self: bool = True,
    descend: bool = True,
    siblings: bool = False,
    ascend: bool = False,
) -> Iterator[Node]:
    """Find nodes as docutils does."""
    if include_self and descend and not siblings and not ascend:
        return below(self, condition)
    return ORIGINAL(self, condition, include_self, descend, siblings, ascend)


def walk_quickly(app: Sphinx) -> None:
    """Let the hundred searches through each page go without a generator for every node."""
    Node.findall = findall  # type: ignore[method-assign]


def setup(app: Sphinx) -> None:
    """Do each before it is needed."""
    app.connect("builder-inited", walk_quickly)
    app.connect("builder-inited", leave_out_places)
    app.connect("builder-inited", register_backend)
    app.connect("write-started", remember_doctrees)
