"""Plant small mistakes in the judge of equations, one by one, and see whether its tests notice.

From the top of the repository: ``python tests/mutants/sample.py``, and with ``--package bp`` in the
code of the book. It works on a copy, in a folder of its own. Which mistakes are planted depends on
the seed alone. One run of the tests tells which of them reach each line; a mistake is held to
these, the quickest first, in a fork of a process that has loaded Python's libraries.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import itertools
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOADED = (
    "numpy", "lark", "yaml", "markdown_it", "mdit_py_plugins", "platformdirs", "pytest", "coverage",
    "sympy", "hypothesis", "docutils.core",
)  # fmt: skip
# For each package the modules that a mistake may stand in, and the tests that it is held to. Left
# out are tests that run a program, a page or a whole book, or take long for what they tell.
MODULES = {
    "proofread": "judge evaluate definitions arrays bounds scope resolve parse text",
    "bp": "equations two_layer deep descent in_place activations losses starts updates training "
    "notice gradient_check multiplications arithmetic tape forward_mode routes _validate "
    "_parameters",
}
TESTS = {
    "proofread": "proofread: verdicts texts scope reports dialect hostile sources reference",
    "bp": ".: equations two_layer deep descent in_place activations starts training notice "
    "gradient_check multiplications tape bad_input source wrong_gradients",
}
# A test that takes longer tells too little for its time.
LONGEST = 3.0
# And beside the specification, a mutant is held to no more tests than take this long.
SPECIFICATION, MOST = "test_verdicts.py", 6.0
# What a run may take beyond the time of its tests, and of memory.
SECONDS, BYTES = 10, 2**31

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
    """Yield what changes no verdict: annotations, how a class is made, what stands in messages."""
    parts: list[ast.AST | None] = []
    if isinstance(node, ast.FunctionDef):
        arguments = node.args
        every = [*arguments.args, *arguments.posonlyargs, *arguments.kwonlyargs]
        parts += [node.returns, *(one.annotation for one in (*every, arguments.vararg) if one)]
    if isinstance(node, ast.ClassDef):
        # `frozen` forbids what nothing does.
        parts += node.decorator_list
    if isinstance(node, ast.AnnAssign):
        parts.append(node.annotation)
    if isinstance(node, ast.JoinedStr):
        parts.append(node)
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        parts.append(node)
    for part in parts:
        yield from ast.walk(part) if part else ()


@dataclass(frozen=True)
class Mutant:
    """A mistake to plant in a file: its line, what it changes, and the whole file with it."""

    path: Path
    # Of the statement that holds it.
    lines: range
    line: int
    what: str
    source: str


def mutants(paths: Iterable[Path]) -> Iterator[Mutant]:
    """Yield every mutant of some modules."""
    for path in paths:
        source = (ROOT / path).read_bytes()
        starts = [0]
        for line in source.split(b"\n"):
            starts.append(starts[-1] + len(line) + 1)
        tree = ast.parse(source)
        lines = dict(_lines(tree))
        for node, new in edits(tree):
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[node.end_lineno - 1] + node.end_col_offset
            old = " ".join(source[start:end].decode().split())
            changed = (source[:start] + new.encode() + source[end:]).decode()
            yield Mutant(path, lines[node], node.lineno, f"{old}  →  {new}", changed)


def _lines(statement: ast.AST, around: range = range(0)) -> Iterator[tuple[ast.AST, range]]:
    """Yield every node with the lines of its statement; of one with a body, those of its head."""
    if isinstance(statement, ast.stmt):
        body = getattr(statement, "body", None)
        last = body[0].lineno - 1 if body else statement.end_lineno
        around = range(statement.lineno, max(last, statement.lineno) + 1)
    yield statement, around
    for child in ast.iter_child_nodes(statement):
        yield from _lines(child, around)


class Judge:
    """A copy of the repository, and the tests that reach each line of it."""

    def __init__(self, copy: Path, tests: Sequence[Path]) -> None:
        self.copy = copy
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        for name in filter(None, names.split("\0")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
        measured = copy / "reach.json"
        if not self._forked(lambda: _measure(copy, measured, tests), 10_000):
            print((copy / "output.txt").read_text(encoding="utf-8"), file=sys.stderr)
            sys.exit("the tests fail without any mistake planted")
        found = json.loads(measured.read_text(encoding="utf-8"))
        self.seconds: Mapping[str, float] = found["seconds"]
        self.reach: Mapping[str, Mapping[str, list[str]]] = found["reach"]

    def kills(self, mutant: Mutant) -> bool:
        """Say whether a test fails on a mutant, or finds no end."""
        reach = self.reach[str(mutant.path)]
        found = {test for line in mutant.lines for test in reach.get(str(line), ())}
        if "" in found:
            # Run when the module is loaded: any test that reaches the module may tell.
            found = {test for tests in reach.values() for test in tests}
        known = sorted(found & self.seconds.keys(), key=self.seconds.__getitem__)
        # The specification first: it tells most, and is never cut short.
        rows = [test for test in known if SPECIFICATION in test]
        quickest = [test for test in known if test not in rows]
        spent = itertools.accumulate(self.seconds[test] for test in quickest)
        tests = rows + [test for test, sum_ in zip(quickest, spent, strict=True) if sum_ <= MOST]
        planted = self.copy / mutant.path
        before = planted.read_text(encoding="utf-8")
        _write(planted, mutant.source)
        try:
            allowed = SECONDS + int(2 * sum(self.seconds[test] for test in tests))
            return bool(tests) and not self._forked(lambda: _passed(tests), allowed)
        finally:
            _write(planted, before)

    def _forked(self, passes: Any, seconds: int) -> bool:
        """Say whether something passes in a fork of this process, in the copy."""
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        status = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
            with open(self.copy / "output.txt", "w") as output:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
            os.chdir(self.copy)
            sys.path.insert(0, str(self.copy / "src"))
            os.environ["XDG_CACHE_HOME"] = str(self.copy / "cache")
            status = int(not passes())
        finally:
            os._exit(status)


def _write(path: Path, source: str) -> None:
    """Write a module, and forget its bytecode: another mutant's may be as old and as long."""
    path.write_text(source, encoding="utf-8")
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()


