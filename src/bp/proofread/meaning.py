r"""What a formula is worth: on many random networks at once.

The definitions of the text are the model. A symbol that is defined is computed from its
definition; a symbol with any other value is drawn. Arrays carry their index letters first, then
one axis for the entries that a derivative perturbs, then the networks.

A derivative :math:`\partial Z / \partial v` adds :math:`10^{-30} i` to each entry of v, computes
again what depends on v, and divides the imaginary part by :math:`10^{-30}`. There is no difference
of close numbers, so nothing cancels.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from lark import Token, Tree

from bp.proofread.grammar import Fault, parse
from bp.proofread.notation import DRAWN, ONE, Kind, Scope, Symbol
from bp.proofread.readings import (
    MAX_LETTERS,
    Formula,
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
class Matrix:
    """A whole array and the kinds of its rows and columns; a vector has one row."""

    array: Array
    rows: Kind
    columns: Kind

    def turned(self) -> Matrix:
        """Return the transpose."""
        return Matrix(self.array.swapaxes(0, 1), self.columns, self.rows)


Value = float | Array | Matrix


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


def _head(left: Tree[object]) -> Use | Symbol | None:
    while left.data == "sum" and len(left.children) == 1:
        left = left.children[0]  # type: ignore[assignment]
    if left.data == "use":
        use: Use = left.children[0]  # type: ignore[assignment]
        return use
    if left.data == "call":
        row: Symbol = left.children[0]  # type: ignore[assignment]
        return row
    return None


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
        kinds = slot[0].kinds(slot[1])
        if use.bold or (kinds and not reading.rows[use][1]):
            return self._whole(slot, value, definition.label)
        if isinstance(value, Matrix):
            raise Unfit("a whole array on the right of a single entry")
        letters = reading.rows[use][1]
        if len(set(letters)) < len(letters) or any(isinstance(item, int) for item in letters):
            raise Fault(
                f"{definition.label} defines single entries; expected different index letters"
            )
        axes = [letter.axis for letter in letters if isinstance(letter, Letter)]
        array = np.asarray(value)
        rank = formula_rank(formula)
        array = np.broadcast_to(array, np.broadcast_shapes(array.shape, (1,) * (rank + 2)))
        order = [*axes, *(axis for axis in range(rank) if axis not in axes), rank, rank + 1]
        array = array.transpose(order).reshape(
            *(array.shape[axis] for axis in axes), *array.shape[-2:]
        )
        shape = (*(kind.size for kind in kinds), array.shape[-2], self.networks)
        return np.broadcast_to(array, shape)

    def _whole(self, slot: Slot, value: Value, label: str) -> Array:
        symbol, layer = slot
        if not isinstance(value, Matrix):
            raise Unfit(f"in {label}: a number on the right of the whole array {symbol.latex}")
        expected = symbol.matrix(layer)
        if expected is None or (value.rows, value.columns) != expected:
            raise Unfit(f"in {label}: the right side is {shape_of(value)}, {symbol.latex} is not")
        over = symbol.over[layer] if len(symbol.over[layer]) == 2 else (ONE, symbol.over[layer][0])
        array = value.array
        for axis in (1, 0):
            if over[axis] is ONE:
                array = array.take(0, axis=axis)
        return array

    def _by_formula(self, symbol: Symbol, layer: int | None) -> Array:
        assert symbol.formula is not None and symbol.scope is not None
        formula, reading = row_formula(symbol, layer)
        value = Evaluation(self, formula, reading).visit(formula.sides[0])
        kinds = symbol.kinds(layer)
        if isinstance(value, Matrix):
            return self._whole((symbol, layer), value, symbol.latex)
        axes = [letter.axis for letter in _row_letters(symbol, formula)]
        array = np.asarray(value)
        rank = formula_rank(formula)
        array = np.broadcast_to(array, np.broadcast_shapes(array.shape, (1,) * (rank + 2)))
        order = [*axes, *(axis for axis in range(rank) if axis not in axes), rank, rank + 1]
        array = array.transpose(order)
        array = array.reshape(*array.shape[: len(axes)], *array.shape[-2:])
        return np.broadcast_to(array, (*(k.size for k in kinds), array.shape[-2], self.networks))

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


def formula_rank(formula: Formula) -> int:
    """Return how many axes of index letters the formula's arrays have."""
    free = len(formula.open)
    depth = max(
        [letter.axis - MAX_LETTERS + 1 for letter in formula.letters if letter.bound], default=0
    )
    count = max([letter.axis + 1 for letter in formula.letters if not letter.bound], default=free)
    return count + max(depth, 0)


