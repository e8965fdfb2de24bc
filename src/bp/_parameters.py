"""The arrays inside the parameters of either net, one after the other.

Parameters are tuples: `bp.two_layer.Params`, `bp.deep.Layer`, or a tuple of `Layer`. What is done
to every parameter alike, an update or a derivative, asks here for their arrays. They are real: the
complex step alone moves a parameter off the real line, inside.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar, cast

import numpy as np

from bp._validate import Array, numbers, refuse_lost, shapes, sound

Tree = TypeVar("Tree", bound=tuple[Any, ...])
"""The type of the parameters."""


def arrays(name: str, tree: tuple[Any, ...], *, finite: bool = True) -> dict[str, Array]:
    """Return every array inside the parameters, checked, under the name a reader would use.

    Parameters
    ----------
    name : str
        The name of the argument, for errors.
    tree : tuple
        Parameters, or anything of their structure.
    finite : bool
        Whether NaN and infinity are refused.

    Returns
    -------
    dict
        From names such as ``"params.w"`` or ``"params[0].b"`` to arrays, in order.

    Raises
    ------
    TypeError, ValueError
        If `tree` is not a tuple, holds no array, or an array in it is empty or not made of real
        numbers.
    """
    if not isinstance(tree, tuple):
        raise TypeError(f"{name} must be the parameters of a net, got {type(tree).__name__}")
    found = {where: _leaf(where, leaf, finite) for where, leaf in _named(name, tree)}
    if not found:
        raise ValueError(f"{name} must hold 1 array or more, got {tree!r}")
    return found


def _leaf(name: str, value: Any, finite: bool) -> Array:
    result = numbers(name, value, real=True)
    if 0 in result.shape:
        raise ValueError(f"{name} must have shape (...) and no size 0, got {result.shape}")
    if finite:
        refuse_lost(name, result)
    return result


def _named(name: str, tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a NamedTuple, or those of every part of a tuple."""
    if hasattr(tree, "_fields"):
        for field, leaf in zip(tree._fields, tree, strict=True):
            yield f"{name}.{field}", leaf
    elif isinstance(tree, tuple):
        for k, part in enumerate(tree):
            yield from _named(f"{name}[{k}]", part)
    else:
        yield name, tree


def _leaves(tree: Any) -> Sequence[Any]:
    """Return what `_named` yields, without the names: quick for a step."""
    if hasattr(tree, "_fields"):
        return cast(Sequence[Any], tree)
    if isinstance(tree, tuple):
        parts = [part if hasattr(part, "_fields") else _leaves(part) for part in tree]
        return [leaf for part in parts for leaf in part]
    return (tree,)


def rebuild(like: Tree, leaves: Iterable[Any]) -> Tree:
    """Return arrays in the structure of some parameters.

    Parameters
    ----------
    like : tuple
        The parameters that give the structure.
    leaves : iterable
        One value for each array in `like`, in the order of `arrays`.

    Returns
    -------
    same type as `like`
        The new parameters.
    """
    return cast(Tree, _fill(like, iter(leaves)))


def _fill(like: Any, leaves: Iterator[Any]) -> Any:
    if hasattr(like, "_fields"):
        return type(like)(*islice(leaves, len(like)))
    if isinstance(like, tuple):
        return tuple(_fill(part, leaves) for part in like)
    return next(leaves)


def finite(tree: Any) -> bool:
    """Say whether parameters that are arrays of float64 are finite."""
    leaves = _leaves(tree)
    # The squares of large numbers are not finite. If they are not, look at the numbers.
    return sound(leaves) or all(bool(np.isfinite(leaf).all()) for leaf in leaves)


def fitting(
    name: str,
    tree: Any,
    other: str,
    reference: tuple[Any, ...],
    *,
    finite: bool = True,
) -> tuple[Any, Any]:
    """Return two sets of parameters whose arrays fit each other, the reference first.

    Parameters
    ----------
    name, other : str
        The names of the two arguments, for errors.
    tree, reference : tuple
        The parameters, and those whose structure they should have.
    finite : bool
        Whether NaN and infinity are refused.

    Returns
    -------
    tuple
        `reference` and `tree`, with arrays of float64.

    Raises
    ------
    TypeError, ValueError
        If the two have not the same structure and shapes, or an array is empty or not made of
        real numbers.
    """
    if isinstance(tree, tuple) and _alike(tree, reference):
        got, want = _leaves(tree), _leaves(reference)
        if got and sound((*got, *want)) and shapes(got) == shapes(want):
            return reference, tree
    pairs = _pairs(name, tree, other, reference, finite)
    return tuple(rebuild(reference, leaves) for leaves in zip(*pairs, strict=True))  # type: ignore[return-value]


def _pairs(
    name: str, tree: tuple[Any, ...], other: str, reference: tuple[Any, ...], finite: bool
) -> list[tuple[Array, Array]]:
    """Return each array of the reference, and the one that stands in its place in the tree."""
    got, want = arrays(name, tree, finite=finite), arrays(other, reference)
    if not _alike(tree, reference):
        inside, model = _structure(name, tree, got), _structure(other, reference, want)
        raise TypeError(f"{name} must have the structure of {other}, {model}, got {inside}")
    for (where, value), (there, fit) in zip(got.items(), want.items(), strict=True):
        if value.shape != fit.shape:
            raise ValueError(
                f"{where} must have shape {fit.shape} as {there} has, got {value.shape}"
            )
    return list(zip(want.values(), got.values(), strict=True))


def _alike(one: Any, other: Any) -> bool:
    """Say whether two trees branch in the same way; the fields of a NamedTuple are leaves."""
    if type(one) is type(other) and hasattr(one, "_fields"):
        return True
    if type(one) is not type(other):
        return not isinstance(one, tuple) and not isinstance(other, tuple)
    if not isinstance(one, tuple):
        return True
    return len(one) == len(other) and all(map(_alike, one, other))


def _structure(name: str, tree: tuple[Any, ...], names: Iterable[str]) -> str:
    return f"{type(tree).__name__} of {', '.join(where.removeprefix(name) for where in names)}"
