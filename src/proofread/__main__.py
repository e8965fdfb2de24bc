"""``python -m proofread``; see :mod:`proofread.command`."""

import sys

from proofread.command import main

if __name__ == "__main__":
    sys.exit(main())
