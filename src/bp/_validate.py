"""What a public function accepts, and what it says when it does not.

A shape is written in words, ``"N inputs"`` or ``"1 hidden"``. A number is that size. A word is a
size that must be the same wherever the word stands among the arguments of one call, so
broadcasting can never hide a mistake. ``"..."`` is any shape. No size may be 0.

Arguments are checked where a user comes in, in the first line of a public function. What such a
function calls in turn sees that they have been, by a type that is `Checked`. Values of such a type
live inside one call and are never handed out, so nothing that a caller changes later can be taken
for checked.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""A NumPy array of float64 (or complex128, while `bp.gradient_check.complex_step` runs)."""

Sizes = dict[str, tuple[int, str]]
"""What each word of a shape stands for so far: the size, and the argument that gave it."""

_FLOAT = np.dtype(np.float64)
_FEW = 50
_shape = attrgetter("shape")


def shapes(values: Sequence[Any]) -> tuple[tuple[int, ...], ...]:
    """Return the shapes of arrays."""
    return tuple(map(_shape, values))


class Checked:
    """What a type of parameters is besides, while they have been checked."""

    __slots__ = ()


class Spec:
    """The names, shapes and limits of the arrays that a function accepts.

    Parameters
    ----------
    *lines : tuple of str
        The name of each array in an error, its shape in words, and what else is so: what a forward
        pass has ``"computed"`` is told from what a user gave, and ``"limits"`` allows infinity too.
    """

    def __init__(self, *lines: tuple[str, ...]) -> None:
        self.names = tuple(line[0] for line in lines)
        self.words = tuple(line[1].split() for line in lines)
        self.marks = tuple(line[2:] for line in lines)

    def accept(self, values: tuple[Any, ...]) -> tuple[Array, ...]:
        """Return arrays of float64 or complex128, the very ones that came where they are that.

        Raises `TypeError` where a value is not made of numbers, and `ValueError` where it has
        another shape, is empty, holds NaN, or holds an infinity that is no limit.
        """
        if sound(values) and _fit(self, shapes(values)):
            return values
        sizes: Sizes = {}
        columns = (self.names, self.words, self.marks, values)
        return tuple(map(functools.partial(_accept, sizes), *columns))


@functools.lru_cache(maxsize=1024)
def _fit(spec: Spec, found: tuple[tuple[int, ...], ...]) -> bool:
    """Say whether shapes are those of a spec: a net asks with the same ones at every step."""
    sizes: Sizes = {}
    return all(
        _fits(name, shape, words, sizes)
        for name, words, shape in zip(spec.names, spec.words, found, strict=True)
    )


def sound(values: Sequence[Any]) -> bool:
    """Say whether values are arrays of float64, none empty, and a sum over them is finite.

    It is only where every number is, and very large ones are none. This is asked at every step.
    """
    total = 0.0
    for value in values:
        if type(value) is not np.ndarray or value.dtype is not _FLOAT or not value.size:
            return False
        # A few numbers are added up sooner by Python than they are handed to BLAS.
        if value.size < _FEW:
            total += sum(value.ravel().tolist())
        else:
            total += float(np.vdot(value, value))
    return -math.inf < total < math.inf


def _accept(sizes: Sizes, name: str, words: list[str], marks: tuple[str, ...], value: Any) -> Array:
    result = numbers(name, value)
    if 0 in result.shape or not _fits(name, result.shape, words, sizes):
        raise ValueError(_misfit(name, result.shape, words, sizes))
    refuse_lost(name, result, marks)
    return result


class Overflow(ValueError):
    """A number that a forward pass computed is lost."""


def refuse_lost(name: str, value: Array, marks: tuple[str, ...] = ()) -> None:
    """Raise `ValueError` where an array holds NaN, or an infinity that is no limit."""
    limits = "limits" in marks
    good = ~np.isnan(value) if limits else np.isfinite(value)
    if not good.all():
        what = "numbers" if limits else "finite numbers"
        where = tuple(int(i) for i in np.argwhere(~good)[0])
        error = Overflow if "computed" in marks else ValueError
        raise error(f"{name} must hold {what} only, got {value[where]} at index {where}")


