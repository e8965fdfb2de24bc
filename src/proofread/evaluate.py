r"""What a formula is worth: on many random networks at once.

The definitions of the text are the model. A symbol that is defined is computed from its
definition; a symbol with any other value is drawn: on every second network wide, from ±0.01 to
±100.

A derivative :math:`\partial Z / \partial v` adds :math:`10^{-100} i` to each entry of v, computes
again what depends on v, and divides the imaginary part by :math:`10^{-100}`.
"""

from __future__ import annotations

import copy
import itertools
import math
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np
from lark import Token, Tree

from proofread.arrays import (
    LOST,
    POSITIVE,
    STEP,
    Array,
    Operation,
    Value,
    alike,
    apply,
    divided,
    entrywise,
    inverse_of,
    joined,
    limit,
    multiplied,
    no_slope,
    on_a_plain_network,
    slope_of,
    times,
)
from proofread.bounds import MAX_EXPONENT, Bounds, bounds
from proofread.definitions import Definition, Definitions
from proofread.parse import (
    SECOND,
    Cause,
    Fault,
    Misdefined,
    Node,
    Unfit,
    is_a,
    misfit,
    refuse,
    unreached,
)
from proofread.resolve import Formula, Index, Reading, Size, Slot, Use, printed
from proofread.scope import ANY, DRAWN, ONE, Kind, Symbol

FARTHEST = 8.0
"""The power of 10 beyond which nothing is drawn, whatever number a formula names."""
WATCHED = 100
"""What must happen on some network must happen on one of the first so many."""


@dataclass(frozen=True)
class Far:
    """How far a number of a formula lies out, and how small a factor of it is."""

    size: float
    factor: float


def reach_of(noted: Iterable[object]) -> float:
    """Return to which power of 10 draws must reach for what a formula names."""
    far = [one for one in noted if isinstance(one, Far)]
    size, factor = max([1, *(one.size for one in far)]), min([1, *(one.factor for one in far)])
    return min(math.log10(8 * size / factor), FARTHEST) if far else 2.0


