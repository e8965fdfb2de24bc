"""What gives a symbol its value: a ``def-`` display of the text, or a formula in a table."""

from __future__ import annotations

from dataclasses import dataclass, field

from proofread.parse import Node, Unfit, Waits, is_a, refuse
from proofread.resolve import Formula, Index, Reading, Slot, formulas, readings
from proofread.scope import DRAWN, Symbol


@dataclass
class Definition:
    """What gives a slot its value: one reading of a ``def-`` display, or the Value of a row.

    Attributes
    ----------
    label : str
        The display's label, or the row's symbol.
    body : lark.Tree
        What is evaluated.
    items : tuple
        The index letters of what is defined, in the order of its indices.
    parameters : list of Symbol
        A function's arguments.
    """

    label: str
    formula: Formula
    reading: Reading
    body: Node
    items: tuple[Index, ...] = ()
    parameters: list[Symbol] = field(default_factory=list)


@dataclass
class Definitions:
    """Every definition of a text, by the slot that it defines.

    Attributes
    ----------
    slots : dict
        The definitions that could be read.
    broken : dict
        For each name that a definition would define which could not be read, its label.
    """

    slots: dict[Slot, list[Definition]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def add(self, label: str, formula: Formula, wanted: Slot | None = None) -> list[Slot]:
        """Take in a ``def-`` display, or for a `wanted` slot its Value, for one choice of layers.

        Returns
        -------
        list of Slot
            What it defines.

        Raises
        ------
        Fault
            When its left side is no symbol that is declared “defined”, or has a definition.
        """
        left, *right = formula.sides
        refuse(not right or not _is_head(left), "a definition is a symbol, “=” and its value")
        slots: list[Slot] = []
        for reading in readings(formula):
            made = Definition(label, formula, reading, right[0])
            if left.data == "call":
                slot: Slot = formula.scope.functions[left.children[0]], None
                made.parameters = [_parameter(argument) for argument in left.children[2:]]
            else:
                row, layer, made.items = reading.option(left.children[0])
                slot = row, layer
                several = len(left.children[0].options) > 1
                if slot != wanted if wanted else (several and row.value != "defined"):
                    continue
            self._check(slot, made, wanted)
            self.slots.setdefault(slot, []).append(made)
            slots.append(slot)
        return list(dict.fromkeys(slots))

    def awaits(self, formula: Formula) -> bool:
        """Say whether the left side is a symbol that is “defined”, and not yet."""
        left, *right = formula.sides
        if not right or formula.relations[0] != "=" or not _is_head(left):
            return False
        if left.data == "call":
            row = formula.scope.functions.get(left.children[0])
            slots: list[Slot] = [(row, None)] if row else []
        else:
            slots = [(row, layer) for row, layer, _ in left.children[0].options]
        return any(slot[0].value == "defined" and slot not in self.slots for slot in slots)

    def _check(self, slot: Slot, made: Definition, wanted: Slot | None) -> None:
        name, value = slot[0].latex, slot[0].value
        others = [one.label for one in self.slots.get(slot, ()) if one.label != made.label]
        letters = {item for item in made.items if isinstance(item, str)}
        stray = made.formula.stray(1)
        told = value != "defined" and not wanted
        refuse(told, f"{name} is “{value}” in its table, so it cannot be defined")
        refuse(others, f"{name} is defined already, by {', '.join(others)}")
        refuse(stray, f"the index {stray} stands on the right only")
        said = made.formula.said
        kinds = made.reading.kinds
        narrow = {one for one, _ in said.apart} & letters
        narrow |= {one for one in said.ranges.keys() & letters
                   if {*said.ranges[one]} != {*range(1, kinds[one].size + 1)}}  # fmt: skip
        refuse(narrow, f"a definition for some values of {', '.join(sorted(narrow))} only")
        refuse(len(letters) < len(made.items), "its indices are not all different letters")

    def of(self, slot: Slot) -> list[Definition]:
        """Return the definitions of a slot.

        Raises
        ------
        Fault
            When there is none, or the formula in its row has not one reading.
        """
        row, layer = slot
        if slot not in self.slots and row.formula and row.scope:
            reason = "no layer fits"
            tree = row.scope.parse(row.formula)
            for formula in formulas(row.formula, tree, row.scope):
                try:
                    self.add(row.latex, formula, slot)
                except Unfit as misfit:
                    reason = misfit.message
            refuse(slot not in self.slots, f"the Value of {row.latex}: {reason}")
            refuse(len(self.slots[slot]) > 1, f"the Value of {row.latex} has several readings")
        if slot not in self.slots and row.name in self.broken:
            raise Waits(self.broken[row.name], row.latex)
        where = f" in layer {layer}" if layer is not None else ""
        unknown = f"{row.latex} is declared “defined”{where}, and no def- display defines it"
        refuse(slot not in self.slots, unknown)
        return self.slots[slot]


def _is_head(node: Node) -> bool:
    """Say whether a node is one symbol, or the call of a function without primes."""
    return is_a(node, "use") or (is_a(node, "call") and node.children[1] == 0)


def _parameter(node: Node) -> Symbol:
    options = list(node.children[0].options) if is_a(node, "use") else []
    indexed = len(options) != 1 or options[0][2]
    refuse(indexed, "the argument of a function's definition is one letter without index")
    row: Symbol = options[0][0]
    constant = row.value not in (*DRAWN, "defined", "formula")
    refuse(constant, f"the argument {row.latex} of a function is a constant")
    return row
