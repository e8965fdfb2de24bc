r"""Every displayed equation, checked from its own LaTeX.

The way from text to verdict, a file each:

``chapters``
    displays, tables and headings out of Markdown and notebooks;
``parse``
    LaTeX to syntax trees, with the grammar in ``grammar.lark``;
``scope``
    the reader's symbol tables, and what is in scope where;
``resolve``
    which row a symbol means and which kind an index letter has;
``evaluate``
    values on many random networks, and derivatives;
``judge``
    what must hold, and the report when it does not;
``mutate``
    the one change with which a false claim would hold;
``pins``
    definitions held against code;
``text`` and ``book``
    a file by itself, or the whole book.

``python -m proofread --help`` explains the command line.
"""

from proofread.book import NoBook, NotInOrder, check

__all__ = ["NoBook", "NotInOrder", "check"]
