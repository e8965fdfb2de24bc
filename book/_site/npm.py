"""Packages of npm, which `package.json` names and `tools/run.py` installs."""

from pathlib import Path

from sphinx.errors import ExtensionError


def package(name: str) -> Path:
    """Return the folder of a package.

    Raises
    ------
    ExtensionError
        If it is not installed here or in a folder above.
    """
    for folder in Path(__file__).parents:
        if (found := folder / "node_modules" / name).is_dir():
            return found
    raise ExtensionError(f"the npm package {name} is not installed: python3 tools/run.py")
