"""Show code in a chapter as it stands in the package, so that the two can never differ."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Listing:
    """The text of a function or class, without its docstring, which the API page has."""

    def __init__(self, name: str, code: str) -> None:
        self.name = name
        self.code = code

    def __repr__(self) -> str:
        """Return the code, for a reader without Markdown."""
        return self.code

    def _repr_markdown_(self) -> str:
        """Return the code as a Markdown block, and where it stands."""
        return f"```python\n{self.code}\n```\n\n{{py:obj}}`{self.name}`"


def source(obj: Callable[..., Any]) -> Listing:
    """Return the code of a function or class, ready to be shown.

    Parameters
    ----------
    obj : function or class
        What to show. It must stand in a file.

    Returns
    -------
    Listing
        The code without the docstring; in a chapter it is shown as a coloured block with a link to
        the API page.

    Raises
    ------
    TypeError, ValueError
        If `obj` is neither a function nor a class, or does not stand in a file.
    """
    lines = _lines(obj)
    (node,) = ast.parse("\n".join(lines)).body
    for part in ast.walk(node):
        if _is_documentation(part):
            for k in range(part.lineno - 1, part.end_lineno):  # type: ignore[attr-defined]
                lines[k] = ""
    code = [line for line in lines if line.strip()]
    return Listing(f"{obj.__module__}.{obj.__qualname__}", "\n".join(code))


def _lines(obj: Callable[..., Any]) -> list[str]:
    if not (inspect.isfunction(obj) or inspect.isclass(obj)):
        raise TypeError(f"obj must be a function or a class, got {type(obj).__name__}")
    try:
        file = inspect.getsourcefile(obj)
    except TypeError:  # What is built in has none.
        file = None
    # From Python 3.13 on, code given on a command line has a source, under a name that is no file.
    if file is None or not Path(file).is_file():
        raise ValueError(f"obj must stand in a file, got {obj!r}")
    return textwrap.dedent(inspect.getsource(obj)).splitlines()


def _is_documentation(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
