"""What MyST-NB loads and this book has no use for. It comes before all other extensions.

Without this file and its line in `_config.yml` a build is the same, and half a second longer.
"""

import sys
from types import ModuleType
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

# The table of notebooks that were executed: nothing is executed in a build.
TABLE = "jupyter_cache.cache.db"


class Unused(ModuleType):
    """Stands for a module that is never used, so that what it needs is not loaded."""

    def __getattr__(self, name: str) -> Any:
        """Return for each name something that can be imported."""
        # Python itself asks whether a module is a package, for instance.
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def setup(app: Sphinx) -> ExtensionMetadata:
    """Stand in for the table, unless it is there."""
    sys.modules.setdefault(TABLE, Unused(TABLE))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
