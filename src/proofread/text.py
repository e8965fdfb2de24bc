"""A text and its verdicts: one file by itself, or a whole book in the order of its contents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from proofread import labels as kinds
from proofread.bind import Pins, compare
from proofread.definitions import Definitions
from proofread.evaluate import Evaluation, World, reach_of
from proofread.judge import FAILS, Checker, False_, Verdict
from proofread.labels import Labels
from proofread.parse import (
    Fault,
    Misdefined,
    TooLarge,
    Turned,
    Unfit,
    Unreached,
    Waits,
    is_a,
    name_of,
)
from proofread.resolve import Slot, formulas, readings
from proofread.scope import WORDS, Kind, Notation, Scope, as_columns, resized
from proofread.sources import (
    Broken,
    Display,
    Event,
    Heading,
    Inline,
    Place,
    Table,
    Unread,
    decoded,
    parse,
    text_of,
)


class Crash(Fault):
    """A fault of this program, not of the text."""

    def __init__(self, error: Exception) -> None:
        what = " ".join(str(error).split())[:200]
        super().__init__(f"a fault of the program, not of the text: {type(error).__name__}: {what}")


@dataclass
class Entry:
    """A display, what is declared at its place, and what it defines."""

    display: Display
    scope: Scope
    slots: list[Slot] = field(default_factory=list)
    defining: int = 0
    fault: Fault | None = None
    chapter: str = ""


_Change = tuple["frozenset[Kind] | None", int]


@dataclass
class Text:
    """Everything read from one text: its displays with their scopes, and its definitions.

    Attributes
    ----------
    problems : list of Verdict
        What is broken and belongs to no display.
    unread : list of Inline and Unread
        What states something and is not checked: it is counted and named.
    chapters : dict
        For each file of a book, the path that its entries show as their chapter.
    """

    macros: Mapping[str, str] = field(default_factory=dict)
    pins: Pins | None = None
    definitions: Definitions = field(default_factory=Definitions)
    entries: list[Entry] = field(default_factory=list)
    problems: list[Verdict] = field(default_factory=list)
    unread: list[Inline | Unread] = field(default_factory=list)
    labels: Labels = field(default_factory=Labels)
    chapters: dict[Path, str] = field(default_factory=dict)
    _others: dict[_Change, tuple[Text, dict[Scope, Scope]]] = field(default_factory=dict)
    _checkers: dict[tuple[int, int, float], Checker] = field(default_factory=dict)

    def problem(self, fault: str | Fault, place: Place) -> None:
        """Note something broken that belongs to no display."""
        verdict = Verdict(Display("", "", place), in_order=False)
        verdict.message = fault if isinstance(fault, str) else fault.message
        verdict.crashed = isinstance(fault, Crash)
        self.problems.append(verdict)

    def read(self, events: Iterable[Event], notation: Notation, chapter: str = "") -> None:
        """Take in a file's events: tables into the notation, displays with their scope."""
        for event in events:
            if isinstance(event, Heading):
                notation.heading(event.level)
            elif isinstance(event, Table):
                self._table(event, notation)
            elif isinstance(event, Display):
                self.entries.append(Entry(event, notation.scope, chapter=chapter))
            elif isinstance(event, Broken):
                self.problem(event.message, event.place)
            else:
                self.unread.append(event)

    def _table(self, table: Table, notation: Notation) -> None:
        columns = set(table.headings)
        wanted = _columns(table)
        if not wanted:
            return
        if wanted - columns:
            missing = ", ".join(sorted(wanted - columns)).title()
            self.problem(f"this table has no column {missing}", table.place)
            return
        if len(columns) < len(table.headings):
            self.problem("this table has two columns of one name", table.place)
            return
        added = []
        for cells, place in table.rows:
            try:
                row = dict(zip(table.headings, cells, strict=True))
                if "units" in wanted:
                    notation.add_kind(row)
                else:
                    added.append(notation.add_symbol(row))
            except ValueError:
                self.problem(f"a row of {len(cells)} cells; expected {len(table.headings)}", place)
            except Fault as fault:
                self.problem(fault, place)
            except Exception as error:
                self.problem(Crash(error), place)
        notation.complete(added)

    def define(self) -> None:
        """Take in all definitions, and note labels that are used twice."""
        seen: dict[str, Place] = {}
        for entry in self.entries:
            label = entry.display.label
            if label and label in seen:
                entry.fault = Fault(f"the label {label} is used twice, first at {seen[label]}")
                continue
            seen[label] = entry.display.place
            if self.labels.kind_of(label) == kinds.DEFINITION:
                try:
                    entry.slots = self._define(entry)
                except Fault as fault:
                    entry.fault = fault
                except RecursionError:
                    entry.fault = Fault("nested too deep to read")
                except Exception as error:
                    entry.fault = Crash(error)
                if entry.fault:
                    self.definitions.broken |= dict.fromkeys(_heads(entry), label)

    def _define(self, entry: Entry) -> list[Slot]:
        """Take in the statements at the start of a display that define a symbol."""
        slots: list[Slot] = []
        for statement, tree in entry.scope.read(entry.display.latex):
            found = formulas(statement, tree, entry.scope)
            if slots and not any(self.definitions.awaits(formula) for formula in found):
                break
            entry.defining += 1
            for formula in found:
                slots += self.definitions.add(entry.display.label, formula)
        if not slots:
            raise Fault("this defines no symbol that is declared “defined”")
        return list(dict.fromkeys(slots))

    def checker(self, networks: int, seed: int = 0, reach: float = 2.0) -> Checker:
        """Return the checker on so many networks; its values are kept."""
        key = networks, seed, reach
        if key not in self._checkers:
            self._checkers[key] = Checker(World(self.definitions, networks, seed, reach))
        return self._checkers[key]

    def verdicts(self, networks: int) -> list[Verdict]:
        """Check every display, in order."""
        return [self.verdict(entry, networks) for entry in self.entries]

    def find(self, label: str) -> Entry | None:
        """Return the display of a label."""
        return next((entry for entry in self.entries if entry.display.label == label), None)

    def verdict(self, entry: Entry, networks: int, seed: int = 0) -> Verdict:
        """Check one display. Whatever goes wrong is in the verdict, and touches no other."""
        kind = self.labels.kind_of(entry.display.label)
        verdict = Verdict(entry.display, kind, networks=networks)
        try:
            self._judge(verdict, entry, networks, seed)
        except False_ as false:
            verdict.in_order = False
            verdict.counterexample, verdict.error = false.counterexample, false.error
            verdict.message = f"does not hold: {false}"
            verdict.place = false.counterexample.place
        except Fault as fault:
            verdict.in_order, verdict.message, verdict.place = False, fault.message, fault.place
            verdict.cause, verdict.about = fault.cause, fault.about
            verdict.crashed = isinstance(fault, Crash)
            verdict.waits = fault.label if isinstance(fault, Waits) else ""
        except RecursionError:
            verdict.in_order, verdict.message = False, "nested too deep to read"
        except Exception as error:
            verdict.in_order, verdict.message = False, Crash(error).message
            verdict.crashed = True
        return verdict

    @np.errstate(all="ignore")
    def _judge(self, verdict: Verdict, entry: Entry, networks: int, seed: int) -> None:
        label = entry.display.label
        if entry.fault:
            raise entry.fault
        if not label:
            raise Fault(f"a display without a label; expected {self.labels} after it; "
                        "proofread init proposes one")  # fmt: skip
        check = {
            kinds.DEFINITION: self._definition, kinds.CLAIM: self._hold,
            kinds.EXPRESSION: self._expression, kinds.REFUTED: self._refuted,
        }.get(verdict.kind)  # fmt: skip
        if check is None:
            raise Fault(f"the label {label} says none of def-, eq-, show-, wrong-; other prefixes "
                        f"are declared under [tool.proofread.labels]")  # fmt: skip
        check(verdict, entry, self.checker(networks, seed))

    def _hold(self, verdict: Verdict, entry: Entry, checker: Checker) -> None:
        """Check what a display claims, also for other sizes than those of the tables.

        Of a kind of which it names a number, as in y_1, it speaks of the size in the table.
        """
        checker = self._reaching(verdict, entry, checker)
        kept = frozenset(one for one in checker.world.named if isinstance(one, Kind))
        if kept >= {*entry.scope.kinds.values()}:
            return
        trees = (tree for _, tree in entry.scope.read(entry.display.latex))
        symbols = (node for tree in trees for node in tree.find_data("symbol"))
        # What is said of a number of units itself may be true for one number and another.
        counted = any(entry.scope.counts(name_of(str(one.children[0]))[0]) for one in symbols)
        for least in LEAST if counted else LEAST[:1]:
            self._hold_resized(verdict, entry, kept, least)

    def _hold_resized(
        self, verdict: Verdict, entry: Entry, kept: frozenset[Kind], least: int
    ) -> None:
        text, scopes = self._changed(kept, least)
        if entry.scope not in scopes:
            return
        scope = scopes[entry.scope]
        sizes = ", ".join(map(str, scope.kinds.values()))
        message = f"holds for the sizes in the tables, and not for others: {sizes}"
        try:
            other = Verdict(entry.display)
            text.checker(SIZED).claim(other, scope, entry.defining)
        except False_ as false:
            raise Fault(f"{message}: {false}", false.counterexample.place) from None
        except TooLarge:
            verdict.notes.append("not tried with other sizes, which take too much memory")
        except Fault as fault:
            raise Fault(f"{message}: {fault.message}", fault.place) from None

    def _reaching(self, verdict: Verdict, entry: Entry, checker: Checker) -> Checker:
        """Check what a display claims on networks that reach as far as its numbers lie out."""
        world, judged = checker.world, Verdict(entry.display)
        world.named.clear()
        try:
            checker.claim(verdict, entry.scope, entry.defining)
        except Unreached:
            if reach_of(world.named) <= world.reach:
                raise
            verdict.count, verdict.readings, judged = 0, 0, verdict
        if reach_of(world.named) <= world.reach:
            return checker
        far = self.checker(world.networks, world.seed, reach_of(world.named))
        far.world.named.clear()
        far.claim(judged, entry.scope, entry.defining)
        return far

    def _changed(
        self, kept: frozenset[Kind] | None, least: int = 0
    ) -> tuple[Text, dict[Scope, Scope]]:
        """Return this text with kinds of other sizes, but for those `kept`; or of columns."""
        if (kept, least) not in self._others:
            around = [one.scope for one in self.entries]
            scopes = as_columns(around) if kept is None else resized(around, kept, least)
            other = Text(self.macros, labels=self.labels)
            other.entries = [
                replace(one, scope=scopes[one.scope], slots=[], defining=0, fault=None)
                for one in self.entries
            ]
            other.define()
            self._others[kept, least] = other, scopes
        return self._others[kept, least]

    def _definition(self, verdict: Verdict, entry: Entry, checker: Checker) -> None:
        for slot in entry.slots:
            if not slot[0].parameters:
                checker.world.value(slot)
        self._hold(verdict, entry, checker)
        if self.pins:
            verdict.pinned = compare(
                self.pins, entry.display.label, entry.slots, entry.scope, checker.world
            )

    def _expression(self, verdict: Verdict, entry: Entry, checker: Checker) -> None:
        verdict.networks = checker.world.networks
        for statement, tree in entry.scope.read(entry.display.latex):
            if len(tree.children) > 1:
                raise Fault("an equality in a display that claims nothing; label it eq- or def-",
                            statement.places[0])  # fmt: skip
            fits = 0
            misfit: Unfit | None = None
            for formula in formulas(statement, tree, entry.scope):
                for reading in readings(formula):
                    try:
                        Evaluation(checker.world, formula, reading).visit(formula.sides[0])
                        fits += 1
                    except Unfit as reason:
                        misfit = reason
            if not fits:
                raise misfit or Unfit("no reading fits")
            verdict.readings += fits

    def _refuted(self, verdict: Verdict, entry: Entry, checker: Checker) -> None:
        try:
            checker.claim(verdict, entry.scope)
        except (Unfit, Turned) as reason:
            self._wrong_as_columns(entry, checker.world, reason)
            verdict.message, verdict.place = f"no reading fits: {reason.message}", reason.place
        except False_ as false:
            verdict.counterexample, verdict.error = false.counterexample, false.error
            verdict.message, verdict.place = f"false: {false}", false.counterexample.place
            if false.error < FAILS:
                raise Fault(f"neither holds nor fails: the error is {false.error:.1g}") from None
        else:
            raise Fault("holds, and its label says that it is wrong", 0)

    def _wrong_as_columns(self, entry: Entry, world: World, reason: Unfit | Turned) -> None:
        """Raise unless what does not fit rows is wrong for columns too.

        That a vector is a row is a convention of this program, and not what refutes a claim. Where
        an author writes a transpose, rows are told from columns.
        """
        trees = [tree for _, tree in entry.scope.read(entry.display.latex)]
        told = any(True for tree in trees for _ in tree.find_data("turn"))
        dots = any(True for tree in trees for _ in tree.scan_values(lambda one: is_a(one, "TIMES")))
        if isinstance(reason, Turned) and (dots or not told):
            raise reason
        text, scopes = self._changed(None)
        try:
            other = text.checker(world.networks, world.seed)
            other.claim(Verdict(entry.display), scopes[entry.scope])
        except (False_, Unfit, Turned, Misdefined):
            return
        except Fault:
            if isinstance(reason, Unfit):
                return
            raise reason from None
        raise Fault(f"{reason.message}; it holds where vectors are columns", reason.place)


