r"""What a formula is worth: on many random networks at once.

The definitions of the text are the model. A symbol that is defined is computed from its
definition; a symbol with any other value is drawn. Every value is an array with the same axes: its
rows, its columns, one axis for each index letter of the formula, one for the entries that a
derivative perturbs, and one for the networks. What a value does not have is an axis of size 1, so
that all arithmetic is NumPy's broadcasting; what may be joined is decided by the kinds of the rows
and columns.

A derivative :math:`\partial Z / \partial v` adds :math:`10^{-30} i` to each entry of v, computes
again what depends on v, and divides the imaginary part by :math:`10^{-30}`. There is no difference
of close numbers, so nothing cancels.
"""

from __future__ import annotations

import copy
import itertools
import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np
from lark import Token

from proofread.parse import Fault, Node, Unfit, Waits, is_a, misfit, parse, refuse
from proofread.resolve import Formula, Index, Reading, Slot, Use, formulas, printed, readings
from proofread.scope import DRAWN, ONE, Kind, Symbol

STEP = 1e-30
MAX_SIZE = 20_000_000
MAX_EXPONENT = 16

Array = np.ndarray[Any, Any]
Operation = Callable[[Array, Array], Array]


@dataclass
class Value:
    """A number, or a whole array, for all values of the index letters and on all networks.

    Attributes
    ----------
    array : numpy.ndarray
        Rows, columns, index letters, perturbed entries, networks.
    shape : tuple of Kind
        The kinds of the rows and columns. Both are ``ONE`` for a number; a vector has one row.
    literal : bool
        Whether it is made of the formula's own numerals, which may be added to a whole array.
    """

    array: Array
    shape: tuple[Kind, Kind] = (ONE, ONE)
    literal: bool = False

    @property
    def whole(self) -> bool:
        """Whether it is a whole array."""
        return self.shape != (ONE, ONE)

    def __str__(self) -> str:
        """Describe the shape for a report."""
        return " × ".join(kind.name for kind in self.shape) if self.whole else "a single number"


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
    parameters : list of str
        The names of a function's arguments.
    """

    label: str
    formula: Formula
    reading: Reading
    body: Node
    items: tuple[Index, ...] = ()
    parameters: list[str] = field(default_factory=list)


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

    def _check(self, slot: Slot, made: Definition, wanted: Slot | None) -> None:
        name, value = slot[0].latex, slot[0].value
        others = [one.label for one in self.slots.get(slot, ()) if one.label != made.label]
        letters = {item for item in made.items if isinstance(item, str)}
        stray = made.formula.stray(1)
        told = value != "defined" and not wanted
        refuse(told, f"{name} is “{value}” in its table, so it cannot be defined")
        refuse(others, f"{name} is defined already, by {', '.join(others)}")
        refuse(stray, f"the index {stray} stands on the right only")
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
            tree = parse(row.formula, row.scope.functions)
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


def _parameter(node: Node) -> str:
    options = list(node.children[0].options) if is_a(node, "use") else []
    indexed = len(options) != 1 or options[0][2]
    refuse(indexed, "the argument of a function's definition is one letter without index")
    row: Symbol = options[0][0]
    refuse(row.value not in DRAWN, f"the argument {row.latex} of a function is a constant")
    return row.name


@dataclass(eq=False)
class World:
    """The values of all symbols on `networks` random networks.

    Parameters
    ----------
    definitions : Definitions
        What the text defines.
    networks : int
        How many networks to draw.
    seed : int
        Where the draws start; the draw of a symbol depends on its row alone, never on the order.

    Attributes
    ----------
    base, variable : World, Slot
        Of a world in which each entry of `variable` is moved: the one in which nothing is.
    needs, used : dict
        What each slot rests on; what each that is being computed has used so far.
    """

    definitions: Definitions
    networks: int
    seed: int = 0
    base: World | None = None
    variable: Slot | None = None
    values: dict[Slot, Array] = field(default_factory=dict)
    perturbed: dict[Slot, World] = field(default_factory=dict)
    needs: dict[Slot, set[Slot]] = field(default_factory=dict)
    used: dict[Slot, set[Slot]] = field(default_factory=dict)

    def perturb(self, slot: Slot) -> World:
        """Return the world in which each entry of a slot, one by one, is moved by 1e-30 i."""
        refuse(self.base, "second derivatives are outside the dialect")
        if slot not in self.perturbed:
            self.perturbed[slot] = replace(self, base=self, variable=slot, values={})
        return self.perturbed[slot]

    def value(self, slot: Slot) -> Array:
        """Return the array of a symbol: its indices, the perturbed entries, the networks."""
        if self.base:
            self.base.value(slot)
        if slot not in self.values:
            with self.computing(slot):
                self.values[slot] = self._moved(slot, self.base) if self.base else self._fresh(slot)
        self._note({slot} | self.needs[slot])
        return self.values[slot]

    def _note(self, needs: set[Slot]) -> None:
        for used in list(self.used.values())[-1:]:
            used |= needs

    @contextmanager
    def computing(self, slot: Slot) -> Iterator[None]:
        """Note what a slot rests on, and refuse to compute it from itself."""
        circle = [row.latex for row, _ in [*self.used, slot]]
        refuse(slot in self.used, f"a circular definition: {' → '.join(circle)}")
        self.used[slot] = set()
        try:
            yield
        finally:
            self.needs[slot] = self.needs.get(slot, set()) | self.used.pop(slot)

    def _moved(self, slot: Slot, base: World) -> Array:
        still = base.values[slot]
        if slot == self.variable:
            entries = math.prod(still.shape[:-2])
            eye = np.eye(entries).reshape(*still.shape[:-2], entries, 1)
            return np.asarray(still + STEP * 1j * eye)
        return self._computed(slot) if self.variable in self.needs[slot] else still

    def _fresh(self, slot: Slot) -> Array:
        derived = slot[0].value in ("defined", "formula")
        value = self._computed(slot) if derived else self._drawn(*slot)
        advice = "declare what it rests on “positive” where it must be"
        finite = np.all(np.isfinite(value))
        refuse(not finite, f"{slot[0].latex} is not finite on some networks; {advice}")
        return value

    def _drawn(self, symbol: Symbol, layer: int | None) -> Array:
        sizes = tuple(kind.size for kind in symbol.kinds(layer))
        shape = (*sizes, 1, self.networks)
        _limit(shape)
        rng = np.random.default_rng([self.seed, zlib.crc32(f"{symbol.key}{layer}".encode())])
        *others, last = sizes or (1,)
        draws: dict[str, Callable[[], Array]] = {
            "any number": lambda: rng.normal(size=shape),
            "positive": lambda: rng.uniform(0.5, 1.5, size=shape),
            "between 0 and 1": lambda: rng.uniform(0.05, 0.95, size=shape),
            "one-hot": lambda: np.eye(last)[rng.integers(last, size=(*others, 1, self.networks))],
            "kronecker delta": lambda: np.broadcast_to(np.eye(last)[:, :, None, None], shape),
            "euler's number": lambda: np.full(shape, math.e),
            "ones": lambda: np.ones(shape),
        }
        if symbol.counted:
            return np.full(shape, float(symbol.counted.size))
        drawn = draws[symbol.value]()
        return np.moveaxis(drawn, -1, len(others)) if symbol.value == "one-hot" else drawn

    def _computed(self, slot: Slot) -> Array:
        values: list[Array] = []
        reason = ""
        for definition in self.definitions.of(slot):
            evaluation = Evaluation(self, definition.formula, definition.reading)
            try:
                value = evaluation.visit(definition.body)
                values.append(self._stored(slot, value, definition))
            except Unfit as misfit:
                reason = misfit.message
        refuse(not values, f"in {definition.label}: {reason}")
        disagree = any(not np.array_equal(values[0], other) for other in values[1:])
        refuse(disagree, f"{definition.label} can be read in {len(values)} ways that disagree")
        return values[0]

    def _stored(self, slot: Slot, value: Value, definition: Definition) -> Array:
        """Return a value as the array of a symbol: its indices, perturbed entries, networks."""
        symbol, layer = slot
        kinds = symbol.kinds(layer)
        whole = bool(kinds) and not definition.items
        shape = symbol.matrix(layer) if whole else (ONE, ONE)
        misfit(value.shape != shape, f"the right side is {value}, {symbol.latex} is not")
        axes = [axis for axis, kind in enumerate(value.shape) if kind is not ONE]
        axes += [2 + definition.formula.axes[str(letter)] for letter in definition.items]
        array = np.moveaxis(value.array, axes, range(len(axes)))
        array = array.reshape(*array.shape[: len(axes)], *array.shape[-2:])
        sizes = (kind.size for kind in kinds)
        return np.broadcast_to(array, (*sizes, array.shape[-2], self.networks))

    def resolve(self, slot: Slot, items: tuple[Index, ...]) -> tuple[Slot, tuple[Index, ...]]:
        """Follow rows whose value is another symbol, so that a derivative perturbs that one."""
        definition = self.definitions.of(slot)[0] if slot[0].value == "formula" else None
        if definition and is_a(definition.body, "use"):
            row, layer, inner = definition.reading.option(definition.body.children[0])
            if bool(inner) == bool(items):
                given = dict(zip(definition.items, items, strict=True))
                return self.resolve((row, layer), tuple(given.get(i, i) for i in inner))
        return slot, items

    def apply(self, row: Symbol, values: Sequence[Value]) -> Value:
        """Apply a function that the text defines to values, entry by entry."""
        several = len(values) > 1 and any(value.whole for value in values)
        refuse(several, "a function of several arguments takes single numbers")
        definition = self.definitions.of((row, None))[0]
        refuse(definition.formula.open, f"{definition.label}: a function with an index")
        shape = np.broadcast_shapes(*(value.array.shape[:-2] for value in values))
        # For the function, the rows and columns of its arguments are axes like any other.
        inner = Evaluation(self, definition.formula, definition.reading, len(shape))
        own = [1] * definition.formula.rank
        for name, value in zip(definition.parameters, values, strict=True):
            sizes, tail = value.array.shape[:-2], value.array.shape[-2:]
            inner.arguments[name] = Value(value.array.reshape(1, 1, *sizes, *own, *tail))
        with self.computing((row, None)):
            array = inner.number(definition.body, "a whole array as the value of a function").array
        self._note(self.needs[row, None])
        array = array.reshape(*array.shape[2 : inner.before], *array.shape[-2:])
        return Value(np.broadcast_to(array, (*shape, *array.shape[-2:])), values[0].shape)

    def slope(self, row: Symbol, value: Value, *others: Value) -> Value:
        """Return the derivative of a function of one argument."""
        refuse(others, "a prime on a function of several arguments")
        refuse(np.iscomplexobj(value.array), "second derivatives are outside the dialect")
        result = self.apply(row, [Value(value.array + STEP * 1j, value.shape)])
        return Value(result.array.imag / STEP, value.shape)


class Evaluation:
    """The value of a formula in one reading: one method for each rule of the grammar.

    Parameters
    ----------
    world : World
        The networks.
    formula : Formula
        What is evaluated.
    reading : Reading
        Which rows and kinds its letters mean.
    outer : int
        How many axes belong to the formula that applies this function.
    """

    def __init__(self, world: World, formula: Formula, reading: Reading, outer: int = 0) -> None:
        self.world = world
        self.formula = formula
        self.reading = reading
        self.before = 2 + outer
        self.axes = self.before + formula.rank
        self.arguments: dict[str, Value] = {}

    def visit(self, node: Node) -> Value:
        """Return the value of a node."""
        if isinstance(node, Token):
            return Value(np.full((1,) * (self.axes + 2), float(node)), literal=True)
        try:
            with np.errstate(all="ignore"):
                value: Value = getattr(self, node.data)(*node.children)
            return value
        except Fault as fault:
            if fault.place is None and not self.world.used:
                fault.place = self.formula.statement.place(node)
            raise

    def index(self, item: Index) -> Array:
        """Return the values of an index, from 0, along its own axis."""
        shape = [1] * self.axes
        if isinstance(item, int):
            return np.full(shape, item - 1)
        shape[self.before + self.formula.axes[item]] = -1
        return np.arange(self.reading.kinds[item].size).reshape(shape)

    def use(self, use: Use) -> Value:
        """Return the entries, or the whole array, of a symbol."""
        row, layer, items = self.reading.option(use)
        if row.name in self.arguments and not row.kinds(layer):
            return self.arguments[row.name]
        array = self.world.value((row, layer))
        shape = (ONE, ONE) if items else row.matrix(layer)
        axes = [axis for axis, kind in enumerate(shape) if kind is not ONE]
        axes += [self.before + self.formula.axes[i] for i in items if isinstance(i, str)]
        if len(set(axes)) < array.ndim - 2:
            grids = [self.index(item) for item in items]
            _limit(np.broadcast_shapes(*(grid.shape for grid in grids)), array.shape[-2:])
            return Value(array[tuple(grids)])
        ones = [1] * (self.axes - len(axes))
        view = array.reshape(*array.shape[:-2], *ones, *array.shape[-2:])
        return Value(np.moveaxis(view, range(len(axes)), axes), shape)

    def number(self, node: Node, refusal: str) -> Value:
        """Return the value of a node that must be no whole array."""
        value = self.visit(node)
        misfit(value.whole, refusal)
        return value

    def sum(self, *parts: Node) -> Value:
        """Add and subtract."""
        total = Value(np.zeros((1,) * (self.axes + 2)), literal=True)
        for sign, part in itertools.pairwise((None, *parts)):
            if not is_a(part, "SIGN"):
                value = self.visit(part)
                operation = np.subtract if sign == "-" else np.add
                total = _entrywise(operation, "a sum", total, value) if sign else value
        return total

    def product(self, *factors: Node) -> Value:
        """Multiply: numbers, or the matrix product."""
        return reduce(_times, (self.visit(factor) for factor in factors))

    def quotient(self, above: Node, below: Node) -> Value:
        """Divide by a number."""
        divisor = self.number(below, "a division by a whole array")
        refuse(divisor.literal and not divisor.array.any(), "a division by zero")
        return _times(self.visit(above), divisor, np.divide)

    frac = quotient

    def hadamard(self, left: Node, right: Node) -> Value:
        """Multiply entry by entry."""
        first, second = self.visit(left), self.visit(right)
        single = not (first.whole and second.whole)
        misfit(single, "⊙ joins two whole arrays; here one side is a single number")
        return _entrywise(np.multiply, "⊙", first, second)

    def total(self, sign: str, letters: list[str], limits: list[int], body: Node) -> Value:
        r"""Add (\sum), multiply (\prod) or take the largest over the bound letters."""
        value = self.visit(body)
        array = value.array
        for letter in letters:
            kind = self.reading.kinds[letter]
            first, last = limits or (1, kind.size)
            runs = f"the sum over {printed(letter)} runs from {first} to {last}"
            misfit(first < 1 or last > kind.size, f"{runs}, and {kind.name} has {kind.size}")
            axis = self.before + self.formula.axes[letter]
            if array.shape[axis] == 1:
                array = np.repeat(array, kind.size, axis)
            array = array[(slice(None),) * axis + (slice(first - 1, last),)]
            if sign in ("\\sum", "\\prod"):
                array = (np.sum if sign == "\\sum" else np.prod)(array, axis=axis, keepdims=True)
            else:
                real = array.real if sign == "\\max" else -array.real
                array = np.take_along_axis(array, real.argmax(axis, keepdims=True), axis)
        return Value(array, value.shape)

    def sup(self, base: Node, exponent: Node) -> Value:
        """Raise a number to a power."""
        value = self.number(base, "a power of a whole array; write ⊙ for entry by entry")
        raised = self.number(exponent, "an exponent that is a whole array")
        size = float(raised.array.flat[0]) if raised.literal else 0.5
        refuse(abs(size) > MAX_EXPONENT, f"the exponent {size:g}; the largest is {MAX_EXPONENT}")
        if size.is_integer():
            # By products: complex powers lose the tiny imaginary part.
            factors = [value.array] * abs(int(size)) or [np.ones_like(value.array)]
            array = reduce(np.multiply, factors)
            return Value(array if size >= 0 else 1.0 / array, literal=value.literal)
        if np.all(value.array == math.e):
            return Value(_exp(raised.array))
        return _entrywise(lambda a, b: np.exp(b * np.log(a)), "a power", value, raised)

    def turn(self, body: Node) -> Value:
        """Turn a whole array: rows become columns."""
        value = self.visit(body)
        misfit(not value.whole, "a transpose of a single number")
        return Value(value.array.swapaxes(0, 1), value.shape[::-1])

    def sub(self, body: Node, items: list[Index]) -> Value:
        """Take an entry of a whole array that stands in brackets."""
        value = self.visit(body)
        kinds = [(axis, kind) for axis, kind in enumerate(value.shape) if kind is not ONE]
        misfit(len(items) != len(kinds), f"an entry with {len(items)} indices of what is {value}")
        grids: list[Array] = list(np.indices(value.array.shape[: self.axes], sparse=True))
        for item, (axis, kind) in zip(items, kinds, strict=True):
            runs = self.reading.kinds[item] if isinstance(item, str) else kind
            misfit(runs is not kind, f"the index {printed(item)} on an array that is {value}")
            outside = isinstance(item, int) and not 1 <= item <= kind.size
            misfit(outside, f"index {item} is outside 1 to {kind.size} ({kind.name})")
            grids[axis] = self.index(item)
        return Value(value.array[tuple(grids)])

    def norm_(self, body: Node) -> Value:
        """Return the Euclidean norm."""
        value = self.visit(body)
        misfit(not value.whole, "a norm of a single number")
        return Value(np.sqrt((value.array * value.array).sum(axis=(0, 1), keepdims=True)))

    def root(self, body: Node) -> Value:
        """Return the square root."""
        value = self.visit(body)
        return Value(np.sqrt(value.array), value.shape)

    def call(self, name: str, primes: int, *arguments: Node) -> Value:
        """Apply a function: one that the text defines, or one that every text knows."""
        values = [self.visit(argument) for argument in arguments]
        if name in self.formula.scope.functions:
            row = self.formula.scope.functions[name]
            count = len(row.parameters)
            refuse(len(values) != count, f"{row.latex} takes {count} arguments, not {len(values)}")
            refuse(primes > 1, "second derivatives are outside the dialect")
            return self.world.slope(row, *values) if primes else self.world.apply(row, values)
        if name in ("\\max", "\\min"):
            refuse(len(values) != 2, f"{name} takes two arguments, or an index below it")
            first = np.greater_equal if name == "\\max" else np.less_equal
            return _entrywise(lambda a, b: np.where(first(a.real, b.real), a, b), name, *values)
        refuse(len(values) != 1, f"{name} takes one argument, not {len(values)}")
        value = values[0]
        if name == "\\diag":
            misfit(not value.whole or ONE not in value.shape, "diag takes a vector")
            (kind,) = (kind for kind in value.shape if kind is not ONE)
            eye = np.eye(kind.size).reshape(kind.size, kind.size, *[1] * self.axes)
            return Value(eye * value.array, (kind, kind))
        function = _exp if name == "\\exp" else getattr(np, name[1:].replace("ln", "log"))
        return Value(function(value.array), value.shape)

    def derivative(self, above: Node, variable: Node) -> Value:
        """Perturb every entry of a symbol, and take the imaginary part."""
        refuse(variable.data != "use", "a derivative with respect to something that is no symbol")
        if is_a(above, "function"):
            row = self.formula.scope.functions[str(above.children[0])]
            return self.world.slope(row, self.visit(variable))
        use: Use = variable.children[0]
        row, layer, items = self.reading.option(use)
        target, items = self.world.resolve((row, layer), items)
        constant = target[0].value not in (*DRAWN, "defined", "formula")
        refuse(constant, f"a derivative with respect to {use.text}, which is a constant")
        refuse(self.arguments, "a derivative in the definition of a function")
        inner = copy.copy(self)
        inner.world = self.world.perturb(target)
        entries = self.world.value(target).shape[:-2]
        value = inner.visit(above)
        still = "this derivative is 0 by construction: nothing above rests on"
        refuse(not np.iscomplexobj(value.array), f"{still} {use.text}")
        refuse(value.whole, "a derivative of a whole array; write its entries")
        slopes = value.array.imag / STEP
        if items:
            flat = np.ravel_multi_index([self.index(item) for item in items], entries)
            _limit(np.broadcast_shapes(flat.shape, slopes.shape[:-2]), slopes.shape[-1:])
            return Value(np.take_along_axis(slopes, flat[..., None, None], axis=-2))
        shape = target[0].matrix(target[1])
        sizes = (kind.size for kind in shape)
        slopes = np.moveaxis(slopes, -2, 0)
        return Value(slopes.reshape(*sizes, *slopes.shape[3:-1], 1, slopes.shape[-1]), shape)


def _exp(array: Array) -> Array:
    """Return e to a power. Of a power moved by 1e-30 i, the real part is one for all entries."""
    if not np.iscomplexobj(array):
        return np.exp(array)
    result, size = np.empty_like(array), np.exp(array.real[..., :1, :])
    result.real, result.imag = size, size * array.imag
    return result


def _limit(*shapes: tuple[int, ...]) -> None:
    size = math.prod(math.prod(shape) for shape in shapes)
    refuse(size > MAX_SIZE, "too many index values to evaluate; declare smaller layers")


def _entrywise(operation: Operation, sign: str, first: Value, second: Value) -> Value:
    """Join two values entry by entry; only a literal may meet whole arrays."""
    apart = first.shape != second.shape and not (first.literal or second.literal)
    misfit(apart, f"{sign} joins arrays that are {first} and {second}")
    return _joined(operation, first, second, second.shape if first.literal else first.shape)


def _joined(operation: Operation, first: Value, second: Value, shape: tuple[Kind, Kind]) -> Value:
    _limit(np.broadcast_shapes(first.array.shape, second.array.shape))
    array = operation(first.array, second.array)
    return Value(array, shape, first.literal and second.literal)


def _times(first: Value, second: Value, operation: Operation = np.multiply) -> Value:
    if not (first.whole and second.whole):
        return _joined(operation, first, second, first.shape if first.whole else second.shape)
    (rows, inner), (other, columns) = first.shape, second.shape
    misfit(inner is not other, f"a product of arrays that are {first} and {second}")
    _limit(np.broadcast_shapes(first.array[:, :, None].shape, second.array[None].shape))
    array = np.einsum("ij...,jk...->ik...", first.array, second.array)
    return Value(array, (rows, columns))


def agreement(left: Value, right: Value) -> tuple[Array, Array]:
    """Return two sides as arrays of one shape.

    Raises
    ------
    Unfit
        When one is a whole array and the other is not of its shape.
    """
    misfit(left.shape != right.shape, f"the left side is {left}, the right side {right}")
    first, second = np.broadcast_arrays(left.array, right.array)
    return first, second
