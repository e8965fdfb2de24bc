"""The command line: ``proofread [FILE…]`` and ``proofread init FILE``."""

from __future__ import annotations

import argparse
import codecs
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from proofread.config import NoBook, Settings, settings_around
from proofread.judge import HOLDS, Verdict
from proofread.mutate import repair
from proofread.parse import Fault
from proofread.project import chapter_files, read_book, settings_here
from proofread.report import (
    Reporter,
    as_json,
    as_sarif,
    last_line,
    listed,
    printable,
    program_version,
    spelt,
    what_of,
)
from proofread.sources import Inline, Unread
from proofread.text import Crash, Entry, Text, read_file, read_text

OK, NOT_IN_ORDER, USAGE, FAULT = range(4)
_HELP = """\
Checks every displayed equation from its own LaTeX, on random networks.

Without files: the whole book, as the table [tool.proofread] of its pyproject.toml says. A file
that the book lists is judged as part of it; any other file (.md, .qmd or .ipynb) by itself, with
its own tables. - reads Markdown, or a notebook, from standard input.


Every display has a label, and its prefix says what it is:
  def-    a definition: it gives a symbol its value, and is compared with the book's code
  eq-     a claim: every equality must hold
  show-   an expression: it must evaluate
  wrong-  a claim that the text refutes: it must be false, or fit no reading
Other prefixes are declared under [tool.proofread.labels], such as "eq:" = "claim". A formula in a
line is checked like a display where it has a label: [$a = b$]{#eq-label}. What else states an
equality, or cannot be read, is counted, and --list names all of it.

proofread init FILE proposes the labels and tables that a file lacks, from what its formulas use;
proofread init --write FILE puts them into it. A label stands behind its display, $$ … $$ (eq-one),
in the directive {math} as the option :label: eq-one, and in an environment as \\label{eq-one}.

Tables declare what the letters mean:
  | Layer | Units |                    the kinds of index and their sizes
  | Symbol | Over | Value | Meaning |  the symbols: Over joins kinds by ×; Value is any number,
                                       positive, between 0 and 1, one-hot, ones,
                                       Kronecker delta, Euler's number, number of …, defined,
                                       or a formula

Random numbers are strong evidence and no proof: what differs by less than HOLDS of its terms
passes for equal.
"""
_EPILOG = """\
Exit status: 0 all is in order, 1 something is not, 2 wrong usage or configuration, 3 a fault of
the program itself, which is reported for its display; the others are still judged.
"""


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "proofread", description=_HELP.replace("HOLDS", f"{HOLDS:.0e}"), epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("files", nargs="*", metavar="FILE", help="a Markdown file or a notebook")
    parser.add_argument("--list", action="store_true", help="print every display with its verdict")
    parser.add_argument("--format", choices=("text", "json", "sarif"), default="text",
                        help="what to print (default text)")  # fmt: skip
    parser.add_argument("--networks", type=int, default=100, metavar="N",
                        help="random networks (default 100)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, metavar="N",
                        help="draw other networks (default 0)")  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="print only what is not in order")
    parser.add_argument("--version", action="version", version=f"proofread {program_version()}")
    arguments = parser.parse_args(argv)
    if not 1 <= arguments.networks <= 10_000:
        parser.error("--networks takes a number from 1 to 10000")
    if not 0 <= arguments.seed < 2**32:
        parser.error("--seed takes a number from 0 to 4294967295")
    for name in arguments.files:
        if name != "-" and not Path(name).is_file():
            parser.error(f"{printable(name)} is no file")
    return arguments


def _init(argv: Sequence[str], out: TextIO) -> int:
    """Run ``proofread init``: propose the labels and tables that a file lacks."""
    from proofread.insert import insert
    from proofread.propose import propose

    parser = argparse.ArgumentParser(
        "proofread init",
        description="Proposes the labels of displays and the tables of layers and symbols that a "
        "file lacks, from what its formulas use. What is a definition (def-) and what a claim "
        "(eq-), sizes, values and meanings are for you to correct.",
    )
    parser.add_argument("file", metavar="FILE", help="a Markdown file or a notebook")
    parser.add_argument("--write", action="store_true",
                        help="put the labels and tables into FILE, the tables after its first "
                        "heading or, in a notebook, into a cell of their own")  # fmt: skip
    arguments = parser.parse_args(argv)
    if not Path(arguments.file).is_file():
        parser.error(f"{printable(arguments.file)} is no file")
    ((text, chapter),) = _texts([arguments.file])
    found = propose(text, chapter)
    problems = [one.report() for one in text.problems
                if not chapter or one.display.place.file == chapter]  # fmt: skip
    for line in [*problems, *(f"not read: {one}" for one in found.unread)]:
        print(printable(line), file=sys.stderr)
    left: list[str] = []
    if not str(found) and not found.labels:
        print(printable(f"{arguments.file}: no symbol lacks a row"), file=sys.stderr)
    elif not arguments.write:
        labels = "\n".join(f"{display.place}: ({label})" for display, label in found.labels)
        print(printable("\n\n".join(filter(None, (str(found), labels)))), file=out)
    else:
        try:
            left = insert(found, Path(arguments.file))
        except (Fault, OSError) as error:
            parser.error(f"{printable(arguments.file)} is left as it is: {error}")
        for line in left:
            print(printable(f"not written, as it has no lines between $$ of its own: {line}"),
                  file=sys.stderr)  # fmt: skip
    return NOT_IN_ORDER if problems or found.unread or left else OK