LEAST = (2, 7)
"""From which size on other sizes are looked for, of a claim about a number of units."""
SIZED = 5
"""On how many networks a claim is tried with other sizes."""


def _columns(table: Table) -> set[str]:
    """Return the columns that a table must have, if it is one of the checker's."""
    columns, cells = set(table.headings), [cells for cells, _ in table.rows]
    if "symbol" in columns and columns & {"over", "value"}:
        # A table of constants or of letters for the reader alone has neither Over nor its words.
        declares = "over" in columns or any(
            cell.strip().casefold() in WORDS for row in cells for cell in row
        )  # fmt: skip
        return {"symbol", "over", "value"} if declares else set()
    if {"layer", "units"} <= columns:
        return {"layer", "units"}
    sizes = [row[1].strip() for row in cells if len(row) == 2]
    named = table.headings[:1] == ("layer",) and table.headings[1:] in {("size",), ("number",)}
    return {"layer", "units"} if named and any(size.isdecimal() for size in sizes) else set()


def _heads(entry: Entry) -> list[str]:
    """Return the names of the symbols that a definition which cannot be read would define."""
    left = re.split(r":?=", entry.display.latex)[0]
    defined = [
        name for name, rows in entry.scope.symbols.items()
        if any(row.value == "defined" for row in rows)
    ]  # fmt: skip
    whole = [rf"(?<![A-Za-z\\]){re.escape(name)}(?![A-Za-z])" for name in defined]
    return [name for name, one in zip(defined, whole, strict=True) if re.search(one, left)]


