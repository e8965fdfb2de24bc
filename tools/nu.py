"""Ask the Nu HTML checker of the built site: `python tools/nu.py [PAGE…]`.

Needs Java 17 and the checker, which is no part of the book's set-up:
`npm install --prefix FOLDER vnu-jar`, then `NU=FOLDER/node_modules/vnu-jar/build/dist/vnu.jar`.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SITE = Path(__file__).parent.parent / "_build" / "html"


def errors(pages: Sequence[Path]) -> list[str]:
    """Return what the checker refuses in the pages, with the place of each.

    Raises
    ------
    FileNotFoundError
        If there is no checker.
    """
    program = os.environ.get("NU", "")
    if not Path(program).is_file():
        raise FileNotFoundError("no checker of HTML: see the first lines of tools/nu.py")
    # Formulas are nested deeply.
    command = ["java", "-Xss8m", "-jar", program, "--errors-only", "--format", "json"]
    result = subprocess.run(
        [*command, *map(str, pages)], capture_output=True, text=True, check=False
    )
    return [
        f"{Path(one['url']).name}:{one['lastLine']}: {one['message']}"
        for one in json.loads(result.stderr)["messages"]
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print each error; return 0 if there is none, else 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="*", help="such as hidden-layer.html; all, if none is named")
    options = parser.parse_args(arguments)
    pages = [SITE / page for page in options.pages] or sorted(SITE.rglob("*.html"))
    missing = [page.name for page in pages if not page.is_file()]
    if missing or not pages:
        print(f"not in {SITE}: {', '.join(missing) or 'any page'}", file=sys.stderr)
        return 1
    try:
        found = errors(pages)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(found) or f"{len(pages)} pages, no errors")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