def shape_of(value: Value) -> str:
    """Describe the shape of a value for a report."""
    if isinstance(value, Matrix):
        return f"{value.rows.name} × {value.columns.name}"
    return "a single number"


class Evaluation:
    """The value of a formula in one reading: one method for each rule of the grammar."""

    def __init__(self, world: World, formula: Formula, reading: Reading) -> None:
        self.world = world
        self.formula = formula
        self.reading = reading
        self.free = max(
            [letter.axis + 1 for letter in formula.letters if not letter.bound], default=0
        )
        self.rank = formula_rank(formula)
        self.arguments: dict[str, Value] = {}

    @classmethod
    def empty(cls, world: World) -> Evaluation:
        """Return an evaluation outside any formula, to apply functions with."""
        scope = Scope({}, {}, {})
        return cls(world, Formula([], [], [], [], [], [], scope, {}), Reading({}, {}, {}))

    def visit(self, node: Tree[object]) -> Value:
        """Return the value of a node."""
        value: Value = getattr(self, str(node.data))(*node.children)
        return value

    def axis(self, letter: Letter) -> int:
        """Return the axis along which a letter runs."""
        return self.free + letter.axis - MAX_LETTERS if letter.bound else letter.axis

    def index(self, item: object) -> npt.NDArray[np.intp]:
        """Return the values of an index, from 0, along its own axis."""
        if not isinstance(item, Letter):
            return np.asarray(int(str(item)) - 1)
        shape = [1] * self.rank
        shape[self.axis(item)] = self.reading.kinds[item].size
        return np.arange(self.reading.kinds[item].size).reshape(shape)

    def _pick(self, array: Array, items: tuple[object, ...]) -> Array:
        if not items:
            return array
        axes = [self.axis(item) for item in items if isinstance(item, Letter)]
        if len(axes) == len(items) == len(set(axes)):
            shape = [1] * self.rank
            for axis, size in zip(axes, array.shape, strict=False):
                shape[axis] = size
            order = sorted(range(len(axes)), key=axes.__getitem__)
            turned = array.transpose(*order, len(axes), len(axes) + 1)
            return turned.reshape(*shape, *array.shape[-2:])
        grids = np.broadcast_arrays(*(self.index(item) for item in items))
        _limit(grids[0].size * array.shape[-1] * array.shape[-2])
        picked: Array = array[tuple(grids)]
        return picked

    def use(self, use: Use) -> Value:
        """Return the entries, or the whole array, of a symbol."""
        slot, items = self.reading.rows[use]
        if slot[0].name in self.arguments and not items and not slot[0].kinds(slot[1]):
            return self.arguments[slot[0].name]
        array = self.world.value(slot)
        if items or not slot[0].kinds(slot[1]):
            return self._pick(array, items)
        kinds = slot[0].matrix(slot[1])
        if kinds is None:
            raise Fault(
                f"{use.text} has more than two indices and cannot stand as a matrix", use.place
            )
        if array.ndim == 3:
            array = array[None] if kinds[0] is ONE else array[:, None]
        return Matrix(array, *kinds)

    def number(self, value: float) -> Value:
        """Return a literal, which may be broadcast."""
        return value

    def sum(self, *parts: object) -> Value:
        """Add and subtract."""
        total: Value | None = None
        sign = 1
        for part in parts:
            if isinstance(part, Token):
                sign = -1 if part == "-" else 1
                continue
            value = self.visit(part)  # type: ignore[arg-type]
            value = value if sign > 0 else _times(-1.0, value)
            total = value if total is None else _plus(total, value)
            sign = 1
        assert total is not None
        return total

    def product(self, *factors: object) -> Value:
        """Multiply: numbers, or the matrix product."""
        total: Value = 1.0
        for factor in factors:
            value = float(str(factor)) if isinstance(factor, Token) else self.visit(factor)  # type: ignore
            total = _times(total, value)
        return total

    def quotient(self, above: Tree[object], below: Tree[object]) -> Value:
        """Divide by a number."""
        divisor = _number(self.visit(below), "a division by a whole array")
        with np.errstate(divide="ignore", invalid="ignore"):
            if isinstance(divisor, float) and divisor == 0:
                raise Fault("a division by zero")
            return _times(self.visit(above), 1.0 / divisor)

    frac = quotient

    def hadamard(self, left: Tree[object], right: Tree[object]) -> Value:
        """Multiply entry by entry."""
        first, second = self.visit(left), self.visit(right)
        if not (isinstance(first, Matrix) and isinstance(second, Matrix)):
            raise Unfit("⊙ joins two whole arrays; here one side is a single number")
        _same(first, second, "⊙")
        return Matrix(_limited(np.multiply, first.array, second.array), first.rows, first.columns)

    def total(
        self, sign: str, letters: list[Letter], limits: list[int], body: Tree[object]
    ) -> Value:
        r"""Add (\sum), multiply (\prod) or take the largest over the bound letters."""
        value = self.visit(body)
        for letter in letters:
            size = self.reading.kinds[letter].size
            first, last = limits or (1, size)
            if first < 1 or last > size:
                raise Unfit(f"the sum over {letter.name} runs from {first} to {last}, and "
                            f"{self.reading.kinds[letter].name} has {size}")  # fmt: skip
            if isinstance(value, Matrix):
                raise Fault("a sum over an index of whole arrays is outside the dialect")
            value = self._collapse(sign, np.asarray(value), self.axis(letter), first, last)
        return value

    def _collapse(self, sign: str, array: Array, axis: int, first: int, last: int) -> Array:
        rank = self.rank + 2
        array = array.reshape((1,) * (rank - array.ndim) + array.shape)
        axis -= rank
        if array.shape[axis] == 1:
            array = np.repeat(array, last - first + 1, axis=axis)
        elif last - first + 1 < array.shape[axis]:
            array = array.take(np.arange(first - 1, last), axis=axis)
        if sign == "\\sum":
            return np.asarray(array.sum(axis=axis, keepdims=True))
        if sign == "\\prod":
            return np.asarray(array.prod(axis=axis, keepdims=True))
        real = array.real if sign == "\\max" else -array.real
        best = np.argmax(real, axis=axis, keepdims=True)
        return np.take_along_axis(array, best, axis=axis)

    def power(self, base: Tree[object], exponent: Tree[object]) -> Value:
        """Raise a number to a power."""
        value = _number(self.visit(base), "a power of a whole array; write ⊙ for entry by entry")
        raised = _number(self.visit(exponent), "an exponent that is a whole array")
        if isinstance(raised, float):
            if raised.is_integer() and abs(raised) <= MAX_EXPONENT:
                return _integer_power(value, int(raised))
            if abs(raised) > MAX_EXPONENT:
                raise Fault(f"the exponent {raised:g}; the largest is {MAX_EXPONENT}")
        with np.errstate(all="ignore"):
            if np.all(np.asarray(value) == math.e):
                return np.asarray(np.exp(raised))
            return _limited(
                lambda a, b: np.exp(b * np.log(a)), np.asarray(value), np.asarray(raised)
            )

    def transpose(self, body: Tree[object]) -> Value:
        """Turn a whole array."""
        value = self.visit(body)
        if not isinstance(value, Matrix):
            raise Unfit("a transpose of a single number")
        return value.turned()

    def element(self, body: Tree[object], items: tuple[object, ...]) -> Value:
        """Take an entry of a whole array that stands in brackets."""
        value = self.visit(body)
        if not isinstance(value, Matrix):
            raise Unfit("an index on a single number in brackets")
        kinds = [kind for kind in (value.rows, value.columns) if kind is not ONE]
        array = value.array
        for axis, kind in ((1, value.columns), (0, value.rows)):
            if kind is ONE:
                array = array.take(0, axis=axis)
        if len(items) != len(kinds):
            raise Unfit(f"{len(items)} indices on an array that is {shape_of(value)}")
        for item, kind in zip(items, kinds, strict=True):
            if isinstance(item, Letter) and self.reading.kinds[item] is not kind:
                raise Unfit(f"the index {item.name} on an array that is {shape_of(value)}")
            if not isinstance(item, Letter) and not 1 <= int(str(item)) <= kind.size:
                raise Unfit(f"index {item} is outside 1 to {kind.size} ({kind.name})")
        return self._pick(array, items)

    def norm_(self, body: Tree[object]) -> Value:
        """Return the Euclidean norm."""
        value = self.visit(body)
        if not isinstance(value, Matrix):
            raise Unfit("a norm of a single number")
        return np.asarray(np.sqrt((value.array * value.array).sum(axis=(0, 1))))

    def root(self, body: Tree[object]) -> Value:
        """Return the square root."""
        return self.builtin("sqrt", body)

    def builtin(self, name: str, *arguments: Tree[object]) -> Value:
        """Apply a function that every text knows."""
        values = [self.visit(argument) for argument in arguments]
        if name in ("max", "min"):
            return self._larger(name, values)
        if len(values) != 1:
            raise Fault(f"{name} takes one argument, not {len(values)}")
        value = values[0]
        if name == "diag":
            if not isinstance(value, Matrix) or ONE not in (value.rows, value.columns):
                raise Unfit("diag takes a vector")
            row = value if value.rows is ONE else value.turned()
            eye = np.eye(row.columns.size)[:, :, None, None]
            return Matrix(eye * row.array, row.columns, row.columns)
        function: Callable[[Array], Array] = getattr(np, {"ln": "log"}.get(name, name))
        with np.errstate(all="ignore"):
            if isinstance(value, Matrix):
                return Matrix(np.asarray(function(value.array)), value.rows, value.columns)
            return np.asarray(function(np.asarray(value)))

    def _larger(self, name: str, values: list[Value]) -> Value:
        if len(values) != 2:
            raise Fault(f"{name} takes two arguments, or an index below it")
        matrices = [value for value in values if isinstance(value, Matrix)]
        if len(matrices) == 2:
            _same(matrices[0], matrices[1], name)
        elif len(matrices) == 1 and not any(isinstance(value, float) for value in values):
            raise Unfit(f"{name} of a whole array and a single number")
        first, second = (v.array if isinstance(v, Matrix) else np.asarray(v) for v in values)
        sign = 1 if name == "max" else -1
        larger = _limited(
            lambda a, b: np.where(sign * a.real >= sign * b.real, a, b), first, second
        )
        return Matrix(larger, matrices[0].rows, matrices[0].columns) if matrices else larger

    def call(self, row: Symbol, *arguments: Tree[object]) -> Value:
        """Apply a function that the text defines, entry by entry."""
        return self.apply(row, [self.visit(argument) for argument in arguments])

    def apply(self, row: Symbol, values: list[Value]) -> Value:
        """Apply a function that the text defines to values."""
        matrices = [value for value in values if isinstance(value, Matrix)]
        if matrices and len(values) > 1:
            raise Fault("a function of several arguments takes single numbers")
        found = self.world.definitions.slots.get((row, None))
        if not found:
            raise Fault(f"{row.latex} is declared “defined”, and no def- display defines it")
        if (row, None) in self.world.busy:
            raise Fault(f"a circular definition: {row.latex}")
        self.world.busy.append((row, None))
        try:
            definition = found[0]
            inner = Evaluation(self.world, definition.formula, definition.reading)
            if definition.formula.open:
                raise Fault(
                    f"in {definition.label}: a function with an index is outside the dialect"
                )
            names = _parameters(definition.formula)
            arrays = [v.array if isinstance(v, Matrix) else np.asarray(v) for v in values]
            ones = (1,) * inner.rank
            lifted = [
                a.reshape(*a.shape[:-2], *ones, *a.shape[-2:]) if a.ndim > 1 else a for a in arrays
            ]
            inner.arguments = dict(zip(names, lifted, strict=True))
            result = _number(
                inner.visit(definition.formula.sides[1]), "a function with a whole array for value"
            )
        finally:
            self.world.busy.pop()
        array = np.asarray(result)
        if inner.rank and array.ndim >= inner.rank + 2:
            array = array.reshape(*array.shape[: -2 - inner.rank], *array.shape[-2:])
        if matrices:
            shape = np.broadcast_shapes(array.shape, matrices[0].array.shape)
            return Matrix(np.broadcast_to(array, shape), matrices[0].rows, matrices[0].columns)
        return array

    def slope(self, row: Symbol, argument: Tree[object]) -> Value:
        """Return the derivative of a function of one argument."""
        value = self.visit(argument)
        array = np.asarray(value.array if isinstance(value, Matrix) else value)
        if self.world.base and np.iscomplexobj(array):
            raise Fault("second derivatives are outside the dialect")
        moved = array + STEP * 1j
        result = self.apply(
            row, [Matrix(moved, value.rows, value.columns) if isinstance(value, Matrix) else moved]
        )
        if isinstance(result, Matrix):
            return Matrix(result.array.imag / STEP, result.rows, result.columns)
        return np.asarray(np.asarray(result).imag / STEP)

    def derivative(self, above: Tree[object], variable: Use) -> Value:
        """Perturb every entry of a symbol, and take the imaginary part."""
        slot, items = self.reading.rows[variable]
        whole = bool(slot[0].kinds(slot[1])) and not items
        target, picked = self.world.resolve(slot, items)
        if target[0].value not in (*DRAWN, "defined", "formula"):
            raise Fault(
                f"a derivative with respect to {variable.text}, which is a constant", variable.place
            )
        moved = self.world.perturb(target)
        self.world.value(target)
        inner = Evaluation(moved, self.formula, self.reading)
        moved.frames.append(set())
        value = inner.visit(above)
        used = moved.frames.pop()
        self.world.frames[-1] |= used
        if target not in used:
            raise Fault(
                f"this derivative is 0 by construction: nothing above rests on {variable.text}",
                variable.place,
            )
        if isinstance(value, Matrix):
            raise Fault(
                "a derivative of a whole array is outside the dialect; write its entries",
                variable.place,
            )
        slopes = np.asarray(value).imag / STEP
        count = math.prod(kind.size for kind in target[0].kinds(target[1]))
        slopes = np.broadcast_to(slopes, (*slopes.shape[:-2], count, slopes.shape[-1]))
        return (
            self._whole_gradient(slopes, target, variable)
            if whole
            else self._entry(slopes, target, picked)
        )

    def _entry(self, slopes: Array, target: Slot, items: tuple[object, ...]) -> Array:
        sizes = [kind.size for kind in target[0].kinds(target[1])]
        slopes = slopes.reshape((1,) * (self.rank + 2 - slopes.ndim) + slopes.shape)
        if not sizes:
            return slopes
        flat = np.ravel_multi_index(
            np.broadcast_arrays(*(self.index(item) for item in items)), sizes
        )
        if flat.ndim == 0:
            flat = flat.reshape((1,) * self.rank)
        shape = np.broadcast_shapes(slopes.shape[: self.rank], flat.shape)
        _limit(math.prod(shape) * slopes.shape[-1])
        flat = np.broadcast_to(flat, shape)
        slopes = np.broadcast_to(slopes, (*shape, *slopes.shape[-2:]))
        return np.take_along_axis(slopes, flat[..., None, None], axis=-2)

    def _whole_gradient(self, slopes: Array, target: Slot, variable: Use) -> Value:
        kinds = target[0].matrix(target[1])
        if slopes.ndim > 2 and math.prod(slopes.shape[:-2]) > 1:
            raise Fault(
                "a gradient of several numbers at once is outside the dialect", variable.place
            )
        if kinds is None:
            raise Fault(f"{variable.text} cannot stand as a matrix", variable.place)
        rows, columns = kinds
        entries = slopes.reshape(rows.size, columns.size, 1, self.world.networks)
        return Matrix(entries, rows, columns)