def read_file(
    path: Path,
    shown: str | None = None,
    macros: Mapping[str, str] | None = None,
    labels: Labels | None = None,
) -> Text:
    """Read one file by itself, with its own tables.

    Parameters
    ----------
    path : Path
        A Markdown file or a notebook.
    shown : str, optional
        The path to show in reports.
    macros, labels : optional
        What the project around it declares.

    Returns
    -------
    Text
        Ready to be checked; a file that cannot be read is a problem of the text.
    """
    name = shown or str(path)
    try:
        return read_text(text_of(path, name), path, name, macros, labels)
    except Fault as fault:
        text = Text(macros or {}, labels=labels or Labels())
        text.problem(fault, Place(name, 1))
        return text


def read_text(
    content: str | bytes,
    path: Path,
    name: str,
    macros: Mapping[str, str] | None = None,
    labels: Labels | None = None,
) -> Text:
    """Read the content of a file that is in memory; see :func:`read_file`."""
    text = Text(macros or {}, labels=labels or Labels())
    try:
        content = decoded(content, name) if isinstance(content, bytes) else content
        text.read(parse(content, path, name, text.labels), Notation(text.macros), name)
    except Fault as fault:
        text.problem(fault, Place(name, 1))
    except RecursionError:
        text.problem("nested too deep to read", Place(name, 1))
    except Exception as error:
        text.problem(Crash(error), Place(name, 1))
    text.define()
    return text