OPTIONS = [
    "-x", "-q", "-o", "addopts=", "-o", "proofread=false", "--assert=plain", "-m",
    "not live and not whole", "-p", "no:cacheprovider",
]  # fmt: skip


class _Reached:
    """A plugin that measures each test's time, and says in whose time a line is run."""

    def __init__(self, coverage: Any) -> None:
        self.coverage = coverage
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.coverage.switch_context(nodeid)
        self.seconds[nodeid] = -time.process_time()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.seconds[nodeid] += time.process_time()


def _measure(copy: Path, measured: Path, tests: Sequence[Path]) -> bool:
    import pytest
    from coverage import Coverage

    coverage = Coverage(data_file=None, include=[f"{copy}/src/*"], config_file=False)
    coverage.start()
    plugin = _Reached(coverage)
    passed = pytest.main([*OPTIONS, *map(str, tests)], plugins=[plugin]) == 0
    coverage.stop()
    data = coverage.get_data()
    reach = {
        str(Path(file).relative_to(copy)): data.contexts_by_lineno(file)
        for file in data.measured_files()
    }
    seconds = {test: spent for test, spent in plugin.seconds.items() if spent <= LONGEST}
    measured.write_text(json.dumps({"seconds": seconds, "reach": reach}), encoding="utf-8")
    return passed


class _Chosen:
    """A plugin that runs some tests only, in their order."""

    def __init__(self, tests: list[str]) -> None:
        self.order = {test: number for number, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        chosen = [item for item in items if item.nodeid in self.order]
        items[:] = sorted(chosen, key=lambda item: self.order[item.nodeid])


def _passed(tests: list[str]) -> bool:
    import pytest

    files = sorted({test.partition("::")[0] for test in tests})
    return pytest.main([*OPTIONS, *files], plugins=[_Chosen(tests)]) == 0


def main() -> None:
    """Plant a sample, and print what survives and the share that is killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=150, help="how many to plant (default 150)")
    parser.add_argument("--seed", type=int, default=0, help="which to plant (default 0)")
    parser.add_argument("--package", choices=MODULES, default="proofread", help="in which code")
    parser.add_argument("--files", nargs="*", help="modules (default: all that are listed)")
    arguments = parser.parse_args()
    modules = arguments.files or MODULES[arguments.package].split()
    folder, _, names = TESTS[arguments.package].partition(": ")
    tests = [Path("tests", folder, f"test_{name}.py") for name in names.split()]
    for name in LOADED:
        importlib.import_module(name)
    every = list(mutants(Path("src", arguments.package, f"{name}.py") for name in modules))
    chosen = random.Random(arguments.seed).sample(every, min(arguments.count, len(every)))
    survivors = 0
    with tempfile.TemporaryDirectory() as copy:
        judge = Judge(Path(copy), tests)
        for number, mutant in enumerate(chosen, 1):
            if not judge.kills(mutant):
                survivors += 1
                print(f"{number}: {mutant.path.name}:{mutant.line}: {mutant.what}", flush=True)
    count = len(chosen)
    print(f"{count - survivors} of {count} killed, of {len(every)} possible")


if __name__ == "__main__":
    main()
