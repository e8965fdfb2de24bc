"""What is listed in YAML, read by libyaml, which is ten times as quick, where there is one."""

from pathlib import Path
from typing import Any

import yaml

from proofread.contents import LOADER


def read(file: Path) -> Any:
    """Return the content of a file; raise `yaml.YAMLError` where it is no YAML."""
    # Both loaders are safe ones.
    return yaml.load(file.read_text(encoding="utf-8"), LOADER)
