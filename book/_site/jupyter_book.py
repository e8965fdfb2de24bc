"""What only undoes Jupyter Book 1: without it this file can go, and nothing else changes."""

from sphinx.application import Sphinx

# It always sets these, though the extensions that own them are not loaded.
UNOWNED = ("comments_config", "use_jupyterbook_latex")


def setup(app: Sphinx) -> None:
    """Declare the names, so that Sphinx does not report them as unknown."""
    for name in UNOWNED:
        app.add_config_value(name, None, "")
