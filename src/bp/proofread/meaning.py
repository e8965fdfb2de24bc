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

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from lark import Tree

from bp.proofread.grammar import Fault, Node, parse
from bp.proofread.notation import DRAWN, ONE, Kind, Scope, Symbol
from bp.proofread.readings import (
    Formula,
    Index,
    Letter,
    Reading,
    Slot,
    Unfit,
    Use,
    formulas,
    readings,
)

STEP = 1e-30
MAX_SIZE = 20_000_000
MAX_EXPONENT = 16

Array = npt.NDArray[Any]


@dataclass
class Value:
    """A number, or a whole array, for all values of the index letters and on all networks.

    Attributes
    ----------
    array : numpy.ndarray
        Rows, columns, index letters, perturbed entries, networks.
    rows, columns : Kind
        Both are ``ONE`` for a number; a vector has one row.
    literal : bool
        Whether it is made of the formula's own numerals, which may be added to a whole array.
    """

    array: Array
    rows: Kind = ONE
    columns: Kind = ONE
    literal: bool = False

    @property
    def shape(self) -> tuple[Kind, Kind]:
        """The kinds of the rows and columns."""
        return self.rows, self.columns

    @property
    def whole(self) -> bool:
        """Whether it is a whole array."""
        return self.shape != (ONE, ONE)

    def __str__(self) -> str:
        """Describe the shape for a report."""
        return f"{self.rows.name} × {self.columns.name}" if self.whole else "a single number"


@dataclass
class Definition:
    """One reading of a ``def-`` display that gives a slot its value."""

    label: str
    formula: Formula
    reading: Reading


@dataclass
class Definitions:
    """Every definition of a text, by the slot that it defines."""

    slots: dict[Slot, list[Definition]] = field(default_factory=dict)

    def add(self, label: str, formula: Formula) -> list[Slot]:
        """Take in a ``def-`` display, read for one choice of layers.

        Returns
        -------
        list of Slot
            What it defines.

        Raises
        ------
        Fault
            When its left side is no symbol that is declared “defined”, or has a definition.
        """
        left = formula.sides[0]
        head = _head(left)
        if head is None or len(formula.sides) < 2:
            raise Fault("a definition starts with the symbol that it defines, then an equals sign")
        found: list[Slot] = []
        for reading in readings(formula):
            slot = (head, None) if isinstance(head, Symbol) else reading.rows[head][0]
            if slot[0].value != "defined":
                if isinstance(head, Use) and len(head.options) > 1:
                    continue
                raise Fault(
                    f"{slot[0].latex} is “{slot[0].value}” in its table, so it cannot be defined"
                )
            if any(definition.label != label for definition in self.slots.get(slot, ())):
                raise Fault(f"{slot[0].latex} is defined already, by {self.slots[slot][0].label}")
            self.slots.setdefault(slot, []).append(Definition(label, formula, reading))
            found.append(slot)
        return list(dict.fromkeys(found))


