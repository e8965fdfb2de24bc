"""Show code in a chapter as it stands in the package, so that the two can never differ.

What changes nothing for a reader is left out: docstrings, which the API page has; blank lines; a
word to the type checker; and, which the listing says, the statement in which a function of a net
checks its arguments, the one that calls a function whose name begins with an underscore and ends
in ``_arguments``.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any


class Listing:
    """The text of functions and classes, ready to be read and to be copied."""

    def __init__(self, names: tuple[str, ...], code: str, *, checks: bool = False) -> None:
        self.names = names
        self.code = code
        self.checks = checks

    def __repr__(self) -> str:
        """Return the code, for a reader without Markdown."""
        return self.code

    def _repr_markdown_(self) -> str:
        """Return the code as a Markdown block, and where it stands."""
        links = ", ".join(f"{{py:obj}}`{name}`" for name in self.names)
        note = ", without the check of its arguments" if self.checks else ""
        return f"```python\n{self.code}\n```\n\n{links}{note}"


def source(*objects: Callable[..., Any]) -> Listing:
    """Return the code of functions and classes, ready to be shown.

    Parameters
    ----------
    *objects : function or class
        What to show, one or more. Each must stand in a file.

    Returns
    -------
    Listing
        The code, and before it the imports it needs beyond NumPy and what other listings show. In a
        chapter it is a coloured block with a link to the API page.

    Raises
    ------
    TypeError, ValueError
        If there is no object, one is neither a function nor a class, or does not stand in a file.
    """
    if not objects:
        raise TypeError("objects must be 1 function or class or more, got none")
    parts = [_Part(obj) for obj in objects]
    imports = _joined(line for part in parts for line in part.imports())
    blocks = [*(["\n".join(imports)] if imports else []), *(part.code() for part in parts)]
    names = tuple(f"{obj.__module__}.{obj.__qualname__}" for obj in objects)
    return Listing(names, "\n\n\n".join(blocks), checks=any(part.check for part in parts))


class _Part:
    """One function or class as it stands in its file."""

    def __init__(self, obj: Callable[..., Any]) -> None:
        self.obj = obj
        self.lines = _lines(obj)
        (self.node,) = ast.parse("\n".join(self.lines)).body
        self.check = _check(self.node)

    def code(self) -> str:
        """Return the lines that are shown."""
        lines = list(self.lines)
        out: list[ast.stmt] = [*_documentation(self.node)]
        out += [self.check] if self.check else []
        kept = _lines_of_strings(self.node, {id(part.value) for part in _documentation(self.node)})
        for part in out:
            _take_out(lines, part, _body_of(self.node, part) == [part])
        shown = (k for k, line in enumerate(lines) if line.strip() or k in kept)
        return "\n".join(re.sub(r"  # type: ignore\[.*\]$", "", lines[k]) for k in shown)

    def imports(self) -> Iterator[str]:
        """Yield the imports of the file that the code needs and no other listing shows."""
        used = {node.id for node in ast.walk(self.node) if isinstance(node, ast.Name)}
        module = sys.modules[self.obj.__module__]
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.Import):
                yield from (f"import {a.name}" for a in node.names if a.name in used)
            if isinstance(node, ast.ImportFrom):
                names = [a.name for a in node.names if (a.asname or a.name) in used]
                names = [name for name in names if not _has_listing(getattr(module, name))]
                if names:
                    yield f"from {node.module} import {', '.join(names)}"


def _joined(lines: Iterable[str]) -> list[str]:
    """Return imports in order, those out of one module in one line."""
    names: dict[str, set[str]] = {}
    for line in lines:
        module, _, imported = line.partition(" import ")
        names.setdefault(module, set()).update(filter(None, imported.split(", ")))
    return [
        f"{module} import {', '.join(sorted(names[module]))}" if names[module] else module
        for module in sorted(names)
    ]


def _has_listing(value: Any) -> bool:
    return inspect.isfunction(value) and value.__module__.partition(".")[0] == "bp"


def _lines(obj: Callable[..., Any]) -> list[str]:
    if not (inspect.isfunction(obj) or inspect.isclass(obj)):
        raise TypeError(f"objects must be functions or classes, got {type(obj).__name__}")
    try:
        file = inspect.getsourcefile(obj)
    except TypeError:  # What is built in has none.
        file = None
    # From Python 3.13 on, code given on a command line has a source, under a name that is no file.
    if file is None or not Path(file).is_file():
        raise ValueError(f"objects must stand in a file, got {obj!r}")
    return textwrap.dedent(inspect.getsource(obj)).splitlines()


def _documentation(node: ast.AST) -> list[ast.Expr]:
    """Return every statement that is nothing but a string."""
    return [
        part
        for part in ast.walk(node)
        if isinstance(part, ast.Expr)
        and isinstance(part.value, ast.Constant)
        and isinstance(part.value.value, str)
    ]


def _body_of(node: ast.AST, statement: ast.stmt) -> list[ast.stmt]:
    """Return the block that a statement stands in."""
    blocks = (getattr(part, "body", []) for part in ast.walk(node))
    return next(block for block in blocks if isinstance(block, list) and statement in block)


def _check(node: ast.AST) -> ast.Assign | None:
    """Return the statement that checks arguments, if there is one."""
    for part in ast.walk(node):
        if isinstance(part, ast.Assign) and re.fullmatch(r"_\w*arguments", _called(part)):
            return part
    return None


def _called(node: ast.Assign) -> str:
    call = node.value
    return call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""


def _lines_of_strings(node: ast.AST, documentation: set[int]) -> set[int]:
    """Return the lines inside strings, counted from 0, where a blank one means something."""
    return {
        k
        for part in ast.walk(node)
        if isinstance(part, ast.Constant | ast.JoinedStr) and id(part) not in documentation
        for k in range(part.lineno - 1, part.end_lineno or 0)
    }


def _take_out(lines: list[str], node: ast.stmt, alone: bool) -> None:
    """Blank a statement; ``...`` stands for one that is all of its block.

    Other code on its lines stays, as in ``def f(x): "Doc."; return x``.
    """
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last].encode()[node.end_col_offset :].decode().lstrip("; ")
    lines[first : last + 1] = [""] * (last + 1 - first)
    if alone or tail:
        lines[first] = head + ("..." if alone else tail)
