"""What a formula can be worth at all, as far as its signs and functions tell.

Random draws cannot show that a number never leaves a side: a draw beyond may be rare. Where a
claim rests on a branch that no network takes, the side must follow from the formula itself.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, localcontext
from functools import reduce
from typing import TYPE_CHECKING

from lark import Tree

from proofread.parse import Node, is_a
from proofread.scope import ANY, Symbol

if TYPE_CHECKING:
    from proofread.evaluate import Evaluation

Bounds = tuple[float, float]
MAX_EXPONENT = 16
ALL: Bounds = (-math.inf, math.inf)
_NOT_NEGATIVE: Bounds = (0, math.inf)
_SHARE: Bounds = (0, 1)
_WORDS = dict.fromkeys(("positive", "ones", "euler's number"), _NOT_NEGATIVE)
_WORDS |= dict.fromkeys(
    ("between 0 and 1", "one-hot", "probability vector", "kronecker delta"), _SHARE
)
_CALLS = dict.fromkeys(("\\relu", "\\softplus", "\\exp"), _NOT_NEGATIVE)
_CALLS |= dict.fromkeys(("\\sigmoid", "\\softmax"), _SHARE)
_CALLS |= dict.fromkeys(("\\tanh", "\\sin", "\\cos"), (-1, 1)) | {"\\cosh": (1, math.inf)}


DIGITS = 60
_NAN = Decimal("NaN")
_FAR = 50
_EXACT: dict[str, Callable[[Decimal], Decimal]] = {
    "\\exp": Decimal.exp,
    "\\ln": Decimal.ln,
    "\\log": Decimal.ln,
    "\\sin": lambda x: _wave(x, 1),
    "\\cos": lambda x: _wave(x, 0),
    "\\sinh": lambda x: (x.exp() - (-x).exp()) / 2,
    "\\cosh": lambda x: (x.exp() + (-x).exp()) / 2,
    "\\tanh": lambda x: 1 - 2 / ((2 * x).exp() + 1),
    "\\sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "\\softplus": lambda x: (1 + x.exp()).ln(),
    "\\relu": lambda x: max(x, Decimal(0)),
}


def bounds(node: Node, of: Evaluation) -> Bounds:
    """Return the least and the largest number that a node can be worth, of an array each entry.

    Parameters
    ----------
    node : lark.Tree
        A formula with its symbols looked up.
    of : Evaluation
        What it is evaluated with: its definitions are looked into.
    """
    if is_a(node, "NUMBER"):
        return float(node), float(node)
    if not isinstance(node, Tree):
        return ALL
    inner = [bounds(child, of) for child in node.children if not is_a(child, "SIGN")]
    if is_a(node, "use"):
        return _of_symbol(node, of)
    if is_a(node, "root", "norm_", "absolute"):
        return _NOT_NEGATIVE
    if is_a(node, "sup") and not _whole(node, of):
        return _power(*inner)
    if is_a(node, "sum"):
        return _sum(node, inner)
    if is_a(node, "product", "hadamard"):
        # A product of arrays is a sum of products, of which the sign alone is known.
        return _signs(reduce(_times, inner))
    if is_a(node, "frac", "quotient"):
        return _times(inner[0], _reciprocal(inner[1]))
    if is_a(node, "call"):
        return _call(str(node.children[0]), inner[2:], of)
    if is_a(node, "cases"):
        return min(low for low, _ in inner[::2]), max(high for _, high in inner[::2])
    if is_a(node, "turn", "sub"):
        return inner[0]
    if is_a(node, "total"):
        return _total(str(node.children[0]), inner[3])
    return ALL


def numbers_differ(one: Node, other: Node, of: Evaluation) -> bool:
    """Say whether two sides of numerals and numbers of units differ, in `DIGITS` digits.

    What rounding cannot tell in a float it can tell here: whether 1/3 is 0.333333333333, and the
    cosine of 6.28318530718 is 1.

    Parameters
    ----------
    one, other : lark.Tree
        Formulas with their symbols looked up. Of any others nothing is said.
    of : Evaluation
        What they are evaluated with: its definitions are looked into.
    """
    with localcontext(Context(prec=2 * DIGITS, traps=[])):
        first, second = _exact(one, of, {}), _exact(other, of, {})
        return abs(first - second) > Decimal(10) ** -DIGITS * (1 + abs(first) + abs(second))


def _exact(node: Node, of: Evaluation, given: Mapping[Symbol, Decimal]) -> Decimal:
    """Return what a node is worth; NaN where it is no number that the formula itself tells."""
    if is_a(node, "NUMBER"):
        return Decimal(str(node))
    if is_a(node, "use"):
        row, *_ = of.reading.option(node.children[0])
        if row.counted:
            return Decimal(row.counted.size)
        return Decimal(1).exp() if row.value == "euler's number" else given.get(row, _NAN)
    if not is_a(node, "sum", "product", "factors", "frac", "quotient", "sup", "root", "call"):
        return _NAN
    parts = list[Decimal]()
    for child in node.children[2:] if is_a(node, "call") else node.children:
        if not is_a(child, "SIGN"):
            parts.append(_exact(child, of, given))
            if not parts[-1].is_finite():
                return _NAN
    if is_a(node, "call"):
        return _exact_call(str(node.children[0]), node.children[1], parts, of)
    if not parts:
        return _NAN
    first, last = parts[0], parts[-1]
    if is_a(node, "sum"):
        signs = [str(child) for child in node.children if is_a(child, "SIGN")]
        signs = ["+"] * (len(parts) - len(signs)) + signs
        pairs = zip(signs, parts, strict=True)
        return sum((-part if sign == "-" else part for sign, part in pairs), Decimal(0))
    if is_a(node, "sup"):
        return Decimal(first**last) if abs(last) < _FAR else _NAN
    if is_a(node, "root"):
        return first.sqrt()
    return first / last if is_a(node, "frac", "quotient") else math.prod(parts, start=Decimal(1))


def _exact_call(name: str, primes: int, values: list[Decimal], of: Evaluation) -> Decimal:
    row = of.formula.scope.functions.get(name)
    if primes or any(abs(value) > _FAR for value in values):
        return _NAN
    if row and row.value != ANY:
        (one, *_) = of.world.definitions.of((row, None))
        given = dict(zip(one.parameters, values, strict=False))
        return _exact(one.body, of.within(one), given)
    return _EXACT[name](*values) if not row and name in _EXACT and len(values) == 1 else _NAN


def _wave(x: Decimal, first: int) -> Decimal:
    """Add up the series of the sine, from its first power, or of the cosine, from power 0."""
    total = term = x**first if first else Decimal(1)
    power = first
    while abs(term) > Decimal(10) ** -DIGITS / 1000 or power < 2:
        term *= -x * x / ((power + 1) * (power + 2))
        total, power = total + term, power + 2
    return total


def _whole(node: Node, of: Evaluation) -> bool:
    """Say whether a whole array stands in a node, of which a power is no power entry by entry."""
    for one in node.find_data("use"):
        row, layer, items = of.reading.option(one.children[0])
        if not items and row.kinds(layer):
            return True
    return False


def _of_symbol(node: Node, of: Evaluation) -> Bounds:
    row, layer, _ = of.reading.option(node.children[0])
    if row.counted:
        return _NOT_NEGATIVE
    if row in of.arguments:
        return ALL
    if row.value not in ("defined", "formula"):
        return _WORDS.get(row.value, ALL)
    if (row, layer) not in of.world.bounded:
        parts = [bounds(one.body, of.within(one)) for one in of.world.definitions.of((row, layer))]
        of.world.bounded[row, layer] = min(low for low, _ in parts), max(high for _, high in parts)
    return of.world.bounded[row, layer]


def _call(name: str, inner: list[Bounds], of: Evaluation) -> Bounds:
    if name in ("\\max", "\\min"):
        choose = max if name == "\\max" else min
        return choose(low for low, _ in inner), choose(high for _, high in inner)
    row = of.formula.scope.functions.get(name)
    if row and row.value != ANY:
        (one, *_) = of.world.definitions.of((row, None))
        return bounds(one.body, of.within(one))
    return _CALLS.get(name, ALL)


def _sum(node: Node, inner: list[Bounds]) -> Bounds:
    low = high = 0.0
    parts = iter(inner)
    for sign, part in itertools.pairwise((None, *node.children)):
        if not is_a(part, "SIGN"):
            first, last = next(parts)
            first, last = (-last, -first) if sign == "-" else (first, last)
            low, high = low + first, high + last
    return low, high


def _signs(one: Bounds) -> Bounds:
    return (0 if one[0] >= 0 else -math.inf), (0 if one[1] <= 0 else math.inf)


def _times(one: Bounds, other: Bounds) -> Bounds:
    found = [0.0 if 0 in pair else pair[0] * pair[1] for pair in itertools.product(one, other)]
    return min(found), max(found)


def _reciprocal(one: Bounds) -> Bounds:
    low, high = one
    if low < 0 < high:
        return ALL
    return (1 / high if high else -math.inf), (1 / low if low else math.inf)


def _power(base: Bounds, exponent: Bounds) -> Bounds:
    low, high = exponent
    if low == high and low >= 0 and low % 2 == 0:
        return 0, max(abs(base[0]), abs(base[1])) ** low
    return _NOT_NEGATIVE if base[0] >= 0 else ALL


def _total(sign: str, one: Bounds) -> Bounds:
    if sign in ("\\max", "\\min"):
        return one
    if sign == "\\prod":
        return (0, 1 if one[1] <= 1 else math.inf) if one[0] >= 0 else ALL
    return _signs(one)