def _head(left: Node) -> Use | Symbol | None:
    while left.data == "sum" and len(left.children) == 1:
        left = left.children[0]
    return cast(Use | Symbol, left.children[0]) if left.data in ("use", "call") else None


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
    """

    def __init__(self, definitions: Definitions, networks: int, seed: int = 0) -> None:
        self.definitions = definitions
        self.networks = networks
        self.seed = seed
        self.base: World | None = None
        self.variable: Slot | None = None
        self.values: dict[Slot, Array] = {}
        self.needs: dict[Slot, set[Slot]] = {}
        self.frames: list[set[Slot]] = [set()]
        self.busy: list[Slot] = []
        self.perturbed: dict[Slot, World] = {}

    def perturb(self, slot: Slot) -> World:
        """Return the world in which each entry of a slot, one by one, is moved by 1e-30 i."""
        if self.base:
            raise Fault("second derivatives are outside the dialect")
        if slot not in self.perturbed:
            world = World(self.definitions, self.networks, self.seed)
            world.base, world.variable = self, slot
            self.perturbed[slot] = world
        return self.perturbed[slot]

    def value(self, slot: Slot) -> Array:
        """Return the array of a symbol: its indices, the perturbed entries, the networks."""
        if slot not in self.values:
            self.values[slot] = self._moved(slot) if self.base else self._fresh(slot)
        self.frames[-1] |= {slot} | (self.base or self).needs.get(slot, set())
        return self.values[slot]

    def _moved(self, slot: Slot) -> Array:
        assert self.base is not None
        self.base.frames.append(set())
        still = self.base.value(slot)
        self.base.frames.pop()
        if slot == self.variable:
            shape = still.shape[:-2]
            count = math.prod(shape)
            step = STEP * 1j * np.eye(count).reshape(*shape, count, 1)
            moved: Array = still + step
            return moved
        if self.variable not in self.base.needs[slot]:
            return still
        return self._computed(slot)

    def _fresh(self, slot: Slot) -> Array:
        if slot in self.busy:
            circle = " → ".join(s[0].latex for s in [*self.busy[self.busy.index(slot) :], slot])
            raise Fault(f"a circular definition: {circle}")
        self.busy.append(slot)
        self.frames.append(set())
        try:
            value = (
                self._drawn(slot)
                if slot[0].value not in ("defined", "formula")
                else self._computed(slot)
            )
            if not np.all(np.isfinite(value)):
                raise Fault(
                    f"{slot[0].latex} is not finite on some networks; declare what it rests "
                    "on “positive” where it must be"
                )
            return value
        finally:
            self.needs[slot] = self.frames.pop()
            self.busy.pop()

    def _drawn(self, slot: Slot) -> Array:
        symbol, layer = slot
        sizes = tuple(kind.size for kind in symbol.kinds(layer))
        shape = (*sizes, 1, self.networks)
        if math.prod(shape) > MAX_SIZE:
            raise Fault(f"{symbol.latex} is too large to draw")
        number = symbol.scope.number(symbol) if symbol.scope else None
        constant = {"ones": 1.0, "euler's number": math.e}.get(symbol.value, number)
        if constant is not None:
            return np.full(shape, float(constant))
        if symbol.value == "kronecker delta":
            return np.broadcast_to(np.eye(sizes[0])[:, :, None, None], shape)
        rng = np.random.default_rng([self.seed, zlib.crc32(f"{symbol.key}{layer}".encode())])
        if symbol.value == "one-hot":
            hot = rng.integers(sizes[-1], size=(*sizes[:-1], 1, self.networks))
            return np.moveaxis(np.eye(sizes[-1])[hot], -1, len(sizes) - 1)
        if symbol.value == "any number":
            return rng.normal(size=shape)
        low, high = (0.5, 1.5) if symbol.value == "positive" else (0.05, 0.95)
        return rng.uniform(low, high, size=shape)

    def _computed(self, slot: Slot) -> Array:
        symbol, layer = slot
        if symbol.value == "formula":
            return self._by_formula(symbol, layer)
        found = self.definitions.slots.get(slot, [])
        if not found:
            where = f" in layer {layer}" if layer is not None else ""
            raise Fault(
                f"{symbol.latex} is declared “defined”{where}, and no def- display defines it"
            )
        values, misfit = [], None
        for definition in found:
            try:
                values.append(self._side(slot, definition))
            except Unfit as reason:
                misfit = reason
        if misfit and not values:
            raise Fault(f"in {found[0].label}: {misfit.message}")
        if len(values) > 1 and any(not np.array_equal(values[0], other) for other in values):
            raise Fault(f"{found[0].label} can be read in {len(values)} ways that disagree")
        return values[0]

    def _side(self, slot: Slot, definition: Definition) -> Array:
        formula, reading = definition.formula, definition.reading
        left, right = formula.sides[:2]
        if formula.free[1] - formula.free[0]:
            names = ", ".join(sorted(letter.name for letter in formula.free[1] - formula.free[0]))
            raise Fault(f"in {definition.label}: the index {names} stands on the right only")
        value = Evaluation(self, formula, reading).visit(right)
        use = _head(left)
        assert isinstance(use, Use)
        letters = reading.rows[use][1]
        if len(set(letters)) < len(letters) or any(isinstance(item, int) for item in letters):
            raise Fault(
                f"{definition.label} defines single entries; expected different index letters"
            )
        whole = not letters and bool(slot[0].kinds(slot[1]))
        return self._stored(slot, value, letters, whole, definition.label)

    def _by_formula(self, symbol: Symbol, layer: int | None) -> Array:
        formula, reading = row_formula(symbol, layer)
        value = Evaluation(self, formula, reading).visit(formula.sides[0])
        letters = _row_letters(symbol, formula)
        return self._stored((symbol, layer), value, letters, value.whole, symbol.latex)

    def _stored(
        self, slot: Slot, value: Value, letters: Sequence[Index], whole: bool, label: str
    ) -> Array:
        """Return a value as the array of a symbol: its indices, perturbed entries, networks."""
        symbol, layer = slot
        kinds = symbol.kinds(layer)
        if value.shape != (symbol.matrix(layer) if whole else (ONE, ONE)):
            raise Unfit(f"in {label}: the right side is {value}, {symbol.latex} is not")
        axes = [2 + letter.axis for letter in letters if isinstance(letter, Letter)]
        axes = [0, 1] if whole else axes
        others = [axis for axis in range(value.array.ndim - 2) if axis not in axes]
        array = value.array.transpose(*axes, *others, -2, -1)
        sizes = array.shape[: len(axes)]
        sizes = (math.prod(sizes),) if whole and len(kinds) == 1 else sizes
        array = array.reshape(*sizes, *array.shape[-2:])
        return np.broadcast_to(
            array, (*(kind.size for kind in kinds), array.shape[-2], self.networks)
        )

    def resolve(self, slot: Slot, items: tuple[object, ...]) -> tuple[Slot, tuple[object, ...]]:
        """Follow rows whose value is another symbol, so that a derivative perturbs that one."""
        symbol, layer = slot
        if symbol.value != "formula":
            return slot, items
        formula, reading = row_formula(symbol, layer)
        use = _head(formula.sides[0])
        if not isinstance(use, Use):
            return slot, items
        target, inner = reading.rows[use]
        if not inner or not items:
            return self.resolve(target, ()) if not inner and not items else (slot, items)
        given = dict(zip(_row_letters(symbol, formula), items, strict=True))
        return self.resolve(
            target, tuple(given.get(i, i) if isinstance(i, Letter) else i for i in inner)
        )


def row_formula(symbol: Symbol, layer: int | None) -> tuple[Formula, Reading]:
    """Read the formula in a row's Value column, at one layer.

    Raises
    ------
    Fault
        When it has no reading, or more than one.
    """
    assert symbol.formula is not None and symbol.scope is not None
    found: list[tuple[Formula, Reading]] = []
    cache: dict[int | None, tuple[Formula, Reading]] = symbol.__dict__.setdefault("_read", {})
    if layer in cache:
        return cache[layer]
    tree = parse(symbol.formula, symbol.scope.functions)
    misfit: Fault | None = None
    for formula in formulas(symbol.formula, tree, symbol.scope):
        if layer is not None and formula.layers and layer not in formula.layers.values():
            continue
        try:
            letters = _row_letters(symbol, formula)
            fixed = dict(zip(letters, symbol.kinds(layer), strict=False))
            found += [(formula, reading) for reading in readings(formula, fixed)]
        except Unfit as reason:
            misfit = reason
    if len(found) != 1:
        what = misfit.message if misfit else f"{len(found)} readings"
        raise Fault(f"the Value of {symbol.latex}: {what}")
    cache[layer] = found[0]
    return found[0]


def _row_letters(symbol: Symbol, formula: Formula) -> list[Letter]:
    free = {letter.name: letter for letter in formula.open}
    extra = sorted(set(free) ^ set(symbol.letters))
    if extra and free:
        raise Fault(
            f"the index {', '.join(extra)} stands on one side only of {symbol.latex} and its Value"
        )
    return [free[name] for name in symbol.letters if name in free]


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
    before : int
        How many axes of index letters belong to the formula around this one.
    """

    def __init__(self, world: World, formula: Formula, reading: Reading, before: int = 0) -> None:
        self.world = world
        self.formula = formula
        self.reading = reading
        self.before = 2 + before
        self.axes = self.before + formula.rank
        self.arguments: dict[str, Value] = {}

    @classmethod
    def empty(cls, world: World) -> Evaluation:
        """Return an evaluation outside any formula, to apply functions with."""
        scope = Scope({}, {}, {})
        return cls(world, Formula([], [], [], [], [], [], scope, {}), Reading({}, {}, {}))

    def visit(self, node: Node) -> Value:
        """Return the value of a node."""
        with np.errstate(all="ignore"):
            value: Value = getattr(self, str(node.data))(*node.children)
        return value

    def index(self, item: object) -> npt.NDArray[np.intp]:
        """Return the values of an index, from 0, along its own axis."""
        shape = [1] * self.axes
        if not isinstance(item, Letter):
            return np.full(shape, int(str(item)) - 1)
        shape[self.before + item.axis] = self.reading.kinds[item].size
        return np.arange(self.reading.kinds[item].size).reshape(shape)

    def _pick(self, array: Array, items: Sequence[object]) -> Array:
        """Return the entries of a symbol's array, each index along its own axis."""
        if not items:
            return array.reshape((1,) * self.axes + array.shape)
        axes = [self.before + item.axis for item in items if isinstance(item, Letter)]
        if len(axes) == len(items) and axes == sorted(set(axes)):
            # Already in order: a view, where picking would copy.
            shape = [1] * self.axes
            for axis, size in zip(axes, array.shape, strict=False):
                shape[axis] = size
            return array.reshape(*shape, *array.shape[-2:])
        grids = [self.index(item) for item in items]
        _limit(*grids, extra=array.shape[-2] * array.shape[-1])
        return np.asarray(array[tuple(grids)])

    def use(self, use: Use) -> Value:
        """Return the entries, or the whole array, of a symbol."""
        slot, items = self.reading.rows[use]
        kinds = slot[0].kinds(slot[1])
        if slot[0].name in self.arguments and not kinds:
            return self.arguments[slot[0].name]
        array = self.world.value(slot)
        if items or not kinds:
            return Value(self._pick(array, items))
        shape = slot[0].matrix(slot[1])
        if shape is None:
            raise Fault(
                f"{use.text} has more than two indices and cannot stand as a matrix", use.place
            )
        sizes = (kind.size for kind in shape)
        letters = (1,) * (self.axes - 2)
        return Value(array.reshape(*sizes, *letters, *array.shape[-2:]), *shape)

    def number(self, value: float) -> Value:
        """Return a literal, which may be broadcast."""
        return Value(np.full((1,) * (self.axes + 2), value), literal=True)

    def sum(self, *parts: object) -> Value:
        """Add and subtract."""
        values: list[Value] = []
        for before, part in zip((None, *parts), parts, strict=False):
            if isinstance(part, Tree):
                value = self.visit(part)
                minus = Value(-value.array, *value.shape, value.literal)
                values.append(minus if before == "-" else value)
        return _entrywise(np.add, "a sum", *values)

    def product(self, *factors: Node) -> Value:
        """Multiply: numbers, or the matrix product."""
        return reduce(_times, (self.visit(factor) for factor in factors))

    def quotient(self, above: Node, below: Node) -> Value:
        """Divide by a number."""
        divisor = _number(self.visit(below), "a division by a whole array")
        if divisor.literal and not divisor.array.any():
            raise Fault("a division by zero")
        return _times(self.visit(above), divisor, np.divide)

    frac = quotient

    def hadamard(self, left: Node, right: Node) -> Value:
        """Multiply entry by entry."""
        first, second = self.visit(left), self.visit(right)
        if not (first.whole and second.whole):
            raise Unfit("⊙ joins two whole arrays; here one side is a single number")
        return _entrywise(np.multiply, "⊙", first, second)

    def total(self, sign: str, letters: list[Letter], limits: list[int], body: Node) -> Value:
        r"""Add (\sum), multiply (\prod) or take the largest over the bound letters."""
        value = self.visit(body)
        array = value.array
        for letter in letters:
            kind = self.reading.kinds[letter]
            first, last = limits or (1, kind.size)
            if first < 1 or last > kind.size:
                raise Unfit(f"the sum over {letter.name} runs from {first} to {last}, and "
                            f"{kind.name} has {kind.size}")  # fmt: skip
            axis = self.before + letter.axis
            if array.shape[axis] == 1:
                array = np.repeat(array, kind.size, axis)
            array = array[(slice(None),) * axis + (slice(first - 1, last),)]
            if sign in ("\\sum", "\\prod"):
                array = (np.sum if sign == "\\sum" else np.prod)(array, axis=axis, keepdims=True)
            else:
                real = array.real if sign == "\\max" else -array.real
                array = np.take_along_axis(array, real.argmax(axis, keepdims=True), axis)
        return Value(array, *value.shape)

    def power(self, base: Node, exponent: Node) -> Value:
        """Raise a number to a power."""
        value = _number(self.visit(base), "a power of a whole array; write ⊙ for entry by entry")
        raised = _number(self.visit(exponent), "an exponent that is a whole array")
        if raised.literal:
            number = float(raised.array.flat[0])
            if abs(number) > MAX_EXPONENT:
                raise Fault(f"the exponent {number:g}; the largest is {MAX_EXPONENT}")
            if number.is_integer():
                # By products: complex powers lose the tiny imaginary part.
                array = math.prod([value.array] * abs(int(number)), start=np.ones_like(value.array))
                return Value(array if number >= 0 else 1.0 / array, literal=value.literal)
        if np.all(value.array == math.e):
            return Value(np.exp(raised.array))
        return _entrywise(lambda a, b: np.exp(b * np.log(a)), "a power", value, raised)

    def transpose(self, body: Node) -> Value:
        """Turn a whole array."""
        value = self.visit(body)
        if not value.whole:
            raise Unfit("a transpose of a single number")
        return Value(value.array.swapaxes(0, 1), value.columns, value.rows)

    def element(self, body: Node, items: tuple[object, ...]) -> Value:
        """Take an entry of a whole array that stands in brackets."""
        value = self.visit(body)
        kinds = [(axis, kind) for axis, kind in enumerate(value.shape) if kind is not ONE]
        if len(items) != len(kinds):
            raise Unfit(f"an entry with {len(items)} indices of what is {value}")
        grids: list[Array] = list(np.indices(value.array.shape[: self.axes], sparse=True))
        for item, (axis, kind) in zip(items, kinds, strict=True):
            if isinstance(item, Letter) and self.reading.kinds[item] is not kind:
                raise Unfit(f"the index {item.name} on an array that is {value}")
            if not isinstance(item, Letter) and not 1 <= int(str(item)) <= kind.size:
                raise Unfit(f"index {item} is outside 1 to {kind.size} ({kind.name})")
            grids[axis] = self.index(item)
        return Value(value.array[tuple(grids)])

    def norm_(self, body: Node) -> Value:
        """Return the Euclidean norm."""
        value = self.visit(body)
        if not value.whole:
            raise Unfit("a norm of a single number")
        return Value(np.sqrt((value.array * value.array).sum(axis=(0, 1), keepdims=True)))

    def root(self, body: Node) -> Value:
        """Return the square root."""
        return self.builtin("sqrt", body)

    def builtin(self, name: str, *arguments: Node) -> Value:
        """Apply a function that every text knows."""
        values = [self.visit(argument) for argument in arguments]
        if name in ("max", "min"):
            if len(values) != 2:
                raise Fault(f"{name} takes two arguments, or an index below it")
            sign = 1 if name == "max" else -1
            return _entrywise(
                lambda a, b: np.choose(sign * a.real >= sign * b.real, (b, a)), name, *values
            )
        if len(values) != 1:
            raise Fault(f"{name} takes one argument, not {len(values)}")
        value = values[0]
        if name == "diag":
            if not value.whole or ONE not in value.shape:
                raise Unfit("diag takes a vector")
            (kind,) = (kind for kind in value.shape if kind is not ONE)
            row = value.array if value.rows is ONE else value.array.swapaxes(0, 1)
            return Value(
                np.eye(kind.size).reshape(row.shape[1], -1, *[1] * self.axes) * row, kind, kind
            )
        function: Callable[[Array], Array] = getattr(np, {"ln": "log"}.get(name, name))
        return Value(function(value.array), *value.shape)

    def call(self, row: Symbol, *arguments: Node) -> Value:
        """Apply a function that the text defines, entry by entry."""
        return self.apply(row, [self.visit(argument) for argument in arguments])

    def apply(self, row: Symbol, values: list[Value]) -> Value:
        """Apply a function that the text defines to values."""
        if len(values) > 1 and any(value.whole for value in values):
            raise Fault("a function of several arguments takes single numbers")
        found = self.world.definitions.slots.get((row, None))
        if not found:
            raise Fault(f"{row.latex} is declared “defined”, and no def- display defines it")
        if (row, None) in self.world.busy:
            raise Fault(f"a circular definition: {row.latex}")
        (definition, *_), formula = found, found[0].formula
        if formula.open:
            raise Fault(f"in {definition.label}: a function with an index is outside the dialect")
        inner = Evaluation(self.world, formula, definition.reading, self.axes - 2)
        own = (1,) * (inner.axes - self.axes)
        for name, value in zip(_parameters(formula), values, strict=True):
            shape = value.array.shape
            inner.arguments[name] = Value(value.array.reshape(*shape[:-2], *own, *shape[-2:]))
        self.world.busy.append((row, None))
        try:
            result = inner.visit(formula.sides[1])
        finally:
            self.world.busy.pop()
        array = _number(result, "a function with a whole array for value").array
        array = array.reshape(*array.shape[: self.axes], *array.shape[-2:])
        return Value(
            np.broadcast_to(
                array, np.broadcast_shapes(array.shape, *(v.array.shape for v in values))
            ),
            *values[0].shape,
        )

    def slope(self, row: Symbol, argument: Node) -> Value:
        """Return the derivative of a function of one argument."""
        value = self.visit(argument)
        if self.world.base and np.iscomplexobj(value.array):
            raise Fault("second derivatives are outside the dialect")
        result = self.apply(row, [Value(value.array + STEP * 1j, *value.shape)])
        return Value(result.array.imag / STEP, *value.shape)

    def derivative(self, above: Node, variable: Use) -> Value:
        """Perturb every entry of a symbol, and take the imaginary part."""
        slot, items = self.reading.rows[variable]
        target, picked = self.world.resolve(slot, items)
        if target[0].value not in (*DRAWN, "defined", "formula"):
            raise Fault(
                f"a derivative with respect to {variable.text}, which is a constant", variable.place
            )
        moved = self.world.perturb(target)
        self.world.value(target)
        inner = Evaluation(moved, self.formula, self.reading, self.before - 2)
        moved.frames.append(set())
        value = inner.visit(above)
        used = moved.frames.pop()
        self.world.frames[-1] |= used
        if target not in used:
            raise Fault(
                f"this derivative is 0 by construction: nothing above rests on {variable.text}",
                variable.place,
            )
        if value.whole:
            raise Fault(
                "a derivative of a whole array is outside the dialect; write its entries",
                variable.place,
            )
        slopes = value.array.imag / STEP
        sizes = [kind.size for kind in target[0].kinds(target[1])]
        slopes = np.broadcast_to(slopes, (*slopes.shape[:-2], math.prod(sizes), slopes.shape[-1]))
        if not sizes:
            return Value(slopes)
        if picked:
            flat = np.ravel_multi_index([self.index(item) for item in picked], sizes)
            _limit(flat, slopes[..., 0, 0], extra=slopes.shape[-1])
            return Value(np.take_along_axis(slopes, flat[..., None, None], axis=-2))
        shape = target[0].matrix(target[1])
        if shape is None:
            raise Fault(f"{variable.text} cannot stand as a matrix", variable.place)
        slopes = np.moveaxis(slopes, -2, 0)
        slopes = slopes.reshape(
            *(kind.size for kind in shape), *slopes.shape[3:-1], 1, slopes.shape[-1]
        )
        return Value(slopes, *shape)


