"""``proofread`` and ``python -m proofread``; see :mod:`proofread.command`."""

import gc
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; without the libraries that it needs, say how to get them."""
    try:
        from proofread import command
    except ModuleNotFoundError as missing:
        needed = "expected what pip install 'bp[proofread]' brings"
        print(f"proofread needs {missing.name}, which is not installed; {needed}", file=sys.stderr)
        return 2
    # What is loaded stays, and most of what is made: looking through all of it takes long.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    return command.main(argv)


if __name__ == "__main__":
    sys.exit(main())
