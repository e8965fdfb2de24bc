"""A text and its verdicts: one file by itself, or a whole book in the order of its contents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proofread.chapters import Broken, Display, Event, Heading, Inline, Place, Table, chapter
from proofread.evaluate import Definitions, Evaluation, World
from proofread.judge import FAILS, Checker, False_, Verdict, kind_of
from proofread.parse import Fault, Unfit
from proofread.pins import Pins, compare
from proofread.resolve import Slot, formulas, readings
from proofread.scope import Notation, Scope


@dataclass
class Entry:
    """A display, what is declared at its place, and what it defines."""

    display: Display
    scope: Scope
    slots: list[Slot] = field(default_factory=list)
    fault: Fault | None = None


@dataclass
class Text:
    """Everything read from one text: its displays with their scopes, and its definitions.

    Attributes
    ----------
    problems : list of Verdict
        What is broken and belongs to no display.
    inline : list of Inline
        The inline formulas that state an equality. They are listed, and not checked.
    """

    macros: Mapping[str, str] = field(default_factory=dict)
    pins: Pins | None = None
    definitions: Definitions = field(default_factory=Definitions)
    entries: list[Entry] = field(default_factory=list)
    problems: list[Verdict] = field(default_factory=list)
    inline: list[Inline] = field(default_factory=list)
    _checkers: dict[int, Checker] = field(default_factory=dict)

    def problem(self, message: str, place: Place) -> None:
        """Note something broken that belongs to no display."""
        self.problems.append(Verdict(Display("", "", place), in_order=False, message=message))

    def read(self, events: Iterable[Event], notation: Notation) -> None:
        """Take in a file's events: tables into the notation, displays with their scope."""
        for event in events:
            if isinstance(event, Heading):
                notation.heading(event.level)
            elif isinstance(event, Table):
                self._table(event, notation)
            elif isinstance(event, Display):
                self.entries.append(Entry(event, notation.scope))
            elif isinstance(event, Inline):
                self.inline.append(event)
            elif isinstance(event, Broken):
                self.problem(event.message, event.place)

    def _table(self, table: Table, notation: Notation) -> None:
        columns = set(table.headings)
        if "symbol" in columns and columns & {"over", "value"}:
            wanted = {"symbol", "over", "value"}
        elif ("layer" in columns and len(columns) <= 3) or {"layer", "units"} <= columns:
            wanted = {"layer", "units"}
        else:
            return
        if wanted - columns:
            self.problem(
                f"this table has no column {', '.join(sorted(wanted - columns)).title()}",
                table.place,
            )
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
                self.problem(fault.message, place)
        for symbol in added:
            symbol.scope = notation.scope

    def define(self) -> None:
        """Take in all definitions, and note labels that are used twice."""
        seen: dict[str, Place] = {}
        for entry in self.entries:
            label = entry.display.label
            if label and label in seen:
                entry.fault = Fault(f"the label {label} is used twice, first at {seen[label]}")
                continue
            seen[label] = entry.display.place
            if kind_of(label) == "definition":
                try:
                    entry.slots = self._define(entry)
                except Fault as fault:
                    entry.fault = fault

    def _define(self, entry: Entry) -> list[Slot]:
        slots: list[Slot] = []
        statement, tree = entry.scope.read(entry.display.latex)[0]
        for formula in formulas(statement, tree, entry.scope):
            slots += self.definitions.add(entry.display.label, formula)
        if not slots:
            raise Fault("this defines no symbol that is declared “defined”")
        return list(dict.fromkeys(slots))

    def checker(self, networks: int) -> Checker:
        """Return the checker on so many networks; its values are kept."""
        if networks not in self._checkers:
            self._checkers[networks] = Checker(World(self.definitions, networks))
        return self._checkers[networks]

    def verdicts(self, networks: int) -> list[Verdict]:
        """Check every display, in order."""
        return [self.verdict(entry, networks) for entry in self.entries]

    def find(self, label: str) -> Entry | None:
        """Return the display of a label."""
        return next((entry for entry in self.entries if entry.display.label == label), None)

    def verdict(self, entry: Entry, networks: int) -> Verdict:
        """Check one display."""
        verdict = Verdict(entry.display, kind_of(entry.display.label))
        try:
            if entry.fault:
                raise entry.fault
            if not entry.display.label:
                raise Fault(
                    "a display without a label; expected (def-…), (eq-…), (show-…) or "
                    "(wrong-…) after it"
                )
            check = {
                "definition": self._definition, "claim": self._claim,
                "expression": self._expression, "refuted claim": self._refuted,
            }.get(verdict.kind)  # fmt: skip
            if check is None:
                raise Fault(
                    f"the label {entry.display.label} says none of def-, eq-, show-, wrong-"
                )
            check(verdict, entry, self.checker(networks))
        except False_ as false:
            verdict.in_order = False
            verdict.counterexample, verdict.error = false.counterexample, false.error
            verdict.message = f"does not hold: {false}"
            verdict.place = false.counterexample.place
        except Fault as fault:
            verdict.in_order, verdict.message, verdict.place = False, fault.message, fault.place
        except RecursionError:
            verdict.in_order, verdict.message = False, "nested too deep to read"
        return verdict

    def _claim(self, verdict: Verdict, entry: Entry, checker: Checker) -> None:
        checker.claim(verdict, entry.scope)

    def _definition(self, verdict: Verdict, entry: Entry, checker: Checker) -> None:
        for slot in entry.slots:
            if not slot[0].parameters:
                checker.world.value(slot)
        checker.claim(verdict, entry.scope, skip=1)
        if self.pins:
            verdict.pinned = compare(
                self.pins, entry.display.label, entry.slots, entry.scope, self.definitions
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
        except Unfit as reason:
            verdict.message, verdict.place = f"no reading fits: {reason.message}", reason.place
        except False_ as false:
            verdict.counterexample, verdict.error = false.counterexample, false.error
            verdict.message, verdict.place = f"false: {false}", false.counterexample.place
            if false.error < FAILS:
                raise Fault(f"neither holds nor fails: the error is {false.error:.1g}") from None
        else:
            raise Fault("holds, and its label says that it is wrong", 0)


def read_file(path: Path) -> Text:
    """Read one file by itself, with its own tables.

    Returns
    -------
    Text
        Ready to be checked; a file that cannot be read is a problem of the text.
    """
    text = Text()
    try:
        text.read(chapter(path), Notation())
    except Fault as fault:
        text.problem(fault.message, Place(str(path), 1))
    text.define()
    if not text.entries and not text.problems:
        text.problem("no display to check", Place(str(path), 1))
    return text
