"""Plant small mistakes in the judge of equations, one by one, and see whether its tests notice.

From the top of the repository: ``python tests/mutants/sample.py``. It works on a copy, in a folder
of its own. Which mistakes are planted depends on the seed alone.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import random
import re
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = ("judge", "evaluate", "definitions", "arrays", "bounds", "scope", "resolve", "parse")
# After the specification; the quickest first.
TESTS = (
    "test_texts.py", "test_scope.py", "test_constructs.py", "test_reports.py", "test_dialect.py",
    "test_derivatives.py", "test_hostile.py",
)  # fmt: skip
# Python and its libraries are loaded once; each mutant is judged by a fork of this process.
LOADED = ("numpy", "lark", "yaml", "markdown_it", "mdit_py_plugins", "platformdirs", "pytest")
SECONDS = 90
SLOW = "test_no_token_and_no_rule_of_the_grammar_can_be_read_in_two_ways"

_OTHER = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.BitAnd: "|", ast.BitOr: "&",
}  # fmt: skip


def edits(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield nodes, each with what to write in its place."""
    skipped = {id(part) for node in ast.walk(tree) for part in _not_run(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            sides = ast.unparse(node.left), ast.unparse(node.comparators[0])
            yield node, f"({sides[0]} {_OTHER[type(node.ops[0])]} {sides[1]})"
        elif isinstance(node, ast.BoolOp):
            word = " or " if isinstance(node.op, ast.And) else " and "
            yield node, f"({word.join(f'({ast.unparse(one)})' for one in node.values)})"
            yield node, f"({ast.unparse(node.values[0])})"
        elif isinstance(node, ast.UnaryOp):
            yield node, f"({ast.unparse(node.operand)})"
        elif isinstance(node, ast.BinOp) and type(node.op) in _OTHER:
            sides = ast.unparse(node.left), ast.unparse(node.right)
            yield node, f"(({sides[0]}) {_OTHER[type(node.op)]} ({sides[1]}))"
        elif isinstance(node, ast.IfExp):
            yield node, f"({ast.unparse(node.body)})"
            yield node, f"({ast.unparse(node.orelse)})"
        elif isinstance(node, ast.If):
            yield node.test, f"(not ({ast.unparse(node.test)}))"
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield node, "pass"
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
            value = node.value
            yield node, str(not value) if isinstance(value, bool) else repr(value + 1)


def _not_run(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is never run, or only makes a message: annotations, and what stands in texts."""
    parts: list[ast.AST | None] = []
    if isinstance(node, ast.FunctionDef):
        arguments = node.args
        every = [*arguments.args, *arguments.posonlyargs, *arguments.kwonlyargs]
        parts += [node.returns, *(one.annotation for one in (*every, arguments.vararg) if one)]
    if isinstance(node, ast.AnnAssign):
        parts.append(node.annotation)
    if isinstance(node, ast.JoinedStr):
        parts.append(node)
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        parts.append(node)
    for part in parts:
        yield from ast.walk(part) if part else ()


def mutants() -> list[tuple[Path, int, str, str]]:
    """Return every mutant: its file, the line, what stood there, and the whole file with it."""
    found = []
    for name in FILES:
        path = ROOT / "src" / "proofread" / f"{name}.py"
        source = path.read_bytes() if path.is_file() else b""
        starts = [0]
        for line in source.split(b"\n"):
            starts.append(starts[-1] + len(line) + 1)
        for node, new in edits(ast.parse(source)):
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[node.end_lineno - 1] + node.end_col_offset
            old = source[start:end].decode()
            changed = (source[:start] + new.encode() + source[end:]).decode()
            found.append((path, node.lineno, f"{' '.join(old.split())}  →  {new}", changed))
    return found


def killed(copy: Path) -> bool:
    """Hold a copy to the specification and to its tests, in a fork, until something differs."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    os.chdir(copy)
    sys.path.insert(0, str(copy / "src"))
    # The parser that lark has kept is that of another mutant.
    os.environ["XDG_CACHE_HOME"] = str(copy / "cache")
    status = 1
    try:
        status = int(_misjudged() or _failed(copy))
    finally:
        os._exit(status)


def _misjudged() -> bool:
    """Say whether a row of the specification gets another verdict, as soon as one does."""
    from proofread.specification import NETWORKS, groups, read

    for group in groups():
        text, reasons = read(group)
        for entry in text.entries:
            verdict, reason = text.verdict(entry, NETWORKS), reasons.get(entry.display.label)
            in_order = verdict.in_order == (reason is None)
            if not in_order or not re.search(reason or "", verdict.message):
                return True
    return False


def _failed(copy: Path) -> bool:
    import pytest

    tests = [str(copy / "tests" / "proofread" / name) for name in TESTS]
    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "no:proofread"]
    # Neither of these tells a mutant: they make each run longer.
    options += ["--assert=plain", "--deselect", f"{copy}/tests/proofread/test_dialect.py::{SLOW}"]
    return pytest.main([*options, *tests]) != 0


def write(path: Path, content: str, when: int) -> None:
    """Write a file with a time of its own, so that no other mutant's bytecode stands for it."""
    path.write_text(content, encoding="utf-8")
    os.utime(path, (when, when))


def main() -> None:
    """Plant a sample, and print what survives and the share that is killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=150, help="how many to plant (default 150)")
    parser.add_argument("--seed", type=int, default=0, help="which to plant (default 0)")
    arguments = parser.parse_args()
    for name in LOADED:
        importlib.import_module(name)
    every = mutants()
    chosen = random.Random(arguments.seed).sample(every, min(arguments.count, len(every)))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in ("src", "tests/proofread"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, copy / part, ignore=ignored)
        # The copy is no book: nothing but its tests is to be run.
        (copy / "pytest.ini").write_text("[pytest]\n")
        if killed(copy):
            sys.exit("the tests fail without any mistake planted")
        survivors = 0
        for number, (path, line, what, changed) in enumerate(chosen):
            planted = copy / path.relative_to(ROOT)
            before = planted.read_text(encoding="utf-8")
            write(planted, changed, 2 * number)
            dead = killed(copy)
            print(f"{number + 1} of {len(chosen)}", end="\r", file=sys.stderr, flush=True)
            if not dead:
                survivors += 1
                print(f"{number + 1}: {path.name}:{line}: {what}", flush=True)
            write(planted, before, 2 * number + 1)
        count = len(chosen)
    print(f"{count - survivors} of {count} killed, of {len(every)} possible")


if __name__ == "__main__":
    main()
