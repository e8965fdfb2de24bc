r"""Values on many random networks at once, and their arithmetic.

Every value is an array with the same axes: its rows, its columns, one axis for each index letter of
the formula, one for the entries that a derivative perturbs, and one for the networks. What a value
does not have is an axis of size 1, so that all arithmetic is NumPy's broadcasting; what may be
joined is decided by the kinds of the rows and columns.

The imaginary part, over :math:`10^{-100}`, is a slope: an entry that a derivative moves has
:math:`10^{-100} i` added. There is no difference of close numbers, so nothing cancels.

Beside every value stands how far rounding can move it, to first order and in units of the last
digit: the size of its terms, each counted as often as it was rounded. A difference of two sides
that is larger is no rounding. Every second network is drawn wide; there a value may leave the range
of floats, and is then left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from proofread.parse import Cause, TooLarge, Turned, misfit, refuse
from proofread.scope import ONE, Kind

STEP = 1e-100
SQUARED = 1e-190
EPSILON = 2.0**-52
LOST = 1e-14
"""A term below this share of the terms beside it is lost in rounding."""
POSITIVE = "declare what it rests on “positive” or “between 0 and 1” where it must be"
RANGE = 150.0
"""The largest exponent of e; beyond it a value and its slopes soon leave the range of floats."""
# An array of so many complex numbers takes 48 MB, and an evaluation holds several at a time.
MAX_SIZE = 3_000_000
Array = np.ndarray[Any, Any]
Operation = Callable[[Array, Array], Array]


@dataclass
class Value:
    """A number, or a whole array, for all values of the index letters and on all networks.

    Attributes
    ----------
    array : numpy.ndarray
        Rows, columns, index letters, perturbed entries, networks.
    terms : numpy.ndarray
        The size of the terms: how far rounding can move the value, over the spacing of floats at
        1; and in the imaginary part the same of the slope.
    shape : tuple of Kind
        The kinds of the rows and columns. Both are ``ONE`` for a number; a vector has one row.
    literal : bool
        Whether it is made of the formula's own numerals, which may be added to a whole array.
    """

    array: Array
    terms: Array
    shape: tuple[Kind, Kind] = (ONE, ONE)
    literal: bool = False

    @property
    def whole(self) -> bool:
        """Whether it is a whole array."""
        return self.shape != (ONE, ONE)

    def __str__(self) -> str:
        """Describe the shape for a report."""
        return " × ".join(kind.name for kind in self.shape) if self.whole else "a single number"


def on_a_plain_network(states: Array) -> bool:
    """Say whether something is so on a network that is not drawn wide."""
    return bool(states[..., ::2].any())


def no_slope(kinks: Array, what: str) -> None:
    """Refuse a derivative at a point where the function has none."""
    refuse(on_a_plain_network(kinks), f"{what} has no derivative where its arguments are equal")


def slope_of(value: Value) -> Value:
    """Return the slope that a value carries in its imaginary part."""
    slopes, terms = (one.imag / STEP for one in (value.array, value.terms))
    return Value(slopes, terms, value.shape)


def _bump(x: Array) -> Array:
    """Return the slope of the sigmoid, to all digits on both sides."""
    small = np.exp(-np.abs(x))
    return np.asarray(small / (1 + small) ** 2)


# A function, and its first and second derivative, from its argument and its value.
SLOPES: dict[str, tuple[Callable[[Array], Array], Operation, Operation]] = {
    "exp": (np.exp, lambda x, y: y, lambda x, y: y),
    "ln": (np.log, lambda x, y: 1 / x, lambda x, y: -1 / x**2),
    "sqrt": (np.sqrt, lambda x, y: 0.5 / y, lambda x, y: -0.25 / y**3),
    "tanh": (np.tanh, lambda x, y: np.cosh(x) ** -2.0, lambda x, y: -2 * y * np.cosh(x) ** -2.0),
    "sinh": (np.sinh, lambda x, y: np.cosh(x), lambda x, y: y),
    "cosh": (np.cosh, lambda x, y: np.sinh(x), lambda x, y: y),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), lambda x, y: _bump(x), lambda x, y: _bump(x)),
    "softplus": (
        lambda x: np.logaddexp(0, x),
        lambda x, y: 1 / (1 + np.exp(-x)),
        lambda x, y: _bump(x),
    ),
    "sin": (np.sin, lambda x, y: np.cos(x), lambda x, y: -y),
    "cos": (np.cos, lambda x, y: -np.sin(x), lambda x, y: -y),
    "reciprocal": (np.reciprocal, lambda x, y: -(y**2), lambda x, y: 2 * y**3),
}


def apply(name: str, value: Value) -> Value:
    """Apply a function of one number that every text knows, entry by entry.

    The real value comes first: it must exist on the real numbers. Then
    :math:`f(x + hi) = f(x) + h f'(x) i`, exactly so for an h as small as 1e-100.

    Raises
    ------
    Fault
        Where the function has no real value, or no slope that is asked for. On a network that is
        drawn wide a zero may be rounding; it is left out.
    """
    function, first, second = SLOPES[name]
    moved = np.iscomplexobj(value.array)
    # The real parts are the same for all perturbed entries.
    point, size = (one.real[..., :1, :] if moved else one for one in (value.array, value.terms))
    if moved:
        # The square of a step is no number of the formula.
        point = np.where(np.abs(point) < SQUARED, 0, point)
    if name in ("ln", "sqrt", "reciprocal"):
        shown = {"ln": "a logarithm", "sqrt": "a root", "reciprocal": "a division"}[name]
        negative = (point < 0) & (name != "reciprocal")
        surely = bool((negative & (point < -LOST * np.abs(size))).any())
        _finite(surely, f"{shown} of a negative number on some networks")
        # At 0, a root has no slope for anything that moves it, were it by the square of a step.
        zero = point == 0
        if name == "sqrt":
            zero &= moved and np.any(value.array != point, axis=-2, keepdims=True)
        what = "a root has no derivative at 0" if name == "sqrt" else f"{shown} by or of 0"
        _finite(on_a_plain_network(zero), f"{what}, on some networks")
        point = np.where(zero | negative, np.nan, point)
    if name in ("exp", "sinh", "cosh"):
        point = np.where(np.abs(point) > RANGE, np.nan, point)
    result = function(point)
    slope, bend = first(point, result), np.abs(second(point, result))
    terms = np.abs(slope) * size + np.abs(result)
    if moved:
        steps, own = value.array.imag, np.abs(slope)
        slopes = slope * steps
        moves = own * value.terms.imag + (bend * size + own) * np.abs(steps)
        if name == "sqrt":
            # At 0 the slope is infinite, and what does not move it has none.
            slopes, moves = (np.where(steps == 0, 0, one) for one in (slopes, moves))
        result, terms = _dual(result, slopes), _dual(terms, moves)
    return Value(result, terms, value.shape, value.literal)


def _finite(wrong: bool, what: str) -> None:
    """Raise where an operation has no value."""
    refuse(wrong, f"not finite: {what}; {POSITIVE}", None, Cause.INFINITE, what)


def limit(*shapes: tuple[int, ...]) -> None:
    """Refuse an array that has all these shapes in one, where it would be too large.

    Raises
    ------
    TooLarge
        Before anything is allocated.
    """
    size = math.prod(math.prod(shape) for shape in shapes)
    if size > MAX_SIZE:
        raise TooLarge("too many index values to evaluate; declare smaller layers")


def _limit_joined(first: Value, second: Value) -> None:
    """Refuse to join two values where the result would be too large."""
    if first.array.size * second.array.size > MAX_SIZE:
        limit(np.broadcast_shapes(first.array.shape, second.array.shape))


def entrywise(operation: Operation, sign: str, first: Value, second: Value) -> Value:
    """Join two values entry by entry; only a literal may meet whole arrays."""
    first, second = _met(first, second)
    apart = first.shape != second.shape and not (first.literal or second.literal)
    fit(apart, f"{sign} joins arrays that are {first} and {second}", first, second)
    return joined(operation, first, second, second.shape if first.literal else first.shape)


def alike(one: Kind, other: Kind) -> bool:
    """Say whether two kinds are one: a printed one is any of its size."""
    return one is other or ((one.printed or other.printed) and one.size == other.size)


def _met(first: Value, second: Value) -> tuple[Value, Value]:
    """Return two arrays with the same kinds, where those of a printed matrix may be the others."""
    pairs = [*zip(first.shape, second.shape, strict=True)]
    if first.shape == second.shape or not all(alike(*pair) for pair in pairs):
        return first, second
    rows, columns = (other if one.printed else one for one, other in pairs)
    return replace(first, shape=(rows, columns)), replace(second, shape=(rows, columns))


def fit(apart: bool, message: str, first: Value, second: Value) -> None:
    """Raise where shapes differ: a misfit by the author's kinds, or more than this program reads.

    That a vector is a row, or a number no array, is a convention; two kinds are the author's own.
    """
    printed = any(kind.printed for kind in (*first.shape, *second.shape))
    kinds = [{kind.size if printed else kind for kind in value.shape if kind is not ONE}
             for value in (first, second)]  # fmt: skip
    author = all(kinds) and (
        kinds[0] != kinds[1] or all(ONE not in one.shape for one in (first, second))
    )
    misfit(apart and author, message)
    if apart:
        raise Turned(message)


def joined(operation: Operation, first: Value, second: Value, shape: tuple[Kind, Kind]) -> Value:
    """Join two values entry by entry, whatever their shapes."""
    _limit_joined(first, second)
    array = operation(first.array, second.array)
    terms = (
        _product(np.multiply, first, second)
        if operation is np.multiply
        else first.terms + second.terms
    )
    return Value(array, terms, shape, first.literal and second.literal)


def _halves(array: Array) -> tuple[Array, Array | None]:
    """Return the size of a value, the same for all perturbed entries, and that of its slope."""
    if not np.iscomplexobj(array):
        return np.abs(array), None
    return np.abs(array.real[..., :1, :]), np.abs(array.imag)


def _product(multiply: Operation, first: Value, second: Value) -> Array:
    """Return the size of the terms of a product."""
    (one, its_slope), (other, other_slope) = _halves(first.array), _halves(second.array)
    (own, its_moves), (far, other_moves) = _halves(first.terms), _halves(second.terms)
    # To second order: of two factors that rounding took whole, only that is left.
    terms: Array = multiply(one, far) + multiply(own, other + EPSILON * far)
    pairs = [(its_slope, far), (its_moves, other), (one, other_moves), (own, other_slope)]
    moves = [multiply(a, b) for a, b in pairs if a is not None and b is not None]
    if not moves:
        return terms
    moved = reduce(np.add, moves)
    return _dual(terms, moved)


def _dual(value: Array, slope: Array) -> Array:
    """Put a value and its slope together."""
    result = np.empty(np.broadcast_shapes(value.shape, slope.shape), complex)
    result.real, result.imag = value, slope
    return result


def multiplied(array: Array, terms: Array, axis: int) -> tuple[Array, Array]:
    """Multiply along an axis."""
    factors = [
        Value(np.take(array, [number], axis), np.take(terms, [number], axis))
        for number in range(array.shape[axis])
    ]
    product = reduce(times, factors)
    return product.array, product.terms


def divided(first: Value, second: Value) -> Value:
    """Divide by a number."""
    _limit_joined(first, second)
    terms = _product(np.multiply, first, apply("reciprocal", second))
    literal = first.literal and second.literal
    return Value(first.array / second.array, terms, first.shape, literal)


def inverse_of(value: Value) -> Value:
    """Invert a square array. Of A + Bi, with a small B, the inverse is A⁻¹ - A⁻¹BA⁻¹i."""

    def turned(array: Array) -> Array:
        return np.moveaxis(array, (0, 1), (-2, -1))

    def back(array: Array) -> Array:
        return np.moveaxis(array, (-2, -1), (0, 1))

    real = turned(value.array.real)
    singular = ~(np.abs(np.linalg.det(real)) > LOST)
    refuse(on_a_plain_network(singular), "an array without inverse, on some networks")
    inverse = np.linalg.inv(np.where(singular[..., None, None], np.nan, real))
    size = np.abs(inverse)
    # Elimination rounds as if each entry of A had been rounded once for every row.
    terms = size @ (turned(value.terms.real) + real.shape[-1] * np.abs(real)) @ size
    if np.iscomplexobj(value.array):
        moved, moves = (turned(one.imag) for one in (value.array, value.terms))
        steps = np.abs(moved)
        moves = size @ moves @ size + terms @ steps @ size + size @ steps @ terms
        inverse = inverse - 1j * (inverse @ moved @ inverse)
        terms = terms + 1j * moves
    return Value(back(inverse), back(terms), value.shape)


def times(first: Value, second: Value) -> Value:
    """Multiply: by a number, or as matrices."""
    if not (first.whole and second.whole):
        return joined(np.multiply, first, second, first.shape if first.whole else second.shape)
    (rows, inner), (other, columns) = first.shape, second.shape
    message = f"a product of arrays that are {first} and {second}"
    fit(not alike(inner, other), message, first, second)
    limit(np.broadcast_shapes(first.array[:, :, None].shape, second.array[None].shape))
    product = "ij...,jk...->ik..."
    array = np.einsum(product, first.array, second.array)
    terms = _product(lambda left, right: np.einsum(product, left, right), first, second)
    return Value(array, terms, (rows, columns))


def agreement(left: Value, right: Value) -> tuple[Array, Array, Array]:
    """Return two sides as arrays of one shape, and the size of the terms of both.

    Raises
    ------
    Unfit
        When one is a whole array and the other is not of its shape.
    """
    left, right = _met(left, right)
    nothing = right.literal and not right.array.any()
    apart = left.shape != right.shape and not nothing
    fit(apart, f"the left side is {left}, the right side {right}", left, right)
    first, second, terms = np.broadcast_arrays(left.array, right.array, left.terms + right.terms)
    return first, second, terms
