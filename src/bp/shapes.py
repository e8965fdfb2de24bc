"""The door of every public function: what comes in is checked once, before anything is computed.

A shape is written in words, ``"N inputs"`` or ``"1 hidden"``. A number is that size. A word is a
size that must be the same wherever the word stands among the arguments of one call, so
broadcasting can never hide a mistake. ``"..."`` is any shape.

Inside a call whose arguments were checked, the functions that it calls do not check again: their
arguments follow from its own.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""A NumPy array of float64 (or complex128, while `bp.gradient_check.complex_step` runs)."""

Sizes = dict[str, tuple[int, str]]
"""What each word of a shape stands for so far: the size, and the argument that gave it."""

Check = Callable[[str, Any, Sizes], Any]
"""Takes an argument's name, its value and the sizes so far; returns the value, ready for use."""

P = ParamSpec("P")
R = TypeVar("R")

_inside: ContextVar[bool] = ContextVar("inside a checked call", default=False)


def shapes(**specs: str | Check) -> Callable[[Callable[P, R]], Callable[P, R]]:
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

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def door(*args: P.args, **kwargs: P.kwargs) -> R:
            if _inside.get():
                return function(*args, **kwargs)
            call = signature.bind(*args, **kwargs)
            sizes: Sizes = {}
            for name, check in checks.items():
                call.arguments[name] = check(name, call.arguments[name], sizes)
            with _checked():
                return function(*call.args, **call.kwargs)

        return door

    return decorate


@contextmanager
def _checked() -> Iterator[None]:
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)


def array(shape: str, *, finite: bool = True) -> Check:
    """Return a check for one array of numbers.

    Parameters
    ----------
    shape : str
        The shape in words, such as ``"N inputs"``.
    finite : bool
        Whether infinity is refused. NaN always is.

    Returns
    -------
    callable
        A `Check` that returns the value as an array of float64 or complex128.
    """
    words = shape.split()

    def check(name: str, value: Any, sizes: Sizes) -> Array:
        result = numbers(name, value)
        if words != ["..."]:
            _match(name, result, words, sizes)
        if not np.isfinite(result).all() if finite else np.isnan(result).any():
            what = "finite numbers" if finite else "numbers"
            raise ValueError(f"{name} must hold {what} only, got {_first_bad(result, finite)}")
        return result

    return check


def numbers(name: str, value: Any) -> Array:
    """Return a value as an array of float64 or complex128, or raise `TypeError` or `ValueError`."""
    if value is None or isinstance(value, str | bytes):
        raise TypeError(f"{name} must be an array of numbers, got {value!r}")
    try:
        result = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be an array, got rows of different lengths") from None
    if result.dtype.kind not in "biufc":
        raise TypeError(
            f"{name} must be an array of numbers, got {type(value).__name__} of {result.dtype}"
        )
    kind = np.complex128 if result.dtype.kind == "c" else np.float64
    return cast(Array, result.astype(kind, copy=False))


def _match(name: str, value: Array, words: list[str], sizes: Sizes) -> None:
    expected = [sizes[word][0] if word in sizes else word for word in words]
    fits = value.ndim == len(words) and all(
        size > 0 if isinstance(want, str) and not want.isdigit() else size == int(want)
        for size, want in zip(value.shape, expected, strict=True)
    )
    if not fits:
        shown = ", ".join(str(want) for want in expected)
        known = [
            f"{word} = {sizes[word][0]} as in {sizes[word][1]}" for word in words if word in sizes
        ]
        why = f" ({', '.join(known)})" if known else ""
        rule = " and no size 0" if 0 in value.shape else ""
        raise ValueError(f"{name} must have shape ({shown}){why}{rule}, got {value.shape}")
    for word, size in zip(words, value.shape, strict=True):
        if not word.isdigit():
            sizes.setdefault(word, (size, name))


def _first_bad(value: Array, finite: bool) -> str:
    bad = ~np.isfinite(value) if finite else np.isnan(value)
    where = tuple(int(i) for i in np.argwhere(bad)[0])
    return f"{value[where]} at index {where}"


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
        if not isinstance(value, kind):
            raise TypeError(f"{name} must be a {kind.__name__}, got {type(value).__name__}")
        return kind(*(c(f"{name}.{f}", getattr(value, f), sizes) for f, c in checks.items()))

    return check


def positive(name: str, value: Any) -> float:
    """Return a positive finite number as a float, or raise `TypeError` or `ValueError`."""
    number = numbers(name, value)
    if number.ndim != 0 or number.dtype.kind == "c" or isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be one positive number, got {value!r}")
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{name} must be positive and finite, got {value!r}")
    return float(number)


def whole(name: str, value: Any, *, least: int) -> int:
    """Return a whole number as an int, or raise `TypeError` or `ValueError`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, got {value}")
    return int(value)
