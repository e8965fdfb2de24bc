"""Packages of npm, which `package.json` names and `tools/run.py` installs."""

import contextlib
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

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


def kept(kind: str, parts: Iterable[bytes], make: Callable[[], bytes]) -> bytes:
    """Return what is made of some parts, which is made once and kept beside the packages.

    Its name is a digest of the parts, so they must be all that it depends on.
    """
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    file = package("katex").parent / ".cache" / kind / digest
    with contextlib.suppress(OSError):
        return file.read_bytes()
    made = make()
    # Where nothing can be written it is made again each time.
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=file.parent, delete=False) as part:
            part.write(made)
        Path(part.name).replace(file)
    return made