def _parameters(formula: Formula) -> list[str]:
    left = formula.sides[0]
    while left.data == "sum":
        left = left.children[0]  # type: ignore[assignment]
    names = []
    for argument in left.children[1:]:
        use = _head(argument)  # type: ignore[arg-type]
        if not isinstance(use, Use) or len(use.options) != 1 or use.options[0][2]:
            raise Fault("the argument of a function's definition is one letter without index")
        if use.options[0][0].value not in DRAWN:
            raise Fault(f"the argument {use.text} of a function's definition is a constant")
        names.append(use.options[0][0].name)
    return names


def _limit(size: int) -> None:
    if size > MAX_SIZE:
        raise Fault("too many index values to evaluate; declare smaller layers")


def _limited(operation: Callable[[Array, Array], Array], first: Array, second: Array) -> Array:
    _limit(math.prod(np.broadcast_shapes(first.shape, second.shape)))
    with np.errstate(all="ignore"):
        return np.asarray(operation(first, second))


def _number(value: Value, refusal: str) -> float | Array:
    if isinstance(value, Matrix):
        value = _scalar(value)
    if isinstance(value, Matrix):
        raise Unfit(refusal)
    return value


def _scalar(value: Matrix) -> Value:
    return value.array[0, 0] if value.rows is value.columns is ONE else value


