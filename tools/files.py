"""Files are written whole or not at all."""

import os
import tempfile
from pathlib import Path


def replace(path: Path, content: str | bytes) -> bool:
    """Write a file whole or not at all, and only if its content changes; return whether it did."""
    data = content.encode() if isinstance(content, str) else content
    # Git may have given a text the line ends of the machine.
    if path.exists() and path.read_bytes().replace(b"\r\n", b"\n") == data:
        return False
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as draft:
        try:
            draft.write(data)
            draft.close()
            os.chmod(draft.name, path.stat().st_mode if path.exists() else 0o644)
            os.replace(draft.name, path)
        except BaseException:
            draft.close()
            os.unlink(draft.name)
            raise
    return True
