"""What Sphinx and its extensions find out again and again, though it is always the same.

Without this file a build is the same, and a tenth slower.
"""

from functools import cache

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


def setup(app: Sphinx) -> None:
    """Do each before it is needed."""
    app.connect("builder-inited", leave_out_places)
    app.connect("builder-inited", register_backend)
    app.connect("write-started", remember_doctrees)
