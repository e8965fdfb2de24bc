"""Train a net with each mistake of `book/mistakes.yml`, and store which of them learn XOR.

The page of mistakes shows what `book/mistakes.json` holds. It takes minutes, so it is not done at
each build; a test does a part of it again.
"""

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1] / "book"))

from _site.mistakes import STARTS, TRAINED, label, learns, mistakes


def main() -> None:
    """Train, and write the file."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    found = {
        label(mistake): [learns(mistake, seed) for seed in range(STARTS)]
        for mistake in tqdm([None, *mistakes()])
    }
    rows = ",\n".join(
        f"  {json.dumps(k, ensure_ascii=False)}: {json.dumps(v)}" for k, v in found.items()
    )
    TRAINED.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