Noted = Slot | Kind | Far


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
    reach : float
        To which power of 10 the wide networks reach.
    fixed : bool
        Whether a number has a value that a formula gives it, so that branches may not be reached.

    Attributes
    ----------
    base, variable : World, Slot
        Of a world in which each entry of `variable` is moved: the one in which nothing is.
    needs, used : dict
        What each slot rests on, and the kinds that it names a number of: its own sizes. What each
        that is being computed has used so far.
    named : set
        The kinds that what was evaluated names a number of, by itself or through what it rests on.
    """

    definitions: Definitions
    networks: int
    seed: int = 0
    reach: float = 2.0
    fixed: bool = False
    base: World | None = None
    variable: Slot | None = None
    values: dict[Slot, Array] = field(default_factory=dict)
    sizes: dict[Slot, Array] = field(default_factory=dict)
    bounded: dict[Slot, Bounds] = field(default_factory=dict)
    perturbed: dict[Slot, World] = field(default_factory=dict)
    needs: dict[Slot, set[Noted]] = field(default_factory=dict)
    used: dict[Slot, set[Noted]] = field(default_factory=dict)
    named: set[Noted] = field(default_factory=set)

    def perturb(self, slot: Slot) -> World:
        """Return the world in which each entry of a slot, one by one, is moved by 1e-100 i."""
        refuse(self.base, SECOND)
        if slot not in self.perturbed:
            self.perturbed[slot] = replace(self, base=self, variable=slot, values={}, sizes={})
        return self.perturbed[slot]

    def value(self, slot: Slot) -> Array:
        """Return the array of a symbol: its indices, the perturbed entries, the networks."""
        if slot not in self.values:
            if self.base:
                self.base.value(slot)
            with self.computing(slot), np.errstate(all="ignore"):
                found = self._moved(slot, self.base) if self.base else self._fresh(slot)
                self.values[slot], self.sizes[slot] = found
        self.note({slot} | self.needs[slot])
        return self.values[slot]

    def note(self, needs: set[Noted]) -> None:
        """Note what is used, by what is being computed or by what is evaluated."""
        used = list(self.used.values())[-1] if self.used else self.named
        used |= needs

    def note_literal(self, value: Value, factor: bool) -> None:
        """Note a number of the formula that other numbers are added to, or multiplied with.

        What is drawn must reach as far as it shifts the places where a formula changes.
        """
        size = np.abs(value.array).max()
        if size:
            self.note({Far(1, float(size)) if factor and size < 1 else Far(float(size), 1)})

    def note_number(self, item: Index, kind: Kind) -> None:
        """Note that a formula names one index of a kind by its number."""
        if isinstance(item, int) and not isinstance(item, Size):
            self.note({kind})

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

    def note_clauses(self, formula: Formula, reading: Reading) -> None:
        """Note the numbers that the "for" clauses of a formula name."""
        said = formula.said
        values = [(letter, max(allowed)) for letter, allowed in said.ranges.items()]
        for letter, item in [*values, *said.apart]:
            if letter in reading.kinds:
                self.note_number(item, reading.kinds[letter])

    def terms(self, slot: Slot) -> Array:
        """Return the size of the terms of a symbol's values."""
        self.value(slot)
        return self.sizes[slot]

    def _moved(self, slot: Slot, base: World) -> tuple[Array, Array]:
        still, terms = base.values[slot], base.sizes[slot]
        if slot == self.variable:
            entries = math.prod(still.shape[:-2])
            limit(still.shape, (entries,))
            eye = STEP * 1j * np.eye(entries).reshape(*still.shape[:-2], entries, 1)
            return np.asarray(still + eye), np.asarray(terms + eye)
        return self._computed(slot) if self.variable in self.needs[slot] else (still, terms)

    def _fresh(self, slot: Slot) -> tuple[Array, Array]:
        if slot[0].value not in ("defined", "formula"):
            value = self._drawn(*slot)
            return value, np.abs(value)
        value, terms = self._computed(slot)
        infinite = f"{slot[0].latex} is not finite on some networks"
        refuse(
            on_a_plain_network(~np.isfinite(value)), f"{infinite}; {POSITIVE}", None,
            Cause.INFINITE, infinite,
        )  # fmt: skip
        return value, terms

    def _drawn(self, symbol: Symbol, layer: int | None) -> Array:
        sizes = tuple(kind.size for kind in symbol.kinds(layer))
        shape = (*sizes, 1, self.networks)
        limit(shape)
        last = sizes[-1] if sizes else 1
        constants: dict[str, Callable[[], Array]] = {
            "kronecker delta": lambda: np.broadcast_to(np.eye(last)[:, :, None, None], shape),
            "euler's number": lambda: np.full(shape, math.e),
            "ones": lambda: np.ones(shape),
        }
        if symbol.counted:
            return np.full(shape, float(symbol.counted.size))
        if symbol.value in constants:
            return constants[symbol.value]()
        rng = np.random.default_rng(
            [self.seed, zlib.crc32(f"{symbol.key}{layer}{symbol.serial or ''}".encode())]
        )
        own, scales = rng.spawn(2)
        drawn = _draw(symbol.value, (self.networks, *sizes), own, scales, self.reach)
        return np.moveaxis(drawn, 0, -1).reshape(shape)

    def _computed(self, slot: Slot) -> tuple[Array, Array]:
        values: list[tuple[Array, Array]] = []
        reason = ""
        for definition in self.definitions.of(slot):
            evaluation = Evaluation(self, definition.formula, definition.reading)
            self.note_clauses(definition.formula, definition.reading)
            try:
                value = evaluation.visit(definition.body)
                values.append(self._stored(slot, value, definition))
            except Unfit as misfit:
                reason = misfit.message
        if not values:
            raise Misdefined(f"in {definition.label}: {reason}")
        first = values[0][0]
        disagree = any(not np.array_equal(first, other, equal_nan=True) for other, _ in values[1:])
        refuse(disagree, f"{definition.label} can be read in {len(values)} ways that disagree")
        return values[0]

    def _stored(self, slot: Slot, value: Value, definition: Definition) -> tuple[Array, Array]:
        """Return a value as the arrays of a symbol: its indices, perturbed entries, networks."""
        symbol, layer = slot
        kinds = symbol.kinds(layer)
        whole = bool(kinds) and not definition.items
        shape = symbol.matrix(layer) if whole else (ONE, ONE)
        fits = all(alike(one, other) for one, other in zip(value.shape, shape, strict=True))
        misfit(not fits, f"the right side is {value}, {symbol.latex} is not")
        axes = [axis for axis, kind in enumerate(value.shape) if kind is not ONE]
        axes += [2 + definition.formula.axes[str(letter)] for letter in definition.items]

        def stored(array: Array) -> Array:
            array = np.moveaxis(array, axes, range(len(axes)))
            array = array.reshape(*array.shape[: len(axes)], *array.shape[-2:])
            sizes = (kind.size for kind in kinds)
            return np.broadcast_to(array, (*sizes, array.shape[-2], self.networks))

        return stored(value.array), stored(value.terms)

    def turned(self, slot: Slot) -> bool:
        """Say whether the value of a row is another symbol's array, transposed."""
        definition = self.definitions.of(slot)[0] if slot[0].value == "formula" else None
        if not definition or not is_a(definition.body, "use") or len(definition.items) != 2:
            return False
        _, _, inner = definition.reading.option(definition.body.children[0])
        return bool(inner == definition.items[::-1])

    def resolve(self, slot: Slot, items: tuple[Index, ...]) -> tuple[Slot, tuple[Index, ...]]:
        """Follow rows whose value is another symbol, so that a derivative perturbs that one."""
        definition = self.definitions.of(slot)[0] if slot[0].value == "formula" else None
        if definition and is_a(definition.body, "use"):
            row, layer, inner = definition.reading.option(definition.body.children[0])
            if inner == definition.items and not items:
                return self.resolve((row, layer), ())
            if bool(inner) == bool(items):
                given = dict(zip(definition.items, items, strict=True))
                return self.resolve((row, layer), tuple(given.get(i, i) for i in inner))
        return slot, items

    def apply(self, row: Symbol, values: Sequence[Value]) -> Value:
        """Apply a function that the text declares: to numbers, entry by entry, or to arrays."""
        several = len(values) > 1 and any(value.whole for value in values)
        if row.value == ANY:
            return self._any(row, values)
        definition = self.definitions.of((row, None))[0]
        shapes = [parameter.matrix(None) for parameter in definition.parameters]
        if any(shape != (ONE, ONE) for shape in shapes):
            return self._applied(row, definition, values, shapes)
        refuse(several, "a function of several arguments takes single numbers")
        # For the function, the rows and columns of its arguments are axes like any other.
        flat = [Value(one.array[None, None], one.terms[None, None]) for one in values]
        found = self._applied(row, definition, flat, shapes)
        misfit(found.whole, "a whole array as the value of a function")
        return Value(found.array[0, 0], found.terms[0, 0], values[0].shape)

    def _applied(
        self, row: Symbol, definition: Definition, values: Sequence[Value],
        shapes: Sequence[tuple[Kind, Kind]],
    ) -> Value:  # fmt: skip
        outer = np.broadcast_shapes(*(value.array.shape[2:-2] for value in values))
        inner = Evaluation(self, definition.formula, definition.reading, len(outer))
        own = [1] * definition.formula.rank
        for parameter, value, shape in zip(definition.parameters, values, shapes, strict=True):
            fits = all(alike(one, other) for one, other in zip(value.shape, shape, strict=True))
            misfit(not fits, f"{row.latex} takes no array that is {value}")
            array, terms = (
                one.reshape(*one.shape[:-2], *own, *one.shape[-2:])
                for one in (value.array, value.terms)
            )
            inner.arguments[parameter] = Value(array, terms, shape)
        with self.computing((row, None)):
            found = inner.visit(definition.body)
        for parameter in definition.parameters:
            rests = (
                f"{row.latex} rests on {parameter.latex} in its own definition and through another"
            )
            refuse((parameter, None) in self.needs[row, None], rests)
        self.note(self.needs[row, None])

        def outside(array: Array) -> Array:
            array = array.reshape(*array.shape[: inner.before], *array.shape[-2:])
            return np.broadcast_to(array, (*array.shape[:2], *outer, *array.shape[-2:]))

        return Value(outside(found.array), outside(found.terms), found.shape)

    def _any(self, row: Symbol, values: Sequence[Value]) -> Value:
        """Apply a function of which nothing is told: on each network one that is drawn, smooth."""
        shapes = [parameter.matrix(None) for parameter in row.arguments]
        entrywise = len(values) == 1 and shapes[0] == (ONE, ONE)
        for value, shape in zip(values, shapes, strict=True):
            misfit(not entrywise and value.shape != shape, f"{row.latex} takes no {value}")
        rng = np.random.default_rng([self.seed, zlib.crc32(f"{row.key}".encode())])

        def draw(rows: int = 1, columns: int = 1) -> Value:
            drawn = np.moveaxis(rng.spawn(1)[0].normal(size=(self.networks, rows, columns)), 0, -1)
            others = [1] * (values[0].array.ndim - 3)
            array = drawn.reshape(rows, columns, *others, self.networks)
            return Value(array, np.abs(array))

        total: Value | None = None
        for term in range(4):
            form = draw()
            for value in values:
                sizes = (1, 1) if entrywise else value.array.shape[:2]
                weighted = joined(np.multiply, draw(*sizes), value, value.shape)
                if not entrywise:
                    array, terms = (
                        one.sum((0, 1), keepdims=True) for one in (weighted.array, weighted.terms)
                    )
                    weighted = Value(array, terms)
                form = joined(np.add, form, weighted, weighted.shape)
            # One term is linear, so that a slope is nowhere lost.
            wave = apply("sin", form) if term else form
            part = joined(np.multiply, draw(), wave, form.shape)
            total = joined(np.add, total, part, part.shape) if total else part
        assert total is not None
        return total

    def slope(self, row: Symbol, value: Value, *others: Value) -> Value:
        """Return the derivative of a function of one argument."""
        refuse(others, "a prime on a function of several arguments")
        refuse(np.iscomplexobj(value.array), SECOND)
        step = STEP * 1j
        result = self.apply(row, [Value(value.array + step, value.terms + step, value.shape)])
        return slope_of(result)


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
        self.arguments: dict[Symbol, Value] = {}
        self.still: list[int] = []

    def visit(self, node: Node) -> Value:
        """Return the value of a node."""
        if isinstance(node, Token):
            number = np.full((1,) * (self.axes + 2), float(node))
            return Value(number, number, literal=True)
        try:
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
        if row in self.arguments:
            given = self.arguments[row]
            return self._entries(given, list(items)) if items else given
        array, terms = self.world.value((row, layer)), self.world.sizes[row, layer]
        shape = (ONE, ONE) if items else row.matrix(layer)
        for item, kind in zip(items, row.kinds(layer), strict=False):
            self.world.note_number(item, kind)
        axes = [axis for axis, kind in enumerate(shape) if kind is not ONE]
        axes += [self.before + self.formula.axes[i] for i in items if isinstance(i, str)]
        if len(set(axes)) < array.ndim - 2:
            grids = tuple(self.index(item) for item in items)
            return Value(array[grids], terms[grids])
        ones = [1] * (self.axes - len(axes))
        others = iter(range(len(axes), self.axes + 2))
        order = [axes.index(axis) if axis in axes else next(others)
                 for axis in range(self.axes + 2)]  # fmt: skip

        def spread(array: Array) -> Array:
            view = array.reshape(*array.shape[:-2], *ones, *array.shape[-2:])
            return view.transpose(order)

        return Value(spread(array), spread(terms), shape)

    def number(self, node: Node, refusal: str) -> Value:
        """Return the value of a node that must be no whole array."""
        value = self.visit(node)
        refuse(value.whole, refusal)
        return value

    def sum(self, *parts: Node) -> Value:
        """Add and subtract."""
        zero = np.zeros((1,) * (self.axes + 2))
        total, added = Value(zero, zero, literal=True), []
        for sign, part in itertools.pairwise((None, *parts)):
            if not is_a(part, "SIGN"):
                value = self.visit(part)
                operation = np.subtract if sign == "-" else np.add
                total = entrywise(operation, "a sum", total, value) if sign else value
                if value.literal:
                    self.world.note_literal(value, factor=False)
                added.append((part, value))
        for part, value in added if len(added) > 1 and not self.world.base else ():
            size = np.abs(value.array.real)
            lost = self._always(~(size > LOST * total.terms.real))
            if lost and (size > LOST * value.terms.real).any():
                message = "this term is lost in rounding beside the others, on every network"
                refuse(lost, message, None if self.world.used else self._place(part))
        return total

    def _place(self, node: Node) -> int | None:
        return self.formula.statement.place(node) if hasattr(node, "meta") else None

    def _always(self, states: Array) -> bool:
        """Say whether something is so on every network; of few networks nothing is said."""
        few = self.world.networks < WATCHED or self.world.fixed
        return not few and bool(states[..., :WATCHED].all())

    def product(self, *factors: Node) -> Value:
        """Multiply: numbers, or the matrix product."""
        values = [self.visit(factor) for factor in factors]
        for value in values:
            if value.literal:
                self.world.note_literal(value, factor=True)
        return reduce(times, values)

    def factors(self, *factors: Node) -> Value:
        """Multiply what a product over layers or steps names: numbers, as arrays have an order."""
        one = self.visit(Token("NUMBER", "1"))
        which = "a product over layers of whole arrays; write the matrices in their order"
        return reduce(times, (self.number(factor, which) for factor in factors), one)

    def quotient(self, above: Node, below: Node) -> Value:
        """Divide by a number."""
        divisor = self.number(below, "a division by a whole array")
        refuse(divisor.literal and not divisor.array.any(), "a division by zero")
        if divisor.literal:
            self.world.note_literal(divisor, factor=True)
        return divided(self.visit(above), divisor)

    frac = quotient

    def hadamard(self, left: Node, right: Node) -> Value:
        """Multiply entry by entry."""
        first, second = self.visit(left), self.visit(right)
        single = not (first.whole and second.whole)
        refuse(single, "⊙ joins two whole arrays; here one side is a single number")
        return entrywise(np.multiply, "⊙", first, second)

    def total(
        self, sign: str, letters: list[str], limits: list[int], body: Node, *excluded: Index
    ) -> Value:
        r"""Add (\sum), multiply (\prod) or take the largest over the bound letters."""
        value = self.visit(body)
        arrays = value.array, value.terms
        for other in excluded:
            arrays = self._left_out(sign, letters[0], other, *arrays)
        for letter in letters:
            kind = self.reading.kinds[letter]
            first, last = limits or (1, Size(kind.size))
            self.world.note_number(last, kind)
            runs = f"the sum over {printed(letter)} runs from {first} to {last}"
            refuse(first < 1 or last > kind.size, f"{runs}, and {kind.name} has {kind.size}")
            sized = any(isinstance(limit, Size) for limit in (first, last))
            refuse(first > last and not sized, f"{runs}, which is over nothing")
            axis = self.before + self.formula.axes[letter]
            part = (slice(None),) * axis + (slice(first - 1, last),)
            array, terms = (
                np.broadcast_to(one, (*one.shape[:axis], kind.size, *one.shape[axis + 1 :]))[part]
                for one in arrays
            )
            if sign == "\\sum":
                arrays = array.sum(axis, keepdims=True), terms.sum(axis, keepdims=True)
            elif sign == "\\prod":
                arrays = multiplied(array, terms, axis)
            else:
                best = (array.real if sign == "\\max" else -array.real).argmax(axis, keepdims=True)
                most = np.take_along_axis(array, best, axis)
                ties = (array.real == most.real) & (array.imag != most.imag)
                no_slope(ties, sign)
                arrays = most, np.take_along_axis(terms, best, axis)
        return Value(*arrays, value.shape)

    def _left_out(
        self, sign: str, letter: str, other: Index, array: Array, terms: Array
    ) -> tuple[Array, Array]:
        r"""Put 0 into a sum over j ≠ i, or 1 into a product, where j is i."""
        kind = self.reading.kinds[letter]
        alike = not isinstance(other, str) or self.reading.kinds[other] is kind
        misfit(not alike, f"{printed(letter)} and {printed(other)} run over different kinds")
        refuse(sign not in ("\\sum", "\\prod"), f"{sign} with an index left out")
        kept = (self.index(letter) != self.index(other))[..., None, None]
        limit(np.broadcast_shapes(kept.shape, array.shape))
        return np.where(kept, array, 0 if sign == "\\sum" else 1), np.where(kept, terms, 0)

    def sup(self, base: Node, exponent: Node) -> Value:
        """Raise a number to a power."""
        raised = self.number(exponent, "an exponent that is a whole array")
        value = self.visit(base)
        if value.whole:
            return self._matrix_power(value, raised, base, exponent)
        first = float(raised.array.real.flat[0])
        # A numeral, a number of units or e is one number on every network.
        size = first if np.all(raised.array == first) else 0.5
        refuse(abs(size) > MAX_EXPONENT, f"the exponent {size:g}; the largest is {MAX_EXPONENT}")
        if size.is_integer():
            # By products: complex powers lose the tiny imaginary part.
            one = Value(np.ones_like(value.array), np.ones_like(value.terms), literal=value.literal)
            power = reduce(times, [value] * abs(int(size))) if size else one
            return power if size >= 0 else apply("reciprocal", power)
        if np.all(value.array == math.e):
            return apply("exp", raised)
        self._of_square(base)
        logarithm = apply("ln", value)
        return apply("exp", entrywise(np.multiply, "a power", raised, logarithm))

    def _matrix_power(self, value: Value, raised: Value, base: Node, exponent: Node) -> Value:
        """Multiply a square array with itself, or invert it; turn one that is not, with ^T."""
        (rows, columns), size = value.shape, raised.array.flat[0]
        entrywise = "a power of a whole array that is not square; write ⊙ for entry by entry"
        turned = is_a(exponent, "use") and exponent.children[0].text == "T"
        if turned and rows is not columns:
            return self.turn(base)
        refuse(turned, "is ^T a power or a transpose? Write ^\\top for the transpose")
        refuse(not alike(rows, columns), entrywise)
        whole = bool(np.all(raised.array == size)) and float(size).is_integer()
        refuse(not whole, "a power of a whole array with an exponent that is no whole number")
        count = int(size.real)
        refuse(abs(count) > MAX_EXPONENT, f"the exponent {count}; the largest is {MAX_EXPONENT}")
        eye = np.eye(rows.size).reshape(rows.size, rows.size, *[1] * self.axes)
        one = Value(eye, eye, value.shape)
        return reduce(times, [inverse_of(value) if count < 0 else value] * abs(count) or [one])

    def turn(self, body: Node) -> Value:
        """Turn a whole array: rows become columns."""
        value = self.visit(body)
        return Value(value.array.swapaxes(0, 1), value.terms.swapaxes(0, 1), value.shape[::-1])

    def sub(self, body: Node, items: list[Index]) -> Value:
        """Take an entry of a whole array that stands in brackets."""
        return self._entries(self.visit(body), items)

    def _entries(self, value: Value, items: list[Index]) -> Value:
        kinds = [(axis, kind) for axis, kind in enumerate(value.shape) if kind is not ONE]
        refuse(len(items) != len(kinds), f"an entry with {len(items)} indices of what is {value}")
        grids: list[Array] = list(np.indices(value.array.shape[: self.axes], sparse=True))
        for item, (axis, kind) in zip(items, kinds, strict=True):
            runs = self.reading.kinds[item] if isinstance(item, str) else kind
            misfit(not alike(runs, kind), f"the index {printed(item)} on an array that is {value}")
            outside = isinstance(item, int) and not 1 <= item <= kind.size
            misfit(outside, f"index {item} is outside 1 to {kind.size} ({kind.name})")
            self.world.note_number(item, kind)
            grids[axis] = self.index(item)
        return Value(value.array[tuple(grids)], value.terms[tuple(grids)])

    def norm_(self, body: Node, which: str = "") -> Value:
        """Return the Euclidean norm, of a matrix that of all its entries; or the sum of sizes."""
        value = self.visit(body)
        matrix = ONE not in value.shape
        largest = "the 2-norm of a matrix is its largest singular value; _F is the other one"
        refuse(matrix and which == "2", largest)
        refuse(matrix and which == "1", "the 1-norm of a matrix has two readings; write the sum")
        if which == "1":
            sizes = self.absolute_value(value)
            array, terms = (one.sum((0, 1), keepdims=True) for one in (sizes.array, sizes.terms))
            return Value(array, terms)
        squares = joined(np.multiply, value, value, value.shape)
        array, terms = (one.sum((0, 1), keepdims=True) for one in (squares.array, squares.terms))
        return apply("sqrt", Value(array, terms))

    def absolute(self, body: Node) -> Value:
        """Return the absolute value, entry by entry."""
        return self.absolute_value(self.visit(body))

    def absolute_value(self, value: Value) -> Value:
        """Change the sign where it is negative, which must happen on some network, and not on all.

        At 0 there is no slope.
        """
        signs = np.sign(value.array.real)
        never = self._always(signs >= 0) or self._always(signs <= 0)
        unreached(never, "what is between the bars has one sign on every network")
        if np.iscomplexobj(value.array):
            no_slope((signs == 0) & (value.array.imag != 0), "an absolute value")
        return Value(value.array * signs, value.terms, value.shape)

    def root(self, body: Node) -> Value:
        """Return the square root."""
        self._of_square(body)
        return apply("sqrt", self.visit(body))

    def _of_square(self, body: Node) -> None:
        """Refuse a root of a square of one sign, as an absolute value, unless it must have it."""
        if is_a(body, "sup") and is_a(body.children[1], "NUMBER"):
            low, high = bounds(body.children[0], self)
            signs = np.sign(self.visit(body.children[0]).array.real)
            never = self._always(signs >= 0) or self._always(signs <= 0)
            unreached(never and low < 0 < high, "a root of a power of what has one sign on every "
                   "network")  # fmt: skip

    def within(self, one: Definition) -> Evaluation:
        """Return what looks into a definition, of whose arguments nothing is known."""
        inner = Evaluation(self.world, one.formula, one.reading)
        nothing = np.full((1,) * (inner.axes + 2), np.nan)
        inner.arguments = dict.fromkeys(one.parameters, Value(nothing, nothing))
        return inner

    def call(self, name: str, primes: int, *arguments: Node) -> Value:
        """Apply a function: one that the text defines, or one that every text knows."""
        values = [self.visit(argument) for argument in arguments]
        if name in self.formula.scope.functions:
            row = self.formula.scope.functions[name]
            count = len(row.parameters)
            refuse(len(values) != count, f"{row.latex} takes {count} arguments, not {len(values)}")
            refuse(primes > 1, SECOND)
            return self.world.slope(row, *values) if primes else self.world.apply(row, values)
        if name in ("\\max", "\\min"):
            refuse(len(values) < 2, f"{name} takes two arguments, or an index below it")
            best, seen = values[0], arguments[0]
            for value, node in zip(values[1:], arguments[1:], strict=True):
                best = self._larger(name, best, value, (seen, node))
                seen = Tree("call", [name, 0, seen, node])
            return best
        refuse(len(values) != 1, f"{name} takes one argument, not {len(values)}")
        value = values[0]
        if name == "\\diag":
            refuse(not value.whole or ONE not in value.shape, "diag takes a vector")
            (kind,) = (kind for kind in value.shape if kind is not ONE)
            eye = np.eye(kind.size).reshape(kind.size, kind.size, *[1] * self.axes)
            return Value(eye * value.array, eye * value.terms, (kind, kind))
        if name == "\\relu":
            nothing = Token("NUMBER", "0")
            return self._larger("\\max", value, self.visit(nothing), (arguments[0], nothing))
        if name == "\\softmax":
            refuse(not value.whole or ONE not in value.shape, "softmax takes a vector")
            powers = apply("exp", value)
            array, terms = (one.sum((0, 1), keepdims=True) for one in (powers.array, powers.terms))
            return divided(powers, Value(array, terms))
        found = apply(name[1:].replace("log", "ln"), value)
        flat = name == "\\tanh" and self._always(np.abs(found.array.real) == 1)
        refuse(flat, "tanh is ±1 to all digits on every network, so nothing can be told from it")
        return found

    def _larger(self, name: str, first: Value, second: Value, nodes: Sequence[Node]) -> Value:
        """Return the larger or the smaller of two values, entry by entry."""
        sign = 1 if name == "\\max" else -1
        joined = entrywise(np.add, name, first, second)
        for one in (first, second):
            if one.literal:
                self.world.note_literal(one, factor=False)
        ahead = sign * (first.array.real - second.array.real)
        never = self._always(~(ahead <= 0)) or self._always(~(ahead >= 0))
        if never:
            (low, high), (other_low, other_high) = (bounds(node, self) for node in nodes)
            open_ = low < other_high and other_low < high
            unreached(open_, f"{name} takes the same argument on "
                   "every network, so the other is not judged")  # fmt: skip
        no_slope((ahead == 0) & (first.array.imag != second.array.imag), name)
        chosen = (np.where(ahead >= 0, a, b) for a, b in
                  ((first.array, second.array), (first.terms, second.terms)))  # fmt: skip
        array, terms = chosen
        return Value(np.where(np.isnan(ahead), np.nan, array), terms, joined.shape, joined.literal)

    def cases(self, *parts: Node) -> Value:
        """Choose, of several values, the one whose condition holds: exactly one, and each once."""
        covered: Array = np.zeros((1,) * (self.axes + 2), dtype=bool)
        result: Value | None = None
        for body, condition in zip(parts[::2], parts[1::2], strict=True):
            value = self.number(body, "a case that is a whole array")
            last = is_a(condition, "OTHERWISE")
            holds = ~covered if last else self._all(condition)
            unreached(self._always(~holds), "a case that holds on no network")
            refuse((covered & holds).any(), "two cases hold at once on some networks")
            covered = covered | holds
            chosen = result or value
            result = Value(np.where(holds, value.array, chosen.array),
                           np.where(holds, value.terms, chosen.terms))  # fmt: skip
        refuse(not covered.all(), "no case holds on some networks; expected one “otherwise”")
        assert result is not None
        return result

    def _all(self, condition: Node) -> Array:
        return reduce(np.logical_and, (self._compared(one) for one in condition.children))

    def _compared(self, node: Node) -> Array:
        """Say where a comparison holds. At the very place where it changes there is no slope."""
        if is_a(node, "indices"):
            items, signs = node.children
            kinds = {self.reading.kinds[one] for one in items if isinstance(one, str)}
            misfit(len(kinds) > 1, "two indices that run over different kinds are compared")
            for item in items:
                self.world.note_number(item, next(iter(kinds)))
            sides = [self.index(item)[..., None, None] for item in items]
        else:
            values = [self.number(one, "a whole array is compared") for one in node.children[::2]]
            signs = node.children[1::2]
            for one, other in itertools.pairwise(values):
                for side in (one, other):
                    if side.literal:
                        self.world.note_literal(side, factor=False)
                equal = one.array.real == other.array.real
                no_slope(equal & (one.array.imag != other.array.imag), "a case")
            sides = [one.array.real for one in values]
        pairs = zip(signs, itertools.pairwise(sides), strict=True)
        return reduce(np.logical_and, (_SIGNS[str(sign)](*pair) for sign, pair in pairs))

    def matrix(self, *rows: Node) -> Value:
        """Put the numbers of a matrix that is written out into an array."""
        cells = [[self.number(one, "a whole array in a matrix") for one in row.children]
                 for row in rows]  # fmt: skip
        refuse(len({len(row) for row in cells}) > 1, "a matrix with rows of different lengths")
        sizes = len(cells), len(cells[0])
        every = [one for row in cells for one in row]

        def joined(arrays: Sequence[Array]) -> Array:
            shape = np.broadcast_shapes(*(one.shape for one in arrays))
            limit(shape, (len(arrays),))
            flat = np.concatenate([np.broadcast_to(one, shape) for one in arrays])
            return flat.reshape(*sizes, *shape[2:])

        kinds = [Kind(str(size), size, printed=True) if size > 1 else ONE for size in sizes]
        for kind in self.formula.scope.kinds.values():
            if kind.size in sizes:
                # It may stand for this kind, so it speaks of its size.
                self.world.note_number(kind.size, kind)
        arrays, terms = ([getattr(one, of) for one in every] for of in ("array", "terms"))
        return Value(joined(arrays), joined(terms), (kinds[0], kinds[1]))

    def at(self, body: Node, *where: Node) -> Value:
        """Return the value of a formula where numbers that are drawn have the values given."""
        inside = self.world.base or self.arguments
        refuse(inside, "a bar that says where a value is taken, inside a function or a derivative")
        moved = World(self.world.definitions, self.world.networks, self.world.seed,
                      self.world.reach, fixed=True)  # fmt: skip
        # What is being computed may not rest on itself at another place either.
        moved.used = {slot: set() for slot in self.world.used}
        for use, value in zip(where[::3], where[2::3], strict=True):
            row, layer, items = self.reading.option(use.children[0])
            free = row.value in DRAWN and not row.kinds(layer) and not items
            refuse(not free, f"after the bar stands {row.latex}, which is no number that is drawn")
            given = self.number(value, "after the bar stands a whole array")
            refuse(given.array.size > given.array.shape[-1], "after the bar stands an index")
            if given.literal:
                self.world.note_literal(given, factor=False)
            shape = 1, self.world.networks
            moved.values[row, layer], moved.sizes[row, layer] = (
                np.broadcast_to(one.reshape(1, -1), shape) for one in (given.array, given.terms)
            )
            moved.needs[row, layer] = set()
        inner = copy.copy(self)
        inner.world = moved
        found = inner.visit(body)
        self.world.note(moved.named.union(*moved.used.values()))
        return found

    def derivative(self, above: Node, variable: Node) -> Value:
        """Perturb every entry of a symbol, and take the imaginary part."""
        refuse(variable.data != "use", "a derivative with respect to something that is no symbol")
        use: Use = variable.children[0]
        row, layer, items = self.reading.option(use)
        if is_a(above, "function"):
            # A function's name alone is its value for its own letters.
            function = self.formula.scope.functions[str(above.children[0])]
            if len(function.arguments) == 1 and not self._rests(function, (row, layer)):
                return self.world.slope(function, self.visit(variable))
            uses = (Use(((one, None, ()),), one.latex, use.place) for one in function.arguments)
            above = Tree("call", [function.name, 0, *(Tree("use", [one]) for one in uses)])
        if partial := self._partial(above, variable):
            return partial
        if not items and self.world.turned((row, layer)):
            shown = self.world.definitions.of((row, layer))[0].body.children[0]
            other, below, _ = self.world.definitions.of((row, layer))[0].reading.option(shown)
            whole = Use(((other, below, ()),), use.text, use.place)
            return self.turn(Tree("derivative", [above, Tree("use", [whole])]))
        target, items = self.world.resolve((row, layer), items)
        constant = target[0].value not in (*DRAWN, "defined", "formula")
        refuse(constant, f"a derivative with respect to {use.text}, which is a constant")
        refuse(self.arguments, "a derivative in the definition of a function")
        inner = copy.copy(self)
        inner.world = self.world.perturb(target)
        entries = self.world.value(target).shape[:-2]
        value = inner.visit(above)
        still = "this derivative is 0 by construction: nothing above rests on"
        refuse(not np.iscomplexobj(value.array) and not self.formula.layers, f"{still} {use.text}")
        if not np.iscomplexobj(value.array):
            # It may be so in one layer or at one step: where it is in all, the claim is refused.
            self.still.append(self.formula.statement.place(variable))
            kinds = (ONE, ONE) if items else target[0].matrix(target[1])
            sizes = (kind.size for kind in kinds)
            zero = np.zeros((*sizes, *[1] * (value.array.ndim - 2)))
            return Value(zero, zero, kinds)
        refuse(value.whole, "a derivative of a whole array; write its entries")
        slopes, terms = (one.imag / STEP for one in (value.array, value.terms))
        if items:
            flat = np.ravel_multi_index([self.index(item) for item in items], entries)
            limit(np.broadcast_shapes(flat.shape, slopes.shape[:-2]), slopes.shape[-1:])
            flat = flat[..., None, None]
            slopes, terms = (np.take_along_axis(one, flat, axis=-2) for one in (slopes, terms))
            return Value(slopes, terms)
        return self._gradient(target[0].matrix(target[1]), slopes, terms)

    def _rests(self, function: Symbol, slot: Slot) -> bool:
        """Say whether a function of one argument has this one, or rests on it by its body."""
        (argument,) = function.arguments
        array = self.world.value((argument, None))
        self.world.apply(function, [Value(array[None, None], np.abs(array)[None, None])])
        return slot == (argument, None) or slot in self.world.needs.get((function, None), ())

    def _partial(self, above: Node, variable: Node) -> Value | None:
        """Return the derivative of a call by one of its arguments, the others held."""
        name, primes, *arguments = above.children if is_a(above, "call") else ("", 0)
        wanted = self.reading.option(variable.children[0])
        same = [is_a(one, "use") and self.reading.option(one.children[0]) == wanted
                for one in arguments]  # fmt: skip
        if name not in self.formula.scope.functions or primes or not any(same):
            return None
        shown = variable.children[0].text
        refuse(sum(same) > 1, f"{shown} stands twice in the brackets; which one is moved?")
        values = [self.visit(argument) for argument in arguments]
        at = same.index(True)
        value, step = values[at], np.asarray(STEP * 1j)
        complex_ = any(np.iscomplexobj(one.array) for one in values)
        refuse(complex_, SECOND)
        if value.whole:
            rows, columns = value.array.shape[:2]
            others = [1] * (value.array.ndim - 4)
            eye = np.eye(rows * columns).reshape(rows, columns, *others, rows * columns, 1)
            step = step * eye
        values[at] = Value(value.array + step, value.terms + step, value.shape)
        found = self.world.apply(self.formula.scope.functions[name], values)
        refuse(found.whole and value.whole, "a derivative of a whole array; write its entries")
        slopes, terms = (one.imag / STEP for one in (found.array, found.terms))
        if value.whole:
            return self._gradient(value.shape, slopes, terms)
        return Value(slopes, terms, found.shape)

    def _gradient(self, shape: tuple[Kind, Kind], slopes: Array, terms: Array) -> Value:
        """Return slopes along the axis of the perturbed entries as an array of a shape."""

        def gradient(array: Array) -> Array:
            array = np.moveaxis(array, -2, 0)
            sizes = (kind.size for kind in shape)
            return array.reshape(*sizes, *array.shape[3:-1], 1, array.shape[-1])

        return Value(gradient(slopes), gradient(terms), shape)


