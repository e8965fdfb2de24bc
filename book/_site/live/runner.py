"""Runs the cells of a chapter in one namespace, and tells the page what they show.

This is the part of a live page that is Python. It runs inside Pyodide, where there is no IPython,
and knows nothing of a browser: it sends each output to a function.
"""

import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import linecache
import os
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

LIMIT = 100_000
"""Characters of text that one cell may print. A page with more of it would not answer any more."""

LARGEST = 4_000_000
"""Characters of one drawing."""

PAUSE = 0.05
"""Seconds between two messages, so that a cell that prints without end does not flood the page."""

MEMORY = "a page gives Python 1 GB of memory, and this needs more"
DRAWING = "matplotlib"

RICH = (
    ("image/svg+xml", "_repr_svg_"),
    ("text/markdown", "_repr_markdown_"),
)

Send = Callable[[str, str], object]


class Printed(io.TextIOBase):
    """What a cell prints, sent on in pieces and not without end."""

    def __init__(self, send: Send, kind: str) -> None:
        self.send, self.kind = send, kind
        self.pieces: list[str] = []
        self.left, self.sent = LIMIT, 0.0

    def write(self, text: str) -> int:
        """Take text, and send it if the last message was long enough ago."""
        if self.left > 0:
            self.pieces.append(text[: self.left])
            self.left -= len(text)
            if self.left <= 0:
                self.flush()
                self.send("cut", f"{LIMIT:,}")
            elif time.monotonic() - self.sent > PAUSE:
                self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what is waiting."""
        if self.pieces:
            self.send(self.kind, "".join(self.pieces))
            self.pieces.clear()
        self.sent = time.monotonic()

    def writable(self) -> bool:
        """Say that text can be written."""
        return True


class LateLoader(importlib.machinery.SourceFileLoader):
    """Runs a module when something in it is first asked for, and once more if that has failed."""

    def exec_module(self, module: types.ModuleType) -> None:
        """Put the module in order to be run."""

        def late(name: str) -> Any:
            if name.startswith("__") and name != "__all__":
                raise AttributeError(name)
            del module.__getattr__
            try:
                super(LateLoader, self).exec_module(module)
            except BaseException:
                module.__getattr__ = late  # type: ignore[method-assign]
                raise
            return getattr(module, name)

        module.__getattr__ = late  # type: ignore[method-assign]


class LateFinder(importlib.abc.MetaPathFinder):
    """Lets a module of the book that draws run when it is first used, not when it is imported.

    Matplotlib is as large as all the rest, and a chapter imports the figures in its first cell.
    """

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return the place of a module of the package, to be run late if it draws."""
        if not name.startswith(self.package + "."):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None and spec.origin and is_drawing(spec.origin):
            spec.loader = LateLoader(name, spec.origin)
        return spec


def is_drawing(file: str) -> bool:
    """Tell whether the code in a file imports Matplotlib."""
    with open(file, encoding="utf-8") as opened:
        return any(one.partition(".")[0] == DRAWING for one in imported(ast.parse(opened.read())))


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the module of each import in some code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def draws(tree: ast.AST, names: dict[str, Any]) -> bool:
    """Tell whether code uses Matplotlib, or a module of the book that has not run yet.

    To name such a module is to use it; only an import of it can wait.
    """
    modules = list(imported(tree))
    if any(one.partition(".")[0] == DRAWING or is_late_name(one) for one in modules):
        return True
    late = {name for name, value in names.items() if is_late(value)}
    late |= {name.rpartition(".")[2] for name, module in sys.modules.items() if is_late(module)}
    for node in ast.walk(tree):
        # The names that this very cell binds may be modules that run late.
        if isinstance(node, ast.ImportFrom):
            late |= {
                alias.asname or alias.name
                for alias in node.names
                if is_late_name(f"{node.module}.{alias.name}")
            }
    return any(
        (isinstance(node, ast.Name) and node.id in late)
        or (isinstance(node, ast.Attribute) and node.attr in late)
        for node in ast.walk(tree)
    )


def is_late(value: object) -> bool:
    """Tell whether a value is a module that has been imported and has not run."""
    if not isinstance(value, types.ModuleType) or "__getattr__" not in vars(value):
        return False
    return isinstance(getattr(vars(value).get("__spec__"), "loader", None), LateLoader)


def is_late_name(name: str) -> bool:
    """Tell whether a name is that of a module which would run late."""
    if name in sys.modules:
        return is_late(sys.modules[name])
    finders = (finder for finder in sys.meta_path if isinstance(finder, LateFinder))
    if not any(name.startswith(finder.package + ".") for finder in finders):
        return False
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return False
    return spec is not None and isinstance(spec.loader, LateLoader)


class NoShell:
    """Stands where IPython's shell would, and is false, so that Matplotlib does not look for it."""

    def __bool__(self) -> bool:
        """Say that there is no shell."""
        return False


