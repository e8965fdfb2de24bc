"""Make all formats of the book out of the built site: `python tools/formats.py`.

Each is also made by a command of its own, which this one runs: a PDF, an EPUB, the figures.
"""

import subprocess
import sys
from pathlib import Path

COMMANDS = ("epub.py", "figures.py", "pdf.py")


def main() -> int:
    """Run each command with the options of this one; return 0, or 1 if one of them fails."""
    folder = Path(__file__).parent
    runs = [
        subprocess.run([sys.executable, folder / name, *sys.argv[1:]], check=False)
        for name in COMMANDS
    ]
    return int(any(run.returncode for run in runs))


if __name__ == "__main__":
    sys.exit(main())