_SIGNS: dict[str, Operation] = {
    "<": np.less, ">": np.greater, "\\leq": np.less_equal, "\\geq": np.greater_equal,
    "=": np.equal, "\\neq": np.not_equal,
}  # fmt: skip


def _draw(
    value: str, shape: tuple[int, ...], rng: np.random.Generator, scales: np.random.Generator,
    reach: float,
) -> Array:  # fmt: skip
    """Draw a symbol on all networks, the first axis, so that more networks only add to fewer.

    Every second network is wide: there one scale serves all entries of a symbol, or a number that
    is positive comes from all of 0.01 to 100, or one between 0 and 1 from close to its ends.
    """
    wide = (np.arange(shape[0]) % 2 == 1).reshape(-1, *[1] * (len(shape) - 1))
    if value == "one-hot":
        return np.asarray(np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])])
    if value == "probability vector":
        sizes = np.log(rng.uniform(size=shape))
        return np.asarray(sizes / sizes.sum(axis=-1, keepdims=True))
    if value == "any number":
        # Far out, a number may also hide what is small, unless it is smaller.
        scale = 10.0 ** scales.uniform(-reach, reach, size=wide.shape)
        return rng.normal(size=shape) * np.where(wide, scale, 1.0)
    uniform, power = rng.uniform(size=shape), scales.uniform(-1, 1, size=shape)
    if value == "positive":
        return np.where(wide, 10 ** (reach * power), 0.5 + uniform)
    return np.where(wide, 1 / (1 + 10_000.0**power), 0.05 + 0.9 * uniform)