class Runner:
    """Runs cells, in the order in which they come.

    Parameters
    ----------
    send : callable
        Takes the kind of an output and its text. Kinds are ``"stdout"``, ``"stderr"``, ``"cut"``
        (no more of it is shown), ``"show"`` before the representations of one value, each MIME
        type, and ``"error"`` and ``"line"``, the line of the cell that raised.
    """

    def __init__(self, send: Send) -> None:
        self.send = send
        self.names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
        self.cells: dict[str, int] = {}
        self.stand_in()

    def stand_in(self) -> None:
        """Give code that asks IPython to show something a place to ask."""
        shell, display = types.ModuleType("IPython"), types.ModuleType("IPython.display")
        shell.get_ipython = NoShell  # type: ignore[attr-defined]
        shell.display = display  # type: ignore[attr-defined]
        shell.__path__ = []  # type: ignore[attr-defined]
        display.display = self.display  # type: ignore[attr-defined]
        sys.modules["IPython"], sys.modules["IPython.display"] = shell, display

    def needs_drawing(self, source: str) -> bool:
        """Tell whether a cell uses Matplotlib, so that it can be loaded before the cell runs."""
        if DRAWING in sys.modules:
            return False
        try:
            return draws(ast.parse(source), self.names)
        except SyntaxError:
            return False

    def run(self, number: int, source: str) -> bool:
        """Run one cell; return whether it ended well."""
        file = f"<cell {number}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        saved = sys.stdout, sys.stderr
        out, err = Printed(self.send, "stdout"), Printed(self.send, "stderr")
        sys.stdout, sys.stderr = out, err  # type: ignore[assignment]
        try:
            self.execute(source, file)
            self.show_plots()
        except BaseException as error:
            out.flush()
            err.flush()
            self.tell(error, file)
            return False
        finally:
            out.flush()
            err.flush()
            sys.stdout, sys.stderr = saved
        return True

    def execute(self, source: str, file: str) -> None:
        """Run the statements of a cell, and show the value of an expression at its end."""
        tree = ast.parse(source, file)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, file, "exec"), self.names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), file, "eval"), self.names)
            # A semicolon at the end of a cell keeps its value quiet.
            if value is not None and not source.rstrip().endswith(";"):
                self.display(value)

    def display(self, *values: object) -> None:
        """Show values in each form that they have."""
        for printed in (sys.stdout, sys.stderr):
            printed.flush()
        for value in values:
            self.send("show", "")
            for mime, text in forms(value):
                if len(text) > LARGEST:
                    mime, text = "text/plain", f"{len(text):,} characters are too many to show"
                elif mime == "text/plain" and len(text) > LIMIT:
                    text = text[:LIMIT] + " …"
                self.send(mime, text)

    def show_plots(self) -> None:
        """Show what was drawn with pyplot, and let go of it."""
        plots = sys.modules.get("matplotlib.pyplot")
        if plots is not None:
            for number in plots.get_fignums():
                self.display(plots.figure(number))
            plots.close("all")

    def tell(self, error: BaseException, file: str) -> None:
        """Send an error, with the lines of the reader's own cells and no others."""
        lines, at = [], 0
        for frame in traceback.extract_tb(error.__traceback__):
            if not frame.filename.startswith("<cell "):
                continue
            at = frame.lineno or 0 if frame.filename == file else at
            where = "this cell" if frame.filename == file else "a cell above"
            inside = "" if frame.name == "<module>" else f", in {frame.name}"
            lines += [f"Line {frame.lineno} of {where}{inside}:", f"    {frame.line}"]
        if isinstance(error, SyntaxError) and error.filename == file:
            at = error.lineno or 0
        lines += [
            line.rstrip().replace(f'File "{file}", line', "Line")
            for line in traceback.format_exception_only(error)
        ]
        if isinstance(error, MemoryError):
            lines.append(f"    ({MEMORY})")
        self.send("error", "\n".join(lines)[-LIMIT:])
        if at:
            self.send("line", str(at))


def forms(value: object) -> Iterator[tuple[str, str]]:
    """Yield the MIME types and texts of a value, as a notebook stores them."""
    bundle = getattr(type(value), "_repr_mimebundle_", None)
    if bundle is not None:
        yield from sorted(bundle(value).items())
        return
    for mime, name in RICH:
        method = getattr(type(value), name, None)
        if method is not None:
            yield mime, method(value)
    drawing = sys.modules.get("matplotlib.figure")
    if drawing is not None and type(value) is drawing.Figure:
        file = io.StringIO()
        value.savefig(file, format="svg")  # type: ignore[attr-defined]
        yield "image/svg+xml", file.getvalue()[file.getvalue().index("<svg") :]
    yield "text/plain", repr(value)


def asked(module: str, name: str, args: str) -> str:
    """Return as JSON what a function of a module gives for arguments in JSON.

    This is how the page asks for the verdict on an answer. No cell sees what it does.
    """
    function = getattr(importlib.import_module(module), name)
    return json.dumps(function(*json.loads(args)), allow_nan=False)


def started(send: Send, package: str) -> Runner:
    """Return a runner for the chapters of a book whose code is a package.

    Parameters
    ----------
    send : callable
        See `Runner`.
    package : str
        The name of the package. Where it is installed, the text of the book lies inside it.
    """
    os.environ["MPLBACKEND"] = "agg"
    sys.meta_path.insert(0, LateFinder(package))
    return Runner(send)
