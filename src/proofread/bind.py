r"""Definitions held against code.

A definition is the one thing that claims cannot test: ``σ(x) = 1/(1 − e^{−x})`` satisfies
``σ' = σ(1 − σ)`` too. So every ``def-`` display of a book is compared with what the book's code
computes for the same symbol, on a few random networks, some of them drawn wide. The two agree where
they differ by no more than rounding takes them, as the two sides of a claim do.

The book names one callable, ``pins(label, values)``. `label` is the definition's label. `values`
gives, by the names in the tables' *Code* column and for one network, every symbol in scope that is
not defined, and every defined one that this definition rests on:

- a scalar as a float, one index as an array of shape (1, n), two as (m, n);
- a symbol with layers or a numbered layer, such as ``h^{(0)}``, as ``{layer: array}``.

Of rows with one name in code, those of the innermost section have it; two that clash there are an
error.

It returns a mapping of names to what the code computes, in the same forms; a function symbol is
returned as a callable that takes an array. A name that it leaves out, or a ``KeyError``, means
that there is no pin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from proofread.arrays import Array, Value
from proofread.evaluate import World
from proofread.judge import differs
from proofread.parse import Fault
from proofread.resolve import Slot
from proofread.scope import Scope, Symbol

Pins = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
NETWORKS = 10
ARGUMENTS = 200
ROUNDED = 4
"""How often the code may round for once that the definition does: it may take another way."""


def compare(pins: Pins, label: str, slots: Sequence[Slot], scope: Scope, world: World) -> str:
    """Compare a definition with the code.

    Parameters
    ----------
    pins : callable
        As the module describes.
    label : str
        The definition's label.
    slots : sequence of Slot
        What it defines.
    scope : Scope
        What is declared at the definition.
    world : World
        The networks on which the text is judged; the first `NETWORKS` of them serve.

    Returns
    -------
    str
        The name in code.

    Raises
    ------
    Fault
        When there is no pin, or the code computes something else.
    """
    names = list(dict.fromkeys(slot[0].code for slot in slots))
    if not all(names):
        raise Fault(f"{slots[0][0].latex} has no name in the Code column, so it cannot be pinned")
    given = [(slot, world.value(slot)) for slot in _given(world, slots, scope)]
    for network in range(min(NETWORKS, world.networks)):
        values = _values(given, network)
        if values is not None:
            with np.errstate(all="ignore"):
                found = _call(pins, label, values)
                for slot in slots:
                    _agree(world, slot, label, found, network)
    return ", ".join(names)


def _call(pins: Pins, label: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return pins(label, values)
    except KeyError as error:
        raise Fault(f"no pin for {label} (KeyError: {error})") from None
    except Exception as error:
        raise Fault(f"the pin for {label} raised {type(error).__name__}: {error}") from None


def _given(world: World, slots: Sequence[Slot], scope: Scope) -> list[Slot]:
    """Return what the code is given: every symbol with a name that is no part of what is pinned."""
    wanted: set[Slot] = set()
    for slot in slots:
        if not slot[0].parameters:
            world.value(slot)
            wanted |= {one for one in world.needs[slot] if isinstance(one, tuple)}
    for row in (row for rows in scope.codes.values() for row in rows):
        if row.value not in ("defined", "formula"):
            wanted |= {(row, layer) for layer in row.over}
    ordered = sorted(wanted - set(slots), key=lambda slot: (slot[0].code, str(slot[1])))
    found = [
        (row, layer) for row, layer in ordered
        if row.code and not row.parameters and row.value != "formula"
    ]  # fmt: skip
    for row, _ in found:
        holder = scope.codes.get(row.code, [row])
        if row not in holder:
            raise Fault(f"this rests on {row.latex}, and here {holder[0].latex} has its name "
                        f"in code, {row.code}")  # fmt: skip
    return found


def _values(given: Sequence[tuple[Slot, Array]], network: int) -> dict[str, Any] | None:
    """Return what the code is given on a network; nothing where it leaves the range of floats."""
    values: dict[str, Any] = {}
    for (row, layer), array in given:
        value = _plain(array, row, layer, network)
        if not np.isfinite(value).all():
            return None
        _enter(values, row, layer, value)
    return values


def _number(row: Symbol, layer: int | None) -> int | None:
    return (
        layer
        if layer is not None
        else row.superscript
        if isinstance(row.superscript, int)
        else None
    )


def _enter(values: dict[str, Any], row: Symbol, layer: int | None, value: object) -> None:
    number = _number(row, layer)
    layered = number is not None and row.layered
    if not layered:
        if row.code in values:
            raise Fault(f"two symbols in scope have the name {row.code} in code")
        values[row.code] = value
        return
    entry = values.setdefault(row.code, {})
    if not isinstance(entry, dict) or number in entry:
        raise Fault(f"two symbols in scope have the name {row.code} in code")
    entry[number] = value


def _plain(array: Array, row: Symbol, layer: int | None, network: int) -> Any:
    """Return a symbol's value on a network, in the form that code takes."""
    value = array[..., 0, network]
    if value.ndim == 0:
        return float(value)
    if value.ndim > 2:
        return value
    return value.reshape([kind.size for kind in row.matrix(layer)])


def _agree(world: World, slot: Slot, label: str, found: Mapping[str, Any], network: int) -> None:
    row, layer = slot
    if row.code not in found:
        raise Fault(f"no pin for {label}: the book's pins return nothing named {row.code}")
    given = found[row.code]
    if row.parameters:
        _same_function(world, row, label, given)
        return
    number = _number(row, layer)
    if isinstance(given, Mapping):
        if number not in given:
            raise Fault(f"no pin for {label}: {row.code} has no layer {number}")
        given = given[number]
    expected, terms = (_plain(one, row, layer, network) for one in
                       (world.value(slot), world.terms(slot)))  # fmt: skip
    _same(expected, terms, given, label, row.code)


def _same_function(world: World, row: Symbol, label: str, given: Any) -> None:
    if not callable(given):
        raise Fault(f"the pin for {label} must return a callable for {row.code}")
    drawn = World(world.definitions, ARGUMENTS)
    # Drawn apart: a body that uses the symbol itself, and not the argument, must not agree.
    others = World(world.definitions, ARGUMENTS, seed=1)
    arguments = [others.value((one, None)) for one in row.arguments]
    values = [Value(argument[None, None], np.abs(argument[None, None])) for argument in arguments]
    found = drawn.apply(row, values)
    expected, terms = found.array[0, 0], found.terms[0, 0]
    try:
        returned = given(*arguments)
    except Exception as error:
        raise Fault(f"{row.code} raised {type(error).__name__}: {error}") from None
    _same(expected, terms, returned, label, row.code)


def _same(expected: Any, terms: Any, given: Any, label: str, name: str) -> None:
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise Fault(
            f"the pin for {label} gives a {type(given).__name__} for {name}, no array"
        ) from None
    if array.shape != np.shape(expected):
        raise Fault(
            f"{label} against {name}: the definition gives shape {np.shape(expected)}, "
            f"the code {array.shape}"
        )
    # What is not finite is a network drawn wide, where it leaves the range of floats.
    told = np.isfinite(expected) & np.isfinite(terms)
    if not np.all(np.isfinite(array[told])):
        raise Fault(f"{label} against {name}: the code gives values that are not finite")
    wrong = told & differs(expected, array, ROUNDED * np.asarray(terms))
    if wrong.any():
        apart = np.abs(array - expected)[wrong] / np.maximum(np.abs(array), np.abs(expected))[wrong]
        raise Fault(f"{label} disagrees with {name}: the largest error is {apart.max():.2g}")