def numbers(name: str, value: Any, *, real: bool = False) -> Array:
    """Return a value as an array of float64 or complex128, or raise `TypeError` or `ValueError`.

    The array may share its memory with the value.
    """
    if type(value) is np.ndarray and value.dtype is _FLOAT:
        return value
    result = value if type(value) is np.ndarray else _as_array(name, value)
    kind = result.dtype.kind
    if kind not in ("biuf" if real else "biufc"):
        what = "real numbers" if real else "numbers"
        raise TypeError(f"{name} must be an array of {what}, got {result.dtype}")
    with np.errstate(all="ignore"):  # A number too large for float64 becomes infinite.
        return cast(Array, result.astype(np.complex128 if kind == "c" else _FLOAT, copy=False))


def _as_array(name: str, value: Any) -> NDArray[Any]:
    if value is None or isinstance(value, str | bytes):
        raise TypeError(f"{name} must be an array of numbers, got {value!r}")
    if _masked(value):
        raise TypeError(f"{name} must be an array without a mask, got a MaskedArray")
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be an array, got rows of different lengths") from None
    except Exception as error:  # Whatever a foreign type says when it is asked for its numbers.
        kind = _public(type(value))
        raise TypeError(f"{name} must be an array of numbers, got {kind}: {error}") from error


def _masked(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_masked, value))
    return isinstance(value, np.ma.MaskedArray)


def _fits(name: str, shape: tuple[int, ...], words: list[str], sizes: Sizes) -> bool:
    if words == ["..."]:
        return True
    if len(shape) != len(words):
        return False
    return all(
        size == (1 if word == "1" else sizes.setdefault(word, (size, name))[0])
        for word, size in zip(words, shape, strict=True)
    )


def _misfit(name: str, shape: tuple[int, ...], words: list[str], sizes: Sizes) -> str:
    known = {word: sizes[word] for word in words if word in sizes and sizes[word][1] != name}
    wanted = ", ".join(str(known[word][0]) if word in known else word for word in words)
    origin = ", ".join(f"{word} = {size} as in {giver}" for word, (size, giver) in known.items())
    why = f" ({origin})" if known else ""
    rule = " and no size 0" if 0 in shape else ""
    return f"{name} must have shape ({wanted}){why}{rule}, got {shape}"


def of_type(name: str, value: Any, kind: type) -> None:
    """Raise `TypeError` unless a value is of a type."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be of type {_public(kind)}, got {_public(type(value))}")


def _public(kind: type) -> str:
    path = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    return ".".join(part for part in path.split(".") if not part.startswith("_"))


def function(name: str, value: Any) -> None:
    """Raise `TypeError` unless a value can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {value!r}")


def positive(name: str, value: Any) -> float:
    """Return a positive finite number as a float, or raise `TypeError` or `ValueError`."""
    if type(value) is float and 0.0 < value < math.inf:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be one positive number, got {value!r}")
    try:
        number = float(value)
    except OverflowError:  # A whole number can be larger than any float.
        number = math.inf
    if not 0 < number < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {value!r}")
    return number


def whole(name: str, value: Any, *, least: int) -> int:
    """Return a whole number as an int, or raise `TypeError` or `ValueError`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, got {value}")
    return int(value)


def units(name: str, sizes: Any) -> list[int]:
    """Return the number of units of every layer, inputs first, or raise an error."""
    sizes = sizes.tolist() if isinstance(sizes, np.ndarray) else sizes
    if not isinstance(sizes, Sequence) or isinstance(sizes, str | bytes):
        raise TypeError(f"{name} must be a sequence of whole numbers, got {sizes!r}")
    counts = [whole(f"{name}[{k}]", size, least=1) for k, size in enumerate(sizes)]
    if len(counts) < 2:
        raise ValueError(f"{name} must hold 2 numbers or more (inputs and outputs), got {counts}")
    return counts


def tell_step(error: Exception, step: int, eta: float) -> None:
    """Add to an error at which step of a run it was raised.

    A net that refuses what it has computed itself, since the numbers left the finite ones within a
    step, tells of a run that diverges: that is raised instead, as where the parameters are lost.
    """
    if isinstance(error, Overflow):
        raise ValueError(lost(step, eta)) from error
    error.add_note(f"This was step {step} of a descent with eta = {eta:g}.")


def lost(step: int, eta: float) -> str:
    """Return what is said where a run leaves the finite numbers."""
    return (
        f"at step {step} with eta = {eta:g} the parameters are no longer finite; "
        "expected a smaller eta"
    )