def _parameters(formula: Formula) -> list[str]:
    left = formula.sides[0]
    while left.data == "sum":
        left = left.children[0]
    names = []
    for argument in left.children[1:]:
        use = _head(argument)
        if not isinstance(use, Use) or len(use.options) != 1 or use.options[0][2]:
            raise Fault("the argument of a function's definition is one letter without index")
        if use.options[0][0].value not in DRAWN:
            raise Fault(f"the argument {use.text} of a function's definition is a constant")
        names.append(use.options[0][0].name)
    return names


def _limit(*arrays: Array, extra: int = 1) -> None:
    if math.prod(np.broadcast_shapes(*(array.shape for array in arrays))) * extra > MAX_SIZE:
        raise Fault("too many index values to evaluate; declare smaller layers")


def _number(value: Value, refusal: str) -> Value:
    if value.whole:
        raise Unfit(refusal)
    return value


def _entrywise(operation: Callable[..., Array], sign: str, *values: Value) -> Value:
    """Join values entry by entry; only a literal may meet whole arrays."""
    shapes = {value.shape: value for value in values if not value.literal}
    if len(shapes) > 1:
        first, second, *_ = shapes.values()
        raise Unfit(f"{sign} joins arrays that are {first} and {second}")
    shape = next(iter(shapes), (ONE, ONE))
    total, *others = (value.array for value in values)
    for array in others:
        _limit(total, array)
        total = operation(total, array)
    return Value(total, *shape, literal=not shapes)


def _times(first: Value, second: Value, operation: Callable[..., Array] = np.multiply) -> Value:
    if first.whole and second.whole:
        if first.columns is not second.rows:
            raise Unfit(f"a product of arrays that are {first} and {second}")
        _limit(first.array[:, :, None], second.array[None])
        array = np.einsum("ij...,jk...->ik...", first.array, second.array)
        return Value(array, first.rows, second.columns)
    shape = first.shape if first.whole else second.shape
    for one, other in ((first, second), (second, first)):
        if one.whole and other.array.shape[:2] != (1, 1):
            raise Fault("a whole array in the definition of a function is outside the dialect")
    _limit(first.array, second.array)
    array = operation(first.array, second.array)
    return Value(array, *shape, literal=first.literal and second.literal)


def agreement(left: Value, right: Value) -> tuple[Array, Array]:
    """Return two sides as arrays of one shape.

    Raises
    ------
    Unfit
        When one is a whole array and the other is not of its shape.
    """
    if left.shape != right.shape:
        raise Unfit(f"the left side is {left}, the right side {right}")
    first, second = np.broadcast_arrays(left.array, right.array)
    return first, second