def _texts(files: Sequence[str]) -> Iterator[tuple[Text, str]]:
    """Yield each text to judge, and the chapter of it that is meant; all of it, where empty."""
    if not files:
        yield read_book(settings_here(), Path.cwd()), ""
    books: dict[Path, Text] = {}
    for name in files:
        path = Path(name)
        settings = settings_around(Path.cwd() if name == "-" else path.parent)
        if name == "-":
            yield _standard_input(settings), ""
            continue
        if settings and path.resolve() in _listed_in(settings):
            if settings.root not in books:
                books[settings.root] = read_book(settings, Path.cwd())
            book = books[settings.root]
            yield book, book.chapters[path.resolve()]
        elif settings:
            yield read_file(path, name, settings.macros, settings.labels), ""
        else:
            yield read_file(path, name), ""


def _listed_in(settings: Settings) -> set[Path]:
    """Return the files of a book; without a table of contents a project is no book."""
    files = {settings.root / settings.symbols} if settings.symbols else set()
    if settings.toc or settings.files:
        files |= {path for _, path in chapter_files(settings) if path}
    return {path.resolve() for path in files}


def _standard_input(settings: Settings | None) -> Text:
    content = sys.stdin.buffer.read()
    suffix = ".ipynb" if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else ".md"
    path = Path.cwd() / f"standard input{suffix}"
    if settings is None:
        return read_text(content, path, "<stdin>")
    return read_text(content, path, "<stdin>", settings.macros, settings.labels)


def _verdicts(text: Text, chapter: str, arguments: argparse.Namespace) -> Iterator[Verdict]:
    yield from (one for one in text.problems if not chapter or one.display.place.file == chapter)
    for entry in text.entries:
        if chapter and entry.chapter != chapter:
            continue
        verdict = text.verdict(entry, arguments.networks, arguments.seed)
        if verdict.counterexample and not verdict.in_order:
            verdict.repair = _repair(text, entry)
        yield verdict


def _repair(text: Text, entry: Entry) -> str:
    """Return the one change that would help; a fault in looking for it loses no report."""
    try:
        return repair(text, entry)
    except Exception as error:
        return f"— looking for a repair failed: {Crash(error).message}"


def _run(arguments: argparse.Namespace, out: TextIO) -> int:
    verdicts: list[Verdict] = []
    unread: list[Inline | Unread] = []
    reporter, text_format = Reporter(), arguments.format == "text"

    def say(line: str) -> None:
        if text_format and line:
            print(printable(line), file=out, flush=True)

    for text, chapter in _texts(arguments.files):
        before = len(verdicts)
        for verdict in _verdicts(text, chapter, arguments):
            verdicts.append(verdict)
            if arguments.list and verdict.display.label:
                say(listed(verdict))
            say(reporter.report(verdict))
        unread += [one for one in text.unread if not chapter or one.place.file == chapter]
        if len(verdicts) == before and not arguments.quiet:
            name = chapter or next(iter(text.chapters.values()), "")
            say(f"{name or ', '.join(arguments.files)}: no display to check")
    for line in reporter.rest():
        say(line)
    if arguments.format == "json":
        how = {"networks": arguments.networks, "seed": arguments.seed}
        document = as_json(verdicts, unread, how)
        print(json.dumps(document, indent=1, ensure_ascii=False), file=out)
    elif arguments.format == "sarif":
        print(json.dumps(as_sarif(verdicts, unread), indent=1, ensure_ascii=False), file=out)
    elif not arguments.quiet:
        inline = [one for one in unread if isinstance(one, Inline)]
        for one in unread:
            if arguments.list or isinstance(one, Unread):
                say(f"{one.place}: not checked: {what_of(one)}")
        if inline:
            say(f"{len(inline)} inline formulas state an equality and are not checked")
        say(last_line(verdicts))
    if any(verdict.crashed for verdict in verdicts):
        return FAULT
    return NOT_IN_ORDER if any(not verdict.in_order for verdict in verdicts) else OK


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments, by default those of the process.

    Returns
    -------
    int
        0 when all is in order, 1 when something is not, 2 for wrong usage or configuration, 3 for
        a fault of the program itself.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    codecs.register_error("proofread", spelt)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="proofread")
    try:
        if argv[:1] == ["init"]:
            return _init(argv[1:], sys.stdout)
        return _run(_arguments(argv), sys.stdout)
    except NoBook as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        # Whoever read has seen enough; nothing more may be written when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_IN_ORDER
