"""Run the chapters and store what they print: `python tools/execute.py [CHAPTER…]`.

A chapter is written only when its content changes, and only when every cell ran: where a cell
fails, the old file stays as it was. Chapters run in a clean room. What would differ between two
runs or two machines (times, the version of the language, cell ids) is not stored, so a second run
leaves the files untouched.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from tqdm import tqdm

from clean_room import clean_room
from files import replace
from proofread.contents import chapters_of

ROOT = Path(__file__).parent.parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def chapters() -> list[Path]:
    """Return the notebooks of the book in the order of `_toc.yml`."""
    paths = [ROOT / f"{name}.ipynb" for name in chapters_of(ROOT / "_toc.yml")]
    return [path for path in paths if path.is_file()]


class CellFailed(Exception):
    """A cell of a chapter raised, ran too long, or took its kernel down."""


class NoNotebook(Exception):
    """A file is no notebook that can be read; the message says why."""


def read(path: Path) -> Any:
    """Return a notebook.

    Raises
    ------
    NoNotebook
        If the file is cut off, begins with a byte-order mark, or is something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if text.startswith("\N{BYTE ORDER MARK}"):
            raise NoNotebook("begins with a byte-order mark; store it as UTF-8 without one")
        nbformat.validate(json.loads(text))
        return nbformat.reads(text, as_version=4)
    except json.JSONDecodeError as error:
        raise NoNotebook(f"is no JSON, or cut off: {error}") from error
    except (UnicodeDecodeError, AttributeError, nbformat.ValidationError) as error:
        raise NoNotebook(f"is no notebook: {str(error).splitlines()[0]}") from error


def executed(notebook: Any, progress: Callable[[], object] = lambda: None) -> Any:
    """Return a copy of a notebook, run from top to bottom in a new kernel, and normalised.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The notebook. It is left as it was.
    progress : callable, optional
        Called at the start of each cell.

    Returns
    -------
    nbformat.NotebookNode
        The notebook with its outputs.

    Raises
    ------
    CellFailed
        If a cell fails; the message names the cell and the error.
    """
    notebook = normalised(notebook)
    at = 0

    def start(cell: Any, cell_index: int) -> None:
        nonlocal at
        at = cell_index
        progress()

    client = NotebookClient(
        notebook,
        timeout=120,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(ROOT / "book")}},
        on_cell_start=start,
    )
    try:
        with clean_room():
            client.execute()
    except CellExecutionError as error:
        raise CellFailed(f"cell {at + 1} raised {error.ename}: {error.evalue}") from error
    except (CellTimeoutError, DeadKernelError) as error:
        raise CellFailed(f"cell {at + 1}: {str(error).splitlines()[0]}") from error
    return normalised(notebook)


def normalised(notebook: Any) -> Any:
    """Return a copy of a notebook without what differs between two runs or two editors."""
    notebook = nbformat.from_dict(notebook)
    # Format 4.4 has no cell ids, which an editor makes anew.
    notebook.nbformat, notebook.nbformat_minor = 4, 4
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.pop("id", None)
        kept = {key: cell.metadata[key] for key in ("mystnb", "tags") if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict(kept)
    return notebook


def text(notebook: Any) -> str:
    """Return a notebook as it is stored."""
    return nbformat.writes(notebook) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Execute the chapters named, or all; return 0, or 1 if one failed."""
    known = {path.stem: path for path in chapters()}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "chapter", nargs="*", help=f"one of: {', '.join(known)}; all if none is named"
    )
    names = parser.parse_args(arguments).chapter or list(known)
    for name in names:
        if Path(name).stem not in known:
            parser.error(f"no chapter {name!r} in _toc.yml; there are {', '.join(known)}")
    failed = False
    for path in (known[Path(name).stem] for name in names):
        try:
            notebook = read(path)
        except NoNotebook as error:
            print(f"{path.stem}: {path.name} {error}\nThe file is as it was.", file=sys.stderr)
            failed = True
            continue
        with tqdm(total=len(notebook.cells), desc=path.stem, unit="cell") as progress:
            try:
                content = text(executed(notebook, progress.update))
            except CellFailed as error:
                progress.close()
                print(f"{path.stem}: {error}\nThe file is as it was.", file=sys.stderr)
                failed = True
                continue
        print(f"{path.stem}: {'written' if replace(path, content) else 'unchanged'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
