"""Names that Jupyter Book always sets, though the extensions that own them are not loaded."""

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Declare the names, so that Sphinx does not report them as unknown."""
    for name in ("comments_config", "use_jupyterbook_latex"):
        app.add_config_value(name, None, "")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
