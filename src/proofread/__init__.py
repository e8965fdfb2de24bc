r"""Every displayed equation, checked from its own LaTeX.

The way from text to verdict, a file each:

``sources``
    displays, tables and headings out of Markdown, notebooks, and what Sphinx has read;
``parse``
    LaTeX to syntax trees;
``scope``
    the reader's symbol tables, and what is in scope where;
``resolve``
    which row a symbol means and which kind an index letter has;
``definitions``
    what gives a symbol its value;
``evaluate``, ``arrays`` and ``bounds``
    values on many random networks, and derivatives; their arithmetic; and how far they can reach;
``judge``
    what must hold, and the report when it does not;
``mutate``
    the one change with which a false claim would hold;
``bind``
    definitions held against code;
``propose`` and ``insert``
    the labels and tables that a file still lacks, and where they go;
``text`` and ``project``
    a file by itself, or the whole book, as ``config`` and ``contents`` describe it;
``specification``
    the table of what is accepted, what is refused and why;
``report``, ``command``, ``pytest_plugin``, ``sphinx_ext``
    verdicts for people and for programs.

``proofread --help`` explains the command line.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proofread.config import NoBook
    from proofread.project import NotInOrder, check

__all__ = ["NoBook", "NotInOrder", "check"]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: pytest loads this package for everyone."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from proofread import config, project

    return getattr(config if name == "NoBook" else project, name)