def _same(first: Matrix, second: Matrix, sign: str) -> None:
    if (first.rows, first.columns) != (second.rows, second.columns):
        raise Unfit(f"{sign} joins arrays that are {shape_of(first)} and {shape_of(second)}")


def _plus(first: Value, second: Value) -> Value:
    if isinstance(first, Matrix) and isinstance(second, Matrix):
        _same(first, second, "a sum")
        return Matrix(_limited(np.add, first.array, second.array), first.rows, first.columns)
    for one, other in ((first, second), (second, first)):
        if isinstance(one, Matrix):
            if isinstance(other, float):
                return Matrix(one.array + other, one.rows, one.columns)
            if one.rows is one.columns is ONE:
                return _plus(_scalar(one), other)
            raise Unfit(f"a sum of an array that is {shape_of(one)} and a single number")
    if isinstance(first, float) and isinstance(second, float):
        return first + second
    return _limited(np.add, np.asarray(first), np.asarray(second))


def _times(first: Value, second: Value) -> Value:
    if isinstance(first, Matrix) and isinstance(second, Matrix):
        if first.columns is not second.rows:
            raise Unfit(f"a product of arrays that are {shape_of(first)} and {shape_of(second)}")
        _limit(first.rows.size * first.columns.size * second.columns.size * first.array.shape[-1])
        array = np.einsum("ij...,jk...->ik...", first.array, second.array)
        return Matrix(array, first.rows, second.columns)
    if isinstance(first, float) and first == 1.0:
        return second
    if isinstance(first, float) and isinstance(second, float):
        return first * second
    for one, other in ((first, second), (second, first)):
        if isinstance(one, Matrix) and not isinstance(other, Matrix):
            if not isinstance(other, float) and np.ndim(other) > 2:
                if math.prod(np.shape(other)[:-2]) > 1:
                    raise Unfit("a single number with an index times a whole array")
                other = np.reshape(other, np.shape(other)[-2:])
            return Matrix(
                _limited(np.multiply, one.array, np.asarray(other)), one.rows, one.columns
            )
    return _limited(np.multiply, np.asarray(first), np.asarray(second))


def _integer_power(value: float | Array, exponent: int) -> float | Array:
    """Raise to a whole power by products: complex powers lose the tiny imaginary part."""
    result: float | Array = 1.0
    for _ in range(abs(exponent)):
        result = result * value
    return result if exponent >= 0 else 1.0 / result


def agreement(left: Value, right: Value) -> tuple[Array, Array]:
    """Return two sides as arrays of one shape.

    Raises
    ------
    Unfit
        When one is a whole array and the other is not of its shape.
    """
    if isinstance(left, Matrix) and not isinstance(right, Matrix):
        left = _scalar(left)
    if isinstance(right, Matrix) and not isinstance(left, Matrix):
        right = _scalar(right)
    if isinstance(left, Matrix) and isinstance(right, Matrix):
        if (left.rows, left.columns) != (right.rows, right.columns):
            raise Unfit(f"the left side is {shape_of(left)}, the right side {shape_of(right)}")
        return left.array, right.array
    if isinstance(left, Matrix) or isinstance(right, Matrix):
        raise Unfit(f"the left side is {shape_of(left)}, the right side {shape_of(right)}")
    first, second = np.broadcast_arrays(np.asarray(left), np.asarray(right))
    return first, second
