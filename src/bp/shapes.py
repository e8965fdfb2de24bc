"""The door of every public function: what comes in is checked once, before anything is computed.

A shape is written in words, ``"N inputs"`` or ``"1 hidden"``. A number is that size. A word is a
size that must be the same wherever the word stands among the arguments of one call, so
broadcasting can never hide a mistake. ``"..."`` is any shape. No size may be 0.

A function whose arguments have come through its door calls others `inside` theirs: what it hands
them follows from its own arguments, and is not checked again.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, Protocol, TypeGuard, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""A NumPy array of float64 (or complex128, while `bp.gradient_check.complex_step` runs)."""

Sizes = dict[str, tuple[int, str]]
"""What each word of a shape stands for so far: the size, and the argument that gave it."""

Check = Callable[[str, Any, Sizes], Any]
"""Takes an argument's name, its value and the sizes so far; returns the value, ready for use."""

_FLOAT = np.dtype(np.float64)

P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class Door(Protocol[P, R]):
    """A function that checks its arguments, and what stands `inside`, for arguments that are."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Check the arguments, and call."""

    @property
    def check(self) -> Callable[P, dict[str, Any]]:
        """Takes the arguments; returns them by name, ready for use."""

    @property
    def inside(self) -> Callable[P, R]:
        """The function without its door."""


_doors: set[Any] = set()


def shapes(**specs: str | Check) -> Callable[[Callable[P, R]], Door[P, R]]:
    """Check the named arguments of a function before it runs.

    Parameters
    ----------
    **specs : str or callable
        For each argument its shape in words, or a function that checks it.

    Returns
    -------
    callable
        A decorator. The function it returns raises `TypeError` where an argument is not made of
        numbers and `ValueError` where it has another shape, is empty, or is not finite.
    """
    checks = {name: array(spec) if isinstance(spec, str) else spec for name, spec in specs.items()}

    def decorate(function: Callable[P, R]) -> Door[P, R]:
        signature = inspect.signature(function)
        names = tuple(signature.parameters)

        def check(*args: Any, **kwargs: Any) -> dict[str, Any]:
            if len(args) == len(names) and not kwargs:
                given = dict(zip(names, args, strict=True))
            else:
                given = signature.bind(*args, **kwargs).arguments
            sizes: Sizes = {}
            for name, one in checks.items():
                given[name] = one(name, given[name], sizes)
            return given

        return door(check)(function)

    return decorate


def door(check: Callable[..., dict[str, Any]]) -> Callable[[Callable[P, R]], Door[P, R]]:
    """Put a check before a function: it takes the arguments, and returns them by name, ready."""

    def decorate(function: Callable[P, R]) -> Door[P, R]:
        @functools.wraps(function)
        def outside(*args: P.args, **kwargs: P.kwargs) -> R:
            return cast(Callable[..., R], function)(**check(*args, **kwargs))

        made: Any = outside
        made.check, made.inside = check, function
        _doors.add(made)
        return cast(Door[P, R], made)

    return decorate


def has_door(function: Any) -> TypeGuard[Door[..., Any]]:
    """Say whether a function checks its arguments at a door of its own; a wrapper has none."""
    return inspect.isfunction(function) and function in _doors


def array(shape: str, *, finite: bool = True, real: bool = False, own: bool = False) -> Check:
    """Return a check for one array of numbers.

    Parameters
    ----------
    shape : str
        The shape in words, such as ``"N inputs"``.
    finite : bool
        Whether infinity is refused. NaN always is.
    real : bool
        Whether complex numbers are refused.
    own : bool
        Whether the function gets a copy, which no later change by the caller can reach.

    Returns
    -------
    callable
        A `Check` that returns the value as an array of float64 or complex128.
    """
    words = [int(word) if word.isdigit() else word for word in shape.split()]

    def check(name: str, value: Any, sizes: Sizes) -> Array:
        result = numbers(name, value, real=real)
        if 0 in result.shape or not _fits(name, result.shape, words, sizes):
            raise ValueError(_misfit(name, result.shape, words, sizes))
        # The sum of squares is finite only where every number is. If it is not, look at each.
        if not math.isfinite(abs(np.vdot(result, result))):
            good = np.isfinite(result) if finite else ~np.isnan(result)
            if not good.all():
                raise ValueError(_not_finite(name, result, good, finite))
        return result.copy() if own and result is value else result

    return check


def _not_finite(name: str, value: Array, good: NDArray[np.bool_], finite: bool) -> str:
    what = "finite numbers" if finite else "numbers"
    where = tuple(int(i) for i in np.argwhere(~good)[0])
    return f"{name} must hold {what} only, got {value[where]} at index {where}"


def numbers(name: str, value: Any, *, real: bool = False) -> Array:
    """Return a value as an array of float64 or complex128, or raise `TypeError` or `ValueError`."""
    if type(value) is np.ndarray and value.dtype is _FLOAT:
        return value
    result = value if type(value) is np.ndarray else _as_array(name, value)
    kind = result.dtype.kind
    if kind not in ("biuf" if real else "biufc"):
        what = "real numbers" if real else "numbers"
        raise TypeError(f"{name} must be an array of {what}, got {result.dtype}")
    return cast(Array, result.astype(np.complex128 if kind == "c" else np.float64, copy=False))


def _as_array(name: str, value: Any) -> NDArray[Any]:
    if value is None or isinstance(value, str | bytes):
        raise TypeError(f"{name} must be an array of numbers, got {value!r}")
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} must be an array without a mask, got a MaskedArray")
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be an array, got rows of different lengths") from None


def _fits(name: str, shape: tuple[int, ...], words: list[int | str], sizes: Sizes) -> bool:
    if words == ["..."]:
        return True
    if len(shape) != len(words):
        return False
    for word, size in zip(words, shape, strict=True):
        if size != (word if isinstance(word, int) else sizes.setdefault(word, (size, name))[0]):
            return False
    return True


def _misfit(name: str, shape: tuple[int, ...], words: list[int | str], sizes: Sizes) -> str:
    known = {
        word: sizes[word]
        for word in words
        if isinstance(word, str) and word in sizes and sizes[word][1] != name
    }
    wanted = ", ".join(str(known[word][0] if word in known else word) for word in words)
    origin = ", ".join(f"{word} = {size} as in {giver}" for word, (size, giver) in known.items())
    why = f" ({origin})" if known else ""
    rule = " and no size 0" if 0 in shape else ""
    return f"{name} must have shape ({wanted}){why}{rule}, got {shape}"


def fields(kind: type, **specs: str) -> Check:
    """Return a check for a NamedTuple of arrays.

    Parameters
    ----------
    kind : type
        The NamedTuple, such as `bp.two_layer.Params`.
    **specs : str
        The shape of each field, in words.

    Returns
    -------
    callable
        A `Check` that returns a new tuple of the same type.
    """
    checks = {field: array(spec) for field, spec in specs.items()}

    def check(name: str, value: Any, sizes: Sizes) -> Any:
        of_type(name, value, kind)
        return kind(*(c(f"{name}.{f}", getattr(value, f), sizes) for f, c in checks.items()))

    return check


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
