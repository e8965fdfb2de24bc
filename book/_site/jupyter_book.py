"""What only undoes Jupyter Book 1: without it this file can go, and nothing else changes."""

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# It always sets these, though the extensions that own them are not loaded.
UNOWNED = ("comments_config", "use_jupyterbook_latex")


# It always loads these, which say nothing of processes; they keep nothing of a page they read.
SILENT = ("sphinx_jupyterbook_latex", "sphinx_multitoc_numbering")


def declare_safe(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Say of these that pages may be read in several processes."""
    for name in SILENT:
        if name in app.extensions:
            app.extensions[name].parallel_read_safe = True


def setup(app: Sphinx) -> None:
    """Declare the names, so that Sphinx does not report them as unknown."""
    for name in UNOWNED:
        app.add_config_value(name, None, "")
    app.connect("env-before-read-docs", declare_safe)
