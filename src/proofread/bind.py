r"""Definitions held against code.

A definition is the one thing that claims cannot test: ``σ(x) = 1/(1 − e^{−x})`` satisfies
``σ' = σ(1 − σ)`` too. So every ``def-`` display of a book is compared with what the book's code
computes for the same symbol, on a few random networks.

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

from proofread.evaluate import Array, Definitions, Value, World
from proofread.parse import Fault
from proofread.resolve import Slot
from proofread.scope import Scope, Symbol

Pins = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
WORLDS = 5
ARGUMENTS = 200
AGREES = 1e-12


def compare(
    pins: Pins, label: str, slots: Sequence[Slot], scope: Scope, definitions: Definitions
) -> str:
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
    definitions : Definitions
        All definitions of the text.

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
    for seed in range(WORLDS):
        world = World(definitions, 1, seed)
        found = _call(pins, label, _values(world, slots, scope))
        for slot in slots:
            _agree(world, slot, label, found)
    return ", ".join(names)


def _call(pins: Pins, label: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return pins(label, values)
    except KeyError as error:
        raise Fault(f"no pin for {label} (KeyError: {error})") from None
    except Exception as error:
        raise Fault(f"the pin for {label} raised {type(error).__name__}: {error}") from None


def _values(world: World, slots: Sequence[Slot], scope: Scope) -> dict[str, Any]:
    wanted: set[Slot] = set()
    for slot in slots:
        if not slot[0].parameters:
            world.value(slot)
            wanted |= world.needs[slot]
    for row in (row for rows in scope.codes.values() for row in rows):
        if row.value not in ("defined", "formula"):
            wanted |= {(row, layer) for layer in row.over}
    values: dict[str, Any] = {}
    for row, layer in sorted(wanted - set(slots), key=lambda s: (s[0].code, str(s[1]))):
        if row.code and not row.parameters and row.value != "formula":
            holder = scope.codes.get(row.code, [row])
            if row not in holder:
                raise Fault(f"this rests on {row.latex}, and here {holder[0].latex} has its name "
                            f"in code, {row.code}")  # fmt: skip
            _enter(values, row, layer, _plain(world.value((row, layer)), row, layer))
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


def _plain(array: Array, row: Symbol, layer: int | None) -> Any:
    """Return a symbol's value on the only network, in the form that code takes."""
    value = array[..., 0, 0]
    if value.ndim == 0:
        return float(value)
    if value.ndim > 2:
        return value
    return value.reshape([kind.size for kind in row.matrix(layer)])


def _agree(world: World, slot: Slot, label: str, found: Mapping[str, Any]) -> None:
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
    _same(_plain(world.value(slot), row, layer), given, label, row.code)


def _same_function(world: World, row: Symbol, label: str, given: Any) -> None:
    if not callable(given):
        raise Fault(f"the pin for {label} must return a callable for {row.code}")
    rng = np.random.default_rng(0)
    arguments = [rng.normal(scale=3.0, size=(1, ARGUMENTS)) for _ in row.parameters]
    values = [Value(argument[None, None], np.abs(argument[None, None])) for argument in arguments]
    expected = world.apply(row, values).array[0, 0]
    try:
        returned = given(*arguments)
    except Exception as error:
        raise Fault(f"{row.code} raised {type(error).__name__}: {error}") from None
    _same(expected, returned, label, row.code)


def _same(expected: Any, given: Any, label: str, name: str) -> None:
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
    if not np.all(np.isfinite(expected)):
        raise Fault(f"{label} against {name}: the definition gives values that are not finite")
    if not np.all(np.isfinite(array)):
        raise Fault(f"{label} against {name}: the code gives values that are not finite")
    scale = max(float(np.max(np.abs(expected))), float(np.max(np.abs(array))), 1e-300)
    error = float(np.max(np.abs(array - expected))) / scale
    if not error <= AGREES:
        raise Fault(f"{label} disagrees with {name}: the largest error is {error:.2g}")
